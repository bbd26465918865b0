"""Ruin and recreate for tasks with windows and rewards: string removal, insertion with forward slack, annealing.

Ruin removes strings of neighbouring tasks from the routes; recreate inserts tasks, in one of several orders, each
where it costs least (Christiaens and Vanden Berghe 2020, "Slack Induction by String Removals"). Tasks are
optional: one without a feasible position stays out (team orienteering with time windows, Vansteenwegen et al.
2009). Travel times need not keep the triangle inequality: a route that cannot do without what was removed is left
as it was.

Nodes are 0 … n − 1 for tasks, then n + 2k and n + 2k + 1 for the start and the end of team k. Times are steps.
"""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import copy, fill, kernel, part, short
from routeopt.kernels.orienteering.insertion import cheapest, drop, insert, schedule
from routeopt.kernels.orienteering.route_pool import remember
from routeopt.kernels.random import below, uniform

STRING = 10
"""Longest string removed."""
AVERAGE = 8
"""Average number of tasks removed."""
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
