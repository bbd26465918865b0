"""Edited tables as rows: the sheets of a workbook, a CSV, or the points of a GeoJSON, with every cell's place."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
from openpyxl.utils import get_column_letter

from routeopt.border import refuse_more, said
from routeopt.cells import unguarded
from routeopt.demand.incidents import sniff, tables
from routeopt.document import FORMAT
from routeopt.errors import Fault, InputError, RouteoptError, nearest
from routeopt.exchange.xlsx import sheet_names
from routeopt.guard import is_finite, is_number
from routeopt.messages import LANGUAGES, words

KINDS = (".xlsx", ".xlsm", ".csv", ".tsv", ".geojson", ".json")
END = re.compile(r"^=\$?[A-Z]+\$?\d+\+\$?[A-Z]+\$?\d+/1440$")
"""The formula by which `routeopt.exchange.xlsx` computes the end of a stop."""
SYNONYMS: dict[str, tuple[str, ...]] = {
    "id": ("id", "stop", "编号", "站次"),
    "team": ("team", "unit", "队伍", "组", "组别", "巡组", "班组", "巡逻组"),
    "site": ("place", "site", "location", "地点", "位置", "点位", "站点", "场所"),
    "start": ("start", "begin", "start time", "start_time", "开始", "开始时间", "时间", "到岗时间"),
    "dwell": ("minutes", "min", "dwell", "dwell_min", "duration", "分钟", "停留", "停留时间", "时长"),
    "end": ("end", "until", "end time", "end_time", "结束", "结束时间", "离开"),
}
"""Key → headers, besides those that this project's own files have in each language."""
OWN: dict[str, str] = {
    "id": "stop", "team": "team", "site": "place", "start": "start", "dwell": "minutes", "end": "end"
}  # fmt: skip
"""Key → header of plan.xlsx in English."""
PROPERTIES: dict[str, tuple[str, ...]] = {
    "id": ("id",), "team": ("team",), "site": ("site",), "start": ("start", "start_time", "start_s"),
    "dwell": ("dwell_min",), "end": ("end", "end_time", "end_s"),
}  # fmt: skip
"""Key → properties of routes.geojson's points."""


@dataclass(frozen=True)
class Point:
    """A position as written."""

    lat: float
    lon: float
    crs: Any


class Cell(NamedTuple):
    """A cell, its column and where it is."""

    column: str
    value: Any
    place: str

    @property
    def seconds(self) -> int | None:
        """The value where the column gives seconds from the plan's start; otherwise None."""
        whole = is_number(self.value) and is_finite(self.value)
        return round(self.value) if self.column.endswith("_s") and whole else None


@dataclass(frozen=True)
class Row:
    """A row with its cells by key; a key may stand in several columns."""

    place: str
    """File, sheet and row."""
    cells: dict[str, list[Cell]]
    team: int | None = None
    """The sheet's team."""
    point: Point | None = None

    def values(self, key: str) -> list[Cell]:
        """The cells that are not blank."""
        return [c for c in self.cells.get(key, []) if c.value is not None and str(c.value).strip()]

    def text(self, key: str) -> str:
        """First value as text; "" if all are blank."""
        values = self.values(key)
        return str(values[0].value).strip() if values else ""

    def where(self, key: str) -> str:
        """Place of the key's first cell, or of the row where it has none."""
        found = self.cells.get(key)
        return found[0].place if found else self.place


def is_plan(path: Path) -> bool:
    """Whether the file is a plan.json.

    Raises
    ------
    InputError
        If the file does not exist, is too large, or is of a type that cannot be read.
    """
    if not path.is_file():
        raise InputError(Fault("RO-520", path))
    if path.suffix.lower() not in KINDS:
        raise InputError(Fault("RO-521", path, suffix=path.suffix or path.name, known=list(KINDS)))
    if path.suffix.lower() != ".json":
        return False
    document = _json(path)
    return isinstance(document, dict) and document.get("format") == FORMAT


def rows(path: Path, teams: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    """Yield all rows; faults of the file's structure are added to ``faults``.

    Raises
    ------
    InputError
        If the file cannot be read at all.
    """
    match path.suffix.lower():
        case ".xlsx" | ".xlsm":
            yield from _workbook(path, teams, faults)
        case ".csv" | ".tsv":
            yield from _csv(path, faults)
        case _:
            yield from _geojson(path)


def _headers() -> dict[str, str]:
    """Header, made plain → key."""
    found = {_plain(word): key for key, several in SYNONYMS.items() for word in several}
    return found | {_plain(words(lang)(word)): key for lang in LANGUAGES for key, word in OWN.items()}


def _plain(header: Any) -> str:
    """A header without units, case and spaces."""
    text = unicodedata.normalize("NFKC", "" if header is None else str(header)).casefold()
    return re.sub(r"\([^()]*\)|[\s:*]", "", text)


def _table(
    lines: Iterator[tuple[int, Sequence[Any]]], known: dict[str, str]
) -> tuple[dict[str, list[int]], list[str], list[tuple[int, Sequence[Any]]]]:
    """Key → columns, the header, and the lines below it; the header is the first line with a place and a start."""
    where: dict[str, list[int]] = {}
    header: list[str] = []
    body = []
    for number, line in lines:
        if where:
            if any(value not in (None, "") for value in line):
                body.append((number, line))
            continue
        found: dict[str, list[int]] = {}
        for column, name in enumerate(line):
            key = known.get(_plain(name))
            if key is not None:
                found.setdefault(key, []).append(column)
        if "site" in found and "start" in found:
            where, header = found, ["" if name is None else str(name).strip() for name in line]
    return where, header, body


def _workbook(path: Path, teams: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    try:
        raw = path.read_bytes()  # a workbook that is refused would stay open
        with zipfile.ZipFile(io.BytesIO(raw)) as parts:
            refuse_more(path, "document", sum(part.file_size for part in parts.infolist()))
        yield from _of_sheets(path, raw, teams, faults)
    except RouteoptError:
        raise
    except Exception as error:  # parts of a damaged workbook fail in the parser's own ways
        raise InputError(Fault("RO-523", path, error=said(error))) from None


def _of_sheets(path: Path, raw: bytes, teams: Sequence[str], faults: list[Fault]) -> Iterator[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of parts of a workbook that do not matter here
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(raw), read_only=True)
    known, sheets = _headers(), _sheets_of(teams)
    seen: set[int] = set()
    tables_found = 0
    try:
        for sheet, typed in zip(book.worksheets, formulas.worksheets, strict=True):
            team = sheets.get(sheet.title.strip().casefold())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of cells that are formatted as dates but hold none
                where, header, body = _table(enumerate(_values(sheet, typed), 1), known)
            at = f"{path}: {sheet.title}"
            if team is not None:
                seen.add(team)
            if not _usable(where, at, team, teams, faults, named=team is not None):
                continue
            tables_found += 1
            for number, line in body:
                yield Row(f"{at}!{number}", _cells(line, where, header, f"{at}!{{letter}}{number}"), team)
    finally:
        book.close()
        formulas.close()
    missing = [name for k, name in enumerate(teams) if k not in seen]
    if seen and missing:
        faults += [Fault("RO-524", path, name=name) for name in missing]
    if not tables_found and not faults:
        faults.append(Fault("RO-525", path))


def _values(sheet: Any, typed: Any) -> Iterator[list[Any]]:
    """Yield the values of each row; an end that is still computed from start and minutes counts as blank.

    (Where rows were deleted by a program the formula may have come to compute another row's.)
    """
    for one in (sheet, typed):
        one.reset_dimensions()  # what some programs write there is not true
    for values, texts in zip(sheet.iter_rows(values_only=True), typed.iter_rows(values_only=True), strict=True):
        yield [
            None if isinstance(text, str) and END.match(text) else value
            for value, text in zip(values, texts, strict=True)
        ]


def _sheets_of(teams: Sequence[str]) -> dict[str, int]:
    """Sheet's name, in lower case → team, as `routeopt.exchange.xlsx` names them in any language."""
    found: dict[str, int] = {}
    for lang in LANGUAGES:
        _ = words(lang)
        names = sheet_names(teams, (_("Summary"), _("Places")))
        found |= {name.casefold(): k for k, name in enumerate(names)}
    return found


def _usable(
    where: dict[str, list[int]],
    at: str,
    team: int | None,
    teams: Sequence[str],
    faults: list[Fault],
    *,
    named: bool,
) -> bool:
    """Whether a sheet has the columns needed; a sheet without a team is ignored if it has no header."""
    if not where:
        if named:
            faults.append(Fault("RO-526", at))
        return False
    if "dwell" not in where and "end" not in where:
        faults.append(Fault("RO-527", at))
    if team is None and "team" not in where:
        title = at.rsplit(": ", 1)[-1]
        near = nearest(title, teams)
        faults.append(Fault("RO-529", at, near=near) if near else Fault("RO-528", at))
    return True


def _cells(
    line: Sequence[Any], where: dict[str, list[int]], header: Sequence[str], place: str
) -> dict[str, list[Cell]]:
    """Key → its cells; in a CSV text loses the apostrophe that keeps spreadsheets from computing it."""
    letters = "{letter}" in place
    found: dict[str, list[Cell]] = {}
    for key, columns in where.items():
        for column in columns:
            value = line[column] if column < len(line) else None
            if isinstance(value, str):
                value = value.strip() if letters else unguarded(value.strip())
            at = place.replace("{letter}", get_column_letter(column + 1)).replace("{header}", header[column])
            found.setdefault(key, []).append(Cell(header[column], value, at))
    return found


def _csv(path: Path, faults: list[Fault]) -> Iterator[Row]:
    raw = path.read_bytes()
    rows = tables.lines(path, raw, sniff.coding_of(path, raw), path.suffix.lower())
    where, header, body = _table(rows, _headers())
    if not _usable(where, str(path), None, (), faults, named=True):
        return
    for number, line in body:
        yield Row(f"{path}:{number}", _cells(line, where, header, f"{path}:{number}: {{header}}"))


def _geojson(path: Path) -> Iterator[Row]:
    document = _json(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InputError(Fault("RO-530", path))
    given = [crs for f in features if (crs := _object(f, "properties").get("crs"))]
    usual = document.get("crs") or next(iter(given), "wgs84")  # a point that was drawn anew has none
    for number, feature in enumerate(features):
        about, geometry = _object(feature, "properties"), _object(feature, "geometry")
        position = geometry.get("coordinates")
        if geometry.get("type") == "MultiPoint" and isinstance(position, list) and len(position) == 1:
            position = position[0]
        elif geometry.get("type") != "Point":
            continue
        at = f"{path}: features[{number}]"
        point = None
        if isinstance(position, list) and [is_number(x) and is_finite(x) for x in position[:2]] == [True, True]:
            point = Point(float(position[1]), float(position[0]), about.get("crs") or usual)
        cells = {
            key: [Cell(name, about.get(name), f"{at}.properties.{name}") for name in several]
            for key, several in PROPERTIES.items()
        }
        yield Row(at, cells, None, point)


def _object(feature: Any, key: str) -> dict[str, Any]:
    found = feature.get(key) if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(Fault("RO-531", path, error.lineno, error.colno, error=error.msg)) from None
    except UnicodeDecodeError:
        raise InputError(Fault("RO-532", path)) from None
