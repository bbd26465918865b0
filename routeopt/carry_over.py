"""What a night leaves for the next: tasks that are not done and why, and when must-visits were visited last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routeopt.errors import Message, Words, english
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.build import Built
from routeopt.problem.build_must_visits import Wanted, asked, carried_into, doable, stoppable
from routeopt.problem.tasks import done as times_done
from routeopt.problem.tasks import window_text
from routeopt.scenario.model import Task
from routeopt.scenario.must_visits import (
    Carried,
    CarryOver,
    Dated,
    Interval,
    Standing,
    due_of,
    has_dates,
    is_once,
    standing,
)
from routeopt.timeline import walk


class Visited(NamedTuple):
    """A stay of a plan, or a visit that was made besides; steps ``begin ≤ t < end``."""

    team: int | None
    """None where it is not known."""
    site: int
    task: int | None
    """Index of the task that it does."""
    begin: int
    end: int


class Told(NamedTuple):
    """What is said of a stay: whether it was made, and if not, why."""

    done: bool
    reason: str = ""


@dataclass(frozen=True)
class Report:
    """What is known of a night afterwards."""

    told: Mapping[Visited, Told]
    """Of the plan's stays (`stays_of`); not of all, perhaps."""
    extra: tuple[Visited, ...]
    """Visits that were made and not planned."""
    others_done: bool
    """Whether stays of which nothing is said were made as planned."""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Left:
    """A carry-over, and what is worth telling of it."""

    carried: CarryOver
    open: tuple[tuple[Carried, Message], ...]
    """What was open and is not done, with why."""
    n_done: int
    """Tasks with dates and must-visits that were done."""
    notes: tuple[Message, ...] = ()


def carry_over(
    built: Built,
    plan: Plan,
    report: Report | None = None,
    before: CarryOver | None = None,
    _: Words = english,
) -> Left:
    """Tell what a night leaves.

    Parameters
    ----------
    built, plan
        The night, and a plan of its problem.
    report
        What was done. Default: everything as planned.
    before
        What earlier nights left. Default: the file that the scenario names.
    _
        Language of the reasons in the carry-over.

    Raises
    ------
    ScenarioError
        If the scenario's file of earlier nights cannot be used.
    """
    problem, night = built.problem, built.scenario.shift.date
    earlier = carried_into(built.scenario)[0] if before is None else before
    outcome = _outcome(stays_of(problem, plan), report)
    ledger = _Ledger(built, plan, night, outcome)
    of_tasks, of_places = earlier.of_tasks(), earlier.of_places()
    tasks = [ledger.task(task, of_tasks.get(task.name)) for task in built.scenario.tasks]
    regular = [one for one in asked(built.scenario, problem) if one.every_nights is not None]
    places = [ledger.place(one, of_places.get(one.name)) for one in regular]
    known = {task.name for task in built.scenario.tasks}
    others = [entry for entry in earlier.tasks if entry.name not in known]  # of tasks of other nights
    carried = CarryOver(
        scenario=built.scenario.name, night=night, before=earlier.model_copy(update={"before": None}),
        tasks=[*others, *(_worded(entry, why, _) for entry, why in tasks if entry is not None)],
        places=[_worded(entry, why, _) for entry, why in places if entry is not None],
    )  # fmt: skip
    open_ = tuple((entry, why) for entry, why in (*tasks, *places) if entry is not None and why is not None)
    return Left(carried, open_, ledger.n_done, () if report is None else report.notes)


def stays_of(problem: Problem, plan: Plan) -> list[Visited]:
    """List the stays of a plan that somebody can see or that do a task, by team and time."""
    found = []
    for route in plan.routes:
        for stay in walk(problem, route).stays():
            if not stay.waits and stay.presence > 0:
                task = problem.activities.task(stay.activity)
                found.append(Visited(route.team, stay.site, task, stay.begin, stay.end))
    return found


@dataclass(frozen=True)
class _Outcome:
    """Which visits were made, and why the others were not."""

    made: tuple[Visited, ...]
    missed: dict[Visited, str]
    """Planned visit that was not made → the reason given, "" for none."""


def _outcome(stays: Sequence[Visited], report: Report | None) -> _Outcome:
    """Compare the planned visits with what is told of them."""
    if report is None:
        return _Outcome(tuple(stays), {})
    silent = Told(report.others_done)
    told = {stay: report.told.get(stay, silent) for stay in stays}
    made = [stay for stay, one in told.items() if one.done]
    missed = {stay: told[stay].reason for stay in sorted(set(stays) - set(made), key=str)}
    return _Outcome((*made, *report.extra), missed)


class _Ledger:
    """Brings the entries of tasks and places up to date."""

    def __init__(self, built: Built, plan: Plan, night: dt.date | None, outcome: _Outcome) -> None:
        self.built, self.problem, self.night, self.outcome = built, built.problem, night, outcome
        self.n_done = 0
        self.never = set(np.flatnonzero(~doable(self.problem)).tolist())
        self.planned = times_done(self.problem, plan) > 0
        self.sites = stoppable(self.problem)

    def task(self, task: Task, entry: Carried | None) -> tuple[Carried | None, Message | None]:
        """Return the entry of a task after the night, None for none; and why it is still open."""
        open_ = standing(task, entry, self.night)
        if open_ is None or task.name not in self.problem.tasks.names:
            return entry, None
        q = self.problem.tasks.names.index(task.name)
        if any(visit.task == q for visit in self.outcome.made):
            self.n_done += has_dates(task)
            return self._done(task, task.name), None
        why = self._why(q, [visit for visit in self.outcome.missed if visit.task == q])
        return self._open(task, task.name, entry, open_, why)

    def place(self, one: Wanted, entry: Carried | None) -> tuple[Carried | None, Message | None]:
        """Return the entry of a must-visit after the night, and why a visit that is due was not made."""
        site, clock = self.sites[one.name], self.problem.clock
        rule = Interval(one.every_nights or 1)
        least = clock.steps(one.least_min, up=True)
        if any(end - begin >= least for begin, end in _together(self.outcome.made, site)):
            self.n_done += 1
            return self._done(rule, one.name), None
        open_ = standing(rule, entry, self.night)
        if open_ is None:
            return entry, None
        missed = [visit for visit in self.outcome.missed if visit.site == site]
        name = self.built.dues.of_place.get(one.name)
        why = self._why(None if name is None else self.problem.tasks.names.index(name), missed)
        return self._open(rule, one.name, entry, open_, why)

    def _done(self, task: Dated, name: str) -> Carried | None:
        """Return the entry of what was done; none of what belongs to every night."""
        if self.night is None or not (is_once(task) or task.every_days is not None):
            return None
        due = due_of(task, Carried(name=name, last=self.night), self.night) if task.every_days else task.due
        return Carried(name=name, last=self.night, due=due)

    def _open(
        self, task: Dated, name: str, entry: Carried | None, open_: Standing, why: Message
    ) -> tuple[Carried, Message | None]:
        """Return the entry of what was not done; what comes back later is not carried over before it is due."""
        early = task.every_days is not None and open_.left is not None and open_.left > 0
        carried = open_.carried + (not early)
        last = None if entry is None else entry.last
        return Carried(name=name, last=last, due=open_.due, carried=carried), None if early else why

    def _why(self, q: int | None, missed: Sequence[Visited]) -> Message:
        """Say why a task, or a visit to a place, was not done."""
        if missed:
            reason = next((text for visit in missed if (text := self.outcome.missed[visit])), "")
            return Message("left-reason", reason=reason) if reason else Message("left-not-done")
        if q is not None and q in self.never:
            return Message("left-no-team", windows=window_text(self.problem, q))
        if q is not None and self.planned[q]:
            return Message("left-not-done")
        return Message("left-worth")


def _worded(entry: Carried, why: Message | None, _: Words) -> Carried:
    """Return the entry with the reason in the reader's language."""
    return entry if why is None else entry.model_copy(update={"code": why.code, "why": why.text(_)})


def _together(visits: Iterable[Visited], site: int) -> Iterator[tuple[int, int]]:
    """Yield when a team was at a site, visits that follow one another as one."""
    last: Visited | None = None
    here = [visit for visit in visits if visit.site == site]
    for visit in sorted(here, key=lambda one: (-1 if one.team is None else one.team, one.begin)):
        if last is not None and last.team == visit.team and visit.begin <= last.end:
            last = last._replace(end=max(last.end, visit.end))
            continue
        if last is not None:
            yield last.begin, last.end
        last = visit
    if last is not None:
        yield last.begin, last.end
