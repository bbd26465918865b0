"""What past incidents say of a trial: how many to expect, and whether they vary more than by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.coordinates import metres_from
from routeopt.demand.incidents.locate import locate
from routeopt.errors import Message
from routeopt.scenario.model import Scenario
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork

Array = NDArray[np.float64]

RECENT_DAYS = 365
"""Older incidents do not count."""
LEAST_DAYS = 28
"""Shorter histories are told."""
PLACE_M = 200.0
"""An incident belongs to a place within this distance."""


@dataclass(frozen=True)
class Past:
    """Incidents in the hours of the shift."""

    lat: Array
    lon: Array
    night: NDArray[np.int64]
    """(n,) the night of each, days since 1970 of its start."""
    first: int
    """Night of the first, and of the last, of any."""
    last: int
    notes: tuple[Message, ...]

    @property
    def nights(self) -> int:
        """Nights of the history."""
        return self.last - self.first + 1

    def by_night(self) -> Array:
        """Count the incidents of each night, (nights,)."""
        return np.bincount(self.night - self.first, minlength=self.nights).astype(np.float64)

    def by_place(self, lat: Sequence[float], lon: Sequence[float]) -> Array:
        """Count the incidents of each place in each week, (places, weeks); of two places the nearest."""
        weeks = max(1, self.nights // 7)
        counts = np.zeros((len(lat), weeks))
        if not len(self.lat):
            return counts
        away = np.stack([metres_from(a, b, self.lat, self.lon) for a, b in zip(lat, lon, strict=True)])
        nearest = away.argmin(axis=0)
        week = (self.last - self.night) // 7
        near = (away.min(axis=0) <= PLACE_M) & (week < weeks)
        np.add.at(counts, (nearest[near], week[near]), 1.0)
        return counts


def past_incidents(
    scenario: Scenario,
    net: StreetNetwork,
    progress: Callable[[str, float], None] | None = None,
    recent_days: int | None = RECENT_DAYS,
) -> Past | None:
    """Read the incidents of the scenario's sources; None if it has none.

    Parameters
    ----------
    recent_days
        Older incidents do not count; None: all count.

    Raises
    ------
    DemandError
        If a file cannot be read.
    """
    sources = [source for source in scenario.demand if isinstance(source, IncidentDemand)]
    if not sources:
        return None
    lat, lon, when = [], [], []
    notes: list[Message] = []
    for source in sources:
        located = locate(source, net, scenario.folder, progress=progress)
        it = located.incidents
        lat.append(it.lat)
        lon.append(it.lon)
        when.append(it.middle)
        notes += located.notes
    whole = np.concatenate(when)
    known = ~np.isnat(whole)
    night, within = _nights(whole[known], scenario.clock)
    if not len(night):
        return None
    last = int(night.max())
    first = int(night.min())
    if recent_days is not None:
        first = max(first, last - recent_days + 1)
    kept = within & (night >= first)
    at = [np.concatenate(values)[known][kept] for values in (lat, lon)]
    if recent_days is not None and last - first + 1 < LEAST_DAYS:
        notes.append(Message("trial-short", days=last - first + 1))
    return Past(at[0], at[1], night[kept], first, last, tuple(notes))


def _nights(when: NDArray[np.datetime64], clock: Clock) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Night of each incident, and whether it is in its hours."""
    minute = when.astype("datetime64[m]").astype(np.int64) - clock.start_min
    return minute // 1440, minute % 1440 < clock.duration_s // 60


def dispersion_of_nights(counts: Array, first: int) -> float:
    """Compute variance over mean of nightly counts, about the mean of their weekday; at least 1.

    Parameters
    ----------
    counts : (n_nights,)
    first
        Day of the first, days since 1970.

    Example (by hand): two weeks of 0 and of 2 incidents every night: each night is 1 from its weekday's mean of 1,
    (14 · 1/1)/(14 − 7) = 2.
    """
    weekday = (first + np.arange(len(counts))) % 7
    mean = np.array([counts[weekday == day].mean() if (weekday == day).any() else 0.0 for day in range(7)])[
        weekday
    ]
    free = len(counts) - len(np.unique(weekday))
    return _dispersion(counts, mean, free)


def dispersion_of_places(counts: Array) -> float:
    """Compute variance over mean of weekly counts about what place and week make expect; at least 1.

    Parameters
    ----------
    counts : (places, weeks)
    """
    total = counts.sum()
    if total == 0:
        return 1.0
    mean = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / total
    rows, columns = (int((counts.sum(axis=axis) > 0).sum()) for axis in (1, 0))
    return _dispersion(counts, mean, (rows - 1) * (columns - 1))


def spread_of_places(counts: Array, blocks: Sequence[str], dispersion: float) -> float:
    """Compute what differences between places add to the dispersion of the arms, per week of a trial.

    Which places have patrol is drawn, so that the arms differ by their places too. For a block of n places, half
    of them drawn, the difference of past totals x has variance n/(n − 1) · Σ(x − mean)²; what chance alone makes
    of it, the dispersion times their sum, is taken off. It grows with the square of the weeks, incidents with the
    weeks.

    Parameters
    ----------
    counts : (places, weeks)
    blocks : (places,)

    Example (by hand): a pair with 10 incidents and with none in one week: (100 − 10)/10 = 9.
    """
    total, named = counts.sum(axis=1), np.array(blocks)
    if total.sum() == 0:
        return 0.0
    own = [total[named == block] for block in dict.fromkeys(blocks)]
    drawn: float = sum(len(x) / (len(x) - 1) * float(((x - x.mean()) ** 2).sum()) for x in own if len(x) > 1)
    added: float = drawn / float(total.sum()) - dispersion
    return max(0.0, added) / len(counts[0])


def _dispersion(counts: Array, mean: Array, free: int) -> float:
    """Pearson's χ² over its degrees of freedom."""
    some = mean > 0
    if free < 1 or not some.any():
        return 1.0
    return max(1.0, float(((counts[some] - mean[some]) ** 2 / mean[some]).sum()) / free)
