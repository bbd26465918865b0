"""OSM files (XML and PBF) → raw streets, by osmium."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.errors import Fault, Message, StreetsError
from routeopt.streets.network import Venue
from routeopt.streets.osm_xml import is_odd, tidy
from routeopt.streets.raw import VENUE_KEYS, RawStreets, venue_kind
from routeopt.streets.tags import KEPT, closed_by
from routeopt.streets.unpack import first_line, plain

PBF_SUFFIX = ".pbf"
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
        found.read(str(file))
    except Exception as error:  # osmium raises whatever it meets, some of it without a common parent
        raise StreetsError(_fault(error, where, written or file)) from None
    return found.raw()


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


class _Found:
    """What a file has, before the ways are put together."""

    def __init__(self) -> None:
        self.streets: list[tuple[list[int], Mapping[str, str]]] = []
        self.buildings: list[tuple[list[int], str, str]] = []
        """Venues that are ways: nodes, kind and name."""
        self.nodes: dict[int, tuple[float, float]] = {}
        self.missing: set[int] = set()
        self.squares: dict[int, Mapping[str, str]] = {}
        """Ways that bound a walking area → the tags of its multipolygon."""
        self.venues: list[Venue] = []
        self.barriers: dict[int, frozenset[str]] = {}

    def read(self, path: str) -> None:
        import osmium

        keys = osmium.filter.KeyFilter("highway", "place", "barrier", *VENUE_KEYS)
        processor = osmium.FileProcessor(path).with_locations().with_filter(keys)
        for item in processor:
            if item.deleted:
                continue
            tags = {tag.k: tag.v for tag in item.tags}
            if item.is_node():
                self._node(item, tags)
            elif item.is_way():
                self._way(item, tags)
            elif tags.get("type") == "multipolygon" and (walked := _walked(tags)):
                self.squares |= {m.ref: walked for m in item.members if m.type == "w" and m.role != "inner"}
        if self.squares:
            for item in osmium.FileProcessor(path, osmium.osm.WAY):
                if item.id in self.squares and not any(tag.k == "highway" for tag in item.tags):
                    self.streets.append((self._refs(item), self.squares[item.id]))
        self._find_missing(path, processor.node_location_storage)

    def _node(self, item: Any, tags: Mapping[str, str]) -> None:
        if closed := closed_by(tags):
            self.barriers[item.id] = closed
        kind = venue_kind(tags)
        if kind and item.location.valid():
            self.venues.append(Venue(item.location.lat, item.location.lon, kind, tags.get("name", "")))

    def _way(self, item: Any, tags: Mapping[str, str]) -> None:
        street = tags if tags.get("highway") in KEPT else _walked({"area": "yes", **tags})
        area = street is not None and street.get("area") == "yes"
        if street is not None:
            self.streets.append((self._refs(item), street))
        if (street is None or area) and (kind := venue_kind(tags)):
            self.buildings.append((self._refs(item), kind, tags.get("name", "")))

    def _refs(self, item: Any) -> list[int]:
        refs = []
        for node in item.nodes:
            refs.append(node.ref)
            if node.location.valid():
                self.nodes[node.ref] = (node.location.lat, node.location.lon)
            else:
                self.missing.add(node.ref)
        return refs

    def _find_missing(self, path: str, store: Any) -> None:
        """Find the nodes that come after their ways; those with ids below 0 only a second pass can find."""
        import osmium

        self.missing -= self.nodes.keys()
        for ref in [ref for ref in self.missing if ref >= 0]:
            try:
                location = store.get(ref)
            except KeyError:
                continue
            if location.valid():
                self.nodes[ref] = (location.lat, location.lon)
        if any(ref < 0 for ref in self.missing):
            for item in osmium.FileProcessor(path, osmium.osm.NODE):
                if item.id in self.missing and item.location.valid():
                    self.nodes[item.id] = (item.location.lat, item.location.lon)
        self.missing -= self.nodes.keys()

    def raw(self) -> RawStreets:
        """Put the ways together, cut where they leave the extract, and the venues at the middle of their nodes."""
        raw = RawStreets(nodes=self.nodes, venues=self.venues, barriers=self.barriers)
        for refs, tags in self.streets:
            raw.ways.extend((part, tags) for part in self._parts(refs) if len(part) > 1)
        for refs, kind, name in self.buildings:
            known = [self.nodes[ref] for ref in refs if ref in self.nodes]
            if known:
                lat, lon = middle(known)
                raw.venues.append(Venue(lat, lon, kind, name))
        if self.missing:
            raw.notes.append(Message("streets-outside-extract", count=len(self.missing)))
        return raw

    def _parts(self, refs: list[int]) -> Iterable[list[int]]:
        if self.missing.isdisjoint(refs):
            return [refs]
        parts: list[list[int]] = [[]]
        for ref in refs:
            if ref not in self.missing:
                parts[-1].append(ref)
            elif parts[-1]:
                parts.append([])
        return parts


def _walked(tags: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the tags of an area that people walk, such as a square; None for others."""
    if tags.get("highway") in KEPT:
        return {**tags, "area": "yes"}
    if tags.get("place") == "square" and tags.get("area") != "no" and "highway" not in tags:
        return {**tags, "highway": "pedestrian", "area": "yes"}
    return None


def middle(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the mean of places (lat, lon), on either side of 180° too."""
    lat, lon = np.mean(places, axis=0)
    if max(p[1] for p in places) - min(p[1] for p in places) > 180:
        lon = np.mean([p[1] % 360 for p in places])
        lon -= 360 * (lon > 180)
    return float(lat), float(lon)
