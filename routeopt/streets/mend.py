"""What is done to raw streets before they are cut into segments.

Positions are checked, streets across 180° joined, stretches and streets at impossible places left out, areas that
no street meets dropped, and streets closed at their barriers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routeopt.border import most
from routeopt.errors import Fault, Message, StreetsError
from routeopt.streets.network import EARTH_RADIUS_M
from routeopt.streets.ragged import Ints, items, ptr_of
from routeopt.streets.raw import RawStreets

Flags = NDArray[np.bool_]

WIDE_M = 10_000.0
"""Strays are further than this, and than the town is wide, from the rest, metres."""
MISPLACED = 0.05
"""Share of the streets' length that may be misplaced; with more, the file is of more than one area."""
MOST_PIECES = 2_000_000
PIECES_A_STRETCH = 20
"""Segments per stretch between two nodes that a network of more than `MOST_PIECES` may have on average."""
STUB_M = 1.0
"""A barrier closes this length of the street on each side of it, metres."""


def mend(raw: RawStreets, max_segment_m: float, where: str) -> RawStreets:
    """Return the streets as they can be cut, with a note for each thing that is left out.

    Raises
    ------
    StreetsError
        If a position is not on Earth, the streets lie in several areas, or they are far longer than their nodes
        can be apart.
    """
    raw = _attached(raw)
    if not raw.n_ways:
        return raw
    used = np.flatnonzero(np.bincount(raw.node, minlength=len(raw.lat)))
    lat, lon = raw.lat[used], raw.lon[used]
    wrong = np.zeros(len(raw.lat), dtype=np.bool_)
    wrong[used] = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 360))
    if wrong.any():
        node = raw.node[wrong[raw.node].argmax()]
        raise StreetsError(Fault("RO-231", where, lat=float(raw.lat[node]), lon=float(raw.lon[node])))
    if np.ptp(lon) > 180 and np.ptp(lon % 360) < np.ptp(lon):
        raw = replace(raw, lon=raw.lon.copy())
        raw.lon[used] %= 360
    place = np.column_stack([raw.lat, raw.lon])
    stretch = _metres(place[raw.node[:-1]], place[raw.node[1:]])
    stretch[raw.first[1:-1] - 1] = 0.0  # from one way to the next
    too_long = Fault("RO-232", where, km=float(stretch.sum()) / 1000, count=len(used))
    jump_m = most("jump_km") * 1000.0
    jump = stretch > jump_m
    if not jump.any() and (stray := _to_strays(raw, place, stretch, used)).any():
        jump, jump_m = stray, WIDE_M
    if jump.any():
        raw = _without_jumps(raw, jump, jump_m)
        if not raw.n_ways:
            raise StreetsError(too_long)
        return mend(raw, max_segment_m, where)
    away = _metres(place[raw.node[raw.first[:-1]]], np.median(place[used], axis=0)[None, :])
    reach = min(most("extent_km") * 1000.0, _reach(away, _lengths(raw, stretch)))
    if (away > reach).any():
        return mend(_without_far(raw, away > reach, stretch, where, reach), max_segment_m, where)
    pieces = float(stretch.sum()) / max_segment_m
    if pieces > max(MOST_PIECES, PIECES_A_STRETCH * len(stretch)):
        raise StreetsError(too_long)
    return _closed(raw) if raw.barriers else raw


def _metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute great-circle distances between places (lat, lon), metres."""
    (lat, lon), (lat2, lon2) = np.radians(a).T, np.radians(b).T
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def _rebuilt(raw: RawStreets, begin: Ints, size: Ints, way: Ints, notes: Iterable[Message] = ()) -> RawStreets:
    """Return the streets with other ways: rows of ``raw.node``, each of the way that it was or was part of."""
    kph, closed = {}, {}
    if raw.kph or raw.closed:
        for now, before in enumerate(way.tolist()):
            if before in raw.kph:
                kph[now] = raw.kph[before]
            if before in raw.closed:
                closed[now] = raw.closed[before]
    return replace(
        raw, first=ptr_of(size), node=raw.node[items(begin, size)], kind=raw.kind[way],
        notes=[*raw.notes, *notes], kph=kph, closed=closed,
    )  # fmt: skip


def _only(raw: RawStreets, kept: NDArray[np.bool_], notes: Iterable[Message] = ()) -> RawStreets:
    """Return the streets with some of their ways alone."""
    way = np.flatnonzero(kept)
    return _rebuilt(raw, raw.first[way], np.diff(raw.first)[way], way, notes)


def _lengths(raw: RawStreets, stretch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the length of each way, metres."""
    return np.asarray(np.add.reduceat(np.append(stretch, 0.0), raw.first[:-1]))


def _reach(away: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """Find how far streets or nodes are from the middle of all, but for a few strays; infinite without strays.

    Strays lie beyond a gap that is wider than all that lies within it, and are at most `MISPLACED` of the length.

    Parameters
    ----------
    away, length : (n,)
        Distance of each way or node from the middle of all, and its length or that of what meets it, metres.
    """
    order = np.argsort(away, kind="stable")
    away, within = away[order], np.cumsum(length[order])
    gap = np.diff(away) > np.maximum(WIDE_M, 2 * away[:-1])
    strays = np.flatnonzero(gap & (within[:-1] >= (1 - MISPLACED) * within[-1]))
    return float(away[strays[0]]) if len(strays) else float("inf")


def _to_strays(raw: RawStreets, place: NDArray[np.float64], stretch: NDArray[np.float64], used: Ints) -> Flags:
    """Tell which stretches lead from the town to nodes that lie as far from it as stray streets (`_reach`).

    A node counts with the streets at it, but for stretches as long as those that may lead to strays.
    """
    long = stretch > WIDE_M
    if not long.any():
        return long
    length = np.zeros(len(place))
    for end in (raw.node[:-1], raw.node[1:]):
        length += np.bincount(end, np.where(long, 0.0, stretch), len(place))
    away = _metres(place, np.median(place[used], axis=0)[None, :])
    far = away > _reach(away[used], length[used])
    return np.asarray(long & (far[raw.node[:-1]] != far[raw.node[1:]]))


def _without_jumps(raw: RawStreets, jump: Flags, jump_m: float) -> RawStreets:
    """Cut the ways at the stretches, longer than ``jump_m``, whose ends cannot both be right."""
    begin = np.union1d(raw.first[:-1], np.flatnonzero(jump) + 1)
    size = np.diff(np.append(begin, len(raw.node)))
    way = np.searchsorted(raw.first, begin, side="right") - 1
    long = size > 1
    note = Message("streets-jump", count=int(jump.sum()), km=jump_m / 1000)
    return _rebuilt(raw, begin[long], size[long], way[long], [note])


def _without_far(
    raw: RawStreets, far: NDArray[np.bool_], stretch: NDArray[np.float64], where: str, reach: float
) -> RawStreets:
    """Leave out the ways further than ``reach`` from the middle of all, unless they are more than a few."""
    length = _lengths(raw, stretch)
    share = float(length[far].sum() / max(length.sum(), 1e-9))
    if share > MISPLACED:
        raise StreetsError(Fault("RO-233", where, share=share, km=reach / 1000))
    km, count = float(length[far].sum()) / 1000, int(far.sum())
    return _only(raw, ~far, [Message("streets-far", count=count, km=km, far=reach / 1000)])


def _attached(raw: RawStreets) -> RawStreets:
    """Leave out walking areas that neither a street nor another such area meets."""
    area = np.array([tags.get("area") == "yes" for tags in raw.tags], dtype=np.bool_)[raw.kind]
    if not area.any():
        return raw
    met = np.zeros(len(raw.lat), dtype=np.bool_)
    met[raw.node[~np.repeat(area, np.diff(raw.first))]] = True
    rows = {n: raw.node[raw.first[n] : raw.first[n + 1]] for n in np.flatnonzero(area).tolist()}
    while now := [n for n, row in rows.items() if met[row].any()]:
        for n in now:
            met[rows.pop(n)] = True
    return _only(raw, ~np.isin(np.arange(raw.n_ways), list(rows))) if rows else raw


def _closed(raw: RawStreets) -> RawStreets:
    """Close a short piece of each way on both sides of a barrier to the modes that it stops.

    A barrier within a way, a – B – c, becomes a – p, p – B – q and q – c, with the new nodes p and q a little way
    from B; each way has its own.
    """
    barrier = np.zeros(len(raw.lat), dtype=np.bool_)
    barrier[list(raw.barriers)] = True
    at = np.flatnonzero(barrier[raw.node])
    starts, ends = np.zeros((2, len(raw.node)), dtype=np.bool_)
    starts[raw.first[:-1]] = ends[raw.first[1:] - 1] = True
    before, after = at[~starts[at]], at[~ends[at]]  # barriers with a node before them on their way, and after them
    here = raw.node[np.concatenate([before, after])]
    there = raw.node[np.concatenate([before - 1, after + 1])]
    place = np.column_stack([raw.lat, raw.lon])
    share = np.minimum(1 / 3, STUB_M / np.maximum(_metres(place[here], place[there]), 1e-9))[:, None]
    beside = len(place) + np.arange(len(here))
    place = np.concatenate([place, place[here] + share * (place[there] - place[here])])

    copies = np.ones((len(raw.node), 3), dtype=np.int64)  # of p, of the node itself, of q
    copies[:, 0] = copies[:, 2] = 0
    copies[before, 0] = copies[after, 2] = 2
    new = np.column_stack([np.zeros_like(raw.node), raw.node, np.zeros_like(raw.node)])
    new[before, 0], new[after, 2] = beside[: len(before)], beside[len(before) :]
    node = np.repeat(new.ravel(), copies.ravel())
    own = ptr_of(copies.sum(axis=1))  # where the nodes that stand for each node begin
    begin = np.sort(np.concatenate([own[raw.first[:-1]], own[before] + 1, own[after + 1] - 1]))
    stub = np.searchsorted(begin, own[at] + copies[at, 0], side="right") - 1
    way = np.searchsorted(own[raw.first], begin, side="right") - 1
    found = _rebuilt(
        replace(raw, lat=place[:, 0].copy(), lon=place[:, 1].copy(), node=node, barriers={}),
        begin, np.diff(np.append(begin, len(node))), way,
    )  # fmt: skip
    for number, one in zip(stub.tolist(), raw.node[at].tolist(), strict=True):
        found.closed[number] = found.closed.get(number, frozenset()) | raw.barriers[one]
    return found
