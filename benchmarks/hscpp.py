"""The Hot Spot Coverage Patrol Problem: closed tours without a depot, one car always in the inner region.

uv run python -m benchmarks.hscpp --instances DIR --time 60 --peers pyvrp,ortools --json

Luo, Golden and Zhang (2023), INFORMS Journal on Computing, doi 10.1287/ijoc.2023.1288: three cars drive closed
tours of at most 20.8 miles, every hot spot is won once, and one car is always in the inner region. An instance is
a problem of `routeopt` like any other: a mile is a length of time, a hot spot a task of one step, by which the leg
before it is shorter; teams start anywhere and return there, and one must be present at the inner hot spots.
Plans are judged by the functions here alone, by the distances of the instance.

The peers cannot say that tours have no depot, nor that a car is always inside. They solve what is left, from the
hot spot nearest the centre; `routeopt-uncovered` solves it without a depot.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
import time as clock_of
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, mean
from benchmarks.toptw import numbers, refuse
from benchmarks.toptw_instances import Instance as Orienteering
from benchmarks.toptw_peers import SOLVERS
from routeopt import Budget, Plan, Problem, check, solve
from routeopt.clock import Clock
from routeopt.problem import Profile
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.tasks import Task, with_tasks

CARS = 3
LIMIT = 20.8
"""Longest tour, miles."""
INNER = 1.4
"""Radius of the inner region, miles."""
CENTRE = 39.16021, -77.20217
"""Its centre where positions are latitudes and longitudes; elsewhere (0, 0), in miles."""
MILES_PER_DEGREE = 69.055
WRONG = 30.0
"""Distances above this are wrong in the instance: the shortest way over other hot spots takes their place."""
STEPS = {"real_world": 0.05, "data_dim": 0.02}
"""Step by kind of instance, miles; road distances are given in tenths."""
FINE = 1000
"""Units of a mile for the peers."""
PRIZES = 10_000
"""Likewise of a prize."""
TOLERANCE = 1e-6
"""Miles."""
Row = dict[str, Any]
err = Console(stderr=True)


@dataclass(frozen=True, eq=False)
class Instance:
    """Hot spots: one vector of prizes with its distances."""

    name: str
    vector: int
    prize: NDArray[np.float64]
    """(n,)"""
    miles: NDArray[np.float64]
    """(n, n)"""
    inner: NDArray[np.bool_]
    """(n,) whether it lies in the inner region."""
    step: float
    """Step of the problem that is made of it, miles."""
    central: int
    """Hot spot nearest the centre."""


def read(path: Path) -> list[Instance]:
    """Return the instances of a file, one for each vector of prizes; a ValueError says what is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        prizes, dist, coord = (np.array(document[key], dtype=np.float64) for key in ("prize", "dist", "coord"))
        name = str(document.get("name") or path.stem).removeprefix("HSCPP_")
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise ValueError(f"{path}: {fault}") from None
    n_vectors, n = prizes.shape if prizes.ndim == 2 else (0, 0)
    if dist.ndim == 2:
        dist, coord = np.stack([dist] * n_vectors), np.stack([coord] * n_vectors)
    ok = dist.shape == (n_vectors, n, n) and coord.ndim == 3 and coord.shape[::2] == (n_vectors, 2)
    if not ok or coord.shape[1] < n or not n_vectors:
        raise ValueError(f"{path}: prize {prizes.shape}, dist {dist.shape} and coord {coord.shape} do not fit")
    if not (np.isfinite(dist).all() and (dist >= 0).all() and np.isfinite(prizes).all() and (prizes >= 0).all()):
        raise ValueError(f"{path}: prizes and distances must be finite, and none negative")
    kind = next((kind for kind in STEPS if kind in path.stem), "data_dim")
    found = []
    for v in range(n_vectors):
        away = from_centre(coord[v, :n], kind == "real_world")
        found.append(
            Instance(
                name, v, prizes[v], mended(dist[v]), away <= INNER, STEPS[kind], int(away.argmin())
            )
        )  # fmt: skip
    return found


def from_centre(coord: NDArray[np.float64], on_earth: bool) -> NDArray[np.float64]:
    """Return the distance of positions (n, 2) from the centre, miles."""
    if not on_earth:
        return np.hypot(coord[:, 0], coord[:, 1])
    north = (coord[:, 0] - CENTRE[0]) * MILES_PER_DEGREE
    east = (coord[:, 1] - CENTRE[1]) * MILES_PER_DEGREE * math.cos(math.radians(CENTRE[0]))
    return np.hypot(north, east)


def mended(miles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances with the plainly wrong ones replaced by the shortest way over other hot spots."""
    wrong = miles > WRONG
    if not wrong.any():
        return miles
    best = np.where(wrong, np.inf, miles)
    for k in range(len(best)):
        best = np.minimum(best, best[:, k, None] + best[None, k])
    return np.where(wrong, best, miles)


def problem_of(instance: Instance, *, covered: bool) -> Problem:
    """Return an instance as a problem: its value is the share of the prizes that is won."""
    n, n_steps = len(instance.prize), round(LIMIT / instance.step)
    legs = np.maximum(1, np.ceil(instance.miles / instance.step - 1e-9).astype(np.int32) - 1)
    np.fill_diagonal(legs, 0)
    nothing, whole = np.zeros(0), np.zeros(0, np.int32)
    car = Profile(
        "car", legs, instance.miles * 1609.344, np.zeros(n + 1, np.int64), whole, nothing,
        np.zeros(n * n + 1, np.int64), whole, whole, nothing, nothing,
    )  # fmt: skip
    inside = Goal("one car inside", 1.0, measure=Measure.PRESENCE, sites=instance.inner)
    cars, site = np.arange(CARS), np.full(CARS, instance.central, dtype=np.int32)
    bare = Problem(
        clock=Clock(start_min=0, n_steps=n_steps), demand=np.ones((1, n_steps)), level0=np.zeros(1),
        dwell_steps=np.array([1], np.int32), dwell_effect=np.zeros(1), passage_effect=0.0, tau_s=3600.0,
        profiles=(car,), team_profile=np.zeros(CARS, np.int32), team_factor=np.ones(CARS),
        team_start_site=site, team_end_site=site, team_start_step=np.zeros(CARS, np.int32),
        team_end_step=np.full(CARS, n_steps, np.int32), team_powers=np.ones(CARS, np.bool_),
        team_anywhere=np.ones(CARS, np.bool_), response_ptr=(), response_point=(), handling_min=(),
        site_names=tuple(f"spot {i}" for i in range(n)), team_names=tuple(f"car {k}" for k in cars),
        name=f"{instance.name} {instance.vector}", goals=(inside,) if covered else (),
    )  # fmt: skip
    share = instance.prize / instance.prize.sum()
    return with_tasks(
        bare,
        [Task(f"spot {i}", i, ((0, n_steps - 1),), 1, float(share[i]), free=True) for i in range(n)],
    )


class Stop(NamedTuple):
    """A car is at a hot spot."""

    spot: int
    miles: float
    """When it begins, in miles since the start of all tours."""
    wins: bool = True
    """Whether the prize is won."""


class Tour(NamedTuple):
    """What one car does."""

    start: int
    """Hot spot where it starts, and ends."""
    stops: list[Stop]


def tours_of(instance: Instance, problem: Problem, plan: Plan) -> list[Tour]:
    """Return the tours of a plan: where it stops, and when."""
    known, found = problem.activities, []
    for route in plan.routes:
        stops = [Stop(v.site, v.start * instance.step, known.task(v.activity) is not None) for v in route.visits]
        found.append(Tour(stops[0].spot if stops else instance.central, stops))
    return found


def faults(instance: Instance, tours: Sequence[Tour]) -> list[str]:
    """Return what is wrong with tours, whether covered or not: lengths, times, prizes won again."""
    wrong = [] if len(tours) <= CARS else [f"{len(tours)} tours for {CARS} cars"]
    won = [stop.spot for tour in tours for stop in tour.stops if stop.wins]
    wrong += [f"hot spot {spot} is won again" for spot in sorted({spot for spot in won if won.count(spot) > 1})]
    for k, tour in enumerate(tours, 1):
        ends = [Stop(tour.start, 0.0), *tour.stops, Stop(tour.start, LIMIT)]
        for a, b in pairwise(ends):
            if b.miles - a.miles < instance.miles[a.spot, b.spot] - TOLERANCE:
                wrong.append(
                    f"tour {k}: {instance.miles[a.spot, b.spot]:g} miles to hot spot {b.spot} take longer"
                )
    return wrong


def covered_share(instance: Instance, tours: Sequence[Tour]) -> float:
    """Return the share of the steps in the middle of which a car is inside, by the times of the tours.

    A stop lasts a step, by which the leg after it is shorter. A car that arrives early waits there; on a way
    between the regions it is inside for the half near the inner hot spot. After its tour it waits where it
    began, without one where it is.
    """
    step, inner = instance.step, instance.inner
    middle = (np.arange(round(LIMIT / step)) + 0.5) * step
    found = np.zeros(len(middle), dtype=np.bool_)
    for tour in tours:
        ends = [Stop(tour.start, -step), *tour.stops, Stop(tour.start, LIMIT)]
        for a, b in pairwise(ends):
            left = a.miles + step
            half = left + max(0.0, instance.miles[a.spot, b.spot] - step) / 2
            found |= inner[a.spot] & (a.miles - TOLERANCE <= middle) & (middle <= half + TOLERANCE)
            found |= inner[b.spot] & (half - TOLERANCE <= middle) & (middle <= b.miles + step + TOLERANCE)
    return float(found.mean())


def run_ours(instance: Instance, seconds: float, seed: int, *, covered: bool) -> Row:
    """Solve an instance, and judge the tours."""
    problem = problem_of(instance, covered=covered)
    began = clock_of.perf_counter()
    result = solve(problem, Budget(seconds=seconds), seed=seed)
    took = clock_of.perf_counter() - began
    tours = tours_of(instance, problem, result.plan)
    wrong = [*faults(instance, tours), *map(str, check(problem, result.plan))]
    return row_of(instance, "routeopt" if covered else "routeopt-uncovered", tours, wrong, took)


def run_peer(instance: Instance, solver: str, seconds: float, seed: int) -> Row:
    """Let a peer solve what it can: tours from the central hot spot, covered or not."""
    order = [instance.central, *range(len(instance.prize))]
    n = len(order)
    zero = np.zeros(n, dtype=np.int64)
    given = Orienteering(
        instance.name, FINE, np.ceil(instance.miles[np.ix_(order, order)] * FINE - 1e-6).astype(np.int32), zero,
        zero, np.full(n, round(LIMIT * FINE), dtype=np.int64),
        np.rint(np.append(0.0, instance.prize) * PRIZES).astype(np.int64),
    )  # fmt: skip
    began = clock_of.perf_counter()
    routes = SOLVERS[solver](given, CARS, seconds, seed)
    took = clock_of.perf_counter() - began
    tours = []
    for route in routes:
        now, at, stops = 0.0, instance.central, list[Stop]()
        for spot in (customer - 1 for customer in route):
            now += float(instance.miles[at, spot])
            stops.append(Stop(spot, now))
            at = spot
        tours.append(Tour(instance.central, stops))
    return row_of(instance, solver, tours, faults(instance, tours), took)


def row_of(instance: Instance, solver: str, tours: Sequence[Tour], wrong: Sequence[str], seconds: float) -> Row:
    """Judge tours; ones that break a rule win nothing."""
    for fault in wrong:
        err.print(f"{instance.name} {instance.vector} {solver}: {fault}", highlight=False, markup=False)
    won = (
        0.0
        if wrong
        else float(sum(instance.prize[stop.spot] for tour in tours for stop in tour.stops if stop.wins))
    )
    return {
        "instance": instance.name, "vector": instance.vector, "solver": solver, "prize": round(won, 4),
        "covered": round(covered_share(instance, tours), 4), "feasible": not wrong, "seconds": round(seconds, 2),
    }  # fmt: skip


def figures(rows: Sequence[Row], seconds: float) -> list[Figure]:
    """Mean prize and coverage of each solver, and what coverage costs."""
    found = []
    for solver in dict.fromkeys(row["solver"] for row in rows):
        own = [row for row in rows if row["solver"] == solver]
        sample = f"{solver}, {seconds:g} s, {len(own)} instances"
        found.append(mean(f"prize, {sample}", [row["prize"] for row in own], ""))
        found.append(mean(f"covered, {sample}", [100 * row["covered"] for row in own], "%"))
    by = {(row["instance"], row["vector"], row["solver"]): row["prize"] for row in rows}
    kept = [
        100 * by[name, v, "routeopt"] / free
        for (name, v, solver), free in by.items()
        if solver == "routeopt-uncovered" and free and (name, v, "routeopt") in by
    ]
    return [
        *found,
        *([mean(f"kept with coverage, {seconds:g} s, {len(kept)} instances", kept, "%")] if kept else []),
    ]


def main(
    instances: Annotated[Path, typer.Option(help="Folder of instances (.json).")],
    time: Annotated[float, typer.Option(help="Seconds for each run.", min=0.1)] = 60.0,
    peers: Annotated[str, typer.Option(help="Of pyvrp, ortools. Default: none.")] = "",
    vectors: Annotated[str, typer.Option(help="Vectors of prizes, separated by commas. Default: all.")] = "",
    only: Annotated[str, typer.Option(help="Part of the names of instances. Default: all.")] = "",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Print prize and coverage of each instance and solver."""
    run = begin()
    names = [name.strip() for name in peers.split(",") if name.strip()]
    if unknown := [name for name in names if name not in ("pyvrp", "ortools")]:
        raise refuse(f"--peers: there is no {', '.join(unknown)}; choose from pyvrp, ortools.")
    if absent := [name for name in names if importlib.util.find_spec(name) is None]:
        raise refuse(f"--peers: {', '.join(absent)} is not installed; run: uv sync --group peers")
    chosen = numbers("--vectors", vectors, 0) if vectors else None
    paths = [path for path in sorted(instances.glob("*.json")) if only in path.stem]
    if not paths:
        raise refuse(f"{instances}: no such folder, or no .json file of that name in it.")
    try:
        loaded = [one for path in paths for one in read(path) if chosen is None or one.vector in chosen]
    except ValueError as fault:
        raise refuse(str(fault)) from None
    rows: list[Row] = []
    for instance in loaded:
        for solver in ("routeopt", "routeopt-uncovered", *names):
            if solver in names:
                row = run_peer(instance, solver, time, seed)
            else:
                row = run_ours(instance, time, seed, covered=solver == "routeopt")
            rows.append(row)
            err.print("  ".join(f"{key} {value}" for key, value in row.items()), highlight=False)
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep(f"hscpp-{time:g}s", rows)
        err.print(f"recorded in {run.record('hscpp', figures(rows, time), note).name}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
