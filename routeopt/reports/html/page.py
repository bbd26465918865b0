"""report.html: one file that opens with no network.

Tables, chart and figures are markup made here; the map and what moves are the modules under ``assets/report``,
joined into one script. The data they need goes in as JSON, demand and S as bytes in base64.
"""

from __future__ import annotations

import base64
import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.messages import words
from routeopt.reports.colours import COLOURS
from routeopt.reports.html import parts
from routeopt.reports.html.words import page_words
from routeopt.reports.model import ReportModel
from routeopt.reports.strings import mode_word, span_of

ASSETS = files("routeopt.reports.html") / "assets"
MODULES = ("data", "colours", "state", "view", "layers", "map", "player", "panels", "paper", "main")
"""In the order in which they are joined: each after those it imports."""
HEAT_MIN, GLOW_MIN = 15, 5
"""Demand and S are averaged over so many minutes, S over more where there are very many demand points."""
GLOW_BYTES = 4_000_000
"""So many bytes of S at most."""
MICRO = 1e6
"""Coordinates are whole millionths of a degree (0.1 m)."""
TAGS = {"en": "en", "zh": "zh-Hans"}
"""Language → what browsers call it."""


def write(report: ReportModel, path: Path) -> None:
    """Write the report in the night's language; every name is data, never markup."""
    _ = words(report.lang)
    told = page_words(_)
    result, clock = report.result, report.problem.clock
    pieces_by_key = {
        "lang": TAGS[report.lang],
        "title": escape(report.problem.name),
        "subtitle": escape(
            " · ".join(
                (
                    span_of(clock, _), _("strategy {name}").format(name=result.strategy),
                    _("seed {number}").format(number=result.seed),
                    _("{seconds} s of search").format(seconds=f"{result.runtime_s:.1f}"),
                )
            )
        ),
        "style": _asset("page.css"),
        "data": _json(_data(report, told)),
        "script": script(),
        "hours": parts.hours(report),
    }  # fmt: skip
    for name in ("tiles", "violations", "gantt", "stops", "figures", "zones", "left_out", "audit"):
        pieces_by_key[name] = getattr(parts, name)(report, _)
    pieces_by_key |= {f"w.{key}": escape(text) for key, text in told.items()}
    pieces = _asset("page.html").split("%%")  # text, key, text, key, …
    pieces[1::2] = [pieces_by_key[key] for key in pieces[1::2]]
    path.write_text("".join(pieces), encoding="utf-8")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def script() -> str:
    """The modules as one strict script: each a function that returns its exports; imports are dropped."""
    joined = []
    for name in MODULES:
        text = re.sub(r"^import [^;]*;\n", "", _asset(f"{name}.js"), flags=re.MULTILINE)
        names = ", ".join(re.findall(r"^export (?:const|let|function|class) (\w+)", text, flags=re.MULTILINE))
        body = re.sub(r"^export ", "", text, flags=re.MULTILINE)
        joined.append(f"const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n")
    return "'use strict';\n" + "".join(joined)


def _json(data: dict[str, Any]) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _data(report: ReportModel, told: dict[str, str]) -> dict[str, Any]:
    problem = report.problem
    clock, _ = problem.clock, words(report.lang)
    heat, heat_s = _slices(problem.demand, clock.step_s, HEAT_MIN)
    # a square root, so that quiet streets can be told from empty ones; the top 0.5 % share the last colour
    top = float(np.quantile(heat[heat > 0], 0.995)) if (heat > 0).any() else 1.0
    minutes = GLOW_MIN
    while problem.n_points * clock.duration_s / 60 / minutes > GLOW_BYTES and minutes < HEAT_MIN:
        minutes += GLOW_MIN
    glow, glow_s = _slices(report.seen, clock.step_s, minutes)
    names = {name: n for n, name in enumerate(dict.fromkeys(s.name for s in report.streets))}
    classes = {name: n for n, name in enumerate(dict.fromkeys(s.cls for s in report.streets))}
    origin = report.streets[0] if report.streets else None
    return {
        "words": told,
        "clock": {"start_min": clock.start_min, "duration_s": clock.duration_s},
        "colours": COLOURS,
        "on_colours": [parts.text_on(c) for c in COLOURS],
        "origin": [origin.lat[0], origin.lon[0]] if origin else [0, 0],
        "slice_s": heat_s, "slices": heat.shape[1], "heat": _bytes(np.sqrt(np.minimum(heat / top, 1.0))),
        "glow_s": glow_s, "glows": glow.shape[1], "glow": _bytes(np.clip(glow, 0.0, 1.0)),
        "names": list(names),
        "classes": list(classes),
        "streets": [
            [classes[s.cls], names[s.name], s.point, _deltas(s.lat, MICRO), _deltas(s.lon, MICRO)]
            for s in report.streets
        ],
        "tracks": [
            [t.team_index, _deltas(t.lat, MICRO), _deltas(t.lon, MICRO), _deltas(t.time_s, 1)]
            for t in report.tracks
        ],
        "teams": [
            {
                "name": name, "mode": mode_word(problem.profiles[problem.team_profile[k]].mode, _),
                "stops": sum(s.team_index == k for s in report.stops),
            }
            for k, name in enumerate(problem.team_names)
        ],
        "stops": [
            [
                s.team_index, s.order, s.site, s.zone, s.street, round(s.lat, 6), round(s.lon, 6),
                s.arrive_s, s.start_s, s.end_s, s.reason,
            ]
            for s in report.stops
        ],
    }  # fmt: skip


def _slices(values: NDArray[np.float64], step_s: int, minutes: int) -> tuple[NDArray[np.float64], int]:
    """Means over slices of the night, (n, n_slices), and a slice's length in seconds."""
    width = max(1, minutes * 60 // step_s)
    cuts = np.arange(0, values.shape[1], width)
    mean = np.add.reduceat(values, cuts, axis=1) / np.diff(np.append(cuts, values.shape[1]))
    return mean, width * step_s


def _bytes(shares: NDArray[np.float64]) -> str:
    """Shares in [0, 1] as bytes, row by row."""
    return base64.b64encode(np.round(255 * shares).astype(np.uint8).tobytes()).decode("ascii")


def _deltas(values: tuple[float, ...], unit: float) -> list[int]:
    """The first value and then differences, in whole units."""
    whole = np.round(np.array(values) * unit).astype(np.int64)
    return [int(x) for x in np.diff(whole, prepend=0)]
