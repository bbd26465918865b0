"""Segments along shortest paths, read off predecessor tables."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import kernel


@kernel
def passages(predecessor, time_s, targets, arc_of_ptr, arc_of_node, arc_segment, arc_share, count_only, ptr, out):
    """List the segments traversed completely on the paths from one source to ``targets``, in order.

    Parameters
    ----------
    predecessor, time_s : (n_nodes,)
        Shortest-path tree of the source: previous node (negative at the source) and travel time in seconds.
    targets : (n_targets,)
        Nodes at which the paths end.
    arc_of_ptr : (n_nodes + 1,), arc_of_node : (n_arcs,)
        CSR of the arcs that leave a node, by their end nodes.
    arc_segment, arc_share : (n_arcs,)
        Segment of each arc, and the share of the segment's length.
    count_only
        Whether to count the items without writing them.
    ptr : (n_targets,)
        Row of ``out`` at which each target's items begin.
    out : (n, 3) float64
        Filled: segment, seconds from departure until entering it, and until leaving it.

    Returns
    -------
    (n_targets,) number of items of each target.
    """
    counts = np.zeros(targets.shape[0], dtype=np.int64)
    chain = np.empty(predecessor.shape[0], dtype=np.int32)
    for k in range(targets.shape[0]):
        node = targets[k]
        if not np.isfinite(time_s[node]):
            continue
        length = 0
        while node >= 0:
            chain[length] = node
            length += 1
            node = predecessor[node]
        segment, share, enter = -1, 0.0, 0.0
        for c in range(length - 1, 0, -1):
            a, b = chain[c], chain[c - 1]
            arc = -1
            for e in range(arc_of_ptr[a], arc_of_ptr[a + 1]):
                if arc_of_node[e] == b:
                    arc = e
                    break
            if arc_segment[arc] != segment:
                segment, share, enter = arc_segment[arc], 0.0, time_s[a]
            share += arc_share[arc]
            if share > 1.0 - 1e-6:
                if not count_only:
                    row = ptr[k] + counts[k]
                    out[row, 0], out[row, 1], out[row, 2] = segment, enter, time_s[b]
                counts[k] += 1
                segment, share = -1, 0.0
    return counts
