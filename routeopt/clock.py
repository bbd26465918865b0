"""Convert between wall time, seconds from the plan's start, and steps.

Every ``_s`` value in the project is an int number of seconds from the plan's start. Step *t* covers the seconds
``[t·step_s, (t+1)·step_s)``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from routeopt.errors import Fault
from routeopt.guard import kind, refuse, whole


@dataclass(frozen=True)
class Clock:
    """Start, length and time grid of a plan.

    Raises
    ------
    InputError
        If a number is not whole or out of range, or a date or time zone has another type; lists all faults.
    """

    start_min: int
    """Minutes after midnight of ``date`` at which the plan starts (19:00 is 1140)."""
    n_steps: int
    """Number of steps in the plan."""
    step_s: int = 60
    """Length of a step, seconds; divides 60 or is a multiple of it."""
    date: dt.date | None = None
    """Calendar date on which the plan starts; None if the plan is not tied to a date."""
    timezone: str | None = None
    """IANA name of the time zone of the wall clock; None if not given."""

    def __post_init__(self) -> None:
        faults = whole("clock.start_min", self.start_min, 0) + whole("clock.n_steps", self.n_steps, 1)
        faults += wrong if (wrong := whole("clock.step_s", self.step_s, 1)) else _uneven(self.step_s)
        faults += kind("clock.date", self.date, dt.date, optional=True)
        refuse(faults + kind("clock.timezone", self.timezone, str, optional=True))
        for key in ("start_min", "n_steps", "step_s"):
            object.__setattr__(self, key, int(getattr(self, key)))

    @property
    def duration_s(self) -> int:
        """Length of the plan, seconds."""
        return self.n_steps * self.step_s

    def text(self, time_s: float) -> str:
        """Format a time in seconds from the plan's start as wall time, ``HH:MM`` (24 hours)."""
        minute = int(self.start_min + time_s // 60) % 1440
        return f"{minute // 60:02d}:{minute % 60:02d}"


def _uneven(step_s: int) -> list[Fault]:
    """The fault of a step that does not fit into minutes, nor minutes into it."""
    return [Fault("RO-428", "clock.step_s", got=int(step_s))] if 60 % step_s and step_s % 60 else []
