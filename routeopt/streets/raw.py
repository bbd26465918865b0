"""Ways and venues as read, before they are cut into segments; reading them from a networkx graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message
from routeopt.streets.network import MODES, Venue
from routeopt.streets.tags import BARRIER_TAGS, KEPT, USED_TAGS, closed_by

VENUE_KEYS = ("amenity", "shop", "leisure", "tourism", "railway", "public_transport")
YES = frozenset({"true", "yes", "1"})


@dataclass
class RawStreets:
    """Ways and venues as read, before they are cut into segments; way *w* is ``node[first[w] : first[w + 1]]``."""

    lat: NDArray[np.float64]
    """(n_nodes,) degrees (WGS-84)."""
    lon: NDArray[np.float64]
    first: NDArray[np.int64]
    """(n_ways + 1,) CSR pointer into ``node``; every way has two nodes or more."""
    node: NDArray[np.int64]
    """Nodes of the ways, in order: indices into ``lat`` and ``lon``."""
    kind: NDArray[np.int64]
    """(n_ways,) index into ``tags``."""
    tags: Sequence[Mapping[str, str]]
    """The tags that ways have, each once."""
    venues: list[Venue] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    kph: dict[int, dict[str, tuple[float, float]]] = field(default_factory=dict)
    """Way → mode → speed forward and backward, km/h, where it is known better than from tags."""
    barriers: dict[int, frozenset[str]] = field(default_factory=dict)
    """Node → modes that a barrier there closes the street to."""
    closed: dict[int, frozenset[str]] = field(default_factory=dict)
    """Way → modes that it is closed to, whatever its tags say."""

    @classmethod
    def of(
        cls, nodes: Mapping[int, tuple[float, float]], ways: Sequence[tuple[Sequence[int], Mapping[str, str]]]
    ) -> RawStreets:
        """The streets of nodes by their ids (latitude, longitude) and of ways (ids in order, tags)."""
        place = np.array(list(nodes.values()), dtype=np.float64).reshape(-1, 2)
        index = {node: n for n, node in enumerate(nodes)}
        lines, tags = [[index[ref] for ref in refs] for refs, _ in ways], [tags for _, tags in ways]
        return cls(
            lat=place[:, 0].copy(), lon=place[:, 1].copy(),
            first=np.cumsum([0, *map(len, lines)], dtype=np.int64),
            node=np.fromiter(chain.from_iterable(lines), np.int64), kind=np.arange(len(tags)), tags=tags,
        )  # fmt: skip

    @property
    def n_ways(self) -> int:
        """Number of ways."""
        return len(self.kind)


def venue_kind(tags: Mapping[str, str]) -> str | None:
    """Return the OSM class of a venue; None for tags that are not a venue's."""
    for key in VENUE_KEYS:
        value = tags.get(key)
        if value and (key != "railway" or value in ("station", "subway_entrance", "halt")):
            return f"{key}={value}"
    return None


def raw_of_graph(graph: Any) -> RawStreets:
    """Read a networkx graph in osmnx's form (x, y on nodes; highway, name, oneway, geometry on edges).

    Both directions of a street become one way. Edges may say how fast each mode goes (``kph_foot``, …), and
    whether a team may stop (``stoppable``). Values may be text, as in files.
    """
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    barriers: dict[int, frozenset[str]] = {}
    kph: dict[int, dict[str, tuple[float, float]]] = {}
    ids = {node: n for n, node in enumerate(graph.nodes)}
    for node, data in graph.nodes(data=True):
        nodes[ids[node]] = (float(data["y"]), float(data["x"]))
        if not missing(data.get("barrier")) and (closed := closed_by(_tags(data, BARRIER_TAGS))):
            barriers[ids[node]] = closed
    for u, v, data, back in _streets(graph):
        tags = _tags(data, USED_TAGS | {"stoppable"})
        if tags.get("highway") not in KEPT:
            continue
        refs = [ids[u]]
        line: Any = data.get("geometry")
        for lon, lat, *_ in [] if missing(line) else list(line.coords)[1:-1]:
            refs.append(len(nodes))
            nodes[refs[-1]] = (lat, lon)
        refs.append(ids[v])
        oneway = tags.get("oneway", "no").lower()
        tags["oneway"] = "yes" if oneway in YES else oneway if oneway in ("-1", "reverse") else "no"
        ahead, behind = _kph(data), _kph(back)
        if ahead:
            kph[len(ways)] = {mode: (fast, behind.get(mode, 0.0)) for mode, fast in ahead.items()}
        ways.append((refs, tags))
    raw = RawStreets.of(nodes, ways)
    raw.barriers, raw.kph = barriers, kph
    return raw


def _tags(data: Mapping[str, Any], keys: frozenset[str]) -> dict[str, str]:
    return {key: _first(data[key]) for key in sorted(keys & data.keys()) if not missing(data[key])}


def _streets(graph: Any) -> Iterator[tuple[Any, Any, dict[str, Any], dict[str, Any]]]:
    """Yield (u, v, edge, reverse edge or nothing) of each street once, in the order of ``segment``."""
    found: list[list[Any]] = []
    waiting: dict[tuple[Any, ...], list[int]] = {}
    for u, v, data in graph.edges(data=True):
        if not graph.is_directed() and _against(graph, u, v, data):
            u, v = v, u
        alone = "segment" not in data and _yes(data.get("oneway"))
        same = (_osmids(data), round(number(data.get("length"), 0.0), 1))
        others = waiting.get((v, u, same), []) if graph.is_directed() and not alone else []
        if others:
            street = found[others.pop()]
            if _yes(data.get("reversed", True)):
                street[3] = data
            else:  # the first one met was the backward one
                street[:] = [u, v, data, street[2]]
        else:
            if not alone:
                waiting.setdefault((u, v, same), []).append(len(found))
            found.append([u, v, data, {}])
    counts = Counter("segment" in street[2] for street in found)
    if not counts[False]:
        found.sort(key=lambda street: number(street[2]["segment"], 0.0))
    for u, v, data, back in found:
        yield u, v, data, back


def _against(graph: Any, u: Any, v: Any, data: Mapping[str, Any]) -> bool:
    """Return whether an undirected edge, met as u → v, was drawn from v to u."""
    if missing(data.get("geometry")):
        return u != v and (str(data.get("from")), str(data.get("to"))) == (str(v), str(u))
    x, y = data["geometry"].coords[0][:2]
    near, far = (abs(float(graph.nodes[n]["x"]) - x) + abs(float(graph.nodes[n]["y"]) - y) for n in (u, v))
    return bool(far < near)


def _osmids(data: Mapping[str, Any]) -> frozenset[str]:
    ids = data.get("segment", data.get("osmid"))
    return frozenset(map(str, ids)) if isinstance(ids, (list, tuple)) else frozenset([str(ids)])


def _kph(data: Mapping[str, Any]) -> dict[str, float]:
    return {mode: number(data[f"kph_{mode}"], 0.0) for mode in MODES if f"kph_{mode}" in data}


def number(value: Any, otherwise: float) -> float:
    """Return the first value as a number; ``otherwise`` without one that is finite."""
    try:
        found = float(_first(value))
    except ValueError:
        return otherwise
    return found if math.isfinite(found) else otherwise


def missing(value: Any) -> bool:
    """Return whether a value is None, or NaN as tables have it."""
    return value is None or (isinstance(value, float) and value != value)


def _yes(value: Any) -> bool:
    return _first(value).lower() in YES


def _first(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    return str(value)
