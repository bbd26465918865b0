"""OSM files (XML and PBF) → raw streets, by osmium."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from math import nan
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message, StreetsError
from routeopt.streets.network import Venue
from routeopt.streets.osm_xml import is_odd, tidy
from routeopt.streets.ragged import Ints, items, ptr_of
from routeopt.streets.raw import VENUE_KEYS, RawStreets, venue_kind
from routeopt.streets.tags import KEPT, USED_TAGS, closed_by
from routeopt.streets.unpack import first_line, plain

Floats = NDArray[np.float64]

PBF_SUFFIX = ".pbf"
WKB_HEAD = 18
"""Characters before the first position of a line in hexadecimal WKB: byte order, type and number of positions."""
NOWHERE = pack("=2d", nan, nan).hex()
STREET_TAGS = tuple(sorted(USED_TAGS))
AT = re.compile(r"at line (\d+), column (\d+)")
QUOTED = re.compile(r"'(.+)'$")


def read_osm(path: Path) -> RawStreets:
    """Read streets and venues; objects may come in any order, and ways are cut where their nodes are missing.

    Raises
    ------
    StreetsError
        If the file is not OSM data.
    """
    if path.name.endswith(PBF_SUFFIX):
        return _read(path, path)
    with plain(path, "RO-204") as file:
        if not is_odd(file):
            return _read(file, path)
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            tidied = Path(folder) / "tidied.osm"
            tidy(file, tidied, path)
            return _read(tidied, path, file)


def _read(file: Path, where: Path, written: Path | None = None) -> RawStreets:
    """Read ``file``; ``where`` is the file to name, and ``written`` what the user wrote, where that is another."""
    found = _Found()
    try:
        found.read(source_of(file))
    except Exception as error:  # osmium raises whatever it meets, some of it without a common parent
        raise StreetsError(_fault(error, where, written or file)) from None
    return found.raw()


def source_of(file: Path) -> Any:
    """Return what osmium reads a file by: its name, or the content of a PBF, which would stay open if refused."""
    if not file.name.endswith(PBF_SUFFIX):
        return str(file)
    import osmium

    return osmium.io.FileBuffer(file.read_bytes(), "pbf")


def _fault(error: Exception, where: Path, file: Path) -> Fault:
    """Name the line of what osmium refuses, where it says it, or the text can be found."""
    reason = first_line(error)
    line = column = None
    if at := AT.search(reason):
        line, column = int(at[1]), int(at[2]) + 1
    elif (quoted := QUOTED.search(reason)) and not where.name.endswith(PBF_SUFFIX):
        wanted = [f"{quoted[1]}{mark}".encode() for mark in "\"'"]
        with file.open("rb") as lines:
            line = next((n for n, text in enumerate(lines, 1) if any(w in text for w in wanted)), None)
    return Fault("RO-204", where, line, column, reason=reason)


class _Line(NamedTuple):
    """The nodes of a way: where they begin and end among all that are read, and what the way is."""

    begin: int
    end: int
    kind: int
    """Index of the street's tags."""
    venue: tuple[str, str] | None = None
    """Kind and name of a venue that is a way."""


class _Found:
    """What a file has, before the ways are put together."""

    def __init__(self) -> None:
        import osmium

        self.wkb, self.all_nodes = osmium.geom.WKBFactory(), osmium.geom.use_nodes.ALL
        self.ref: list[int] = []
        """Ids of the nodes of all ways that count, one way after the other."""
        self.lonlat: list[str] = []
        """Their longitudes and latitudes, as in hexadecimal WKB; NaN where the file has not said them yet."""
        self.streets: list[_Line] = []
        self.buildings: list[_Line] = []
        self.tags: dict[tuple[str | None, ...], int] = {}
        """Values of `USED_TAGS` that streets have → their number."""
        self.squares: dict[int, int] = {}
        """Ways that bound a walking area → the tags of its multipolygon."""
        self.venues: list[Venue] = []
        self.barriers: dict[int, frozenset[str]] = {}

    def read(self, source: Any) -> None:
        import osmium

        processor = osmium.FileProcessor(source).with_locations()
        for entity, keys in (
            (osmium.osm.NODE, ("barrier", *VENUE_KEYS)),
            (osmium.osm.WAY, ("highway", "place", *VENUE_KEYS)),
            (osmium.osm.RELATION, ("highway", "place")),
        ):
            has_key = osmium.filter.KeyFilter(*keys)
            has_key.enable_for(entity)
            processor.with_filter(has_key)
        for item in processor:
            if item.deleted:
                continue
            if item.is_way():
                self._way(item)
            elif item.is_node():
                self._node(item)
            elif item.is_relation():
                tags = _tags(item)
                if tags.get("type") == "multipolygon" and (walked := _walked(tags)):
                    kind = self._kind(map(walked.get, STREET_TAGS))
                    self.squares |= {m.ref: kind for m in item.members if m.type == "w" and m.role != "inner"}
        if self.squares:
            for item in osmium.FileProcessor(source, osmium.osm.WAY):
                if item.id in self.squares and "highway" not in item.tags:
                    self.streets.append(self._line(item, self.squares[item.id]))
        self.lat, self.lon, self.id, self.node = self._places(source, processor.node_location_storage)

    def _node(self, item: Any) -> None:
        tags = _tags(item)
        if closed := closed_by(tags):
            self.barriers[item.id] = closed
        kind = venue_kind(tags)
        if kind and item.location.valid():
            self.venues.append(Venue(item.location.lat, item.location.lon, kind, tags.get("name", "")))

    def _way(self, item: Any) -> None:
        value = item.tags.get
        if value("highway") in KEPT and value("area") != "yes":  # nearly all
            self.streets.append(self._line(item, self._kind(map(value, STREET_TAGS))))
            return
        tags = _tags(item)
        street = tags if tags.get("highway") in KEPT else _walked({"area": "yes", **tags})
        if street is not None:
            self.streets.append(self._line(item, self._kind(map(street.get, STREET_TAGS))))
        if (street is None or street.get("area") == "yes") and (kind := venue_kind(tags)):
            self.buildings.append(self._line(item, -1, (kind, tags.get("name", ""))))

    def _kind(self, values: Iterable[str | None]) -> int:
        return self.tags.setdefault(tuple(values), len(self.tags))

    def _line(self, item: Any, kind: int, venue: tuple[str, str] | None = None) -> _Line:
        begin = len(self.ref)
        self.ref += [node.ref for node in item.nodes]
        try:  # by far the fastest way to all positions
            line = self.wkb.create_linestring(item, self.all_nodes)[WKB_HEAD:]
        except Exception:  # a position is unknown, or there is one alone
            places = [node.location for node in item.nodes]
            line = "".join(pack("=2d", p.lon, p.lat).hex() if p.valid() else NOWHERE for p in places)
        self.lonlat.append(line)
        return _Line(begin, len(self.ref), kind, venue)

    def _places(self, source: Any, store: Any) -> tuple[Floats, Floats, Ints, Ints]:
        """Return latitude and longitude (NaN where unknown) and id of each node of the ways, and the ways' nodes.

        Nodes that come after their ways are looked up; those with ids below 0 only a second pass can find.
        """
        import osmium

        at = np.frombuffer(bytes.fromhex("".join(self.lonlat))).reshape(-1, 2)
        known = np.isfinite(at[:, 0])
        ref, node = np.unique(np.array(self.ref, dtype=np.int64), return_inverse=True)
        lat, lon = np.full((2, len(ref)), np.nan)
        lon[node[known]], lat[node[known]] = at[known].T
        missing = {
            one: n for n, one in zip(np.flatnonzero(np.isnan(lat)), ref[np.isnan(lat)].tolist(), strict=True)
        }
        for one, n in missing.items():
            with suppress(KeyError):
                location = store.get(one) if one >= 0 else None
                if location is not None and location.valid():
                    lat[n], lon[n] = location.lat, location.lon
        if min(missing, default=0) < 0:
            for item in osmium.FileProcessor(source, osmium.osm.NODE):
                if item.id < 0 and item.id in missing and item.location.valid():
                    lat[missing[item.id]], lon[missing[item.id]] = item.location.lat, item.location.lon
        return lat, lon, ref, node

    def raw(self) -> RawStreets:
        """Put the ways together, cut where they leave the extract, and the venues at the middle of their nodes."""
        known = np.isfinite(self.lat)
        lines = np.array([(line.begin, line.end, line.kind) for line in self.streets], dtype=np.int64).reshape(
            -1, 3
        )
        place = items(lines[:, 0], lines[:, 1] - lines[:, 0])
        way = np.repeat(np.arange(len(lines)), lines[:, 1] - lines[:, 0])
        inside = known[self.node[place]]
        begins = inside.copy()
        begins[1:] &= ~inside[:-1] | (way[1:] != way[:-1])
        row = np.cumsum(begins)[inside] - 1
        size = np.bincount(row, minlength=int(begins.sum()))
        node = self.node[place[inside]][(size > 1)[row]]
        venues = list(self.venues)
        for line in self.buildings:
            nodes = self.node[line.begin : line.end]
            nodes = nodes[known[nodes]]
            if len(nodes) and line.venue is not None:
                lat, lon = middle(np.column_stack([self.lat[nodes], self.lon[nodes]]))
                venues.append(Venue(lat, lon, *line.venue))
        missing = int((~known).sum())
        barriers = np.array(sorted(self.barriers), dtype=np.int64)
        place_of = np.searchsorted(self.id, barriers)
        return RawStreets(
            lat=self.lat, lon=self.lon, first=ptr_of(size[size > 1]), node=node,
            kind=lines[way[begins][size > 1], 2],
            tags=[{k: v for k, v in zip(STREET_TAGS, tags, strict=True) if v is not None} for tags in self.tags],
            venues=venues, notes=[Message("streets-outside-extract", count=missing)] if missing else [],
            barriers={
                n: self.barriers[one] for one, n in zip(barriers.tolist(), place_of.tolist(), strict=True)
                if n < len(self.id) and self.id[n] == one
            },
        )  # fmt: skip


def _tags(item: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in item.tags}


def _walked(tags: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the tags of an area that people walk, such as a square; None for others."""
    if tags.get("highway") in KEPT:
        return {**tags, "area": "yes"}
    if tags.get("place") == "square" and tags.get("area") != "no" and "highway" not in tags:
        return {**tags, "highway": "pedestrian", "area": "yes"}
    return None


def middle(places: Floats) -> tuple[float, float]:
    """Return the mean of places (n, 2), latitude and longitude, on either side of 180° too."""
    lat, lon = np.mean(places, axis=0)
    if np.ptp(places[:, 1]) > 180:
        lon = np.mean(places[:, 1] % 360)
        lon -= 360 * (lon > 180)
    return float(lat), float(lon)
