"""Plans as JSON objects: what plan.json holds of a plan, and what programs hand to one another.

Fields: ``format`` "routeopt-plan"; ``version`` 1; ``scenario`` its name; ``clock`` start_min (minutes after
midnight), step_s, n_steps, date; ``dwell_steps`` the dwell menu; ``routes``: per team its name and visits, each
with ``site`` (name), ``start_step``, what it is: ``dwell`` (index into ``dwell_steps``), ``task`` (name of the
task that it does) with ``service_steps``, ``stop_steps`` of a length outside the menu, ``wait_steps`` or
``away_steps``; ``fixed`` true where a search must leave it; and for people ``start``, ``end`` (HH:MM, with ``+1``
for the day after where that is needed) and ``minutes``.

A plan that another program writes may give a visit in people's terms alone: ``site`` a name, or a position as an
object with lat and lon; ``start`` instead of ``start_step``; ``minutes`` instead of ``dwell`` or ``stop_steps``,
or with ``kind`` "wait" or "away" instead of ``wait_steps`` and ``away_steps``. Where both are there the numbers of
steps count. Searches leave a stop of a length outside the menu as it is. Other fields are ignored.

A change between two plans: ``team``, ``what`` (added or dropped), ``visit`` in people's terms, ``why`` (code,
values, text).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from routeopt.catalogue import SENTENCES
from routeopt.errors import Fault, Message, MisreadError
from routeopt.problem.activities import Kind, Sort
from routeopt.problem.model import Problem
from routeopt.problem.names import whole_steps

FORMAT, VERSION = "routeopt-plan", 1

KINDS = {Kind.WAIT: "wait", Kind.AWAY: "away"}
"""``kind`` of what is neither a stop nor a task."""
SORTS = {Sort.BREAK: "break", Sort.POST: "post"}
"""``kind`` of a task that is more to people."""
CHANGES = ("added", "dropped")
Row = tuple[int, int, int, bool]
"""Site, start step, activity, and whether it is fixed."""


def head(problem: Problem) -> dict[str, Any]:
    """Return what says of which problem a plan is."""
    clock = problem.clock
    return {
        "format": FORMAT, "version": VERSION, "scenario": problem.name,
        "clock": {
            "start_min": clock.start_min, "step_s": clock.step_s, "n_steps": clock.n_steps,
            "date": clock.date.isoformat() if clock.date else None,
        },
        "dwell_steps": problem.dwell_steps.tolist(),
    }  # fmt: skip


def visit_json(problem: Problem, row: Row) -> dict[str, Any]:
    """Return a visit: where, when, what it is, and whether a search must leave it."""
    site, start, activity, _ = row
    steps = int(problem.activities.steps[activity])
    what: dict[str, Any]
    match problem.activities.kind[activity]:
        case Kind.TASK:
            what = {"service_steps": steps}
        case Kind.STOP:
            what = {"stop_steps": steps}
        case Kind.WAIT:
            what = {"wait_steps": steps}
        case Kind.AWAY:
            what = {"away_steps": steps}
        case _:
            what = {"dwell": activity}
    return {"site": problem.site_names[site], "start_step": start, **what, **spoken(problem, row)}


def spoken(problem: Problem, row: Row) -> dict[str, Any]:
    """Return a visit in people's terms."""
    site, start, activity, fixed = row
    table, clock = problem.activities, problem.clock
    steps, task = int(table.steps[activity]), table.task(activity)
    sort = KINDS.get(Kind(table.kind[activity])) if task is None else SORTS.get(Sort(problem.tasks.sort[task]))
    return {
        "site": problem.site_names[site], "start": clock.exact(start * clock.step_s),
        "end": clock.exact((start + steps) * clock.step_s), "minutes": steps * clock.step_s / 60,
        **({"task": table.name[activity]} if task is not None else {}),
        **({"kind": sort} if sort else {}), **({"fixed": True} if fixed else {}),
    }  # fmt: skip


class Reader:
    """Reads the visits of one problem's plans; what is wrong with them is collected in ``faults``."""

    def __init__(self, problem: Problem, document: Mapping[str, Any], source: str = "") -> None:
        self.problem, self.document, self.source = problem, document, source
        self.faults: list[Fault] = list(self._other_grid())
        self.tasks = {problem.activities.name[row]: row for row in self._rows_of_tasks()}

    def _rows_of_tasks(self) -> range:
        table = self.problem.activities
        return range(table.first_task, table.n_chosen)

    def place(self, key: str) -> str:
        """Return the place of a field: ``plan.json: routes[0]``; ``document.routes[0]`` where there is no file."""
        return f"{self.source}: {key}" if self.source else f"document.{key}"

    def _other_grid(self) -> Iterator[Fault]:
        """Yield the faults of another clock or dwell menu, under which numbers of steps mean other times."""
        clock = self.problem.clock
        here: dict[str, Any] = {"start_min": clock.start_min, "step_s": clock.step_s, "n_steps": clock.n_steps}
        given = self.document.get("clock")
        there = {key: given.get(key) for key in here} if isinstance(given, Mapping) else {}
        if "dwell_steps" in self.document:
            here["dwell_steps"] = self.problem.dwell_steps.tolist()
            there["dwell_steps"] = self.document["dwell_steps"]
        for key, value in there.items():
            if value != here[key]:
                said, expected = (json.dumps(one, ensure_ascii=False, default=str) for one in (value, here[key]))
                yield Fault("RO-506", self.place(key), value=said, expected=expected)

    def routes(self) -> Iterator[tuple[int, list[Row]]]:
        """Yield team and visits of every route that can be read; then every team has one, or there is a fault."""
        before, seen = len(self.faults), set()
        entries = self.document.get("routes")
        if not isinstance(entries, list):
            self.faults.append(Fault("RO-119", self.place("routes"), key="routes", got=said(entries)))
            return
        for n, entry in enumerate(entries):
            where = f"routes[{n}]"
            if not isinstance(entry, Mapping):
                self.faults.append(Fault("RO-120", self.place(where), key="route", got=said(entry)))
                continue
            name = entry.get("team")
            team = self._found(f"{where}.team", partial(self.problem.named_teams.index, name))
            if team in seen:
                self.faults.append(Fault("RO-504", self.place(where), team=said(name)))
            if team is None or team in seen:
                continue
            seen.add(team)
            yield team, list(self._visits(entry, where))
        if len(self.faults) == before:
            for team, name in enumerate(self.problem.team_names):
                if team not in seen:
                    self.faults.append(Fault("RO-505", self.source or "document", name=name))

    def _visits(self, entry: Mapping[str, Any], where: str) -> Iterator[Row]:
        listed = entry.get("visits")
        if not isinstance(listed, list):
            self.faults.append(Fault("RO-119", self.place(where), key="visits", got=said(listed)))
            return
        for m, visit in enumerate(listed):
            row = self.visit(visit, f"{where}.visits[{m}]")
            if row is not None:
                yield row

    def visit(self, entry: Any, where: str) -> Row | None:
        """Return one visit; None, and its faults, if it cannot be read."""
        if not isinstance(entry, Mapping):
            self.faults.append(Fault("RO-120", self.place(where), key="visit", got=said(entry)))
            return None
        before = len(self.faults)
        site = self._found(f"{where}.site", lambda: self.problem.find_site(entry.get("site"), stops=True))
        start = self._found(f"{where}.start", lambda: self._start(entry))
        activity = self._found(where, lambda: self._activity(entry))
        fixed = entry.get("fixed", False)
        if not isinstance(fixed, bool):
            self.faults.append(Fault("RO-118", self.place(where), key="fixed", got=said(fixed)))
        if site is None or start is None or activity is None or len(self.faults) > before:
            return None
        return site, start, activity, fixed

    def change(self) -> tuple[int, str, Row, Message]:
        """Return team, what, visit and why of a change; what they are does not matter where there is a fault."""
        said_of = self.document
        team = self._found("team", lambda: self.problem.named_teams.index(said_of.get("team")))
        what = said_of.get("what")
        if what not in CHANGES:
            self.faults += unknown_change(self.place("what"), what)
        row = self.visit(said_of.get("visit"), "visit")
        why = self._found("why", lambda: message_of(said_of.get("why")))
        return team, what, row, why  # type: ignore[return-value]

    def _found(self, where: str, find: Callable[[], Any]) -> Any:
        try:
            return find()
        except MisreadError as error:
            self.faults.append(error.at(self.place(where)))
            return None

    def _steps(self, entry: Mapping[str, Any], key: str, least: int, most: int) -> int:
        """A number of steps, which means nothing without the clock that it counts on."""
        value = entry[key]
        if type(value) is not int or not least <= value <= most:
            raise MisreadError("RO-509", key=key, got=said(value), least=least, most=most)
        for needed in ("clock",) if key != "dwell" else ("clock", "dwell_steps"):
            if needed not in self.document:
                raise MisreadError("RO-512", key=key, needed=needed)
        return value

    def _start(self, entry: Mapping[str, Any]) -> int:
        if "start_step" in entry:
            return self._steps(entry, "start_step", 0, self.problem.n_steps - 1)
        clock = self.problem.clock
        step = self.problem.find_step(entry.get("start"))
        if step != self.problem.find_step(entry.get("start"), up=True):
            raise MisreadError("RO-552", step=clock.step_s, near=clock.exact(step * clock.step_s))
        return step

    def _activity(self, entry: Mapping[str, Any]) -> int:
        """What a visit is: of task, the numbers of steps, dwell and minutes the first that is given."""
        table, task = self.problem.activities, entry.get("task")
        if task is not None:
            if not isinstance(task, str) or task not in self.tasks:
                raise MisreadError("RO-508", task=said(task))
            return self.tasks[task]
        rows = {"stop": table.stop, "wait": table.wait, "away": table.away}
        for sort, row in rows.items():
            if f"{sort}_steps" in entry:
                return row(self._steps(entry, f"{sort}_steps", 1, self.problem.n_steps))
        if "dwell" in entry:
            return self._steps(entry, "dwell", 0, table.first_task - 1)
        sort = entry.get("kind", "stop")
        if not isinstance(sort, str) or sort not in rows:
            raise MisreadError("RO-124", key="kind", options=list(rows), got=said(sort), hint="")
        steps = whole_steps(entry.get("minutes"), self.problem.clock)
        return table.stop_of(steps) if sort == "stop" else rows[sort](steps)


def message_of(document: Any) -> Message:
    """Return the message of its JSON.

    Raises
    ------
    MisreadError
        If there is no such code, or a value of its sentence is missing.
    """
    if isinstance(document, Mapping) and isinstance(document.get("values", {}), Mapping):
        code, values = document.get("code"), {str(k): v for k, v in document.get("values", {}).items()}
        if isinstance(code, str) and code in SENTENCES:
            message = Message(code, **values)
            with suppress(KeyError, ValueError):
                message.text()
                return message
    raise MisreadError("RO-516", got=said(document))


def unknown_change(place: str, what: Any) -> list[Fault]:
    """The fault of something that no change is."""
    return [Fault("RO-124", place, key="what", options=CHANGES, got=said(what), hint="")]


def said(value: Any) -> str:
    """A value of a document as a message shows it, in at most 40 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # no JSON at all
        text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
