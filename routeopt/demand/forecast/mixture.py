"""Kernel-mixture forecast of incidents, fitted by predicting held-out later days.

Each part spreads incidents by one bandwidth along the streets (0: none at all), one over the time of day and one
half-life; a last one is even over the streets. Their weights maximise the likelihood of incidents that the parts
have not seen (stacking of density estimators, Smyth and Wolpert 1999), which is concave and found by expectation
maximisation: bandwidths, ages, and how much stays where it was are all chosen at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.forecast.daytime import ALL_DAY, smoothing
from routeopt.demand.forecast.history import Array, History
from routeopt.demand.forecast.spread import lengths
from routeopt.errors import Message
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork

NEVER = float("inf")
"""The half-life of what never ages."""
CANDIDATES_M = (0.0, 60.0, 120.0, 250.0, 500.0)
CANDIDATES_MIN = (60.0, 120.0, 240.0, ALL_DAY)
CANDIDATES_DAYS = (7.0, 28.0, 90.0, 365.0, NEVER)
DEFAULTS = (250.0, 60.0, NEVER)
"""Bandwidths and half-life used with too few incidents to choose by."""
LEAST = 100
"""Least number of incidents for choosing."""
HELD_OUT = 4000
"""Largest number of incidents by which parts are judged."""
BLOCKS = 6
BLOCK_DAYS = (2, 28)
"""The last third of the days is predicted block by block, each from all days before it; days in a block."""
FOLDS = 4
"""Random parts, for incidents without days."""
ROUNDS = 300
LENGTHS_M = (20.0, 60.0)
"""Limits of short, middling and long segments, metres."""
SLIGHT = 0.005
"""Parts of less weight are dropped."""
SHOWN = 0.005
"""Shares below this are not shown."""


@dataclass(frozen=True)
class Part:
    """One kernel of the mixture."""

    bandwidth_m: float
    half_life_days: float
    bandwidth_min: float
    weight: float


@dataclass(frozen=True)
class Mixture:
    """The result of `fit`."""

    parts: tuple[Part, ...]
    even: float
    """Weight of the part that is even over ``base`` and the day; all weights sum to 1."""
    base: Array
    """(n_segments,) base measure of the spread: metres times the incidents per metre of the segment's class."""
    judged: int
    """Number of incidents by which it was chosen; 0 if nothing was chosen."""

    def described(self) -> Message:
        """Return the choice as a message."""
        if not self.judged:
            one = self.parts[0]
            time = (
                Message("mixture-all-day")
                if one.bandwidth_min == ALL_DAY
                else Message("mixture-around", minutes=one.bandwidth_min)
            )
            return Message("mixture-fixed", metres=one.bandwidth_m, time=time)
        where = self._shares("bandwidth_m", _distance)
        if self.even >= SHOWN:
            where.append(Message("mixture-share", share=self.even, what=Message("mixture-even")))
        return Message(
            "mixture-chosen",
            count=self.judged,
            where=where,
            age=self._shares("half_life_days", _age),
            time=self._shares("bandwidth_min", _time),
        )

    def _shares(self, key: str, name: Callable[[float], Message]) -> list[Message]:
        """Sum the weights of each value of a part's field; those below `SHOWN` are left out."""
        sums: dict[float, float] = {}
        for part in self.parts:
            value = getattr(part, key)
            sums[value] = sums.get(value, 0.0) + part.weight
        return [
            Message("mixture-share", share=weight, what=name(value))
            for value, weight in sorted(sums.items())
            if weight >= SHOWN
        ]


def _distance(metres: float) -> Message:
    return Message("mixture-metres", metres=metres) if metres else Message("mixture-own-segment")


def _age(days: float) -> Message:
    return Message("mixture-never") if days == NEVER else Message("mixture-days", days=days)


def _time(minutes: float) -> Message:
    return Message("mixture-whole-day") if minutes == ALL_DAY else Message("mixture-minutes", minutes=minutes)


def candidates(source: IncidentDemand) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Return the bandwidths in metres and minutes and the half-lives in days that the scenario allows."""
    metres = CANDIDATES_M if source.bandwidth_m == "auto" else (float(source.bandwidth_m),)
    minutes = CANDIDATES_MIN if source.bandwidth_min == "auto" else (float(source.bandwidth_min),)
    if source.half_life_days == "auto":
        return metres, minutes, CANDIDATES_DAYS
    return metres, minutes, (NEVER if source.half_life_days == "never" else float(source.half_life_days),)


def limit_m(source: IncidentDemand) -> float:
    """Return how far from its incidents a forecast of the source can reach, metres."""
    metres = max(*candidates(source)[0], DEFAULTS[0] if source.bandwidth_m == "auto" else 0.0)
    return max(metres, source.repeat_m) if source.repeat_boost > 0 else metres


def ageing(past: History, day: int, half_life_days: float) -> Array:
    """Compute (n,) the factor of age on each incident's weight."""
    if half_life_days == NEVER:
        return np.ones(len(past.weight))
    age = np.where(past.timed, np.maximum(day - past.day, 0), 0)
    fading: Array = 0.5 ** (age / half_life_days)
    return fading


def by_class(net: StreetNetwork, segment: NDArray[np.int32], weight: Array) -> Array:
    """Compute (n_segments,) metres times the incidents per metre of the segment's kind; sums to all metres.

    Its kind is its class and whether it is short: systems put an incident in the middle of its block, so that the
    stubs between a crossing's kerbs bear none. One incident more is taken to be even.
    """
    metres = lengths(net)
    kind = net.seg_class * (len(LENGTHS_M) + 1) + np.digitize(metres, LENGTHS_M)
    size = int(kind.max()) + 1
    total = np.bincount(kind, weights=metres, minlength=size)
    borne = np.bincount(kind[segment], weights=weight, minlength=size)
    one = float(weight.mean()) if len(weight) else 1.0
    even = float(metres.sum()) / max(float(weight.sum()), 1e-12)
    rate = (borne + one) / np.maximum(total + even * one, 1e-9)
    base: Array = metres * rate[kind] * net.stoppable
    base *= float(metres.sum()) / float(base.sum())
    return base


def fit(past: History, source: IncidentDemand, day: int, weight: Array, seed: int = 0) -> Mixture:
    """Choose the mixture for a forecast made at the start of ``day``, on incidents known before it.

    Parameters
    ----------
    weight : (n,)
        Weight of each incident before ageing.
    """
    options = candidates(source)
    used = past.before(day) & (weight > 0)
    fixed = all(len(some) == 1 for some in options)
    if fixed or int(used.sum()) < LEAST:
        one = [some[0] if len(some) == 1 else default for some, default in zip(options, DEFAULTS, strict=True)]
        part = Part(one[0], one[2], one[1], 1.0)
        return Mixture((part,), 0.0, lengths(past.net) * past.net.stoppable, 0)
    splits = list(_splits(past, used, day, seed))
    span = day - int(np.quantile(past.day[used & past.timed], 0.02)) if (used & past.timed).any() else 0
    lives = tuple(life for life in options[2] if life <= span or life == NEVER) or options[2][:1]
    known = np.logical_and.reduce([train for train, _, _ in splits])
    base = by_class(past.net, past.segment[known], weight[known])
    density = _densities(past, splits, (options[0], options[1], lives), weight, base)
    held = np.concatenate([judged for _, judged, _ in splits])
    even = base[past.segment[held]] / (base.sum() * lengths(past.net)[past.segment[held]] * 1440)
    found = _stack(np.column_stack([density, even]), weight[held])
    found[:-1][found[:-1] < SLIGHT] = 0.0
    found /= found.sum()
    parts = [
        Part(metres, life, minutes, float(share))
        for (life, metres, minutes), share in zip(itertools.product(lives, *options[:2]), found[:-1], strict=True)
        if share > 0
    ]
    final = by_class(past.net, past.segment[used], weight[used])
    return Mixture(tuple(parts), float(found[-1]), final, len(held))


Split = tuple[NDArray[np.bool_], NDArray[np.int64], int]


def _splits(past: History, used: NDArray[np.bool_], day: int, seed: int) -> Iterator[Split]:
    """Yield (training rows, judged rows, day of the forecast): later days from earlier ones, or random parts."""
    rng = np.random.default_rng(seed)
    timed = used & past.timed
    span = day - int(np.quantile(past.day[timed], 0.02)) if timed.any() else 0
    width = int(np.clip(span // (3 * BLOCKS), *BLOCK_DAYS))
    starts = [day - width * k for k in range(min(BLOCKS, max(1, span // (3 * width))), 0, -1)]
    judged = [
        np.flatnonzero(timed & (past.day >= a) & (past.day < a + width) & (past.incidents.length_min <= 1440))
        for a in starts
    ]
    trains = [used & past.before(a) for a in starts]
    if sum(len(rows) for rows in judged) < LEAST // 4 or min(int(t.sum()) for t in trains) < LEAST // 4:
        part = rng.integers(FOLDS, size=len(used))
        trains = [used & (part != k) for k in range(FOLDS)]
        judged = [np.flatnonzero(used & (part == k)) for k in range(FOLDS)]
        starts = [day] * FOLDS
    total = sum(len(rows) for rows in judged)
    for train, rows, start in zip(trains, judged, starts, strict=True):
        quota = max(1, round(HELD_OUT * len(rows) / total))
        if len(rows):
            yield train, np.sort(rng.permutation(rows)[:quota]), start


def _densities(
    past: History,
    splits: list[Split],
    options: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]],
    weight: Array,
    base: Array,
) -> Array:
    """Compute (judged, parts) densities per metre and minute at the judged incidents; half-lives outermost."""
    metres, minutes, lives = options
    places = np.unique(past.segment[np.concatenate([rows for _, rows, _ in splits])])
    near = [past.reach.shares(h, base)[places] for h in metres]
    clocks = [smoothing(m) for m in minutes]
    length = lengths(past.net)
    blocks = []
    for train, rows, start in splits:
        at = np.searchsorted(places, past.segment[rows])
        here, inverse = np.unique(at, return_inverse=True)
        columns = []
        held = [past.share[rows].astype(np.float64) @ clock for clock in clocks]
        for life in lives:
            mass = weight * train * ageing(past, start, life)
            table = past.gather(mass / max(float(mass.sum()), 1e-12), past.share)
            for spread in near:
                raw = (spread[here] @ table)[inverse] / length[past.segment[rows], None]
                columns += [(raw * clock).sum(axis=1) for clock in held]
        blocks.append(np.column_stack(columns))
    return np.concatenate(blocks)


def _stack(density: Array, weight: Array) -> Array:
    """Find column weights that maximise Σ weight · log(density @ weights), by expectation maximisation."""
    found = np.full(density.shape[1], 1.0 / density.shape[1])
    share = weight / weight.sum()
    for _ in range(ROUNDS):
        part = density * found
        total = part.sum(axis=1, keepdims=True)
        found = share @ (part / np.maximum(total, 1e-300))
    return found
