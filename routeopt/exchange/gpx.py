"""gpx/: a GPX 1.1 file per team, with a waypoint per stop and the way as a track with times (UTC, as GPX wants).

A waypoint's ``time`` is the stop's start; its extension has arrive, start, end (UTC), dwell_min and the site.
"""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from pathlib import Path

from routeopt.exchange.datum import calendar, file_names, place, said, stop_id, track_points, xml_text
from routeopt.messages import words
from routeopt.reports.model import ReportModel, Stop

GPX = "http://www.topografix.com/GPX/1/1"
OWN = "urn:routeopt:1"


def write(report: ReportModel, folder: Path) -> None:
    """Write a file per team."""
    folder.mkdir(exist_ok=True)
    for team, name in enumerate(file_names(report.problem.team_names)):
        document = ET.ElementTree(_team(report, team))
        ET.indent(document)
        with (folder / f"{name}.gpx").open("wb") as handle:
            document.write(handle, encoding="utf-8", xml_declaration=True)


def _team(report: ReportModel, team: int) -> ET.Element:
    _ = words(report.lang)
    when = calendar(report)
    ET.register_namespace("", GPX)
    ET.register_namespace("routeopt", OWN)
    root = ET.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "routeopt"})
    about = _under(root, "metadata")
    _under(about, "name", f"{report.problem.name}: {report.problem.team_names[team]}")
    _under(about, "desc", " ".join(said(report, when, _, utc=True)))
    for stop in report.stops_of[team]:
        lat, lon = place(report, stop.lat, stop.lon)
        point = _under(root, "wpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
        _under(point, "time", _utc(when.utc(stop.start_s)))
        _under(point, "name", f"{stop.order}. {stop.title}")
        _under(point, "desc", _describe(report, stop))
        own = ET.SubElement(_under(point, "extensions"), f"{{{OWN}}}stop")
        own.attrib |= {
            "id": stop_id(team, stop.order), "site": xml_text(stop.site),
            "arrive": _utc(when.utc(stop.arrive_s)), "start": _utc(when.utc(stop.start_s)),
            "end": _utc(when.utc(stop.end_s)), "dwell_min": f"{stop.dwell_min:g}",
        }  # fmt: skip
    for track in report.tracks:
        if track.team_index == team:
            line = _under(root, "trk")
            _under(line, "name", track.team)
            segment = _under(line, "trkseg")
            for lat, lon, time_s in track_points(report, track):
                point = _under(segment, "trkpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}")
                _under(point, "time", _utc(when.utc(time_s)))
    return root


def _under(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{GPX}}}{tag}", attributes)
    if text:
        child.text = xml_text(text)
    return child


def _utc(time: dt.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(report: ReportModel, stop: Stop) -> str:
    clock = report.problem.clock
    times = f"{clock.text(stop.start_s)}–{clock.text(stop.end_s)}"
    return ". ".join(part for part in (times, stop.street, stop.reason) if part)
