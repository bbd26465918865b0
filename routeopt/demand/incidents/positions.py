"""Read positions: numbers of every notation, degrees-minutes-seconds, two in one cell, projected metres."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.coordinates import to_wgs84
from routeopt.demand.incidents.stamps import DIGIT
from routeopt.demand.incidents.table import Table
from routeopt.errors import DemandError, Fault, Message

Array = NDArray[np.float64]

BLANK = frozenset(
    {
        "",
        "-",
        "--",
        ".",
        "?",
        "nan",
        "null",
        "none",
        "(none)",
        "<null>",
        "\\n",
        "na",
        "n/a",
        "#n/a",
        "nil",
        "redacted",
    }
    | {"masked", "confidential", "withheld", "unknown", "unk", "undefined", "undisclosed", "not available"}
    | {"not recorded", "无", "未知", "空", "不详", "暂无"}
)
"""Cells, in lower case, that count as empty."""
NO_NUMBERS, NO_POSITION, NOWHERE = "row-no-numbers", "row-no-position", "row-nowhere"
SEVERAL = "row-several-points"
"""Also the latitude and longitude, as text, of a feature that is not one point."""
MOST = 0.5
"""What more than this share of the positions says is true of the column."""
METRES = 1000.0
"""Numbers that are beyond degrees, but not by so far, are mistakes and not metres."""
SCALES = (1e6, 1e7, 1e5)
"""Whole numbers of degrees may be these parts of a degree, likeliest first."""
NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
DMS = re.compile(
    r"^\s*(?P<before>[nsew]|北纬|南纬|东经|西经)?\s*(?P<sign>[-+])?(?P<d>\d{1,3})\s*(?:[°º˚d:度]|\s)\s*"
    r"(?P<m>\d{1,2}(?:[.,]\d+)?)\s*(?:['’′m:分]\s*|\s+|$)(?:(?P<s>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″s秒]|''|′′|’’)?)?\s*"
    r"(?P<after>[nsew]|北纬|南纬|东经|西经)?\s*$"
)
DEGREES = re.compile(
    rf"^\s*(?P<before>[nsew]|北纬|南纬|东经|西经)?\s*(?P<v>{NUMBER})\s*(?:°|º|deg|度)?\s*(?P<after>[nsew])?\s*$"
)
GROUPED = re.compile(r"^[-+]?\d{1,3}(?:(?P<sep>[,. '’])\d{3})(?:(?P=sep)\d{3})*(?:[.,]\d+)?$")
LONGEST = 200
"""Characters of a cell with two numbers; patterns take longer than texts grow."""
WKT = re.compile(r"^(?:srid=\d+;)?\s*point\s*(?:z|m|zm)?\s*\(\s*(\S+)\s+(\S+?)(?:\s+\S+)*\s*\)$")
PAIR = re.compile(rf"[(\[]?\s*(?P<a>{NUMBER})\s*°?\s*(?:[,;|/]\s*|\s+)(?P<b>{NUMBER})\s*°?\s*[)\]]?$")
PAIR_COMMAS = re.compile(r"[(\[]?\s*(?P<a>[-+]?\d+,\d+)\s*(?:[;|/]\s*|,\s+|\s+)(?P<b>[-+]?\d+,\d+)\s*[)\]]?$")
DECIMAL_COMMA = re.compile(r"^[-+]?\d+,\d+$")
"""One number, not two."""
HEMISPHERES = re.compile(r"^(.*?[ns]|[ns].*?)\s*[,;/ ]\s*([ew].*|.*[ew])$")
EAST_FIRST = re.compile(r"^(.*?[ew]|[ew].*?)\s*[,;/ ]\s*([ns].*|.*[ns])$")
CHINESE = re.compile(r"^(东经|西经)(.+?)[,;、\s]*((?:北纬|南纬).+)$|^(北纬|南纬)(.+?)[,;、\s]*((?:东经|西经).+)$")
SOUTH_WEST = ("s", "w", "南纬", "西经")


class Placed(NamedTuple):
    """Positions of a table's rows."""

    lat: Array
    """WGS-84; NaN for rows without a position."""
    lon: Array
    why: NDArray[np.object_]
    """Code of why a row has none; "" for the others."""
    notes: list[Message]


def place(table: Table, crs: str, *, stated: bool) -> Placed:
    """Find the position of every row; ``stated``: whether the planner gave ``crs``.

    Raises
    ------
    DemandError
        If the positions are swapped, projected without a ``crs``, or the ``crs`` is unknown.
    """
    notes: list[Message] = []
    if not stated and table.crs:
        crs = table.crs
    if "position" in table.cells:
        lat, lon, blank, order = pairs(table.cells["position"], table.columns["position"])
        if order is not None:
            notes.append(
                Message("incidents-pair-order", file=table.path.name, name=table.columns["position"], order=order)
            )
    else:
        lat, lon = numbers(table.cells["lat"]), numbers(table.cells["lon"])
        both = zip(table.cells["lat"], table.cells["lon"], strict=True)
        blank = np.fromiter((is_blank(a) and is_blank(b) for a, b in both), np.bool_, len(lat))
    why = np.full(len(lat), "", dtype=object)
    why[np.isnan(lat) | np.isnan(lon)] = NO_NUMBERS
    why[blank | ((lat == 0) & (lon == 0))] = NO_POSITION
    for row in np.flatnonzero(why == NO_NUMBERS).tolist() if "lat" in table.cells else ():
        if table.cells["lat"][row] == SEVERAL:
            why[row] = SEVERAL
    usable = why == ""
    lat, lon = _degrees(table, lat, lon, usable, crs, notes)
    nowhere = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    why[nowhere & usable] = NOWHERE
    lat, lon = np.where(why == "", lat, np.nan), np.where(why == "", lon, np.nan)
    return Placed(lat, lon, why, notes)


def _degrees(
    table: Table, lat: Array, lon: Array, usable: NDArray[np.bool_], crs: str, notes: list[Message]
) -> tuple[Array, Array]:
    """Convert to WGS-84 degrees."""
    if crs.upper().startswith("EPSG:"):
        if crs.upper() != "EPSG:4326":
            notes.append(Message("incidents-crs", file=table.path.name, crs=crs.upper()))
        return _projected(table.path, lat, lon, crs)
    a, b = np.abs(lat[usable]), np.abs(lon[usable])
    if len(a) and ((a > 90) | (b > 180)).mean() > MOST:
        names = (table.columns.get("lat", table.columns.get("position", "")), table.columns.get("lon", ""))
        if (b <= 90).mean() > MOST and (a <= 180).mean() > MOST:
            wrong = float(lat[usable][a > 90][0])
            raise DemandError(Fault("RO-342", table.path, got=wrong, lat=names[1] or names[0], lon=names[0]))
        if max(np.median(a), np.median(b)) < METRES:
            return _to_wgs84(lat, lon, crs)
        scale = _scale(a, b, names[0])
        if scale is None:
            first = int(np.flatnonzero(usable & (np.abs(lon) > 180))[0]) if (b > 180).any() else 0
            raise DemandError(
                Fault("RO-347", table.path, table.line[first], x=f"{lon[first]:.0f}", y=f"{lat[first]:.0f}",
                      columns=[name for name in (names[1], names[0]) if name])
            )  # fmt: skip
        got = float(lat[usable][0])
        values = {"parts": f"{scale:,.0f}", "got": f"{got:.0f}", "read": f"{got / scale:.6f}"}
        notes.append(Message("incidents-scaled", file=table.path.name, **values))
        lat, lon = lat / scale, lon / scale
    return _to_wgs84(lat, lon, crs)


def _to_wgs84(lat: Array, lon: Array, crs: str) -> tuple[Array, Array]:
    moved_lat, moved_lon = to_wgs84(lat, lon, crs)  # type: ignore[arg-type]
    return np.asarray(moved_lat), np.asarray(moved_lon)


def _scale(a: Array, b: Array, name: str) -> float | None:
    """Return by how much whole numbers of degrees are multiplied; None for other numbers."""
    whole = (a == np.round(a)).all() and (b == np.round(b)).all()
    if (
        not whole
        or min(np.median(a), np.median(b)) < 1e4
        or re.match(r"(?i)^[xy]\b|.*(?:[xy]_?coord|east|north)", name)
    ):
        return None
    fits = [s for s in SCALES if (a / s <= 90).all() and (b / s <= 180).all()]
    return fits[0] if fits else None


def _projected(path: Path, y: Array, x: Array, crs: str) -> tuple[Array, Array]:
    from pyproj import Transformer  # only where a file needs it
    from pyproj.exceptions import CRSError

    try:
        to_degrees = Transformer.from_crs(crs.upper(), "EPSG:4326", always_xy=True)
    except CRSError:
        raise DemandError(Fault("RO-350", path, crs=crs)) from None
    lon, lat = to_degrees.transform(x, y)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    return np.where(np.isfinite(lat), lat, 1e9), np.where(np.isfinite(lon), lon, 1e9)


def is_blank(text: str) -> bool:
    """Whether a cell counts as empty."""
    return text.strip().casefold() in BLANK


def numbers(texts: Sequence[str]) -> Array:
    """Read a column of numbers or degrees; NaN for other texts."""
    try:
        found = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        found = np.fromiter(map(number, texts), np.float64, len(texts))
    return np.where(np.isfinite(found), found, np.nan)


def number(text: str) -> float:
    """Return a number or an angle in degrees, NaN for any other text.

    >>> number("-23,5517986"), number("26°39'47.5\\"N"), number("5,458,390.12")
    (-23.5517986, 26.663194444444443, 5458390.12)
    """
    try:
        return float(text)
    except ValueError:
        text = _plain(text)
    if len(text) > 60 or not DIGIT.search(text):
        return float("nan")
    try:
        return float(text)
    except ValueError:
        pass
    match = DEGREES.match(text)
    if match:
        value = float(match["v"].replace(",", "."))
        return _signed(abs(value), match) if match["before"] or match["after"] else value
    grouped = GROUPED.match(text)
    if grouped and not (grouped["sep"] == "." and text.count(".") > 1 and "," not in text):
        return float(text.replace(grouped["sep"], "").replace(",", "."))
    match = DMS.match(text)
    if match is None or float(match["m"].replace(",", ".")) >= 60:
        return float("nan")
    minutes = float(match["m"].replace(",", ".")) + float((match["s"] or "0").replace(",", ".")) / 60
    value = int(match["d"]) + minutes / 60
    return -value if match["sign"] == "-" else _signed(value, match)


def _plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("‐", "-").replace("–", "-")
    text = text.strip().lstrip("'\u2018")
    if text.startswith("=") or (len(text) > 2 and text[0] == text[-1] == '"'):
        text = text.strip('="')
    return " ".join(text.split()).casefold()


def _signed(value: float, match: re.Match[str]) -> float:
    return -value if (match["before"] or match["after"]) in SOUTH_WEST else value


class _Pair(NamedTuple):
    first: float
    second: float
    order: str
    """``lat`` or ``lon`` where the text says which is first; otherwise ""."""


def pair(text: str) -> _Pair | None:
    """Return the two numbers of one cell; None for any other text."""
    text = _plain(text)
    if not text or not DIGIT.search(text) or DECIMAL_COMMA.match(text):
        return None
    if text[0] in "{[" and len(text) < 2000:
        found = _json_pair(text)
        if found is not None:
            return found
    if len(text) > LONGEST:
        return None
    wkt = WKT.match(text)
    if wkt:
        return _numbered(wkt[1], wkt[2], "lon")
    for pattern, read in _PATTERNS:
        match = pattern(text)
        if match:
            found = read(match)
            if found is not None:
                return found
    return None


def _numbered(a: str, b: str, order: str) -> _Pair | None:
    first, second = number(a), number(b)
    return None if np.isnan(first) or np.isnan(second) else _Pair(first, second, order)


def _chinese(match: re.Match[str]) -> _Pair | None:
    if match[1]:
        return _numbered(match[1] + match[2], match[3], "lon")
    return _numbered(match[4] + match[5], match[6], "lat")


_PATTERNS: tuple[tuple[Callable[[str], re.Match[str] | None], Callable[[re.Match[str]], _Pair | None]], ...] = (
    (PAIR_COMMAS.match, lambda m: _numbered(m["a"], m["b"], "")),
    (PAIR.match, lambda m: _numbered(m["a"], m["b"], "")),
    (HEMISPHERES.match, lambda m: _numbered(m[1], m[2], "lat")),
    (EAST_FIRST.match, lambda m: _numbered(m[1], m[2], "lon")),
    (CHINESE.match, _chinese),
    (re.compile(rf".*\((\s*{NUMBER}\s*,\s*{NUMBER}\s*)\)$").match, lambda m: pair(m[1])),
)


def _json_pair(text: str) -> _Pair | None:
    try:
        held = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return None
    order = ""
    if isinstance(held, dict):
        if isinstance(held.get("coordinates"), list):
            held, order = held["coordinates"], "lon"
        else:
            lat = next((held[k] for k in ("latitude", "lat", "y") if k in held), None)
            lon = next((held[k] for k in ("longitude", "lon", "lng", "x") if k in held), None)
            held, order = [lat, lon], "lat"
    if not isinstance(held, list) or len(held) < 2:
        return None
    return _numbered(str(held[0]), str(held[1]), order)


def pairs(texts: Sequence[str], name: str) -> tuple[Array, Array, NDArray[np.bool_], str | None]:
    """Read a column of positions.

    Returns latitudes, longitudes, which cells are blank, and the order (``lat, lon``) where neither the values nor
    the column's name tell it.
    """
    blank = np.fromiter(map(is_blank, texts), np.bool_, len(texts))
    first, second = np.full((2, len(texts)), np.nan)
    said: set[str] = set()
    for n, text in enumerate(texts):
        found = pair(text)
        if found is not None:
            first[n], second[n] = found.first, found.second
            said |= {found.order} - {""}
    order = said.pop() if len(said) == 1 else _order(first, second, name)
    lat, lon = (second, first) if order == "lon" else (first, second)
    return lat, lon, blank, None if order else "lat, lon"


def _order(first: Array, second: Array, name: str) -> str:
    """Return ``lat`` or ``lon``, whichever is first by the values or the column's name; "" if neither tells it."""
    both = ~np.isnan(first)
    if not both.any():
        return "lat"
    far_first, far_second = (float((np.abs(x[both]) > 90).mean()) for x in (first, second))
    if far_first > MOST and far_first > far_second:
        return "lon"
    if far_second > MOST:
        return "lat"
    plain = _plain(name)
    lat_at, lon_at = (min((plain.find(w) for w in words if w in plain), default=-1) for words in NAMES)
    if min(lat_at, lon_at) < 0 or lat_at == lon_at:
        return ""
    return "lat" if lat_at < lon_at else "lon"


NAMES = (("lat", "纬", "緯", "y"), ("lon", "lng", "经", "經", "x"))
"""What a column's name calls a latitude, and a longitude."""
