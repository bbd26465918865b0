"""The best combination of one route per team, by trying all that can still be best."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import kernel
from routeopt.kernels.visibility.levels import add_route


@kernel
def cover(movement, menu, p, v, ends, visits, marks, absent, keep):
    """Multiply one route's traces into the dirty points (see `levels.add_route`)."""
    first, last = marks.span
    add_route(
        movement.travel,
        movement.sight,
        movement.legs,
        menu,
        p,
        v,
        ends,
        visits,
        -1,
        first,
        last,
        marks.is_dirty,
        absent,
        keep,
    )


@kernel
def objective(demand, level0, fade, absent, keep):
    """Σ λ·S of traces (n_points, n_steps), see `routeopt.evaluation`."""
    total = 0.0
    for j in range(demand.shape[0]):
        bare = (1.0 - level0[j]) * keep[j, 0]
        total += demand[j, 0] * (1.0 - absent[j, 0] * bare)
        for t in range(1, demand.shape[1]):
            bare = keep[j, t] * (1.0 - fade + fade * bare)
            total += demand[j, t] * (1.0 - absent[j, t] * bare)
    return total


@kernel
def best_combination(demand, level0, fade, absent, keep, alone, reward, tasks, must, first):
    """Rows of the best combination, one per team, and its Σ λ·S and rewards (below 0: there is none).

    A combination is left as soon as what it has, plus what each remaining team could win on empty streets, is no
    better than the best: winning on top of others is never more than winning alone (submodularity). No task is
    done twice, and all of ``must`` are done.

    Parameters
    ----------
    absent, keep : (n_routes, n_points, n_steps)
        Traces of all teams' routes, each team's in falling order of ``alone``.
    alone : (n_routes,)
        Σ λ·S won by the route on empty streets, and its rewards.
    reward : (n_routes,)
        Rewards of the tasks that the route does, in the same unit.
    tasks : (n_routes,) int64
        The tasks that the route does, as bits.
    must : int64
        Tasks that have to be done, as bits.
    first : (n_teams + 1,)
        First row of each team.
    """
    n = first.shape[0] - 1
    shape = demand.shape
    absent_to, keep_to = np.ones((n + 1, *shape)), np.ones((n + 1, *shape))
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
