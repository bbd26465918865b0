"""Shared by files for other systems: datum, calendar, and file names that every disk accepts.

Those systems want calendar times. A plan for no particular day is dated (by ``Export.date``, or the day of the
export), and where UTC is wanted a plan whose scenario names no time zone is read in this computer's: both are
said in the file (`said`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike

from routeopt.coordinates import Crs, from_wgs84
from routeopt.exchange.export import Dates
from routeopt.messages import Words
from routeopt.reports.model import ReportModel, Track

NAMES: dict[Crs, str] = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
"""The datums as people write them."""
DECIMALS = 6
"""Digits after the point of a degree: 0.1 m."""
LONGEST = 60
"""Characters of a name in a file name: 180 bytes of UTF-8 at most for Chinese, where disks take 255."""


def calendar(report: ReportModel) -> Dates:
    """Return the calendar of the plan."""
    clock = report.problem.clock
    zone = dt.datetime.now().astimezone().tzinfo if clock.timezone is None else ZoneInfo(clock.timezone)
    assert zone is not None
    date = report.export.date or clock.date
    today = dt.datetime.now(zone).date()
    when = Dates(clock, date or today, date is not None, zone)
    if clock.timezone is None:  # its offset then, not now's
        offset = when.start.astimezone().utcoffset() or dt.timedelta(0)
        when = Dates(clock, when.date, when.given, dt.timezone(offset))
    return when


def said(report: ReportModel, when: Dates, _: Words, *, utc: bool = False) -> list[str]:
    """Notes on a file's positions and times for its reader; ``utc``: the times are UTC."""
    notes = []
    if report.export.crs != "wgs84":
        text = _("Positions are {datum}, as maps in China show them, not WGS-84.")
        notes.append(text.format(datum=NAMES[report.export.crs]))
    if not when.given:
        text = _("The plan is for no particular day; its times are dated {date}, the day of the export.")
        notes.append(text.format(date=when.date.isoformat()))
    if utc and when.clock.timezone is None:
        text = _("The scenario names no time zone; the clock of the computer was taken, {zone}.")
        notes.append(text.format(zone=when.zoned(0).strftime("UTC%z")))
    if when.zoned(0).utcoffset() != when.zoned(when.clock.duration_s).utcoffset():
        notes.append(_("The clocks are changed during this night; the plan's times run on."))
    return notes


def places(report: ReportModel, lat: ArrayLike, lon: ArrayLike) -> tuple[list[float], list[float]]:
    """Convert WGS-84 degrees to the datum of the export, rounded."""
    la, lo = from_wgs84(lat, lon, report.export.crs)
    return np.round(la, DECIMALS).tolist(), np.round(lo, DECIMALS).tolist()


def track_points(report: ReportModel, track: Track) -> list[tuple[float, float, float]]:
    """List (lat, lon, seconds) of a track in the datum of the export, without points that say nothing new.

    Of points on one spot the first and the last in a row are kept, which say how long the team is there, and only
    one of those at one time.
    """
    points: list[tuple[float, float, float]] = []
    for lat, lon, time_s in zip(*places(report, track.lat, track.lon), track.time_s, strict=True):
        if points and points[-1][:2] == (lat, lon):
            if round(points[-1][2]) == round(time_s):
                continue
            if len(points) > 1 and points[-2][:2] == (lat, lon):
                points.pop()
        points.append((lat, lon, time_s))
    return points


def place(report: ReportModel, lat: float, lon: float) -> tuple[float, float]:
    """Convert one position to the datum of the export, rounded."""
    la, lo = from_wgs84(lat, lon, report.export.crs)
    return round(float(la), DECIMALS), round(float(lo), DECIMALS)


def file_names(names: Sequence[str]) -> list[str]:
    """Return distinct file names that every disk accepts, in order: ``01-…``; other characters become ``_``.

    The number in front also keeps reserved names (CON), leading dots and equal names apart.
    """
    width = max(2, len(str(len(names))))
    found = []
    for number, name in enumerate(names, 1):
        plain = unicodedata.normalize("NFC", name)
        plain = "".join("_" if unicodedata.category(c)[0] in "CZ" and c != " " else c for c in plain)
        plain = re.sub(r'[<>:"/\\|?*]', "_", plain)[:LONGEST].rstrip(" .")
        found.append(f"{number:0{width}d}-{plain}" if plain else f"{number:0{width}d}")
    return found


def xml_text(text: str) -> str:
    """Replace the characters that XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def stop_id(team: int, order: int) -> str:
    """A stop's name in files that come back edited: team and order as exported, from 1."""
    return f"T{team + 1}S{order}"
