"""The command that tells what a night leaves for the next."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from routeopt.cli.terminal import (
    JsonOption,
    LangOption,
    build,
    can_write,
    out,
    print_files,
    print_notes,
    words_of,
    writing,
)
from routeopt.errors import Fault, InputError, Words, shown

if TYPE_CHECKING:
    from routeopt.carry_over import Left

SUFFIXES = (".yaml", ".yml", ".json")


def carry_over(
    plan_file: Annotated[Path, typer.Argument(help="plan.json of the night.", show_default=False)],
    done_file: Annotated[
        Path | None,
        typer.Argument(
            help="What was done: a CSV or workbook with place or task, done (yes, no), and perhaps team, time, "
            "reason. Default: all that was planned.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="Scenario file. Default: the one that the plan was made from.", show_default=False),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="File to write, .yaml or .json. Default: the one that the scenario names, or carry.yaml "
            "beside the plan.",
            show_default=False,
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what a night leaves for the next: tasks not done, and why; when places were visited last."""
    from routeopt.carry_over import carry_over as left_by
    from routeopt.exchange.plan_json import date_of, read_document, read_plan
    from routeopt.exchange.told import read_told
    from routeopt.exchange.whole import whole
    from routeopt.scenario.carried import carry_over_text

    _ = words_of(lang)
    document = read_document(plan_file)
    path = scenario or _scenario_of(plan_file, document)
    if target is not None:
        check_suffix(target)
    built = build(path, date_of(document), _)
    plan = read_plan(plan_file, built.problem)
    report = None if done_file is None else read_told(done_file, built.problem, plan)
    found = left_by(built, plan, report, _=_)
    named = built.scenario.carry_over
    file = target or (plan_file.parent / "carry.yaml" if named is None else built.scenario.folder / named)
    check_suffix(file)
    can_write(file.parent)
    with writing(file.parent), whole(file) as place:
        place.write_text(carry_over_text(found.carried, as_json=file.suffix == ".json"), encoding="utf-8")
    if as_json:
        left = [entry.model_dump(mode="json") | {"code": why.code, "why": str(why)} for entry, why in found.open]
        row = {
            **found.carried.model_dump(mode="json", exclude={"before"}),
            "open": left,
            "done": found.n_done, "notes": [str(note) for note in found.notes], "files": [str(file)],
        }  # fmt: skip
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    print_notes(out, found.notes, _)
    _print(found, _)
    print_files([file], _)


def check_suffix(file: Path) -> None:
    """Refuse a file for a carry-over that is named like another kind.

    Raises
    ------
    InputError
        If it ends in none of `SUFFIXES`.
    """
    if file.suffix not in SUFFIXES:
        raise InputError(Fault("RO-658", file))


def _scenario_of(plan_file: Path, document: dict[str, Any]) -> Path:
    """Find the scenario that a plan was made from, by the command that is written in it."""
    command = document.get("command")
    try:
        words = shlex.split(command) if isinstance(command, str) else []
    except ValueError:  # a quote that is not closed
        words = []
    named = next((Path(word) for word in words[2:] if word.lower().endswith(SUFFIXES)), None)
    if named is None or not named.is_file():
        raise InputError(Fault("RO-656", plan_file, file=named or "-"))
    return named


def _print(found: Left, _: Words) -> None:
    """Print what is still open, and how much is done."""
    if found.open:
        table = Table(title=_("Carried over"))
        for column in (_("task or place"), _("due"), _("nights"), _("why")):
            table.add_column(column, overflow="fold")
        for entry, why in found.open:
            due = "" if entry.due is None else entry.due.isoformat()
            table.add_row(entry.name, due, str(entry.carried), str(shown(why, _)))
        out.print(table)
    text = _("done: {done}; carried over: {left}").format(done=found.n_done, left=len(found.open))
    out.print(text, highlight=False)
