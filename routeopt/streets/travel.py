"""Travel between snapped places: times, lengths, the segments passed, and the paths with street names.

Every place becomes a node of its own, put into its segment in order, so that a path may begin, end and
pass anywhere along a street. Shortest paths by time are scipy's Dijkstra; parallel arcs are reduced to the
fastest first, because scipy would add them up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept, load, store
from routeopt.streets.network import Snap, StreetNetwork

BATCH = 64
"""Sources per call: their trees are held in memory at once."""
MOST_TREES = 16_000_000
"""Nodes of all places' trees together beyond which they are not kept on disk."""
TREES = "trees"
LEAST_S = 1e-6
"""A zero weight would make an arc vanish."""


@dataclass(frozen=True)
class TravelTable:
    """Between n places; row i·n + k of the CSR arrays is the leg i → k."""

    time_s: NDArray[np.float64]
    """(n, n) travel time, seconds; inf without a way."""
    length_m: NDArray[np.float64]
    """(n, n) length of the fastest path, metres."""
    ptr: NDArray[np.int64]
    """(n² + 1,) CSR pointer."""
    segment: NDArray[np.int32]
    """Segments traversed from end to end, in order; part segments at both ends are left out."""
    enter_s: NDArray[np.float32]
    """Seconds after departure at which each is entered."""
    leave_s: NDArray[np.float32]
    """Seconds after departure at which each is left."""


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


class _Graph:
    """A mode's arcs with the places put in."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        n_nodes, n = len(net.node_x), len(snap.segment)
        self.place = np.where(snap.segment >= 0, n_nodes + np.arange(n), -1)
        order = np.lexsort((snap.offset_m, snap.segment))
        order = order[snap.segment[order] >= 0]
        # positions along every segment that carries places: first node, places in order, last node
        split: dict[int, list[int]] = {}
        for p in order:
            split.setdefault(int(snap.segment[p]), []).append(int(p))
        whole = net.usable[mode].copy()
        whole[list(split)] = False
        segs = np.flatnonzero(whole)
        a, b = [net.seg_u[segs].astype(np.int64)], [net.seg_v[segs].astype(np.int64)]
        seg, begin, end = [segs], [np.zeros(len(segs))], [np.ones(len(segs))]
        for s, places in split.items():
            length = max(float(net.seg_length_m[s]), 1e-9)
            marks = [0.0, *np.clip(snap.offset_m[places] / length, 0.0, 1.0).tolist(), 1.0]
            nodes = [int(net.seg_u[s]), *(n_nodes + p for p in places), int(net.seg_v[s])]
            a.append(np.array(nodes[:-1]))
            b.append(np.array(nodes[1:]))
            seg.append(np.full(len(nodes) - 1, s))
            begin.append(np.array(marks[:-1]))
            end.append(np.array(marks[1:]))
        tail, head, segment = np.concatenate(a), np.concatenate(b), np.concatenate(seg)
        begins, ends = np.concatenate(begin), np.concatenate(end)
        share = ends - begins
        kph = net.speed_kph[mode][segment]
        metres = share * net.seg_length_m[segment]
        rows, columns, seconds, ids, start, stop = [], [], [], [], [], []
        for way, (f, t, p, q) in enumerate(((tail, head, begins, ends), (head, tail, ends, begins))):
            ok = kph[:, way] > 0
            rows.append(f[ok])
            columns.append(t[ok])
            seconds.append(np.maximum(metres[ok] / (kph[ok, way] / 3.6), LEAST_S))
            ids.append(segment[ok])
            start.append(p[ok])
            stop.append(q[ok])
        row, column, second = np.concatenate(rows), np.concatenate(columns), np.concatenate(seconds)
        best = np.lexsort((second, column, row))
        first = np.ones(len(best), dtype=np.bool_)
        first[1:] = (np.diff(row[best]) != 0) | (np.diff(column[best]) != 0)
        best = best[first]
        self.n = n_nodes + n
        self.arc_segment = np.concatenate(ids)[best].astype(np.int32)
        self.arc_begin, self.arc_end = np.concatenate(start)[best], np.concatenate(stop)[best]
        self.arc_share = np.abs(self.arc_end - self.arc_begin)
        self.ptr = np.searchsorted(row[best], np.arange(self.n + 1)).astype(np.int32)
        self.head = column[best].astype(np.int32)
        self.seconds = second[best]
        self.metres = self.arc_share * net.seg_length_m[self.arc_segment]

    def trees(self, sources: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Compute seconds to every node, and the node before it (−1 for none), from each source node."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        matrix = csr_array((self.seconds, self.head, self.ptr), shape=(self.n, self.n))
        seconds, before = dijkstra(matrix, indices=sources, return_predecessors=True)
        return seconds, np.where(before < 0, -1, before).astype(np.int32)

    def arcs(self) -> tuple[NDArray[Any], ...]:
        """Return everything that the trees follow from."""
        return self.ptr, self.head, self.seconds, self.place


def travel_table(net: StreetNetwork, mode: str, snap: Snap, step_s: int) -> TravelTable:  # noqa: ARG001
    """Compute the fastest paths of ``mode`` between all snapped places, or take them from the disk.

    A place with segment −1 has no way to or from any other.
    """
    return _kept_travel(net, mode, snap)


def compute_travel(net: StreetNetwork, mode: str, snap: Snap) -> TravelTable:
    """See `travel_table`."""
    from routeopt.kernels.streets.paths import passages

    graph = _Graph(net, mode, snap)
    n = len(snap.segment)
    time_s, length_m = np.full((n, n), np.inf), np.full((n, n), np.inf)
    np.fill_diagonal(time_s, 0.0)
    np.fill_diagonal(length_m, 0.0)
    on = np.flatnonzero(graph.place >= 0)
    targets = graph.place[on]
    counts = np.zeros((n, n), dtype=np.int64)
    chunks: dict[int, NDArray[np.float64]] = {}
    trees: list[NDArray[np.int32]] = []
    arc_key = np.repeat(np.arange(graph.n), np.diff(graph.ptr)).astype(np.int64) * graph.n + graph.head
    for first in range(0, len(on), BATCH):
        sources = on[first : first + BATCH]
        seconds, before = graph.trees(graph.place[sources])
        if len(on) * graph.n <= MOST_TREES:
            trees.append(before)
        for row, i in enumerate(sources):
            time_s[i, on] = seconds[row, targets]
            metres = _lengths(graph, arc_key, seconds[row], before[row])
            length_m[i, on] = metres[targets]
            empty = np.zeros((1, 3))
            args = (before[row], seconds[row], targets, graph.ptr, graph.head, graph.arc_segment, graph.arc_share)
            found = passages(*args, True, np.zeros(1, np.int64), empty)
            out = np.empty((int(found.sum()), 3))
            passages(*args, False, np.cumsum(found) - found, out)
            counts[i, on] = found
            chunks[int(i)] = out
    if trees:
        store(np.concatenate(trees), TREES, graph.arcs())
    items = np.concatenate([chunks[int(i)] for i in on]) if len(on) else np.empty((0, 3))
    return TravelTable(
        time_s=time_s,
        length_m=length_m,
        ptr=np.concatenate([[0], np.cumsum(counts.reshape(-1))]).astype(np.int64),
        segment=items[:, 0].astype(np.int32),
        enter_s=items[:, 1].astype(np.float32),
        leave_s=items[:, 2].astype(np.float32),
    )


_kept_travel = kept("travel", TravelTable)(compute_travel)


def _lengths(
    graph: _Graph, arc_key: NDArray[np.int64], seconds: NDArray[np.float64], before: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Compute the metres of the fastest path to every node, by pointer doubling along the tree."""
    nodes = np.flatnonzero(before >= 0)
    metres = np.zeros(graph.n)
    arc = np.searchsorted(arc_key, before[nodes].astype(np.int64) * graph.n + nodes)
    metres[nodes] = graph.metres[arc]
    jump = before.copy()
    while (live := np.flatnonzero(jump >= 0)).size:
        metres[live] += metres[jump[live]]
        jump[live] = jump[jump[live]]
    metres[~np.isfinite(seconds)] = np.inf
    return metres


class Paths:
    """Legs as lines on the map; one shortest-path tree per origin, of `travel_table` where they are on disk."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        self.net, self.snap = net, snap
        self._graph = _Graph(net, mode, snap)
        self._trees: dict[int, NDArray[np.int32]] = {}
        if (trees := load(TREES, self._graph.arcs())) is not None:
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
