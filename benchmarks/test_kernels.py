"""Micro-benchmarks of the kernels on the reference night: uv run pytest benchmarks/test_kernels.py"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from routeopt import Budget, build, read_scenario
from routeopt.kernels.random import states
from routeopt.lagrangian import Dual
from routeopt.search.state import Search
from routeopt.strategies import best_response
from routeopt.strategies.orienteering import anneal, nodes

SCENARIO = Path(__file__).resolve().parents[1] / "scenarios" / "wuliting" / "night.yaml"


@pytest.fixture(scope="module")
def problem():
    return build(read_scenario(SCENARIO))


@pytest.fixture(scope="module")
def plan(problem):
    return best_response.solve(problem, Budget(iterations=100)).plan


@pytest.fixture
def search(problem, plan):
    ready = Search(problem)
    ready.set_plan(ready.rows_of(plan))
    return ready


def test_whole_route(benchmark, search):
    search.set_route(0, None)
    search.refresh()
    assert len(benchmark(search.best_stretch, 0, 0)) > 0


def test_stretch_of_one_or_two_teams(benchmark, search):
    (state,) = states(0, 1)

    def there_and_back():
        best_response.resolve(search, state, range(search.problem.n_teams), 0, search.problem.n_steps)
        search.put_back()

    benchmark(there_and_back)
    assert search.objective() > 0


def test_levels_after_one_change(benchmark, search):
    visits = search.route(0).copy()

    def change():
        search.splice(0, 3, 4, visits[3:4])
        search.refresh()

    benchmark(change)
    assert search.objective() > 0


def test_one_step_of_the_bound(benchmark, problem, plan):
    dual = Dual(problem)
    prices = dual.first([plan])
    slope = benchmark(dual.slope, prices)
    assert np.any(slope != 0)


def test_one_look_at_the_bound(benchmark, problem, plan):
    dual = Dual(problem)
    value = benchmark.pedantic(dual.bound, (dual.first([plan]),), rounds=3, warmup_rounds=1)
    assert dual.value(plan) < value


def test_ruin_and_recreate(benchmark):
    rng = np.random.default_rng(0)
    xy = rng.random((101, 2)) * 1000
    travel = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)).astype(np.int32)
    opens = rng.integers(0, 1500, 101)
    opens[0] = 0
    closes = opens + 800
    closes[0] = 2400
    given = nodes(travel, np.full(101, 100), opens, closes, rng.integers(1, 50, 101).astype(float), 2)
    routes, _, _ = benchmark(anneal, given, 2, Budget(iterations=1000), 0)
    assert sum(map(len, routes)) > 5
