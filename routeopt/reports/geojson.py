"""routes.geojson: a line per team and a point per stop, coordinates (lon, lat) in WGS-84 (RFC 7946)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from routeopt.reports.night import Night


def write(night: Night, path: Path) -> None:
    """Write routes and stops as a FeatureCollection."""
    clock = night.problem.clock
    features: list[dict[str, Any]] = []
    for track in night.tracks:
        line = [[round(lon, 6), round(lat, 6)] for lat, lon in zip(track.lat, track.lon, strict=True)]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": line},
                "properties": {"kind": "route", "team": track.team, "time_s": [round(t) for t in track.time_s]},
            }
        )
    for stop in night.stops:
        about = asdict(stop)
        point = [round(about.pop("lon"), 6), round(about.pop("lat"), 6)]
        about |= {"kind": "stop", "start": clock.text(stop.start_s), "end": clock.text(stop.end_s)}
        features.append(
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": point}, "properties": about}
        )
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
