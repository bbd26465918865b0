"""Candidate sites chosen from demand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.cache import kept
from routeopt.streets.network import StreetNetwork


@kept("sites")
def choose_sites(
    net: StreetNetwork,
    total: NDArray[np.float64],
    count: int,
    spacing_m: float,
    taken_x: NDArray[np.float64],
    taken_y: NDArray[np.float64],
    usable: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Choose the segments of most demand, at least ``spacing_m`` from each other and from places already taken.

    A mode that none of them is open to gets the one of its own segments that is nearest to most demand, so that
    its teams have a place to be; not where places are taken already.

    Parameters
    ----------
    total
        (n_segments,) demand of the night.
    count
        Largest number of sites.
    taken_x, taken_y
        Places that are sites already, metres.
    usable
        (n_segments,) or (n_modes, n_segments) where some team can stop.
    """
    from scipy.spatial import cKDTree

    middle = np.column_stack(
        [(net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2, (net.node_y[net.seg_u] + net.node_y[net.seg_v]) / 2]
    )
    free = np.atleast_2d(usable).any(axis=0) & (total > 0)
    tree = cKDTree(middle)
    if len(taken_x) and spacing_m > 0:
        for near in tree.query_ball_point(np.column_stack([taken_x, taken_y]), spacing_m):
            free[near] = False
    chosen: list[int] = []
    for segment in np.argsort(-total, kind="stable"):
        if len(chosen) >= count:
            break
        if free[segment]:
            chosen.append(int(segment))
            free[segment] = False
            if spacing_m > 0:
                free[tree.query_ball_point(middle[segment], spacing_m)] = False
    for open_to in np.atleast_2d(usable) if chosen and not len(taken_x) else ():
        if open_to.any() and not open_to[chosen].any():
            own = np.flatnonzero(open_to)
            chosen.append(int(own[cKDTree(middle[own]).query(middle[chosen[0]])[1]]))
    return np.array(chosen, dtype=np.int32)


def midpoints(net: StreetNetwork, segments: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the middle of each segment along its polyline, metres."""
    x, y = np.empty(len(segments)), np.empty(len(segments))
    for n, s in enumerate(segments):
        part = slice(net.geom_ptr[s], net.geom_ptr[s + 1])
        px, py = net.geom_x[part], net.geom_y[part]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
        x[n], y[n] = np.interp(along[-1] / 2, along, px), np.interp(along[-1] / 2, along, py)
    return x, y
