"""What is due tonight: tasks by their dates, must-visits as tasks, and what earlier nights left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents import sniff, tables
from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.build_tasks import numbered
from routeopt.problem.must_visits import MustVisits, gap_windows
from routeopt.problem.tasks import Task, reachable, with_tasks
from routeopt.scenario.carried import read_carry_over
from routeopt.scenario.model import Scenario, SitePlace
from routeopt.scenario.must_visit_checks import without_date
from routeopt.scenario.must_visits import (
    CarryOver,
    Interval,
    MustVisit,
    Standing,
    raised,
    standing,
)
from routeopt.scenario.read import fault_in
from routeopt.validation import one_of

NAME_HEADERS = ("name", "名称", "地点", "place", "单位", "单位名称")
"""Headers of the column of names, in lower case."""


@dataclass(frozen=True)
class Tonight:
    """A scenario with the tasks that are open on its night, and how they stand."""

    scenario: Scenario
    standing: Mapping[str, Standing]
    """By name of the task."""
    carried: CarryOver
    required: frozenset[str] = frozenset()
    """Tasks that are mandatory whether they fall due or not."""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Duties:
    """What is due on a night, in terms of its problem's tasks."""

    told: Mapping[str, Message] = field(default_factory=dict)
    """Task → when it is due, and for how long it was carried over; none where there is nothing to say."""
    of_place: Mapping[str, str] = field(default_factory=dict)
    """Must-visit → the task that is a visit to it tonight."""


@dataclass(frozen=True)
class Wanted:
    """What the rules together ask of one place."""

    name: str
    every_nights: int | None
    max_gap_min: float | None
    least_min: float
    reward: float


def tonight(scenario: Scenario, carried: CarryOver | None = None) -> Tonight:
    """Choose the tasks that are open on the scenario's night; their rewards rise, and the last night must do them.

    Parameters
    ----------
    carried
        What earlier nights left. Default: the scenario's file, if it names one.

    Raises
    ------
    ScenarioError
        If something depends on the date and the shift has no date, or the file cannot be used.
    """
    faults = [fault_in(scenario, "RO-177", place) for place in without_date(scenario)]
    notes: list[Message] = []
    if carried is None:
        try:
            carried, notes = carried_into(scenario)
        except ScenarioError as error:
            faults += error.faults
    if faults or carried is None:
        raise ScenarioError(faults)
    given, night = scenario, scenario.shift.date
    found: dict[str, Standing] = {}
    tasks, entries = [], carried.of_tasks()
    for task in scenario.tasks:
        one = standing(task, entries.get(task.name), night)
        if one is None:
            continue
        found[task.name] = one
        mandatory = task.mandatory or (one.last and "mandatory" not in task.model_fields_set)
        tasks.append(task.model_copy(update={"reward": raised(task.reward, one.factor), "mandatory": mandatory}))
    if tasks != scenario.tasks:
        scenario = scenario.model_copy(update={"tasks": tasks})
    required = frozenset(task.name for task in given.tasks if task.mandatory)
    return Tonight(scenario, found, carried, required, tuple(notes))


def carried_into(scenario: Scenario) -> tuple[CarryOver, list[Message]]:
    """Read what earlier nights left, with notes: nothing where there is no file yet.

    Raises
    ------
    ScenarioError
        If the file cannot be used.
    """
    if scenario.carry_over is None:
        return CarryOver(), []
    path = scenario.folder / scenario.carry_over
    if not path.exists():
        return CarryOver(), [Message("carry-over-none", file=scenario.carry_over)]
    found, night = read_carry_over(path), scenario.shift.date
    known = as_of(found, night)
    if known is not None:
        return known, []
    values = {"file": scenario.carry_over, "night": str(found.night), "tonight": str(night)}
    return found, [Message("carry-over-later", **values)]


def as_of(found: CarryOver, night: dt.date | None) -> CarryOver | None:
    """Return how things stood before a night, which may be planned, checked or carried over once more.

    None if the carry-over and the one before it are of that night or a later one.
    """
    for one in (found, found.before):
        if one is not None and (night is None or one.night is None or one.night < night):
            return one
    return None


def unknown_must_visits(scenario: Scenario, places: Sequence[SitePlace]) -> list[Fault]:
    """Find must-visits that name a place, a community or a file that does not exist."""
    faults: list[Fault] = []
    known = [place.name for place in places]
    zones = sorted({place.zone for place in places if place.zone})
    for n, rule in enumerate(scenario.must_visits):
        who, at = Message("place-must-visit", number=n + 1), ("must_visits", n)
        faults += [
            fault_in(scenario, "RO-178", (*at, "places", m), who=who, name=name, hint=one_of(name, known))
            for m, name in enumerate(rule.places)
            if name not in known
        ]
        if rule.zone is not None and rule.zone not in zones:
            hint = one_of(rule.zone, zones)
            faults.append(fault_in(scenario, "RO-178", (*at, "zone"), who=who, name=rule.zone, hint=hint))
        if rule.file is not None:
            path = scenario.folder / rule.file
            listed, wrong = _listed(scenario, rule)
            faults += wrong
            faults += [
                Fault("RO-178", path, line, key="must_visits", who=who, name=name, hint=one_of(name, known))
                for line, name in listed
                if name not in known
            ]
    return faults


def _listed(scenario: Scenario, rule: MustVisit) -> tuple[list[tuple[int, str]], list[Fault]]:
    """Read the names of a rule's file, each with its line."""
    if rule.file is None:
        return [], []
    path = scenario.folder / rule.file
    try:
        raw = path.read_bytes()
    except OSError as error:
        return [], [Fault("RO-183", path, reason=error.strerror or str(error))]
    rows = list(tables.lines(path, raw, sniff.coding_of(path, raw), path.suffix.lower()))
    header = [cell.strip().strip("\ufeff").casefold() for cell in rows[0][1]] if rows else []
    column = next((n for n, cell in enumerate(header) if cell in NAME_HEADERS), None)
    if column is None:
        return [], [Fault("RO-183", path, 1, reason=Message("no-name-column", known=list(NAME_HEADERS)))]
    named = [(line, cells[column].strip()) for line, cells in rows[1:] if column < len(cells)]
    return [(line, name) for line, name in named if name], []


def wanted(scenario: Scenario, places: Iterable[tuple[str, str]]) -> list[Wanted]:
    """List what the must-visits ask of each place, given as (name, community); of several rules the strictest."""
    found: dict[str, Wanted] = {}
    places = list(places)
    known = {name for name, _zone in places}
    for rule in scenario.must_visits:
        names = [*rule.places, *(name for _line, name in _listed(scenario, rule)[0])]
        names += [name for name, zone in places if rule.zone is not None and zone == rule.zone]
        least = rule.least_min or scenario.model.dwell_min[0]
        for name in dict.fromkeys(names):
            if name not in known:
                continue
            own = Wanted(name, rule.every_nights, rule.max_gap_min, least, rule.reward)
            found[name] = _stricter(found[name], own) if name in found else own
    return list(found.values())


def _stricter(one: Wanted, other: Wanted) -> Wanted:
    """Join what two rules ask of a place."""

    def least(a: Any, b: Any) -> Any:
        return min((value for value in (a, b) if value is not None), default=None)

    return Wanted(
        one.name, least(one.every_nights, other.every_nights), least(one.max_gap_min, other.max_gap_min),
        max(one.least_min, other.least_min), max(one.reward, other.reward),
    )  # fmt: skip


def stoppable(problem: Problem) -> dict[str, int]:
    """Return the places where teams may stop: name → site."""
    found: dict[str, int] = {}
    for site in np.flatnonzero(problem.site_stoppable).tolist():
        found.setdefault(problem.site_names[site], site)
    return found


def asked(scenario: Scenario, problem: Problem) -> list[Wanted]:
    """List what the scenario's must-visits ask of the places of its problem."""
    if not scenario.must_visits:
        return []
    return wanted(scenario, ((name, problem.site_zone[site]) for name, site in stoppable(problem).items()))


def add_must_visits(problem: Problem, night: Tonight) -> tuple[Problem, Duties, list[Message]]:
    """Add the night's must-visits, and make optional what is due and cannot be done.

    Returns
    -------
    The problem; what is due; notes.
    """
    dues = {name: told for name, one in night.standing.items() if (told := one.message()) is not None}
    last = {name for name, one in night.standing.items() if one.last} - night.required
    gaps, visits = MustVisits(), []
    sites, clock = stoppable(problem), problem.clock
    of_place: dict[str, str] = {}
    entries, chosen = night.carried.of_places(), set(night.carried.tonight)
    taken = set(problem.tasks.names)
    for place in asked(night.scenario, problem):
        site, service = sites[place.name], clock.steps(place.least_min, up=True)
        if place.max_gap_min is not None:
            most = clock.steps(place.max_gap_min)
            gaps = _with(gaps, site, most, service)
            if gap_windows(problem.n_steps, most, service):
                continue  # it is visited tonight
        if place.every_nights is None:
            continue
        one = standing(Interval(place.every_nights), entries.get(place.name), clock.date)
        pressed = place.name in chosen
        if one is None or service > problem.n_steps or not (pressed or presses(one, place.every_nights)):
            continue
        (name,) = numbered([place.name], taken)
        of_place[place.name] = name
        reward = raised(place.reward, max(1.0, one.factor) if pressed else one.factor)
        visits.append(_visit(problem, name, site, service, reward, must=one.last))
        told = one.message()
        if told is not None:
            dues[name] = told
        if one.last:
            last.add(name)
    problem = with_gaps(with_tasks(problem, visits), gaps)
    problem, notes = _relieved(problem, last)
    return problem, Duties(dues, of_place), [*night.notes, *notes]


def presses(one: Standing, interval: int) -> bool:
    """Whether a must-visit is a task of its own: in the second half of its interval; a patrol may pass before."""
    return one.left is None or 2 * one.left <= interval


def _with(table: MustVisits, site: int, most: int, least: int) -> MustVisits:
    """Return the table with one more row."""
    columns = (table.site, site), (table.max_gap_steps, most), (table.least_steps, least)
    return MustVisits(*(np.append(column, value).astype(np.int32) for column, value in columns))


def _visit(problem: Problem, name: str, site: int, service: int, reward: float, *, must: bool) -> Task:
    """Return a visit to a place at any time of the plan."""
    return Task(name, site, ((0, problem.n_steps - service),), service, reward, must, free=True)


def doable(problem: Problem) -> NDArray[np.bool_]:
    """Return whether enough teams can do each task, were it the only thing all night, (n_tasks,)."""
    can, tasks = reachable(problem), problem.tasks
    if not len(tasks):
        return np.zeros(0, dtype=np.bool_)
    enough = can.sum(axis=1) >= tasks.crew
    found: NDArray[np.bool_] = enough & (can & tasks.lead).any(axis=1)
    return found


def _relieved(problem: Problem, last: set[str]) -> tuple[Problem, list[Message]]:
    """Make optional what is due tonight and no team can do, with a note for each."""
    if not last:
        return problem, []
    never = set(np.flatnonzero(~doable(problem)).tolist())
    lost = [q for q, name in enumerate(problem.tasks.names) if name in last and q in never]
    if not lost:
        return problem, []
    mandatory = problem.tasks.mandatory.copy()
    mandatory[lost] = False
    notes = [Message("due-impossible", who=Message("place-task", name=problem.tasks.names[q])) for q in lost]
    return replace(problem, tasks=replace(problem.tasks, mandatory=mandatory)), notes


def with_gaps(problem: Problem, table: MustVisits) -> Problem:
    """Return the problem with the longest gaps of more places, and the mandatory tasks that keep them.

    A task is a visit like any other stop, seen as long, and one stay with a stop that follows there.

    Raises
    ------
    InputError
        If a site or a number of steps is outside the problem.
    """
    if not len(table):
        return problem
    old = problem.must_visits
    columns = ("site", "max_gap_steps", "least_steps")
    joined = (np.append(getattr(old, name), getattr(table, name)).astype(np.int32) for name in columns)
    problem = replace(problem, must_visits=MustVisits(*joined))
    taken, tasks = set(problem.tasks.names), []
    for site, most, least in np.column_stack([getattr(table, name) for name in columns]).tolist():
        windows = gap_windows(problem.n_steps, most, least)
        names = [f"{problem.site_names[site]} ({n}/{len(windows)})" for n in range(1, len(windows) + 1)]
        for name, window in zip(numbered(names, taken), windows, strict=True):
            tasks.append(Task(name, site, (window,), least, 0.0, True, free=True))
    return with_tasks(problem, tasks)
