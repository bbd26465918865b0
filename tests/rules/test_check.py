"""Each hard rule is broken by one plan, and by that rule alone."""

from __future__ import annotations

import pytest

from routeopt.plan import Plan, Route, Visit
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check


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


def test_stop_at_a_site_without_stopping_is_a_violation(problem):
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


# tasks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tasked(problem):
    """Task 0 at site 3 for team 0 only, 50 to 60; task 1 mandatory at the post, where nobody stops otherwise."""
    only = Task("only", 3, ((50, 60),), 6, teams=frozenset({0}))
    return with_tasks(problem, [only, Task("must", 0, ((20, 30), (70, 80)), 3, mandatory=True)])


ONLY, MUST = 4, 5  # behind the four dwells of the menu
DONE = Visit(0, 75, MUST)


@pytest.mark.parametrize("start", [50, 60])
def test_windows_hold_both_their_ends(tasked, start):
    assert rules(tasked, plan_with(tasked, Visit(3, start, ONLY), Visit(0, 80, MUST))) == set()


@pytest.mark.parametrize("start", [49, 61])
def test_task_outside_its_window(tasked, start):
    assert rules(tasked, plan_with(tasked, Visit(3, start, ONLY), Visit(0, 80, MUST))) == {"task_window"}


def test_task_by_a_team_that_may_not(tasked):
    plan = Plan((Route(0, (DONE,)), Route(1, (Visit(3, 55, ONLY),)), Route(2)))
    assert rules(tasked, plan) == {"task_team"}


def test_task_twice(tasked):
    plan = Plan((Route(0, (DONE,)), Route(1), Route(2, (Visit(0, 28, MUST),))))
    assert rules(tasked, plan) == {"task_once"}


def test_task_at_another_place(tasked):
    assert rules(tasked, plan_with(tasked, Visit(5, 55, ONLY), Visit(0, 80, MUST))) == {"stoppable"}


def test_mandatory_task_left_out_is_named(tasked):
    (violation,) = check(tasked, plan_with(tasked, Visit(3, 55, ONLY)))
    assert str(violation) == 'mandatory_tasks: team *: task "must" is not done.'


def test_service_counts_for_being_late(tasked):
    rushed = Visit(3, 60, ONLY), Visit(4, 60 + 6, 0)
    assert rules(tasked, plan_with(tasked, *rushed, Visit(0, 80, MUST))) == {"travel"}
