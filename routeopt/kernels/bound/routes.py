"""What teams earn by selling their best routes at given prices (see `kernels.bound.prices`)."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.bound.prices import after_stay
from routeopt.kernels.compiled import kernel, short, sums
from routeopt.kernels.visibility.levels import add

ROUNDING = np.float32(1.0 + 1e-5)
"""More than float32 sums may lose."""
LOW = np.float32(-1e30)
"""What cannot be."""


@kernel
def stay_revenues(movement, p, v, goods, here, leave, width, here_sum, leave_at):
    """What every site's stays earn under profile ``p`` and visibility factor ``v``.

    Parameters
    ----------
    here : (n_points, n_bins), leave : (n_types, n_points, n_bins)
        Prices, of bins of ``width`` steps.
    here_sum : (n_sites, n_steps + 1)
        Filled with running sums, so that a stay is a difference.
    leave_at : (n_dwells, n_sites, n_steps + 1)
        Filled, 0 at the plan's end.
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
def legs(movement, p, v, goods, here, leave, width, worth):
    """At most what every leg earns under profile ``p`` and factor ``v``, by the bin of its departure.

    Fills ``worth`` (n_bins, n_sites, n_sites): for each good the dearer of the two bins into which it falls as the
    departure moves through its own bin. ``here`` (n_points, n_bins) and ``leave`` are the prices, float32.
    """
    n_bins, n_sites = worth.shape[0], worth.shape[1]
    out = np.empty(n_bins, dtype=np.float32)
    passage = leave[2 * goods.n_kinds]
    here2, passage2 = here.copy(), passage.copy()
    for j in range(here.shape[0]):
        for b in range(n_bins - 1):
            here2[j, b] = max(here[j, b], here[j, b + 1])
            passage2[j, b] = max(passage[j, b], passage[j, b + 1])
    for i in range(n_sites):
        for k in range(n_sites):
            row = (p * n_sites + i) * n_sites + k
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
                worth[b, i, k] = out[b] * ROUNDING


@kernel
def solve_routes(travel, dwell_steps, stoppable, home, finish, starts, here_sum, leave_at, leg, width):
    """The routes of most revenue of teams that end at ``home`` by step ``finish``: longest paths.

    The states are (site, step); solved backward, so that it serves teams that start at different times and places.

    Parameters
    ----------
    travel : (n_sites, n_sites) steps, at least 1 between different sites
    starts : (n, 2) int64
        Start site and step of each team.
    here_sum, leave_at, leg
        See `stay_revenues` and `legs`.

    Returns
    -------
    (n,) revenues, rounded up; visits (n_visits, 3): site, start step, dwell index; (n + 1,) pointer to each team's
    visits.
    """
    n_sites, now = travel.shape[0], starts[:, 1].min()
    w, shortest = finish - now, dwell_steps[0]
    sites = np.empty(n_sites, dtype=np.int64)
    n = 0
    for i in range(n_sites):
        if stoppable[i] and shortest + travel[i, home] <= w:
            sites[n] = i
            n += 1
    sites = sites[:n]
    reach = np.empty((n, n), dtype=np.int32)  # place of the arrival at b behind the row of the departure from a
    worth = np.empty((leg.shape[0], n, n), dtype=np.float32)
    for a in range(n):
        for b in range(n):
            reach[a, b] = min(travel[sites[a], sites[b]], w + 1) * n + b
            for c in range(leg.shape[0]):
                worth[c, a, b] = leg[c, sites[a], sites[b]] if a != b else LOW
    arrived = np.full((2 * w + 2) * n, LOW)  # most to come from an arrival; nothing is to come after w
    left = np.full((w + 1, n), np.float64(LOW))  # most to come from a departure
    for t in range(w, -1, -1):
        clock = now + t
        for a in range(n):
            if t + travel[sites[a], home] <= w:
                on = _greatest(worth[_bin(clock, width, leg), a], reach[a], arrived[t * n :])
                left[t, a] = max(on, _to_home(travel, here_sum, leg, width, sites[a], clock, home, finish))
        for a in range(n):
            _, best = _next_stay(a, sites[a], t, w, clock, dwell_steps, here_sum, leave_at, left)
            if t < w:
                i = sites[a]
                best = max(best, arrived[(t + 1) * n + a] + (here_sum[i, clock + 1] - here_sum[i, clock]))
            arrived[t * n + a] = best
    revenues = np.empty(starts.shape[0])
    visits = np.empty((starts.shape[0] * (w // shortest + 1), 3), dtype=np.int64)
    ptr = np.zeros(starts.shape[0] + 1, dtype=np.int64)
    size = 0
    for s in range(starts.shape[0]):
        at, clock = starts[s]
        a = -1
        while True:
            t = clock - now
            best, to = _to_home(travel, here_sum, leg, width, at, clock, home, finish), -1
            for b in range(n):
                k = sites[b]
                if b != a and t + travel[at, k] <= w:
                    worth_leg = leg[_bin(clock, width, leg), at, k] if k != at else np.float32(0.0)
                    total = worth_leg + arrived[(t + travel[at, k]) * n + b]
                    if total > best:
                        best, to = total, b
            if a < 0:
                revenues[s] = best * ROUNDING
            if to < 0:
                break
            clock += travel[at, sites[to]]
            a, at = to, sites[to]
            while True:  # how long it waits
                t = clock - now
                d, total = _next_stay(a, at, t, w, clock, dwell_steps, here_sum, leave_at, left)
                if t == w or total >= arrived[(t + 1) * n + a] + (here_sum[at, clock + 1] - here_sum[at, clock]):
                    break
                clock += 1
            visits[size, 0], visits[size, 1], visits[size, 2] = at, clock, d
            size += 1
            clock += dwell_steps[d]
        ptr[s + 1] = size
    return revenues, visits[:size], ptr


@short
def _bin(clock, width, leg):
    """The bin of a departure; at the plan's end the last one, though nobody leaves for elsewhere then."""
    return min(clock // width, leg.shape[0] - 1)


@short
def _to_home(travel, here_sum, leg, width, at, clock, home, finish):
    """What going home at step ``clock`` and being there until ``finish`` earns."""
    then = clock + travel[at, home]
    if then > finish:
        return np.float64(LOW)
    worth = here_sum[home, finish] - here_sum[home, then]
    return worth + leg[_bin(clock, width, leg), at, home] if at != home else worth


@short
def _next_stay(a, i, t, w, clock, dwell_steps, here_sum, leave_at, left):
    """The best dwell from step ``t`` on at node a, site i, and what it earns with all that comes after."""
    found, best = 0, np.float64(LOW)
    for d in range(dwell_steps.shape[0]):
        stop, then = t + dwell_steps[d], clock + dwell_steps[d]
        if stop > w:
            break
        total = left[stop, a] + (here_sum[i, then] - here_sum[i, clock] + leave_at[d, i, then])
        if total > best:
            found, best = d, total
    return found, best


@sums
def _greatest(worth, reach, arrived):
    """The most of ``worth`` (n,) and what is to come after it."""
    best = LOW
    for b in range(worth.shape[0]):
        best = max(best, worth[b] + arrived[reach[b]])
    return best


@kernel
def deliver(movement, goods, n_steps, p, v, ends, visits, width, factor, sold):
    """Add ``factor`` times what a route gives every demand point to ``sold`` (see `Prices`)."""
    n_sites = movement.travel.shape[1]
    at, now = ends[0], ends[2]
    for r in range(visits.shape[0] + 1):
        home = r == visits.shape[0]
        site = ends[1] if home else visits[r, 0]
        end = ends[3] if home else visits[r, 1] + goods.dwell_steps[visits[r, 2]]
        if site != at:
            row = (p * n_sites + at) * n_sites + site
            for e in range(movement.legs.ptr[row], movement.legs.ptr[row + 1]):
                j, t = movement.legs.point[e], now + movement.legs.step[e]
                sold.here[j, t // width] += factor * v * movement.legs.present[e]
                if t + 1 < n_steps:
                    dose = v * movement.legs.leaves[e] * goods.passage
                    sold.leave[2 * goods.n_kinds, j, (t + 1) // width] += factor * dose
        arrive = now + movement.travel[p, at, site]
        for e in range(movement.sight.ptr[p * n_sites + site], movement.sight.ptr[p * n_sites + site + 1]):
            j, x = movement.sight.point[e], v * movement.sight.rho[e]
            for t in range(arrive, end):
                sold.here[j, t // width] += factor * x
            d = visits[r, 2] if not home else 0
            if not home and end < n_steps and goods.kind[d] >= 0:
                sold.leave[after_stay(goods, d, j, x), j, end // width] += factor * x * goods.effect[d]
        at, now = site, end
