"""Density of incidents along the streets and by time of day: how λ comes from what was reported.

A kernel estimate on the network (Okabe, Satoh and Sugihara 2009 give the idea; here the kernel goes by distance
along the streets and is normalised per incident) times a quartic kernel over the time of day that wraps at
midnight. An incident known only to an interval is shared out over it (aoristic weights, Ratcliffe 2002). Its cost
grows with the incidents: each street that bears any is spread once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from routeopt.clock import Clock
from routeopt.demand.incidents import SNAP_LIMIT_M, Incidents, locate
from routeopt.demand.rates import Rates
from routeopt.demand.spread import kernel
from routeopt.scenario import IncidentDemand
from routeopt.streets.network import StreetNetwork

Array = NDArray[np.float64]

BINS = 96
"""Quarters of an hour in a day."""
BIN_MIN = 15
DAY_MIN = 1440
CHUNK = 20_000
"""Incidents whose intervals are shared out at a time."""
CANDIDATES_M = (30.0, 60.0, 120.0, 250.0, 500.0)
CANDIDATES_MIN = (30.0, 60.0, 120.0, 240.0)
"""Bandwidths that cross-validation chooses from."""
FOLDS = 5
HELD_OUT = 4000
"""Incidents at most by which bandwidths are judged."""
BACKGROUND = 0.02
"""Share of demand taken to be even over the streets when bandwidths are judged, so that no likelihood is 0."""


def aoristic(begin_min: NDArray[np.int64], length_min: NDArray[np.int64]) -> Array:
    """Share of each interval in every quarter of the day; rows sum to 1.

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


def clock_kernel(minutes: Array, bandwidth_min: float) -> Array:
    """(BINS, n) quartic kernel from every quarter's middle to times of day, wrapping; it sums to 1 a day."""
    centre = (np.arange(BINS) + 0.5) * BIN_MIN
    away = np.abs(centre[:, None] - minutes[None])
    away = np.minimum(away, DAY_MIN - away)
    width = max(bandwidth_min, BIN_MIN)
    smooth: Array = np.maximum(1 - (away / width) ** 2, 0.0) ** 2 * (15 / 16) / width
    return smooth


@dataclass(frozen=True)
class Counted:
    """Incidents counted by street and quarter of the day."""

    sources: NDArray[np.int32]
    """(n_sources,) segments that bear any."""
    count: Array
    """(n_sources, BINS) Σ weight · share."""
    square: Array
    """(n_sources, BINS) Σ (weight · share)²: the variance of ``count`` if incidents come by chance."""


def counted(segment: NDArray[np.int32], incidents: Incidents, weight: Array) -> Counted:
    """Count incidents on their segments, in chunks."""
    sources, row = np.unique(segment, return_inverse=True)
    count, square = np.zeros((len(sources), BINS)), np.zeros((len(sources), BINS))
    timed = ~np.isnat(incidents.begin)
    minute = np.where(timed, incidents.begin.astype(np.int64) % DAY_MIN, 0)
    length = np.where(timed, incidents.length_min, DAY_MIN)
    for start in range(0, len(segment), CHUNK):
        part = slice(start, start + CHUNK)
        share = aoristic(minute[part], length[part]) * weight[part, None]
        n = len(share)
        pick = csr_array((np.ones(n), (row[part], np.arange(n))), shape=(len(sources), n))
        count += pick @ share
        square += pick @ share**2
    return Counted(sources.astype(np.int32), count, square)


def aged(source: IncidentDemand, incidents: Incidents, clock: Clock) -> tuple[Array, NDArray[np.bool_], list[str]]:
    """Weights for tonight: older incidents, other weekdays and recent series counted as the source says.

    Returns
    -------
    weight : (n,)
    before : (n,)
        False for incidents on or after the shift's day, which no forecast may know.
    notes
    """
    weight = incidents.weight.copy()
    before = np.ones(len(weight), dtype=np.bool_)
    timed = ~np.isnat(incidents.begin)
    if not timed.any():
        return weight, before, []
    notes = []
    day = incidents.begin.astype("datetime64[D]")
    tonight = np.datetime64(clock.date) if clock.date is not None else day[timed].max() + 1
    late = timed & (day >= tonight)
    if late.all():
        notes.append("every incident is from the shift's day or after it; their age counts nothing.")
        return weight, before, notes
    if late.any():
        notes.append(f"{int(late.sum())} incidents are from the shift's day or after it and were left out.")
        before &= ~late
    age = np.where(timed, (tonight - day).astype(np.float64), 0.0)
    if source.half_life_days is not None:
        weight *= 0.5 ** (np.maximum(age, 0.0) / source.half_life_days)
    if source.repeat_boost > 0:
        weight *= 1.0 + source.repeat_boost * np.exp(-np.maximum(age, 0.0) / source.repeat_days)
    if source.other_weekdays < 1.0 and clock.date is not None:
        other = (day.astype(np.int64) - tonight.astype(np.int64)) % 7 != 0
        weight *= np.where(timed & other, source.other_weekdays, 1.0)
    return weight, before, notes


@dataclass(frozen=True)
class Estimate:
    """Density in three factors; the whole table is made only when it is asked for."""

    share: csr_array
    """(n_segments, n_sources) how each street's incidents spread along the streets."""
    counted: Counted
    smooth: Array
    """(BINS, n_steps) how each quarter of the day spreads over the shift's steps."""
    notes: tuple[str, ...]

    @property
    def value(self) -> Array:
        """(n_segments, n_steps) λ, relative."""
        found: Array = self.share @ (self.counted.count @ self.smooth)
        return found

    @property
    def variance(self) -> Array:
        """(n_segments, n_steps) of `value`, as if incidents came by chance (Poisson) and quarters alone."""
        found: Array = self.share.power(2) @ (self.counted.square @ self.smooth**2)
        return found


def rates(
    source: IncidentDemand, net: StreetNetwork, clock: Clock, folder: Path, snap_limit_m: float = SNAP_LIMIT_M
) -> Rates:
    """λ of the source's incidents; see `estimate`."""
    found = estimate(source, net, clock, folder, snap_limit_m)
    return Rates(found.value, found.notes)


def estimate(
    source: IncidentDemand, net: StreetNetwork, clock: Clock, folder: Path, snap_limit_m: float = SNAP_LIMIT_M
) -> Estimate:
    """Density of the source's incidents for the clock's night.

    Raises
    ------
    DemandError
        See `incidents.locate`.
    """
    found = locate(source, net, folder, snap_limit_m)
    weight, before, more = aged(source, found.incidents, clock)
    incidents, segment, weight = found.incidents.where(before), found.segment[before], weight[before]
    bandwidth_m, bandwidth_min = source.bandwidth_m, source.bandwidth_min
    if bandwidth_m == "auto" or bandwidth_min == "auto":
        best_m, best_min = choose_bandwidths(
            net, segment, incidents, weight,
            CANDIDATES_M if bandwidth_m == "auto" else (float(bandwidth_m),),
            CANDIDATES_MIN if bandwidth_min == "auto" else (float(bandwidth_min),),
        )  # fmt: skip
        more.append(
            f"bandwidths by cross-validation: {best_m:g} m along the streets, {best_min:g} min of the day."
        )
        bandwidth_m, bandwidth_min = best_m, best_min
    counts = counted(segment, incidents, weight)
    share = kernel(net, counts.sources, float(bandwidth_m))
    timed = bool((~np.isnat(incidents.begin)).any())
    minutes = np.array([clock.minute_of_day(t) for t in range(clock.n_steps)], dtype=np.float64)
    smooth = clock_kernel(minutes, float(bandwidth_min)) if timed else np.full((BINS, clock.n_steps), 1 / DAY_MIN)
    return Estimate(share, counts, smooth, (*found.notes, *more))


def choose_bandwidths(
    net: StreetNetwork,
    segment: NDArray[np.int32],
    incidents: Incidents,
    weight: Array,
    candidates_m: tuple[float, ...] = CANDIDATES_M,
    candidates_min: tuple[float, ...] = CANDIDATES_MIN,
    seed: int = 0,
) -> tuple[float, float]:
    """Bandwidths of greatest cross-validated likelihood: metres along the streets, minutes of the day.

    Whole days are held out, a fifth at a time, so that a series does not vouch for itself. The likelihood of a
    held-out incident is the density per metre and minute on its street at its time (by its aoristic shares), with
    `BACKGROUND` spread evenly.
    """
    rng = np.random.default_rng(seed)
    timed = ~np.isnat(incidents.begin)
    day = np.where(timed, incidents.begin.astype("datetime64[D]").astype(np.int64), np.arange(len(segment)))
    days, row = np.unique(day, return_inverse=True)
    fold = rng.integers(FOLDS, size=len(days))[row]
    judged = np.sort(rng.permutation(len(segment))[:HELD_OUT])
    minute = np.where(timed, incidents.begin.astype(np.int64) % DAY_MIN, 0)
    held_share = aoristic(minute[judged], np.where(timed, incidents.length_min, DAY_MIN)[judged])
    length = np.maximum(net.seg_length_m, 1.0)
    even = 1.0 / (length.sum() * DAY_MIN)
    centre: Array = (np.arange(BINS, dtype=np.float64) + 0.5) * BIN_MIN
    smooth = {h: clock_kernel(centre, h) for h in candidates_min}
    smooth = {h: s / s.sum(axis=0, keepdims=True) / BIN_MIN for h, s in smooth.items()}
    sources = np.unique(segment).astype(np.int32)
    likelihood = np.zeros((len(candidates_m), len(candidates_min)))
    training = []
    for f in range(FOLDS):
        rows = np.flatnonzero(fold != f)
        counts = counted(segment[rows], incidents.where(rows), weight[rows])
        table = np.zeros((len(sources), BINS))
        table[np.searchsorted(sources, counts.sources)] = counts.count
        training.append(table / max(table.sum(), 1e-12))
    for a, bandwidth_m in enumerate(candidates_m):
        share = kernel(net, sources, bandwidth_m)
        for f in range(FOLDS):
            here = np.flatnonzero(fold[judged] == f)
            if len(here) == 0:
                continue
            place = segment[judged[here]]
            raw = (share[place] @ training[f]) / length[place, None]
            for b, bandwidth_min in enumerate(candidates_min):
                density = (raw @ smooth[bandwidth_min] * held_share[here]).sum(axis=1)
                likelihood[a, b] += np.log(BACKGROUND * even + (1 - BACKGROUND) * density).sum()
    best = np.unravel_index(int(likelihood.argmax()), likelihood.shape)
    return candidates_m[int(best[0])], candidates_min[int(best[1])]
