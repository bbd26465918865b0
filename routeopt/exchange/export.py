"""In which datum and on which day files for other systems are written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from routeopt.clock import Clock
from routeopt.coordinates import Crs


@dataclass(frozen=True)
class Export:
    """How files for other systems give positions and times. ``plan.json`` is not among them: it is WGS-84."""

    crs: Crs = "wgs84"
    date: dt.date | None = None
    """Day on which the plan starts; default: the plan's own, or today."""


@dataclass(frozen=True)
class Dates:
    """Seconds from the plan's start → calendar times."""

    clock: Clock
    date: dt.date
    given: bool
    """Whether somebody said the date, or it is only today's."""
    zone: dt.tzinfo
    start: dt.datetime = field(init=False)
    """Wall clock at the plan's start, without zone."""

    def __post_init__(self) -> None:
        midnight = dt.datetime.combine(self.date, dt.time())
        object.__setattr__(self, "start", midnight + dt.timedelta(minutes=self.clock.start_min))

    def local(self, time_s: float) -> dt.datetime:
        """The plan's clock, without zone: it runs on where the clocks are changed during the night."""
        return self.start + dt.timedelta(seconds=round(time_s))

    def utc(self, time_s: float) -> dt.datetime:
        """The instant."""
        begin = self.start.replace(tzinfo=self.zone).astimezone(dt.UTC)
        return begin + dt.timedelta(seconds=round(time_s))

    def zoned(self, time_s: float) -> dt.datetime:
        """The instant on the zone's own clocks."""
        return self.utc(time_s).astimezone(self.zone)
