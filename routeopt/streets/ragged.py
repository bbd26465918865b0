"""Rows of different lengths, one after the other in flat arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def ptr_of(size: Ints) -> Ints:
    """Return where each row begins, and where the last one ends."""
    ptr = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=ptr[1:])
    return ptr


def nth(size: Ints) -> Ints:
    """Return the place of each item within its row: 0, 1, … for each of the rows of these sizes."""
    ptr = ptr_of(size)
    return np.arange(ptr[-1]) - np.repeat(ptr[:-1], size)


def items(begin: Ints, size: Ints) -> Ints:
    """Return the indices of all items of rows that begin at ``begin`` of another array."""
    return np.repeat(begin, size) + nth(size)


def numbered(keys: Ints, n_keys: int) -> tuple[Ints, Ints]:
    """Number keys (0 to ``n_keys`` − 1) as they first come up.

    Returns
    -------
    number : (len(keys),)
        Number of each key.
    first : (n_numbers,)
        Where each number comes up first.
    """
    met = np.zeros(n_keys, dtype=np.int64)
    met[keys[::-1]] = np.arange(len(keys))[::-1]  # of several places in ``keys``, the one written last: the first
    first = met[keys] == np.arange(len(keys))
    return (np.cumsum(first) - 1)[met[keys]], np.flatnonzero(first)


def running_sums(value: NDArray[np.float64], size: Ints) -> NDArray[np.float64]:
    """Sum each row up to each of its items, from the left, as `numpy.cumsum` does for one row."""
    total, ptr = value.copy(), ptr_of(size)[:-1]
    longest = np.argsort(-size, kind="stable")
    ptr, size = ptr[longest], size[longest]
    live = len(size) - np.searchsorted(size[::-1], np.arange(1, int(size.max(initial=0))), side="right")
    for k, n in enumerate(live.tolist(), 1):
        total[ptr[:n] + k] += total[ptr[:n] + k - 1]
    return total
