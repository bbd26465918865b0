"""ics/: an iCalendar file (RFC 5545) per team, and all.ics with every team's stops; an event per stop.

A team without stops has one event, its duty at its post: a calendar without events is not valid. ``METHOD`` is
PUBLISH, and ``SEQUENCE`` grows with every export, so that a calendar takes the newer one: this and ``DTSTAMP``
are all that differs between two exports of one plan, unless SOURCE_DATE_EPOCH says when it is.

With ``shift.timezone`` times are in that zone; without, they are floating: the same on whatever clock shows them.
An event keeps its UID when the plan is exported again, so that calendars replace it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from routeopt.exchange.datum import NAMES, calendar, file_names, place, said, stop_id
from routeopt.exchange.export import Dates
from routeopt.messages import words
from routeopt.reports.model import ReportModel, Stop

if TYPE_CHECKING:
    import icalendar


EPOCH_VARIABLE = "SOURCE_DATE_EPOCH"
"""Environment variable: the time of writing that files tell, seconds since 1970 (reproducible-builds.org)."""
FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
"""``SEQUENCE`` counts the seconds since then."""


def write(report: ReportModel, folder: Path) -> None:
    """Write a file per team and all.ics."""
    folder.mkdir(exist_ok=True)
    for team, name in enumerate(file_names(report.problem.team_names)):
        own = report.stops_of[team]
        (folder / f"{name}.ics").write_bytes(_calendar(report, report.problem.team_names[team], own, [team]))
    teams = list(range(report.problem.n_teams))
    (folder / "all.ics").write_bytes(_calendar(report, report.problem.name, list(report.stops), teams))


def _calendar(report: ReportModel, name: str, stops: list[Stop], teams: list[int]) -> bytes:
    import icalendar

    _ = words(report.lang)
    when = calendar(report)
    book = icalendar.Calendar()
    book.add("prodid", "-//routeopt//routeopt//EN")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", name)
    notes = said(report, when, _)
    if notes:
        book.add("x-wr-caldesc", " ".join(notes))
    for stop in stops:
        book.add_component(_event(report, stop, when, notes))
    busy = {stop.team_index for stop in stops}
    for team in (team for team in teams if team not in busy):
        book.add_component(_duty(report, team, when, notes))
    if report.problem.clock.timezone is not None:
        book.add_missing_timezones()
    return bytes(book.to_ical())


def _duty(report: ReportModel, team: int, when: Dates, notes: list[str]) -> icalendar.Event:
    """The duty of a team without stops."""
    problem, _ = report.problem, words(report.lang)
    name, step_s = problem.team_names[team], problem.clock.step_s
    begin, end = int(problem.team_start_step[team]) * step_s, int(problem.team_end_step[team]) * step_s
    post = int(problem.team_start_site[team])
    event = _span(report, when, (name, 0), begin, end)
    event.add("summary", f"{name}: {problem.site_names[post]}")
    event.add("location", problem.site_names[post])
    event.add("categories", [name])
    event.add("geo", place(report, float(problem.site_lat[post]), float(problem.site_lon[post])))
    event.add("description", "\n".join([_("stays at its post: no stop fits"), *notes]))
    return event


def _span(
    report: ReportModel, when: Dates, what: tuple[str, int], begin_s: float, end_s: float
) -> icalendar.Event:
    """An event with its times and what tells it from others; ``what`` is a team and the number of its stop."""
    import icalendar

    floating = report.problem.clock.timezone is None
    event = icalendar.Event()
    now = _now()
    key = "\n".join([report.problem.name, str(when.date), what[0], str(what[1])])
    event.add("uid", f"{hashlib.sha256(key.encode()).hexdigest()[:32]}@routeopt")
    event.add("sequence", int((now - FIRST).total_seconds()))
    event.add("dtstamp", now)
    event.add("dtstart", when.local(begin_s) if floating else when.zoned(begin_s))
    event.add("dtend", when.local(end_s) if floating else when.zoned(end_s))
    return event


def _now() -> dt.datetime:
    """When the file is written, or is said to be."""
    given = os.environ.get(EPOCH_VARIABLE, "")
    if given.isascii() and given.isdigit() and len(given) < 11:
        return dt.datetime.fromtimestamp(int(given), dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _event(report: ReportModel, stop: Stop, when: Dates, notes: list[str]) -> icalendar.Event:
    event = _span(report, when, (stop.team, stop.order), stop.start_s, stop.end_s)
    event.add("summary", f"{stop.team}: {stop.title}")
    event.add("location", ", ".join(part for part in (stop.site, stop.street) if part))
    event.add("categories", [stop.team])
    lat, lon = place(report, stop.lat, stop.lon)
    event.add("geo", (lat, lon))
    event.add("description", "\n".join([stop.reason, f"{lat:.6f}, {lon:.6f} {NAMES[report.export.crs]}", *notes]))
    event.add("x-routeopt-stop", stop_id(stop.team_index, stop.order))
    return event
