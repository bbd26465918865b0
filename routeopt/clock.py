"""Convert between wall time as people write it, seconds from the plan's start, and steps.

Every ``_s`` value in the project is an int number of seconds from the plan's start. Step *t* covers the seconds
``[t·step_s, (t+1)·step_s)``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from routeopt.errors import Fault, MisreadError
from routeopt.guard import kind, refuse, shown, whole

DAY_S = 86_400
CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y")
EPOCH = dt.datetime(1899, 12, 30)
"""Day 0 of spreadsheets."""
FIRST_YEAR = 1906
"""Dates of earlier years are times of day, shown as dates."""
NEXT_DAY = re.compile(r"次日|翌日|明日|第二天|次晨|\+(\d{1,3})$")
"""Says on which day a time is: the next one, or its number after the first day of the plan."""
CLOCK = re.compile(r"^(上午|下午|晚上?|凌晨)?(\d{1,2})[:点时](?:(\d{1,2})(?:[:分](\d{1,2})秒?)?分?)?(am|pm)?$")


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

    def steps(self, minutes: float, *, up: bool = False) -> int:
        """Return how many whole steps some minutes are, or with ``up`` how many hold them, to 1e-9 of a step."""
        steps = minutes * 60 / self.step_s
        return math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9)

    def nearest_steps(self, minutes: float) -> int:
        """Return about how many steps some minutes are."""
        return round(minutes * 60 / self.step_s)

    def step_at(self, minute: float, *, up: bool = False) -> int:
        """Return the step in which a time lies, or with ``up`` the first one that begins then or later.

        ``minute`` is minutes after the midnight of the start's day; the step may lie outside the plan.
        """
        return self.steps(minute - self.start_min, up=up)

    def text(self, time_s: float) -> str:
        """Format a time in seconds from the plan's start as wall time, ``HH:MM`` (24 hours)."""
        minute = int(self.start_min + time_s // 60) % 1440
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def exact(self, time_s: int) -> str:
        """Format a time for `seconds_of`: ``21:40``, with seconds if it has some, ``02:00+1`` outside the plan."""
        past = self.start_min * 60 + time_s
        text = self.text(time_s) + (f":{past % 60:02d}" if past % 60 else "")
        return text if 0 <= time_s <= self.duration_s and time_s < DAY_S else f"{text}+{past // DAY_S}"


def _uneven(step_s: int) -> list[Fault]:
    """The fault of a step that does not fit into minutes, nor minutes into it."""
    return [Fault("RO-428", "clock.step_s", got=int(step_s))] if 60 % step_s and step_s % 60 else []


@dataclass(frozen=True)
class Moment:
    """A time as written."""

    time_s: int
    """Seconds after the midnight of ``day``, or of the day meant if that is None."""
    day: dt.date | None = None
    absolute: bool = False
    """Without a day: whether ``time_s`` counts from the plan's first midnight (26:00, 02:00+1)."""


def moment(value: Any) -> Moment:
    """Parse a cell's time from a date, a time, a fraction of a day, or text; to the second.

    Raises
    ------
    MisreadError
        If the cell cannot be read as such.
    """
    match value:
        case dt.datetime():
            return _dated(value)
        case dt.time():
            return Moment(value.hour * 3600 + value.minute * 60 + value.second + (value.microsecond >= 500_000))
        case dt.timedelta():
            return Moment(round(value.total_seconds()), absolute=value >= dt.timedelta(days=1))
        case bool():
            pass
        case int() | float() if 0 <= value < 2:
            return Moment(round(value * DAY_S), absolute=value >= 1)
        case int() | float() if 2000 < value < 100_000:
            return _dated(EPOCH + dt.timedelta(seconds=round(value * DAY_S)))
        case str():
            return _text(value)
    raise MisreadError("RO-560", value=value)


def _dated(value: dt.datetime) -> Moment:
    try:
        whole = value.replace(microsecond=0) + dt.timedelta(seconds=value.microsecond >= 500_000)
    except OverflowError:
        raise MisreadError("RO-560", value=value) from None
    time_s = whole.hour * 3600 + whole.minute * 60 + whole.second
    return Moment(time_s, None if whole.year < FIRST_YEAR else whole.date())


def _text(value: str) -> Moment:
    text = unicodedata.normalize("NFKC", value).strip()
    later = NEXT_DAY.search(text)
    match = CLOCK.match(re.sub(r"\s+", "", NEXT_DAY.sub("", text)).lower())
    if match:
        h, m, s = _hour(match), int(match[3] or 0), int(match[4] or 0)
        if h > 47 or m > 59 or s > 59:
            raise MisreadError("RO-561", value=value)
        days = 0 if later is None else int(later[1] or 1)
        return Moment((h + 24 * days) * 3600 + m * 60 + s, absolute=later is not None or h >= 24)
    try:
        return _dated(dt.datetime.fromisoformat(text))
    except ValueError:
        for form in (f"{day} {clock}" for day in DAYS for clock in CLOCKS):
            try:
                return _dated(dt.datetime.strptime(text, form))
            except ValueError:
                continue
    raise MisreadError("RO-560", value=value)


def _hour(match: re.Match[str]) -> int:
    """The hour of the day; twelve at night is midnight."""
    part, hour, half = match[1], int(match[2]), match[5]
    if hour < 12 and (half == "pm" or part in ("下午", "晚", "晚上")):
        return hour + 12
    return 0 if hour == 12 and (half == "am" or part in ("凌晨", "晚", "晚上")) else hour


def in_zone(value: Any, clock: Clock) -> Any:
    """Convert a time with an offset from UTC, text or `datetime`, to the plan's clock; return others unchanged.

    The plan's clock runs on where the clocks are changed during the plan.

    Raises
    ------
    MisreadError
        If it is before the year 1 or after 9999 there.
    """
    try:
        return _in_zone(value, clock)
    except OverflowError:
        raise MisreadError("RO-560", value=value) from None


def _in_zone(value: Any, clock: Clock) -> Any:
    try:
        when = dt.datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        return value
    if not isinstance(when, dt.datetime) or when.tzinfo is None:
        return value
    if clock.timezone is None:
        return when.replace(tzinfo=None)
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(clock.timezone)
    if clock.date is None:
        return when.astimezone(zone).replace(tzinfo=None)
    start = dt.datetime.combine(clock.date, dt.time()) + dt.timedelta(minutes=clock.start_min)
    return start + (when - start.replace(tzinfo=zone).astimezone(dt.UTC))


def seconds(found: Moment, clock: Clock, *, days: bool, inside: bool = True) -> int:
    """Return seconds from the plan's start; without ``days``, or if the plan has no day, the date is ignored.

    Raises
    ------
    MisreadError
        If the time is outside the plan; without ``inside`` only if it does not say on which day it is.
    """
    begin = clock.start_min * 60
    around = (found.time_s - begin) % DAY_S
    dated = found.day is not None and days and clock.date is not None
    if dated:
        time_s = (found.day - clock.date).days * DAY_S + found.time_s - begin  # type: ignore[operator]
    elif found.absolute:
        time_s = found.time_s - begin
    else:
        time_s = around
    if 0 <= time_s <= clock.duration_s or (not inside and (dated or found.absolute)):
        return time_s
    day = f"{found.day} " if found.day is not None else ""
    values = {
        "time": f"{day}{found.time_s // 3600:02d}:{found.time_s // 60 % 60:02d}",
        "first": clock.text(0), "last": clock.text(clock.duration_s),
    }  # fmt: skip
    if around <= clock.duration_s and found.day is not None and clock.date is not None:
        there = clock.date + dt.timedelta(days=(begin + around) // DAY_S)
        raise MisreadError("RO-563", **values, day=there, clock=clock.text(around))
    raise MisreadError("RO-562", **values)


def seconds_of(value: Any, clock: Clock, *, inside: bool = True) -> int:
    """Return seconds from the plan's start of a text (``21:40``, ``02:00+1``), a `datetime.time` or a `datetime`.

    A time without a day is the first such time of the plan.

    Raises
    ------
    MisreadError
        If it is no time of day, or outside the plan (see `seconds`).
    """
    if not isinstance(value, (str, dt.time, dt.datetime)) or (isinstance(value, dt.time) and value.tzinfo):
        raise MisreadError("RO-560", value=shown(value))
    aware = isinstance(value, dt.datetime) and value.tzinfo is not None
    if aware and clock.timezone is None:
        raise MisreadError("RO-567", value=value)
    return seconds(moment(in_zone(value, clock)), clock, days=True, inside=inside)
