"""Parse cells of edited plans: times and minutes as planners type them and spreadsheets save them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from routeopt.clock import Clock
from routeopt.errors import Fault

DAY_S = 86_400
CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y")
EPOCH = dt.datetime(1899, 12, 30)
"""Day 0 of spreadsheets."""
FIRST_YEAR = 1906
"""Dates of earlier years are times of day, shown as dates."""
NEXT_DAY = re.compile(r"次日|翌日|明日|第二天|次晨|\+1$")
CLOCK = re.compile(r"^(上午|下午|晚上?|凌晨)?(\d{1,2})[:点时](?:(\d{1,2})(?:[:分](\d{1,2})秒?)?分?)?(am|pm)?$")


class CellError(Exception):
    """A cell that holds neither a time nor minutes: a code with values, as `routeopt.errors.Fault` has them."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values

    def at(self, place: str) -> Fault:
        """The fault of a cell."""
        return Fault(self.code, place, **self.values)


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
    CellError
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
    raise CellError("RO-560", value=value)


def _dated(value: dt.datetime) -> Moment:
    whole = value.replace(microsecond=0) + dt.timedelta(seconds=value.microsecond >= 500_000)
    time_s = whole.hour * 3600 + whole.minute * 60 + whole.second
    return Moment(time_s, None if whole.year < FIRST_YEAR else whole.date())


def _text(value: str) -> Moment:
    text = unicodedata.normalize("NFKC", value).strip()
    later = NEXT_DAY.search(text) is not None
    bare = re.sub(r"\s+", "", NEXT_DAY.sub("", text)).lower()
    match = CLOCK.match(bare)
    if match:
        part, hour, minute, second, half = match.groups()
        h, m, s = int(hour), int(minute or 0), int(second or 0)
        if h < 12 and (half == "pm" or part in ("下午", "晚", "晚上")):
            h += 12
        elif h == 12 and (half == "am" or part == "凌晨"):
            h = 0
        if h < 48 and m < 60 and s < 60:
            return Moment((h + 24 * later) * 3600 + m * 60 + s, absolute=later or h >= 24)
        raise CellError("RO-561", value=value)
    try:
        return _dated(dt.datetime.fromisoformat(text))
    except ValueError:
        for form in (f"{day} {clock}" for day in DAYS for clock in CLOCKS):
            try:
                return _dated(dt.datetime.strptime(text, form))
            except ValueError:
                continue
    raise CellError("RO-560", value=value)


def in_zone(value: Any, clock: Clock) -> Any:
    """Convert a text with an offset from UTC to the plan's wall clock; return anything else unchanged."""
    if not isinstance(value, str):
        return value
    try:
        when = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    if when.tzinfo is None:
        return value
    local = when if clock.timezone is None else when.astimezone(ZoneInfo(clock.timezone))
    return local.replace(tzinfo=None)


def seconds(found: Moment, clock: Clock, *, days: bool) -> int:
    """Return seconds from the plan's start; without ``days``, or if the plan has no day, the date is ignored.

    Raises
    ------
    CellError
        If the time is outside the plan.
    """
    begin = clock.start_min * 60
    around = (found.time_s - begin) % DAY_S
    if found.day is not None and days and clock.date is not None:
        time_s = (found.day - clock.date).days * DAY_S + found.time_s - begin
    elif found.absolute:
        time_s = found.time_s - begin
    else:
        time_s = around
    if 0 <= time_s <= clock.duration_s:
        return time_s
    day = f"{found.day} " if found.day is not None else ""
    values = {
        "time": f"{day}{found.time_s // 3600:02d}:{found.time_s // 60 % 60:02d}",
        "first": clock.text(0), "last": clock.text(clock.duration_s),
    }  # fmt: skip
    if around <= clock.duration_s and found.day is not None and clock.date is not None:
        there = clock.date + dt.timedelta(days=(begin + around) // DAY_S)
        raise CellError("RO-563", **values, day=there, clock=clock.text(around))
    raise CellError("RO-562", **values)


def minutes(value: Any) -> float:
    """Parse a cell's length in minutes: a number, ``10 min``, ``10分钟``, or a duration (0:10).

    Raises
    ------
    CellError
        If the cell cannot be read as such.
    """
    match value:
        case dt.timedelta():
            return value.total_seconds() / 60
        case dt.time():
            return value.hour * 60 + value.minute + value.second / 60
        case bool() | dt.datetime():
            pass
        case int() | float():
            return float(value)
        case str():
            text = unicodedata.normalize("NFKC", value).strip().lower()
            number = re.match(r"^(\d+(?:[.,]\d+)?)\s*(m|min|mins|minutes?|分钟?|')?$", text)
            if number:
                return float(number[1].replace(",", "."))
            clock = re.match(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$", text)
            if clock:
                return int(clock[1]) * 60 + int(clock[2]) + int(clock[3] or 0) / 60
    raise CellError("RO-564", value=value)


def dwell_index(length_min: float, menu_min: Sequence[float]) -> int:
    """Return the index of a length in the dwell menu.

    Raises
    ------
    CellError
        If the length is not on the menu.
    """
    for n, item in enumerate(menu_min):
        if abs(item - length_min) < 1 / 120:
            return n
    values = {
        "minutes": f"{length_min:g}", "menu": [f"{item:g}" for item in menu_min],
        "near": f"{min(menu_min, key=lambda item: abs(item - length_min)):g}",
    }  # fmt: skip
    pair = next(((a, b) for a in reversed(menu_min) for b in menu_min if abs(a + b - length_min) < 1 / 120), None)
    if pair is not None:
        raise CellError("RO-566", **values, first=f"{pair[0]:g}", second=f"{pair[1]:g}")
    raise CellError("RO-565", **values)
