"""The day in quarters of an hour: intervals shared out over it, and smoothing that wraps at midnight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 96
"""Quarters of an hour in a day."""
BIN_MIN = 15
DAY_MIN = 1440
ALL_DAY = float("inf")
"""The bandwidth that makes every time of day the same."""


def aoristic(begin_min: NDArray[np.int64], length_min: NDArray[np.int64]) -> Array:
    """Compute the share of each interval in every quarter of the day; rows sum to 1 (aoristic, Ratcliffe 2002).

    Parameters
    ----------
    begin_min : (n,)
        Minutes after midnight, 0 ≤ b < 1440.
    length_min : (n,)
        0 for a time known exactly; a day or more is even over the day.

    Example (by hand): 23:55 to 00:10 is a third in the last quarter and two thirds in the first.

    >>> aoristic(np.array([1435]), np.array([15]))[0, [95, 0]].round(3).tolist()
    [0.333, 0.667]
    """
    edges = np.arange(BINS) * BIN_MIN
    begin = (begin_min % DAY_MIN)[:, None].astype(np.float64)
    length = np.maximum(length_min, 1)[:, None].astype(np.float64)
    end = begin + length
    share = np.zeros((len(begin_min), BINS))
    for shift in (0, DAY_MIN):
        low = np.maximum(edges[None] + shift, begin)
        share += np.maximum(np.minimum(edges[None] + shift + BIN_MIN, end) - low, 0.0)
    share /= length
    share[length_min >= DAY_MIN] = 1.0 / BINS
    return share


def middles() -> Array:
    """Return (BINS,) minutes after midnight of each quarter's middle."""
    middle: Array = (np.arange(BINS, dtype=np.float64) + 0.5) * BIN_MIN
    return middle


def smoothing(bandwidth_min: float) -> Array:
    """Compute (BINS, BINS) density per minute that each quarter (row) gives to every quarter (column); wraps.

    A quartic kernel of that half-width; rows sum to 1 over the day. Symmetric.
    """
    if bandwidth_min == ALL_DAY:
        return np.full((BINS, BINS), 1.0 / DAY_MIN)
    middle = middles()
    away = np.abs(middle[:, None] - middle[None])
    away = np.minimum(away, DAY_MIN - away)
    weight = np.maximum(1 - (away / max(bandwidth_min, BIN_MIN)) ** 2, 0.0) ** 2
    density: Array = weight / (weight.sum(axis=1, keepdims=True) * BIN_MIN)
    return density


def windows(parts: list[tuple[int, int]]) -> Array:
    """Compute (BINS, n_parts) minutes of each quarter in parts of the day, [from, until) in minutes of the day.

    Parts may pass midnight (until > 1440).
    """
    edge = np.arange(2 * BINS) * BIN_MIN
    inside = [
        np.clip(np.minimum(edge + BIN_MIN, until) - np.maximum(edge, begin), 0, BIN_MIN) for begin, until in parts
    ]
    return np.array([row[:BINS] + row[BINS:] for row in inside], dtype=np.float64).T
