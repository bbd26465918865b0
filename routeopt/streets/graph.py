"""Convert street networks from and to networkx graphs in osmnx's form, for exchange with other libraries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from routeopt.errors import Fault, StreetsError
from routeopt.guard import shown
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.streets.network import MODES, StreetNetwork, Venue, unproject
from routeopt.streets.osm import network_of
from routeopt.streets.raw import RawStreets, missing, number, raw_of_graph

if TYPE_CHECKING:
    import networkx

WGS84 = "epsg:4326"
MOST_CRS = 20_000
"""Characters of a coordinate system written out, several times those of the longest."""
MAX_SEGMENT_M = 120.0
"""Greatest segment length for graphs that do not give one, metres."""


def from_graph(
    graph: networkx.Graph[Any],
    max_segment_m: float | None = None,
    speeds_kph: Mapping[str, float] | None = None,
) -> StreetNetwork:
    """See `StreetNetwork.from_networkx`."""
    raw = raw_of_sound_graph(graph, "graph")
    if not raw.n_ways:
        raise StreetsError(Fault("RO-424", "graph"))
    raw.venues = [Venue(*venue) for venue in graph.graph.get("venues", ())]
    most = float(graph.graph.get("max_segment_m", MAX_SEGMENT_M)) if max_segment_m is None else max_segment_m
    return network_of(raw, most, {**SPEEDS_KPH, **(speeds_kph or {})}, "graph")


def raw_of_sound_graph(graph: Any, where: str) -> RawStreets:
    """Read a graph as `raw_of_graph` does, in degrees, after a look at what it must have.

    Raises
    ------
    StreetsError
        If it is no graph, a node has no position, an edge no highway or no line as geometry, or its ``crs`` is
        unknown or not that of its positions.
    """
    faults = _faults(graph, where)
    if faults:
        raise StreetsError(faults)
    raw = raw_of_graph(graph)
    to_degrees = _projection(graph, where)
    if to_degrees is not None and len(raw.lat):
        raw.lon, raw.lat = to_degrees.transform(raw.lon, raw.lat)
    return raw


def _projection(graph: Any, where: str) -> Any:
    """Return what converts the positions of a graph to WGS-84; None if they are in it."""
    given = graph.graph.get("crs")
    if given is None or str(given).strip().lower() in (WGS84, "4326", "wgs84", ""):
        return None
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        if isinstance(given, str) and len(given) > MOST_CRS:
            raise ProjError("too long")
        crs = CRS.from_user_input(given)
        return None if crs == CRS.from_user_input(WGS84) else Transformer.from_crs(crs, WGS84, always_xy=True)
    except ProjError:  # unknown, or of a building site and not of the Earth
        raise StreetsError(Fault("RO-228", where, got=shown(given))) from None


def _faults(graph: Any, where: str) -> list[Fault]:
    """List what a graph of streets must have and this one lacks."""
    if not all(hasattr(graph, key) for key in ("nodes", "edges", "graph", "is_directed")):
        return [Fault("RO-435", where, got=type(graph).__name__)]
    return [*_node_faults(graph, where), *_edge_faults(graph, where)]


def _node_faults(graph: Any, where: str) -> Iterator[Fault]:
    to_degrees, degrees = _projection(graph, where), 0
    for node, data in graph.nodes(data=True):
        x, y = (number(data.get(key), math.nan) for key in "xy")
        on_earth = abs(x) <= 180 and abs(y) <= 90
        degrees += on_earth
        if not (on_earth or (to_degrees is not None and math.isfinite(x + y))):
            got = f"x={data.get('x')}, y={data.get('y')}"[:80]
            yield Fault("RO-436", where, node=shown(node), got=got)
            return
    if to_degrees is not None and not to_degrees.source_crs.is_geographic and degrees == len(graph.nodes):
        yield Fault("RO-229", where, got=shown(graph.graph["crs"]))


def _edge_faults(graph: Any, where: str) -> Iterator[Fault]:
    edges = [(f"{u!r} → {v!r}", data) for u, v, data in graph.edges(data=True)]
    if edges and not any(data.get("highway") for _, data in edges):
        yield Fault("RO-437", where, edge=edges[0][0], got=shown(edges[0][1].get("highway")))
    for edge, data in edges:
        line = data.get("geometry")
        if not missing(line) and getattr(line, "geom_type", "") != "LineString":
            yield Fault("RO-230", where, edge=edge, got=getattr(line, "geom_type", None) or shown(line))
            return


def graph_of(net: StreetNetwork) -> networkx.MultiDiGraph[Any]:
    """See `StreetNetwork.to_networkx`."""
    import networkx as nx
    from shapely.geometry import LineString

    graph: networkx.MultiDiGraph[Any] = nx.MultiDiGraph(
        crs="epsg:4326",
        max_segment_m=max(MAX_SEGMENT_M, float(net.seg_length_m.max(initial=0.0)) + 1e-6),
        venues=[(venue.lat, venue.lon, venue.kind, venue.name) for venue in net.venues],
    )
    lat, lon = unproject(net, net.node_x, net.node_y)
    graph.add_nodes_from(
        (n, {"x": x, "y": y}) for n, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
    )
    lat, lon = unproject(net, net.geom_x, net.geom_y)
    for s in range(net.n_segments):
        part = slice(int(net.geom_ptr[s]), int(net.geom_ptr[s + 1]))
        line = np.column_stack([lon[part], lat[part]])
        kph = {mode: net.speed_kph[mode][s].tolist() for mode in MODES}
        name, ends = net.names[net.seg_name[s]], (int(net.seg_u[s]), int(net.seg_v[s]))
        data = {
            "osmid": s, "segment": s, "highway": net.classes[net.seg_class[s]],
            "length": float(net.seg_length_m[s]), "oneway": not any(back for _, back in kph.values()),
        } | ({"name": name} if name else {}) | ({} if net.stoppable[s] else {"stoppable": "no"})  # fmt: skip
        for back in (False, True):
            if not (back and data["oneway"]):
                u, v = ends[::-1] if back else ends
                more = {f"kph_{mode}": both[back] for mode, both in kph.items()}
                shape = LineString(line[::-1] if back else line)
                graph.add_edges_from([(u, v, {**data, "reversed": back, "geometry": shape, **more})])
    return graph
