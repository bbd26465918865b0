"""The command that draws a trial, draws it again to check it, and lists where a plan may stop in it."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    can_write,
    day,
    err,
    out,
    own_folder,
    print_files,
    print_notes,
    status,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, Words

if TYPE_CHECKING:
    from routeopt.trial.design import Trial

CHECK, PLACES = "check", "places"
FILE = "trial.json"
SITES = "trial-places.csv"


def trial(
    scenario: Annotated[
        Path,
        typer.Argument(help="Scenario file; or check or places, and then a trial.json.", show_default=False),
    ],
    trial_file: Annotated[
        Path | None, typer.Argument(help="The trial.json of check and places.", show_default=False)
    ] = None,
    weeks: Annotated[int, typer.Option(help="Length of the trial in weeks.", min=1, max=520)] = 8,
    unit: Annotated[str, typer.Option(help="What is drawn: night or place.")] = "night",
    blocks: Annotated[
        bool, typer.Option(help="Draw in blocks, so that weekdays (or demand) balance between the arms.")
    ] = True,
    n_places: Annotated[int, typer.Option("--places", help="Number of places, the busiest.", min=2, max=200)] = 20,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", help="First night, YYYY-MM-DD. Default: the scenario's, or tomorrow.", show_default=False
        ),
    ] = None,
    per_cell: Annotated[
        float | None,
        typer.Option("--per-cell", help="Incidents expected without patrol. Default: by past incidents.", min=0.0),
    ] = None,
    fall: Annotated[
        float,
        typer.Option("--effect", help="Fall of incidents that is hoped for, as a share.", min=0.01, max=0.99),
    ] = 0.16,
    seed: Annotated[
        int | None,
        typer.Option(help="Seed of the draw. Default: one drawn at random, which the file names.", min=0),
    ] = None,
    replaced: Annotated[
        Path | None, typer.Option("--replace", help="The trial.json of an earlier draw, to draw again.")
    ] = None,
    plan_scenario: Annotated[
        Path | None, typer.Option("--scenario", help="With places: the scenario whose places are listed.")
    ] = None,
    out_dir: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the files. Default: trials/<folder>/<name of the scenario file>."),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw nights or places with and without patrol at random, and say before the start what they can tell."""
    _ = words_of(lang)
    word = str(scenario)
    if (word in (CHECK, PLACES)) != (trial_file is not None):
        raise InputError(Fault("RO-678", "routeopt trial"))
    if trial_file is not None:
        _of_file(word, trial_file, plan_scenario, out_dir, as_json, _)
        return
    if unit not in ("night", "place"):
        raise InputError(Fault("RO-669", "--unit", value=unit))
    first = day(start, "--from")
    target = out_dir or own_folder("trials", scenario)
    can_write(target)
    earlier = _earlier(target / FILE, replaced)
    found, inputs, name = _designed(
        scenario, first, _, weeks=weeks, kind=unit, blocks=blocks, n_places=n_places, per_cell=per_cell, fall=fall,
        seed=secrets.randbelow(2**32) if seed is None else seed,
    )  # fmt: skip
    from routeopt.trial import draw

    document = draw.document(
        found.units, scenario=name, kind=found.kind, weeks=weeks, start=found.start, seed=found.seed,
        when=dt.datetime.now().astimezone(), inputs=inputs, power=found.figures(), earlier=earlier,
    )  # fmt: skip
    print_notes(err, found.notes, _)
    with writing(target):
        draw.write(target / FILE, document)
    if as_json:
        sys.stdout.write(json.dumps({**document, "files": [str(target / FILE)]}, ensure_ascii=False) + "\n")
        return
    _print(found, _)
    print_files([target / FILE], _)


def _of_file(
    word: str, trial_file: Path, plan_scenario: Path | None, out_dir: Path | None, as_json: bool, _: Words
) -> None:
    """Check a trial, or list the places that are left in it."""
    if word == CHECK:
        _check(trial_file, as_json, _)
        return
    if plan_scenario is None:
        raise InputError(Fault("RO-679", "--scenario"))
    _places(trial_file, plan_scenario, out_dir or trial_file.parent, as_json, _)


def _earlier(path: Path, replaced: Path | None) -> list[dict[str, Any]]:
    """Return the draws that a new one takes the place of; refuse one that is not named."""
    from routeopt.trial.draw import read

    if replaced is not None and (not path.is_file() or replaced.resolve() != path.resolve()):
        raise InputError(Fault("RO-683", replaced, file=path))
    if not path.is_file():
        return []
    if replaced is None:
        raise InputError(Fault("RO-682", path))
    found, _units = read(path)
    said = {key: found.get(key) for key in ("drawn", "seed", "digest", "unit", "weeks", "start")}
    return [*found.get("earlier", []), said]


def _designed(
    scenario: Path, first: dt.date | None, _: Words, **options: Any
) -> tuple[Trial, dict[str, str], str]:
    """Draw the trial; also the SHA-256 of the files that it was drawn from, and the scenario's name."""
    from routeopt.exchange.digests import digests
    from routeopt.problem.build import inputs_of
    from routeopt.scenario.read import read_scenario
    from routeopt.trial.design import design

    night = read_scenario(scenario)
    start = first or night.shift.date or dt.datetime.now().astimezone().date() + dt.timedelta(days=1)
    with status(_) as say:
        found = design(night, start=start, progress=say, **options)
    return found, digests(inputs_of(night), night.folder), night.name


def _print(found: Trial, _: Words) -> None:
    """Print what the trial can tell, the table, and how it was drawn."""
    from routeopt.trial.design import FALLS
    from routeopt.trial.draw import PATROL

    for message in found.words():
        out.print(message.text(_), highlight=False, soft_wrap=True)
    table = Table(title=_("chance to find a fall of incidents, by the weeks of the trial"))
    for column in (_("weeks"), _("incidents without patrol"), *(f"−{fall:.0%}" for fall in FALLS)):
        table.add_column(column, justify="right")
    for weeks, count, power in found.table():
        mark = "▸ " if weeks == found.weeks else ""
        table.add_row(f"{mark}{weeks}", f"{count:.0f}", *(f"{share:.0%}" for share in power))
    out.print(table)
    out.print(
        _("dispersion {value} (1: by chance alone), from {source}").format(
            value=f"{found.dispersion:.2f}",
            source=_("the number given") if found.expected.source == "given" else
            _("{incidents} incidents in {nights} nights").format(
                incidents=found.expected.incidents, nights=found.expected.nights
            ),
        ), highlight=False, soft_wrap=True,
    )  # fmt: skip
    with_patrol = sum(unit.arm == PATROL for unit in found.units)
    text = _("drawn with seed {seed}: {patrol} nights with patrol, {none} without")
    if found.kind == "place":
        text = _("drawn with seed {seed}: {patrol} places with patrol, {none} without")
    said = text.format(seed=found.seed, patrol=with_patrol, none=len(found.units) - with_patrol)
    out.print(said, highlight=False, soft_wrap=True)
    for unit in found.units if found.kind == "place" else ():
        arm = _("patrol") if unit.arm == PATROL else _("no patrol")
        out.print(f"  {unit.unit}: {arm}", highlight=False, soft_wrap=True)


def _check(path: Path, as_json: bool, _: Words) -> None:
    """Draw a trial again."""
    from routeopt.trial.draw import check, read

    faults, (found, units) = check(path), read(path)
    if as_json:
        row = {
            "file": str(path), "same": not faults, "units": len(units), "seed": found["seed"],
            "earlier": len(found.get("earlier", [])), "differences": [str(fault) for fault in faults],
        }  # fmt: skip
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        for fault in faults:
            out.print(fault.text(_), highlight=False, soft_wrap=True)
        if not faults:
            text = _("the draw is as it was: {n} units, seed {seed}, {earlier} earlier draws")
            out.print(
                text.format(n=len(units), seed=found["seed"], earlier=len(found.get("earlier", []))),
                highlight=False, soft_wrap=True,
            )  # fmt: skip
    if faults:
        raise typer.Exit(3)


def _places(path: Path, scenario: Path, target: Path, as_json: bool, _: Words) -> None:
    """Write the scenario's places that are not near a place without patrol."""
    from routeopt.cli.terminal import build
    from routeopt.exchange.whole import whole
    from routeopt.trial.draw import read
    from routeopt.trial.places import allowed, write_places

    found, units = read(path)
    if found["unit"] != "place":
        raise InputError(Fault("RO-684", path))
    can_write(target)
    problem = build(scenario, None, _).problem
    kept, left = allowed(problem, units)
    with writing(target), whole(target / SITES) as file:
        write_places(problem, kept, file)
    if as_json:
        row = {
            "file": str(target / SITES), "kept": [problem.site_names[k] for k in kept],
            "left_out": [problem.site_names[k] for k in left],
        }  # fmt: skip
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    said = _("{kept} places are kept, {left} near a place without patrol are left out; write in the scenario:")
    out.print(said.format(kept=len(kept), left=len(left)), highlight=False, soft_wrap=True)
    out.print(f"sites: {{file: {json.dumps(SITES)}, count: 0}}", highlight=False, soft_wrap=True)
    print_files([target / SITES], _)
