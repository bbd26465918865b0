"""Read the tracks of teams: GPX files and tables, a file for each team or a column that names it.

Columns of a table, in English or Chinese, in any order: team, time (or date and time), lat, lon; others are named
in a note and not read. A file without a column of teams belongs to the team that its track, or else the file, is
named after. Positions are WGS-84 unless a header or the caller says GCJ-02 or BD-09. Rows are told with their
place and the reason where they cannot be read, lie outside the plan's time, or say again what another row says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence import gpx
from routeopt.border import bordered
from routeopt.clock import DAY_S, Clock, Moment, in_zone, moment, seconds
from routeopt.coordinates import Crs, to_wgs84
from routeopt.demand.incidents import positions, sniff
from routeopt.demand.incidents.rows import first_few
from routeopt.demand.incidents.words import EXACT, words_of
from routeopt.errors import Fault, InputError, Message, MisreadError
from routeopt.exchange.done import HEADERS, sheets_of
from routeopt.problem.names import Names, shown_name

COLUMNS: dict[str, frozenset[str]] = {
    "team": frozenset({
        *HEADERS["team"], "callsign", "vehicle", "car", "unitname", "teamname", "呼号", "车辆", "队名",
    }),
    "date": frozenset(HEADERS["date"]),
    "time": frozenset({
        "time", "timestamp", "datetime", "gpstime", "utc", "utctime", "locationtime", "fixtime", "when", "at",
        "时间", "定位时间", "采集时间", "上报时间", "gps时间", "轨迹时间", "记录时间", "时间戳",
    }),
    "lat": frozenset({*EXACT["lat"], "gps纬度", "定位纬度"}),
    "lon": frozenset({*EXACT["lon"], "gps经度", "定位经度"}),
}  # fmt: skip
"""Key → headers, in lower case without spaces, signs and what stands in brackets."""
SUFFIXES = frozenset({".gpx", ".csv", ".tsv", ".txt", ".xlsx", ".html", ".htm"})
DATUM: tuple[tuple[re.Pattern[str], Crs], ...] = (
    (re.compile(r"gcj|火星|高德|amap"), "gcj02"), (re.compile(r"bd-?_?09|百度|baidu"), "bd09"),
    (re.compile(r"wgs"), "wgs84"),
)  # fmt: skip
"""What a header says of the datum."""
MOST_BAD = 0.2
"""A file is refused where more than this share of its rows cannot be read."""
DEPTH = 30
"""Lines among which the header is looked for."""


class Row(NamedTuple):
    """A fix as written."""

    path: Path
    line: int
    team: str
    """As written; "" where the file has no column of teams, nor a name of the track."""
    time: str
    lat: str
    lon: str
    crs: Crs | None
    """As a header says."""


@dataclass(frozen=True)
class Track:
    """The fixes of one team in time order, no two at one time; arrays of shape (n,)."""

    team: int
    time_s: NDArray[np.float64]
    """Seconds from the plan's start, inside the plan."""
    lat: NDArray[np.float64]
    """WGS-84."""
    lon: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time_s)

    def where(self, rows: NDArray[np.bool_]) -> Track:
        """Select fixes."""
        return Track(self.team, self.time_s[rows], self.lat[rows], self.lon[rows])


@dataclass(frozen=True)
class Tracks:
    """The tracks of a night, by team; and what was left out."""

    tracks: tuple[Track, ...]
    notes: tuple[Message, ...]
    date: dt.date | None
    """The day that the plan's start was read as; None where no fix names a day."""


@bordered()
def read_tracks(
    folder: Path, clock: Clock, teams: Sequence[str], crs: Crs | None = None,
    shift_s: Mapping[int, float] | None = None, team: int | None = None,
) -> Tracks:  # fmt: skip
    """Read all tracks of a folder, or one file.

    Parameters
    ----------
    clock
        Of the plan. Without a day the fixes' own is taken.
    teams
        Names of the plan's teams.
    crs
        Datum of the positions; without, what headers say, else WGS-84.
    shift_s
        Team → seconds that are added to its times, for clocks that go wrong.
    team
        Whose the fixes are that name no team; without, the file's name tells.

    Raises
    ------
    InputError
        If there are no tracks, a file is no table of fixes or no GPX, more than `MOST_BAD` of its rows cannot be
        read, a team is unknown, or no fix lies in the plan's time; lists all faults.
    """
    notes: list[Message] = []
    faults: list[Fault] = []
    rows: list[Row] = []
    for path in _files(folder, notes):
        try:
            own = list(_rows(path, notes))
            if not own:
                faults.append(Fault("RO-778", path))
            rows += own
        except InputError as error:
            faults += error.faults
    team_of = _Teams(teams, team)
    fixes = [fix for fix in (_fix(row, team_of, crs) for row in rows) if fix is not None]
    faults += team_of.faults
    found = _read(fixes, notes, faults)
    if faults:
        raise InputError(faults)
    clock, when = _in_plan(found, clock, notes)
    return Tracks(tuple(_tracks(found, when, clock, teams, shift_s or {}, notes)), tuple(notes), clock.date)


def _files(folder: Path, notes: list[Message]) -> list[Path]:
    """List the files of tracks; others are named in a note."""
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError(Fault("RO-770", folder))
    every = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith((".", "~"))]

    def suffix(path: Path) -> str:
        return Path(path.name.lower().removesuffix(".gz")).suffix

    other = [path.name for path in every if suffix(path) not in SUFFIXES]
    if other:
        notes.append(Message("tracks-other-files", names=first_few(other)))  # type: ignore[arg-type]
    kept = [path for path in every if suffix(path) in SUFFIXES]
    if not kept:
        raise InputError(Fault("RO-770", folder))
    return kept


def _rows(path: Path, notes: list[Message]) -> Iterator[Row]:
    """Yield the fixes of a file as written."""
    raw = sniff.unpacked(path)
    if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|gpx)", raw[:200]) or ".gpx" in path.name.lower():
        for point in gpx.points(path, raw):
            yield Row(path, point.line, point.name, point.time, point.lat, point.lon, None)
        return
    read, best = 0, set(COLUMNS)
    for _name, lines in sheets_of(path, "RO-772", names=["lat", "lon", "time"]):
        columns: dict[str, int] | None = None
        crs: Crs | None = None
        for seen, (line, cells) in enumerate(lines):
            if columns is None:
                columns = _columns(cells)
                missing = {"time", "lat", "lon"} - set(columns)
                if missing:
                    best = min(best, missing, key=len)
                    columns = None
                    if seen >= DEPTH:
                        break
                    continue
                read += 1
                crs = _crs_of([cells[k] for k in columns.values()])
                left = [name.strip() for k, name in enumerate(cells) if name.strip() and k not in columns.values()]
                if left:
                    notes.append(Message("done-ignored", file=path.name, names=left))
                continue
            told = {key: cells[at].strip() if at < len(cells) else "" for key, at in columns.items()}
            if any(told.get(key) for key in ("time", "lat", "lon")):
                when = f"{told.get('date', '')} {told['time']}".strip()
                yield Row(path, line, told.get("team", ""), when, told["lat"], told["lon"], crs)
    if not read:
        raise InputError(Fault("RO-772", path, names=sorted(best & {"time", "lat", "lon"})))


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Key → column of what may be a header."""
    found: dict[str, int] = {}
    for column, cell in enumerate(cells):
        name = words_of(cell).replace(" ", "")
        bare = re.sub(r"gcj0?2|bd0?9|wgs84?|火星|百度|高德", "", name)
        for key, names in COLUMNS.items():
            if name in names or bare in names:
                found.setdefault(key, column)
    if "date" in found and "time" not in found:  # a column of dates that have a time of day
        found["time"] = found.pop("date")
    return found


def _crs_of(names: Sequence[str]) -> Crs | None:
    text = " ".join(names).casefold()
    return next((crs for pattern, crs in DATUM if pattern.search(text)), None)


class _Teams:
    """The teams that files name: by column or name of the track, else the one given, or by the file's own name."""

    def __init__(self, names: Sequence[str], given: int | None = None) -> None:
        self.names, self.known, self.given = names, Names("team", names), given
        self.faults: list[Fault] = []
        self.seen: dict[tuple[Path, str], int | None] = {}

    def of(self, row: Row) -> int | None:
        """Return the team of a row; None, and a fault for the first row of each name, without one."""
        key = row.path, row.team
        if key not in self.seen:
            stem = row.path.name.split(".")[0]
            own = [stem, re.sub(r"^\d+[-_ ]", "", stem)] if self.given is None else [self.names[self.given]]
            said = [row.team, *(own if self._file_names(row) else [])]
            found = [n for name in said if name and (n := self._index(name)) is not None]
            self.seen[key] = found[0] if found else None
            if not found:
                name = shown_name(row.team or stem)
                self.faults.append(Fault("RO-771", row.path, row.line, name=name, known=list(self.names)))
        return self.seen[key]

    def _file_names(self, row: Row) -> bool:
        """Whether the file's name may tell the team: not where a column does."""
        return not row.team or ".gpx" in row.path.name.lower()

    def _index(self, name: str) -> int | None:
        try:
            return self.known.index(name)
        except MisreadError:
            return None


class _Fix(NamedTuple):
    """A fix that was read, or why it was not."""

    row: Row
    team: int
    when: str | dt.datetime
    lat: float
    lon: float
    crs: Crs
    why: str
    """Code of the fault; "" for none."""


def _fix(row: Row, teams: _Teams, crs: Crs | None) -> _Fix | None:
    """Read a row's team and position; None where the team is unknown."""
    team = teams.of(row)
    if team is None:
        return None
    lat, lon = positions.number(row.lat), positions.number(row.lon)
    why = "" if abs(lat) <= 90 and abs(lon) <= 180 and (lat or lon) else "RO-775"
    when: str | dt.datetime = row.time
    digits = re.fullmatch(r"(\d{10})(\d{3})?(?:\.\d+)?", row.time)
    if digits:  # seconds, or milliseconds, since 1970
        when = dt.datetime.fromtimestamp(int(digits[1]), dt.UTC)
    return _Fix(row, team, when, lat, lon, crs or row.crs or "wgs84", why)


def _read(
    fixes: Sequence[_Fix], notes: list[Message], faults: list[Fault]
) -> list[tuple[_Fix, Moment | dt.datetime]]:
    """Read the times; tell the rows that cannot be read, and refuse files that have too many."""
    found: list[tuple[_Fix, Moment | dt.datetime]] = []
    bad: dict[Path, list[Fault]] = defaultdict(list)
    count = Counter(fix.row.path for fix in fixes)
    for fix in fixes:
        row = fix.row
        if fix.why:
            bad[row.path].append(Fault(fix.why, row.path, row.line, lat=row.lat[:40], lon=row.lon[:40]))
            continue
        try:
            found.append((fix, _moment(fix.when)))
        except MisreadError:
            bad[row.path].append(Fault("RO-776", row.path, row.line, value=row.time[:40]))
    for path, own in bad.items():
        if len(own) > MOST_BAD * count[path]:
            faults += [*own[:5], Fault("RO-774", path, bad=len(own), count=count[path], most=MOST_BAD)]
            continue
        for code in ("RO-775", "RO-776"):
            lines = [fault.line for fault in own if fault.code == code and fault.line is not None]
            if lines:
                kind = "tracks-bad-position" if code == "RO-775" else "tracks-bad-time"
                notes.append(Message(kind, file=path.name, count=len(lines), lines=first_few(lines)))
    return found


def _moment(when: str | dt.datetime) -> Moment | dt.datetime:
    """Return a time with an offset from UTC as such, others as they are written."""
    try:
        whole = when if isinstance(when, dt.datetime) else dt.datetime.fromisoformat(when)
    except ValueError:
        return moment(when)
    if not dt.MINYEAR < whole.year < dt.MAXYEAR:  # on another clock it may be outside the calendar
        raise MisreadError("RO-560", value=when)
    return whole if whole.tzinfo is not None else moment(whole)


def _in_plan(
    found: Sequence[tuple[_Fix, Moment | dt.datetime]], clock: Clock, notes: list[Message]
) -> tuple[Clock, list[float]]:
    """Return the plan's clock with its day, and the fixes' seconds from its start."""
    zoned = [value for _fix, value in found if isinstance(value, dt.datetime)]
    zone = None
    if zoned and clock.timezone is None:
        zone = dt.datetime.now().astimezone().tzinfo
        notes.append(Message("tracks-zone", zone=zoned[0].astimezone(zone).strftime("UTC%z")))

    def on_clock(value: Moment | dt.datetime, clock: Clock) -> Moment:
        if isinstance(value, Moment):
            return value
        return moment(in_zone(value if zone is None else value.astimezone(zone).replace(tzinfo=None), clock))

    if clock.date is None:
        days = [m for m in (on_clock(value, clock) for _fix, value in found) if m.day is not None]
        if days:
            middle_s = clock.start_min * 60 + clock.duration_s / 2 - DAY_S / 2
            at = float(np.median([m.day.toordinal() * DAY_S + m.time_s for m in days if m.day is not None]))
            clock = replace(clock, date=dt.date.fromordinal(int((at - middle_s) // DAY_S)))
            notes.append(Message("tracks-day", date=clock.date))
    middle = clock.start_min * 60 + clock.duration_s // 2
    times = []
    for _one, value in found:
        when = on_clock(value, clock)
        if when.day is not None or when.absolute:
            times.append(float(seconds(when, clock, days=True, inside=False)))
        else:  # the day on which it lies nearest to the plan
            near = min((when.time_s, when.time_s + DAY_S), key=lambda t: abs(t - middle))
            times.append(float(near - clock.start_min * 60))
    return clock, times


def _tracks(
    found: Sequence[tuple[_Fix, Moment | dt.datetime]], when: Sequence[float], clock: Clock, teams: Sequence[str],
    shift_s: Mapping[int, float], notes: list[Message],
) -> Iterator[Track]:  # fmt: skip
    """Yield each team's track: in order, inside the plan, no fix twice."""
    team = np.array([fix.team for fix, _value in found], dtype=np.int64)
    time_s = np.array(when, dtype=np.float64) + np.array([shift_s.get(int(t), 0.0) for t in team])
    lat, lon = (np.array([getattr(fix, key) for fix, _value in found], dtype=np.float64) for key in ("lat", "lon"))
    datum = np.array([fix.crs for fix, _value in found], dtype=object)
    for crs in ("gcj02", "bd09"):
        own = datum == crs
        lat[own], lon[own] = to_wgs84(lat[own], lon[own], crs)
    inside = (time_s >= 0) & (time_s <= clock.duration_s)
    if not inside.any():
        edges = (float(time_s.min(initial=np.inf)), float(time_s.max(initial=-np.inf)))
        if not np.isfinite(edges).all():
            raise InputError(Fault("RO-770", "--tracks"))
        begin, end = (clock.exact(int(edge)) for edge in edges)
        first, last = clock.text(0), clock.text(clock.duration_s)
        day = clock.date or "–"
        raise InputError(Fault("RO-777", "--tracks", begin=begin, end=end, first=first, last=last, day=day))
    if not inside.all():
        notes.append(Message("tracks-outside", count=int((~inside).sum()), of=len(inside)))
    for n, name in enumerate(teams):
        rows = np.flatnonzero((team == n) & inside)
        if not len(rows):
            continue
        late = int((np.diff(time_s[rows]) < 0).sum())
        rows = rows[np.argsort(time_s[rows], kind="stable")]
        again = np.append(False, np.diff(time_s[rows]) == 0)
        same = np.append(False, (np.diff(lat[rows]) == 0) & (np.diff(lon[rows]) == 0))
        for code, count in (
            ("tracks-order", late), ("tracks-twice", int((again & same).sum())),
            ("tracks-two-places", int((again & ~same).sum())),
        ):  # fmt: skip
            if count:
                notes.append(Message(code, team=name, count=count))
        rows = rows[~again]
        yield Track(n, time_s[rows], lat[rows], lon[rows])
