"""Read the areas that teams are to keep to, and find which area each site lies in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.shapes import LINES, POLYGONS, read_shapes
from routeopt.scenario.model import Scenario
from routeopt.scenario.read import fault_in
from routeopt.streets.network import StreetNetwork
from routeopt.validation import one_of

NEAR_M = 150.0
"""A site farther than this from every area lies in none, metres."""
KEYS = ("area", "name")
"""Properties of a feature that hold the area's name."""


@dataclass(frozen=True)
class ReadAreas:
    """Areas of a file, in its order."""

    names: tuple[str, ...]
    shapes: tuple[Any, ...]
    """shapely geometries, metres."""

    def of(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
        """Return the area of each position (metres): the nearest one, −1 where none is within `NEAR_M`."""
        import shapely

        points = shapely.points(x, y)
        away = np.array([shapely.distance(points, shape) for shape in self.shapes])
        return np.where(away.min(axis=0) <= NEAR_M, away.argmin(axis=0), -1).astype(np.int32)


def read_areas(scenario: Scenario, net: StreetNetwork) -> tuple[ReadAreas | None, list[Fault]]:
    """Read the scenario's file of areas, with what is wrong with it or with the teams' areas."""
    if scenario.areas is None:
        return None, []
    try:
        parts = read_shapes(scenario.folder / scenario.areas, net, KEYS, LINES + POLYGONS, ("RO-692", "RO-693"))
    except ScenarioError as error:
        return None, list(error.faults)
    known = list(parts)
    faults = [
        fault_in(
            scenario, "RO-694", ("teams", n, "area"), who=Message("place-team", name=team.name), area=team.area,
            known=known, hint=one_of(team.area, known),
        )
        for n, team in enumerate(scenario.teams)
        if team.area is not None and team.area not in known
    ]  # fmt: skip
    return ReadAreas(tuple(parts), tuple(parts.values())), faults


def add_areas(
    problem: Problem, scenario: Scenario, areas: ReadAreas | None, x: NDArray[np.float64], y: NDArray[np.float64]
) -> dict[str, Any]:
    """Return the fields of the problem that say which area each team and site (metres) has.

    Raises
    ------
    ScenarioError
        If no place to stop lies in a team's area.
    """
    if areas is None:
        return {}
    site = areas.of(x, y)
    team = np.array([-1 if t.area is None else areas.names.index(t.area) for t in scenario.teams], dtype=np.int32)
    faults = [
        fault_in(
            scenario, "RO-696", ("teams", n, "area"), who=Message("place-team", name=scenario.teams[n].name),
            area=areas.names[area],
        )
        for n, area in enumerate(team.tolist())
        if area >= 0 and not (problem.site_stoppable & (site == area)).any()
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)
    return {"area_names": areas.names, "site_area": site, "team_area": team}
