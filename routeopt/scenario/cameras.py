"""Video patrol as planners write it: cameras, and operators who watch some of them at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from routeopt.errors import Fault
from routeopt.scenario.faults import Say
from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Metres, Name, Part


class Camera(Part):
    """A camera over a street."""

    name: Name
    lat: Latitude
    lon: Longitude
    range_m: Metres = Field(60.0, gt=0, le=1000, description="how far people can be made out, metres")
    bearing: float | None = Field(
        None, ge=0, le=360, description="where it looks, degrees clockwise from north; default: all round"
    )
    field: float = Field(90.0, gt=0, le=360, description="width of what it sees, degrees, where bearing is given")
    from_: ClockTime | None = Field(None, alias="from", description="since when it works; default: the start")
    until: ClockTime | None = Field(None, description="until when; default: the shift's end")


class Cameras(Part):
    """The cameras that can be watched."""

    list_: list[Camera] = Field(default_factory=list, alias="list", max_length=5000, description="the cameras")
    file: str | None = Field(None, description="CSV of more: name,lat,lon and perhaps range_m,bearing,field")


class Operator(Part):
    """Someone's place at the screens (a post, never a person)."""

    name: Name
    capacity: int = Field(ge=1, le=1000, description="cameras watched at a time")
    from_: ClockTime | None = Field(None, alias="from", description="start of duty; default: the shift's")
    until: ClockTime | None = Field(None, description="end of duty; default: the shift's")
    cameras: list[Name] = Field(default_factory=list, description="cameras that it can watch; default: all")


def camera_faults(cameras: Cameras | None, operators: Sequence[Operator], fault: Say) -> Iterator[Fault]:
    """Check that there are cameras where there are operators; which cameras they name is known with the file."""
    if operators and (cameras is None or not (cameras.list_ or cameras.file)):
        yield fault("RO-191", ("operators",))
