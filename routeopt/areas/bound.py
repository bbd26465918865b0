"""A lower bound on the weighted distance of all balanced areas, whatever their centres and shapes.

Lagrangian relaxation of the capacitated p-median problem (Mulvey & Beck 1984; Beasley 1993): that each item
belongs to one area is priced. What is left is one continuous knapsack for each possible centre (`worth`), and the
best p of them. The prices are raised by subgradients (Held, Wolfe & Crowder 1974). Connectedness is not asked for,
and items may be cut: what is proven holds for connected areas of whole items all the more.
"""

from __future__ import annotations

import numpy as np

from routeopt.areas.centres import Centres, Work
from routeopt.areas.metric import Floats, Ints, Near

WIDE = 1.0
"""Distance less price up to which items are looked at, beyond that of an area's own, times its mean distance."""
BLOCK = 512
"""Possible centres that are looked at in one go: Ctrl-C comes between."""
ALL = 16_000_000
"""Near items up to which those of every possible centre are kept; beyond, only those of promising ones."""
CORE = 24
"""Promising centres per area at the start."""
FIRST = 0.3
"""Length of the first steps, times Polyak's."""
REFRESH = 8
"""Steps between looks at all promising centres; in between, those alone that were best."""
ACTIVE = 15
"""The least number of those, per area."""
DEFLECT = 0.7
"""Share of the last direction in the next one (Camerini, Fratta & Maffioli 1975)."""
ADDED = 8
"""Promising centres per area that a look at all adds at most."""


class Ascent:
    """Prices of items, and the best bound that they gave so far."""

    def __init__(self, work: Work, centres: Centres) -> None:
        self.work = work
        self.best = 0.0
        """Proven: no balanced areas have a weighted distance less than this."""
        self.theta = FIRST
        self._direction = np.zeros(work.metric.n)
        area = centres.members()
        own = centres.distance[np.arange(work.metric.n), area]
        radius = np.zeros(work.n_areas)
        np.maximum.at(radius, area, own)
        ball = self._balls(own + radius[area] + 1.0)
        self.limit: Floats = WIDE * ball
        self.price: Floats = ball
        self._best_price, self._core_best = self.price, -np.inf
        self._stale = 0
        self.core: Ints = np.empty(0, dtype=np.int64)
        self.near = Near(np.zeros(1, dtype=np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
        count = np.bincount(area, minlength=work.n_areas)
        if float(count.sum() * count.mean() * 3) < ALL:
            self._add(np.arange(work.metric.n))
        else:
            order = np.lexsort((own, area))
            nth = np.arange(len(order)) - np.searchsorted(area[order], area[order])
            self._add(np.sort(order[nth % np.maximum(count[area[order]] // CORE, 1) == 0]))

    def _balls(self, limit: Floats) -> Floats:
        """Return the mean distance of the nearest work that makes an area, from each item: where prices start.

        If these prices changed little within an area, its reduced cost would be nearly 0 wherever its centre is.
        """
        w, n = self.work.weight, self.work.metric.n
        found = np.empty(n)
        for a in range(0, n, BLOCK):
            some = np.arange(a, min(a + BLOCK, n))
            near = self.work.metric.near(some, limit[some])
            found[some] = self._worth(near, limit[some], np.zeros(len(w)), self.work.high) / self.work.high
        return found

    def rise(self, steps: int, target: float) -> None:
        """Take some steps towards the best bound; ``target`` is the weighted distance of known areas."""
        from routeopt.kernels.areas import covered

        w, p = self.work.weight, self.work.n_areas
        active, near = np.arange(len(self.core)), self.near
        for n in range(steps):
            whole = n % REFRESH == 0
            if whole:
                active, near = np.arange(len(self.core)), self.near
            beyond = self.limit[self.core[active]]
            worth = self._worth(near, beyond)
            chosen = np.argpartition(worth, p - 1)[:p]
            value = float(w @ self.price + worth[chosen].sum())
            if whole:
                self._judge(value)
                active = np.sort(np.argsort(worth)[: max(ACTIVE * p, len(worth) // 8)])
            cover = np.zeros(len(w))
            covered(*self._row(near), w, self.price, beyond, *self._limits(), *self._room(near), chosen, cover)
            self._direction = np.where(w > 0, 1.0 - cover, 0.0) + DEFLECT * self._direction
            size = float(w @ self._direction**2)
            if size <= 1e-12:
                break
            self.price = self.price + self.theta * max(target - value, 1e-3 * target) / size * self._direction
            if whole:
                near = _rows(near, active)

    def _judge(self, value: float) -> None:
        """Keep the prices that gave a value, if it is the best; take shorter steps where none was for a while."""
        if value > self._core_best:
            self._core_best, self._best_price, self._stale = value, self.price, 0
            return
        self._stale += 1
        if self._stale >= 2:
            self.theta, self._stale = max(self.theta * 0.6, 0.02), 0

    def prove(self) -> None:
        """Compute the bound of the best prices with every possible centre; keep looking at those that lower it."""
        w, p, n = self.work.weight, self.work.n_areas, self.work.metric.n
        self.price = self._best_price
        worth = np.empty(n)
        every = len(self.core) == n
        rows: list[Near] = []
        for a in range(0, n, BLOCK):
            some = np.arange(a, min(a + BLOCK, n))
            near = self._near(some)
            worth[some] = self._worth(near, self.limit[some])
            rows += [near] if every else []
        least = np.argpartition(worth, p - 1)[:p]
        value = float(w @ self.price + worth[least].sum())
        self.best = max(self.best, value)
        if every:  # prices have moved since the rows were read
            self.near, self._core_best = _joined(rows), value
            return
        inside = np.zeros(n, dtype=np.bool_)
        inside[self.core] = True
        kth = np.partition(worth[self.core], p - 1)[p - 1]
        missed = np.flatnonzero(~inside & (worth < kth))
        if len(missed):
            missed = missed[np.argsort(worth[missed])[: ADDED * p]]
            self._add(missed)
            self._core_best, self._stale = value, 0

    def _add(self, items: Ints) -> None:
        """Look at more possible centres."""
        more = self._near(items)
        self.core = np.concatenate([self.core, items])
        self.near = _joined([self.near, more])

    def _near(self, some: Ints) -> Near:
        """Find the items that may be worth having around some centres; all others cost more than the limit."""
        worth = np.where(self.work.weight > 0, self.price, -np.inf)
        return self.work.metric.worthy(some, self.limit[some], worth)

    def _limits(self) -> tuple[float, float]:
        return self.work.low, self.work.high

    @staticmethod
    def _row(near: Near) -> tuple[Ints, Ints, Floats]:
        return near.ptr, near.item, near.distance  # type: ignore[return-value]

    @staticmethod
    def _room(near: Near) -> tuple[Ints, Floats]:
        longest = int(np.diff(near.ptr).max(initial=0))
        return np.empty(longest, dtype=np.int64), np.empty(longest)

    def _worth(self, near: Near, beyond: Floats, price: Floats | None = None, low: float | None = None) -> Floats:
        """Return the least reduced cost of an area around each centre of the rows."""
        from routeopt.kernels.areas import worth

        price, low = self.price if price is None else price, self.work.low if low is None else low
        out = np.empty(len(near.ptr) - 1)
        worth(*self._row(near), self.work.weight, price, beyond, low, self.work.high, *self._room(near), out)
        return out


def _joined(parts: list[Near]) -> Near:
    """Return the rows of several one after the other."""
    count = np.concatenate([np.diff(one.ptr) for one in parts])
    return Near(
        np.concatenate([[0], np.cumsum(count)]),
        np.concatenate([one.item for one in parts]),
        np.concatenate([one.distance for one in parts]),
    )


def _rows(near: Near, kept: Ints) -> Near:
    """Return some of the rows."""
    size = np.diff(near.ptr)[kept]
    ptr = np.concatenate([[0], np.cumsum(size)])
    at = np.repeat(near.ptr[kept] - ptr[:-1], size) + np.arange(ptr[-1])
    return Near(ptr, near.item[at], near.distance[at])
