"""Streets that close and open during a shift, on a block of four streets.

The station is its south-west corner. On foot 75 m take a step: the 300 m to the south-east corner take 4, and the
744 m round the other side 10. From "West", 55 m north of the station, it is 355 m (5 steps), or 689 m (10).
"""

from __future__ import annotations

import threading

import pytest

from routeopt import Budget, TeamState, check
from routeopt.dispatch.live import live, replan_live
from routeopt.dispatch.log import Log
from routeopt.dispatch.overview import overview
from routeopt.dispatch.recommend import recommend
from routeopt.dispatch.state import situation
from routeopt.dispatch.streets import LiveStreets
from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario

PLACES = [
    {"name": "SE", "lat": 26.0, "lon": 119.003},
    {"name": "NE", "lat": 26.002, "lon": 119.003},
    {"name": "West", "lat": 26.0005, "lon": 119.0},
]
STATION, SE, NE, WEST = range(4)
SOUTH = {"names": ["South St"]}
BUDGET = Budget(iterations=20)
MINUTE = 60


@pytest.fixture
def town(night):
    """The block on a date, with one team on foot."""
    shift = {"start": "19:00", "end": "21:00", "date": "2026-11-27"}
    sites = {"count": 0, "list": PLACES}
    return build_with_streets(read_scenario(night(shift=shift, sites=sites)))


@pytest.fixture
def log(town):
    """The team stops at West from 19:10 to 19:15, and in the south-east from 19:20 on, which is just in time."""
    plan = Plan((Route(0, (Visit(WEST, 10, 0), Visit(SE, 20, 0))),))
    assert check(town.problem, plan) == []
    return Log(town.problem, plan, streets=LiveStreets(town))


def arrival(log, minute):
    """Minutes from now until a team is in the south-east."""
    found = recommend(log.state, SE, minute * MINUTE, iterations=0).proposals
    return found[0].arrive_s / MINUTE - minute if found else None


def test_a_team_comes_later_while_a_street_is_closed_by_hand(log, enter):
    enter("arrived", 12, team="Foot 1", place="West")
    assert arrival(log, 12) == 5
    enter("street_closed", 12, id="closed", **SOUTH)
    assert arrival(log, 12) == 10
    enter("street_opened", 13, of="closed")
    assert arrival(log, 13) == 5
    assert overview(log.state, 13 * MINUTE)["streets"] == []


def test_what_was_struck_out_was_never_closed(log, enter):
    before = log.state.problem_now
    enter("street_closed", 12, id="closed", **SOUTH)
    enter("street_opened", 40, id="open", of="closed")
    with pytest.raises(InputError, match="stands on it"):
        enter("struck", 41, of="closed")
    enter("struck", 41, of="open")
    assert log.state.problem_now.movement(0).steps(WEST, SE, 50) == 10
    enter("struck", 42, of="closed")
    assert log.state.problem_now is log.state.problem
    assert log.state.problem_now.profiles is before.profiles


def test_a_closure_of_known_length_ends_by_itself(log, enter):
    enter("street_closed", 12, minutes=30, **SOUTH)
    steps = log.state.problem_now.movement(0).steps
    assert [steps(WEST, SE, t) for t in (6, 12, 41, 42)] == [5, 10, 10, 5]
    assert [len(overview(log.state, t * MINUTE)["streets"]) for t in (11, 12, 41, 42)] == [0, 1, 1, 0]


def test_a_part_of_a_street_and_some_modes_alone(log, enter):
    corner = {"lat": 26.0, "lon": 119.0028, "radius_m": 60}
    enter("street_closed", 12, id="cars", modes=["car"], **SOUTH)
    assert log.state.problem_now.movement(0).steps(WEST, SE, 20) == 5
    enter("street_closed", 13, id="end", near=corner, **SOUTH)
    row = overview(log.state, 13 * MINUTE)["streets"][1]
    assert 0 < len(row["segments"]) < len(overview(log.state, 13 * MINUTE)["streets"][0]["segments"])
    assert log.state.problem_now.movement(0).steps(WEST, SE, 20) == 10


@pytest.mark.parametrize(("minute", "until"), [(12, 12), (17, 17), (17, 60)])
def test_the_rest_is_planned_on_the_streets_that_are_left(log, enter, minute, until):
    """Closed as the team stops in the west, and as it is on its way; asked at once, and much later."""
    enter("street_closed", minute, id="closed", **SOUTH)
    state = log.state
    now = situation(state, until * MINUTE)
    assert now.teams == ({0: TeamState(SE, 25)} if until == 17 else {})
    found = replan_live(state, until * MINUTE, BUDGET)
    assert check(state.problem_now, found.plan) == []
    if until == 12:
        assert ("dropped", "not-in-time") in {(c.what, c.why.code) for c in found.changes}
    if until < 60:
        assert all(v.start >= 25 for v in found.plan.routes[0].visits if v.site == SE and v.activity >= 0)
    enter("plan_published", until, id="new", plan=found.plan.to_json(state.problem))
    assert log.state.problem is log.state.problem_now
    assert log.state.problem.movement(0).steps(WEST, SE, 70) == 10
    enter("struck", 61, of="closed")  # and the plan that went round holds on the streets as they were
    assert check(log.state.problem, log.state.plan) == []
    assert check(live(log.state).problem, replan_live(log.state, budget=BUDGET).plan) == []


def test_a_team_turns_back_where_no_way_is_left(log, enter):
    """West and east are closed: the south-east is cut off, two minutes after the team left for it."""
    enter("street_closed", 17, id="closed", names=["South St", "East St"])
    assert log.state.problem_now.movement(0).steps(WEST, SE, 20) == UNREACHABLE
    assert situation(log.state).teams == {0: TeamState(WEST, 19)}
    assert arrival(log, 17) is None
    found = replan_live(log.state, budget=BUDGET)
    assert check(log.state.problem_now, found.plan) == []
    assert SE not in {visit.site for visit in found.plan.routes[0].visits}


def test_a_plan_that_was_made_before_is_shown_on_the_streets_of_its_time(log, enter):
    enter("street_closed", 12, **SOUTH)
    enter("plan_published", 13, plan=log.plan.to_json(log.state.problem))
    assert log.state.problem is log.state.known


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("street_closed", {}, "RO-714"),
        ("street_closed", {"names": ["South St.", "West St"]}, "RO-715"),
        ("street_closed", {"near": {"lat": 27.0, "lon": 119.0, "radius_m": 50}}, "RO-716"),
        ("street_opened", {"of": "nothing"}, "RO-717"),
    ],
)
def test_what_is_no_street_is_said(log, enter, kind, fields, code):
    with pytest.raises(InputError) as error:
        enter(kind, 12, **fields)
    assert [fault.code for fault in error.value.faults] == [code]


def test_without_streets_none_can_be_closed(shift):
    log = Log(*shift)
    head = {"id": "a", "happened_at": "2026-11-27T19:10:00", "entered_at": "2026-11-27T19:10:00"}
    with pytest.raises(InputError, match="without its streets"):
        log.enter(log.read({**head, "kind": "street_closed", "names": ["South St"]}))


def test_the_same_closures_are_worked_out_once(log, enter, monkeypatch):
    runs = []
    work = LiveStreets._worked_out
    monkeypatch.setattr(LiveStreets, "_worked_out", lambda *given: runs.append(1) or work(*given))
    enter("street_closed", 12, id="closed", **SOUTH)
    asking = [threading.Thread(target=lambda: log.state.problem_now) for _ in range(3)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    enter("note", 14, text="rain")
    enter("task_added", 15, task={"name": "call", "place": "NE", "service_min": 5})
    assert log.state.problem_now.movement(0).steps(WEST, SE, 20) == 10
    assert len(runs) == 1
