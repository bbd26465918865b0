"""Levels, presence and the worth of one more visit, on plain arrays.

``absent`` (n_points, n_steps) is Π (1 − v·ρ) over the teams present; ``keep`` (n_points, n_steps) is
Π (1 − dose) over the departures due at each step's beginning. Both are those of `routeopt.evaluate`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Ways(NamedTuple):
    """One profile's arrays (see `routeopt.problem.Profile`)."""

    travel: NDArray[np.int32]
    sight_ptr: NDArray[np.int64]
    sight_point: NDArray[np.int32]
    sight_rho: NDArray[np.float64]
    pass_ptr: NDArray[np.int64]
    pass_point: NDArray[np.int32]
    pass_step: NDArray[np.int32]
    pass_present: NDArray[np.float64]
    pass_leaves: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _stay(ways, v, site, begin, end, effect, absent, keep):
    n_steps = absent.shape[1]
    for e in range(ways.sight_ptr[site], ways.sight_ptr[site + 1]):
        j = ways.sight_point[e]
        dose = v * ways.sight_rho[e]
        for t in range(begin, min(end, n_steps)):
            absent[j, t] *= 1.0 - dose
        if end < n_steps:
            keep[j, end] *= 1.0 - dose * effect


@njit(cache=True, nogil=True)
def _leg(ways, v, passage, origin, target, depart, absent, keep):
    n_steps = absent.shape[1]
    row = origin * ways.travel.shape[0] + target
    for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
        j = ways.pass_point[e]
        t = depart + ways.pass_step[e]
        if t < n_steps:
            absent[j, t] *= 1.0 - v * ways.pass_present[e]
        if t + 1 < n_steps:
            keep[j, t + 1] *= 1.0 - v * ways.pass_leaves[e] * passage


@njit(cache=True, nogil=True)
def add_route(ways, v, passage, dwell_steps, dwell_effect, ends, visits, absent, keep):
    """Multiply one route's traces into ``absent`` and ``keep``.

    ``ends`` is (start site, end site, start step, end step); ``visits`` (n, 3) site, start, dwell.
    """
    at, now = ends[0], ends[2]
    for r in range(visits.shape[0]):
        site, start, d = visits[r, 0], visits[r, 1], visits[r, 2]
        arrive = now + ways.travel[at, site]
        if site != at:
            _leg(ways, v, passage, at, site, now, absent, keep)
        end = start + dwell_steps[d]
        _stay(ways, v, site, arrive, end, dwell_effect[d], absent, keep)
        at, now = site, end
    home = ends[1]
    if home != at:
        _leg(ways, v, passage, at, home, now, absent, keep)
    _stay(ways, v, home, now + ways.travel[at, home], ends[3], 0.0, absent, keep)


@njit(cache=True, nogil=True)
def total_seen(demand, level0, fade, absent, keep):
    """Σ λ·S over points and steps (divide by Σ λ for the visibility)."""
    seen = 0.0
    for j in range(demand.shape[0]):
        level = level0[j]
        for t in range(demand.shape[1]):
            if t > 0:
                level *= fade
            level = 1.0 - (1.0 - level) * keep[j, t]
            seen += demand[j, t] * (1.0 - absent[j, t] * (1.0 - level))
    return seen


@njit(cache=True, nogil=True)
def worth(demand, level0, fade, absent, keep, here, leave):
    """Worth of one more presence and of one more departure, per point and step; returns Σ λ·S.

    here[j, t] = λ(1 − p)(1 − ℓ): gained per unit of v·ρ by being present in step t.
    leave[j, t] = (1 − ℓ)·W: gained per unit of dose by a departure due at step t's beginning, where
    W(t) = λ(1 − p)(t) + fade·keep(t + 1)·W(t + 1) (the forward and backward sweeps of the model).
    """
    n_points, n_steps = demand.shape
    seen = 0.0
    for j in range(n_points):
        level = level0[j]
        for t in range(n_steps):
            if t > 0:
                level *= fade
            level = 1.0 - (1.0 - level) * keep[j, t]
            open_ = demand[j, t] * absent[j, t]
            here[j, t] = open_ * (1.0 - level)
            leave[j, t] = 1.0 - level
            seen += demand[j, t] - here[j, t]
        later = 0.0
        for t in range(n_steps - 1, -1, -1):
            after = fade * keep[j, t + 1] * later if t + 1 < n_steps else 0.0
            later = demand[j, t] * absent[j, t] + after
            leave[j, t] *= later
    return seen


@njit(cache=True, nogil=True)
def site_worth(ways, here, leave, here_sum, leave_at):
    """Gather ``worth`` per site.

    here_sum : (n_sites, n_steps + 1) running sum of Σ_j ρ·here, so that a stay is a difference.
    leave_at : (n_sites, n_steps + 1) Σ_j ρ·leave; 0 at the plan's end.
    """
    n_sites, n_steps = ways.travel.shape[0], here.shape[1]
    row = np.empty(n_steps)
    for i in range(n_sites):
        row[:] = 0.0
        leave_at[i, :] = 0.0
        for e in range(ways.sight_ptr[i], ways.sight_ptr[i + 1]):
            j, rho = ways.sight_point[e], ways.sight_rho[e]
            for t in range(n_steps):
                row[t] += rho * here[j, t]
                leave_at[i, t] += rho * leave[j, t]
        here_sum[i, 0] = 0.0
        for t in range(n_steps):
            here_sum[i, t + 1] = here_sum[i, t] + row[t]


@njit(cache=True, nogil=True)
def leg_worth(ways, passage, origin, target, here, leave, out):
    """Worth of travelling origin → target per unit of v, for every departure step; fills ``out`` (n_steps,)."""
    n_steps = here.shape[1]
    out[:] = 0.0
    row = origin * ways.travel.shape[0] + target
    for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
        j, s = ways.pass_point[e], ways.pass_step[e]
        present = ways.pass_present[e]
        for t in range(n_steps - s):
            out[t] += present * here[j, t + s]
        if ways.pass_leaves[e] > 0.0:
            dose = ways.pass_leaves[e] * passage
            for t in range(n_steps - s - 1):
                out[t] += dose * leave[j, t + s + 1]
