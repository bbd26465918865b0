"""The best stretch of one team's route while all else stands still: a longest path over (site, step).

States are arrivals (a team is at a site and may still wait) and departures (it has just finished a visit and
leaves: a longer stay is an arrival, a wait and a visit).
Steps are handled in order, so each state is final when it is extended. Gains along a path are exact for
the first visit to a place; for a place seen earlier on the same path they are scaled by what the earlier
visit leaves to win, read off the path itself.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from routeopt.kernels.levels import leg_worth, stay_worth

FORGET = 0.02
"""An own earlier visit whose effect has faded below this is not looked at."""
LOW = -1e300


@njit(cache=True, nogil=True)
def _left_to_win(t, i, came, visit_start, visit_dwell, effect, v, overlap, sites, fades):
    """What the path's own earlier visits leave to win at active site ``i`` from step ``t`` on, in [0, 1]."""
    n = came.shape[1]
    left = 1.0
    code = came[t, i]
    while code >= 0:
        t0, i0 = code // n, code % n
        fade = fades[t - t0]
        if fade < FORGET:
            break
        left *= 1.0 - v * overlap[sites[i], sites[i0]] * effect[visit_dwell[t0, i0]] * fade
        code = came[visit_start[t0, i0], i0]
    return left


@njit(cache=True, nogil=True)
def _keep_best(menu, here_sum, leave_at, first, last, sites, index, most):
    """Move the ``most`` sites whose best stay gains most to the front of all arrays; returns how many."""
    n = here_sum.shape[0]
    gain = np.zeros(n)
    for a in range(n):
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            for t in range(first[a], last[a] - stay + 1):
                won = here_sum[a, t + stay] - here_sum[a, t] + menu.dwell_effect[d] * leave_at[a, t + stay]
                gain[a] = max(gain[a], won / (stay + 1))
    order = np.sort(np.argsort(-gain)[:most])
    for a in range(n):
        index[sites[a]] = -1
    for b in range(most):
        a = order[b]  # a ≥ b, so nothing is overwritten before it is read
        here_sum[b, :], leave_at[b, :] = here_sum[a], leave_at[a]
        first[b], last[b], sites[b] = first[a], last[a], sites[a]
        index[sites[b]] = b
    return most


@njit(cache=True, nogil=True)
def best_response(
    ways, menu, traces, p, v, at, visiting, now, home, finish, stoppable, neighbours, overlap, fades, legs, most
):  # fmt: skip
    """Visits of the best path that leaves ``at`` at step ``now`` and is at ``home`` by step ``finish``.

    Parameters
    ----------
    ways, menu, traces
        See `kernels.levels`; the stretch itself must not be in the traces.
    p, v
        The team's profile and visibility factor.
    visiting
        Whether ``at`` was visited just now, so that the first visit is elsewhere.
    stoppable : (n_sites,) bool
    neighbours : (n_sites, n_neighbours) int64
        Sites that a leg may lead to, −1 behind the last; the first and last leg may lead anywhere.
    overlap : (n_sites, n_sites)
        Share of what is seen from one site that is also seen from the other.
    fades : (n_steps + 1,)
        fade to the power of 0, 1, 2, …
    most
        How many sites are looked at: those whose best stay gains most.
    legs : float32 scratch, at least n_sites · n_neighbours · (n_steps + 1)

    Returns
    -------
    (n, 3) int64: site, start step, dwell index.
    """
    n_sites = ways.travel.shape[1]
    travel = ways.travel[p]
    w = finish - now
    shortest = menu.dwell_steps[0]
    sites = np.empty(n_sites, dtype=np.int64)
    index = np.full(n_sites, -1, dtype=np.int64)
    n = 0
    for i in range(n_sites):
        if stoppable[i] and travel[at, i] + shortest + travel[i, home] <= w:
            sites[n] = i
            index[i] = n
            n += 1
    if n == 0:
        return np.empty((0, 3), dtype=np.int64)

    # what stays and legs are worth, by step since `now`
    here_sum, leave_at = np.empty((n, w + 1)), np.empty((n, w + 1))
    first = np.empty(n, dtype=np.int64)  # earliest arrival
    last = np.empty(n, dtype=np.int64)  # latest departure
    home_leg = np.zeros((n, w + 1))
    row1 = np.empty(1)
    for a in range(n):
        i = sites[a]
        stay_worth(ways, p * n_sites + i, traces, now, here_sum[a], leave_at[a])
        first[a], last[a] = travel[at, i], w - travel[i, home]
    if n > most:
        n = _keep_best(menu, here_sum, leave_at, first, last, sites, index, most)
    arrived = np.full((w + 1, n), LOW)
    for a in range(n):
        i = sites[a]
        if i != home:
            begin = first[a] + shortest
            row = (p * n_sites + i) * n_sites + home
            leg_worth(ways, row, menu.passage, traces, now + begin, home_leg[a, begin : last[a] + 1])
        arrived[first[a], a] = LOW if visiting and i == at else 0.0
        if i != at:
            leg_worth(ways, (p * n_sites + at) * n_sites + i, menu.passage, traces, now, row1)
            arrived[first[a], a] = v * row1[0]
    home_sum, unused = np.empty(w + 1), np.empty(w + 1)
    stay_worth(ways, p * n_sites + home, traces, now, home_sum, unused)

    # neighbours among the active sites, with the steps in which the leg may depart
    near = np.empty((n, neighbours.shape[1]), dtype=np.int64)
    steps = np.empty((n, neighbours.shape[1]), dtype=np.int64)
    until = np.empty((n, neighbours.shape[1]), dtype=np.int64)
    degree = np.zeros(n, dtype=np.int64)
    worth = legs[: n * neighbours.shape[1] * (w + 1)].reshape((n, neighbours.shape[1], w + 1))
    for a in range(n):
        i = sites[a]
        begin = first[a] + shortest
        for m in range(neighbours.shape[1]):
            k = neighbours[i, m]
            if k < 0:
                break
            b = index[k]
            if b < 0:
                continue
            latest = last[b] - shortest - travel[i, k]
            if latest < begin:
                continue
            d = degree[a]
            near[a, d], steps[a, d], until[a, d] = b, travel[i, k], latest
            row = (p * n_sites + i) * n_sites + k
            leg_worth(ways, row, menu.passage, traces, now + begin, worth[a, d, begin : latest + 1])
            degree[a] += 1

    came = np.full((w + 1, n), -1, dtype=np.int64)
    departed = np.full((w + 1, n), LOW)
    visit_start = np.zeros((w + 1, n), dtype=np.int32)
    visit_dwell = np.zeros((w + 1, n), dtype=np.int8)
    row1[0] = 0.0
    if at != home:
        leg_worth(ways, (p * n_sites + at) * n_sites + home, menu.passage, traces, now, row1)
    best = v * (row1[0] + home_sum[w] - home_sum[travel[at, home]])
    best_code = -1
    for t in range(w + 1):
        for a in range(n):
            value = departed[t, a]
            if value == LOW:
                continue
            code = t * n + a
            back = t + travel[sites[a], home]
            end = value + v * (home_leg[a, t] + home_sum[w] - home_sum[back])
            if end > best:
                best, best_code = end, code
            for m in range(degree[a]):
                if t <= until[a, m]:
                    reach, b = t + steps[a, m], near[a, m]
                    total = value + v * worth[a, m, t]
                    if total > arrived[reach, b]:
                        arrived[reach, b] = total
                        came[reach, b] = code
        for a in range(n):
            value = arrived[t, a]
            if value == LOW or t + shortest > last[a]:
                continue
            i = sites[a]
            left = _left_to_win(
                t, a, came, visit_start, visit_dwell, menu.dwell_effect, v, overlap, sites, fades
            )  # fmt: skip
            gain = v * left
            wait = value + gain * (here_sum[a, t + 1] - here_sum[a, t])
            if wait > arrived[t + 1, a]:
                arrived[t + 1, a] = wait
                came[t + 1, a] = came[t, a]
            for d in range(menu.dwell_steps.shape[0]):
                end_step = t + menu.dwell_steps[d]
                if end_step > last[a]:
                    break
                stay = here_sum[a, end_step] - here_sum[a, t] + menu.dwell_effect[d] * leave_at[a, end_step]
                total = value + gain * stay
                if total > departed[end_step, a]:
                    departed[end_step, a] = total
                    visit_start[end_step, a] = t
                    visit_dwell[end_step, a] = d

    count = 0
    code = best_code
    while code >= 0:
        count += 1
        t, a = code // n, code % n
        code = came[visit_start[t, a], a]
    visits = np.empty((count, 3), dtype=np.int64)
    code = best_code
    for r in range(count - 1, -1, -1):
        t, a = code // n, code % n
        visits[r, 0], visits[r, 1], visits[r, 2] = sites[a], now + visit_start[t, a], visit_dwell[t, a]
        code = came[visit_start[t, a], a]
    return visits


@njit(cache=True, nogil=True)
def best_next(ways, menu, traces, p, at, now, home, finish, stoppable, visiting):
    """The next visit of most gain per step of travel and dwell: (site, start, dwell), site −1 if none fits.

    ``visiting`` says that ``at`` was visited just now, so that the next visit is elsewhere.
    """
    n_sites = ways.travel.shape[1]
    travel = ways.travel[p]
    best, found = 0.0, (-1, 0, 0)
    longest = menu.dwell_steps[-1]
    here_sum, leave_at, leg = np.empty(longest + 1), np.empty(longest + 1), np.zeros(1)
    for k in range(n_sites):
        start = now + travel[at, k]
        room = finish - travel[k, home] - start
        if not stoppable[k] or room < menu.dwell_steps[0] or (visiting and k == at):
            continue
        w = min(longest, room)
        stay_worth(ways, p * n_sites + k, traces, start, here_sum[: w + 1], leave_at[: w + 1])
        leg[0] = 0.0
        if k != at:
            leg_worth(ways, (p * n_sites + at) * n_sites + k, menu.passage, traces, now, leg)
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            if stay > w:
                break
            rate = (leg[0] + here_sum[stay] + menu.dwell_effect[d] * leave_at[stay]) / (start + stay - now)
            if rate > best:
                best, found = rate, (k, start, d)
    return found
