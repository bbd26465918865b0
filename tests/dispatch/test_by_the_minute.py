"""What is known of teams, and what it means for the plan, to the second: every limit by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from routeopt import Situation, TeamState
from routeopt.clock import Clock
from routeopt.dispatch.log import Log
from routeopt.dispatch.state import BusyPlace, Errand, TeamNow, _behind, site_now, situation
from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit

from .conftest import BEGIN, at

SECOND = 1 / 60
FIRST, SECOND_STOP = Visit(3, 30, 1), Visit(4, 60, 0)


@pytest.fixture
def base(make_problem):
    """A night of 120 minutes, whose sites are 222 m apart from south to north."""
    problem = make_problem(3)
    lat, lon = 26.66 + np.arange(problem.n_sites) * 0.002, np.full(problem.n_sites, 119.55)
    return replace(problem, clock=Clock(1140, problem.n_steps, 60, BEGIN.date()), site_lat=lat, site_lon=lon)


@pytest.fixture
def night(base):
    """Makes a shift whose first team has these visits, and what enters an event by minute, kind and fields."""

    def make(*visits, **changes):
        log = Log(replace(base, **changes), Plan((Route(0, visits), Route(1), Route(2))))

        def enter(minute, kind, **fields):
            head = {"id": str(len(log)), "kind": kind, "happened_at": at(minute), "entered_at": at(minute)}
            return log.enter(
                log.read({**head, "team": "team 0", **fields} if kind not in NO_TEAM else {**head, **fields})
            )

        return log, enter

    return make


NO_TEAM = ("note", "place_busy", "place_closed", "task_added", "task_done", "task_cancelled", "struck")


def teams(log, minute=None):
    return situation(log.state, None if minute is None else round(minute * 60)).teams


@pytest.mark.parametrize(
    ("minute", "free"),
    [(20, None), (35, None), (35 + SECOND, 46), (36, 46), (58, 68), (90, 100), (90 + SECOND, None), (0, None)],
)
def test_a_team_that_arrives_later_than_five_minutes_is_free_later(night, minute, free):
    """Due at 30 for ten minutes; an arrival more than an hour off does not count."""
    log, enter = night(FIRST, SECOND_STOP)
    enter(minute, "arrived", place="site 3")
    assert teams(log) == ({} if free is None else {0: TeamState(3, free)})
    if free is None:
        assert teams(log, minute + 20) == {}  # though it is there for longer


def test_of_two_stops_at_a_place_a_team_arrives_at_the_nearer_one(night):
    log, enter = night(FIRST, Visit(3, 80, 1))
    enter(62, "arrived", place="site 3")
    assert teams(log) == {}


@pytest.mark.parametrize(("left", "step"), [(-90, 0), (59, 0), (60, 1), (7199, 119), (7200, 119), (9999, 119)])
def test_the_way_of_a_team_that_left_is_that_of_the_step_in_which_it_left(base, left, step):
    asked = []
    problem = SimpleNamespace(
        clock=base.clock, activities=base.activities, n_steps=120,
        movement=lambda team: SimpleNamespace(steps=lambda *arguments: asked.append((team, *arguments)) or 3),
    )  # fmt: skip
    route = Route(0, (Visit(3, 0, 0), Visit(4, 30, 0), Visit(3, 120, 0), Visit(4, 170, 0)))
    _behind(problem, 1, route, TeamNow(site=3, left_s=left), 9999)
    assert asked == [(1, 3, 4, step)]


def travel(log, site, target):
    return log.problem.movement(0).steps(site, target, 50)


def test_a_team_that_leaves_is_behind_if_it_comes_five_minutes_late_to_the_next_stop(night):
    """Due at site 4 at 60."""
    log, enter = night(FIRST, SECOND_STOP)
    last = 65 - travel(log, 3, 4)
    enter(last, "left", place="site 3")
    assert teams(log) == {}
    log, enter = night(FIRST, SECOND_STOP)
    enter(last + SECOND, "left", place="site 3")
    assert teams(log) == {0: TeamState(3, last + 1)}
    assert teams(log, last + 5) == {0: TeamState(3, last + 5)}


@pytest.mark.parametrize("following", [(), (Visit(3, 45, 0),)])
def test_a_team_that_leaves_for_nowhere_else_is_not_behind(night, following):
    log, enter = night(FIRST, *following)
    enter(42, "left", place="site 3")
    assert teams(log, 100) == {}


def test_the_stop_that_a_team_leaves_is_the_one_that_ends_about_then(night):
    """Its stops at site 3 end at 40 and at 95: leaving at 93, nothing comes after; at 30, site 4 does."""
    for minute, found in ((93, {}), (66, {0: TeamState(3, 66)})):
        log, enter = night(FIRST, SECOND_STOP, Visit(3, 85, 1))
        enter(minute, "left", place="site 3")
        assert teams(log) == found
    log, enter = night(Visit(3, 5, 0), Visit(4, 30, 0), Visit(5, 100, 0))
    enter(70, "left", place="site 3")  # the stop there ended an hour ago, to the minute
    assert teams(log) == {0: TeamState(3, 70)}
    log, enter = night(Visit(3, 5, 0), Visit(4, 30, 0), Visit(5, 100, 0))
    enter(70 + SECOND, "left", place="site 3")  # longer ago: it goes to the stop that is next by the clock
    assert teams(log) == {}


def test_a_team_that_leaves_another_place_goes_to_the_stop_that_is_next_by_the_clock(night):
    """Due at 30 at site 3, then at 60 at site 4; a stop that is five minutes late is given up."""
    for minute, found in ((35, {}), (35 - SECOND, {0: TeamState(5, 35)})):
        log, enter = night(FIRST, SECOND_STOP)
        enter(minute, "left", place="site 5")
        assert teams(log) == found


@pytest.mark.parametrize(("minutes", "free"), [(25, 55), (24.5, 55), (24, 54)])
def test_a_team_that_was_sent_is_free_at_the_next_step(night, minutes, free):
    log, enter = night()
    enter(30, "sent", place="site 2", minutes=minutes)
    assert log.state.teams[0].errand == Errand(2, 1800, 1800 + round(minutes * 60), None)
    assert teams(log) == {0: TeamState(2, free)}
    assert teams(log, 58) == {0: TeamState(2, 58)}


@pytest.mark.parametrize(
    ("site", "end", "known"), [(2, 53, 0), (2, 54, 1), (2, 55, 1), (2, 56, 1), (2, 57, 0), (3, 55, 0)]
)
def test_the_plan_knows_of_an_errand_whose_end_it_has_to_the_step(night, base, site, end, known):
    away = Visit(2, 31, base.activities.away(24))
    log, enter = night(away, Visit(2, 70, 0))
    enter(30, "sent", place=f"site {site}", minutes=end - 30)
    assert teams(log) == ({} if known else {0: TeamState(site, end)})


def test_a_stop_that_ends_like_an_errand_is_not_one(night):
    log, enter = night(Visit(2, 45, 1))
    enter(30, "sent", place="site 2", minutes=25)
    assert teams(log) == {0: TeamState(2, 55)}


def test_a_team_that_is_back_before_the_plan_has_it_back_is_free(night, base):
    """Away by the plan from 31 until 55."""
    log, enter = night(Visit(2, 10, 0), Visit(2, 31, base.activities.away(24)))
    enter(20, "arrived", place="site 5")
    for minute, found in ((30, {}), (31, {0: TeamState(5, 31)}), (54, {0: TeamState(5, 54)}), (55, {})):
        assert teams(log, minute) == found


def test_the_step_of_a_moment_is_one_of_the_plan(night):
    log, _ = night()
    assert [situation(log.state, s).step for s in (-90, 0, 59, 60, 7199, 7200, 9999)] == [
        0,
        0,
        0,
        1,
        119,
        119,
        119,
    ]
    assert situation(log.state) == Situation(0)


def test_a_team_off_duty_is_at_its_end(night):
    log, enter = night(team_end_site=np.array([7, 0, 0], dtype=np.int32))
    enter(30.5, "off_duty")
    assert teams(log) == {0: TeamState(7, 30, on_duty=False)}


def about(log):
    team = log.state.teams[0]
    return team.site, team.arrived_s, team.left_s, team.errand


def test_arriving_and_leaving(night):
    log, enter = night()
    enter(10, "left")
    assert about(log) == (None, None, 600, None)
    enter(11, "arrived", place="site 3")
    assert about(log) == (3, 660, None, None)
    assert log.state.teams[0].position == (log.problem.site_lat[3], log.problem.site_lon[3])
    enter(12, "left")
    assert about(log) == (3, 660, 720, None)
    enter(13, "left", place="site 4")
    assert about(log) == (4, None, 780, None)
    assert log.state.teams[0].position_s == 780


def test_an_errand_lasts_until_the_team_leaves_or_arrives_elsewhere(night):
    log, enter = night()
    enter(10, "sent", place="site 3", minutes=10)
    assert about(log) == (None, None, None, Errand(3, 600, 1200, None))  # nobody knows what it left
    enter(12, "arrived", place="site 3")
    assert about(log) == (3, 720, None, Errand(3, 600, 1200, None))
    enter(13, "sent", place="site 4", minutes=1)
    assert about(log) == (3, 720, 780, Errand(4, 780, 840, None))  # which ends its stay
    enter(14, "sent", place="site 5", minutes=1)
    assert about(log)[2] == 780
    enter(15, "left")
    assert about(log) == (5, None, 900, None)
    enter(16, "sent", place="site 3", minutes=1)
    enter(17, "arrived", place="site 4")
    assert about(log) == (4, 1020, None, None)


def test_coming_on_duty_is_at_the_teams_start_or_where_it_is_said(night):
    for place, site in ((None, 6), ("site 2", 2)):
        log, enter = night(team_start_site=np.array([6, 0, 0], dtype=np.int32))
        enter(10, "sent", place="site 3", minutes=10)
        enter(11, "off_duty")
        assert about(log)[3] is None
        enter(12, "on_duty", **({} if place is None else {"place": place}))
        assert about(log) == (site, 720, None, None)
        assert log.state.teams[0].on_duty


def test_the_last_position_counts_and_the_last_that_was_heard(night):
    log, enter = night()
    for minute, lat in ((10, 26.661), (12, 26.662), (11, 26.663), (12, 26.664)):
        enter(minute, "position", lat=lat, lon=119.55)
    team = log.state.teams[0]
    assert (team.position, team.position_s, team.heard_s) == ((26.664, 119.55), 720, 720)
    assert log.state.now_s == 720


def test_the_place_of_a_position_is_the_nearest_for_five_minutes(night):
    log, enter = night()
    assert site_now(log.state, 0, 600) is None
    enter(10, "position", lat=26.66 + 0.0081, lon=119.55)
    assert [site_now(log.state, 0, s) for s in (600, 900, 901)] == [4, 4, None]
    assert [site_now(log.state, 0, s, 60) for s in (660, 661)] == [4, None]
    nowhere = replace(log.state, base=replace(log.problem, site_lat=np.empty(0), site_lon=np.empty(0)))
    assert site_now(nowhere, 0, 600) is None


def test_a_busy_place_is_one_until_its_time_is_over():
    busy = BusyPlace(3, 600, 2.0, 10)
    assert [busy.holds(s) for s in (599, 600, 1199, 1200)] == [False, True, True, False]


def test_a_place_is_busy_from_the_step_in_which_that_was_said(night):
    """Before the shift's start, from its start; after its end, no more."""
    for minute, first in ((-5, 0), (7.9, 7), (119.5, 119), (120, None)):
        log, enter = night()
        enter(minute, "place_busy", place="site 3", factor=3, minutes=30)
        more = np.flatnonzero((log.state.problem.demand > log.problem.demand).any(axis=0))
        assert (more[0] if len(more) else None) == first


def test_tasks_are_open_until_they_are_done_or_cancelled(night):
    log, enter = night()
    names = ["a", "b", "c"]
    for n, name in enumerate(names):
        enter(n, "task_added", task={"name": name, "place": "site 1", "service_min": 5, "windows": []})
    enter(4, "task_done", task="a", team="team 1")
    enter(5, "task_cancelled", task="b")
    enter(6, "task_done", task="c")
    assert log.state.tasks[-3:] == tuple(names)
    assert [log.state.is_open(name) for name in names] == [False, False, False]
    assert (log.state.done, log.state.cancelled) == ({"a": (240, 1), "c": (360, None)}, {"b": 300})
    assert log.state.is_open("d")


# --- the log --------------------------------------------------------------------------------------------------


def refused(call):
    with pytest.raises(InputError) as error:
        call()
    return [(fault.code, fault.path) for fault in error.value.faults]


def test_events_belong_to_the_shift_from_six_hours_before_until_twelve_after(night):
    log, enter = night()
    for minute in (-360, 120 + 720):
        assert enter(minute, "note", text="x").new
    for minute in (-360 - SECOND, 120 + 720 + SECOND):
        assert refused(lambda minute=minute: enter(minute, "note", text="x")) == [("RO-703", "event.happened_at")]
    assert len(log) == 2


def test_clocks_differ_by_two_minutes(night):
    log, _ = night()
    for n, (minute, sound) in enumerate(((12, True), (12 + SECOND, False))):
        note = {"id": str(n), "kind": "note", "text": "x", "happened_at": at(minute), "entered_at": at(10)}
        if sound:
            assert log.enter(log.read(note)).new
        else:
            assert refused(lambda note=note: log.enter(log.read(note))) == [("RO-704", "event.happened_at")]


def test_both_times_of_an_event_are_named(night):
    log, _ = night()
    note = {
        "id": "n",
        "kind": "note",
        "text": "x",
        "happened_at": at(3) + "+08:00",
        "entered_at": at(3) + "+08:00",
    }
    assert refused(lambda: log.enter(log.read(note))) == [
        ("RO-567", "event.happened_at"), ("RO-567", "event.entered_at"),
    ]  # fmt: skip


def test_a_copy_goes_its_own_way(night):
    log, enter = night()
    enter(10, "off_duty", id="off")
    enter(11, "note", id="n", text="x")
    enter(12, "struck", id="s", of="n")
    other = log.copy()
    assert (other.state, other.events, len(other)) == (log.state, log.events, 3)
    enter(13, "on_duty", id="on")
    assert (len(log), len(other)) == (4, 3)
    assert other.find("on") is None
    assert log.find("on").kind == "on_duty"
    assert not other.state.teams[0].on_duty
    assert other.faults(log.events[0]) == []
    for of, code in (("n", "RO-706"), ("s", "RO-705"), ("none", "RO-705")):
        strike = {"id": "t", "kind": "struck", "happened_at": at(20), "entered_at": at(20), "of": of}
        assert refused(lambda strike=strike: other.enter(other.read(strike))) == [(code, "event.of")]
    late = {"id": "l", "kind": "on_duty", "happened_at": at(9), "entered_at": at(20), "team": "team 0"}
    assert refused(lambda: other.enter(other.read(late))) == [("RO-709", "event.team")]


def test_what_is_struck_out_has_not_happened_for_what_comes_late(night):
    log, enter = night()
    enter(10, "off_duty", id="off")
    enter(20, "note", id="n", text="x")
    enter(21, "struck", id="s", of="off")
    enter(22, "struck", id="s2", of="n")
    assert log.state.teams[0].on_duty
    enter(15, "sent", place="site 3", minutes=10)
    assert log.state.teams[0].errand == Errand(3, 900, 1500, None)
    enter(15, "off_duty")
    enter(15, "on_duty")  # of two at one time, the one entered last is the later one
    assert about(log) == (0, 900, None, None)


def test_what_is_struck_out_last_leaves_the_state_of_the_others(night):
    log, enter = night()
    enter(10, "arrived", place="site 3")
    enter(20, "arrived", id="wrong", place="site 4")
    enter(30, "position", lat=26.66, lon=119.55)
    enter(31, "struck", of="wrong")
    assert about(log) == (3, 600, None, None)
    assert log.state.teams[0].heard_s == 1800


def test_a_fault_of_an_added_task_is_at_the_task(night):
    _log, enter = night()
    task = {"name": "a", "place": "site 1", "service_min": 5, "windows": []}
    enter(1, "task_added", task=task)
    assert refused(lambda: enter(2, "task_added", task=task)) == [("RO-460", "event.task")]
    assert refused(lambda: enter(2, "sent", place="site 1", minutes=5, task="b")) == [("RO-710", "event.task")]
    enter(2, "task_cancelled", task="a")
    assert refused(lambda: enter(3, "sent", place="site 1", minutes=5, task="a")) == [("RO-711", "event.task")]
    assert enter(3, "sent", place="site 1", minutes=5).new


def test_a_place_is_named_by_what_it_is_called(night):
    log, enter = night()
    enter(1, "place_closed", place="site 2")
    with pytest.raises(InputError) as error:
        enter(2, "place_closed", place="site 2")
    assert error.value.faults[0].values["place"] == "site 2"
    assert log.state.closed == frozenset({2})


def test_recommendations_that_were_followed_are_counted(night):
    log, enter = night()
    for minute, first in enumerate(["team 0", "team 0", "team 1", None]):
        enter(minute, "sent", place="site 1", minutes=5, **({} if first is None else {"recommended": first}))
    assert log.state.followed == (2, 3)


def test_a_log_is_made_again_of_its_events(night):
    log, enter = night(FIRST)
    enter(10, "off_duty")
    enter(12, "note", text="x")
    again = Log(log.problem, log.plan, log.events)
    assert (again.state, again.events) == (log.state, log.events)


def test_a_position_stands_for_the_place_for_stops_that_is_nearest(night):
    """Site 0 is the post; site 1 is 222 m away."""
    log, enter = night()
    post = {"lat": float(log.problem.site_lat[0]), "lon": float(log.problem.site_lon[0])}
    enter(1, "place_closed", place=post)
    assert log.state.closed == frozenset({1})
    assert refused(lambda: enter(2, "place_closed", place=post)) == [("RO-712", "event.place")]


def test_a_published_plan_is_checked_before_it_counts(night):
    log, _ = night()
    head = {"id": "p", "kind": "plan_published", "happened_at": at(1), "entered_at": at(1)}
    wrong = log.read({**head, "plan": {"format": "x"}})
    assert [fault.code for fault in log.faults(wrong)] == ["RO-511"]
    assert log.faults(log.read({**head, "plan": log.plan.to_json(log.problem)})) == []
