"""What the planner writes: a night as pydantic models, and faults with file, line, column and remedy.

Conventions: times of day are minutes after the midnight of the shift's day (``ClockTime``), lengths metres
(``_m``), durations minutes (``_min``) or seconds (``_s``), speeds km/h, positions WGS-84 degrees (lat, lon).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import re
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from routeopt.clock import Clock
from routeopt.errors import Fault, ScenarioError
from routeopt.yaml_marks import Marked, Place, load

Mode = Literal["foot", "bike", "ebike", "car"]
FACTORS: dict[str, float] = {"foot": 1.0, "bike": 0.9, "ebike": 0.9, "car": 0.8}
"""Visibility factor v of a mode, unless the team says otherwise."""
SPEEDS_KPH: dict[str, float] = {"foot": 4.5, "bike": 14.0, "ebike": 18.0, "car": 30.0}
"""Patrol speed of a mode; for cars a cap on what the street allows."""
SIGHT_M: dict[str, float] = {"foot": 60.0, "bike": 60.0, "ebike": 60.0, "car": 90.0}
"""Sight radius of a mode."""

TIME = re.compile(r"^(\d{1,2}):(\d{2})(?:\+([01]))?$")


def parse_time(value: object) -> int:
    """``19:00``, ``02:00+1`` or ``26:00`` → minutes after the start day's midnight."""
    match = TIME.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("time", 'is no time of day. Write "19:00", "02:00+1" or "26:00", in quotes.')
    hour, minute, days = int(match[1]), int(match[2]), int(match[3] or 0)
    if minute > 59 or hour > (23 if match[3] else 47):
        raise PydanticCustomError(
            "time", "is no time of day: hours go to 23 (47 for the next day), minutes to 59."
        )
    return (days * 24 + hour) * 60 + minute


ClockTime = Annotated[
    int,
    BeforeValidator(parse_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}(\+[01])?$", "examples": ["19:00", "02:00+1"]}),
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees north, WGS-84")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees east, WGS-84")]
Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True, populate_by_name=True)


class Shift(_Part):
    """The plan's span and grid."""

    start: ClockTime = Field(description='when the plan starts, such as "19:00"')
    end: ClockTime = Field(description='when it ends; "02:00+1" or "26:00" for two in the morning after')
    date: Annotated[dt.date | None, Field(strict=False)] = Field(None, description="day of the start, YYYY-MM-DD")
    step_s: int = Field(60, ge=10, le=900, description="planning grid, seconds")


class Streets(_Part):
    """Where the streets come from: exactly one of file, place, bbox, polygon."""

    file: str | None = Field(
        None, description=".osm, .osm.gz, .osm.bz2, .osm.pbf or .graphml, beside the scenario"
    )
    place: str | None = Field(None, description="a town or district, found and downloaded online")
    bbox: list[float] | None = Field(None, min_length=4, max_length=4, description="[south, west, north, east]")
    polygon: str | None = Field(None, description="GeoJSON file with a polygon")
    overpass_url: str | None = Field(None, description="an own Overpass endpoint")
    nominatim_url: str | None = Field(None, description="an own Nominatim server, which finds places")
    cache_dir: str | None = Field(None, description="where downloads are kept; the user's cache unless told")
    timeout_s: float = Field(180, gt=0, le=3600, description="seconds until a download is given up")
    max_segment_m: float = Field(120, ge=20, le=500, description="segments are cut so that none is longer, metres")
    snap_limit_m: float = Field(100, gt=0, le=2000, description="how far from a street a place may be, metres")


class Post(_Part):
    """A station or sub-station where teams start and end."""

    name: Name
    lat: Latitude
    lon: Longitude


class Team(_Part):
    """A patrol team (never an officer)."""

    name: Name
    mode: Mode = Field(description="how the team moves")
    start: str = Field(description="name of the post where it starts")
    end: str | None = Field(None, description="name of the post where it ends; its start unless told")
    from_: ClockTime | None = Field(None, alias="from", description="start of duty; the shift's unless told")
    until: ClockTime | None = Field(None, description="end of duty; the shift's unless told")
    factor: Share | None = Field(None, alias="visibility_factor", description="how visible it is, 0 to 1; by mode")
    powers: bool = Field(True, description="may act on what comes up (volunteers may not)")

    @property
    def visibility_factor(self) -> float:
        """v of the team."""
        return FACTORS[self.mode] if self.factor is None else self.factor


class FixedEntry(_Part):
    """People at a place for a while."""

    name: Name
    lat: Latitude
    lon: Longitude
    weight: float = Field(1.0, ge=0, description="relative demand per minute")
    radius_m: float = Field(120.0, gt=0, le=3000, description="how far along the streets it spreads, metres")
    from_: ClockTime | None = Field(None, alias="from", description="the shift's start unless told")
    until: ClockTime | None = Field(None, description="the shift's end unless told")


class _Source(_Part):
    share: float = Field(1.0, ge=0, description="relative share of the night's whole demand")


class FixedDemand(_Source):
    """Demand that the planner writes down."""

    kind: Literal["fixed"]
    entries: list[FixedEntry] = Field(default_factory=list)
    file: str | None = Field(None, description="CSV: name,lat,lon,weight,radius_m,from,until")


class VenueDemand(_Source):
    """Venues found in the street data, each class with its hourly profile."""

    kind: Literal["venues"]
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="OSM class (amenity=bar) → weight; 0 leaves it out"
    )
    bandwidth_m: float = Field(100.0, gt=0, le=3000, description="how far along the streets it spreads, metres")


class Columns(_Part):
    """Names of an incident file's columns; those not given are guessed from the header, Chinese or English."""

    lat: str | None = None
    lon: str | None = None
    time: str | None = Field(None, description="when it happened or began: a date with a time of day, or a date")
    end: str | None = Field(None, description="when it ended at the latest, where only an interval is known")
    reported: str | None = Field(None, description="when it was reported; used where the time is blank")
    shift: str | None = Field(None, description="part of the day, where the time has a date alone")
    type: str | None = Field(None, description="category")
    id: str | None = Field(None, description="the incident's number, by which duplicates are known")
    origin: str | None = Field(None, description="how it came to be known: reported, or found by officers")


class IncidentFile(_Part):
    """A file of incidents."""

    file: str = Field(description="CSV, TSV, XLSX or GeoJSON, also .gz, beside the scenario")
    columns: Columns = Field(default_factory=lambda: Columns())
    crs: Literal["wgs84", "gcj02", "bd09"] = Field("wgs84", description="what its positions are in")
    timezone: str | None = Field(
        None, description="IANA name: times with a zone are converted to it; otherwise all are taken as local"
    )


SHIFTS: dict[str, list[str]] = {
    "day": ["07:00", "15:00"], "evening": ["15:00", "23:00"], "midnight": ["23:00", "07:00+1"],
    "白班": ["08:00", "20:00"], "夜班": ["20:00", "08:00+1"],
}  # fmt: skip
"""Parts of the day, unless the scenario says otherwise."""


class IncidentDemand(_Source):
    """Reported incidents; only place, time, category, number and origin are read."""

    kind: Literal["incidents"]
    file: str | None = Field(None, description="one file; or several under files")
    columns: Columns = Field(default_factory=lambda: Columns())
    crs: Literal["wgs84", "gcj02", "bd09"] = Field("wgs84", description="what its positions are in")
    timezone: str | None = Field(None, description="IANA name, as in files")
    files: list[IncidentFile] = Field(default_factory=list, description="files of several systems, fused")
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="category → weight; 0 leaves it out"
    )
    default_weight: float | None = Field(
        None, ge=0, description="weight of the categories not listed; by the table of harm unless told"
    )
    keep_discovered: bool = Field(False, description="keep what officers found themselves, where the file says so")
    bandwidth_m: Annotated[float, Field(gt=0, le=3000)] | Literal["auto"] = Field(
        250.0, description='how far along the streets one spreads, metres; "auto": by cross-validation'
    )
    bandwidth_min: Annotated[float, Field(gt=0, le=720)] | Literal["auto"] = Field(
        60.0, description='how far around its time of day, minutes; "auto": by cross-validation'
    )
    half_life_days: float | None = Field(
        None, gt=0, description="age at which an incident counts half; none: never"
    )
    other_weekdays: Share = Field(1.0, description="weight of incidents of other weekdays than the shift's")
    repeat_boost: float = Field(
        0.0, ge=0, description="extra weight of an incident just before the shift (series)"
    )
    repeat_days: float = Field(7.0, gt=0, description="days after which that extra has fallen to about a third")
    same_m: float = Field(50.0, ge=0, description="two reports of one incident: at most so far apart, metres")
    same_min: float = Field(30.0, ge=0, description="and at most so many minutes, in different files")
    shifts: dict[str, Annotated[list[ClockTime], Field(min_length=2, max_length=2)]] = Field(
        default_factory=dict, description="part of the day → [from, until], for the shift column"
    )
    max_bad_share: Share = Field(0.2, description="over this share of unreadable rows the run stops")

    @property
    def sources(self) -> list[IncidentFile]:
        """All files."""
        one = []
        if self.file is not None:
            one = [IncidentFile(file=self.file, columns=self.columns, crs=self.crs, timezone=self.timezone)]
        return one + self.files

    @property
    def parts_of_day(self) -> dict[str, tuple[int, int]]:
        """Lower-case name → minutes after midnight, from and until."""
        table = {name: [parse_time(t) for t in both] for name, both in SHIFTS.items()}
        table |= {name.lower(): list(both) for name, both in self.shifts.items()}
        return {name: (both[0], both[1]) for name, both in table.items()}


Demand = Annotated[FixedDemand | VenueDemand | IncidentDemand, Field(discriminator="kind")]


class SitePlace(_Part):
    """A place of the station's own list where teams may stop."""

    name: Name
    lat: Latitude
    lon: Longitude
    zone: str = Field("", description="its community")


class Sites(_Part):
    """Where teams may stop."""

    count: int = Field(100, ge=0, le=20000, description="places chosen from demand, besides the list")
    spacing_m: float = Field(100.0, ge=0, le=5000, description="least distance between chosen places, metres")
    list_: list[SitePlace] = Field(default_factory=list, alias="list", description="the station's own places")
    file: str | None = Field(None, description="CSV of more such places: name,lat,lon,zone")


class Model(_Part):
    """What a stop does and how long it lasts."""

    dwell_min: list[float] = Field([5, 10, 15, 20], min_length=1, max_length=20, description="dwell menu, minutes")
    dwell_effect: list[Share] = Field([0.30, 0.85, 1.0, 1.0], description="g of each dwell, 0 to 1")
    passage_effect: Share = Field(0.10, description="g of passing along a street")
    tau_min: float = Field(60.0, gt=0, le=10080, description="decay time of the effect, minutes")
    handling_min: list[Annotated[float, Field(gt=0, le=120)]] = Field([1, 3, 5], description="handling, minutes")
    sight_m: dict[Mode, Annotated[float, Field(ge=0, le=1000)]] = Field(
        default_factory=dict, description="sight radius by mode, metres"
    )

    def sight(self, mode: str) -> float:
        """Sight radius of a mode, metres."""
        return {**SIGHT_M, **{str(k): v for k, v in self.sight_m.items()}}[mode]


class Scenario(_Part):
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
    model: Model = Field(default_factory=lambda: Model())
    source: Path = Field(
        Path("scenario.yaml"), exclude=True, strict=False, description="the file itself", repr=False
    )

    @property
    def folder(self) -> Path:
        """Folder that relative file names start from."""
        return self.source.parent

    @property
    def clock(self) -> Clock:
        """The plan's clock."""
        seconds = (self.shift.end - self.shift.start) * 60
        return Clock(self.shift.start, seconds // self.shift.step_s, self.shift.step_s, self.shift.date)

    @property
    def speeds(self) -> dict[str, float]:
        """Speed of every mode, km/h."""
        return {**SPEEDS_KPH, **{str(k): v for k, v in self.speeds_kph.items()}}


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of scenario files."""
    schema = Scenario.model_json_schema()
    schema["properties"].pop("source")
    return schema


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from YAML or JSON.

    Raises
    ------
    ScenarioError
        With every fault of the file at once, each with file:line:column, value, rule and remedy.
    """
    path = Path(path)
    marked = load(path)
    if not isinstance(marked.data, dict):
        raise ScenarioError(Fault(f"{path}:1:1", "is no mapping of keys to values.", "Begin with: routeopt: 1"))
    data = {key: value for key, value in marked.data.items() if key != "source"}
    faults = []
    if "source" in marked.data:
        faults.append(_fault(path, marked, ("source",), 'unknown key "source".', "", key=True))
    try:
        scenario = Scenario.model_validate({**data, "source": path})
    except ValidationError as error:
        faults += [_translate(path, marked, dict(e)) for e in error.errors()]
        with contextlib.suppress(ValidationError):  # what can be judged alone is judged all the same
            shift = Shift.model_validate(data.get("shift"))
            faults += _check_shift(shift, lambda *fault: _fault(path, marked, *fault))
        raise ScenarioError(sorted(faults, key=_order)) from None
    faults += list(_cross_checks(scenario, path, marked))
    if faults:
        raise ScenarioError(sorted(faults, key=_order))
    return scenario


def _order(fault: Fault) -> list[int]:
    return [int(n) for n in fault.where.rsplit(":", 2)[1:] if n.isdigit()]


def _fault(path: Path, marked: Marked, place: Place, what: str, remedy: str = "", *, key: bool = False) -> Fault:
    line, column = marked.at(place, key=key)
    name = ".".join(f"{p}" for p in place)
    return Fault(f"{path}:{line}:{column}", f"{name}: {what}" if name else what, remedy)


RULES: dict[str, str] = {
    "missing": "is missing.",
    "string_type": "must be text.",
    "string_too_short": "must not be empty.",
    "int_type": "must be a whole number, without unit or quotes.",
    "int_from_float": "must be a whole number.",
    "float_type": "must be a number, without unit or quotes.",
    "finite_number": "must be a finite number.",
    "bool_type": "must be true or false.",
    "list_type": "must be a list.",
    "dict_type": "must be a mapping of names to values.",
    "model_type": "must be a mapping of keys to values.",
    "model_attributes_type": "must be a mapping of keys to values.",
    "date_from_datetime_parsing": "is no date. Write it as 2026-05-15.",
    "date_parsing": "is no date. Write it as 2026-05-15.",
    "union_tag_not_found": "needs kind: fixed, venues or incidents.",
    "union_tag_invalid": "is no kind of demand: it is fixed, venues or incidents.",
}
"""Pydantic's error types in a planner's words."""


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)


def _keys_at(place: Sequence[str | int]) -> list[str]:
    """Keys that the model at ``place`` knows."""
    model: type[BaseModel] = Scenario
    for part in place:
        if isinstance(part, int):
            continue
        fields = {(f.alias or n): f for n, f in model.model_fields.items()}
        kinds = {k: m for m, k in ((FixedDemand, "fixed"), (VenueDemand, "venues"), (IncidentDemand, "incidents"))}
        if part in fields:
            inner = list(_models(fields[part].annotation))
            if not inner:
                return []
            model = inner[0]
        elif part in kinds:
            model = kinds[part]
    return [f.alias or n for n, f in model.model_fields.items() if n != "source"]


def _translate(path: Path, marked: Marked, error: dict[str, Any]) -> Fault:
    """One of pydantic's errors with its place in the file and a remedy."""
    full: Place = tuple(error["loc"])
    kinds = ("fixed", "venues", "incidents")
    place = tuple(p for n, p in enumerate(full) if not (n == 2 and full[0] == "demand" and p in kinds))
    place = tuple(p for p in place if p != "[key]")
    kind, value = str(error["type"]), error.get("input")
    if kind == "extra_forbidden":
        near = nearest(str(place[-1]), _keys_at(full[:-1]))
        remedy = f'Maybe "{near}".' if near else f"Known are {', '.join(_keys_at(full[:-1]))}."
        return _fault(path, marked, place, "unknown key.", remedy, key=True)
    if kind in ("missing", "union_tag_not_found"):
        return _fault(path, marked, place, RULES[kind], f'Add "{place[-1]}: …".' if kind == "missing" else "")
    rule = RULES.get(kind) or str(error["msg"])
    remedy = ""
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
        near = nearest(str(value), re.findall(r"'([^']+)'", expected))
        rule, remedy = f"must be {expected}.", f'Maybe "{near}".' if near else ""
    elif kind in ("less_than_equal", "greater_than_equal", "greater_than", "less_than"):
        rule = str(error["msg"]).replace("Input should be", "must be") + "."
        if place[-1] == "lat":
            remedy = "Maybe lat and lon are swapped."
    elif kind == "too_short":
        rule, remedy = "has too few entries.", f"It needs at least {error['ctx']['min_length']}."
    elif kind in ("float_type", "int_type") and isinstance(value, str):
        number = re.match(r"^\s*([-+]?[\d.]+)", value)
        remedy = f"Maybe {number[1]}." if number else ""
    shown = "" if isinstance(value, (dict, list)) else f'"{value}" ' if isinstance(value, str) else f"{value} "
    return _fault(path, marked, place, f"{shown}{rule}", remedy)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like ``word``, if any is."""
    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return found[0] if found else None


def _cross_checks(s: Scenario, path: Path, marked: Marked) -> Iterator[Fault]:
    """Rules that span several keys."""

    def fault(place: Place, what: str, remedy: str = "") -> Fault:
        return _fault(path, marked, place, what, remedy)

    yield from _check_shift(s.shift, fault)
    given = [k for k in ("file", "place", "bbox", "polygon") if getattr(s.streets, k) is not None]
    if len(given) != 1:
        what = f"has {' and '.join(given)}." if given else "says not where streets come from."
        yield fault(("streets",), what, "Give exactly one of file, place, bbox, polygon.")
    if s.streets.bbox is not None:
        south, west, north, east = s.streets.bbox
        if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
            yield fault(("streets", "bbox"), f"{s.streets.bbox} is no area.", "Write [south, west, north, east].")
    posts = [p.name for p in s.posts]
    yield from _duplicates(fault, ("posts",), "post", posts)
    yield from _duplicates(fault, ("teams",), "team", [t.name for t in s.teams])
    yield from _duplicates(fault, ("sites", "list"), "site", [p.name for p in s.sites.list_])
    for n, team in enumerate(s.teams):
        for key, post in (("start", team.start), ("end", team.end)):
            if post is not None and post not in posts:
                near = nearest(post, posts)
                remedy = f'Maybe "{near}".' if near else f"Posts are {', '.join(posts)}."
                yield fault(("teams", n, key), f'team "{team.name}": there is no post "{post}".', remedy)
        yield from _check_window(
            s, fault, ("teams", n), f'team "{team.name}"', team.from_, team.until, within=True
        )
    for d, source in enumerate(s.demand):
        place: Place = ("demand", d)
        if isinstance(source, IncidentDemand):
            yield from _check_incidents(source, fault, place)
        if isinstance(source, FixedDemand):
            yield from _duplicates(fault, (*place, "entries"), "entry", [e.name for e in source.entries])
            if not source.entries and source.file is None:
                yield fault(place, "fixed demand without entries.", "Give entries or file.")
            for n, e in enumerate(source.entries):
                yield from _check_window(
                    s, fault, (*place, "entries", n), f'entry "{e.name}"', e.from_, e.until, within=False
                )
    m = s.model
    if len(m.dwell_min) != len(m.dwell_effect):
        yield fault(
            ("model", "dwell_effect"), f"has {len(m.dwell_effect)} values for {len(m.dwell_min)} dwells.",
            "Give one effect for each dwell.",
        )  # fmt: skip
    if sorted(set(m.dwell_min)) != m.dwell_min or sorted(m.dwell_effect) != m.dwell_effect:
        yield fault(("model", "dwell_min"), "dwells must rise, and effects must not fall.", "Sort both.")
    for dwell in m.dwell_min:
        if dwell * 60 < s.shift.step_s or (dwell * 60) % s.shift.step_s:
            yield fault(
                ("model", "dwell_min"), f"{dwell:g} min is no whole number of steps of {s.shift.step_s} s.",
                "Change the dwell or shift: step_s.",
            )  # fmt: skip


def _check_incidents(source: IncidentDemand, fault: Any, place: Place) -> Iterator[Fault]:
    if not source.sources:
        yield fault(place, "incidents without a file.", "Give file, or files.")
    for name, (begin, until) in source.parts_of_day.items():
        if until <= begin:
            yield fault(
                (*place, "shifts", name), f"ends {text_of(until)} before it begins {text_of(begin)}.",
                f'Maybe write "{text_of(until)}+1".',
            )  # fmt: skip
    for n, one in enumerate(source.sources):
        if one.timezone is not None and one.timezone not in zoneinfo.available_timezones():
            near = nearest(one.timezone, zoneinfo.available_timezones())
            where = (
                (*place, "timezone")
                if source.file and n == 0
                else (*place, "files", n - bool(source.file), "timezone")
            )
            yield fault(where, f'"{one.timezone}" is no time zone.', f'Maybe "{near}".' if near else "")


def _check_shift(shift: Shift, fault: Any) -> Iterator[Fault]:
    start, end = shift.start, shift.end
    if end <= start:
        later = f"{end // 60 + 24}:{end % 60:02d}"
        same = f"{end // 60:02d}:{end % 60:02d}+1"
        yield fault(
            ("shift", "end"), f"ends {text_of(end)} before it starts {text_of(start)}.",
            f'Maybe write "{same}" or "{later}".',
        )  # fmt: skip
    elif end - start > 24 * 60:
        yield fault(("shift", "end"), "the shift is longer than a day.", "Plan it in parts.")
    elif ((end - start) * 60) % shift.step_s or (60 % shift.step_s and shift.step_s % 60):
        yield fault(
            ("shift", "step_s"), f"{shift.step_s} s must divide a minute (or be whole minutes) and the shift.",
            "Maybe 60.",
        )  # fmt: skip


def text_of(minutes: int) -> str:
    """Minutes after midnight as the planner writes them."""
    return f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}" + ("+1" if minutes >= 1440 else "")


def _duplicates(fault: Any, place: Place, kind: str, names: list[str]) -> Iterator[Fault]:
    for n, name in enumerate(names):
        if name in names[:n]:
            yield fault((*place, n, "name"), f'{kind} "{name}" is there twice.', "Rename one of them.")


def _check_window(
    s: Scenario, fault: Any, place: Place, who: str, begin: int | None, end: int | None, *, within: bool
) -> Iterator[Fault]:
    """A window must end after it begins and lie within the shift, or at least touch it."""
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return  # the shift itself is the fault
    a, b = first if begin is None else begin, last if end is None else end
    if b <= a:
        maybe = f'Maybe write "{text_of(b + 1440)}".' if b < 1440 else ""
        yield fault((*place, "until"), f"{who}: ends {text_of(b)} before it begins {text_of(a)}.", maybe)
    elif within and (a < first or b > last):
        yield fault(place, f"{who}: {text_of(a)} to {text_of(b)} is not inside the shift.", "Shorten it.")
    elif b <= first or a >= last:
        yield fault(
            place, f"{who}: {text_of(a)} to {text_of(b)} is outside every shift.",
            f"The shift is {text_of(first)} to {text_of(last)}; maybe add +1 for the day after.",
        )  # fmt: skip
