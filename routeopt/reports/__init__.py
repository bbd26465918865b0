"""Output formats: one file each, listed as data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from routeopt.reports import geojson, html, plan_json
from routeopt.reports.night import Night

FORMATS: dict[str, Callable[[Night, Path], None]] = {
    "plan.json": plan_json.write,
    "routes.geojson": geojson.write,
    "report.html": html.write,
}
"""File name → its writer."""
