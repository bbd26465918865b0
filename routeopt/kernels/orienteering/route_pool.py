"""Pool of routes found during a search, and their best combination that serves no task twice, by branch and bound.

Recombining the routes of many good plans finds better plans than the search alone (Rochat and Taillard 1995; for
team orienteering with time windows Hu and Lim 2014).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import kernel, part


class Pool(NamedTuple):
    """Hash table of routes by their set of tasks; a later route replaces an earlier one in the same slot."""

    members: NDArray[np.uint64]
    """(n_slots, n_words) tasks as bits; of alternatives, the first."""
    node: NDArray[np.int32]
    """(n_slots, n_tasks) tasks in order."""
    size: NDArray[np.int64]
    """(n_slots,) number of tasks, 0 for a free slot."""
    reward: NDArray[np.float64]
    """(n_slots,)"""
    length: NDArray[np.int64]
    """(n_slots,) steps of travel; of two routes with the same tasks the shorter one is kept."""


def pool(n_slots: int, n_tasks: int) -> Pool:
    """Allocate an empty pool; ``n_slots`` must be a power of two."""
    return Pool(
        np.zeros((n_slots, (n_tasks + 63) // 64), np.uint64), np.zeros((n_slots, n_tasks), np.int32),
        np.zeros(n_slots, np.int64), np.zeros(n_slots, np.float64), np.zeros(n_slots, np.int64),
    )  # fmt: skip


@part
def remember(pool, nodes, r, k, bits):
    """Put route ``k`` of ``r`` into the pool; ``bits`` (n_words,) is working memory."""
    size = r.size[k]
    if size == 0:
        return
    for w in range(bits.shape[0]):
        bits[w] = np.uint64(0)
    reward, length = r.reward[k], r.length[k]
    for p in range(1, size + 1):
        c = first = r.node[k, p]
        other = nodes.other[c]
        while other != c:  # alternatives share one bit
            first, other = min(first, other), nodes.other[other]
        bits[first >> 6] |= np.uint64(1) << np.uint64(first & 63)
    mixed = np.uint64(0)
    for w in range(bits.shape[0]):
        mixed = (mixed ^ bits[w]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    slot = np.int64(mixed & np.uint64(pool.size.shape[0] - 1))
    if pool.size[slot] == size:
        same = True
        for w in range(bits.shape[0]):
            if pool.members[slot, w] != bits[w]:
                same = False
                break
        if same and pool.length[slot] <= length:
            return
    for w in range(bits.shape[0]):
        pool.members[slot, w] = bits[w]
    for p in range(size):
        pool.node[slot, p] = r.node[k, p + 1]
    pool.size[slot], pool.reward[slot], pool.length[slot] = size, reward, length


@kernel
def combine(pool, m, least, effort):
    """Find up to ``m`` routes without a common task and with the most reward, if that exceeds ``least``.

    Depth first in order of reward, with the sum of the next candidates as bound. ``effort`` limits the number of
    pairs of routes compared; the best combination found until then is returned.

    Returns
    -------
    (m,) slots, −1 for no route.
    """
    filled = np.flatnonzero(pool.size > 0)
    filled = filled[np.argsort(-pool.reward[filled], kind="mergesort")]
    candidate = np.empty((m, filled.shape[0]), np.int64)
    count, at = np.zeros(m, np.int64), np.zeros(m, np.int64)
    total = np.zeros(m + 1)
    chosen, found = np.full(m, -1), np.full(m, -1)
    count[0] = filled.shape[0]
    for x in range(filled.shape[0]):
        candidate[0, x] = filled[x]
    depth, best = 0, least
    while depth >= 0:
        left, x = m - depth, at[depth]
        bound = total[depth]
        for y in range(x, min(x + left, count[depth])):
            bound += pool.reward[candidate[depth, y]]
        if bound <= best or effort <= 0:
            depth -= 1
            continue
        at[depth] += 1
        i = candidate[depth, x]
        chosen[depth] = i
        total[depth + 1] = total[depth] + pool.reward[i]
        if total[depth + 1] > best:
            best = total[depth + 1]
            for y in range(m):
                found[y] = chosen[y] if y <= depth else -1
        if left == 1:
            continue
        depth += 1
        y, size, most = x + 1, 0, 0.0
        while y < count[depth - 1]:
            j = candidate[depth - 1, y]
            if size and total[depth] + pool.reward[j] + (left - 2) * most <= best:
                break  # neither this route nor any after it can be part of a better combination
            apart = True
            for w in range(pool.members.shape[1]):
                if pool.members[i, w] & pool.members[j, w]:
                    apart = False
                    break
            if apart:
                if size == 0:
                    most = pool.reward[j]
                candidate[depth, size] = j
                size += 1
            y += 1
        effort -= y - x
        count[depth], at[depth] = size, 0
    return found
