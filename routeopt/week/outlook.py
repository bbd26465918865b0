"""What the coming nights have to hold, and which of it cannot be held on any of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from routeopt.errors import Message
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.build import Built
from routeopt.problem.build_must_visits import asked, doable
from routeopt.problem.tasks import reachable, starts, window_text
from routeopt.scenario.model import Scenario
from routeopt.scenario.model import Task as Written
from routeopt.scenario.must_visits import (
    Carried,
    CarryOver,
    Dated,
    Interval,
    due_of,
    falls_on,
    has_dates,
    is_once,
    nights_of,
)
from routeopt.week.assign import Assignment, Call, Errand, assign

LOOK = 7
"""Nights over which what falls due is spread, from each night on, whether they are planned or not."""


@dataclass(frozen=True)
class Visit:
    """A follow-up or a must-visit, and the nights on which it may be done."""

    name: str
    rule: Dated
    place: bool
    """Whether it is a must-visit, and no task."""
    due: dt.date | None
    nights: tuple[int, ...]
    """Of the coming ones, from 0: open, and in time unless it is late already."""
    late: bool
    """Whether it was due before the first of them."""
    why: Message | None = None
    """Why it cannot be held at all; None if it can, as far as is known beforehand."""

    @property
    def key(self) -> str:
        """What names it among tasks and places."""
        return f"{'place' if self.place else 'task'}: {self.name}"


def undated(scenario: Scenario) -> Scenario:
    """Return the scenario with all of its tasks open, and all must-visits due every night."""
    nothing: dict[str, Any] = {"due": None, "since": None, "every_days": None, "weekdays": [], "mandatory": False}
    tasks = [task.model_copy(update=nothing) for task in scenario.tasks]
    rules = [
        rule if rule.every_nights is None else rule.model_copy(update={"every_nights": 1})
        for rule in scenario.must_visits
    ]
    return scenario.model_copy(update={"tasks": tasks, "must_visits": rules})


class Outlook:
    """Follow-ups and must-visits of the coming nights.

    Parameters
    ----------
    scenario
        With its dates.
    built
        Of `undated`: every task and must-visit is among its tasks, unless it is visited every night anyway.
    nights
        Dates of those that are planned.
    """

    def __init__(self, scenario: Scenario, built: Built, nights: Sequence[dt.date]) -> None:
        problem = self.problem = built.problem
        self.last = nights[-1]
        self.nights = nights_of(nights[0], len(nights) + LOOK - 1)
        """Dates of those that are planned, and of those after them by which what falls due is spread."""
        self.of_task = {name: q for q, name in enumerate(problem.tasks.names)}
        self.of_place = {place: self.of_task[name] for place, name in built.dues.of_place.items()}
        self.can, self.doable = reachable(problem), doable(problem)
        self.followups = [task for task in scenario.tasks if has_dates(task)]
        regular = [one for one in asked(scenario, problem) if one.every_nights is not None]
        self.places = {one.name: Interval(one.every_nights or 1) for one in regular if one.name in self.of_place}
        self.travel = _travel(problem)
        begin, end = problem.team_start_step, problem.team_end_step
        self.duty = [max(0, int(b) - int(a)) for a, b in zip(begin, end, strict=True)]

    def visits(self, carried: CarryOver, first: int = 0) -> list[Visit]:
        """List what is not done yet, seen from one of the nights; tasks may be done on those after, too."""
        tasks, places = carried.of_tasks(), carried.of_places()
        found = [self._visit(task.name, task, False, tasks.get(task.name), first) for task in self.followups]
        found += [self._visit(name, rule, True, places.get(name), first) for name, rule in self.places.items()]
        return [one for one in found if one is not None]

    def _visit(self, name: str, rule: Dated, place: bool, entry: Carried | None, first: int) -> Visit | None:
        """Return a visit; None if it is done."""
        if entry is not None and entry.last is not None and is_once(rule):
            return None
        due = due_of(rule, entry, self.nights[first])
        late = due is not None and due < self.nights[first]
        open_ = [
            n
            for n, night in enumerate(self.nights[: first + LOOK])
            if n >= first
            and (not place or night <= self.last)
            and falls_on(rule, night)
            and (rule.since is None or night >= rule.since)
            and (entry is None or entry.last is None or night > entry.last)
            and (late or due is None or night <= due)
        ]
        return Visit(name, rule, place, due, tuple(open_), late, self._never(name, rule, place, open_, due, late))

    def _never(
        self, name: str, rule: Dated, place: bool, open_: list[int], due: dt.date | None, late: bool
    ) -> Message | None:
        """Say why a visit cannot be held on any night."""
        q = self.of_place[name] if place else self.of_task[name]
        if late and due is not None:
            return Message("fail-late", due=due.isoformat())
        if not self.doable[q]:
            return self._unable(q)
        if not open_ and due is not None and due <= self.horizon:
            return Message("fail-no-night", weekdays=list(rule.weekdays), due=due.isoformat())
        return None

    def _unable(self, q: int) -> Message:
        """Say why no team can do a task: it takes too long for their duty and ways, or none gets there in time."""
        tasks = self.problem.tasks
        short = np.where(np.arange(len(tasks)) == q, 1, tasks.service_steps).astype(np.int32)
        able = doable(replace(self.problem, tasks=replace(tasks, service_steps=short)))[q]
        step_s = self.problem.clock.step_s
        minutes = f"{int(tasks.service_steps[q]) * step_s / 60:g}"
        if able:
            return Message("fail-too-long", minutes=minutes, windows=window_text(self.problem, q))
        who = [self.problem.team_names[k] for k in np.flatnonzero(tasks.allowed[q])]
        return Message("fail-no-team", windows=window_text(self.problem, q), teams=who)

    @property
    def horizon(self) -> dt.date:
        """What falls due by this night is spread on the first."""
        return max(self.last, self.nights[LOOK - 1])

    def spread(self, visits: Sequence[Visit], seed: int = 0) -> Assignment:
        """Assign the visits that fall due and can be held to the nights."""
        errands, calls = [], []
        for one in visits:
            q = self.of_place[one.name] if one.place else self.of_task[one.name]
            if not one.nights or not self.doable[q] or one.due is None:
                continue
            if one.due > (self.last if one.place else self.nights[one.nights[0]] + dt.timedelta(days=LOOK - 1)):
                continue
            service = int(self.problem.tasks.service_steps[q])
            if one.place:
                calls.append(Call(key=one.key, nights=one.nights, steps=service + min(self.travel[q])))
                continue
            way = max(self.travel[q][k] for k in np.flatnonzero(self.can[q]).tolist())
            errands.append(
                Errand(
                    key=one.key, nights=one.nights, starts=self._starts(q, way), steps=service + way,
                    weight=_weight(one.rule), crew=int(self.problem.tasks.crew[q]),
                    lead=frozenset(np.flatnonzero(self.problem.tasks.lead[q]).tolist()),
                )
            )  # fmt: skip
        return assign(errands, calls, self.duty, len(self.nights), seed)

    def _starts(self, q: int, way: int) -> dict[int, list[tuple[int, int]]]:
        """Return when each able team may leave for a task, so that it begins in its windows and its duty."""
        problem, found = self.problem, {}
        site, service = int(problem.tasks.site[q]), int(problem.tasks.service_steps[q])
        for team in np.flatnonzero(self.can[q]).tolist():
            movement, begin = problem.movement(team), int(problem.team_start_step[team])
            first = begin + movement.steps(int(problem.team_start_site[team]), site, begin)
            last = movement.leave_by(site, int(problem.team_end_site[team]), int(problem.team_end_step[team]))
            parts = [(max(a, first), min(b, last - service)) for a, b in starts(problem, q, team)]
            found[team] = [(a - way, b - way) for a, b in parts if a <= b]
        return found


def _weight(rule: Dated) -> float:
    """Return what holding a follow-up is worth: one that must be done, most."""
    return 2.0 if isinstance(rule, Written) and rule.mandatory else 1.0


def _travel(problem: Problem) -> list[list[int]]:
    """Return the usual way to each task by each team, steps: the median from the other tasks and the posts."""
    places = np.unique([*problem.tasks.site.tolist(), *problem.team_start_site.tolist()]).astype(np.int64)
    known: dict[tuple[int, int], int] = {}
    found: list[list[int]] = []
    for site in problem.tasks.site.tolist():
        row = []
        for team, kind in enumerate(problem.team_profile.tolist()):
            if (kind, site) not in known:
                to = np.min([legs.steps_to(site) for legs in problem.movement(team).legs], axis=0)[places]
                near = to[to < int(UNREACHABLE)]
                known[kind, site] = int(np.median(near)) if len(near) else problem.n_steps
            row.append(known[kind, site])
        found.append(row)
    return found
