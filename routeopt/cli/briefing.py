"""The command that writes the page of the daily meeting."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    ScenarioArg,
    can_write,
    err,
    language_of,
    out,
    print_files,
    print_notes,
    status,
    words_of,
    writing,
)
from routeopt.errors import Words, shown

if TYPE_CHECKING:
    from routeopt.briefing.gather import Briefing


def briefing(
    scenario: ScenarioArg,
    last: Annotated[Path, typer.Option("--last", help="plan.json of last night.", show_default=False)],
    done: Annotated[
        Path | None,
        typer.Option("--done", help="Table of what was done: team, place or task, time, done, reason."),
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option("--incidents", help="File of the incidents since. Default: the scenario's own sources."),
    ] = None,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="plan.json of tonight.")] = None,
    carry: Annotated[
        Path | None, typer.Option("--carry", help="What earlier nights left. Default: the scenario's own file.")
    ] = None,
    share: Annotated[
        float,
        typer.Option(
            "--busiest", help="Share of the streets' length that is called the busiest.", min=0.001, max=1.0
        ),
    ] = 0.02,
    target: Annotated[Path, typer.Option("--out", help="Page to write.")] = Path("briefing.html"),
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the daily meeting's page: last night, what was done and left, what happened, and tonight."""
    from routeopt.briefing.gather import gather
    from routeopt.exchange.whole import whole
    from routeopt.reports.briefing.page import as_dict, write
    from routeopt.scenario.read import read_scenario

    language = language_of(lang)
    _ = words_of(lang)
    can_write(target.parent)
    night = read_scenario(scenario)
    with status(_) as say:
        found = gather(
            night, last, done_file=done, incidents_file=incidents, plan_file=plan_file, carry_file=carry,
            share=share, progress=say,
        )  # fmt: skip
    print_notes(err, found.notes, _)
    with writing(target.parent), whole(target) as file:
        write(found, file, language)
    if as_json:
        sys.stdout.write(json.dumps({**as_dict(found), "files": [str(target)]}, ensure_ascii=False) + "\n")
        return
    _print(found, _)
    print_files([target], _)


def _print(found: Briefing, _: Words) -> None:
    """Print the three sentences, and what cannot be held."""
    from routeopt.reports.briefing.page import lead

    for sentence in (*lead(found), *found.unmet):
        out.print(str(shown(sentence, _)), highlight=False, soft_wrap=True)
