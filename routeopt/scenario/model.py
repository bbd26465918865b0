"""The scenario format: a night as pydantic models (`routeopt.scenario.read` reads them).

Conventions: times of day are minutes after the midnight of the shift's day (``ClockTime``), lengths metres
(``_m``), durations minutes (``_min``) or seconds (``_s``), speeds km/h, positions WGS-84 degrees (lat, lon).
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from routeopt.clock import Clock
from routeopt.scenario.cameras import Cameras, Operator
from routeopt.scenario.changes import StreetChange
from routeopt.scenario.duties import Break, Date, FixedPost, Rules, Weekday
from routeopt.scenario.must_visits import MOST_DAYS, MustVisit
from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Metres, Mode, Name, Part, Share
from routeopt.scenario.sources import Demand, IncidentDemand
from routeopt.scenario.zones import Zones

MOST_PRESENT = 9
"""Teams that can be asked to be present, at most."""
MOST_LEAVING = 0.1
"""Greatest price of a stop outside a team's zone: no stop is worth as much."""
FACTORS: dict[str, float] = {"foot": 1.0, "bike": 0.9, "ebike": 0.9, "car": 0.8}
"""Default visibility factor v of a mode."""
SPEEDS_KPH: dict[str, float] = {"foot": 4.5, "bike": 14.0, "ebike": 18.0, "car": 30.0}
"""Patrol speed of a mode; for cars a cap on what the street allows."""
SIGHT_M: dict[str, float] = {"foot": 60.0, "bike": 60.0, "ebike": 60.0, "car": 90.0}
"""Sight radius of a mode."""


class Shift(Part):
    """The plan's span and grid."""

    start: ClockTime = Field(description='when the plan starts, such as "19:00"')
    end: ClockTime = Field(description='when it ends; "02:00+1" or "26:00" for two in the morning after')
    date: Annotated[dt.date | None, Field(strict=False)] = Field(None, description="day of the start, YYYY-MM-DD")
    step_s: int = Field(60, ge=10, le=900, description="planning grid, seconds")
    timezone: str | None = Field(
        None, description="IANA name of the clock's zone, such as Asia/Shanghai; for files whose times are UTC"
    )


class Streets(Part):
    """Where the streets come from: exactly one of file, place, bbox, polygon."""

    file: str | None = Field(
        None, description=".osm, .osm.gz, .osm.bz2, .osm.pbf or .graphml, beside the scenario"
    )
    place: str | None = Field(None, description="a town or district, found and downloaded online")
    bbox: list[float] | None = Field(None, min_length=4, max_length=4, description="[south, west, north, east]")
    polygon: str | None = Field(None, description="GeoJSON file with a polygon")
    overpass_url: str | None = Field(None, description="another Overpass endpoint")
    nominatim_url: str | None = Field(None, description="another Nominatim server, which finds places")
    cache_dir: str | None = Field(None, description="where downloads are kept; default: the user's cache")
    timeout_s: float = Field(180, gt=0, le=3600, description="seconds until a download is given up")
    max_segment_m: Metres = Field(
        120, ge=20, le=500, description="segments are cut so that none is longer, metres"
    )
    snap_limit_m: Metres = Field(100, gt=0, le=2000, description="how far from a street a place may be, metres")
    changes: list[StreetChange] = Field(
        default_factory=list, max_length=24, description="streets that are closed, slow or one-way for a time"
    )


class Post(Part):
    """A station or sub-station where teams start and end."""

    name: Name
    lat: Latitude
    lon: Longitude


class Team(Part):
    """A patrol team (never an officer)."""

    name: Name
    mode: Mode = Field(description="how the team moves")
    start: str = Field(description="name of the post where it starts")
    end: str | None = Field(None, description="name of the post where it ends; default: its start")
    from_: ClockTime | None = Field(None, alias="from", description="start of duty; default: the shift's")
    until: ClockTime | None = Field(None, description="end of duty; default: the shift's")
    area: Name | None = Field(None, description="area of the file ``areas`` that it keeps to; default: everywhere")
    zone: Name | None = Field(None, description="zone outside which it stops nowhere; default: everywhere")
    leaving_price: float | None = Field(
        None,
        ge=0,
        le=MOST_LEAVING,
        description="what each stop outside its zone costs, as a share of the night's demand, such as 0.001; "
        "default: it stops nowhere outside",
    )
    factor: Share | None = Field(None, alias="visibility_factor", description="how visible it is, 0 to 1; by mode")
    reserve: bool = Field(False, description="stands by at its post: no stops and no tasks, free to respond")
    powers: bool = Field(True, description="may act on what comes up (volunteers may not)")
    skills: list[Name] = Field(default_factory=list, description="what it can do that others cannot, such as dogs")
    breaks: list[Break] | None = Field(None, max_length=10, description="its own breaks; default: the scenario's")

    @property
    def visibility_factor(self) -> float:
        """v of the team."""
        return FACTORS[self.mode] if self.factor is None else self.factor


class Task(Part):
    """A one-off visit: a door to knock at, an escort, a check of a venue."""

    name: Name
    lat: Latitude
    lon: Longitude
    windows: list[Annotated[list[ClockTime], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list, description="when service may begin, [from, until] each; default: the whole shift"
    )
    service_min: float = Field(gt=0, le=1440, description="how long it takes, minutes")
    reward: Share = Field(0.01, description="what it is worth, as a share of the night's demand")
    due: Date | None = Field(None, description="last night on which it is in time, YYYY-MM-DD")
    since: Date | None = Field(None, description="first night on which it may be done, YYYY-MM-DD")
    every_days: int | None = Field(None, ge=1, le=MOST_DAYS, description="it comes back: days between two times")
    weekdays: list[Weekday] = Field(default_factory=list, description="nights when it may be done; default: all")
    mandatory: bool = Field(
        False, description="a plan must hold it; default: on the last night on which it is in time"
    )
    modes: list[Mode] = Field(default_factory=list, description="modes that may do it; default: all")
    teams: list[str] = Field(default_factory=list, description="teams that may do it; default: all")
    powers: bool = Field(False, description="needs a team with powers")
    crew: int = Field(1, ge=1, le=20, description="how many teams do it together, beginning at the same time")
    skills: list[Name] = Field(default_factory=list, description="skills that one of its teams must have")
    can_leave: bool = Field(False, description="its teams may be called away, and count for response")


class ByTeams(Protocol):
    """What says which teams may do it, alone or in a crew."""

    @property
    def modes(self) -> list[Mode]:
        """Modes that may; none for all."""

    @property
    def teams(self) -> list[str]:
        """Teams that may; none for all."""

    @property
    def powers(self) -> bool:
        """Whether it takes powers."""

    @property
    def crew(self) -> int:
        """Number of teams that do it together."""

    @property
    def skills(self) -> list[Name]:
        """Skills that one of them must have."""


def fits(what: ByTeams, team: Team) -> bool:
    """Return whether the team may be one of those that do it."""
    of_kind = (not what.modes or team.mode in what.modes) and (not what.teams or team.name in what.teams)
    return of_kind and (team.powers or not what.powers) and not team.reserve


def may_lead(what: ByTeams, team: Team) -> bool:
    """Return whether the team has the skills that one of the crew must have."""
    return set(what.skills) <= set(team.skills)


def may(what: ByTeams, team: Team) -> bool:
    """Return whether the team may do it, alone or in a crew."""
    return fits(what, team) and (what.crew > 1 or may_lead(what, team))


class Goal(Part):
    """A floor on what is seen or reached, a cap, or teams to be present: one of `routeopt.scenario.read.KINDS`."""

    name: Name | None = Field(None, description="what it is called; default: what it asks for")
    at_least: float | None = Field(None, gt=0, le=1, description="share that a plan must reach, such as 0.8")
    at_most: float | None = Field(None, ge=0, lt=1, description="share that may be seen, such as 0.5")
    most_min: float | None = Field(
        None, ge=0, le=1440, description="minutes in which teams may be present on a street, or in a zone"
    )
    least_teams: int | None = Field(
        None,
        ge=1,
        le=MOST_PRESENT,
        description="free teams with powers that must be in a zone, or on a street, at any time",
    )
    missing_price: float | None = Field(
        None,
        gt=0,
        le=1,
        description="least_teams: what each minute costs in which a team is missing, as a share of the night's "
        "demand, such as 0.0005; default: none may be missing",
    )
    fair: float | None = Field(
        None,
        gt=0,
        le=1,
        description="share of its demand that is seen in a zone, at least this part of the town's",
    )
    within_min: float | None = Field(
        None,
        gt=0,
        description="minutes within which a free team with powers reaches it, one of model: handling_min; "
        "default: it is seen, or still held off by an earlier presence",
    )
    second: bool = Field(False, description="within_min: a second team must reach it too")
    zone: Name | None = Field(None, description="zone whose demand counts; default: all demand")
    zones: Name | None = Field(None, description="layer, each of whose zones has this goal; all: of every layer")
    street: Name | None = Field(None, description="street whose demand counts, by its name")
    from_: ClockTime | None = Field(None, alias="from", description="since when demand counts; default: the start")
    until: ClockTime | None = Field(None, description="until when demand counts; default: the shift's end")
    every_hour: bool = Field(False, description="a floor for every hour of that time by itself")

    def spans(self, shift: Shift) -> list[tuple[int, int]]:
        """List from when until when demand counts, minutes: once, or for every hour of its own floor."""
        begin = shift.start if self.from_ is None else self.from_
        end = shift.end if self.until is None else self.until
        length = 60 if self.every_hour else max(1, end - begin)
        return [(a, min(a + length, end)) for a in range(begin, end, length)]


class SitePlace(Part):
    """A place of the station's own list where teams may stop."""

    name: Name
    lat: Latitude
    lon: Longitude
    zone: str = Field("", description="its zone, such as its community; default: the one that it lies in")


class Sites(Part):
    """Where teams may stop."""

    count: int = Field(100, ge=0, le=20000, description="places chosen from demand, besides the list")
    spacing_m: Metres = Field(100.0, ge=0, le=5000, description="least distance between chosen places, metres")
    list_: list[SitePlace] = Field(default_factory=list, alias="list", description="the station's own places")
    file: str | None = Field(None, description="CSV of more such places: name,lat,lon,zone")


class Model(Part):
    """Effect and length of a stop."""

    dwell_min: list[float] = Field([5, 10, 15, 20], min_length=1, max_length=20, description="dwell menu, minutes")
    dwell_effect: list[Share] = Field([0.30, 0.85, 1.0, 1.0], description="g of each dwell, 0 to 1")
    passage_effect: Share = Field(0.10, description="g of passing along a street")
    tau_min: float = Field(60.0, gt=0, le=10080, description="decay time of the effect, minutes")
    handling_min: list[Annotated[float, Field(gt=0, le=120)]] = Field(
        [1, 3, 5], description="times of response coverage, minutes"
    )
    sight_m: dict[Mode, Annotated[Metres, Field(ge=0, le=1000)]] = Field(
        default_factory=dict, description="sight radius by mode, metres"
    )

    def sight(self, mode: str) -> float:
        """Return the sight radius of a mode, metres."""
        return {**SIGHT_M, **{str(k): v for k, v in self.sight_m.items()}}[mode]


def _phone_number(value: str) -> str:
    if not re.fullmatch(r"[0-9+*#() /-]{2,30}", value):
        raise PydanticCustomError("phone", 'must be a telephone number, such as "0593-0000000"')
    return value


def _route_link(value: str) -> str:
    link = r"[A-Za-z][A-Za-z0-9+.-]*:[^{}]*\{points\}[^{}]*"
    if value and (len(value) > 300 or not re.fullmatch(link, value)):
        raise PydanticCustomError("route_link", "must be a link that contains {{points}} and no other braces")
    return value


class Phone(Part):
    """A telephone that teams may need: a station's or a service's, never an officer's own."""

    name: Name = Field(description="whose it is, such as a station or the command room")
    number: Annotated[str, AfterValidator(_phone_number)] = Field(description="digits, in quotes")


class Scenario(Part):
    """A night."""

    routeopt: Literal[1] = Field(description="version of this format")
    name: Name
    shift: Shift
    streets: Streets
    speeds_kph: dict[Mode, Annotated[float, Field(gt=0, le=200)]] = Field(
        default_factory=dict, description="speed by mode, km/h; for cars a cap on what the street allows"
    )
    posts: list[Post] = Field(min_length=1)
    teams: list[Team] = Field(min_length=1, max_length=500)
    demand: list[Demand] = Field(min_length=1)
    sites: Sites = Field(default_factory=lambda: Sites())
    areas: str | None = Field(
        None, description="GeoJSON file of areas, as the command areas writes it; teams keep to theirs"
    )
    zones: list[Zones] = Field(default_factory=list, max_length=20, description="named parts of the town")
    cameras: Cameras | None = Field(None, description="cameras over streets, which operators watch")
    operators: list[Operator] = Field(default_factory=list, description="who watches cameras", max_length=100)
    tasks: list[Task] = Field(default_factory=list, max_length=2000)
    fixed_posts: list[FixedPost] = Field(
        default_factory=list, max_length=200, description="places where teams stand for a time"
    )
    breaks: list[Break] = Field(
        default_factory=list,
        max_length=10,
        description="breaks of every team that has none of its own, where they fit into its duty",
    )
    rules: Rules = Field(default_factory=lambda: Rules())
    must_visits: list[MustVisit] = Field(
        default_factory=list, max_length=100, description="places that are visited regularly"
    )
    carry_over: str | None = Field(
        None, description="file of the command carry-over: what earlier nights left, and have done"
    )
    goals: list[Goal] = Field(default_factory=list, description="floors that a plan must reach", max_length=100)
    model: Model = Field(default_factory=lambda: Model())
    phones: list[Phone] = Field(default_factory=list, description="numbers for the duty cards", max_length=12)
    route_link: Annotated[str, AfterValidator(_route_link)] = Field(
        "", description="link of the duty cards' QR code; {points} becomes lat,lon;lat,lon;… of the stops"
    )
    source: Path = Field(
        Path("scenario.yaml"), exclude=True, strict=False, description="the file itself", repr=False
    )

    @model_validator(mode="after")
    def _give_zone(self) -> Scenario:
        """Incident files without a time zone of their own have the shift's."""
        if self.shift.timezone is not None:
            for n, source in enumerate(self.demand):
                if isinstance(source, IncidentDemand) and source.timezone is None:
                    self.demand[n] = source.model_copy(update={"timezone": self.shift.timezone})
        return self

    @property
    def folder(self) -> Path:
        """Folder that relative file names start from."""
        return self.source.parent

    @property
    def clock(self) -> Clock:
        """The plan's clock."""
        seconds = (self.shift.end - self.shift.start) * 60
        shift = self.shift
        return Clock(shift.start, seconds // shift.step_s, shift.step_s, shift.date, shift.timezone)

    @property
    def speeds(self) -> dict[str, float]:
        """Speed of every mode, km/h."""
        return {**SPEEDS_KPH, **{str(k): v for k, v in self.speeds_kph.items()}}


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of scenario files."""
    schema = Scenario.model_json_schema()
    schema["properties"].pop("source")
    return schema
