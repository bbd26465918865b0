"""Why demand goes unseen."""

from __future__ import annotations

import pytest

from routeopt.evaluation import coverage, visibility
from routeopt.explain.uncovered import uncovered
from routeopt.plan import Plan, Route
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario


def test_the_causes_add_up_to_what_is_unseen(make_problem, make_plan):
    for seed in range(6):
        problem = make_problem(seed)
        plan = make_plan(problem, seed)
        found = uncovered(problem, plan, coverage(problem, plan))
        assert found.whole == pytest.approx(1 - visibility(problem, plan))
        assert min(found.overlooked, found.unvisited, found.between) >= 0


def test_without_stops_nothing_goes_unseen_between_them(night):
    problem = build_with_streets(read_scenario(night())).problem
    plan = Plan((Route(0),))
    found = uncovered(problem, plan, coverage(problem, plan))
    assert found.between == 0
    assert found.unvisited > 0
