"""Zones as planners write them: where their borders come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from routeopt.errors import Fault
from routeopt.scenario.faults import Say
from routeopt.scenario.parts import Name, Part

SOURCES = ("file", "osm")
"""Keys of `Zones`, of which exactly one is given."""
ALL = "all"
"""Stands for the zones of every layer."""
Tag = str | int | list[str | int]


class Zones(Part):
    """Zones of one layer, such as communities: polygons of a file, or areas of the street file with some tags."""

    layer: Name = Field("zones", description="what they are, such as communities; entries of one layer are joined")
    file: str | None = Field(None, description="GeoJSON file of polygons with a name, beside the scenario")
    name_key: Name = Field("name", description="property of the file that holds the name")
    osm: dict[str, Tag] = Field(
        default_factory=dict,
        max_length=10,
        description="tags of areas of the street file, such as {admin_level: 10}: all must fit, of a list one; "
        '"*" stands for any value',
    )
    within_m: float = Field(
        0.0, ge=0, le=500, description="a place in no zone belongs to the nearest one within this distance, metres"
    )

    @property
    def tags(self) -> dict[str, tuple[str, ...]]:
        """Key → values that fit."""
        return {key: tuple(map(str, one if isinstance(one, list) else [one])) for key, one in self.osm.items()}


def zone_faults(zones: Sequence[Zones], fault: Say) -> Iterator[Fault]:
    """Check that each entry has one source."""
    for n, one in enumerate(zones):
        given = [key for key in SOURCES if getattr(one, key)]
        if len(given) != 1:
            yield fault("RO-184", ("zones", n), number=n + 1, options=SOURCES)
