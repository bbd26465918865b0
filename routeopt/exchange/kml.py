"""routes.kml and routes.kmz (KML 2.2): a folder per team with its route, its track over time and its stops.

The track is a ``gx:Track``, which programs with a time slider play; the route is the same line for all others.
Times have their offset from UTC. A stop's ``ExtendedData`` has id, team, site, zone, street, arrive, start, end,
dwell_min and reason.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from html import escape
from pathlib import Path

from routeopt.exchange.datum import calendar, place, places, said, stop_id, track_points, xml_text
from routeopt.exchange.export import Dates
from routeopt.messages import words
from routeopt.reports.colours import colour
from routeopt.reports.model import ReportModel, Stop, Track

KML = "http://www.opengis.net/kml/2.2"
GX = "http://www.google.com/kml/ext/2.2"


def write(report: ReportModel, path: Path) -> None:
    """Write routes.kml."""
    path.write_bytes(_document(report))


def write_kmz(report: ReportModel, path: Path) -> None:
    """Write the same, zipped."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("doc.kml"), _document(report), zipfile.ZIP_DEFLATED)


def _document(report: ReportModel) -> bytes:
    _ = words(report.lang)
    when = calendar(report)
    ET.register_namespace("", KML)
    ET.register_namespace("gx", GX)
    root = ET.Element(f"{{{KML}}}kml")
    document = _under(root, "Document")
    _under(document, "name", report.problem.name)
    _under(document, "open", "1")
    _under(document, "description", escape(" ".join(said(report, when, _))))
    for team in range(report.problem.n_teams):
        style = ET.SubElement(document, f"{{{KML}}}Style", {"id": f"team{team + 1}"})
        _under(_under(style, "IconStyle"), "color", _abgr(team))
        line = _under(style, "LineStyle")
        _under(line, "color", _abgr(team))
        _under(line, "width", "4")
    for track in report.tracks:
        folder = _under(document, "Folder")
        _under(folder, "name", track.team)
        _route(folder, report, track, when, _("{team}: route").format(team=track.team))
        _track(folder, report, track, when, _("{team}: by time").format(team=track.team))
        for stop in report.stops_of[track.team_index]:
            _stop(folder, report, stop, when)
    out = io.BytesIO()
    ET.indent(root)
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()


def _route(folder: ET.Element, report: ReportModel, track: Track, when: Dates, name: str) -> None:
    mark = _placemark(folder, name, track.team_index, (track.time_s[0], track.time_s[-1]), when)
    line = _under(mark, "LineString")
    _under(line, "tessellate", "1")
    at = zip(*places(report, track.lat, track.lon), strict=True)
    _under(line, "coordinates", " ".join(f"{lon:.6f},{lat:.6f}" for lat, lon in at))


def _track(folder: ET.Element, report: ReportModel, track: Track, when: Dates, name: str) -> None:
    mark = _placemark(folder, name, track.team_index, None, when)
    line = ET.SubElement(mark, f"{{{GX}}}Track")
    points = track_points(report, track)
    for _lat, _lon, time_s in points:
        _under(line, "when", _iso(when, time_s))
    for lat, lon, _time_s in points:
        ET.SubElement(line, f"{{{GX}}}coord").text = f"{lon:.6f} {lat:.6f} 0"


def _stop(folder: ET.Element, report: ReportModel, stop: Stop, when: Dates) -> None:
    clock = report.problem.clock
    times = f"{clock.text(stop.start_s)}–{clock.text(stop.end_s)}"
    text = ". ".join(part for part in (times, stop.street, stop.reason) if part)
    name = f"{stop.order}. {stop.title}"
    mark = _placemark(folder, name, stop.team_index, (stop.start_s, stop.end_s), when, text)
    facts = {
        "id": stop_id(stop.team_index, stop.order), "team": stop.team, "site": stop.site, "zone": stop.zone,
        "street": stop.street, "arrive": _iso(when, stop.arrive_s), "start": _iso(when, stop.start_s),
        "end": _iso(when, stop.end_s), "dwell_min": f"{stop.dwell_min:g}", "reason": stop.reason,
    }  # fmt: skip
    data = _under(mark, "ExtendedData")
    for key, value in facts.items():
        _under(ET.SubElement(data, f"{{{KML}}}Data", {"name": key}), "value", value)
    lat, lon = place(report, stop.lat, stop.lon)
    _under(_under(mark, "Point"), "coordinates", f"{lon:.6f},{lat:.6f}")


def _placemark(
    folder: ET.Element, name: str, team: int, span: tuple[float, float] | None, when: Dates, text: str = ""
) -> ET.Element:
    """The parts that all have, in the schema's order."""
    mark = _under(folder, "Placemark")
    _under(mark, "name", name)
    if text:
        _under(mark, "description", escape(text))  # programs show it as HTML
    if span is not None:
        limits = _under(mark, "TimeSpan")
        _under(limits, "begin", _iso(when, span[0]))
        _under(limits, "end", _iso(when, span[1]))
    _under(mark, "styleUrl", f"#team{team + 1}")
    return mark


def _under(parent: ET.Element, tag: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, f"{{{KML}}}{tag}")
    if text:
        child.text = xml_text(text)
    return child


def _iso(when: Dates, time_s: float) -> str:
    return when.zoned(time_s).isoformat()


def _abgr(team: int) -> str:
    """A team's colour as KML writes it: alpha, blue, green, red."""
    red, green, blue = (colour(team)[n : n + 2] for n in (1, 3, 5))
    return f"ff{blue}{green}{red}"
