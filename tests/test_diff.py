"""What changed between two routes or plans, by hand."""

from __future__ import annotations

import numpy as np

from routeopt.diff import differences, edits, n_changed, n_edited, unchanged
from routeopt.plan import Plan, Route, Visit

FIRST_TASK = 4


def rows(*visits):
    return np.array(visits, dtype=np.int64).reshape(-1, 3)


OLD = rows((1, 10, 0), (2, 30, 1), (3, 50, FIRST_TASK))


def test_a_shift_within_the_tolerance_is_no_change():
    new = rows((1, 12, 0), (2, 36, 1), (3, 50, FIRST_TASK))
    assert unchanged(OLD, new, 5, FIRST_TASK) == ({0, 2}, {0, 2})
    assert n_changed(OLD, new, 5, FIRST_TASK) == 1
    assert n_changed(OLD, new, 6, FIRST_TASK) == 0
    assert n_edited(OLD, new) == 2


def test_a_stop_may_last_longer_but_a_task_is_no_other_task():
    assert n_changed(OLD, rows((1, 10, 3), (2, 30, 1), (3, 50, FIRST_TASK)), 0, FIRST_TASK) == 0
    assert n_changed(OLD, rows((1, 10, 0), (2, 30, 1), (3, 50, FIRST_TASK + 1)), 0, FIRST_TASK) == 1


def test_each_stop_is_matched_once():
    assert n_changed(rows((1, 10, 0), (1, 12, 0)), rows((1, 11, 0)), 5, FIRST_TASK) == 1
    assert n_changed(rows(), OLD, 5, FIRST_TASK) == n_changed(OLD, rows(), 5, FIRST_TASK) == 3


def test_edits_are_the_new_visits_and_those_that_are_gone():
    first, second, third = Visit(1, 10, 0), Visit(2, 30, 1), Visit(2, 30, 2)
    before = Plan((Route(0, (first, second)), Route(1, (first,))))
    after = Plan((Route(0, (first, third)), Route(1)))
    assert edits(before, after) == ({(0, 1)}, [second, first])
    assert edits(before, before) == (set(), [])


def test_two_plans_of_a_problem_differ_by_names(make_problem):
    problem = make_problem(1)
    before = Plan((Route(0, (Visit(1, 20, 1), Visit(2, 80, 1))), Route(1), Route(2)))
    after = Plan((Route(0, (Visit(1, 25, 1),)), Route(1, (Visit(2, 82, 1),)), Route(2)))
    assert [change.to_json() for change in differences(problem, before, after)] == [
        {
            "what": "retimed",
            "was": {"team": "team 0", "site": "site 1", "start": "19:20", "minutes": 10},
            "now": {"team": "team 0", "site": "site 1", "start": "19:25", "minutes": 10},
        },
        {
            "what": "moved",
            "was": {"team": "team 0", "site": "site 2", "start": "20:20", "minutes": 10},
            "now": {"team": "team 1", "site": "site 2", "start": "20:22", "minutes": 10},
        },
    ]
    assert differences(problem, before, before) == []
