"""From a scenario to a problem: the crossing from names to indices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from routeopt.errors import Message
from routeopt.problem import Profile
from routeopt.problem.build import _leads_on, build, build_with_streets
from routeopt.problem.movement import FAR, NO_LEG
from routeopt.problem.tasks import reachable
from routeopt.scenario.read import read_scenario


@pytest.fixture
def built(night):
    return build_with_streets(read_scenario(night()))


def test_shapes(built):
    p = built.problem
    assert p.demand.shape == (p.n_points, 120)
    assert p.site_names[0] == "Station"
    assert not p.site_stoppable[0]
    assert p.site_stoppable[1:].all()
    assert len(p.profiles) == 1
    assert p.profiles[0].travel_steps.shape == (p.n_sites, p.n_sites)


def test_demand_sums_to_the_shares(night):
    """One unit of demand per night, whatever the weights; sources by their shares."""
    entry = {"name": "Market", "lat": 26.002, "lon": 119.003, "from": "19:00", "until": "20:00"}
    p = build(read_scenario(night(demand=[{"kind": "fixed", "entries": [entry]}])))
    assert p.demand[:, 60:].sum() == 0
    assert p.demand[:, :60].sum() > 0


def test_travel_time_by_hand(night):
    """300 m of South St at 4.5 km/h is just under four minutes: four steps."""
    sites = {"count": 0, "list": [{"name": "SE", "lat": 26.0, "lon": 119.003}]}
    p = build(read_scenario(night(sites=sites)))
    assert p.profiles[0].travel_m[0, 1] == pytest.approx(300, abs=2)
    assert p.profiles[0].travel_steps[0, 1] == 4


def test_one_way_street_makes_the_car_go_round(night):
    """East St is one-way north and North Walk closed to cars: nobody can drive into the dead end and return."""
    sites = {"count": 0, "list": [{"name": "NW", "lat": 26.002, "lon": 119.0}]}
    teams = [{"name": "Car", "mode": "car", "start": "Station"}]
    built = build_with_streets(read_scenario(night(sites=sites, teams=teams)))
    assert any(n.code == "streets-cut-off" and n.values["mode"] == Message("mode-car") for n in built.notes)


def test_streets_have_the_name_that_people_call_them(night, square):
    """Not their number, nor all their names."""
    square.write_text(square.read_text(encoding="utf-8").replace("East St", "S162;East St"), encoding="utf-8")
    p = build(read_scenario(night()))
    assert "East St" in p.point_names
    assert not any(";" in name for name in p.point_names)


def test_steps_of_other_lengths(night):
    shift = {"start": "19:00", "end": "21:00", "step_s": 30}
    p = build(read_scenario(night(shift=shift)))
    assert p.n_steps == 240
    np.testing.assert_array_equal(p.dwell_steps, [10, 20, 30, 40])


def test_shift_of_a_team_in_steps(night):
    teams = [{"name": "Late", "mode": "foot", "start": "Station", "from": "19:30", "until": "20:45"}]
    p = build(read_scenario(night(teams=teams)))
    assert (p.team_start_step[0], p.team_end_step[0]) == (30, 105)


def test_same_scenario_same_problem(night):
    first, second = (build(read_scenario(night())) for _ in range(2))
    np.testing.assert_array_equal(first.demand, second.demand)
    assert first.site_names == second.site_names


def test_example_with_tasks():
    example = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "tasks.yaml"
    p = build(read_scenario(example))
    assert reachable(p).any(axis=1).all()
    assert p.tasks.mandatory.sum() == 1


TASK = {"name": "Knock", "lat": 26.0, "lon": 119.003, "service_min": 7.5}


def test_task_on_the_grid(night):
    """Half a minute more makes service a step longer; the windows are 19:10 to 19:20 and the whole shift."""
    tasks = [TASK | {"windows": [["19:10", "19:20"]], "mandatory": True}, TASK | {"name": "Ring", "reward": 0.2}]
    p = build(read_scenario(night(tasks=tasks)))
    assert p.tasks.names == ("Knock", "Ring")
    assert p.tasks.service_steps.tolist() == [8, 8]
    assert list(zip(p.tasks.opens, p.tasks.closes, strict=True)) == [(10, 20), (0, 119)]
    assert p.tasks.mandatory.tolist() == [True, False]
    assert p.tasks.reward.tolist() == [0.01, 0.2]


def test_task_has_its_own_site_which_is_no_place_for_stops(night):
    without, p = build(read_scenario(night())), build(read_scenario(night(tasks=[TASK])))
    site = int(p.tasks.site[0])
    assert (site, p.n_sites) == (without.n_sites, without.n_sites + 1)
    assert p.site_names == (*without.site_names, "Knock")
    assert not p.site_stoppable[site]
    np.testing.assert_array_equal(p.site_stoppable[:-1], without.site_stoppable)


def test_task_at_a_site_is_done_there(night):
    sites = {"count": 0, "list": [{"name": "SE", "lat": 26.0, "lon": 119.003}]}
    near = [TASK | {"lon": 119.00302}, TASK | {"name": "Ring"}, TASK | {"name": "Post", "lon": 119.0}]
    p = build(read_scenario(night(sites=sites, tasks=near)))
    assert p.site_names == ("Station", "SE")
    assert p.tasks.site.tolist() == [1, 1, 0]


def test_who_may_do_a_task(night):
    teams = [
        {"name": "Foot", "mode": "foot", "start": "Station"},
        {"name": "Helpers", "mode": "foot", "start": "Station", "powers": False},
        {"name": "Car", "mode": "car", "start": "Station"},
    ]
    tasks = [
        TASK, TASK | {"name": "b", "modes": ["foot"]}, TASK | {"name": "c", "powers": True},
        TASK | {"name": "d", "modes": ["foot"], "powers": True, "teams": ["Foot", "Car"]},
    ]  # fmt: skip
    p = build(read_scenario(night(teams=teams, tasks=tasks)))
    assert p.tasks.allowed.tolist() == [
        [True, True, True], [True, True, False], [True, False, True], [True, False, False],
    ]  # fmt: skip


def test_optional_task_that_nobody_reaches_is_noted(night):
    built = build_with_streets(read_scenario(night(tasks=[TASK | {"windows": [["19:00", "19:01"]]}])))
    (note,) = [note for note in built.notes if note.code == "build-task-left-out"]
    assert str(note).startswith('task "Knock" is left out')
    assert note.values["windows"] == ["19:00–19:01"]


class Streets:
    """Legs beyond those that a profile knows: site 3 lies far from 0, both ways."""

    def leg(self, site, target):
        return NO_LEG._replace(steps=50, metres=9.0) if {site, target} == {0, 3} else NO_LEG

    def steps_from(self, site):
        return np.array([0 if k == site else 50 if {site, k} == {0, 3} else FAR for k in range(4)])

    steps_to = steps_from


@pytest.mark.parametrize(
    ("legs", "others", "found"),
    [
        ({(0, 1): 2, (1, 0): 3}, None, True),
        ({(0, 1): 2, (0, 2): 3, (2, 0): 3}, None, True),
        ({(0, 1): 2, (1, 2): 3, (2, 1): 3}, None, False),
        ({(0, 1): 2}, Streets(), True),
        ({}, None, False),
    ],
)
def test_whether_a_post_leads_anywhere_and_back(legs, others, found):
    """By the legs that are known where these will do; else all are looked up."""
    known = sorted([*legs, *((i, i) for i in range(4))])
    ints, floats = np.empty(0, dtype=np.int32), np.empty(0)
    profile = Profile(
        "foot", np.array([legs.get(pair, 0) for pair in known], dtype=np.int32), np.ones(len(known)),
        np.zeros(5, dtype=np.int64), ints, floats, np.zeros(len(known) + 1, dtype=np.int64), ints, ints, floats,
        floats, np.searchsorted([i for i, _ in known], np.arange(5)).astype(np.int64),
        np.array([k for _, k in known], dtype=np.int32), others,
    )  # fmt: skip
    assert _leads_on(profile, 0) == found
