"""Density of incidents along the streets and by time of day: λ from reported incidents.

A kernel estimate on the network (Okabe, Satoh and Sugihara 2009 give the idea; here the kernel goes by distance
along the streets and is normalised per incident) times a quartic kernel over the time of day that wraps at
midnight, in a mixture of bandwidths and half-lives (`routeopt.demand.forecast.mixture`). Its cost
grows with the incidents: each street that bears any is spread once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand.forecast.daytime import BIN_MIN, BINS, DAY_MIN, smoothing
from routeopt.demand.forecast.history import History, history
from routeopt.demand.forecast.mixture import Mixture, ageing, fit, limit_m
from routeopt.demand.forecast.series import membership
from routeopt.demand.incidents.locate import SNAP_LIMIT_M, locate
from routeopt.demand.incidents.read import Incidents
from routeopt.demand.rates import Progress, Rates
from routeopt.errors import Message
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Term:
    """Contribution of one part of the mixture to the density."""

    bandwidth_m: float
    mass: Array
    """(n_sources, n_windows) Σ of its incidents, by source and window of the day."""
    square: Array
    """(n_sources, n_windows) their variance if incidents come by chance (Poisson)."""


@dataclass(frozen=True)
class Density:
    """Density over segments and windows of the day, in factors; full tables are computed on demand."""

    terms: tuple[Term, ...]
    shares: dict[float, csr_array]
    """Bandwidth → (n_segments, n_sources) how each street's incidents spread."""
    even: Array
    """(n_segments, n_windows) the part that is even over the streets."""

    @property
    def value(self) -> Array:
        """Compute (n_segments, n_windows) shares of future incidents; they sum to 1 over streets and day."""
        total = self.even.copy()
        for bandwidth in self.shares:
            mass = sum(term.mass for term in self.terms if term.bandwidth_m == bandwidth)
            if not np.isscalar(mass):
                total += self.shares[bandwidth] @ mass
        return total

    @property
    def deviation(self) -> Array:
        """Bound the standard deviation of `value` from above, (n_segments, n_windows): all parts err together."""
        total = np.zeros_like(self.even)
        for term in self.terms:
            total += np.sqrt(self.shares[term.bandwidth_m].power(2) @ term.square)
        return total


def spreads(past: History, mixture: Mixture, source: IncidentDemand) -> dict[float, csr_array]:
    """Compute bandwidth → (n_segments, n_sources) shares, for all that the mixture and series need."""
    metres = {part.bandwidth_m for part in mixture.parts}
    if source.repeat_boost > 0:
        metres.add(source.repeat_m)
    return {m: past.reach.shares(m, mixture.base) for m in sorted(metres)}


def weights(past: History, source: IncidentDemand, weekday: int | None, weight: Array | None = None) -> Array:
    """Compute (n,) weights of incidents on a night of a weekday (0: Monday), before ageing."""
    found = (past.weight if weight is None else weight).copy()
    if source.other_weekdays < 1.0 and weekday is not None:
        other = (past.day + 3) % 7 != weekday  # 1970 began on a Thursday
        found *= np.where(past.timed & other, source.other_weekdays, 1.0)
    return found


def density(
    past: History,
    mixture: Mixture,
    shares: dict[float, csr_array],
    source: IncidentDemand,
    day: int,
    weight: Array,
    window: Array,
    *,
    uncertain: bool = True,
) -> Density:
    """Forecast ``day`` from the incidents known before it.

    Parameters
    ----------
    weight : (n,)
        Weight of each incident before ageing (`weights`).
    window : (BINS, n_windows)
        Minutes of each quarter in each window; or 1 in one quarter, for the density per minute there.
    uncertain
        Also compute the variance.
    """
    used = np.where(past.before(day), weight, 0.0)
    base = mixture.base / mixture.base.sum()
    even = base[:, None] * (mixture.even * window.sum(axis=0) / DAY_MIN)[None]
    boost = np.zeros(len(used))
    if source.repeat_boost > 0:
        boost = source.repeat_boost * membership(past, used > 0, day, source.repeat_m, source.repeat_days)
    minutes = sorted({part.bandwidth_min for part in mixture.parts})
    n = window.shape[1]
    clocks = np.hstack([smoothing(m) @ window for m in minutes])
    plain = past.share @ clocks.astype(np.float32)
    # (Σ share·kernel)² ≤ Σ share·kernel², as shares sum to 1: an interval's variance at most
    squared = past.share @ (clocks**2).astype(np.float32) if uncertain else None
    terms = []
    for life in sorted({part.half_life_days for part in mixture.parts}):
        mass = used * ageing(past, day, life)
        mass /= max(float(mass.sum()), 1e-12)
        for more in (None, boost) if boost.any() else (None,):
            own = mass if more is None else mass * more
            first = past.gather(own, plain)
            second = (
                np.zeros((past.n_sources, plain.shape[1])) if squared is None else past.gather(own**2, squared)
            )
            for part in mixture.parts:
                if part.half_life_days == life:
                    at = slice(minutes.index(part.bandwidth_min) * n, (minutes.index(part.bandwidth_min) + 1) * n)
                    metres = part.bandwidth_m if more is None else source.repeat_m
                    terms.append(Term(metres, part.weight * first[:, at], part.weight**2 * second[:, at]))
    return Density(tuple(terms), shares, even)


@dataclass(frozen=True)
class Estimate:
    """Density of a source's incidents over a night."""

    quarters: NDArray[np.int64]
    """(n_quarters,) quarters of the day that the night touches, in order."""
    density: Density
    """Its windows are these quarters; per minute."""
    to_steps: csr_array
    """(n_quarters, n_steps) linear between the middles of quarters."""
    incidents: Incidents
    """Those that count."""
    segment: NDArray[np.int32]
    day: int
    """Days since 1970 of the night."""
    mixture: Mixture
    notes: tuple[Message, ...] = ()

    @property
    def value(self) -> Array:
        """(n_segments, n_steps) λ, relative, per minute."""
        found: Array = self.density.value @ self.to_steps
        return found

    @property
    def deviation(self) -> Array:
        """(n_segments, n_steps) of `value`."""
        found: Array = self.density.deviation @ self.to_steps
        return found

    def rates(self) -> Rates:
        """Return λ as the result of a demand source."""
        return Rates(self.density.value, self.to_steps, self.notes, count=len(self.segment))


def estimate(
    source: IncidentDemand,
    net: StreetNetwork,
    clock: Clock,
    folder: Path,
    snap_limit_m: float = SNAP_LIMIT_M,
    progress: Progress | None = None,
) -> Estimate:
    """Estimate the density of the source's incidents for the clock's night.

    Raises
    ------
    DemandError
        See `incidents.locate`.
    """
    say = progress or (lambda _what, _done: None)
    found = locate(source, net, folder, snap_limit_m, progress)
    notes = list(found.notes)
    past = history(
        net, found.incidents, found.segment, limit_m(source), lambda done: say("distances along streets", done)
    )
    day, more = _tonight(past, clock)
    weight = weights(past, source, clock.date.weekday() if clock.date is not None else None)
    say("choosing bandwidths", 0.0)
    mixture = fit(past, source, day, weight)
    say("heat map", 0.3)
    shares = spreads(past, mixture, source)
    say("heat map", 0.6)
    quarters, to_steps = _quarters(clock)
    window = np.zeros((BINS, len(quarters)))
    window[quarters, np.arange(len(quarters))] = 1.0
    result = density(past, mixture, shares, source, day, weight, window)
    say("heat map", 1.0)
    used = past.before(day)
    notes += [*more, mixture.described()]
    return Estimate(
        quarters, result, to_steps, found.incidents.where(used), found.segment[used], day, mixture, tuple(notes)
    )


def _tonight(past: History, clock: Clock) -> tuple[int, list[Message]]:
    """Find the night's day; forecasts must not know incidents of it or later."""
    if not past.timed.any():
        return 0, []
    last = int(past.known[past.timed].max()) + 1
    if clock.date is None:
        return last, []
    day = int(np.datetime64(clock.date).astype(np.int64))
    late = past.timed & (past.known >= day)
    if late[past.timed].all():
        return last, [Message("incidents-all-late")]
    if late.any():
        return day, [Message("incidents-late", count=int(late.sum()))]
    return day, []


def _quarters(clock: Clock) -> tuple[NDArray[np.int64], csr_array]:
    """Find the quarters of the day that a night touches, and the weight of each in every step."""
    from scipy.sparse import csr_array

    first = int(clock.start_min // BIN_MIN) - 1
    middle = (clock.start_min + (np.arange(clock.n_steps) + 0.5) * clock.step_s / 60) / BIN_MIN - 0.5
    last = int(np.ceil(middle[-1]))
    position = middle - first
    low = np.floor(position).astype(np.int64)
    part = position - low
    steps = np.arange(clock.n_steps)
    weight = (np.concatenate([1 - part, part]), (np.concatenate([low, low + 1]), np.tile(steps, 2)))
    return np.arange(first, last + 2) % BINS, csr_array(weight, shape=(last - first + 2, clock.n_steps))
