"""The routes' subproblem of the bound: routes of most revenue at given prices (see `kernels.bound.prices`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.bound.prices import after_stay
from routeopt.kernels.compiled import kernel, maker, short, sums
from routeopt.kernels.visibility.gains import add

ROUNDING = np.float32(1.0 + 1e-5)
"""Factor that exceeds any loss by rounding in float32 sums."""
LOW = np.float32(-1e30)
"""Value of a state that cannot be reached."""


class Revenues(NamedTuple):
    """Revenues of the teams of one profile and factor."""

    here_sum: NDArray[np.float64]
    """(n_sites, n_steps + 1) running sums of presence, so that a stay is a difference."""
    leave_at: NDArray[np.float64]
    """(n_dwells, n_sites, n_steps + 1) departures, 0 at the end of the plan."""
    leg: NDArray[np.float32]
    """(n_bins, n_sites, n_sites) legs, by the bin of their departure."""
    width: int
    """Steps per bin."""


class Longest(NamedTuple):
    """Longest paths from every state; nodes are the sites considered, times are steps since ``now``."""

    sites: NDArray[np.int64]
    """(n,)"""
    now: int
    arrived: NDArray[np.float32]
    """((2·w + 2)·n,) most revenue after an arrival at step t and node a, at index t·n + a; ``LOW`` after w."""
    left: NDArray[np.float64]
    """(w + 1, n) most revenue after a departure."""


@kernel
def stay_revenues(movement, p, v, goods, here, leave, width, here_sum, leave_at):
    """Compute the revenues of stays at every site.

    Parameters
    ----------
    movement : Movement
    p, v
        Profile and factor of the team.
    goods : Goods
    here : (n_points, n_bins), leave : (n_types, n_points, n_bins)
        Prices.
    width
        Steps per bin.
    here_sum, leave_at
        Filled (see `Revenues`).
    """
    n_sites, n_steps = here_sum.shape[0], here_sum.shape[1] - 1
    presence, departure = np.empty(here.shape[1]), np.empty((leave_at.shape[0], here.shape[1]))
    for i in range(n_sites):
        presence[:], departure[:] = 0.0, 0.0
        for e in range(movement.sight.ptr[p * n_sites + i], movement.sight.ptr[p * n_sites + i + 1]):
            j, x = movement.sight.point[e], v * movement.sight.rho[e]
            add(presence, x, here[j])
            for d in range(leave_at.shape[0]):
                if goods.kind[d] >= 0:
                    add(departure[d], x * goods.effect[d], leave[after_stay(goods, d, j, x), j])
        here_sum[i, 0] = 0.0
        for t in range(n_steps):
            here_sum[i, t + 1] = here_sum[i, t] + presence[t // width]
            leave_at[:, i, t] = departure[:, t // width]
        leave_at[:, i, n_steps] = 0.0


@kernel
def leg_revenues(movement, p, v, goods, here, leave, width, leg):
    """Compute upper bounds on the revenues of every leg, by the bin of its departure.

    As the departure moves through its bin, each item falls into two bins: the higher of their prices counts.

    Parameters
    ----------
    movement : Movement
    p, v
        Profile and factor of the team.
    goods : Goods
    here : (n_points, n_bins), leave : (n_types, n_points, n_bins) float32
        Prices.
    width
        Steps per bin.
    leg
        Filled (see `Revenues`).
    """
    n_bins, n_sites = leg.shape[0], leg.shape[1]
    out = np.empty(n_bins, dtype=np.float32)
    passage = leave[2 * goods.n_kinds]
    here2, passage2 = here.copy(), passage.copy()
    for j in range(here.shape[0]):
        for b in range(n_bins - 1):
            here2[j, b] = max(here[j, b], here[j, b + 1])
            passage2[j, b] = max(passage[j, b], passage[j, b + 1])
    for i in range(n_sites):
        for k in range(n_sites):
            row = movement.legs.first[p * n_sites + i] + k
            out[:] = 0.0
            for e in range(movement.legs.ptr[row], movement.legs.ptr[row + 1]):
                j, s = movement.legs.point[e], movement.legs.step[e]
                present = np.float32(v * movement.legs.present[e])
                first = s // width
                add(out, present, here[j, first:] if s % width == 0 else here2[j, first:])
                if movement.legs.leaves[e] > 0.0:
                    first = (s + 1) // width
                    leaves = np.float32(v * goods.passage * movement.legs.leaves[e])
                    add(out, leaves, passage[j, first:] if (s + 1) % width == 0 else passage2[j, first:])
            for b in range(n_bins):
                leg[b, i, k] = out[b] * ROUNDING


@maker
def _longest(travel, dwell_steps, sites, home, finish, now, revenues):
    """Compute the longest paths from every state, backward, so that they serve different starts.

    Parameters
    ----------
    travel, dwell_steps, home, finish, revenues
        See `solve_routes`.
    sites : (n,)
        Sites considered.
    now
        Earliest start.
    """
    leg, width, here_sum, leave_at = revenues.leg, revenues.width, revenues.here_sum, revenues.leave_at
    n, w = sites.shape[0], finish - now
    index = np.empty((n, n), dtype=np.int32)  # of the arrival at b, counted from the step of the departure from a
    among = np.empty((leg.shape[0], n, n), dtype=np.float32)
    for a in range(n):
        for b in range(n):
            index[a, b] = min(travel[sites[a], sites[b]], w + 1) * n + b
            for c in range(leg.shape[0]):
                among[c, a, b] = leg[c, sites[a], sites[b]] if a != b else LOW
    arrived = np.full((2 * w + 2) * n, LOW)
    left = np.full((w + 1, n), np.float64(LOW))
    for t in range(w, -1, -1):
        clock = now + t
        for a in range(n):
            if t + travel[sites[a], home] <= w:
                on = _greatest(among[_bin(clock, width, leg), a], index[a], arrived[t * n :])
                left[t, a] = max(on, _to_home(travel, here_sum, leg, width, sites[a], clock, home, finish))
        for a in range(n):
            _, best = _next_stay(a, sites[a], t, w, clock, dwell_steps, here_sum, leave_at, left)
            if t < w:
                i = sites[a]
                best = max(best, arrived[(t + 1) * n + a] + (here_sum[i, clock + 1] - here_sum[i, clock]))
            arrived[t * n + a] = best
    return Longest(sites, now, arrived, left)


@short
def _next_site(travel, longest, a, at, clock, home, finish, revenues):
    """Return the greatest revenue of leaving a site, and the next node.

    Parameters
    ----------
    travel, home, finish, revenues
        See `solve_routes`.
    longest : Longest
    a, at, clock
        Node (−1 for the start), site and step of the departure.

    Returns
    -------
    Revenue; node of the next visit, −1 for going home.
    """
    sites, leg, width = longest.sites, revenues.leg, revenues.width
    n, t, w = sites.shape[0], clock - longest.now, finish - longest.now
    best, to = _to_home(travel, revenues.here_sum, leg, width, at, clock, home, finish), -1
    for b in range(n):
        k = sites[b]
        if b != a and t + travel[at, k] <= w:
            gain = leg[_bin(clock, width, leg), at, k] if k != at else np.float32(0.0)
            total = gain + longest.arrived[(t + travel[at, k]) * n + b]
            if total > best:
                best, to = total, b
    return best, to


@kernel
def solve_routes(travel, dwell_steps, stoppable, home, finish, starts, revenues):
    """Find the routes of most revenue of teams that end at the same site and step, as longest paths.

    Parameters
    ----------
    travel : (n_sites, n_sites)
        Steps, at least 1 between different sites.
    dwell_steps : (n_dwells,)
        Ascending.
    stoppable : (n_sites,) bool
        Where the teams may stop.
    home, finish
        Site and step at which the teams end.
    starts : (n, 2) int64
        Start site and step of each team.
    revenues : Revenues

    Returns
    -------
    (n,) revenues, rounded up; visits (n_visits, 3): site, start step, dwell; (n + 1,) pointer to the visits of
    each team.
    """
    here_sum, leave_at = revenues.here_sum, revenues.leave_at
    n_sites, now = travel.shape[0], starts[:, 1].min()
    w, shortest = finish - now, dwell_steps[0]
    sites = np.empty(n_sites, dtype=np.int64)
    n = 0
    for i in range(n_sites):
        if stoppable[i] and shortest + travel[i, home] <= w:
            sites[n] = i
            n += 1
    longest = _longest(travel, dwell_steps, sites[:n], home, finish, now, revenues)
    found = np.empty(starts.shape[0])
    visits = np.empty((starts.shape[0] * (w // shortest + 1), 3), dtype=np.int64)
    ptr = np.zeros(starts.shape[0] + 1, dtype=np.int64)
    size = 0
    for s in range(starts.shape[0]):
        at, clock, a = starts[s, 0], starts[s, 1], -1
        while True:
            best, to = _next_site(travel, longest, a, at, clock, home, finish, revenues)
            if a < 0:
                found[s] = best * ROUNDING
            if to < 0:
                break
            clock += travel[at, sites[to]]
            a, at = to, sites[to]
            while True:  # wait as long as that pays
                t = clock - now
                d, total = _next_stay(a, at, t, w, clock, dwell_steps, here_sum, leave_at, longest.left)
                wait = here_sum[at, clock + 1] - here_sum[at, clock] if t < w else 0.0
                if t == w or total >= longest.arrived[(t + 1) * n + a] + wait:
                    break
                clock += 1
            visits[size, 0], visits[size, 1], visits[size, 2] = at, clock, d
            size += 1
            clock += dwell_steps[d]
        ptr[s + 1] = size
    return found, visits[:size], ptr


@short
def _bin(clock, width, leg):
    """Return the bin of a departure; the last one at the plan's end, when nobody leaves for another site."""
    return min(clock // width, leg.shape[0] - 1)


@short
def _to_home(travel, here_sum, leg, width, at, clock, home, finish):
    """Return the revenue of going home from ``at`` at step ``clock`` and staying there until ``finish``.

    Parameters
    ----------
    travel, home, finish
        See `solve_routes`.
    here_sum, leg, width
        See `Revenues`.
    at, clock
        Site and step of departure.
    """
    then = clock + travel[at, home]
    if then > finish:
        return np.float64(LOW)
    stay = here_sum[home, finish] - here_sum[home, then]
    return stay + leg[_bin(clock, width, leg), at, home] if at != home else stay


@short
def _next_stay(a, i, t, w, clock, dwell_steps, here_sum, leave_at, left):
    """Return the best dwell that starts now, and its revenue with all that comes after.

    Parameters
    ----------
    a, i
        Node and site.
    t, w
        Step since the earliest start, and the last one.
    clock
        Step of the plan.
    dwell_steps : (n_dwells,)
    here_sum, leave_at
        See `Revenues`.
    left
        See `Longest`.
    """
    found, best = 0, np.float64(LOW)
    for d in range(dwell_steps.shape[0]):
        end, then = t + dwell_steps[d], clock + dwell_steps[d]
        if end > w:
            break
        total = left[end, a] + (here_sum[i, then] - here_sum[i, clock] + leave_at[d, i, then])
        if total > best:
            found, best = d, total
    return found, best


@sums
def _greatest(leg, index, arrived):
    """Return the maximum of ``leg`` (n,) plus the revenue after the arrival, ``arrived[index]``."""
    best = LOW
    for b in range(leg.shape[0]):
        best = max(best, leg[b] + arrived[index[b]])
    return best


@kernel
def deliver(movement, travel, goods, n_steps, route, width, factor, provided):
    """Add what a route provides to every demand point, times ``factor``, to ``provided``.

    Parameters
    ----------
    movement : Movement
        With all legs.
    travel : (n_sites, n_sites)
        Steps, as for `solve_routes`.
    goods : Goods
    n_steps
        Steps of the plan.
    route : levels.Route
        Its activities are those of ``goods``.
    width
        Steps per bin.
    factor
        Number of such teams.
    provided : Prices
    """
    p, v, ends, visits = route.p, route.v, route.ends, route.visits
    n_sites = movement.n_sites
    at, now = ends[0], ends[2]
    for r in range(visits.shape[0] + 1):
        home = r == visits.shape[0]
        site = ends[1] if home else visits[r, 0]
        end = ends[3] if home else visits[r, 1] + goods.dwell_steps[visits[r, 2]]
        if site != at:
            row = movement.legs.first[p * n_sites + at] + site
            for e in range(movement.legs.ptr[row], movement.legs.ptr[row + 1]):
                j, t = movement.legs.point[e], now + movement.legs.step[e]
                provided.here[j, t // width] += factor * v * movement.legs.present[e]
                if t + 1 < n_steps:
                    dose = v * movement.legs.leaves[e] * goods.passage
                    provided.leave[2 * goods.n_kinds, j, (t + 1) // width] += factor * dose
        arrive = now + travel[at, site]
        for e in range(movement.sight.ptr[p * n_sites + site], movement.sight.ptr[p * n_sites + site + 1]):
            j, x = movement.sight.point[e], v * movement.sight.rho[e]
            for t in range(arrive, end if not home or route.waits[site] else arrive):
                provided.here[j, t // width] += factor * x
            d = visits[r, 2] if not home else 0
            if not home and end < n_steps and goods.kind[d] >= 0:
                provided.leave[after_stay(goods, d, j, x), j, end // width] += factor * x * goods.effect[d]
        at, now = site, end
