"""Levels, presence and the worth of one more visit, on plain arrays.

Per demand point (row) and step (column): ``absent`` is Π (1 − v·ρ) over the teams present, ``keep`` is
Π (1 − dose) over the departures due at the step's beginning; both are those of `routeopt.evaluate`. A change
of a route touches few points: `mark` them before and after it, then `refresh` only those.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Ways(NamedTuple):
    """All profiles' arrays behind one another (see `routeopt.problem.Profile`).

    Row of what is seen from site i under profile p: p·n_sites + i. Row of leg i → k: (p·n_sites + i)·n_sites + k.
    """

    travel: NDArray[np.int32]
    """(n_profiles, n_sites, n_sites)"""
    sight_ptr: NDArray[np.int64]
    sight_point: NDArray[np.int32]
    sight_rho: NDArray[np.float64]
    pass_ptr: NDArray[np.int64]
    pass_point: NDArray[np.int32]
    pass_step: NDArray[np.int32]
    pass_present: NDArray[np.float64]
    pass_leaves: NDArray[np.float64]


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


class Traces(NamedTuple):
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
    """(n_points,) first and last (exclusive) step in which each point was touched; first ≥ last: not at all."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]


def traces(demand: NDArray[np.float64], level0: NDArray[np.float64]) -> tuple[Traces, Marks]:
    """Room for the traces, with every point marked: `refresh` before use."""
    shape = demand.shape
    room = Traces(
        np.ascontiguousarray(demand), np.ascontiguousarray(level0), np.ones(shape), np.ones(shape),
        np.empty(shape), np.empty(shape), np.empty(shape), np.empty(shape), np.zeros(shape[0]),
    )  # fmt: skip
    return room, Marks(np.zeros(shape[0], dtype=np.int64), np.full(shape[0], shape[1], dtype=np.int64))


@njit(cache=True, nogil=True)
def mark(ways, p, at, now, visits, home, finish, until, marks):
    """Mark what a stretch touches, from leaving ``at`` at step ``now`` until waiting at ``home`` ends.

    ``until`` is when the team leaves ``home``, where the stretch may change what that does.
    """
    n_sites = ways.travel.shape[1]
    for r in range(visits.shape[0] + 1):
        site = visits[r, 0] if r < visits.shape[0] else home
        if site != at:
            row = (p * n_sites + at) * n_sites + site
            for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
                j = ways.pass_point[e]
                marks.first[j] = min(marks.first[j], now)
                marks.last[j] = max(marks.last[j], finish + 1)
        row = p * n_sites + site
        end = until if r == visits.shape[0] else finish
        for e in range(ways.sight_ptr[row], ways.sight_ptr[row + 1]):
            j = ways.sight_point[e]
            marks.first[j] = min(marks.first[j], now)
            marks.last[j] = max(marks.last[j], end + 1)
        at = site


@njit(cache=True, nogil=True)
def _stay(ways, row, v, begin, end, effect, marks, absent, keep):
    for e in range(ways.sight_ptr[row], ways.sight_ptr[row + 1]):
        j = ways.sight_point[e]
        dose = v * ways.sight_rho[e]
        for t in range(max(begin, marks.first[j]), min(end, marks.last[j])):
            absent[j, t] *= 1.0 - dose
        if marks.first[j] <= end < marks.last[j]:
            keep[j, end] *= 1.0 - dose * effect


@njit(cache=True, nogil=True)
def _leg(ways, row, v, passage, depart, marks, absent, keep):
    for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
        j = ways.pass_point[e]
        t = depart + ways.pass_step[e]
        if marks.first[j] <= t < marks.last[j]:
            absent[j, t] *= 1.0 - v * ways.pass_present[e]
        if marks.first[j] <= t + 1 < marks.last[j]:
            keep[j, t + 1] *= 1.0 - v * ways.pass_leaves[e] * passage


@njit(cache=True, nogil=True)
def add_route(ways, menu, p, v, ends, visits, begin, finish, marks, absent, keep):
    """Multiply one route's traces into what is marked; nothing is marked before ``begin`` or from ``finish``.

    ``visits`` (n, 3) site, start step, dwell index (or behind the menu a task).
    """
    n_sites = ways.travel.shape[1]
    at, now, begun = ends[0], ends[2], 0
    for r in range(visits.shape[0] + 1):
        if r < visits.shape[0]:
            site = visits[r, 0]
            end = visits[r, 1] + menu.visit_steps[visits[r, 2]]
            if r == 0 or visits[r - 1, 0] != site:
                begun = visits[r, 1]
            effect = 0.0
            if r + 1 == visits.shape[0] or visits[r + 1, 0] != site:
                for d in range(menu.dwell_steps.shape[0]):
                    if menu.dwell_steps[d] <= end - begun:
                        effect = menu.dwell_effect[d]
        else:
            site, end, effect = ends[1], ends[3], 0.0
        if now >= finish:
            break
        if end >= begin:
            if site != at:
                _leg(ways, (p * n_sites + at) * n_sites + site, v, menu.passage, now, marks, absent, keep)
            arrive = now + ways.travel[p, at, site]
            _stay(ways, p * n_sites + site, v, arrive, end, effect, marks, absent, keep)
        at, now = site, end


@njit(cache=True, nogil=True)
def refresh(ways, menu, teams, routes, counts, marks, traces):
    """Make the marked points' traces those of the routes, and unmark them.

    ``routes`` (n_teams, longest, 3) with ``counts`` (n_teams,) visits each; a count of −1 says that the team
    is not there at all.
    """
    n_points, n_steps = traces.demand.shape
    begin, finish = n_steps, 0
    for j in range(n_points):
        if marks.first[j] < marks.last[j]:
            marks.last[j] = min(marks.last[j], n_steps)
            traces.absent[j, marks.first[j] : marks.last[j]] = 1.0
            traces.keep[j, marks.first[j] : marks.last[j]] = 1.0
            begin, finish = min(begin, marks.first[j]), max(finish, marks.last[j])
    for k in range(counts.shape[0]):
        if counts[k] >= 0:
            add_route(
                ways, menu, teams.profile[k], teams.factor[k], teams.ends[k], routes[k, : counts[k]], begin,
                finish, marks, traces.absent, traces.keep,
            )  # fmt: skip
    for j in range(n_points):
        if marks.first[j] < marks.last[j]:
            _sweep(menu.fade, marks.first[j], marks.last[j], j, traces)
        marks.first[j], marks.last[j] = n_steps, 0


@njit(cache=True, nogil=True)
def _sweep(fade, first, last, j, traces):
    """Levels forward from step ``first``, what is left to win backward from step ``last``."""
    n_steps = traces.demand.shape[1]
    demand, absent, keep = traces.demand[j], traces.absent[j], traces.keep[j]
    bare, ahead, here, leave = traces.bare[j], traces.ahead[j], traces.here[j], traces.leave[j]
    if first == 0:
        bare[0] = (1.0 - traces.level0[j]) * keep[0]
        first = 1
    now = bare[first - 1]
    for t in range(first, n_steps):
        now = keep[t] * (1.0 - fade + fade * now)
        bare[t] = now
    if last >= n_steps:
        ahead[n_steps - 1] = demand[n_steps - 1] * absent[n_steps - 1]
        last = n_steps - 1
    now = ahead[last]
    for t in range(last - 1, -1, -1):
        now = demand[t] * absent[t] + fade * keep[t + 1] * now
        ahead[t] = now
    seen = 0.0
    for t in range(n_steps):
        here[t] = demand[t] * absent[t] * bare[t]
        leave[t] = bare[t] * ahead[t]
        seen += demand[t] - here[t]
    traces.seen[j] = seen


@njit(cache=True, nogil=True)
def stay_worth(ways, row, traces, now, here_sum, leave_at):
    """What one site's stays are worth per unit of v, from step ``now`` on.

    Fills ``here_sum`` (w + 1,), the running sum of Σ_j ρ·here, so that a stay is a difference, and
    ``leave_at`` (w + 1,) Σ_j ρ·leave, 0 at the plan's end.
    """
    n_steps = traces.here.shape[1]
    w = here_sum.shape[0] - 1
    here_sum[:] = 0.0
    leave_at[:] = 0.0
    for e in range(ways.sight_ptr[row], ways.sight_ptr[row + 1]):
        _add(here_sum[1:], ways.sight_rho[e], traces.here[ways.sight_point[e], now : now + w])
        _add(leave_at, ways.sight_rho[e], traces.leave[ways.sight_point[e], now : min(now + w + 1, n_steps)])
    for t in range(w):
        here_sum[t + 1] += here_sum[t]


@njit(cache=True, nogil=True)
def leg_worth(ways, row, passage, traces, first, out):
    """What a leg is worth per unit of v when it departs at step ``first``, ``first`` + 1, …; fills ``out``."""
    out[:] = 0.0
    for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
        j, begin = ways.pass_point[e], first + ways.pass_step[e]
        end = begin + out.shape[0]
        _add(out, ways.pass_present[e], traces.here[j, begin:end])
        if ways.pass_leaves[e] > 0.0:
            _add(out, ways.pass_leaves[e] * passage, traces.leave[j, begin + 1 : end + 1])


@njit(cache=True, nogil=True, inline="always")
def _add(out, factor, row):
    """Out += factor · row, as far as the row goes (a slice that the plan's end cut short)."""
    for t in range(row.shape[0]):
        out[t] += factor * row[t]
