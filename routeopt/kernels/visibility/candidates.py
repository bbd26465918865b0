"""The sites that a stretch considers: all where there are few, else those near to its two ends."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import copy, fill, maker, part, short, sums
from routeopt.kernels.visibility.legs import FAR, find, leave_by, leg
from routeopt.kernels.visibility.stretch import LOW

MANY = 4
"""A site that leads to more than this many times its neighbours is a post: all that it leads to is near."""
WAYS = 8
"""Neighbours by way of which times are estimated."""


@part
def list_candidates(instance, gap, has_task, sites, index):
    """List the sites considered in ``sites``, without regard to time; return their number.

    Parameters
    ----------
    instance : Instance
    gap : Gap
    has_task : (n_sites,) bool
        Sites that are always considered.
    sites : (n,)
        Filled.
    index : (n_sites,)
        −1 everywhere; set to another value at the sites listed.
    """
    movement = instance.movement
    n_sites, first = movement.n_sites, movement.legs.first
    row = gap.p * n_sites
    if movement.knows_all:
        for i in range(n_sites):
            sites[i] = index[i] = i
        return n_sites
    n = 0
    for end in (gap.at, gap.home):
        low, high = first[row + end], first[row + end + 1]
        if high - low > MANY * instance.neighbours.shape[2]:
            for e in range(low, high):
                n = _add(movement.legs.target[e], sites, index, n)
        else:
            n = _add(end, sites, index, n)
            for m in range(instance.neighbours.shape[2]):
                k = instance.neighbours[gap.p, end, m]
                if k < 0:
                    break
                n = _add(k, sites, index, n)
    for q in range(instance.tasks.site.shape[0]):
        if has_task[instance.tasks.site[q]]:
            n = _add(instance.tasks.site[q], sites, index, n)
    return n


@short
def _add(i, sites, index, n):
    """Add a site that is not listed yet; return the number of sites listed."""
    if index[i] < 0:
        sites[n] = index[i] = i
        n += 1
    return n


@part
def span(instance, gap, i):
    """Return the first arrival at a site and the last departure from it, in steps since the gap's begin.

    Where the leg from the gap's begin to it is not known, or the one to its end, these are estimates by way of its
    neighbours: a team gets there by way of other sites alone.
    """
    movement, neighbours, p = instance.movement, instance.neighbours, gap.p
    first = leg(movement, p, gap.at, i, gap.now)[1]
    last = leave_by(movement, p, i, gap.home, gap.now + gap.w) - gap.now
    if find(movement, p, gap.at, i) < 0:
        for m in range(min(WAYS, neighbours.shape[2])):
            k = neighbours[p, i, m]
            if k < 0:
                break
            there = find(movement, p, gap.at, k)
            if there >= 0:
                on = movement.legs.steps[find(movement, p, i, k)]
                first = min(first, movement.legs.steps[there] + on)
    if last < -FAR // 2 and find(movement, p, i, gap.home) < 0:
        for m in range(min(WAYS, neighbours.shape[2])):
            k = neighbours[p, i, m]
            if k < 0:
                break
            back = find(movement, p, k, gap.home)
            if back >= 0:
                on = movement.legs.steps[find(movement, p, i, k)]
                last = max(last, gap.w - movement.legs.steps[back] - on)
    return first, last


@sums
def _best_stay(here_sum, leave_at, stay, effect):
    """Return the greatest gain of a stay of ``stay`` steps over all its starts."""
    best = 0.0
    for t in range(here_sum.shape[0] - stay):
        won = here_sum[t + stay] - here_sum[t] + effect * leave_at[t + stay]
        if won > best:
            best = won
    return best


@maker
def keep_best(instance, gap, here_sum, leave_at, first, last, sites, index, most, has_task):
    """Move the rows of the ``most`` sites whose best stay gains most per step, and of tasks' sites, to the front.

    Where there are many sites, the way to them counts, from the ends of the gap or from a site kept before.

    Parameters
    ----------
    instance : Instance
    gap : Gap
    here_sum, leave_at, first, last
        See `Gains` and `Nodes`; n rows each, reordered in place.
    sites : (n,)
        Reordered in place.
    index : (n_sites,)
        Set to the row of each site, −1 for those left out.
    most
        Number of sites kept besides those of tasks.
    has_task : (n_sites,) bool

    Returns
    -------
    Number of sites kept.
    """
    n, menu = sites.shape[0], instance.menu
    gain, length = np.empty(n), np.empty(n)
    fill(gain, 0.0)
    fill(length, 1.0)
    for a in range(n):
        if has_task[sites[a]]:
            gain[a] = -LOW
            most += 1
            continue
        stays, departures = here_sum[a, first[a] : last[a] + 1], leave_at[a, first[a] : last[a] + 1]
        for d in range(menu.dwell_steps.shape[0]):
            stay = menu.dwell_steps[d]
            rate = _best_stay(stays, departures, stay, menu.dwell_effect[d]) / (stay + 1)
            if rate > gain[a]:
                gain[a], length[a] = rate, stay + 1
    if instance.movement.knows_all:
        for _ in range(min(most, n)):
            gain[_greatest(gain)] = LOW
    else:
        _grow(instance, gap, first, last, sites, index, most, gain, length)
    for i in sites:
        index[i] = -1
    b = 0
    for a in range(n):
        if gain[a] == LOW:  # a ≥ b, so nothing is overwritten before it is read
            copy(here_sum[b], here_sum[a])
            copy(leave_at[b], leave_at[a])
            first[b], last[b], sites[b] = first[a], last[a], sites[a]
            index[sites[b]] = b
            b += 1
    return b


@part
def _greatest(values):
    """Return the index of the greatest value, the first of several."""
    best = 0
    for a in range(1, values.shape[0]):
        if values[a] > values[best]:
            best = a
    return best


@maker
def _grow(instance, gap, first, last, sites, index, most, gain, length):
    """Set ``gain`` to `LOW` for the sites kept: those that gain most per step of a stay and of the way there."""
    n, legs = sites.shape[0], instance.movement.legs
    way, rate = np.empty(n), np.empty(n)
    for a in range(n):
        way[a] = max(0, min(first[a], gap.w - last[a]))
        rate[a] = gain[a] if gain[a] == -LOW else gain[a] * length[a] / (length[a] + way[a])
    for _ in range(min(most, n)):
        best = _greatest(rate)
        gain[best] = rate[best] = LOW
        i = sites[best]
        for m in range(instance.neighbours.shape[2]):
            k = instance.neighbours[gap.p, i, m]
            if k < 0:
                break
            b = index[k]
            if b >= 0 and rate[b] != LOW:
                steps = legs.steps[find(instance.movement, gap.p, i, k)]
                if steps < way[b]:
                    way[b] = steps
                    if gain[b] != -LOW:
                        rate[b] = gain[b] * length[b] / (length[b] + steps)
