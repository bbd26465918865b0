"""Recommendations: who can be there when, and what it costs, against plain reckoning."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, replan
from routeopt.dispatch.live import live
from routeopt.dispatch.log import Log
from routeopt.dispatch.recommend import recommend
from routeopt.dispatch.situation import TeamState
from routeopt.errors import InputError
from routeopt.evaluation import handling, visibility
from routeopt.timeline import Leg, walk

SITE, STEP = 5, 45


def origins(problem, route, step):
    """Where a team is by its plan, with the steps until it can set out."""
    for part in walk(problem, route).parts:
        if part.begin <= step < part.end:
            if isinstance(part, Leg):
                return [(part.site, step - part.begin), (part.target, part.end - step)]
            return [(part.site, 0)]
    return [(int(problem.team_end_site[route.team]), 0)]


def test_arrivals_are_those_of_the_streets(log, shift):
    problem, plan = shift
    found = recommend(log.state, SITE, STEP * 60)
    assert {proposal.team for proposal in found.proposals} == {0, 1, 2}
    for proposal in found.proposals:
        steps = problem.profiles[problem.team_profile[proposal.team]].travel_steps
        ways = [wait + int(steps[at, SITE]) for at, wait in origins(problem, plan.routes[proposal.team], STEP)]
        assert proposal.arrive_s == (STEP + min(ways)) * 60
        assert proposal.earliest_s <= proposal.arrive_s < proposal.latest_s


def test_costs_are_those_of_the_night_re_planned_without_the_team(log):
    found = recommend(log.state, SITE, STEP * 60, busy_min=25, iterations=15, seed=4)
    now = live(log.state, STEP * 60)
    kept = replan(now.problem, now.plan, now.situation, Budget(iterations=15), seed=4)
    for proposal in found.proposals:
        free = proposal.arrive_s // 60 + 25
        away = replace(now.situation, teams={proposal.team: TeamState(SITE, free)})
        sent = replan(now.problem, now.plan, away, Budget(iterations=15), seed=4)
        lost = visibility(now.problem, kept.plan) - visibility(now.problem, sent.plan)
        assert proposal.visibility_lost == pytest.approx(lost, abs=1e-9)
        for r, response in enumerate(proposal.response_lost):
            before, after = (handling(now.problem, one.plan, r)[0] for one in (kept, sent))
            assert response == pytest.approx(before - after, abs=1e-9)


def test_the_order_is_the_one_that_is_stated(log):
    for within in (0.0, 3.0, 100.0):
        rows = recommend(log.state, SITE, STEP * 60, within_min=within).proposals
        first = min(row.arrive_s for row in rows)
        near = [row for row in rows if row.arrive_s <= first + within * 60]
        assert list(rows[: len(near)]) == sorted(near, key=lambda row: (row.visibility_lost, row.team))
        assert [row.arrive_s for row in rows[len(near) :]] == sorted(row.arrive_s for row in rows[len(near) :])


def test_a_recent_position_says_where_a_team_is(log, enter):
    at = float(log.problem.site_lat[SITE]), float(log.problem.site_lon[SITE])
    enter("position", STEP - 2, team="team 2", lat=at[0], lon=at[1])
    found = recommend(log.state, SITE, STEP * 60)
    assert next(row for row in found.proposals if row.team == 2).arrive_s == STEP * 60
    old = recommend(log.state, SITE, (STEP + 20) * 60)
    assert next(row for row in old.proposals if row.team == 2).arrive_s > (STEP + 20) * 60


def test_who_is_not_proposed_is_said_with_its_reason(shift):
    problem, plan = shift
    powers = np.array([True, True, False])
    log = Log(replace(problem, team_powers=powers), plan)
    day = {"happened_at": "2026-11-27T19:40:00", "entered_at": "2026-11-27T19:40:00"}
    log.enter(log.read({"id": "a", "kind": "off_duty", "team": "team 0", **day}))
    log.enter(log.read({"id": "b", "kind": "sent", "team": "team 1", "place": "site 3", "minutes": 30, **day}))
    found = recommend(log.state, SITE, STEP * 60)
    assert found.proposals == ()
    assert [row.why.code for row in found.unable] == ["unable-off-duty", "unable-busy", "unable-powers"]
    assert "site 3 until 20:10" in found.unable[1].why.text()
    later = recommend(log.state, SITE, 80 * 60, teams=[2])
    assert [row.team for row in later.proposals] == [2]
    assert {row.why.code for row in later.unable} == {"unable-off-duty", "unable-not-asked"}


def test_at_the_end_of_the_shift_nobody_is_proposed(log):
    found = recommend(log.state, SITE, (log.problem.n_steps - 1) * 60)
    assert found.proposals == ()
    assert {row.why.code for row in found.unable} == {"unable-shift"}


def test_as_json_it_has_names_and_times(log):
    found = recommend(log.state, SITE, STEP * 60)
    document = json.loads(json.dumps(found.to_json(log.state.problem)))
    first = document["proposals"][0]
    assert document["now"] == "19:45"
    assert first["team"] in log.problem.team_names
    others = [row["arrive"] for row in document["proposals"][1:]]
    assert first["second"] == min(others)


@pytest.mark.parametrize("wrong", [{"busy_min": -1}, {"within_min": float("nan")}, {"seed": -1}, {"site": 99}])
def test_numbers_out_of_range_are_refused(log, wrong):
    with pytest.raises(InputError):
        recommend(log.state, **({"site": SITE, "now_s": 0} | wrong))
