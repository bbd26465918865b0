"""Teams that start anywhere: closed tours by the specification, found by rounds of searches with given starts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, Visit, check, evaluate, solve
from routeopt.dispatch.replan import replan
from routeopt.dispatch.situation import Situation
from routeopt.errors import InputError
from routeopt.lagrangian import bound
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.tasks import Task, with_tasks
from routeopt.strategies import anywhere
from routeopt.timeline import Leg, walk


def free(problem, teams=None):
    return replace(problem, team_anywhere=np.ones(problem.n_teams, bool) if teams is None else np.array(teams))


@pytest.fixture
def tour(make_problem):
    """A night of tasks alone, that win where they are."""
    rng = np.random.default_rng(3)
    problem = replace(make_problem(5, n_teams=2), team_factor=np.full(2, 1e-9))
    tasks = [Task(f"t{i}", i, ((0, 110),), 4, float(rng.uniform(0.02, 0.1)), free=True) for i in range(1, 14)]
    return with_tasks(problem, tasks)


def test_a_tour_is_closed(make_problem):
    problem = free(make_problem(0, n_teams=1))
    begin, end = int(problem.team_start_step[0]), int(problem.team_end_step[0])
    there = begin + problem.movement(0).steps(5, 7, begin + 5)
    route = Route(0, (Visit(5, begin, 0), Visit(7, there + 5, 0)))
    day = walk(problem, route)
    assert [(part.site, part.target) for part in day.parts if isinstance(part, Leg)] == [(5, 7), (7, 5)]
    assert day.gaps[0].arrive == begin
    assert (day.gaps[-1].target, day.gaps[-1].due) == (5, end)
    assert check(problem, Plan((route,))) == []
    late = Route(0, (Visit(5, begin, 0), Visit(7, end - 5, 0)))
    assert [found.code for found in check(problem, Plan((late,)))] == ["shift"]
    assert walk(problem, Route(0)).gaps[0].site == problem.team_start_site[0]


def test_free_starts_win_more_than_a_given_one(tour):
    given = solve(tour, Budget(iterations=400))
    problem = free(tour)
    found = solve(problem, Budget(iterations=400))
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-12)
    assert found.value > given.value
    again = solve(problem, Budget(iterations=400))
    assert again.plan == found.plan


def test_one_team_may_be_free_and_another_bound(tour):
    problem = free(tour, [False, True])
    found = solve(problem, Budget(iterations=200))
    assert check(problem, found.plan) == []
    assert walk(problem, found.plan.routes[0]).gaps[0].site == problem.team_start_site[0]


def test_visits_too_are_planned_from_anywhere(make_problem):
    problem = free(make_problem(1))
    found = solve(problem, Budget(iterations=160))
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-12)


def test_a_rule_on_presence_is_kept(tour):
    inside = np.isin(np.arange(tour.n_sites), [1, 2, 3, 4])
    begin, end = int(tour.team_start_step.max()), int(tour.team_end_step.min()) - 1
    goal = Goal("here", 1.0, steps=(begin, end), measure=Measure.PRESENCE, sites=inside)
    problem = free(replace(tour, goals=(goal,)))
    found = solve(problem, Budget(iterations=800))
    assert check(problem, found.plan) == []
    assert evaluate(problem, found.plan).goals[0].reached == 1.0
    assert 0.3 < found.value <= solve(free(tour), Budget(iterations=400)).value + 1e-9


def test_a_turned_tour_is_the_same_tour(tour):
    problem = free(tour)
    plan = solve(problem, Budget(iterations=100)).plan
    turned = anywhere._turned(problem, plan, np.random.default_rng(0))
    assert turned is not None
    assert turned != plan
    assert check(problem, turned) == []
    for before, after in zip(plan.routes, turned.routes, strict=True):
        assert {v.activity for v in before.visits} == {v.activity for v in after.visits}


def test_what_cannot_do_with_them_says_so(tour, make_problem):
    problem = free(make_problem(0))
    with pytest.raises(InputError, match="cannot do with teams that start anywhere"):
        solve(problem, Budget(iterations=1), strategy="greedy")
    with pytest.raises(InputError, match="neither re-planned nor bounded"):
        bound(problem, Budget(iterations=1))
    with pytest.raises(InputError, match="neither re-planned nor bounded"):
        replan(problem, Plan(tuple(Route(k) for k in range(3))), Situation(0))
