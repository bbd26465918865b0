"""Waters and parks of a street file, for maps alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.scenario.model import Streets
from routeopt.streets.network import local_xy
from routeopt.streets.osm import OSM_SUFFIXES

Array = NDArray[np.float64]

PARKS = frozenset({
    ("leisure", "park"), ("leisure", "garden"), ("leisure", "nature_reserve"), ("landuse", "forest"),
    ("landuse", "cemetery"), ("landuse", "recreation_ground"), ("natural", "wood"),
})  # fmt: skip
WATERS = frozenset({("natural", "water"), ("natural", "bay"), ("waterway", "riverbank"), ("waterway", "dock")})
RIVERS = frozenset({"river", "canal"})
LEAST_M2 = 3000.0
"""Smaller waters and parks are not drawn."""
DETAIL_M = 4.0
"""Bends smaller than this are not drawn."""

log = logging.getLogger(__name__)


class Ground(NamedTuple):
    """A water, park or river."""

    kind: str
    """``water``, ``park`` or ``river`` (a line)."""
    name: str
    rings: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    """(lat, lon) of each closed ring, islands among them, or of the line."""
    size_m2: float


def read_ground(streets: Streets, folder: Path, most_points: int) -> list[Ground]:
    """Read the largest waters and parks, of ``most_points`` corners at most; none where the file has no areas.

    What cannot be read is left out and logged: a map without it is still a map.
    """
    if streets.file is None or not streets.file.endswith(OSM_SUFFIXES):
        return []
    try:
        found = sorted(_read(str(folder / streets.file)), key=lambda ground: -ground.size_m2)
    except Exception as error:  # osmium raises whatever it meets, some of it without a common parent
        log.info("%s: %s", streets.file, error)
        return []
    points = np.cumsum([sum(len(lat) for lat, _ in ground.rings) for ground in found])
    return found[: int(np.searchsorted(points, most_points, side="right"))]


def _read(path: str) -> Iterator[Ground]:
    import osmium

    keys = osmium.filter.KeyFilter("leisure", "landuse", "natural", "waterway")
    for item in osmium.FileProcessor(path).with_areas(keys).with_filter(keys):
        tags = {tag.k: tag.v for tag in item.tags}
        pairs = set(tags.items())
        if item.is_area() and (pairs & WATERS or pairs & PARKS):
            rings = []
            for outer in item.outer_rings():
                rings += [_degrees(outer), *(_degrees(inner) for inner in item.inner_rings(outer))]
            yield from _large("water" if pairs & WATERS else "park", tags.get("name", ""), rings)
        elif item.is_way() and tags.get("waterway") in RIVERS and tags.get("tunnel", "no") == "no":
            line = _simple(_degrees(item.nodes))
            if len(line) > 1:
                yield Ground("river", tags.get("name", ""), (_split(line),), LEAST_M2)


def _degrees(nodes: Any) -> Array:
    """(n, 2) latitude and longitude of the nodes that the file has."""
    return np.array([(n.location.lat, n.location.lon) for n in nodes if n.location.valid()]).reshape(-1, 2)


def _large(kind: str, name: str, rings: list[Array]) -> Iterator[Ground]:
    sizes = [_area_m2(ring) for ring in rings]
    kept = [_split(_simple(ring)) for ring, size in zip(rings, sizes, strict=True) if size >= LEAST_M2]
    if kept:
        yield Ground(kind, name, tuple(kept), max(sizes))


def _area_m2(ring: Array) -> float:
    if len(ring) < 4:
        return 0.0
    x, y = local_xy(ring[:, 0], ring[:, 1], float(ring[0, 0]), float(ring[0, 1]))
    return abs(float(x[:-1] @ y[1:] - x[1:] @ y[:-1])) / 2


def _simple(line: Array) -> Array:
    """The line without bends smaller than `DETAIL_M` (Douglas and Peucker 1973)."""
    import shapely

    if len(line) < 3:
        return line
    x, y = local_xy(line[:, 0], line[:, 1], float(line[0, 0]), float(line[0, 1]))
    kept = shapely.get_coordinates(shapely.simplify(shapely.linestrings(x, y), DETAIL_M))
    rows = np.flatnonzero(np.isin(x + 1j * y, kept[:, 0] + 1j * kept[:, 1]))
    return line[rows]


def _split(line: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(line[:, 0].tolist()), tuple(line[:, 1].tolist())
