"""Every scenario × every strategy × several seeds at equal time.

uv run python -m benchmarks.visibility --time 10 --seeds 1,2,3
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.results_file import keep
from routeopt import build, check, evaluate, read_scenario, solve
from routeopt.budget import Budget
from routeopt.lagrangian import bound
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.strategies import STRATEGIES

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"


def primal_integral(result: Result, seconds: float, best: float) -> float:
    """Mean relative distance to ``best`` over the time given (Berthold 2013), 0 is ideal."""
    gap, at, area = 1.0, 0.0, 0.0
    for when, value in [*result.history, (seconds, result.value)]:
        area += gap * (min(when, seconds) - at)
        at, gap = min(when, seconds), max(0.0, 1.0 - value / best)
    return area / seconds


def row(problem: Problem, result: Result, seconds: float) -> dict[str, object]:
    """One run, judged by `evaluate` and `check` alone."""
    return {
        "scenario": problem.name, "strategy": result.strategy, "seed": result.seed, "seconds": seconds,
        "visibility": round(evaluate(problem, result.plan).visibility, 6), "iterations": result.iterations,
        "runtime_s": round(result.runtime_s, 2), "violations": len(check(problem, result.plan)),
    }  # fmt: skip


def main(
    scenarios: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files; all of ours unless told.")
    ] = None,
    strategies: Annotated[str, typer.Option(help="Names, separated by commas; all unless told.")] = "",
    time: Annotated[float, typer.Option(help="Seconds for each run.")] = 10.0,
    seeds: Annotated[str, typer.Option(help="Separated by commas.")] = "1,2,3",
    bound_s: Annotated[
        float,
        typer.Option("--bound", help="Seconds for an upper bound of each scenario; 0: none."),
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Rows on stdout.")] = False,
) -> None:
    """Print a row per strategy with its median and its lead, and keep all rows."""
    rows: list[dict[str, object]] = []
    for path in scenarios or sorted(SCENARIOS.glob("*/night.yaml")):
        problem = build(read_scenario(path))
        runs = [
            solve(problem, Budget(seconds=time), strategy=name, seed=int(seed))
            for name in (
                strategies.split(",") if strategies else [n for n, s in STRATEGIES.items() if s.supports(problem)]
            )
            for seed in seeds.split(",")
        ]
        best = max(r.value for r in runs)
        top = None
        if bound_s > 0:
            top = bound(problem, Budget(seconds=bound_s), max(runs, key=lambda r: r.value).plan).value
        rows += [
            row(problem, r, time)
            | {
                "primal_integral": round(primal_integral(r, time, best), 5),
                "bound": top and round(top, 6), "gap": top and round(top / r.value - 1, 5),
            }
            for r in runs
        ]  # fmt: skip
        for name in dict.fromkeys(r.strategy for r in runs):
            values = [r.value for r in runs if r.strategy == name]
            middle = statistics.median(values)
            sys.stderr.write(
                f"{problem.name}  {name:16s} {middle:.4f}  {middle / best - 1:+.1%} of the best run"
                + (f", the bound is {top / middle - 1:.1%} above\n" if top else "\n")
            )
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    sys.stderr.write(f"kept as {keep('visibility', rows)}\n")


if __name__ == "__main__":
    typer.run(main)
