"""Parallel searches of one plan, each for the teams of its own district."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.evaluation import evaluate
from routeopt.rules import check
from routeopt.search import districts
from routeopt.search.state import Search, rows
from routeopt.search.tracker import Tracker
from routeopt.solving import solve
from routeopt.strategies import best_response


@pytest.fixture
def city(make_problem):
    return make_problem(2, n_teams=32, n_sites=40, n_points=60)


def test_districts_part_the_teams_by_where_they_are(city):
    search = Search(city)
    search.set_plan([rows(route.visits) for route in solve(city, Budget(iterations=20)).plan.routes])
    borders = set()
    for time in range(4):
        found = districts.cut(search, 2, time)
        assert np.sort(np.concatenate(found)).tolist() == list(range(32))
        assert [len(teams) for teams in found] == [16, 16]
        borders.add(tuple(found[0].tolist()))
    assert len(districts.cut(search, 3, 0)) == 3
    assert len(borders) > 1


def test_few_teams_have_no_districts(make_problem, city):
    assert districts.pay(Search(city), 2)
    assert not districts.pay(Search(city), 1)
    assert not districts.pay(Search(city), 3)
    assert not districts.pay(Search(make_problem(1)), 2)


def test_all_go_on_from_what_each_has_found(city):
    first = solve(city, Budget(iterations=0)).plan
    later = solve(city, Budget(iterations=200), seed=3, initial=first).plan
    one, teams = Search(city), [np.arange(0, 32, 2), np.arange(1, 32, 2)]
    one.set_plan([rows(route.visits) for route in first.routes])
    two = one.twin()
    two.set_plan([rows(route.visits) for route in later.routes])
    tracker = Tracker(Budget(iterations=1), None)
    districts.meet([one, two], teams, tracker)
    for search in (one, two):
        plan = search.plan(search.copy_routes())
        assert [route.visits for route in plan.routes] == [
            (later if k % 2 else first).routes[k].visits for k in range(32)
        ]
        assert search.objective() == pytest.approx(evaluate(city, plan).value, abs=1e-9)
    assert tracker.value == pytest.approx(one.objective())


def test_same_seed_and_iterations_same_plan_and_better_than_alone(city, monkeypatch):
    monkeypatch.setattr(best_response, "MEET", 40)
    budget = Budget(iterations=130)
    found = [solve(city, budget, seed=5, threads=2) for _ in range(2)]
    assert found[0].plan == found[1].plan
    assert found[0].iterations == 130
    assert check(city, found[0].plan) == []
    assert found[0].value == pytest.approx(evaluate(city, found[0].plan).value, abs=1e-9)
    assert found[0].value > solve(city, budget, seed=5).value


def test_a_first_plan_that_takes_too_long_is_left_off(city, monkeypatch):
    monkeypatch.setattr(best_response, "LEAST_S", 0.0)
    found = solve(city, Budget(seconds=1e-6))
    assert check(city, found.plan) == []
    assert not any(route.visits for route in found.plan.routes)
    assert found.value == pytest.approx(evaluate(city, found.plan).value, abs=1e-9)
    assert sum(bool(route.visits) for route in solve(city, Budget(iterations=0)).plan.routes) > 20
