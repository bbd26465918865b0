"""The sites that a stretch considers: all where there are few, else those near to its two ends."""

from __future__ import annotations

from routeopt.kernels.compiled import part, short
from routeopt.kernels.visibility.legs import FAR, find, knows_all, leave_by, leg

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
    if knows_all(movement, gap.p):
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
