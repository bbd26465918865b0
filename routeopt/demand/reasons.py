"""What makes a place busy, in words of the street: incidents, venues, closing times, the planner's own names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand import fixed, venues
from routeopt.demand.forecast.daytime import DAY_MIN, aoristic
from routeopt.demand.forecast.heatmap import Estimate
from routeopt.demand.incidents.read import OTHER, Incidents
from routeopt.demand.phrases import SEMICOLON, chained
from routeopt.demand.venue_table import STREETS_OF, name_of
from routeopt.demand.venues import Placed
from routeopt.errors import Message
from routeopt.scenario.model import Scenario
from routeopt.scenario.sources import FixedDemand, FixedEntry, VenueDemand
from routeopt.streets.network import StreetNetwork, project, snap
from routeopt.streets.ragged import items

Array = NDArray[np.float64]

RECENT_DAYS = 90
WINDOW_H = 3
"""Incidents gather in a window of this length if the share `GATHER` of them falls into it."""
GATHER = 0.5
KNOWN_MIN = 360
"""Longest interval of an incident that counts for the hours."""
LEAST = 2
"""Least number of incidents that is a reason."""
STREET = 3
"""Least number of venues of a class that makes a street of it."""
PLACE_M = 100.0
"""A place is a segment and what lies within this distance of it along the streets."""


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


class Reasons:
    """Finds what makes a place busy."""

    def __init__(
        self, scenario: Scenario, net: StreetNetwork, clock: Clock, estimates: Sequence[Estimate]
    ) -> None:
        self.known = [_Known(estimate) for estimate in estimates]
        self.clock = clock
        self.placed: list[Placed] = []
        self.entries: list[FixedEntry] = []
        for source in scenario.demand:
            if isinstance(source, VenueDemand) and source.share > 0:
                self.placed += venues.venues(source, net, scenario.folder)[0]
            if isinstance(source, FixedDemand) and source.share > 0:
                self.entries += fixed.entries(source, scenario.folder)
        x, y = project(net, np.array([e.lat for e in self.entries]), np.array([e.lon for e in self.entries]))
        self._venues_at: dict[int, list[int]] = {}
        self._entries_at: dict[int, list[int]] = {}
        for n, venue in enumerate(self.placed):
            self._venues_at.setdefault(int(venue.segment), []).append(n)
        for n, segment in enumerate(snap(net, x, y, None, fixed.LIMIT_M).segment.tolist()):
            if self.entries[n].weight > 0:
                self._entries_at.setdefault(segment, []).append(n)

    def described(self, here: NDArray[np.int32], peak: Hour) -> Message:
        """Describe the reasons for the place whose segments are ``here``."""
        reasons = list(self._found(here, peak)) or [Message("heat-spread")]
        return Message("heat-reasons", reasons=chained(SEMICOLON, reasons))

    def at(self, here: NDArray[np.int32], begin_min: float, until_min: float) -> Message:
        """Describe what makes the segments ``here`` busy between two minutes after the start day's midnight.

        What happens just then comes first: classes that close, and the planner's own entries of that time.
        """
        near, entries = self._near(here)
        closing = dict(_closing(near, begin_min / 60, until_min / 60))
        reasons: list[Message | str] = list(closing.values())
        for entry in entries:
            begins = self.clock.start_min if entry.from_ is None else entry.from_
            ends = np.inf if entry.until is None else entry.until
            if begins < until_min and begin_min < ends:
                reasons.append(entry.name)
        for known in self.known:
            reasons += known.reasons(here)
        reasons += _classes([venue for venue in near if venue.kind not in closing])
        return Message("heat-reasons", reasons=chained(SEMICOLON, reasons or [Message("heat-spread")]))

    def _found(self, here: NDArray[np.int32], peak: Hour) -> Iterator[Message | str]:
        near, entries = self._near(here)
        for known in self.known:
            yield from known.reasons(here)
        yield from _venues(near, peak)
        yield from (entry.name for entry in entries)

    def _near(self, here: NDArray[np.int32]) -> tuple[list[Placed], list[FixedEntry]]:
        """Return the venues, and the entries with any weight, on these segments, in their own order."""
        segments = set(here.tolist())
        venues, entries = (
            sorted(n for segment in segments for n in at.get(segment, ()))
            for at in (self._venues_at, self._entries_at)
        )
        return [self.placed[n] for n in venues], [self.entries[n] for n in entries]


class _Known:
    """What the incidents of a source say of a place; what is the same for all places is worked out once."""

    def __init__(self, estimate: Estimate) -> None:
        self.estimate, incidents = estimate, estimate.incidents
        self.order = np.argsort(estimate.segment, kind="stable")
        self.segment = estimate.segment[self.order]
        self.timed = ~np.isnat(incidents.begin)
        self.day = np.where(self.timed, incidents.begin.astype("datetime64[D]").astype(np.int64), estimate.day)
        self.oldest = int(np.quantile(self.day, 0.02)) if len(self.day) else estimate.day
        self.hours = np.unique(estimate.quarters // 4)
        self.names = incidents.shown_categories()

    def _at(self, here: NDArray[np.int32]) -> NDArray[np.int64]:
        """Incidents on these segments, ascending."""
        sides: tuple[Literal["left"], Literal["right"]] = ("left", "right")
        begin, end = (np.searchsorted(self.segment, np.unique(here), side) for side in sides)
        rows: NDArray[np.int64] = np.sort(self.order[items(begin, end - begin)])
        return rows

    def reasons(self, here: NDArray[np.int32]) -> Iterator[Message]:
        """Describe the commonest categories at the night's hours, when they gather, and the days they span."""
        estimate, incidents, timed = self.estimate, self.estimate.incidents, self.timed
        rows, oldest = self._at(here), self.oldest
        recent = rows[~timed[rows] | (self.day[rows] >= estimate.day - RECENT_DAYS)]
        if len(recent) < LEAST:
            recent = rows
        else:
            oldest = max(oldest, estimate.day - RECENT_DAYS)
        if len(recent) < LEAST:
            return
        at_night = _hourly(incidents, recent)[:, self.hours].sum(axis=1) >= 0.5
        other_hours = True
        if int(at_night.sum()) >= LEAST or not timed[recent].any():
            recent, other_hours = (recent[at_night] if timed[recent].any() else recent), False
        elif not (incidents.length_min[recent] <= KNOWN_MIN).any():
            other_hours = False  # nothing is known of the hours of any
        labels = np.array([self.names[c] if self.names[c] != OTHER else "" for c in incidents.category[recent]])
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
    rows = rows[~np.isnat(incidents.begin[rows]) & (incidents.length_min[rows] <= KNOWN_MIN)]
    if len(rows) >= 3:
        hourly = _hourly(incidents, rows).sum(axis=0)
        window = np.sum([np.roll(hourly, -k) for k in range(WINDOW_H)], axis=0)
        first = int(np.argmax(window))
        if window[first] >= GATHER * len(rows):
            until = (first + WINDOW_H) % 24 or 24
            window_h = {"first": first, "until": until}
            if not name:
                return Message("heat-count-mostly-any", count=count, **window_h)
            return Message("heat-count-mostly", count=count, what=name, **window_h)
    return Message("heat-count", count=count, what=name) if name else Message("heat-count-any", count=count)


def _venues(near: list[Placed], peak: Hour) -> Iterator[Message | str]:
    """Describe the classes of most weight, the station's own venues, and closing times near the peak."""
    yield from _classes(near)
    if any(_closing(near, peak.begin_min / 60, peak.until_min / 60)):
        yield Message("heat-closing")


def _classes(near: list[Placed]) -> Iterator[Message | str]:
    """Describe the classes of most weight, and the station's own venues."""
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


def _closing(near: list[Placed], begin_h: float, until_h: float) -> Iterator[tuple[str, Message]]:
    """Yield and name the classes whose surge at closing touches the hours from ``begin_h`` to ``until_h``."""
    first, long = begin_h - venues.AFTER_H, until_h - begin_h + venues.AFTER_H + venues.BEFORE_H
    for venue in near:
        at = venue.profile.closing
        if at is not None and venue.profile.closes >= 0.3 and (at - first) % 24 <= long:
            yield venue.kind, Message("heat-class-closing", what=name_of(venue.kind))
