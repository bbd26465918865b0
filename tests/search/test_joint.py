"""Moves of tasks that several teams do together: all parts at once, and back to where they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Plan, Route, Visit
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search import joint
from routeopt.search.state import Search
from tests.strategies.test_tasks import small


@pytest.fixture
def night(make_problem):
    """A task of two teams at site 2, and what one of them does before and after."""
    problem = with_tasks(small(make_problem, 3, n_sites=4), [Task("joint", 2, ((3, 4),), 1, 0.1, crew=2)])
    what = problem.activities.of_task(0)
    first = Route(0, (Visit(1, 1, 0), Visit(2, 3, what), Visit(3, 5, 0)))
    return problem, Plan((first, Route(1, (Visit(2, 3, what),))))


def test_both_parts_are_taken_out_and_the_task_is_off(night):
    problem, plan = night
    search = Search(problem)
    search.set_plan(search.rows_of(plan))
    assert search.crews.begin == {0: 3}
    assert joint.remove(search, 0)
    assert search.crews.begin == {0: None}
    assert not search.done().any()


def test_a_team_that_cannot_go_on_without_its_part_keeps_it(night):
    """The leg that would take its place is longer than the way by the task."""
    problem, plan = night
    profiles = []
    for profile in problem.profiles:
        travel = profile.travel_steps.reshape(4, 4).copy()
        travel[1, 3] = 7
        profiles.append(replace(profile, travel_steps=travel))
    problem = replace(problem, profiles=tuple(profiles))
    search = Search(problem)
    search.stoppable[:] = False  # nothing else to do in between
    search.set_plan(search.rows_of(plan))
    before = [route[:, :3].tolist() for route in search.copy_routes()]
    assert not joint.remove(search, 0)
    search.set_plan(search.rows_of(plan))
    assert not any(joint.move(search, np.random.default_rng(seed)) for seed in range(5))
    assert [route[:, :3].tolist() for route in search.copy_routes()] == before
    assert search.crews.begin == {0: 3}


def test_a_move_that_loses_changes_nothing(night):
    problem, plan = night
    search = Search(problem)
    search.set_plan(search.rows_of(plan))
    for seed in range(20):
        value, begin, routes = search.objective(), search.crews.begin[0], search.copy_routes()
        if not joint.move(search, np.random.default_rng(seed)):
            assert search.objective() == pytest.approx(value, rel=1e-12)
            assert search.crews.begin[0] == begin
            assert all(np.array_equal(a, b) for a, b in zip(search.copy_routes(), routes, strict=True))
