"""The rows of one incident file that can be read, and why the others cannot."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.border import bordered
from routeopt.demand.incidents.columns import COARSE, DISCOVERED, OWN_WORK, choose_columns
from routeopt.demand.incidents.positions import NO_POSITION, place
from routeopt.demand.incidents.table import Table
from routeopt.demand.incidents.tables import read_table
from routeopt.demand.incidents.when import moments
from routeopt.demand.phrases import SEMICOLON, chained
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import IncidentDemand, IncidentFile

SHOWN = 5
"""Largest number of rows that a message lists."""
MOST_BLANK = 0.5
"""Up to this share, rows without a position count as not located rather than unreadable."""
SHORT, COARSE_ROW, DISCOVERED_ROW = "row-short", "row-coarse", "row-discovered"

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """One file's readable rows; arrays of shape (n,)."""

    lat: NDArray[np.float64]
    """WGS-84."""
    lon: NDArray[np.float64]
    begin: NDArray[np.datetime64]
    length_min: NDArray[np.int64]
    known: NDArray[np.datetime64]
    timed: Rows
    """Whether a time of day is known, to the hour."""
    line: NDArray[np.int64]
    category: list[str]
    number: NDArray[np.object_]
    notes: list[Message]
    columns: dict[str, str]
    """Key → column."""
    rows: int
    """Of the file, with those that are left out."""
    left_out: Counter[str]
    """Code of the reason → rows."""


@bordered()
def read_part(path: Path, one: IncidentFile, source: IncidentDemand, progress: Progress | None = None) -> Part:
    """Read one file.

    Raises
    ------
    DemandError
        If the file or its columns cannot be read, or more rows than ``max_bad_share`` are unreadable.
    """
    say = None if progress is None else functools.partial(progress, f"reading {path.name}")
    table = read_table(path, choose_columns(one), say, one.encoding)
    placed = place(table, one.crs, stated="crs" in one.model_fields_set)
    middle = None
    if (placed.why == "").any():
        middle = (float(np.nanmedian(placed.lat)), float(np.nanmedian(placed.lon)))
    when = moments(table, one, source.parts_of_day, middle)
    why = np.where(placed.why != "", placed.why, when.why)
    notes = [*table.notes, *placed.notes, *when.notes]
    if "type" not in table.columns:
        notes.append(Message("incidents-no-category", file=path.name))
    left = _unreadable(table, why, source, notes)
    ok = why == ""
    ok = _without_coarse(table, ok, source, notes, left)
    ok = _without_discovered(table, ok, source, notes, left)
    columns = {key: name for key, name in table.columns.items() if key != "check"}
    named = [f"{key}: {name}" for key, name in columns.items()]
    notes.insert(0, Message("incidents-read", file=path.name, count=int(ok.sum()), columns=named))
    names: dict[str, str] = {}
    category = [names.setdefault(name, name) for name in _kept(table, "type", ok)]
    number = np.array(_kept(table, "id", ok), dtype=object)
    return Part(
        placed.lat[ok], placed.lon[ok], when.begin[ok], when.length_min[ok], when.known[ok], when.timed[ok],
        np.array(table.line, dtype=np.int64)[ok], category, number,
        notes, columns, len(ok) + len(table.short), left,
    )  # fmt: skip


def _kept(table: Table, key: str, ok: Rows) -> list[str]:
    """Return a column's cells in the rows that are kept; blank ones without the column."""
    if key not in table.cells:
        return [""] * int(ok.sum())
    return list(itertools.compress(table.cells[key], ok.tolist()))


def _unreadable(
    table: Table, why: NDArray[np.object_], source: IncidentDemand, notes: list[Message]
) -> Counter[str]:
    """Note the rows that cannot be read, and count them by reason.

    Raises
    ------
    DemandError
        If they are too many.
    """
    path, bad = table.path, why != ""
    blank = why == NO_POSITION
    n_all = len(why) + len(table.short)
    unread = bad & ~blank if blank.sum() <= MOST_BLANK * len(blank) else bad
    n_bad = int(unread.sum()) + len(table.short)
    left = Counter(str(w) for w in why[bad])
    if table.short:
        left[SHORT] += len(table.short)
    faults = [Fault("RO-343", path, line, reason=Message(SHORT)) for line in table.short[:SHOWN]]
    faults += [
        Fault("RO-343", path, table.line[k], reason=Message(str(why[k]))) for k in np.flatnonzero(unread)[:SHOWN]
    ]
    if n_bad > source.max_bad_share * n_all:
        total = Fault("RO-344", path, bad=n_bad, count=n_all, most=source.max_bad_share)
        raise DemandError([*faults[:SHOWN], total])
    if n_bad:
        kinds = Counter(str(w) for w in why[unread])
        kinds[SHORT] += len(table.short)
        reasons = [
            Message("incidents-reason", count=count, reason=Message(code))
            for code, count in kinds.most_common()
            if count
        ]
        lines = [*(fault.line for fault in faults[:SHOWN]), *(["…"] if n_bad > SHOWN else [])]
        listed = chained(SEMICOLON, reasons)
        notes.append(Message("incidents-unread", file=path.name, count=n_bad, reasons=listed, lines=lines))
    if (bad & ~unread).any():
        some = [table.line[k] for k in np.flatnonzero(bad & ~unread)]
        counts = {"count": len(some), "share": len(some) / n_all}
        notes.append(Message("incidents-no-position", file=path.name, lines=first_few(some), **counts))
    return left


def first_few(lines: list[int]) -> list[int | str]:
    """Return the first `SHOWN` lines, and an ellipsis if there are more."""
    return [*lines[:SHOWN], *(["…"] if len(lines) > SHOWN else [])]


def _without_coarse(
    table: Table, ok: Rows, source: IncidentDemand, notes: list[Message], left: Counter[str]
) -> Rows:
    """Leave out positions that stand for a street or a district."""
    if "precision" not in table.cells or source.keep_coarse:
        return ok
    coarse = np.array([bool(COARSE.match(text)) for text in table.cells["precision"]], dtype=np.bool_)
    count = int((ok & coarse).sum())
    if count:
        left[COARSE_ROW] = count
        notes.append(Message("incidents-coarse", file=table.path.name, count=count))
    return ok & ~coarse


def _without_discovered(
    table: Table, ok: Rows, source: IncidentDemand, notes: list[Message], left: Counter[str]
) -> Rows:
    """Leave out what officers found themselves."""
    own = [(key, pattern) for key, pattern in (("origin", DISCOVERED), ("type", OWN_WORK)) if key in table.cells]
    if not own or source.keep_discovered:
        return ok
    found = np.zeros(len(ok), dtype=np.bool_)
    for key, pattern in own:
        said = {text: bool(pattern.search(text)) for text in set(table.cells[key])}
        found |= np.array([said[text] for text in table.cells[key]], dtype=np.bool_)
    count = int((ok & found).sum())
    if count:
        left[DISCOVERED_ROW] = count
        notes.append(Message("incidents-discovered", file=table.path.name, count=count))
    return ok & ~found
