"""ics/: an iCalendar file (RFC 5545) per team, and all.ics with every team's stops; an event per stop.

With ``shift.timezone`` times are in that zone; without, they are floating: the same on whatever clock shows them.
An event keeps its UID when the plan is exported again, so that calendars replace it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from routeopt.exchange.datum import NAMES, calendar, file_names, place, said, stop_id
from routeopt.exchange.export import Dates
from routeopt.messages import words
from routeopt.reports.model import ReportModel, Stop

if TYPE_CHECKING:
    import icalendar


def write(report: ReportModel, folder: Path) -> None:
    """Write a file per team and all.ics."""
    folder.mkdir(exist_ok=True)
    for team, name in enumerate(file_names(report.problem.team_names)):
        own = [stop for stop in report.stops if stop.team_index == team]
        (folder / f"{name}.ics").write_bytes(_calendar(report, report.problem.team_names[team], own))
    (folder / "all.ics").write_bytes(_calendar(report, report.problem.name, list(report.stops)))


def _calendar(report: ReportModel, name: str, stops: list[Stop]) -> bytes:
    import icalendar

    _ = words(report.lang)
    when = calendar(report)
    book = icalendar.Calendar()
    book.add("prodid", "-//routeopt//routeopt//EN")
    book.add("version", "2.0")
    book.add("x-wr-calname", name)
    notes = said(report, when, _)
    if notes:
        book.add("x-wr-caldesc", " ".join(notes))
    for stop in stops:
        book.add_component(_event(report, stop, when, notes))
    if report.problem.clock.timezone is not None and stops:
        book.add_missing_timezones()
    return bytes(book.to_ical())


def _event(report: ReportModel, stop: Stop, when: Dates, notes: list[str]) -> icalendar.Event:
    import icalendar

    floating = report.problem.clock.timezone is None
    event = icalendar.Event()
    key = f"{report.problem.name}\n{when.date}\n{stop.team}\n{stop.order}"
    event.add("uid", f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@routeopt")
    event.add("dtstamp", dt.datetime.now(dt.UTC).replace(microsecond=0))
    event.add("dtstart", when.local(stop.start_s) if floating else when.zoned(stop.start_s))
    event.add("dtend", when.local(stop.end_s) if floating else when.zoned(stop.end_s))
    event.add("summary", f"{stop.team}: {stop.site}")
    event.add("location", ", ".join(part for part in (stop.site, stop.street) if part))
    event.add("categories", [stop.team])
    lat, lon = place(report, stop.lat, stop.lon)
    event.add("geo", (lat, lon))
    event.add("description", "\n".join([stop.reason, f"{lat:.6f}, {lon:.6f} {NAMES[report.export.crs]}", *notes]))
    event.add("x-routeopt-stop", stop_id(stop.team_index, stop.order))
    return event
