"""The command that verifies, exports and shows the journal of a shift."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from routeopt.cli.terminal import JsonOption, LangOption, err, out, words_of
from routeopt.errors import Fault, InputError, Words

if TYPE_CHECKING:
    from routeopt.dispatch.journal import Entry

ACTIONS = ("verify", "export", "show")
FORMATS = ("csv", "jsonl")
COLUMNS = ("number", "id", "kind", "happened_at", "entered_at", "struck", "event", "hash")
"""Of the export as CSV."""


def journal(
    action: Annotated[str, typer.Argument(help="verify, export or show.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The journal.", show_default=False)],
    form: Annotated[str, typer.Option("--format", help="Of an export: jsonl or csv.")] = "jsonl",
    last: Annotated[int, typer.Option(help="Number of events to show, the latest.", min=1)] = 20,
    noted: Annotated[
        str | None,
        typer.Option(
            "--has", help="With verify: a hash noted earlier, which a row must have.", show_default=False
        ),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a shift's journal row by row, export it to stdout, or show its latest events."""
    _ = words_of(lang)
    for option, value, known in (("ACTION", action, ACTIONS), ("--format", form, FORMATS)):
        if value not in known:
            raise InputError(Fault("RO-733", option, value=value, known=list(known)))
    if action == "verify":
        _verify(file, noted, as_json, _)
    elif action == "export":
        _export(file, form)
    else:
        _show(file, last, as_json, _)


def _verify(file: Path, noted: str | None, as_json: bool, _: Words) -> None:
    """Say how many rows hold, and what is wrong with the next one."""
    from routeopt.dispatch.journal import has, verify

    found = verify(file)
    fault = found.fault
    if fault is None and noted is not None and not has(file, noted):
        fault = Fault("RO-732", file, hash=noted)
    if as_json:
        row = {"file": str(file), "rows": found.rows, "last": found.last, "fault": fault and fault.json()}
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        text = _("{rows} rows hold; the last one has the hash {hash}").format(rows=found.rows, hash=found.last)
        out.print(text, highlight=False, soft_wrap=True)
    if fault is not None:
        err.print(Text(fault.text(_)), highlight=False, soft_wrap=True)
        raise typer.Exit(3)


def _export(file: Path, form: str) -> None:
    """Write all rows to stdout."""
    from routeopt.cells import guarded
    from routeopt.dispatch.journal import canonical, read, struck

    entries = read(file)
    if form == "jsonl":
        for entry in entries:
            sys.stdout.write(json.dumps(entry.to_json(), ensure_ascii=False) + "\n")
        return
    out_of = struck(entries)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(COLUMNS)
    for entry in entries:
        event = entry.event
        texts = [guarded(event[key]) for key in ("id", "kind", "happened_at", "entered_at")]
        rows.writerow([entry.number, *texts, int(event["id"] in out_of), canonical(event), entry.hash])


def _show(file: Path, last: int, as_json: bool, _: Words) -> None:
    """Print the latest rows."""
    from routeopt.dispatch.journal import read, struck

    entries = read(file)
    out_of = struck(entries)
    if as_json:
        sys.stdout.write(json.dumps([e.to_json() for e in entries[-last:]], ensure_ascii=False) + "\n")
        return
    table = Table()
    for column in (_("row"), _("happened"), _("entered"), _("event"), _("what")):
        table.add_column(column)
    for entry in entries[-last:]:
        table.add_row(*_cells(entry, entry.event["id"] in out_of, _))
    out.print(table)


def _cells(entry: Entry, out: bool, _: Words) -> tuple[Text, ...]:
    """A row of the table; what was struck out is shown so."""
    event = entry.event
    rest = {key: value for key, value in event.items() if key not in ("id", "kind", "happened_at", "entered_at")}
    if "plan" in rest:
        rest["plan"] = "…"
    what = ", ".join(f"{key} {value}" for key, value in rest.items())
    if out:
        what = _("{what} (struck out)").format(what=what)
    times = (event[key][:19].replace("T", " ") for key in ("happened_at", "entered_at"))
    return tuple(Text(text) for text in (str(entry.number), *times, event["kind"], what))
