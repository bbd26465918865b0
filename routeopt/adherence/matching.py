"""Map matching: the likeliest way of a track on the streets, by a hidden Markov model.

P. Newson and J. Krumm, "Hidden Markov map matching through noise and sparseness", ACM SIGSPATIAL GIS 2009, pages
336–343, DOI 10.1145/1653771.1653818. A fix is emitted from a place on a street with a Gaussian of its distance
(their equation 1); from one fix to the next the difference between network and straight distance follows an
exponential law (equations 2 and 3). The scale of the latter grows with the time between fixes, in which a team can
go round corners. Fixes of a team that stands are taken as one, at their mean. Where no way leads from one fix to
the next, or the track is silent for long, it begins anew.

Police go against one-way streets where they must: that is priced, not forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence.tracks import Track
from routeopt.errors import Message
from routeopt.streets.network import DENSE_M, StreetNetwork, feet, project, sample
from routeopt.streets.ragged import ptr_of

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from routeopt.kernels.streets.matching import StreetArcs

Array = NDArray[np.float64]

SIGMA_M = 8.0
"""Standard deviation of fixes, metres: phones and radios in a town."""
RADIUS_M = 60.0
"""Candidates lie within this distance of a fix."""
MOST = 16
"""Candidates of a fix."""
BETA_M, BETA_PER_S = 20.0, 0.3
"""Scale of |network distance − straight distance|: metres, and metres more per second between fixes."""
DETOUR, DETOUR_M = 2.0, 300.0
"""Ways of up to this multiple of the straight distance, and so much more, are looked at."""
AGAINST = 3.0
"""What a metre against a one-way street counts."""
SILENT = 2.5
"""A track is silent where fixes are further apart than this multiple of its usual interval,"""
SILENT_S = (90.0, 600.0)
"""but at least, and at most, this many seconds."""
TOP_KPH = {"foot": 20.0, "bike": 45.0, "ebike": 60.0, "car": 160.0}
"""Fixes that would need more than this to get there and back are drift."""
JUMP_M = 60.0
"""What noise alone may put between two fixes."""
REST_M, REST_S = 30.0, 50.0
"""A team stands where its fixes stay within this distance of their mean for this long."""
MOST_FREE = 24
"""Noise of fixes in a row is alike: more of them than this tell no more of where a team stands."""


@dataclass(frozen=True)
class Matched:
    """A track on the streets; fixes that are drift are left out. Arrays of shape (n,)."""

    track: Track
    segment: NDArray[np.int32]
    """Of each fix; −1 where no street is near."""
    offset_m: Array
    """Along the segment from its first node."""
    x: Array
    """Of the fix, metres east of the network's origin."""
    y: Array
    silent_s: float
    """Longer times between fixes tell nothing."""
    begins: NDArray[np.bool_]
    """Whether no way leads to a fix from the one before: the first, after silence, where the track is broken."""
    way_ptr: NDArray[np.int64]
    """(n + 1,) CSR pointer of the pieces of the way to each fix."""
    way_segment: NDArray[np.int32]
    way_begin_s: Array
    """Seconds from the plan's start at which each piece is entered, as far as can be told."""
    way_end_s: Array
    way_begin_m: Array
    """Offset at which each piece is entered, and left."""
    way_end_m: Array
    drift: int
    """Fixes that were left out."""

    @property
    def on_street_s(self) -> float:
        """Time that is known on the streets, seconds."""
        return float((self.way_end_s - self.way_begin_s).sum())


class Matcher:
    """Matches tracks of a mode on a network."""

    def __init__(self, net: StreetNetwork, mode: str, sigma_m: float = SIGMA_M) -> None:
        from scipy.spatial import cKDTree

        self.net, self.mode, self.sigma_m = net, mode, sigma_m
        kph = net.speed_kph[mode].astype(np.float64)
        self.kph = kph
        own = np.flatnonzero((kph > 0).any(axis=1) & net.usable[mode])
        points = sample(net, own)
        self._segment = points.segment
        self._tree: cKDTree = cKDTree(np.column_stack([points.x, points.y]), balanced_tree=False)
        self.arcs = _arcs(net, kph, own)

    def match(self, track: Track) -> Matched:
        """Match one track."""
        from routeopt.kernels.streets.matching import Candidates, Step, likeliest, pieces_between

        silent_s = silence(track.time_s)
        x, y = project(self.net, track.lat, track.lon)
        steady = _steady(track.time_s, x, y, TOP_KPH[self.mode] / 3.6)
        drift = int((~steady).sum())
        track, x, y = track.where(steady), x[steady], y[steady]
        stands = standing(track.time_s, x, y)
        first = np.flatnonzero(np.append(True, np.diff(stands) != 0)) if len(x) else np.empty(0, np.int64)
        size = np.diff(np.append(first, len(x)))
        mean_x, mean_y = (np.add.reduceat(v, first) / size if len(x) else v for v in (x, y))
        ptr, segment, offset_m, away_m = self._candidates(mean_x, mean_y)
        begin_s, end_s = track.time_s[first], track.time_s[first + size - 1]
        dt = np.append(0.0, begin_s[1:] - end_s[:-1])[: len(first)]
        direct = np.hypot(np.diff(mean_x, prepend=mean_x[:1]), np.diff(mean_y, prepend=mean_y[:1]))
        limit = np.where(dt > silent_s, -1.0, DETOUR * direct + DETOUR_M)
        limit[:1] = -1.0
        emission = -0.5 * np.repeat(np.minimum(size, MOST_FREE), np.diff(ptr)) * (away_m / self.sigma_m) ** 2
        chosen, begins = likeliest(
            self.arcs, Candidates(ptr, segment, offset_m, emission), Step(direct, BETA_M + BETA_PER_S * dt, limit)
        )
        on = chosen >= 0
        at, along = np.full(len(first), -1, dtype=np.int32), np.zeros(len(first))
        at[on], along[on] = segment[chosen[on]], offset_m[chosen[on]]
        begins = begins | ~on | np.append(True, ~on[:-1])[: len(on)]
        pieces = pieces_between(self.arcs, at, along, np.where(begins, -1.0, limit))
        times = self._times(begin_s, end_s, size > 1, *pieces)
        return _by_fix(track, x, y, np.repeat(np.arange(len(first)), size), at, along, begins, silent_s, drift,
                       pieces, times)  # fmt: skip

    def _candidates(self, x: Array, y: Array) -> tuple[NDArray[np.int64], NDArray[np.int32], Array, Array]:
        """Return the nearest place on each street in reach of a fix: CSR pointer, segment, offset, distance."""
        near = self._tree.query_ball_point(np.column_stack([x, y]), RADIUS_M + DENSE_M / 2)
        size = np.array([len(one) for one in near], dtype=np.int64)
        row = np.repeat(np.arange(len(x)), size)
        segment = self._segment[np.concatenate([np.empty(0, np.int64), *near]).astype(np.int64)]
        pairs = np.unique(row * self.net.n_segments + segment)
        row, segment = pairs // self.net.n_segments, (pairs % self.net.n_segments).astype(np.int32)
        best, offset = np.full(len(row), np.inf), np.zeros(len(row))
        for _seg, along, _px, _py, distance, rows in feet(self.net, segment, x[row], y[row]):
            closer = distance < best[rows]
            best[rows[closer]], offset[rows[closer]] = distance[closer], along[closer]
        order = np.lexsort((best, row))
        row, segment, best, offset = row[order], segment[order], best[order], offset[order]
        nth = np.arange(len(row)) - np.searchsorted(row, row)
        kept = (best <= RADIUS_M) & (nth < MOST)
        ptr = ptr_of(np.bincount(row[kept], minlength=len(x)))
        segment = segment[kept]
        return ptr, segment, np.minimum(offset[kept], self.net.seg_length_m[segment]), best[kept]

    def _times(
        self, begin_s: Array, end_s: Array, stands: NDArray[np.bool_], ptr: NDArray[np.int64],
        piece: NDArray[np.int32], begin_m: Array, end_m: Array,
    ) -> tuple[Array, Array]:  # fmt: skip
        """Say when each piece of the ways is passed, from the end of one place to the beginning of the next.

        A team goes at the streets' usual pace where it has the time. What is left it spends where it stood before,
        or stands afterwards; if neither, it went slower all the way.
        """
        kph = np.maximum(self.kph.max(axis=1), 1.0)[piece]
        needed = np.abs(end_m - begin_m) / (kph / 3.6)
        n = len(begin_s)
        owner = np.repeat(np.arange(n), np.diff(ptr))
        whole = np.maximum(np.bincount(owner, weights=needed, minlength=n), 1e-9)
        start = np.append(begin_s[:1], end_s[:-1])[:n]
        dt = begin_s - start
        known = np.diff(ptr) > 0
        before, after = np.append(False, stands[:-1])[:n], stands
        slack = np.maximum(dt - whole, 0.0)
        wait = np.where(before & ~after, slack, np.where(before & after, slack / 2, 0.0))
        pace = np.where(before | after, np.minimum(dt / whole, 1.0), dt / whole)
        done = np.cumsum(needed) - needed
        done -= done[ptr[:-1][owner]] if len(owner) else 0.0
        begin = (start + wait)[owner] + done * pace[owner]
        end = begin + needed * pace[owner]
        heads, tails = ptr[:-1][known], ptr[1:][known] - 1
        begin[heads], end[tails] = start[known], begin_s[known]  # it stands at the first piece, and at the last
        return begin, end


def _by_fix(
    track: Track, x: Array, y: Array, node: NDArray[np.int64], at: NDArray[np.int32], along: Array,
    begins: NDArray[np.bool_], silent_s: float, drift: int,
    pieces: tuple[NDArray[np.int64], NDArray[np.int32], Array, Array], times: tuple[Array, Array],
) -> Matched:  # fmt: skip
    """Return what is known of places, of one fix or several, by fix."""
    n = len(node)
    ptr, piece, begin_m, end_m = pieces
    fresh = np.append(True, np.diff(node) > 0)[:n]
    stays = ~fresh & (at[node] >= 0) & (np.diff(track.time_s, prepend=track.time_s[:1]) <= silent_s)
    size = np.where(fresh, np.diff(ptr)[node], stays.astype(np.int64))
    way_ptr = ptr_of(size)
    owner = np.repeat(np.arange(n), size)
    moved = fresh[owner]  # pieces of ways stand in order, between them those of a team that stands
    here, since = along[node], np.append(track.time_s[:1], track.time_s[:-1])[:n]

    def both(of_pieces: NDArray[Any], of_stays: NDArray[Any]) -> NDArray[Any]:
        whole = of_stays[owner].astype(of_pieces.dtype)
        whole[moved] = of_pieces
        return whole

    begin_s, end_s = times
    values = (
        both(piece, at[node]), both(begin_s, since), both(end_s, track.time_s), both(begin_m, here),
        both(end_m, here),
    )  # fmt: skip
    return Matched(
        track, at[node], here, x, y, silent_s, np.where(fresh, begins[node], ~stays), way_ptr, *values, drift,
    )  # fmt: skip


def standing(time_s: Array, x: Array, y: Array) -> NDArray[np.int64]:
    """Number the places of a track: fixes in a row of a team that stands have one, each other has its own.

    A fix that strays counts to the place where the fixes around it are.
    """
    n = len(x)
    place = np.arange(n, dtype=np.int64)
    k = 0
    while k < n:
        mean_x, mean_y, count, end = float(x[k]), float(y[k]), 1, k
        for j in range(k + 1, n):
            if np.hypot(x[j] - mean_x, y[j] - mean_y) > REST_M:
                if j - end > 1 or j + 1 >= n or np.hypot(x[j + 1] - mean_x, y[j + 1] - mean_y) > REST_M:
                    break
                continue
            count, end = count + 1, j
            mean_x += (float(x[j]) - mean_x) / count
            mean_y += (float(y[j]) - mean_y) / count
        if time_s[end] - time_s[k] >= REST_S:
            place[k : end + 1] = k
            k = end + 1
        else:
            k += 1
    return place


def _arcs(net: StreetNetwork, kph: Array, own: NDArray[np.int64]) -> StreetArcs:
    """Make arcs of the segments of a mode."""
    from routeopt.kernels.streets.matching import StreetArcs

    length = np.maximum(net.seg_length_m, 1e-3)
    there, back = (np.full(net.n_segments, np.inf) for _ in range(2))
    there[own], back[own] = (np.where(kph[own, way] > 0, 1.0, AGAINST) for way in (0, 1))
    tail = np.concatenate([net.seg_u[own], net.seg_v[own]])
    head = np.concatenate([net.seg_v[own], net.seg_u[own]])
    cost = np.concatenate([there[own] * length[own], back[own] * length[own]])
    segment, forward = np.tile(own, 2).astype(np.int32), np.arange(2 * len(own)) < len(own)
    order = np.argsort(tail, kind="stable")
    return StreetArcs(
        ptr_of(np.bincount(tail, minlength=len(net.node_x))), head[order].astype(np.int32), segment[order],
        forward[order], cost[order], net.seg_u, net.seg_v, length, there, back,
    )  # fmt: skip


def silence(time_s: Array) -> float:
    """Return from what time between fixes on a track tells nothing, seconds."""
    gaps = np.diff(time_s)
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    return float(np.clip(SILENT * usual, *SILENT_S))


def _steady(time_s: Array, x: Array, y: Array, top_mps: float) -> NDArray[np.bool_]:
    """Return which fixes are no drift: none that lies out of reach of both the one before and the one after it."""
    steady = np.ones(len(x), dtype=np.bool_)
    for _ in range(3):  # drift of several fixes in a row is found from its edges
        kept = np.flatnonzero(steady)
        far = np.hypot(np.diff(x[kept]), np.diff(y[kept])) > top_mps * np.diff(time_s[kept]) + JUMP_M
        out = np.append(False, far) & np.append(far, False)
        if not out.any():
            break
        steady[kept[out]] = False
    return steady


def off_streets(net: StreetNetwork, mode: str, matched: Matched) -> Message | None:
    """Say where hardly any fix lies near a street, and whether another datum would bring them there."""
    from routeopt.coordinates import from_wgs84, to_wgs84
    from routeopt.streets.network import snap

    if not len(matched.segment) or (matched.segment >= 0).mean() > 0.5:
        return None
    some = np.linspace(0, len(matched.track) - 1, min(200, len(matched.track))).astype(np.int64)
    lat, lon = matched.track.lat[some], matched.track.lon[some]

    def away(lat: Array, lon: Array) -> float:
        return float(np.median(snap(net, *project(net, lat, lon), mode, np.inf).distance_m))

    now = away(lat, lon)
    other = {name: away(*to_wgs84(lat, lon, crs)) for name, crs in (("gcj02", "gcj02"), ("bd09", "bd09"))}  # type: ignore[arg-type]
    other["wgs84"] = away(*from_wgs84(lat, lon, "gcj02"))
    best = min(other, key=lambda name: other[name])
    if other[best] < now / 3:
        return Message("tracks-datum", metres=round(now), crs=best)
    return Message("tracks-far", metres=round(now))
