"""The command that plans a scenario with other teams, hours and modes, and without its rules."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    ClusterOption,
    JobsOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    SeedOption,
    can_write,
    compiling,
    err,
    executing,
    out,
    print_files,
    refuse_both,
    status,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, Words

if TYPE_CHECKING:
    from routeopt.whatif.run import Row


def whatif(
    scenario: ScenarioArg,
    teams: Annotated[str, typer.Option(help="Numbers of teams, such as 4..12 or 4,8.", show_default=False)] = "",
    start: Annotated[
        str,
        typer.Option(
            help="Starts of the shift, such as 18:00..20:00/30 (every 30 minutes); it stays as long as it is.",
            show_default=False,
        ),
    ] = "",
    modes: Annotated[
        str, typer.Option(help="Numbers of teams by mode, such as foot=2..4,car=1..2.", show_default=False)
    ] = "",
    rules: Annotated[bool, typer.Option("--rules", help="Leave out one rule of the scenario at a time.")] = False,
    seconds: Annotated[float, typer.Option("--time", help="Search time of each case, in seconds.", min=0.0)] = 3.0,
    iterations: Annotated[
        int | None, typer.Option(help="Maximum number of iterations of each case; makes them reproducible.", min=0)
    ] = None,
    bound_s: Annotated[
        float,
        typer.Option("--bound", help="Seconds to compute an upper bound of each case; 0 skips it.", min=0.0),
    ] = 3.0,
    seed: SeedOption = 0,
    calls: Annotated[
        float,
        typer.Option("--calls-per-hour", help="Calls that keep teams busy, for response under load.", min=0.0),
    ] = 2.0,
    service: Annotated[
        float,
        typer.Option(
            "--service-min", help="Minutes for which a call keeps a team busy, its way included.", min=0.1
        ),
    ] = 30.0,
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot", help="Plot of the cases with other numbers of teams: PNG and SVG.", show_default=False
        ),
    ] = None,
    jobs: JobsOption = None,
    address: ClusterOption = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Plan with other teams, hours and modes, and without rules: what each is worth, with the bound beside it."""
    from routeopt.budget import Budget
    from routeopt.scenario.read import read_scenario
    from routeopt.whatif.cases import cases, parse
    from routeopt.whatif.response import Load
    from routeopt.whatif.run import whatif as run
    from routeopt.whatif.run import with_gains

    _ = words_of(lang)
    refuse_both(jobs, address)
    asked = parse(teams, start, modes, rules)
    if not (asked.teams or asked.starts or asked.modes or asked.rules):
        raise InputError(Fault("RO-646", "whatif"))
    if plot is not None:
        can_write(plot.parent)
    night = read_scenario(scenario)
    total = len(cases(night, asked))
    with executing(jobs, address, total) as executor:
        planned = run(
            night, asked, budget=Budget(seconds=seconds, iterations=iterations), seed=seed,
            bound=Budget(seconds=bound_s) if bound_s > 0 else None, load=Load(calls, service), executor=executor,
        )  # fmt: skip
        rows = with_gains(_gathered(planned, total, _))
    drawn = [] if plot is None else _plot(rows, plot, _)
    if as_json:
        sys.stdout.write(json.dumps([row.to_json() for row in rows], ensure_ascii=False) + "\n")
        return
    for section in ("base", "teams", "start", "modes", "rules"):
        _print([row for row in rows if row.section == section], rows, night.name, _)
    _say_fewest(rows, _)
    if drawn:
        print_files(drawn, _)


def _gathered(planned: Iterable[Row], total: int, _: Words) -> list[Row]:
    """Gather the rows with progress shown; those so far when interrupted."""
    rows: list[Row] = []
    with status(_) as say, compiling(_):
        say(_("{done} of {total} cases").format(done=0, total=total), 0.0)
        try:
            for row in planned:
                rows.append(row)
                reached = _("cannot be planned") if row.error else f"{row.visibility:.2%}"
                text = _("{done} of {total} cases").format(done=len(rows), total=total)
                say(f"{text} ({_title(row, _)}: {reached})", len(rows) / total)
        except KeyboardInterrupt:
            err.print(_("interrupted: these are the cases so far"))
    return rows


def _plot(rows: Sequence[Row], plot: Path, _: Words) -> list[Path]:
    """Write the plot of the cases with other numbers of teams; return its files, none without a case."""
    from routeopt.exchange.whole import staged
    from routeopt.reports.plots import by_teams

    known = {row.teams: row for row in rows if row.section in ("base", "teams") and not row.error}
    if not known:
        return []
    with writing(plot.parent), staged(plot.parent) as stage:
        by_teams([known[n] for n in sorted(known)], stage / plot.name, _)
    return [plot.with_suffix(suffix) for suffix in (".png", ".svg")]


def _title(row: Row, _: Words) -> str:
    """Name a case."""
    from routeopt.whatif.cases import RULES

    if row.section == "rules":
        name = next(rule.name for rule in RULES if rule.key == row.label)
        return _(name)
    if row.section == "base":
        return _("the scenario as it is")
    return _("{n} teams").format(n=row.teams) if row.section == "teams" else row.label


def _print(rows: Sequence[Row], every: Sequence[Row], name: str, _: Words) -> None:
    """Print a table of the cases of one section."""
    if not rows:
        return
    titles = {
        "base": name, "teams": _("number of teams"), "start": _("start of the shift"), "modes": _("teams by mode"),
        "rules": _("without a rule"),
    }  # fmt: skip
    handling = next((list(row.handling) for row in rows if row.handling), [])
    bounds, loaded = any(r.bound is not None for r in every), any(r.response is not None for r in every)
    floors, tasks = any(row.floors for row in every), any(row.left_out for row in every)
    table = Table(title=titles[rows[0].section], padding=(0, 0))
    table.add_column(_("case"), overflow="fold")
    columns = [_("visibility")]
    if rows[0].section != "base":
        columns.append(_("per team added") if rows[0].section == "teams" else _("against the scenario"))
    columns += [_("bound")] if bounds else []
    columns += [_("{n} min").format(n=minutes) for minutes in handling]
    columns += [_("floors missed")] if floors else []
    columns += [_("tasks left out")] if tasks else []
    if handling:
        table.caption = _("n min: of the demand, what a free team reaches within n minutes")
    if handling and loaded:
        table.caption = _(
            "n min: of the demand, what a free team reaches within n minutes; below, while calls keep teams busy"
        )
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        if row.error:
            table.add_row(_title(row, _), _("cannot be planned"))
            continue
        cells = [f"{row.visibility:.2%}"]
        if row.section != "base":
            cells.append("" if row.gain is None else f"{100 * row.gain:+.2f}")
        cells += ["" if row.bound is None else f"{row.bound:.2%}"] if bounds else []
        answer = {} if row.response is None else row.response.handling
        for minutes in handling:
            busy = f"\n({answer[minutes]:.1%})" if minutes in answer else ""
            cells.append(f"{row.handling[minutes]:.1%}{busy}")
        cells += [str(len(row.unmet)) if row.unmet else ""] if floors else []
        cells += [str(len(row.left_out)) if row.left_out else ""] if tasks else []
        table.add_row(_title(row, _), *cells)
    out.print(table)
    for row in rows:
        if row.error:
            text = _("{place}: {text}").format(
                place=_title(row, _), text=_("; ").join(one.text(_) for one in row.error)
            )
            out.print(text, highlight=False, markup=False, soft_wrap=True)
        elif row.changed and row.section == "teams":
            text = _("{place}: {text}").format(place=_title(row, _), text=_(", ").join(row.changed))
            out.print(text, highlight=False, markup=False, soft_wrap=True)


def _say_fewest(rows: Sequence[Row], _: Words) -> None:
    """Say which teams are the fewest that meet all floors, and what the load was."""
    tried = [row for row in rows if row.section == "teams"]
    fewest = next((row for row in tried if row.fewest), None)
    if fewest is not None:
        text = _("the fewest teams that meet all floors: {n}").format(n=fewest.teams)
        out.print(text, highlight=False)
    elif any(row.floors for row in tried):
        out.print(_("none of these numbers of teams meets all floors"), highlight=False)
    load = next((row.response for row in rows if row.response is not None), None)
    if load is not None:
        text = _(
            "busy teams: {calls} calls an hour that keep a team busy for {minutes} min each, lost if none is free"
        )
        text = text.format(calls=f"{load.calls_per_hour:g}", minutes=f"{load.service_min:g}")
        out.print(text, highlight=False, soft_wrap=True)
