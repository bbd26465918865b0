"""Read the areas that teams are to keep to, and find which area each site lies in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message, ScenarioError
from routeopt.problem import Problem
from routeopt.scenario.model import Scenario
from routeopt.scenario.read import fault_in
from routeopt.streets.network import StreetNetwork, project
from routeopt.validation import one_of

NEAR_M = 150.0
"""A site farther than this from every area lies in none, metres."""
SHAPES = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")


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
    path = scenario.folder / scenario.areas
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        features = document["features"]
        named = [_named(feature) for feature in features]
    except FileNotFoundError:
        return None, [Fault("RO-401", path)]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        return None, [Fault("RO-692", path, reason=str(error) or type(error).__name__)]
    parts: dict[str, list[Any]] = {}
    for name, geometry in (one for one in named if one is not None):
        parts.setdefault(name, []).append(geometry)
    if not parts:
        return None, [Fault("RO-693", path)]
    try:
        shapes = tuple(_shape(geometries, net) for geometries in parts.values())
    except (ValueError, TypeError, KeyError, IndexError) as error:
        return None, [Fault("RO-692", path, reason=str(error))]
    known = list(parts)
    faults = [
        fault_in(
            scenario, "RO-694", ("teams", n, "area"), who=Message("place-team", name=team.name), area=team.area,
            known=known, hint=one_of(team.area, known),
        )
        for n, team in enumerate(scenario.teams)
        if team.area is not None and team.area not in known
    ]  # fmt: skip
    return ReadAreas(tuple(parts), shapes), faults


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


def _named(feature: Any) -> tuple[str, Any] | None:
    """Return the name and geometry of a feature that is an area; None of others."""
    about, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
    name = about.get("area", about.get("name"))
    if name is None or geometry.get("type") not in SHAPES:
        return None
    return str(name), geometry


def _shape(geometries: list[Any], net: StreetNetwork) -> Any:
    """Return the union of GeoJSON geometries, in metres."""
    import shapely
    from shapely.geometry import shape

    found = shapely.union_all([shape(one) for one in geometries]) if len(geometries) > 1 else shape(geometries[0])

    def metres(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(project(net, at[:, 1], at[:, 0]))

    return shapely.transform(found, metres)
