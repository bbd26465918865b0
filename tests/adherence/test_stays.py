"""Stays and figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.adherence.figures import Delivered, Planned, assign, longest_gap_s, mean_gap_min, row_of
from routeopt.adherence.matching import Matched
from routeopt.adherence.stays import Band, Duty, Places, Stay, hidden, stays_of
from routeopt.adherence.tracks import Track

PLACES = Places(np.array([0.0, 1000.0]), np.zeros(2), np.ones(2, dtype=np.bool_))
DUTY = Duty(frozenset({0, 1}), 0.0, 7200.0, near_m=50.0, speed_mps=1.0)
"""Goes at most 1.5 m/s."""


def walked(time_s, x, silent_s=150.0):
    n = len(time_s)
    none, zero = np.empty(0), np.zeros(n)
    return Matched(
        Track(0, np.array(time_s, dtype=float), zero, zero), np.zeros(n, np.int32), zero, np.array(x, dtype=float),
        zero, silent_s, np.zeros(n, np.bool_), np.zeros(n + 1, np.int64), none.astype(np.int32), none, none, none,
        none, 0,
    )  # fmt: skip


def stay(first, last, earliest, latest, site=0, team=0):
    return Stay(team, site, first, last, earliest, latest, ((first, last),) if last > first else (), 150.0)


def test_the_band_of_a_stay():
    """Fixes each minute from 600 to 1200 s at place 0; 110 m away, that is 40 s, at 500 and 1300 s."""
    time_s = [500, *range(600, 1201, 60), 1300]
    (found,) = stays_of(walked(time_s, [110, *[0] * 11, -110]), PLACES, DUTY)
    assert (found.first_s, found.last_s) == (600, 1200)
    assert (found.earliest_s, found.latest_s) == (540, 1260)
    assert found.dwell_s == Band(600, 660, 720)
    assert found.is_visit


def test_silence_proves_nothing_and_splits():
    """Fixes at 0, 60, 120 and 1000, 1060, 1120 s: what lies between is allowed, not proved."""
    before, after = stays_of(walked([0, 60, 120, 1000, 1060, 1120], [0.0] * 6), PLACES, DUTY)
    assert before.dwell_s == Band(120, 195, 1000)
    assert after.dwell_s.low == 120
    assert after.earliest_s == 120


def test_a_visit_between_two_fixes_is_allowed_if_there_is_time():
    """From 300 m before a place to 300 m after it in 600 s: to its sight 250 m, 166.7 s, twice; 266.7 s remain."""
    found = hidden(walked([0, 600], [700, 1300]), PLACES, DUTY, 1, 0.0, 600.0)
    assert found.dwell_s.high == pytest.approx(600 - 2 * 250 / 1.5)
    assert found.dwell_s.low == found.dwell_s.estimate == 0
    assert not found.is_visit
    duty = Duty(frozenset({1}), 0.0, 300.0, 50.0, 1.0)
    assert hidden(walked([0, 300], [700, 1300]), PLACES, duty, 1, 0.0, 300.0) is None


@pytest.mark.parametrize(
    ("first", "earliest", "kept"),
    [(1000, 940, (1, 1, 1)), (2020, 1880, (0, 0, 1)), (1950, 1850, (0, 1, 1)), (3000, 2990, (0, 0, 0))],
)
def test_a_stop_is_kept_within_the_tolerance(first, earliest, kept):
    """Planned from 1000 s, tolerance 900 s: up to 1900 s."""
    planned = Planned(0, 0, 1000.0, 1000.0, 1600.0)
    assert Delivered(planned, stay(first, first + 600, earliest, first + 700), 900.0).kept == kept


def test_who_comes_before_the_planned_wait_is_early():
    planned = Planned(0, 0, 800.0, 1000.0, 1600.0)
    assert [planned.late_s(time_s) for time_s in (700, 900, 1100)] == [-100, 0, 100]


@pytest.mark.parametrize(
    ("length", "extra", "koper"),
    [(600, 0, (1, 1, 1)), (540, 100, (0, 0, 1)), (900, 100, (0, 1, 1)), (1000, 10, (0, 0, 0))],
)
def test_the_dwell_of_the_koper_curve_is_ten_to_sixteen_minutes(length, extra, koper):
    planned = Planned(0, 0, 0.0, 0.0, 600.0)
    one = stay(1000.0, 1000.0 + length, 1000.0, 1000.0 + length + extra)
    assert Delivered(planned, one, 900.0).koper == koper


def test_each_stop_gets_the_nearest_stay_and_none_is_given_twice():
    stops = [Planned(0, 0, t, t, t + 600.0) for t in (0.0, 3600.0)] + [Planned(1, 0, 0.0, 0.0, 600.0)]
    stays = [stay(3000, 3600, 3000, 3600), stay(300, 900, 300, 900)]
    made = assign(stops, stays, lambda stop: None, 900.0)
    assert [d.stay for d in made] == [stays[1], stays[0], None]
    row = row_of(made, stays, 7200.0)
    assert (row.planned_stops, row.made, row.kept, row.visits) == (3, 2, (2, 2, 2), (2, 2, 2))
    assert row.delivered_min == Band(20, 20, 20)
    assert (row.planned_gap_min, row.gap_min, row.mean_gap_min) == (50, 60, 35)
    assert row_of(made, stays, 7200.0, team=1).made == 0


def test_gaps_reach_from_the_plans_start_to_its_end():
    assert longest_gap_s([], 100.0) == 100.0
    assert longest_gap_s([(10, 50), (20, 30), (60, 90)], 100.0) == 10.0
    assert mean_gap_min([(0, 60), (180, 240), (300, 360)]) == 1.5
    assert mean_gap_min([(0, 60)]) is None
