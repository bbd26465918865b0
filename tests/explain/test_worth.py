"""What each stop is worth: the difference of two plans by `evaluate`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.evaluation import value
from routeopt.explain.worth import stop_worths
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.tasks import Task, with_tasks


def without(plan, team, order):
    routes = list(plan.routes)
    visits = routes[team].visits
    routes[team] = replace(routes[team], visits=(*visits[:order], *visits[order + 1 :]))
    return Plan(tuple(routes))


def verify(problem, plan):
    before, worths = value(problem, plan), stop_worths(problem, plan)
    n = 0
    for team, route in enumerate(plan.routes):
        for order in range(len(route.visits)):
            if worths[team][order] is not None:
                expected = before - value(problem, without(plan, team, order))
                assert worths[team][order] == pytest.approx(expected, abs=1e-12), (team, order)
                n += 1
    return n


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("periods", [False, True])
def test_worth_is_the_difference_of_two_plans(make_problem, make_tasks, make_plan, seed, periods):
    problem = make_tasks(make_problem(seed, periods=periods), seed)
    assert verify(problem, make_plan(problem, seed)) >= 5


def test_stops_in_a_row_at_one_place_are_one_stay(make_problem):
    """Without the middle of three, the team waits between the others, and the effect of the whole stay remains."""
    problem = make_problem(1)
    visits = [Visit(3, 30, 0), Visit(3, 35, 0), Visit(3, 40, 1), Visit(5, 80, 0)]
    assert verify(problem, Plan((Route(0, tuple(visits)), Route(1), Route(2)))) == 4


def test_streets_that_are_seen_fully_can_be_taken_out(make_problem):
    """Factors of 0, twice at the same time and place, and what others leave as given."""
    problem = make_problem(2)
    rng = np.random.default_rng(0)
    given = np.where(rng.random(problem.demand.shape) < 0.2, 0.0, rng.random(problem.demand.shape))
    problem = replace(problem, absent0=given, keep0=1 - given, team_factor=np.ones(3))
    seen = replace(problem.profiles[0], sight_rho=np.ones_like(problem.profiles[0].sight_rho))
    problem = replace(problem, profiles=(seen, problem.profiles[1]))
    plan = Plan((Route(0, (Visit(3, 40, 3),)), Route(1, (Visit(3, 45, 3), Visit(4, 90, 0))), Route(2)))
    assert verify(problem, plan) == 3


def test_a_crew_of_which_one_stays_away_still_wins_the_reward(make_problem):
    problem = with_tasks(
        make_problem(0), [Task("raid", 3, ((40, 40),), 5, 0.1, crew=2), Task("call", 4, ((0, 119),), 5, 0.1)]
    )
    raid, call = problem.activities.of_task(0), problem.activities.of_task(1)
    plan = Plan((Route(0, (Visit(3, 40, raid), Visit(4, 80, call))), Route(1, (Visit(3, 40, raid),)), Route(2)))
    assert verify(problem, plan) == 3


def test_what_is_no_stop_has_no_worth(make_problem):
    problem = make_problem(0)
    kinds = problem.activities
    visits = (Visit(3, 30, 0), Visit(3, 50, kinds.wait(5)), Visit(3, 60, kinds.away(10)), Visit(4, 100, 1))
    worths = stop_worths(problem, Plan((Route(0, visits), Route(1), Route(2))))[0]
    assert [worth is None for worth in worths] == [False, True, True, False]


def test_a_stop_that_the_way_needs_has_no_worth(make_problem):
    """The way past it begins earlier, while streets are closed, and never gets there."""
    problem = make_problem(3, periods=True)
    moves = problem.movement(0)
    for site in range(1, 13):
        for target in range(1, 13):
            late = moves.steps(site, target, 105)
            if site != target and moves.steps(site, target, 60) > 1000 and late < 12:
                plan = Plan(
                    (Route(0, (Visit(site, 55, 0), Visit(site, 95, 1), Visit(target, 117, 0))), Route(1), Route(2))
                )
                worths = stop_worths(problem, plan)[0]
                assert worths[1] is None
                return
    raise AssertionError
