"""Places on the streets against direct computations: the nearest point, what is in view, sites from demand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.streets.network import WIDER, project, sample, snap, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.parts import around
from routeopt.streets.sight import CORRIDOR_M, SPACING_M, sight_table
from routeopt.streets.sites import choose_sites, midpoints

TOWN = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "town.osm.gz"


@pytest.fixture(scope="module")
def town():
    return read_streets(Streets(file=TOWN.name), TOWN.parent, SPEEDS_KPH)


def anywhere(net, n, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.uniform(line.min() - 50, line.max() + 50, n) for line in (net.node_x, net.node_y))


def nearest_m(net, x, y, segments):
    """(n,) metres to the nearest point of some segments, by looking at every edge of each."""
    owner = np.repeat(np.arange(net.n_segments), np.diff(net.geom_ptr))
    a = np.flatnonzero((owner[:-1] == owner[1:]) & segments[owner[:-1]])
    ax, ay = net.geom_x[a], net.geom_y[a]
    dx, dy = net.geom_x[a + 1] - ax, net.geom_y[a + 1] - ay
    part = ((x[:, None] - ax) * dx + (y[:, None] - ay) * dy) / np.maximum(dx * dx + dy * dy, 1e-12)
    part = np.clip(part, 0, 1)
    return np.hypot(x[:, None] - ax - part * dx, y[:, None] - ay - part * dy).min(axis=1)


@pytest.mark.parametrize("mode", [None, "foot", "car"])
def test_snap_finds_the_nearest_point_that_the_mode_may_use(town, mode):
    x, y = anywhere(town, 300)
    open_to = town.stoppable if mode is None else town.stoppable & town.usable[mode]
    found = snap(town, x, y, mode, 60.0)
    np.testing.assert_allclose(found.distance_m, nearest_m(town, x, y, open_to), atol=1e-9)
    assert open_to[found.segment[found.segment >= 0]].all()
    np.testing.assert_array_equal(found.segment >= 0, found.distance_m <= 60.0)
    np.testing.assert_allclose(np.hypot(found.x - x, found.y - y), found.distance_m, atol=1e-9)


@pytest.mark.parametrize("share", [0.3, 0.02, 0.0])
def test_snap_to_streets_among_many_that_the_mode_may_not_use(town, share):
    """Where hardly any street is open, the nearest are not among the `WIDER` sample points around."""
    usable = np.random.default_rng(3).random(town.n_segments) < share
    if share:
        usable[7] = True
    few = dataclasses.replace(town, usable={"car": usable})
    x, y = anywhere(town, 200, seed=1)
    found = snap(few, x, y, "car", 1e9)
    np.testing.assert_allclose(
        found.distance_m, nearest_m(town, x, y, usable & town.stoppable) if share else np.full(200, np.inf)
    )
    points = len(sample(town, np.flatnonzero(town.stoppable)).x)
    assert points > WIDER[-1] * 4


def test_snap_of_nothing_and_on_nothing(town):
    none = np.empty(0)
    assert len(snap(town, none, none, "foot", 100.0).segment) == 0
    closed = dataclasses.replace(town, stoppable=np.zeros(town.n_segments, dtype=np.bool_))
    found = snap(closed, np.array([1.0]), np.array([2.0]), None, 100.0)
    assert found.segment.tolist() == [-1]
    assert (found.x[0], found.y[0], found.distance_m[0]) == (1.0, 2.0, np.inf)


def test_places_on_the_streets_in_use_leave_the_network_as_it_is(town):
    """So that what was prepared for it is not prepared once more."""
    s = int(np.flatnonzero(town.usable["car"])[0])
    at = (town.node_x[[town.seg_u[s]]], town.node_y[[town.seg_u[s]]])
    places = dict.fromkeys(("foot", "car"), unproject(town, *at))
    np.testing.assert_allclose(project(town, *places["car"]), at, atol=1e-6)
    assert around(town, places, 200.0) is town


def in_view(net, eye, radius_m):
    """Segment → how much of it is in view, looking everywhere along every line."""
    points = sample(net, np.arange(net.n_segments), SPACING_M)
    xy = np.column_stack([points.x, points.y])
    found = {}
    for n in np.flatnonzero(np.hypot(*(xy - eye).T) <= radius_m):
        metres = float(np.hypot(*(xy[n] - eye)))
        looks = max(int(np.ceil(metres / SPACING_M)) - 1, 0)
        part = (np.arange(1, looks + 1) / (looks + 1))[:, None]
        line = eye * (1 - part) + xy[n] * part
        if all(np.hypot(*(xy - look).T).min() < CORRIDOR_M for look in line):
            found[int(points.segment[n])] = found.get(int(points.segment[n]), 0.0) + 1 - metres / (2 * radius_m)
    count = np.bincount(points.segment)
    return {segment: min(total / count[segment], 1.0) for segment, total in found.items()}


def test_sight_is_that_of_looking_everywhere_along_every_line(town):
    x, y = anywhere(town, 8, seed=5)
    on = snap(town, x, y, "foot", 80.0)
    ptr, segment, rho = sight_table(town, on, 100.0)
    seen = 0
    for n in range(8):
        here = dict(zip(segment[ptr[n] : ptr[n + 1]].tolist(), rho[ptr[n] : ptr[n + 1]].tolist(), strict=True))
        if on.segment[n] < 0:
            assert here == {}
            continue
        wanted = in_view(town, np.array([on.x[n], on.y[n]]), 100.0) | {int(on.segment[n]): 1.0}
        assert here == pytest.approx(wanted, rel=1e-12)
        seen += len(here)
    assert seen > 25


def test_nothing_is_in_view_of_places_off_the_streets(town):
    off = snap(town, np.array([1e5]), np.array([1e5]), "foot", 10.0)
    ptr, segment, rho = sight_table(town, off, 100.0)
    assert (ptr.tolist(), len(segment), len(rho)) == ([0, 0], 0, 0)


def test_middle_of_a_segment_is_half_way_along_its_bends(town):
    x, y = midpoints(town, np.arange(town.n_segments, dtype=np.int32))
    bends = 0
    for s in range(town.n_segments):
        part = slice(town.geom_ptr[s], town.geom_ptr[s + 1])
        px, py = town.geom_x[part], town.geom_y[part]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
        assert x[s] == np.interp(along[-1] / 2, along, px)
        assert y[s] == np.interp(along[-1] / 2, along, py)
        bends += len(px) > 2
    assert bends > 20
    assert [len(line) for line in midpoints(town, np.empty(0, dtype=np.int32))] == [0, 0]


@pytest.mark.parametrize("spacing", [0.0, 90.0])
def test_sites_are_those_of_most_demand_that_keep_their_distance(town, spacing):
    rng = np.random.default_rng(2)
    total = rng.gamma(0.5, 1.0, town.n_segments) * (rng.random(town.n_segments) < 0.3)
    total[rng.integers(town.n_segments, size=200)] = 1.0  # alike
    taken = (town.node_x[:3], town.node_y[:3])
    x, y = (line[town.seg_u] / 2 + line[town.seg_v] / 2 for line in (town.node_x, town.node_y))
    wanted = []
    for s in np.argsort(-total, kind="stable"):
        away = np.hypot(np.append(x[wanted], taken[0]) - x[s], np.append(y[wanted], taken[1]) - y[s])
        if total[s] > 0 and town.stoppable[s] and (spacing == 0 or away.min() > spacing) and len(wanted) < 150:
            wanted.append(int(s))
    assert choose_sites(town, total, 150, spacing, *taken, town.stoppable).tolist() == wanted
