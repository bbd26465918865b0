"""Output formats: one file each, listed as data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from routeopt.reports import cards, geojson, html, plan_json
from routeopt.reports.night import Night

FORMATS: dict[str, Callable[[Night, Path], None]] = {
    "plan.json": plan_json.write,
    "routes.geojson": geojson.write,
    "report.html": html.write,
    "cards.pdf": cards.write,
}
"""File name → its writer."""
DEFAULT = ("plan.json", "routes.geojson", "report.html")
"""What is written unless told."""
