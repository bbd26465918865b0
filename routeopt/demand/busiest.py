"""A night's demand by hour, and its busiest places with the reasons."""

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
from routeopt.demand.incidents.read import OTHER, Incidents
from routeopt.demand.phrases import SEMICOLON, chained
from routeopt.demand.rates import Progress
from routeopt.demand.venue_table import STREETS_OF, name_of
from routeopt.demand.venues import Placed
from routeopt.errors import Message
from routeopt.scenario.model import FixedDemand, FixedEntry, Scenario, VenueDemand
from routeopt.streets.network import StreetNetwork, project, snap, unproject
from routeopt.streets.sites import choose_sites

Array = NDArray[np.float64]

SLICE_S = 900
"""Length of a slice of the night: a quarter of an hour."""
PLACE_M = 100.0
"""A place is a segment and what lies within this distance of it along the streets."""
NAMED_M = 1000.0
"""Largest distance of the street that a nameless place is named after."""
APART_M = 250.0
N_PLACES = 20
RECENT_DAYS = 90
WINDOW_H = 3
"""Incidents gather in a window of this length if the share `GATHER` of them falls into it."""
GATHER = 0.5
KNOWN_MIN = 360
"""Longest interval of an incident that counts for the hours."""
EVEN = 1e-6
"""Hours whose demand differs by less, relatively, are alike."""
LEAST = 2
"""Least number of incidents that is a reason."""
STREET = 3
"""Least number of venues of a class that makes a street of it."""


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
    street: Message
    share: float
    """Of the night's demand, within `PLACE_M`."""
    busiest: str
    """The hour of most demand; "–" where all are alike."""
    why: Message
    """What makes it busy: counts, classes and the planner's own names only."""


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
    notes: tuple[Message, ...]

    def hourly(self, table: Array) -> Array:
        """Compute (n_segments, n_hours) means over each hour."""
        return np.column_stack([table[:, hour.slices].mean(axis=1) for hour in self.hours])


def heat(scenario: Scenario, net: StreetNetwork, progress: Progress | None = None) -> Heat:
    """Compute the night's demand, its hours and its busiest places.

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
        even = max(by_hour) <= min(by_hour) * (1 + EVEN)
        places.append(
            BusyPlace(
                rank, int(segment), round(float(lat[rank - 1]), 6), round(float(lon[rank - 1]), 6),
                _street(net, here, int(segment)), float(around[segment] / total.sum()), "–" if even else peak.text,
                reasons.described(here, peak),
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
    """Compute (n_segments, n_segments) 1 where a segment lies within `PLACE_M` of another."""
    found = reach(net, np.arange(net.n_segments, dtype=np.int32), PLACE_M)
    return csr_array((np.ones(len(found.segment)), found.segment, found.ptr), shape=(net.n_segments,) * 2)


def _street(net: StreetNetwork, here: NDArray[np.int32], segment: int) -> Message:
    """Name a place after its street; if that has no name, after the longest around or the nearest named one."""
    own: str = net.names[net.seg_name[segment]]
    if own:
        return Message("heat-street", name=own)
    length = np.bincount(net.seg_name[here], weights=net.seg_length_m[here])
    length[0] = 0.0
    if length.any():
        return Message("heat-near", name=net.names[int(length.argmax())])
    wider = reach(net, np.array([segment], dtype=np.int32), NAMED_M)
    named = net.seg_name[wider.segment] > 0
    if named.any():
        nearest = wider.segment[named][int(wider.distance_m[named].argmin())]
        return Message("heat-near", name=net.names[net.seg_name[nearest]])
    kind: str = net.classes[net.seg_class[segment]]
    return Message("heat-street", name=kind.replace("_", " "))


class _Reasons:
    """Finds what makes a place busy."""

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

    def described(self, here: NDArray[np.int32], peak: Hour) -> Message:
        """Describe the reasons for the place whose segments are ``here``."""
        reasons = list(self._found(here, peak)) or [Message("heat-spread")]
        return Message("heat-reasons", reasons=chained(SEMICOLON, reasons))

    def _found(self, here: NDArray[np.int32], peak: Hour) -> Iterator[Message | str]:
        inside = set(here.tolist())
        for estimate in self.estimates:
            yield from _incidents(estimate, here)
        near = [venue for venue in self.placed if venue.segment in inside]
        yield from _venues(near, peak)
        for entry, segment in zip(self.entries, self.entry_segment, strict=True):
            if int(segment) in inside and entry.weight > 0:
                yield entry.name


def _incidents(estimate: Estimate, here: NDArray[np.int32]) -> Iterator[Message]:
    """Describe the commonest categories at the night's hours, when they gather, and the days they span."""
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
    other_hours = True
    if int(at_night.sum()) >= LEAST or not timed[recent].any():
        recent, other_hours = (recent[at_night] if timed[recent].any() else recent), False
    elif not (incidents.length_min[recent] <= KNOWN_MIN).any():
        other_hours = False  # nothing is known of the hours of any
    names = incidents.shown_categories()
    labels = np.array([names[c] if names[c] != OTHER else "" for c in incidents.category[recent]])
    common = [(name, n) for name, n in Counter(labels.tolist()).most_common(2) if n >= LEAST]
    if not common:
        common, labels = [("", len(recent))], np.full(len(recent), "")
    counts = [_counted(incidents, recent[labels == name], name, n) for name, n in common]
    if timed[recent].any():
        code = "heat-counts-other-hours" if other_hours else "heat-counts-days"
        yield Message(code, counts=counts, days=estimate.day - oldest)
    else:
        yield Message("heat-counts", counts=counts)


def _hourly(incidents: Incidents, rows: NDArray[np.int64]) -> Array:
    """Compute (rows, 24) the share of each interval in every hour of the day."""
    timed = ~np.isnat(incidents.begin[rows])
    minute = np.where(timed, incidents.begin[rows].astype(np.int64) % DAY_MIN, 0)
    length = np.where(timed, incidents.length_min[rows], DAY_MIN)
    return np.asarray(aoristic(minute, length).reshape(len(rows), 24, 4).sum(axis=2))


def _counted(incidents: Incidents, rows: NDArray[np.int64], name: str, count: int) -> Message:
    """Describe incidents of a category ("": of any), with the window of hours in which most of them fall."""
    what = name or Message("heat-incidents")
    rows = rows[~np.isnat(incidents.begin[rows]) & (incidents.length_min[rows] <= KNOWN_MIN)]
    if len(rows) >= 3:
        hourly = _hourly(incidents, rows).sum(axis=0)
        window = np.sum([np.roll(hourly, -k) for k in range(WINDOW_H)], axis=0)
        first = int(np.argmax(window))
        if window[first] >= GATHER * len(rows):
            until = (first + WINDOW_H) % 24 or 24
            return Message("heat-count-mostly", count=count, what=what, first=first, until=until)
    return Message("heat-count", count=count, what=what)


def _venues(near: list[Placed], peak: Hour) -> Iterator[Message | str]:
    """Describe the classes of most weight, the station's own venues, and closing times near the peak."""
    kinds = Counter(venue.kind for venue in near)
    weight: Counter[str] = Counter()
    streets: Counter[Message] = Counter()
    for venue in near:
        weight[venue.kind] += venue.weight  # type: ignore[assignment]
        if venue.kind in STREETS_OF:
            streets[STREETS_OF[venue.kind]] += 1
    words = [name for name, n in streets.items() if n >= STREET]
    for kind, _ in weight.most_common(4):
        if STREETS_OF.get(kind) not in words:
            name = name_of(kind)
            words.append(Message("heat-venues", count=kinds[kind], what=name) if kinds[kind] > 1 else name)
    yield from dict.fromkeys(words[:3])
    yield from [venue.name for venue in near if venue.own and venue.name][:2]
    closing = [v.profile.closing for v in near if v.profile.closing is not None and v.profile.closes >= 0.3]
    first = peak.begin_min / 60 - venues.AFTER_H
    long = (peak.until_min - peak.begin_min) / 60 + venues.AFTER_H + venues.BEFORE_H
    if any((at - first) % 24 <= long for at in closing):
        yield Message("heat-closing")
