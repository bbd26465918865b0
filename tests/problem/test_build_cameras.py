"""Cameras and operators from the scenario and its file."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario

MARKET = {"name": "Market", "lat": 26.002, "lon": 119.003, "range_m": 80}
DESK = {"name": "desk", "capacity": 1}
TABLE = "name,lat,lon,range_m,bearing,field,from,until\n"


def build(night, text=None, **keys):
    path = night(**{"operators": [DESK]} | keys)
    if text is not None:
        (path.parent / "cameras.csv").write_text(text, encoding="utf-8-sig")
    return build_with_streets(read_scenario(path))


def test_cameras_of_list_and_file(night):
    text = TABLE + "Gate,26.0,119.0005,50,90,60,19:30,20:30\nBar,26.001,119.003,,,,,\n"
    built = build(night, text, cameras={"list": [MARKET], "file": "cameras.csv"})
    cameras = built.cameras
    assert cameras.names == ("Market", "Gate", "Bar")
    assert cameras.begin.tolist() == [0, 30, 0]
    assert cameras.end.tolist() == [120, 90, 120]
    (desk,) = cameras.operators
    assert (desk.name, desk.capacity, desk.begin, desk.end, desk.cameras) == ("desk", 1, 0, 120, (0, 1, 2))
    points, share = cameras.view(0)
    assert set(np.array(built.problem.point_names)[points]) <= {"North Walk", "East St"}
    assert 0 < share.min() <= share.max() <= 1
    assert any(file.name == "cameras.csv" for file in built.inputs)


def test_operators_have_hours_and_cameras(night):
    operators = [{"name": "late", "capacity": 2, "from": "20:00", "cameras": ["Bar"]}]
    bar = {"name": "Bar", "lat": 26.001, "lon": 119.003}
    (late,) = build(night, cameras={"list": [MARKET, bar]}, operators=operators).cameras.operators
    assert (late.begin, late.end, late.cameras) == (60, 120, (1,))


def test_a_scenario_without_cameras_has_none(night):
    assert build(night, operators=[]).cameras is None


@pytest.mark.parametrize(
    ("keys", "text", "said"),
    [
        ({}, None, "operators: operators need cameras to watch"),
        ({"cameras": {"file": "cameras.csv"}}, None, "does not exist"),
        ({"cameras": {"file": "cameras.csv"}}, "name,lat\nA,1\n", "the file has no column lon"),
        ({"cameras": {"file": "cameras.csv"}}, TABLE + "A,26,x,,,,,\n", "2.*a camera cannot be used"),
        ({"cameras": {"file": "cameras.csv"}}, TABLE + "A,26,119,,400,,,\n", "2.*a camera cannot be used"),
        ({"cameras": {"file": "cameras.csv"}}, TABLE + "A,26,119,,,,20:00,01:00\n", '2.*camera "A" ends at 01:00'),
        ({"cameras": {"list": [MARKET, MARKET]}}, None, 'camera "Market" occurs twice'),
        ({"cameras": {"list": [MARKET | {"lat": 27.0}]}}, None, 'camera "Market" is .* m from the nearest street'),
        ({"cameras": {"list": [MARKET | {"until": "18:00"}]}}, None, 'camera "Market" ends at 18:00'),
        ({"cameras": {"list": [MARKET]}, "operators": [DESK, DESK]}, None, 'operator "desk" occurs twice'),
        (
            {"cameras": {"list": [MARKET]}, "operators": [DESK | {"cameras": ["Markt"]}]},
            None,
            'no camera "Markt".*Did you mean "Market"',
        ),
    ],
)
def test_what_is_wrong_with_cameras_is_said(night, keys, text, said):
    with pytest.raises(InputError, match=said):
        build(night, text, **keys)


def test_a_file_without_cameras_yet_is_no_fault(night):
    assert build(night, TABLE, cameras={"list": [MARKET], "file": "cameras.csv"}).cameras.names == ("Market",)
