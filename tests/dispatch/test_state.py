"""What events mean for the plan in force."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt import Budget, Situation, TeamState, check
from routeopt.dispatch.live import live, next_visits, replan_live
from routeopt.dispatch.state import situation
from routeopt.evaluation import value
from routeopt.timeline import end_of

CALL = {"name": "call", "place": "site 1", "service_min": 5, "windows": [["19:10", "20:50"]], "mandatory": True}


def first_stop(problem, plan, after=0):
    """The first stop of team 0 that begins at a step or later."""
    return next(visit for visit in next_visits(problem, plan.routes[0], 0) if visit.start >= after)


def sight(problem, site):
    """How well each point is seen from a site, in any mode."""
    found = np.zeros(problem.n_points)
    for profile in problem.profiles:
        points, rho = profile.seen(site)
        np.maximum.at(found, points, rho)
    return found


def test_a_shift_of_which_nothing_is_heard_is_as_planned(log):
    assert situation(log.state, 1800) == Situation(30)


def test_a_team_that_was_sent_is_free_when_it_was_said_to_be(log, enter):
    enter("sent", 30, team="team 1", place="site 2", minutes=25)
    assert situation(log.state).teams == {1: TeamState(2, 55)}
    assert situation(log.state, 70 * 60).teams == {1: TeamState(2, 70)}


def test_a_published_plan_knows_of_the_errand(log, enter, shift):
    problem, _ = shift
    enter("sent", 30, team="team 1", place="site 2", minutes=25)
    found = replan_live(log.state, budget=Budget(iterations=20))
    enter("plan_published", 31, plan=found.plan.to_json(log.state.problem))
    assert situation(log.state).teams == {}
    enter("left", 40, team="team 1")  # fifteen minutes early
    assert situation(log.state).teams == {1: TeamState(2, 40)}
    assert check(problem, replan_live(log.state, budget=Budget(iterations=20)).plan) == []


def test_a_team_off_duty_gets_nothing_more(log, enter, shift):
    problem, _ = shift
    enter("off_duty", 30, team="team 0")
    found = replan_live(log.state, budget=Budget(iterations=20))
    assert next_visits(problem, found.plan.routes[0], 31) == []


def test_a_team_that_came_too_late_is_free_later(log, enter, shift):
    problem, plan = shift
    stop = first_stop(problem, plan, 10)
    dwell = end_of(problem, stop) - stop.start
    enter("arrived", stop.start + 4, id="in time", team="team 0", place=problem.site_names[stop.site])
    assert situation(log.state).teams == {}
    enter("struck", stop.start + 4, of="in time")
    enter("arrived", stop.start + 9, team="team 0", place=problem.site_names[stop.site])
    assert situation(log.state).teams == {0: TeamState(stop.site, stop.start + 9 + dwell)}


def test_a_team_that_left_too_late_is_behind(log, enter, shift):
    problem, plan = shift
    stop = first_stop(problem, plan, 10)
    following = next_visits(problem, plan.routes[0], end_of(problem, stop))
    following = next(visit for visit in following if visit.site != stop.site)
    enter("left", following.start + 10, team="team 0", place=problem.site_names[stop.site])
    assert situation(log.state).teams == {0: TeamState(stop.site, following.start + 10)}


def test_tasks_that_come_up_are_planned_and_those_that_are_over_dropped(log, enter):
    enter("task_added", 20, task=CALL)
    found = replan_live(log.state, budget=Budget(iterations=30))
    problem = log.state.problem
    call = problem.n_dwells + problem.tasks.names.index("call")
    assert any(v.activity == call for route in found.plan.routes for v in route.visits)
    enter("plan_published", 21, plan=found.plan.to_json(problem))
    enter("task_cancelled", 22, task="call")
    again = replan_live(log.state, budget=Budget(iterations=30))
    assert not any(v.activity == call for route in again.plan.routes for v in route.visits)
    assert {c.why.code for c in again.changes if c.visit.activity == call} == {"task-cancelled"}
    assert again.value == pytest.approx(value(live(log.state).problem, again.plan), rel=1e-9)


def test_a_task_for_which_a_team_was_sent_is_left_to_it(log, enter):
    enter("task_added", 20, task=CALL)
    problem = log.state.problem
    call = problem.n_dwells + problem.tasks.names.index("call")
    enter("sent", 21, team="team 1", place="site 1", minutes=20, task="call")
    found = replan_live(log.state, budget=Budget(iterations=30))
    assert not any(v.activity == call for route in found.plan.routes for v in route.visits)
    enter("left", 41, team="team 1")  # and nobody said that it is done
    again = replan_live(log.state, budget=Budget(iterations=30))
    assert any(v.activity == call for route in again.plan.routes for v in route.visits)


def test_closed_places_and_busy_ones_come_through(log, enter, shift):
    problem, _ = shift
    enter("place_closed", 10, place="site 2")
    enter("place_busy", 20, place="site 1", factor=3, minutes=30)
    assert situation(log.state).closed == frozenset({2})
    more = log.state.problem.demand / problem.demand
    assert (more[:, :20] == 1).all()
    assert more.max() == pytest.approx(1 + 2 * sight(problem, 1).max())
    assert (np.diff(more[:, 20:], axis=1) <= 1e-12).all()  # it fades
    enter("place_opened", 30, place="site 2")
    assert situation(log.state).closed == frozenset()


def test_overriding_a_recommendation_is_counted(log, enter):
    for n, first in enumerate(["team 0", "team 1", None]):
        enter("sent", 20 + n, team="team 0", place="site 1", minutes=5, recommended=first)
    assert log.state.followed == (1, 2)
