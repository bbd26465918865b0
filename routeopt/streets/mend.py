"""What is done to raw streets before they are cut into segments.

Positions are checked, streets across 180° joined, stretches and streets at impossible places left out, areas that
no street meets dropped, and streets closed at their barriers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message, StreetsError
from routeopt.streets.network import EARTH_RADIUS_M
from routeopt.streets.raw import RawStreets

Way = tuple[list[int], Mapping[str, str]]

JUMP_M = 30_000.0
"""No two neighbouring nodes of a street are so far apart."""
FAR_M = 250_000.0
"""Streets further than this from the middle of all are taken for misplaced, metres."""
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
    flat = list(chain.from_iterable(refs for refs, _ in raw.ways))
    if not flat:
        return raw
    used = {ref: n for n, ref in enumerate(dict.fromkeys(flat))}
    place = np.fromiter(chain.from_iterable(map(raw.nodes.__getitem__, used)), np.float64).reshape(-1, 2)
    wrong = ~(np.isfinite(place).all(axis=1) & (np.abs(place[:, 0]) <= 90) & (np.abs(place[:, 1]) <= 360))
    if wrong.any():
        lat, lon = place[int(wrong.argmax())]
        raise StreetsError(Fault("RO-231", where, lat=float(lat), lon=float(lon)))
    if np.ptp(place[:, 1]) > 180 and np.ptp(place[:, 1] % 360) < np.ptp(place[:, 1]):
        place[:, 1] %= 360
        raw.nodes |= {ref: (lat, lon) for ref, (lat, lon) in zip(used, place.tolist(), strict=True)}
    order = np.fromiter(map(used.__getitem__, flat), np.int64, len(flat))
    first = np.cumsum([0, *(len(refs) for refs, _ in raw.ways)])
    stretch = _metres(place[order[:-1]], place[order[1:]])
    stretch[first[1:-1] - 1] = 0.0  # from one way to the next
    too_long = Fault("RO-232", where, km=float(stretch.sum()) / 1000, count=len(used))
    if (stretch > JUMP_M).any():
        raw = _without_jumps(raw, stretch, first)
        if not raw.ways:
            raise StreetsError(too_long)
        return mend(raw, max_segment_m, where)
    far = _metres(place, np.median(place, axis=0)[None, :]) > FAR_M
    if far.any():
        return mend(_without_far(raw, far[order[first[:-1]]], stretch, first, where), max_segment_m, where)
    pieces = float(stretch.sum()) / max_segment_m
    if pieces > max(MOST_PIECES, PIECES_A_STRETCH * len(stretch)):
        raise StreetsError(too_long)
    return _closed(raw) if raw.barriers else raw


def _metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute great-circle distances between places (lat, lon), metres."""
    (lat, lon), (lat2, lon2) = np.radians(a).T, np.radians(b).T
    half = np.sin((lat2 - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat2) * np.sin((lon2 - lon) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0))))


def _rebuilt(raw: RawStreets, kept: Iterable[tuple[Way, int]], notes: Iterable[Message] = ()) -> RawStreets:
    """Return the streets with other ways, each with the number of the way that it was or was part of."""
    found = RawStreets(nodes=raw.nodes, venues=raw.venues, notes=[*raw.notes, *notes], barriers=raw.barriers)
    for way, before in kept:
        number = len(found.ways)
        if before in raw.kph:
            found.kph[number] = raw.kph[before]
        if before in raw.closed:
            found.closed[number] = raw.closed[before]
        found.ways.append(way)
    return found


def _without_jumps(raw: RawStreets, stretch: NDArray[np.float64], first: NDArray[np.int64]) -> RawStreets:
    """Cut the ways where two neighbouring nodes are too far apart for both to be right."""
    kept: list[tuple[Way, int]] = []
    for number, (refs, tags) in enumerate(raw.ways):
        begin = int(first[number])
        cuts = np.flatnonzero(stretch[begin : begin + len(refs) - 1] > JUMP_M) + 1
        ends = [0, *cuts.tolist(), len(refs)]
        parts = (refs[a:b] for a, b in pairwise(ends))
        kept += [((part, tags), number) for part in parts if len(part) > 1]
    count = int((stretch > JUMP_M).sum())
    return _rebuilt(raw, kept, [Message("streets-jump", count=count, km=JUMP_M / 1000)])


def _without_far(
    raw: RawStreets, far: NDArray[np.bool_], stretch: NDArray[np.float64], first: NDArray[np.int64], where: str
) -> RawStreets:
    """Leave out the ways that are far from the middle of all, unless they are more than a few."""
    length = np.add.reduceat(np.append(stretch, 0.0), first[:-1])
    share = float(length[far].sum() / max(length.sum(), 1e-9))
    if share > MISPLACED:
        raise StreetsError(Fault("RO-233", where, share=share, km=FAR_M / 1000))
    kept = [(way, n) for n, way in enumerate(raw.ways) if not far[n]]
    km, count = float(length[far].sum()) / 1000, int(far.sum())
    return _rebuilt(raw, kept, [Message("streets-far", count=count, km=km, far=FAR_M / 1000)])


def _attached(raw: RawStreets) -> RawStreets:
    """Leave out walking areas that neither a street nor another such area meets."""
    areas = {n for n, (_, tags) in enumerate(raw.ways) if tags.get("area") == "yes"}
    if not areas:
        return raw
    met = {ref for n, (refs, _) in enumerate(raw.ways) if n not in areas for ref in refs}
    loose = set(areas)
    while now := {n for n in loose if not met.isdisjoint(raw.ways[n][0])}:
        loose -= now
        met.update(ref for n in now for ref in raw.ways[n][0])
    return _rebuilt(raw, ((way, n) for n, way in enumerate(raw.ways) if n not in loose)) if loose else raw


def _closed(raw: RawStreets) -> RawStreets:
    """Close a short piece of each way on both sides of a barrier to the modes that it stops."""
    fresh, barriers = max(raw.nodes) + 1, set(raw.barriers)
    kept: list[tuple[Way, int]] = []
    closed: dict[int, frozenset[str]] = {}

    def beside(barrier: int, other: int) -> int:
        """Add a node a little way from a barrier towards the next node."""
        nonlocal fresh
        here, there = np.array(raw.nodes[barrier]), np.array(raw.nodes[other])
        share = min(1 / 3, STUB_M / max(float(_metres(here[None], there[None])[0]), 1e-9))
        lat, lon = (here + share * (there - here)).tolist()
        raw.nodes[fresh] = (lat, lon)
        fresh += 1
        return fresh - 1

    for number, (refs, tags) in enumerate(raw.ways):
        if barriers.isdisjoint(refs):
            kept.append(((refs, tags), number))
            continue
        part = []
        for n, ref in enumerate(refs):
            if ref not in raw.barriers:
                part.append(ref)
                continue
            stub = [ref]
            if n > 0:
                stub.insert(0, beside(ref, refs[n - 1]))
                kept.append((([*part, stub[0]], tags), number))
            if n < len(refs) - 1:
                stub.append(beside(ref, refs[n + 1]))
            closed[len(kept)] = raw.barriers[ref]
            kept.append(((stub, tags), number))
            part = [stub[-1]]
        if len(part) > 1:
            kept.append(((part, tags), number))
    found = _rebuilt(raw, kept)
    for number, modes in closed.items():
        found.closed[number] = found.closed.get(number, frozenset()) | modes
    found.barriers = {}
    return found
