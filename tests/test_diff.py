"""What changed between two routes or plans, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.diff import PlannedStop, StopChange, changes, differences, edits, n_changed, n_edited, unchanged
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
    for other in (0, FIRST_TASK - 1, FIRST_TASK + 1):
        instead = rows((1, 10, 0), (2, 30, 1), (3, 50, other))
        assert n_changed(OLD, instead, 0, FIRST_TASK) == n_changed(instead, OLD, 0, FIRST_TASK) == 1


def test_rows_may_say_more_of_a_visit_than_is_compared():
    fixed, free = np.array([[1, 10, 0, 1]]), np.array([[1, 10, 0, 0]])
    assert unchanged(fixed, free, 0, FIRST_TASK) == ({0}, {0})


def test_each_stop_is_matched_once():
    assert n_changed(rows((1, 10, 0), (1, 12, 0)), rows((1, 11, 0)), 5, FIRST_TASK) == 1
    assert unchanged(rows((1, 10, 0)), rows((1, 10, 0), (1, 11, 0)), 5, FIRST_TASK) == ({0}, {0})
    assert n_edited(rows(), OLD) == n_edited(OLD, rows()) == 3
    assert n_changed(rows(), OLD, 5, FIRST_TASK) == n_changed(OLD, rows(), 5, FIRST_TASK) == 3


def test_edits_are_the_new_visits_and_those_that_are_gone():
    first, second, third = Visit(1, 10, 0), Visit(2, 30, 1), Visit(2, 30, 2)
    before = Plan((Route(0, (first, second)), Route(1, (first,))))
    after = Plan((Route(0, (first, third)), Route(1)))
    assert edits(before, after) == ({(0, 1)}, [second, first])
    assert edits(before, before) == (set(), [])
    twice = Plan((Route(0, (first, first)),))
    assert edits(twice, twice) == (set(), [])
    assert edits(Plan((Route(0, (first,)),)), twice) == ({(0, 1)}, [])
    with pytest.raises(ValueError, match="zip"):
        edits(before, twice)


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


def stop(team, site, start_s, dwell_s=600):
    return PlannedStop(team, site, start_s, dwell_s)


def kinds(before, after):
    return [change.kind for change in changes(before, after)]


@pytest.mark.parametrize(
    ("now", "most_s", "kind"),
    [(("t", "a"), 3600, "retimed"), (("u", "a"), 1800, "moved"), (("t", "b"), 600, "replaced")],
)
def test_a_stop_is_another_one_beyond_its_limit(now, most_s, kind):
    for sign in (1, -1):
        assert kinds([stop("t", "a", 40_000)], [stop(*now, 40_000 + sign * most_s)]) == [kind]
        beyond = changes([stop("t", "a", 40_000)], [stop(*now, 40_000 + sign * (most_s + 1))])
        assert sorted(change.kind for change in beyond) == ["added", "dropped"]


def test_another_teams_stop_elsewhere_is_another_one():
    assert sorted(kinds([stop("t", "a", 0)], [stop("u", "b", 0)])) == ["added", "dropped"]


def test_the_same_team_comes_before_the_same_time_and_the_same_place_before_the_same_turn():
    was, retimed = stop("t", "a", 0), stop("t", "a", 300)
    moved, replaced = stop("u", "a", 200), stop("t", "b", 100)
    new = [StopChange("added", None, one) for one in (retimed, moved, replaced)]
    assert changes([was], [moved, replaced, retimed]) == [new[2], StopChange("retimed", was, retimed), new[1]]
    assert changes([was], [replaced, moved]) == [new[2], StopChange("moved", was, moved)]
    assert changes([was], [replaced]) == [StopChange("replaced", was, replaced)]
    assert changes([was], []) == [StopChange("dropped", was, None)]


def test_of_two_stops_as_near_in_time_the_one_of_the_same_length_is_the_same():
    was, short, long = stop("t", "a", 1000, 600), stop("t", "a", 1100, 300), stop("t", "a", 900, 600)
    assert changes([was], [short, long]) == [StopChange("retimed", was, long), StopChange("added", None, short)]


def test_each_stop_has_one_partner_and_the_closest_ones_are_matched_first():
    first, second = stop("t", "a", 0), stop("t", "a", 1000)
    assert changes([first, second], [stop("t", "a", 900)]) == [
        StopChange("dropped", first, None), StopChange("retimed", second, stop("t", "a", 900)),
    ]  # fmt: skip
    assert changes([stop("t", "a", 900)], [first, second]) == [
        StopChange("added", None, first), StopChange("retimed", stop("t", "a", 900), second),
    ]  # fmt: skip


def test_changes_are_listed_by_the_team_that_has_the_stop_now_and_by_time():
    before = [stop("t", "a", 5000), stop("t", "b", 9000), stop("u", "c", 7000)]
    after = [stop("u", "b", 9100), stop("s", "d", 100), stop("t", "c", 6800)]
    found = changes(before, after)
    assert [(c.team, c.kind) for c in found] == [
        ("s", "added"), ("t", "dropped"), ("t", "moved"), ("u", "moved"),
    ]  # fmt: skip
    assert found[0].to_json()["was"] is None
    assert found[1].to_json()["now"] is None


@pytest.mark.parametrize(
    ("minute", "clock"), [(1439, "23:59"), (1380, "23:00"), (1440, "00:00"), (1565, "02:05"), (2879, "23:59")]
)
def test_a_stop_is_said_by_the_clock(minute, clock):
    assert stop("t", "a", minute * 60 + 59, 450).text() == f"{clock}, 7.5 min"
