"""Every scenario × every strategy × several seeds at equal time.

uv run python -m benchmarks.visibility --time 10 --seeds 1,2,3 --bound 120
uv run --group peers python -m benchmarks.visibility scenarios/wuliting/night.yaml --towns 130,250 \
    --strategies best_response,greedy,beats,pyvrp,vroom,ortools_routing --time 60 --bound 120
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import scale
from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, median
from routeopt import build, check, evaluate, read_scenario, solve
from routeopt.budget import Budget
from routeopt.lagrangian import bound
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.strategies import STRATEGIES

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
TOWN_SEED = 1
"""Draws the streets and the demand of model towns."""


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


def compare(
    problem: Problem, names: Sequence[str], seeds: Sequence[int], seconds: float, bound_s: float
) -> list[dict[str, Any]]:
    """Run each strategy with each seed; print the medians, and return a row per run."""
    names = names or [name for name, strategy in STRATEGIES.items() if strategy.supports(problem)]
    runs = [solve(problem, Budget(seconds=seconds), strategy=name, seed=seed) for name in names for seed in seeds]
    first = max(runs, key=lambda run: run.value)
    best, top = first.value, bound(problem, Budget(seconds=bound_s), first.plan).value if bound_s > 0 else None
    for name in names:
        middle = statistics.median(run.value for run in runs if run.strategy == name)
        sys.stderr.write(
            f"{problem.name}  {name:16s} {middle:.4f}  {middle / best - 1:+.1%} of the best run"
            + (f", the bound is {top / middle - 1:.1%} above\n" if top else "\n")
        )
    return [
        row(problem, run, seconds)
        | {
            "primal_integral": round(primal_integral(run, seconds, best), 5),
            "bound": top and round(top, 6), "gap": top and round(top / run.value - 1, 5),
        }
        for run in runs
    ]  # fmt: skip


@contextmanager
def nights(scenarios: Sequence[Path], sites: Sequence[int]) -> Iterator[list[Path]]:
    """Give the scenario files, and those of nights in model towns with the numbers of sites told."""
    with tempfile.TemporaryDirectory() as there:
        found = list(scenarios)
        for n in sites:
            folder = Path(there, str(n))
            folder.mkdir()
            found.append(scale.rung(scale.town(n, TOWN_SEED, folder), n, TOWN_SEED, folder))
        yield found


def main(
    scenarios: Annotated[
        list[Path] | None,
        typer.Argument(help="Scenario files. Default: all in scenarios/, or none if --towns is given."),
    ] = None,
    towns: Annotated[
        str, typer.Option(help="Nights in model towns too: their numbers of sites, separated by commas.")
    ] = "",
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
    run, rows = begin(), list[dict[str, Any]]()
    names = strategies.split(",") if strategies else []
    given = scenarios or ([] if towns else sorted(SCENARIOS.glob("*/night.yaml")))
    with nights(given, [int(n) for n in towns.split(",") if n]) as paths:
        for path in paths:
            rows += compare(build(read_scenario(path)), names, [int(n) for n in seeds.split(",")], time, bound_s)
    if as_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    if record:
        keep(f"visibility-{time:g}s", rows)
        path = run.record("visibility", figures(rows), note)
        sys.stderr.write(f"recorded in {path.name}\n")


if __name__ == "__main__":
    typer.run(main)
