"""Read incidents: place, time and category, from several files fused into one list.

Only the columns that the scenario names (or the header gives away) are read: position, time, category, number and
origin. No name, phone or text gets past the parser, and the number no further than the search for duplicates.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from routeopt.coordinates import Crs, from_wgs84, in_china, to_wgs84
from routeopt.demand.incidents.columns import BLANK, COARSE, DISCOVERED, OWN_WORK, choose_columns
from routeopt.demand.incidents.harm import default_weight
from routeopt.demand.incidents.tables import Table, read_table
from routeopt.demand.incidents.times import joined, parse_times
from routeopt.demand.phrases import SEMICOLON, SENTENCES, chained
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.model import IncidentDemand, IncidentFile
from routeopt.streets.network import StreetNetwork, local_xy, project, snap

SHOWN = 5
"""Largest number of rows that a message lists."""
SNAP_LIMIT_M = 100.0
"""Incidents further from every street are left out, metres."""
DAY_MIN = 1440
NO_POSITION = "row-no-position"
"""Code of the reason for rows without a position."""
MOST_BLANK = 0.5
"""Up to this share, rows without a position count as not located rather than unreadable."""
FEW = 3
"""Rarer categories are shown as `OTHER`, so that a cell that strayed into the column reaches no output."""
OTHER = "other"


@dataclass(frozen=True)
class Incidents:
    """Incidents that count; arrays of shape (n,)."""

    lat: NDArray[np.float64]
    """WGS-84."""
    lon: NDArray[np.float64]
    begin: NDArray[np.datetime64]
    """Start of the interval in which it happened, to the minute; NaT in a file without times."""
    length_min: NDArray[np.int64]
    """Length of that interval; 0 if the time is known."""
    known: NDArray[np.datetime64]
    """Earliest time at which it was known: its report if the file has it, else the interval's end."""
    category: NDArray[np.int32]
    weight: NDArray[np.float64]
    file: NDArray[np.int32]
    """Index into the source's files."""
    line: NDArray[np.int64]
    """Line (or feature) of that file."""
    categories: tuple[str, ...]
    notes: tuple[Message, ...]

    def __len__(self) -> int:
        return len(self.lat)

    def where(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Incidents:
        """Select rows."""
        return Incidents(
            self.lat[rows], self.lon[rows], self.begin[rows], self.length_min[rows], self.known[rows],
            self.category[rows], self.weight[rows], self.file[rows], self.line[rows], self.categories, self.notes,
        )  # fmt: skip

    def shown_categories(self) -> tuple[str, ...]:
        """Return the categories' names for output; rare ones are `OTHER`."""
        count = np.bincount(self.category, minlength=len(self.categories))
        return tuple(name if count[n] >= FEW else OTHER for n, name in enumerate(self.categories))


@dataclass(frozen=True)
class Located:
    """Incidents on the streets."""

    incidents: Incidents
    segment: NDArray[np.int32]
    notes: tuple[Message, ...]


def read_incidents(source: IncidentDemand, folder: Path, progress: Progress | None = None) -> Incidents:
    """Read all files of the source and fuse them.

    Raises
    ------
    DemandError
        If a file or its columns cannot be read, more rows than ``max_bad_share`` are unreadable, or no incident
        counts.
    """
    parts = [_read(folder / one.file, one, source, progress) for one in source.sources]
    notes = [note for part in parts for note in part.notes]
    names = sorted({name for part in parts for name in part.category})
    index = {name: n for n, name in enumerate(names)}
    file = np.concatenate([np.full(len(part.lat), n, dtype=np.int32) for n, part in enumerate(parts)])
    category = np.array([index[name] for part in parts for name in part.category], dtype=np.int32)
    lat, lon = (np.concatenate([getattr(part, key) for part in parts]) for key in ("lat", "lon"))
    begin = np.concatenate([part.begin for part in parts])
    length = np.concatenate([part.length_min for part in parts])
    known = np.concatenate([part.known for part in parts])
    line = np.concatenate([part.line for part in parts])
    weights, unknown = _weights(source, names)
    shown = Counter({n: int((category == index[n]).sum()) for n in unknown}).most_common(SHOWN)
    listed = [
        Message("incidents-category", name=name or Message("incidents-blank"), count=count)
        for name, count in shown
        if count >= FEW
    ]
    if unknown and any(name for name in unknown) and listed:
        notes.append(Message("incidents-unknown", categories=listed))
    keep = weights[category] > 0 if len(names) else np.zeros(0, dtype=np.bool_)
    if not keep.all():
        notes.append(Message("incidents-weightless", count=int((~keep).sum())))
    first = _first_of_each(np.concatenate([part.number for part in parts]))
    twice = int((keep & ~first).sum())
    if twice:
        where = _lines(source, file, line, keep & ~first)
        notes.append(Message("incidents-repeated", count=twice, lines=where))
    keep &= first
    if len(parts) > 1:
        again = _again(lat, lon, begin, category, file, keep, source)
        if again.any():
            notes.append(Message("incidents-two-files", count=int(again.sum())))
        keep &= ~again
    if not keep.any():
        path = folder / source.sources[0].file
        raise DemandError(Fault("RO-340", path))
    found = Incidents(
        lat, lon, begin, length, known, category, weights[category], file, line, tuple(names), tuple(notes)
    )  # fmt: skip
    return found.where(keep)


def locate(
    source: IncidentDemand,
    net: StreetNetwork,
    folder: Path,
    limit_m: float = SNAP_LIMIT_M,
    progress: Progress | None = None,
) -> Located:
    """Read the source's incidents and find those that lie on these streets.

    Raises
    ------
    DemandError
        As `read_incidents`, and if no incident lies near these streets.
    """
    found = read_incidents(source, folder, progress)
    if progress is not None:
        progress("finding their streets", 0.0)
    x, y = project(net, found.lat, found.lon)
    snapped = snap(net, x, y, None, limit_m)
    on = snapped.segment >= 0
    notes = list(found.notes)
    path = folder / source.sources[0].file
    datum = _wrong_datum(net, found, source, folder)
    if not on.any():
        hint = chained(SENTENCES, datum) or _elsewhere(net, found)
        raise DemandError(Fault("RO-341", path, hint=hint))
    if not on.all():
        where = _lines(source, found.file, found.line, ~on)
        values = {"count": int((~on).sum()), "share": float((~on).mean()), "limit": limit_m, "lines": where}
        notes.append(Message("incidents-far", file=path.name, **values))
    notes += datum
    return Located(found.where(on), snapped.segment[on], tuple(notes))


def _lines(
    source: IncidentDemand, file: NDArray[np.int32], line: NDArray[np.int64], rows: NDArray[np.bool_]
) -> Message | str:
    """List the first lines of some rows, file by file."""
    listed = []
    for n, one in enumerate(source.sources):
        own = line[rows & (file == n)]
        if len(own):
            listed.append(Message("incidents-lines", file=Path(one.file).name, lines=_first_few(own.tolist())))
    return chained(SEMICOLON, listed)


def _first_few(lines: list[int]) -> list[int | str]:
    """Return the first `SHOWN` lines, and an ellipsis if there are more."""
    return [*lines[:SHOWN], *(["…"] if len(lines) > SHOWN else [])]


def _elsewhere(net: StreetNetwork, found: Incidents) -> Message:
    """Hint if nothing is near: swapped columns, or another area."""
    inside = [
        (np.abs(x) < 1e5) & (np.abs(y) < 1e5)
        for x, y in (project(net, found.lat, found.lon), project(net, found.lon, found.lat))
    ]
    if inside[1].mean() > max(0.5, inside[0].mean()):
        return Message("hint-swapped-columns")
    return Message("hint-other-area")


def _wrong_datum(net: StreetNetwork, found: Incidents, source: IncidentDemand, folder: Path) -> list[Message]:
    """Hint at another datum that would bring a file's positions much nearer to the streets."""
    notes = []
    for n, one in enumerate(source.sources):
        rows = np.flatnonzero((found.file == n) & in_china(found.lat, found.lon))[:2000]
        if len(rows) < 20:
            continue
        others: list[Crs] = [c for c in ("wgs84", "gcj02", "bd09") if c != one.crs]
        lat, lon = found.lat[rows], found.lon[rows]
        if one.crs != "wgs84":  # back to what the file says
            lat, lon = from_wgs84(lat, lon, one.crs)
        away = {
            crs: float(np.median(snap(net, *project(net, *to_wgs84(lat, lon, crs)), None, 1e9).distance_m))
            for crs in (one.crs, *others)
        }
        best = min(others, key=lambda crs: away[crs])
        if away[one.crs] > 8.0 and away[best] < 0.4 * away[one.crs]:
            moved_lat, moved_lon = to_wgs84(lat, lon, best)
            kept_lat, kept_lon = to_wgs84(lat, lon, one.crs)
            dx, dy = local_xy(moved_lat, moved_lon, float(kept_lat.mean()), float(kept_lon.mean()))
            kx, ky = local_xy(kept_lat, kept_lon, float(kept_lat.mean()), float(kept_lon.mean()))
            metres = float(np.median(np.hypot(dx - kx, dy - ky)))
            notes.append(
                Message(
                    "incidents-datum", file=(folder / one.file).name, away=away[one.crs], crs=one.crs,
                    better=away[best], other=best, moved=metres,
                )
            )  # fmt: skip
    return notes


@dataclass(frozen=True)
class _Part:
    """One file's readable rows."""

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    begin: NDArray[np.datetime64]
    length_min: NDArray[np.int64]
    known: NDArray[np.datetime64]
    line: NDArray[np.int64]
    category: list[str]
    number: NDArray[np.object_]
    notes: list[Message]


def _read(path: Path, one: IncidentFile, source: IncidentDemand, progress: Progress | None) -> _Part:
    say = None if progress is None else functools.partial(progress, f"reading {path.name}")
    table = read_table(path, choose_columns(one), say)
    n = len(table.line)
    why = np.full(n, "", dtype=object)
    lat, lon = _numbers(table.cells["lat"]), _numbers(table.cells["lon"])
    blank = np.array([a.lower() in BLANK and b.lower() in BLANK for a, b in zip(*_pair(table), strict=True)])
    why[np.isnan(lat) | np.isnan(lon)] = "row-no-numbers"
    why[blank] = NO_POSITION
    nowhere = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | ((lat == 0) & (lon == 0))
    if (np.abs(lat) > 90).mean() > 0.5 and (np.abs(lon) <= 90).mean() > 0.5:
        wrong = float(lat[np.abs(lat) > 90][0])
        raise DemandError(Fault("RO-342", path, got=wrong, lat=table.columns["lon"], lon=table.columns["lat"]))
    why[nowhere & (why == "")] = "row-nowhere"
    notes = list(table.notes)
    begin, length, known = _when(path, table, one, source, why, notes)
    bad = why != ""
    unread = bad & (why != NO_POSITION) if blank.mean() <= MOST_BLANK else bad
    n_bad, n_all = int(unread.sum()) + len(table.short), n + len(table.short)
    faults = [Fault("RO-343", path, line, reason=Message("row-short")) for line in table.short[:SHOWN]]
    faults += [
        Fault("RO-343", path, table.line[k], reason=Message(why[k])) for k in np.flatnonzero(unread)[:SHOWN]
    ]
    if n_bad > source.max_bad_share * n_all:
        total = Fault("RO-344", path, bad=n_bad, count=n_all, most=source.max_bad_share)
        raise DemandError([*faults[:SHOWN], total])
    if n_bad:
        kinds = Counter(str(w) for w in why[unread])
        kinds["row-short"] += len(table.short)
        reasons = [
            Message("incidents-reason", count=count, reason=Message(code))
            for code, count in kinds.most_common()
            if count
        ]
        lines = [*(fault.line for fault in faults[:SHOWN]), *(["…"] if n_bad > SHOWN else [])]
        notes.append(
            Message(
                "incidents-unread", file=path.name, count=n_bad, reasons=chained(SEMICOLON, reasons), lines=lines
            )
        )
    if (bad & ~unread).any():
        some = [table.line[k] for k in np.flatnonzero(bad & ~unread)]
        values = {"count": len(some), "share": len(some) / n_all, "lines": _first_few(some)}
        notes.append(Message("incidents-no-position", file=path.name, **values))
    ok = ~bad
    if "precision" in table.cells and not source.keep_coarse:
        coarse = np.array([bool(COARSE.match(text)) for text in table.cells["precision"]])
        if (ok & coarse).any():
            notes.append(Message("incidents-coarse", file=path.name, count=int((ok & coarse).sum())))
        ok &= ~coarse
    own = [(key, pattern) for key, pattern in (("origin", DISCOVERED), ("type", OWN_WORK)) if key in table.cells]
    if own and not source.keep_discovered:
        found = np.zeros(n, dtype=np.bool_)
        for key, pattern in own:
            said = {text: bool(pattern.search(text)) for text in set(table.cells[key])}
            found |= np.array([said[text] for text in table.cells[key]], dtype=np.bool_)
        if (ok & found).any():
            notes.append(Message("incidents-discovered", file=path.name, count=int((ok & found).sum())))
        ok &= ~found
    named = [f"{key}: {name}" for key, name in table.columns.items()]
    notes.insert(0, Message("incidents-read", file=path.name, count=int(ok.sum()), columns=named))
    wgs = to_wgs84(lat[ok], lon[ok], one.crs)
    category = table.cells.get("type", [""] * n)
    number = np.array(table.cells.get("id", [""] * n), dtype=object)
    return _Part(
        wgs[0],
        wgs[1],
        begin[ok],
        length[ok],
        known[ok],
        np.array(table.line, dtype=np.int64)[ok],
        [c for c, o in zip(category, ok, strict=True) if o],
        number[ok],
        notes,
    )


def _pair(table: Table) -> tuple[list[str], list[str]]:
    return table.cells["lat"], table.cells["lon"]


def _numbers(texts: list[str]) -> NDArray[np.float64]:
    """Parse numbers; NaN for other texts."""
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        return np.array([_number(text) for text in texts])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _when(
    path: Path,
    table: Table,
    one: IncidentFile,
    source: IncidentDemand,
    why: NDArray[np.object_],
    notes: list[Message],
) -> tuple[NDArray[np.datetime64], NDArray[np.int64], NDArray[np.datetime64]]:
    """Find every row's interval (begin and length) and when it was known; fills ``why`` for unreadable ones."""
    n = len(table.line)
    length = np.zeros(n, dtype=np.int64)
    if "time" not in table.cells:
        notes.append(Message("incidents-no-time", file=path.name))
        never = np.full(n, np.datetime64("NaT", "m"))
        return never, length, never
    texts = table.cells["time"]
    if "reported" in table.cells:
        texts = [a or b for a, b in zip(texts, table.cells["reported"], strict=True)]
    if "date" in table.cells or "clock" in table.cells:
        texts = joined(texts, table.cells.get("date"), table.cells.get("clock"))
    times = parse_times(texts, one.timezone)
    if len(times.zones) > 1 and one.timezone is None:
        endings = [f'"{zone}"' if zone else Message("incidents-no-ending") for zone in times.zones]
        rare = Counter(times.zone[~np.isnat(times.value)].tolist()).most_common()[-1][0]
        line = table.line[int(np.flatnonzero(times.zone == rare)[0])]
        raise DemandError(Fault("RO-345", path, line, name=table.columns["time"], endings=endings))
    if times.zones and times.zones != ("",) and one.timezone is None:
        notes.append(Message("incidents-zone", file=path.name, ending=times.zones[0]))
    begin = times.value.copy()
    none = np.isnat(begin)
    why[none & (why == "")] = "row-no-time"
    why[times.dateless & none] = "row-no-date"
    if not times.american:
        notes.append(Message("incidents-day-first", file=path.name))
    if "end" in table.cells:
        ends = parse_times(table.cells["end"], one.timezone)
        span = (ends.value - begin).astype("timedelta64[m]").astype(np.int64)
        sound = ~np.isnat(ends.value) & ~none & ends.clock & (span > 0)
        length[sound] = span[sound]
    clockless = ~times.clock & ~none
    if clockless.any():
        parts = source.parts_of_day
        shift = [text.lower() for text in table.cells.get("shift", [""] * n)]
        window = np.array([parts.get(text, (0, DAY_MIN)) for text in shift], dtype=np.int64).reshape(-1, 2)
        known = np.array([text in parts for text in shift])
        begin[clockless] += window[clockless, 0].astype("timedelta64[m]")
        length[clockless] = window[clockless, 1] - window[clockless, 0]
        n_known = int((clockless & known).sum())
        counts = {"count": int(clockless.sum()), "placed": n_known}
        notes.append(Message("incidents-date-only", file=path.name, **counts))
    known = begin + length.astype("timedelta64[m]")
    if "reported" in table.cells:
        reported = parse_times(table.cells["reported"], one.timezone).value
        known = np.where(reported > known, reported, known)  # False for NaT
    return begin, length, known


def _weights(source: IncidentDemand, names: list[str]) -> tuple[NDArray[np.float64], list[str]]:
    """Find the weight of every category, and the categories missing from every table."""
    given = {name.strip().lower(): weight for name, weight in source.weights.items()}
    weights, unknown = np.ones(len(names)), []
    for n, name in enumerate(names):
        if name.lower() in given:
            weights[n] = given[name.lower()]
        elif source.default_weight is not None:
            weights[n] = source.default_weight
        else:
            harm = default_weight(name)
            if harm is None:
                unknown.append(name)
            else:
                weights[n] = harm
    return weights, unknown


def _first_of_each(number: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Mark rows whose number no earlier row has; rows without a number are True."""
    _, first = np.unique(number.astype(str), return_index=True)
    found = np.zeros(len(number), dtype=np.bool_)
    found[first] = True
    blank: NDArray[np.bool_] = np.array([text == "" for text in number], dtype=np.bool_)
    return found | blank


def _again(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    begin: NDArray[np.datetime64],
    category: NDArray[np.int32],
    file: NDArray[np.int32],
    keep: NDArray[np.bool_],
    source: IncidentDemand,
) -> NDArray[np.bool_]:
    """Mark incidents that an earlier file has already: same category, near in place and time."""
    again = np.zeros(len(lat), dtype=np.bool_)
    rows = np.flatnonzero(keep & ~np.isnat(begin))
    if len(rows) == 0:
        return again
    x, y = local_xy(lat[rows], lon[rows], float(lat[rows].mean()), float(lon[rows].mean()))
    minute = begin[rows].astype(np.int64).astype(np.float64)
    minute -= minute.min()
    # metres and minutes in one space: a box of 1 around each
    scaled = np.column_stack(
        [x / max(source.same_m, 1e-3), y / max(source.same_m, 1e-3), minute / max(source.same_min, 1e-3)]
    )
    pairs = cKDTree(scaled).query_pairs(np.sqrt(2.0) + 1e-9, output_type="ndarray")
    a, b = rows[pairs[:, 0]], rows[pairs[:, 1]]
    near = np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]]) <= source.same_m
    near &= np.abs(minute[pairs[:, 0]] - minute[pairs[:, 1]]) <= source.same_min
    near &= (category[a] == category[b]) & (file[a] != file[b])
    again[np.where(file[a] > file[b], a, b)[near]] = True
    return again
