"""Centres of areas: k-medians along the streets, alternating with balanced areas around them, from many starts.

Cooper (1963): assign to the nearest centre, move each centre to the median of its own, repeat. Here areas keep to
their share of the work: an item joins the centre of least distance plus price (`priced`), the prices being the
dual of the transportation problem, as in Hess et al. (1965), whose districts alternate a transportation problem
with new centres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.areas.metric import Floats, Ints, Metric, table

FEWEST, MOST = 2, 5
"""Areas whose centres are drawn anew together."""
ROUNDS = 30
"""Most moves of all centres from one start."""
NEAREST, DRAWN = 12, 12
"""Items of an area that are tried as its centre: those nearest to the centre now, and drawn from the rest."""
COLD = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015, 0.008, 0.004)
"""How much the dual is smoothed, times the mean distance, step by step."""
WARM = 6
"""Number of those steps from good prices."""
STEPS, HALVES, CLOSE = 20, 12, 0.1
"""Newton steps, times that a step is halved, and how near to balance is enough, times the tolerance's width."""
UNSETTLED = 0.02
"""Share of its work that an area may be off when the prices count as settled."""
SOME = 0.01
"""Least share of an item that counts."""
FAR = 1e9
"""Distance where there is no way."""
CHANGED = 0.02
"""Share of its work that an area gains or loses before its centre is looked for again."""


@dataclass(frozen=True)
class Centres:
    """Centres with the prices that balance the areas around them."""

    item: Ints
    """(n_areas,) items."""
    distance: Floats
    """(n_items, n_areas)"""
    price: Floats
    """(n_areas,)"""
    value: float
    """Lower bound on the weighted distance of all balanced areas with these centres."""
    t: float
    """How far the sharing was smoothed last, in units of distance."""

    def shares(self) -> Floats:
        """Return which share of each item each area has, (n_items, n_areas): where areas tie, all have some."""
        cost = self.distance + self.price
        part = np.exp(np.maximum(cost.min(axis=1)[:, None] - cost, -50 * self.t) / self.t)
        return np.asarray(part / part.sum(axis=1)[:, None])

    def members(self) -> Ints:
        """Return the area of each item by least distance plus price, (n_items,)."""
        return np.asarray((self.distance + self.price).argmin(axis=1))


@dataclass(frozen=True)
class Work:
    """What is to be shared out: work of items, and how much of it an area has."""

    metric: Metric
    weight: Floats
    """(n_items,) not negative."""
    n_areas: int
    low: float
    """Least work of an area."""
    high: float
    """Greatest work of an area."""


def priced(work: Work, item: Ints, distance: Floats, start: Floats | None = None) -> Centres:
    """Find the prices that balance the areas around centres, from good prices (``start``) or from nothing.

    Newton's method on the dual of the transportation problem, smoothed: items are shared among the areas by
    exp(−(distance + price) / t), for ever smaller t (Cuturi & Peyré 2018; for Newton's method on such prices,
    Kitagawa, Mérigot & Thibert 2019). A price is positive where an area is full and negative where it has its
    least.
    """
    finite = np.where(np.isfinite(distance), distance, FAR)
    least = finite.min(axis=1)
    scale = float(work.weight @ np.where(least < FAR, least, 0.0) / work.weight.sum()) or 1.0
    price, t, off = np.zeros(len(item)) if start is None else start, scale, 0.0
    for share in COLD if start is None else COLD[-WARM:]:
        t = share * scale
        price, off = _newton(finite, work, price, t)
    if off > UNSETTLED and start is not None:
        return priced(work, item, distance)
    least = (finite + price).min(axis=1)
    value = float(work.weight @ least - np.maximum(price * work.high, price * work.low).sum())
    return Centres(item, finite, price, value if off <= UNSETTLED else np.inf, t)


def _newton(distance: Floats, work: Work, price: Floats, t: float) -> tuple[Floats, float]:
    """Take Newton steps on the smoothed dual, each shortened until it helps (Armijo's rule).

    Returns the prices, and how far an area still is from its work, as a share of it.
    """
    from routeopt.kernels.areas import share_out

    distance = np.ascontiguousarray(distance)  # one version of the kernel
    low, high, p = work.low, work.high, len(price)
    load, bend, ratio = np.empty(p), np.empty((p, p)), np.empty(p)

    def smooth(at: Floats) -> tuple[float, Floats, Floats]:
        value = share_out(distance, work.weight, at, t, ratio, load, bend)
        full = 1 / (1 + np.exp(-np.clip(at / t, -50, 50)))
        spent = low * at.sum() + (high - low) * (np.maximum(at, 0) + t * np.log1p(np.exp(-np.abs(at) / t))).sum()
        curve = (bend + np.diag((high - low) * full * (1 - full) + 1e-4 * high)) / t
        return float(value - spent), load - low - (high - low) * full, curve

    value, slope, curve = smooth(price)
    for _ in range(STEPS):
        if np.abs(slope).max() < max(CLOSE * (high - low), 1e-4 * high):
            break
        step = np.linalg.solve(curve, slope)
        step *= min(1.0, 4 * t / float(np.abs(step).max()))
        for half in range(HALVES):
            tried = price + step / 2**half
            found = smooth(tried)
            if found[0] >= value + 1e-4 / 2**half * float(slope @ step):
                price, (value, slope, curve) = tried, found
                break
        else:
            break
    return price, float(np.abs(slope).max()) / high


def first_centres(work: Work, rng: np.random.Generator) -> Centres:
    """Draw centres far from each other: each by its work times its distance to those before (as k-means++)."""
    chance = work.weight / work.weight.sum()
    chosen = [int(rng.choice(work.metric.n, p=chance))]
    nearest = table(work.metric, np.array(chosen))[:, 0]
    for _ in range(1, work.n_areas):
        pull = work.weight * np.minimum(nearest, FAR)
        pull[chosen] = 0.0
        if pull.sum() <= 0:
            pull = np.ones(work.metric.n)
            pull[chosen] = 0.0
        chosen.append(int(rng.choice(work.metric.n, p=pull / pull.sum())))
        nearest = np.minimum(nearest, table(work.metric, np.array(chosen[-1:]))[:, 0])
    item = np.array(chosen)
    return priced(work, item, table(work.metric, item))


def moved(work: Work, start: Centres, rng: np.random.Generator, since: Centres | None = None) -> Centres:
    """Move centres to the medians of their areas until that no longer helps.

    Areas that are as they were in ``since`` stay until their neighbours change them.
    """
    best, stale = start, np.ones(work.n_areas, dtype=np.bool_) if since is None else _changed(work, since, start)
    for _ in range(ROUNDS):
        item = _medians(work, best, rng, np.flatnonzero(stale))
        changed = np.flatnonzero(item != best.item)
        if len(changed) == 0:
            break
        distance = best.distance.copy()
        distance[:, changed] = table(work.metric, item[changed])
        found = priced(work, item, distance, best.price)
        if found.value >= best.value * (1 - 1e-5):
            break
        stale = _changed(work, best, found)
        best = found
    return best


def _changed(work: Work, before: Centres, after: Centres) -> NDArray[np.bool_]:
    """Return which areas gained or lost more than `CHANGED` of their work, or have another centre, (n_areas,)."""
    was, now = before.members(), after.members()
    other = was != now
    p = work.n_areas
    moved = np.bincount(was[other], work.weight[other], p) + np.bincount(now[other], work.weight[other], p)
    return np.asarray((moved > CHANGED * work.high) | (before.item != after.item))


def reseeded(work: Work, start: Centres, rng: np.random.Generator) -> Centres:
    """Draw the centres of an area and its neighbours anew; where that is better, move all.

    Large neighbourhood search by parts (POPMUSIC; Taillard & Voss 2002).
    """
    p = min(work.n_areas, int(rng.integers(FEWEST, MOST + 1)))
    if p < 2:
        return start
    area = start.members()
    away = start.distance[start.item[int(rng.integers(work.n_areas))]]
    some = np.argsort(away, kind="stable")[:p]
    weight = np.where(np.isin(area, some), work.weight, 0.0)
    if (weight > 0).sum() < p:
        return start
    mean, width = float(weight.sum()) / p, work.high / (work.low + work.high) * 2
    part = Work(work.metric, weight, p, mean * (2 - width), mean * width)
    before = priced(part, start.item[some], start.distance[:, some])
    after = moved(part, first_centres(part, rng), rng)
    if after.value >= before.value * (1 - 1e-6):
        return start
    item, distance = start.item.copy(), start.distance.copy()
    item[some], distance[:, some] = after.item, after.distance
    return moved(work, priced(work, item, distance), rng, start)


def _medians(work: Work, centres: Centres, rng: np.random.Generator, areas: Ints) -> Ints:
    """Return (n_areas,) the centres, of some areas the best among some of their items."""
    share = centres.shares()
    sources: list[Ints] = [np.empty(0, dtype=np.int64)]
    limits: list[Floats] = [np.empty(0)]
    for j in areas:
        own = np.flatnonzero((share[:, j] > SOME) & (work.weight > 0))
        if len(own) == 0:
            own = centres.item[[j]]
        away = centres.distance[:, j]
        order = own[np.argsort(away[own], kind="stable")]
        rest = order[NEAREST:]
        drawn = rng.choice(rest, min(DRAWN, len(rest)), replace=False) if len(rest) else rest
        tried = np.concatenate([order[:NEAREST], drawn])
        sources.append(tried)
        limits.append(away[tried] + away[own].max() + 1.0)
    source, of = np.concatenate(sources), np.repeat(areas, [len(some) for some in sources[1:]])
    if not len(source):
        return centres.item
    near = work.metric.near(source, np.concatenate(limits))
    row = np.repeat(np.arange(len(source)), np.diff(near.ptr))
    part = share[near.item, of[row]]
    part[part <= SOME] = 0.0
    cost = np.bincount(row, part * work.weight[near.item] * near.distance, len(source))
    item = centres.item.copy()
    for j in areas:
        own = np.flatnonzero(of == j)
        if len(own):
            best = int(source[own[cost[own].argmin()]])
            item[j] = best if best not in item else item[j]
    return item
