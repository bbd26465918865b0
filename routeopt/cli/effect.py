"""The command that says whether patrol changed what happened."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from routeopt.cli.terminal import JsonOption, LangOption, err, out, print_notes, status, words_of
from routeopt.errors import Fault, InputError, Words

if TYPE_CHECKING:
    from routeopt.effect.cells import Period
    from routeopt.effect.found import BeforeAfter, OfTrial

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".html", ".htm")
"""Endings of tables of counts."""
Zones = list[str] | None


def effect(
    file: Annotated[
        Path,
        typer.Argument(
            help="Scenario with incidents; or a table of counts: area, period, count.", show_default=False
        ),
    ],
    trial: Annotated[
        Path | None, typer.Option(help="The trial.json whose nights or places are compared.", show_default=False)
    ] = None,
    treated: Annotated[Zones, typer.Option(help="Zone with patrol; may be repeated.", show_default=False)] = None,
    comparison: Annotated[
        Zones, typer.Option(help="Zone without patrol to compare with; may be repeated.", show_default=False)
    ] = None,
    around: Annotated[
        Zones,
        typer.Option(
            help="Zone around those with patrol, where incidents may move; may be repeated.", show_default=False
        ),
    ] = None,
    around_comparison: Annotated[
        Zones, typer.Option(help="Zone around the comparison; may be repeated.", show_default=False)
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(help="Nights before, as 2026-01-01..2026-02-28, both included.", show_default=False),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(help="Nights after, as 2026-03-01..2026-04-30, both included.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the draws that a trial is compared with.", min=0)] = 0,
    redraws: Annotated[
        int, typer.Option(help="Number of draws that a trial is compared with.", min=99, max=100_000)
    ] = 999,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether patrol changed what happened: of a trial, or of areas before and after; with intervals."""
    from routeopt.effect.cells import AROUND, AROUND_COMPARISON, COMPARISON, TREATED, read_counts
    from routeopt.effect.found import BeforeAfter

    _ = words_of(lang)
    zones = {
        TREATED: treated or [], COMPARISON: comparison or [], AROUND: around or [],
        AROUND_COMPARISON: around_comparison or [],
    }  # fmt: skip
    asked = any(zones.values()) or before is not None or after is not None
    table = file.suffix.lower() in TABLES
    if (asked or trial is not None) if table else asked == (trial is not None):
        raise InputError(Fault("RO-796", "routeopt effect"))
    found: BeforeAfter | OfTrial
    if table:
        found = BeforeAfter(read_counts(file))
    elif trial is not None:
        found = _trial(file, trial, seed, redraws, _)
    else:
        if not zones[TREATED] or before is None or after is None:
            raise InputError(Fault("RO-796", "routeopt effect"))
        found = _zones(file, zones, before, after, _)
    print_notes(err, dict.fromkeys(found.notes), _)
    if as_json:
        row = {"file": str(file), **found.figures(), "notes": [note.json() for note in found.notes]}
        sys.stdout.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
        return
    _print(found, _)


def _trial(file: Path, trial: Path, seed: int, redraws: int, _: Words) -> OfTrial:
    from routeopt.effect.found import of_trial
    from routeopt.effect.nights import count_trial
    from routeopt.scenario.read import read_scenario

    scenario = read_scenario(file)
    with status(_) as say:
        counts = count_trial(scenario, trial, say)
    return of_trial(counts, seed=seed, redraws=redraws)


def _zones(file: Path, zones: dict[str, list[str]], before: str, after: str, _: Words) -> BeforeAfter:
    from routeopt.effect.cells import count_zones
    from routeopt.effect.found import BeforeAfter
    from routeopt.scenario.read import read_scenario

    faults: list[Fault] = []
    periods = [_period(text, option, faults) for text, option in ((before, "--before"), (after, "--after"))]
    first, second = periods
    if first is not None and second is not None and second.first <= first.last:
        faults.append(Fault("RO-792", "--after", value=after))
    if faults or first is None or second is None:
        raise InputError(faults)
    scenario = read_scenario(file)
    with status(_) as say:
        return BeforeAfter(count_zones(scenario, zones, first, second, say))


def _period(text: str, option: str, faults: list[Fault]) -> Period | None:
    """Parse two dates with dots between."""
    from routeopt.effect.cells import DAY, Period

    try:
        first, last = ((dt.date.fromisoformat(part.strip()) - DAY).days for part in text.split(".."))
    except ValueError:
        first, last = 0, -1
    if last < first:
        faults.append(Fault("RO-792", option, value=text[:40]))
        return None
    return Period(first, last)


def _print(found: BeforeAfter | OfTrial, _: Words) -> None:
    """Print what was compared, what follows, and the figures."""
    for message in found.words():
        out.print(message.text(_), highlight=False, soft_wrap=True)
    rows = found.rows()
    if not rows:
        return
    table = Table()
    table.add_column("", overflow="fold")
    table.add_column(_("interval of 95 %"), justify="right")
    table.add_column(_("best estimate"), justify="right")
    for what, between, point in rows:
        table.add_row(what.text(_), between, point)
    out.print(table)
