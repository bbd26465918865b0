"""The fastest way between two places, against scipy's shortest paths in the same graph."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from routeopt.kernels.streets.fastest import Graph, Labels, fastest_way


@pytest.fixture(scope="module")
def graph():
    """60 nodes, each a place, arcs between some of them in one direction, of times that tell ways apart."""
    rng = np.random.default_rng(5)
    n = 60
    arcs = np.unique(rng.integers(0, n - 4, (160, 2)), axis=0)
    arcs = arcs[arcs[:, 0] != arcs[:, 1]]
    seconds = rng.uniform(1, 9, len(arcs))
    tail, head = np.ascontiguousarray(arcs.T.astype(np.int32))
    ptr = np.searchsorted(tail, np.arange(n + 1)).astype(np.int64)
    every = np.arange(len(tail), dtype=np.int32)
    place = np.arange(n, dtype=np.int32)[::-1].copy()
    return Graph(ptr, every, tail, head, seconds, seconds, every, np.ones(len(tail)), place, False)


def test_ways_are_shortest_paths_and_the_room_is_left_as_it_was(graph):
    n, most = len(graph.place), len(graph.arc) + 2
    between = dijkstra(coo_array((graph.seconds, (graph.tail, graph.head)), shape=(n, n)).tocsr())
    nodes = np.zeros((3, n), dtype=np.int32)
    rows = np.full(n, np.inf), np.zeros(n), nodes[0], nodes[1], np.zeros(most), np.zeros(most, np.int32), nodes[2]
    labels = Labels(*rows)
    found = 0
    for source in range(n):
        for target in range(n):
            way = fastest_way(graph, labels, source, target, np.zeros(n, np.int32))
            assert np.isinf(labels.time).all()
            if source == target or not np.isfinite(between[source, target]):
                assert not len(way)
                continue
            found += 1
            assert (graph.tail[way[0]], graph.head[way[-1]]) == (source, target)
            assert (graph.head[way[:-1]] == graph.tail[way[1:]]).all()
            assert graph.seconds[way].sum() == pytest.approx(between[source, target])
    assert 500 < found < n * (n - 1) - 500
