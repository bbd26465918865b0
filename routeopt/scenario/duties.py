"""Duties of teams besides their patrol, as planners write them: breaks, fixed posts, limits of a night."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, get_args

from pydantic import Field

from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Mode, Name, Part, Share

Date = Annotated[dt.date, Field(strict=False)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class Break(Part):
    """A rest of a team: it is then neither seen nor free."""

    name: Name = Field(description='what it is called on the cards, such as "Break" or "休息"')
    from_: ClockTime = Field(alias="from", description="first time at which it may begin")
    until: ClockTime = Field(description="last time at which it may begin")
    length_min: float = Field(gt=0, le=480, description="how long it lasts, minutes")
    places: list[Name] = Field(
        default_factory=list,
        max_length=50,
        description="posts or places of the list where it may be; default: the team's posts, and places all over "
        "the town",
    )


class FixedPost(Part):
    """A presence at a place for a time: a school gate, a booth, a guard."""

    name: Name
    lat: Latitude
    lon: Longitude
    from_: ClockTime = Field(alias="from", description="when its teams are there")
    until: ClockTime = Field(description="until when they stay")
    crew: int = Field(1, ge=1, le=20, description="how many teams stand there together")
    mandatory: bool = Field(True, description="a plan must hold it")
    reward: Share = Field(0.0, description="what it is worth besides being seen, as a share of the night's demand")
    modes: list[Mode] = Field(default_factory=list, description="modes that may hold it; default: all")
    teams: list[str] = Field(default_factory=list, description="teams that may hold it; default: all")
    powers: bool = Field(False, description="needs teams with powers")
    skills: list[Name] = Field(default_factory=list, description="skills that one of its teams must have")
    can_leave: bool = Field(False, description="its teams may be called away, and count for response")
    weekdays: list[Weekday] = Field(
        default_factory=list, description="days of the week on which it is held; default: all"
    )
    dates: list[Date] = Field(
        default_factory=list, description="dates on which it is held; default: all of these weekdays"
    )
    not_on: list[Date] = Field(default_factory=list, description="dates on which it is not, such as holidays")

    def is_held(self, date: dt.date | None) -> bool:
        """Return whether it is held on a night that begins on this day; on a night without a date it is."""
        if date is None:
            return True
        today = not self.weekdays or WEEKDAYS[date.weekday()] in self.weekdays
        return (date in self.dates if self.dates else today) and date not in self.not_on

    @property
    def needs_date(self) -> bool:
        """Whether it depends on the day."""
        return bool(self.weekdays or self.dates or self.not_on)


class Rules(Part):
    """Limits of the night that all teams keep."""

    stops_per_hour: float | None = Field(
        None,
        gt=0,
        le=60,
        description="most stops of a team in an hour: so far apart do they begin; tasks are none",
    )
    longest_without_break_min: float | None = Field(
        None, gt=0, le=1440, description="longest time on duty without a break, minutes"
    )
