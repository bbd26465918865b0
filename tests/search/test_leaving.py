"""Zones that teams leave at a price: what searches pay for, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, check, solve
from routeopt.errors import InfeasibleError, InputError, english
from routeopt.evaluation import evaluate, left
from routeopt.explain.leaving import leaving_rows
from routeopt.explain.prices import rule_prices
from routeopt.explain.relaxations import relaxations, without
from routeopt.plan import Plan, Route
from routeopt.problem.access import Closure
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.zones import ZoneLayer
from routeopt.search.state import Search
from routeopt.strategies import STRATEGIES
from tests.strategies.test_operations import operations


@pytest.fixture
def homes(make_problem):
    """Makes a problem whose first team has the sites of even number as its zone, and the third the others."""

    def make(seed, price):
        problem = make_problem(seed)
        numbers = np.arange(problem.n_points) % 2, np.arange(problem.n_sites) % 2
        layer = ZoneLayer("kinds", ("even", "odd"), *numbers)
        prices = np.array([price, -1, price])
        return replace(problem, zone_layers=(layer,), team_zone=np.array([0, -1, 1]), leaving_price=prices)

    return make


def test_a_dear_zone_is_left_never_and_a_free_one_often(homes):
    stops = []
    for price in (1e-9, 0.1):
        problem = homes(0, price)
        found = solve(problem, Budget(iterations=300), seed=1)
        assert check(problem, found.plan) == []
        figures = evaluate(problem, found.plan)
        assert found.value == pytest.approx(figures.value)  # the price is no part of it
        assert [one.team for one in figures.leaving] == ["team 0", "team 2"]
        stops.append(sum(one.stops for one in figures.leaving))
    assert stops[0] > 2
    assert stops[1] == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_objective_takes_off_what_leaving_costs(homes, make_tasks, seed):
    """What the kernels count equals what is counted in the plan, after a search and with floors."""
    problem = make_tasks(homes(seed, 0.002), seed)
    if seed % 2:
        problem = replace(problem, goals=(Goal("seen", 0.2, price=0.5),))
    found = solve(problem, Budget(iterations=200), seed=seed)
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(problem, found.plan).value)
    search = Search(problem)
    search.set_plan(search.rows_of(found.plan))
    assert search.left() == pytest.approx(left(problem, found.plan))
    free = Search(replace(problem, leaving_price=np.full(3, -1.0), team_zone=np.full(3, -1)))
    free.set_plan(free.rows_of(found.plan))
    assert search.objective() == pytest.approx(free.objective() - search.left())
    assert search.worth() == pytest.approx(free.worth())


def test_posts_are_no_stops_outside(homes):
    problem = homes(0, 0.01)
    assert problem.leaving[2, problem.team_start_site[2]] == 0
    assert left(problem, Plan(tuple(Route(team) for team in range(3)))) == 0


def test_other_strategies_refuse_prices(homes):
    problem = homes(0, 0.01)
    assert [name for name, one in STRATEGIES.items() if one.supports(problem)] == ["best_response"]
    with pytest.raises(InputError, match="cannot hold floors and prices"):
        solve(problem, Budget(iterations=1), strategy="greedy")
    assert STRATEGIES["greedy"].supports(homes(0, 0.0))


def test_the_rule_has_a_price(homes):
    problem = homes(0, 0.05)
    (rule,) = [one for one in relaxations(problem) if one.code == "leaving-zones"]
    assert not without(problem, [rule]).has_prices
    found = solve(problem, Budget(iterations=300), seed=1)
    (price,) = rule_prices(problem, found, Budget(iterations=600), rules=[rule]).rules
    assert price.price > 0.005


def test_it_is_told_in_points(homes):
    rows = list(leaving_rows([{"team": "A", "zone": "East", "stops": 3, "of": 9, "price": 0.002}], english))
    assert rows == [("A", "East", "3 of 9", "0.60 percentage points")]
    problem = homes(0, 0.01)
    assert evaluate(problem, Plan(tuple(Route(team) for team in range(3)))).leaving[0].of == 0


@pytest.mark.parametrize("seed", range(12))
def test_random_mixes_with_prices_and_caps_break_no_rule(make_problem, seed):
    """Crews, posts, breaks and time between stops, with zones left at a price, capped places and closures."""
    rng = np.random.default_rng(seed)
    problem = operations(make_problem(seed, n_sites=8, n_points=10, n_steps=60), seed)
    layer = ZoneLayer("kinds", ("even", "odd"), np.arange(problem.n_points) % 2, np.arange(problem.n_sites) % 2)
    home = rng.integers(-1, 2, problem.n_teams)
    prices = np.where(home >= 0, rng.choice([-1.0, 0.0, 0.001, 0.02], problem.n_teams), -1.0)
    problem = replace(problem, zone_layers=(layer,), team_zone=home, leaving_price=prices)
    sites = rng.random(problem.n_sites) < 0.3
    if sites.any():
        goal = Goal("cap", float(rng.uniform(0.6, 0.95)), measure=Measure.TIME, sites=sites)
        problem = replace(problem, goals=(goal,))
    shut = int(rng.integers(1, problem.n_sites))
    problem = problem.closed([Closure(shut, 10, 40, team) for team in range(problem.n_teams) if team % 2])
    try:
        found = solve(problem, Budget(iterations=150), seed=seed)
    except InfeasibleError:
        return
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(problem, found.plan).value)
