"""A mode's streets as arcs, with places put in as nodes of their own.

Every place is put into its segment in order, so that a path may begin, end and pass anywhere along a street.
Parallel arcs are reduced to the fastest.
"""

from __future__ import annotations

import numpy as np

from routeopt.streets.network import Snap, StreetNetwork

LEAST_S = 1e-6
"""A zero weight would make an arc vanish."""


class Arcs:
    """A mode's arcs with the places put in."""

    def __init__(self, net: StreetNetwork, mode: str, snap: Snap) -> None:
        n_nodes, n = len(net.node_x), len(snap.segment)
        self.place = np.where(snap.segment >= 0, n_nodes + np.arange(n), -1)
        order = np.lexsort((snap.offset_m, snap.segment))
        order = order[snap.segment[order] >= 0]
        # positions along every segment that carries places: first node, places in order, last node
        split: dict[int, list[int]] = {}
        for p in order:
            split.setdefault(int(snap.segment[p]), []).append(int(p))
        whole = net.usable[mode].copy()
        whole[list(split)] = False
        segs = np.flatnonzero(whole)
        a, b = [net.seg_u[segs].astype(np.int64)], [net.seg_v[segs].astype(np.int64)]
        seg, begin, end = [segs], [np.zeros(len(segs))], [np.ones(len(segs))]
        for s, places in split.items():
            length = max(float(net.seg_length_m[s]), 1e-9)
            marks = [0.0, *np.clip(snap.offset_m[places] / length, 0.0, 1.0).tolist(), 1.0]
            nodes = [int(net.seg_u[s]), *(n_nodes + p for p in places), int(net.seg_v[s])]
            a.append(np.array(nodes[:-1]))
            b.append(np.array(nodes[1:]))
            seg.append(np.full(len(nodes) - 1, s))
            begin.append(np.array(marks[:-1]))
            end.append(np.array(marks[1:]))
        tail, head, segment = np.concatenate(a), np.concatenate(b), np.concatenate(seg)
        begins, ends = np.concatenate(begin), np.concatenate(end)
        share = ends - begins
        kph = net.speed_kph[mode][segment]
        metres = share * net.seg_length_m[segment]
        rows, columns, seconds, ids, start, stop = [], [], [], [], [], []
        for way, (f, t, p, q) in enumerate(((tail, head, begins, ends), (head, tail, ends, begins))):
            ok = kph[:, way] > 0
            rows.append(f[ok])
            columns.append(t[ok])
            seconds.append(np.maximum(metres[ok] / (kph[ok, way] / 3.6), LEAST_S))
            ids.append(segment[ok])
            start.append(p[ok])
            stop.append(q[ok])
        row, column, second = np.concatenate(rows), np.concatenate(columns), np.concatenate(seconds)
        best = np.lexsort((second, column, row))
        first = np.ones(len(best), dtype=np.bool_)
        first[1:] = (np.diff(row[best]) != 0) | (np.diff(column[best]) != 0)
        best = best[first]
        self.n = n_nodes + n
        self.arc_segment = np.concatenate(ids)[best].astype(np.int32)
        self.arc_begin, self.arc_end = np.concatenate(start)[best], np.concatenate(stop)[best]
        self.arc_share = np.abs(self.arc_end - self.arc_begin)
        self.ptr = np.searchsorted(row[best], np.arange(self.n + 1)).astype(np.int32)
        self.head = column[best].astype(np.int32)
        self.seconds = second[best]
        self.metres = self.arc_share * net.seg_length_m[self.arc_segment]
