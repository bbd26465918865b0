"""Street data → StreetNetwork: OSM files (`osm_file`), GraphML (`graphml`) and downloads (`download`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, StreetsError
from routeopt.scenario.model import Streets
from routeopt.streets.cache import kept
from routeopt.streets.mend import mend
from routeopt.streets.network import MODES, StreetNetwork, Venue, local_xy
from routeopt.streets.parts import largest, part_note, parts_of
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
    if raw.ways:
        raw = mend(raw, max_segment_m, where)
    if not raw.ways:
        raise StreetsError(Fault("RO-206", where))
    used: Counter[int] = Counter()
    for refs, _ in raw.ways:
        used.update(refs)
        used.update((refs[0], refs[-1]))
    ids = {node: n for n, node in enumerate(used)}
    latlon = np.array([raw.nodes[node] for node in ids])
    lat0, lon0 = (float(x) for x in (latlon.min(axis=0) + latlon.max(axis=0)) / 2)
    lon0 -= 360 * (lon0 > 180)
    xs, ys = local_xy(latlon[:, 0], latlon[:, 1], lat0, lon0)
    junction = np.fromiter((c > 1 for c in used.values()), dtype=np.bool_, count=len(ids))

    b = _Builder()
    for way, (refs, tags) in enumerate(raw.ways):
        index = [ids[r] for r in refs]
        name = b.name(tags.get("name") or tags.get("ref") or "")
        kind = b.kind(tags["highway"])
        kph = {**speeds(tags, speeds_kph), **raw.kph.get(way, {})}
        kph |= dict.fromkeys(raw.closed.get(way, ()), (0.0, 0.0))
        stops = stoppable(tags)
        start = 0
        for end in range(1, len(index)):
            if junction[index[end]] or end == len(index) - 1:
                part = index[start : end + 1]
                b.street(part, xs[part], ys[part], max_segment_m, name, kind, kph, stops)
                start = end
    if not b.u:
        raise StreetsError(Fault("RO-207", where))
    return b.finish(raw, lat0, lon0)


class _Builder:
    """Collects segments in lists, then makes the arrays."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {"": 0}
        self.kinds: dict[str, int] = {}
        self.node: dict[int, int] = {}
        self.x: list[float] = []
        self.y: list[float] = []
        self.u: list[int] = []
        self.v: list[int] = []
        self.length: list[float] = []
        self.seg_name: list[int] = []
        self.seg_kind: list[int] = []
        self.stops: list[bool] = []
        self.ptr: list[int] = [0]
        self.gx: list[float] = []
        self.gy: list[float] = []
        self.kph: dict[str, list[tuple[float, float]]] = {mode: [] for mode in MODES}

    def name(self, text: str) -> int:
        return self.names.setdefault(text, len(self.names))

    def kind(self, text: str) -> int:
        return self.kinds.setdefault(text, len(self.kinds))

    def _point(self, x: float, y: float) -> int:
        self.x.append(x)
        self.y.append(y)
        return len(self.x) - 1

    def _node(self, node: int, x: float, y: float) -> int:
        if node not in self.node:
            self.node[node] = self._point(x, y)
        return self.node[node]

    def street(
        self,
        nodes: Sequence[int],
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        max_m: float,
        name: int,
        kind: int,
        kph: Mapping[str, tuple[float, float]],
        stops: bool,
    ) -> None:
        """Add one stretch between junctions, cut into equal pieces."""
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        length = float(along[-1])
        if length < 0.01:  # two ids on one spot: make them one node, or the street would break here
            length = 0.01
        n = max(1, int(np.ceil(length / max_m - 1e-9)))
        if n == 1 and nodes[0] == nodes[-1]:
            n = 2  # a loop needs a node of its own
        if n == 1:
            cuts, cut_x, cut_y = along[[0, -1]], x[[0, -1]], y[[0, -1]]
        else:
            cuts = np.linspace(0.0, float(along[-1]), n + 1)
            cut_x, cut_y = np.interp(cuts, along, x), np.interp(cuts, along, y)
        last = self._node(nodes[0], float(x[0]), float(y[0]))
        for k in range(n):
            end = k == n - 1
            to = (
                self._node(nodes[-1], float(x[-1]), float(y[-1]))
                if end
                else self._point(cut_x[k + 1], cut_y[k + 1])
            )
            inside = (along > cuts[k] + 1e-9) & (along < cuts[k + 1] - 1e-9)
            self.gx += [float(cut_x[k]), *x[inside].tolist(), float(cut_x[k + 1])]
            self.gy += [float(cut_y[k]), *y[inside].tolist(), float(cut_y[k + 1])]
            self.ptr.append(len(self.gx))
            self.u.append(last)
            self.v.append(to)
            self.length.append(length / n)
            self.seg_name.append(name)
            self.seg_kind.append(kind)
            self.stops.append(stops)
            for mode in MODES:
                self.kph[mode].append(kph[mode])
            last = to

    def finish(self, raw: RawStreets, lat0: float, lon0: float) -> StreetNetwork:
        u, v = np.array(self.u, dtype=np.int32), np.array(self.v, dtype=np.int32)
        length = np.array(self.length)
        kph = {mode: np.array(self.kph[mode], dtype=np.float32).reshape(-1, 2) for mode in MODES}
        stops = np.array(self.stops, dtype=np.bool_)
        stops |= not stops.any()  # a town under ground
        usable, notes = {}, list(raw.notes)
        for mode in MODES:
            usable[mode] = largest(parts_of(u, v, kph[mode], len(self.x)), length)
            notes += part_note(mode, kph[mode], length, usable[mode])
        return StreetNetwork(
            lat0=lat0, lon0=lon0, node_x=np.array(self.x), node_y=np.array(self.y), seg_u=u, seg_v=v,
            seg_length_m=length, seg_name=np.array(self.seg_name, dtype=np.int32),
            seg_class=np.array(self.seg_kind, dtype=np.int32), names=tuple(self.names), classes=tuple(self.kinds),
            geom_ptr=np.array(self.ptr, dtype=np.int64), geom_x=np.array(self.gx), geom_y=np.array(self.gy),
            speed_kph=kph, usable=usable, stoppable=stops, venues=tuple(raw.venues), notes=tuple(notes),
        )  # fmt: skip
