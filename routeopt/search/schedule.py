"""Chunk size and temperature schedule of the annealing loop."""

from __future__ import annotations

from routeopt.kernels.visibility.anneal import Cooling
from routeopt.search.tracker import Tracker

OPEN_END = 2000
"""Iterations after which a search of unknown length counts as half over."""
CHUNK_S, LONG_CHUNK_S = 0.05, 0.5
"""Length of a chunk: seconds that a kernel runs before the budget is checked again; longer with several threads,
since all wait for the last: iterations differ so much in length that short chunks lose a third of their time."""


class Schedule:
    """Choose the number of iterations of each chunk from the measured speed, and the temperatures in it."""

    def __init__(self, tracker: Tracker, hot: float, cold: float, threads: int = 1) -> None:
        self.tracker, self.hot, self.cold = tracker, hot, cold
        self.chunk_s = CHUNK_S if threads == 1 else LONG_CHUNK_S
        self.iterations_per_s = 0.0
        self._since = tracker.seconds

    def most(self) -> int:
        """Return how many iterations fit in a chunk or in the remaining time, at least 1."""
        left, _ = self.tracker.budget.remaining(self.tracker.seconds, self.tracker.iterations)
        return max(1, int(self.iterations_per_s * min(self.chunk_s, left)))

    def count(self, n: int) -> None:
        """Update the speed after ``n`` iterations."""
        now = self.tracker.seconds
        self.iterations_per_s, self._since = n / max(now - self._since, 1e-9), now

    def cooling(self, n: int) -> Cooling:
        """Return the cooling for the next ``n`` iterations, which `Tracker.go_on` has already counted."""
        budget, now, first = self.tracker.budget, self.tracker.seconds, self.tracker.iterations - n
        share, hot, cold = budget.share(now, first), self.hot, self.cold
        if share is None:
            return Cooling(0.0, 0.0, 1.0 / OPEN_END, hot, cold)
        if budget.iterations is not None:  # independent of the chunk size
            return Cooling(0.0, budget.share(0.0, 1) or 0.0, 0.0, hot, cold)
        then = now + n / self.iterations_per_s if self.iterations_per_s else now
        rate = ((budget.share(then, first + n) or 0.0) - share) / n
        return Cooling(share - rate * first, rate, 0.0, hot, cold)


def temperature(cooling: Cooling, iteration: int, per_visit: float) -> float:
    """Return the temperature of an iteration, as the annealing kernel has it, for an objective per visit."""
    share = 1.0 - (1.0 - cooling.begun - cooling.rate * iteration) * 0.5 ** (iteration * cooling.halving)
    return float(cooling.hot * (cooling.cold / cooling.hot) ** min(1.0, max(0.0, share)) * per_visit)
