"""Every scenario × every strategy × several seeds at equal time.

uv run python -m benchmarks.visibility --time 10 --seeds 1,2,3 --bound 120
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, median
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


def figures(rows: Sequence[dict[str, Any]]) -> list[Figure]:
    """Median visibility of each scenario and strategy, and bounds and gaps where there are any."""
    found = []
    folders = list(dict.fromkeys(row["scenario"] for row in rows))
    for scenario, strategy in dict.fromkeys((row["scenario"], row["strategy"]) for row in rows):
        own = [row for row in rows if (row["scenario"], row["strategy"]) == (scenario, strategy)]
        what = f"{strategy}, {own[0]['seconds']:g} s" + (f", {scenario}" if len(folders) > 1 else "")
        n = statistics.median(float(row["iterations"]) for row in own)
        done = f"{n:.0f} iterations" if n > 1 else ""
        found.append(median(f"visibility, {what}", [100 * float(row["visibility"]) for row in own], "%", done))
        if all(row.get("bound") for row in own):
            found.append(median(f"bound, {what}", [100 * float(row["bound"]) for row in own], "%"))
            found.append(median(f"gap, {what}", [100 * float(row["gap"]) for row in own], "%"))
    return found


def row(problem: Problem, result: Result, seconds: float) -> dict[str, object]:
    """One run, judged by `evaluate` and `check` alone."""
    return {
        "scenario": problem.name, "strategy": result.strategy, "seed": result.seed, "seconds": seconds,
        "visibility": round(evaluate(problem, result.plan).visibility, 6), "iterations": result.iterations,
        "runtime_s": round(result.runtime_s, 2), "violations": len(check(problem, result.plan)),
    }  # fmt: skip


def main(
    scenarios: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files. Default: all in scenarios/.")
    ] = None,
    strategies: Annotated[str, typer.Option(help="Names, separated by commas. Default: all.")] = "",
    time: Annotated[float, typer.Option(help="Seconds for each run.")] = 10.0,
    seeds: Annotated[str, typer.Option(help="Separated by commas.")] = "1,2,3",
    bound_s: Annotated[
        float,
        typer.Option("--bound", help="Seconds for an upper bound of each scenario; 0 leaves it out."),
    ] = 0.0,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Print the median of each strategy and how far it is from the best run."""
    run = begin()
    rows: list[dict[str, Any]] = []
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
    if record:
        keep(f"visibility-{time:g}s", rows)
        path = run.record("visibility", figures(rows), note)
        sys.stderr.write(f"recorded in {path.name}\n")


if __name__ == "__main__":
    typer.run(main)
