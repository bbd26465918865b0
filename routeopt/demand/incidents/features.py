"""Rows of JSON: GeoJSON, Esri JSON, GeoJSON or JSON by lines, lists of objects, lists of lists, columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from routeopt.demand.incidents.positions import SEVERAL
from routeopt.demand.incidents.sheets import Row, text_of
from routeopt.errors import DemandError, Fault

WEB_MERCATOR = frozenset({"102100", "102113", "900913", "3785"})
"""Other numbers of EPSG:3857."""
DEPTH = 3
"""How deep lists of incidents may lie within objects."""


def features(path: Path, text: str) -> tuple[Iterator[Row], str]:
    """Return the rows of a JSON document, header first, and what its positions are in ("" if it does not say).

    Raises
    ------
    DemandError
        If the document is not valid, or holds no list.
    """
    text = text.strip().removeprefix("\x1e")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        document = _lines(path, text, error)
    except (ValueError, RecursionError) as error:
        raise DemandError(Fault("RO-337", path, reason=str(error))) from None
    held = document.get("features") if isinstance(document, dict) else None
    if isinstance(held, list):
        return _features(held), _crs(document)
    if isinstance(document, list) and any(_is_feature(one) for one in document[:100]):
        return _features(document), ""
    if isinstance(document, dict) and _is_feature(document):
        return _features([document]), _crs(document)
    return _listed(path, document), ""


def _lines(path: Path, text: str, error: json.JSONDecodeError) -> list[Any]:
    """Read one document in each line."""
    found: list[Any] = []
    for n, line in enumerate(text.replace("\x1e", "").splitlines(), 1):
        bare = line.strip().rstrip(",")
        if not bare:
            continue
        try:
            found.append(json.loads(bare))
        except (ValueError, RecursionError):
            if len(found) < 2 or not isinstance(found[0], dict):
                raise DemandError(Fault("RO-337", path, error.lineno, reason=error.msg)) from None
            found.append({"": f"line {n}"})  # one broken line among others: a row without cells
    return found


def _is_feature(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("geometry"), dict)
        and ("properties" in one or "attributes" in one)
    )


def _crs(document: dict[str, Any]) -> str:
    """Return ``EPSG:n`` where the document says so."""
    said = document.get("spatialReference")
    if isinstance(said, dict):
        code = str(said.get("latestWkid") or said.get("wkid") or "")
    else:
        found = document.get("crs")
        name = found if isinstance(found, str) else _object(_object(document, "crs"), "properties").get("name")
        match = re.search(r"EPSG:{1,2}(?:[\d.]*:)?(\d{4,6})$", str(name or ""), re.IGNORECASE)
        code = match[1] if match else ""
    if code in WEB_MERCATOR:
        code = "3857"
    return "" if code in ("", "4326") or not code.isdigit() else f"EPSG:{code}"


def _features(found: Sequence[Any]) -> Iterator[Row]:
    names: dict[str, None] = {}
    about = [_flat(_object(one, "properties") or _object(one, "attributes")) for one in found]
    for one in about:
        names |= dict.fromkeys(one)
    placed = sum(bool(_object(one, "geometry")) for one in found)
    if placed * 2 < len(found) and {"lat", "lon"} <= {name.lower() for name in names}:
        yield 1, list(names)
        for n, one in enumerate(about, 1):
            yield n, [one.get(name, "") for name in names]
        return
    keys = [name for name in names if name not in ("lat", "lon")]
    yield 1, ["lat", "lon", *keys]
    for n, (feature, one) in enumerate(zip(found, about, strict=True), 1):
        lon, lat = _point(_object(feature, "geometry"))
        yield n, [lat, lon, *(one.get(key, "") for key in keys)]


def _point(geometry: dict[str, Any]) -> tuple[str, str]:
    """Return x and y of a geometry that is one point; "" for none, `SEVERAL` for others."""
    if not geometry:
        return "", ""
    at = geometry.get("coordinates")
    if at is None:
        at = [geometry["x"], geometry["y"]] if {"x", "y"} <= geometry.keys() else geometry.get("points", [])
    if not isinstance(at, list) or not at:
        return "", ""
    while isinstance(at[0], list):
        if len(at) != 1 or not at[0]:
            return SEVERAL, SEVERAL
        at = at[0]
    if len(at) < 2 or any(isinstance(x, (list, dict)) for x in at[:2]):
        return SEVERAL, SEVERAL
    return ("" if at[0] is None else str(at[0])), ("" if at[1] is None else str(at[1]))


def _object(one: Any, key: str) -> dict[str, Any]:
    found = one.get(key) if isinstance(one, dict) else None
    return found if isinstance(found, dict) else {}


def _flat(one: dict[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """Return texts by name; objects within are ``outer.inner``, points and lists stay as JSON."""
    found: dict[str, str] = {}
    for key, value in one.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and "coordinates" not in value and depth < DEPTH:
            found |= _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, (dict, list)):
            found[name] = json.dumps(value, ensure_ascii=False)[:2000]
        else:
            found[name] = text_of(value)
    return found


def _listed(path: Path, document: Any) -> Iterator[Row]:
    """Return the rows of the longest list within the document."""
    best = max(_lists(document, 0), key=len, default=[])
    objects = [one for one in best if isinstance(one, dict)]
    if objects and len(objects) * 2 > len(best):
        return _objects(best)
    if isinstance(document, dict) and _is_columns(document):
        return _columns(document)
    lists = [one for one in best if isinstance(one, list)]
    if lists and len(lists) * 2 > len(best):
        return _arrays(document, best)
    raise DemandError(Fault("RO-338", path))


def _lists(held: Any, depth: int) -> Iterator[list[Any]]:
    if isinstance(held, list):
        yield held
    elif isinstance(held, dict) and depth < DEPTH:
        for one in held.values():
            yield from _lists(one, depth + 1)


def _objects(rows: Sequence[Any]) -> Iterator[Row]:
    flat = [_flat(one) if isinstance(one, dict) else {} for one in rows]
    names: dict[str, None] = {}
    for one in flat:
        names |= dict.fromkeys(one)
    yield 1, list(names)
    for n, one in enumerate(flat, 1):
        yield n, [one.get(name, "") for name in names]


def _is_columns(document: dict[str, Any]) -> bool:
    sizes = {len(one) for one in document.values() if isinstance(one, (list, dict))}
    plain = all(isinstance(one, (list, dict)) for one in document.values())
    return plain and len(document) > 1 and len(sizes) == 1


def _columns(document: dict[str, Any]) -> Iterator[Row]:
    held = [list(one.values()) if isinstance(one, dict) else one for one in document.values()]
    yield 1, list(document)
    for n, row in enumerate(zip(*held, strict=True), 1):
        yield n, [_text(value) for value in row]


def _arrays(document: Any, rows: Sequence[Any]) -> Iterator[Row]:
    """Rows that are lists; their names stand in the first, or in a list of columns within the document."""
    names = _names(document, max(len(row) for row in rows if isinstance(row, list)))
    if names:
        yield 1, names
    for n, row in enumerate(rows, 1):
        yield n, [_text(value) for value in row] if isinstance(row, list) else []


def _names(document: Any, width: int) -> list[str]:
    for one in _lists(document, 0):
        if len(one) == width and all(isinstance(x, dict) and isinstance(x.get("name"), str) for x in one):
            return [str(x["name"]) for x in one]
        if len(one) == width and all(isinstance(x, str) for x in one):
            return [str(x) for x in one]
    return []


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:2000] if isinstance(value, (dict, list)) else text_of(value)
