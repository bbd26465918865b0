"""Streets that are closed, slow or one-way for a time, or where nobody stops, as planners write them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from routeopt.clock import Clock
from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Metres, Mode, Name, Part

KINDS = ("closed", "slow", "oneway", "no_stop")
"""What a change says of its streets, of which exactly one."""
Corner = Annotated[list[float], Field(min_length=2, max_length=2)]


class Near(Part):
    """A circle on the map."""

    lat: Latitude
    lon: Longitude
    radius_m: Metres = Field(gt=0, le=20000, description="its radius, straight over the map, metres")


class StreetChange(Part):
    """Streets that change for a time: those that are all that is given by names, near and polygon."""

    from_: ClockTime | None = Field(None, alias="from", description="since when; default: the shift's start")
    until: ClockTime | None = Field(None, description="until when; default: the shift's end")
    names: list[Name] = Field(default_factory=list, max_length=200, description="streets with one of these names")
    near: Near | None = Field(None, description="streets whose middle lies in a circle")
    polygon: Annotated[list[Corner], Field(min_length=3, max_length=1000)] | None = Field(
        None, description="streets whose middle lies in an area, its corners [lat, lon]"
    )
    modes: list[Mode] = Field(default_factory=list, description="modes that it concerns; default: all")
    closed: bool = Field(False, description="nobody of these modes gets through")
    speed_kph: float | None = Field(
        None, gt=0, le=200, description="they are no faster there, km/h; slower modes are as fast as ever"
    )

    oneway: Annotated[float, Field(ge=0, le=360)] | Literal["reversed"] | None = Field(
        None,
        description="they lead one way: the one towards this bearing, degrees clockwise from north; "
        '"reversed": one-way streets lead the other way; default modes: all but foot',
    )
    no_stop: bool = Field(False, description="teams pass, but stop nowhere there, not for a task either")

    @property
    def kind(self) -> str:
        """What it says of its streets; one of several that are given."""
        return next((kind for kind in KINDS if self.says(kind)), "closed")

    def says(self, kind: str) -> bool:
        """Return whether it says that of its streets."""
        return {
            "closed": self.closed, "slow": self.speed_kph is not None, "oneway": self.oneway is not None,
            "no_stop": self.no_stop,
        }[kind]  # fmt: skip

    def steps(self, clock: Clock) -> tuple[int, int]:
        """Return the steps begin ≤ t < end of a shift in which it holds, so that all of it does."""
        begin = 0 if self.from_ is None else clock.step_at(self.from_)
        end = clock.n_steps if self.until is None else clock.step_at(self.until, up=True)
        return max(0, begin), min(clock.n_steps, end)
