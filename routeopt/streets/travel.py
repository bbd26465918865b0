"""Travel between snapped places: times, lengths and the segments passed (see `routeopt.streets.arcs`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.arcs import TREES, Arcs
from routeopt.streets.cache import kept, store
from routeopt.streets.network import Snap, StreetNetwork

BATCH = 64
"""Sources per call: their trees are held in memory at once."""
MOST_TREES = 16_000_000
"""Nodes of all places' trees together beyond which they are not kept on disk."""


@dataclass(frozen=True)
class TravelTable:
    """Between n places; row i·n + k of the CSR arrays is the leg i → k."""

    time_s: NDArray[np.float64]
    """(n, n) travel time, seconds; inf without a way."""
    length_m: NDArray[np.float64]
    """(n, n) length of the fastest path, metres."""
    ptr: NDArray[np.int64]
    """(n² + 1,) CSR pointer."""
    segment: NDArray[np.int32]
    """Segments traversed from end to end, in order; part segments at both ends are left out."""
    enter_s: NDArray[np.float32]
    """Seconds after departure at which each is entered."""
    leave_s: NDArray[np.float32]
    """Seconds after departure at which each is left."""


def travel_table(net: StreetNetwork, mode: str, snap: Snap, step_s: int) -> TravelTable:  # noqa: ARG001
    """Compute the fastest paths of ``mode`` between all snapped places, or take them from the disk.

    A place with segment −1 has no way to or from any other.
    """
    return _kept_travel(net, mode, snap)


def compute_travel(net: StreetNetwork, mode: str, snap: Snap) -> TravelTable:
    """See `travel_table`."""
    from routeopt.kernels.streets.paths import passages

    graph = Arcs(net, mode, snap)
    n = len(snap.segment)
    time_s, length_m = np.full((n, n), np.inf), np.full((n, n), np.inf)
    np.fill_diagonal(time_s, 0.0)
    np.fill_diagonal(length_m, 0.0)
    on = np.flatnonzero(graph.place >= 0)
    targets = graph.place[on]
    counts = np.zeros((n, n), dtype=np.int64)
    chunks: dict[int, NDArray[np.float64]] = {}
    trees: list[NDArray[np.int32]] = []
    arc_key = np.repeat(np.arange(graph.n), np.diff(graph.ptr)).astype(np.int64) * graph.n + graph.head
    for first in range(0, len(on), BATCH):
        sources = on[first : first + BATCH]
        seconds, before = graph.trees(graph.place[sources])
        if len(on) * graph.n <= MOST_TREES:
            trees.append(before)
        for row, i in enumerate(sources):
            time_s[i, on] = seconds[row, targets]
            metres = _lengths(graph, arc_key, seconds[row], before[row])
            length_m[i, on] = metres[targets]
            empty = np.zeros((1, 3))
            args = (before[row], seconds[row], targets, graph.ptr, graph.head, graph.arc_segment, graph.arc_share)
            found = passages(*args, True, np.zeros(1, np.int64), empty)
            out = np.empty((int(found.sum()), 3))
            passages(*args, False, np.cumsum(found) - found, out)
            counts[i, on] = found
            chunks[int(i)] = out
    if trees:
        store(np.concatenate(trees), TREES, graph.given())
    items = np.concatenate([chunks[int(i)] for i in on]) if len(on) else np.empty((0, 3))
    return TravelTable(
        time_s=time_s,
        length_m=length_m,
        ptr=np.concatenate([[0], np.cumsum(counts.reshape(-1))]).astype(np.int64),
        segment=items[:, 0].astype(np.int32),
        enter_s=items[:, 1].astype(np.float32),
        leave_s=items[:, 2].astype(np.float32),
    )


_kept_travel = kept("travel", TravelTable)(compute_travel)


def _lengths(
    graph: Arcs, arc_key: NDArray[np.int64], seconds: NDArray[np.float64], before: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Compute the metres of the fastest path to every node, by pointer doubling along the tree."""
    nodes = np.flatnonzero(before >= 0)
    metres = np.zeros(graph.n)
    arc = np.searchsorted(arc_key, before[nodes].astype(np.int64) * graph.n + nodes)
    metres[nodes] = graph.metres[arc]
    jump = before.copy()
    while (live := np.flatnonzero(jump >= 0)).size:
        metres[live] += metres[jump[live]]
        jump[live] = jump[jump[live]]
    metres[~np.isfinite(seconds)] = np.inf
    return metres
