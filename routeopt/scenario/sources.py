"""Where demand comes from, as planners write it: fixed entries, venues, reported incidents."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from routeopt.coordinates import Crs
from routeopt.scenario.parts import ClockTime, Latitude, Longitude, Metres, Name, Part, Share, parse_time


class FixedEntry(Part):
    """People at a place for a while."""

    name: Name
    lat: Latitude
    lon: Longitude
    weight: float = Field(1.0, ge=0, description="relative demand per minute")
    radius_m: Metres = Field(120.0, gt=0, le=3000, description="how far along the streets it spreads, metres")
    from_: ClockTime | None = Field(None, alias="from", description="default: the shift's start")
    until: ClockTime | None = Field(None, description="default: the shift's end")


class _Source(Part):
    share: float = Field(1.0, ge=0, description="relative share of the night's whole demand")


class FixedDemand(_Source):
    """Demand that the planner writes down."""

    kind: Literal["fixed"]
    entries: list[FixedEntry] = Field(default_factory=list)
    file: str | None = Field(None, description="CSV: name,lat,lon,weight,radius_m,from,until")


class VenueEntry(Part):
    """A venue of the station's own list."""

    name: Name
    lat: Latitude
    lon: Longitude
    kind: str = Field(description="OSM class (amenity=bar), or one of the short names such as bar, karaoke, 夜市")
    weight: float | None = Field(None, ge=0, description="default: its class's; 0 leaves the place out")
    opening: ClockTime | None = Field(None, description="default: its class's")
    closing: ClockTime | None = Field(None, description='default: its class\'s; "02:00+1" for two in the morning')


Date = Annotated[dt.date, Field(strict=False)]


class Campaign(Part):
    """A night on which venues count differently."""

    date: Date
    factor: float = Field(2.0, gt=0, le=100, description="times the usual weight")
    kinds: list[str] = Field(default_factory=list, description="classes that it applies to; default: all")


class Calendar(Part):
    """Days that differ from their weekday."""

    holidays: list[Date] = Field(default_factory=list, description="days like a Sunday, without school")
    workdays: list[Date] = Field(default_factory=list, description="weekend days that are worked, with school")
    school_holidays: list[Annotated[list[Date], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list, description="[first, last] day of each"
    )
    return_factor: float = Field(
        1.5, gt=0, le=100, description="schools and stations on the last day of holidays and the first after"
    )
    campaigns: list[Campaign] = Field(default_factory=list)


class VenueDemand(_Source):
    """Venues found in the street data or listed, each class with its profile over the day and week."""

    kind: Literal["venues"]
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="OSM class (amenity=bar) → weight; 0 leaves it out"
    )
    bandwidth_m: Metres = Field(100.0, gt=0, le=3000, description="how far along the streets it spreads, metres")
    entries: list[VenueEntry] = Field(default_factory=list, description="the station's own venues")
    file: str | None = Field(None, description="CSV of more of them: name,lat,lon,kind,weight,opening,closing")
    same_m: Metres = Field(
        60.0,
        ge=0,
        description="distance within which an own venue replaces those of its class or name, metres",
    )
    calendar: Calendar = Field(default_factory=lambda: Calendar())


class Columns(Part):
    """Names of an incident file's columns; those not given are guessed from the header's words and the values."""

    lat: str | None = None
    lon: str | None = None
    position: str | None = Field(None, description="latitude and longitude, where one column has both")
    time: str | None = Field(None, description="when it happened or began: a date with a time of day, or a date")
    date: str | None = Field(None, description="the date, where time has a time of day alone")
    clock: str | None = Field(None, description="the time of day, where time has a date alone")
    year: str | None = Field(None, description="the year, where the date is split; with month and day")
    month: str | None = Field(None, description="its month, a number or a name")
    day: str | None = Field(None, description="its day of the month")
    hour: str | None = Field(None, description="the whole hour, where time has a date alone")
    minute: str | None = Field(None, description="the minute, beside hour")
    end: str | None = Field(None, description="when it ended at the latest, where only an interval is known")
    reported: str | None = Field(None, description="when it was reported; used where the time is blank")
    shift: str | None = Field(None, description="part of the day, where the time has a date alone")
    type: str | None = Field(None, description="category")
    id: str | None = Field(None, description="the incident's number, by which duplicates are known")
    origin: str | None = Field(None, description="how it came to be known: reported, or found by officers")
    precision: str | None = Field(
        None, description="how well its position is known: an address, or a street alone"
    )


def _crs(value: str) -> str:
    if value not in get_args(Crs) and not re.fullmatch(r"EPSG:\d{4,6}", value, re.IGNORECASE):
        raise PydanticCustomError("crs", "must be wgs84, gcj02, bd09, or EPSG: and a number")
    return value


def _encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise PydanticCustomError("encoding", "must be the name of an encoding") from None
    return value


class _IncidentTable(Part):
    """How a file of incidents is read."""

    columns: Columns = Field(default_factory=lambda: Columns())
    crs: Annotated[str, AfterValidator(_crs)] = Field(
        "wgs84", description="what its positions are in: wgs84, gcj02, bd09, or EPSG:… for projected metres"
    )
    timezone: str | None = Field(
        None, description="IANA name: times that end in Z or an offset are converted to it; default: the shift's"
    )
    times: Literal["auto", "local", "none"] = Field(
        "auto", description="local: endings such as Z are not true; none: the file's times are not used"
    )
    encoding: Annotated[str, AfterValidator(_encoding)] | None = Field(
        None, description="of a text file, such as latin-1; default: by its content"
    )


class IncidentFile(_IncidentTable):
    """A file of incidents."""

    file: str = Field(description="CSV, TSV, XLSX or GeoJSON, also .gz, beside the scenario")


SHIFTS: dict[str, list[str]] = {
    "day": ["07:00", "15:00"], "evening": ["15:00", "23:00"], "midnight": ["23:00", "07:00+1"],
    "白班": ["08:00", "20:00"], "夜班": ["20:00", "08:00+1"],
}  # fmt: skip
"""Default parts of the day."""


class IncidentDemand(_Source, _IncidentTable):
    """Reported incidents; only place, time, category, number and origin are read."""

    kind: Literal["incidents"]
    file: str | None = Field(None, description="one file; or several under files")
    files: list[IncidentFile] = Field(default_factory=list, description="files of several systems, fused")
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="category → weight; 0 leaves it out"
    )
    default_weight: float | None = Field(
        None, ge=0, description="weight of the categories not listed; default: by the table of harm"
    )
    keep_discovered: bool = Field(False, description="keep what officers found themselves, where the file says so")
    keep_coarse: bool = Field(False, description="keep positions that stand for a whole street or district")
    bandwidth_m: Annotated[Metres, Field(gt=0, le=3000)] | Literal["auto"] = Field(
        "auto", description='how far along the streets one spreads, metres; "auto": what predicts best'
    )
    bandwidth_min: Annotated[float, Field(gt=0, le=720)] | Literal["auto"] = Field(
        "auto", description='how far around its time of day, minutes; "auto": what predicts best'
    )
    half_life_days: Annotated[float, Field(gt=0)] | Literal["auto", "never"] = Field(
        "auto", description='age at which an incident counts half; "auto": what predicts best'
    )
    other_weekdays: Share = Field(1.0, description="weight of incidents of other weekdays than the shift's")
    repeat_boost: float = Field(
        0.0, ge=0, description="extra weight of an incident of a series just before the shift"
    )
    repeat_days: float = Field(7.0, gt=0, description="days after which that extra has fallen to about a third")
    repeat_m: Metres = Field(
        200.0, gt=0, le=3000, description="how far along the streets incidents of one series are apart, metres"
    )
    same_m: Metres = Field(
        50.0, ge=0, description="two reports of one incident lie at most this far apart, metres"
    )
    same_min: float = Field(30.0, ge=0, description="and at most this long apart, in different files, minutes")
    shifts: dict[str, Annotated[list[ClockTime], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="part of the day → [from, until], for the shift column"
    )
    max_bad_share: Share = Field(0.2, description="over this share of unreadable rows the run stops")

    @property
    def sources(self) -> list[IncidentFile]:
        """All files."""
        found = list(self.files)
        if self.file is not None:
            given = {
                key: getattr(self, key) for key in _IncidentTable.model_fields if key in self.model_fields_set
            }
            found.insert(0, IncidentFile(file=self.file, **given))
        if self.timezone is None:
            return found
        return [one if one.timezone else one.model_copy(update={"timezone": self.timezone}) for one in found]

    @property
    def parts_of_day(self) -> dict[str, tuple[int, int]]:
        """Lower-case name → begin and end, minutes after midnight."""
        table = {name: [parse_time(t) for t in both] for name, both in SHIFTS.items()}
        table |= {name.lower(): list(both) for name, both in self.shifts.items()}
        return {name: (both[0], both[1]) for name, both in table.items()}


Demand = Annotated[FixedDemand | VenueDemand | IncidentDemand, Field(discriminator="kind")]
