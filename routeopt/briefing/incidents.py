"""Incidents since last night began: where the forecast was right, and where patrols were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.briefing.nights import NightPlan
from routeopt.clock import Clock
from routeopt.coordinates import metres_from
from routeopt.demand.busiest import hours_of
from routeopt.demand.incidents.harm import default_weight
from routeopt.demand.incidents.locate import locate
from routeopt.demand.incidents.read import FEW, OTHER
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Message
from routeopt.scenario.model import Scenario
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.names import PlaceNames
from routeopt.streets.network import StreetNetwork, unproject
from routeopt.streets.sites import midpoints

Array = NDArray[np.float64]

NEAR_M = 200.0
"""A stop within this distance of an incident, in a straight line, was near it."""
NEAR_S = 1800
"""And ended at most this long before it, seconds."""
NOTHING = ("RO-331", "RO-339", "RO-340")
"""Faults of a file without any incident: a quiet night."""
DISPUTE = ("纠纷", "家暴", "dispute", "domestic", "quarrel")
"""Words of categories that call for a follow-up visit."""


@dataclass(frozen=True)
class Happened:
    """An incident since last night began: place, time and category, and nothing else."""

    lat: float
    lon: float
    segment: int
    street: str
    when: np.datetime64
    """Middle of the interval in which it happened, to the minute."""
    category: str
    """As pages show it."""
    kind: str = field(repr=False)
    """As its file has it, to tell kinds apart; not for output."""
    in_plan: bool
    """Whether it fell into the hours of last night's plan."""
    inside: bool = False
    """Whether it was on the busiest streets of its hour, as forecast."""
    near: tuple[str, ...] = ()
    """Teams with a stop near it at that time."""

    @property
    def is_dispute(self) -> bool:
        """Whether its category calls for a follow-up visit."""
        return any(word in self.kind.lower() for word in DISPUTE)


@dataclass(frozen=True)
class HourCheck:
    """An hour of last night against its forecast."""

    text: str
    """``21:00–22:00``."""
    incidents: int
    inside: int
    """Of them, on the busiest streets of that hour."""
    expected: float
    """Share of the hour's incidents that the forecast put on these streets."""
    near: int
    """Of the incidents, those with a stop near."""


def since(
    scenario: Scenario,
    net: StreetNetwork,
    file: Path | None,
    begin: np.datetime64,
    end: np.datetime64,
    last: NightPlan,
    history: Iterable[str] = (),
    progress: Progress | None = None,
) -> tuple[list[Happened], list[Message]]:
    """Find the incidents from ``begin`` to ``end`` (not included), by time, with the notes of their files.

    Parameters
    ----------
    file
        Where they are; read as the scenario's first source of incidents is. None: the scenario's own sources.
    history
        Category of each incident before ``begin`` that is known from elsewhere.

    Raises
    ------
    DemandError
        If a file cannot be read; one without incidents is a quiet night.
    """
    own = [source for source in scenario.demand if isinstance(source, IncidentDemand)]
    sources = own if file is None else [_like(own[0] if own else None, file, scenario)]
    stop = last.begin + np.timedelta64(last.clock.duration_s // 60, "m") if last.begin is not None else begin
    found: list[Happened] = []
    notes: list[Message] = []
    streets = PlaceNames(net)
    for source in sources:
        try:
            located = locate(source, net, scenario.folder, progress=progress)
        except DemandError as error:
            if file is None or any(fault.code not in NOTHING for fault in error.faults):
                raise
            continue
        notes += located.notes
        it, when = located.incidents, located.incidents.middle
        kinds = [it.categories[n] for n in it.category.tolist()]
        old = when < begin
        before, later = (Counter(kinds[n] for n in np.flatnonzero(rows).tolist()) for rows in (old, ~old))
        counts = Counter(history)
        counts |= before  # both may have the same incidents
        counts.update(later)
        shown = shown_names(source, counts)
        for n in np.flatnonzero((when >= begin) & (when < end)):
            segment = int(located.segment[n])
            found.append(
                Happened(
                    float(it.lat[n]), float(it.lon[n]), segment, streets.of(segment), when[n],
                    shown[kinds[n]], kinds[n], bool(begin <= when[n] < stop),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: one.when), notes


def _like(source: IncidentDemand | None, file: Path, scenario: Scenario) -> IncidentDemand:
    """Return a source that reads a file as the scenario's own is read."""
    path = str(file.resolve())
    if source is None:
        return IncidentDemand(kind="incidents", file=path, timezone=scenario.shift.timezone)
    first = source.sources[0]
    given = {key: getattr(first, key) for key in ("columns", "crs", "timezone", "times", "encoding")}
    return source.model_copy(update={**given, "file": path, "files": []})


def shown_names(source: IncidentDemand, counts: Counter[str]) -> dict[str, str]:
    """Return category → name for output: itself if a table has it, or several incidents; else `OTHER`.

    So that a cell that strayed into the column reaches no page.
    """
    known = {*DISPUTE, *(name.strip().lower() for name in source.weights)}
    return {
        name: name if name.lower() in known or default_weight(name) is not None or count >= FEW else OTHER
        for name, count in counts.items()
    }


def busiest(dense: Array, metres: Array, share: float) -> NDArray[np.bool_]:
    """Mark the segments of most demand per metre until they have ``share`` of the streets' length.

    Parameters
    ----------
    dense, metres : (n_segments,)
        Demand per metre, and length.
    """
    order = np.argsort(-dense, kind="stable")
    taken = np.cumsum(metres[order]) - metres[order] < share * metres.sum()
    marked = np.zeros(len(dense), dtype=np.bool_)
    marked[order[taken]] = True
    return marked & (dense > 0)


def checked(
    happened: Sequence[Happened], last: NightPlan, done: Sequence[bool | None], net: StreetNetwork, value: Array,
    clock: Clock, share: float,
) -> tuple[list[Happened], list[HourCheck]]:  # fmt: skip
    """Compare the incidents of last night with its forecast and its stops, hour by hour.

    Parameters
    ----------
    done
        Of each of last night's stops, whether it was made; None where nothing is said.
    value : (n_segments, n_slices)
        Forecast demand per minute over the steps of ``clock``.
    share
        Of the streets' length, which counts as the busiest.
    """
    metres = np.maximum(net.seg_length_m, 1.0)
    begin = np.datetime64("NaT") if last.begin is None else last.begin
    inside: dict[int, bool] = {}
    rows: list[HourCheck] = []
    near = [_near(one, last, done) if one.in_plan else () for one in happened]
    for hour in hours_of(clock, last.clock):
        mass = value[:, hour.slices].sum(axis=1)
        top = busiest(mass / metres, metres, share)
        own = [
            n for n, one in enumerate(happened)
            if one.in_plan and hour.begin_min <= clock.start_min + _minutes(begin, one.when) < hour.until_min
        ]  # fmt: skip
        inside |= {n: bool(top[happened[n].segment]) for n in own}
        expected = float(mass[top].sum() / mass.sum()) if mass.any() else 0.0
        rows.append(
            HourCheck(hour.text, len(own), sum(inside[n] for n in own), expected, sum(bool(near[n]) for n in own))
        )
    told = [replace(one, inside=inside.get(n, False), near=near[n]) for n, one in enumerate(happened)]
    return told, rows


def _near(one: Happened, last: NightPlan, done: Sequence[bool | None]) -> tuple[str, ...]:
    """Teams whose stop was near an incident at its time; stops that were not made do not count."""
    if last.begin is None or not len(last.stops):
        return ()
    at = _minutes(last.begin, one.when) * 60 + last.clock.start_min * 60
    away = metres_from(one.lat, one.lon, last.lat, last.lon)
    return tuple(dict.fromkeys(
        stop.team for n, stop in enumerate(last.stops)
        if away[n] <= NEAR_M and done[n] is not False
        and stop.start_s <= at <= stop.start_s + stop.dwell_s + NEAR_S
    ))  # fmt: skip


def _minutes(begin: np.datetime64, when: np.datetime64) -> int:
    return int((when - begin) / np.timedelta64(1, "m"))


def by_category(happened: Sequence[Happened]) -> list[tuple[str, int]]:
    """Category → incidents, the most first."""
    return Counter(one.category for one in happened).most_common()


def middles_of(net: StreetNetwork, segments: NDArray[np.int32]) -> tuple[Array, Array]:
    """Latitude and longitude of the middle of each segment, along it; (n,) each."""
    return unproject(net, *midpoints(net, segments))
