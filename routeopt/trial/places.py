"""Where a plan may stop while some places are without patrol."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from routeopt.cells import guarded
from routeopt.coordinates import metres_from
from routeopt.problem import Problem
from routeopt.trial.draw import NONE, Unit
from routeopt.trial.past import PLACE_M


def allowed(problem: Problem, units: Iterable[Unit]) -> tuple[list[int], list[int]]:
    """Split the sites where teams may stop: those to keep, and those near (`PLACE_M`) a place without patrol."""
    none = [unit for unit in units if unit.arm == NONE and unit.lat is not None and unit.lon is not None]
    near = np.zeros(problem.n_sites, dtype=np.bool_)
    for unit in none:
        near |= metres_from(unit.lat or 0.0, unit.lon or 0.0, problem.site_lat, problem.site_lon) <= PLACE_M
    stops = np.flatnonzero(problem.site_stoppable)
    return [k for k in stops.tolist() if not near[k]], [k for k in stops.tolist() if near[k]]


def write_places(problem: Problem, sites: Sequence[int], path: Path) -> None:
    """Write sites as the CSV that a scenario's ``sites: file`` reads.

    Raises
    ------
    OSError
        If the disk refuses to write.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(("name", "lat", "lon", "zone"))
        for k in sites:
            at = f"{problem.site_lat[k]:.6f}", f"{problem.site_lon[k]:.6f}"
            table.writerow((guarded(problem.site_names[k]), *at, guarded(problem.site_zone[k])))
