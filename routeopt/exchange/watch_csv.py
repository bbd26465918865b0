"""watch.csv: what is watched when at the screens, for the operator's desk: a line per operator, time and camera.

UTF-8 with a mark so that spreadsheets read Chinese. Columns: operator, from, until (YYYY-MM-DD HH:MM:SS on the
plan's clock), camera, lat, lon (degrees), crs (their datum). Without cameras there are no lines.
"""

from __future__ import annotations

import csv
from pathlib import Path

from routeopt.cells import guarded
from routeopt.exchange.datum import calendar, place
from routeopt.reports.model import ReportModel

COLUMNS = ("operator", "from", "until", "camera", "lat", "lon", "crs")


def write(report: ReportModel, path: Path) -> None:
    """Write the watch list."""
    when, video = calendar(report), report.video
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(COLUMNS)
        if video is None:
            return
        for one in video.watches:
            times = guarded(one.operator), when.local(one.begin_s), when.local(one.end_s)
            for camera in one.cameras:
                lat, lon = place(report, float(video.lat[camera]), float(video.lon[camera]))
                out.writerow([*times, guarded(video.names[camera]), f"{lat:.6f}", f"{lon:.6f}", report.export.crs])
