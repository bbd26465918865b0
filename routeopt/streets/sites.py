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
    borne = np.flatnonzero(np.atleast_2d(usable).any(axis=0) & (total > 0))
    borne = borne[np.argsort(-total[borne], kind="stable")]
    free = np.ones(len(borne), dtype=np.bool_)
    tree = cKDTree(middle[borne], balanced_tree=False, compact_nodes=False)
    if len(taken_x) and spacing_m > 0:
        for near in tree.query_ball_point(np.column_stack([taken_x, taken_y]), spacing_m):
            free[near] = False
    chosen: list[int] = []
    for n, segment in enumerate(borne.tolist()):
        if len(chosen) >= count:
            break
        if free[n]:
            chosen.append(segment)
            if spacing_m > 0:
                free[tree.query_ball_point(middle[segment], spacing_m)] = False
    for open_to in np.atleast_2d(usable) if chosen and not len(taken_x) else ():
        if open_to.any() and not open_to[chosen].any():
            own = np.flatnonzero(open_to)
            chosen.append(int(own[cKDTree(middle[own]).query(middle[chosen[0]])[1]]))
    return np.array(chosen, dtype=np.int32)


def midpoints(net: StreetNetwork, segments: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the middle of each segment along its polyline, metres."""
    first, last = net.geom_ptr[segments], net.geom_ptr[segments + 1] - 1
    metres = np.hypot(np.diff(net.geom_x), np.diff(net.geom_y))
    half = np.zeros(len(segments))
    for e in range(int((last - first).max(initial=0))):
        rows = np.flatnonzero(first + e < last)
        half[rows] += metres[first[rows] + e]
    half /= 2
    before, edge = np.zeros(len(segments)), first.copy()
    rows = np.flatnonzero(first < last - 1)
    while len(rows):  # those whose middle is on a later edge
        further = before[rows] + metres[edge[rows]]
        rows, further = rows[further <= half[rows]], further[further <= half[rows]]
        before[rows] = further
        edge[rows] += 1
        rows = rows[edge[rows] < last[rows] - 1]
    length = np.maximum(before + metres[edge] - before, 1e-12)
    x, y = (
        (line[edge + 1] - line[edge]) / length * (half - before) + line[edge] for line in (net.geom_x, net.geom_y)
    )
    return x, y
