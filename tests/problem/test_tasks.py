"""Tasks made for a problem: invalid ones are refused at once, existing ones stay."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.problem.access import Closure
from routeopt.problem.build_tasks import numbered
from routeopt.problem.tasks import Task, done, reachable, starts, windows, with_tasks


@pytest.fixture
def problem(make_problem):
    return make_problem(0)


def test_tasks_are_appended(problem, make_plan):
    first = with_tasks(problem, [Task("a", 1, ((3, 9),), 7)])
    both = with_tasks(first, [Task("b", 2, ((5, 6), (8, 8)), 2, teams=frozenset({1}))])
    assert both.tasks.names == ("a", "b")
    assert [windows(both, q) for q in (0, 1)] == [[(3, 9)], [(5, 6), (8, 8)]]
    assert both.tasks.allowed.tolist() == [[True, True, True], [False, True, False]]
    np.testing.assert_array_equal(both.visit_steps[:6], [5, 10, 15, 20, 7, 2])
    np.testing.assert_array_equal(both.visit_effect[:6], [0.30, 0.85, 1.0, 1.0, 0.30, 0.0])
    assert done(both, make_plan(problem, 1)).tolist() == [0, 0]


def test_all_faults_at_once(problem):
    bad = [
        Task("a", 1, ((3, 9),), 7),
        Task("a", 99, ((9, 3), (500, 600)), 0, reward=-1.0, teams=frozenset({9})),
        Task("b", 1, (), 1),
    ]
    with pytest.raises(InputError) as caught:
        with_tasks(problem, bad)
    assert sorted(fault.code for fault in caught.value.faults) == [
        "RO-460", "RO-461", "RO-462", "RO-463", "RO-464", "RO-465", "RO-465", "RO-466",
    ]  # fmt: skip
    assert 'task "a": window (9, 3): need 0 ≤ first ≤ last < ' in str(caught.value)


def test_teams_that_can_do_a_task_alone(problem):
    """Team 1 begins and ends elsewhere than team 0; a window of one step is reached or not, to the step."""
    travel = problem.profiles[0].travel_steps
    soonest = int(problem.team_start_step[0] + travel[problem.team_start_site[0], 5])
    latest = int(problem.team_end_step[0] - travel[5, problem.team_end_site[0]]) - 4
    only = frozenset({0})
    tasks = [Task(str(t), 5, ((t, t),), 4, teams=only) for t in (soonest - 1, soonest, latest, latest + 1)]
    assert reachable(with_tasks(problem, tasks))[:, 0].tolist() == [False, True, True, False]


def test_a_task_ends_before_its_place_closes(problem):
    """A service of 4 steps, to begin in steps 10 to 30, at a place that is closed in steps 20 to 24."""
    problem = with_tasks(problem, [Task("a", 1, ((10, 30),), 4), Task("b", 2, ((10, 30),), 4)])
    shut = problem.closed([Closure(1, 20, 25, team=0)])
    assert starts(shut, 0, 0) == [(10, 16), (25, 30)]
    assert starts(shut, 0, 1) == starts(shut, 1, 0) == [(10, 30)]
    assert starts(problem.closed([Closure(1, 5, 35)]), 0, 0) == []


def test_repeated_names_are_numbered_past_those_that_are_taken():
    taken = {"A", "A 3"}
    assert numbered(["A", "B", "A", "A", "B", "A 2"], taken) == ["A 2", "B", "A 4", "A 5", "B 2", "A 2 2"]
    assert taken >= {"A 5", "B 2"}
