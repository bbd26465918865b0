"""Plans that are built in one go: when to leave off, and the progress shown meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable

from routeopt.budget import Budget
from routeopt.search.state import Progress
from routeopt.search.tracker import Tracker

LEAST_S = 0.2
"""A lower limit counts as this much while a plan is built, so that a limit of 0 gives more than an empty one."""
REPORT_S = 0.1
"""Time between two reports of progress."""


class Builder(Tracker):
    """A tracker that says when a plan must be left as far as it is built; the rest of the shift stays empty.

    Limits of iterations do not count: building takes none.
    """

    def __init__(self, budget: Budget, progress: Progress | None) -> None:
        super().__init__(budget, progress)
        self._limit = math.inf if budget.seconds is None else max(budget.seconds, LEAST_S)
        self._reported = 0.0
        self.late = False
        """Whether the time has been found to be over."""

    @property
    def left(self) -> float:
        """Seconds until the limit, infinite without one; negative after it."""
        return self._limit - self.seconds

    def goes_on(self, value: Callable[[], float] | None = None) -> bool:
        """Return whether there is time to go on; report progress, with the value of what is built so far."""
        if self.late:
            return False
        now = self.seconds
        self.late = now >= self._limit
        if self.progress is not None and now - self._reported >= REPORT_S:
            self._reported = now
            self.progress(now, max(0.0, self.value if value is None else value()), None)
        return not self.late
