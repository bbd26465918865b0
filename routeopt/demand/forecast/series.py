"""Series: incidents of one category, near each other in time and along the streets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.forecast.history import History

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

RECENT = 5.0
"""Age, in multiples of ``days``, beyond which an incident belongs to no series."""


def membership(past: History, before: NDArray[np.bool_], tonight: int, metres: float, days: float) -> Array:
    """Compute how far each incident is part of a continuing series, (n,) in [0, 1].

    The sum over other incidents of the category of (1 − (d/metres)²)²·exp(−|Δt|/days), at most 1, times
    exp(−age/days): near-repeats by distance along the streets and by age (Johnson et al. 2007 give the finding).

    Example (by hand): two thefts on one street, one and two days before tonight, days = 7: the later one has
    exp(−1/7)·exp(−1/7) = 0.751.
    """
    found = np.zeros(len(past.weight))
    age = tonight - past.day
    recent = np.flatnonzero(before & past.timed & (age <= RECENT * days))
    if len(recent) < 2:
        return found
    near = closeness(past, metres)
    first = int(past.day[recent].min())
    n_days = int(past.day[recent].max()) - first + 1
    apart = np.abs(np.arange(n_days)[:, None] - np.arange(n_days)[None])
    fades = np.exp(-apart / days)
    for category in np.unique(past.incidents.category[recent]):
        rows = recent[past.incidents.category[recent] == category]
        sources, at = np.unique(past.source[rows], return_inverse=True)
        when = past.day[rows] - first
        count = np.zeros((len(sources), n_days))
        np.add.at(count, (at, when), 1.0)
        others = (near[sources][:, sources] @ count @ fades)[at, when] - 1.0
        found[rows] = np.minimum(np.maximum(others, 0.0), 1.0)
    found *= np.exp(-np.maximum(age, 0) / days)
    return found


def closeness(past: History, metres: float) -> csr_array:
    """Compute (n_sources, n_sources) (1 − (d/metres)²)² between sources, 1 on the diagonal."""
    from scipy.sparse import csr_array

    reach = past.reach
    index = np.full(past.net.n_segments, -1, dtype=np.int64)
    index[reach.sources] = np.arange(past.n_sources)
    row = np.repeat(np.arange(past.n_sources), np.diff(reach.ptr))
    column = index[reach.segment]
    kept = (column >= 0) & (reach.distance_m < metres)
    value = (1 - (reach.distance_m[kept].astype(np.float64) / metres) ** 2) ** 2
    return csr_array((value, (row[kept], column[kept])), shape=(past.n_sources, past.n_sources))
