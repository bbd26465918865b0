"""Ways and venues as read, before they are cut into segments; reading them from a networkx graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from routeopt.errors import Message
from routeopt.streets.network import MODES, Venue
from routeopt.streets.tags import KEPT, USED_TAGS

VENUE_KEYS = ("amenity", "shop", "leisure", "tourism", "railway", "public_transport")
YES = frozenset({"True", "true", "yes", "1"})


@dataclass
class RawStreets:
    """Ways and venues as read, before they are cut into segments."""

    ways: list[tuple[list[int], Mapping[str, str]]] = field(default_factory=list)
    """(node ids in order, tags)."""
    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Node id → (lat, lon)."""
    venues: list[Venue] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    kph: dict[int, dict[str, tuple[float, float]]] = field(default_factory=dict)
    """Index of a way → mode → speed forward and backward, km/h, where it is known better than from tags."""


def venue_kind(tags: Mapping[str, str]) -> str | None:
    """Return the OSM class of a venue; None for tags that are not a venue's."""
    for key in VENUE_KEYS:
        value = tags.get(key)
        if value and (key != "railway" or value in ("station", "subway_entrance", "halt")):
            return f"{key}={value}"
    return None


def raw_of_graph(graph: Any) -> RawStreets:
    """Read a networkx graph in osmnx's form (x, y on nodes; highway, name, oneway, geometry on edges).

    Both directions of a street become one way. Edges may say how fast each mode goes (``kph_foot``, …).
    """
    raw = RawStreets()
    ids = {node: n for n, node in enumerate(graph.nodes)}
    for node, data in graph.nodes(data=True):
        raw.nodes[ids[node]] = (float(data["y"]), float(data["x"]))
    for u, v, data, back in _streets(graph):
        tags = {k: _first(data[k]) for k in USED_TAGS if k in data and not _missing(data[k])}
        if tags.get("highway") not in KEPT or tags.get("area") == "yes":
            continue
        refs = [ids[u]]
        line: Any = data.get("geometry")
        for lon, lat, *_ in [] if _missing(line) else list(line.coords)[1:-1]:
            extra = len(raw.nodes)
            raw.nodes[extra] = (lat, lon)
            refs.append(extra)
        refs.append(ids[v])
        oneway = tags.get("oneway", "no")
        tags["oneway"] = "yes" if oneway in YES else oneway if oneway in ("-1", "reverse") else "no"
        ahead, behind = _kph(data), _kph(back)
        if ahead:
            raw.kph[len(raw.ways)] = {mode: (kph, behind.get(mode, 0.0)) for mode, kph in ahead.items()}
        raw.ways.append((refs, tags))
    return raw


def _streets(graph: Any) -> Iterator[tuple[Any, Any, dict[str, Any], dict[str, Any]]]:
    """Yield (u, v, edge, reverse edge or nothing) of each street once, in the order of ``segment``."""
    found: list[list[Any]] = []
    waiting: dict[tuple[Any, ...], list[int]] = {}
    for u, v, data in graph.edges(data=True):
        if not graph.is_directed() and _against(graph, u, v, data):
            u, v = v, u
        alone = "segment" not in data and ("oneway" in data and _first(data["oneway"]) in YES)
        same = (_osmids(data), round(float(_first(data.get("length", 0))), 1))
        others = waiting.get((v, u, same), []) if graph.is_directed() and not alone else []
        if others:
            street = found[others.pop()]
            if _first(data.get("reversed", True)) in YES:
                street[3] = data
            else:  # the first one met was the backward one
                street[:] = [u, v, data, street[2]]
        else:
            if not alone:
                waiting.setdefault((u, v, same), []).append(len(found))
            found.append([u, v, data, {}])
    counts = Counter("segment" in street[2] for street in found)
    if not counts[False]:
        found.sort(key=lambda street: int(street[2]["segment"]))
    for u, v, data, back in found:
        yield u, v, data, back


def _against(graph: Any, u: Any, v: Any, data: Mapping[str, Any]) -> bool:
    """Return whether an undirected edge, met as u → v, was drawn from v to u."""
    if "from" in data and "to" in data:
        return bool(data["from"] == v and data["to"] == u)
    if _missing(data.get("geometry")):
        return False
    x, y = data["geometry"].coords[0][:2]
    near, far = (abs(graph.nodes[n]["x"] - x) + abs(graph.nodes[n]["y"] - y) for n in (u, v))
    return bool(far < near)


def _osmids(data: Mapping[str, Any]) -> frozenset[str]:
    ids = data.get("segment", data.get("osmid"))
    return frozenset(map(str, ids)) if isinstance(ids, (list, tuple)) else frozenset([str(ids)])


def _kph(data: Mapping[str, Any]) -> dict[str, float]:
    return {mode: float(_first(data[f"kph_{mode}"])) for mode in MODES if f"kph_{mode}" in data}


def _missing(value: Any) -> bool:
    """Return whether a value is None, or NaN as tables have it."""
    return value is None or (isinstance(value, float) and value != value)


def _first(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    return str(value)
