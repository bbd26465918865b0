"""Levels, presence and the worth of one more visit, on plain arrays.

Per demand point (row) and step (column): ``absent`` is Π (1 − v·ρ) over the teams present, ``keep`` is
Π (1 − dose) over the departures due at the step's beginning; both are those of `routeopt.evaluation`. A change
of a route touches few points in few steps: `mark` them before and after it, then bring only those up to date there
(`refresh_near`), which is enough to tell what it wins. Then `settle` it, or `take_back`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, kernel, part, short, sums


class Sight(NamedTuple):
    """What is seen from each site. Row of site i under profile p: p·n_sites + i."""

    ptr: NDArray[np.int64]
    point: NDArray[np.int32]
    rho: NDArray[np.float64]


class Legs(NamedTuple):
    """What each leg passes. Row of leg i → k under profile p: (p·n_sites + i)·n_sites + k."""

    ptr: NDArray[np.int64]
    point: NDArray[np.int32]
    step: NDArray[np.int32]
    present: NDArray[np.float64]
    leaves: NDArray[np.float64]
    seen_from: NDArray[np.float32]
    """How well each point of a leg is seen from the site that the leg leaves, faded until it passes there."""
    seen_to: NDArray[np.float32]
    """How well it is seen from the site that the leg leads to."""


class Movement(NamedTuple):
    """All profiles' arrays behind one another (see `routeopt.problem.model.Profile`)."""

    travel: NDArray[np.int32]
    """(n_profiles, n_sites, n_sites)"""
    sight: Sight
    legs: Legs


class Teams(NamedTuple):
    """(n_teams,) profile and factor v; (n_teams, 4) start site, end site, start step, end step."""

    profile: NDArray[np.int64]
    factor: NDArray[np.float64]
    ends: NDArray[np.int64]


class Menu(NamedTuple):
    """What a stop and a passage do."""

    dwell_steps: NDArray[np.int64]
    dwell_effect: NDArray[np.float64]
    visit_steps: NDArray[np.int64]
    """Length of a visit by its ``dwell``: the menu, then each task's service."""
    visit_effect: NDArray[np.float64]
    """g of a visit by its ``dwell``."""
    passage: float
    fade: float
    """Share of a level that is left after one step."""


class Tasks(NamedTuple):
    """One-off visits; a visit with dwell = length of the menu + q does task q."""

    site: NDArray[np.int64]
    """(n_tasks,)"""
    at_ptr: NDArray[np.int64]
    """(n_sites + 1,) CSR pointer: the tasks of each site."""
    at_task: NDArray[np.int64]
    window_ptr: NDArray[np.int64]
    """(n_tasks + 1,) CSR pointer: the windows of each task."""
    opens: NDArray[np.int64]
    """First step in which service may begin."""
    closes: NDArray[np.int64]
    """Last step in which it may begin."""
    gain: NDArray[np.float64]
    """(n_tasks,) what doing it wins, in the unit of demand × steps."""


class Coverage(NamedTuple):
    """What the routes leave behind, (n_points, n_steps) each unless said otherwise.

    here = λ(1 − p)(1 − ℓ): gained per unit of v·ρ by being present in a step.
    leave = (1 − ℓ)·W: gained per unit of dose by a departure due at a step's beginning, where
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
    """(n_points,) Σ_t λ·S"""


class Marks(NamedTuple):
    """What was touched: the points that `refresh_near` must bring up to date, and those it did since `settle`."""

    span: NDArray[np.int64]
    """(2,) first and last (exclusive) step touched, of all points alike."""
    size: NDArray[np.int64]
    """(2,) how many points are dirty, and how many loose."""
    dirty: NDArray[np.int64]
    """(n_points,) points whose traces within the span are not those of the routes, in front."""
    loose: NDArray[np.int64]
    """(n_points,) points whose traces are those of the routes within the span alone, in front."""
    is_dirty: NDArray[np.bool_]
    is_loose: NDArray[np.bool_]
    absent: NDArray[np.float64]
    """(n_points, n_steps) the loose points' ``absent`` within the span when all was settled, row by row."""
    keep: NDArray[np.float64]
    """Likewise their ``keep``."""
    seen: NDArray[np.float64]
    """(n_points, 2) their ``seen`` then, and that with what the span left unseen (`_unseen`)."""


def coverage(demand: NDArray[np.float64], level0: NDArray[np.float64]) -> tuple[Coverage, Marks]:
    """Room for the traces, with every point marked: `refresh_near` and `settle` before use."""
    shape = demand.shape
    room = Coverage(
        np.ascontiguousarray(demand), np.ascontiguousarray(level0), np.ones(shape), np.ones(shape),
        np.ones(shape), np.zeros(shape), np.zeros(shape), np.empty(shape), np.zeros(shape[0]),
    )  # fmt: skip
    n = shape[0]
    marks = Marks(
        np.array([0, shape[1]]), np.array([n, 0]), np.arange(n), np.zeros(n, np.int64), np.ones(n, np.bool_),
        np.zeros(n, np.bool_), np.empty(shape), np.empty(shape), np.empty((n, 2)),
    )  # fmt: skip
    return room, marks


@part
def _touch(j, is_dirty, dirty, size):
    """Note that the point is dirty."""
    if not is_dirty[j]:
        is_dirty[j] = True
        dirty[size[0]] = j
        size[0] += 1


@part
def mark(sight, legs, n_sites, p, at, now, visits, home, finish, until, marks):
    """Mark what a stretch touches, from leaving ``at`` at step ``now`` until waiting at ``home`` ends.

    ``until`` is when the team leaves ``home``, where the stretch may change what that does. While there are loose
    points all this must lie within the span.
    """
    n_steps = marks.absent.shape[1]
    marks.span[0] = min(marks.span[0], now, n_steps - 1)
    marks.span[1] = min(n_steps, max(marks.span[1], max(finish, until) + 1))
    is_dirty = marks.is_dirty
    dirty = marks.dirty
    size = marks.size
    for r in range(visits.shape[0] + 1):
        site = visits[r, 0] if r < visits.shape[0] else home
        if site != at:
            row = (p * n_sites + at) * n_sites + site
            for e in range(legs.ptr[row], legs.ptr[row + 1]):
                _touch(legs.point[e], is_dirty, dirty, size)
        row = p * n_sites + site
        for e in range(sight.ptr[row], sight.ptr[row + 1]):
            _touch(sight.point[e], is_dirty, dirty, size)
        at = site


@part
def _stay(sight, row, v, begin, end, effect, first, last, is_dirty, absent, keep):
    for e in range(sight.ptr[row], sight.ptr[row + 1]):
        j = sight.point[e]
        if is_dirty[j]:
            dose = v * sight.rho[e]
            for t in range(max(begin, first), min(end, last)):
                absent[j, t] *= 1.0 - dose
            if first <= end < last:
                keep[j, end] *= 1.0 - dose * effect


@part
def _leg(legs, row, v, passage, depart, first, last, is_dirty, absent, keep):
    for e in range(legs.ptr[row], legs.ptr[row + 1]):
        j = legs.point[e]
        if is_dirty[j]:
            t = depart + legs.step[e]
            if first <= t < last:
                absent[j, t] *= 1.0 - v * legs.present[e]
            if first <= t + 1 < last:
                keep[j, t + 1] *= 1.0 - v * legs.leaves[e] * passage


@part
def add_route(travel, sight, legs, menu, p, v, ends, visits, hole, begin, finish, is_dirty, absent, keep):
    """Multiply one route's traces into the dirty points, from step ``begin`` to ``finish`` (exclusive).

    ``visits`` (n, 3) site, start step, dwell index (or behind the menu a task). The team is nowhere between visit
    ``hole`` − 1 and visit ``hole`` (−1: it always is somewhere).
    """
    n_sites = travel.shape[1]
    at, now, begun = ends[0], ends[2], 0
    for r in range(visits.shape[0] + 1):
        if r < visits.shape[0]:
            site = visits[r, 0]
            end = visits[r, 1] + menu.visit_steps[visits[r, 2]]
            if r == 0 or r == hole or visits[r - 1, 0] != site:
                begun = visits[r, 1]
            effect = 0.0
            if r + 1 == visits.shape[0] or r + 1 == hole or visits[r + 1, 0] != site:
                for d in range(menu.dwell_steps.shape[0]):
                    if menu.dwell_steps[d] <= end - begun:
                        effect = menu.dwell_effect[d]
        else:
            site, end, effect = ends[1], ends[3], 0.0
        if now >= finish:
            break
        if end >= begin:
            arrive = visits[r, 1] if r < visits.shape[0] else end
            if r != hole:
                arrive = now + travel[p, at, site]
                if site != at:
                    row = (p * n_sites + at) * n_sites + site
                    _leg(legs, row, v, menu.passage, now, begin, finish, is_dirty, absent, keep)
            row = p * n_sites + site
            _stay(sight, row, v, arrive, end, effect, begin, finish, is_dirty, absent, keep)
        at, now = site, end


@kernel
def refresh_near(movement, menu, teams, routes, counts, holes, marks, coverage):
    """Make the dirty points' traces within the span those of the routes; they are loose from now on.

    ``routes`` (n_teams, longest, 3) with ``counts`` (n_teams,) visits each; a count of −1 says that the team
    is not there at all; ``holes`` see `add_route`. ``seen`` is exact: what a change leaves behind after the span
    is known from ``ahead``.
    """
    first, last = marks.span
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
        absent[first:last] = 1.0
        keep[first:last] = 1.0
    for k in range(counts.shape[0]):
        if counts[k] >= 0:
            add_route(
                movement.travel, movement.sight, movement.legs, menu, teams.profile[k], teams.factor[k],
                teams.ends[k], routes[k, : counts[k]], holes[k], first, last, marks.is_dirty,
                coverage.absent, coverage.keep,
            )  # fmt: skip
    for d in range(marks.size[0]):
        j = marks.dirty[d]
        _sweep_near(menu.fade, first, last, j, coverage)
        coverage.seen[j] = marks.seen[j, 1] - _unseen(menu.fade, first, last, j, coverage)
        marks.is_dirty[j] = False
    marks.size[0] = 0


@kernel
def settle(fade, marks, coverage):
    """Bring the loose points' traces up to date before and after the span too, and forget the span."""
    for d in range(marks.size[1]):
        j = marks.loose[d]
        _sweep(fade, marks.span[0], marks.span[1], j, coverage)
        marks.is_loose[j] = False
    marks.size[1] = 0
    marks.span[0], marks.span[1] = coverage.demand.shape[1], 0


@part
def take_back(fade, marks, coverage):
    """Make the loose points' traces what they were when all was settled; the routes are the caller's to undo."""
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
    """Σ λ·(1 − S) of the span, and that part of what comes after it that the level at its end decides."""
    here, total = coverage.here[j], 0.0
    for t in range(first, last):
        total += here[t]
    if last < here.shape[0]:
        total += fade * coverage.keep[j, last] * coverage.ahead[j, last] * coverage.bare[j, last - 1]
    return total


@part
def _sweep_near(fade, first, last, j, coverage):
    """Levels forward and what is left to win backward, from ``first`` to ``last`` (exclusive) alone."""
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
    for n in range(1, last - first):  # two chains side by side, as neither waits for the other
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
    """All of a point's traces, whose levels before ``first`` and what is left to win from ``last`` on stand."""
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
    """Σ (demand − here)."""
    total = 0.0
    for t in range(demand.shape[0]):
        total += demand[t] - here[t]
    return total


@kernel
def stay_worth(sight, row, here, leave, now, here_sum, leave_at):
    """What one site's stays are worth per unit of v, from step ``now`` on.

    Fills ``here_sum`` (w + 1,), the running sum of Σ_j ρ·here, so that a stay is a difference, and
    ``leave_at`` (w + 1,) Σ_j ρ·leave, 0 at the plan's end.
    """
    n_steps = here.shape[1]
    w = here_sum.shape[0] - 1
    here_sum[:] = 0.0
    leave_at[:] = 0.0
    for e in range(sight.ptr[row], sight.ptr[row + 1]):
        j, rho = sight.point[e], sight.rho[e]
        here_row, leave_row = here[j, now : now + w], leave[j, now : now + w]
        for t in range(w):
            here_sum[t + 1] += rho * here_row[t]
            leave_at[t] += rho * leave_row[t]
        if now + w < n_steps:
            leave_at[w] += rho * leave[j, now + w]
    for t in range(w):
        here_sum[t + 1] += here_sum[t]


@part
def leg_worth_between(legs, row, passage, next_v, here, leave, first, out, doubled):
    """What a leg is worth per unit of v when it departs at step ``first``, ``first`` + 1, …; fills ``out``.

    A visit precedes it and another, of v = ``next_v``, follows (0: none does). Fills also ``doubled``: what the
    leg is worth less for every unit of v·g that the visit before it does, as it passes where that was seen. A
    passage does nothing for what the next visit sees to at once: that is left out.
    """
    out[:] = 0.0
    doubled[:] = 0.0
    for e in range(legs.ptr[row], legs.ptr[row + 1]):
        j, begin = legs.point[e], first + legs.step[e]
        end = begin + out.shape[0]
        seen, present = legs.seen_from[e], legs.present[e]
        leaves = legs.leaves[e] * passage * (1.0 - next_v * legs.seen_to[e])
        here_row, leave_row = here[j, begin:end], leave[j, begin + 1 : end + 1]
        add(out, present, here_row)
        if leaves > 0.0:
            add(out, leaves, leave_row)
        if seen > 0.0:
            add(doubled, seen * present, here_row)
            if leaves > 0.0:
                add(doubled, seen * leaves, leave_row)


@short
def add(out, factor, row):
    """Out += factor · row, as far as the row goes (a slice that the plan's end cut short)."""
    for t in range(row.shape[0]):
        out[t] += factor * row[t]
