"""Each hard rule is broken by one plan, and by that rule alone."""

from __future__ import annotations

import pytest

from routeopt.check import check
from routeopt.plan import Plan, Route, Visit


@pytest.fixture
def problem(make_problem):
    return make_problem(0)


def plan_with(problem, *visits):
    return Plan((Route(0, visits), *(Route(k) for k in range(1, problem.n_teams))))


def rules(problem, plan):
    return {v.rule for v in check(problem, plan)}


def test_sound_plan(problem, make_plan):
    assert check(problem, make_plan(problem, 3)) == []


def test_team_without_route(problem):
    assert rules(problem, Plan((Route(0), Route(1)))) == {"one_route_each"}


@pytest.mark.parametrize("visit", [Visit(99, 50, 0), Visit(1, 50, 9), Visit(1, 999, 0), Visit(-1, 50, 0)])
def test_index_that_does_not_exist(problem, visit):
    assert rules(problem, plan_with(problem, visit)) == {"indices"}


def test_stop_where_none_is_meant(problem):
    assert rules(problem, plan_with(problem, Visit(0, 50, 0))) == {"stoppable"}


def test_arrival_after_the_start(problem):
    first = Visit(1, 40, 0)
    assert rules(problem, plan_with(problem, first, Visit(2, 45, 0))) == {"travel"}


def test_late_at_the_end_site(problem):
    finish = int(problem.team_end_step[0])
    assert rules(problem, plan_with(problem, Visit(1, finish - 4, 0))) == {"shift"}


def test_violation_says_team_and_size(problem):
    finish = int(problem.team_end_step[0])
    (violation,) = check(problem, plan_with(problem, Visit(1, finish - 4, 0)))
    assert "team 0" in str(violation)
    assert "s after the shift" in str(violation)
