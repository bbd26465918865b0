"""The best combination of one route per team, by branch and bound."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import kernel
from routeopt.kernels.visibility.presence import add_route


@kernel
def cover(movement, menu, route, marks, coverage):
    """Multiply one `Route` into the coverage of the dirty points (see `presence.add_route`)."""
    add_route(movement, menu, route, marks, coverage)


@kernel
def objective(demand, level0, fade, absent, keep):
    """Compute Σ λ·S from ``absent`` and ``keep`` (n_points, n_steps), see `routeopt.evaluation`."""
    total = 0.0
    for j in range(demand.shape[0]):
        bare = (1.0 - level0[j]) * keep[j, 0]
        total += demand[j, 0] * (1.0 - absent[j, 0] * bare)
        for t in range(1, demand.shape[1]):
            bare = keep[j, t] * (1.0 - fade + fade * bare)
            total += demand[j, t] * (1.0 - absent[j, t] * bare)
    return total


@kernel
def best_combination(demand, level0, fade, absent0, keep0, absent, keep, alone, reward, tasks, must, first):
    """Find the best combination of one route per team that serves no task twice and all mandatory tasks.

    A partial combination is pruned if its value, plus what each remaining team would gain on empty streets, does
    not exceed the best: a route never gains more in addition to others than alone (submodularity). "Empty" streets
    have what others do as given.

    Parameters
    ----------
    demand : (n_points, n_steps), level0 : (n_points,), fade
        See `Coverage` and `Menu`.
    absent0, keep0 : (n_points, n_steps)
        Coverage without any route.
    absent, keep : (n_routes, n_points, n_steps)
        Coverage by each route alone; routes of a team are in descending order of ``alone``.
    alone : (n_routes,)
        Gain in Σ λ·S of the route on empty streets, plus its rewards.
    reward : (n_routes,)
        Rewards of the tasks that the route serves, in the same unit.
    tasks : (n_routes,) int64
        Tasks that the route serves, as bits.
    must : int64
        Mandatory tasks, as bits.
    first : (n_teams + 1,)
        First row of each team.

    Returns
    -------
    (n_teams,) row of each team; Σ λ·S plus rewards, negative if there is no such combination.
    """
    n = first.shape[0] - 1
    shape = demand.shape
    absent_to, keep_to = np.empty((n + 1, *shape)), np.empty((n + 1, *shape))
    absent_to[0], keep_to[0] = absent0, keep0
    value, rest, won = np.empty(n + 1), np.zeros(n + 1), np.zeros(n + 1)
    done, later = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    value[0] = objective(demand, level0, fade, absent_to[0], keep_to[0])
    for k in range(n - 1, -1, -1):
        rest[k] = rest[k + 1] + alone[first[k]]
        later[k] = later[k + 1]
        for r in range(first[k], first[k + 1]):
            later[k] |= tasks[r]
    row, best_row = first[:n].copy(), first[:n].copy()
    best, k = -1.0, 0
    while k >= 0:
        if row[k] == first[k + 1] or value[k] + alone[row[k]] + rest[k + 1] <= best:
            row[k] = first[k]
            k -= 1
            if k >= 0:
                row[k] += 1
            continue
        r = row[k]
        if done[k] & tasks[r] or must & ~(done[k] | tasks[r] | later[k + 1]):
            row[k] += 1
            continue
        done[k + 1], won[k + 1] = done[k] | tasks[r], won[k] + reward[r]
        absent_to[k + 1] = absent_to[k] * absent[row[k]]
        keep_to[k + 1] = keep_to[k] * keep[row[k]]
        value[k + 1] = won[k + 1] + objective(demand, level0, fade, absent_to[k + 1], keep_to[k + 1])
        if k == n - 1:
            if value[n] > best:
                best = value[n]
                best_row[:] = row
            row[k] += 1
        else:
            k += 1
    return best_row, best
