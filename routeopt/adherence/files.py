"""adherence.csv, and the JSON of the command.

``adherence.csv`` has a row for each place and team, after those of each team, of each place, and of all (columns
place and team are empty where the row is of all). Columns: ``planned_stops``; ``made`` (stops at which the team
stayed); ``kept`` (arrived in time) and ``koper`` (dwell of 10 to 16 minutes), in stops; ``planned_min``;
``delivered_min`` in sight of the place; ``visits``; ``planned_gap_min`` and ``gap_min``, the longest time without
a visit; ``mean_gap_min`` between visits. A figure with ``_low`` is what fixes prove, with ``_high`` what they
allow.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from routeopt.adherence.figures import Delivered, Row
from routeopt.adherence.measure import Adherence
from routeopt.adherence.stays import Band
from routeopt.cells import guarded

BANDS = ("kept", "koper", "delivered_min", "visits")
COLUMNS = (
    "place", "team", "planned_stops", "made", "kept_low", "kept", "kept_high", "koper_low", "koper", "koper_high",
    "planned_min", "delivered_min_low", "delivered_min", "delivered_min_high", "visits_low", "visits",
    "visits_high", "planned_gap_min", "gap_min", "mean_gap_min",
)  # fmt: skip


def write_csv(found: Adherence, path: Path) -> None:
    """Write all rows, as UTF-8 that spreadsheets know."""
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        out = csv.DictWriter(handle, COLUMNS)
        out.writeheader()
        for row in (found.total, *found.teams, *found.places, *found.both):
            out.writerow(_flat(found, row))


def _flat(found: Adherence, row: Row) -> dict[str, Any]:
    said = row_json(found, row)
    flat: dict[str, Any] = {}
    for key, value in said.items():
        if key in BANDS:
            flat |= {f"{key}_low": value["low"], key: value["estimate"], f"{key}_high": value["high"]}
        else:
            flat[key] = guarded(value) if isinstance(value, str) else value
    return {key: "" if value is None else value for key, value in flat.items()}


def row_json(found: Adherence, row: Row) -> dict[str, Any]:
    """Return a row with names, rounded."""
    problem = found.problem
    return {
        "place": None if row.site is None else problem.site_names[row.site],
        "team": None if row.team is None else problem.team_names[row.team],
        "planned_stops": row.planned_stops, "made": row.made, "kept": _band(row.kept, 0),
        "koper": _band(row.koper, 0), "planned_min": _number(row.planned_min, 1),
        "delivered_min": _band(row.delivered_min, 1),
        "visits": _band(row.visits, 0), "planned_gap_min": _number(row.planned_gap_min, 1),
        "gap_min": _number(row.gap_min, 1),
        "mean_gap_min": None if row.mean_gap_min is None else _number(row.mean_gap_min, 1),
    }  # fmt: skip


def as_dict(found: Adherence) -> dict[str, Any]:
    """Return everything for JSON; shares are in [0, 1]."""
    names = found.problem.team_names
    return {
        "visibility": {"planned": round(found.planned_visibility, 6), "delivered": _band(found.visibility, 6)},
        "tolerance_min": _number(found.tolerance_s / 60, 2),
        "all": row_json(found, found.total),
        "teams": [row_json(found, row) for row in found.teams],
        "places": [row_json(found, row) for row in found.places],
        "places_by_team": [row_json(found, row) for row in found.both],
        "tracks": [
            {
                "team": names[one.team], "positions": one.fixes, "left_out": one.drift,
                "interval_s": _number(one.interval_s, 1), "known": round(one.known, 4),
                "on_planned_streets": None if one.on_planned_streets is None else round(one.on_planned_streets, 4),
            }
            for one in found.tracks
        ],
        "stops": [_stop(found, stop) for stop in found.stops],
        "notes": [note.json() for note in found.notes],
    }  # fmt: skip


def _stop(found: Adherence, stop: Delivered) -> dict[str, Any]:
    problem, planned, stay = found.problem, stop.planned, stop.stay
    dwell = (0.0, 0.0, 0.0) if stay is None else stay.dwell_s
    return {
        "team": problem.team_names[planned.team], "place": problem.site_names[planned.site],
        "planned": problem.clock.text(planned.start_s), "planned_min": (planned.end_s - planned.start_s) / 60,
        "made": stop.made, "kept": _band(stop.kept, 0), "koper": _band(stop.koper, 0),
        "arrived": problem.clock.text(stay.begin_s) if stay is not None and stop.made else None,
        "dwell_min": _band(Band(*(value / 60 for value in dwell)), 1),
    }  # fmt: skip


def _band(band: Band, digits: int) -> dict[str, float]:
    return {key: _number(value, digits) for key, value in band._asdict().items()}


def _number(value: float, digits: int) -> float:
    return round(value, digits) if digits else round(value)
