"""The command line. Results go to stdout, progress and messages to stderr."""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
import sys
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from routeopt.catalogue import SENTENCES
from routeopt.cli import files as cli_files
from routeopt.cli.adherence import adherence
from routeopt.cli.areas import areas
from routeopt.cli.briefing import briefing
from routeopt.cli.carry_over import carry_over
from routeopt.cli.checkpoint import keeping, read_state
from routeopt.cli.demand import backtest, heatmap, incidents
from routeopt.cli.effect import effect
from routeopt.cli.explain import explain
from routeopt.cli.figures import brief, print_comparison, print_plan, summary
from routeopt.cli.goals import say_left_out
from routeopt.cli.journal import journal
from routeopt.cli.new import new
from routeopt.cli.portfolio import portfolio
from routeopt.cli.serve import serve
from routeopt.cli.terminal import (
    INTERRUPTED,
    ClusterOption,
    CrsOption,
    DateOption,
    FormatOption,
    JobsOption,
    JsonOption,
    LangOption,
    MemoryOption,
    Output,
    ScenarioArg,
    SeedOption,
    TimeOption,
    day,
    ended_by_sigterm,
    err,
    executing,
    export_of,
    language_of,
    out,
    own_folder,
    print_files,
    refuse_both,
    typed_language,
    words_of,
    write_utf8,
)
from routeopt.cli.terminal import build as _build
from routeopt.cli.terminal import can_write as _can_write
from routeopt.cli.terminal import searching as _searching
from routeopt.cli.terminal import status as _status
from routeopt.cli.terminal import writing as _writing
from routeopt.cli.trial import trial
from routeopt.cli.week import week
from routeopt.cli.whatif import whatif
from routeopt.errors import Fault, InputError, RouteoptError, Words

if TYPE_CHECKING:
    from routeopt.budget import Budget
    from routeopt.explain.prices import Prices
    from routeopt.lagrangian import Bound
    from routeopt.plan import Plan, Result
    from routeopt.problem.build import Built

PRICES_SHARE = 0.5
"""Default time for the prices of rules, as a share of the search's."""
WORTH_S = 20.0
"""Seconds of all runs together that are worth starting processes, which takes some seconds."""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    adherence,
    areas,
    backtest,
    briefing,
    carry_over,
    effect,
    explain,
    heatmap,
    incidents,
    journal,
    new,
    portfolio,
    serve,
    trial,
    week,
    whatif,
):
    app.command()(command)
app.add_typer(cli_files.app)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"routeopt {version('routeopt')}\n")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Police patrol routes on real streets that maximise visibility where and when it matters."""


@app.command()
def plan(
    scenario: ScenarioArg,
    strategy: Annotated[str, typer.Option(help="Search strategy.")] = "best_response",
    seed: SeedOption = 0,
    seconds: TimeOption = 10.0,
    threads: Annotated[
        int,
        typer.Option(help="Number of parallel searches; they periodically share the best plan.", min=1, max=256),
    ] = 1,
    iterations: Annotated[
        int | None, typer.Option(help="Maximum number of iterations; makes the plan reproducible.", min=0)
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the files. Default: plans/<folder>/<name of the scenario file>."),
    ] = None,
    bound_s: Annotated[
        float,
        typer.Option("--bound", help="Seconds to compute an upper bound for all plans; 0 skips it.", min=0.0),
    ] = 0.0,
    prices_s: Annotated[
        float | None,
        typer.Option(
            "--prices",
            help="Seconds to find what each rule costs; 0 skips it. Default: half of --time, if there are rules.",
            min=0.0,
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="File to keep the state of the search in, every few seconds.", show_default=False),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on from a state kept by --checkpoint, with the same options.", show_default=False),
    ] = None,
    memory_limit: MemoryOption = None,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan a shift: routes and stops for each team, with a report and a map."""
    from routeopt.budget import Budget
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import chosen, with_plan, write_files
    from routeopt.solving import solve
    from routeopt.solving import strategy as named

    named(strategy)
    asked, export, language = chosen(formats), export_of(crs), language_of(lang)
    _ = words_of(lang)
    target = out_dir or own_folder("plans", scenario)
    _can_write(target)
    if checkpoint is not None:
        _can_write(checkpoint.parent)
    state = None if resume is None else read_state(resume)
    built = _build(scenario, day(date), _, memory_limit)
    if bound_s > 0:
        from routeopt.lagrangian import check_bound

        check_bound(built.problem)
    budget = Budget(seconds=seconds, iterations=iterations)
    with _searching(strategy, seconds, _objective(built, _), _) as progress:
        result = solve(
            built.problem, budget, strategy=strategy, seed=seed, progress=progress, threads=threads,
            memory_limit=memory_limit, keep=None if checkpoint is None else keeping(checkpoint), resume=state,
        )  # fmt: skip
    if result.interrupted:
        err.print(_("interrupted: this is the best plan so far"))
    if bound_s > 0:
        found = _bounded(built, Budget(seconds=bound_s), result.plan, bound_s, _)
        result = replace(result, bound=found.value)
    prices = _priced(built, result, budget, prices_s, threads, _)
    repeats = not result.interrupted and iterations is not None and result.iterations >= iterations
    report = replace(
        build_model(built, result.timeless() if repeats else result, language), export=export,
        command=_command(sys.argv[1:], None if repeats else result), prices=prices.rules,
        unpriced=prices.unpriced,
    )  # fmt: skip
    with _writing(target):
        files = write_files(report, target, with_plan(asked, watch=report.video is not None))
    if as_json:
        timed = {"runtime_s": round(result.runtime_s, 3)}
        sys.stdout.write(json.dumps(summary(report) | timed, ensure_ascii=False) + "\n")
    else:
        print_plan(report, _)
        print_files(files, _)


@app.command()
def bound(
    scenario: ScenarioArg,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="plan.json to start from.")] = None,
    seconds: Annotated[float, typer.Option("--time", help="Search time in seconds.", min=0.0)] = 120.0,
    iterations: Annotated[
        int | None, typer.Option(help="Maximum number of iterations; makes the bound reproducible.", min=0)
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute an upper bound on the value of every plan, and the gap of one plan to it."""
    from routeopt.budget import Budget
    from routeopt.evaluation import value as worth
    from routeopt.evaluation import visibility
    from routeopt.exchange.plan_json import read_plan
    from routeopt.solving import solve

    _ = words_of(lang)
    built = _build(scenario, None, _)
    given = read_plan(plan_file, built.problem) if plan_file is not None else None
    start = given or solve(built.problem, Budget(seconds=min(10.0, seconds / 4))).plan
    budget = Budget(seconds=seconds, iterations=iterations)
    found = _bounded(built, budget, start, seconds, _)
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
        text = _("upper bound of {objective}: {bound}; this plan: {value}").format(
            objective=_objective(built, _), bound=f"{found.value:.2%}", value=f"{value:.2%}"
        )
        if value > 0:
            text += _(" (gap {gap})").format(gap=f"{found.value / value - 1:.1%}")
        out.print(text, highlight=False)


@app.command()
def compare(
    scenario: ScenarioArg,
    strategies: Annotated[
        str, typer.Option(help="Strategies, separated by commas. Default: all.", show_default=False)
    ] = "",
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "1,2,3",
    seconds: TimeOption = 10.0,
    jobs: JobsOption = None,
    address: ClusterOption = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for compare.png and compare.svg.")] = Path(
        "plans"
    ),
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run several strategies with several seeds for equal times: a table and a plot."""
    from routeopt.exchange.whole import staged
    from routeopt.reports.plots import searched
    from routeopt.solving import compare as run
    from routeopt.strategies import STRATEGIES

    _ = words_of(lang)
    refuse_both(jobs, address)
    names = [s.strip() for s in strategies.split(",") if s.strip()]
    try:
        numbers = [int(s) for s in seeds.split(",")]
    except ValueError:
        raise InputError(Fault("RO-606", "--seeds", value=seeds)) from None
    _can_write(out_dir)
    built = _build(scenario, None, _)
    if not names:
        names = [name for name, one in STRATEGIES.items() if one.supports(built.problem)]
        say_left_out(built.problem, names, _)
    rows: list[Result] = []
    total = len(names) * len(numbers)
    worth_it = total if total * seconds >= WORTH_S else 1
    with executing(jobs, address, worth_it) as executor, _status(_) as say:

        def done(n: int, _of: int) -> None:
            say(_("{done} of {total} runs").format(done=n, total=total), n / total)

        for result in run(built.problem, names, numbers, seconds, executor=executor, progress=done):
            run_name = _("{strategy}, seed {n}").format(strategy=result.strategy, n=result.seed)
            say(f"{run_name}: {result.value:.2%}")
            rows.append(result)
    with _writing(out_dir), staged(out_dir) as stage:
        searched(rows, stage / "compare", _)
    if as_json:
        sys.stdout.write(json.dumps([brief(built, r) for r in rows], ensure_ascii=False) + "\n")
    else:
        print_comparison(rows, names, _objective(built, _), _)
        print_files([out_dir / "compare.png", out_dir / "compare.svg"], _)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, so that editors complete and check."""
    from routeopt.scenario.model import scenario_schema

    sys.stdout.write(json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n")


def _command(typed: list[str], result: Result | None) -> str:
    """What was typed, with the number of iterations in place of the time, which differs between computers.

    Without a result the limits are as typed: they give the same plan. Where the state of the search is kept or was
    read makes no difference to it.
    """
    own = {"--checkpoint", "--resume", *(() if result is None else ("--time", "--iterations"))}
    words = ["routeopt"]
    skip = False
    for word in typed:
        option = word.split("=", 1)[0]
        if not skip and option not in own:
            words.append(word)
        skip = not skip and option in own and "=" not in word
    if result is not None:
        enough = max(10, 10 * math.ceil(result.runtime_s))
        words += ["--iterations", str(result.iterations), "--time", str(enough)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _bounded(built: Built, budget: Budget, plan: Plan, seconds: float, _: Words) -> Bound:
    """Compute the bound, with progress shown."""
    from routeopt.lagrangian import bound as least_bound

    with _searching(_("upper bound"), seconds, _objective(built, _), _) as progress:
        found = least_bound(built.problem, budget, plan, progress)
    if found.interrupted:
        err.print(_("interrupted: this is the lowest bound so far"))
    return found


def _priced(built: Built, result: Result, budget: Budget, seconds: float | None, threads: int, _: Words) -> Prices:
    """Find what each rule costs, with progress shown; by default within half of the limits of the plan."""
    from routeopt.budget import Budget as Limits
    from routeopt.explain.prices import Prices, rule_prices

    seconds = PRICES_SHARE * (budget.seconds or 0.0) if seconds is None else seconds
    if result.interrupted or seconds <= 0:
        return Prices()
    iterations = None if budget.iterations is None else int(PRICES_SHARE * budget.iterations)
    with _status(_) as say:

        def progress(done: int, total: int) -> None:
            say(_("what rules cost: {done} of {total} searches").format(done=done, total=total), done / total)

        own = Limits(seconds=seconds, iterations=iterations)
        found = rule_prices(built.problem, result, own, built=built, threads=threads, progress=progress)
    if found.interrupted:
        err.print(_("interrupted: these are the prices so far"))
    return found


def _objective(built: Built, _: Words) -> str:
    """Name of what is maximised."""
    return _("visibility with rewards") if len(built.problem.tasks) else _("visibility")


def main() -> None:
    """Run the command; a RouteoptError is printed, a line per fault, and gives the exit code."""
    write_utf8()
    _ = words_of(typed_language(sys.argv[1:]))
    with redirect_stdout(Output(sys.stdout)), ended_by_sigterm():
        try:
            _run()
        except RouteoptError as error:
            for fault in error.faults:
                line = Text(fault.text(_))
                if fault.code in SENTENCES:
                    line.append(f" [{fault.code}]", style="dim")
                err.print(line, highlight=False, soft_wrap=True)
            with suppress(InputError):
                sys.stdout.flush()
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            err.print(_("interrupted"))
            sys.exit(INTERRUPTED)


def _run() -> None:
    """Run the command to its end, until everything is written."""
    try:
        app()
    except SystemExit:
        sys.stdout.flush()
        raise
