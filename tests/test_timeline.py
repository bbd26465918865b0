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
        Stay(2, due, due + 10, due, begin + there, 0, 1, 0.85, 1.0, True),
        Leg(2, home, due + 10, due + 10 + back),
        Wait(home, due + 10 + back, finish),
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
    assert table.steps.tolist() == [5, 10, 15, 20, 7]
    assert table.effect.tolist() == [0.30, 0.85, 1.0, 1.0, 0.30]
    assert table.site.tolist() == [-1, -1, -1, -1, 3]
    assert np.array_equal(table.who, np.ones((5, street.n_teams), dtype=bool))
    assert (len(table), table.first_task, table.name[-1]) == (5, 4, "call")
