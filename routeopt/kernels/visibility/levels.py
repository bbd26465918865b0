"""Coverage of the demand points by routes, on plain arrays.

Per demand point (row) and step (column), ``absent`` is Π (1 − v·ρ) over the teams present and ``keep`` is
Π (1 − dose) over the departures due at the beginning of the step, as in `routeopt.evaluation`. A change of a route
affects few points in few steps: `mark` them before and after the change, then update only these points in these
steps (`refresh_near`), which suffices to evaluate the change. Then `settle` it or `take_back`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, fill, filler, part, sums
from routeopt.kernels.visibility.presence import add_route
from routeopt.kernels.visibility.whereabouts import dirty_tiles, may_be_near


class Sight(NamedTuple):
    """CSR of the points seen from each site. Row of site i and profile p: p·n_sites + i."""

    ptr: NDArray[np.int64]
    point: NDArray[np.int32]
    rho: NDArray[np.float64]


class Legs(NamedTuple):
    """The legs that are known, by profile, site and target, and CSR of what each passes (see `legs.find`)."""

    first: NDArray[np.int64]
    """(n_profiles · n_sites + 1,) CSR pointer: the legs of profile p that leave site i, row p·n_sites + i."""
    target: NDArray[np.int32]
    """(n_legs,) site to which each leads, ascending within a row."""
    steps: NDArray[np.int32]
    """(n_legs,)"""
    ptr: NDArray[np.int64]
    point: NDArray[np.int32]
    step: NDArray[np.int32]
    """Steps after departure."""
    present: NDArray[np.float64]
    """ρ of the presence in that step."""
    leaves: NDArray[np.float64]
    """ρ of the departure at its end, 0 for none."""
    seen_from: NDArray[np.float32]
    """ρ of the point from the first site of the leg, decayed until the leg passes the point."""
    seen_to: NDArray[np.float32]
    """ρ of the point from the last site of the leg."""


class Tiles(NamedTuple):
    """Parts of the town, one bit each: by them teams are found that may be near some points; (0,) for none."""

    of_point: NDArray[np.uint64]
    """(n_points,)"""
    of_site: NDArray[np.uint64]
    """(n_profiles · n_sites,) those of the points seen from each site."""
    of_leg: NDArray[np.uint64]
    """(n_legs,) those of the points passed on each leg."""


class Movement(NamedTuple):
    """The arrays of all profiles, concatenated (see `routeopt.problem.model.Profile`)."""

    n_sites: int
    knows_all: bool
    """Whether all legs of all profiles are known."""
    sight: Sight
    legs: Legs
    tiles: Tiles
    periods: NDArray[np.int64]
    """(1 + n_profiles, n_periods) first step of each period; then by whose legs the teams of each profile move
    (see `routeopt.problem.periods`)."""


class Teams(NamedTuple):
    """(n_teams,) profile and factor v; (n_teams, 4) start site, end site, start step, end step."""

    profile: NDArray[np.int64]
    factor: NDArray[np.float64]
    ends: NDArray[np.int64]
    waits: NDArray[np.bool_]
    """(n_sites,) whether a team that waits there without a stop is on patrol; not at a post that is no place for
    stops."""


class Menu(NamedTuple):
    """Lengths and effects of visits and passages."""

    dwell_steps: NDArray[np.int64]
    """(n_dwells,) ascending."""
    dwell_effect: NDArray[np.float64]
    """(n_dwells,) g of each dwell."""
    visit_steps: NDArray[np.int64]
    """(n_activities,) length of a visit by activity: the dwells, then the service of each task; negative indices:
    see `routeopt.problem.activities`."""
    visit_effect: NDArray[np.float64]
    """(n_activities,) g of a visit by activity."""
    presence: NDArray[np.float64]
    """(n_activities,) how far the team is seen meanwhile, in [0, 1]."""
    lasting: NDArray[np.bool_]
    """(n_activities,) whether leaving afterwards has an effect, by the length of the whole stay."""
    away: NDArray[np.bool_]
    """(n_activities,) whether no leg leads to it: the team waits where it is, then is gone."""
    first_task: int
    """Activity of task 0; the dwells come before."""
    passage: float
    """g of a passage."""
    fade: float
    """Share of a level that is left after one step."""
    spacing: int
    """Least steps from the start of a stop to that of the next, tasks apart; 0 for any."""


class Tasks(NamedTuple):
    """Tasks, each served at most once; a visit of activity ``first_task`` + q serves task q."""

    site: NDArray[np.int64]
    """(n_tasks,)"""
    at_ptr: NDArray[np.int64]
    """(n_sites + 1,) CSR pointer: the tasks of each site."""
    at_task: NDArray[np.int64]
    window_ptr: NDArray[np.int64]
    """(n_tasks + 1,) CSR pointer: the windows of each task."""
    opens: NDArray[np.int64]
    """First step in which service may start."""
    closes: NDArray[np.int64]
    """Last step in which service may start."""
    gain: NDArray[np.float64]
    """(n_tasks,) gain of serving the task, in demand × steps."""
    group: NDArray[np.int64]
    """(n_tasks,) first of the tasks of which one is served."""
    alone: NDArray[np.bool_]
    """(n_tasks,) whether the task has no alternatives."""
    free: NDArray[np.bool_]
    """(n_tasks,) whether a team that serves the task counts for response."""
    leaving: NDArray[np.float64]
    """(n_teams, n_sites) what each visit there costs the team, in demand × steps; (0, 0) where none does."""


class Route(NamedTuple):
    """One team and its visits."""

    p: int
    """Profile."""
    v: float
    """Factor."""
    ends: NDArray[np.int64]
    """(4,) start site, end site, start step, end step."""
    visits: NDArray[np.int64]
    """(n, 4) site, start step, activity, anchor (see `solution.Solution`)."""
    gap: int
    """Visit before which the route has a gap, in which the team is absent; −1 for none."""
    waits: NDArray[np.bool_]
    """(n_sites,) see `Teams`."""


class Coverage(NamedTuple):
    """State of the demand points under the routes; shape (n_points, n_steps) if not stated.

    here = λ(1 − p)(1 − ℓ): gain of presence in a step per unit of v·ρ.
    leave = (1 − ℓ)·W: gain of a departure due at the beginning of a step per unit of dose, where
    W(t) = λ(1 − p)(t) + fade·keep(t + 1)·W(t + 1) (the forward and backward sweeps of the model).
    """

    demand: NDArray[np.float64]
    level0: NDArray[np.float64]
    """(n_points,)"""
    absent: NDArray[np.float64]
    keep: NDArray[np.float64]
    bare: NDArray[np.float64]
    """1 − ℓ"""
    ahead: NDArray[np.float64]
    """W"""
    here: NDArray[np.float64]
    leave: NDArray[np.float64]
    seen: NDArray[np.float64]
    """(n_points,) Σ_t λ·S; then what else adds to the objective (`response.Reach`)"""
    absent0: NDArray[np.float64]
    """``absent`` without any route, what others do as given; (0, 0) for 1 everywhere."""
    keep0: NDArray[np.float64]
    """``keep``, likewise."""


NONE_GIVEN = np.empty((0, 0))
"""`Coverage.absent0` and ``keep0`` of a problem that stands alone; read-only, as the arrays of problems are."""
NONE_GIVEN.flags.writeable = False


class Marks(NamedTuple):
    """Points affected by changes: those that `refresh_near` must update, and those updated since `settle`."""

    span: NDArray[np.int64]
    """(2,) first and last (exclusive) step affected, over all points."""
    size: NDArray[np.int64]
    """(2,) number of dirty points, and of loose points."""
    dirty: NDArray[np.int64]
    """(n_points,) list of the points whose coverage is out of date within the span."""
    loose: NDArray[np.int64]
    """(n_points,) list of the points whose coverage is up to date within the span, but not outside."""
    is_dirty: NDArray[np.bool_]
    is_loose: NDArray[np.bool_]
    absent: NDArray[np.float64]
    """(n_points, n_steps) ``absent`` of the loose points within the span at the last `settle`."""
    keep: NDArray[np.float64]
    """(n_points, n_steps) ``keep``, likewise."""
    seen: NDArray[np.float64]
    """(n_points, 2) ``seen``, likewise, and its sum with `_unseen` of the span."""


def coverage(
    demand: NDArray[np.float64],
    level0: NDArray[np.float64],
    absent0: NDArray[np.float64] = NONE_GIVEN,
    keep0: NDArray[np.float64] = NONE_GIVEN,
    n_more: int = 0,
    points: NDArray[np.int64] | None = None,
) -> tuple[Coverage, Marks]:
    """Allocate a coverage with every point marked: call `refresh_near` and `settle` before use.

    Parameters
    ----------
    points : (n,)
        The only points where anything is ever seen: the others are not marked, and are what no route ever changes.
    """
    shape = demand.shape
    room = Coverage(
        np.ascontiguousarray(demand), np.ascontiguousarray(level0), np.ones(shape), np.ones(shape),
        np.ones(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape),
        np.zeros(shape[0] + n_more), absent0, keep0,
    )  # fmt: skip
    n = shape[0]
    marks = Marks(
        np.array([0, shape[1]]), np.zeros(2, np.int64), np.arange(n), np.zeros(n, np.int64), np.zeros(n, np.bool_),
        np.zeros(n, np.bool_), np.empty(shape), np.empty(shape), np.empty((n, 2)),
    )  # fmt: skip
    mark_all(marks, np.arange(n) if points is None else points)
    return room, marks


def mark_all(marks: Marks, points: NDArray[np.int64]) -> None:
    """Mark these points alone, (n,), as dirty."""
    marks.size[0], marks.dirty[: len(points)] = len(points), points
    marks.is_dirty[:] = False
    marks.is_dirty[points] = True


@filler
def refresh_near(movement, menu, teams, solution, marks, coverage):
    """Update the coverage of the dirty points within the span; they are loose afterwards.

    ``seen`` is exact: the effect of a change after the span is known from ``ahead``.

    Parameters
    ----------
    movement, menu, teams
        See `Movement`, `Menu`, `Teams`.
    solution
        See `kernels.visibility.solution.Solution`.
    marks : Marks
    coverage : Coverage
    """
    first, last = marks.span[0], marks.span[1]
    for d in range(marks.size[0]):
        j = marks.dirty[d]
        absent, keep = coverage.absent[j], coverage.keep[j]
        if not marks.is_loose[j]:
            marks.is_loose[j] = True
            marks.loose[marks.size[1]] = j
            marks.size[1] += 1
            copy(marks.absent[j, first:last], absent[first:last])
            copy(marks.keep[j, first:last], keep[first:last])
            marks.seen[j, 0] = coverage.seen[j]
            marks.seen[j, 1] = coverage.seen[j] + _unseen(menu.fade, first, last, j, coverage)
        if coverage.absent0.shape[0] > 0:
            copy(absent[first:last], coverage.absent0[j, first:last])
        else:
            fill(absent[first:last], 1.0)
        if coverage.keep0.shape[0] > 0:
            copy(keep[first:last], coverage.keep0[j, first:last])
        else:
            fill(keep[first:last], 1.0)
    tiles = dirty_tiles(movement.tiles, solution.tiles, marks)
    for k in range(solution.counts.shape[0]):
        if solution.counts[k] >= 0 and may_be_near(solution.tiles, k, tiles, first, last):
            visits = solution.routes[k, : solution.counts[k]]
            route = Route(teams.profile[k], teams.factor[k], teams.ends[k], visits, solution.gap[k], teams.waits)
            add_route(movement, menu, route, marks, coverage)
    for d in range(marks.size[0]):
        j = marks.dirty[d]
        _sweep_near(menu.fade, first, last, j, coverage)
        coverage.seen[j] = marks.seen[j, 1] - _unseen(menu.fade, first, last, j, coverage)
        marks.is_dirty[j] = False
    marks.size[0] = 0


@filler
def settle(fade, marks, coverage):
    """Update the coverage of the loose points outside the span too, and clear the span."""
    for d in range(marks.size[1]):
        j = marks.loose[d]
        _sweep(fade, marks.span[0], marks.span[1], j, coverage)
        marks.is_loose[j] = False
    marks.size[1] = 0
    marks.span[0], marks.span[1] = coverage.demand.shape[1], 0


@part
def take_back(fade, marks, coverage):
    """Restore the coverage of the loose points at the last `settle`; the caller restores the routes."""
    first, last = marks.span
    for d in range(marks.size[1]):
        j = marks.loose[d]
        copy(coverage.absent[j, first:last], marks.absent[j, first:last])
        copy(coverage.keep[j, first:last], marks.keep[j, first:last])
        _sweep_near(fade, first, last, j, coverage)
        coverage.seen[j] = marks.seen[j, 0]
        marks.is_loose[j] = False
    marks.size[1] = 0
    marks.span[0], marks.span[1] = coverage.demand.shape[1], 0


@sums
def _unseen(fade, first, last, j, coverage):
    """Sum λ·(1 − S) over the span, and the part of the sum after it that depends on the level at its end."""
    here, total = coverage.here[j], 0.0
    for t in range(first, last):
        total += here[t]
    if last < here.shape[0]:
        total += fade * coverage.keep[j, last] * coverage.ahead[j, last] * coverage.bare[j, last - 1]
    return total


@part
def _sweep_near(fade, first, last, j, coverage):
    """Compute levels (forward) and W (backward) of point ``j`` from ``first`` to ``last`` (exclusive) only."""
    n_steps = coverage.demand.shape[1]
    demand, absent, keep = coverage.demand[j], coverage.absent[j], coverage.keep[j]
    bare, ahead = coverage.bare[j], coverage.ahead[j]
    here, leave = coverage.here[j], coverage.leave[j]
    if first == 0:
        level = (1.0 - coverage.level0[j]) * keep[0]
    else:
        level = keep[first] * (1.0 - fade + fade * bare[first - 1])
    win = demand[last - 1] * absent[last - 1]
    if last < n_steps:
        win += fade * keep[last] * ahead[last]
    bare[first], ahead[last - 1] = level, win
    for n in range(1, last - first):  # two independent chains, which the processor runs in parallel
        t, s = first + n, last - 1 - n
        level = keep[t] * (1.0 - fade) + keep[t] * fade * level
        bare[t] = level
        win = demand[s] * absent[s] + fade * keep[s + 1] * win
        ahead[s] = win
    for t in range(first, last):
        here[t] = demand[t] * absent[t] * bare[t]
        leave[t] = bare[t] * ahead[t]


@part
def _sweep(fade, first, last, j, coverage):
    """Compute the whole coverage of point ``j``, given its levels before ``last`` and W from ``first`` on."""
    n_steps = coverage.demand.shape[1]
    demand, absent, keep = coverage.demand[j], coverage.absent[j], coverage.keep[j]
    bare, ahead = coverage.bare[j], coverage.ahead[j]
    here, leave = coverage.here[j], coverage.leave[j]
    now = bare[last - 1]
    for t in range(last, n_steps):
        now = keep[t] * (1.0 - fade) + keep[t] * fade * now
        bare[t] = now
    now = ahead[first]
    for t in range(first - 1, -1, -1):
        now = demand[t] * absent[t] + fade * keep[t + 1] * now
        ahead[t] = now
    for t in range(n_steps):
        here[t] = demand[t] * absent[t] * bare[t]
        leave[t] = bare[t] * ahead[t]
    coverage.seen[j] = _difference(demand, here)


@sums
def _difference(demand, here):
    """Sum demand − here."""
    total = 0.0
    for t in range(demand.shape[0]):
        total += demand[t] - here[t]
    return total
