"""Which team is there when, and in which order teams are proposed: every limit by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from routeopt.clock import Clock
from routeopt.dispatch import recommend as parts
from routeopt.dispatch.live import live
from routeopt.dispatch.log import Log
from routeopt.plan import Plan, Result, Route, Visit

from .conftest import BEGIN, at

STOP = Visit(3, 30, 1)


@pytest.fixture
def base(make_problem):
    problem = make_problem(3)
    lat, lon = 26.66 + np.arange(problem.n_sites) * 0.002, np.full(problem.n_sites, 119.55)
    return replace(problem, clock=Clock(1140, problem.n_steps, 60, BEGIN.date()), site_lat=lat, site_lon=lon)


def log_of(problem, *visits):
    return Log(problem, Plan((Route(0, visits), Route(1), Route(2))))


def enter(log, minute, kind, **fields):
    head = {"id": str(len(log)), "kind": kind, "happened_at": at(minute), "entered_at": at(minute)}
    log.enter(log.read({**head, "team": "team 0", **fields}))


def way(log, site, minute, teams=None):
    """The way of team 0: step of arrival, length and what it interrupts; or the code of why not."""
    now_s = round(minute * 60)
    found = parts._way(log.state, live(log.state, now_s), 0, site, now_s, teams)
    return (found.step, found.way_steps, found.interrupts) if isinstance(found, parts._Way) else found.code


def origins(log, minute):
    now_s = round(minute * 60)
    return [tuple(vars(one).values()) for one in parts._origins(log.state, live(log.state, now_s), 0, now_s)]


def proposal(team, arrive_s, lost=0.0, **more):
    result = Result(Plan(()), 0.5, "replan", 0, 0.0, 0)
    values = {
        "earliest_s": 0,
        "latest_s": 0,
        "interrupts": None,
        "response_lost": (),
        "result": result,
        "others_changed": 0,
    }
    return parts.Proposal(team, arrive_s, visibility_lost=lost, **values | more)


def test_teams_about_as_near_as_the_first_are_ordered_by_cost():
    """The first is there at 60; with two minutes, who is there by 180 is as near."""
    rows = [
        proposal(0, 60, 0.3),
        proposal(1, 180, 0.1),
        proposal(2, 181, 0.0),
        proposal(3, 300),
        proposal(4, 100, 0.1),
    ]
    for order in (rows, rows[::-1]):
        assert [row.team for row in parts._ordered(order, 2)] == [1, 4, 0, 2, 3]
    assert [row.team for row in parts._ordered(rows, 0)] == [0, 4, 1, 2, 3]
    assert parts._ordered([], 2) == ()


def test_the_second_team_is_the_next_one_to_be_there():
    rows = proposal(0, 60), proposal(1, 200), proposal(2, 120)
    found = parts.Recommendation(3, 0, 20, rows, (), 2.5)
    assert [found.second_s(row) for row in rows] == [120, 60, 60]
    assert parts.Recommendation(3, 0, 20, rows[:1], (), 2.5).second_s(rows[0]) is None
    assert found.rule.values == {"minutes": "2.5"}


def test_where_a_team_sets_out(base):
    home = int(base.team_end_site[0])
    start, begin = int(base.team_start_site[0]), int(base.team_start_step[0])
    there = base.movement(0).steps(start, 3, begin)
    log = log_of(base, STOP)
    assert there >= 2
    assert origins(log, begin) == [(start, 0), (3, there)]
    assert origins(log, begin + 1) == [(start, 1), (3, there - 1)]
    assert origins(log, begin + there) == origins(log, 39) == [(3, 0)]
    assert origins(log, 40)[0] == (3, 0)
    assert origins(log, 119)[0][0] == home
    away = log_of(base, STOP, Visit(5, 50, base.activities.away(10)))
    assert origins(away, 49) == [(3, 0)]
    assert origins(away, 50) == origins(away, 59) == []
    enter(log, 20, "position", lat=26.66 + 0.014, lon=119.55)
    assert origins(log, 22) == [(7, 0)]
    sent = log_of(base, STOP)
    enter(sent, 20, "sent", place="site 8", minutes=10)
    assert origins(sent, 22) == [(8, 0)]


def test_when_a_team_is_there_and_what_it_interrupts(base):
    log = log_of(base, STOP)
    steps = base.movement(0).steps(3, 6, 30)
    assert way(log, 6, 30) == (30 + steps, steps, STOP)
    assert way(log, 6, 39) == (39 + steps, steps, STOP)
    assert way(log, 3, 29) == (29, 0, None)  # it waits there
    assert way(log, 6, 40)[2] is None
    waits = log_of(base, Visit(3, 30, base.activities.wait(10)))
    assert way(waits, 6, 35) == (35 + steps, steps, None)


def test_why_a_team_cannot_be_sent(base):
    begin = int(base.team_start_step[0])
    soon = replace(base, team_start_step=base.team_start_step + 2)
    log = log_of(soon, STOP)
    assert way(log, 3, begin + 1) == "unable-off-duty"
    assert way(log, 3, begin + 2) != "unable-off-duty"
    log = log_of(base, STOP)
    assert way(log, 3, 30, teams=[1, 2]) == "unable-not-asked"
    assert way(log, 3, 30, teams=[0]) == (30, 0, STOP)
    log = log_of(replace(base, team_powers=np.array([False, True, True])), STOP)
    assert way(log, 3, 30) == "unable-powers"
    assert way(log, 3, 30, teams=[0]) == (30, 0, STOP)
    log = log_of(base, STOP)
    enter(log, 20, "sent", place="site 5", minutes=10)
    assert way(log, 5, 29.9) == "unable-busy"
    assert way(log, 5, 30) == (30, 0, None)
    away = log_of(base, STOP, Visit(5, 50, base.activities.away(10)))
    assert way(away, 3, 55) == "unable-unknown"
    enter(away, 56, "off_duty")
    assert way(away, 3, 57) == "unable-off-duty"


def test_a_team_must_be_there_before_its_shift_ends(base):
    end = int(base.team_end_step[0])
    log = log_of(base, STOP)
    enter(log, end - 3, "position", lat=26.66 + 0.006, lon=119.55)
    steps = base.movement(0).steps(3, 6, end - 3)
    for finish, able in ((end - 3 + steps, False), (end - 2 + steps, True)):
        later = replace(log.state, base=replace(base, team_end_step=np.array([min(finish, 119), 119, 119])))
        now_s = (end - 3) * 60
        found = parts._way(later, live(log.state, now_s), 0, 6, now_s, None)
        if finish <= 119:
            assert isinstance(found, parts._Way) is able


def test_when_a_team_is_there_at_the_earliest_and_at_the_latest(base, monkeypatch):
    """20 steps from now with a way of 10: a minute earlier, or a third of the way and a minute later."""
    log = log_of(base, STOP)
    now = live(log.state, 1800)
    changes = [SimpleNamespace(team=team, what=what, visit=visit) for team, what, visit in (
        (0, "dropped", 1), (1, "dropped", 1), (1, "added", 2), (2, "added", 3), (0, "added", 4),
    )]  # fmt: skip
    asked = []

    def replan(_problem, _plan, situation, _budget, *, seed):
        asked.append((situation.teams[0], seed))
        return SimpleNamespace(changes=changes)

    monkeypatch.setattr(parts, "replan", replan)
    figures = SimpleNamespace(of=lambda _result: (0.5, 0.25, 0.125))
    for minutes, busy in ((20, 20), (0, 1), (0.4, 1), (1.6, 2)):
        found = parts._proposal(now, 0, 6, parts._Way(50, 10, STOP), minutes, figures, (0.75, 0.5, 0.5), None, 7)
        assert (asked[-1][0].site, asked[-1][0].free_step, asked[-1][1]) == (6, 50 + busy, 7)
    assert (found.arrive_s, found.earliest_s, found.latest_s) == (3000, 2940, 3000 + 180 + 60)
    assert (found.visibility_lost, found.response_lost, found.others_changed) == (0.25, (0.25, 0.375), 2)
    at_once = parts._proposal(now, 0, 6, parts._Way(30, 0, None), 20, figures, (0.75, 0.5, 0.5), None, 7)
    assert (at_once.arrive_s, at_once.earliest_s, at_once.latest_s) == (1800, 1800, 1860)


def test_limits_of_values_are_allowed(base):
    log = log_of(base, STOP)
    for values in ({"busy_min": 0, "within_min": 0, "seed": 0, "iterations": 0}, {"busy_min": 1440}):
        found = parts.recommend(log.state, base.n_sites - 1, 119 * 60, teams=[], **values)
        assert {one.why.code for one in found.unable} <= {"unable-not-asked", "unable-off-duty"}
        assert (found.proposals, found.now_s) == ((), 119 * 60)
