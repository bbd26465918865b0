"""How a plan grows with the number of sites: CPU seconds and peak memory of each stage, value of each search.

uv run python -m benchmarks.scale --sites 500,5000 --map town --time 20 --json
"""

from __future__ import annotations

import importlib
import json
import math
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from unittest.mock import patch

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.city import HEIGHT_M, MIX, WIDTH_M
from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep
from routeopt.folders import OFF, VARIABLE
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.network import StreetNetwork, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.sites import midpoints
from routeopt.streets.synthetic import make_town, write_osm

SITES_PER_KM2 = 22.0
"""Of the reference night."""
TEAMS = 0.04
"""Teams per site."""
TEAMS_PER_POST = 8
ENTRIES = 0.5
"""Entries of demand per site."""
RADIUS_M, SPACING_M = 120, 60
START_H, END_H, HOURS = 19, 26, 2
"""Of the shift, and how long the demand of an entry lasts: what is worth a visit moves during the night."""
TOWN = "town"
LEAST_M = 1400.0
"""Least side of a model town."""

BUILD, STATE, FIRST, SEARCH, GREEDY = "build in all", "search state", "first plan", "search", "greedy"
PARTS = (
    ("read", "routeopt.streets.osm:_read"),
    ("network", "routeopt.streets.osm:network_of"),
    ("demand", "routeopt.problem.build:combined_demand"),
    ("sites", "routeopt.problem.build:choose_sites"),
    ("snap", "routeopt.problem.build:snap"),
    ("sight", "routeopt.problem.build_profiles:sight_table"),
    ("travel", "routeopt.problem.build_profiles:travel_table"),
    ("travel", "routeopt.problem.build_profiles:near_table"),  # where there are many sites
    ("profiles", "routeopt.problem.build_profiles:_profile"),
    ("reach", "routeopt.problem.build_profiles:reached"),
    (BUILD, "routeopt.problem.build:build_with_streets"),
    (STATE, "routeopt.search.state:Search.__init__"),
)
"""Stages and the functions that they are, where these are called from."""
STAGES = (*dict.fromkeys(name for name, _ in PARTS), FIRST, GREEDY, SEARCH)
"""In the order of the table; `BUILD` is the sum of those before it and of what lies between them."""


class Meter:
    """CPU seconds of all threads, and peak resident memory, of named stages; a stage may contain others."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.own: dict[str, float] = {}
        """Seconds without the stages inside."""
        self.peak_mib: dict[str, float] = {}
        self._inside: list[tuple[float, float]] = []
        """Of each open stage: seconds of the stages inside it, and its highest memory so far."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what is done in this context to a stage."""
        self._fold(peak_mib())
        reset_peak()
        self._inside.append((0.0, 0.0))
        began = time.process_time()
        try:
            yield
        finally:
            spent = time.process_time() - began
            inner, highest = self._inside.pop()
            peak = max(highest, peak_mib())
            self.seconds[name] = self.seconds.get(name, 0.0) + spent
            self.own[name] = self.own.get(name, 0.0) + spent - inner
            self.peak_mib[name] = max(self.peak_mib.get(name, 0.0), peak)
            self._fold(peak, spent)
            reset_peak()

    def _fold(self, peak: float, spent: float = 0.0) -> None:
        """Count what has been measured for the stages that are open."""
        self._inside = [(inner + spent * (n == len(self._inside) - 1), max(highest, peak))
                        for n, (inner, highest) in enumerate(self._inside)]  # fmt: skip

    def measured(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, as a stage."""

        def run(*given: Any, **named: Any) -> Any:
            with self.stage(name):
                return function(*given, **named)

        return run

    @contextmanager
    def parts(self) -> Iterator[None]:
        """Measure every function of `PARTS` that is called in this context."""
        with ExitStack() as stack:
            for name, place in PARTS:
                module, _, attributes = place.partition(":")
                *owners, attribute = attributes.split(".")
                owner: Any = importlib.import_module(module)
                for one in owners:
                    owner = getattr(owner, one)
                stack.enter_context(patch.object(owner, attribute, self.measured(name, getattr(owner, attribute))))
            yield


def peak_mib() -> float:
    """Highest resident memory since `reset_peak`; since the process began where the system tells no more."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 2**20)


def reset_peak() -> None:
    """Begin a new measurement of `peak_mib`, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def disc(net: StreetNetwork, sites: int) -> NDArray[np.int64]:
    """The segments, open to all modes, in a disc about the middle of all, large enough for the sites."""
    x, y = (net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2, (net.node_y[net.seg_u] + net.node_y[net.seg_v]) / 2
    radius = math.sqrt(sites / SITES_PER_KM2 / math.pi) * 1000
    near = np.hypot(x - np.median(x), y - np.median(y)) <= radius
    for mode in dict.fromkeys(MIX):
        near &= net.usable[mode]
    return np.flatnonzero(near & net.stoppable)


def rung(extract: Path, sites: int, seed: int, folder: Path) -> Path:
    """Write a night of ``sites`` sites on an extract, and return its file."""
    draw = random.Random(seed)
    net = read_streets(Streets(file=str(extract.resolve())), folder, SPEEDS_KPH)
    segments = disc(net, sites)
    n_teams = max(1, round(TEAMS * sites))
    n_posts = max(1, n_teams // TEAMS_PER_POST)
    drawn = np.array(
        draw.choices(segments.tolist(), weights=net.seg_length_m[segments].tolist(), k=round(ENTRIES * sites))
    )
    lat, lon = unproject(net, *midpoints(net, drawn.astype(np.int32)))
    at = draw.sample(segments.tolist(), n_posts)
    post_lat, post_lon = unproject(net, *midpoints(net, np.array(at, dtype=np.int32)))
    entries = []
    for n in range(len(drawn)):
        begins = draw.randrange(START_H, END_H - 1)
        entries.append({
            "name": f"entry {n}", "lat": float(lat[n]), "lon": float(lon[n]), "weight": draw.randint(1, 6),
            "radius_m": RADIUS_M, "from": f"{begins}:00", "until": f"{min(END_H, begins + HOURS)}:00",
        })  # fmt: skip
    night = {
        "routeopt": 1, "name": f"{sites} sites", "shift": {"start": f"{START_H}:00", "end": f"{END_H}:00"},
        "streets": {"file": str(extract.resolve())},
        "posts": [
            {"name": f"post {n}", "lat": float(post_lat[n]), "lon": float(post_lon[n])} for n in range(n_posts)
        ],
        "teams": [
            {"name": f"team {n}", "mode": MIX[n % len(MIX)], "start": f"post {n % n_posts}"}
            for n in range(n_teams)
        ],
        "demand": [{"kind": "fixed", "entries": entries}],
        "sites": {"count": sites, "spacing_m": SPACING_M},
    }  # fmt: skip
    path = folder / f"{sites}.json"
    path.write_text(json.dumps(night), encoding="utf-8")
    return path


def town(sites: int, seed: int, folder: Path) -> Path:
    """Write a model town with an area in proportion to the sites, and return its file."""
    area = sites / SITES_PER_KM2 * 1e6
    width, height = (max(LEAST_M, math.sqrt(area * ratio)) for ratio in (WIDTH_M / HEIGHT_M, HEIGHT_M / WIDTH_M))
    path = folder / "town.osm.gz"
    write_osm(make_town(seed, width, height, n_compounds=sites // 4, n_venues=0), path)
    return path


def measure(sites: int, extract: str, seconds: float, seed: int) -> dict[str, Any]:
    """Build one night, plan it by both strategies, and return the row; in a process of its own.

    The search ends after CPU seconds, so that a busy machine finds the same as an idle one.

    Nothing that was kept on disk is used, and all kernels are there before the first stage.
    """
    os.environ[VARIABLE] = OFF
    from routeopt import warm
    from routeopt.budget import Budget
    from routeopt.problem import build as building
    from routeopt.scenario.read import read_scenario
    from routeopt.search import tracker
    from routeopt.solving import solve

    warm()
    meter, cpu = Meter(), SimpleNamespace(perf_counter=time.process_time)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = town(sites, seed, folder) if extract == TOWN else Path(extract)
        path = rung(given, sites, seed, folder)
        reset_peak()
        with meter.parts():
            built = building.build_with_streets(read_scenario(path))
            with meter.stage(FIRST):
                first = solve(built.problem, Budget(iterations=0), seed=seed)
            with meter.stage(GREEDY):
                greedy = solve(built.problem, Budget(), strategy="greedy", seed=seed)
            with meter.stage(SEARCH), patch.object(tracker, "time", cpu):
                found = solve(built.problem, Budget(seconds=seconds), seed=seed, initial=first.plan)
    problem = built.problem
    spent = {**meter.seconds, FIRST: meter.own[FIRST], SEARCH: meter.own[SEARCH]}
    spent[STATE] /= 3  # once for each solution
    return {
        "sites": problem.n_sites, "teams": problem.n_teams, "points": problem.n_points,
        "segments": built.network.n_segments, "nodes": len(built.network.node_x),
        "map": Path(extract).name, "seed": seed,
        "stages": {
            stage: {"seconds": round(spent[stage], 4), "peak_mib": round(meter.peak_mib[stage], 1)}
            for stage in STAGES
        },
        "peak_mib": round(max(meter.peak_mib.values()), 1), "greedy": round(greedy.value, 6),
        "first": round(first.value, 6), "value": round(found.value, 6), "iterations": found.iterations,
        "iterations_per_s": round(found.iterations / max(spent[SEARCH], 1e-9), 1),
    }  # fmt: skip


def slopes(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """Between one size and the next: stage → the power of the number of sites with which its seconds grow.

    >>> stages = [{"demand": {"seconds": s}} for s in (1.0, 8.0)]
    >>> slopes([{"sites": 100, "stages": stages[0]}, {"sites": 400, "stages": stages[1]}])
    [{'demand': 1.5}]
    """
    return [
        {
            name: round(
                math.log(max(after["stages"][name]["seconds"], 1e-4) / max(row["stages"][name]["seconds"], 1e-4))
                / math.log(after["sites"] / row["sites"]), 3,
            )
            for name in row["stages"]
        }
        for row, after in pairwise(rows)
    ]  # fmt: skip


def figures(rows: Sequence[Mapping[str, Any]], seconds: float) -> list[Figure]:
    """Of each size: seconds of the main stages, memory, speed and value; then the slopes between sizes."""
    found = []
    for row in rows:
        size = f"{row['sites']} sites, {row['map'].split('.')[0]}"
        for name in (BUILD, "travel", STATE, FIRST, GREEDY):
            found.append(Figure(f"{name}, {size}", row["stages"][name]["seconds"], "CPU s"))
        found.append(Figure(f"peak memory, {size}", row["peak_mib"] / 1024, "GiB"))
        found.append(Figure(f"iterations, {size}", row["iterations_per_s"], "per CPU s"))
        for name, key in ((GREEDY, "greedy"), (FIRST, "first"), (f"search of {seconds:g} s", "value")):
            found.append(Figure(f"visibility, {name}, {size}", 100 * row[key], "%"))
    for (row, after), slope in zip(pairwise(rows), slopes(rows), strict=True):
        between = f"{row['sites']} to {after['sites']} sites, {row['map'].split('.')[0]}"
        for name in (BUILD, "travel", FIRST):
            found.append(Figure(f"slope of {name}, {between}", slope[name], "power"))
    return found


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without nesting, for a table."""
    stages = row["stages"].items()
    parts = {f"{name}: {key}": value for name, both in stages for key, value in both.items()}
    return {**{key: value for key, value in row.items() if key != "stages"}, **parts}


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Stages by size, CPU seconds and peak MiB, with the slopes between the sizes."""
    between = slopes(rows)
    lines = [f"{'':14}" + "".join(f"{row['sites']:>9} × {row['teams']:<4}{'':7}" for row in rows)]
    for name in STAGES:
        cells = [
            f"{row['stages'][name]['seconds']:9.2f} s {row['stages'][name]['peak_mib']:7.0f} MiB" for row in rows
        ]
        powers = " ".join(f"{slope[name]:.2f}" for slope in between)
        lines.append(f"{name:14}" + "".join(cells) + (f"   slope {powers}" if powers else ""))
    for key in ("points", "segments", "peak_mib", "greedy", "first", "value", "iterations_per_s"):
        lines.append(f"{key:14}" + "".join(f"{row[key]:>17}{'':6}" for row in rows))
    return "\n".join(lines)


def main(
    sites: Annotated[str, typer.Option(help="Numbers of sites, separated by commas.")] = "500,5000",
    extract: Annotated[
        str, typer.Option("--map", help="A street file large enough for the sites, or: town, a model town.")
    ] = TOWN,
    seconds: Annotated[float, typer.Option("--time", help="CPU seconds of the search.", min=0.0)] = 20.0,
    seed: Annotated[int, typer.Option(help="Draws the town, the demand and the search.", min=0)] = 1,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Build and plan a night of each size, each in a process of its own."""
    run = begin()
    rows = []
    for size in sorted({int(text) for text in sites.split(",")}):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            rows.append(process.submit(measure, size, extract, seconds, seed).result())
        sys.stderr.write(table(rows[-1:]) + "\n")
    if len(rows) > 1:
        sys.stderr.write(table(rows) + "\n")
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep("scale", [flat(row) for row in rows])
        sys.stderr.write(f"recorded in {run.record('scale', figures(rows, seconds), note).name}\n")


if __name__ == "__main__":
    typer.run(main)
