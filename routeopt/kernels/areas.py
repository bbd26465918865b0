"""Items shared among areas by distance and price, and what an area around each centre is worth to the bound."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import filler, part
from routeopt.kernels.heap import pop, sink


@filler
def share_out(distance, weight, price, t, ratio, load, bend):
    """Share items among areas by exp(−(distance + price) / t).

    Parameters
    ----------
    distance : (n_items, n_areas) float64
    weight : (n_items,)
    price : (n_areas,)
    t
        Above 0; the smaller, the more goes to the area of least distance plus price.
    ratio : (n_areas,)
        Overwritten.
    load : (n_areas,), bend : (n_areas, n_areas)
        Filled: work of each area; the derivative of load by price, times −t.

    Returns
    -------
    The smoothed weighted distance plus price: −t Σ weight · log Σ exp(−(distance + price) / t).
    """
    n, p = distance.shape
    for j in range(p):
        load[j] = 0.0
        for k in range(p):
            bend[j, k] = 0.0
    value = 0.0
    for i in range(n):
        w = weight[i]
        if w <= 0:
            continue
        least = np.inf
        for j in range(p):
            least = min(least, distance[i, j] + price[j])
        total, near = 0.0, least + 30.0 * t
        for j in range(p):
            away = distance[i, j] + price[j]
            ratio[j] = np.exp((least - away) / t) if away < near else 0.0
            total += ratio[j]
        value += w * (least - t * np.log(total))
        for j in range(p):
            if ratio[j] > 0:
                part_j = ratio[j] / total
                load[j] += w * part_j
                bend[j, j] += w * part_j
                for k in range(p):
                    if ratio[k] > 0:
                        bend[j, k] -= w * part_j * ratio[k] / total
    return value


@filler
def worth(ptr, item, distance, weight, price, beyond, low, high, order, ratio, out):
    """Compute the least reduced cost of an area around each possible centre, cutting items where it pays.

    A continuous knapsack (Dantzig 1957): items join by ascending distance minus price until the area has its least
    work, and on while that is negative, up to its greatest.

    Parameters
    ----------
    ptr : (n + 1,), item, distance
        CSR of the items near each centre.
    weight, price : (n_items,)
        Work of each item, and what serving a unit of its work is paid for.
    beyond : (n,)
        Least distance minus price of all items that are not in the row.
    low, high
        Least and greatest work of an area.
    order, ratio : (longest row,)
        Overwritten.
    out : (n,)
        Filled: least reduced cost.
    """
    for k in range(ptr.shape[0] - 1):
        total, left = 0.0, high
        size = _heap_of(ptr, item, distance, weight, price, k, order, ratio)
        while left > 0 and size > 0:
            r, i = ratio[0], order[0]
            size = pop(ratio, order, size)
            if r > beyond[k] or (r >= 0 and high - left >= low):
                break
            take = min(weight[i], left if r < 0 else low - (high - left))
            total += r * take
            left -= take
        if beyond[k] < 0:
            total += beyond[k] * left
        elif high - left < low:
            total += beyond[k] * (low - (high - left))
        out[k] = total


@filler
def covered(ptr, item, distance, weight, price, beyond, low, high, order, ratio, rows, out):
    """Add to ``out`` (n_items,) what share of each item the areas around some centres (``rows``) take: `worth`."""
    for n in range(rows.shape[0]):
        k = rows[n]
        left = high
        size = _heap_of(ptr, item, distance, weight, price, k, order, ratio)
        while left > 0 and size > 0:
            r, i = ratio[0], order[0]
            size = pop(ratio, order, size)
            if r > beyond[k] or (r >= 0 and high - left >= low):
                break
            take = min(weight[i], left if r < 0 else low - (high - left))
            out[i] += take / weight[i]
            left -= take


@part
def _heap_of(ptr, item, distance, weight, price, k, order, ratio):
    """Make a heap of the items of a row that weigh something, by distance minus price; return its size."""
    size = 0
    for e in range(ptr[k], ptr[k + 1]):
        i = item[e]
        if weight[i] > 0:
            order[size], ratio[size] = i, distance[e] - price[i]
            size += 1
    for start in range(size // 2 - 1, -1, -1):
        sink(ratio, order, size, start, ratio[start], order[start])
    return size
