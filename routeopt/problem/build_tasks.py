"""Put a scenario's tasks on the sites of its problem."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.errors import Fault, Message
from routeopt.problem import Problem
from routeopt.problem.activities import Sort
from routeopt.problem.tasks import Task, reachable, windows, with_tasks
from routeopt.problem.unreachable import far_places
from routeopt.scenario.model import Scenario, may, may_lead
from routeopt.scenario.model import Task as Written
from routeopt.streets.network import StreetNetwork, project

SAME_PLACE_M = 5.0
"""A task within this distance of a site is done there, metres."""


def far_tasks(scenario: Scenario, net: StreetNetwork) -> list[Fault]:
    """Find tasks further from every street than the limit."""
    who = [Message("place-task", name=task.name) for task in scenario.tasks]
    return far_places(scenario, net, *_places(scenario, net), who)


def task_sites(
    scenario: Scenario, net: StreetNetwork, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Find each task's site, and the sites' positions (metres) with those added for tasks at the end."""
    site = np.empty(len(scenario.tasks), dtype=np.int64)
    for n, (task_x, task_y) in enumerate(zip(*_places(scenario, net), strict=True)):
        away = np.hypot(x - task_x, y - task_y)
        if away.min() > SAME_PLACE_M:
            x, y, away = np.append(x, task_x), np.append(y, task_y), np.append(away, 0.0)
        site[n] = away.argmin()
    return site, x, y


def _places(scenario: Scenario, net: StreetNetwork) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project the tasks' places, metres."""
    lat, lon = (np.array([getattr(task, key) for task in scenario.tasks], dtype=float) for key in ("lat", "lon"))
    return project(net, lat, lon)


def site_names(tasks: list[Written], site: NDArray[np.int64], names: list[str]) -> list[str]:
    """Name the sites; those added for tasks are named like the first task there."""
    first: dict[int, str] = {}
    for task, i in zip(tasks, site.tolist(), strict=True):
        if i >= len(names):
            first.setdefault(i, task.name)
    return [*names, *numbered(first.values(), set(names))]


def numbered(names: Iterable[str], taken: set[str]) -> list[str]:
    """Number names that are ``taken``, or repeat one before, from 2; those given out are taken then."""
    found: list[str] = []
    last: dict[str, int] = {}
    for own in names:
        name, n = own, last.get(own, 1)
        while name in taken:
            n += 1
            name = f"{own} {n}"
        last[own] = n
        taken.add(name)
        found.append(name)
    return found


def add_tasks(problem: Problem, scenario: Scenario, site: NDArray[np.int64]) -> tuple[Problem, list[Message]]:
    """Add the scenario's tasks to the problem, with a note for each optional one that no team can do."""
    problem = with_tasks(
        problem,
        [_in_steps(task, int(i), scenario, problem.clock) for task, i in zip(scenario.tasks, site, strict=True)],
    )
    can = reachable(problem)
    notes = [
        Message(
            "build-task-left-out",
            who=Message("place-task", name=problem.tasks.names[q]),
            windows=_window_texts(problem, int(q)),
        )
        for q in np.flatnonzero(~can.any(axis=1) & ~problem.tasks.mandatory)
    ]
    return problem, notes


def _window_texts(problem: Problem, q: int) -> list[str]:
    """Format the windows of task q as ``19:00–20:00``."""
    clock = problem.clock
    return [f"{clock.text(a * clock.step_s)}–{clock.text(b * clock.step_s)}" for a, b in windows(problem, q)]


def _in_steps(task: Written, site: int, scenario: Scenario, clock: Clock) -> Task:
    """Convert a task to steps: windows shrink to whole steps, service grows."""
    last = clock.n_steps - 1
    windows = tuple((clock.step_at(a, up=True), min(clock.step_at(b), last)) for a, b in task.windows)
    lead = frozenset(k for k, team in enumerate(scenario.teams) if may_lead(task, team))
    return Task(
        name=task.name,
        site=site,
        windows=windows or ((0, last),),
        service_steps=clock.steps(task.service_min, up=True),
        reward=task.reward,
        mandatory=task.mandatory,
        teams=frozenset(k for k, team in enumerate(scenario.teams) if may(task, team)),
        crew=task.crew,
        lead=lead if task.skills else None,
        free=task.can_leave,
        sort=getattr(task, "sort", Sort.TASK),
    )
