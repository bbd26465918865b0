"""Map matching on a grid of blocks: tracks whose truth is known."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from benchmarks.heatmap import grid
from routeopt.adherence.matching import Matcher, off_streets, silence, standing
from routeopt.adherence.tracks import Track
from routeopt.coordinates import from_wgs84
from routeopt.kernels.streets.matching import pieces_between
from routeopt.streets.network import unproject


@pytest.fixture(scope="module")
def town():
    return grid(200)


@pytest.fixture(scope="module")
def matcher(town):
    return Matcher(town, "foot")


def track(net, time_s, x, y, sigma_m=0.0, seed=1):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, sigma_m, (2, len(x)))
    return Track(
        0, np.asarray(time_s, dtype=float), *unproject(net, np.asarray(x) + noise[0], np.asarray(y) + noise[1])
    )


def along(net, node, steps):
    """Nodes of a walk to the east along a street of the grid."""
    order = np.lexsort((net.node_x, np.round(net.node_y)))
    row = order[np.round(net.node_y[order]) == np.round(net.node_y[node])]
    at = int(np.flatnonzero(row == node)[0])
    return row[at : at + steps + 1]


def test_pieces_add_up_to_the_shortest_path(town, matcher):
    graph = networkx.Graph()
    for u, v, metres in zip(town.seg_u.tolist(), town.seg_v.tolist(), town.seg_length_m.tolist(), strict=True):
        graph.add_edge(u, v, weight=metres)
    rng = np.random.default_rng(3)
    segment = rng.integers(0, town.n_segments, 20).astype(np.int32)
    offset = rng.random(20) * town.seg_length_m[segment]
    ptr, piece, begin, end = pieces_between(matcher.arcs, segment, offset, np.full(20, 1e6))
    assert ptr[0] == ptr[1] == 0
    for k in range(1, 20):
        rows = slice(ptr[k], ptr[k + 1])
        assert (piece[rows][0], piece[rows][-1]) == (segment[k - 1], segment[k])
        assert (begin[rows][0], end[rows][-1]) == (offset[k - 1], offset[k])
        ends = [
            [(town.seg_u[s], o), (town.seg_v[s], town.seg_length_m[s] - o)]
            for s, o in zip(segment[k - 1 : k + 1], offset[k - 1 : k + 1], strict=True)
        ]
        shortest = min(a + b + networkx.dijkstra_path_length(graph, u, v) for u, a in ends[0] for v, b in ends[1])
        if segment[k] == segment[k - 1]:
            shortest = min(shortest, abs(offset[k] - offset[k - 1]))
        assert np.abs(end[rows] - begin[rows]).sum() == pytest.approx(shortest)


def test_a_noisy_walk_stays_on_its_street(town, matcher):
    row = along(
        town,
        int(np.argmin(np.hypot(town.node_x - np.median(town.node_x), town.node_y - np.median(town.node_y)))),
        3,
    )
    x, y = np.linspace(town.node_x[row[0]], town.node_x[row[-1]], 10), np.full(10, town.node_y[row[0]])
    found = matcher.match(track(town, np.arange(10) * 30.0, x, y, 8.0))
    own = {frozenset(pair) for pair in zip(row[:-1].tolist(), row[1:].tolist(), strict=True)}
    inner = found.segment[1:-1].tolist()
    right = [frozenset((int(town.seg_u[s]), int(town.seg_v[s]))) in own for s in inner]
    assert np.mean(right) >= 0.85
    assert found.begins.tolist() == [True] + [False] * 9
    assert (np.diff(found.way_begin_s) >= -1e-9).all()
    assert found.on_street_s == pytest.approx(270.0)


def test_silence_drift_and_fields_away_from_streets_break_the_track(town, matcher):
    x0, y0 = float(np.median(town.node_x)), float(np.median(town.node_y))
    x = np.full(12, x0)
    x[4] += 3000.0  # nobody walks 3 km in half a minute, and back
    time_s = np.arange(12) * 30.0
    time_s[8:] += 3600.0
    found = matcher.match(track(town, time_s, x, np.full(12, y0)))
    assert found.drift == 1
    assert np.flatnonzero(found.begins).tolist() == [0, 7]
    assert found.on_street_s == pytest.approx(7 * 30.0 + 3 * 30.0)
    gone = matcher.match(track(town, time_s, np.full(12, x0 + 1e5), np.full(12, y0)))
    assert (gone.segment == -1).all()
    assert off_streets(town, "foot", gone).code == "tracks-far"


def test_positions_of_another_datum_are_noticed():
    from dataclasses import replace

    net = replace(grid(200), lat0=26.66, lon0=119.55)
    x, y = np.full(5, np.median(net.node_x)) + np.arange(5) * 20.0, np.full(5, np.median(net.node_y))
    walked = track(net, np.arange(5) * 60.0, x, y)
    lat, lon = from_wgs84(walked.lat, walked.lon, "gcj02")
    shifted = Matcher(net, "foot").match(replace(walked, lat=lat, lon=lon + 0.02))  # beyond the grid's edge
    assert off_streets(net, "foot", shifted) is not None


def test_a_team_that_stands_is_one_place_and_a_stray_fix_no_other():
    x = np.array([0.0, 3, -2, 80, 1, 2, 100, 200, 300])
    place = standing(np.arange(9) * 30.0, x, np.zeros(9))
    assert place.tolist() == [0, 0, 0, 0, 0, 0, 6, 7, 8]
    assert silence(np.arange(9) * 30.0) == 90.0
    assert silence(np.arange(9) * 120.0) == 300.0


def test_an_empty_track_is_matched_to_nothing(matcher):
    none = np.empty(0)
    found = matcher.match(Track(0, none, none, none))
    assert len(found.segment) == len(found.way_segment) == 0
