"""The team orienteering problem with time windows: the engine and its peers, side by side, one thread each.

uv run python -m benchmarks.toptw --instances DIR --best-known CSV --teams 1,2,3,4 --time 10 --seeds 1 \
    --peers pyvrp,ortools,vroom --json
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.history import RESULTS, Figure, NoteOption, RecordOption, begin, keep, mean
from benchmarks.toptw_instances import CLASSES, Instance, check, class_of, natural, read, read_best_known, score
from benchmarks.toptw_peers import SOLVERS, timed

WARM_UP_S = 0.2
Row = dict[str, Any]
Job = tuple[Instance, int, str, int, float]
err = Console(stderr=True)


def measure(job: Job) -> tuple[Row, list[list[int]]]:
    """One run, judged by the checker alone; a solution that breaks a rule scores nothing."""
    instance, m, solver, seed, seconds = job
    routes, took = timed(solver, instance, m, seconds, seed)
    wrong = check(instance, routes, m)
    row: Row = {
        "instance": instance.name, "m": m, "solver": solver, "seed": seed,
        "score": 0 if wrong else score(instance, routes), "seconds": round(took, 2), "violations": len(wrong),
    }  # fmt: skip
    return row, routes


def warm_up(instance: Instance) -> None:
    """Have the kernels compiled before any time is taken."""
    timed("routeopt", instance, 1, WARM_UP_S, 0)


def runs(jobs: Sequence[Job], n_processes: int) -> Iterator[tuple[Row, list[list[int]]]]:
    """Every job's outcome, in the jobs' order."""
    warm_up(jobs[0][0])
    if n_processes == 1:
        yield from map(measure, jobs)
        return
    with ProcessPoolExecutor(n_processes, initializer=warm_up, initargs=(jobs[0][0],)) as pool:
        try:
            yield from pool.map(measure, jobs)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def summary(rows: Sequence[Row], by_teams: bool = True) -> list[Row]:
    """Per class (and number of teams) and solver: average score, average and worst gap, equal, ahead."""
    groups: dict[tuple[str, int, str], list[Row]] = {}
    for row in rows:
        teams = row["m"] if by_teams else 0
        groups.setdefault((class_of(row["instance"]), teams, row["solver"]), []).append(row)
        groups.setdefault(("all", 0, row["solver"]), []).append(row)
    order = [*CLASSES, "all"]
    found = []
    for (kind, m, solver), own in sorted(groups.items(), key=lambda g: (order.index(g[0][0]), *g[0][1:])):
        gaps = [row["gap"] for row in own if row["gap"] is not None]
        found.append(
            {
                "class": kind, "m": m or "all", "solver": solver, "runs": len(own),
                "score": round(statistics.fmean(row["score"] for row in own), 2),
                "gap": round(statistics.fmean(gaps), 3) if gaps else None,
                "worst": max(gaps) if gaps else None,
                "equal": sum(gap == 0 for gap in gaps), "ahead": sum(gap < 0 for gap in gaps),
            }
        )  # fmt: skip
    return found


def figures(rows: Sequence[Row], seconds: float) -> list[Figure]:
    """Mean gap of each solver to the best values known."""
    found = []
    for solver in dict.fromkeys(row["solver"] for row in rows):
        own = [row for row in rows if row["solver"] == solver and row["gap"] not in (None, "")]
        sample = f"{seconds:g} s, {len({row['instance'] for row in own})} instances"
        gaps = [float(row["gap"]) for row in own]
        best = f"{sum(gap == 0 for gap in gaps)} equal to the best known, {sum(gap < 0 for gap in gaps)} ahead"
        if gaps:
            found.append(mean(f"gap, {solver}, {sample}", gaps, "%", best))
    return found


def keep_ahead(path: Path, found: Sequence[Row]) -> Path:
    """Add solutions to those in the file, which keeps the best of each instance and number of teams."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    best: dict[tuple[str, int], Row] = {}
    for row in [*kept, *found]:
        key = row["instance"], row["m"]
        if key not in best or row["score"] > best[key]["score"]:
            best[key] = row
    rows = sorted(best.values(), key=lambda row: (natural(row["instance"]), row["m"]))
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return path


def show(rows: Sequence[Row]) -> None:
    """The summary as a table on stderr."""
    table = Table(title="gap to the best value known, %")
    for column in ("class", "m", "solver", "runs", "score", "gap", "worst", "equal", "ahead"):
        table.add_column(column, justify="left" if column in ("class", "solver") else "right")
    for line in [*summary(rows), *(line for line in summary(rows, by_teams=False) if line["class"] != "all")]:
        table.add_row(*("" if value is None else str(value) for value in line.values()))
    err.print(table)


def refuse(what: str) -> typer.Exit:
    """Say what cannot be used; bad input ends with 2."""
    err.print(what, highlight=False, markup=False, soft_wrap=True)
    return typer.Exit(2)


def numbers(option: str, text: str, least: int) -> list[int]:
    """Whole numbers separated by commas."""
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < least:
        raise refuse(f'{option}: "{text}" must be whole numbers from {least} on, such as 1,2,3.')
    return list(dict.fromkeys(found))


def load(folder: Path, only: str) -> list[Instance]:
    """The folder's instances by name; all faults at once."""
    paths = sorted(folder.glob("*.txt"), key=lambda p: natural(p.stem))
    if not paths:
        raise refuse(f"{folder}: no such folder, or no .txt file in it.")
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    if missing := set(wanted) - {p.stem for p in paths}:
        raise refuse(f"--only: {', '.join(sorted(missing))} is not in {folder}.")
    instances, faults = [], []
    for path in paths:
        if not wanted or path.stem in wanted:
            try:
                instances.append(read(path))
            except ValueError as fault:
                faults.append(str(fault))
    if faults:
        raise refuse("\n".join(faults))
    return instances


def chosen_solvers(peers: str) -> list[str]:
    """Ours and the peers asked for, which must be installed."""
    names = list(dict.fromkeys(["routeopt", *(p.strip() for p in peers.split(",") if p.strip())]))
    if unknown := [n for n in names if n not in SOLVERS]:
        raise refuse(f"--peers: there is no {', '.join(unknown)}; choose from {', '.join(list(SOLVERS)[1:])}.")
    if absent := [n for n in names if importlib.util.find_spec(n) is None]:
        raise refuse(f"--peers: {', '.join(absent)} is not installed; run: uv sync --group peers")
    return names


def main(
    instances: Annotated[Path, typer.Option(help="Folder of instances (.txt).")],
    best_known: Annotated[Path, typer.Option(help="Table with columns instance, m, best_known.")],
    teams: Annotated[str, typer.Option(help="Numbers of teams, separated by commas.")] = "1,2,3,4",
    time: Annotated[float, typer.Option(help="Seconds for each run.", min=0.1)] = 10.0,
    seeds: Annotated[str, typer.Option(help="Separated by commas.")] = "1",
    peers: Annotated[str, typer.Option(help="Of pyvrp, ortools, vroom. Default: none.")] = "",
    only: Annotated[str, typer.Option(help="Names of instances. Default: all.")] = "",
    jobs: Annotated[int, typer.Option(help="Runs at the same time, one thread each.", min=1)] = 1,
    save: Annotated[Path, typer.Option(help="Folder for routes ahead of the best known.")] = RESULTS,
    record: RecordOption = False,
    note: NoteOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows on stdout.")] = False,
) -> None:
    """Print gaps per class and number of teams; keep all routes ahead of the best known."""
    run = begin()
    solvers = chosen_solvers(peers)
    team_counts, seed_list = numbers("--teams", teams, 1), numbers("--seeds", seeds, 0)
    loaded = load(instances, only)
    try:
        known = read_best_known(best_known)
    except ValueError as fault:
        raise refuse(str(fault)) from None
    planned: list[Job] = [
        (instance, m, solver, seed, time)
        for instance in loaded
        for m in team_counts
        for seed in seed_list
        for solver in solvers
    ]
    rows, ahead = [], []
    try:
        for row, routes in runs(planned, jobs):
            best = known.get((row["instance"], row["m"]))
            row["best_known"] = best
            row["gap"] = None if not best else round(100 * (best - row["score"]) / best, 4)
            rows.append(row)
            err.print(
                f"{len(rows)}/{len(planned)}  {row['instance']}  m={row['m']}  {row['solver']}  "
                f"{row['score']} of {best}  {row['seconds']} s",
                highlight=False,
            )
            if best and row["score"] > best:
                ahead.append({**row, "routes": routes})
    except KeyboardInterrupt:
        err.print("interrupted: these are the runs so far")
    if not rows:
        raise typer.Exit(130)
    save.mkdir(parents=True, exist_ok=True)
    if ahead:
        path = keep_ahead(save / "toptw-ahead.json", ahead)
        err.print(f"{len(ahead)} solutions ahead of the best known: {path}", highlight=False)
    show(rows)
    if as_json:
        sys.stdout.write(json.dumps(rows) + "\n")
    if record:
        keep(f"toptw-{'peers-' if peers else ''}{time:g}s", rows)
        err.print(f"recorded in {run.record('toptw', figures(rows, time), note).name}", highlight=False)


if __name__ == "__main__":
    typer.run(main)
