"""The chart of the night: where its bars, curves and marks lie, as shares of its width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.messages import Words
from routeopt.reports.colours import colour
from routeopt.reports.model import ReportModel, Stop
from routeopt.reports.strings import free_words, mode_word

CURVE_SLICES = 140
"""Width of the town's curve, in slices of the night."""


@dataclass(frozen=True)
class Bar:
    """A stop in a lane."""

    stop: int
    """Its number in the table of stops."""
    order: int
    title: str
    place: str
    """CSS position and width."""
    wait: str
    """CSS position and width of the wait before it, "" where the team does not wait."""
    kind: str
    """As of the stop."""


@dataclass(frozen=True)
class Lane:
    """A team's row."""

    team: str
    mode: str
    colour: str
    dark: bool
    """Whether text on the colour is black."""
    duty: str
    """CSS position and width of the shift."""
    bars: tuple[Bar, ...]
    free: tuple[tuple[str, str], ...]
    """Of each time without a stop: CSS position and width, title."""


@dataclass(frozen=True)
class Curve:
    """Demand over the night, and the seen part of it: the points of two SVG polygons, 100 high."""

    width: int
    wants: str
    gets: str


def text_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2) on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (red, green, blue)]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#fff"


def lanes(report: ReportModel, _: Words) -> Iterator[Lane]:
    """A lane per team."""
    problem = report.problem
    whole, step_s = problem.clock.duration_s, problem.clock.step_s

    def place(begin: int, end: int) -> str:
        return f"left:{begin / whole:.3%};width:{(end - begin) / whole:.3%}"

    def bar(n: int, s: Stop) -> Bar:
        title = f"{s.order} · {problem.clock.text(s.start_s)}–{problem.clock.text(s.end_s)} · {s.title}"
        if not s.counts:
            title += f" · {s.reason}"
        told = any(f.end_s == s.start_s for f in report.free_of[s.team_index])
        wait = place(s.arrive_s, s.start_s) if s.start_s > s.arrive_s and not told else ""
        return Bar(n, s.order, title, place(s.start_s, s.end_s), wait, s.kind)

    numbered: list[list[tuple[int, Stop]]] = [[] for _ in problem.team_names]
    for n, stop in enumerate(report.stops):
        numbered[stop.team_index].append((n, stop))
    for team, name in enumerate(problem.team_names):
        begin, end = (int(x[team]) * step_s for x in (problem.team_start_step, problem.team_end_step))
        free = tuple(
            (
                place(f.begin_s, f.end_s),
                f"{problem.clock.text(f.begin_s)}–{problem.clock.text(f.end_s)} · {free_words(f, _)}",
            )
            for f in report.free_of[team]
        )
        bars = tuple(bar(n, s) for n, s in numbered[team])
        mode = mode_word(problem.movement(team).mode, _)
        tone = colour(team)
        yield Lane(name, mode, tone, text_on(tone) == "#000", place(begin, end), bars, free)


def curve(report: ReportModel) -> Curve:
    """The town's curve."""
    problem = report.problem
    cuts = np.unique(
        np.linspace(0, problem.n_steps, min(CURVE_SLICES, problem.n_steps), endpoint=False).astype(int)
    )
    width = np.diff(np.append(cuts, problem.n_steps))
    wants = np.add.reduceat(problem.demand.sum(axis=0), cuts) / width
    gets = np.add.reduceat(np.einsum("ij,ij->j", problem.demand, report.seen), cuts) / width
    top = float(wants.max()) or 1.0

    def area(values: NDArray[np.float64]) -> str:
        points = [f"{x},{100 - 96 * y / top:.1f}" for x, y in zip(cuts, values, strict=True)]
        points.append(f"{problem.n_steps},{100 - 96 * values[-1] / top:.1f}")
        return f"0,100 {' '.join(points)} {problem.n_steps},100"

    return Curve(problem.n_steps, area(wants), area(gets))
