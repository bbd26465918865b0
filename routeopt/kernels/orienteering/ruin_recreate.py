"""Ruin and recreate for tasks with windows and rewards: string removal, insertion with forward slack, annealing.

Ruin removes strings of neighbouring tasks from the routes; recreate inserts tasks, in one of several orders, each
where it costs least (Christiaens and Vanden Berghe 2020, "Slack Induction by String Removals"). Tasks are
optional: one without a feasible position stays out (team orienteering with time windows, Vansteenwegen et al.
2009). Travel times need not keep the triangle inequality: a route that cannot do without what was removed is left
as it was.

Nodes are 0 … n − 1 for tasks, then n + 2k and n + 2k + 1 for the start and the end of team k. Times are steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, kernel, maker, part, short
from routeopt.kernels.orienteering.route_pool import remember
from routeopt.kernels.random import uniform

STRING = 10
"""Longest string removed."""
AVERAGE = 8
"""Average number of tasks removed."""
BLINK = 0.01
"""Probability of skipping a position."""
NEARBY = 40
"""Number of unserved tasks near the first string that are tried, besides those removed."""
EVERYWHERE = 0.05
"""Probability of trying all tasks."""
SPLIT = 0.5
"""Probability that a string preserves some tasks in its middle."""
MORE = 0.5
"""Probability that the preserved part ends after each task (SISR: 1 − β)."""
AGAIN = 0.5
"""Probability that more than one string may be removed from a route."""


class Nodes(NamedTuple):
    """Instance: constant during a search."""

    travel: NDArray[np.int32]
    """(n_profiles, n_nodes, n_nodes)"""
    coming: NDArray[np.int32]
    """(n_profiles, n_nodes, n_nodes) transpose of ``travel``: from the second node to the first."""
    service: NDArray[np.int64]
    """(n_nodes,) service time, 0 for starts and ends."""
    opens: NDArray[np.int64]
    """(n_nodes,) earliest start of service."""
    closes: NDArray[np.int64]
    """(n_nodes,) latest start of service."""
    reward: NDArray[np.float64]
    """(n_nodes,)"""
    profile: NDArray[np.int64]
    """(n_teams,)"""
    near: NDArray[np.int32]
    """(n_tasks, n_tasks) tasks by distance, starting with the task itself."""
    ranks: NDArray[np.float64]
    """(n_orders, n_tasks) sort keys of the orders in which tasks are inserted, ascending."""


class Routes(NamedTuple):
    """A solution; position 0 is the start, the position after the last task the end."""

    node: NDArray[np.int32]
    """(n_teams, n_tasks + 2)"""
    size: NDArray[np.int64]
    """(n_teams,) number of tasks."""
    early: NDArray[np.int64]
    """(n_teams, n_tasks + 2) earliest start of service."""
    late: NDArray[np.int64]
    """(n_teams, n_tasks + 2) latest start of service that keeps the rest feasible."""
    team: NDArray[np.int32]
    """(n_tasks,) team that serves the task, −1 for none."""
    version: NDArray[np.int64]
    """(n_teams + 1,) identifies the state of each route; the last entry is the counter of versions."""


def routes(n_teams: int, n_tasks: int) -> Routes:
    """Allocate empty routes."""
    shape = (n_teams, n_tasks + 2)
    return Routes(
        np.zeros(shape, np.int32), np.zeros(n_teams, np.int64), np.zeros(shape, np.int64),
        np.zeros(shape, np.int64), np.full(n_tasks, -1, np.int32), np.zeros(n_teams + 1, np.int64),
    )  # fmt: skip


@kernel
def schedule(nodes, r, k):
    """Update the earliest and latest starts of route ``k``; return whether the route is feasible."""
    travel = nodes.travel[nodes.profile[k]]
    end = r.size[k] + 1
    a = r.node[k, 0]
    now = nodes.opens[a]
    r.early[k, 0] = now
    for p in range(1, end + 1):
        b = r.node[k, p]
        now = max(now + nodes.service[a] + travel[a, b], nodes.opens[b])
        r.early[k, p] = now
        a = b
    now = nodes.closes[a]
    r.late[k, end] = now
    for p in range(end - 1, -1, -1):
        b = r.node[k, p]
        now = min(now - travel[b, a] - nodes.service[b], nodes.closes[b])
        r.late[k, p] = now
        a = b
    for p in range(end + 1):  # noqa: SIM110
        if r.early[k, p] > r.late[k, p]:
            return False
    return True


@short
def _insertion(nodes, r, c, k, by_time, state):
    """Find the cheapest position for task ``c`` in route ``k``.

    Parameters
    ----------
    nodes, r
        Instance and solution.
    c, k
        Task and team.
    by_time
        Whether the cost is the delay of the next task instead of the detour.
    state : (1,) uint64
        State of the random numbers.

    Returns
    -------
    Cost; position, 0 for none; whether a feasible position was skipped at random.
    """
    p = nodes.profile[k]
    count, opens, closes, service = r.size[k], nodes.opens[c], nodes.closes[c], nodes.service[c]
    best, place, blinked = 1 << 60, 0, False
    low, high = 0, count
    while low < high:  # skip positions whose next task cannot start after c
        middle = (low + high) // 2
        if r.late[k, middle + 1] < opens + service:
            low = middle + 1
        else:
            high = middle
    for x in range(low, count + 1):
        early = r.early[k, x]
        if early > closes:
            break
        a, b = r.node[k, x], r.node[k, x + 1]
        start = max(early + nodes.service[a] + nodes.coming[p, c, a], opens)
        if start > closes:
            continue
        arrive = start + service + nodes.travel[p, c, b]
        if arrive > r.late[k, x + 1]:
            continue
        if by_time:
            cost = max(arrive - r.early[k, x + 1], 0)
        else:
            cost = nodes.coming[p, c, a] + nodes.travel[p, c, b] - nodes.travel[p, a, b]
        if cost < best:
            if uniform(state) < BLINK:
                blinked = True
                continue
            best, place = cost, x + 1
    return best, place, blinked


@part
def _insert(nodes, r, c, k, place):
    """Insert task ``c`` into route ``k`` at position ``place``."""
    for p in range(r.size[k] + 1, place - 1, -1):
        r.node[k, p + 1] = r.node[k, p]
    r.node[k, place] = c
    r.size[k] += 1
    r.team[c] = k
    schedule(nodes, r, k)


@part
def _drop(r, k, first, last, tried, size):
    """Remove positions ``first`` to ``last`` (exclusive) of route ``k``.

    Parameters
    ----------
    r, k
        Solution and team.
    first, last
        Positions.
    tried : (n_tasks,)
        List to which the removed tasks are appended.
    size
        Length of the list.

    Returns
    -------
    New length of the list.
    """
    for p in range(first, last):
        r.team[r.node[k, p]] = -1
        tried[size] = r.node[k, p]
        size += 1
    gap = last - first
    for p in range(last, r.size[k] + 2):
        r.node[k, p - gap] = r.node[k, p]
    r.size[k] -= gap
    return size


@part
def _ruin(nodes, r, changed, tried, state):
    """Remove strings of tasks; fill ``tried`` (n_tasks,) with the tasks to insert and return their number.

    Sets ``changed`` (n_teams,) to whether each route has changed.
    """
    n, m = r.team.shape[0], r.size.shape[0]
    changed[:] = False
    served = r.size.sum()
    longest = min(STRING, max(1.0, served / m))
    strings = int(1 + uniform(state) * (4.0 * AVERAGE / (1.0 + longest) - 1.0))
    again = uniform(state) < AGAIN
    seed = int(uniform(state) * n)
    around = n if uniform(state) < EVERYWHERE else min(n, NEARBY)
    done, size = 0, 0
    for x in range(around):
        c = nodes.near[seed, x]
        if r.team[c] < 0:
            tried[size] = c
            size += 1
    for x in range(n):
        if done >= strings:
            break
        c = nodes.near[seed, x]
        k = r.team[c]
        if k < 0 or (changed[k] and not again):
            continue
        count = r.size[k]
        length = min(count, int(1 + uniform(state) * min(longest, count)))
        at = 1
        while r.node[k, at] != c:
            at += 1
        kept = 0
        if length > 1 and length < count and uniform(state) < SPLIT:
            while length + kept < count and uniform(state) > MORE:
                kept += 1
        span = length + kept
        least, most = max(1, at - span + 1), min(at, count - span + 1)
        first = least + int(uniform(state) * (most - least + 1))
        if kept:
            skip = first + int(uniform(state) * (length + 1))
            size = _drop(r, k, skip + kept, first + span, tried, size)
            size = _drop(r, k, first, skip, tried, size)
        else:
            size = _drop(r, k, first, first + span, tried, size)
        changed[k] = True
        done += 1
    return size


@maker
def _recreate(nodes, r, changed, refused, tried, state):
    """Insert tasks, each where it costs least.

    Parameters
    ----------
    nodes, r
        Instance and solution.
    changed : (n_teams,) bool
        Set for the routes that change.
    refused : (n_tasks, n_teams)
        Version of each route that had no position for the task; kept up to date.
    tried : (n,)
        Tasks to insert, in any order; those that are served are passed over.
    state : (1,) uint64
        State of the random numbers.
    """
    m = r.size.shape[0]
    pick = int(uniform(state) * (nodes.ranks.shape[0] + 2))
    key = np.empty(tried.shape[0])
    for x in range(tried.shape[0]):
        key[x] = nodes.ranks[pick, tried[x]] if pick < nodes.ranks.shape[0] else uniform(state)
    order = np.argsort(key)
    by_time = uniform(state) < 0.5
    for x in order:
        c = tried[x]
        if r.team[c] >= 0:
            continue
        best, team, place = 1 << 60, -1, 0
        for k in range(m):
            if refused[c, k] == r.version[k]:
                continue
            cost, p, blinked = _insertion(nodes, r, c, k, by_time, state)
            if p == 0:
                if not blinked:
                    refused[c, k] = r.version[k]
                continue
            if cost < best:
                best, team, place = cost, k, p
        if team >= 0:
            _insert(nodes, r, c, team, place)
            changed[team] = True
            r.version[team] = _fresh(r)


@short
def _fresh(r):
    """Return a version that no route has had before."""
    r.version[-1] += 1
    return r.version[-1]


@part
def evaluate_routes(nodes, r, price):
    """Return the reward of the tasks served, and the same less ``price`` per step of travel."""
    total, steps = 0.0, 0
    for k in range(r.size.shape[0]):
        travel = nodes.travel[nodes.profile[k]]
        for p in range(1, r.size[k] + 2):
            steps += travel[r.node[k, p - 1], r.node[k, p]]
            if p <= r.size[k]:
                total += nodes.reward[r.node[k, p]]
    return total, total - price * steps


@part
def copy_route(source, target, k):
    """Copy route ``k`` with its schedule, version and tasks."""
    for p in range(1, target.size[k] + 1):
        c = target.node[k, p]
        if target.team[c] == k:
            target.team[c] = -1
    size = source.size[k] + 2
    copy(target.node[k, :size], source.node[k, :size])
    copy(target.early[k, :size], source.early[k, :size])
    copy(target.late[k, :size], source.late[k, :size])
    target.size[k] = source.size[k]
    target.version[k] = source.version[k]
    for p in range(1, source.size[k] + 1):
        target.team[source.node[k, p]] = k


@kernel
def copy_plan(source, target):
    """Copy every route."""
    for k in range(source.size.shape[0]):
        copy_route(source, target, k)


@kernel
def load(nodes, pool, slots, r):
    """Load the routes in ``slots`` (n_teams,) of the pool into ``r``, −1 for an empty one; return feasibility."""
    possible = True
    for c in range(r.team.shape[0]):
        r.team[c] = -1
    for k in range(r.size.shape[0]):
        end = r.node[k, r.size[k] + 1]
        size = pool.size[slots[k]] if slots[k] >= 0 else 0
        for p in range(size):
            r.node[k, p + 1] = pool.node[slots[k], p]
            r.team[r.node[k, p + 1]] = k
        r.node[k, size + 1] = end
        r.size[k] = size
        r.version[k] = _fresh(r)
        possible &= schedule(nodes, r, k)
    return possible


@kernel
def search(nodes, now, trial, best, refused, pool, floor, price, temperature, iterations, state):
    """Run ``iterations`` rounds of ruin and recreate.

    Parameters
    ----------
    nodes : Nodes
        The instance.
    now, trial, best : Routes
        Current, trial and best solution; ``trial`` equals ``now`` on entry and on return.
    refused : (n_tasks, n_teams)
        See `_recreate`.
    pool : Pool
        Collects the routes of accepted solutions with a reward of at least ``floor``.
    floor
        That reward.
    price
        Cost of a step of travel in the annealing.
    temperature
        Temperature, in units of reward.
    iterations
        Number of rounds.
    state : (1,) uint64
        State of the random numbers.

    Returns
    -------
    Reward of ``best``.
    """
    m, n = now.size.shape[0], now.team.shape[0]
    changed = np.zeros(m, dtype=np.bool_)
    tried = np.empty(n, dtype=np.int32)
    bits = np.empty(pool.members.shape[1], dtype=np.uint64)
    best_reward, best_value = evaluate_routes(nodes, best, price)
    _, value = evaluate_routes(nodes, now, price)
    for _ in range(iterations):
        size = _ruin(nodes, trial, changed, tried, state)
        for k in range(m):
            if changed[k]:
                if schedule(nodes, trial, k):
                    trial.version[k] = _fresh(trial)
                else:  # the way past what was removed is longer than the way through it
                    copy_route(now, trial, k)
                    changed[k] = False
        _recreate(nodes, trial, changed, refused, tried[:size], state)
        reward, new = evaluate_routes(nodes, trial, price)
        if new >= value + temperature * np.log(uniform(state) + 1e-300):
            value = new
            for k in range(m):
                if changed[k]:
                    copy_route(trial, now, k)
                    if reward >= floor:
                        remember(pool, nodes, trial, k, bits)
            for c in range(n):
                now.team[c] = trial.team[c]
            if reward > best_reward or (reward == best_reward and new > best_value):
                best_reward, best_value = reward, new
                for k in range(m):
                    copy_route(trial, best, k)
                for c in range(n):
                    best.team[c] = trial.team[c]
        else:
            for k in range(m):
                if changed[k]:
                    copy_route(now, trial, k)
            for c in range(n):
                trial.team[c] = now.team[c]
    return best_reward
