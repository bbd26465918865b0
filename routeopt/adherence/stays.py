"""Where teams stayed, and what the time between fixes hides of it.

Of a stay three lengths are told. The least is what fixes prove: the time between fixes in a row at the place. The
most is what they allow: from the fix before, or to the one after, less the way between (the space-time prism of
Hägerstrand 1970). The estimate lies half-way. How much tracks leave open depends on how often they say where teams
are: "The effect of GPS refresh rate on measuring police patrol in micro-places", Crime Science 2021,
DOI 10.1186/s40163-021-00140-1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence.matching import Matched, standing

Array = NDArray[np.float64]

LEAST_VISIT_S = 180.0
"""Who stays shorter passes by."""
MERGE_S = 120.0
"""A team that is back so soon did not leave."""
PACE = 1.5
"""A team goes at most this multiple of its mode's patrol speed."""


class Band(NamedTuple):
    """What is proved, the estimate, and what is allowed."""

    low: float
    estimate: float
    high: float


@dataclass(frozen=True)
class Stay:
    """A stay of a team in sight of a place; times in seconds from the plan's start."""

    team: int
    site: int
    first_s: float
    """Of its fixes."""
    last_s: float
    earliest_s: float
    """When it may have begun."""
    latest_s: float
    """When it may have ended."""
    pieces: tuple[tuple[float, float], ...]
    """From fix to fix at the place, where no silence lies between."""
    limit_s: float
    """Silence beyond this tells nothing: the estimate takes no more than half of it."""
    fixes: int = 1

    @property
    def begin_s(self) -> float:
        """When it began, as an estimate."""
        return self.first_s - min(self.first_s - self.earliest_s, self.limit_s) / 2

    @property
    def end_s(self) -> float:
        """When it ended, as an estimate."""
        return self.last_s + min(self.latest_s - self.last_s, self.limit_s) / 2

    @property
    def dwell_s(self) -> Band:
        """Its length, seconds."""
        low = sum(end - begin for begin, end in self.pieces)
        return Band(
            low, max(self.end_s - self.begin_s, low) if self.fixes else 0.0, self.latest_s - self.earliest_s
        )

    @property
    def is_visit(self) -> bool:
        """Whether it is long enough to be a visit, by the estimate."""
        return self.fixes > 0 and self.dwell_s.estimate >= LEAST_VISIT_S


@dataclass(frozen=True)
class Places:
    """Where the places are, on the network; arrays of shape (n_sites,)."""

    x: Array
    y: Array
    stoppable: NDArray[np.bool_]


@dataclass(frozen=True)
class Duty:
    """What a team is to do."""

    sites: frozenset[int]
    """Where it is to stop."""
    begin_s: float
    end_s: float
    near_m: float
    """A team is at a place that lies within this distance."""
    speed_mps: float
    """Patrol speed of its mode."""


def stays_of(matched: Matched, places: Places, duty: Duty) -> list[Stay]:
    """Find the stays of a team: in sight of one of its planned places, else of the nearest."""
    track, n = matched.track, len(matched.track)
    if not n:
        return []
    x, y = _smoothed(matched)
    label = _labels(x, y, places, duty)
    stays = []
    for first, last in _runs(label, track.time_s, matched.silent_s):
        site = int(label[first])
        own = np.flatnonzero(label[first : last + 1] == site) + first
        times = track.time_s[own]
        joined = np.diff(times) <= np.where(np.diff(own) == 1, matched.silent_s, -1.0)
        pieces = tuple((float(a), float(b)) for a, b, ok in zip(times[:-1], times[1:], joined, strict=True) if ok)
        away = np.maximum(np.hypot(x - places.x[site], y - places.y[site]) - duty.near_m, 0.0)
        way_s = away / (duty.speed_mps * PACE)
        begin, end = float(times[0]), float(times[-1])
        earliest = duty.begin_s if first == 0 else float(track.time_s[first - 1] + way_s[first - 1])
        latest = duty.end_s if last == n - 1 else float(track.time_s[last + 1] - way_s[last + 1])
        stays.append(
            Stay(track.team, site, begin, end, min(earliest, begin), max(latest, end), _joined(pieces),
                 matched.silent_s, len(own))
        )  # fmt: skip
    return stays


def hidden(matched: Matched, places: Places, duty: Duty, site: int, begin_s: float, end_s: float) -> Stay | None:
    """Return the longest stay at a place that fixes allow within some time, though none lies there."""
    time_s = matched.track.time_s
    away = np.maximum(np.hypot(matched.x - places.x[site], matched.y - places.y[site]) - duty.near_m, 0.0)
    way_s = away / (duty.speed_mps * PACE)
    from_s = np.maximum(np.append(duty.begin_s, time_s + way_s), begin_s)
    until_s = np.minimum(np.append(time_s - way_s, duty.end_s), end_s)
    best = int(np.argmax(until_s - from_s))
    if until_s[best] <= from_s[best]:
        return None
    first, last = float(from_s[best]), float(until_s[best])
    return Stay(matched.track.team, site, first, first, first, last, (), 0.0, fixes=0)


def _smoothed(matched: Matched) -> tuple[Array, Array]:
    """Return positions, of fixes of a team that stands their mean."""
    place = standing(matched.track.time_s, matched.x, matched.y)
    count = np.bincount(place, minlength=len(place))
    x, y = (np.bincount(place, weights=v, minlength=len(v)) / np.maximum(count, 1) for v in (matched.x, matched.y))
    return x[place], y[place]


def _labels(x: Array, y: Array, places: Places, duty: Duty) -> NDArray[np.int64]:
    """Return the place in whose sight each fix is: the nearest planned, else the nearest; −1 for none."""
    from scipy.spatial import cKDTree

    label = np.full(len(x), -1, dtype=np.int64)
    planned = np.array(sorted(duty.sites), dtype=np.int64)
    for sites in (np.flatnonzero(places.stoppable), planned):
        if len(sites):
            tree = cKDTree(np.column_stack([places.x[sites], places.y[sites]]))
            away, nearest = tree.query(np.column_stack([x, y]), distance_upper_bound=duty.near_m)
            at = np.isfinite(away)
            label[at] = sites[nearest[at]]
    return label


def _runs(label: NDArray[np.int64], time_s: Array, silent_s: float) -> Iterator[tuple[int, int]]:
    """Yield first and last fix of each stay; one that is interrupted for a moment goes on."""
    edges = np.flatnonzero(np.append(True, (np.diff(label) != 0) | (np.diff(time_s) > silent_s)))
    ends = np.append(edges[1:], len(label)) - 1
    open_run: tuple[int, int] | None = None
    for first, last in zip(edges.tolist(), ends.tolist(), strict=True):
        if label[first] < 0:
            continue
        if open_run is not None:
            same = label[open_run[0]] == label[first] and time_s[first] - time_s[open_run[1]] <= MERGE_S
            if same:
                open_run = open_run[0], last
                continue
            yield open_run
        open_run = first, last
    if open_run is not None:
        yield open_run


def _joined(pieces: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Join pieces that touch."""
    found: list[tuple[float, float]] = []
    for begin, end in pieces:
        if found and found[-1][1] == begin:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return tuple(found)
