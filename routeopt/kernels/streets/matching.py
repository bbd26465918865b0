"""The likeliest way of a track on the streets: Viterbi's algorithm over candidates, bounded shortest paths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import fill, kernel, maker, part
from routeopt.kernels.heap import arrive, pop


class StreetArcs(NamedTuple):
    """Streets as arcs from node to node, each segment both arcs."""

    ptr: NDArray[np.int64]
    """(n_nodes + 1,) CSR pointer of the arcs that leave each node."""
    head: NDArray[np.int32]
    segment: NDArray[np.int32]
    forward: NDArray[np.bool_]
    """Whether an arc runs as its segment does."""
    cost_m: NDArray[np.float64]
    """What an arc counts, metres: its length, or more against a one-way street."""
    seg_u: NDArray[np.int32]
    """(n_segments,) first node, as all below."""
    seg_v: NDArray[np.int32]
    length_m: NDArray[np.float64]
    there: NDArray[np.float64]
    """What a metre of a segment counts forward, and backward; inf where nobody may go."""
    back: NDArray[np.float64]


class Candidates(NamedTuple):
    """Where on the streets each fix may have been."""

    ptr: NDArray[np.int64]
    """(n_fixes + 1,) CSR pointer."""
    segment: NDArray[np.int32]
    offset_m: NDArray[np.float64]
    """From the segment's first node."""
    emission: NDArray[np.float64]
    """Logarithm of the density of the fix, if the team was there."""


class Step(NamedTuple):
    """What is known of the time from one fix to the next."""

    direct_m: NDArray[np.float64]
    """(n_fixes,) straight distance from the fix before."""
    beta_m: NDArray[np.float64]
    """Scale of the exponential law of |network distance − straight distance|."""
    limit_m: NDArray[np.float64]
    """Longest network distance that is looked at; negative where the track is cut before the fix."""


@part
def _search(arcs, best, via, touched, heap_key, heap_node, segment, offset_m, limit_m):
    """Settle all nodes within the limit of a place on a segment; return the number of nodes touched."""
    n, size = 0, 0
    back_m, there_m = arcs.back[segment] * offset_m, arcs.there[segment] * (arcs.length_m[segment] - offset_m)
    if back_m <= limit_m:
        via[arcs.seg_u[segment]] = -1
        n, size = arrive(best, touched, n, heap_key, heap_node, size, back_m, arcs.seg_u[segment])
    if there_m <= limit_m and there_m < best[arcs.seg_v[segment]]:
        via[arcs.seg_v[segment]] = -1
        n, size = arrive(best, touched, n, heap_key, heap_node, size, there_m, arcs.seg_v[segment])
    while size > 0:
        now, node = heap_key[0], heap_node[0]
        size = pop(heap_key, heap_node, size)
        if now > best[node]:
            continue
        for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
            away = now + arcs.cost_m[arc]
            if away <= limit_m and away < best[arcs.head[arc]]:
                via[arcs.head[arc]] = arc
                n, size = arrive(best, touched, n, heap_key, heap_node, size, away, arcs.head[arc])
    return n


@part
def _distance(arcs, best, segment, offset_m, target, target_m):
    """Distance of a place from the one searched from; and its end: 0 first node, 1 last, 2 along the segment."""
    by_u = best[arcs.seg_u[target]] + arcs.there[target] * target_m
    by_v = best[arcs.seg_v[target]] + arcs.back[target] * (arcs.length_m[target] - target_m)
    least, end = by_u, 0
    if by_v < least:
        least, end = by_v, 1
    if segment == target:
        ahead = target_m - offset_m
        along = arcs.there[target] * ahead if ahead >= 0 else -arcs.back[target] * ahead
        if along <= least:
            least, end = along, 2
    return least, end


@maker
def _room(arcs):
    """Allocate what a search needs: labels, arcs, nodes touched, and the heap."""
    n, most = arcs.ptr.shape[0] - 1, arcs.head.shape[0] + 4
    best = np.empty(n)
    fill(best, np.inf)
    return best, np.empty(n, np.int32), np.empty(n, np.int32), np.empty(most), np.empty(most, np.int32)


@kernel
def likeliest(arcs, candidates, step):
    """Find the likeliest candidate of every fix (Newson and Krumm, 2009), by Viterbi's algorithm (1967).

    Parameters
    ----------
    arcs : StreetArcs
    candidates : Candidates
    step : Step

    Returns
    -------
    chosen : (n_fixes,) int64
        Candidate of each fix; −1 without one.
    begins : (n_fixes,) bool
        Whether no way leads there from the fix before: the track begins anew.
    """
    n = candidates.ptr.shape[0] - 1
    total = candidates.ptr[n]
    best, via, touched, heap_key, heap_node = _room(arcs)
    score, parent = np.empty(total), np.empty(total, np.int64)
    fill(score, -np.inf)
    fill(parent, -1)
    begins = np.zeros(n, np.bool_)
    for k in range(n):
        first, last = candidates.ptr[k], candidates.ptr[k + 1]
        if k > 0 and step.limit_m[k] >= 0:
            for a in range(candidates.ptr[k - 1], first):
                if score[a] == -np.inf:
                    continue
                segment, offset_m = candidates.segment[a], candidates.offset_m[a]
                touches = _search(
                    arcs, best, via, touched, heap_key, heap_node, segment, offset_m, step.limit_m[k]
                )
                for b in range(first, last):
                    away, _ = _distance(
                        arcs, best, segment, offset_m, candidates.segment[b], candidates.offset_m[b]
                    )
                    if away <= step.limit_m[k]:
                        found = score[a] - abs(away - step.direct_m[k]) / step.beta_m[k] + candidates.emission[b]
                        if found > score[b]:
                            score[b], parent[b] = found, a
                for t in range(touches):
                    best[touched[t]] = np.inf
        alive = False
        for b in range(first, last):
            alive = alive or score[b] > -np.inf
        if not alive:
            begins[k] = True
            for b in range(first, last):
                score[b] = candidates.emission[b]
    chosen = np.empty(n, np.int64)
    fill(chosen, -1)
    following = -1
    for k in range(n - 1, -1, -1):
        if following < 0:
            for b in range(candidates.ptr[k], candidates.ptr[k + 1]):
                if following < 0 or score[b] > score[following]:
                    following = b
        chosen[k] = following
        following = parent[following] if following >= 0 else -1
    return chosen, begins


@maker
def _longer(values, n):
    """Return a copy with room for at least ``n`` values."""
    made = np.empty(max(n, 2 * values.shape[0]), dtype=values.dtype)
    for k in range(values.shape[0]):
        made[k] = values[k]
    return made


@kernel
def pieces_between(arcs, segment, offset_m, limit_m):
    """List the pieces of segments on the shortest way to each place from the one before it.

    Parameters
    ----------
    arcs : StreetArcs
    segment, offset_m : (n,)
        Places on segments.
    limit_m : (n,)
        Longest way to each; negative where none is wanted.

    Returns
    -------
    ptr : (n + 1,)
        CSR pointer of the pieces that lead to each place.
    piece, begin_m, end_m
        Segment, and offsets from its first node at which the way enters and leaves it.
    """
    n = segment.shape[0]
    best, via, touched, heap_key, heap_node = _room(arcs)
    chain = np.empty(arcs.ptr.shape[0] + 1, np.int32)
    ptr = np.zeros(n + 1, np.int64)
    piece, begin_m, end_m, rows = np.empty(1024, np.int32), np.empty(1024), np.empty(1024), 0
    for k in range(n):
        if k > 0 and limit_m[k] >= 0:
            source, source_m, target, target_m = segment[k - 1], offset_m[k - 1], segment[k], offset_m[k]
            touches = _search(arcs, best, via, touched, heap_key, heap_node, source, source_m, limit_m[k])
            away, end = _distance(arcs, best, source, source_m, target, target_m)
            length = 0
            if away < np.inf and end < 2:
                node = arcs.seg_u[target] if end == 0 else arcs.seg_v[target]
                while via[node] >= 0:
                    arc = via[node]
                    chain[length] = arc
                    length += 1
                    node = arcs.seg_u[arcs.segment[arc]] if arcs.forward[arc] else arcs.seg_v[arcs.segment[arc]]
            if rows + length + 2 > piece.shape[0]:
                piece = _longer(piece, rows + length + 2)
                begin_m, end_m = _longer(begin_m, piece.shape[0]), _longer(end_m, piece.shape[0])
            if away < np.inf and end == 2:
                piece[rows], begin_m[rows], end_m[rows] = source, source_m, target_m
                rows += 1
            elif away < np.inf:
                piece[rows], begin_m[rows] = source, source_m
                by_u = node == arcs.seg_u[source]
                if by_u and node == arcs.seg_v[source]:  # a loop: by the nearer of its ends
                    rest_m = arcs.length_m[source] - source_m
                    by_u = arcs.back[source] * source_m <= arcs.there[source] * rest_m
                end_m[rows] = 0.0 if by_u else arcs.length_m[source]
                rows += 1
                for c in range(length - 1, -1, -1):
                    arc = chain[c]
                    at = arcs.segment[arc]
                    piece[rows] = at
                    begin_m[rows] = 0.0 if arcs.forward[arc] else arcs.length_m[at]
                    end_m[rows] = arcs.length_m[at] if arcs.forward[arc] else 0.0
                    rows += 1
                piece[rows], end_m[rows] = target, target_m
                begin_m[rows] = 0.0 if end == 0 else arcs.length_m[target]
                rows += 1
            for t in range(touches):
                best[touched[t]] = np.inf
        ptr[k + 1] = rows
    return ptr, piece[:rows].copy(), begin_m[:rows].copy(), end_m[:rows].copy()
