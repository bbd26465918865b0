"""Nights that are played: the same for every way of answering, and worth what the evaluation says."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt import Budget, check
from routeopt.dispatch.delivered import AS_PLANNED, Delivery, Patrol
from routeopt.dispatch.live import kept_live, next_visits
from routeopt.dispatch.log import Log
from routeopt.dispatch.recommend import recommend
from routeopt.dispatch.simulate import incidents, keep, nearest, play, recommended, replanned
from routeopt.evaluation import visibility
from routeopt.timeline import end_of

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


def test_part_of_the_dwell_is_delivered_and_teams_come_late(shift):
    problem, plan = shift
    went = [Patrol(problem, 0, Delivery(0.6, 2.0, seed=seed)) for seed in range(60)]
    told = [patrol.until(plan.routes[0], problem.clock.duration_s, 0) for patrol in went]
    stops = [
        visit for visit in plan.routes[0].visits if not problem.activities.rows[visit.activity].kind.is_record
    ]
    first = [(one[0].at_s - 60 * stops[0].start, one[1].at_s - one[0].at_s) for one in told]
    late, stayed = np.array(first, dtype=float).T
    assert (late >= 0).all()
    assert late.max() > 0
    dwell = 60 * (end_of(problem, stops[0]) - stops[0].start)
    assert stayed.sum() / (dwell - late).sum() == pytest.approx(0.6, abs=0.06)
    again = Patrol(problem, 0, Delivery(0.6, 2.0, seed=7))
    assert again.until(plan.routes[0], problem.clock.duration_s, 0) == told[7]


def test_a_night_as_teams_deliver_it_is_worth_less_and_keeps_the_rules_of_time(shift):
    problem, plan = shift
    full, part = (play(problem, plan, CALLS, recommended, keep, delivery=d) for d in (AS_PLANNED, Delivery(0.6)))
    assert part.visibility < full.visibility
    patrol = Patrol(problem, 1, Delivery(0.3, 5.0, seed=2))
    patrol.until(plan.routes[1], 30 * 60, 0)
    patrol.send(3, 30 * 60, 20 * 60)
    told = patrol.until(plan.routes[1], problem.clock.duration_s, 30 * 60)
    assert (told[0].kind, told[0].site) == ("left", 3)
    route = patrol.route()
    ends = [end_of(problem, visit) for visit in route.visits]
    assert all(end <= visit.start for end, visit in zip(ends, route.visits[1:], strict=False))
    assert any(visit.site == 3 and visit.start == 30 for visit in route.visits)
