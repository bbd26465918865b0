"""From a file of incidents to λ: seconds of each step and peak memory, on a grid or on real streets.

uv run python -m benchmarks.heatmap --rows 100000 --segments 50000 [--osm EXTRACT]
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep
from routeopt.cli.terminal import status
from routeopt.clock import Clock
from routeopt.demand.forecast import heatmap
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork, sample, unproject
from routeopt.streets.osm import network_of, read_streets
from routeopt.streets.raw import RawStreets

DAYS = 1096
BLOCK_DEG = 0.001
"""Side of a grid's blocks, degrees of latitude: 111 m."""


def grid(segments: int) -> StreetNetwork:
    """A town of square blocks with about ``segments`` segments."""
    side = max(2, round((segments / 2) ** 0.5))
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    for r in range(side + 1):
        for c in range(side + 1):
            nodes[r * (side + 1) + c] = (41.0 + r * BLOCK_DEG, -8.6 + c * BLOCK_DEG / 0.755)
    for n in range(side + 1):
        tags = {"highway": "residential", "name": f"street {n}"}
        ways.append(([n * (side + 1) + c for c in range(side + 1)], tags))
        ways.append(([r * (side + 1) + n for r in range(side + 1)], tags))
    return network_of(RawStreets.of(nodes, ways), 120.0, SPEEDS_KPH)


def cut(net: StreetNetwork, segments: int) -> StreetNetwork:
    """The segments nearest to the middle of all."""
    x, y = net.node_x[net.seg_u], net.node_y[net.seg_u]
    kept = np.sort(np.argsort(np.hypot(x - np.median(x), y - np.median(y)), kind="stable")[:segments])
    nodes, ends = np.unique(np.concatenate([net.seg_u[kept], net.seg_v[kept]]), return_inverse=True)
    points = np.concatenate([np.arange(net.geom_ptr[s], net.geom_ptr[s + 1]) for s in kept])
    return dataclasses.replace(
        net, node_x=net.node_x[nodes], node_y=net.node_y[nodes],
        seg_u=ends[: len(kept)].astype(np.int32), seg_v=ends[len(kept) :].astype(np.int32),
        seg_length_m=net.seg_length_m[kept], seg_name=net.seg_name[kept], seg_class=net.seg_class[kept],
        geom_ptr=np.concatenate([[0], np.cumsum(np.diff(net.geom_ptr)[kept])]),
        geom_x=net.geom_x[points], geom_y=net.geom_y[points],
        speed_kph={mode: kph[kept] for mode, kph in net.speed_kph.items()},
        usable={mode: some[kept] for mode, some in net.usable.items()},
    )  # fmt: skip


def draw(net: StreetNetwork, rows: int, rng: np.random.Generator, path: Path) -> None:
    """Incidents of three years: two thirds gather on a tenth of the streets, one third is anywhere."""
    points = sample(net, np.arange(net.n_segments))
    hot = rng.pareto(1.2, net.n_segments) * (rng.random(net.n_segments) < 0.1)
    heavy = hot[points.segment] + 1e-9
    where = np.where(
        rng.random(rows) < 2 / 3,
        rng.choice(len(heavy), rows, p=heavy / heavy.sum()),
        rng.integers(len(heavy), size=rows),
    )
    lat, lon = unproject(net, points.x[where] + rng.normal(0, 5, rows), points.y[where] + rng.normal(0, 5, rows))
    minute = (rng.integers(DAYS, size=rows) * 1440 + rng.normal(22 * 60, 240, rows)).astype(np.int64)
    begin = np.datetime64("2023-01-01T00:00") + minute.astype("timedelta64[m]")
    end = begin + (rng.exponential(60, rows) * (rng.random(rows) < 0.4)).astype("timedelta64[m]")
    kind = rng.choice(["theft", "burglary", "assault", "noise", "robbery"], rows)
    with path.open("w", encoding="utf-8") as handle:
        handle.write("id,latitude,longitude,start_time,end_time,type,caller,text\n")
        for n in range(rows):
            handle.write(f"{n},{lat[n]:.6f},{lon[n]:.6f},{begin[n]},{end[n]},{kind[n]},somebody,something seen\n")


def figures(row: Mapping[str, Any]) -> list[Figure]:
    """Time and memory of one heat map."""
    sample = f"{row['rows']} incidents, {row['segments']} segments, {row['streets'].split('.')[0]}"
    return [
        Figure(f"file to demand, {sample}", float(row["file_to_demand_s"]), "s"),
        Figure(f"peak memory, {sample}", float(row["peak_gib"]), "GiB"),
    ]


def main(
    rows: Annotated[int, typer.Option(help="Incidents.", min=1)] = 100_000,
    segments: Annotated[int, typer.Option(help="Segments; 0: all of the extract.", min=0)] = 50_000,
    osm: Annotated[Path | None, typer.Option(help="A street file. Default: a grid.")] = None,
    seed: Annotated[int, typer.Option(help="Draws the incidents.")] = 1,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the row on stdout.")] = False,
) -> None:
    """One heat map, its bandwidths fitted to the incidents, for seven hours in steps of a minute."""
    run = begin()
    began = time.perf_counter()
    if osm is None:
        net = grid(segments or 50_000)
    else:
        net = read_streets(Streets(file=str(osm.resolve())), osm.resolve().parent, SPEEDS_KPH)
        net = cut(net, segments) if segments else net
    streets_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        draw(net, rows, np.random.default_rng(seed), Path(folder) / "incidents.csv")
        source = IncidentDemand(kind="incidents", file="incidents.csv")
        spent: dict[str, float] = {}
        began = last = time.perf_counter()
        with status() as say:

            def progress(what: str, done: float) -> None:
                nonlocal last
                say(what, done)
                now = time.perf_counter()
                spent[what] = spent.get(what, 0.0) + now - last
                last = now

            found = heatmap.estimate(source, net, Clock(19 * 60, 420), Path(folder), progress=progress)
            value = found.value
            progress("λ", 1.0)
    row: dict[str, Any] = {
        "streets": "grid" if osm is None else osm.name, "rows": rows, "segments": net.n_segments,
        "bearing": len(found.density.terms[0].mass), "streets_s": round(streets_s, 1),
        "file_to_demand_s": round(time.perf_counter() - began, 1), "shape": "×".join(map(str, value.shape)),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }  # fmt: skip
    for what, seconds in spent.items():
        sys.stderr.write(f"  {seconds:6.1f} s until {what}\n")
    sys.stdout.write(json.dumps(row) + "\n" if as_json else "  ".join(f"{k} {v}" for k, v in row.items()) + "\n")
    if record:
        keep("heatmap", [row])
        sys.stderr.write(f"recorded in {run.record('heatmap', figures(row), note).name}\n")


if __name__ == "__main__":
    typer.run(main)
