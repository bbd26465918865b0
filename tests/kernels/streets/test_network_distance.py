"""Segments within a distance, against scipy's shortest paths on the same streets."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from routeopt.demand.forecast.spread import reach
from routeopt.scenario.model import SPEEDS_KPH
from routeopt.streets.osm import network_of
from routeopt.streets.raw import RawStreets


@pytest.fixture(scope="module")
def town():
    """A grid with holes and a street twice between the same corners."""
    rng = np.random.default_rng(2)
    nodes, ways = {}, []
    for r in range(9):
        for c in range(9):
            nodes[9 * r + c] = (26 + r * 0.001 + rng.normal(0, 1e-4), 119 + c * 0.001 + rng.normal(0, 1e-4))
    pairs = [(n, n + 1) for n in range(80) if n % 9 < 8] + [(n, n + 9) for n in range(72)]
    for n, keep in zip(range(len(pairs)), rng.random(len(pairs)) < 0.8, strict=True):
        if keep:
            ways.append((list(pairs[n]), {"highway": "residential"}))
    nodes[99] = (26.0005, 119.0008)
    ways.append(([0, 99, 1], {"highway": "service"}))
    return network_of(RawStreets.of(nodes, ways), 60.0, SPEEDS_KPH)


@pytest.mark.parametrize("limit", [30.0, 250.0, 900.0])
def test_distances_are_those_of_shortest_paths(town, limit):
    net, n = town, len(town.node_x)
    half = net.seg_length_m / 2
    order = np.argsort(-net.seg_length_m, kind="stable")
    dense = np.full((n, n), np.inf)
    for s in order:  # the shortest of parallel streets is written last
        dense[net.seg_u[s], net.seg_v[s]] = dense[net.seg_v[s], net.seg_u[s]] = net.seg_length_m[s]
    rows, columns = np.nonzero(np.isfinite(dense))
    between = dijkstra(coo_array((dense[rows, columns], (rows, columns)), shape=(n, n)).tocsr())
    found = reach(net, np.arange(net.n_segments, dtype=np.int32), limit)
    for s in range(0, net.n_segments, 7):
        ends = [net.seg_u[s], net.seg_v[s]]
        to_node = half[s] + between[ends].min(axis=0)
        away = half + np.minimum(to_node[net.seg_u], to_node[net.seg_v])
        away[s] = 0.0
        here = slice(found.ptr[s], found.ptr[s + 1])
        assert found.segment[here][0] == s
        assert sorted(found.segment[here].tolist()) == np.flatnonzero(away < limit).tolist()
        np.testing.assert_allclose(found.distance_m[here], away[found.segment[here]], atol=1e-3)


def test_no_sources(town):
    assert len(reach(town, np.zeros(0, dtype=np.int32), 100.0).segment) == 0
