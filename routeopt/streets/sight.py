"""Lines of sight: views run down streets, not through buildings.

A point of a street is in view when it lies within the radius and the straight line to it stays over
streets: every few metres of that line a street must be near. Nothing is known of buildings, so that streets
alone tell where the view is open; squares and parks without paths count as closed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept
from routeopt.streets.network import Snap, StreetNetwork, sample

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
    points = sample(net, np.arange(net.n_segments), SPACING_M)
    xy = np.column_stack([points.x, points.y])
    tree = cKDTree(xy)
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
        looks = np.maximum(np.ceil(distance / SPACING_M).astype(np.int64) - 1, 0)
        line = np.repeat(np.arange(len(owner)), looks)
        step = np.arange(len(line)) - np.repeat(np.cumsum(looks) - looks, looks) + 1
        part = (step / (looks[line] + 1))[:, None]
        between = eye[owner[line]] * (1 - part) + xy[target[line]] * part
        away, _ = tree.query(between, distance_upper_bound=CORRIDOR_M) if len(between) else (np.empty(0), None)
        blocked = np.bincount(line, weights=~np.isfinite(away), minlength=len(owner)) > 0
        ok = ~blocked
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
