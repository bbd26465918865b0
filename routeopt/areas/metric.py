"""Distances between the items that areas are made of: along streets, or given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BATCH = 256
"""Sources per call of the kernel: Ctrl-C comes between calls."""
THREADS = 2


@dataclass(frozen=True)
class Near:
    """Items near each source (CSR over sources), with their distances."""

    ptr: Ints
    item: NDArray[np.int32]
    distance: NDArray[np.float32]


class Metric(Protocol):
    """Distances between n items, the same both ways."""

    @property
    def n(self) -> int:
        """Number of items."""

    def near(self, sources: Ints, limit: Floats) -> Near:
        """Find the items within a limit of each source, itself included."""

    def worthy(self, sources: Ints, limit: Floats, worth: Floats) -> Near:
        """Find, of each source, the items whose distance less their worth is within a limit, and itself."""


@dataclass(frozen=True, eq=False)
class StreetMetric:
    """Distances along the streets, in either direction, from the middle of a segment to the middle of another."""

    u: NDArray[np.int32]
    """(n,) first node of each segment."""
    v: NDArray[np.int32]
    """(n,) last node."""
    length_m: Floats
    """(n,) at least 1e-6."""

    @property
    def n(self) -> int:
        """Number of segments."""
        return len(self.u)

    @cached_property
    def _n_nodes(self) -> int:
        return int(max(self.u.max(initial=-1), self.v.max(initial=-1))) + 1

    @cached_property
    def _graph(self) -> tuple[NDArray[Any], ...]:
        """CSR of the streets as `network_distance` takes it."""
        ends, other = np.concatenate([self.u, self.v]), np.concatenate([self.v, self.u])
        order = np.argsort(ends, kind="stable")
        ptr = np.concatenate([[0], np.cumsum(np.bincount(ends))])
        segment = np.tile(np.arange(self.n, dtype=np.int32), 2)[order]
        return ptr, other[order], np.tile(self.length_m, 2)[order], ptr, segment, self.u, self.v, self.length_m / 2

    @cached_property
    def neighbours(self) -> tuple[Ints, Ints]:
        """CSR of the segments that share a node with each segment, but for itself: pointer and segments."""
        from scipy.sparse import csr_array

        one = np.ones(2 * self.n, dtype=np.int32)
        rows, columns = np.tile(np.arange(self.n), 2), np.concatenate([self.u, self.v])
        at = csr_array((one, (rows, columns)))
        both = (at @ at.T).tocoo()
        apart = both.row != both.col
        touch = csr_array((one[:1].repeat(int(apart.sum())), (both.row[apart], both.col[apart])), (self.n, self.n))
        touch.sort_indices()
        return touch.indptr.astype(np.int64), touch.indices.astype(np.int64)

    @cached_property
    def parts(self) -> Ints:
        """(n,) the part of the streets that each segment belongs to; no street joins two parts."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        n_nodes = self._n_nodes
        graph = coo_array((np.ones(self.n, dtype=np.int8), (self.u, self.v)), shape=(n_nodes, n_nodes))
        label = connected_components(graph.tocsr(), directed=False)[1][self.u]
        return np.unique(label, return_inverse=True)[1].astype(np.int64)

    def near(self, sources: Ints, limit: Floats) -> Near:
        """See `Metric.near`."""
        return self._within(sources, limit, np.zeros(self._n_nodes), np.zeros(self.n))

    def worthy(self, sources: Ints, limit: Floats, worth: Floats) -> Near:
        """See `Metric.worthy`; items of worth −∞ are left out."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        n = self._n_nodes
        some = np.flatnonzero(np.isfinite(worth))
        top = float(worth[some].max(initial=0.0)) + 1.0
        # one more node, from which each segment's ends are as far as it is worth less than the top
        least = np.full(n, np.inf)
        for end in (self.u, self.v):
            np.minimum.at(least, end[some], top - worth[some] + self.length_m[some] / 2)
        met = np.flatnonzero(np.isfinite(least))
        shortest = _shortest(self.u, self.v, self.length_m)
        rows = np.concatenate([shortest[0], np.full(len(met), n)])
        columns, metres = np.concatenate([shortest[1], met]), np.concatenate([shortest[2], least[met]])
        graph = csr_array((metres, (rows, columns)), shape=(n + 1, n + 1))
        best = top - dijkstra(graph, directed=True, indices=n)[:n]
        return self._within(sources, limit, best, worth)

    def _within(self, sources: Ints, limit: Floats, node_off: Floats, segment_off: Floats) -> Near:
        """Run the kernel in batches, on several threads."""
        from routeopt.kernels.streets.network_distance import network_distance

        def run(a: int) -> tuple[NDArray[Any], ...]:
            some = sources[a : a + BATCH].astype(np.int32)
            found: tuple[NDArray[Any], ...] = network_distance(
                *self._graph, some, limit[a : a + BATCH], node_off, segment_off
            )
            return found

        cuts = range(0, len(sources), BATCH)
        if len(cuts) < 2:
            return Near(*run(0))
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(run, cuts))
        count = np.concatenate([np.diff(ptr) for ptr, _, _ in found])
        ptr = np.concatenate([[0], np.cumsum(count)])
        return Near(ptr, np.concatenate([f[1] for f in found]), np.concatenate([f[2] for f in found]))


@dataclass(frozen=True, eq=False)
class GivenMetric:
    """Distances from a table."""

    distance: Floats
    """(n, n), the same both ways; infinite where there is no way."""

    @property
    def n(self) -> int:
        """Number of items."""
        return len(self.distance)

    def near(self, sources: Ints, limit: Floats) -> Near:
        """See `Metric.near`."""
        return self.worthy(sources, limit, np.zeros(self.n))

    def worthy(self, sources: Ints, limit: Floats, worth: Floats) -> Near:
        """See `Metric.worthy`."""
        found = self.distance[sources]
        inside = found - worth < limit[:, None]
        inside[np.arange(len(sources)), sources] = True
        ptr = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
        return Near(ptr, np.nonzero(inside)[1].astype(np.int32), found[inside].astype(np.float32))


def table(metric: Metric, centres: Ints) -> Floats:
    """Return the distance from each item to each centre, (n, n_areas); infinite where there is no way."""
    near = metric.near(centres, np.full(len(centres), np.inf))
    found = np.full((metric.n, len(centres)), np.inf)
    found[near.item, np.repeat(np.arange(len(centres)), np.diff(near.ptr))] = near.distance
    return found


def _shortest(u: NDArray[np.int32], v: NDArray[np.int32], metres: Floats) -> tuple[Ints, Ints, Floats]:
    """Return the shortest street between any two nodes, both ways: a sparse matrix would add parallel ones up."""
    a, b = np.minimum(u, v).astype(np.int64), np.maximum(u, v).astype(np.int64)
    order = np.lexsort((metres, b, a))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(a[order]) != 0) | (np.diff(b[order]) != 0)
    kept = order[first]
    kept = kept[a[kept] != b[kept]]
    return np.concatenate([a[kept], b[kept]]), np.concatenate([b[kept], a[kept]]), np.tile(metres[kept], 2)
