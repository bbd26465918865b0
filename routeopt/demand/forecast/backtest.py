"""Back-test of the heat map: trained on earlier days, tested on later ones, compared with simple forecasts.

Every test day is predicted from what was known before it began. Bandwidths and half-lives are chosen anew on the
way, again from what was known by then. Hit rate: the share of a window's incidents that fall on the part of the
streets that a forecast ranks first, that part being a given share of all street length. PAI is the hit rate over
that share (Chainey, Tompson and Uhlig 2008), PEI the hit rate over that of the best possible ranking (Hunt 2016).
Ranks go by density per metre for every forecast; where streets tie, each gets its expected credit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.forecast.daytime import DAY_MIN, windows
from routeopt.demand.forecast.heatmap import density, spreads, weights
from routeopt.demand.forecast.history import History, history
from routeopt.demand.forecast.mixture import LEAST, fit, limit_m
from routeopt.demand.forecast.spread import lengths
from routeopt.demand.incidents.locate import SNAP_LIMIT_M, locate
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Fault, Message
from routeopt.executor import in_order, opened, shared
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork

Array = NDArray[np.float64]

AREAS = (0.01, 0.05, 0.10)
"""Shares of street length at which figures are given."""
CURVE = tuple(np.round(np.concatenate([np.arange(0, 0.05, 0.0025), np.arange(0.05, 0.2501, 0.01)]), 4).tolist())
"""Those of the plot; `AREAS` are among them."""
MAX_DAYS = 180
REFIT_DAYS = 28
"""Days after which the mixture is chosen anew; an eighth of the days passed where that is less."""
RECENT_DAYS = 28
DRAWS = 2000
"""Resamples of the test days for the intervals."""
GROUPS = 10
TIE = 1e-6
"""Scores that differ by a smaller share are the same."""
WHOLE_DAY = (("day", 0, DAY_MIN),)
PARTS = (("day", 420, 900), ("evening", 900, 1380), ("midnight", 1380, 1860))
"""Parts of the day, minutes after midnight; the scenario's own shifts take their place."""
LONGEST_MIN = {"day": DAY_MIN, "shift": DAY_MIN // 2}
"""Longest interval of an incident that is tested on, minutes."""
OURS, RECENT, ALL_TIME, SAME_PART, EVEN = "heat map", "last 28 days", "all time", "all time, same part", "even"
LABELS = {
    OURS: Message("forecast-ours"),
    RECENT: Message("forecast-recent"),
    ALL_TIME: Message("forecast-all-time"),
    SAME_PART: Message("forecast-same-part"),
    EVEN: Message("forecast-even"),
}
"""Forecast → its name for people."""


@dataclass(frozen=True)
class Range:
    """A figure with its 95 % interval, by resampling test days."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """Figures of one forecast, one per share of `AREAS`."""

    name: str
    hit_rate: tuple[Range, ...]
    pai: tuple[Range, ...]
    pei: tuple[Range, ...]
    ahead: tuple[Range, ...]
    """The heat map's hit rate less this one's, on the same days; empty for the heat map."""
    curve: tuple[float, ...]
    """Hit rate at every share of `CURVE`."""

    @property
    def label(self) -> Message:
        """Its name for people."""
        return LABELS[self.name]


@dataclass(frozen=True)
class Group:
    """Streets on which a tenth of all incidents are expected, the densest first."""

    expected: float
    observed: float
    low: float
    high: float
    """95 % interval of the observed number."""


@dataclass(frozen=True)
class Backtest:
    """The result of `backtest`."""

    by: str
    """"day" or "shift": what one forecast is for."""
    first: dt.date
    last: dt.date
    days: int
    incidents: float
    """Tested on; an interval counts by how much of it lies in the window."""
    known_before: int
    """Incidents known before the first test day."""
    forecasts: tuple[Forecast, ...]
    calibration: tuple[Group, ...]
    verdict: tuple[Message, ...]
    notes: tuple[Message, ...]


def caught(score: Array, metres: Array, hits: Array, areas: Sequence[float]) -> Array:
    """Sum the hits on the streets ranked first by ``score``, for each share of all metres; ties share alike.

    Parameters
    ----------
    score, metres, hits : (n_segments,)

    Example (by hand): three streets of 100 m, hits 6, 3, 1; the first ranks first and the others tie. A third of
    the length catches 6, half of it 6 and a quarter of the rest.

    >>> caught(np.array([2.0, 1, 1]), np.full(3, 100.0), np.array([6.0, 3, 1]), [1 / 3, 0.5]).round(9).tolist()
    [6.0, 7.0]
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    last = np.flatnonzero(np.append(ranked[:-1] - ranked[1:] > TIE * np.abs(ranked[:-1]), True))
    length = np.concatenate([[0.0], np.cumsum(metres[order])[last]])
    total = np.concatenate([[0.0], np.cumsum(hits[order])[last]])
    return np.asarray(np.interp(np.asarray(areas) * length[-1], length, total))


def backtest(
    source: IncidentDemand,
    net: StreetNetwork,
    folder: Path,
    by: str = "day",
    *,
    start: dt.date | None = None,
    days: int = MAX_DAYS,
    weighted: bool = False,
    snap_limit_m: float = SNAP_LIMIT_M,
    seed: int = 0,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Backtest:
    """Test the source's heat map day by day.

    Parameters
    ----------
    by
        "day", or "shift" for a forecast of each part of the day.
    start
        First test day. Default: the day after half of the incidents.
    days
        Largest number of test days.
    weighted
        Count incidents by the weights of their categories rather than each as 1.
    executor
        Where the days are tested, those of one mixture together (`routeopt.executor`). Default: here.

    Raises
    ------
    DemandError
        See `incidents.locate`; also if no incident has a time, or none is known before the first test day.
    """
    say = progress or (lambda _what, _done: None)
    found = locate(source, net, folder, snap_limit_m, progress)
    past = history(
        net, found.incidents, found.segment, limit_m(source), lambda done: say("distances along streets", done)
    )
    plain: Array = past.weight if weighted else np.ones(len(past.weight))
    tested = past.timed & (past.incidents.length_min <= LONGEST_MIN[by])
    path = folder / source.sources[0].file
    if not tested.any():
        raise DemandError(Fault("RO-361" if by == "shift" else "RO-360", path))
    first = int(np.quantile(past.day[tested], 0.5)) + 1 if start is None else _number(start)
    until = min(first + days, int(past.day[tested].max()) + 1)
    before = past.timed & past.before(first)
    if not before.any() or until <= first:
        earliest, latest = (str(_date(int(day))) for day in (past.day[tested].min(), past.day[tested].max()))
        raise DemandError(Fault("RO-362", path, start=str(_date(first)), first=earliest, last=latest))
    parts = WHOLE_DAY if by == "day" else _parts(source)
    test = _Test(past, source, parts, tested, plain, first, seed)
    runs = list(_run(test, _folds(test, until), say, executor))
    say("back-test", 1.0)
    notes = list(found.notes)
    unused = past.timed & (past.day >= first) & (past.day < until) & ~tested
    if unused.any():
        notes.append(Message("backtest-unused", count=int(unused.sum()), hours=LONGEST_MIN[by] // 60))
    return _summed(by, first, until, int(before.sum()), runs, seed, notes)


@dataclass(frozen=True)
class _Day:
    """One test day, all of its windows together."""

    hits: dict[str, Array]
    """Forecast → (n_curve,) incidents caught."""
    best: Array
    """(n_areas,) incidents caught by the best possible ranking."""
    incidents: float
    expected: Array
    """(GROUPS,)"""
    observed: Array


@dataclass(frozen=True)
class _Test:
    """What all folds of a back-test have in common."""

    past: History
    source: IncidentDemand
    parts: Sequence[tuple[str, int, int]]
    tested: NDArray[np.bool_]
    plain: Array
    first: int
    """First test day."""
    seed: int


def _folds(test: _Test, until: int) -> list[range]:
    """Cut the test days up to ``until`` into those of one mixture each, which is chosen on their first day."""
    past = test.past
    beginning = int(np.quantile(past.day[past.timed & past.before(test.first)], 0.02))
    folds, day = [], test.first
    while day < until:
        due = day + int(np.clip((day - beginning) // 8, 1, REFIT_DAYS))
        folds.append(range(day, min(due, until)))
        day = due
    return folds


def _run(test: _Test, folds: list[range], say: Progress, executor: Executor | None) -> Iterator[_Day]:
    """Test all folds, and yield their days in order."""
    n_days = sum(map(len, folds))
    if executor is None:
        for fold in folds:
            done = fold.start - test.first
            yield from _fold(test, fold, lambda n, done=done: say("back-test", (done + n) / n_days))  # type: ignore[misc]
        return
    given = shared(executor, test)
    tasks = [executor.submit(_fold, given, fold) for fold in folds]
    for days in in_order(tasks, lambda done, of: say("back-test", done / of)):
        yield from days


def _fold(given: Any, days: range, begun: Callable[[int], None] = lambda _: None) -> list[_Day]:
    """Choose the mixture and test the days; ``begun`` is called with the number of each."""
    test: _Test = opened(given)
    past, source, tested, plain = test.past, test.source, test.tested, test.plain
    metres, n, parts = lengths(past.net), past.net.n_segments, test.parts
    window = windows([(begin, until) for _, begin, until in parts])
    in_part = past.share @ (window / 15).astype(np.float32)
    begin = past.incidents.begin.astype(np.int64)
    first_known = int(np.quantile(past.known[past.timed & past.before(test.first)], 0.02))
    mixture, shares, tests = None, {}, []
    for day in days:
        begun(day - days.start)
        weight = weights(past, source, (day + 3) % 7, plain)
        if mixture is None:
            mixture = fit(past, source, day, weight, test.seed)
            shares = spreads(past, mixture, source)
        ours = density(past, mixture, shares, source, day, weight, window, uncertain=False).value
        known = np.where(past.before(day), plain, 0.0)
        ever = _sums(past.segment, known, n)
        recent = past.timed & (past.day >= day - RECENT_DAYS)
        lately = _sums(past.segment, known * recent, n)
        # by the day on which they came to be known, so that late reports are made up for by those of before
        came = tested & (past.known >= day - RECENT_DAYS)
        level = float((known * came).sum()) / max(1, min(RECENT_DAYS, day - first_known))
        same = past.gather(known, in_part)
        near = np.flatnonzero(tested & (past.day >= day - 1) & (past.day <= day + 1))
        total = None
        for k, (_, first, last) in enumerate(parts):
            share = _overlap(
                begin[near], past.incidents.length_min[near], day * DAY_MIN + first, day * DAY_MIN + last
            )
            hits = _sums(past.segment[near], share * plain[near], n)
            scores = {OURS: ours[:, k], RECENT: lately, ALL_TIME: ever, EVEN: metres}
            if len(parts) > 1:
                own = np.zeros(n)
                own[past.reach.sources] = same[:, k]
                scores[SAME_PART] = own
            one = _Day(
                {name: caught(score / metres, metres, hits, CURVE) for name, score in scores.items()},
                caught(hits / metres, metres, hits, AREAS), float(hits.sum()),
                *_calibration(ours[:, k], metres, hits, level),
            )  # fmt: skip
            total = one if total is None else _plus(total, one)
        if total is not None:
            tests.append(total)
    return tests


def _plus(a: _Day, b: _Day) -> _Day:
    hits = {name: a.hits[name] + b.hits[name] for name in a.hits}
    return _Day(hits, a.best + b.best, a.incidents + b.incidents, a.expected + b.expected, a.observed + b.observed)


def _sums(index: NDArray[Any], weight: Array, size: int) -> Array:
    return np.asarray(np.bincount(index, weight, size), dtype=np.float64)


def _overlap(begin: NDArray[np.int64], length: NDArray[np.int64], first: int, last: int) -> Array:
    """Compute the share of each interval that lies in [first, last)."""
    size = np.maximum(length, 1)
    inside: Array = np.clip(np.minimum(begin + size, last) - np.maximum(begin, first), 0, None) / size
    return inside


def _calibration(share: Array, metres: Array, hits: Array, level: float) -> tuple[Array, Array]:
    """Sum expected and observed incidents by tenths of the expected ones, the densest streets first."""
    order = np.argsort(-share / metres, kind="stable")
    mass = (share if share.any() else metres)[order]
    sums = np.cumsum(mass)
    middle = (sums - mass / 2) / sums[-1]
    group = np.minimum((GROUPS * middle).astype(np.int64), GROUPS - 1)
    expected = _sums(group, share[order] * level, GROUPS)
    return expected, _sums(group, hits[order], GROUPS)


def _summed(
    by: str, first: int, until: int, known_before: int, runs: list[_Day], seed: int, notes: list[Message]
) -> Backtest:
    """Compute figures over all test days, with intervals from resampled days."""
    count = np.array([run.incidents for run in runs])
    if count.sum() <= 0:
        raise DemandError(Fault("RO-363", _date(first)))
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(runs), np.full(len(runs), 1 / len(runs)), size=DRAWS).astype(np.float64)
    drawn = draws @ count
    best = np.array([run.best for run in runs])
    at = [CURVE.index(area) for area in AREAS]
    names = [OURS, *(name for name in runs[0].hits if name != OURS)]
    hits = {name: np.array([run.hits[name] for run in runs]) for name in names}

    def ratio(above: Array, below: Array, scale: float = 1.0) -> Range:
        resampled = scale * (draws @ above) / np.maximum(draws @ below, 1e-12)
        low, high = np.quantile(resampled[drawn > 0], [0.025, 0.975])
        return Range(float(scale * above.sum() / max(below.sum(), 1e-12)), float(low), float(high))

    forecasts = []
    for name in names:
        here = hits[name][:, at]
        forecasts.append(
            Forecast(
                name,
                tuple(ratio(here[:, k], count) for k in range(len(AREAS))),
                tuple(ratio(here[:, k], count, 1 / area) for k, area in enumerate(AREAS)),
                tuple(ratio(here[:, k], best[:, k]) for k in range(len(AREAS))),
                () if name == OURS else tuple(ratio(hits[OURS][:, a] - hits[name][:, a], count) for a in at),
                tuple((hits[name].sum(axis=0) / count.sum()).tolist()),
            )
        )
    expected = np.array([run.expected for run in runs]).sum(axis=0)
    observed = np.array([run.observed for run in runs])
    low, high = np.quantile(draws @ observed, [0.025, 0.975], axis=0)
    groups = tuple(
        Group(float(e), float(o), float(a), float(b))
        for e, o, a, b in zip(expected, observed.sum(axis=0), low, high, strict=True)
    )
    verdict = _verdict(forecasts, len(runs), float(count.sum()), known_before)
    return Backtest(
        by, _date(first), _date(until - 1), len(runs), float(count.sum()), known_before, tuple(forecasts), groups,
        tuple(verdict), tuple(notes),
    )  # fmt: skip


def _verdict(forecasts: list[Forecast], days: int, incidents: float, known_before: int) -> Iterator[Message]:
    """State whether the heat map is ahead, behind or undecided, and how much data would decide."""
    if known_before < LEAST:
        yield Message("backtest-thin", known=known_before, least=LEAST)
    for k, area in enumerate(AREAS[:2]):
        rivals = [f for f in forecasts if f.ahead]
        best = max(rivals, key=lambda f: f.hit_rate[k].value)
        lead = best.ahead[k]
        both: dict[str, Any] = {
            "area": area,
            "ours": forecasts[0].hit_rate[k].value,
            "rival": best.label,
            "theirs": best.hit_rate[k].value,
        }
        value, low, high = (100 * x for x in (lead.value, lead.low, lead.high))
        if lead.low > 0:
            yield Message("backtest-ahead", **both, lead=value, low=low, high=high)
        elif lead.high < 0:
            yield Message("backtest-behind", **both, lead=-value, low=-high, high=-low)
        else:
            half = (lead.high - lead.low) / 2
            need = days * (half / abs(lead.value)) ** 2 if lead.value else float("inf")
            both |= {"days": days, "incidents": incidents, "low": low, "high": high}
            if need < 50 * days:
                yield Message("backtest-undecided-days", **both, need=need)
            else:
                yield Message("backtest-undecided", **both)


def _parts(source: IncidentDemand) -> Sequence[tuple[str, int, int]]:
    if not source.shifts:
        return PARTS
    return [
        (name, begin, until)
        for name, (begin, until) in source.parts_of_day.items()
        if name in {s.lower() for s in source.shifts}
    ]


def _number(day: dt.date) -> int:
    return int(np.datetime64(day).astype(np.int64))


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)
