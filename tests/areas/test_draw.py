"""Areas against what can be worked out: all areas of small networks, and properties of larger ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from routeopt.areas.draw import draw
from routeopt.areas.metric import GivenMetric, StreetMetric, table
from routeopt.budget import Budget


def grid(rng, columns, rows):
    """Streets of a grid, of random length, some of them left out as long as all hangs together."""
    at = np.arange(columns * rows).reshape(rows, columns)
    pairs = np.array(
        [
            *zip(at[:, :-1].ravel(), at[:, 1:].ravel(), strict=True),
            *zip(at[:-1].ravel(), at[1:].ravel(), strict=True),
        ]
    )
    for k in rng.permutation(len(pairs)):
        if len(pairs) > 0.8 * (2 * columns * rows) and rng.random() < 0.5:
            less = np.delete(pairs, min(k, len(pairs) - 1), axis=0)
            if pieces(less[:, 0], less[:, 1]) == 1:
                pairs = less
    u, v = pairs.T.astype(np.int32)
    return StreetMetric(u, v, rng.uniform(50, 150, len(u)))


def pieces(u, v):
    nodes, ends = np.unique(np.stack([u, v]), return_inverse=True)
    u, v = ends.reshape(2, -1)
    return connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(len(nodes), len(nodes))))[0]


def distances(metric):
    """Between the middles of segments, by a graph that has them as nodes."""
    n, nodes = metric.n, int(max(metric.u.max(), metric.v.max())) + 1
    middle, half = nodes + np.arange(n), metric.length_m / 2
    ends = np.concatenate([metric.u, metric.v])
    graph = coo_array((np.tile(half, 2), (np.tile(middle, 2), ends)), shape=(nodes + n, nodes + n))
    return dijkstra(graph.tocsr(), directed=False, indices=middle)[:, nodes:]


def test_distances_run_from_middle_to_middle():
    metric = grid(np.random.default_rng(0), 5, 4)
    np.testing.assert_allclose(table(metric, np.arange(metric.n)), distances(metric), rtol=1e-5)


def test_worthy_finds_all_whose_distance_less_worth_is_within_the_limit():
    rng = np.random.default_rng(1)
    metric = grid(rng, 6, 5)
    worth, limit = rng.uniform(0, 400, metric.n), rng.uniform(-200, 300, metric.n)
    worth[:3] = -np.inf
    near = metric.worthy(np.arange(metric.n), limit, worth)
    left = distances(metric) - worth
    for k in range(metric.n):
        found = set(near.item[near.ptr[k] : near.ptr[k + 1]].tolist())
        assert set(np.flatnonzero(left[k] < limit[k] - 1e-3).tolist()) <= found
        assert found <= {k, *np.flatnonzero(left[k] < limit[k] + 1e-3).tolist()}


@pytest.mark.parametrize("seed", range(4))
def test_bound_and_areas_enclose_the_best_areas_of_a_small_network(seed):
    rng = np.random.default_rng(seed)
    metric = grid(rng, 3, 3)
    weight, tolerance = rng.uniform(0.5, 1.5, metric.n), 0.25
    away = distances(metric)
    best = np.inf
    for a in product(range(2), repeat=metric.n - 1):
        area = np.array((0, *a))
        load = np.array([weight[area == k].sum() for k in range(2)]) * 2 / weight.sum()
        if (np.abs(load - 1) > tolerance).any():
            continue
        if any(pieces(metric.u[area == k], metric.v[area == k]) != 1 for k in range(2)):
            continue
        cost = sum((weight[area == k] @ away[np.ix_(area == k, area == k)]).min() for k in range(2))
        best = min(best, cost / weight.sum())
    found = draw(metric, weight, 2, tolerance, Budget(iterations=8), seed, neighbours=metric.neighbours)
    assert found.deviation <= tolerance
    assert 0 < found.bound <= best * (1 + 1e-5)
    assert found.value >= best * (1 - 1e-5)
    assert found.value <= best * 1.1
    assert found.bound >= best * 0.85


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(3)
    metric = grid(rng, 12, 12)
    weight = rng.exponential(1.0, metric.n) * (rng.random(metric.n) < 0.8)
    args = metric, weight, 6, 0.05, Budget(iterations=4), 1
    return metric, weight, args, draw(*args, neighbours=metric.neighbours)


def test_areas_are_connected_and_balanced(drawn):
    metric, weight, _, found = drawn
    load = np.bincount(found.area, weight, 6) / weight.sum() * 6
    assert np.abs(load - 1).max() == pytest.approx(found.deviation)
    assert found.deviation <= 0.05
    for k in range(6):
        inside = found.area == k
        assert pieces(metric.u[inside], metric.v[inside]) == 1
        assert inside[found.centre[k]]


def test_value_is_the_mean_distance_to_the_centres(drawn):
    metric, weight, _, found = drawn
    away = distances(metric)[np.arange(metric.n), found.centre[found.area]]
    assert found.value == pytest.approx(weight @ away / weight.sum(), rel=1e-5)
    assert found.bound <= found.bound_here <= found.value
    assert found.gap is not None
    assert found.gap < 0.1


def test_same_seed_and_iterations_give_the_same_areas(drawn):
    metric, _, args, found = drawn
    again = draw(*args, neighbours=metric.neighbours)
    assert (again.area == found.area).all()
    assert again.bound == found.bound


def test_bound_holds_for_any_areas_of_others(drawn):
    """Random centres, with the best areas around them, are never better than the bound."""
    metric, weight, (_, _, n, tolerance, *_), found = drawn
    rng = np.random.default_rng(5)
    for _ in range(5):
        other = draw(metric, weight, n, tolerance, Budget(iterations=0), int(rng.integers(1000)), proven=False)
        if other.deviation <= tolerance:
            assert other.value >= found.bound


def test_one_heavy_item_leaves_no_balanced_areas_and_nothing_proven():
    metric = grid(np.random.default_rng(0), 4, 4)
    weight = np.ones(metric.n)
    weight[0] = 100.0
    found = draw(metric, weight, 3, 0.03, Budget(iterations=1), neighbours=metric.neighbours)
    assert found.deviation > 0.03
    assert found.gap is None
    assert (np.bincount(found.area, minlength=3) > 0).all()


def test_interruption_gives_the_best_so_far(monkeypatch):
    from routeopt.areas import draw as module

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "reseeded", interrupt)
    metric = grid(np.random.default_rng(0), 6, 6)
    found = draw(metric, np.ones(metric.n), 3, 0.1, Budget(seconds=60), neighbours=metric.neighbours)
    assert found.interrupted
    assert found.deviation <= 0.1


def test_areas_of_a_table_need_no_neighbours():
    rng = np.random.default_rng(2)
    xy = rng.random((40, 2))
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    found = draw(GivenMetric(away), np.ones(40), 4, 0.0, Budget(iterations=2), 0)
    assert np.bincount(found.area).tolist() == [10, 10, 10, 10]
