"""report.html: one file that opens with no network."""

from __future__ import annotations

import base64
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.reports.night import Night

SLICE_MIN = 15
"""The heat is averaged over so many minutes."""
MICRO = 1e6
"""Coordinates are whole millionths of a degree (0.1 m)."""


def write(night: Night, path: Path) -> None:
    """Write the report; every name is data, never markup."""
    assets = files("routeopt.reports") / "assets"
    page = (assets / "report.html").read_text(encoding="utf-8")
    data = json.dumps(_data(night), ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        data = data.replace(char, f"\\u{ord(char):04x}")
    parts = {
        "title": escape(night.problem.name),
        "style": (assets / "report.css").read_text(encoding="utf-8"),
        "data": data,
        "script": (assets / "report.js").read_text(encoding="utf-8"),
    }
    pieces = page.split("%%")  # text, key, text, key, …
    pieces[1::2] = [parts[key] for key in pieces[1::2]]
    path.write_text("".join(pieces), encoding="utf-8")


def _data(night: Night) -> dict[str, Any]:
    problem, result = night.problem, night.result
    clock = problem.clock
    width = max(1, SLICE_MIN * 60 // clock.step_s)
    cuts = np.arange(0, problem.n_steps, width)
    heat = np.add.reduceat(problem.demand, cuts, axis=1) / np.diff(np.append(cuts, problem.n_steps))
    # a square root, so that quiet streets can be told from empty ones; the top 0.5 % share the last colour
    top = float(np.quantile(heat[heat > 0], 0.995)) if (heat > 0).any() else 1.0
    shades = np.round(255 * np.sqrt(np.minimum(heat / top, 1.0))).astype(np.uint8)
    return {
        "name": problem.name,
        "clock": {"start_min": clock.start_min, "duration_s": clock.duration_s},
        "date": clock.date.isoformat() if clock.date else None,
        "slice_s": width * clock.step_s,
        "heat": base64.b64encode(shades.tobytes()).decode("ascii"),
        "slices": int(shades.shape[1]),
        "streets": [[s.cls, s.name, s.point, _deltas(s.lat), _deltas(s.lon)] for s in night.streets],
        "tracks": [
            [t.team_index, _deltas(t.lat), _deltas(t.lon), [round(x) for x in t.time_s]] for t in night.tracks
        ],
        "teams": [
            {"name": name, "mode": problem.profiles[problem.team_profile[k]].mode}
            for k, name in enumerate(problem.team_names)
        ],
        "stops": [
            [
                s.team_index,
                s.order,
                s.site,
                s.zone,
                s.street,
                s.lat,
                s.lon,
                s.arrive_s,
                s.start_s,
                s.end_s,
                s.reason,
            ]
            for s in night.stops
        ],
        "figures": night.figures,
        "bound": result.bound,
        "strategy": result.strategy,
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 1),
        "violations": night.violations,
        "inputs": night.inputs,
        "notes": night.notes,
    }


def _deltas(values: tuple[float, ...]) -> list[int]:
    """The first value and then differences, in millionths of a degree."""
    whole = np.round(np.array(values) * MICRO).astype(np.int64)
    return [int(x) for x in np.diff(whole, prepend=0)]
