"""Cutting ways into segments, all at once, against cutting them one stretch after the other."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from routeopt.streets.cut import cut
from routeopt.streets.ragged import items, nth, numbered, running_sums
from routeopt.streets.raw import RawStreets


def one_by_one(raw, x, y, most):
    """Nodes, segments (ends, length, line) and their ways."""
    rows = [raw.node[a:b].tolist() for a, b in zip(raw.first[:-1], raw.first[1:], strict=True)]
    used = Counter(node for row in rows for node in [*row, row[0], row[-1]])
    known, places, segments = {}, [], []

    def number(key, place):
        if key not in known:
            known[key] = len(places)
            places.append(place)
        return known[key]

    for way, row in enumerate(rows):
        start = 0
        for end in range(1, len(row)):
            if used[row[end]] < 2 and end < len(row) - 1:
                continue
            part, start = row[start : end + 1], end
            px, py = x[part], y[part]
            along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
            length = max(float(along[-1]), 0.01)
            n = max(1, int(np.ceil(length / most - 1e-9)), 1 + (part[0] == part[-1]))
            cuts = np.linspace(0.0, along[-1], n + 1)
            at = np.column_stack([np.interp(cuts, along, px), np.interp(cuts, along, py)])
            at[0], at[-1] = (px[0], py[0]), (px[-1], py[-1])
            ends = [part[0], *((way, start, k) for k in range(1, n)), part[-1]]
            for k in range(n):
                u, v = (number(ends[m], tuple(at[m])) for m in (k, k + 1))
                inside = (along > cuts[k] + 1e-9) & (along < cuts[k + 1] - 1e-9)
                line = [at[k], *np.column_stack([px, py])[inside], at[k + 1]]
                segments.append((way, u, v, length / n, np.array(line)))
    return np.array(places), segments


def town(rng, ways):
    """Ways that cross, meet, turn back on themselves, close to loops, and have nodes on one spot."""
    nodes = {n: tuple(rng.integers(0, 40, 2) * 25.0 + rng.choice([0.0, 0.3], 2)) for n in range(60)}
    nodes |= {60 + n: nodes[n] for n in range(8)}
    found = []
    for _ in range(ways):
        row = rng.choice(68, int(rng.integers(2, 9))).tolist()
        found.append((row + row[:1] * int(rng.integers(0, 2)), {"highway": "residential"}))
    found += [([5, 5], {}), ([6, 66], {}), ([7, 67, 7], {}), ([4, 64, 9, 9, 4], {})]
    return RawStreets.of(nodes, found)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most", [20.0, 150.0, 1e5])
def test_the_same_segments_bit_for_bit(seed, most):
    rng = np.random.default_rng(seed)
    raw = town(rng, int(rng.integers(1, 25)))
    found = cut(raw, raw.lat, raw.lon, most)
    places, segments = one_by_one(raw, raw.lat, raw.lon, most)
    np.testing.assert_array_equal(np.column_stack([found.node_x, found.node_y]), places)
    ways, u, v, length, lines = zip(*segments, strict=True)
    np.testing.assert_array_equal(found.way, ways)
    np.testing.assert_array_equal(found.seg_u, u)
    np.testing.assert_array_equal(found.seg_v, v)
    np.testing.assert_array_equal(found.seg_length_m, length)
    np.testing.assert_array_equal(found.geom_ptr, np.cumsum([0, *map(len, lines)]))
    np.testing.assert_array_equal(np.column_stack([found.geom_x, found.geom_y]), np.concatenate(lines))


def test_a_street_of_250_m_by_hand():
    """Cut at 100 m at most: three pieces of 250/3 m; the bend at 200 m lies in the third."""
    raw = RawStreets.of({1: (0.0, 0.0), 2: (200.0, 0.0), 3: (200.0, 50.0)}, [([1, 2, 3], {})])
    found = cut(raw, raw.lat, raw.lon, 100.0)
    np.testing.assert_allclose(found.seg_length_m, [250 / 3] * 3)
    assert found.geom_ptr.tolist() == [0, 2, 4, 7]
    np.testing.assert_allclose(found.geom_x, [0, 250 / 3, 250 / 3, 500 / 3, 500 / 3, 200, 200])
    np.testing.assert_allclose(found.geom_y, [0, 0, 0, 0, 0, 0, 50])
    assert (found.seg_u.tolist(), found.seg_v.tolist()) == ([0, 1, 2], [1, 2, 3])


def test_rows():
    size = np.array([2, 0, 3])
    assert nth(size).tolist() == [0, 1, 0, 1, 2]
    assert items(np.array([4, 9, 0]), size).tolist() == [4, 5, 0, 1, 2]
    number, first = numbered(np.array([7, 3, 7, 0, 3]), 8)
    assert (number.tolist(), first.tolist()) == ([0, 1, 0, 2, 1], [0, 1, 3])
    value = np.random.default_rng(0).random(5)
    expected = np.concatenate([np.cumsum(value[:2]), np.cumsum(value[2:])])
    np.testing.assert_array_equal(running_sums(value, size[size > 0]), expected)
