"""Both halves of the bound: what demand points gain by buying, what teams earn by selling, at given prices.

A plan gives each demand point two kinds of goods: *presence* of strength x = v·ρ in a step, and *departures* of
strength x and one of several types (a dwell of the menu, or a passage) due at a step. Their prices are per unit of
x. Whatever the prices are, the value of any plan is at most the buyers' greatest gains plus the sellers' greatest
revenues (Lagrangian relaxation of "what is bought is what is sold"; Geoffrion 1974).

Goods are told apart by demand point, type and bin of steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOW = -1e300
ROUNDING = np.float32(1.0 + 1e-5)
"""More than float32 sums may lose."""
SMALL = 1e-9
"""Chances and weights below this are nothing."""


class Prices(NamedTuple):
    """Per unit of x, at least 0; also the shape in which amounts bought and sold are counted."""

    here: NDArray[np.float64]
    """(n_points, n_bins) a step of presence."""
    leave: NDArray[np.float64]
    """(n_types, n_points, n_bins) a departure; the last type is the passage."""


class Grid(NamedTuple):
    """Levels at which a buyer's value is kept; they fade along with the level, so that time costs no rounding.

    Index 0 is ℓ = 1, index 1 + i is fade^(i·spacing + phase), the last is 0; the phase is step modulo spacing.
    """

    level: NDArray[np.float64]
    """(n_phases, n_levels) falling."""
    after: NDArray[np.int64]
    """(n_phases, n_levels) index at the next step; the level lies between it and the next one."""
    share: NDArray[np.float64]
    """(n_phases, n_levels) weight of that index."""


class Buyers(NamedTuple):
    """What does not change with the prices."""

    demand: NDArray[np.float64]
    """(n_points, n_steps)"""
    level0: NDArray[np.float64]
    """(n_points,)"""
    strength_here: NDArray[np.float64]
    """(n_points,) greatest x of any presence."""
    dose: NDArray[np.float64]
    """(n_classes, n_points) greatest dose of the departures in each class, 0 where there are none."""


def grid(fade: float, n_levels: int, spacing: int) -> Grid:
    """Levels for ``fade`` per step, ``spacing`` steps apart."""
    age = np.arange(n_levels - 2) * spacing + np.arange(spacing)[:, None]
    level = np.hstack([np.ones((spacing, 1)), float(fade) ** age, np.zeros((spacing, 1))])
    after = np.zeros((spacing, n_levels), dtype=np.int64)
    share = np.ones((spacing, n_levels))
    for phase in range(spacing):
        following = level[(phase + 1) % spacing]
        for m in range(n_levels):
            after[phase, m], share[phase, m] = _between(following, level[phase, m] * fade)
    return Grid(level, after, share)


@njit(cache=True, nogil=True)
def _between(levels, level):
    """Index i and weight w with level = w·levels[i] + (1 − w)·levels[i + 1]; ``levels`` fall from 1 to 0."""
    low, high = 0, levels.shape[0] - 2
    while low < high:  # last index whose level is not below
        middle = (low + high + 1) // 2
        if levels[middle] >= level:
            low = middle
        else:
            high = middle - 1
    gap = levels[low] - levels[low + 1]
    share = 1.0 if gap <= 0.0 else (level - levels[low + 1]) / gap
    return low, min(1.0, max(0.0, share))


@njit(cache=True, nogil=True, inline="always")
def _presence(worth, x, price, most):
    """How many presences to buy when being seen is worth ``worth``, and the gain."""
    gain, bought, left = 0.0, 0, worth
    while bought < most and left > price:
        gain += x * (left - price)
        left *= 1.0 - x
        bought += 1
    return gain, bought


@njit(cache=True, nogil=True)
def buy(buyers, levels, prices, width, most, bought):
    """Greatest gain of all demand points together, Σ_j max [value − cost].

    Dynamic programming over (step, level). The value is convex in the level (the most of functions that are
    linear in it), so interpolating between levels errs upwards. Any number of departures may be bought at a step,
    and up to ``most`` presences. It is enough to consider the greatest strength of each good, because the gain is
    linear in each strength.

    Parameters
    ----------
    width
        Steps per bin of the prices.
    bought : Prices
        Filled with the amounts (units of x) that the optimum buys.
    """
    n_points, n_steps = buyers.demand.shape
    n_phases, n_levels = levels.level.shape
    n_types = buyers.dose.shape[0]
    choice = np.empty((n_steps, n_levels), dtype=np.int8)
    target = np.empty((n_phases, n_types, n_levels), dtype=np.int64)
    weight = np.empty((n_phases, n_types, n_levels))
    value, following = np.empty(n_levels), np.empty(n_levels)
    chance, moved = np.empty(n_levels), np.empty(n_levels)
    total = 0.0
    bought.here[:] = 0.0
    bought.leave[:] = 0.0
    for j in range(n_points):
        x, demand = buyers.strength_here[j], buyers.demand[j]
        strength = buyers.dose[:, j]
        for phase in range(n_phases):
            for m in range(n_levels):
                bare = 1.0 - levels.level[phase, m]
                for d in range(n_types):
                    i, w = _between(levels.level[phase], 1.0 - bare * (1.0 - strength[d]))
                    target[phase, d, m], weight[phase, d, m] = i, w
        following[:] = 0.0
        for t in range(n_steps - 1, -1, -1):
            phase, b, rate = t % n_phases, t // width, demand[t]
            for m in range(n_levels):
                level = levels.level[phase, m]
                gain, _ = _presence(rate * (1.0 - level), x, prices.here[j, b], most)
                i, w = levels.after[phase, m], levels.share[phase, m]
                best = rate * level + gain + w * following[i] + (1.0 - w) * following[min(i + 1, n_levels - 1)]
                kind = -1
                for d in range(n_types):
                    if strength[d] <= 0.0 or t == 0:
                        continue
                    i, w = target[phase, d, m], weight[phase, d, m]
                    if i >= m or (i + 1 == m and w < SMALL):
                        continue
                    cost = strength[d] * prices.leave[d, j, b]
                    # what falls back on this level buys again
                    new = value[i] - cost / w if i + 1 == m else w * value[i] + (1.0 - w) * value[i + 1] - cost
                    if new > best:
                        best, kind = new, d
                value[m] = best
                choice[t, m] = kind
            value, following = following, value
        # `following` is step 0's value; what the optimum buys is the expectation over the interpolation's weights
        chance[:] = 0.0
        i, w = _between(levels.level[0], buyers.level0[j])
        chance[i] += w
        chance[i + 1] += 1.0 - w
        total += w * following[i] + (1.0 - w) * following[i + 1]
        for t in range(n_steps):
            phase, b = t % n_phases, t // width
            moved[:] = 0.0
            for m in range(n_levels - 1, -1, -1):
                part = chance[m]
                if part < SMALL:
                    continue
                d = choice[t, m]
                if d >= 0:
                    i, w = target[phase, d, m], weight[phase, d, m]
                    if i + 1 == m:
                        bought.leave[d, j, b] += part / w * strength[d]
                        chance[i] += part
                    else:
                        bought.leave[d, j, b] += part * strength[d]
                        chance[i] += part * w
                        chance[i + 1] += part * (1.0 - w)
                    continue
                worth = demand[t] * (1.0 - levels.level[phase, m])
                _, n = _presence(worth, x, prices.here[j, b], most)
                bought.here[j, b] += part * n * x
                i, w = levels.after[phase, m], levels.share[phase, m]
                moved[i] += part * w
                if w < 1.0:
                    moved[i + 1] += part * (1.0 - w)
            chance, moved = moved, chance
    return total


@njit(cache=True, nogil=True, inline="always")
def class_of(edges, dose):
    """Class of a departure: how many of the edges (rising) its dose is above."""
    c = 0
    while c < edges.shape[0] and dose > edges[c] + 1e-12:
        c += 1
    return c


@njit(cache=True, nogil=True)
def stays(ways, p, v, edges, effect, here, leave, here_sum, leave_at):
    """What every site's stays earn under profile ``p`` and visibility factor ``v``.

    Parameters
    ----------
    here : (n_points, n_steps), leave : (n_types, n_points, n_steps)
        Prices by step.
    here_sum : (n_sites, n_steps + 1)
        Filled with running sums, so that a stay is a difference.
    leave_at : (n_dwells, n_sites, n_steps + 1)
        Filled, 0 at the plan's end.
    """
    n_sites, n_steps = here_sum.shape[0], here.shape[1]
    here_sum[:] = 0.0
    leave_at[:] = 0.0
    for i in range(n_sites):
        for e in range(ways.sight_ptr[p * n_sites + i], ways.sight_ptr[p * n_sites + i + 1]):
            j, rho = ways.sight_point[e], ways.sight_rho[e]
            _add(here_sum[i, 1:], v * rho, here[j])
            for d in range(leave_at.shape[0]):
                dose = v * rho * effect[d]
                _add(leave_at[d, i], dose, leave[class_of(edges, dose), j])
        for t in range(n_steps):
            here_sum[i, t + 1] += here_sum[i, t]


@njit(cache=True, nogil=True)
def legs(ways, p, v, edges, effect, here, leave, width, worth):
    """At most what every leg earns under profile ``p`` and factor ``v``, by the bin of its departure.

    Fills ``worth`` (n_sites, n_sites, n_bins): for each good the dearer of the two bins into which it falls as the
    departure moves through its own bin. ``here``, ``passage`` (n_points, n_bins) are the prices, float32.
    """
    n_sites, n_bins = worth.shape[0], here.shape[1]
    worth[:] = 0.0
    passage = leave[class_of(edges, v * effect)]
    here2, passage2 = here.copy(), passage.copy()
    for j in range(here.shape[0]):
        for b in range(n_bins - 1):
            here2[j, b] = max(here[j, b], here[j, b + 1])
            passage2[j, b] = max(passage[j, b], passage[j, b + 1])
    for i in range(n_sites):
        for k in range(n_sites):
            row = (p * n_sites + i) * n_sites + k
            out = worth[i, k]
            for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
                j, s = ways.pass_point[e], ways.pass_step[e]
                present = np.float32(v * ways.pass_present[e])
                first = s // width
                _add(out, present, here[j, first:] if s % width == 0 else here2[j, first:])
                if ways.pass_leaves[e] > 0.0:
                    first = (s + 1) // width
                    leaves = np.float32(v * effect * ways.pass_leaves[e])
                    _add(out, leaves, passage[j, first:] if (s + 1) % width == 0 else passage2[j, first:])
            for b in range(n_bins):
                out[b] *= ROUNDING


@njit(cache=True, nogil=True, inline="always")
def _add(out, factor, row):
    for t in range(row.shape[0]):
        out[t] += factor * row[t]


@njit(cache=True, nogil=True)
def sell(travel, dwell_steps, stoppable, ends, here_sum, leave_at, leg, width):
    """The route of most revenue of one team, a longest path over (site, step), and that revenue.

    Parameters
    ----------
    travel : (n_sites, n_sites) steps
    ends : (4,) start site, end site, start step, end step
    here_sum, leave_at, leg
        See `stays` and `legs`.

    Returns
    -------
    (revenue, visits (n, 3): site, start step, dwell index)
    """
    start, home, now, finish = ends
    n_sites, w = travel.shape[0], finish - now
    shortest = dwell_steps[0]
    sites = np.empty(n_sites, dtype=np.int64)
    n = 0
    for i in range(n_sites):
        if stoppable[i] and travel[start, i] + shortest + travel[i, home] <= w:
            sites[n] = i
            n += 1
    steps = np.empty((n, n), dtype=np.int64)
    for a in range(n):
        for b in range(n):
            steps[a, b] = min(travel[sites[a], sites[b]], w + 1)
    arrived, departed = np.full((w + 1, n), LOW), np.full((w + 1, n), LOW)
    came = np.full((w + 1, n), -1, dtype=np.int64)  # departure from which an arrival came
    begun = np.zeros((w + 1, n), dtype=np.int32)
    dwelt = np.zeros((w + 1, n), dtype=np.int8)
    for a in range(n):
        i = sites[a]
        arrived[travel[start, i], a] = 0.0 if i == start else leg[start, i, now // width]
    best = here_sum[home, finish] - here_sum[home, now + travel[start, home]]
    if start != home:
        best += leg[start, home, now // width]
    best_code = -1
    for t in range(w + 1):
        clock = now + t
        for a in range(n):
            value = departed[t, a]
            if value == LOW:
                continue
            i, code = sites[a], t * n + a
            back = t + travel[i, home]
            if back <= w:
                end = value + (here_sum[home, finish] - here_sum[home, now + back])
                if i != home:
                    end += leg[i, home, clock // width]
                if end > best:
                    best, best_code = end, code
            for b in range(n):
                reach = t + steps[a, b]
                if b == a or reach > w - shortest:
                    continue
                total = value + leg[i, sites[b], clock // width]
                if total > arrived[reach, b]:
                    arrived[reach, b] = total
                    came[reach, b] = code
        for a in range(n):
            value, i = arrived[t, a], sites[a]
            if value == LOW or t + shortest + travel[i, home] > w:
                continue
            wait = value + (here_sum[i, clock + 1] - here_sum[i, clock])
            if wait > arrived[t + 1, a]:
                arrived[t + 1, a] = wait
                came[t + 1, a] = came[t, a]
            for d in range(dwell_steps.shape[0]):
                stop, then = t + dwell_steps[d], clock + dwell_steps[d]
                if stop > w:
                    break
                total = value + (here_sum[i, then] - here_sum[i, clock] + leave_at[d, i, then])
                if total > departed[stop, a]:
                    departed[stop, a] = total
                    begun[stop, a] = t
                    dwelt[stop, a] = d
    size, code = 0, best_code
    while code >= 0:
        size += 1
        code = came[begun[code // n, code % n], code % n]
    visits = np.empty((size, 3), dtype=np.int64)
    code = best_code
    for r in range(size - 1, -1, -1):
        t, a = code // n, code % n
        visits[r, 0], visits[r, 1], visits[r, 2] = sites[a], now + begun[t, a], dwelt[t, a]
        code = came[begun[t, a], a]
    return best, visits


@njit(cache=True, nogil=True)
def deliver(ways, dwell_steps, edges, effect, n_steps, p, v, ends, visits, width, factor, sold):
    """Add ``factor`` times what a route gives every demand point to ``sold`` (see `Prices`)."""
    n_sites = ways.travel.shape[1]
    at, now = ends[0], ends[2]
    for r in range(visits.shape[0] + 1):
        home = r == visits.shape[0]
        site = ends[1] if home else visits[r, 0]
        end = ends[3] if home else visits[r, 1] + dwell_steps[visits[r, 2]]
        if site != at:
            row = (p * n_sites + at) * n_sites + site
            for e in range(ways.pass_ptr[row], ways.pass_ptr[row + 1]):
                j, t = ways.pass_point[e], now + ways.pass_step[e]
                sold.here[j, t // width] += factor * v * ways.pass_present[e]
                if t + 1 < n_steps:
                    dose = v * ways.pass_leaves[e] * effect[-1]
                    sold.leave[class_of(edges, dose), j, (t + 1) // width] += factor * dose
        arrive = now + ways.travel[p, at, site]
        for e in range(ways.sight_ptr[p * n_sites + site], ways.sight_ptr[p * n_sites + site + 1]):
            j, x = ways.sight_point[e], factor * v * ways.sight_rho[e]
            for t in range(arrive, end):
                sold.here[j, t // width] += x
            if not home and end < n_steps:
                dose = v * ways.sight_rho[e] * effect[visits[r, 2]]
                sold.leave[class_of(edges, dose), j, end // width] += factor * dose
        at, now = site, end
