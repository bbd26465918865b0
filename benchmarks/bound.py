"""How far plans are from proven optima and bounds, on small random nights and on the reference night.

uv run python -m benchmarks.bound --small 30 --iterations 400
uv run python -m benchmarks.bound --time 120 --seeds 1,2,3
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, mean, median
from routeopt import Budget, build, read_scenario, solve
from routeopt.lagrangian import bound

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"
SMALL_PLAN = 1000
"""Iterations of the default strategy on a small night."""
Row = dict[str, Any]


def small_nights(n: int, iterations: int) -> list[Row]:
    """Optimum, plan and bound of ``n`` random two-hour nights, those of tests/strategies/test_exact.py."""
    from tests.conftest import random_problem
    from tests.strategies.test_exact import small

    rows = []
    for seed in range(n):
        problem = small(random_problem, seed)
        optimum = solve(problem, Budget(iterations=0), strategy="exact").value
        found = solve(problem, Budget(iterations=SMALL_PLAN), seed=seed)
        top = bound(problem, Budget(iterations=iterations), found.plan).value
        rows.append({
            "seed": seed, "optimum": round(optimum, 9), "plan": round(found.value, 9), "bound": round(top, 9),
        })  # fmt: skip
        sys.stderr.write(f"night {seed}: optimum {optimum:.6f}, plan {found.value:.6f}, bound {top:.6f}\n")
    return rows


def small_figures(rows: list[Row], iterations: int) -> list[Figure]:
    """Mean gaps of the small nights."""
    below = [100 * (1 - row["plan"] / row["optimum"]) for row in rows]
    above = [100 * (row["bound"] / row["optimum"] - 1) for row in rows]
    what, reached = f"{len(rows)} small nights", sum(gap < 1e-7 for gap in below)
    note = f"optimum found on {reached} nights; {SMALL_PLAN} iterations"
    return [
        mean(f"plan below the optimum, {what}", [max(0.0, gap) for gap in below], "%", note),
        mean(f"bound above the optimum, {what}", above, "%", f"{iterations} iterations"),
    ]


def night(scenario: Path, plan_s: float, bound_s: float, seeds: list[int]) -> list[Row]:
    """Plan, bound and gap of one night for each seed."""
    problem = build(read_scenario(scenario))
    rows = []
    for seed in seeds:
        found = solve(problem, Budget(seconds=plan_s), seed=seed)
        top = bound(problem, Budget(seconds=bound_s), found.plan)
        rows.append({
            "scenario": problem.name, "seed": seed, "plan_s": plan_s, "bound_s": bound_s,
            "plan": round(found.value, 6), "bound": round(top.value, 6),
            "gap": round(top.value / found.value - 1, 6), "plan_iterations": found.iterations,
            "bound_iterations": top.iterations,
        })  # fmt: skip
        sys.stderr.write(
            f"seed {seed}: plan {found.value:.4f} ({found.iterations} iterations), bound {top.value:.4f} "
            f"({top.iterations} iterations), gap {top.value / found.value - 1:.2%}\n"
        )
    return rows


def night_figures(rows: list[Row], plan_s: float, bound_s: float) -> list[Figure]:
    """Medians over the seeds."""
    what = f"{plan_s:g} s plan, {bound_s:g} s bound"
    done = [statistics.median(row[key] for row in rows) for key in ("plan_iterations", "bound_iterations")]
    note = f"{done[0]:.0f} and {done[1]:.0f} iterations"
    return [
        median(f"gap, {what}", [100 * row["gap"] for row in rows], "%", note),
        median(f"plan, {what}", [100 * row["plan"] for row in rows], "%", note),
        median(f"bound, {what}", [100 * row["bound"] for row in rows], "%", note),
    ]


def main(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")] = SCENARIO,
    small: Annotated[int, typer.Option(help="Number of small random nights; 0 takes the scenario.", min=0)] = 0,
    iterations: Annotated[int, typer.Option(help="Iterations of the bound of a small night.", min=1)] = 400,
    time: Annotated[float, typer.Option(help="Seconds for the bound of the scenario.")] = 120.0,
    plan_time: Annotated[float, typer.Option(help="Seconds for the plan of the scenario.")] = 30.0,
    seeds: Annotated[str, typer.Option(help="Seeds of the scenario's plans, separated by commas.")] = "1,2,3",
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Measure the gaps of small nights to their optima, or of a scenario's plans to their bounds."""
    run = begin()
    if small:
        rows = small_nights(small, iterations)
        figures = small_figures(rows, iterations)
    else:
        rows = night(scenario, plan_time, time, [int(seed) for seed in seeds.split(",")])
        figures = night_figures(rows, plan_time, time)
    for figure in figures:
        sys.stderr.write(f"{figure.name}: {figure.value:.4g} {figure.unit}\n")
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    if record:
        keep("bound-small" if small else "bound", rows)
        sys.stderr.write(f"recorded in {run.record('bound', figures, note).name}\n")


if __name__ == "__main__":
    typer.run(main)
