"""A night's demand by hour, and its busiest places with the reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand.combine import combined_demand
from routeopt.demand.forecast.spread import reach
from routeopt.demand.rates import Progress
from routeopt.demand.reasons import PLACE_M, Hour, Reasons
from routeopt.errors import Message
from routeopt.scenario.model import Scenario
from routeopt.streets.network import StreetNetwork, unproject
from routeopt.streets.sites import choose_sites

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]

SLICE_S = 900
"""Length of a slice of the night: a quarter of an hour."""
NAMED_M = 1000.0
"""Largest distance of the street that a nameless place is named after."""
APART_M = 250.0
N_PLACES = 20
EVEN = 1e-6
"""Hours whose demand differs by less, relatively, are alike."""


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


def heat(
    scenario: Scenario, net: StreetNetwork, progress: Progress | None = None, n_places: int = N_PLACES
) -> Heat:
    """Compute the night's demand, its hours and its busiest places, ``n_places`` at most.

    Raises
    ------
    DemandError
        See `combined_demand`.
    """
    whole = scenario.clock
    clock = replace(whole, n_steps=-(-whole.duration_s // SLICE_S), step_s=SLICE_S)
    found = combined_demand(scenario, net, clock, uncertain=True, progress=progress)
    value = found.at(np.arange(net.n_segments))
    deviation = found.deviation if found.deviation is not None else np.zeros_like(value)
    hours = hours_of(clock, whole)
    near = _surroundings(net)
    total = found.total
    around = near @ total
    none = np.empty(0)
    chosen = choose_sites(net, around, n_places, APART_M, none, none, np.ones(net.n_segments, dtype=np.bool_))
    reasons = Reasons(scenario, net, clock, [estimate for _, estimate in found.estimates])
    middle_x = (net.node_x[net.seg_u] + net.node_x[net.seg_v]) / 2
    middle_y = (net.node_y[net.seg_u] + net.node_y[net.seg_v]) / 2
    lat, lon = unproject(net, middle_x[chosen], middle_y[chosen])
    places = []
    for rank, segment in enumerate(chosen, 1):
        here = near[[int(segment)]].indices
        by_slice = value[here].sum(axis=0)
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
    return Heat(scenario.name, clock, net, value, deviation, hours, tuple(places), (*net.notes, *found.notes))


def hours_of(clock: Clock, night: Clock) -> tuple[Hour, ...]:
    """List the hours of the day that a night touches.

    Parameters
    ----------
    clock
        Of the slices that the hours are made of; the last may end after the night.
    """
    minute = clock.start_min + np.arange(clock.n_steps) * clock.step_s // 60
    end = night.start_min + night.duration_s // 60
    found = []
    for hour in np.unique(minute // 60):
        rows = np.flatnonzero(minute // 60 == hour)
        until = min(int(minute[rows[-1]]) + clock.step_s // 60, end)
        found.append(Hour(int(minute[rows[0]]), until, slice(int(rows[0]), int(rows[-1]) + 1)))
    return tuple(found)


def _surroundings(net: StreetNetwork) -> csr_array:
    """Compute (n_segments, n_segments) 1 where a segment lies within `PLACE_M` of another."""
    from scipy.sparse import csr_array

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
