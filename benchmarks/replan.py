"""Re-planning after one team is sent away: latency, value against a full re-solve, stops changed.

uv run python -m benchmarks.replan --events 200
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.history import Figure, NoteOption, RecordOption, begin, keep, mean
from routeopt import Budget, Situation, TeamState, build, evaluate, read_scenario, replan, solve
from routeopt.dispatch.situation import standing
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.search.state import Search
from routeopt.search.tracker import Tracker
from routeopt.strategies import best_response

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"


def event(problem: Problem, plan: Plan, rng: np.random.Generator) -> Situation:
    """One team is called to a random place at a random time and is busy there for 20 to 60 minutes."""
    step = int(rng.integers(30, problem.n_steps - 90))
    on_duty = np.flatnonzero((problem.team_start_step <= step) & (problem.team_end_step > step + 60))
    team = int(rng.choice(on_duty))
    site = int(rng.choice(np.flatnonzero(problem.site_stoppable)))
    at = int(problem.team_start_site[team])
    for visit in plan.routes[team].visits:
        if visit.start <= step:
            at = visit.site
    travel = problem.movement(team).steps(at, site, step)
    return Situation(step, {team: TeamState(site, step + travel + int(rng.integers(20, 61)))})


def resolved(problem: Problem, plan: Plan, situation: Situation, seconds: float) -> float:
    """Visibility of a full search over what is left of the night, with nothing held and no price on changes."""
    routes, free = standing(problem, plan, situation, 0)
    search, tracker = Search(problem), Tracker(Budget(seconds=seconds), None)
    search.set_plan([route[route[:, 3] > 0] for route in routes])
    for team in free:
        count = int(search.counts[team])
        search.take_out(team, count, count)
        search.splice(team, count, count, search.best_stretch(team, count))
        search.refresh()
    tracker.offer(search.copy_routes(), search.objective())
    best_response.anneal(search, tracker, 0, free, situation.step)
    return tracker.value


def figures(rows: Sequence[dict[str, Any]]) -> list[Figure]:
    """Latency, changed stops, and the value kept of a full re-solve."""
    took = [1000 * float(row["seconds"]) for row in rows]
    kept = [100 * float(row["value"]) / float(row["full"]) for row in rows if row["full"]]
    spread = (min(took), max(took), len(rows))
    found = [
        Figure("latency, median", statistics.median(took), "ms", *spread),
        Figure("latency, 95th percentile", float(np.quantile(took, 0.95)), "ms", *spread),
        mean("stops changed for other teams", [float(row["changed"]) for row in rows], "stops"),
    ]
    return [*found, mean("value kept of a full re-solve", kept, "%")] if kept else found


def main(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")] = SCENARIO,
    events: Annotated[int, typer.Option(help="Number of events.", min=1)] = 200,
    limit: Annotated[float, typer.Option(help="Seconds of search for each.")] = 0.2,
    full: Annotated[float, typer.Option(help="Seconds of the full re-solve; 0 leaves it out.")] = 30.0,
    compared: Annotated[int, typer.Option(help="Events that are also re-solved in full.")] = 10,
    seed: Annotated[int, typer.Option(help="Draws the events.")] = 1,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Latency of every event, and the value of some against a search of ``full`` seconds that pays no price."""
    run = begin()
    problem = build(read_scenario(scenario))
    plan = solve(problem, Budget(seconds=30.0), seed=seed).plan
    rng = np.random.default_rng(seed)
    drawn = [event(problem, plan, rng) for _ in range(events)]
    replan(problem, plan, drawn[0], Budget(seconds=0.1))  # warm
    rows: list[dict[str, Any]] = []
    for n, situation in enumerate(drawn):
        began = time.perf_counter()
        found = replan(problem, plan, situation, Budget(seconds=limit))
        took = time.perf_counter() - began
        (sent,) = situation.teams
        moved = [c for c in found.changes if c.team not in situation.teams]
        changed = max(sum(c.what == w for c in moved) for w in ("added", "dropped"))
        row: dict[str, object] = {
            "event": n, "step": situation.step, "team": sent, "seconds": round(took, 4),
            "value": round(found.value, 6), "changed": changed, "full": None,
        }  # fmt: skip
        if n < compared and full > 0:
            row["full"] = round(resolved(problem, plan, situation, full), 6)
        rows.append(row)
    seconds = [float(str(row["seconds"])) for row in rows]
    shares = [float(str(row["value"])) / float(str(row["full"])) for row in rows if row["full"]]
    plain = evaluate(problem, plan).visibility
    sys.stderr.write(
        f"plan {plain:.4f}; {events} events: median {statistics.median(seconds):.3f} s, "
        f"p95 {np.quantile(seconds, 0.95):.3f} s; stops changed for teams not sent, mean "
        f"{statistics.fmean(float(str(row['changed'])) for row in rows):.2f}\n"
    )
    if shares:
        sys.stderr.write(
            f"against a full re-solve: mean {statistics.fmean(shares):.2%}, least {min(shares):.2%}\n"
        )
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep("replan", rows)
        path = run.record("replan", figures(rows), note)
        sys.stderr.write(f"recorded in {path.name}\n")


if __name__ == "__main__":
    typer.run(main)
