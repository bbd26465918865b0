"""Incidents prepared for forecasts: their streets, their days, and their times over the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.forecast.daytime import BINS, DAY_MIN, aoristic
from routeopt.demand.forecast.spread import NetworkDistances, Share, reach
from routeopt.demand.incidents.read import Incidents
from routeopt.streets.network import StreetNetwork

Array = NDArray[np.float64]

CHUNK = 20_000
"""Incidents whose intervals are shared out at a time."""


@dataclass(frozen=True)
class History:
    """Incidents with what every forecast needs of them; arrays of shape (n,)."""

    net: StreetNetwork
    incidents: Incidents
    segment: NDArray[np.int32]
    reach: NetworkDistances
    """Of the n_sources segments that bear any."""
    source: NDArray[np.int64]
    """Which of the sources it lies on."""
    weight: Array
    timed: NDArray[np.bool_]
    day: NDArray[np.int64]
    """Days since 1970 of its begin; 0 without a time."""
    known: NDArray[np.int64]
    """Day on which it was known; a forecast for a day may use those of the days before."""
    share: NDArray[np.float32]
    """(n, BINS) of its interval in every quarter of the day."""

    @property
    def n_sources(self) -> int:
        """Segments that bear any incident."""
        return len(self.reach.sources)

    def before(self, day: int) -> NDArray[np.bool_]:
        """Mark the incidents that a forecast made at the start of ``day`` may use."""
        return ~self.timed | (self.known < day)

    def gather(self, mass: Array, table: Array | NDArray[np.float32]) -> Array:
        """Sum mass · row of ``table`` (n, columns) over each source's incidents, (n_sources, columns)."""
        from scipy.sparse import csr_array

        rows = np.flatnonzero(mass)
        pick = csr_array(
            (mass[rows].astype(table.dtype), (self.source[rows], rows)), shape=(self.n_sources, len(mass))
        )
        return np.asarray(pick @ table, dtype=np.float64)


def history(
    net: StreetNetwork,
    incidents: Incidents,
    segment: NDArray[np.int32],
    limit_m: float,
    progress: Share | None = None,
) -> History:
    """Prepare incidents that lie on ``segment``; forecasts spread them at most ``limit_m``."""
    sources, row = np.unique(segment, return_inverse=True)
    timed = ~np.isnat(incidents.begin)
    minute = np.where(timed, incidents.begin.astype(np.int64) % DAY_MIN, 0)
    length = np.where(timed, incidents.length_min, DAY_MIN)
    share = np.empty((len(segment), BINS), dtype=np.float32)
    for start in range(0, len(segment), CHUNK):
        part = slice(start, start + CHUNK)
        share[part] = aoristic(minute[part], length[part])
    days = [
        np.where(timed, t.astype("datetime64[D]").astype(np.int64), 0) for t in (incidents.begin, incidents.known)
    ]
    return History(
        net, incidents, segment, reach(net, sources.astype(np.int32), limit_m, progress), row,
        incidents.weight.astype(np.float64), timed, days[0], days[1], share,
    )  # fmt: skip
