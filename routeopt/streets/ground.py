"""Waters, the sea and parks of a street file, for maps alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import one_line
from routeopt.scenario.model import Streets
from routeopt.streets.cache import kept
from routeopt.streets.network import local_xy
from routeopt.streets.osm import OSM_SUFFIXES
from routeopt.streets.osm_file import source_of
from routeopt.streets.sea import Box, sea

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
COARSEST = 8
"""How many times bends of the sea's coast of twice the size are left out, until there is room for it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ground:
    """A water, park or river."""

    kind: str
    """``water``, ``park`` or ``river`` (a line)."""
    name: str
    rings: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    """(lat, lon) of each closed ring, islands among them, or of the line."""
    size_m2: float


def read_ground(streets: Streets, folder: Path, most_points: int, box: Box | None = None) -> tuple[Ground, ...]:
    """Read the largest waters and parks, of ``most_points`` corners at most; none where the file has no areas.

    What cannot be read is left out and logged: a map without it is still a map.

    Parameters
    ----------
    box
        What the map shows, for the sea of a file that does not say what it covers.
    """
    if streets.file is None or not streets.file.endswith(OSM_SUFFIXES):
        return ()
    try:
        return _ground_of_file(folder / streets.file, most_points, box)
    except Exception as error:  # osmium raises whatever it meets, some of it without a common parent
        log.info("%s: %s", one_line(streets.file), one_line(error))
        return ()


@kept("ground", Ground)
def _ground_of_file(path: Path, most_points: int, box: Box | None) -> tuple[Ground, ...]:
    found = sorted(_read(source_of(path), most_points, box), key=lambda ground: -ground.size_m2)
    points = np.cumsum([sum(len(lat) for lat, _ in ground.rings) for ground in found])
    return tuple(found[: int(np.searchsorted(points, most_points, side="right"))])


def _read(source: Any, most_points: int, box: Box | None) -> Iterator[Ground]:
    import osmium

    keys = osmium.filter.KeyFilter("leisure", "landuse", "natural", "waterway")
    processor = osmium.FileProcessor(source)
    coast: list[Array] = []
    for item in processor.with_areas(keys).with_filter(keys):
        tags = {tag.k: tag.v for tag in item.tags}
        pairs = set(tags.items())
        if item.is_area() and (pairs & WATERS or pairs & PARKS):
            rings = []
            for outer in item.outer_rings():
                rings += [_degrees(outer), *(_degrees(inner) for inner in item.inner_rings(outer))]
            yield from _large("water" if pairs & WATERS else "park", tags.get("name", ""), rings, DETAIL_M)
        elif item.is_way() and tags.get("waterway") in RIVERS and tags.get("tunnel", "no") == "no":
            line = _simple(_degrees(item.nodes), DETAIL_M)
            if len(line) > 1:
                yield Ground("river", tags.get("name", ""), (_split(line),), LEAST_M2)
        elif item.is_way() and tags.get("natural") == "coastline":
            coast.append(_degrees(item.nodes))
    with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
        covered = reader.header().box()
    if covered.valid():
        low, high = covered.bottom_left, covered.top_right
        box = low.lat, low.lon, high.lat, high.lon
    if coast and box is not None:
        yield from _sea(coast, box, most_points // 2)


def _sea(coast: list[Array], box: Box, most_points: int) -> Iterator[Ground]:
    """The sea, in as much detail as ``most_points`` corners allow."""
    parts, found = sea(coast, box), list[Ground]()
    for coarser in range(COARSEST):
        found = [ground for rings in parts for ground in _large("water", "", rings, DETAIL_M * 2**coarser)]
        if sum(len(lat) for ground in found for lat, _ in ground.rings) <= most_points:
            break
    yield from found


def _degrees(nodes: Any) -> Array:
    """(n, 2) latitude and longitude of the nodes that the file has."""
    return np.array([(n.location.lat, n.location.lon) for n in nodes if n.location.valid()]).reshape(-1, 2)


def _large(kind: str, name: str, rings: list[Array], detail_m: float) -> Iterator[Ground]:
    sizes = [_area_m2(ring) for ring in rings]
    drawn = [_split(_simple(ring, detail_m)) for ring, size in zip(rings, sizes, strict=True) if size >= LEAST_M2]
    if drawn:
        yield Ground(kind, name, tuple(drawn), max(sizes))


def _area_m2(ring: Array) -> float:
    if len(ring) < 4:
        return 0.0
    x, y = local_xy(ring[:, 0], ring[:, 1], float(ring[0, 0]), float(ring[0, 1]))
    return abs(float(x[:-1] @ y[1:] - x[1:] @ y[:-1])) / 2


def _simple(line: Array, detail_m: float) -> Array:
    """The line without bends smaller than ``detail_m`` (Douglas and Peucker 1973)."""
    import shapely

    if len(line) < 3:
        return line
    x, y = local_xy(line[:, 0], line[:, 1], float(line[0, 0]), float(line[0, 1]))
    kept = shapely.get_coordinates(shapely.simplify(shapely.linestrings(x, y), detail_m))
    rows = np.flatnonzero(np.isin(x + 1j * y, kept[:, 0] + 1j * kept[:, 1]))
    return line[rows]


def _split(line: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(line[:, 0].tolist()), tuple(line[:, 1].tolist())
