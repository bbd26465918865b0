"""Time, iterations, the best plan so far and the convergence history of a search."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from routeopt.budget import Budget
from routeopt.plan import Result

if TYPE_CHECKING:
    from routeopt.search.state import Progress, Search, Visits


class Tracker:
    """Keep time, iterations, the best plan and the convergence history; decide whether a search goes on."""

    def __init__(self, budget: Budget, progress: Progress | None) -> None:
        self.budget, self.progress = budget, progress
        self.began = time.perf_counter()
        self.iterations = 0
        self.improved_at = 0
        """Iteration in which the best plan so far was found."""
        self.value = self._known = -np.inf
        self.routes: list[Visits] = []
        self.history: list[tuple[float, float]] = []

    @property
    def seconds(self) -> float:
        """Seconds since the search started."""
        return time.perf_counter() - self.began

    def offer(self, routes: Sequence[Visits], value: float) -> bool:
        """Keep the routes if they are the best so far; return whether they are."""
        if value <= self.value:
            return False
        self.keep(routes, value)
        return True

    def keep(self, routes: Sequence[Visits], value: float) -> None:
        """Make the routes the best plan, whatever their value."""
        self.value, self.routes = value, list(routes)
        if value >= 0:  # otherwise a mandatory task is unserved
            self.history.append((self.seconds, value))

    def offer_later(self, search: Search) -> None:
        """Keep the annealing kernel's best plan if it is the best so far, with the iteration that found it."""
        found, value = search.best, search.as_share(float(search.best.objective[0]))
        if value > self.value:
            self.keep([r[: max(0, n)].copy() for r, n in zip(found.routes, found.counts, strict=True)], value)
            self.improved_at, self._known = int(found.iteration[0]), value

    def go_on(self, most: int = 1) -> int:
        """Report progress; return (and count) how many iterations may start now, up to ``most``, 0 to stop."""
        now = self.seconds
        if self.progress is not None:
            self.progress(now, max(0.0, self.value), None)
        if self.value > self._known:
            self.improved_at, self._known = self.iterations, self.value
        if self.budget.is_spent(now, self.iterations, self.improved_at):
            return 0
        _, iterations = self.budget.remaining(now, self.iterations, self.improved_at)
        n = int(max(1, min(most, iterations)))
        self.iterations += n
        return n

    def result(
        self, search: Search, strategy: str, seed: int, interrupted: bool = False, bound: float | None = None
    ) -> Result:
        """Return the best plan found as a Result."""
        value = self.value
        if value < 0 or search.problem.has_prices:
            search.set_plan(self.routes)
            value = search.worth()
        return Result(
            plan=search.plan(self.routes), value=value, strategy=strategy, seed=seed,
            runtime_s=self.seconds, iterations=self.iterations,
            history=tuple(self.history) or ((self.seconds, value),), interrupted=interrupted, bound=bound,
            prices=search.floors.kept if search.floors else (),
        )  # fmt: skip
