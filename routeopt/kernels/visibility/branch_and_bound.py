"""The best combination of one route per team, by branch and bound."""

from __future__ import annotations

from typing import Any, NamedTuple

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


class Options(NamedTuple):
    """The routes of all teams, team by team; those of a team are in descending order of ``alone``."""

    absent: Any
    """(n_routes, n_points, n_steps) coverage by each route alone, as ``keep``."""
    keep: Any
    alone: Any
    """(n_routes,) gain in Σ λ·S of the route on empty streets, plus its rewards."""
    reward: Any
    """(n_routes,) rewards of the tasks that the route serves, in the same unit."""
    tasks: Any
    """(n_routes,) int64, tasks that the route serves, as bits."""
    first: Any
    """(n_teams + 1,) first row of each team."""


class Tree(NamedTuple):
    """A search by `best_combination`, which may be continued; made by `tree`."""

    absent: Any
    """(n_teams + 1, n_points, n_steps) coverage of the routes of the first k teams, as ``keep``."""
    keep: Any
    value: Any
    """(n_teams + 1,) Σ λ·S plus rewards of the first k teams' routes."""
    rest: Any
    """(n_teams + 1,) most that the teams from k on can add."""
    won: Any
    """(n_teams + 1,) rewards of the first k teams' routes."""
    done: Any
    """(n_teams + 1,) tasks that these serve, as bits."""
    later: Any
    """(n_teams + 1,) tasks that the teams from k on can serve, as bits."""
    row: Any
    """(n_teams,) row of each team that is looked at."""
    best_row: Any
    """(n_teams,) row of each team in the best combination so far."""
    best: Any
    """(1,) Σ λ·S plus rewards of that combination, negative before the first."""
    depth: Any
    """(1,) team that is looked at; negative at the end."""


def tree(demand, level0, fade, absent0, keep0, options):
    """Return the search before its first step; ``absent0`` and ``keep0`` are the coverage without any route."""
    alone, tasks, first = options.alone, options.tasks, options.first
    n = len(first) - 1
    absent, keep = np.empty((n + 1, *demand.shape)), np.empty((n + 1, *demand.shape))
    absent[0], keep[0] = absent0, keep0
    value, rest, later = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    value[0] = objective(demand, level0, fade, absent[0], keep[0])
    for k in range(n - 1, -1, -1):
        rest[k] = rest[k + 1] + alone[first[k]]
        later[k] = later[k + 1] | np.bitwise_or.reduce(tasks[first[k] : first[k + 1]])
    return Tree(
        absent, keep, value, rest, np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64), later, first[:n].copy(),
        first[:n].copy(), np.full(1, -1.0), np.zeros(1, dtype=np.int64),
    )  # fmt: skip


def some_of(options, kept):
    """Return some of the routes, by a mask (n_routes,), and their rows; None if a team has none left."""
    n = len(options.first) - 1
    left = [np.flatnonzero(kept[options.first[k] : options.first[k + 1]]) + options.first[k] for k in range(n)]
    rows = np.concatenate(left)
    if any(len(own) == 0 for own in left):
        return None, rows
    if kept.all():
        return options, rows
    first = np.cumsum([0] + [len(own) for own in left]).astype(np.int64)
    absent, keep, alone, reward, tasks, _ = options
    return Options(absent[rows], keep[rows], alone[rows], reward[rows], tasks[rows], first), rows


@kernel
def best_combination(demand, level0, fade, options, must, tree, most):
    """Find the best combination of one route per team that serves no task twice and all mandatory tasks.

    A partial combination is pruned if its value, plus what each remaining team would gain on empty streets, does
    not exceed the best: a route never gains more in addition to others than alone (submodularity). "Empty" streets
    have what others do as given.

    Parameters
    ----------
    demand : (n_points, n_steps), level0 : (n_points,), fade
        See `Coverage` and `Menu`.
    options : Options
        The routes.
    must : int64
        Mandatory tasks, as bits.
    tree : Tree
        The search so far.
    most
        Number of combinations whose coverage is computed before it is left off.

    Returns
    -------
    Whether the search is at its end: its best combination is the best of all.
    """
    alone, tasks, first = options.alone, options.tasks, options.first
    n = first.shape[0] - 1
    row, value, done, k = tree.row, tree.value, tree.done, tree.depth[0]
    while k >= 0:
        if row[k] == first[k + 1] or value[k] + alone[row[k]] + tree.rest[k + 1] <= tree.best[0]:
            row[k] = first[k]
            k -= 1
            if k >= 0:
                row[k] += 1
            continue
        r = row[k]
        if done[k] & tasks[r] or must & ~(done[k] | tasks[r] | tree.later[k + 1]):
            row[k] += 1
            continue
        if most == 0:
            break
        most -= 1
        done[k + 1], tree.won[k + 1] = done[k] | tasks[r], tree.won[k] + options.reward[r]
        tree.absent[k + 1] = tree.absent[k] * options.absent[r]
        tree.keep[k + 1] = tree.keep[k] * options.keep[r]
        value[k + 1] = tree.won[k + 1] + objective(demand, level0, fade, tree.absent[k + 1], tree.keep[k + 1])
        if k == n - 1:
            if value[n] > tree.best[0]:
                tree.best[0] = value[n]
                tree.best_row[:] = row
            row[k] += 1
        else:
            k += 1
    tree.depth[0] = k
    return k < 0
