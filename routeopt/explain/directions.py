"""A leg on the map → street by street: where to turn, into what, how far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.streets.network import StreetNetwork, project
from routeopt.streets.paths import LegPath

SHORT_M = 12.0
"""Shorter pieces (a crossing, a corner) are not named: they belong to the street before."""
LOOK_M = 20.0
"""Length in metres before and after a corner over which directions are measured."""
STRAIGHT_DEG, BACK_DEG = 35.0, 150.0
"""Below the first angle the way goes straight on; above the second it turns back."""
Array = NDArray[np.float64]
COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


@dataclass(frozen=True)
class Move:
    """One street of a way."""

    turn: str
    """``left``, ``right``, ``straight``, ``back``; of the first street the compass point (``n``, ``ne`` …)."""
    street: str
    """"" where it has no name."""
    length_m: float


def moves(net: StreetNetwork, leg: LegPath) -> tuple[Move, ...]:
    """List the streets of a leg in order; bends within a street are not listed."""
    if len(leg.lat) < 2:
        return ()
    x, y = project(net, leg.lat, leg.lon)
    step = np.hypot(np.diff(x), np.diff(y))
    along = np.concatenate([[0.0], np.cumsum(step)])
    if along[-1] < 1.0:
        return ()
    cuts = np.flatnonzero(np.diff(leg.street)) + 1
    begins = [0, *cuts.tolist()]
    parts: list[tuple[int, float, float]] = []  # street, from and to in metres along
    for b, e in zip(begins, [*begins[1:], len(x) - 1], strict=True):
        street, low, high = int(leg.street[b]), float(along[b]), float(along[e])
        if parts and (street == parts[-1][0] or high - low < SHORT_M):
            parts[-1] = (parts[-1][0], parts[-1][1], high)
        elif parts and parts[-1][2] - parts[-1][1] < SHORT_M:
            parts[-1] = (street, parts[-1][1], high)  # a short piece at the very start
        else:
            parts.append((street, low, high))
    begin, end = np.array([part[1:] for part in parts]).T
    onward = _bearings(along, x, y, begin, np.minimum(begin + LOOK_M, end)).tolist()
    before = _bearings(along, x, y, np.maximum(begin[1:] - LOOK_M, begin[:-1]), begin[1:]).tolist()
    turns = [COMPASS[round(onward[0] / 45) % 8], *(_turn(a - b) for a, b in zip(onward[1:], before, strict=True))]
    return tuple(
        Move(turn, net.names[street], end - begin) for turn, (street, begin, end) in zip(turns, parts, strict=True)
    )


def _bearings(along: Array, x: Array, y: Array, low: Array, high: Array) -> Array:
    """Degrees clockwise from north, between pairs of places of the line."""
    dx, dy = (np.interp(high, along, of) - np.interp(low, along, of) for of in (x, y))
    found: Array = np.degrees(np.arctan2(dx, dy)) % 360
    return found


def _turn(degrees: float) -> str:
    degrees = (degrees + 180) % 360 - 180
    if abs(degrees) < STRAIGHT_DEG:
        return "straight"
    if abs(degrees) > BACK_DEG:
        return "back"
    return "right" if degrees > 0 else "left"
