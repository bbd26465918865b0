"""Street data → StreetNetwork: OSM files (`osm_file`), GraphML (`graphml`) and downloads (`download`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.border import border
from routeopt.errors import Fault, StreetsError
from routeopt.scenario.model import Streets
from routeopt.streets.cache import kept
from routeopt.streets.cut import cut
from routeopt.streets.mend import mend
from routeopt.streets.network import MODES, StreetNetwork, Venue, local_xy
from routeopt.streets.parts import largest, part_note, parts_of
from routeopt.streets.ragged import numbered
from routeopt.streets.raw import RawStreets
from routeopt.streets.tags import speeds, stoppable

OSM_SUFFIXES = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf", ".pbf", ".xml")
GRAPH_SUFFIXES = (".graphml", ".graphml.gz")


def read_streets(streets: Streets, folder: Path, speeds_kph: Mapping[str, float]) -> StreetNetwork:
    """Read or download the street network that a scenario names.

    Raises
    ------
    StreetsError
        If the file does not exist, is empty, is not street data or has no streets, or if a download fails.
    """
    if streets.file is not None:
        path = folder / streets.file
        _check_file(path)
        with border(path):
            return _network_of_file(path, streets.max_segment_m, dict(speeds_kph))
    from routeopt.streets.download import download

    where = streets.place or streets.polygon or str(streets.bbox)
    return network_of(download(streets, folder), streets.max_segment_m, speeds_kph, where)


@kept("network", StreetNetwork, Venue)
def _network_of_file(path: Path, max_segment_m: float, speeds_kph: dict[str, float]) -> StreetNetwork:
    """Read the network of a file."""
    return network_of(_read(path), max_segment_m, speeds_kph, str(path))


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise StreetsError(Fault("RO-201", path))
    if path.stat().st_size == 0:
        raise StreetsError(Fault("RO-202", path))
    if not path.name.endswith(OSM_SUFFIXES + GRAPH_SUFFIXES):
        raise StreetsError(Fault("RO-203", path, endings=OSM_SUFFIXES + GRAPH_SUFFIXES))


def _read(path: Path) -> RawStreets:
    if path.name.endswith(GRAPH_SUFFIXES):
        from routeopt.streets.graphml import read_graphml

        return read_graphml(path)
    from routeopt.streets.osm_file import read_osm

    return read_osm(path)


def network_of(
    raw: RawStreets, max_segment_m: float, speeds_kph: Mapping[str, float], where: str = "streets"
) -> StreetNetwork:
    """Cut ways at junctions and then evenly so that no segment is longer than ``max_segment_m``.

    Raises
    ------
    StreetsError
        If the positions cannot be right (`mend`), or no segment remains.
    """
    if raw.n_ways:
        raw = mend(raw, max_segment_m, where)
    if not raw.n_ways:
        raise StreetsError(Fault("RO-206", where))
    used = np.bincount(raw.node, minlength=len(raw.lat)) > 0
    lat, lon = raw.lat[used], raw.lon[used]
    lat0, lon0 = (float((x.min() + x.max()) / 2) for x in (lat, lon))
    lon0 -= 360 * (lon0 > 180)
    x, y = np.zeros((2, len(used)))
    x[used], y[used] = local_xy(lat, lon, lat0, lon0)
    pieces = cut(raw, x, y, max_segment_m)
    order, first = numbered(raw.kind, len(raw.tags))
    tags = [raw.tags[kind] for kind in raw.kind[first].tolist()]
    names, name = _numbers((one.get("name") or one.get("ref") or "" for one in tags), [""])
    classes, kind = _numbers((one["highway"] for one in tags), [])
    way_kph = _speeds(raw, [speeds(one, speeds_kph) for one in tags], order)
    kph = {mode: np.ascontiguousarray(way_kph[pieces.way, m]) for m, mode in enumerate(MODES)}
    stops = np.array([stoppable(one) for one in tags], dtype=np.bool_)[order][pieces.way]
    stops |= not stops.any()  # a town under ground
    usable, notes = {}, list(raw.notes)
    for mode in MODES:
        usable[mode] = largest(
            parts_of(pieces.seg_u, pieces.seg_v, kph[mode], len(pieces.node_x)), pieces.seg_length_m
        )
        notes += part_note(mode, kph[mode], pieces.seg_length_m, usable[mode])
    return StreetNetwork(
        lat0=lat0, lon0=lon0, node_x=pieces.node_x, node_y=pieces.node_y, seg_u=pieces.seg_u, seg_v=pieces.seg_v,
        seg_length_m=pieces.seg_length_m, seg_name=name[order][pieces.way], seg_class=kind[order][pieces.way],
        names=names, classes=classes, geom_ptr=pieces.geom_ptr, geom_x=pieces.geom_x, geom_y=pieces.geom_y,
        speed_kph=kph, usable=usable, stoppable=stops, venues=tuple(raw.venues), notes=tuple(notes),
    )  # fmt: skip


def _numbers(texts: Iterable[str], known: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Number texts as they first come up, after those ``known``: each text once, and the number of each given."""
    number = {text: n for n, text in enumerate(known)}
    found = np.array([number.setdefault(text, len(number)) for text in texts], dtype=np.int32)
    return tuple(number), found


def _speeds(
    raw: RawStreets, of_tags: Sequence[Mapping[str, tuple[float, float]]], order: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Compute the speeds on each way, km/h: (n_ways, modes, 2), forward and backward."""
    kph = np.array([[one[mode] for mode in MODES] for one in of_tags], dtype=np.float32)[order]
    for way, known in raw.kph.items():
        for mode, both in known.items():
            kph[way, MODES.index(mode)] = both
    for way, modes in raw.closed.items():
        kph[way, [MODES.index(mode) for mode in modes]] = 0.0
    return kph
