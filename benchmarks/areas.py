"""Patrol areas of two sizes: seconds, gap, balance, and whether they are connected.

uv run python -m benchmarks.areas --osm EXTRACT
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep
from routeopt.areas.metric import StreetMetric
from routeopt.budget import Budget
from routeopt.demand.forecast.spread import spread
from routeopt.partition import on_streets
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.streets.network import StreetNetwork
from routeopt.streets.osm import network_of
from routeopt.streets.osm_file import read_osm
from routeopt.streets.synthetic import make_town, write_osm

SMALL, LARGE = (417, 8), (5192, 26)
"""Segments and areas."""
SECONDS = 5.0, 60.0
GOALS = 0.01, 0.02
"""Gaps at which the search ends."""
BUSY = 60
"""Places that the demand is around."""
BANDWIDTH_M = 300.0


def town() -> StreetNetwork:
    """The streets of the model town."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "town.osm.gz"
        write_osm(make_town(7), file)
        return network_of(read_osm(file), 120.0, SPEEDS_KPH)


def around_middle(net: StreetNetwork, n: int) -> NDArray[np.int64]:
    """The ``n`` segments that cars reach first from the middle of the network."""
    open_ = np.flatnonzero(net.usable["car"])
    metric = StreetMetric(net.seg_u[open_], net.seg_v[open_], np.maximum(net.seg_length_m[open_], 1.0))
    x, y = net.node_x[metric.u], net.node_y[metric.u]
    middle = int(np.hypot(x - np.median(x), y - np.median(y)).argmin())
    near = metric.near(np.array([middle]), np.array([np.inf]))
    return np.sort(open_[near.item[np.argsort(near.distance, kind="stable")[:n]]])


def demand_of(net: StreetNetwork, used: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Demand around busy places of different weights, and a fifth of it everywhere by length."""
    rng = np.random.default_rng(seed)
    place = rng.choice(used, BUSY, replace=False).astype(np.int32)
    busy = spread(net, place, BANDWIDTH_M) @ rng.exponential(1.0, BUSY)
    inside = np.zeros(net.n_segments)
    inside[used] = 1.0
    busy, even = busy * inside, net.seg_length_m * inside
    return np.asarray(0.8 * busy / busy.sum() + 0.2 * even / even.sum())


def measure(
    name: str, net: StreetNetwork, size: tuple[int, int], seconds: float, goal: float, seed: int
) -> dict[str, Any]:
    """Draw areas once."""
    used = around_middle(net, size[0])
    found = on_streets(
        net, used, demand_of(net, used, seed), size[1], budget=Budget(seconds=seconds), goal=goal, seed=seed
    )
    return {
        "streets": name, "segments": len(used), "areas": size[1], "seed": seed,
        "runtime_s": round(found.runtime_s, 2), "gap": found.gap, "gap_same_centres": found.gap_here,
        "balance": found.balance,
        "connected": all(found.connected), "mean_m": round(found.mean_m, 2), "iterations": found.iterations,
    }  # fmt: skip


def figures(rows: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """The median gap, balance and time of each size."""
    from benchmarks.history import median

    found = []
    for name in dict.fromkeys(row["streets"] for row in rows):
        own = [row for row in rows if row["streets"] == name]
        what = f"{own[0]['segments']} segments of {name} into {own[0]['areas']} areas"
        found += [
            median(f"gap, {what}", [row["gap"] or 1.0 for row in own], "share"),
            median(f"balance, {what}", [row["balance"] for row in own], "share"),
            median(f"seconds, {what}", [row["runtime_s"] for row in own], "s"),
        ]
    return found


def main(
    osm: Annotated[Path | None, typer.Option(help="A street file of a city for the larger size.")] = None,
    runs: Annotated[int, typer.Option(help="Number of runs, each with a demand of its own.", min=1)] = 3,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Draw the areas of the model town, and of an extract."""
    run, rows = begin(), []
    cases = [("the model town", town(), SMALL, SECONDS[0], GOALS[0])]
    if osm is not None:
        city = network_of(read_osm(osm), 120.0, SPEEDS_KPH)
        cases.append((osm.name.split(".")[0], city, LARGE, SECONDS[1], GOALS[1]))
    for n in range(runs):
        for name, net, size, seconds, goal in cases:
            rows.append(measure(name, net, size, seconds, goal, n))
            sys.stderr.write(json.dumps(rows[-1]) + "\n")
    for figure in figures(rows):
        sys.stderr.write(f"{figure.name}: {figure.value:.3g} {figure.unit}\n")
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep("areas", rows)
        sys.stderr.write(f"recorded in {run.record('areas', figures(rows), note).name}\n")


if __name__ == "__main__":
    typer.run(main)
