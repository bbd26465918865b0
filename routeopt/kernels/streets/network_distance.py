"""Network distances between segments, up to a limit."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import fill, kernel, maker
from routeopt.kernels.heap import arrive, pop


@kernel
def network_distance(
    ptr, arc_node, arc_m, at_ptr, at_segment, seg_u, seg_v, half_m, sources, limit_m, node_off, segment_off
):
    """Compute the distances from the middle of each source segment to the middles of those within its limit.

    Dijkstra's algorithm with a binary heap, stopped at the limit.

    Parameters
    ----------
    ptr : (n_nodes + 1,), arc_node, arc_m : (n_arcs,)
        CSR of the undirected street graph, lengths in metres.
    at_ptr : (n_nodes + 1,), at_segment
        CSR of the segments at each node.
    seg_u, seg_v, half_m : (n_segments,)
        End nodes and half the length of each segment, metres.
    sources, limit_m : (n,)
        Source segments, and the limit for each, metres.
    node_off : (n_nodes,), segment_off : (n_segments,)
        What is taken off the distance to a node and a segment before it is compared with the limit: 0, or what
        segments are worth, and for a node the most that a segment is worth less the way to it.

    Returns
    -------
    (n + 1,) CSR pointer; segments within the limit of each source, starting with the source itself; their
    distances, metres.
    """
    n = sources.shape[0]
    out_ptr = np.empty(n + 1, dtype=np.int64)
    out_ptr[0] = 0
    out_segment = np.empty(1024, dtype=np.int32)
    out_m = np.empty(1024, dtype=np.float32)
    filled = 0
    best = np.empty(ptr.shape[0] - 1)
    fill(best, np.inf)
    seen = np.empty(half_m.shape[0], dtype=np.int64)
    fill(seen, -1)
    place = np.empty(half_m.shape[0], dtype=np.int64)
    touched = np.empty(ptr.shape[0] - 1, dtype=np.int32)
    heap_m = np.empty(arc_node.shape[0] + 2)
    heap_node = np.empty(arc_node.shape[0] + 2, dtype=np.int32)
    for k in range(n):
        source, limit = sources[k], limit_m[k]
        n_touched, size = 0, 0
        if filled + 1 > out_segment.shape[0]:
            out_segment, out_m = _longer(out_segment, out_m)
        out_segment[filled], out_m[filled] = source, 0.0
        seen[source], place[source] = k, filled
        filled += 1
        for end in (seg_u[source], seg_v[source]):
            n_touched, size = arrive(best, touched, n_touched, heap_m, heap_node, size, half_m[source], end)
        while size > 0:
            now, node = heap_m[0], heap_node[0]
            size = pop(heap_m, heap_node, size)
            if now > best[node] or now - node_off[node] >= limit:
                continue
            for e in range(at_ptr[node], at_ptr[node + 1]):
                segment = at_segment[e]
                away = now + half_m[segment]
                if segment == source or away - segment_off[segment] >= limit:
                    continue
                if seen[segment] == k:
                    out_m[place[segment]] = min(out_m[place[segment]], away)
                    continue
                if filled + 1 > out_segment.shape[0]:
                    out_segment, out_m = _longer(out_segment, out_m)
                out_segment[filled], out_m[filled] = segment, away
                seen[segment], place[segment] = k, filled
                filled += 1
            for e in range(ptr[node], ptr[node + 1]):
                away = now + arc_m[e]
                there = arc_node[e]
                if away - node_off[there] < limit:
                    n_touched, size = arrive(best, touched, n_touched, heap_m, heap_node, size, away, there)
        for t in range(n_touched):
            best[touched[t]] = np.inf
        out_ptr[k + 1] = filled
    return out_ptr, out_segment[:filled], out_m[:filled]


@maker
def _longer(segment, metres):
    """Return copies of both arrays with twice their length."""
    n = segment.shape[0]
    more_segment, more_metres = np.empty(2 * n, dtype=np.int32), np.empty(2 * n, dtype=np.float32)
    for x in range(n):
        more_segment[x], more_metres[x] = segment[x], metres[x]
    return more_segment, more_metres
