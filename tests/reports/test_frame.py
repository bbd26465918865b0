"""What the first map leaves out."""

from __future__ import annotations

import pytest

from routeopt.reports.frame import outside
from routeopt.reports.model import Track

KM = 1 / 111.195
"""One kilometre in degrees, at the equator."""


def track(team, north_km, east_km, size_km=0.5):
    lat = tuple(v * KM for v in (north_km, north_km + size_km))
    lon = tuple(v * KM for v in (east_km, east_km + size_km))
    return Track(f"team {team}", team, lat, lon, (0.0, 60.0))


def test_one_team_twelve_kilometres_away_is_left_out_and_said():
    found = outside((track(0, 0, 0), track(1, 0.5, 0.5), track(2, 0, 12), track(3, 0.5, 0)))
    assert [(far.team, far.compass) for far in found] == [(2, "e")]
    assert found[0].km == pytest.approx(11.75, abs=0.1)


def test_two_teams_far_away_together_are_left_out_together():
    near = [track(n, 0, n / 10) for n in range(5)]
    assert [far.team for far in outside((*near, track(5, 10, 0), track(6, 10, 0)))] == [5, 6]


def test_teams_side_by_side_are_all_shown():
    assert outside(tuple(track(n, 0, n) for n in range(6))) == []


def test_half_of_the_teams_is_not_left_out():
    assert outside((track(0, 0, 0), track(1, 0, 12))) == []
    assert outside((track(0, 0, 0), track(1, 0, 0), track(2, 0, 12), track(3, 0, 12))) == []
