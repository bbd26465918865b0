"""stops.csv: a line per stop, UTF-8 with a mark so that spreadsheets read Chinese; times on the plan's clock.

Columns: id, team, order (within the team, from 1), site, zone, street, arrive, start, end (YYYY-MM-DD HH:MM:SS),
dwell_min, lat, lon (degrees), crs (their datum), reason. A text that a spreadsheet would take for a formula has an
apostrophe in front.
"""

from __future__ import annotations

import csv
from pathlib import Path

from routeopt.cells import guarded
from routeopt.exchange.datum import calendar, place, stop_id
from routeopt.reports.model import ReportModel

COLUMNS = (
    "id", "team", "order", "site", "zone", "street", "arrive", "start", "end", "dwell_min", "lat", "lon", "crs",
    "reason",
)  # fmt: skip


def write(report: ReportModel, path: Path) -> None:
    """Write all teams' stops."""
    when = calendar(report)
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(COLUMNS)
        for stop in report.stops:
            lat, lon = place(report, stop.lat, stop.lon)
            out.writerow(
                [
                    stop_id(stop.team_index, stop.order), guarded(stop.team), stop.order, guarded(stop.site),
                    guarded(stop.zone), guarded(stop.street), when.local(stop.arrive_s),
                    when.local(stop.start_s), when.local(stop.end_s), f"{stop.dwell_min:g}",
                    f"{lat:.6f}", f"{lon:.6f}", report.export.crs, guarded(stop.reason),
                ]
            )  # fmt: skip
