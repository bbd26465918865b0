"""Parse times of other systems to numpy datetimes; vectorised, format by format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y")
OTHERS = ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日 %H时%M分")
ZONE = r"(?<=\d)\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
MANY = 20
"""At least this many times of day that are all midnight count as missing."""
NO_CLOCK = re.compile(r"[ T](?:00:00(?::00(?:\.0+)?)?|12:00(?::00)? AM)$")
CLOCK_ONLY = r"^\d{1,2}:\d{2}(?::\d{2})?$"


@dataclass(frozen=True)
class Times:
    """Local times; arrays of shape (n,)."""

    value: NDArray[np.datetime64]
    """To the minute; NaT if missing."""
    clock: NDArray[np.bool_]
    """Whether the text had a time of day."""
    dateless: NDArray[np.bool_]
    """A time of day without a date."""
    zone: NDArray[np.object_]
    """Ending such as ``Z`` or ``+08:00``; "" without one."""
    zones: tuple[str, ...]
    """Zone endings found, with "" if some times have no ending."""
    american: bool
    """Whether 3/4/2026 was read as the fourth of March."""


def parse_times(texts: Sequence[str], timezone: str | None = None) -> Times:
    """Parse a column of times.

    Without ``timezone`` endings such as ``Z`` are dropped: portals append them to local times. With one (an IANA
    name) times that have an ending are converted to it. Of 3/4/2026 and 4/3/2026 the order is taken that fits
    more rows; month first when both do.
    """
    column = pd.Series(list(texts), dtype="object").astype(str)
    filled = column != ""
    has_clock = column.str.contains(r"\d:\d\d|时", regex=True)
    dateless = column.str.match(CLOCK_ONLY).to_numpy()
    zone = column.where(has_clock, "").str.extract(ZONE, expand=False).fillna("")
    bare = column.where(zone == "", column.str.replace(ZONE, "", regex=True))
    bare = bare.str.replace("T", " ", n=1, regex=False).str.replace(r"日(?=\d)", "日 ", regex=True)
    unique = pd.Series(bare.unique(), dtype="object")
    found = pd.Series(np.datetime64("NaT", "ns"), index=unique.index)
    _fill(unique, found, [*DAYS, *(f"{day} {clock}" for day in DAYS for clock in CLOCKS), *OTHERS])
    american = True
    if found.isna().any():
        both = []
        for day in ("%m/%d/%Y", "%d/%m/%Y"):
            tried = found.copy()
            _fill(unique, tried, [day, *(f"{day} {clock}" for clock in CLOCKS)])
            both.append(tried)
        american = bool(both[0].notna().sum() >= both[1].notna().sum())
        found = both[0] if american else both[1]
    value = bare.map(dict(zip(unique, found, strict=True))).astype("datetime64[ns]")
    if timezone is not None:
        for ending in set(zone) - {""}:
            rows = (zone == ending) & value.notna()
            offset = pd.Timedelta(0) if ending in ("Z", "UTC", "GMT") else _offset(ending)
            utc = (value[rows] - offset).dt.tz_localize("UTC")
            value[rows] = utc.dt.tz_convert(timezone).dt.tz_localize(None)
    clock = has_clock.to_numpy() | bare.str.match(r"^\d{12,14}$").to_numpy()
    read = value.notna().to_numpy()
    midnight = (value.dt.hour == 0) & (value.dt.minute == 0)
    if (clock & read).sum() >= MANY and midnight[clock & read].all():
        clock[:] = False  # dates, written with a time that none has
    return Times(
        value=value.to_numpy().astype("datetime64[m]"),
        clock=clock,
        dateless=dateless,
        zone=zone.to_numpy(dtype=object),
        zones=tuple(sorted(set(zone[filled & has_clock & ~dateless]))),
        american=american,
    )


def joined(texts: Sequence[str], dates: Sequence[str] | None, clocks: Sequence[str] | None) -> list[str]:
    """Join times with the date or time of day from a column of its own; complete times stay as they are.

    >>> joined(["20:30", "2026-01-02", "2026-01-02 21:00"], ["2026-01-01"] * 3, ["2230", "2230", ""])
    ['2026-01-01 20:30', '2026-01-02 22:30', '2026-01-02 21:00']
    """
    found = list(texts)
    for n, text in enumerate(found):
        if dates is not None and dates[n] and re.match(CLOCK_ONLY, text):
            found[n] = f"{_day(dates[n])} {text}"
        elif clocks is not None and clocks[n] and (not re.search(r"\d:\d\d|时", text) or NO_CLOCK.search(text)):
            clock = clocks[n]
            if re.fullmatch(r"\d{1,4}", clock):  # 5 and 2230 are 00:05 and 22:30
                clock = f"{clock.zfill(4)[:2]}:{clock.zfill(4)[2:]}"
            found[n] = f"{_day(text)} {clock}"
    return found


def _day(text: str) -> str:
    return re.split(r"[ T]", text.strip(), maxsplit=1)[0]


def _fill(texts: pd.Series, found: pd.Series, formats: Sequence[str]) -> None:
    for form in formats:
        rest = found.isna()
        if not rest.any():
            return
        parsed = pd.to_datetime(texts[rest], format=form, errors="coerce")
        found[rest] = parsed.astype("datetime64[ns]")


def _offset(ending: str) -> pd.Timedelta:
    sign = -1 if ending[0] == "-" else 1
    digits = ending[1:].replace(":", "")
    return sign * pd.Timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
