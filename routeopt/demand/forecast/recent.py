"""New series: incidents of one category near each other in place and time, more than are usual there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.forecast.spread import reach
from routeopt.streets.network import StreetNetwork

LEAST_DAYS = 28
"""Shorter histories do not tell what is usual."""
ENOUGH = 3
"""Incidents that are a series where what is usual is not known."""
CHANCE = 0.01
"""Series that come by chance more often are none."""


@dataclass(frozen=True)
class Series:
    """A series that goes on."""

    category: int
    segment: int
    """Of the incidents, the one nearest to the others."""
    rows: tuple[int, ...]
    """Indices of its incidents, by time."""
    first: np.datetime64
    last: np.datetime64
    new: int
    """Of its incidents, those since ``since``."""
    usual: float | None
    """Incidents of the category that are usual there in as many days; None where the history is too short."""


def recent_series(
    net: StreetNetwork,
    segment: NDArray[np.int32],
    when: NDArray[np.datetime64],
    category: NDArray[np.int64],
    since: np.datetime64,
    until: np.datetime64,
    metres: float = 200.0,
    days: float = 7.0,
) -> list[Series]:
    """Find the series with an incident from ``since`` on, the largest first.

    Two incidents of a category belong together within ``metres`` along the streets and ``days`` of each other
    (near-repeats: Johnson et al. 2007 give the finding; the chains are those of a Knox test's close pairs). Of a
    chain, more than one must have happened where the incidents of the time before it, at the same places, make
    as many by chance (Poisson) in at most one of a hundred such times.

    Parameters
    ----------
    segment, when, category : (n,)
        Street, time (minutes; NaT: left out) and category of every known incident.

    Example (by hand): two thefts on one street, yesterday and the day before, the only ones in 100 days before:
    (0 + ½)/100 · 2 = 0.01 are usual, and two or more come by chance once in 20 000 times.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    minute = np.timedelta64(1, "m")
    span = days * 1440
    window = until - np.timedelta64(int(4 * span), "m")
    known = ~np.isnat(when) & (when < until)
    recent = np.flatnonzero(known & (when >= window))
    if len(recent) < 2:
        return []
    sources, at = np.unique(segment[recent], return_inverse=True)
    near = reach(net, sources.astype(np.int32), metres)
    places = [set(near.segment[near.ptr[k] : near.ptr[k + 1]].tolist()) for k in range(len(sources))]
    t = ((when[recent] - window) / minute).astype(np.float64)
    linked = np.array([[s in around for s in segment[recent].tolist()] for around in places], dtype=np.bool_)[at]
    linked &= (category[recent][:, None] == category[recent]) & (np.abs(t[:, None] - t) <= span)
    _n, label = connected_components(coo_array(linked), directed=False)
    found = []
    for one in np.unique(label):
        own = np.flatnonzero(label == one)
        rows = recent[own[np.argsort(t[own], kind="stable")]]
        fresh = int((when[rows] >= since).sum())
        if len(rows) < 2 or not fresh:
            continue
        around = set().union(*(places[k] for k in at[own].tolist()))
        usual = _usual(known, segment, when, category, rows, around)
        if not _unlikely(len(rows), usual):
            continue
        middle = rows[int(linked[np.ix_(own, own)].sum(axis=1).argmax())]
        found.append(
            Series(
                int(category[rows[0]]), int(segment[middle]), tuple(rows.tolist()), when[rows[0]], when[rows[-1]],
                fresh, usual,
            )
        )  # fmt: skip
    return sorted(found, key=lambda series: (-len(series.rows), series.rows))


def _usual(
    known: NDArray[np.bool_],
    segment: NDArray[np.int32],
    when: NDArray[np.datetime64],
    category: NDArray[np.int64],
    rows: NDArray[np.int64],
    around: set[int],
) -> float | None:
    """Compute how many are usual in the days of a chain, from all before it at its places."""
    first, last = when[rows[0]], when[rows[-1]]
    past = known & (when < first)
    if not past.any():
        return None
    day = np.timedelta64(1440, "m")
    days = float((first - when[past].min()) / day)
    if days < LEAST_DAYS:
        return None
    same = past & (category == category[rows[0]]) & np.isin(segment, list(around))
    length = float((last - first) / day) + 1.0
    return (int(same.sum()) + 0.5) / days * length


def _unlikely(count: int, usual: float | None) -> bool:
    from scipy.special import pdtrc

    return count >= ENOUGH if usual is None else float(pdtrc(count - 1, usual)) <= CHANCE
