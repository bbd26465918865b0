"""Legs as lines on the map, with the names of their streets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.arcs import TREES, Arcs
from routeopt.streets.cache import load
from routeopt.streets.network import Snap, StreetNetwork


@dataclass(frozen=True)
class LegPath:
    """One leg on the map."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    time_s: NDArray[np.float64]
    """Seconds after departure at each point."""
    streets: tuple[str, ...]
    """Names of the streets, in order, each once in a row; unnamed ones are left out."""
    street: NDArray[np.int32]
    """Street that leads to each point: index into the network's names."""


class Paths:
    """Legs as lines on the map; one shortest-path tree per origin, of `travel_table` where they are on disk."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        self.net, self.snap = net, snap
        self._graph = Arcs(net, mode, snap)
        self._trees: dict[int, NDArray[np.int32]] = {}
        if (trees := load(TREES, self._graph.given())) is not None:
            self._trees = dict(zip(np.flatnonzero(self._graph.place >= 0).tolist(), trees, strict=True))

    @cached_property
    def _latlon(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from routeopt.streets.network import unproject

        return unproject(self.net, self.net.geom_x, self.net.geom_y)

    def leg(self, i: int, k: int) -> LegPath:
        """Return the path from place ``i`` to place ``k``; it must exist."""
        graph, net = self._graph, self.net
        if i not in self._trees:
            self._trees[i] = graph.trees(graph.place[i : i + 1])[1][0]
        before, now = self._trees[i], 0.0
        nodes = [int(graph.place[k])]
        while nodes[-1] != graph.place[i]:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        lat, lon, when, street = [], [], [], []
        streets: list[str] = []
        for a, b in pairwise(nodes):
            span = slice(graph.ptr[a], graph.ptr[a + 1])
            arc = int(graph.ptr[a]) + int(np.flatnonzero(graph.head[span] == b)[0])
            s = int(graph.arc_segment[arc])
            name = net.names[net.seg_name[s]]
            if name and (not streets or streets[-1] != name):
                streets.append(name)
            la, lo, part = self._piece(s, float(graph.arc_begin[arc]), float(graph.arc_end[arc]))
            lat.append(la)
            lon.append(lo)
            then = now + float(graph.seconds[arc])
            when.append(now + part * (then - now))
            now = then
            street.append(np.full(len(la), net.seg_name[s], dtype=np.int32))
        if not lat:
            return LegPath(np.empty(0), np.empty(0), np.empty(0), (), np.empty(0, np.int32))
        line = np.concatenate(lat), np.concatenate(lon), np.concatenate(when)
        return LegPath(*line, tuple(streets), np.concatenate(street))

    def _piece(
        self, s: int, begin: float, end: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the points of segment ``s`` between two shares of its length, in the direction of travel."""
        net = self.net
        part = slice(int(net.geom_ptr[s]), int(net.geom_ptr[s + 1]))
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(net.geom_x[part]), np.diff(net.geom_y[part])))])
        along /= max(float(along[-1]), 1e-9)
        low, high = min(begin, end), max(begin, end)
        at = np.concatenate([[low], along[(along > low) & (along < high)], [high]])
        if end < begin:
            at = at[::-1]
        lat, lon = self._latlon[0][part], self._latlon[1][part]
        return np.interp(at, along, lat), np.interp(at, along, lon), (at - begin) / (end - begin or 1.0)
