"""Convert street networks from and to networkx graphs in osmnx's form, for exchange with other libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from routeopt.errors import Fault, StreetsError
from routeopt.guard import shown
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.streets.network import MODES, StreetNetwork, Venue, unproject
from routeopt.streets.osm import network_of
from routeopt.streets.raw import raw_of_graph

if TYPE_CHECKING:
    import networkx

MAX_SEGMENT_M = 120.0
"""Greatest segment length for graphs that do not give one, metres."""


def from_graph(
    graph: networkx.Graph[Any],
    max_segment_m: float | None = None,
    speeds_kph: Mapping[str, float] | None = None,
) -> StreetNetwork:
    """See `StreetNetwork.from_networkx`."""
    faults = _faults(graph)
    if faults:
        raise StreetsError(faults)
    raw = raw_of_graph(graph)
    if not raw.ways:
        raise StreetsError(Fault("RO-424", "graph"))
    raw.venues = [Venue(*venue) for venue in graph.graph.get("venues", ())]
    most = float(graph.graph.get("max_segment_m", MAX_SEGMENT_M)) if max_segment_m is None else max_segment_m
    return network_of(raw, most, {**SPEEDS_KPH, **(speeds_kph or {})}, "graph")


def _faults(graph: Any) -> list[Fault]:
    """List what a graph of streets must have and this one lacks."""
    if not all(hasattr(graph, key) for key in ("nodes", "edges", "graph", "is_directed")):
        return [Fault("RO-435", "graph", got=type(graph).__name__)]
    faults = []
    for node, data in graph.nodes(data=True):
        try:
            x, y = float(data["x"]), float(data["y"])
            sound = abs(x) <= 180 and abs(y) <= 90
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            got = f"x={data.get('x')}, y={data.get('y')}"
            faults.append(Fault("RO-436", "graph", node=shown(node), got=got))
            break
    for u, v, data in graph.edges(data=True):
        if not data.get("highway"):
            faults.append(Fault("RO-437", "graph", edge=f"{u!r} → {v!r}", got=shown(data.get("highway"))))
            break
    return faults


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
        } | ({"name": name} if name else {})  # fmt: skip
        for back in (False, True):
            if not (back and data["oneway"]):
                u, v = ends[::-1] if back else ends
                more = {f"kph_{mode}": both[back] for mode, both in kph.items()}
                shape = LineString(line[::-1] if back else line)
                graph.add_edges_from([(u, v, {**data, "reversed": back, "geometry": shape, **more})])
    return graph
