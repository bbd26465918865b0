"""The cases of a what-if: the scenario with other teams, hours and modes, and with a rule left out.

Teams are added and taken away by one rule: they are put in an order that takes one of each mode in turn, in the
scenario's order; the first m of it stay, and beyond its end it begins again with copies. So the mixture of modes
stays about what it is. Copies start and end where the team does, at its times.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple, get_args

from pydantic_core import PydanticCustomError

from routeopt.catalogue.sentence import N_
from routeopt.errors import Fault, InputError
from routeopt.scenario.model import Scenario, Team
from routeopt.scenario.parts import Mode, Part, parse_time, text_of

MOST_CASES = 200
RANGE = re.compile(r"(\d+)(?:\.\.(\d+))?(?:/(\d+))?")


class Rule(NamedTuple):
    """A rule of scenarios that may be left out."""

    key: str
    name: str
    """In English; in the catalogue of translations."""
    holds: Callable[[Scenario], bool]
    """Whether the scenario has it."""
    without: Callable[[Scenario], dict[str, Any]]
    """What to change in the scenario to leave it out: key → value."""


def _optional_tasks(scenario: Scenario) -> dict[str, Any]:
    return {"tasks": [task.model_copy(update={"mandatory": False}) for task in scenario.tasks]}


def _everywhere(scenario: Scenario) -> dict[str, Any]:
    return {"areas": None, "teams": [team.model_copy(update={"area": None}) for team in scenario.teams]}


def _unchanged_streets(scenario: Scenario) -> dict[str, Any]:
    return {"streets": scenario.streets.model_copy(update={"changes": []})}


def _has_breaks(scenario: Scenario) -> bool:
    return bool(scenario.breaks or any(team.breaks for team in scenario.teams))


def _without_breaks(scenario: Scenario) -> dict[str, Any]:
    teams = [team.model_copy(update={"breaks": None}) for team in scenario.teams]
    return {"breaks": [], "teams": teams, **_without_limit("longest_without_break_min")(scenario)}


def _without_limit(key: str) -> Callable[[Scenario], dict[str, Any]]:
    return lambda scenario: {"rules": scenario.rules.model_copy(update={key: None})}


RULES = (
    Rule("goals", N_("without floors"), lambda s: bool(s.goals), lambda _: {"goals": []}),
    Rule("areas", N_("without areas"), lambda s: any(team.area for team in s.teams), _everywhere),
    Rule("changes", N_("streets as ever"), lambda s: bool(s.streets.changes), _unchanged_streets),
    Rule("breaks", N_("without breaks"), _has_breaks, _without_breaks),
    Rule("fixed_posts", N_("without fixed posts"), lambda s: bool(s.fixed_posts), lambda _: {"fixed_posts": []}),
    Rule(
        "stops_per_hour",
        N_("any number of stops an hour"),
        lambda s: s.rules.stops_per_hour is not None,
        _without_limit("stops_per_hour"),
    ),
    Rule(
        "longest_without_break_min",
        N_("any time without a break"),
        lambda s: s.rules.longest_without_break_min is not None,
        _without_limit("longest_without_break_min"),
    ),
    Rule("mandatory", N_("no task mandatory"), lambda s: any(t.mandatory for t in s.tasks), _optional_tasks),
    Rule("tasks", N_("without tasks"), lambda s: bool(s.tasks), lambda _: {"tasks": []}),
)
"""Rules that a scenario may have; an entry each."""


@dataclass(frozen=True)
class Case:
    """A scenario to be planned."""

    section: str
    """``base``, ``teams``, ``start``, ``modes`` or ``rules``."""
    label: str
    """The number of teams, the start, the modes, or the key of the rule that is left out."""
    scenario: Scenario

    @property
    def modes(self) -> dict[str, int]:
        """Mode → how many teams."""
        found: dict[str, int] = {}
        for team in self.scenario.teams:
            found[team.mode] = found.get(team.mode, 0) + 1
        return found


@dataclass(frozen=True)
class Asked:
    """What is varied, one thing at a time; as `parse` reads it."""

    teams: tuple[int, ...] = ()
    starts: tuple[int, ...] = ()
    """Minutes after the midnight of the shift's day."""
    modes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    rules: bool = False


def parse(teams: str = "", start: str = "", modes: str = "", rules: bool = False) -> Asked:
    """Read ``4..12``, ``18:00..20:00/30`` and ``foot=2..4,car=1..2``.

    Raises
    ------
    InputError
        With everything that cannot be read.
    """
    faults: list[Fault] = []

    def read(option: str, text: str, convert: Callable[[str], Any], nothing: Any) -> Any:
        if not text.strip():
            return nothing
        try:
            return convert(text.strip())
        except ValueError:
            faults.append(
                Fault({"--teams": "RO-648", "--start": "RO-649"}.get(option, "RO-650"), option, value=text)
            )
            return nothing

    asked = Asked(
        read("--teams", teams, _numbers, ()), read("--start", start, _times, ()),
        read("--modes", modes, _modes, ()), rules,
    )  # fmt: skip
    if faults:
        raise InputError(faults)
    return asked


def _numbers(text: str, least: int = 1) -> tuple[int, ...]:
    """Read whole numbers: ``4..12``, ``4..12/2``, ``4,6,8``."""
    found: list[int] = []
    for word in text.split(","):
        match = RANGE.fullmatch(word.strip())
        if match is None or len(word) > 20:
            raise ValueError(word)
        first = int(match[1])
        last, step = int(match[2] or first), int(match[3] or 1)
        if not least <= first <= last <= 500 or step < 1:
            raise ValueError(word)
        found += range(first, last + 1, step)
    return tuple(dict.fromkeys(found))


def _times(text: str) -> tuple[int, ...]:
    """Read times of day: ``18:00..20:00/30``, with a step in minutes (60 without), or ``18:00,19:30``."""
    found: list[int] = []
    for word in text.split(","):
        ends, _, every = word.strip().partition("/")
        begin, _, end = ends.partition("..")
        try:
            first, last, step = parse_time(begin), parse_time(end or begin), int(every or 60)
        except (ValueError, PydanticCustomError) as error:
            raise ValueError(word) from error
        if last < first or step < 1 or (last - first) // step > MOST_CASES:
            raise ValueError(word)
        found += range(first, last + 1, step)
    return tuple(dict.fromkeys(found))


def _modes(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Read numbers by mode: ``foot=2..4,car=1..2``."""
    found: dict[str, tuple[int, ...]] = {}
    for word in re.split(r",(?=\s*[a-z])", text):
        mode, given, numbers = word.strip().partition("=")
        if not given or mode in found or mode not in get_args(Mode):
            raise ValueError(word)
        found[mode] = _numbers(numbers, 0)
    return tuple(found.items())


def cases(scenario: Scenario, asked: Asked) -> list[Case]:
    """Return the scenario itself and every case that is asked for.

    Raises
    ------
    InputError
        If a mode is asked for of which the scenario has no team, the cases are too many, or a start moves the
        shift out of its day.
    """
    found = [Case("base", str(len(scenario.teams)), scenario)]
    found += [Case("teams", str(n), with_teams(scenario, n)) for n in asked.teams]
    faults = [
        Fault("RO-651", "--modes", mode=mode)
        for mode, _ in asked.modes
        if all(t.mode != mode for t in scenario.teams)
    ]
    length = scenario.shift.end - scenario.shift.start
    faults += [
        Fault("RO-652", "--start", value=text_of(t))
        for t in asked.starts
        if t > 24 * 60 - 1 or t + length > 48 * 60
    ]
    n_mixes = math.prod(len(numbers) for _mode, numbers in asked.modes) if asked.modes else 0
    left_out = [rule for rule in RULES if asked.rules and rule.holds(scenario)]
    n = len(found) + len(asked.starts) + n_mixes + len(left_out)
    faults += [Fault("RO-653", "whatif", cases=n, most=MOST_CASES)] if n > MOST_CASES else []
    if faults:
        raise InputError(faults)
    found += [Case("start", text_of(t), moved(scenario, t)) for t in asked.starts]
    if asked.modes:
        names = [mode for mode, _ in asked.modes]
        for numbers in product(*(numbers for _, numbers in asked.modes)):
            mixed = with_modes(scenario, dict(zip(names, numbers, strict=True)))
            if mixed is not None:
                found.append(
                    Case("modes", ",".join(f"{m}={k}" for m, k in zip(names, numbers, strict=True)), mixed)
                )
    found += [Case("rules", r.key, scenario.model_copy(update=r.without(scenario))) for r in left_out]
    return found


def in_turn(teams: Sequence[Team]) -> list[int]:
    """Return the order in which teams are added: one of each mode in turn, in the scenario's order."""
    by_mode: dict[str, list[int]] = {}
    for k, team in enumerate(teams):
        by_mode.setdefault(team.mode, []).append(k)
    return [k for _turn, k in sorted((turn, k) for own in by_mode.values() for turn, k in enumerate(own))]


def with_teams(scenario: Scenario, n: int) -> Scenario:
    """Return the scenario with ``n`` teams."""
    order, n_own = in_turn(scenario.teams), len(scenario.teams)
    copies = [0] * n_own
    for k in range(n):
        copies[order[k % n_own]] += 1
    return _with_copies(scenario, copies)


def with_modes(scenario: Scenario, numbers: dict[str, int]) -> Scenario | None:
    """Return the scenario with these numbers of teams of each mode, others as they are; None without teams."""
    copies = [0 if team.mode in numbers else 1 for team in scenario.teams]
    for mode, n in numbers.items():
        own = [k for k, team in enumerate(scenario.teams) if team.mode == mode]
        for k in range(n):
            copies[own[k % len(own)]] += 1
    return _with_copies(scenario, copies) if any(copies) else None


def _with_copies(scenario: Scenario, copies: Sequence[int]) -> Scenario:
    """Return the scenario with these numbers of copies of each team, and what names teams changed with them."""
    taken = {team.name for team in scenario.teams}
    names: dict[str, list[str]] = {}
    teams: list[Team] = []
    for team, n in zip(scenario.teams, copies, strict=True):
        own = names.setdefault(team.name, [])
        for c in range(n):
            name, number = team.name, c + 1
            while c and name in taken:
                name = f"{team.name} ({number})"
                number += 1
            taken.add(name)
            own.append(name)
            teams.append(team.model_copy(update={"name": name}))
    update: dict[str, Any] = {"teams": teams}
    for key in type(scenario).model_fields:
        if key != "teams":
            changed = _renamed(getattr(scenario, key), names)
            if changed is not getattr(scenario, key):
                update[key] = changed
    return scenario.model_copy(update=update)


def _renamed(value: Any, names: dict[str, list[str]]) -> Any:
    """Return a part of a scenario with the names of teams replaced by those of their copies; the same if none is.

    What is for teams that are all gone is left out.
    """
    if isinstance(value, list):
        found = [_renamed(one, names) for one in value]
        kept = [one for one in found if one is not None]
        return value if all(a is b for a, b in zip(found, value, strict=True)) else kept
    if not isinstance(value, Part):
        return value
    update = {}
    for key in type(value).model_fields:
        old = getattr(value, key)
        if key == "teams" and isinstance(old, list) and old and all(isinstance(one, str) for one in old):
            new: Any = [name for one in old for name in names.get(one, [one])]
            if not new:
                return None
        elif key == "team" and isinstance(old, str):
            own = names.get(old, [old])
            if not own:
                return None
            new = own[0]
        else:
            new = _renamed(old, names)
        if new is not old and new != old:
            update[key] = new
    return value.model_copy(update=update) if update else value


def moved(scenario: Scenario, start: int) -> Scenario:
    """Return the scenario whose shift begins at another time, as long as before; teams' own times move along."""
    by = start - scenario.shift.start
    shift = scenario.shift.model_copy(update={"start": start, "end": scenario.shift.end + by})
    teams = [
        team.model_copy(
            update={
                "from_": None if team.from_ is None else team.from_ + by,
                "until": None if team.until is None else team.until + by,
            }
        )
        for team in scenario.teams
    ]
    return scenario.model_copy(update={"shift": shift, "teams": teams})


def names_of(first: Scenario, other: Scenario) -> Iterator[str]:
    """Yield what another case has more or less of teams: ``+ name`` and ``− name``."""
    before, after = [t.name for t in first.teams], [t.name for t in other.teams]
    yield from (f"+ {name}" for name in after if name not in before)
    yield from (f"− {name}" for name in before if name not in after)
