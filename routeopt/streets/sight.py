"""Lines of sight: views run down streets, not through buildings.

A point of a street is in view when it lies within the radius and the straight line to it stays over
streets: every few metres of that line a street must be near. Nothing is known of buildings, so that streets
alone tell where the view is open; squares and parks without paths count as closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept
from routeopt.streets.network import Snap, StreetNetwork, sample

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

SPACING_M = 8.0
"""Spacing of the sample points along streets and along lines of sight."""
CORRIDOR_M = 13.0
"""How far a line of sight may leave the middle of a street: half a street's width and a pavement."""
CHUNK = 500
"""Places handled at a time."""


@kept("sight")
def sight_table(
    net: StreetNetwork, snap: Snap, radius_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Compute the segments in view of each snapped place.

    Returns
    -------
    ptr : (n + 1,)
        CSR pointer.
    segment : (m,)
        Segments in view, ascending per place.
    rho : (m,)
        1 on the place's own segment; else the share of the segment's length in view, each part weighted
        by 1 − d/(2·radius).
    """
    from scipy.spatial import cKDTree

    n = len(snap.segment)
    points = sample(net, segments_around(net, snap, radius_m + CORRIDOR_M), SPACING_M)
    xy = np.column_stack([points.x, points.y])
    tree = cKDTree(xy, balanced_tree=False, compact_nodes=False)
    per_segment = np.bincount(points.segment, minlength=net.n_segments)
    places, segments, weights = [], [], []
    for first in range(0, n, CHUNK):
        rows = first + np.flatnonzero(snap.segment[first : first + CHUNK] >= 0)
        if len(rows) == 0:
            continue
        eye = np.column_stack([snap.x[rows], snap.y[rows]])
        near = tree.query_ball_point(eye, radius_m)
        size = np.array([len(x) for x in near])
        owner = np.repeat(np.arange(len(rows)), size)
        target = np.concatenate([np.asarray(x, dtype=np.int64) for x in near]) if size.sum() else np.empty(0, int)
        distance = np.hypot(*(xy[target] - eye[owner]).T)
        ok = open_lines(tree, eye[owner], xy[target], distance)
        places.append(rows[owner[ok]])
        segments.append(points.segment[target[ok]])
        weights.append(1 - distance[ok] / (2 * radius_m))
        places.append(rows)
        segments.append(snap.segment[rows])
        weights.append(np.full(len(rows), np.inf))  # own segment: 1 after the cap below
    if not places:
        return np.zeros(n + 1, dtype=np.int64), np.empty(0, np.int32), np.empty(0)
    key = np.concatenate(places).astype(np.int64) * net.n_segments + np.concatenate(segments)
    unique, inverse = np.unique(key, return_inverse=True)
    total = np.bincount(inverse, weights=np.concatenate(weights))
    segment = (unique % net.n_segments).astype(np.int32)
    rho = np.minimum(total / per_segment[segment], 1.0)
    ptr = np.searchsorted(unique // net.n_segments, np.arange(n + 1)).astype(np.int64)
    return ptr, segment, rho


def segments_around(net: StreetNetwork, snap: Snap, metres: float) -> NDArray[np.int64]:
    """List the segments some part of which may lie within a distance of a snapped place, and perhaps others."""
    from scipy.spatial import cKDTree

    on = snap.segment >= 0
    if not on.any():
        return np.empty(0, dtype=np.int64)
    first = net.geom_ptr[:-1]
    low = np.column_stack([np.minimum.reduceat(line, first) for line in (net.geom_x, net.geom_y)])
    high = np.column_stack([np.maximum.reduceat(line, first) for line in (net.geom_x, net.geom_y)])
    half = np.hypot(*(high - low).T) / 2
    places = cKDTree(np.column_stack([snap.x[on], snap.y[on]]))
    away, _ = places.query((low + high) / 2, distance_upper_bound=metres + half.max() + 1.0)
    return np.flatnonzero(away <= metres + half + 1.0)


def open_lines(
    tree: cKDTree, eye: NDArray[np.float64], target: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Find the lines (n, 2) from an eye on a street to a sample point of one that stay over streets.

    Every `SPACING_M` metres or less, a sample point must be nearer than `CORRIDOR_M`. Where one is nearer by some
    metres, the line is over streets as many metres further, without a look.
    """
    looks = np.maximum(np.ceil(distance / SPACING_M).astype(np.int64) - 1, 0)
    every = distance / (looks + 1)
    passed = _looks(CORRIDOR_M - SPACING_M / 2, every)  # a sample point is within half the spacing of the eye
    until = looks - _looks(CORRIDOR_M, every)  # the target is one
    ok = np.ones(len(distance), dtype=np.bool_)
    line = np.flatnonzero(passed < until)
    while len(line):
        passed[line] += 1
        part = (passed[line] / (looks[line] + 1))[:, None]
        away, _ = tree.query(eye[line] * (1 - part) + target[line] * part, distance_upper_bound=CORRIDOR_M)
        seen = np.isfinite(away)
        ok[line[~seen]] = False
        line, away = line[seen], away[seen]
        passed[line] += _looks(CORRIDOR_M - away, every[line])
        line = line[passed[line] < until[line]]
    return ok


def _looks(metres: NDArray[np.float64] | float, every: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count the looks that are safely within some metres, where ``every`` is the way from one to the next."""
    found: NDArray[np.int64] = ((metres - 1e-6) / np.maximum(every, 1e-6)).astype(np.int64)
    return found
