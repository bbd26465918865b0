"""The best route of one team while the others stand still: a longest path over (site, step).

States are arrivals (a team is at a site and may still wait) and departures (it has just finished a visit).
Steps are handled in order, so each state is final when it is extended. Gains along a path are exact for
the first visit to a place; for a place seen earlier on the same path they are scaled by what the earlier
visit leaves to win, read off the path itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from routeopt.kernels.levels import leg_worth

FORGET = 0.02
"""An own earlier visit whose effect has faded below this is not looked at."""


@njit(cache=True, nogil=True)
def leg_worths(ways, passage, neighbours, here, leave, out):
    """Worth of the legs to each site's neighbours; fills ``out`` (n_sites, n_neighbours, n_steps) float32."""
    row = np.empty(here.shape[1])
    for i in range(neighbours.shape[0]):
        for n in range(neighbours.shape[1]):
            k = neighbours[i, n]
            if k >= 0:
                leg_worth(ways, passage, i, k, here, leave, row)
                for t in range(row.shape[0]):
                    out[i, n, t] = row[t]


@njit(cache=True, nogil=True)
def _left_to_win(t, i, came, visit_start, visit_dwell, dwell_effect, v, overlap, fades):
    """What the path's own earlier visits leave to win at site ``i`` from step ``t`` on, in [0, 1]."""
    n_sites = overlap.shape[0]
    left = 1.0
    code = came[t, i]
    while code >= 0:
        t0, i0 = code // n_sites, code % n_sites
        fade = fades[t - t0]
        if fade < FORGET:
            break
        left *= 1.0 - v * overlap[i, i0] * dwell_effect[visit_dwell[t0, i0]] * fade
        code = came[visit_start[t0, i0], i0]
    return left


@njit(cache=True, nogil=True)
def best_response(
    ways,
    v,
    passage,
    dwell_steps,
    dwell_effect,
    ends,
    stoppable,
    neighbours,
    legs,
    overlap,
    fades,
    here,
    leave,
    here_sum,
    leave_at,
    scale,
):
    """Best route of one team; visits as an array (n, 3) of site, start step, dwell index.

    ``here``, ``leave`` and their gathers ``here_sum``, ``leave_at`` come from `worth` and `site_worth`,
    ``legs`` from `leg_worths`; ``scale`` (n_sites,) multiplies the gains of stops (1 for the exact ones);
    ``fades[s]`` is exp(−s steps/τ); ``overlap[i, k]`` the share of i's demand that a stop at k sees.
    """  # fmt: skip
    n_sites, n_steps = overlap.shape[0], here.shape[1]
    begin, finish, home = ends[2], ends[3], ends[1]
    low = -1e300
    arrived = np.full((n_steps + 1, n_sites), low)
    came = np.full((n_steps + 1, n_sites), -1, dtype=np.int64)
    departed = np.full((n_steps + 1, n_sites), low)
    visit_start = np.zeros((n_steps + 1, n_sites), dtype=np.int32)
    visit_dwell = np.zeros((n_steps + 1, n_sites), dtype=np.int8)
    home_legs = np.zeros((n_sites, n_steps))
    row = np.empty(n_steps)
    for i in range(n_sites):
        if not stoppable[i]:
            continue
        if i != home:
            leg_worth(ways, passage, i, home, here, leave, home_legs[i])
        reach = begin + ways.travel[ends[0], i]
        if reach < finish:
            first = 0.0
            if i != ends[0]:
                leg_worth(ways, passage, ends[0], i, here, leave, row)
                first = v * row[begin]
            arrived[reach, i] = first

    best, best_code = low, -1
    for t in range(begin, finish + 1):
        for i in range(n_sites):
            value = departed[t, i]
            if value == low:
                continue
            code = t * n_sites + i
            back = t + ways.travel[i, home]
            if back <= finish:
                end = value + v * (here_sum[home, finish] - here_sum[home, back])
                if t < n_steps:
                    end += v * home_legs[i, t]
                if end > best:
                    best, best_code = end, code
            if t >= finish:
                continue
            if value > arrived[t, i]:
                arrived[t, i] = value
                came[t, i] = code
            for n in range(neighbours.shape[1]):
                k = neighbours[i, n]
                if k < 0:
                    break
                reach = t + ways.travel[i, k]
                if reach < finish:
                    total = value + v * legs[i, n, t]
                    if total > arrived[reach, k]:
                        arrived[reach, k] = total
                        came[reach, k] = code
        if t >= finish:
            break
        for i in range(n_sites):
            value = arrived[t, i]
            if value == low:
                continue
            gain = v * scale[i] * _left_to_win(
                t, i, came, visit_start, visit_dwell, dwell_effect, v, overlap, fades
            )  # fmt: skip
            wait = value + gain * (here_sum[i, t + 1] - here_sum[i, t])
            if wait > arrived[t + 1, i]:
                arrived[t + 1, i] = wait
                came[t + 1, i] = came[t, i]
            for d in range(dwell_steps.shape[0]):
                end = t + dwell_steps[d]
                if end > finish:
                    break
                stay = here_sum[i, end] - here_sum[i, t] + dwell_effect[d] * leave_at[i, end]
                total = value + gain * stay
                if total > departed[end, i]:
                    departed[end, i] = total
                    visit_start[end, i] = t
                    visit_dwell[end, i] = d

    count = 0
    code = best_code
    while code >= 0:
        count += 1
        t, i = code // n_sites, code % n_sites
        code = came[visit_start[t, i], i]
    visits = np.empty((count, 3), dtype=np.int64)
    code = best_code
    for r in range(count - 1, -1, -1):
        t, i = code // n_sites, code % n_sites
        visits[r, 0], visits[r, 1], visits[r, 2] = i, visit_start[t, i], visit_dwell[t, i]
        code = came[visit_start[t, i], i]
    return visits


@njit(cache=True, nogil=True)
def best_next(ways, v, dwell_steps, dwell_effect, at, now, home, finish, stoppable, here_sum, leave_at):
    """The next visit of most gain per step of travel and dwell: (site, start, dwell), site −1 if none fits."""
    best, found = 0.0, (-1, 0, 0)
    for k in range(stoppable.shape[0]):
        if not stoppable[k]:
            continue
        start = now + ways.travel[at, k]
        for d in range(dwell_steps.shape[0]):
            end = start + dwell_steps[d]
            if end + ways.travel[k, home] > finish:
                break
            gain = v * (here_sum[k, end] - here_sum[k, start] + dwell_effect[d] * leave_at[k, end])
            rate = gain / (end - now)
            if rate > best:
                best, found = rate, (k, start, d)
    return found
