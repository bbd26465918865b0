"""Fastest paths from places to those nearest to them, or to all within a time, and the segments that they pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import fill, kernel, maker, part
from routeopt.kernels.heap import arrive, pop


class Graph(NamedTuple):
    """Arcs by the node that a search reaches them from: their tails, or, for a search backward, their heads."""

    ptr: NDArray[np.int64]
    """(n_nodes + 1,) CSR pointer."""
    arc: NDArray[np.int32]
    """(n_arcs,)"""
    tail: NDArray[np.int32]
    """(n_arcs,) by arc, as all below."""
    head: NDArray[np.int32]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    segment: NDArray[np.int32]
    share: NDArray[np.float64]
    """Of the segment's length."""
    place: NDArray[np.int32]
    """(n_nodes,) place at each node, −1 for none."""
    backward: bool


class Labels(NamedTuple):
    """What a search knows of each node; reset after each."""

    time: NDArray[np.float64]
    metres: NDArray[np.float64]
    via: NDArray[np.int32]
    """Arc by which the node was reached; not defined at the source."""
    touched: NDArray[np.int32]
    heap_key: NDArray[np.float64]
    heap_node: NDArray[np.int32]
    chain: NDArray[np.int32]
    """Arcs of one path."""


@maker
def _labels(graph):
    """Allocate `Labels`."""
    n, most = graph.place.shape[0], graph.arc.shape[0] + 2
    time = np.empty(n)
    fill(time, np.inf)
    return Labels(
        time,
        np.empty(n),
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.int32),
        np.empty(most),
        np.empty(most, dtype=np.int32),
        np.empty(n, dtype=np.int32),
    )


@part
def _search(graph, labels, source, most, within_s, goal, found):
    """Settle nodes in order of time, until the limits are reached.

    Parameters
    ----------
    graph : Graph
    labels : Labels
    source
        Node.
    most, within_s
        The search ends when it has found this many places, and all that lie within this time.
    goal
        It ends also when it has found this place; −1 for none.
    found : (n_places,)
        Filled: places in the order in which they are found, the source's own first.

    Returns
    -------
    Number of places found, and of nodes touched.
    """
    touched, heap_key, heap_node = labels.touched, labels.heap_key, labels.heap_node
    n, size = 0, 0
    n_touched, size = arrive(labels.time, touched, 0, heap_key, heap_node, size, 0.0, source)
    labels.metres[source] = 0.0
    while size > 0:
        now, node = heap_key[0], heap_node[0]
        size = pop(heap_key, heap_node, size)
        if now > labels.time[node]:
            continue
        if n >= most and now > within_s:
            break
        if graph.place[node] >= 0:
            found[n] = graph.place[node]
            n += 1
            if graph.place[node] == goal:
                break
        for e in range(graph.ptr[node], graph.ptr[node + 1]):
            arc = graph.arc[e]
            there = graph.tail[arc] if graph.backward else graph.head[arc]
            away = now + graph.seconds[arc]
            if away < labels.time[there]:
                n_touched, size = arrive(labels.time, touched, n_touched, heap_key, heap_node, size, away, there)
                labels.via[there] = arc
                labels.metres[there] = labels.metres[node] + graph.metres[arc]
    return n, n_touched


@part
def _reset(labels, n_touched):
    for t in range(n_touched):
        labels.time[labels.touched[t]] = np.inf


@part
def _chain(graph, labels, source, node):
    """List the arcs of the path between the source and a node, in the direction of travel; return their number."""
    chain, n = labels.chain, 0
    while node != source:
        arc = labels.via[node]
        chain[n] = arc
        node = graph.head[arc] if graph.backward else graph.tail[arc]
        n += 1
    if not graph.backward:
        for c in range(n // 2):
            chain[c], chain[n - 1 - c] = chain[n - 1 - c], chain[c]
    return n


@part
def _passed(graph, labels, n, whole_s, wanted, begin, segments, enter_s, leave_s):
    """Write the wanted segments that ``n`` arcs traverse completely, from row ``begin`` on; return the next row.

    ``whole_s`` is the time of the whole path.
    """
    segment, share, enter = -1, 0.0, 0.0
    for c in range(n):
        arc = labels.chain[c]
        before, after = labels.time[graph.tail[arc]], labels.time[graph.head[arc]]
        if graph.backward:
            before, after = whole_s - before, whole_s - after
        if graph.segment[arc] != segment:
            segment, share, enter = graph.segment[arc], 0.0, before
        share += graph.share[arc]
        if share > 1.0 - 1e-6:
            if wanted[segment]:
                segments[begin], enter_s[begin], leave_s[begin] = segment, enter, after
                begin += 1
            segment, share = -1, 0.0
    return begin


@maker
def _longer(values, n):
    """Return a copy with room for at least ``n`` values."""
    made = np.empty(max(n, 2 * values.shape[0]), dtype=values.dtype)
    for k in range(values.shape[0]):
        made[k] = values[k]
    return made


@maker
def _nodes(graph, n_places):
    """Return the node of each place, (n_places,); not defined where it lies at no street."""
    found = np.empty(n_places, dtype=np.int32)
    for node in range(graph.place.shape[0]):
        if graph.place[node] >= 0:
            found[graph.place[node]] = node
    return found


@kernel
def fastest_paths(graph, sources, most, goal, wanted, n_places):
    """Find the fastest paths from each source to the places nearest to it, and the segments that they pass.

    Dijkstra's algorithm (1959) with a binary heap. A search backward finds the paths to the sources instead.

    Parameters
    ----------
    graph : Graph
    sources : (n,)
        Nodes at which a place lies.
    most : (n,)
        Number of places wanted for each source, itself included.
    goal
        A place at which to stop, −1 for none: the only one that is listed.
    wanted : (n_segments,) bool
        Segments that are listed when a path traverses them from end to end.
    n_places
        Number of places.

    Returns
    -------
    (n + 1,) CSR pointer, places found in ascending order, seconds and metres; (n_rows + 1,) CSR pointer, segments
    passed in order, and the seconds after departure at which each is entered and left (float32).
    """
    labels = _labels(graph)
    found = np.empty(n_places, dtype=np.int32)
    node_of = _nodes(graph, n_places)
    ptr = np.empty(sources.shape[0] + 1, dtype=np.int64)
    target, time_s, metres = np.empty(1024, dtype=np.int32), np.empty(1024), np.empty(1024)
    passed = np.empty(1025, dtype=np.int64)
    segments = np.empty(1024, dtype=np.int32)
    enter_s, leave_s = np.empty(1024, dtype=np.float32), np.empty(1024, dtype=np.float32)
    ptr[0], passed[0], rows, items = 0, 0, 0, 0
    for s in range(sources.shape[0]):
        n, n_touched = _search(graph, labels, sources[s], most[s], -1.0, goal, found)
        if goal >= 0:
            n = int(n > 0 and found[n - 1] == goal)
            found[0] = goal
        places = np.sort(found[:n])
        if rows + n > target.shape[0]:
            target, time_s, metres = (
                _longer(target, rows + n),
                _longer(time_s, rows + n),
                _longer(metres, rows + n),
            )
            passed = _longer(passed, target.shape[0] + 1)
        for k in places:
            node = node_of[k]
            target[rows], time_s[rows], metres[rows] = k, labels.time[node], labels.metres[node]
            length = _chain(graph, labels, sources[s], node)
            if items + length > segments.shape[0]:
                segments = _longer(segments, items + length)
                enter_s, leave_s = _longer(enter_s, items + length), _longer(leave_s, items + length)
            items = _passed(
                graph, labels, length, labels.time[node], wanted, items, segments, enter_s, leave_s
            )  # fmt: skip
            rows += 1
            passed[rows] = items
        ptr[s + 1] = rows
        _reset(labels, n_touched)
    return (
        ptr, target[:rows].copy(), time_s[:rows].copy(), metres[:rows].copy(), passed[: rows + 1].copy(),
        segments[:items].copy(), enter_s[:items].copy(), leave_s[:items].copy(),
    )  # fmt: skip


@kernel
def fastest_way(graph, labels, source, target, found):
    """List the arcs of the fastest path between the nodes of two places, in order; none where there is no way.

    Parameters
    ----------
    graph : Graph
        For a search forward.
    labels : Labels
        Their times are infinite, and so they are left.
    source, target
        Nodes.
    found : (n_places,)
        Room to work in.

    Returns
    -------
    (n,) arcs.
    """
    n, n_touched = _search(graph, labels, source, found.shape[0], -1.0, graph.place[target], found)
    length = 0
    if n > 0 and found[n - 1] == graph.place[target]:
        length = _chain(graph, labels, source, target)
    _reset(labels, n_touched)
    return labels.chain[:length].copy()


@kernel
def places_within(graph, sources, within_s, n_places):
    """Find the places within a time of each source.

    Parameters
    ----------
    graph, sources, n_places
        See `fastest_paths`.
    within_s
        Seconds.

    Returns
    -------
    (n + 1,) CSR pointer, places in the order of their time, seconds.
    """
    labels = _labels(graph)
    found = np.empty(n_places, dtype=np.int32)
    node_of = _nodes(graph, n_places)
    ptr = np.empty(sources.shape[0] + 1, dtype=np.int64)
    place, time_s = np.empty(1024, dtype=np.int32), np.empty(1024)
    ptr[0], rows = 0, 0
    for s in range(sources.shape[0]):
        n, n_touched = _search(graph, labels, sources[s], 0, within_s, -1, found)
        if rows + n > place.shape[0]:
            place, time_s = _longer(place, rows + n), _longer(time_s, rows + n)
        for k in range(n):
            place[rows], time_s[rows] = found[k], labels.time[node_of[found[k]]]
            rows += 1
        ptr[s + 1] = rows
        _reset(labels, n_touched)
    return ptr, place[:rows].copy(), time_s[:rows].copy()


@kernel
def on_grid(passed, point, enter_s, leave_s, steps, step_s, count_only, ptr, points, step, present, leaves):
    """Write what legs pass as one item for each point and step touched.

    Parameters
    ----------
    passed : (n_legs + 1,)
        CSR pointer into ``point``, ``enter_s`` and ``leave_s``.
    point
        Demand point of each segment passed, −1 for none.
    enter_s, leave_s
        Seconds after departure at which each is entered and left.
    steps : (n_legs,)
        Travel times.
    step_s
        Seconds of a step.
    count_only
        Whether to fill ``ptr`` only.
    ptr : (n_legs + 1,)
        Filled: CSR pointer of the items of each leg.
    points, step, present, leaves
        Filled: see `routeopt.problem.movement.Passage`.
    """
    row = 0
    ptr[0] = 0
    for n in range(steps.shape[0]):
        last = steps[n] - 1
        for e in range(passed[n], passed[n + 1]):
            if point[e] < 0:
                continue
            enter = np.float64(enter_s[e]) / step_s
            leave = max(np.float64(leave_s[e]) / step_s, enter)
            first = min(np.int64(enter), last)
            final = min(max(np.int64(np.ceil(leave - 1e-9)) - 1, first), last)
            for t in range(first, final + 1):
                if not count_only:
                    points[row], step[row] = point[e], t
                    present[row] = min(max(min(leave, t + 1.0) - max(enter, t), 0.0), 1.0)
                    leaves[row] = 1.0 if t == final else 0.0
                row += 1
        ptr[n + 1] = row
    return row


@kernel
def points_reached(ptr, place, time_s, limit_s, point_ptr, point, n_points):
    """List the points of the places that lie near to each place, in ascending order, each once.

    Parameters
    ----------
    ptr : (n + 1,), place, time_s
        Places near to each, CSR, with their times in seconds; its own points count in any case.
    limit_s
        Seconds.
    point_ptr : (n + 1,), point
        Points of each place, CSR.
    n_points
        Number of points.

    Returns
    -------
    (n + 1,) CSR pointer, points.
    """
    n = point_ptr.shape[0] - 1
    out_ptr, out, rows = np.empty(n + 1, dtype=np.int64), np.empty(1024, dtype=np.int32), 0
    seen = np.empty(n_points, dtype=np.int64)
    fill(seen, -1)
    out_ptr[0] = 0
    for i in range(n):
        begin = rows
        for e in range(ptr[i] - 1, ptr[i + 1]):
            k = i if e < ptr[i] else place[e]
            if e >= ptr[i] and time_s[e] > limit_s:
                continue
            for f in range(point_ptr[k], point_ptr[k + 1]):
                if seen[point[f]] != i:
                    seen[point[f]] = i
                    if rows == out.shape[0]:
                        out = _longer(out, rows + 1)
                    out[rows] = point[f]
                    rows += 1
        out[begin:rows] = np.sort(out[begin:rows])
        out_ptr[i + 1] = rows
    return out_ptr, out[:rows].copy()
