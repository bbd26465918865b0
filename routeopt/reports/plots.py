"""plots/: pictures as PNG and SVG: the search over time, visibility by hour and community; strategies compared.

SVG files hold letters as outlines, so that Chinese shows on any machine. To draw Chinese a font with its
characters is looked up by name; without one, the picture says so.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message, one_line
from routeopt.messages import Words, words
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.reports.colours import colour
from routeopt.reports.fonts import CJK_FONTS, installed
from routeopt.reports.model import ReportModel

Array = NDArray[np.float64]

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from routeopt.whatif.run import Row

DPI = 150
GREY = "#5b6770"
MOST_ZONES = 24
"""Communities drawn: those with the most demand."""

log = logging.getLogger(__name__)


def write(report: ReportModel, folder: Path) -> None:
    """Write search (if the result has a history) and visibility, each as PNG and SVG."""
    _ = words(report.lang)
    folder.mkdir(exist_ok=True)
    if report.result.history:
        searched([report.result], folder / "search", _)
    visibility(report, folder / "visibility", _)


def searched(results: Sequence[Result], path: Path, _: Words) -> None:
    """Plot the best value over time, a line per run, with the bound; ``path`` has no suffix."""
    with _drawing((8, 4.5), path, [_("seconds of search")]) as figure:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(r.strategy for r in results))
        finish = max(r.runtime_s for r in results)
        ends: dict[str, float] = {}
        for r in results:
            seconds, values = [t for t, _v in r.history], [100 * v for _t, v in r.history]
            first = r.strategy not in ends
            axes.step(
                [*seconds, finish], [*values, values[-1]], where="post", linewidth=1.6,
                color=colour(names.index(r.strategy)), label=r.strategy if first else None,
            )  # fmt: skip
            ends[r.strategy] = max(values[-1], ends.get(r.strategy, 0.0))
        least = min((r.bound for r in results if r.bound is not None), default=None)
        if least is not None:
            axes.axhline(100 * least, color=GREY, linestyle="--", label=_("upper bound"))
        axes.set_xlim(0, finish * 1.01 or 1)
        axes.margins(y=0.08)
        axes.set(xlabel=_("seconds of search"), ylabel=_("visibility, percent of the night's demand"))
        if len(names) > 1 or least is not None:
            axes.legend(frameon=False, loc="best")
        _plain(axes)


def by_teams(rows: Sequence[Row], path: Path, _: Words) -> None:
    """Plot visibility with its bound, and response coverage, over the number of teams; ``path`` has no suffix."""
    with _drawing((8, 4.5), path, [_("number of teams")]) as figure:
        axes = figure.add_subplot()
        teams = [row.teams for row in rows]
        seen = [100 * row.visibility for row in rows]
        axes.plot(teams, seen, marker="o", color=colour(0), linewidth=2, label=_("visibility"))
        bounded = [row for row in rows if row.bound is not None]
        if bounded:
            bounds = [100 * row.bound for row in bounded if row.bound is not None]
            axes.plot([r.teams for r in bounded], bounds, color=GREY, linestyle="--", label=_("upper bound"))
        for k, minutes in enumerate(rows[0].handling, 1):
            label = _("a team within {n} min (handling)").format(n=minutes)
            reached = [100 * row.handling[minutes] for row in rows]
            axes.plot(teams, reached, marker=".", linewidth=1.2, color=colour(k), label=label)
        axes.set_xticks(teams)
        axes.set_ylim(0, 100)
        axes.set(xlabel=_("number of teams"), ylabel=_("percent of the night's demand"))
        axes.legend(frameon=False, loc="best")
        _plain(axes)


def visibility(report: ReportModel, path: Path, _: Words) -> None:
    """How much of the demand is seen, by hour and by zone, with how much demand that is."""
    problem = report.problem
    by_hour, by_zone = hourly(problem, report.seen), by_community(problem, report.seen)
    height = max(4.2, 1.6 + 0.3 * len(by_zone))
    with _drawing((11 if by_zone else 6.5, height), path, [problem.name, *by_zone, _("by hour")]) as figure:
        shape = figure.subplots(1, 2 if by_zone else 1, squeeze=False, width_ratios=[6, 5] if by_zone else [1])[0]
        whole = 100 * float((problem.demand * report.seen).sum() / problem.demand.sum())
        axes = shape[0]
        _bars(axes, [h for h, _s, _d in by_hour], [s for _h, s, _d in by_hour], vertical=True)
        share = 100 * np.array([d for _h, _s, d in by_hour])
        axes.plot(range(len(by_hour)), share, color="#d55e00", marker="o", label=_("share of the night's demand"))
        axes.axhline(whole, color=GREY, linestyle="--", label=_("whole night: {n:.1f} %").format(n=whole))
        axes.set_ylim(0, 100)
        axes.set(title=_("by hour"), xlabel=_("hour that begins"), ylabel=_("demand that is seen or held off, %"))
        axes.legend(frameon=False, loc="upper right")
        _plain(axes, "y")
        if by_zone:
            axes = shape[1]
            _bars(axes, list(by_zone), list(by_zone.values()), vertical=False)
            axes.axvline(whole, color=GREY, linestyle="--")
            axes.set_xlim(0, 100)
            axes.invert_yaxis()
            axes.set(title=report.zone_kind or _("by community"), xlabel=_("demand that is seen or held off, %"))
            _plain(axes, "x")
        figure.suptitle(problem.name, wrap=True)


def hourly(problem: Problem, seen: Array) -> list[tuple[str, float, float]]:
    """(hour, visibility in it, its share of the night's demand), for each hour of the clock."""
    clock = problem.clock
    shown = problem.demand * seen
    hour = (clock.start_min * 60 + np.arange(problem.n_steps) * clock.step_s) // 3600
    total = float(problem.demand.sum())
    found = []
    for h in np.unique(hour):
        wanted = float(problem.demand[:, hour == h].sum())
        share = float(shown[:, hour == h].sum()) / wanted if wanted > 0 else 0.0
        found.append((f"{h % 24:02d}", share, wanted / total))
    return found


def by_community(problem: Problem, seen: Array) -> dict[str, float]:
    """Community → visibility of its demand, for those with the most demand, greatest first."""
    zone = np.array(problem.point_zone or ("",) * problem.n_points)
    shown = (problem.demand * seen).sum(axis=1)
    wanted = problem.demand.sum(axis=1)
    sums = {name: float(wanted[zone == name].sum()) for name in sorted(set(problem.point_zone) - {""})}
    most = sorted((name for name in sums if sums[name] > 0), key=lambda name: -sums[name])[:MOST_ZONES]
    shares = {name: float(shown[zone == name].sum()) / sums[name] for name in most}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _bars(axes: Axes, names: list[str], shares: list[float], *, vertical: bool) -> None:
    values = [100 * share for share in shares]
    bars = (axes.bar if vertical else axes.barh)(range(len(names)), values, color="#9cc3dc")
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    axes.bar_label(bars, labels=[f"{v:.0f}" for v in values], padding=4, fontsize=9, color="#30404d", bbox=box)
    if vertical:
        axes.set_xticks(range(len(names)), names)
    else:
        axes.set_yticks(range(len(names)), names)


def _plain(axes: Axes, grid: Literal["both", "x", "y"] = "both") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="#e4e8eb", linewidth=0.8)
    axes.set_axisbelow(True)


@contextmanager
def _drawing(size: tuple[float, float], path: Path, texts: Sequence[str]) -> Iterator[Figure]:
    """Yield a figure, saved as PNG and SVG; ``texts`` are checked for Chinese characters to choose the font."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    chinese = any(ord(c) > 0x2E7F for text in texts for c in text)
    font = installed(CJK_FONTS) if chinese else None
    style: dict[str, Any] = {
        "font.family": [*([font] if font else []), "DejaVu Sans"],
        "svg.fonttype": "path",
        "svg.hashsalt": "routeopt",
        "axes.unicode_minus": False,
    }
    with mpl.rc_context(style), warnings.catch_warnings():
        if chinese and font is None:  # matplotlib says it once for each character; the picture says it once
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        if chinese and font is None:
            note = Message("no-chinese-font")  # in English, which every font can show
            log.warning("%s: %s", one_line(path.with_suffix(".png").name), one_line(note))
            figure.supxlabel(str(note), fontsize=8, color=GREY)
        figure.savefig(path.with_suffix(".png"), dpi=DPI)
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
