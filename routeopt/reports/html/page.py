"""report.html: one file that opens with no network.

Tables, chart and figures are markup made by ``templates/report.html``; the map and what moves are modules under
``assets``. The data that they need goes in as JSON, demand and S as bytes in base64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.errors import shown
from routeopt.explain.goals import ADVICE, amounts, goal_rows, missed
from routeopt.explain.leaving import leaving_rows
from routeopt.explain.prices import price_rows
from routeopt.messages import Words, words
from routeopt.reports.colours import COLOURS
from routeopt.reports.frame import Outside, outside
from routeopt.reports.html import chart
from routeopt.reports.html.words import script_words
from routeopt.reports.model import Change, ReportModel, Stop
from routeopt.reports.page.data import HEAT_MIN, as_bytes, deltas, heat_of, packed, page_data, slices
from routeopt.reports.page.render import render
from routeopt.reports.strings import (
    change_words,
    compass_word,
    figure_rows,
    free_words,
    mode_word,
    percent,
    span_of,
    where_of,
    worth_words,
)
from routeopt.streets.names import street_of

PACKAGE = "routeopt.reports.html"
MODULES = ("plan", "layers", "board", "panels", "main")
"""After the shared ones, each after those that it imports."""
LEAST_SHARE = 5e-4
"""Smaller causes round to 0.0 %."""
GLOW_MIN = 5
"""Minutes over which S is averaged; over more where there are very many demand points."""
GLOW_BYTES = 4_000_000
"""Bytes of S at most."""


def write(report: ReportModel, path: Path) -> None:
    """Write the report in the reader's language."""
    _ = words(report.lang)
    problem, figures = report.problem, report.figures
    band: Any = figures["band"]
    far = outside(report.tracks)
    page = render(
        PACKAGE, "report", report.lang, MODULES, _data(report, far, _),
        missed=missed(report.goals), advice=ADVICE,
        amounts=lambda goal: [str(shown(one, _)) for one in amounts(goal)], goals=list(goal_rows(report.goals, _)),
        leaving=list(leaving_rows(report.leaving, _)),
        prices=price_rows(report.prices, _), unpriced=len(report.unpriced),
        title=problem.name, subtitle=span_of(problem.clock, _), outside=list(_outside(report, far, _)),
        report=report, clock=problem.clock, tiles=list(_tiles(report, _)), figures=figure_rows(report, _),
        gauge={"value": figures["visibility"], **band, "bound": report.result.bound},
        lanes=list(chart.lanes(report, _)), curve=chart.curve(report),
        facts=list(_facts(report, _)), causes=list(_causes(report, _)), rows=list(_rows(report, _)),
        tags={"order": _("ORDER"), "post": _("POST"), "break": _("BREAK")},
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")


def _outside(report: ReportModel, far: list[Outside], _: Words) -> Iterator[str]:
    """Say which teams the first map leaves out, and where they are."""
    for one in far:
        yield _("{team}: {km} km {direction} of this map").format(
            team=report.problem.team_names[one.team], km=f"{one.km:.0f}", direction=compass_word(one.compass, _)
        )


def _causes(report: ReportModel, _: Words) -> Iterator[tuple[str, str]]:
    """(share, cause) of what goes unseen, the greatest first."""
    left = report.uncovered
    causes = (
        (left.between, _("before a team comes, and after the effect of its stop has faded")),
        (left.unvisited, _("on streets where no team stops")),
        (left.overlooked, _("on streets that no place of this plan overlooks: more places would be needed")),
    )
    for share, text in sorted(causes, key=lambda cause: -cause[0]):
        if share >= LEAST_SHARE:
            yield percent(share), text


@dataclass(frozen=True)
class Row:
    """A row of the table of stops: one stop, or a time without one."""

    team: int
    begin_s: int
    end_s: int
    stop: Stop | None
    number: int
    """Of the stop, from 0."""
    text: str


def _rows(report: ReportModel, _: Words) -> Iterator[Row]:
    """Stops and times without one, by team and time."""
    rows = [Row(s.team_index, s.start_s, s.end_s, s, n, s.title) for n, s in enumerate(report.stops)]
    rows += [Row(f.team_index, f.begin_s, f.end_s, None, -1, free_words(f, _)) for f in report.free]
    yield from sorted(rows, key=lambda row: (row.team, row.begin_s, row.end_s))


def _tiles(report: ReportModel, _: Words) -> Iterator[tuple[str, str, str]]:
    """Label, value and remark of the few figures that a commander looks at."""
    figures: Any = report.figures
    left = report.uncovered
    begin, end = (report.problem.clock.text(t) for t in (left.worst_s, left.worst_s + 3600))
    yield _("Left uncovered"), percent(left.whole), _("most of it {begin}–{end}").format(begin=begin, end=end)
    minutes, share = _second(figures["within"])
    yield _("Seen within {minutes} min").format(minutes=minutes), percent(share), _("of the night's demand")
    if figures["handling"]:
        minutes, share = _second(figures["handling"])
        yield _("A team within {minutes} min").format(minutes=minutes), percent(share), _("response coverage")
    problem = report.problem
    hours = float((problem.team_end_step - problem.team_start_step).sum()) * problem.clock.step_s / 3600
    about = _("{hours} team hours").format(hours=f"{hours:.1f}")
    yield _("Teams and stops"), f"{problem.n_teams} · {len(report.counted())}", about


def _second(shares: dict[Any, float]) -> tuple[Any, float]:
    """The second of several shares by minutes, or the only one."""
    return list(shares.items())[min(1, len(shares) - 1)]


def _facts(report: ReportModel, _: Words) -> Iterator[tuple[str, str]]:
    """What it takes to repeat the plan."""
    result = report.result
    name = report.inputs[0][0] if report.inputs else "scenario.yaml"
    limit = f"--iterations {result.iterations} --time {max(10, 10 * int(np.ceil(result.runtime_s)))}"
    yield _("Strategy"), result.strategy
    yield _("Seed"), str(result.seed)
    yield _("Iterations"), f"{result.iterations}" + (f" ({result.runtime_s:.1f} s)" if result.runtime_s else "")
    yield _("Version"), f"routeopt {version('routeopt')}"
    yield (
        _("To repeat"),
        report.command or f"routeopt plan {name} --strategy {result.strategy} --seed {result.seed} {limit}",
    )


def _data(report: ReportModel, far: list[Outside], _: Words) -> dict[str, Any]:
    problem = report.problem
    clock, shifts = problem.clock, (problem.team_start_step, problem.team_end_step)
    heat, heat_s = heat_of(problem.demand, clock.step_s)
    minutes = GLOW_MIN
    while problem.n_points * clock.duration_s / 60 / minutes > GLOW_BYTES and minutes < HEAT_MIN:
        minutes += GLOW_MIN
    glow, glow_s = slices(report.seen, clock.step_s, minutes)
    streets = replace(report.streets, names=tuple(map(street_of, report.streets.names)))
    return {
        **page_data(clock, script_words(_), heat, heat_s, streets, report.ground),
        "colours": COLOURS,
        "on_colours": [chart.text_on(c) for c in COLOURS],
        "glow_s": glow_s, "glows": glow.shape[1], "glow": as_bytes(np.clip(glow, 0.0, 1.0)),
        "tracks": [
            [t.team_index, *(packed(deltas(degrees)) for degrees in (t.lat, t.lon)), packed(deltas(t.time_s, 1))]
            for t in report.tracks
        ],
        "posts": [[p.name, round(p.lat, 6), round(p.lon, 6)] for p in report.posts],
        "changes": [_change(report, change, _) for change in report.changes],
        "areas": [[a.name, list(a.teams), list(a.lines)] for a in report.areas],
        "zones": [
            [b.name, b.layer, [[packed(deltas(lat)), packed(deltas(lon))] for lat, lon in b.rings]]
            for b in report.borders
        ],
        "cameras": _cameras(report),
        "outside": [one.team for one in far],
        "teams": [
            {
                "name": name, "mode": mode_word(problem.profiles[problem.team_profile[k]].mode, _),
                "stops": len(report.counted(k)),
                "hours": "–".join(clock.text(int(x[k]) * clock.step_s) for x in shifts),
                "where": where_of(report.counted(k), _), "station": station,
            }
            for k, (name, station) in enumerate(zip(problem.team_names, report.station_of, strict=True))
        ],
        "stations": report.stations,
        "stops": [
            [
                s.team_index, s.order, s.title, s.zone, s.street, round(s.lat, 6), round(s.lon, 6),
                s.arrive_s, s.start_s, s.end_s, s.reason, s.kind, worth_words(s, _),
            ]
            for s in report.stops
        ],
    }  # fmt: skip


def _cameras(report: ReportModel) -> list[list[Any]]:
    """Name and place of each camera, and when it is watched: [begin, end, …] in seconds."""
    video = report.video
    if video is None:
        return []
    times: list[list[int]] = [[] for _ in video.names]
    for one in video.watches:
        for camera in one.cameras:
            times[camera] += [one.begin_s, one.end_s]
    return [
        [name, round(float(lat), 6), round(float(lon), 6), own]
        for name, lat, lon, own in zip(video.names, video.lat, video.lon, times, strict=True)
    ]


def _change(report: ReportModel, change: Change, _: Words) -> list[Any]:
    """When, whether it closes, which streets, and what is said of it."""
    modes = _(", ").join(mode_word(mode, _) for mode in change.modes)
    said = f"{change_words(change, report.problem.clock, _)} ({modes})"
    return [change.begin_s, change.end_s, int(change.kind == "closed"), list(change.lines), said]
