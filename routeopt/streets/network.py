"""The street network as arrays: nodes, segments of at most ~120 m, what each mode may do on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message
from routeopt.streets.cache import kept

if TYPE_CHECKING:
    import networkx
    from scipy.spatial import cKDTree

MODES = ("foot", "bike", "ebike", "car")
"""Modes that move on streets, in the order used everywhere."""
MODE_NAMES = {
    "foot": Message("mode-foot"),
    "bike": Message("mode-bike"),
    "ebike": Message("mode-ebike"),
    "car": Message("mode-car"),
}
"""Mode → its name for people."""


@dataclass(frozen=True)
class Venue:
    """A place of public life found in the street data (never a person)."""

    lat: float
    lon: float
    kind: str
    """OSM class as ``key=value``, e.g. ``amenity=bar``."""
    name: str = ""


@dataclass(frozen=True)
class Snap:
    """Where given positions meet the network; arrays of shape (n,)."""

    segment: NDArray[np.int32]
    """Nearest usable segment; −1 if none is within the limit."""
    offset_m: NDArray[np.float64]
    """Distance along the segment from its first node, metres."""
    x: NDArray[np.float64]
    """Easting of the snapped position, metres."""
    y: NDArray[np.float64]
    """Northing of the snapped position, metres."""
    distance_m: NDArray[np.float64]
    """Distance from the given position to the snapped one, metres (also where segment is −1)."""


@dataclass(frozen=True)
class StreetNetwork:
    """Streets of all modes; segment *s* runs from node ``seg_u[s]`` to ``seg_v[s]`` ("forward")."""

    lat0: float
    """Origin of the local projection, degrees (WGS-84)."""
    lon0: float
    node_x: NDArray[np.float64]
    """(n_nodes,) easting from the origin, metres."""
    node_y: NDArray[np.float64]
    """(n_nodes,) northing from the origin, metres."""
    seg_u: NDArray[np.int32]
    """(n_segments,) first node."""
    seg_v: NDArray[np.int32]
    """(n_segments,) last node."""
    seg_length_m: NDArray[np.float64]
    """(n_segments,) length along the street, metres; at most the cut length."""
    seg_name: NDArray[np.int32]
    """(n_segments,) index into ``names``."""
    seg_class: NDArray[np.int32]
    """(n_segments,) index into ``classes``."""
    names: tuple[str, ...]
    """Street names; entry 0 is ``""`` for unnamed."""
    classes: tuple[str, ...]
    """OSM ``highway`` values met."""
    geom_ptr: NDArray[np.int64]
    """(n_segments + 1,) CSR pointer into the polyline arrays."""
    geom_x: NDArray[np.float64]
    """Polyline points from first to last node, both included, metres."""
    geom_y: NDArray[np.float64]
    speed_kph: dict[str, NDArray[np.float32]]
    """mode → (n_segments, 2) speed forward and backward, km/h; 0 where the mode may not go."""
    usable: dict[str, NDArray[np.bool_]]
    """mode → (n_segments,) whether the segment is in the mode's largest strongly connected part."""
    stoppable: NDArray[np.bool_]
    """(n_segments,) whether teams can stop and people are about: False in tunnels, on motorways and motorroads."""
    venues: tuple[Venue, ...] = ()
    notes: tuple[Message, ...] = field(default=())
    """What the reader cut or assumed."""

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.seg_u)

    @cached_property
    def stops(self) -> tuple[cKDTree, NDArray[np.int32]]:
        """A tree of the sample points of all streets where people can stop, and the segment of each."""
        from scipy.spatial import cKDTree

        points = sample(self, np.flatnonzero(self.stoppable))
        xy = np.column_stack([points.x, points.y])
        # a tree that is not balanced is built in a third of the time, and finds the same
        return cKDTree(xy, balanced_tree=False, compact_nodes=False), points.segment

    @classmethod
    def from_networkx(
        cls,
        graph: networkx.Graph[Any],
        max_segment_m: float | None = None,
        speeds_kph: Mapping[str, float] | None = None,
    ) -> StreetNetwork:
        """The streets of a graph: one of osmnx, directed or not, or of `to_networkx`.

        Parameters
        ----------
        graph
            Nodes with x and y (degrees), edges with highway, and where known name, oneway, maxspeed, osmid, length
            and geometry (a LineString of longitude and latitude; a straight line without one). Attributes may be
            lists, of which the first counts. ``kph_foot``, ``kph_car``, … are the speed of a mode along the edge.
        max_segment_m
            Segments are cut so that none is longer; 120 m unless the graph says otherwise.
        speeds_kph
            Patrol speed of a mode, where edges do not say.

        Raises
        ------
        StreetsError
            It is no graph, lacks coordinates or highways, or holds no street.
        """
        from routeopt.streets.graph import from_graph

        return from_graph(graph, max_segment_m, speeds_kph)

    def to_networkx(self) -> networkx.MultiDiGraph[Any]:
        """The streets as osmnx has them: nodes with x and y (degrees), an edge for each direction somebody may go.

        `from_networkx` makes the same network of it. Edges have osmid and segment (the segment's number), highway,
        name, oneway, length, reversed, geometry and the speed of each mode, ``kph_foot`` and so on, 0 where it may
        not go; the graph has the venues.
        """
        from routeopt.streets.graph import graph_of

        return graph_of(self)


EARTH_RADIUS_M = 6_371_009.0
DENSE_M = 15.0
"""Spacing of the sample points by which the nearest segments are found."""
NEAREST = 8
"""Sample points whose segments are looked at."""
WIDER = (NEAREST, 64, 512)
"""How many of the nearest are taken, one after the other, to find as many of usable segments."""


def local_xy(
    lat: NDArray[np.float64], lon: NDArray[np.float64], lat0: float, lon0: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project equirectangularly around an origin, metres; within 0.1 % over 40 km at middle latitudes."""
    scale = np.pi / 180 * EARTH_RADIUS_M
    return _turned(np.asarray(lon) - lon0) * scale * np.cos(np.radians(lat0)), (np.asarray(lat) - lat0) * scale


def local_latlon(
    x: NDArray[np.float64], y: NDArray[np.float64], lat0: float, lon0: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Convert metres from an origin to degrees, the inverse of `local_xy`."""
    scale = np.pi / 180 * EARTH_RADIUS_M
    lon = lon0 + np.asarray(x) / (scale * np.cos(np.radians(lat0)))
    return lat0 + np.asarray(y) / scale, _turned(lon)


def _turned(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring longitudes, or differences of them, beyond ±180° round the other way."""
    over, under = degrees > 180.0, degrees < -180.0
    return (
        np.where(over, degrees - 360.0, np.where(under, degrees + 360.0, degrees))
        if (over | under).any()
        else degrees
    )


def project(
    net: StreetNetwork, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Convert degrees to metres east and north of the network's origin."""
    return local_xy(lat, lon, net.lat0, net.lon0)


def unproject(
    net: StreetNetwork, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Convert metres to degrees (lat, lon), the inverse of `project`."""
    return local_latlon(x, y, net.lat0, net.lon0)


@dataclass(frozen=True)
class Samples:
    """Points along all segments, at most `DENSE_M` apart."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    segment: NDArray[np.int32]
    offset_m: NDArray[np.float64]
    """Distance along the segment from its first node."""


def sample(net: StreetNetwork, segments: NDArray[np.int64], spacing_m: float = DENSE_M) -> Samples:
    """Sample the middle of equal pieces of each polyline edge of ``segments``."""
    n_edges = np.diff(net.geom_ptr)[segments] - 1
    owner = np.repeat(segments, n_edges)
    first = np.repeat(net.geom_ptr[segments], n_edges)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(n_edges) - n_edges, n_edges)
    a = first + nth
    dx, dy = net.geom_x[a + 1] - net.geom_x[a], net.geom_y[a + 1] - net.geom_y[a]
    length = np.hypot(dx, dy)
    before = np.cumsum(length) - length
    start = np.repeat(np.cumsum(n_edges) - n_edges, n_edges)
    before = before - before[start]
    pieces = np.maximum(1, np.ceil(length / spacing_m)).astype(np.int64)
    edge = np.repeat(np.arange(len(a)), pieces)
    part = (np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[edge]
    return Samples(
        x=net.geom_x[a[edge]] + part * dx[edge],
        y=net.geom_y[a[edge]] + part * dy[edge],
        segment=owner[edge].astype(np.int32),
        offset_m=before[edge] + part * length[edge],
    )


@kept("snap", Snap)
def snap(
    net: StreetNetwork, x: NDArray[np.float64], y: NDArray[np.float64], mode: str | None, limit_m: float
) -> Snap:
    """Find the nearest point of the streets that ``mode`` may use (any street for None), exact on the polyline.

    Streets where nobody can stop are left out. Where it is beyond ``limit_m``, the segment is −1 and the distance
    is kept.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = len(x)
    best = np.full(n, np.inf)
    found = Snap(np.full(n, -1, np.int32), np.zeros(n), x.copy(), y.copy(), best)
    if n == 0:
        return found
    for near in _nearest(net, np.column_stack([x, y]), mode):
        for segment, offset, px, py, distance, row in feet(net, near, x, y):
            closer = distance < best[row]
            rows = row[closer]
            best[rows] = distance[closer]
            found.segment[rows], found.offset_m[rows] = segment[closer], offset[closer]
            found.x[rows], found.y[rows] = px[closer], py[closer]
    found.segment[best > limit_m] = -1
    return found


def _nearest(net: StreetNetwork, xy: NDArray[np.float64], mode: str | None) -> NDArray[np.int32]:
    """Find the segments of the nearest sample points that ``mode`` may use, nearest first, (≤ `NEAREST`, n)."""
    from scipy.spatial import cKDTree

    tree, segment = net.stops
    usable = np.ones(net.n_segments, dtype=np.bool_) if mode is None else net.usable[mode]
    own = np.flatnonzero(usable[segment])
    count = min(NEAREST, len(own))
    found = np.empty((count, len(xy)), dtype=np.int32)
    left = np.arange(len(xy) if count else 0)
    for most in WIDER:
        if not len(left):
            return found
        k = min(most, len(segment))
        near = segment[np.reshape(tree.query(xy[left], k)[1], (len(left), k))]
        may = usable[near]
        enough = may.sum(axis=1) >= count
        first = may & (np.cumsum(may, axis=1) <= count)
        found[:, left[enough]] = near[enough][first[enough]].reshape(-1, count).T
        left = left[~enough]
    if len(left):
        alone = cKDTree(tree.data[own])
        found[:, left] = segment[own[np.reshape(alone.query(xy[left], count)[1], (len(left), count))]].T
    return found


def feet(
    net: StreetNetwork, segment: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield perpendicular feet of the points on every edge of the segments given, edge number by edge number."""
    first, n_edges = net.geom_ptr[segment], np.diff(net.geom_ptr)[segment] - 1
    before = np.zeros(len(x))
    for e in range(int(n_edges.max(initial=0))):
        row = np.flatnonzero(n_edges > e)
        a = first[row] + e
        ax, ay = net.geom_x[a], net.geom_y[a]
        dx, dy = net.geom_x[a + 1] - ax, net.geom_y[a + 1] - ay
        square = np.maximum(dx * dx + dy * dy, 1e-12)
        part = np.clip(((x[row] - ax) * dx + (y[row] - ay) * dy) / square, 0.0, 1.0)
        px, py = ax + part * dx, ay + part * dy
        length = np.sqrt(square)
        yield segment[row], before[row] + part * length, px, py, np.hypot(x[row] - px, y[row] - py), row
        before[row] += length
