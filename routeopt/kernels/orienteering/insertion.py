"""Routes of tasks as tables, with the forward slack by which an insertion is judged at once.

Nodes are 0 … n − 1 for tasks, then n + 2k and n + 2k + 1 for the start and the end of team k. Times are steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import kernel, part, short
from routeopt.kernels.random import uniform

BLINK = 0.01
"""Probability of skipping a position."""


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
