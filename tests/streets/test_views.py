"""What cameras see of the streets."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.scenario.model import Streets
from routeopt.streets.network import project, snap
from routeopt.streets.osm import read_streets
from routeopt.streets.views import camera_views

SPEEDS = {"foot": 5.0, "bike": 15.0, "ebike": 18.0, "car": 30.0}


@pytest.fixture
def block(square):
    """The block of four streets, in segments of at most 60 m."""
    return read_streets(Streets(file="square.osm", max_segment_m=60), square.parent, SPEEDS)


def views(net, lat, lon, reach, bearing=0.0, field=360.0):
    """Street name → metres in view of a camera."""
    at = snap(net, *project(net, np.array([lat]), np.array([lon])), None, 100.0)
    ptr, segment, share = camera_views(net, at, np.array([reach]), np.array([bearing]), np.array([field]))
    assert ptr.tolist() == [0, len(segment)]
    assert (share > 0).all()
    assert (share <= 1).all()
    names = [net.names[n] for n in net.seg_name[segment]]
    metres = share * net.seg_length_m[segment]
    return {name: float(metres[np.array(names) == name].sum()) for name in dict.fromkeys(names)}


def test_a_camera_all_round_sees_both_ways_within_its_range(block):
    assert views(block, 26.0, 119.0015, 50.0) == pytest.approx({"South St": 100.0}, abs=8)


def test_a_field_leaves_out_what_is_behind(block):
    east = views(block, 26.0, 119.0015, 50.0, bearing=90, field=60)
    west = views(block, 26.0, 119.0015, 50.0, bearing=270, field=60)
    assert east == pytest.approx({"South St": 50.0}, abs=12)
    assert west == pytest.approx({"South St": 50.0}, abs=12)
    north = views(block, 26.0, 119.0015, 50.0, bearing=0, field=60)
    assert sum(north.values()) < 15  # houses, and the street at its foot


def test_bearings_go_round_north(block):
    """A camera at the south-east corner that looks north by north-west sees the street that leads north."""
    found = views(block, 26.0, 119.003, 60.0, bearing=355, field=40)
    assert found["East St"] == pytest.approx(60.0, abs=8)
    assert found.get("South St", 0) < 10


def test_no_line_of_sight_leads_through_houses(block):
    """From the middle of the south street the north street is 220 m away, within range, across the block."""
    found = views(block, 26.0, 119.0015, 240.0)
    assert found["South St"] == pytest.approx(300, abs=10)
    assert "North Walk" not in found


def test_a_camera_far_from_every_street_sees_nothing(block):
    assert views(block, 26.1, 119.0, 100.0) == {}
