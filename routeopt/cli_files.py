"""Commands on finished plans: export, check, diff."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routeopt.errors import Fault, InfeasibleError, InputError
from routeopt.terminal import (
    CrsOption,
    DateOption,
    FormatOption,
    JsonOption,
    LangOption,
    ScenarioArg,
    build,
    can_write,
    day,
    err,
    export_of,
    language_of,
    out,
    print_files,
    writing,
)

if TYPE_CHECKING:
    from routeopt.build import Built

app = typer.Typer()

PlanArg = Annotated[Path, typer.Argument(help="plan.json of this scenario.", show_default=False)]


def _built_for(scenario: Path, plan_file: Path | None) -> Built:
    """The scenario on the plan's day, which is not the scenario's own where it was planned with --date."""
    from routeopt.reports.plan_json import date_of, read_document

    return build(scenario, None if plan_file is None else date_of(read_document(plan_file)))


@app.command()
def export(
    scenario: ScenarioArg,
    plan_file: PlanArg,
    formats: FormatOption = "",
    crs: CrsOption = "wgs84",
    lang: LangOption = None,
    date: DateOption = None,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; the plan's own unless told.")
    ] = None,
) -> None:
    """Write a finished plan's files: for phones, maps, spreadsheets and calendars."""
    from routeopt.check import check as find_violations
    from routeopt.reports import chosen, write_files
    from routeopt.reports.gather import gather
    from routeopt.reports.plan_json import read_result

    names, options, language = chosen(formats), export_of(crs, day(date)), language_of(lang)
    target = out_dir or plan_file.parent
    can_write(target)
    names = tuple(name for name in names if (target / name).resolve() != plan_file.resolve())
    built = _built_for(scenario, plan_file)
    result = read_result(plan_file, built.problem)
    violations = find_violations(built.problem, result.plan)
    if violations:
        remedy = "Look at it with: routeopt check"
        raise InfeasibleError([Fault(str(plan_file), str(violation), remedy) for violation in violations])
    night = replace(gather(built, result), lang=language, export=options)
    with writing(target):
        print_files(write_files(night, target, names))
