"""From a scenario to a problem: the crossing from names to indices."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.build import build, build_night
from routeopt.scenario_file import read_scenario


@pytest.fixture
def built(night):
    return build_night(read_scenario(night()))


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
    built = build_night(read_scenario(night(sites=sites, teams=teams)))
    assert any("car" in note and "cut off" in note for note in built.notes)


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
