"""Tables that other systems export: CSV, TSV, XLSX and GeoJSON, in UTF-8, GBK/GB18030 or UTF-16.

Only the columns asked for are kept; no other cell of a row goes any further than the parser.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from routeopt.errors import DemandError, Fault, Message

LIMIT_BYTES = 500_000_000
"""Larger files, unpacked, are refused."""
DELIMITERS = ",\t;|"
TOLD = 5000
"""Rows between two calls of ``progress``."""

Wanted = dict[str, str]
"""Key → name of the column that holds it."""


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, as text."""

    path: Path
    line: list[int]
    """Line (or feature) of each row, from 1."""
    cells: dict[str, list[str]]
    """Key → the column's cells, trimmed; keys as in `Wanted`."""
    columns: Wanted
    short: list[int]
    """Lines that have too few cells; they are not among the rows."""
    notes: tuple[Message, ...] = ()


def read_table(
    path: Path, choose: Callable[[Path, Sequence[str]], Wanted], progress: Callable[[float], None] | None = None
) -> Table:
    """Read a table; ``choose`` names the wanted columns when it sees the header.

    ``progress`` is called with the share of a text file that is read, 0 to 1.

    GeoJSON points have the columns ``lat`` and ``lon`` besides their properties.

    Raises
    ------
    DemandError
        If the file does not exist, is empty, too large, not a table, or neither UTF-8, UTF-16 nor GB18030.
    """
    if not path.is_file():
        raise DemandError(Fault("RO-330", path))
    kind = "".join(path.suffixes[-2:]).lower().removesuffix(".gz")
    raw = _bytes(path)
    if not raw.strip():
        raise DemandError(Fault("RO-331", path))
    if kind.endswith((".xlsx", ".xlsm")):
        return _rows(path, _sheet(path, raw), choose)
    text, encoding = decode(path, raw)
    unusual = () if encoding.startswith("utf-8") else (encoding,)
    notes = tuple(Message("incidents-encoding", file=path.name, encoding=name) for name in unusual)
    if kind.endswith((".geojson", ".json")):
        return _rows(path, _features(path, text), choose, notes)
    return _rows(path, lines(path, text, kind, progress), choose, notes)


def _bytes(path: Path) -> bytes:
    _refuse_large(path, path.stat().st_size)
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as handle:
            raw = handle.read(LIMIT_BYTES + 1)
    except (OSError, EOFError) as error:
        raise DemandError(Fault("RO-332", path, reason=str(error))) from None
    _refuse_large(path, len(raw))
    return bytes(raw)


def _refuse_large(path: Path, size: int) -> None:
    if size > LIMIT_BYTES:
        raise DemandError(Fault("RO-333", path, size=size / 1e9, most=LIMIT_BYTES / 1e9))


def decode(path: Path, raw: bytes) -> tuple[str, str]:
    """Decode by trial: UTF-16 by its mark, then UTF-8, then GB18030 (which includes GBK)."""
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            where = error.start
            continue
        if "\x00" not in text:
            return text, encoding
        where = text.index("\x00")
    raise DemandError(Fault("RO-334", path, byte=where)) from None


def lines(
    path: Path, text: str, kind: str, progress: Callable[[float], None] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of every line that is not blank; ``kind`` is the file's suffix."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = "\t" if kind.endswith(".tsv") else max(DELIMITERS, key=head.count)
    handle = io.StringIO(text, newline="")
    reader = csv.reader(handle, delimiter=delimiter)
    try:
        for n, cells in enumerate(reader):
            if progress is not None and n % TOLD == 0:
                progress(handle.tell() / len(text))
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise DemandError(Fault("RO-335", path, reader.line_num, reason=str(error))) from None


def _sheet(path: Path, raw: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise DemandError(Fault("RO-336", path, reason=str(error))) from None
    sheet = book.worksheets[0]
    for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(value is not None for value in values):
            yield line, ["" if value is None else str(value) for value in values]
    book.close()


def _features(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DemandError(Fault("RO-337", path, error.lineno, reason=error.msg)) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise DemandError(Fault("RO-338", path))
    names: dict[str, None] = {}
    for feature in features:
        names |= dict.fromkeys((feature.get("properties") or {}) if isinstance(feature, dict) else ())
    keys = [name for name in names if name not in ("lat", "lon")]
    yield 1, ["lat", "lon", *keys]
    for n, feature in enumerate(features, 1):
        place = (feature.get("geometry") or {}) if isinstance(feature, dict) else {}
        at = place.get("coordinates") if place.get("type") == "Point" else None
        lon, lat = (str(at[0]), str(at[1])) if isinstance(at, list) and len(at) >= 2 else ("", "")
        properties: dict[str, Any] = (feature.get("properties") or {}) if isinstance(feature, dict) else {}
        yield n, [lat, lon, *("" if properties.get(k) is None else str(properties[k]) for k in keys)]


def _rows(
    path: Path,
    rows: Iterator[tuple[int, list[str]]],
    choose: Callable[[Path, Sequence[str]], Wanted],
    notes: tuple[Message, ...] = (),
) -> Table:
    _, header = next(rows, (1, []))
    header = [re.sub(r"\s+", " ", name).strip() for name in header]
    columns = choose(path, header)
    where = {key: header.index(name) for key, name in columns.items()}
    last = max(where.values())
    line: list[int] = []
    cells: dict[str, list[str]] = {key: [] for key in where}
    short = []
    for number, row in rows:
        if len(row) <= last:
            short.append(number)
            continue
        line.append(number)
        for key, at in where.items():
            cells[key].append(row[at].strip())
    if not line and not short:
        raise DemandError(Fault("RO-339", path, 1))
    return Table(path, line, cells, columns, short, notes)
