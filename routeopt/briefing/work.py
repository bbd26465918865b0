"""What was done of last night's plan, what was left, what is carried over, and what is due tonight."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from routeopt.border import bordered
from routeopt.briefing.nights import NightPlan
from routeopt.errors import Fault, InputError, Message
from routeopt.exchange.done import Done, DoneRow, masked
from routeopt.problem.build_must_visits import carried_into
from routeopt.problem.build_must_visits import tonight as open_tonight
from routeopt.problem.names import plain
from routeopt.scenario.carried import FORMAT
from routeopt.scenario.model import Scenario
from routeopt.scenario.must_visits import Carried, CarryOver

LISTS = ("carry_over", "tasks", "places")
"""Keys under which a file of what is carried over has its lists."""
UNPLANNED = "left-unplanned"
"""Kind of the reason of a task that did not fit into the plan."""
NAMES = ("name", "task", "place", "site")
"""Keys under which an item of it has its name."""


@dataclass(frozen=True)
class Left:
    """A stop or task of last night that was not made."""

    title: str
    team: str
    """"" where it was not planned at all."""
    time: str
    """"" where it is no stop of the plan."""
    kind: str
    """Kind of the reason, as in `routeopt.exchange.done`; `UNPLANNED`; "" if no reason is given."""
    is_task: bool
    carried: bool
    """Whether it is carried over, or a task of tonight's scenario."""
    tonight: tuple[str, ...]
    """Teams and times of tonight's plan there."""


@dataclass(frozen=True)
class TeamWork:
    """What a team did of its stops."""

    team: str
    planned: int
    done: int
    left: int
    """The others: nothing is said of them."""


@dataclass(frozen=True)
class Work:
    """What was done of last night's plan."""

    reported: bool
    """Whether there is a file of what was done."""
    teams: tuple[TeamWork, ...]
    left: tuple[Left, ...]
    """Tasks first, then where nobody comes tonight, by team and time."""
    extra: int
    """Rows of what was done at places and times that the plan does not have."""

    @property
    def planned(self) -> int:
        """Stops of the plan."""
        return sum(team.planned for team in self.teams)

    @property
    def done(self) -> int:
        """Those that were made."""
        return sum(team.done for team in self.teams)

    @property
    def undone(self) -> int:
        """Those that were not made."""
        return sum(team.left for team in self.teams)


@dataclass(frozen=True)
class Due:
    """A task of tonight."""

    name: str
    due: dt.date | None
    mandatory: bool
    window: str
    """When it may begin; "" for the whole night."""
    carried: bool
    planned: tuple[str, ...]
    """Team and time of tonight's plan; empty if it is not in it."""


def work_of(
    last: NightPlan, done: Done | None, told: Sequence[DoneRow | None], spare: Sequence[DoneRow],
    due: Sequence[Due], tonight: NightPlan | None,
) -> Work:  # fmt: skip
    """Compare what was done with last night's plan.

    Parameters
    ----------
    told, spare
        What is said of each of its stops, and of none, as `routeopt.exchange.done.told_of` finds it.
    due
        Tasks of tonight, and what is carried over.
    """
    names = {plain(one.name) for one in due}
    teams = []
    for team in last.teams:
        own = [row for stop, row in zip(last.stops, told, strict=True) if stop.team == team]
        made = sum(row is not None and row.done for row in own)
        teams.append(TeamWork(team, len(own), made, sum(row is not None and not row.done for row in own)))
    left = [
        Left(
            last.title(n), stop.team, last.text(n), row.kind, bool(last.tasks[n]),
            plain(last.title(n)) in names, planned(tonight, last.title(n)),
        )
        for n, (stop, row) in enumerate(zip(last.stops, told, strict=True)) if row is not None and not row.done
    ]  # fmt: skip
    tasks = last.figures.get("tasks")
    skipped = tasks.get("left_out", []) if isinstance(tasks, Mapping) else []
    left += [
        Left(
            masked(row.title), row.team, "", row.kind, bool(row.task), plain(row.title) in names,
            planned(tonight, row.title),
        )
        for row in spare if not row.done
    ]  # fmt: skip
    left += [
        Left(str(name), "", "", UNPLANNED, True, plain(str(name)) in names, planned(tonight, str(name)))
        for name in skipped
    ]
    left.sort(key=lambda one: (not one.is_task, bool(one.tonight)))
    return Work(done is not None, tuple(teams), tuple(left), sum(row.done for row in spare))


def due_tonight(scenario: Scenario, before: CarryOver, tonight: NightPlan | None) -> list[Due]:
    """List tonight's tasks and what is carried over: those with the earliest date first, then mandatory ones.

    Parameters
    ----------
    before
        What earlier nights left.
    """
    clock = scenario.clock
    named = {plain(task.name): task.name for task in scenario.tasks}
    own = [item.model_copy(update={"name": named.get(plain(item.name), item.name)}) for item in before.tasks]
    open_ = open_tonight(scenario, before.model_copy(update={"tasks": own}))
    rest = {item.name: item for item in (*own, *before.places) if item.carried}
    entries = {item.name: item for item in own}
    rows = []
    for task in open_.scenario.tasks:
        item = rest.get(task.name)
        due = open_.standing[task.name].due or (entries[task.name].due if task.name in entries else None)
        spans = [
            "–".join(clock.text((minute - clock.start_min) * 60) for minute in window) for window in task.windows
        ]
        where = planned(tonight, task.name)
        rows.append(Due(task.name, due, task.mandatory, ", ".join(spans), item is not None, where))
    rows += [
        Due(item.name, item.due, mandatory=False, window="", carried=True, planned=planned(tonight, item.name))
        for item in rest.values() if item.name not in named.values()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.due or dt.date.max, not row.mandatory))


def planned(tonight: NightPlan | None, name: str) -> tuple[str, ...]:
    """Team and time of each of tonight's stops at a place, or for a task."""
    return () if tonight is None else tonight.when(name)


def read_carried(scenario: Scenario, path: Path | None) -> tuple[CarryOver, list[Message]]:
    """Read what earlier nights left for the scenario's night, with notes.

    Parameters
    ----------
    path
        A file that ``routeopt carry-over`` wrote; or a list, YAML or JSON, of things with a name and perhaps a due
        date, which may stand under the keys in `LISTS`. None: the file that the scenario names, if any.

    Raises
    ------
    InputError
        If the file cannot be read, has no such list, or an item has no name or no valid date.
    """
    return carried_into(scenario) if path is None else _carried_of(path, scenario)


@bordered("text")
def _carried_of(path: Path, scenario: Scenario) -> tuple[CarryOver, list[Message]]:
    """Read a file; raises as `read_carried`."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(Fault("RO-569", path)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(Fault("RO-570", path, reason=str(error).splitlines()[0])) from None
    listed = document
    if isinstance(document, Mapping):
        if document.get("format") == FORMAT:
            return carried_into(scenario.model_copy(update={"carry_over": str(path.resolve())}))
        lists = [document[key] for key in LISTS if isinstance(document.get(key), list)]
        listed = [entry for one in lists for entry in one] if lists else None
    if not isinstance(listed, list):
        raise InputError(Fault("RO-571", path, keys=list(LISTS)))
    faults: list[Fault] = []
    found = [item for n, entry in enumerate(listed) for item in _item(f"{path}: [{n}]", entry, faults)]
    if faults:
        raise InputError(faults)
    return CarryOver(tasks=found), []


def _item(where: str, entry: Any, faults: list[Fault]) -> Iterator[Carried]:
    name = entry if isinstance(entry, str) else None
    due, nights = None, None
    if isinstance(entry, Mapping):
        name = next((entry[key] for key in NAMES if isinstance(entry.get(key), str)), None)
        given, nights = entry.get("due"), entry.get("carried", entry.get("nights"))
        try:
            day = given.date() if isinstance(given, dt.datetime) else given
            due = day if isinstance(day, dt.date) or day is None else dt.date.fromisoformat(str(day))
        except ValueError:
            faults.append(Fault("RO-573", where, value=str(given)[:40]))
    times = min(max(nights, 1), 100_000) if isinstance(nights, int) else 1
    if nights == 0:  # it was done
        return
    try:
        yield Carried(name=name or "", due=due, carried=times)
    except InputError:
        said = json.dumps(entry, ensure_ascii=False, default=str)[:40]
        faults.append(Fault("RO-572", where, got=said))
