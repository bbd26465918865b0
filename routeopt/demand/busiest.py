"""A night's demand to look at: by hour, and the busiest places with what makes them so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from routeopt.clock import Clock
from routeopt.demand import fixed, venues
from routeopt.demand.combine import combined_demand
from routeopt.demand.forecast.daytime import DAY_MIN, aoristic
from routeopt.demand.forecast.heatmap import Estimate
from routeopt.demand.forecast.spread import reach
from routeopt.demand.incidents.read import Incidents
from routeopt.demand.rates import Progress
from routeopt.demand.venue_table import STREETS_OF, word
from routeopt.demand.venues import Placed
from routeopt.scenario.model import FixedDemand, FixedEntry, Scenario, VenueDemand
from routeopt.streets.network import StreetNetwork, project, snap, unproject
from routeopt.streets.sites import choose_sites

Array = NDArray[np.float64]

SLICE_S = 900
"""The night in quarters of an hour."""
PLACE_M = 100.0
"""A place is a segment and what lies so far from it along the streets."""
NAMED_M = 1000.0
"""How far a street whose name tells where a nameless place is may be."""
APART_M = 250.0
N_PLACES = 20
RECENT_DAYS = 90
WINDOW_H = 3
"""Incidents gather in a window of so many hours if `GATHER` of them fall into it."""
GATHER = 0.5
KNOWN_MIN = 360
"""Incidents known to a longer interval say nothing about the hour."""
LEAST = 2
"""Fewer incidents are no reason."""
STREET = 3
"""So many venues of a class make a street of it."""


@dataclass(frozen=True)
class Hour:
    """An hour of the night."""

    begin_min: int
    """Minutes after the start day's midnight."""
    until_min: int
    slices: slice

    @property
    def text(self) -> str:
        """``21:00–22:00``."""
        return "–".join(f"{m // 60 % 24:02d}:{m % 60:02d}" for m in (self.begin_min, self.until_min))


@dataclass(frozen=True)
class BusyPlace:
    """One of the busiest places."""

    rank: int
    segment: int
    lat: float
    lon: float
    street: str
    share: float
    """Of the night's demand, within `PLACE_M`."""
    busiest: str
    """The hour of most demand."""
    why: str


@dataclass(frozen=True)
class Heat:
    """λ of a night over segments and quarters of an hour."""

    name: str
    clock: Clock
    """Its steps are the quarters."""
    net: StreetNetwork
    value: Array
    """(n_segments, n_slices) demand per minute; over a night the mean of all streets together is 1."""
    deviation: Array
    """(n_segments, n_slices) from the number of incidents alone."""
    hours: tuple[Hour, ...]
    places: tuple[BusyPlace, ...]
    notes: tuple[str, ...]

    def hourly(self, table: Array) -> Array:
        """(n_segments, n_hours) mean over each hour."""
        return np.column_stack([table[:, hour.slices].mean(axis=1) for hour in self.hours])


def heat(scenario: Scenario, net: StreetNetwork, progress: Progress | None = None) -> Heat:
    """The night's demand, its hours and its busiest places.

    Raises
    ------
    DemandError
        See `combined_demand`.
    """
    whole = scenario.clock
    clock = replace(whole, n_steps=-(-whole.duration_s // SLICE_S), step_s=SLICE_S)
    found = combined_demand(scenario, net, clock, uncertain=True, progress=progress)
    deviation = found.deviation if found.deviation is not None else np.zeros_like(found.value)
    hours = tuple(_hours(clock))
    near = _surroundings(net)
    total = found.value.sum(axis=1)
    around = near @ total
    none = np.empty(0)
    chosen = choose_sites(net, around, N_PLACES, APART_M, none, none, np.ones(net.n_segments, dtype=np.bool_))
    reasons = _Reasons(scenario, net, clock, [estimate for _, estimate in found.estimates])
    middle_x = (net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2
    middle_y = (net.node_y[net.seg_u] + net.node_y[net.seg_v]) / 2
    lat, lon = unproject(net, middle_x[chosen], middle_y[chosen])
    places = []
    for rank, segment in enumerate(chosen, 1):
        here = near[[int(segment)]].indices
        by_slice = found.value[here].sum(axis=0)
        by_hour = [float(by_slice[hour.slices].mean()) for hour in hours]
        peak = hours[int(np.argmax(by_hour))]
        places.append(
            BusyPlace(
                rank, int(segment), round(float(lat[rank - 1]), 6), round(float(lon[rank - 1]), 6),
                _street(net, here, int(segment)), float(around[segment] / total.sum()), peak.text,
                "; ".join(reasons.of(here, peak)) or "spread from streets nearby",
            )
        )  # fmt: skip
    return Heat(
        scenario.name, clock, net, found.value, deviation, hours, tuple(places), (*net.notes, *found.notes)
    )


def _hours(clock: Clock) -> Iterator[Hour]:
    minute = clock.start_min + np.arange(clock.n_steps) * SLICE_S // 60
    end = clock.start_min + clock.duration_s // 60
    for hour in np.unique(minute // 60):
        rows = np.flatnonzero(minute // 60 == hour)
        until = min(int(minute[rows[-1]]) + SLICE_S // 60, end)
        yield Hour(int(minute[rows[0]]), until, slice(int(rows[0]), int(rows[-1]) + 1))


def _surroundings(net: StreetNetwork) -> csr_array:
    """(n_segments, n_segments) 1 where a segment lies within `PLACE_M` of another."""
    found = reach(net, np.arange(net.n_segments, dtype=np.int32), PLACE_M)
    return csr_array((np.ones(len(found.segment)), found.segment, found.ptr), shape=(net.n_segments,) * 2)


def _street(net: StreetNetwork, here: NDArray[np.int32], segment: int) -> str:
    """Its street; where it has no name the longest around, or the nearest that has one."""
    own: str = net.names[net.seg_name[segment]]
    if own:
        return own
    length = np.bincount(net.seg_name[here], weights=net.seg_length_m[here])
    length[0] = 0.0
    if length.any():
        return f"near {net.names[int(length.argmax())]}"
    wider = reach(net, np.array([segment], dtype=np.int32), NAMED_M)
    named = net.seg_name[wider.segment] > 0
    if named.any():
        nearest = wider.segment[named][int(wider.distance_m[named].argmin())]
        return f"near {net.names[net.seg_name[nearest]]}"
    kind: str = net.classes[net.seg_class[segment]]
    return kind.replace("_", " ")


class _Reasons:
    """What makes a place busy, in words: counts, classes and the planner's own names only."""

    def __init__(self, scenario: Scenario, net: StreetNetwork, clock: Clock, estimates: list[Estimate]) -> None:
        self.estimates = estimates
        self.clock = clock
        self.placed: list[Placed] = []
        self.entries: list[FixedEntry] = []
        for source in scenario.demand:
            if isinstance(source, VenueDemand) and source.share > 0:
                self.placed += venues.venues(source, net, scenario.folder)[0]
            if isinstance(source, FixedDemand) and source.share > 0:
                self.entries += fixed.entries(source, scenario.folder)
        x, y = project(net, np.array([e.lat for e in self.entries]), np.array([e.lon for e in self.entries]))
        self.entry_segment = snap(net, x, y, None, fixed.LIMIT_M).segment

    def of(self, here: NDArray[np.int32], peak: Hour) -> Iterator[str]:
        """Reasons for the place whose segments are ``here``."""
        inside = set(here.tolist())
        for estimate in self.estimates:
            yield from _incidents(estimate, here)
        near = [venue for venue in self.placed if venue.segment in inside]
        yield from _venues(near, peak)
        for entry, segment in zip(self.entries, self.entry_segment, strict=True):
            if int(segment) in inside and entry.weight > 0:
                yield entry.name


def _incidents(estimate: Estimate, here: NDArray[np.int32]) -> Iterator[str]:
    """The commonest categories at the night's hours, with the hours in which they gather and how far back."""
    incidents = estimate.incidents
    rows = np.flatnonzero(np.isin(estimate.segment, here))
    timed = ~np.isnat(incidents.begin)
    day = np.where(timed, incidents.begin.astype("datetime64[D]").astype(np.int64), estimate.day)
    recent = rows[~timed[rows] | (day[rows] >= estimate.day - RECENT_DAYS)]
    oldest = int(np.quantile(day, 0.02))
    if len(recent) < LEAST:
        recent = rows
    else:
        oldest = max(oldest, estimate.day - RECENT_DAYS)
    if len(recent) < LEAST:
        return
    at_night = _hourly(incidents, recent)[:, np.unique(estimate.quarters // 4)].sum(axis=1) >= 0.5
    words = " at other hours"
    if int(at_night.sum()) >= LEAST or not timed[recent].any():
        recent, words = (recent[at_night] if timed[recent].any() else recent), ""
    elif not (incidents.length_min[recent] <= KNOWN_MIN).any():
        words = ""  # nothing is known of the hours of any
    names = incidents.shown_categories()
    labels = np.array(
        [names[c] if names[c] not in ("", "other") else "incidents" for c in incidents.category[recent]]
    )
    common = [(name, n) for name, n in Counter(labels.tolist()).most_common(2) if n >= LEAST]
    if not common:
        common, labels = [("incidents", len(recent))], np.full(len(recent), "incidents")
    counts = [f"{n} × {name}{_gathered(incidents, recent[labels == name])}" for name, n in common]
    span = f" in {estimate.day - oldest} days" if timed[recent].any() else ""
    yield ", ".join(counts) + words + span


def _hourly(incidents: Incidents, rows: NDArray[np.int64]) -> Array:
    """(rows, 24) share of each interval in every hour of the day."""
    timed = ~np.isnat(incidents.begin[rows])
    minute = np.where(timed, incidents.begin[rows].astype(np.int64) % DAY_MIN, 0)
    length = np.where(timed, incidents.length_min[rows], DAY_MIN)
    return np.asarray(aoristic(minute, length).reshape(len(rows), 24, 4).sum(axis=2))


def _gathered(incidents: Incidents, rows: NDArray[np.int64]) -> str:
    """`` 21–24 h`` where most of them fall into so short a time."""
    rows = rows[~np.isnat(incidents.begin[rows]) & (incidents.length_min[rows] <= KNOWN_MIN)]
    if len(rows) < 3:
        return ""
    hourly = _hourly(incidents, rows).sum(axis=0)
    window = np.sum([np.roll(hourly, -k) for k in range(WINDOW_H)], axis=0)
    first = int(np.argmax(window))
    if window[first] < GATHER * len(rows):
        return ""
    return f" (mostly {first}–{(first + WINDOW_H) % 24 or 24} h)"


def _venues(near: list[Placed], peak: Hour) -> Iterator[str]:
    kinds = Counter(venue.kind for venue in near)
    weight: Counter[str] = Counter()
    streets: Counter[str] = Counter()
    for venue in near:
        weight[venue.kind] += venue.weight  # type: ignore[assignment]
        if venue.kind in STREETS_OF:
            streets[STREETS_OF[venue.kind]] += 1
    words = [name for name, n in streets.items() if n >= STREET]
    for kind, _ in weight.most_common(4):
        if STREETS_OF.get(kind) not in words:
            words.append(f"{kinds[kind]} × {word(kind)}" if kinds[kind] > 1 else word(kind))
    yield from dict.fromkeys(words[:3])
    yield from [venue.name for venue in near if venue.own and venue.name][:2]
    closing = [v.profile.closing for v in near if v.profile.closing is not None and v.profile.closes >= 0.3]
    first = peak.begin_min / 60 - venues.AFTER_H
    long = (peak.until_min - peak.begin_min) / 60 + venues.AFTER_H + venues.BEFORE_H
    if any((at - first) % 24 <= long for at in closing):
        yield "closing time"
