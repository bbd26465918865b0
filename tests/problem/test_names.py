"""Teams, places and times by what people call them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.problem.names import plain

CALLED = ("Night market", "夜市 １号", "East gate", "east  GATE", "Post")


@pytest.fixture
def problem(make_problem):
    made = make_problem(1, n_sites=5)
    sites = {"site_lat": np.array([26.0, 26.01, 26.02, 26.03, 26.04]), "site_lon": np.full(5, 119.0)}
    clock = replace(made.clock, date=dt.date(2026, 5, 15), timezone="Asia/Shanghai")
    return replace(made, clock=clock, site_names=CALLED, team_names=("Foot 1", "车组2", "Car"), **sites)


def codes(call):
    with pytest.raises(InputError) as refused:
        call()
    return [fault.code for fault in refused.value.faults], str(refused.value)


def test_names_are_found_as_written_and_without_regard_to_case_width_and_spaces(problem):
    assert [problem.team(name) for name in ("Foot 1", "foot1", "ＦＯＯＴ 1", "车组 2")] == [0, 0, 0, 1]
    assert [problem.site(name) for name in ("Night market", "nightmarket", "夜市1号")] == [0, 0, 1]


def test_an_exact_name_goes_before_one_like_it_and_an_ambiguous_one_is_refused(problem):
    assert (problem.site("East gate"), problem.site("east  GATE")) == (2, 3)
    assert plain("EAST GATE") == plain("East gate")
    assert codes(lambda: problem.site("EAST GATE"))[0] == ["RO-490"]


def test_an_unknown_name_is_refused_with_the_one_most_like_it(problem):
    found, text = codes(lambda: problem.team("Foto 1"))
    assert found == ["RO-543"]
    assert '"Foot 1"' in text
    assert codes(lambda: problem.team("Helicopter"))[0] == ["RO-542"]
    assert codes(lambda: problem.site("Night markt"))[0] == ["RO-546"]
    assert codes(lambda: problem.site("?"))[0] == ["RO-545"]


def test_a_position_is_the_nearest_place_within_a_distance(problem):
    assert problem.site((26.0101, 119.001)) == 1
    assert problem.site({"lat": 26.0101, "lon": 119.001}) == 1
    found, text = codes(lambda: problem.site((26.015, 119.0)))
    assert found == ["RO-493"]
    assert "556 m" in text
    assert problem.site((26.0151, 119.0), within_m=1000) == 2
    assert codes(lambda: problem.site((119.0, 26.0)))[0] == ["RO-414"]
    assert codes(lambda: problem.site({"lat": 26.0, "lon": 119.0, "crs": "mars"}))[0] == ["RO-547"]


def test_a_position_of_a_chinese_map_is_moved_to_where_it_is(problem):
    from routeopt.coordinates import from_wgs84

    lat, lon = from_wgs84(26.02, 119.0, "gcj02")
    assert codes(lambda: problem.site((float(lat), float(lon))))[0] == ["RO-493"]
    assert problem.site({"lat": float(lat), "lon": float(lon), "crs": "gcj02"}) == 2


def test_a_problem_without_positions_says_so(problem):
    bare = replace(problem, site_lat=np.empty(0), site_lon=np.empty(0))
    assert codes(lambda: bare.site((26.0, 119.0)))[0] == ["RO-492"]


def test_times_are_steps_and_back(problem):
    assert problem.step("19:40") == problem.step(dt.time(19, 40)) == 40
    assert problem.step(dt.datetime(2026, 5, 15, 11, 40, tzinfo=dt.UTC)) == 40
    assert problem.step("19:40:30") == 40
    assert problem.step("19:40:30", up=True) == 41
    assert problem.step("21:00") == problem.n_steps
    assert [problem.time(step) for step in (0, 40, 120)] == ["19:00", "19:40", "21:00"]
    assert codes(lambda: problem.step("18:59"))[0] == ["RO-562"]
    assert codes(lambda: problem.time(121))[0] == ["RO-414"]


@pytest.mark.parametrize("wrong", [None, 5, 5.5, b"x", [], object(), ("a", "b"), (1, 2, 3), {"lat": 1}])
def test_what_is_of_another_type_is_a_fault_of_the_argument(problem, wrong):
    for argument, call in (("name", problem.team), ("place", problem.site), ("time", problem.step)):
        assert codes(lambda call=call: call(wrong))[1].startswith(argument)
    if not isinstance(wrong, int):
        assert codes(lambda: problem.time(wrong))[1].startswith("step")
