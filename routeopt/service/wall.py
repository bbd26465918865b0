"""What time it is for a shift."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from routeopt.clock import Clock


class Wall:
    """The clock on the wall, in seconds from the plan's start.

    Parameters
    ----------
    clock
        Of the plan; its date must be known.
    start_s
        What the clock shows when it is made, for exercises; None for the true time.
    speed
        How many times as fast as the true time it runs.
    """

    def __init__(
        self, clock: Clock, start_s: float | None = None, speed: float = 1.0,
        tick: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        assert clock.date is not None
        zone = None if clock.timezone is None else ZoneInfo(clock.timezone)
        begin = dt.datetime.combine(clock.date, dt.time(), zone).timestamp() + clock.start_min * 60
        self._tick, self._speed = tick, speed
        self._made = tick()
        self._start_s = self._made - begin if start_s is None else start_s

    def now_s(self) -> int:
        """Return the time now, whole seconds from the plan's start."""
        return self.at(self._tick())

    def at(self, unix_s: float) -> int:
        """Return what the clock shows at a true time (seconds since 1970), whole seconds from the plan's start."""
        return int(self._start_s + (unix_s - self._made) * self._speed)
