"""Commands about demand: how well incidents foretell, and a heat map to look at."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    ScenarioArg,
    can_write,
    err,
    language_of,
    out,
    status,
    writing,
)
from routeopt.errors import Fault, InputError, shown

if TYPE_CHECKING:
    from routeopt.demand.forecast.backtest import Backtest, Range


def backtest(
    scenario: ScenarioArg,
    by: Annotated[str, typer.Option(help="day, shift (a forecast for each part of the day), or both.")] = "both",
    start: Annotated[
        str,
        typer.Option(
            "--from", help="First test day, YYYY-MM-DD; where half of the incidents are past unless told."
        ),
    ] = "",
    days: Annotated[int, typer.Option(help="Test days at most.", min=1)] = 180,
    weighted: Annotated[
        bool, typer.Option(help="Count incidents by their weights rather than each as 1.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the resampling behind the intervals.", min=0)] = 0,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for backtest.png, a plot of hit rate against length.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Test the heat map: trained on the days before, tested on the days after, beside trivial forecasts."""
    from routeopt.demand.forecast.backtest import backtest as run
    from routeopt.reports.heat.backtest import as_dict, plot
    from routeopt.scenario.model import IncidentDemand
    from routeopt.scenario.read import read_scenario
    from routeopt.streets.osm import read_streets

    if by not in ("day", "shift", "both"):
        raise InputError(Fault("--by", f'"{by}" is none.', "Write day, shift or both."))
    first = _date(start)
    if out_dir is not None:
        can_write(out_dir)
    night = read_scenario(scenario)
    sources = [source for source in night.demand if isinstance(source, IncidentDemand)]
    if not sources:
        raise InputError(Fault(str(scenario), "has no incidents to test on.", "Add demand of kind: incidents."))
    found = []
    with status() as say:
        say("reading streets")
        net = read_streets(night.streets, night.folder, night.speeds)
        for source in sources:
            for one in ("day", "shift") if by == "both" else (by,):
                result = run(
                    source,
                    net,
                    night.folder,
                    one,
                    start=first,
                    days=days,
                    weighted=weighted,
                    seed=seed,
                    progress=say,
                )
                found.append((", ".join(Path(file.file).name for file in source.sources), result))
    if out_dir is not None:
        with writing(out_dir):
            plot(found, out_dir / "backtest.png")
    if as_json:
        rows = [{"scenario": night.name, "files": files, **as_dict(result)} for files, result in found]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    for files, result in found:
        _print(files, result)
    for note in dict.fromkeys(note for _, result in found for note in result.notes):
        err.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    if out_dir is not None:
        out.print(f"plot: {out_dir / 'backtest.png'}", highlight=False, soft_wrap=True)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(Fault("--from", f'"{text}" is no date.', "Write it as 2026-05-15.")) from None


def _print(files: str, found: Backtest) -> None:
    from routeopt.demand.forecast.backtest import AREAS

    def shown(value: Range) -> str:
        return f"{value.value:.1%} ({100 * value.low:.1f}–{100 * value.high:.1f})"

    span = f"{found.days} days from {found.first} to {found.last}"
    title = f"{files}, by {found.by}: {span}, {found.incidents:.0f} incidents"
    table = Table(title=title, caption="hit rate at a share of street length, with its 95 % interval")
    table.add_column("forecast")
    for area in AREAS:
        table.add_column(f"at {area:.0%}", justify="right")
    for one in found.forecasts:
        table.add_row(one.name, *(shown(v) for v in one.hit_rate))
    out.print(table)
    indices = Table()
    indices.add_column("forecast")
    for index in ("PAI", "PEI"):
        for area in AREAS:
            indices.add_column(f"{index} {area:.0%}", justify="right")
    for one in found.forecasts:
        indices.add_row(one.name, *(f"{v.value:.1f}" for v in one.pai), *(f"{v.value:.2f}" for v in one.pei))
    out.print(indices)
    groups = Table(caption="calibration by tenths of what is expected, densest streets first")
    for column in ("tenth", "expected", "observed", "95 %"):
        groups.add_column(column, justify="right")
    for n, g in enumerate(found.calibration, 1):
        groups.add_row(str(n), f"{g.expected:.0f}", f"{g.observed:.0f}", f"{g.low:.0f}–{g.high:.0f}")
    out.print(groups)
    for line in found.verdict:
        out.print(line, highlight=False, soft_wrap=True)


def heatmap(
    scenario: ScenarioArg,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; heatmaps/<scenario's folder> unless told.")
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at the demand: a page with a slider over the night, pictures, tables, the busiest places and why."""
    from routeopt.demand.busiest import heat
    from routeopt.messages import words
    from routeopt.reports.heat.files import HEAT_FORMATS, summary
    from routeopt.scenario.read import read_scenario
    from routeopt.streets.osm import read_streets

    target = out_dir or Path("heatmaps") / scenario.resolve().parent.name
    can_write(target)
    language = language_of(lang)
    _ = words(language)
    night = read_scenario(scenario)
    with status() as say:
        say("reading streets")
        net = read_streets(night.streets, night.folder, night.speeds)
        found = heat(night, net, say)
        with writing(target):
            written: list[str] = []
            for name, write in HEAT_FORMATS.items():
                say(f"writing {name}")
                written += write(found, target, language)
    for note in found.notes:
        err.print(f"note: {shown(note, _)}", highlight=False, markup=False, soft_wrap=True)
    if as_json:
        rows: dict[str, Any] = {**summary(found), "files": [str(target / name) for name in written]}
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    table = Table(title=f"{night.name}: the busiest places")
    for column in ("", "street", "busiest", "share of demand", "why"):
        table.add_column(column, overflow="fold")
    for place in found.places:
        said = [shown(text, _) for text in (place.street, place.busiest, place.why)]
        table.add_row(str(place.rank), said[0], said[1], f"{place.share:.1%}", said[2])
    out.print(table)
    out.print(f"files in {target}: {', '.join(written)}", highlight=False, soft_wrap=True)
