"""Zones that teams leave at a price: what searches pay for, and what is told of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, check, solve
from routeopt.errors import InputError, english
from routeopt.evaluation import evaluate, left
from routeopt.explain.leaving import leaving_rows
from routeopt.explain.prices import rule_prices
from routeopt.explain.relaxations import relaxations, without
from routeopt.plan import Plan, Route
from routeopt.problem.goals import Goal
from routeopt.problem.zones import ZoneLayer
from routeopt.search.state import Search
from routeopt.strategies import STRATEGIES


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
