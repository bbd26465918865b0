"""Routes walked out in time: by hand, and that the parts tile the duty."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.plan import Route, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Kind
from routeopt.problem.tasks import Task, with_tasks
from routeopt.timeline import Gap, Leg, Stay, Wait, walk


@pytest.fixture
def street(make_problem) -> Problem:
    """A problem with a task of 7 steps at site 3."""
    return with_tasks(make_problem(1), [Task("call", 3, ((0, 100),), 7, 0.01)])


def travel(problem: Problem, team: int, a: int, b: int) -> int:
    return int(problem.profiles[problem.team_profile[team]].travel_steps[a, b])


def test_a_visit_is_a_leg_a_wait_and_a_stay(street):
    start, begin = int(street.team_start_site[0]), int(street.team_start_step[0])
    home, finish = int(street.team_end_site[0]), int(street.team_end_step[0])
    there, back = travel(street, 0, start, 2), travel(street, 0, 2, home)
    due = begin + there + 4
    day = walk(street, Route(0, (Visit(2, due, 1),)))
    assert day.parts == (
        Leg(start, 2, begin, begin + there),
        Wait(2, begin + there, due),
        Stay(2, due, due + 10, due, begin + there, 0, 1, False, 0.85, 1.0, True),
        Leg(2, home, due + 10, due + 10 + back),
        Wait(home, due + 10 + back, finish, seen=False),  # back at its post
    )
    assert day.gaps == (
        Gap(start, begin, 2, due, begin + there),
        Gap(2, due + 10, home, finish, due + 10 + back),
    )


def test_visits_in_a_row_to_one_site_are_one_stay_whose_effect_is_due_at_its_end(street):
    day = walk(street, Route(0, (Visit(2, 40, 0), Visit(2, 50, 0), Visit(2, 55, 0))))
    assert [(s.begin, s.end, s.effect) for s in day.stays()] == [(40, 45, 0.0), (50, 55, 0.0), (55, 60, 1.0)]
    assert Wait(2, 45, 50) in day.parts


def test_a_task_is_not_free_and_lasts_its_service(street):
    activity = street.activities.of_task(0)
    (stay,) = walk(street, Route(0, (Visit(3, 60, activity),))).stays()
    assert (stay.end - stay.begin, stay.free, stay.effect) == (7, False, 0.3)
    assert street.activities.kind[activity] == Kind.TASK
    assert (street.activities.task(activity), street.activities.task(0)) == (0, None)


def test_a_late_team_begins_on_arrival_and_ends_as_planned(street):
    begin = int(street.team_start_step[0])
    arrive = begin + travel(street, 0, int(street.team_start_site[0]), 2)
    (stay,) = walk(street, Route(0, (Visit(2, begin, 3),))).stays()
    assert (stay.begin, stay.end) == (arrive, begin + 20)


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_of_a_feasible_route_tile_its_duty(make_problem, make_plan, seed):
    problem = make_problem(seed)
    for route in make_plan(problem, seed).routes:
        day, now = walk(problem, route), int(problem.team_start_step[route.team])
        at = int(problem.team_start_site[route.team])
        for part in day.parts:
            assert (part.begin, part.site) == (now, at)
            now, at = part.end, part.target if isinstance(part, Leg) else part.site
        assert (now, at) == (problem.team_end_step[route.team], problem.team_end_site[route.team])
        assert [(s.site, s.begin) for s in day.stays()] == [(v.site, v.start) for v in route.visits]
        assert len(day.gaps) == len(route.visits) + 1


def test_activities_are_the_menu_and_then_the_tasks(street):
    table = street.activities
    assert table.steps[: table.n_chosen].tolist() == [5, 10, 15, 20, 7]
    assert table.effect[: table.n_chosen].tolist() == [0.30, 0.85, 1.0, 1.0, 0.30]
    assert table.site[: table.n_chosen].tolist() == [-1, -1, -1, -1, 3]
    assert np.array_equal(table.who, np.ones((len(table), street.n_teams), dtype=bool))
    assert (table.n_chosen, table.first_task, table.name[4]) == (5, 4, "call")


@pytest.mark.parametrize("steps", [1, 7, 120])
def test_stops_waiting_and_being_away_are_rows_of_any_length(street, steps):
    table = street.activities
    for row, kind in (
        (table.stop(steps), Kind.STOP),
        (table.wait(steps), Kind.WAIT),
        (table.away(steps), Kind.AWAY),
    ):
        assert (table.kind[row], table.steps[row], table.exists(row)) == (kind, steps, True)
    assert not table.exists(table.stop(street.n_steps) - 1)
    assert not table.exists(table.n_chosen)


def test_a_team_waits_where_it_is_until_it_is_called_away(street):
    """Worked by hand: called away at 50 from site 2, free at site 3 at 70; then 5 minutes there."""
    table = street.activities
    visits = (Visit(2, 30, 0), Visit(3, 50, table.away(20)), Visit(3, 72, 0))
    day = walk(street, Route(0, visits))
    stay, after = day.stays()
    (away,) = day.absences()
    assert (away.site, away.begin, away.end, away.order) == (3, 50, 70, 1)
    assert (stay.site, stay.end, stay.effect) == (2, 35, 0.30)
    assert day.gaps[1] == (2, 35, 2, 50, 35)
    assert Wait(2, 35, 50) in day.parts
    assert (after.site, after.arrive, after.begin, after.end, after.effect) == (3, 70, 72, 77, 0.30)
    assert not [leg for leg in day.legs() if leg.target == 3]


@pytest.mark.parametrize(("steps", "effect"), [(3, 0.0), (5, 0.30), (12, 0.85), (60, 1.0)])
def test_a_stop_of_any_length_has_the_effect_of_the_longest_dwell_in_it(street, steps, effect):
    table = street.activities
    (stay,) = walk(street, Route(0, (Visit(2, 30, table.stop(steps)),))).stays()
    assert (stay.begin, stay.end, stay.effect, stay.free, stay.presence) == (30, 30 + steps, effect, True, 1.0)
    assert table.effect[table.stop(steps)] == effect
    assert not stay.waits


def test_a_length_of_the_menu_is_the_dwell_of_the_menu(street):
    table = street.activities
    assert [table.stop_of(steps) for steps in (5, 20, 12)] == [0, 3, table.stop(12)]


def test_waiting_breaks_a_stay_and_has_no_effect_of_its_own(street):
    table = street.activities
    visits = (Visit(2, 10, 0), Visit(2, 15, table.wait(10)), Visit(2, 25, 0))
    effects = [(stay.effect, stay.free, stay.presence) for stay in walk(street, Route(0, visits)).stays()]
    assert effects == [(0.30, True, 1.0), (0.0, True, 1.0), (0.30, True, 1.0)]


def test_a_team_that_arrives_to_the_step_does_not_wait(street):
    arrive = int(street.team_start_step[0]) + travel(street, 0, int(street.team_start_site[0]), 2)
    leg, stay, *_ = walk(street, Route(0, (Visit(2, arrive, 1),))).parts
    assert (type(leg), type(stay), leg.end, stay.begin) == (Leg, Stay, arrive, arrive)


@pytest.mark.parametrize("before", [0, 1])
def test_before_it_is_called_away_a_team_is_on_patrol_where_it_served_a_task(make_problem, before):
    """At a post that is no place for stops: on patrol after a task, not after waiting or from its start."""
    problem = with_tasks(make_problem(1), [Task("desk", 0, ((0, 100),), 7, 0.01)])
    table = problem.activities
    away, task = table.away(10), table.of_task(0)
    elsewhere = (Visit(2, 30, 0),) * before
    for what, seen in ((task, True), (table.wait(7), False)):
        day = walk(problem, Route(0, (*elsewhere, Visit(0, 60, what), Visit(3, 80, away))))
        assert Wait(0, 67, 80, seen=seen) in day.parts
    day = walk(problem, Route(0, (Visit(3, 80, away), Visit(3, 95, 0))))
    assert day.parts[0] == Wait(int(problem.team_start_site[0]), int(problem.team_start_step[0]), 80, seen=False)
