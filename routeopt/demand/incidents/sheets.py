"""Rows of workbooks and of HTML tables, sheet by sheet; merged cells hold their value in every row and column."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from routeopt.errors import DemandError, Fault

Row = tuple[int, list[str]]
"""Line and cells."""
Sheet = tuple[str, Iterator[Row]]
"""Name and rows."""
MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
MOST_COLUMNS = 2000
"""Cells further to the right are not read."""
MOST_MERGED = 200_000
PIECE = 1 << 20
"""Bytes of a sheet that are searched at once for merged cells."""


def workbook(path: Path, raw: bytes) -> Iterator[Sheet]:
    """Yield the visible sheets of an XLSX workbook.

    Raises
    ------
    DemandError
        If the file is no workbook, or a part of it is damaged.
    """
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts of a workbook that do not matter here
        try:
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            with zipfile.ZipFile(io.BytesIO(raw)) as parts:
                for sheet in book.worksheets:
                    if sheet.sheet_state != "visible":
                        continue
                    sheet.reset_dimensions()  # what some programs write there is not true
                    merged = _merged(parts, sheet._worksheet_path)
                    yield sheet.title, _cells(path, sheet, merged)
            book.close()
        except DemandError:
            raise
        except Exception as error:  # parts of a damaged workbook fail in the parser's own ways
            raise DemandError(Fault("RO-336", path, reason=str(error) or type(error).__name__)) from None


def _cells(path: Path, sheet: Any, merged: dict[int, list[tuple[int, int, int]]]) -> Iterator[Row]:
    kept: dict[tuple[int, int], str] = {}
    try:
        for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [text_of(value) for value in values[:MOST_COLUMNS]]
            for column, last, first_line in merged.get(line, ()):
                if first_line == line:
                    kept[first_line, column] = cells[column] if column < len(cells) else ""
                cells += [""] * (last + 1 - len(cells))
                for k in range(column, last + 1):
                    cells[k] = cells[k] or kept.get((first_line, column), "")
            if any(cells):
                yield line, cells
    except Exception as error:
        raise DemandError(Fault("RO-336", path, reason=str(error) or type(error).__name__)) from None


def _merged(parts: zipfile.ZipFile, name: str) -> dict[int, list[tuple[int, int, int]]]:
    """Line → first column, last column and first line of each merged range that holds it."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    tail, count = b"", 0
    with parts.open(name) as handle:
        while chunk := handle.read(PIECE):
            text, done = tail + chunk, 0
            for match in MERGED.finditer(text):
                done = match.end()
                left, top, right, bottom = match.groups()
                first, last = int(top), int(bottom)
                count += last - first + 1
                if count > MOST_MERGED:
                    return found
                for line in range(first, last + 1):
                    found.setdefault(line, []).append((_column(left), min(_column(right), MOST_COLUMNS), first))
            tail = text[max(done, len(text) - 60) :]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def text_of(value: Any) -> str:
    """Return a cell as text: dates in ISO form, whole numbers without a point."""
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case dt.datetime():
            return value.isoformat(" ")
        case dt.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    text = str(value).strip()
    return "" if text in ERRORS else text


ERRORS = frozenset({"#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
"""What a cell shows whose formula fails."""


def html(text: str) -> Iterator[Sheet]:
    """Yield the tables of an HTML page."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    for n, rows in enumerate(parser.tables, 1):
        if rows:
            yield f"{n}", iter(rows)


def html_charset(raw: bytes) -> str | None:
    """Return the encoding that an HTML page names; GB2312 and GBK as GB18030, which holds them."""
    found = re.search(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]+)", raw[:4096])
    name = found[1].decode().lower() if found else None
    return "gb18030" if name in ("gb2312", "gbk") else name


class _Tables(HTMLParser):
    """Collects the cells of tables; spans are repeated."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[Row]] = []
        self.row: list[str] = []
        self.cell: list[str] | None = None
        self.spans = (1, 1)
        self.below: dict[int, tuple[int, str]] = {}
        """Column → rows that a cell of a row above still reaches down, and its text."""
        self.next: dict[int, tuple[int, str]] = {}
        """The same for the row to come."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._end_row()
            self.tables.append([])
            self.below, self.next = {}, {}
        elif tag == "tr":
            self._end_row()
        elif tag in ("td", "th"):
            self._end_cell()
            given = dict(attrs)
            self.spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self.cell = []
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self.cell is None:
            return
        self._fill()
        text = " ".join("".join(self.cell).split())
        for _ in range(min(self.spans[0], MOST_COLUMNS - len(self.row))):
            if self.spans[1] > 1:
                self.next[len(self.row)] = (self.spans[1] - 1, text)
            self.row.append(text)
        self.cell = None

    def _fill(self) -> None:
        """Repeat cells of rows above that reach down."""
        while len(self.row) in self.below and len(self.row) < MOST_COLUMNS:
            left, text = self.below.pop(len(self.row))
            if left > 1:
                self.next[len(self.row)] = (left - 1, text)
            self.row.append(text)

    def _end_row(self) -> None:
        self._end_cell()
        if self.tables and self.row:
            self._fill()
            self.tables[-1].append((len(self.tables[-1]) + 1, self.row))
            self.below, self.next = self.next, {}
        self.row = []


def _span(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isdecimal() and int(text) else 1
