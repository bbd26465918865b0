"""Nights that are played: the same for every way of answering, and worth what the evaluation says."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt import Budget, check
from routeopt.dispatch.live import kept_live, next_visits
from routeopt.dispatch.log import Log
from routeopt.dispatch.recommend import recommend
from routeopt.dispatch.simulate import incidents, keep, nearest, play, recommended, replanned
from routeopt.evaluation import visibility

CALLS = [(20 * 60, 3), (50 * 60, 7)]


def test_incidents_come_where_and_when_there_is_demand(shift):
    problem, _ = shift
    found = [call for seed in range(60) for call in incidents(problem, 12, seed)]
    assert len(found) / 60 == pytest.approx(12, abs=1.5)
    assert all(problem.site_stoppable[site] for _, site in found)
    steps = np.array([at // 60 for at, _ in found])
    by_step = problem.demand.sum(axis=0)
    expected = float((by_step * np.arange(problem.n_steps)).sum() / by_step.sum())
    assert steps.mean() == pytest.approx(expected, abs=4)
    assert incidents(problem, 12, 3) == incidents(problem, 12, 3)
    assert all(at >= 3000 for at, _ in incidents(problem, 12, 3, since_s=3000))


def test_without_calls_a_night_is_worth_its_plan(shift):
    problem, plan = shift
    found = play(problem, plan, [], recommended, keep)
    assert (found.visibility, found.diversions, found.changed) == (visibility(problem, plan), 0, 0)


def test_who_is_sent_skips_what_is_late_and_nobody_else_changes(log, enter, shift):
    problem, plan = shift
    enter("sent", 30, team="team 1", place="site 2", minutes=25)
    kept = kept_live(log.state)
    assert check(problem, kept) == []
    assert [kept.routes[k] for k in (0, 2)] == [plan.routes[k] for k in (0, 2)]
    later = next_visits(problem, kept.routes[1], 55)
    assert set(later) <= set(plan.routes[1].visits)


@pytest.mark.parametrize("choose", [nearest, recommended])
def test_re_planning_is_worth_more_than_keeping_the_plan(shift, choose):
    problem, plan = shift
    kept = play(problem, plan, CALLS, choose, keep)
    again = play(problem, plan, CALLS, choose, replanned(Budget(iterations=60)))
    assert kept.diversions == again.diversions == 2
    assert kept.changed == 0
    assert kept.visibility < again.visibility < visibility(problem, plan) + 0.02


def test_the_nearest_team_is_there_first(shift):
    problem, plan = shift
    log = Log(problem, plan)
    rows = recommend(log.state, 5, 2400).proposals
    assert nearest(rows).arrive_s == min(row.arrive_s for row in rows)
