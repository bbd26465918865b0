"""Times with an offset from UTC, as the town's clocks showed them; checked against other columns of the file."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents.times import DAY_MIN, Times

Minutes = NDArray[np.int64]
LEAST = 10
"""Rows with evidence below which it does not count."""
AGREES = 0.8
"""Least share of rows that a reading of the times must agree with to be taken by it."""
AHEAD = 0.15
"""And by so much more than the other reading."""
HALF_HOUR = 30


@dataclass(frozen=True)
class Evidence:
    """What other columns say of the time of day: arrays of shape (n,)."""

    first: Minutes
    """Minutes after midnight from which it may be; -1 for rows without evidence."""
    last: Minutes
    """And to which, exclusive; beyond 1440 on the day after."""
    column: str
    """Name of the column."""

    def agreement(self, local: NDArray[np.datetime64]) -> float | None:
        """Return the share of rows in which a reading of the times agrees; None with too few of them."""
        rows = (self.first >= 0) & ~np.isnat(local)
        if int(rows.sum()) < LEAST:
            return None
        minute = local[rows].astype(np.int64) % DAY_MIN
        return float((((minute - self.first[rows]) % DAY_MIN) < (self.last[rows] - self.first[rows])).mean())


@dataclass(frozen=True)
class Verdict:
    """How times with an offset are read."""

    convert: bool
    zone: str
    """IANA name, or "" if none is known."""
    by: str
    """``key``, ``column``, ``stated``, ``offset``, ``nearest`` or ``none``; see `decide`."""
    evidence: str = ""
    """Column that tells, if one does."""
    written: float | None = None
    """Its agreement with the times as written."""
    converted: float | None = None


def decide(
    columns: Sequence[Times],
    evidence: Sequence[Evidence],
    timezone: str | None,
    place: tuple[float, float] | None,
    *,
    local: bool,
) -> Verdict:
    """Decide whether times that end in an offset are converted, and to which zone.

    The planner's word counts first, then a column of the file that agrees with one reading alone, then the stated
    time zone. Without one, ``Z`` is converted to the zone of the nearest town of the zone database; times with
    other offsets stay as the clock showed them, and so does a count of seconds, of which as many are local.
    """
    zone = timezone or (nearest_zone(*place) if place is not None else "")
    if local:
        return Verdict(False, zone, "key")
    told = [_told(one, times, zone) for one in evidence for times in columns] if zone else []
    best = max((verdict for verdict in told if verdict is not None), key=_most, default=None)
    if best is not None:
        return best
    if timezone is not None:
        return Verdict(True, zone, "stated")
    offsets = np.concatenate([t.offset[~np.isnan(t.offset)] for t in columns])
    counted = any(t.epoch.any() for t in columns)
    if (offsets != 0).any() and not (offsets == 0).any():
        return Verdict(False, zone, "offset")  # what the clock showed, with its distance from UTC
    if counted or not zone:
        return Verdict(False, zone, "none")
    return Verdict(True, zone, "nearest")


def _told(one: Evidence, times: Times, zone: str) -> Verdict | None:
    """Return the reading that a column's evidence agrees with, None where it tells neither from the other."""
    written = one.agreement(times.value)
    if written is None:
        return None
    converted = one.agreement(to_zone(times, zone))
    if converted is None or max(written, converted) < AGREES or abs(written - converted) < AHEAD:
        return None
    return Verdict(converted > written, zone, "column", one.column, written, converted)


def _most(one: Verdict) -> float:
    return max(one.written or 0.0, one.converted or 0.0)


def to_zone(times: Times, zone: str) -> NDArray[np.datetime64]:
    """Convert the times that have an offset to a zone's clock; others stay as they are."""
    rows = ~np.isnan(times.offset) & ~np.isnat(times.value)
    value = times.value.copy()
    utc = value[rows].astype(np.int64) - times.offset[rows].astype(np.int64)
    part, index = np.unique(utc // HALF_HOUR, return_inverse=True)
    clock = ZoneInfo(zone)
    shift = np.array([_offset(clock, int(half) * HALF_HOUR) for half in part], dtype=np.int64)
    if len(part):
        value[rows] = (utc + shift[index]).astype("datetime64[m]")
    return value


def _offset(zone: ZoneInfo, minute: int) -> int:
    when = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
    offset = when.astimezone(zone).utcoffset() or dt.timedelta(0)
    return round(offset.total_seconds() / 60)


def nearest_zone(lat: float, lon: float) -> str:
    """Return the zone whose principal town is the nearest, by the table of the zone database; "" without one."""
    names, places = _towns()
    if not names:
        return ""
    phi, lam = np.radians(lat), np.radians(lon)
    a, o = np.radians(places[:, 0]), np.radians(places[:, 1])
    angle = np.arccos(np.clip(np.sin(phi) * np.sin(a) + np.cos(phi) * np.cos(a) * np.cos(o - lam), -1, 1))
    return names[int(angle.argmin())]


@functools.cache
def _towns() -> tuple[list[str], NDArray[np.float64]]:
    try:
        text = importlib.resources.files("tzdata.zoneinfo").joinpath("zone1970.tab").read_text(encoding="utf-8")
    except (OSError, ModuleNotFoundError):
        return [], np.zeros((0, 2))
    names, places = [], []
    for line in text.splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) < 3:
            continue
        lat, lon = re.findall(r"[+-]\d+", cells[1])
        names.append(cells[2])
        places.append((_angle(lat, 2), _angle(lon, 3)))
    return names, np.array(places)


def _angle(text: str, digits: int) -> float:
    """Read ±DDMM, ±DDDMM or the same with seconds."""
    degrees, rest = int(text[1 : 1 + digits]), text[1 + digits :]
    value = degrees + int(rest[:2] or 0) / 60 + int(rest[2:4] or 0) / 3600
    return -value if text[0] == "-" else value
