"""Read a column of times: which order its dates have, what its numbers are, which times of day say nothing."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents.stamps import (
    AB_YEAR,
    CLOCK,
    MONTH,
    NO_CLOCK,
    NUMBER,
    TWO_DIGITS,
    YMD,
    Stamp,
    full_year,
    stamp,
)  # fmt: skip

DAY_MIN = 1440
FIRST_YEAR, LAST_YEAR = 1970, 2069
"""Incidents of other years are not believed."""
NAT = np.iinfo(np.int64).min
MANY = 20
"""At least this many times of day that are all the same count as missing."""
MANY_MIDNIGHTS = 5
"""And at least this many that are all midnight."""
EXCEL_DAYS = (25_569.0, 62_093.0)
"""Day numbers of spreadsheets from 1970 to 2069."""
EXCEL_DIGITS = 5
"""Day numbers with fewer decimals are rounded to the minute, not cut."""
EXCEL_EPOCH = dt.date(1899, 12, 30).toordinal()
EPOCH = dt.date(1970, 1, 1).toordinal()
LAST_EPOCH = 2_000_000_000
"""Counts of seconds end in May 2033: larger numbers of ten digits are dates without separators."""
SPAN = 2.0
"""Of two orders that fit all rows alike the one is taken whose days span this many times fewer."""


@dataclass(frozen=True)
class Times:
    """A column of times; arrays of shape (n,)."""

    value: NDArray[np.datetime64]
    """As written, to the minute; NaT if missing or not believed."""
    clock: NDArray[np.bool_]
    """Whether the text has a time of day."""
    minute: NDArray[np.int64]
    """Time of day of a text without a date, minutes after midnight; otherwise -1."""
    length_min: NDArray[np.int64]
    """A day or a month where the text has no time of day; otherwise 0."""
    offset: NDArray[np.float64]
    """Minutes east of UTC that the text gives; NaN without an ending."""
    epoch: NDArray[np.bool_]
    """A count of seconds since 1970."""
    absurd: NDArray[np.bool_]
    """A date of a year that is not believed."""
    order: str
    """``mdy`` or ``dmy`` where days and months are written in such an order."""
    doubtful: bool
    """Whether another order fits as many rows."""

    @property
    def dateless(self) -> NDArray[np.bool_]:
        """A time of day without a date."""
        return self.minute >= 0


def parse_times(texts: Sequence[str]) -> Times:
    """Read a column of times, as written.

    Of 3/4/2026 and 4/3/2026 the order is taken that fits more rows; if both fit alike, the one whose dates lie
    closer together; else month first.
    """
    index: dict[Stamp | None, int] = {}
    digits: dict[str, int] = {}
    row, minute = np.zeros(len(texts), dtype=np.int32), np.full(len(texts), NO_CLOCK, dtype=np.int16)
    offset = np.full(len(texts), np.nan)
    for n, text in enumerate(texts):  # a row keeps its time of day; what is the same in many is stored once
        one = stamp(text)
        if one is not None and one.kind == NUMBER:
            row[n] = ~digits.setdefault(one.number, len(digits))
            continue
        if one is not None and one.kind != CLOCK:
            minute[n], offset[n] = one.minute, np.nan if one.offset is None else one.offset
            one = Stamp(one.kind, one.parts)
        row[n] = index.setdefault(one, len(index))
    order, doubtful = _order(list(index), np.bincount(row[row >= 0], minlength=len(index)))
    forms = _forms(digits, np.bincount(~row[row < 0], minlength=len(digits)))
    each = [_read(one, order) for one in index]
    numbers = (_numeric(number, forms.get(_width(number), "")) for number in digits)
    row[row < 0] = len(index) + ~row[row < 0]
    found = np.fromiter(itertools.chain(each, numbers), _FOUND, len(index) + len(digits))[row]
    timed = (minute != NO_CLOCK) & (found["minute"] != NAT)
    value = np.where(timed, found["minute"] + minute, found["minute"]).astype("datetime64[m]")
    absurd = found["absurd"].copy()
    zero = value == np.datetime64(0, "m")
    if zero.any() and not zero[~np.isnat(value)].all():  # a count of 0 among others
        absurd |= zero
        value[zero] = np.datetime64("NaT", "m")
    return Times(
        value, found["clock"] | timed, found["dateless"].copy(), np.where(timed, 0, found["length"]),
        np.where(timed, offset, found["offset"]), found["epoch"].copy(), absurd, order, doubtful,
    )  # fmt: skip


def constant(times: Times, local: NDArray[np.datetime64]) -> bool:
    """Whether all times of day are the same, or two an hour apart (summer time): dates written with a time."""
    rows = times.clock & ~np.isnat(local)
    n = int(rows.sum())
    if n < MANY_MIDNIGHTS:
        return False
    found = set((local[rows].astype(np.int64) % DAY_MIN).tolist())
    if found == {0}:
        return True
    same = len(found) == 1 or (len(found) == 2 and max(found) - min(found) in (60, DAY_MIN - 60))
    return same and n >= MANY


def midnights(times: Times, local: NDArray[np.datetime64]) -> float:
    """Return the share of times of day that are exactly midnight."""
    rows = times.clock & ~np.isnat(local)
    return float((local[rows].astype(np.int64) % DAY_MIN == 0).mean()) if rows.any() else 0.0


_Found = tuple[int, bool, int, int, float, bool, bool]
"""Minutes since 1970 (`NAT`), clock, minute of a dateless text, length, offset, epoch, absurd."""
_FOUND = np.dtype(
    [
        ("minute", np.int64),
        ("clock", np.bool_),
        ("dateless", np.int64),
        ("length", np.int64),
        ("offset", np.float64),
        ("epoch", np.bool_),
        ("absurd", np.bool_),
    ]
)
NOTHING: _Found = (NAT, False, -1, 0, np.nan, False, False)


def _read(one: Stamp | None, order: str) -> _Found:
    if one is None:
        return NOTHING
    if one.kind == CLOCK:
        return (NAT, True, one.minute % DAY_MIN, 0, np.nan, False, False)
    day = _ordinal(_parts(one, order))
    if day is None:
        return NOTHING
    if not _believed(day):
        return (NAT, False, -1, 0, np.nan, False, True)
    begin = (day - EPOCH) * DAY_MIN
    if one.minute != NO_CLOCK:
        return (begin + one.minute, True, -1, 0, np.nan, False, False)
    length = DAY_MIN
    if one.kind == MONTH:
        last = dt.date.fromordinal(day)
        length *= ((last.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - last).days
    return (begin, False, -1, length, np.nan, False, False)


def _parts(one: Stamp, order: str) -> tuple[int, int, int]:
    """Return year, month and day."""
    a, b, c = one.parts
    if one.kind == AB_YEAR:
        return (c, b, a) if order == "dmy" else (c, a, b)
    if one.kind == TWO_DIGITS:
        if order == "ymd":
            return full_year(a), b, c
        return (full_year(c), b, a) if order == "dmy" else (full_year(c), a, b)
    return a, b, c


@functools.lru_cache(maxsize=4096)
def _ordinal(parts: tuple[int, int, int]) -> int | None:
    try:
        return dt.date(*parts).toordinal()
    except ValueError:
        return None


def _believed(day: int) -> bool:
    return FIRST_YEAR <= dt.date.fromordinal(day).year <= LAST_YEAR


def _order(stamps: Sequence[Stamp | None], count: NDArray[np.int64]) -> tuple[str, bool]:
    """Return the order of days and months, and whether another fits as many rows."""
    kinds = {one.kind for one in stamps if one is not None} & {AB_YEAR, TWO_DIGITS}
    if not kinds:
        return "", False
    orders = ("mdy", "dmy") if AB_YEAR in kinds else ("mdy", "dmy", "ymd")
    fits: dict[str, int] = {}
    span: dict[str, int] = {}
    for order in orders:
        days = []
        fits[order] = 0
        for one, n in zip(stamps, count.tolist(), strict=True):
            day = _ordinal(_parts(one, order)) if one is not None and one.kind in kinds else None
            if day is not None and _believed(day):
                fits[order] += n
                days.append(day)
        span[order] = max(days) - min(days) + 1 if days else 1 << 30
    most = max(fits.values())
    alike = [order for order in orders if fits[order] == most]
    close = min(alike, key=lambda order: span[order])
    best = close if span[close] * SPAN <= span[alike[0]] else alike[0]
    return best, len(alike) > 1 and any(one is not None and _differs(one, alike) for one in stamps)


def _differs(one: Stamp, orders: Sequence[str]) -> bool:
    """Whether a date is another by another order."""
    return one.kind in (AB_YEAR, TWO_DIGITS) and len({_parts(one, order) for order in orders}) > 1


def _width(number: str) -> int:
    return len(number.split(".")[0])


def _forms(numbers: Iterable[str], count: NDArray[np.int64]) -> dict[int, str]:
    """Number of digits before the point → what numbers of that length are, by what fits most of them."""
    by_width: dict[int, Counter[str]] = {}
    for number, n in zip(numbers, count, strict=True):
        width = _width(number)
        for form in FORMS.get(width, ()):
            found = _numeric(number, form)
            by_width.setdefault(width, Counter())[form] += int(n) * (found[0] != NAT)
    return {w: max(FORMS[w], key=lambda form: forms[form]) for w, forms in by_width.items() if max(forms.values())}


FORMS: dict[int, tuple[str, ...]] = {
    5: ("excel",), 6: ("ym", "ymd2"), 8: ("ymd",), 10: ("epoch", "ymdh", "ymd2hm"), 12: ("ymdhm", "ymd2hms"),
    13: ("epoch-3",), 14: ("ymdhms",), 16: ("epoch-6",), 17: ("ymdhmsf",), 19: ("epoch-9",),
}  # fmt: skip
"""Number of digits → what they may be, likeliest first."""


def _numeric(number: str, form: str) -> _Found:
    if not form:
        return NOTHING
    whole, _, fraction = number.partition(".")
    if form == "excel":
        return _day_number(float(number), fraction)
    if form.startswith("epoch"):
        seconds = int(whole) // 10 ** int(form[6:] or 0)
        return (seconds // 60, True, -1, 0, 0.0, True, False) if seconds < LAST_EPOCH else NOTHING
    return NOTHING if fraction.strip("0") else _digits(whole, form)


def _day_number(days: float, fraction: str) -> _Found:
    """Read the day number of a spreadsheet, with the digits of its fraction."""
    if not EXCEL_DAYS[0] <= days < EXCEL_DAYS[1]:
        return NOTHING
    minute = round(days * DAY_MIN) if len(fraction) < EXCEL_DIGITS else int(round(days * DAY_MIN * 60) / 60)
    timed = bool(fraction.strip("0"))
    minute += (EXCEL_EPOCH - EPOCH) * DAY_MIN
    return (minute, timed, -1, 0 if timed else DAY_MIN, np.nan, False, False)


def _digits(whole: str, form: str) -> _Found:
    """Read a date without separators: a year of four digits (of two if the form says so), then pairs."""
    wide = 2 if "2" in form else 4
    year = full_year(int(whole[:2])) if wide == 2 else int(whole[:4])
    rest = whole[wide:]
    month, *after = (int(rest[k : k + 2]) for k in range(0, len(rest) - 1, 2))
    if form == "ym":
        return _read(Stamp(MONTH, (year, month, 1)), "")
    day, *clock = after
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    if hour > 23 or minute > 59 or second > 59:
        return NOTHING
    found = _read(Stamp(YMD, (year, month, day), hour * 60 + minute if clock else NO_CLOCK), "")
    return found if found[0] != NAT else NOTHING


def parse_clocks(texts: Sequence[str], *, hours: bool | None = None) -> tuple[NDArray[np.int64], bool]:
    """Read times of day; minutes after midnight (-1 for other texts), and whether only hours are known.

    Numbers are hours (0–23), or hours and minutes (2016), or fractions of a day (0.844), as the column as a whole
    has it; ``hours`` says so where the header does.
    """
    stamps = [stamp(text) for text in texts]
    numbers = [float(s.number) for s in stamps if s is not None and s.kind == NUMBER and _width(s.number) <= 6]
    form = _clock_form(numbers, [s.number for s in stamps if s is not None and s.kind == NUMBER], hours)
    found = np.full(len(stamps), -1, dtype=np.int64)
    for n, one in enumerate(stamps):
        if one is None:
            continue
        if one.kind == NUMBER:
            found[n] = _clock_number(one.number, form)
        elif one.minute != NO_CLOCK:
            found[n] = one.minute % DAY_MIN
    return found, form == "hour"


def _clock_form(numbers: list[float], texts: list[str], hours: bool | None) -> str:
    if not numbers:
        return ""
    most, whole = max(numbers), all(n == int(n) for n in numbers)
    if most < 1 and not whole:
        return "fraction"
    if not whole:
        return (
            "point" if all(len(t.partition(".")[2]) == 2 and int(t.partition(".")[2]) < 60 for t in texts) else ""
        )
    if most <= 24 and hours is not False and not any(len(t) > 2 for t in texts):
        return "hour"
    return "seconds" if any(len(t.partition(".")[0]) > 4 for t in texts) else "packed"


def _clock_number(number: str, form: str) -> int:
    whole = number.partition(".")[0]
    match form:
        case "fraction":
            return int(round(float(number) * 86_400 + 0.5) // 60) % DAY_MIN
        case "hour":
            hour, minute = int(whole), 0
        case "point":
            hour, minute = int(whole), int(number.partition(".")[2])
        case "packed" | "seconds":
            padded = whole.zfill(4 if form == "packed" else 6)
            hour, minute = (
                int(padded[:-2] if form == "packed" else padded[:-4]),
                int(padded[-2:] if form == "packed" else padded[-4:-2]),
            )
        case _:
            return -1
    return (hour * 60 + minute) % DAY_MIN if (hour < 24 or (hour == 24 and minute == 0)) and minute < 60 else -1
