"""Each hard rule is broken by one plan, and by that rule alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.messages import words
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Access, Closure
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check


@pytest.fixture
def problem(make_problem):
    return make_problem(0)


def plan_with(problem, *visits):
    return Plan((Route(0, visits), *(Route(k) for k in range(1, problem.n_teams))))


def codes(problem, plan):
    return {v.code for v in check(problem, plan)}


def test_sound_plan(problem, make_plan):
    assert check(problem, make_plan(problem, 3)) == []


def test_team_without_route(problem):
    assert codes(problem, Plan((Route(0), Route(1)))) == {"routes"}


@pytest.mark.parametrize(
    ("visit", "code"),
    [
        (Visit(99, 50, 0), "no-site"),
        (Visit(1, 50, 9), "no-dwell"),
        (Visit(1, 999, 0), "no-step"),
        (Visit(-1, 50, 0), "no-site"),
    ],
)
def test_index_that_does_not_exist(problem, visit, code):
    assert codes(problem, plan_with(problem, visit)) == {code}


def test_route_of_a_team_that_does_not_exist(problem):
    assert codes(problem, Plan((*(Route(k) for k in range(problem.n_teams)), Route(9)))) == {"routes", "no-team"}


def test_stop_at_a_site_without_stopping_is_a_violation(problem):
    assert codes(problem, plan_with(problem, Visit(0, 50, 0))) == {"not-stoppable"}


def test_arrival_after_the_start(problem):
    first = Visit(1, 40, 0)
    assert codes(problem, plan_with(problem, first, Visit(2, 45, 0))) == {"late"}


def test_late_at_the_end_site(problem):
    finish = int(problem.team_end_step[0])
    assert codes(problem, plan_with(problem, Visit(1, finish - 4, 0))) == {"shift"}


def test_stop_while_the_place_is_closed(problem):
    shut = problem.closed([Closure(2, 58, 70, 0)])
    assert codes(shut, plan_with(shut, Visit(2, 50, 1))) == {"closed"}
    assert codes(shut, plan_with(shut, Visit(2, 50, 0))) == set()
    assert codes(shut, plan_with(shut, Visit(2, 70, 0))) == set()  # it may wait there before
    other = Plan((Route(0), Route(1, (Visit(2, 50, 1),)), Route(2)))
    assert codes(shut, other) == set()


def test_return_to_a_place(problem):
    once = replace(problem, access=Access(no_return=np.arange(problem.n_sites) == 2))
    visits = Visit(2, 30, 0), Visit(3, 50, 0), Visit(2, 75, 0)
    assert codes(once, plan_with(once, *visits)) == {"returned"}
    assert codes(problem, plan_with(problem, *visits)) == set()
    assert codes(once, plan_with(once, Visit(2, 30, 0), Visit(2, 40, 0), Visit(3, 60, 0))) == set()


def test_called_away_before_a_stop_is_over(problem):
    away = Visit(3, 52, problem.activities.away(10))
    assert codes(problem, plan_with(problem, Visit(2, 50, 0), away)) == {"still-busy"}
    assert codes(problem, plan_with(problem, Visit(2, 47, 0), away)) == set()


def test_violation_has_team_visit_and_sizes(problem):
    first, second = Visit(1, 40, 0), Visit(2, 45, 0)
    (violation,) = check(problem, plan_with(problem, first, second))
    travel = problem.profiles[problem.team_profile[0]].travel_steps
    arrives = 40 + int(problem.visit_steps[0]) + int(travel[1, 2])
    clock = problem.clock
    late = (arrives - 45) * clock.step_s / 60
    assert (violation.code, violation.team, violation.visit) == ("late", 0, 2)
    assert violation.values["arrives"] == clock.text(arrives * clock.step_s)
    time, place = clock.text(45 * clock.step_s), problem.site_names[2]
    assert str(violation) == (
        f"team 0, stop 2 at {place} ({time}): arrives {violation.values['arrives']}, {late:g} min late."
    )
    assert "迟到" in violation.text(words("zh"))
    assert violation.json()["team"] == 0


def test_lateness_at_the_end_is_said(problem):
    finish = int(problem.team_end_step[0])
    (violation,) = check(problem, plan_with(problem, Visit(1, finish - 4, 0)))
    assert (violation.team, violation.visit) == (0, None)
    assert "min after its shift ends" in str(violation)


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
    assert codes(tasked, plan_with(tasked, Visit(3, start, ONLY), Visit(0, 80, MUST))) == set()


@pytest.mark.parametrize("start", [49, 61])
def test_task_outside_its_window(tasked, start):
    assert codes(tasked, plan_with(tasked, Visit(3, start, ONLY), Visit(0, 80, MUST))) == {"window"}


def test_task_by_a_team_that_may_not(tasked):
    plan = Plan((Route(0, (DONE,)), Route(1, (Visit(3, 55, ONLY),)), Route(2)))
    assert codes(tasked, plan) == {"not-allowed"}


def test_task_twice(tasked):
    plan = Plan((Route(0, (DONE,)), Route(1), Route(2, (Visit(0, 28, MUST),))))
    assert codes(tasked, plan) == {"once"}


def test_task_at_another_place(tasked):
    assert codes(tasked, plan_with(tasked, Visit(5, 55, ONLY), Visit(0, 80, MUST))) == {"task-place"}


def test_mandatory_task_left_out_is_named(tasked):
    (violation,) = check(tasked, plan_with(tasked, Visit(3, 55, ONLY)))
    assert (violation.code, violation.team) == ("required", None)
    assert str(violation) == 'Mandatory task "must" is not served.'


def test_service_counts_for_being_late(tasked):
    rushed = Visit(3, 60, ONLY), Visit(4, 60 + 6, 0)
    assert codes(tasked, plan_with(tasked, *rushed, Visit(0, 80, MUST))) == {"late"}
