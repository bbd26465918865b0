"""What each stop of a plan is worth: what the night would lose by its being left out.

The others stay as they are; the team goes from the stop before to the one after, and waits there. The figure is
the exact difference of two plans by `routeopt.evaluation`. Stops that see the same streets stand in for each
other, so the figures of several stops do not add up to what leaving all of them out would lose.

To leave out a stop takes its factors from the products of presence and doses, and puts in those of the way past
it. Factors of 0 are counted apart, so that they can be taken out of a product as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import BLOCK, Mark, levels, marks_of
from routeopt.plan import Plan, Route
from routeopt.problem import Problem
from routeopt.timeline import one_stay, walk

Array = NDArray[np.float64]


def stop_worths(problem: Problem, plan: Plan) -> list[list[float | None]]:
    """Compute what is lost without each visit, by route and order: a share of the demand, with rewards of tasks.

    None for what is no stop (waiting, being away), and where the team could not get from the stop before to the
    one after.
    """
    marks = [mark for route in plan.routes for mark in marks_of(problem, walk(problem, route))]
    points = np.concatenate([np.empty(0, np.int32), *(mark.points for mark in marks)])
    owner = np.repeat(np.arange(len(marks)), [len(mark.points) for mark in marks])
    found = [_of_route(problem, route, marks, points, owner) for route in plan.routes]
    times = Counter(visit.activity for route in plan.routes for visit in route.visits)
    rewards = problem.activities.reward
    for route, worths in zip(plan.routes, found, strict=True):
        for order, visit in enumerate(route.visits):
            lost = worths[order]
            if lost is not None and times[visit.activity] == 1:  # of a crew the others still do the task
                worths[order] = lost + float(rewards[visit.activity])
    return found


class _Change(NamedTuple):
    """What leaving out a visit changes."""

    order: int
    removed: list[Mark]
    added: list[Mark]
    points: NDArray[np.int64]
    """Demand points concerned."""


def _of_route(
    problem: Problem, route: Route, marks: Sequence[Mark], points: NDArray[np.int32], owner: NDArray[np.int64]
) -> list[float | None]:
    """Compute the visibility that is lost without each visit of a route.

    ``points`` are those of all marks, ``owner`` says whose they are.
    """
    found: list[float | None] = [None] * len(route.visits)
    changes = [one for order in range(len(route.visits)) if (one := _change(problem, route, order)) is not None]
    if not changes:
        return found
    concerned = np.unique(np.concatenate([one.points for one in changes]))
    inside = np.zeros(problem.n_points, dtype=np.bool_)
    inside[concerned] = True
    tables = _Tables(problem, concerned)
    for m in np.unique(owner[inside[points]]).tolist():
        tables.apply(marks[m])
    before = tables.seen_demand()
    for one, (row, after) in zip(changes, _after(tables, changes), strict=True):
        found[one.order] = float(before[row].sum() - after.sum()) / float(problem.demand.sum())
    return found


def _change(problem: Problem, route: Route, order: int) -> _Change | None:
    """Return what leaving out a visit changes; None if it cannot be left out."""
    visits = route.visits
    if problem.activities.rows[visits[order].activity].kind.is_record:
        return None
    first, last = max(0, order - 1), min(len(visits), order + 2)
    while first > 0 and one_stay(problem, visits[first - 1], visits[first]):
        first -= 1
    while last < len(visits) and one_stay(problem, visits[last - 1], visits[last]):
        last += 1
    part = replace(route, visits=visits[first:last])  # no more than the visit and its neighbours
    day = walk(problem, without_visit(part, order - first))
    gap = day.gaps[order - first]
    if not gap.reachable or gap.arrive > gap.due:
        return None
    was, now = list(marks_of(problem, walk(problem, part))), list(marks_of(problem, day))
    same = 0
    while same < min(len(was), len(now)) and _same(was[same], now[same]):
        same += 1
    removed, added = was[same:], now[same:]
    while removed and added and _same(removed[-1], added[-1]):
        removed, added = removed[:-1], added[:-1]
    points = [np.empty(0, np.int32), *(mark.points for mark in (*removed, *added))]
    return _Change(order, removed, added, np.unique(np.concatenate(points)).astype(np.int64))


def without_visit(route: Route, order: int) -> Route:
    """Return the route without one of its visits."""
    return replace(route, visits=(*route.visits[:order], *route.visits[order + 1 :]))


def _same(one: Mark, other: Mark) -> bool:
    same = one.doses == other.doses and type(one.steps) is type(other.steps)
    same = same and np.array_equal(one.points, other.points) and np.array_equal(one.factor, other.factor)
    return same and bool(np.all(one.steps == other.steps))


def _after(tables: _Tables, changes: Sequence[_Change]) -> list[tuple[NDArray[np.int64], Array]]:
    """Of each change the rows of the tables concerned, and the demand that is seen there after it."""
    found: list[tuple[NDArray[np.int64], Array]] = []
    waiting: list[_Tables] = []

    def work() -> None:
        seen = _Tables.together(waiting).seen_demand()
        ends = np.cumsum([len(one.points) for one in waiting])[:-1]
        for one, own in zip(waiting, np.split(seen, ends), strict=True):
            found.append((np.searchsorted(tables.points, one.points), own))
        waiting.clear()

    for one in changes:
        new = tables.part(one.points)
        for mark in one.removed:
            new.apply(mark, out=True)
        for mark in one.added:
            new.apply(mark)
        waiting.append(new)
        if sum(len(other.points) for other in waiting) >= BLOCK:
            work()
    if waiting:
        work()
    return found


class _Tables:
    """Products of factors at some points, those of 0 counted apart: of presence and of doses."""

    def __init__(self, problem: Problem, points: NDArray[np.int64]) -> None:
        self.problem, self.points = problem, points
        given = problem.absent0, problem.keep0
        shape = len(points), problem.n_steps
        start = [table[points] if table.size else np.ones(shape) for table in given]
        self.zeros = [(table == 0).astype(np.int16) for table in start]
        self.product = [np.where(table == 0, 1.0, table) for table in start]

    def part(self, points: NDArray[np.int64]) -> _Tables:
        """Return a copy of some of the points."""
        rows = np.searchsorted(self.points, points)
        found = object.__new__(_Tables)
        found.problem, found.points = self.problem, points
        found.zeros = [table[rows] for table in self.zeros]
        found.product = [table[rows] for table in self.product]
        return found

    @staticmethod
    def together(tables: Sequence[_Tables]) -> _Tables:
        """Return the tables one below the other."""
        found = object.__new__(_Tables)
        found.problem = tables[0].problem
        found.points = np.concatenate([one.points for one in tables])
        found.zeros = [np.concatenate([one.zeros[k] for one in tables]) for k in (0, 1)]
        found.product = [np.concatenate([one.product[k] for one in tables]) for k in (0, 1)]
        return found

    def apply(self, mark: Mark, *, out: bool = False) -> None:
        """Put the factors of a mark in, or take them out, at the points that these tables have."""
        rows = np.searchsorted(self.points, mark.points)
        own = rows < len(self.points)
        own[own] = self.points[rows[own]] == mark.points[own]
        rows, factor, steps = rows[own], mark.factor[own], mark.steps
        steps = steps[own] if isinstance(steps, np.ndarray) else steps
        zero = factor == 0
        scale = np.where(zero, 1.0, factor)
        scale, count = (1.0 / scale, -zero.astype(np.int16)) if out else (scale, zero.astype(np.int16))
        product, zeros = self.product[mark.doses], self.zeros[mark.doses]
        if isinstance(steps, slice):
            product[rows, steps] *= scale[:, None]
            zeros[rows, steps] += count[:, None]
        elif isinstance(steps, int):
            product[rows, steps] *= scale
            zeros[rows, steps] += count
        else:
            np.multiply.at(product, (rows, steps), scale)
            np.add.at(zeros, (rows, steps), count)

    def seen_demand(self) -> Array:
        """Return the demand that is seen at each point, (n,)."""
        absent, keep = (np.where(z > 0, 0.0, p) for z, p in zip(self.zeros, self.product, strict=True))
        seen = 1 - absent * (1 - levels(self.problem, keep, self.points))
        found: Array = (self.problem.demand[self.points] * seen).sum(axis=1)
        return found
