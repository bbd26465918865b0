"""Tables that other systems export: text, workbooks, HTML and JSON, in the usual encodings.

Only the columns asked for are kept; no other cell of a row goes any further than the parser.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from routeopt.border import most
from routeopt.demand.incidents.features import features
from routeopt.demand.incidents.headers import Header, find_header, named_header
from routeopt.demand.incidents.sheets import Row, Sheet, html, html_charset, workbook
from routeopt.demand.incidents.sniff import Coding, coding_of, kind_of, refuse_large, unpacked
from routeopt.demand.incidents.table import Choose, Table, Texts
from routeopt.errors import DemandError, Fault, Message

DELIMITERS = ",\t;|"
WIDE = {"，": ",", "；": ";"}
"""Full-width delimiters."""
TOLD = 5000
"""Rows between two calls of ``progress``."""
SAMPLE = 1000
"""Rows by which columns are judged."""
HEAD = 1 << 20
SNIFFED = 60
"""Characters, and lines among them, by which the delimiter is told."""


class _Source(NamedTuple):
    sheets: Iterator[Sheet]
    notes: list[Message]
    crs: str
    named: bool = False
    """Whether the first row of each sheet is its header."""


def read_table(
    path: Path, choose: Choose, progress: Callable[[float], None] | None = None, encoding: str | None = None
) -> Table:
    """Read a table; ``choose`` names the wanted columns when it sees the header and the first rows.

    ``progress`` is called with the share of a text file that is read, 0 to 1. What the file is, is told by its
    content. Sheets of a workbook with the same columns are read as one table.

    Raises
    ------
    DemandError
        If the file does not exist, is empty, too large, another program's, not a table, or of unknown encoding.
    """
    raw = unpacked(path)
    source = _source(path, raw, progress, encoding)
    del raw  # may be large
    tables: list[Table] = []
    left: list[str] = []
    first: DemandError | None = None
    for name, rows in source.sheets:
        start = list(itertools.islice(rows, SAMPLE))
        header = named_header(start) if source.named else find_header(start)
        if header is None:
            if len(start) > 1:
                left.append(name)
            continue
        body = itertools.chain(start[header.rows :], rows)
        sample = [cells for _, cells in start[header.rows :]]
        try:
            found = _rows(path, header, sample, body, choose)
        except DemandError as error:
            first = first or error
            left.append(name)
            continue
        tables.append(found)
    return _one(path, tables, left, source, first)


def _one(path: Path, tables: list[Table], left: list[str], source: _Source, first: DemandError | None) -> Table:
    """Join the tables of a file's sheets: those with the columns of the largest."""
    usable = [table for table in tables if table.line or table.short]
    if not usable:
        if first is not None:
            raise first
        raise DemandError(Fault("RO-339", path, 1) if tables else Fault("RO-349", path))
    largest = max(usable, key=lambda table: len(table.line))
    same = [table for table in usable if table.columns == largest.columns]
    notes = list(source.notes)
    if len(same) > 1:
        notes.append(Message("incidents-sheets", file=path.name, count=len(same)))
    skipped = len(left) + len(usable) - len(same)
    if skipped:
        notes.append(Message("incidents-sheets-left", file=path.name, count=skipped))
    found = same[0]
    for table in same[1:]:
        found.line.extend(table.line)
        found.short.extend(table.short)
        for key, cells in found.cells.items():
            cells.extend(table.cells[key])
    return replace(found, notes=(*notes, *found.notes), crs=source.crs)


def _source(path: Path, raw: bytes, progress: Callable[[float], None] | None, encoding: str | None) -> _Source:
    kind = kind_of(path, raw)
    if kind == "workbook":
        return _Source(workbook(path, raw), [], "")
    if kind != "text":
        refuse_large(path, "document", len(raw))
    if kind == "html":
        coding = coding_of(path, raw, encoding or html_charset(raw))
        return _Source(html(coding.whole(raw)), [Message("incidents-html", file=path.name)], "")
    notes = []
    coding = coding_of(path, raw, encoding)
    if not coding.name.startswith("utf-8") and encoding is None:
        notes.append(Message("incidents-encoding", file=path.name, encoding=coding.name))
    broken, line = coding.replaced(raw)
    if broken:
        notes.append(Message("incidents-broken", file=path.name, count=broken, at=line))
    if kind == "json":
        rows, crs = features(path, coding.whole(raw))
        return _Source(iter([("", rows)]), notes, crs, named=True)
    kept = "".join(path.suffixes[-2:]).lower().removesuffix(".gz")
    return _Source(iter([("", lines(path, raw, coding, kept, progress))]), notes, "")


def lines(
    path: Path, raw: bytes, coding: Coding, kind: str = "", progress: Callable[[float], None] | None = None
) -> Iterator[Row]:
    """Yield line number and cells of every line that is not blank; ``kind`` is the file's suffix."""
    raw = raw[: coding.size]
    held = io.BytesIO(raw)  # shares the bytes
    stream, text = coding.stream(held), coding.stream(io.BytesIO(raw)).read(HEAD)
    said = re.match(r"\ufeff?\s*\"?sep=(.)\"?[ \t,;]*\r?\n", text, re.IGNORECASE)
    if said:
        delimiter = said[1]
        stream.read(said.end())
    else:
        head = [line for line in itertools.islice(io.StringIO(text), SNIFFED) if line.strip()]
        delimiter = "\t" if kind.endswith(".tsv") else _delimiter(head)
    feed = _Feed(stream)
    reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=True)
    line, n = int(bool(said)), 0
    while True:
        if progress is not None and n % TOLD == 0:
            progress(held.tell() / max(len(raw), 1))
        n += 1
        feed.taken.clear()
        try:
            cells = next(reader)
            whole = len(feed.taken) == 1 or not _swallowed(feed.taken, delimiter)
        except StopIteration:
            return
        except csv.Error as error:
            if len(feed.taken) == 1:
                raise DemandError(Fault("RO-335", path, line + 1, reason=str(error))) from None
            whole = False
        if not whole:  # a quotation mark that is no quotation: it ends with its line
            first, *rest = feed.taken
            feed.back.extendleft(reversed(rest))
            del feed.taken[1:]
            plain = next(csv.reader([first], delimiter=delimiter, quoting=csv.QUOTE_NONE))
            cells = [cell.strip('"') for cell in plain]
            reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=True)
        line += len(feed.taken)
        if any(cells):
            yield line, cells


class _Feed:
    """Lines of a text, of which some can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.back: deque[str] = deque()
        self.taken: list[str] = []
        """Lines taken since this was last cleared."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.back.popleft() if self.back else next(self.lines)
        self.taken.append(line)
        return line


def _swallowed(taken: Sequence[str], delimiter: str) -> bool:
    """Whether a row of several lines is one only by a stray quotation mark."""
    try:
        list(csv.reader(taken, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return True
    return False


def _delimiter(head: Sequence[str]) -> str:
    """Return the delimiter by which most lines have the same number of cells, and the header no number."""

    def score(delimiter: str) -> tuple[float, int]:
        sizes = []
        try:
            sizes = [len(cells) for cells in csv.reader(head, delimiter=delimiter) if any(cells)]
        except csv.Error:
            return 0.0, 0
        if not sizes:
            return 0.0, 0
        usual = max(set(sizes), key=lambda size: (sizes.count(size), size))
        if usual < 2:
            return 0.0, 0
        return sizes.count(usual) / len(sizes) + (sizes[0] == usual), usual

    known = [*DELIMITERS, *(wide for wide in WIDE if any(wide in line for line in head))]
    best: str = max(known, key=score)
    return best


def _rows(
    path: Path, header: Header, sample: Sequence[Sequence[str]], rows: Iterator[Row], choose: Choose
) -> Table:
    columns = choose(path, header.names, sample, header.line)
    where = {key: header.names.index(name) for key, name in columns.items()}
    needed = max(where[key] for key in where if key in ("lat", "lon", "position") or key == "time")
    line, short = array("q"), array("q")
    cells = {key: Texts() for key in where}
    limit = most("rows")
    for number, row in rows:
        if len(line) + len(short) == limit:
            raise DemandError(Fault("RO-351", path, number, most=limit))
        if len(row) <= needed:
            short.append(number)
            continue
        line.append(number)
        for key, at in where.items():
            cells[key].append(row[at].strip() if at < len(row) else "")
    notes = (Message("incidents-header", file=path.name, at=header.line),) if header.rows > 1 else ()
    return Table(path, line, cells, columns, short, notes)
