"""Zones: named parts of the town, in layers such as communities and compounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.guard import kind, refuse
from routeopt.problem.checked import MOST_STEPS, Checked, put_in

MARK = "/"
"""Between a layer and a zone, where the zone's name alone would stand for two."""


@dataclass(frozen=True, eq=False)
class ZoneLayer:
    """Zones of one kind; a place lies in one of them at most.

    Raises
    ------
    InputError
        With every fault.
    """

    name: str
    zones: tuple[str, ...]
    point: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_points,) index into ``zones`` of each demand point, −1 where none."""
    site: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_sites,) the same of each site."""

    def __post_init__(self) -> None:
        on = Checked("zone_layer", self)
        on.faults += kind("zone_layer.name", self.name, str)
        put_in(self, "zones", on.texts("zones", self.zones, None, str))
        for name in ("point", "site"):
            on.within(name, on.put(name, "i", (None,)), -1, min(len(self.zones), MOST_STEPS) - 1)
        refuse(on.faults)

    def take(self, points: NDArray[np.int64], sites: NDArray[np.int64]) -> ZoneLayer:
        """Return the layer of some points and sites."""
        return ZoneLayer(self.name, self.zones, self.point[points], self.site[sites])


class Zone(NamedTuple):
    """A zone of a layer."""

    title: str
    """Its name, with that of its layer before it where another layer has a zone of the name."""
    layer: ZoneLayer
    number: int
    """Into the zones of the layer."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.layer.zones[self.number]

    @property
    def points(self) -> NDArray[np.bool_]:
        """(n_points,) demand points that lie in it."""
        inside: NDArray[np.bool_] = self.layer.point == self.number
        return inside

    @property
    def sites(self) -> NDArray[np.bool_]:
        """(n_sites,) sites that lie in it."""
        inside: NDArray[np.bool_] = self.layer.site == self.number
        return inside


def labelled(points: Sequence[str], sites: Sequence[str]) -> tuple[ZoneLayer, ...]:
    """Return the layer of zones by name, "" for none; no layer where nothing has a name."""
    names = tuple(sorted({*points, *sites} - {""}))
    number = {name: n for n, name in enumerate(names)} | {"": -1}
    of = [np.array([number[name] for name in some], dtype=np.int32) for some in (points, sites)]
    return (ZoneLayer("", names, *of),) if names else ()


def zones_of(layers: Sequence[ZoneLayer]) -> tuple[Zone, ...]:
    """List the zones of all layers."""
    count = Counter(name for layer in layers for name in layer.zones)
    return tuple(
        Zone(name if count[name] == 1 else f"{layer.name}{MARK}{name}", layer, k)
        for layer in layers
        for k, name in enumerate(layer.zones)
    )


def zone_named(zones: Sequence[Zone], name: str) -> Zone:
    """Return the zone of a name, or of ``layer/name``; the first where several have the name.

    Raises
    ------
    KeyError
        If no zone has it.
    """
    for zone in zones:
        if name in (zone.title, f"{zone.layer.name}{MARK}{zone.name}"):
            return zone
    raise KeyError(name)
