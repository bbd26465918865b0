"""docs/results.md, made from the histories.

uv run python -m benchmarks.page
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmarks.history import HISTORY, ROOT, Row, latest, read

PAGE = ROOT / "docs" / "results.md"
HEAD = """# Results

<!-- Made by `uv run python -m benchmarks.page` from benchmarks/history; do not edit. -->

Every figure here, and every measured figure in the README and on other pages, has a row in a file of
`benchmarks/history`: with the date, the commit, the machine and its load, the versions of the packages, the
command and the spread. A benchmark appends to its history when it is run with `--record`; the raw rows of its last
recorded run are in `benchmarks/results`. The tables show the latest row of each figure.

Times depend on the machine and on what else runs there; compare only figures of the same machine. The
reference night is `scenarios/wuliting/night.yaml`, on a model town. Unless a command says otherwise, a
run uses one thread.
"""


class Benchmark(NamedTuple):
    """A section of the page."""

    file: str
    title: str
    text: str
    run: str


BENCHMARKS = (
    Benchmark(
        "visibility", "Visibility of the strategies",
        "Visibility on the reference night at equal time. Value: median over the seeds; spread: lowest and "
        "highest seed; n: number of seeds.",
        "uv run --group peers python -m benchmarks.visibility --time 10 --seeds 1,2,3 --bound 120 --record",
    ),
    Benchmark(
        "bound", "Gaps to optima and bounds",
        "Small nights: two hours, two teams, nine sites, drawn at random, with the optimum proven by the "
        "strategy `exact`; value: mean, spread: lowest and highest night, n: number of nights. Reference "
        "night: relative distance of the upper bound from the plan; value: median over the seeds.",
        "uv run python -m benchmarks.bound --small 30 --iterations 400 --record\n"
        "uv run python -m benchmarks.bound --time 120 --plan-time 30 --seeds 1,2,3 --record",
    ),
    Benchmark(
        "coverage", "Test coverage",
        "Branch coverage of the package by the everyday tests without a browser, with the kernels run uncompiled "
        "on small instances, so that their lines count.",
        ".ci/coverage --keep",
    ),
    Benchmark(
        "replan", "Re-planning",
        "Events on the reference night: a team is sent to a random place at a random time and is busy there "
        "for 20 to 60 minutes. The value kept compares with a full re-solve of 30 s that pays no price for "
        "changes; n: number of events.",
        "uv run python -m benchmarks.replan --events 200 --limit 0.08 --compared 6 --record",
    ),
    Benchmark(
        "toptw", "Team orienteering with time windows",
        "Relative distance below the best known value on public instances with 1 to 4 teams, one seed; "
        "negative where a solution is ahead of it (routes: `benchmarks/results/toptw-ahead.json`). Value: "
        "mean over instances and numbers of teams; n: number of these.",
        "uv run --group peers python -m benchmarks.toptw --instances DIR --best-known CSV --time 10 --peers "
        "pyvrp,ortools,vroom --record",
    ),
    Benchmark(
        "heatmap", "Computing a heat map",
        "From a file of random incidents over three years to demand per street segment and minute.",
        "uv run python -m benchmarks.heatmap --rows 100000 --segments 50000 --osm EXTRACT --record",
    ),
    Benchmark(
        "backtest", "Predicting incidents",
        "Share of each test day's incidents that fall on the streets that a forecast from the days before "
        "ranks first, at a share of all street length. Open data of Washington's police. Spread: 95 % "
        "interval, from resampled test days; n: number of test days. No forecast sees its test day or later, "
        "but the form of the mixture was settled with these data in view.",
        'uv run python -m benchmarks.backtest --osm EXTRACT --incidents CSV --name "Washington 2019" --record',
    ),
    Benchmark(
        "streets", "Reading streets",
        "From an extract to a network that can be routed on, in CPU seconds: a network for every mode, cut into "
        "segments of 120 m, from the extract, from the same as plain XML and from the disk; a graph for one mode "
        "by osmnx and networkx, simplified, with speeds, of its largest part; and reading the extract with osmium "
        "alone. One process; n: number of runs; osmnx against routeopt: within a run.",
        "uv run python -m benchmarks.streets --osm EXTRACT --record",
    ),
    Benchmark(
        "scale", "Growth with the number of sites",
        "Nights of a model town of the reference night's density: sites chosen by demand on an area in "
        "proportion, teams for 4 % of them, on foot, by e-bike and by car; each size in a process of its own, "
        "nothing kept on disk, kernels compiled before. CPU seconds of all threads; a slope is the power of the "
        "number of sites with which a stage grows from one size to the next. Stages one by one: "
        "`benchmarks/results/scale.csv`.",
        "uv run python -m benchmarks.scale --sites 100,300 --time 10 --record",
    ),
    Benchmark(
        "startup", "First plan",
        "The whole command `routeopt plan` with one iteration, with empty caches of compiled kernels and with "
        "filled ones. n: number of runs.",
        "uv run python -m benchmarks.startup --record",
    ),
)  # fmt: skip


def page(history: Path = HISTORY) -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(b, read(b.file, history)) for b in BENCHMARKS)])


def section(benchmark: Benchmark, rows: list[Row]) -> str:
    """One benchmark: what it measures, its command, its latest figures and where they come from."""
    lines = [
        f"## {benchmark.title}", "", benchmark.text, "", "```", benchmark.run, "```", "",
        "| figure | value | spread | n | date | commit | machine | note |",
        "|---|---:|---:|---:|---|---|---|---|",
    ]  # fmt: skip
    for row in latest(rows).values():
        spread = f"{shown(row.least)} to {shown(row.most)}" if row.n > 1 and row.least != "" else ""
        cells = (
            row.figure, f"{shown(row.value)} {row.unit}", spread, str(row.n), row.date, f"`{row.commit}`",
            row.machine, row.note,
        )  # fmt: skip
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, "", f"All {len(rows)} rows: `benchmarks/history/{benchmark.file}.csv`.", ""])


def shown(value: float | str) -> str:
    """A value to four significant digits."""
    text = f"{float(value):.4g}"
    return f"{float(value):.0f}" if "e" in text and abs(float(value)) >= 1 else text


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
