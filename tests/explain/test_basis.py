"""What a plan stands on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from routeopt.errors import Message
from routeopt.explain.basis import basis, idle
from routeopt.messages import words
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario


def stands_on(problem, counts, chosen, asked):
    scenario = SimpleNamespace(sites=SimpleNamespace(count=asked))
    return basis(SimpleNamespace(problem=problem, counts=counts, chosen=chosen, scenario=scenario))


@pytest.fixture
def quiet_late(make_problem):
    """Four teams from 19:00 to 02:00, demand until 23:30 but for a trace."""
    problem = make_problem(1, n_steps=420, n_teams=4)
    demand = problem.demand.copy()
    demand[:, 270:] = 1e-6
    begin = np.array([0, 0, 0, 0], dtype=np.int32)
    return replace(problem, demand=demand, team_start_step=begin, team_end_step=begin + np.int32(405))


def test_the_sentence(quiet_late):
    found = stands_on(quiet_late, (("venues", 38), ("incidents", 412)), 96, 100)
    assert found.text() == (
        "Demand from 412 incidents, 38 venues; 96 of 100 places found; "
        "nothing to do after 23:30 for 4 of 4 teams (2 h 15)"
    )
    assert "412 起警情、38 处场所；" in found.text(words("zh"))
    assert "23:30 之后 4 队中有 4 队无事可做（2 小时 15 分）" in found.text(words("zh"))


def test_teams_that_are_off_duty_by_then_do_not_count(quiet_late):
    ends = np.array([405, 275, 270, 200], dtype=np.int32)
    (one,) = idle(replace(quiet_late, team_end_step=ends))
    assert one.values["count"] == 1


def test_nothing_to_do_before(quiet_late):
    demand = quiet_late.demand[:, ::-1].copy()
    (one,) = idle(replace(quiet_late, demand=demand))
    assert (one.code, one.values["time"], one.values["count"]) == ("basis-idle-before", "21:30", 4)
    assert one.values["duration"] == Message("duration-hours", hours=2, minutes=30)


def test_demand_all_night_needs_no_word(quiet_late):
    assert idle(replace(quiet_late, demand=np.ones_like(quiet_late.demand))) == []


def test_one_is_one(quiet_late):
    text = stands_on(quiet_late, (("venues", 1), ("fixed", 1)), 0, 0).text()
    assert text.startswith("Demand from 1 venue, 1 entry of your own; nothing")


def test_of_a_scenario(night):
    built = build_with_streets(read_scenario(night(sites={"count": 100, "spacing_m": 100})))
    assert built.counts == (("venues", 1), ("fixed", 1))
    assert str(basis(built)).startswith(f"Demand from 1 venue, 1 entry of your own; {built.chosen} of 100 places")
    few = Message("build-sites-few", found=built.chosen, asked=100, spacing=100.0)
    assert few in built.notes
