"""routes.geojson (RFC 7946): a line per team and a point per stop, coordinates (lon, lat).

Coordinates are WGS-84 unless another datum was asked for; ``crs`` says which, at the top and in every feature,
because programs that edit GeoJSON keep a feature's properties alone. ``start`` and ``end`` are HH:MM of the plan's
clock, ``*_s`` seconds from its start; ``start_time`` and ``end_time`` (ISO 8601) are there if the plan has a date.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from routeopt.exchange.datum import calendar, place, places, said, stop_id
from routeopt.exchange.export import Dates
from routeopt.messages import words
from routeopt.reports.model import ReportModel


def write(report: ReportModel, path: Path) -> None:
    """Write routes and stops as a FeatureCollection."""
    clock, when = report.problem.clock, calendar(report)
    crs = {"crs": report.export.crs}
    features: list[dict[str, Any]] = []
    for track in report.tracks:
        line = [[lon, lat] for lat, lon in zip(*places(report, track.lat, track.lon), strict=True)]
        about: dict[str, Any] = {
            "kind": "route",
            "team": track.team,
            "time_s": [round(t) for t in track.time_s],
            **crs,
        }
        features.append(
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}, "properties": about}
        )
    for stop in report.stops:
        lat, lon = place(report, stop.lat, stop.lon)
        about = {key: value for key, value in asdict(stop).items() if key not in ("lat", "lon")}
        about |= {"kind": "stop", "id": stop_id(stop.team_index, stop.order)}
        about |= {"start": clock.text(stop.start_s), "end": clock.text(stop.end_s), **crs}
        if when.given:
            about |= {"start_time": _iso(when, stop.start_s), "end_time": _iso(when, stop.end_s)}
        features.append(
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": about}
        )
    document: dict[str, Any] = {"type": "FeatureCollection", **crs}
    if report.export.crs != "wgs84":
        document["note"] = said(report, when, words(report.lang))[0]
    path.write_text(json.dumps(document | {"features": features}, ensure_ascii=False) + "\n", encoding="utf-8")


def _iso(when: Dates, time_s: float) -> str:
    """With the offset from UTC where the scenario says the zone."""
    return (when.local(time_s) if when.clock.timezone is None else when.zoned(time_s)).isoformat()
