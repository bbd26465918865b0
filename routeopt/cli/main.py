"""The command line: thin. Results on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli import files as cli_files
from routeopt.cli.demand import backtest, heatmap
from routeopt.cli.terminal import (
    CrsOption,
    DateOption,
    FormatOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    TimeOption,
    day,
    err,
    export_of,
    language_of,
    out,
    print_files,
)
from routeopt.cli.terminal import build as _build
from routeopt.cli.terminal import can_write as _can_write
from routeopt.cli.terminal import searching as _searching
from routeopt.cli.terminal import status as _status
from routeopt.cli.terminal import writing as _writing
from routeopt.errors import Fault, InputError, RouteoptError

if TYPE_CHECKING:
    from routeopt.budget import Budget
    from routeopt.lagrangian import Bound
    from routeopt.plan import Plan, Result
    from routeopt.problem.build import Built
    from routeopt.reports.model import ReportModel

app = typer.Typer(
    help="Police patrol routes on real streets that maximise visibility where and when it matters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(backtest)
app.command()(heatmap)
app.add_typer(cli_files.app)


@app.command()
def plan(
    scenario: ScenarioArg,
    strategy: Annotated[str, typer.Option(help="How to search.")] = "best_response",
    seed: SeedOption = 0,
    seconds: TimeOption = 10.0,
    threads: Annotated[
        int, typer.Option(help="Searches side by side, one on each core, that exchange their best plan.", min=1)
    ] = 1,
    iterations: Annotated[
        int | None, typer.Option(help="Stop after so many iterations; repeatable to the last visit.", min=0)
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the files; plans/<scenario's folder> unless told."),
    ] = None,
    bound_s: Annotated[
        float,
        typer.Option("--bound", help="Seconds for an upper bound on any plan's visibility; 0: none.", min=0.0),
    ] = 0.0,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan a night: routes and stops for each team, with a map to look at."""
    from routeopt.budget import Budget
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import chosen, write_files
    from routeopt.solving import solve
    from routeopt.solving import strategy as named

    named(strategy)
    names, export, language = chosen(formats), export_of(crs), language_of(lang)
    target = out_dir or Path("plans") / scenario.resolve().parent.name
    _can_write(target)
    built = _build(scenario, day(date))
    budget = Budget(seconds=seconds, iterations=iterations)
    with _searching(strategy, seconds, _objective(built)) as progress:
        result = solve(built.problem, budget, strategy=strategy, seed=seed, progress=progress, threads=threads)
    if result.interrupted:
        err.print("interrupted: this is the best plan so far")
    if bound_s > 0:
        found = _bounded(built, Budget(seconds=bound_s), result.plan, bound_s)
        result = replace(result, bound=found.value)
    report = replace(build_model(built, result, language), export=export)
    with _writing(target):
        files = write_files(report, target, names)
    if as_json:
        sys.stdout.write(json.dumps(summary(report), ensure_ascii=False) + "\n")
    else:
        _print_plan(report)
        print_files(files)


@app.command()
def bound(
    scenario: ScenarioArg,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="plan.json to start from.")] = None,
    seconds: Annotated[float, typer.Option("--time", help="Seconds to search.", min=0.0)] = 120.0,
    iterations: Annotated[
        int | None, typer.Option(help="Stop after so many iterations; repeatable to the last digit.", min=0)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove an upper bound on the visibility of every plan, and say how far from it a plan is."""
    from routeopt.budget import Budget
    from routeopt.evaluation import value as worth
    from routeopt.evaluation import visibility
    from routeopt.exchange.plan_json import read_plan
    from routeopt.solving import solve

    built = _build(scenario)
    given = read_plan(plan_file, built.problem) if plan_file is not None else None
    start = given or solve(built.problem, Budget(seconds=min(10.0, seconds / 4))).plan
    budget = Budget(seconds=seconds, iterations=iterations)
    found = _bounded(built, budget, start, seconds)
    value = worth(built.problem, start)
    if as_json:
        row = {
            "scenario": built.problem.name, "bound": found.value, "value": value,
            "visibility": visibility(built.problem, start),
            "gap": found.value / value - 1 if value > 0 else None, "iterations": found.iterations,
            "runtime_s": round(found.runtime_s, 3), "interrupted": found.interrupted,
        }  # fmt: skip
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        out.print(
            f"no plan's {_objective(built)} is above {found.value:.2%}; this plan's is {value:.2%}",
            highlight=False,
        )


@app.command()
def compare(
    scenario: ScenarioArg,
    strategies: Annotated[
        str, typer.Option(help="Names, separated by commas; all unless told.", show_default=False)
    ] = "",
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "1,2,3",
    seconds: TimeOption = 10.0,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for compare.png and compare.svg.")] = Path(
        "plans"
    ),
    as_json: JsonOption = False,
) -> None:
    """Run several strategies on several seeds at equal time: a table and a plot."""
    from routeopt.messages import words
    from routeopt.reports.plots import searched
    from routeopt.solving import compare as run
    from routeopt.strategies import STRATEGIES

    names = [s.strip() for s in strategies.split(",") if s.strip()]
    try:
        numbers = [int(s) for s in seeds.split(",")]
    except ValueError:
        raise InputError(Fault("--seeds", f'"{seeds}" are no seeds.', "Write whole numbers: 1,2,3")) from None
    _can_write(out_dir)
    built = _build(scenario)
    names = names or [name for name, one in STRATEGIES.items() if one.supports(built.problem)]
    rows = []
    with _status() as say:
        for result in run(built.problem, names, numbers, seconds):
            say(f"{result.strategy} seed {result.seed}: {result.value:.2%}")
            rows.append(result)
    with _writing(out_dir):
        searched(rows, out_dir / "compare", words(language_of(None)))
    if as_json:
        sys.stdout.write(json.dumps([_brief(built, r) for r in rows], ensure_ascii=False) + "\n")
    else:
        _print_comparison(rows, names, _objective(built))
        print_files([out_dir / "compare.png", out_dir / "compare.svg"])


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check."""
    from routeopt.scenario.model import scenario_schema

    sys.stdout.write(json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n")


@app.command()
def new(
    place: Annotated[str | None, typer.Option(help="A town or district, found online when planning.")] = None,
    osm: Annotated[
        Path | None, typer.Option(help="A street file (.osm, .osm.gz, .osm.bz2, .osm.pbf, .graphml).")
    ] = None,
    target: Annotated[Path, typer.Option("--out", help="Scenario file to write.")] = Path("night.yaml"),
) -> None:
    """Write a commented scenario to start from."""
    from routeopt.scenario.starter import starter_text

    if (place is None) == (osm is None):
        raise InputError(
            Fault("routeopt new", "needs either --place or --osm.", 'Such as --place "Krems, Austria"')
        )
    if target.exists():
        raise InputError(Fault(str(target), "is there already.", "Choose another name with --out."))
    centre = _centre(osm) if osm is not None else None
    shown = None if osm is None else str(_relative(osm, target))
    with _writing(target.parent):
        target.write_text(starter_text(str(target), place, shown, centre), encoding="utf-8")
    err.print(f"wrote {target}; next: routeopt plan {target}", highlight=False, soft_wrap=True)


def _relative(osm: Path, target: Path) -> Path:
    """The street file as the scenario will name it."""
    folder = target.resolve().parent
    return osm.resolve().relative_to(folder) if osm.resolve().is_relative_to(folder) else osm.resolve()


def _centre(osm: Path) -> tuple[float, float]:
    """A place amid the streets that is open to every mode, latitude and longitude."""
    import numpy as np

    from routeopt.scenario.model import Streets
    from routeopt.streets.network import unproject
    from routeopt.streets.osm import read_streets

    net = read_streets(
        Streets(file=str(osm.resolve())),
        osm.resolve().parent,
        {"foot": 4.5, "bike": 14, "ebike": 18, "car": 30},
    )
    open_to = [u for u in net.usable.values() if u.any()]
    shared = np.logical_and.reduce(open_to) if open_to else np.zeros(net.n_segments, dtype=np.bool_)
    used = net.seg_u[shared if shared.any() else slice(None)]
    x, y = net.node_x[used], net.node_y[used]
    nearest = int(np.hypot(x - np.median(x), y - np.median(y)).argmin())
    lat, lon = unproject(net, x[nearest : nearest + 1], y[nearest : nearest + 1])
    return round(float(lat[0]), 6), round(float(lon[0]), 6)


def _bounded(built: Built, budget: Budget, plan: Plan, seconds: float) -> Bound:
    """The bound, with its progress shown."""
    from routeopt.lagrangian import bound as least_bound

    with _searching("bound", seconds, _objective(built)) as progress:
        found = least_bound(built.problem, budget, plan, progress)
    if found.interrupted:
        err.print("interrupted: this is the least bound so far")
    return found


def _objective(built: Built) -> str:
    """What is maximised, in a word or three."""
    return "visibility with rewards" if len(built.problem.tasks) else "visibility"


def summary(report: ReportModel) -> dict[str, Any]:
    """The object of ``plan --json``."""
    problem, result = report.problem, report.result
    return {
        "scenario": problem.name,
        "strategy": result.strategy,
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 3),
        "iterations": result.iterations,
        "interrupted": result.interrupted,
        "bound": result.bound,
        **report.figures,
        "violations": list(report.violations),
        "teams": list(problem.team_names),
        "sites": problem.n_sites,
        "stops": len(report.stops),
        "notes": list(report.notes),
    }


def _brief(built: Built, result: Result) -> dict[str, Any]:
    from routeopt.evaluation import evaluate
    from routeopt.reports.build_model import figures_json
    from routeopt.rules import check as find_violations

    problem = built.problem
    return {
        "scenario": problem.name,
        "strategy": result.strategy,
        "seed": result.seed,
        "runtime_s": round(result.runtime_s, 3),
        "bound": result.bound,
        **figures_json(evaluate(problem, result.plan)),
        "violations": [str(v) for v in find_violations(problem, result.plan)],
        "teams": list(problem.team_names),
        "sites": problem.n_sites,
        "stops": sum(len(route.visits) for route in result.plan.routes),
    }


def _print_plan(report: ReportModel) -> None:
    figures: Any = report.figures
    table = Table(title=f"{report.problem.name}: {report.result.strategy}, seed {report.result.seed}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_row("visibility, effective (seen or still held off)", f"{figures['visibility']:.1%}")
    table.add_row("  with what is uncertain", f"{figures['band']['low']:.1%} to {figures['band']['high']:.1%}")
    if report.result.bound is not None:
        with_tasks = " (with rewards)" if figures["tasks"]["of"] else ""
        table.add_row(f"  no plan is above{with_tasks}", f"{report.result.bound:.1%}")
    table.add_row("visibility, instant (seen now)", f"{figures['instant']:.1%}")
    for minutes, share in figures["within"].items():
        table.add_row(f"seen within {minutes} min", f"{share:.1%}")
    for minutes, share in figures["handling"].items():
        table.add_row(f"handling, a team within {minutes} min", f"{share:.1%}")
    tasks = figures["tasks"]
    if tasks["of"]:
        table.add_row("tasks done", f"{tasks['done']} of {tasks['of']}")
        table.add_row("  visibility with their rewards", f"{figures['value']:.1%}")
    out.print(table)
    for name in tasks["left_out"]:
        out.print(f"task left out: {name}", highlight=False, markup=False)
    stops = Table(title="stops")
    for column in ("team", "stops", "first", "last", "places"):
        stops.add_column(column, overflow="fold")
    clock = report.problem.clock
    for team, name in enumerate(report.problem.team_names):
        own = [s for s in report.stops if s.team_index == team]
        if own:
            places = list(dict.fromkeys(s.site for s in own))
            shown = ", ".join(places[:6]) + (" …" if len(places) > 6 else "")
            stops.add_row(name, str(len(own)), clock.text(own[0].start_s), clock.text(own[-1].end_s), shown)
        else:
            stops.add_row(name, "0", "", "", "stays at its post: no stop fits")
    out.print(stops)
    for violation in report.violations:
        out.print(f"VIOLATION {violation}", highlight=False, markup=False)


def _print_comparison(rows: list[Result], names: list[str], objective: str) -> None:
    import statistics

    table = Table(title=f"{objective} (effective), equal time")
    for column in ("strategy", "median", "least", "greatest", "against the first"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    medians = {n: statistics.median(r.value for r in rows if r.strategy == n) for n in names}
    for name in names:
        values = [r.value for r in rows if r.strategy == name]
        table.add_row(
            name, f"{medians[name]:.2%}", f"{min(values):.2%}", f"{max(values):.2%}",
            f"{medians[name] / medians[names[0]] - 1:+.1%}",
        )  # fmt: skip
    out.print(table)


def main() -> None:
    """Entry point: every RouteoptError becomes its lines and exit code; no traceback for a user's fault."""
    try:
        app()
    except RouteoptError as error:
        for fault in error.faults:
            err.print(str(fault), highlight=False, markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
