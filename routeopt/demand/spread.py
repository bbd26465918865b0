"""Spreading weights along the streets, so that a river or a wall without a street stops them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from routeopt.streets.network import StreetNetwork

BATCH = 100
"""Sources per shortest-path call."""


def kernel(net: StreetNetwork, segment: NDArray[np.int32], bandwidth_m: NDArray[np.float64] | float) -> csr_array:
    """Shares of each source's weight that fall on each segment, (n_segments, n_sources); columns sum to 1.

    Sources lie in the middle of their segments. Distances run along the streets between the middles of
    segments, on foot (both ways); the share falls as the quartic kernel (1 − (d/bandwidth)²)², times the
    segment's length.
    """
    n_sources = len(segment)
    bandwidths = np.broadcast_to(np.asarray(bandwidth_m, dtype=np.float64), (n_sources,))
    u, v, length = net.seg_u, net.seg_v, net.seg_length_m
    n_nodes = len(net.node_x)
    order = np.lexsort((length, np.maximum(u, v), np.minimum(u, v)))
    a, b = np.minimum(u, v)[order], np.maximum(u, v)[order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(a) != 0) | (np.diff(b) != 0)  # the shortest of parallel streets
    weights = np.maximum(length[order][first], 1e-6)
    # every source segment's middle is a node of its own, half a segment from both ends
    sources, which = np.unique(segment, return_inverse=True)
    middle = n_nodes + np.arange(len(sources))
    half = np.maximum(length[sources] / 2, 1e-6)
    size = n_nodes + len(sources)
    graph = coo_array(
        (
            np.concatenate([weights, half, half]),
            (np.concatenate([a[first], middle, middle]), np.concatenate([b[first], u[sources], v[sources]])),
        ),
        shape=(size, size),
    ).tocsr()
    graph = graph + graph.T  # each arc is there once, so nothing is added up
    limit = np.zeros(len(sources))
    np.maximum.at(limit, which, bandwidths)
    rows, columns, shares = [], [], []
    by_source: list[list[int]] = [[] for _ in sources]
    for k, s in enumerate(which):
        by_source[s].append(k)
    at = _incidence(net)
    for start in range(0, len(sources), BATCH):
        part = np.arange(start, min(start + BATCH, len(sources)))
        distance = dijkstra(graph, indices=middle[part], limit=float(limit[part].max()))[:, :n_nodes]
        for row, s in enumerate(part):
            near = np.flatnonzero(np.isfinite(distance[row]))
            touched = np.union1d(at[near].indices, sources[s : s + 1])
            ends = np.minimum(distance[row, u[touched]], distance[row, v[touched]])
            away = ends + length[touched] / 2
            away[touched == sources[s]] = 0.0
            for k in by_source[s]:
                share = np.maximum(1 - (away / bandwidths[k]) ** 2, 0.0) ** 2 * np.maximum(length[touched], 1.0)
                kept = share > 0
                rows.append(touched[kept])
                columns.append(np.full(int(kept.sum()), k))
                shares.append(share[kept] / share.sum())
    if not rows:
        return csr_array((net.n_segments, n_sources))
    return csr_array(
        (np.concatenate(shares), (np.concatenate(rows), np.concatenate(columns))),
        shape=(net.n_segments, n_sources),
    )


def _incidence(net: StreetNetwork) -> csr_array:
    """(n_nodes, n_segments) 1 where the segment touches the node."""
    both = np.tile(np.arange(net.n_segments), 2)
    ends = np.concatenate([net.seg_u, net.seg_v])
    return coo_array(
        (np.ones(len(both), dtype=np.int8), (ends, both)), shape=(len(net.node_x), net.n_segments)
    ).tocsr()
