"""A planned night, walked as planned, later, and not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.adherence.files import COLUMNS, as_dict, write_csv
from routeopt.adherence.measure import measure
from routeopt.adherence.simulated import track_of, truths
from routeopt.adherence.tracks import Tracks
from routeopt.budget import Budget
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

TEAMS = [{"name": name, "mode": "foot", "start": "Station"} for name in ("Foot 1", "Foot 2")]


@pytest.fixture
def planned(night):
    built = build_with_streets(read_scenario(night(teams=TEAMS)))
    return built, solve(built.problem, Budget(iterations=5), strategy="greedy", seed=1).plan


def tracks(built, plan, interval_s, teams=(0, 1), late_s=0.0):
    rng = np.random.default_rng(1)
    found = [track_of(built, truth, interval_s, 5.0, rng) for truth in truths(built, plan) if truth.team in teams]
    return Tracks(tuple(replace(track, time_s=track.time_s + late_s) for track in found), (), None)


def test_a_plan_that_was_kept_is_delivered_and_a_longer_interval_hides_more(planned):
    built, plan = planned
    often, seldom = (measure(built, plan, tracks(built, plan, s)) for s in (30.0, 240.0))
    total = often.total
    assert total.planned_stops > 4
    assert total.made >= 0.9 * total.planned_stops
    assert total.kept.estimate >= 0.9 * total.planned_stops
    assert often.visibility.estimate == pytest.approx(often.planned_visibility, rel=0.1)
    assert often.visibility.low <= often.planned_visibility <= often.visibility.high * 1.02
    for one in (often, seldom):
        assert one.visibility.low <= one.visibility.estimate <= one.visibility.high
        for row in (one.total, *one.teams, *one.places, *one.both):
            for band in (row.kept, row.koper, row.delivered_min, row.visits):
                assert band.low <= band.estimate <= band.high
    wide = [one.visibility.high - one.visibility.low for one in (often, seldom)]
    assert wide[1] > 2 * wide[0]
    assert all(one.on_planned_streets > 0.9 for one in often.tracks)


def test_a_team_without_a_track_delivers_nothing_and_is_named(planned):
    built, plan = planned
    both, one = (measure(built, plan, tracks(built, plan, 60.0, teams)) for teams in ((0, 1), (0,)))
    assert one.teams[1].made == 0
    assert one.teams[1].planned_stops > 0
    assert one.visibility.high < both.visibility.low
    assert [note.values["teams"] for note in one.notes if note.code == "tracks-silent"] == [["Foot 2"]]


def test_a_clock_that_is_half_an_hour_late_is_noticed(planned):
    built, plan = planned
    found = measure(built, plan, tracks(built, plan, 60.0, late_s=1800.0))
    seconds = {n.values["team"]: n.values["seconds"] for n in found.notes if n.code == "tracks-clock"}
    assert seconds
    assert all(value == pytest.approx(-1800, abs=120) for value in seconds.values())


def test_the_table_has_a_row_for_all_teams_places_and_pairs(planned, tmp_path):
    built, plan = planned
    found = measure(built, plan, tracks(built, plan, 60.0))
    write_csv(found, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].split(",") == list(COLUMNS)
    assert len(lines) == 2 + len(found.teams) + len(found.places) + len(found.both)
    said = as_dict(found)
    assert said["visibility"]["delivered"]["estimate"] == round(found.visibility.estimate, 6)
    assert len(said["stops"]) == found.total.planned_stops
    assert sum(row["planned_stops"] for row in said["places_by_team"]) == found.total.planned_stops
