"""The kernels against the specification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.check import check
from routeopt.evaluate import traces, visibility
from routeopt.kernels import levels
from routeopt.plan import Plan, Route
from routeopt.strategies.search import Search, routes_of


@pytest.mark.parametrize("problem_seed", range(10))
def test_value_equals_evaluate_on_random_plans(make_problem, make_plan, problem_seed):
    """20 random plans for each of 10 random problems: 200 in all."""
    problem = make_problem(problem_seed)
    search = Search(problem)
    for plan_seed in range(20):
        plan = make_plan(problem, plan_seed)
        assert check(problem, plan) == []
        assert search.value(routes_of(plan)) == pytest.approx(visibility(problem, plan), rel=1e-9)


def test_worth_of_a_stop_is_the_exact_difference(make_problem, make_plan):
    """here and leave say to 1e-9 what one more stay at any place and time adds."""
    problem = replace(make_problem(3), team_factor=np.array([1.0, 0.8, 0.6]))
    plan = make_plan(problem, 1)
    search = Search(problem)
    absent, keep = traces(problem, plan)
    here, leave = np.empty_like(absent), np.empty_like(absent)
    before = levels.worth(problem.demand, problem.level0, search.fade, absent, keep, here, leave)
    way, v = search.ways[0], 0.9
    for site, begin, end, effect in [(1, 0, 10, 0.85), (5, 40, 55, 1.0), (13, 100, 120, 1.0)]:
        expected = 0.0
        for e in range(way.sight_ptr[site], way.sight_ptr[site + 1]):
            j, dose = way.sight_point[e], v * way.sight_rho[e]
            expected += dose * here[j, begin:end].sum()
            expected += dose * effect * leave[j, end] if end < problem.n_steps else 0.0
        absent_, keep_ = absent.copy(), keep.copy()
        levels._stay(way, v, site, begin, end, effect, absent_, keep_)
        after = levels.total_seen(problem.demand, problem.level0, search.fade, absent_, keep_)
        assert after - before == pytest.approx(expected, rel=1e-9)


def test_empty_plan_is_worth_the_levels_carried_over(make_problem):
    """With nobody on the streets but the end posts, only level0 and the posts are seen."""
    problem = make_problem(5)
    problem = replace(problem, team_factor=np.zeros(3))
    plan = Plan(tuple(Route(k) for k in range(3)))
    fade = np.exp(-np.arange(problem.n_steps) / 60)
    held = problem.level0[:, None] * fade[None]
    assert visibility(problem, plan) == pytest.approx((problem.demand * held).sum() / problem.demand.sum())
