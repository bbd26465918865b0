"""The command that tells what was delivered of a plan, from the GPS tracks of its teams."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from routeopt.cli.planned import read_planned
from routeopt.cli.terminal import (
    DateOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    can_write,
    day,
    err,
    export_of,
    out,
    print_files,
    print_notes,
    status,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, MisreadError, Words

if TYPE_CHECKING:
    from routeopt.adherence.figures import Row
    from routeopt.adherence.measure import Adherence
    from routeopt.adherence.stays import Band
    from routeopt.problem import Problem

FILE = "adherence.csv"


def adherence(
    scenario: ScenarioArg,
    plan_file: Annotated[Path, typer.Argument(help="plan.json of this scenario.", show_default=False)],
    tracks: Annotated[
        Path,
        typer.Option(
            help="Folder of the teams' tracks: GPX, or tables of team, time, lat, lon.", show_default=False
        ),
    ],
    tolerance: Annotated[
        float, typer.Option(help="Minutes sooner or later at which a stop is still kept.", min=0.0, max=240.0)
    ] = 15.0,
    near: Annotated[
        float | None,
        typer.Option(
            help="A team is at a place within this many metres. Default: the sight of its mode.",
            min=5.0,
            max=500.0,
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs", help="Datum of the tracks: wgs84, gcj02 or bd09. Default: as a header says, else wgs84."
        ),
    ] = None,
    date: DateOption = None,
    shift: Annotated[
        list[str] | None,
        typer.Option("--shift", metavar="TEAM=SECONDS", help="Seconds to add to a team's times; may be repeated."),
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--out", help="Folder for adherence.csv. Default: that of the plan.")
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what was delivered of a plan, from GPS tracks of the teams: dwell, visits, stops kept, visibility."""
    from routeopt.adherence.files import as_dict, write_csv
    from routeopt.adherence.measure import measure
    from routeopt.adherence.tracks import read_tracks
    from routeopt.exchange.whole import whole

    _ = words_of(lang)
    folder = target or plan_file.parent
    when, datum = day(date), None if crs is None else export_of(crs).crs
    can_write(folder)
    planned = read_planned(scenario, plan_file, _)
    built, problem = planned.built, planned.built.problem
    clock = problem.clock if when is None else replace(problem.clock, date=when)
    with status(_) as say:
        say("reading tracks")
        read = read_tracks(tracks, clock, problem.team_names, datum, _shifts(problem, shift or []))
        say("matching tracks to the streets")
        found = measure(built, planned.result.plan, read, tolerance * 60, near)
    print_notes(err, found.notes, _)
    path = folder / FILE
    with writing(folder), whole(path) as file:
        write_csv(found, file)
    if as_json:
        sys.stdout.write(json.dumps({**as_dict(found), "files": [str(path)]}, ensure_ascii=False) + "\n")
        return
    _print(found, _)
    print_files([path], _)


def _shifts(problem: Problem, told: list[str]) -> dict[int, float]:
    """Read the corrections of clocks: team → seconds."""
    found: dict[int, float] = {}
    faults = []
    for text in told:
        match = re.fullmatch(r"(.+)=\s*([-+−]?\d{1,6}(?:\.\d+)?)\s*", text)
        if match is None:
            faults.append(Fault("RO-779", "--shift", value=text))
            continue
        try:
            found[problem.named_teams.index(match[1].strip())] = float(match[2].replace("−", "-"))
        except MisreadError as error:
            faults.append(error.at("--shift"))
    if faults:
        raise InputError(faults)
    return found


def _print(found: Adherence, _: Words) -> None:
    """Print visibility, the table of the teams, and the places that were left longest."""
    shares = {key: f"{value:.1%}" for key, value in found.visibility._asdict().items()}
    said = _("visibility: planned {planned}, delivered {estimate} (proved {low}, at most {high})")
    out.print(said.format(planned=f"{found.planned_visibility:.1%}", **shares), highlight=False, soft_wrap=True)
    streets = {one.team: one.on_planned_streets for one in found.tracks}
    table = Table(title=_("planned and delivered, by team"))
    table.add_column(_("team"), overflow="fold", min_width=11)
    for name in (_("stops"), _("kept"), _("10–16 min"), _("min"), _("delivered"), _("streets")):
        table.add_column(name, justify="right", no_wrap=True)
    names = found.problem.team_names
    for row in (*found.teams, found.total):
        share = None if row.team is None else streets.get(row.team)
        table.add_row(
            _("all") if row.team is None else names[row.team], str(row.planned_stops),
            _shown(row.kept), _shown(row.koper), f"{row.planned_min:.0f}", _shown(row.delivered_min),
            "" if share is None else f"{share:.0%}",
        )  # fmt: skip
    out.print(table)
    table = Table(title=_("places whose longest gap grew most"))
    table.add_column(_("place"), overflow="fold", min_width=12)
    for name in (_("stops"), _("visits"), _("min"), _("delivered"), _("planned gap"), _("gap")):
        table.add_column(name, justify="right", no_wrap=True)
    for row in sorted((r for r in found.places if r.planned_stops), key=_grown)[:10]:
        assert row.site is not None
        table.add_row(
            found.problem.site_names[row.site], str(row.planned_stops), _shown(row.visits),
            f"{row.planned_min:.0f}", _shown(row.delivered_min), f"{row.planned_gap_min:.0f}",
            f"{row.gap_min:.0f}",
        )  # fmt: skip
    out.print(table)
    out.print(
        _("min: minutes planned; streets: share of the time on planned streets; gap: min without a visit"),
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    out.print(_("in brackets: what the positions prove, and what they allow"), highlight=False, soft_wrap=True)


def _grown(row: Row) -> float:
    return row.planned_gap_min - row.gap_min


def _shown(band: Band) -> str:
    """An estimate with its band, where that says more."""
    low, estimate, high = (f"{value:.0f}" for value in band)
    return estimate if low == high else f"{estimate} ({low}–{high})"
