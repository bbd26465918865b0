"""Plan the coming nights one after the other, each with what the night before has left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from routeopt.budget import Budget
from routeopt.carry_over import Left, carry_over
from routeopt.errors import Fault, InfeasibleError, InputError, Message
from routeopt.evaluation import visibility
from routeopt.guard import kind, refuse, whole
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.problem.build import Built, build_with_streets
from routeopt.problem.build_must_visits import as_of, carried_into
from routeopt.rules import Violation, check
from routeopt.scenario.model import Scenario
from routeopt.scenario.must_visits import CarryOver, has_dates, nights_of
from routeopt.search.state import Progress
from routeopt.solving import solve
from routeopt.week.assign import Assignment
from routeopt.week.outlook import Outlook, Visit, undated

RESCUE = 0.05
"""Reward of what should be done tonight, where no plan has all of it."""
MOST_NIGHTS = 31

Say = Callable[[Message], None]
"""Called with what is being done."""


@dataclass(frozen=True)
class PlannedNight:
    """A planned night of a week."""

    date: dt.date
    built: Built
    result: Result
    left: Left
    assigned: tuple[str, ...]
    """Follow-ups that this night was to hold."""
    tasks_done: tuple[str, ...]
    places_done: tuple[str, ...]
    """Must-visits that a stop or a visit of the plan serves."""
    tasks: Mapping[str, bool | None]
    """Tasks of its scenario, and whether they must be done; None for those that are as they were written."""
    carried: CarryOver
    """What it takes over from the nights before."""

    @property
    def visibility(self) -> float:
        """Visibility of its plan."""
        return visibility(self.built.problem, self.result.plan)

    @property
    def violations(self) -> list[Violation]:
        """Rules that its plan breaks."""
        return check(self.built.problem, self.result.plan)


@dataclass(frozen=True)
class Failing:
    """What will not be done in time, and why."""

    name: str
    place: bool
    """Whether it is a must-visit, and no task."""
    due: dt.date
    why: Message
    done: dt.date | None = None
    """Date on which it is done too late; None if it is not done."""


@dataclass(frozen=True)
class Week:
    """The coming nights."""

    nights: tuple[PlannedNight, ...]
    failing: tuple[Failing, ...]
    """Known on the first night; the earliest due first."""
    n_due: int
    """Follow-ups and must-visits that fall due by the ``horizon``."""
    horizon: dt.date
    """The last of the planned nights, but at least the seventh from the first."""
    carried: CarryOver
    """What the last night leaves."""
    interrupted: bool = False


def plan_week(
    scenario: Scenario,
    *,
    nights: int = 7,
    start: dt.date | None = None,
    history: CarryOver | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    say: Say | None = None,
    memory_limit: str | None = None,
) -> Week:
    """Plan the coming nights: spread what is due, plan a night, carry over, and so on.

    Parameters
    ----------
    nights, start
        How many, and the date of the first. Default: the shift's date.
    history
        What earlier nights left. Default: the file that the scenario names.
    budget
        Limits of each night's search. Default: 10 seconds.
    seed
        Random seed; with an iteration limit the week is reproducible.
    progress
        Called as by `routeopt.solve`, for one night after the other.
    say
        Called with what is being done.
    memory_limit
        As for `routeopt.problem.build.build_with_streets`.

    Raises
    ------
    InputError
        If an argument is out of range, there is no date, or the scenario cannot be used.
    InfeasibleError
        If a night has no plan.
    """
    faults = (
        kind("scenario", scenario, Scenario) + whole("nights", nights, 1, MOST_NIGHTS) + whole("seed", seed, 0)
    )
    faults += kind("start", start, dt.date, optional=True) + kind("history", history, CarryOver, optional=True)
    refuse(faults)
    start = start or scenario.shift.date
    if start is None:
        raise InputError(Fault("RO-657", scenario.source))
    scenario = _on(scenario, start)
    week = _Rolling(scenario, nights_of(start, nights), budget or Budget(seconds=10.0), seed, memory_limit)
    week.say, week.progress = say, progress
    if history is None:
        return week.planned(carried_into(scenario)[0])
    return week.planned(as_of(history, start) or history)


def _on(scenario: Scenario, night: dt.date) -> Scenario:
    """Return the scenario on another date."""
    return scenario.model_copy(update={"shift": scenario.shift.model_copy(update={"date": night})})


class _Rolling:
    """Plans the nights in their order."""

    def __init__(
        self, scenario: Scenario, dates: Sequence[dt.date], budget: Budget, seed: int, memory_limit: str | None
    ) -> None:
        self.scenario, self.dates, self.budget, self.seed = scenario, dates, budget, seed
        self.memory_limit = memory_limit
        self.say: Say | None = None
        self.progress: Progress | None = None

    def planned(self, carried: CarryOver) -> Week:
        """Plan all of them, until one is interrupted."""
        self._tell(Message("week-outlook"))
        probe = build_with_streets(undated(self.scenario), None, self.memory_limit, CarryOver())
        outlook = Outlook(self.scenario, probe, self.dates)
        first = outlook.visits(carried)
        planned: list[PlannedNight] = []
        interrupted = False
        roomless: set[str] = set()
        for n, date in enumerate(self.dates):
            visits = outlook.visits(carried, n)
            now = outlook.spread(visits, self.seed)
            roomless |= {one.key for one in visits if one.why is None and one.key not in now.night}
            self._tell(Message("week-night", number=n + 1, of=len(self.dates), date=date.isoformat()))
            try:
                night = self._night(n, date, visits, now, carried)
            except KeyboardInterrupt:
                if not planned:
                    raise
                interrupted = True
                break
            planned.append(night)
            carried = night.left.carried.model_copy(update={"before": None})
            interrupted = night.result.interrupted
            if interrupted:
                break
        nights = tuple(planned)
        first = [one for one in first if one.due is not None and one.due <= outlook.horizon]
        failing = tuple(_failing(first, nights, roomless))
        carried = nights[-1].left.carried
        return Week(nights, failing, len(first), outlook.horizon, carried, interrupted)

    def _tell(self, message: Message) -> None:
        if self.say is not None:
            self.say(message)

    def _night(
        self, n: int, date: dt.date, visits: Sequence[Visit], spread: Assignment, carried: CarryOver
    ) -> PlannedNight:
        """Plan one night with what was assigned to it."""
        followups = [one for one in visits if not one.place]
        tonight = {one.name for one in followups if spread.night.get(one.key) == n}
        must = self._must(followups, spread, tonight)
        always = {
            task.name for task in self.scenario.tasks if task.mandatory and must.get(task.name, False) is None
        }
        tasks = [
            task if must[task.name] is None else task.model_copy(update={"mandatory": must[task.name]})
            for task in self.scenario.tasks
            if task.name in must
        ]
        pressed = [one.name for one in visits if one.place and spread.night.get(one.key) == n]
        carried = carried.model_copy(update={"tonight": pressed})
        scenario = _on(self.scenario, date).model_copy(update={"tasks": tasks})
        built = build_with_streets(scenario, None, self.memory_limit, carried)
        result, built = self._solved(built, always)
        left = carry_over(built, result.plan, None, carried)
        done = [entry.name for entry in left.carried.tasks if entry.last == date]
        there = [entry.name for entry in left.carried.places if entry.last == date]
        for name in must:
            if name in built.problem.tasks.names and must[name]:
                must[name] = bool(built.problem.tasks.mandatory[built.problem.tasks.names.index(name)])
        assigned = tuple(task.name for task in tasks if task.name in tonight)
        return PlannedNight(date, built, result, left, assigned, tuple(done), tuple(there), must, carried)

    def _must(self, followups: Sequence[Visit], spread: Assignment, tonight: set[str]) -> dict[str, bool | None]:
        """Return whether each task of a night must be done, None for as it is written.

        Those that were assigned to it must, unless they are written as optional; those of other nights are left
        out; those of none are optional. What is never due is as it is written.
        """
        optional = {
            task.name
            for task in self.scenario.tasks
            if "mandatory" in task.model_fields_set and not task.mandatory
        }
        must: dict[str, bool | None] = {task.name: None for task in self.scenario.tasks if not has_dates(task)}
        for one in followups:
            if one.due is None:
                must[one.name] = None
            elif one.name in tonight:
                must[one.name] = one.name not in optional
            elif one.late or one.key not in spread.night:
                must[one.name] = False
        return must

    def _solved(self, built: Built, always: set[str]) -> tuple[Result, Built]:
        """Solve a night; of tasks that exclude each other, one after the other need not be done."""
        problem = built.problem
        while True:
            built = replace(built, problem=problem)
            try:
                return solve(problem, self.budget, seed=self.seed, progress=self.progress), built
            except InfeasibleError as error:
                given_up = _given_up(built, error, always)
                if given_up is None:
                    raise
                problem = _without_duty(problem, given_up)


def _without_duty(problem: Problem, name: str) -> Problem:
    """Return the problem with a task that need not be done, and is worth much."""
    tasks, q = problem.tasks, problem.tasks.names.index(name)
    mandatory, reward = tasks.mandatory.copy(), tasks.reward.copy()
    mandatory[q], reward[q] = False, max(float(reward[q]), RESCUE)
    return replace(problem, tasks=replace(tasks, mandatory=mandatory, reward=reward))


def _given_up(built: Built, error: InfeasibleError, always: set[str]) -> str | None:
    """Choose which of the tasks that exclude each other need not be done: the longest; None if all must be."""
    tasks = built.problem.tasks
    named = {name for fault in error.faults for name in _names(fault)}
    found = [
        (int(tasks.service_steps[q]), name)
        for q, name in enumerate(tasks.names)
        if tasks.mandatory[q] and name in built.dues.told and name not in always
    ]
    return max([one for one in found if one[1] in named] or found, default=(0, None))[1]


def _names(fault: Fault) -> list[str]:
    """List the tasks that a fault of impossible tasks is about."""
    if not isinstance(fault.path, Message):
        return []
    values = fault.path.values
    return [name.strip('"') for name in (values.get("names") or [values.get("name", "")])]


def _failing(first: Sequence[Visit], nights: Sequence[PlannedNight], roomless: set[str]) -> Iterator[Failing]:
    """Yield what falls due and is not done in time, nor will be as far as is known; the earliest due first."""
    last = nights[-1].date
    done: dict[tuple[str, bool], dt.date] = {}
    for night in nights:
        for place, names in ((False, night.tasks_done), (True, night.places_done)):
            for name in names:
                done.setdefault((name, place), night.date)
    for one in sorted(first, key=lambda one: (one.due or last, one.name)):
        when = done.get((one.name, one.place))
        if one.due is None or (when is not None and when <= one.due):
            continue
        why, later = one.why, one.due > last
        if why is None and one.key in roomless and not (one.place and later):
            why = Message("fail-no-room", nights=len(one.nights))
        if why is not None or not later:
            yield Failing(one.name, one.place, one.due, why or _reason(one, nights), when)


def _reason(one: Visit, nights: Sequence[PlannedNight]) -> Message:
    """Say why something that was assigned to a night is not done in time."""
    why = next((why for night in nights for entry, why in night.left.open if entry.name == one.name), None)
    return why or Message("fail-no-room", nights=len(one.nights))
