"""Drawings of the explanation pages, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from benchmarks.history import latest, read

INK, GREY, FAINT, TEAL, RED, AMBER = "#1b1b1f", "#868c95", "#c9ccd1", "#00666b", "#b3261e", "#d98200"


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" font-family="system-ui, sans-serif" font-size="14">',
            f"<title>{title}</title>",
            f'<rect width="{width}" height="{height}" rx="8" fill="#fff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", colour: str = INK, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{more}>{text}</text>'


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str = FAINT, width: float = 1, more: str = ""
) -> str:
    at = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {at} stroke="{colour}" stroke-width="{width:g}"{more}/>'


def longest_path() -> str:
    """One team's route as a path through (place, time): legs go down to a later column, stops along a row."""
    places = ("Station", "Market", "Bars", "School")
    columns, left, top, across, down = 13, 110, 58, 52, 58
    x = [left + across * n for n in range(columns)]
    y = [top + down * n for n in range(len(places))]
    parts = [_text(x[n], 30, f"{21 + n // 12}:{n * 5 % 60:02d}") for n in range(0, columns, 2)]
    parts += [_text(left - 16, y[n] + 5, name, "end") for n, name in enumerate(places)]
    parts += [_line(x[3], y[1], x[3 + 1 + abs(n - 1)], y[n], GREY) for n in range(4) if n != 1]
    parts += [_line(x[3], y[1], x[3 + n], y[1], GREY) for n in (1, 2, 3, 4)]
    parts += [f'<circle cx="{a}" cy="{b}" r="3" fill="{FAINT}"/>' for a in x for b in y]
    route = [(0, 0), (1, 1), (3, 1), (5, 2), (7, 2), (9, 3), (11, 3), (12, 0)]
    for (a, p), (b, q) in pairwise(route):
        parts.append(_line(x[a], y[p], x[b], y[q], TEAL, 7 if p == q else 2.5, ' stroke-linecap="round"'))
    for a, b, p, gain in ((1, 3, 1, "gain 3.1"), (5, 7, 2, "gain 2.4"), (9, 11, 3, "gain 1.8")):
        parts.append(_text((x[a] + x[b]) / 2, y[p] - 12, gain, colour=TEAL, more=' font-weight="600"'))
    parts.append(
        _text(
            left,
            top + 3 * down + 46,
            "thick: a stop, with what it adds to the plan (an example) · thin: a leg",
            "start",
        )
    )
    parts.append(_text(left, top + 3 * down + 66, "grey: what else could have followed the first stop", "start"))
    return _svg(x[-1] + 40, top + 3 * down + 84, "A route is a path through places and times", parts)


def level() -> str:
    """What one place keeps of a ten-minute stop, a passage and a five-minute stop, with τ = 60 min."""
    stops = ((10, 20, 0.85), (60, 60, 0.10), (95, 100, 0.30))
    left, top, width, height, minutes = 70, 40, 640, 190, 150
    px = width / minutes
    value, points = 0.0, []
    present = []
    for minute in range(minutes + 1):
        value *= math.exp(-1 / 60)
        for _, leaves, dose in stops:
            if leaves == minute:
                points.append((minute, value))
                value = 1 - (1 - value) * (1 - dose)
        points.append((minute, value))
    for begins, leaves, _ in stops:
        if leaves > begins:
            present.append(
                f'<rect x="{left + begins * px:.1f}" y="{top}" width="{(leaves - begins) * px:.1f}" '
                f'height="{height}" fill="{AMBER}" opacity="0.35"/>'
            )
    path = " ".join(f"{left + m * px:.1f},{top + height * (1 - v):.1f}" for m, v in points)
    parts = [*present]
    for share in (0, 0.5, 1):
        at = top + height * (1 - share)
        parts += [_line(left, at, left + width, at), _text(left - 10, at + 5, f"{share:g}", "end")]
    parts += [
        _text(left + m * px, top + height + 22, f"{19 + m // 60}:{m % 60:02d}") for m in range(0, minutes + 1, 30)
    ]
    parts.append(f'<polyline points="{path}" fill="none" stroke="{TEAL}" stroke-width="3"/>')
    for middle, text, height_of in (
        (15, "stop of 10 min", 1.06),
        (60, "a team passes", 0.62),
        (97.5, "stop of 5 min", 1.06),
    ):
        parts.append(_text(left + middle * px, top + height * (1 - height_of) + 2, text))
    parts.append(
        _text(
            left + width,
            top + height + 44,
            "orange: a team is there, p = 1 · green: the level ℓ afterwards",
            "end",
        )
    )
    return _svg(left + width + 30, top + height + 58, "The level of one place over time", parts)


def bound() -> str:
    """The plan and the bound of the reference night on one scale, from the history of the benchmark."""
    rows = latest(read("bound"))
    plan, most = (rows[f"{name}, 30 s plan, 120 s bound"].value for name in ("plan", "bound"))
    low, high, left, width, y = 2 * math.floor(plan / 2) - 2, 2 * math.ceil(most / 2), 40, 660, 86

    def at(value: float) -> float:
        return left + (value - low) / (high - low) * width

    parts = [
        f'<rect x="{at(plan):.1f}" y="{y - 16}" width="{at(most) - at(plan):.1f}" height="32" '
        f'fill="{AMBER}" opacity="0.3"/>',
        _text((at(plan) + at(most)) / 2, y + 5, "the best possible plan is in here"),
        _line(left, y + 16, left + width, y + 16, INK, 1),
    ]
    parts += [_text(at(v), y + 38, f"{v:g} %") for v in range(low, high + 1, 2)]
    for value, text, colour in (
        (plan, f"plan found in 30 s: {plan:.1f} %", TEAL),
        (most, f"bound: {most:.1f} %", RED),
    ):
        parts += [
            _line(at(value), y - 34, at(value), y + 16, colour, 3),
            _text(at(value), y - 44, text, colour=colour),
        ]
    return _svg(left + width + 40, y + 60, "A plan, and what no plan can exceed", parts)
