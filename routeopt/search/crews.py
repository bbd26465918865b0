"""Tasks that several teams do together, as the kernels see them: one part per team, all begun in one step.

A kernel moves one team and cannot wait for another. So the step in which a crew begins is fixed while a search
moves the teams, and the parts are ordinary tasks with that step as their window: whoever does one, all are done at
the same time. The step itself is moved apart from that, with all parts at once (`routeopt.search.joint`). An
optional task is either off, and no team may do a part, or on, and all parts are mandatory.

Anchored at one step, a crew needs no synchronisation of routes, which may wait for each other in a circle (Drexl
2012, Synchronization in vehicle routing, Transportation Science 46).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from routeopt.problem import Problem
from routeopt.problem.tasks import windows, with_windows

if TYPE_CHECKING:
    from routeopt.search.state import Search, Visits


def split(problem: Problem) -> tuple[Problem, dict[int, list[int]]]:
    """Return the problem with a task for every team of a crew, and the parts of each task that takes several.

    The first part is the task itself, done by a team that must be there; the others come after all tasks.
    """
    tasks = problem.tasks
    joint = np.flatnonzero(tasks.crew > 1)
    if not len(joint):
        return problem, {}
    more = np.repeat(joint, tasks.crew[joint] - 1)
    every = np.concatenate([np.arange(len(tasks)), more])
    allowed = tasks.allowed[every]
    allowed[joint] &= tasks.lead[joint]
    listed = [windows(problem, int(q)) for q in every]
    ends = np.array([end for found in listed for end in found], dtype=np.int32).reshape(-1, 2)
    parts = {int(q): [int(q), *(len(tasks) + np.flatnonzero(more == q)).tolist()] for q in joint}
    group = np.concatenate([tasks.group, len(tasks) + np.arange(len(more))]).astype(np.int32)
    told = replace(
        tasks, names=tuple(tasks.names[q] for q in every), site=tasks.site[every],
        window_ptr=np.cumsum([0] + [len(found) for found in listed], dtype=np.int64),
        opens=ends[:, 0].copy(), closes=ends[:, 1].copy(), service_steps=tasks.service_steps[every],
        reward=tasks.reward[every] / tasks.crew[every], mandatory=tasks.mandatory[every], allowed=allowed,
        crew=np.ones(len(every), dtype=np.int32), lead=np.ones_like(allowed), group=group,
        presence=tasks.presence[every], free=tasks.free[every], sort=tasks.sort[every],
    )  # fmt: skip
    return replace(problem, tasks=told), parts


class Crews:
    """The tasks of a search that take several teams: their parts, and when each begins."""

    def __init__(self, given: Problem) -> None:
        self.given = given
        """The problem with the tasks whole."""
        self.problem, self.parts = split(given)
        """The problem with the tasks in parts; the parts of each task."""
        self.begin: dict[int, int | None] = dict.fromkeys(self.parts)
        """First step of each task, None while it is off, or not decided."""
        n = len(given.tasks)
        whole = {part: q for q, parts in self.parts.items() for part in parts}
        self.whole = np.array([whole.get(p, p) for p in range(len(self.problem.tasks))], dtype=np.int64)
        """The task that each part is of."""
        self.first_part = given.activities.first_task + n
        """Activity of the first part that is no task of the given problem."""

    def __bool__(self) -> bool:
        return bool(self.parts)

    def activity(self, activity: int) -> int:
        """Return the activity of the given problem."""
        if activity < self.first_part:
            return activity
        first = self.given.activities.first_task
        return first + int(self.whole[activity - first])

    def starts(self, q: int) -> list[int]:
        """List the steps in which the task may begin."""
        return sorted({t for first, last in windows(self.given, q) for t in range(first, last + 1)})


def packed(search: Search) -> None:
    """Give the search tables of its own where crews change them; nothing is changed without crews."""
    crews = search.crews
    if not crews:
        return
    search.allowed, search.mandatory = search.instance.allowed.copy(), search.instance.mandatory.copy()
    allowed, mandatory = search.allowed.view(), search.mandatory.view()
    allowed.flags.writeable = mandatory.flags.writeable = False  # of the type that kernels are compiled for
    search.instance = search.instance._replace(allowed=allowed, mandatory=mandatory)
    for q in crews.parts:
        _begin(search, q, None)
    _tell(search)


def set_begin(search: Search, q: int, step: int | None) -> None:
    """Fix the step in which task ``q`` begins; None puts it off. The plan stays as it is."""
    _begin(search, q, step)
    _tell(search)


def _begin(search: Search, q: int, step: int | None) -> None:
    """Change the tables of the kernels."""
    crews, total = search.crews, search.total
    parts, whole = crews.parts[q], crews.problem.tasks
    given = bool(whole.mandatory[q])
    on = step is not None
    search.allowed[parts] = whole.allowed[parts] if on else False
    search.mandatory[parts] = on or given
    search.tasks.gain[parts] = (whole.reward[parts] + search.penalty * (on or given)) * total
    for p in parts:
        part = slice(int(whole.window_ptr[p]), int(whole.window_ptr[p + 1]))
        search.tasks.opens[part] = whole.opens[part] if step is None else step
        search.tasks.closes[part] = whole.closes[part] if step is None else step
    crews.begin[q] = step


def _tell(search: Search) -> None:
    """Change the problem as the kernels' tables have changed."""
    crews, whole = search.crews, search.crews.problem.tasks
    told = {p: [(t, t)] for task, t in crews.begin.items() if t is not None for p in crews.parts[task]}
    # where every part's windows are one step, their number changes: the kernels' tables keep the old one
    tasks = replace(with_windows(whole, told), mandatory=search.mandatory.copy())
    search.problem = replace(crews.problem, tasks=tasks)
    search.owed = search.penalty * float((tasks.mandatory & tasks.is_first).sum()) * search.total
    search.instance = search.instance._replace(owed=search.owed)


def rows_in_parts(search: Search, routes: Sequence[Visits]) -> list[Visits]:
    """Return routes of the given problem with a part for each team of a crew, which begins as it does there."""
    crews, first = search.crews, search.problem.activities.first_task
    if not crews:
        return list(routes)
    found = [route.copy() for route in routes]
    for q, parts in crews.parts.items():
        rows = [
            (team, row)
            for team, route in enumerate(found)
            for row in np.flatnonzero(route[:, 2] == first + q).tolist()
        ]
        lead = crews.problem.tasks.allowed[q]
        rows.sort(key=lambda at: not lead[at[0]])  # the first part is for one of them
        without_lead = bool(rows) and not lead[rows[0][0]]
        left = [*parts[1:], parts[0]] if without_lead else parts
        for (team, row), part in zip(rows, left, strict=False):
            found[team][row, 2] = first + part
        _begin(search, q, int(found[rows[0][0]][rows[0][1], 1]) if rows else None)
    _tell(search)
    return found


def follow(search: Search, ahead: Search) -> None:
    """Let a twin of a search, with which it shares the tables of tasks, have its plan after these have changed."""
    search.problem, search.owed = ahead.problem, ahead.owed
    search.instance = search.instance._replace(owed=ahead.owed)
    search.change_routes(ahead.current_routes())


def broken(search: Search) -> list[int]:
    """List the tasks of which some parts are done, and not all."""
    missing = set(search.missing().tolist())
    return [
        q for q, parts in search.crews.parts.items() if search.crews.begin[q] is not None and missing & set(parts)
    ]
