"""Positions between WGS-84, GCJ-02 and BD-09."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt.coordinates import bd09_to_gcj02, from_wgs84, gcj02_to_bd09, in_china, metres_from, to_wgs84

PUBLISHED = [  # WGS-84, GCJ-02: eviltransform's test points in Shanghai, Shenzhen and Beijing
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_published_points(wgs, gcj):
    assert np.allclose(from_wgs84(*wgs, "gcj02"), gcj, atol=1e-9, rtol=0)


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
@given(lat=st.floats(18.5, 53.0), lon=st.floats(74.0, 134.5))
def test_inverse_is_under_a_centimetre(crs, lat, lon):
    back = to_wgs84(*from_wgs84(lat, lon, crs), crs)
    assert np.allclose(back, (lat, lon), atol=1e-8, rtol=0)  # 1e-8° is a millimetre


def test_outside_china_gcj02_is_wgs84():
    lat, lon = np.array([38.9, 48.4]), np.array([-77.0, 15.6])
    assert not in_china(lat, lon).any()
    assert np.array_equal(np.stack(from_wgs84(lat, lon, "gcj02")), np.stack([lat, lon]))


def test_shift_is_some_hundred_metres_and_arrays_keep_their_shape():
    lat, lon = np.full((2, 3), 26.66), np.full((2, 3), 119.54)
    there = from_wgs84(lat, lon, "gcj02")
    assert there[0].shape == (2, 3)
    metres = np.hypot((there[0] - lat) * 111_000, (there[1] - lon) * 111_000 * np.cos(np.radians(26.66)))
    assert ((metres > 200) & (metres < 800)).all()


def test_published_point_of_baidu():
    """GCJ-02 39.915, 116.404, as the test of github.com/wandergis/coordtransform has it."""
    bd09 = 39.92133699351021, 116.41036949371029
    assert np.allclose(gcj02_to_bd09(39.915, 116.404), bd09, atol=1e-10, rtol=0)
    assert np.allclose(bd09_to_gcj02(*bd09), (39.915, 116.404), atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    ("lat", "lon"), [(0.8293, 100.0), (55.8271, 100.0), (30.0, 72.004), (30.0, 137.8347)], ids=str
)
def test_edges_of_the_box_belong_to_it(lat, lon):
    assert in_china(lat, lon)
    away = np.sign([lat - 30.0, lon - 100.0]) * 1e-4
    assert not in_china(lat + away[0], lon + away[1])


def test_distances_by_hand():
    """A degree of latitude is 111 195 m on a sphere of 6371 km; one of longitude half of that at 60° N."""
    assert metres_from(60.0, 20.0, [61.0, 60.0], [20.0, 21.0]) == pytest.approx([111_194.93, 55_597.46], abs=0.01)
