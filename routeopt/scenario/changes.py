"""Streets that are closed or slow for a time, as planners write them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Metres, Mode, Name, Part

Corner = Annotated[list[float], Field(min_length=2, max_length=2)]


class Near(Part):
    """A circle on the map."""

    lat: Latitude
    lon: Longitude
    radius_m: Metres = Field(gt=0, le=20000, description="its radius, straight over the map, metres")


class StreetChange(Part):
    """Streets that are closed or slow for a time: those that are all that is given by names, near and polygon."""

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

    def steps(self, start: int, n_steps: int, step_s: int) -> tuple[int, int]:
        """Return the steps begin ≤ t < end of a shift in which it holds, rounded up to whole ones.

        Parameters
        ----------
        start
            Of the shift, minutes after the midnight of its day.
        n_steps, step_s
            Of the shift's clock.
        """
        begin = 0 if self.from_ is None else (self.from_ - start) * 60 // step_s
        end = n_steps if self.until is None else -(-(self.until - start) * 60 // step_s)
        return max(0, begin), min(n_steps, end)
