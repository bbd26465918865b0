"""Share of time that map matching puts on the right segment, on simulated tracks of a planned night.

uv run python -m benchmarks.map_matching [--seeds 3] [--sigma 8]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.history import NoteOption, RecordOption, begin, keep, mean
from routeopt.adherence.matching import Matched, Matcher
from routeopt.adherence.simulated import Truth, track_of, truths
from routeopt.budget import Budget
from routeopt.problem.build import Built, build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from routeopt.streets.network import StreetNetwork

NIGHT = Path(__file__).parents[1] / "scenarios" / "wuliting" / "night.yaml"
FLOORS = {30.0: 0.95, 120.0: 0.85}
"""Seconds between fixes → least share of time on the right segment."""
CORNER_M = 1.0
"""Who stands this near to a corner stands on all of its segments."""


def right_share(net: StreetNetwork, truth: Truth, matched: Matched) -> tuple[float, float]:
    """Return the seconds on the right segment, and those that are known of the track (silence apart)."""
    at = np.arange(matched.track.time_s[0], matched.track.time_s[-1], 1.0) + 0.5
    known = ~matched.begins[np.searchsorted(matched.track.time_s, at)] if len(at) else np.empty(0, np.bool_)
    at = at[known]
    piece = np.clip(np.searchsorted(matched.way_begin_s, at, side="right") - 1, 0, len(matched.way_segment) - 1)
    segment, offset_m = truth.at(at)
    found = matched.way_segment[piece]
    right = found == segment
    for node, away_m in ((net.seg_u, offset_m), (net.seg_v, net.seg_length_m[segment] - offset_m)):
        corner = node[segment]
        right |= (away_m <= CORNER_M) & ((net.seg_u[found] == corner) | (net.seg_v[found] == corner))
    return float(right.sum()), float(len(at))


def measure(built: Built, roads: list[Truth], interval_s: float, sigma_m: float, seed: int) -> float:
    """Return the share of time on the right segment over all teams."""
    rng = np.random.default_rng(seed)
    found = np.zeros(2)
    for truth in roads:
        gaps = [(t, t + 900.0) for t in rng.uniform(truth.time_s[0], truth.time_s[-1], 1)]
        track = track_of(built, truth, interval_s, sigma_m, rng, gaps)
        matcher = Matcher(built.network, built.problem.movement(truth.team).mode)
        found += right_share(built.network, truth, matcher.match(track))
    return float(found[0] / found[1])


def main(
    seeds: Annotated[int, typer.Option(help="Number of simulated nights.")] = 3,
    sigma: Annotated[float, typer.Option(help="Noise of fixes, metres.")] = 8.0,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Print the share of time on the right segment for each interval, against its floor."""
    run = begin()
    built = build_with_streets(read_scenario(NIGHT))
    roads = truths(built, solve(built.problem, Budget(iterations=1), strategy="greedy", seed=1).plan)
    rows: list[dict[str, object]] = []
    figures = []
    for interval, floor in FLOORS.items():
        started = time.perf_counter()
        shares = [measure(built, roads, interval, sigma, seed) for seed in range(1, seeds + 1)]
        row: dict[str, object] = {
            "interval_s": interval, "sigma_m": sigma, "right": round(float(np.mean(shares)), 4),
            "least": round(min(shares), 4), "floor": floor, "seconds": round(time.perf_counter() - started, 2),
        }  # fmt: skip
        sys.stdout.write(json.dumps(row) + "\n")
        rows.append(row)
        figures.append(mean(f"share of time on the right segment, a fix every {interval:g} s", shares, "share"))
    if record:
        keep("map_matching", rows)
        sys.stderr.write(f"recorded in {run.record('map_matching', figures, note).name}\n")


if __name__ == "__main__":
    typer.run(main)
