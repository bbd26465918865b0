"""Cut ways at junctions, and then evenly, all at once: every step is an operation on whole arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.ragged import Ints, items, nth, numbered, ptr_of, running_sums
from routeopt.streets.raw import RawStreets

Metres = NDArray[np.float64]

LEAST_M = 0.01
"""Two ids on one spot: the street between them has this length, or it would break there."""
SAME_M = 1e-9
"""A point of a way this near to a cut is the cut."""


class Pieces(NamedTuple):
    """The segments, as `StreetNetwork` has them, and the way that each was cut from."""

    way: Ints
    node_x: Metres
    node_y: Metres
    seg_u: NDArray[np.int32]
    seg_v: NDArray[np.int32]
    seg_length_m: Metres
    geom_ptr: Ints
    geom_x: Metres
    geom_y: Metres


class _Stretches(NamedTuple):
    """Ways between junctions, as rows of points."""

    way: Ints
    node: Ints
    """Node of each point."""
    size: Ints
    ptr: Ints
    along: Metres
    """Distance of each point from the first one of its stretch."""
    x: Metres
    y: Metres
    length: Metres
    n: Ints
    """Number of equal pieces."""


def cut(raw: RawStreets, x: Metres, y: Metres, max_segment_m: float) -> Pieces:
    """Cut ways at the nodes that they share, and then evenly so that no segment is longer than ``max_segment_m``.

    Parameters
    ----------
    x, y : (n_nodes,)
        Positions, metres.
    """
    s = _stretches(raw, x, y, max_segment_m)
    event_ptr = ptr_of(s.n + 1)
    mark, cut_x, cut_y = _marks(s)
    inner = np.ones(len(mark), dtype=np.bool_)
    inner[event_ptr[:-1]] = inner[event_ptr[1:] - 1] = False
    key = np.empty(len(mark), dtype=np.int64)
    key[inner] = len(x) + np.arange(int(inner.sum()))
    key[event_ptr[:-1]], key[event_ptr[1:] - 1] = s.node[s.ptr[:-1]], s.node[s.ptr[1:] - 1]
    number, first = numbered(key, len(x) + int(inner.sum()))

    begin = np.flatnonzero(~_last(event_ptr))  # the cut at which each segment begins
    owner, along = np.repeat(np.arange(len(s.n)), s.size), s.along
    step = np.where(s.along[s.ptr[1:] - 1] > 0, s.along[s.ptr[1:] - 1] / s.n, 1.0)[owner]
    piece = np.minimum((along / step).astype(np.int64), s.n[owner] - 1)
    at = event_ptr[owner] + piece
    piece += (mark[at + 1] <= along) & (piece < s.n[owner] - 1)
    piece -= (mark[at] > along) & (piece > 0)
    at = event_ptr[owner] + piece
    inside = np.flatnonzero((along > mark[at] + SAME_M) & (along < mark[at + 1] - SAME_M))
    segment = (at - owner)[inside]
    count = np.bincount(segment, minlength=len(begin))
    ptr = ptr_of(count + 2)
    place = ptr[segment] + 1 + nth(count)
    geom = []
    for coordinate, at_cut in ((s.x, cut_x), (s.y, cut_y)):
        line = np.empty(ptr[-1])
        line[ptr[:-1]], line[ptr[1:] - 1], line[place] = at_cut[begin], at_cut[begin + 1], coordinate[inside]
        geom.append(line)
    return Pieces(
        way=np.repeat(s.way, s.n), node_x=cut_x[first], node_y=cut_y[first], seg_u=number[begin].astype(np.int32),
        seg_v=number[begin + 1].astype(np.int32), seg_length_m=np.repeat(s.length / s.n, s.n), geom_ptr=ptr,
        geom_x=geom[0], geom_y=geom[1],
    )  # fmt: skip


def _stretches(raw: RawStreets, x: Metres, y: Metres, max_segment_m: float) -> _Stretches:
    starts, ends = np.zeros((2, len(raw.node)), dtype=np.bool_)
    starts[raw.first[:-1]] = ends[raw.first[1:] - 1] = True
    # a node of several ways, or met twice, is a junction; so is the end of a way that another one meets
    used = np.bincount(raw.node, minlength=len(x)) + np.bincount(raw.node[starts | ends], minlength=len(x))
    cut_here = starts | ends | (used > 1)[raw.node]
    begin, end = np.flatnonzero(cut_here & ~ends), np.flatnonzero(cut_here & ~starts)
    size = end - begin + 1
    point, ptr = items(begin, size), ptr_of(size)
    node = raw.node[point]
    px, py = x[node], y[node]
    step = np.zeros(len(node))
    step[1:] = np.hypot(np.diff(px), np.diff(py))
    step[ptr[:-1]] = 0.0
    along = running_sums(step, size)
    length = along[ptr[1:] - 1]
    length = np.where(length < LEAST_M, LEAST_M, length)
    n = np.maximum(1, np.ceil(length / max_segment_m - 1e-9)).astype(np.int64)
    n[(n == 1) & (node[ptr[:-1]] == node[ptr[1:] - 1])] = 2  # a loop needs a node of its own
    way = np.searchsorted(raw.first, begin, side="right") - 1
    return _Stretches(way, node, size, ptr, along, px, py, length, n)


def _last(ptr: Ints) -> NDArray[np.bool_]:
    """Return whether each item is the last one of its row."""
    last = np.zeros(ptr[-1], dtype=np.bool_)
    last[ptr[1:] - 1] = True
    return last


def _marks(s: _Stretches) -> tuple[Metres, Metres, Metres]:
    """Compute where each stretch is cut, its ends included: the distances along it, and x and y there."""
    ptr, k = ptr_of(s.n + 1), nth(s.n + 1)
    total = s.along[s.ptr[1:] - 1]
    row = np.repeat(np.arange(len(s.n)), s.n + 1)
    mark = k * (total / s.n)[row]
    mark[ptr[1:] - 1] = total
    low, high = s.ptr[row], s.ptr[row + 1]
    low[ptr[1:] - 1] = high[ptr[1:] - 1] - 1
    wide = np.flatnonzero((k > 0) & ~_last(ptr))
    while len(wide):  # find the last point before each cut
        middle = (low[wide] + high[wide]) // 2
        before = s.along[middle] <= mark[wide]
        low[wide[before]], high[wide[~before]] = middle[before], middle[~before]
        wide = wide[high[wide] - low[wide] > 1]
    cuts = []
    between = np.flatnonzero(s.along[low] < mark)
    here, there = low[between], low[between] + 1
    for coordinate in (s.x, s.y):
        at = coordinate[low]
        slope = (coordinate[there] - coordinate[here]) / (s.along[there] - s.along[here])
        at[between] = slope * (mark[between] - s.along[here]) + coordinate[here]
        cuts.append(at)
    return mark, cuts[0], cuts[1]
