"""Orienteering by ruin and recreate: against enumeration, and against its own rules."""

import itertools

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.kernels.orienteering import insertion
from routeopt.strategies.orienteering import nodes, solve_toptw

ROUNDS = Budget(iterations=3000)


def town(seed, n=7):
    """Random tasks in a square; node 0 is the depot."""
    rng = np.random.default_rng(seed)
    place = rng.random((n + 1, 2)) * 50
    travel = np.ceil(np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))).astype(np.int32)
    service = rng.integers(1, 15, n + 1)
    opens = rng.integers(0, 100, n + 1)
    closes = opens + rng.integers(5, 80, n + 1)
    reward = rng.integers(1, 30, n + 1).astype(float)
    service[0], opens[0], closes[0], reward[0] = 0, 0, 160, 0
    return travel, service, opens, closes, reward


def feasible(route, travel, service, opens, closes):
    at, now = 0, 0
    for c in [*route, 0]:
        now = max(now + service[at] + travel[at, c], opens[c])
        if now > closes[c]:
            return False
        at = c
    return True


def optimum(travel, service, opens, closes, reward, m):
    """Most reward of m routes, by looking at every order of every subset."""
    n = len(reward) - 1
    possible = {
        frozenset(order)
        for size in range(n + 1)
        for order in itertools.permutations(range(1, n + 1), size)
        if feasible(order, travel, service, opens, closes)
    }
    sets = [(s, sum(reward[c] for c in s)) for s in possible]
    if m == 1:
        return max(r for _, r in sets)
    return max(r + q for s, r in sets for t, q in sets if not s & t)


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_small_ones_are_solved_to_the_optimum(seed, m):
    given = town(seed, 6)
    routes = solve_toptw(*given, m, ROUNDS, seed)
    assert sum(given[4][c] for route in routes for c in route) == optimum(*given, m)


@pytest.mark.parametrize("seed", range(5))
def test_every_route_keeps_its_windows(seed):
    given = town(seed, 40)
    routes = solve_toptw(*given, 3, ROUNDS, seed)
    done = [c for route in routes for c in route]
    assert len(done) == len(set(done))
    assert all(feasible(route, *given[:4]) for route in routes)


@pytest.mark.parametrize("seed", range(8))
def test_tables_in_which_the_direct_way_is_longer(seed):
    """Any travel times: a route that is removed from may no longer keep its windows."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(3, 30)), int(rng.integers(1, 4))
    _, *rest = town(seed, n)
    travel = rng.integers(0, (10, 60, 200)[seed % 3], (n + 1, n + 1)).astype(np.int32)
    np.fill_diagonal(travel, 0)
    routes = solve_toptw(travel, *rest, m, ROUNDS, seed)
    done = [c for route in routes for c in route]
    assert len(done) == len(set(done))
    assert all(feasible(route, travel, *rest[:3]) for route in routes)


def test_a_tour_that_the_direct_way_home_would_break():
    """From 1 home takes 100 of 50; by way of 2 it takes 2. Whatever removes 2 alone must not be kept."""
    travel = np.array([[0, 1, 30, 1], [100, 0, 1, 1], [1, 30, 0, 30], [1, 30, 30, 0]], dtype=np.int32)
    service, opens, closes = np.zeros(4, np.int64), np.zeros(4, np.int64), np.full(4, 50)
    reward = np.array([0.0, 5.0, 1.0, 5.5])
    for seed in range(20):
        (route,) = solve_toptw(travel, service, opens, closes, reward, 1, Budget(iterations=400), seed)
        assert feasible(route, travel, service, opens, closes)


def test_same_seed_gives_same_routes():
    given = town(1, 40)
    assert solve_toptw(*given, 2, ROUNDS, 7) == solve_toptw(*given, 2, ROUNDS, 7)


def test_no_rounds_give_empty_routes():
    given = town(2, 30)
    assert solve_toptw(*given, 2, Budget(iterations=0), 0) == [[], []]


def test_slack_by_hand():
    """Depot 0 … 100; task a: way 10, service 5, open 20–30. Early 20, late min(30, 100 − 10 − 5) = 30."""
    travel = np.array([[0, 10], [10, 0]], dtype=np.int32)
    given = nodes(travel, np.array([0, 5]), np.array([0, 20]), np.array([100, 30]), np.array([0.0, 1.0]), 1)
    routes = insertion.routes(1, 1)
    routes.node[0, :3], routes.size[0] = [1, 0, 2], 1
    assert insertion.schedule(given, routes, 0)
    assert routes.early[0, :3].tolist() == [0, 20, 35]
    assert routes.late[0, :3].tolist() == [20, 30, 100]
