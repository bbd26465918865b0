"""What is said of each broken rule: every value, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.clock import Clock
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Access, Closure, Problem
from routeopt.problem.activities import Sort
from routeopt.problem.tasks import Task, with_tasks
from routeopt.problem.zones import ZoneLayer
from routeopt.rules import check, of_route
from tests.conftest import random_problem


@pytest.fixture
def street() -> Problem:
    """Sites 0 (the post, no place for stops) to 5 in a row, two steps of 30 s apart; 100 steps from 19:00 on.

    The teams begin and end at the post, in steps 10 and 90; a dwell takes 4 steps.
    """
    problem = random_problem(0, n_sites=6, n_points=6, n_steps=100, n_teams=3)
    steps = 2 * np.abs(np.subtract.outer(np.arange(6), np.arange(6))).astype(np.int32)
    nothing = dict.fromkeys(("pass_point", "pass_step", "pass_present", "pass_leaves"), ())
    profiles = tuple(
        replace(p, travel_steps=steps, pass_ptr=np.zeros(37, dtype=np.int64), **nothing) for p in problem.profiles
    )
    post = np.zeros(3, dtype=np.int32)
    return replace(
        problem, clock=Clock(1140, 100, 30), profiles=profiles, dwell_steps=np.array([4], dtype=np.int32),
        dwell_effect=np.array([0.5]), team_start_site=post, team_end_site=post, team_start_step=post + 10,
        team_end_step=post + 90,
    )  # fmt: skip


def said(problem, *routes):
    plan = Plan(tuple(Route(k, routes[k] if k < len(routes) else ()) for k in range(3)))
    return [str(violation) for violation in check(problem, plan)]


def stop(site, start):
    return Visit(site, start, 0)


def test_travel_and_the_shift(street):
    assert said(street, (stop(1, 12), stop(2, 18), stop(3, 24), stop(4, 78))) == []  # to the step
    assert said(street, (stop(1, 12), stop(2, 17))) == [
        "team 0, stop 2 at site 2 (19:08): arrives 19:09, 0.5 min late.",
    ]  # fmt: skip
    assert said(street, (), (stop(1, 11),)) == [
        "team 1, stop 1 at site 1 (19:05): arrives 19:06, 0.5 min late.",
    ]  # fmt: skip
    assert len(said(street, (stop(1, 10),))) == 1  # late, but not before its shift
    assert said(street, (stop(1, 9),))[-1] == (
        "team 0, stop 1 at site 1 (19:04): starts before the team's shift, which begins 19:05."
    )
    assert said(street, (stop(1, 12), stop(4, 81))) == [
        "team 0: is at its end site 0 at 19:46, 1.5 min after its shift ends (19:45)."
    ]
    away = street.activities.away(10)
    assert said(street, (stop(1, 12), Visit(3, 16, away), stop(3, 26))) == []
    assert said(street, (stop(1, 12), Visit(3, 15, away), stop(3, 26))) == [
        "team 0 is called away at 19:07, 0.5 min before its stop is over.",
    ]  # fmt: skip


def test_no_way(street):
    steps = street.profiles[0].travel_steps.copy()
    steps[0, 5] = steps[4, 0] = UNREACHABLE
    cut = replace(street, profiles=(replace(street.profiles[0], travel_steps=steps), street.profiles[1]))
    assert said(cut, (stop(5, 50), stop(4, 60))) == [
        "team 0, stop 1 at site 5 (19:25): no way leads there.",
        "team 0: no way leads from its last stop to its end site 0.",
    ]


def test_closures_hold_before_their_end(street):
    shut = street.closed([Closure(2, 30, 40, 0)])
    for start in (26, 40):
        assert said(shut, (stop(2, start),), (stop(2, 30),)) == []
    for start, clock in ((27, "19:13"), (39, "19:19")):
        assert said(shut, (stop(2, start),)) == [
            f"team 0, stop 1 at site 2 ({clock}): closed to the team from 19:15 to 19:20.",
        ]  # fmt: skip


def test_areas_zones_and_reserves(street):
    two = np.array([-1, 0, 0, 1, 1, 1], dtype=np.int32)
    areas = replace(street, area_names=("A", "B"), site_area=two, team_area=np.array([1, -1, 0], dtype=np.int32))
    visits = stop(2, 20), stop(3, 30)
    assert said(areas, visits, visits, visits) == [
        'team 0, stop 1 at site 2 (19:10): outside its area "B".',
        'team 2, stop 2 at site 3 (19:15): outside its area "A".',
    ]
    layer = ZoneLayer("kind", ("north", "south"), np.zeros(6, dtype=np.int32), two)
    zones = replace(street, zone_layers=(layer,), team_zone=np.array([1, -1, 0], dtype=np.int32))
    assert said(zones, visits, visits, visits) == [
        'team 0, stop 1 at site 2 (19:10): outside its zone "south".',
        'team 2, stop 2 at site 3 (19:15): outside its zone "north".',
    ]
    reserve = replace(zones, team_reserve=np.array([True, False, False]))
    assert [text.split(":")[0] for text in said(reserve, visits)] == [
        "team 0, stop 1 at site 2 (19", "team 0, stop 2 at site 3 (19",
    ]  # fmt: skip
    assert not any("zone" in text for text in said(reserve, visits))


def test_coming_back_is_not_staying_on(street):
    once = replace(street, access=Access(no_return=np.arange(6) == 2))
    assert said(once, (stop(2, 20), stop(2, 24), stop(3, 30), stop(3, 40))) == []
    assert said(once, (stop(3, 20), stop(2, 30), stop(3, 40)), (stop(2, 20),)) == []
    assert said(once, (stop(2, 20), stop(3, 30), stop(2, 40))) == [
        "team 0, stop 3 at site 2 (19:20): the team has stopped there before, and may not return.",
    ]  # fmt: skip


def test_stops_begin_some_time_apart(street):
    spaced = replace(street, spacing_steps=10)
    assert said(spaced, (stop(1, 20), stop(2, 30), stop(2, 34), stop(3, 44))) == []
    assert said(spaced, (stop(1, 20), stop(2, 29))) == [
        "team 0, stop 2 at site 2 (19:14): stops must begin 5 min apart; the one before begins 19:10.",
    ]  # fmt: skip
    assert len(said(spaced, (stop(2, 30), stop(2, 35)))) == 1  # it went, or waited
    tasked = with_tasks(spaced, [Task("call", 2, ((0, 99),), 1)])
    call = tasked.activities.of_task(0)
    assert said(tasked, (stop(2, 20), Visit(2, 24, call), stop(2, 30))) == []
    assert said(street, (stop(1, 20), stop(2, 29))) == []


def test_tasks_alone(street):
    tasks = [
        Task("door", 2, ((20, 22), (40, 40)), 3, teams=frozenset({0})),
        Task("desk", 0, ((0, 90),), 3, mandatory=True),
    ]
    problem = with_tasks(street, tasks)
    door, desk = (problem.activities.of_task(q) for q in (0, 1))
    done = Visit(0, 60, desk)
    for start in (20, 22, 40):
        assert said(problem, (Visit(2, start, door), done)) == []
    for start, clock in ((19, "19:09"), (23, "19:11"), (39, "19:19"), (41, "19:20")):
        assert said(problem, (Visit(2, start, door), done)) == [
            f'team 0, stop 1 at site 2 ({clock}): task "door" must begin within 19:10–19:11, 19:20–19:20.',
        ]  # fmt: skip
    assert said(problem, (done,), (Visit(2, 20, door),)) == [
        'team 1, stop 1 at site 2 (19:10): the team is not allowed to serve task "door".',
    ]  # fmt: skip
    assert said(problem, (Visit(3, 20, door), done)) == [
        'team 0, stop 1 at site 3 (19:10): task "door" is at site 2.'
    ]
    (elsewhere,) = said(problem, (Visit(1, 60, desk),))
    assert elsewhere == 'team 0, stop 1 at site 1 (19:30): task "desk" is at site 0.'
    assert said(problem) == ['Mandatory task "desk" is not served.']
    assert said(problem, (Visit(2, 20, door), Visit(2, 40, door), done), (Visit(0, 61, desk),)) == [
        'team 0: task "door" is served 2 times; it must be served once.',
        'team 1: task "desk" is served 2 times; it must be served once.',
    ]


def test_waiting_at_posts_and_where_tasks_are(street):
    shut = replace(street, site_stoppable=np.array([False, True, True, True, False, False]))
    problem = with_tasks(shut, [Task("door", 4, ((0, 90),), 3)])
    wait = problem.activities.wait(4)
    assert said(problem, (Visit(0, 12, wait), Visit(4, 40, wait))) == []
    ends = replace(problem, team_end_site=np.array([5, 0, 0], dtype=np.int32))
    assert said(ends, (Visit(0, 12, wait), Visit(5, 60, wait))) == []
    refused = "team 0, stop 1 at site {} (19:20): stopping is not allowed there."
    for site, activity in ((5, wait), (4, 0), (0, 0)):
        assert said(problem, (Visit(site, 40, activity),)) == [refused.format(site)]


def test_crews(street):
    pair = Task("pair", 2, ((0, 90),), 3, crew=2, lead=frozenset({1, 2}))
    problem = with_tasks(street, [pair, Task("alone", 3, ((0, 90),), 3, lead=frozenset({1}))])
    both = problem.activities.of_task(0)
    one, later = (Visit(2, 30, both),), (Visit(2, 31, both),)
    assert said(problem, one, one) == said(problem, (), one, one) == []
    assert said(problem, (stop(1, 14), *one)) == [
        'team 0, stop 2 at site 2 (19:15): 1 teams do "pair"; it takes 2.',
        'team 0, stop 2 at site 2 (19:15): one of the teams of "pair" must be of team 1, team 2.',
    ]
    assert said(problem, later, one) == [
        'team 0, stop 1 at site 2 (19:15): "pair" is done together; the first team begins at 19:15.',
    ]  # fmt: skip
    assert said(problem, one, one, one) == ['team 2: task "pair" is served 3 times; it must be served once.']
    alone = problem.activities.of_task(1)
    assert said(problem, (Visit(3, 30, alone),)) == []
    assert of_route(problem, Route(0, one)) == []


def test_breaks(street):
    rest = Task("rest", 2, ((0, 90),), 5, 0.0, presence=0.0, sort=Sort.BREAK)
    again = Task("rest 2", 2, ((0, 90),), 5, 0.0, presence=0.0, sort=Sort.BREAK)
    task = Task("call", 2, ((0, 90),), 5, 0.0)
    problem = with_tasks(street, [rest, again, task])
    first, second, call = (problem.activities.of_task(q) for q in range(3))
    held = replace(problem, longest_work=np.array([30, 0, 80], dtype=np.int32))
    assert said(held, (Visit(2, 40, first), Visit(2, 60, second))) == []
    assert said(held, (Visit(2, 30, first), Visit(2, 65, second))) == []
    assert said(held, (Visit(2, 25, first), Visit(2, 55, second))) == []
    assert said(held, (Visit(2, 24, first), Visit(2, 54, second))) == [
        "team 0: no break from 19:29 to 19:45; it must have one every 15 min."
    ]
    assert said(held, (Visit(2, 41, first), Visit(2, 77, second))) == [
        "team 0: no break from 19:05 to 19:20; it must have one every 15 min.",
        "team 0: no break from 19:23 to 19:38; it must have one every 15 min.",
    ]
    assert said(held, (Visit(2, 40, first), Visit(2, 60, call))) == [
        "team 0: no break from 19:22 to 19:45; it must have one every 15 min."
    ]
    shorter = replace(held, longest_work=np.array([0, 0, 79], dtype=np.int32))
    assert said(shorter) == ["team 2: no break from 19:05 to 19:45; it must have one every 39.5 min."]
