"""Named areas of a street file with given tags: communities, quarters, compounds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routeopt.border import bordered
from routeopt.errors import Fault, StreetsError
from routeopt.streets.cache import kept
from routeopt.streets.osm import OSM_SUFFIXES
from routeopt.streets.osm_file import PBF_SUFFIX, source_of
from routeopt.streets.osm_xml import is_odd, tidy
from routeopt.streets.unpack import first_line, plain

DISORDER = "order"
"""What osmium says of a file whose objects are not in the order of their kinds and ids."""
ANY = "*"
"""Stands for any value of a tag."""


@dataclass(frozen=True)
class Boundaries:
    """Areas of a street file."""

    names: tuple[str, ...]
    shapes: tuple[str, ...]
    """Each as WKB in hexadecimal, (lon, lat)."""
    cut: tuple[str, ...] = ()
    """Names of areas whose border the file does not have in full."""


@bordered()
def read_boundaries(path: Path, tags: Mapping[str, tuple[str, ...]]) -> Boundaries:
    """Read the named areas that have all the tags, each with one of its values.

    Closed ways, and relations of type multipolygon or boundary, are areas; a place that is a point has no border.

    Raises
    ------
    StreetsError
        If the file does not exist, or is no OSM file.
    """
    if not path.is_file():
        raise StreetsError(Fault("RO-201", path))
    if not path.name.endswith(OSM_SUFFIXES):
        raise StreetsError(Fault("RO-238", path, endings=OSM_SUFFIXES))
    return _boundaries_of_file(path, dict(tags))


@kept("boundaries", Boundaries)
def _boundaries_of_file(path: Path, tags: dict[str, tuple[str, ...]]) -> Boundaries:
    with _readable(path) as file:
        try:
            return _read_in_order(file, tags)
        except Exception as error:  # osmium raises whatever it meets, some of it without a common parent
            raise StreetsError(Fault("RO-204", path, reason=first_line(error))) from None


def _read_in_order(file: Path, tags: dict[str, tuple[str, ...]]) -> Boundaries:
    """Read a file; once more in order, where it is not: osmium refuses it, or finds no positions."""
    try:
        found = _read(source_of(file), tags)
        if not found.cut or file.name.endswith(PBF_SUFFIX):
            return found
    except RuntimeError as error:
        if DISORDER not in str(error):
            raise
    with tempfile.TemporaryDirectory() as folder:
        return _read(source_of(_sorted(file, Path(folder) / "sorted.osm.pbf")), tags)


def _sorted(file: Path, target: Path) -> Path:
    """Write the objects of a file in order."""
    import osmium

    reader = osmium.MergeInputReader()
    reader.add_file(str(file))
    with osmium.SimpleWriter(str(target)) as writer:
        reader.apply(writer, simplify=False)
    return target


@contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """Yield a file that osmium reads rightly: the same, or what it holds in plain and usual form."""
    if path.name.endswith(PBF_SUFFIX):
        yield path
        return
    with plain(path, "RO-204") as file:
        if not is_odd(file):
            yield file
            return
        with tempfile.TemporaryDirectory() as folder:
            tidied = Path(folder) / "tidied.osm"
            tidy(file, tidied, path)
            yield tidied


def _read(source: Any, tags: dict[str, tuple[str, ...]]) -> Boundaries:
    import osmium

    factory = osmium.geom.WKBFactory()
    keys = osmium.filter.KeyFilter(*tags)
    found: list[tuple[str, str]] = []
    asked: dict[tuple[bool, int], str] = {}
    whole: set[tuple[bool, int]] = set()
    for item in osmium.FileProcessor(source).with_areas(keys).with_filter(keys):
        name = item.tags.get("name")
        if not name or not _fits(item.tags, tags):
            continue
        if item.is_area():
            found.append((name, factory.create_multipolygon(item)))
            whole.add((item.from_way(), item.orig_id()))
        elif item.is_way() and item.is_closed():
            asked[True, item.id] = name
        elif item.is_relation() and item.tags.get("type") in ("multipolygon", "boundary"):
            asked[False, item.id] = name
    found.sort()
    cut = sorted({name for key, name in asked.items() if key not in whole})
    return Boundaries(tuple(name for name, _ in found), tuple(shape for _, shape in found), tuple(cut))


def _fits(given: Any, tags: dict[str, tuple[str, ...]]) -> bool:
    """Return whether an item has all the tags."""
    values = {key: given.get(key) for key in tags}
    return all(one is not None and (ANY in tags[key] or one in tags[key]) for key, one in values.items())
