"""Situations and tasks in people's terms, and as JSON."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeopt import Budget, Situation, Task, TeamState, replan, solve, with_tasks
from routeopt.errors import InputError
from tests.conftest import random_problem

PROBLEM = random_problem(5)
TEAMS, SITES, STEPS = (st.integers(0, n - 1) for n in (PROBLEM.n_teams, PROBLEM.n_sites, PROBLEM.n_steps))


@pytest.fixture
def problem(make_problem):
    """14 places in a row, a kilometre apart."""
    return replace(make_problem(3), site_lat=26 + np.arange(14) * 0.009, site_lon=np.full(14, 119.0))


def faults(call):
    with pytest.raises(InputError) as refused:
        call()
    return [(str(fault.path), fault.code) for fault in refused.value.faults]


@st.composite
def tasks(draw):
    windows = st.lists(st.tuples(STEPS, STEPS).map(lambda pair: tuple(sorted(pair))), min_size=1, max_size=3)
    return Task(
        draw(st.text(min_size=1)), draw(SITES), tuple(draw(windows)), draw(st.integers(1, 200)),
        draw(st.floats(0, 2)), draw(st.booleans()), draw(st.none() | st.frozensets(TEAMS, min_size=1)),
    )  # fmt: skip


@st.composite
def situations(draw):
    now = draw(STEPS)
    states = st.builds(TeamState, SITES, st.integers(now, 3000), st.booleans())
    added = draw(st.lists(tasks(), max_size=3, unique_by=lambda task: task.name))
    return Situation(now, draw(st.dictionaries(TEAMS, states)), draw(st.frozensets(SITES)), tuple(added))


@settings(max_examples=50, deadline=None)
@given(situations())
def test_a_situation_is_read_as_it_was_written(situation):
    assert Situation.from_json(PROBLEM, json.loads(json.dumps(situation.to_json(PROBLEM)))) == situation


@settings(max_examples=30, deadline=None)
@given(tasks())
def test_a_task_is_read_as_it_was_written(task):
    document = json.loads(json.dumps(task.to_json(PROBLEM)))
    assert Task.from_json(PROBLEM, document) == Task.of(PROBLEM, **document) == task


def test_steps_of_other_lengths_are_read_as_they_were_written(make_problem):
    base = make_problem(1)
    for step_s in (10, 30, 900):
        problem = replace(base, clock=replace(base.clock, step_s=step_s))
        task = Task("call", 3, ((7, 11), (100, 119)), 7)
        situation = Situation(41, {1: TeamState(5, 97)}, tasks_added=(task,))
        assert Situation.from_json(problem, situation.to_json(problem)) == situation


def test_what_people_say_is_what_they_mean(problem):
    situation = Situation.of(
        problem, dt.time(19, 40, 30),
        teams={
            "Team 0": {"place": "site 3", "free": "20:10:20"},
            "team 1": {"on_duty": False},
            "team 2": {"place": (26.0451, 119.01)},
        },
        closed=["Site 7", {"lat": 26.0721, "lon": 119.0}],
        tasks=[{
            "name": "call", "place": "site 9", "service_min": 7.5, "teams": ["team 2"], "mandatory": True,
            "windows": [("19:45:30", "20:00:30"), ("20:30", "21:00")],
        }],
    )  # fmt: skip
    task = Task("call", 9, ((46, 60), (90, 119)), 8, 0.01, True, frozenset({2}))
    teams = {0: TeamState(3, 71), 1: TeamState(int(problem.team_end_site[1]), 40, False), 2: TeamState(5, 40)}
    assert situation == Situation(40, teams, frozenset({7, 8}), (task,))


def test_a_position_that_is_closed_is_a_place_for_stops(problem):
    """Though a post is nearer: teams do not stop there anyway."""
    lat = problem.site_lat.copy()
    lat[0] = lat[7] + 0.0001
    problem = replace(problem, site_lat=lat)
    assert problem.site((lat[0], 119.0)) == 0
    assert Situation.of(problem, "19:40", closed=[(lat[0], 119.0)]).closed == {7}


def test_a_shift_is_replanned_from_what_people_say(problem):
    plan = solve(problem, Budget(iterations=30), seed=1).plan
    said = Situation.of(problem, "19:40", teams={"team 1": {"place": "site 5", "free": "20:10"}})
    by_index = Situation(40, {1: TeamState(5, 70)})
    assert replan(problem, plan, said, Budget(iterations=30)).plan == (
        replan(problem, plan, by_index, Budget(iterations=30)).plan
    )


def test_a_task_without_windows_may_begin_at_any_time(problem):
    assert Task.of(problem, "call", "site 3", service_min=5).windows == ((0, problem.n_steps - 1),)


def test_every_fault_is_told_with_its_place(problem):
    document = {
        "format": "routeopt-situation", "version": 1, "now": "18:00", "closed": ["sit 3", 7],
        "teams": {
            "Team O": {"place": "site 1"}, "team 1": {"place": (27.0, 119.0), "free": "23:00", "on_dutty": 1},
            "team 2": "away",
        },
        "tasks": [
            {"place": "site 3", "service_min": "5", "reward": -1, "windows": [["20:00", "19:30"]], "teams": []},
            {"name": "", "place": [26.0], "service_min": 0, "windows": [["20:00"]], "teams": ["nobody"]},
        ],
        "weather": "rain",
    }  # fmt: skip
    assert faults(lambda: Situation.from_json(problem, document)) == [
        ("situation.now", "RO-562"), ('situation.teams["Team O"]', "RO-543"),
        ('situation.teams["team 1"].place', "RO-493"), ('situation.teams["team 1"].free', "RO-562"),
        ('situation.teams["team 1"].on_dutty', "RO-111"), ('situation.teams["team 2"]', "RO-120"),
        ("situation.closed[0]", "RO-546"), ("situation.closed[1]", "RO-491"),
        ("situation.tasks[0].name", "RO-112"), ("situation.tasks[0].service_min", "RO-116"),
        ("situation.tasks[0].windows", "RO-427"), ("situation.tasks[0].reward", "RO-125"),
        ("situation.tasks[0].teams", "RO-129"), ("situation.tasks[1].name", "RO-114"),
        ("situation.tasks[1].place", "RO-491"), ("situation.tasks[1].service_min", "RO-127"),
        ("situation.tasks[1].windows[0][1]", "RO-112"), ("situation.tasks[1].teams[0]", "RO-542"),
        ("situation.weather", "RO-111"),
    ]  # fmt: skip


def test_an_unknown_key_is_told_with_the_one_it_is_like(problem):
    with pytest.raises(InputError, match=r'Did you mean "on_duty"'):
        Situation.of(problem, "19:40", teams={"team 1": {"place": "site 3", "on_dutty": True}})
    with pytest.raises(InputError, match=r'Did you mean "service_min"'):
        Task.from_json(problem, {"name": "a", "place": "site 1", "service_min": 5, "service_mins": 5})


def test_what_contradicts_itself_is_refused(problem):
    teams = {"team 1": {"place": "site 3", "free": "19:30"}, "TEAM 1": {"on_duty": False}, "team 2": {}}
    assert faults(lambda: Situation.of(problem, "19:40", teams=teams)) == [
        ('situation.teams["TEAM 1"]', "RO-495"), ('situation.teams["team 2"]', "RO-112")
    ]  # fmt: skip
    early = {"team 1": {"place": "site 3", "free": "19:30"}}
    assert faults(lambda: Situation.of(problem, "19:40", teams=early)) == [
        ('situation.teams["team 1"].free', "RO-496")
    ]
    assert faults(lambda: Situation.of(problem, "21:00")) == [("situation.now", "RO-498")]
    twice = [{"name": "call", "place": "site 3", "service_min": 5}] * 2
    assert faults(lambda: Situation.of(problem, "19:40", tasks=twice)) == [('task "call"', "RO-460")]


def test_a_situation_of_another_night_or_format_is_refused(problem):
    tonight = replace(problem, clock=replace(problem.clock, date=dt.date(2026, 5, 15)))
    document = Situation(40).to_json(tonight)
    assert Situation.from_json(tonight, document) == Situation(40) == Situation.from_json(problem, document)
    assert faults(lambda: Situation.from_json(tonight, document | {"date": "2026-05-16", "version": 2})) == [
        ("document", "RO-511"), ("document.date", "RO-497")
    ]  # fmt: skip


def test_what_does_not_fit_the_problem_is_not_written(problem):
    assert faults(lambda: Situation(400, {9: TeamState(1, 1)}).to_json(problem))
    assert faults(lambda: Task("call", 99, ((0, 5),), 5).to_json(problem))
    nobody = Task("call", 9, ((0, 5),), 5, teams=frozenset())
    assert faults(lambda: nobody.to_json(problem)) == [('task "call"', "RO-458")]
    task = Task("call", 9, ((0, 5),), 5)
    assert task.to_json(with_tasks(problem, [task])) == task.to_json(problem)
