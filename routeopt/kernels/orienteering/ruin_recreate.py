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

from routeopt.kernels.compiled import copy, fill, kernel, part, short
from routeopt.kernels.orienteering.route_pool import remember
from routeopt.kernels.random import below, uniform

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
SHUFFLES = 2
"""How often as likely as one of the orders a random one is."""
MORE_THAN = 1.0 + 1e-12
"""A sum of rewards is greater than another one beyond this factor."""
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Every six bits in a row differ, those at the end filled with zeros."""
BIT_AT = np.zeros(64, dtype=np.int64)
"""The bit that is at these six bits of the product of its power of two and `DE_BRUIJN`."""
for _bit in range(64):
    BIT_AT[(int(DE_BRUIJN) << _bit & (1 << 64) - 1) >> 58] = _bit


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
    least: NDArray[np.int64]
    """(n_tasks,) least time that a visit takes: service, and the shortest ways there and on."""
    reward: NDArray[np.float64]
    """(n_nodes,)"""
    profile: NDArray[np.int64]
    """(n_teams,)"""
    near: NDArray[np.int32]
    """(n_tasks, n_tasks) tasks by distance, starting with the task itself."""
    order: NDArray[np.int32]
    """(n_orders, n_tasks) tasks in each of the orders in which they are inserted."""
    place: NDArray[np.int32]
    """(n_orders, n_tasks) where each task stands in these orders."""
    allowed: NDArray[np.bool_]
    """(n_tasks, n_teams) whether the team may serve the task."""
    other: NDArray[np.int32]
    """(n_tasks,) the next of the alternatives of a task, in a circle; the task itself where there are none."""


class Routes(NamedTuple):
    """A solution; position 0 is the start, the position after the last task the end."""

    node: NDArray[np.int32]
    """(n_teams, n_tasks + 2)"""
    size: NDArray[np.int64]
    """(n_teams,) number of tasks."""
    early: NDArray[np.int64]
    """(n_teams, n_tasks + 2) earliest start of service."""
    leave: NDArray[np.int64]
    """(n_teams, n_tasks + 2) earliest end of service."""
    way: NDArray[np.int64]
    """(n_teams, n_tasks + 2) steps to the next."""
    late: NDArray[np.int64]
    """(n_teams, n_tasks + 2) latest start of service that keeps the rest feasible."""
    team: NDArray[np.int32]
    """(n_tasks,) team that serves the task, −1 for none."""
    reward: NDArray[np.float64]
    """(n_teams,) of the tasks of each route."""
    length: NDArray[np.int64]
    """(n_teams,) steps of travel of each route."""
    version: NDArray[np.int64]
    """(n_teams + 1,) identifies the state of each route; the last entry is the counter of versions."""


def routes(n_teams: int, n_tasks: int) -> Routes:
    """Allocate empty routes."""
    shape = (n_teams, n_tasks + 2)
    early, leave, way, late = (np.zeros(shape, np.int64) for _ in range(4))
    return Routes(
        np.zeros(shape, np.int32), np.zeros(n_teams, np.int64), early, leave, way, late,
        np.full(n_tasks, -1, np.int32), np.zeros(n_teams), np.zeros(n_teams, np.int64),
        np.zeros(n_teams + 1, np.int64),
    )  # fmt: skip


@kernel
def schedule(nodes, r, k):
    """Update times, reward and length of route ``k``; return whether the route is feasible."""
    travel, node = nodes.travel[nodes.profile[k]], r.node[k]
    early, leave, way, late = r.early[k], r.leave[k], r.way[k], r.late[k]
    end = r.size[k] + 1
    a = node[0]
    now, reward, length = nodes.opens[a], 0.0, 0
    early[0] = leave[0] = now
    for p in range(1, end + 1):
        b = node[p]
        way[p - 1] = travel[a, b]
        now = max(now + way[p - 1], nodes.opens[b])
        early[p] = now
        now += nodes.service[b]
        leave[p] = now
        reward += nodes.reward[b]
        length += way[p - 1]
        a = b
    r.reward[k], r.length[k] = reward, length
    now = nodes.closes[a]
    late[end] = now
    possible = early[end] <= now
    for p in range(end - 1, -1, -1):
        b = node[p]
        now = min(now - way[p] - nodes.service[b], nodes.closes[b])
        late[p] = now
        possible &= early[p] <= now
    return possible


@short
def cheapest(nodes, r, c, k, by_time, state):
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
    opens, closes, service, least = nodes.opens[c], nodes.closes[c], nodes.service[c], nodes.least[c]
    node, early, leave, way, late = r.node[k], r.early[k], r.leave[k], r.way[k], r.late[k]
    coming, going = nodes.coming[p, c], nodes.travel[p, c]
    best, place, blinked = 1 << 60, 0, False
    low, high = 0, r.size[k]
    while low < high:  # skip positions whose next task cannot start after c
        middle = (low + high) // 2
        if late[middle + 1] < opens + service:
            low = middle + 1
        else:
            high = middle
    for x in range(low, r.size[k] + 1):
        room = late[x + 1] - leave[x]
        if room < least:
            continue
        if leave[x] > closes:
            break
        there, on = coming[node[x]], going[node[x + 1]]
        start = max(leave[x] + there, opens)
        arrive = start + service + on
        cost = max(arrive - early[x + 1], 0) if by_time else there + on - way[x]
        if (cost < best) & (start <= closes) & (arrive <= late[x + 1]):
            if uniform(state) < BLINK:
                blinked = True
                continue
            best, place = cost, x + 1
    return best, place, blinked


@part
def insert(nodes, r, c, k, place):
    """Insert task ``c`` into route ``k`` at position ``place``; update times as far as they change."""
    p, node, early, leave, way, late = nodes.profile[k], r.node[k], r.early[k], r.leave[k], r.way[k], r.late[k]
    end = r.size[k] + 2
    for x in range(end, place, -1):
        node[x], early[x], leave[x], way[x], late[x] = (
            node[x - 1],
            early[x - 1],
            leave[x - 1],
            way[x - 1],
            late[x - 1],
        )
    node[place] = c
    r.size[k] += 1
    r.team[c] = k
    there, on = np.int64(nodes.coming[p, c, node[place - 1]]), np.int64(nodes.travel[p, c, node[place + 1]])
    r.reward[k] += nodes.reward[c]
    r.length[k] += there + on - way[place - 1]
    way[place - 1], way[place] = there, on
    now = leave[place - 1]
    for x in range(place, end + 1):
        now = max(now + way[x - 1], nodes.opens[node[x]])
        if x > place and early[x] == now:
            break
        early[x] = now
        now += nodes.service[node[x]]
        leave[x] = now
    now = late[place + 1]
    for x in range(place, -1, -1):
        b = node[x]
        now = min(now - way[x] - nodes.service[b], nodes.closes[b])
        if x < place and late[x] == now:
            break
        late[x] = now


@part
def drop(r, k, first, last, tried, size):
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
    fill(changed, False)
    served = 0
    for k in range(m):
        served += r.size[k]
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
            size = drop(r, k, skip + kept, first + span, tried, size)
            size = drop(r, k, first, skip, tried, size)
        else:
            size = drop(r, k, first, first + span, tried, size)
        changed[k] = True
        done += 1
    return size


@short
def _is_served(nodes, r, c):
    """Return whether the task, or one of those instead of which it would be served, is in a route."""
    if r.team[c] >= 0:
        return True
    other = nodes.other[c]
    while other != c:
        if r.team[other] >= 0:
            return True
        other = nodes.other[other]
    return False


@part
def _lowest(word):
    """Return the index of the lowest bit that is set, by de Bruijn multiplication (Leiserson, Prokop, Randall)."""
    return BIT_AT[((word & (~word + np.uint64(1))) * DE_BRUIJN) >> np.uint64(58)]


@part
def _sort(nodes, pick, tried, size, words):
    """Bring the first ``size`` tasks of ``tried`` into an order of `Nodes`, or for a greater ``pick`` into any.

    ``words`` (n_words,) are working memory, 0 before and after.
    """
    for x in range(size):
        at = nodes.place[pick, tried[x]]
        words[at >> 6] |= np.uint64(1) << np.uint64(at & 63)
    x = 0
    for w in range(words.shape[0]):
        while words[w] != np.uint64(0):
            tried[x] = nodes.order[pick, (w << 6) + _lowest(words[w])]
            words[w] &= words[w] - np.uint64(1)
            x += 1


@part
def _recreate(nodes, r, changed, refused, tried, size, words, state):
    """Insert tasks, each where it costs least.

    Parameters
    ----------
    nodes, r
        Instance and solution.
    changed : (n_teams,) bool
        Set for the routes that change.
    refused : (n_tasks, n_teams)
        Version of each route that had no position for the task; kept up to date.
    tried : (n_tasks,)
        Tasks to insert, in any order, reordered; those that are served are passed over.
    size
        Number of them.
    words : (n_words,) uint64
        Working memory, a bit for each task.
    state : (1,) uint64
        State of the random numbers.
    """
    m = r.size.shape[0]
    pick = below(state, nodes.order.shape[0] + SHUFFLES)
    if pick < nodes.order.shape[0]:
        _sort(nodes, pick, tried, size, words)
    else:
        for x in range(size - 1, 0, -1):
            y = below(state, x + 1)
            tried[x], tried[y] = tried[y], tried[x]
    by_time = uniform(state) < 0.5
    for x in range(size):
        c = tried[x]
        if _is_served(nodes, r, c):
            continue
        best, team, place = 1 << 60, -1, 0
        for k in range(m):
            if refused[c, k] == r.version[k] or not nodes.allowed[c, k]:
                continue
            cost, p, blinked = cheapest(nodes, r, c, k, by_time, state)
            if p == 0:
                if not blinked:
                    refused[c, k] = r.version[k]
                continue
            if cost < best:
                best, team, place = cost, k, p
        if team >= 0:
            insert(nodes, r, c, team, place)
            changed[team] = True
            r.version[team] = _fresh(r)


@short
def _fresh(r):
    """Return a version that no route has had before."""
    r.version[-1] += 1
    return r.version[-1]


@part
def evaluate_routes(r, price):
    """Return the reward of the tasks served, and the same less ``price`` per step of travel."""
    reward, length = 0.0, 0
    for k in range(r.size.shape[0]):
        reward += r.reward[k]
        length += r.length[k]
    return reward, reward - price * length


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
    copy(target.leave[k, :size], source.leave[k, :size])
    copy(target.way[k, :size], source.way[k, :size])
    copy(target.late[k, :size], source.late[k, :size])
    target.size[k], target.reward[k], target.length[k] = source.size[k], source.reward[k], source.length[k]
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
            c = pool.node[slots[k], p]
            r.node[k, p + 1] = c
            r.team[c] = k
            possible &= nodes.allowed[c, k]
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
    words = np.empty((n + 63) // 64, dtype=np.uint64)
    fill(words, 0)
    best_reward, best_value = evaluate_routes(best, price)
    _, value = evaluate_routes(now, price)
    for _ in range(iterations):
        size = _ruin(nodes, trial, changed, tried, state)
        for k in range(m):
            if changed[k]:
                if schedule(nodes, trial, k):
                    trial.version[k] = _fresh(trial)
                else:  # the way past what was removed is longer than the way through it
                    copy_route(now, trial, k)
                    changed[k] = False
        _recreate(nodes, trial, changed, refused, tried, size, words, state)
        reward, new = evaluate_routes(trial, price)
        if new >= value + temperature * np.log(uniform(state) + 1e-300):
            value = new
            for k in range(m):
                if changed[k]:
                    copy_route(trial, now, k)
                    if reward >= floor:
                        remember(pool, nodes, trial, k, bits)
            if reward > best_reward * MORE_THAN or (reward * MORE_THAN >= best_reward and new > best_value):
                best_reward, best_value = max(reward, best_reward), new
                copy_plan(now, best)
        else:
            for k in range(m):
                if changed[k]:
                    copy_route(now, trial, k)
    return best_reward
