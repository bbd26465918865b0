"""Draw areas: as little weighted distance to their centres as can be, each in one piece with its share of work.

The problem: choose ``n_areas`` items as centres and give every item to one of them, so that each area's work is
within the tolerance of the mean, each area is connected, and Σ work · distance to the centre is least: a
capacitated p-median problem (Mulvey & Beck 1984), the model that Hess et al. (1965) gave districts. The bound is
one on this whole problem, over the choice of centres too (`routeopt.areas.bound`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from routeopt.areas.assign import Assignment, judged, whole
from routeopt.areas.bound import Ascent
from routeopt.areas.centres import Centres, Work, first_centres, moved, reseeded
from routeopt.areas.metric import Floats, Ints, Metric
from routeopt.budget import Budget

Progress = Callable[[float, float | None, float | None], None]
"""Called with the seconds so far, the weighted distance of the best areas, and the bound, where they are known."""
STARTS = 4
"""Sets of centres to begin with."""
SHAKES = 6
"""Neighbourhoods whose centres are drawn anew in an iteration."""
STEPS = 40
"""Steps of the bound in an iteration."""
PROOFS = 2
"""Iterations between proofs of the bound."""
WORTHWHILE = 1e-3
"""Share by which centres are better when whole items are assigned to them."""


@dataclass(frozen=True)
class Drawn:
    """Areas, and what is proven of them."""

    area: Ints
    """(n_items,) the area of each."""
    centre: Ints
    """(n_areas,) its centre, an item."""
    value: float
    """Σ work · distance to the centre, over Σ work: the mean distance, metres along streets."""
    bound: float
    """No areas within the tolerance, with whatever centres, have a mean distance below this; 0 if unknown."""
    bound_here: float
    """The same for areas with these centres."""
    deviation: float
    """Greatest difference of an area's work from the mean, as a share of it."""
    iterations: int
    runtime_s: float
    interrupted: bool = False

    @property
    def gap(self) -> float | None:
        """How much shorter the mean distance could be at most, as a share of it; None if nothing is proven."""
        return None if self.bound <= 0 else max(0.0, 1 - self.bound / self.value) if self.value > 0 else 0.0


def draw(
    metric: Metric,
    weight: Floats,
    n_areas: int,
    tolerance: float = 0.03,
    budget: Budget | None = None,
    seed: int = 0,
    *,
    neighbours: tuple[Ints, Ints] | None = None,
    goal: float = 0.0,
    proven: bool = True,
    progress: Progress | None = None,
) -> Drawn:
    """Draw areas; Ctrl-C ends the search with the best so far.

    Parameters
    ----------
    metric
        Distances; there must be a way between any two items.
    weight : (n_items,)
        Work of each item, not negative, in whatever unit; more than 0 for at least ``n_areas`` of them.
    tolerance
        How far an area's work may be from the mean, as a share of it. Where no areas within it are found, `Drawn`
        has a greater ``deviation`` and no bound.
    budget
        Limit of the search; with iterations alone the same seed gives the same areas. Without one, it ends at the
        goal or after 100 iterations.
    neighbours
        CSR of the items next to each item: areas are connected. Without, they need not be.
    goal
        Gap at which the search ends.
    proven
        Whether a bound is computed.
    """
    budget = budget or Budget(iterations=100)
    total = float(weight.sum())
    work = Work(metric, weight / total, n_areas, (1 - tolerance) / n_areas, (1 + tolerance) / n_areas)
    return _Search(work, tolerance, budget, seed, neighbours, goal, proven, progress).run()


class _Search:
    """The best centres, areas and bound so far."""

    def __init__(
        self,
        work: Work,
        tolerance: float,
        budget: Budget,
        seed: int,
        neighbours: tuple[Ints, Ints] | None,
        goal: float,
        proven: bool,
        progress: Progress | None,
    ) -> None:
        self.work, self.tolerance, self.budget, self.seed = work, tolerance, budget, seed
        self.neighbours, self.goal, self.proven, self.progress = neighbours, goal, proven, progress
        self.rng = np.random.default_rng(seed)
        self.began = time.perf_counter()
        self.iterations = 0
        self.bound = 0.0
        self.found: tuple[Centres, Assignment] | None = None
        self.assigned = np.inf
        """Value of the centres that whole items were assigned to last."""
        self.last_s = 0.0
        """What the last proof took, which is left for one at the end."""

    def run(self) -> Drawn:
        """Search until the budget is spent, the goal reached, or Ctrl-C; without any areas the latter goes on."""
        interrupted = False
        try:
            self._search()
        except KeyboardInterrupt:
            if self.found is None:
                raise
            interrupted = True
        assert self.found is not None
        centres, areas = self.found
        balanced = areas.deviation <= self.tolerance * (1 + 1e-9)
        return Drawn(
            areas.area, centres.item, areas.value, self.bound if balanced else 0.0,
            min(centres.value, areas.value) if balanced else 0.0, areas.deviation, self.iterations,
            self.seconds, interrupted,
        )  # fmt: skip

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    def _search(self) -> None:
        centres = moved(self.work, first_centres(self.work, self.rng), self.rng)
        self._assign(centres)
        if self.work.n_areas == 1 and not self.proven:
            return
        for _ in range(STARTS - 1):
            if self._spent():
                break
            other = moved(self.work, first_centres(self.work, self.rng), self.rng)
            centres = other if other.value < centres.value else centres
        ascent = Ascent(self.work, centres) if self.proven else None
        if ascent is not None:
            self._prove(ascent)
        while not self._spent() and not self._proven_enough():
            self.iterations += 1
            for _ in range(SHAKES):
                other = reseeded(self.work, centres, self.rng)
                centres = other if other.value < centres.value else centres
                if self._spent():
                    break
            if centres.value < self.assigned * (1 - WORTHWHILE):
                self._assign(centres)
            if ascent is not None and self.found is not None:
                ascent.rise(STEPS, self.found[1].value)
                if self.iterations % PROOFS == 0:
                    self._prove(ascent)
        if centres.value < self.assigned * (1 - WORTHWHILE):
            self._assign(centres)
        if ascent is not None and not self._proven_enough():
            self._prove(ascent)

    def _assign(self, centres: Centres) -> None:
        """Assign whole items to the centres and keep that if it is better: balanced first, then compact."""
        self.assigned = centres.value
        areas = whole(self.work, centres, self.neighbours, self.seed) or self._unbalanced(centres)
        if self.found is None or self._rank(areas) < self._rank(self.found[1]):
            self.found = centres, areas
        self._say()

    def _unbalanced(self, centres: Centres) -> Assignment:
        """Return areas that are out of balance, but none without items: by distance and price, or by distance."""
        ways = [judged(self.work, centres, area) for area in (centres.members(), centres.distance.argmin(axis=1))]
        n = self.work.n_areas
        return min((one for one in ways if len(np.unique(one.area)) == n), key=self._rank, default=ways[1])

    def _rank(self, areas: Assignment) -> tuple[float, float]:
        return max(areas.deviation, self.tolerance * (1 + 1e-9)), areas.value

    def _prove(self, ascent: Ascent) -> None:
        began = time.perf_counter()
        ascent.prove()
        self.last_s = time.perf_counter() - began
        self.bound = max(self.bound, ascent.best)
        self._say()

    def _proven_enough(self) -> bool:
        return self.found is not None and self.bound >= self.found[1].value * (1 - self.goal)

    def _spent(self) -> bool:
        self._say()
        return self.budget.is_spent(self.seconds + self.last_s, self.iterations)

    def _say(self) -> None:
        if self.progress is not None:
            value = None if self.found is None else self.found[1].value
            self.progress(self.seconds, value, self.bound or None)
