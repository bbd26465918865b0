"""What a command room looks at."""

from __future__ import annotations

import json

import numpy as np
import pytest

from routeopt.dispatch.live import next_visits
from routeopt.dispatch.overview import Watch, overview, seen_series
from routeopt.evaluation import visibility
from routeopt.timeline import Leg, walk

CALL = {"name": "call", "place": "site 1", "service_min": 5, "windows": [["19:10", "19:50"]], "mandatory": True}


def team(log, name, now_s, **watch):
    rows = overview(log.state, now_s, Watch(**watch))["teams"]
    return next(row for row in rows if row["team"] == name)


def test_it_is_json_and_has_every_team(log):
    document = json.loads(json.dumps(overview(log.state, 3600)))
    assert [row["team"] for row in document["teams"]] == list(log.problem.team_names)
    assert document["now"] == "20:00"


def test_next_stops_are_those_of_the_plan(log, shift):
    problem, plan = shift
    row = team(log, "team 1", 2400)
    own = next_visits(problem, plan.routes[1], 40)
    assert [(s["place"], s["start_s"]) for s in row["next"]] == [
        (problem.site_names[v.site], v.start * 60) for v in own
    ]


def test_without_a_position_a_team_is_where_the_plan_has_it(log, shift):
    problem, plan = shift
    leg = next(
        part for part in walk(problem, plan.routes[0]).parts if isinstance(part, Leg) and part.end > part.begin
    )
    row = team(log, "team 0", leg.begin * 60)
    assert (row["lat"], row["lon"]) == (problem.site_lat[leg.site], problem.site_lon[leg.site])
    assert row["told_s"] is None
    assert row["stale"]


def test_positions_age_and_silence_is_noticed(log, enter):
    enter("position", 30, team="team 0", lat=26.661, lon=119.551)
    fresh, old = team(log, "team 0", 31 * 60), team(log, "team 0", 40 * 60)
    assert (fresh["lat"], fresh["lon"], fresh["stale"], old["stale"]) == (26.661, 119.551, False, True)
    assert not team(log, "team 0", 59 * 60)["silent"]
    assert team(log, "team 0", 61 * 60)["silent"]
    assert team(log, "team 0", 40 * 60, silent_s=300)["silent"]


def test_a_team_that_never_says_anything_is_noticed_where_others_do(log, enter):
    assert not team(log, "team 1", 100 * 60)["silent"]
    enter("arrived", 90, team="team 0", place="site 1")
    assert team(log, "team 1", 100 * 60)["silent"]
    assert not team(log, "team 0", 100 * 60)["silent"]


def test_who_was_sent_is_shown_with_what_for(log, enter):
    enter("task_added", 20, task=CALL)
    enter("sent", 30, team="team 1", place="site 1", minutes=25, task="call")
    row = team(log, "team 1", 35 * 60)
    assert row["status"] == "sent"
    assert row["errand"] == {"place": "site 1", "until_s": 55 * 60, "task": "call"}
    enter("off_duty", 40, team="team 1")
    assert team(log, "team 1", 41 * 60)["status"] == "off duty"


@pytest.mark.parametrize(
    ("events", "now", "status"),
    [
        ([], 30, "unplanned"),
        ([], 52, "overdue"),
        ([("task_done", 40)], 52, "done"),
        ([("task_cancelled", 40)], 52, "cancelled"),
    ],
)
def test_tasks_are_open_until_somebody_says_otherwise(log, enter, events, now, status):
    enter("task_added", 20, task=CALL)
    for kind, minute in events:
        enter(kind, minute, task="call")
    (row,) = overview(log.state, now * 60)["tasks"]
    assert (row["task"], row["status"], row["due_s"]) == ("call", status, 50 * 60)


def test_what_is_seen_adds_up_to_the_visibility(shift):
    problem, plan = shift
    (series,) = seen_series(problem, [plan], slice_min=10)
    wanted = problem.demand.sum(axis=0).reshape(12, 10).sum(axis=1)
    assert np.dot(series, wanted) / wanted.sum() == pytest.approx(visibility(problem, plan), abs=1e-12)
