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
    found = []
    for n, (street, low, high) in enumerate(parts):
        onward = _bearing(along, x, y, low, min(low + LOOK_M, high))
        if n == 0:
            turn = COMPASS[round(onward / 45) % 8]
        else:
            turn = _turn(onward - _bearing(along, x, y, max(low - LOOK_M, parts[n - 1][1]), low))
        found.append(Move(turn, net.names[street], high - low))
    return tuple(found)


def _bearing(
    along: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], low: float, high: float
) -> float:
    """Degrees clockwise from north, between two places of the line."""
    dx = float(np.interp(high, along, x) - np.interp(low, along, x))
    dy = float(np.interp(high, along, y) - np.interp(low, along, y))
    return float(np.degrees(np.arctan2(dx, dy))) % 360


def _turn(degrees: float) -> str:
    degrees = (degrees + 180) % 360 - 180
    if abs(degrees) < STRAIGHT_DEG:
        return "straight"
    if abs(degrees) > BACK_DEG:
        return "back"
    return "right" if degrees > 0 else "left"
