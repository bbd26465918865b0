"""Fixed demand: the planner's own entries of people at a place for a while."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from routeopt.clock import Clock
from routeopt.demand.entries import read_entries
from routeopt.demand.forecast.spread import spread
from routeopt.demand.rates import Rates
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import FixedDemand, FixedEntry
from routeopt.streets.network import StreetNetwork, project, snap

LIMIT_M = 300.0
"""Largest distance of an entry from the nearest street, metres."""
NUMBERS = ("lat", "lon", "weight", "radius_m")
COLUMNS = ("name", *NUMBERS, "from", "until")


def rates(source: FixedDemand, net: StreetNetwork, clock: Clock, folder: Path) -> Rates:
    """Spread each entry's weight along the streets within its radius, from ``from`` to ``until``.

    Raises
    ------
    DemandError
        If the CSV cannot be read, an entry is off the streets, or all weights are 0.
    """
    listed = entries(source, folder)
    if not any(entry.weight > 0 for entry in listed):
        raise DemandError(Fault("RO-305", Message("place-fixed-demand")))
    x, y = project(net, np.array([e.lat for e in listed]), np.array([e.lon for e in listed]))
    found = snap(net, x, y, None, LIMIT_M)
    off = [
        Fault(
            "RO-306",
            Message("place-entry", name=listed[n].name),
            distance=float(found.distance_m[n]),
            limit=LIMIT_M,
        )
        for n in np.flatnonzero(found.segment < 0)
    ]
    if off:
        raise DemandError(off)
    minute = clock.start_min + np.arange(clock.n_steps) * clock.step_s / 60
    begin = np.array([-np.inf if e.from_ is None else e.from_ for e in listed])[:, None]
    end = np.array([np.inf if e.until is None else e.until for e in listed])[:, None]
    times = np.array([e.weight for e in listed])[:, None] * ((minute >= begin) & (minute < end))
    share = spread(net, found.segment, np.array([e.radius_m for e in listed]))
    return Rates(share, times, count=sum(e.weight > 0 for e in listed))


def entries(source: FixedDemand, folder: Path) -> list[FixedEntry]:
    """Read the entries of the scenario and of its file; see `read_entries` for errors."""
    listed = list(source.entries)
    if source.file is not None:
        listed += read_entries(folder / source.file, FixedEntry, COLUMNS, NUMBERS)
    return listed
