"""Nights with calls, answered in four ways: what is seen in the end, against a full search after every call.

uv run python -m benchmarks.live [--nights 10] [--full 30]
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, mean
from routeopt.budget import Budget
from routeopt.dispatch.delivered import Delivery
from routeopt.dispatch.simulate import Played, incidents, keep, nearest, play, recommended, replanned
from routeopt.problem import Problem
from routeopt.problem.build import build
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

NIGHT = Path(__file__).parents[1] / "scenarios" / "wuliting" / "night.yaml"
CALLS = 12


def main(
    scenario: Annotated[Path, typer.Option(help="Night that is played.")] = NIGHT,
    nights: Annotated[int, typer.Option(help="Number of nights.", min=1)] = 10,
    seconds: Annotated[float, typer.Option("--time", help="Search of a re-planning, s.", min=0.0)] = 0.2,
    full: Annotated[float, typer.Option(help="Full search after every call, s; 0 leaves it out.", min=0.0)] = 30.0,
    plan_s: Annotated[float, typer.Option("--plan", help="Search of the plan at the start, s.", min=0.1)] = 20.0,
    dwell: Annotated[float, typer.Option(help="Mean share of a dwell that is delivered.", min=0.05, max=1)] = 0.6,
    late: Annotated[float, typer.Option(help="Mean delay of a way, minutes.", min=0)] = 2.0,
    first: Annotated[int, typer.Option(help="Seed of the first night.", min=0)] = 0,
    record: RecordOption = False,
    note: NoteOption = "",
) -> None:
    """Print the mean visibility of each way, and the gain of re-planning over the others night by night."""
    run = begin()
    problem = build(read_scenario(scenario))
    plan = solve(problem, Budget(seconds=plan_s), seed=1).plan
    ways = {
        "recommended, re-planned": (recommended, replanned(Budget(seconds=seconds))),
        "recommended, plan kept": (recommended, keep),
        "nearest, plan kept": (nearest, keep),
    }
    if full > 0:
        ways["recommended, full search"] = recommended, replanned(Budget(seconds=full), price=0.0)
    found: dict[str, list[Played]] = {name: [] for name in ways}
    for seed in range(first, first + nights):
        calls = _calls(problem, seed)
        delivery = Delivery(dwell, late, seed=seed)
        for name, (choose, answer) in ways.items():
            begun = time.perf_counter()
            found[name].append(play(problem, plan, calls, choose, answer, delivery=delivery))
            took = time.perf_counter() - begun
            print(f"night {seed}, {name}: {found[name][-1].visibility:.4f} ({took:.0f} s)", flush=True)
    own = np.array([night.visibility for night in found["recommended, re-planned"]])
    diversions = sum(night.diversions for night in found["recommended, re-planned"])
    figures: list[Figure] = []
    for name, played in found.items():
        values = np.array([night.visibility for night in played])
        changed = sum(night.changed for night in played) / max(1, diversions)
        gain = own / values - 1
        print(f"{name}: {values.mean():.4f}; re-planned against it {gain.mean():+.2%} (least {gain.min():+.2%})")
        print(f"    {changed:.2f} stops of others changed per call")
        figures.append(mean(f"{name}: visibility", (100 * values).tolist(), "%"))
        if name != "recommended, re-planned":
            figures.append(mean(f"re-planned against {name}", (100 * gain).tolist(), "%"))
        else:
            each = [night.changed / max(1, night.diversions) for night in played]
            figures.append(mean("stops of others changed per call", each, "stops"))
    if record:
        print(f"recorded in {run.record('live', figures, note).name}")


def _calls(problem: Problem, seed: int) -> list[tuple[int, int]]:
    """Draw a night with exactly `CALLS` calls."""
    rng = np.random.default_rng(seed)
    found = incidents(problem, 3.0 * CALLS, seed)
    return [found[n] for n in sorted(rng.choice(len(found), CALLS, replace=False).tolist())]


if __name__ == "__main__":
    typer.run(main)
