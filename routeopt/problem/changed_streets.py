"""The streets of a scenario's changes: which they are, and what each mode may do there while they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message
from routeopt.problem.access import Closure
from routeopt.scenario.changes import StreetChange
from routeopt.scenario.model import Scenario
from routeopt.scenario.read import fault_in
from routeopt.streets.network import MODES, Snap, StreetNetwork, project
from routeopt.streets.sites import midpoints
from routeopt.validation import similar

ON_FOOT = "foot"
"""Mode that one-way streets do not concern, unless it is named."""


@dataclass(frozen=True)
class ChangedStreets:
    """A change of the streets, on the network and in steps."""

    segments: NDArray[np.int64]
    begin: int
    end: int
    """It holds in the steps begin ≤ t < end."""
    kph: float
    """Greatest speed; 0 where it closes them."""
    modes: tuple[str, ...]
    kind: str = "closed"
    """``closed``, ``slow``, ``oneway`` or ``no_stop``."""
    bearing: float | None = None
    """Of one-way streets, where they lead, degrees clockwise from north; None: against their usual direction."""
    ahead: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_segments,) whether that is from a segment's first node to its last; empty where there is no bearing."""

    def directions(self, net: StreetNetwork, mode: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which ways, (n_segments, 2) there and back, it closes or slows for a mode, and which it opens."""
        kph = net.speed_kph[mode][self.segments]
        shut, opened = np.zeros(kph.shape, dtype=np.bool_), np.zeros(kph.shape, dtype=np.bool_)
        if mode not in self.modes or self.kind == "no_stop":
            return shut, opened
        if self.kind != "oneway":
            return kph > np.float32(self.kph), opened
        passed = kph > 0
        way = np.where(self.ahead, 0, 1) if len(self.ahead) else np.where(passed[:, 0], 1, 0)
        some = passed.any(axis=1) if len(self.ahead) else passed.sum(axis=1) == 1
        row = np.arange(len(way))
        shut[row, 1 - way] = some & passed[row, 1 - way]
        opened[row, way] = some & ~passed[row, way]
        return shut, opened

    def concerned(self, net: StreetNetwork, mode: str) -> NDArray[np.bool_]:
        """Return which of its segments it changes for a mode."""
        if self.kind == "no_stop":
            passed: NDArray[np.bool_] = np.asarray((net.speed_kph[mode][self.segments] > 0).any(axis=1))
            return passed if mode in self.modes else np.zeros(len(passed), dtype=np.bool_)
        shut, opened = self.directions(net, mode)
        found: NDArray[np.bool_] = np.asarray((shut | opened).any(axis=1))
        return found

    def sites(self, mode: str, on: Snap) -> NDArray[np.intp]:
        """List the sites on these streets for a mode, that it concerns."""
        return np.flatnonzero(np.isin(on.segment, self.segments) if mode in self.modes else [])


def no_stopping(
    scenario: Scenario, snaps: Mapping[str, Snap], changes: Sequence[ChangedStreets]
) -> Iterator[Closure]:
    """Yield where and when teams may pass but not stop."""
    for change in changes:
        if change.kind == "no_stop":
            for team, written in enumerate(scenario.teams):
                for site in change.sites(written.mode, snaps[written.mode]).tolist():
                    yield Closure(site, change.begin, change.end, team)


def changed_streets(scenario: Scenario, net: StreetNetwork) -> tuple[list[ChangedStreets], list[Fault]]:
    """Find the streets of the scenario's changes, with the faults of unknown names and of empty places."""
    found: list[ChangedStreets] = []
    faults: list[Fault] = []
    clock = scenario.clock
    for n, change in enumerate(scenario.streets.changes):
        who, place = Message("place-change", number=n + 1), ("streets", "changes", n)
        segments, unknown = segments_of(net, change)
        for m in unknown:
            name = change.names[m]
            hint = nearest_street(net, name)
            faults.append(fault_in(scenario, "RO-441", (*place, "names", m), who=who, street=name, hint=hint))
        if not len(segments) and not unknown:
            faults.append(fault_in(scenario, "RO-442", place, who=who))
        begin, end = change.steps(clock)
        modes = tuple(change.modes or (m for m in MODES if change.kind != "oneway" or m != ON_FOOT))
        bearing = None if change.oneway in (None, "reversed") else float(change.oneway)
        ahead = np.empty(0, dtype=np.bool_) if bearing is None else _ahead(net, segments, bearing)
        kph = change.speed_kph or 0.0
        found.append(ChangedStreets(segments, begin, end, kph, modes, change.kind, bearing, ahead))
    return found, faults


def _ahead(net: StreetNetwork, segments: NDArray[np.int64], bearing: float) -> NDArray[np.bool_]:
    """Return which segments lead towards a bearing from their first node to their last, not from last to first."""
    u, v, angle = net.seg_u[segments], net.seg_v[segments], np.radians(bearing)
    east, north = net.node_x[v] - net.node_x[u], net.node_y[v] - net.node_y[u]
    found: NDArray[np.bool_] = east * np.sin(angle) + north * np.cos(angle) >= 0
    return found


def _names(net: StreetNetwork) -> dict[str, list[int]]:
    """Name → indices of it in ``names``; a street with several has an entry for each, and for all together."""
    found: dict[str, list[int]] = {}
    for n, name in enumerate(net.names):
        for part in {name.strip(), *(part.strip() for part in name.split(";"))} - {""}:
            found.setdefault(part, []).append(n)
    return found


def nearest_street(net: StreetNetwork, name: str) -> object:
    """Hint at the street's name that is most like another one."""
    return similar(name, sorted(_names(net)))


def segments_of(net: StreetNetwork, change: StreetChange) -> tuple[NDArray[np.int64], list[int]]:
    """List the segments that a change concerns, and which of its names no street has."""
    segments, unknown = np.arange(net.n_segments), []
    if change.names:
        known = _names(net)
        unknown = [m for m, name in enumerate(change.names) if name.strip() not in known]
        named = [n for name in change.names for n in known.get(name.strip(), ())]
        segments = np.flatnonzero(np.isin(net.seg_name, named))
    if (change.near or change.polygon) and len(segments):
        x, y = midpoints(net, segments.astype(np.int32))
        inside = np.ones(len(segments), dtype=np.bool_)
        if change.near is not None:
            cx, cy = project(net, np.array(change.near.lat), np.array(change.near.lon))
            inside &= np.hypot(x - cx, y - cy) <= change.near.radius_m
        if change.polygon is not None:
            lat, lon = np.array(change.polygon).T
            inside &= _within(x, y, *project(net, lat, lon))
        segments = segments[inside]
    return segments, unknown


def _within(
    x: NDArray[np.float64], y: NDArray[np.float64], px: NDArray[np.float64], py: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Find the points inside a polygon: a ray to the east crosses its sides an odd number of times."""
    inside = np.zeros(len(x), dtype=np.bool_)
    for ax, ay, bx, by in zip(px, py, np.roll(px, -1), np.roll(py, -1), strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return inside
