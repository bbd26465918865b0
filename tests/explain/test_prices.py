"""What rules cost: prices against problems whose values are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, bound, solve
from routeopt.explain import prices
from routeopt.explain.prices import ALL, RulePrice, limit_words, price_rows, rule_prices
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.strategies import STRATEGIES, best_response
from tests.strategies.test_tasks import small

SEARCH = Budget(iterations=2000)


@pytest.fixture
def ruled(make_problem):
    """A night so small that the best plan is known: a mandatory task, with a window, far from what counts."""
    problem = small(make_problem, 3)
    return with_tasks(problem, [Task("far", 5, ((3, 3),), 3, reward=0.0, mandatory=True)])


def test_prices_are_the_difference_of_optimal_values(ruled):
    """`exact` solves the night with each rule and without it; the search finds nearly that."""

    def best(problem):
        return STRATEGIES["exact"].solve(problem, Budget()).value

    result = solve(ruled, Budget(iterations=300))
    found = rule_prices(ruled, result, SEARCH)
    assert [one.code for one in found.rules] == [ALL, "mandatory", "windows"]
    for one, rules in zip(found.rules, (["mandatory", "windows"], ["mandatory"], ["windows"]), strict=True):
        free = prices.without(ruled, [r for r in prices.relaxations(ruled) if r.code in rules])
        assert one.price == pytest.approx(best(free) - best(ruled), rel=0.01), one.code
    assert found.rules[1].price > 0.001
    assert found.value == pytest.approx(best(ruled), rel=0.01)


def test_a_plan_counts_for_every_row_that_it_fits(ruled, monkeypatch):
    """The searches for single rules find nothing; what was found without any rule breaks one rule alone."""
    result = solve(ruled, Budget(iterations=300))
    search = best_response.solve

    def lazy(problem, budget, *given, **named):
        all_left_out = problem.tasks.mandatory.sum() == 0 and problem.tasks.opens[0] == 0
        return search(problem, budget if all_left_out else Budget(iterations=0), *given, **named)

    monkeypatch.setattr(best_response, "solve", lazy)
    found = {one.code: one.price for one in rule_prices(ruled, result, SEARCH).rules}
    assert found["mandatory"] == found[ALL] > 0.001  # without the task its window does not matter
    assert found["windows"] < found[ALL]


def test_no_rules_no_searches(make_problem, monkeypatch):
    problem = make_problem(1)
    result = solve(problem, Budget(iterations=5))
    monkeypatch.setattr(best_response, "solve", None)
    assert rule_prices(problem, result, SEARCH) == prices.Prices(value=result.value)


def test_a_floor_costs_what_it_takes_from_elsewhere(make_problem):
    problem = make_problem(2)
    north = np.array([zone == "north" for zone in problem.point_zone])
    floored = replace(problem, goals=(Goal("north", 0.9, points=north),))
    result = solve(floored, Budget(iterations=400))
    free = solve(problem, Budget(iterations=400))
    found = rule_prices(floored, result, Budget(iterations=800)).rules
    assert [one.code for one in found] == ["goal:north"]
    assert found[0].price > 0.003
    assert found[0].price == pytest.approx(free.value - result.value, abs=0.02)


def test_prices_are_limited_by_the_bound_where_it_ignores_the_rule(ruled):
    result = solve(ruled, Budget(iterations=300))
    result = replace(result, bound=bound(ruled, Budget(iterations=20), result.plan).value)
    found = rule_prices(ruled, result, SEARCH)
    limit = result.bound - found.value
    assert [one.at_most for one in found.rules] == [pytest.approx(limit)] * 3
    assert all(one.price <= one.at_most for one in found.rules)


def test_time_that_is_over_leaves_rules_unpriced(ruled):
    result = solve(ruled, Budget(iterations=20))
    found = rule_prices(ruled, result, Budget(seconds=0.0))
    assert found.rules == ()
    assert found.unpriced == ("mandatory", "windows")


def test_ctrl_c_keeps_the_prices_so_far(ruled, monkeypatch):
    result = solve(ruled, Budget(iterations=20))
    search, done = best_response.solve, []

    def third_is_interrupted(*given, **named):
        done.append(1)
        return replace(search(*given, **named), interrupted=len(done) == 4)

    monkeypatch.setattr(best_response, "solve", third_is_interrupted)
    found = rule_prices(ruled, result, SEARCH)
    assert found.interrupted
    assert [one.code for one in found.rules] == [ALL, "mandatory"]
    assert found.unpriced == ("windows",)


def test_the_dearest_rule_is_told_first_and_all_together_last():
    found = [RulePrice("a", "A", 0.01, 0.02), RulePrice("b", "B", 0.03), RulePrice(ALL, "all", 0.035)]
    assert price_rows(found, str) == [
        ("B", "3.00 percentage points", ""), ("A", "1.00 percentage points", "at most 2.00"),
        ("all", "3.50 percentage points", ""),
    ]  # fmt: skip
    assert limit_words(found[1], str) == ""
    assert price_rows([RulePrice("a", "A", 1e-6)], str)[0][1] == "nothing that this search found"


def test_floors_count_at_their_prices(make_problem):
    problem = make_problem(1)
    everywhere = np.ones(problem.n_points, dtype=np.bool_)
    with_price = replace(problem, goals=(Goal("one", 0.3, points=everywhere, price=2.0),))
    held = {"one": 0.31}
    assert prices.priced(with_price, 0.5, {"one": 0.28}, held) == pytest.approx(0.46)
    assert prices.priced(with_price, 0.5, {"one": 0.28}, {"one": 0.29}) == pytest.approx(0.48)
    assert prices.priced(with_price, 0.5, {"one": 0.35}, held) == 0.5
    assert prices.missing(with_price, {"one": 0.28}) == 0
    without_price = replace(problem, goals=(Goal("one", 0.3, points=everywhere),))
    assert prices.priced(without_price, 0.5, {"one": 0.28}, held) == 0.5
    assert prices.missing(without_price, {"one": 0.28}) == pytest.approx(0.02)
