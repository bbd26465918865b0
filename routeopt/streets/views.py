"""What cameras see of the streets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept
from routeopt.streets.network import Snap, StreetNetwork, sample
from routeopt.streets.sight import CORRIDOR_M, SPACING_M, open_lines, segments_around

AT_FOOT_M = 5.0
"""What is nearer to a camera than this is in view whatever its bearing: cameras turn, and streets are wide."""


@kept("views")
def camera_views(
    net: StreetNetwork,
    snap: Snap,
    range_m: NDArray[np.float64],
    bearing: NDArray[np.float64],
    field: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]:
    """Compute the segments in view of each camera, as it stands on its street.

    A part of a street is in view within the range and the field of the camera, where the straight line to it stays
    over streets (`routeopt.streets.sight`).

    Parameters
    ----------
    range_m, bearing, field
        (n,) range; middle of the view, degrees clockwise from north; width of the view, degrees.

    Returns
    -------
    ptr : (n + 1,)
        CSR pointer.
    segment : (m,)
        Segments in view, ascending per camera.
    share : (m,)
        Share of the segment's length in view.
    """
    from scipy.spatial import cKDTree

    n = len(range_m)
    points = sample(net, segments_around(net, snap, float(range_m.max(initial=0)) + CORRIDOR_M), SPACING_M)
    rows = np.flatnonzero(snap.segment >= 0)
    if not len(points.segment) or not len(rows):
        return np.zeros(n + 1, dtype=np.int64), np.empty(0, np.int32), np.empty(0)
    xy = np.column_stack([points.x, points.y])
    tree = cKDTree(xy, balanced_tree=False, compact_nodes=False)
    eye = np.column_stack([snap.x, snap.y])
    near = [np.asarray(found, dtype=np.int64) for found in tree.query_ball_point(eye[rows], range_m[rows])]
    owner = np.repeat(rows, [len(found) for found in near])
    target = np.concatenate(near)
    away = xy[target] - eye[owner]
    distance = np.hypot(*away.T)
    turn = np.abs((np.degrees(np.arctan2(away[:, 0], away[:, 1])) - bearing[owner] + 180) % 360 - 180)
    seen = (turn <= field[owner] / 2) | (distance <= AT_FOOT_M)
    owner, target, distance = owner[seen], target[seen], distance[seen]
    ok = open_lines(tree, eye[owner], xy[target], distance)
    key = owner[ok] * net.n_segments + points.segment[target[ok]]
    unique, count = np.unique(key, return_counts=True)
    segment = (unique % net.n_segments).astype(np.int32)
    share = count / np.bincount(points.segment, minlength=net.n_segments)[segment]
    ptr = np.searchsorted(unique // net.n_segments, np.arange(n + 1)).astype(np.int64)
    return ptr, segment, share
