"""How many iterations of a search run before it is asked again whether to stop, and how it cools meanwhile."""

from __future__ import annotations

from routeopt.kernels.visibility.anneal import Cooling
from routeopt.search.state import Tracker

OPEN_END = 2000
"""Iterations after which a search without a foreseeable end is taken to be half over."""
CHUNK_S = 0.05
"""Seconds that a search runs without being asked."""


class Schedule:
    """How fast a search goes, and so how many of its iterations run at a time."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.iterations_per_s = 0.0
        self._since = tracker.seconds

    def most(self) -> int:
        """Iterations of about ``CHUNK_S``, or of what is left of the time."""
        left, _ = self.tracker.budget.remaining(self.tracker.seconds, self.tracker.iterations)
        return max(1, int(self.iterations_per_s * min(CHUNK_S, left)))

    def count(self, n: int) -> None:
        """``n`` iterations were made."""
        now = self.tracker.seconds
        self.iterations_per_s, self._since = n / max(now - self._since, 1e-9), now

    def cooling(self, n: int, hot: float, cold: float) -> Cooling:
        """How the temperature falls in the next ``n`` iterations, which `Tracker.go_on` has counted."""
        budget, now, first = self.tracker.budget, self.tracker.seconds, self.tracker.iterations - n
        share = budget.share(now, first)
        if share is None:
            return Cooling(0.0, 0.0, 1.0 / OPEN_END, hot, cold)
        if budget.iterations is not None:  # whatever the size of the chunks
            return Cooling(0.0, budget.share(0.0, 1) or 0.0, 0.0, hot, cold)
        then = now + n / self.iterations_per_s if self.iterations_per_s else now
        rate = ((budget.share(then, first + n) or 0.0) - share) / n
        return Cooling(share - rate * first, rate, 0.0, hot, cold)
