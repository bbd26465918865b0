"""Commands on demand: a look at an incident file, a back-test of the forecast, and the heat map."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    ClusterOption,
    JobsOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    can_write,
    day,
    err,
    executing,
    language_of,
    out,
    own_folder,
    print_notes,
    refuse_both,
    status,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, Message, Words, shown

if TYPE_CHECKING:
    from routeopt.demand.forecast.backtest import Backtest, Range
    from routeopt.demand.incidents.look import Look
    from routeopt.scenario.sources import IncidentDemand

CATEGORIES = 12
"""Largest number of categories that are listed."""
MAP_WIDTH, MAP_HEIGHT = 60, 18
"""Of the map, characters."""
WORTH = 1_000_000
"""Bytes of incidents whose back-test is worth starting processes, which takes some seconds."""
BAR = 40
"""Length of the longest bar, characters."""


def incidents(
    file: Annotated[Path, typer.Argument(help="File of incidents: CSV, XLSX, GeoJSON, …", show_default=False)],
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Name a column, such as --column time=DATE_OCC; may be repeated."),
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Time zone of the town, such as Europe/Vienna, for times in UTC.")
    ] = None,
    times: Annotated[
        str, typer.Option(help="auto; local: endings such as Z are not true; none: no times.")
    ] = "auto",
    crs: Annotated[str | None, typer.Option(help="What positions are in: wgs84, gcj02, bd09 or EPSG:….")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of a text file. Default: by its content.")] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would be read of a file of incidents, and write the columns to paste into a scenario."""
    from routeopt.demand.incidents.look import look

    _ = words_of(lang)
    given = {"timezone": timezone, "times": times, "crs": crs, "encoding": encoding}
    named = {}
    for text in column or []:
        key, mark, name = text.partition("=")
        if not mark:
            raise InputError(Fault("RO-616", "--column", value=text))
        named[key.strip()] = name.strip()
    source = _source(file, named, {key: value for key, value in given.items() if value is not None})
    with status(_) as say:
        found = look(source, file.parent, say)
    if as_json:
        sys.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False) + "\n")
        return
    _print_look(found, _)


def _source(file: Path, columns: dict[str, str], given: dict[str, str]) -> IncidentDemand:
    """Make the demand source of one file; options that are not valid are faults."""
    import zoneinfo

    from pydantic import ValidationError

    from routeopt.scenario.sources import IncidentDemand
    from routeopt.validation import broken_rule, similar

    values: dict[str, Any] = {"kind": "incidents", "file": file.name, "max_bad_share": 1.0, "columns": columns}
    zone = given.get("timezone")
    faults = []
    if zone is not None and zone not in zoneinfo.available_timezones():
        hint = similar(zone, zoneinfo.available_timezones())
        faults.append(Fault("RO-160", "--timezone", key="--timezone", got=zone, hint=hint))
    try:
        source = IncidentDemand.model_validate(values | given)
    except ValidationError as error:
        for one in error.errors():
            option = "--column" if one["loc"][0] == "columns" else f"--{one['loc'][0]}"
            if one["type"] == "extra_forbidden":
                faults.append(Fault("RO-616", option, value=one["loc"][-1]))
                continue
            rule = broken_rule(one, option)
            faults.append(Fault(rule.code, option, key=option, **rule.values))
        raise InputError(faults) from None
    if faults:
        raise InputError(faults)
    return source


def columns_of(file: Path, say: Any) -> dict[str, str]:
    """Key → column of a file of incidents, as `routeopt.demand.incidents.look` finds them.

    Raises
    ------
    DemandError
        If it cannot be read.
    """
    from routeopt.demand.incidents.look import look

    return look(_source(file, {}, {}), file.resolve().parent, say).columns


def _print_look(found: Look, _: Words) -> None:
    from routeopt.demand.incidents.look import map_rows

    title = _("{file}: {read} of {rows} rows are read").format(file=found.file, read=found.read, rows=found.rows)
    table = Table(title=title)
    table.add_column("")
    table.add_column("", overflow="fold")
    for code, count in found.left_out.items():
        table.add_row(_("left out"), f"{count} × {shown(Message(code), _)}")
    if found.first is not None:
        table.add_row(_("time range"), f"{found.first} – {found.last}")
    if found.bbox is not None:
        table.add_row(_("positions"), ", ".join(f"{x:.4f}" for x in found.bbox))
    if found.categories:
        listed = list(found.categories.items())[:CATEGORIES]
        table.add_row(_("categories"), ", ".join(f"{name or _('blank')} ({n})" for name, n in listed))
    out.print(table, markup=False)
    if found.hours is None:
        out.print(_("No row has a time of day."))
    else:
        _print_hours(found.hours, _)
    for line in map_rows(found.lat, found.lon, MAP_WIDTH, MAP_HEIGHT):
        out.print(line, markup=False, highlight=False)
    print_notes(err, found.notes, _)
    out.print(_("To paste into the scenario:"))
    out.print("columns:", highlight=False)
    for key, name in found.columns.items():
        quoted = json.dumps(name, ensure_ascii=False)
        out.print(f"  {key}: {quoted}", markup=False, highlight=False, soft_wrap=True)


def _print_hours(hours: list[int], _: Words) -> None:
    """Print a bar for each hour of the day."""
    most = max(hours)
    table = Table(title=_("incidents by hour"), show_header=False)
    for hour, count in enumerate(hours):
        table.add_row(f"{hour:02d}", str(count), "█" * round(BAR * count / most))
    out.print(table)


def backtest(
    scenario: ScenarioArg,
    by: Annotated[
        str, typer.Option(help="Forecast by day, by shift (one for each part of the day), or both.")
    ] = "both",
    start: Annotated[
        str,
        typer.Option(
            "--from", help="First test day, YYYY-MM-DD. Default: the day by which half of the incidents are past."
        ),
    ] = "",
    days: Annotated[int, typer.Option(help="Maximum number of test days.", min=1)] = 180,
    weighted: Annotated[bool, typer.Option(help="Count incidents by their weights instead of 1 each.")] = False,
    seed: Annotated[int, typer.Option(help="Random seed of the resampling for the intervals.", min=0)] = 0,
    jobs: JobsOption = None,
    address: ClusterOption = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for backtest.png, a plot of hit rate against street length."),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back-test the heat map: train on earlier days, test on later ones, and compare with simple forecasts."""
    from routeopt.demand.forecast.backtest import backtest as run
    from routeopt.exchange.whole import whole
    from routeopt.reports.heat.backtest import as_dict, plot
    from routeopt.scenario.read import read_scenario
    from routeopt.scenario.sources import IncidentDemand
    from routeopt.streets.osm import read_streets

    _ = words_of(lang)
    refuse_both(jobs, address)
    if by not in ("day", "shift", "both"):
        raise InputError(Fault("RO-611", "--by", value=by))
    first = day(start or None, "--from")
    if out_dir is not None:
        can_write(out_dir)
    night = read_scenario(scenario)
    sources = [source for source in night.demand if isinstance(source, IncidentDemand)]
    if not sources:
        raise InputError(Fault("RO-612", scenario))
    options: dict[str, Any] = {"start": first, "days": days, "weighted": weighted, "seed": seed}
    found = []
    with executing(jobs, address, _worth(sources, night.folder)) as executor, status(_) as say:
        options["executor"] = executor
        say("reading streets")
        net = read_streets(night.streets, night.folder, night.speeds)
        for source in sources:
            files = ", ".join(Path(file.file).name for file in source.sources)
            for one in ("day", "shift") if by == "both" else (by,):
                found.append((files, run(source, net, night.folder, one, progress=say, **options)))
    if out_dir is not None:
        with writing(out_dir), whole(out_dir / "backtest.png") as file:
            plot(found, file)
    if as_json:
        rows = [{"scenario": night.name, "files": files, **as_dict(result)} for files, result in found]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    for files, result in found:
        _print(files, result, _)
    print_notes(err, dict.fromkeys(note for _files, result in found for note in result.notes), _)
    if out_dir is not None:
        out.print(_("plot: {file}").format(file=out_dir / "backtest.png"), highlight=False, soft_wrap=True)


def _worth(sources: Sequence[IncidentDemand], folder: Path) -> int:
    """Return how many processes a back-test of these files is worth: 1 for small ones."""
    from routeopt.executor import cores

    files = [folder / file.file for source in sources for file in source.sources]
    return cores() if sum(path.stat().st_size for path in files if path.is_file()) >= WORTH else 1


def _print(files: str, found: Backtest, _: Words) -> None:
    from routeopt.demand.forecast.backtest import AREAS

    def interval(value: Range) -> str:
        return f"{value.value:.1%} ({100 * value.low:.1f}–{100 * value.high:.1f})"

    forecasts = {
        "heat map": _("heat map"), "last 28 days": _("last 28 days"), "all time": _("all time"),
        "all time, same part": _("all time, same part of the day"), "even": _("even"),
    }  # fmt: skip
    by = {"day": _("by day"), "shift": _("by shift")}
    title = _("{files}, {by}: {days} days from {first} to {last}, {incidents} incidents").format(
        files=files, by=by.get(found.by, found.by), days=found.days, first=found.first, last=found.last,
        incidents=f"{found.incidents:.0f}",
    )  # fmt: skip
    table = Table(title=title, caption=_("hit rate at a share of street length, with its interval of 95 %"))
    table.add_column(_("forecast"))
    for area in AREAS:
        table.add_column(_("at {share}").format(share=f"{area:.0%}"), justify="right")
    for one in found.forecasts:
        table.add_row(forecasts.get(one.name, one.name), *(interval(v) for v in one.hit_rate))
    out.print(table)
    indices = Table()
    indices.add_column(_("forecast"))
    for index in ("PAI", "PEI"):
        for area in AREAS:
            indices.add_column(f"{index} {area:.0%}", justify="right")
    for one in found.forecasts:
        name = forecasts.get(one.name, one.name)
        indices.add_row(name, *(f"{v.value:.1f}" for v in one.pai), *(f"{v.value:.2f}" for v in one.pei))
    out.print(indices)
    groups = Table(caption=_("calibration by tenths of the expected incidents, densest streets first"))
    for column in (_("tenth"), _("expected"), _("observed"), "95 %"):
        groups.add_column(column, justify="right")
    for n, g in enumerate(found.calibration, 1):
        groups.add_row(str(n), f"{g.expected:.0f}", f"{g.observed:.0f}", f"{g.low:.0f}–{g.high:.0f}")
    out.print(groups)
    for line in found.verdict:
        out.print(str(shown(line, _)), highlight=False, soft_wrap=True)


def heatmap(
    scenario: ScenarioArg,
    out_dir: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder for the files. Default: heatmaps/<folder>/<name of the scenario file>."
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the demand: a page with a time slider, pictures, tables, and the busiest places with reasons."""
    from routeopt.demand.busiest import heat
    from routeopt.exchange.whole import staged
    from routeopt.messages import words
    from routeopt.reports.heat.files import HEAT_FORMATS, summary
    from routeopt.scenario.read import read_scenario
    from routeopt.streets.osm import read_streets

    language = language_of(lang)
    _ = words(language)
    target = out_dir or own_folder("heatmaps", scenario)
    can_write(target)
    night = read_scenario(scenario)
    with status(_) as say:
        say("reading streets")
        net = read_streets(night.streets, night.folder, night.speeds)
        found = heat(night, net, say)
        with writing(target):
            written: list[str] = []
            kinds = {"page": _("page"), "pictures": _("pictures"), "tables": _("tables")}
            with staged(target) as stage:
                for name, write in HEAT_FORMATS.items():
                    say(_("writing {format}").format(format=kinds.get(name, name)))
                    written += write(found, stage, language)
    print_notes(err, found.notes, _)
    if as_json:
        rows: dict[str, Any] = {**summary(found), "files": [str(target / name) for name in written]}
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
        return
    table = Table(title=_("{name}: the busiest places").format(name=night.name))
    for column in ("", _("street"), _("busiest"), _("share of demand"), _("why")):
        table.add_column(column, overflow="fold")
    for place in found.places:
        street, why = str(shown(place.street, _)), str(shown(place.why, _))
        table.add_row(str(place.rank), street, str(shown(place.busiest, _)), f"{place.share:.1%}", why)
    out.print(table)
    text = _("files in {folder}: {names}").format(folder=target, names=", ".join(written))
    out.print(text, highlight=False, soft_wrap=True)
