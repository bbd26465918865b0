"""Read the zones of a scenario, and find which of them each demand point and site lies in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault, Message, RouteoptError, ScenarioError
from routeopt.problem import Problem
from routeopt.problem.shapes import POLYGONS, in_metres, read_shapes
from routeopt.problem.zones import MARK, ZoneLayer, zone_named
from routeopt.scenario.faults import KeyPath
from routeopt.scenario.model import Scenario, SitePlace
from routeopt.scenario.read import fault_in, goal_named
from routeopt.scenario.zones import ALL, Zones
from routeopt.streets.boundaries import read_boundaries
from routeopt.streets.network import StreetNetwork
from routeopt.validation import one_of, similar

LEAST_M2 = 100.0
"""Zones that overlap by less than this have a common border."""
MOST_KNOWN = 60
"""Zones that a fault lists at most."""
MOST_NAMES = 5
"""Names that a note lists at most."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReadLayer:
    """The zones of a layer, with their borders."""

    name: str
    zones: tuple[str, ...]
    shapes: tuple[Any, ...]
    """shapely polygons, metres."""
    within_m: tuple[float, ...]
    """Of each zone, how far from it a place in no zone may be."""

    def of(self, x: Floats, y: Floats) -> NDArray[np.int32]:
        """Return the zone of each position (metres), −1 for none.

        It is the smallest of those that it lies in; otherwise the nearest one, if that is near enough.
        """
        import shapely

        found = np.full(len(x), -1, dtype=np.int32)
        grown = [
            shapely.buffer(shape, m) if m > 0 else shape
            for shape, m in zip(self.shapes, self.within_m, strict=True)
        ]
        points, shapes = shapely.points(x, y), np.array(self.shapes, dtype=object)
        point, zone = shapely.STRtree(grown).query(points, predicate="intersects")
        away = shapely.distance(points[point], shapes[zone])
        order = np.lexsort((zone, shapely.area(shapes[zone]), away, point))
        first = np.append(True, np.diff(point[order]) > 0)[: len(order)]
        found[point[order][first]] = zone[order][first]
        return found


@dataclass(frozen=True)
class ReadZones:
    """The layers of a scenario's zones, in its order, and what is to be told of them."""

    layers: tuple[ReadLayer, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def names(self) -> set[str]:
        """Names by which zones can be meant."""
        plain = [name for layer in self.layers for name in layer.zones]
        return {*plain, *(f"{layer.name}{MARK}{name}" for layer in self.layers for name in layer.zones)}


def read_zones(scenario: Scenario, net: StreetNetwork) -> tuple[ReadZones, list[Fault]]:
    """Read the zones that a scenario names, with what is wrong with their files."""
    parts: dict[str, dict[str, tuple[Any, float]]] = {}
    faults: list[Fault] = []
    notes: list[Message] = []
    for n, written in enumerate(scenario.zones):
        try:
            shapes, found = _shapes(scenario, net, written, n)
        except RouteoptError as error:
            faults += error.faults
            continue
        notes += found
        layer = parts.setdefault(written.layer, {})
        for name, shape in shapes.items():
            if name in layer:
                faults.append(fault_in(scenario, "RO-474", ("zones", n), zone=name, layer=written.layer))
            layer[name] = shape, written.within_m
    layers = tuple(
        ReadLayer(name, tuple(zones), tuple(s for s, _ in zones.values()), tuple(m for _, m in zones.values()))
        for name, zones in parts.items()
        if zones
    )
    notes += [note for layer in layers for note in _overlaps(layer)]
    return ReadZones(layers, tuple(notes)), faults


def _shapes(
    scenario: Scenario, net: StreetNetwork, written: Zones, n: int
) -> tuple[dict[str, Any], list[Message]]:
    """Read one entry: name → polygon, metres, with notes.

    Raises
    ------
    RouteoptError
        If there are none.
    """
    import shapely

    if written.file is not None:
        path = scenario.folder / written.file
        shapes = read_shapes(path, net, (written.name_key,), POLYGONS, ("RO-236", "RO-237"))
        return {name: shapely.make_valid(shape) for name, shape in shapes.items()}, []
    if scenario.streets.file is None:
        raise ScenarioError(fault_in(scenario, "RO-239", ("zones", n, "osm")))
    found = read_boundaries(scenario.folder / scenario.streets.file, written.tags)
    tags = [f"{key}={'|'.join(values)}" for key, values in written.tags.items()]
    if not found.names:
        raise ScenarioError(
            fault_in(scenario, "RO-240", ("zones", n, "osm"), tags=tags, file=scenario.streets.file)
        )
    parts: dict[str, list[Any]] = {}
    for name, shape in zip(found.names, found.shapes, strict=True):
        parts.setdefault(name, []).append(shapely.from_wkb(shape))
    cut = [name for name in found.cut if name not in parts]
    notes = [Message("zones-cut", layer=written.layer, count=len(cut), names=_some(cut))] if cut else []
    return {name: in_metres(shapely.union_all(some), net) for name, some in parts.items()}, notes


def _overlaps(layer: ReadLayer) -> list[Message]:
    """Note that zones of a layer overlap."""
    import shapely

    tree, shapes = shapely.STRtree(layer.shapes), np.array(layer.shapes, dtype=object)
    first, second = tree.query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    common = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    if not (common > LEAST_M2).any():
        return []
    most = int(common.argmax())
    one, other = (layer.zones[int(zones[most])] for zones in (first, second))
    count, size = int((common > LEAST_M2).sum()), f"{common[most]:,.0f}"
    return [Message("zones-overlap", layer=layer.name, count=count, first=one, second=other, size=size)]


def layers_of(
    read: ReadZones, points: tuple[Floats, Floats], sites: tuple[Floats, Floats], own: Sequence[str]
) -> tuple[tuple[ZoneLayer, ...], list[Message]]:
    """Find the zone of each demand point and site in every layer; note zones without either.

    Parameters
    ----------
    points, sites
        Positions, metres.
    own
        (n_sites,) zone that the list of places gives each site, "" for none: it counts in the layers that have a
        zone of this name, and in the first one where none has.
    """
    listed = np.array(own, dtype=object)
    layers: list[ZoneLayer] = []
    notes: list[Message] = []
    known = {name for layer in read.layers for name in layer.zones}
    more = tuple(dict.fromkeys(name for name in own if name and name not in known))
    for n, layer in enumerate(read.layers):
        zones = layer.zones if n else layer.zones + more
        site = layer.of(*sites)
        for k, name in enumerate(zones):
            site[listed == name] = k
        found = ZoneLayer(layer.name, zones, layer.of(*points), site)
        empty = np.setdiff1d(np.arange(len(zones)), np.concatenate([found.point, found.site]))
        if len(empty):
            names = _some([zones[k] for k in empty.tolist()])
            notes.append(Message("zones-empty", layer=layer.name, count=len(empty), names=names))
        layers.append(found)
    if more and layers:
        notes.append(Message("zones-listed", count=len(more), names=_some(more), layer=layers[0].name))
    return tuple(layers), notes


def labels(layer: ZoneLayer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the name of the zone of each point and of each site, "" for none."""
    names = (*layer.zones, "")
    return tuple(names[k] for k in layer.point.tolist()), tuple(names[k] for k in layer.site.tolist())


def _some(names: Iterable[str]) -> list[str]:
    """The first few names."""
    listed = list(names)
    return listed[:MOST_NAMES] + (["…"] if len(listed) > MOST_NAMES else [])


def unknown_zones(scenario: Scenario, read: ReadZones, places: Iterable[SitePlace]) -> list[Fault]:
    """Find goals and teams whose zone does not exist, or stands for several."""
    known = sorted((read.names | {place.zone for place in places}) - {""})
    layers = [layer.name for layer in read.layers]
    count = Counter(name for layer in read.layers for name in layer.zones)
    faults = []
    asked: list[tuple[KeyPath, Message, str | None]] = [
        (("goals", n, "zone"), goal_named(n, goal), goal.zone) for n, goal in enumerate(scenario.goals)
    ]
    asked += [
        (("teams", n, "zone"), Message("place-team", name=team.name), team.zone)
        for n, team in enumerate(scenario.teams)
    ]
    for place, who, zone in asked:
        if zone is not None and zone not in known:
            faults.append(
                fault_in(
                    scenario, "RO-409", place, who=who, zone=zone,
                    known=known[:MOST_KNOWN] or Message("value-nothing"), hint=similar(zone, known),
                )
            )  # fmt: skip
        elif zone is not None and count[zone] > 1:
            own = [layer.name for layer in read.layers if zone in layer.zones]
            faults.append(fault_in(scenario, "RO-475", place, who=who, zone=zone, layers=own, first=own[0]))
    for n, goal in enumerate(scenario.goals):
        if goal.zones is not None and goal.zones != ALL and goal.zones not in layers:
            faults.append(
                fault_in(
                    scenario, "RO-477", ("goals", n, "zones"), who=goal_named(n, goal), layer=goal.zones,
                    known=[*layers, ALL], hint=one_of(goal.zones, [*layers, ALL]),
                )
            )  # fmt: skip
    return faults


def add_homes(problem: Problem, scenario: Scenario) -> Problem:
    """Say which zone each team keeps to, or leaves at a price; the same problem if none does.

    Raises
    ------
    ScenarioError
        If no place to stop lies in a team's zone.
    """
    if all(team.zone is None for team in scenario.teams):
        return problem
    zones = problem.zones
    home = [-1 if t.zone is None else zones.index(zone_named(zones, t.zone)) for t in scenario.teams]
    faults = [
        fault_in(
            scenario, "RO-476", ("teams", n, "zone"), who=Message("place-team", name=scenario.teams[n].name),
            zone=zones[zone].title,
        )
        for n, zone in enumerate(home)
        if zone >= 0 and not (problem.site_stoppable & zones[zone].sites).any()
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)
    prices = [-1.0 if team.leaving_price is None else team.leaving_price for team in scenario.teams]
    leaving = np.array(prices if max(prices) >= 0 else [], dtype=np.float64)
    return replace(problem, team_zone=np.array(home, dtype=np.int32), leaving_price=leaving)
