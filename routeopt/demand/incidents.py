"""Incidents from CSV: where and at what time of day they were reported, by category.

Only the columns that the scenario names are read: position, time, category. No name, phone, number or text.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from routeopt.clock import Clock
from routeopt.demand.rates import Rates
from routeopt.demand.spread import kernel
from routeopt.errors import DemandError, Fault
from routeopt.scenario import IncidentDemand, nearest
from routeopt.streets.network import StreetNetwork, project, snap

BINS = 96
"""Quarters of an hour in a day."""
SHOWN = 5
"""Unreadable rows that a message lists one by one."""
FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M")


@dataclass
class _Rows:
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    minute: list[float] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    bad: list[Fault] = field(default_factory=list)
    left_out: int = 0


def rates(
    source: IncidentDemand, net: StreetNetwork, clock: Clock, folder: Path, snap_limit_m: float = 100.0
) -> Rates:
    """Density of incidents along the streets and by time of day, (n_segments, n_steps).

    Times are taken as the station's local time, whatever zone letter they end in. Without a time column the
    demand is even over the night.

    Raises
    ------
    DemandError
        The file or its columns cannot be read, or more rows than ``max_bad_share`` are unreadable.
    """
    path = folder / source.file
    rows = _read(path, source)
    n_all = len(rows.lat) + len(rows.bad)
    if n_all and len(rows.bad) > source.max_bad_share * n_all:
        more = Fault(
            str(path),
            f"{len(rows.bad)} of {n_all} rows cannot be read; max_bad_share allows {source.max_bad_share:.0%}.",
            "Correct the columns or the rows.",
        )
        raise DemandError([*rows.bad[:SHOWN], more])
    notes = [f"{path.name}: {len(rows.lat)} incidents read."]
    if rows.left_out:
        notes.append(f"{path.name}: {rows.left_out} rows are of categories with weight 0.")
    if rows.bad:
        shown = "; ".join(str(f) for f in rows.bad[:SHOWN])
        notes.append(f"{path.name}: {len(rows.bad)} rows cannot be read and were left out: {shown}")
    if not rows.lat:
        raise DemandError(Fault(str(path), "has no incident that counts.", "Maybe every weight is 0."))
    x, y = project(net, np.array(rows.lat), np.array(rows.lon))
    found = snap(net, x, y, None, snap_limit_m)
    on = found.segment >= 0
    if not on.all():
        notes.append(
            f"{path.name}: {int((~on).sum())} incidents ({(~on).mean():.0%}) lie over {snap_limit_m:.0f} m from "
            f"every street of the area and were left out."
        )
    if not on.any():
        raise DemandError(
            Fault(
                str(path),
                "no incident lies near these streets.",
                "Maybe lat and lon are swapped, or the area is another.",
            )
        )
    sources, column = np.unique(found.segment[on], return_inverse=True)
    time_bin = (np.array(rows.minute)[on] / (1440 / BINS)).astype(np.int64) % BINS
    weight = np.array(rows.weight)[on]
    counts = coo_array((weight, (column, time_bin)), shape=(len(sources), BINS)).tocsr()
    smooth = _smoothing(clock, source.bandwidth_min) if source.columns.time else np.ones((BINS, clock.n_steps))
    return Rates(kernel(net, sources, source.bandwidth_m) @ (counts @ smooth), tuple(notes))


def _smoothing(clock: Clock, bandwidth_min: float) -> NDArray[np.float64]:
    """(BINS, n_steps) quartic kernel over the time of day, wrapping at midnight; each bin sums to 1 per day."""
    centre = (np.arange(BINS) + 0.5) * 1440 / BINS
    minute = np.array([clock.minute_of_day(t) for t in range(clock.n_steps)])
    away = np.abs(centre[:, None] - minute[None])
    away = np.minimum(away, 1440 - away)
    width = max(bandwidth_min, 1440 / BINS)
    smooth: NDArray[np.float64] = np.maximum(1 - (away / width) ** 2, 0.0) ** 2 * (15 / 16) / width
    return smooth


def _read(path: Path, source: IncidentDemand) -> _Rows:
    if not path.is_file():
        raise DemandError(Fault(str(path), "there is no such file.", "Maybe correct demand: file."))
    try:
        raw = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise DemandError(Fault(str(path), f"cannot be read: {error}.")) from None
    except UnicodeDecodeError as error:
        raise DemandError(
            Fault(str(path), f"is not UTF-8 (byte {error.start}).", "Save it as CSV in UTF-8.")
        ) from None
    if not text.strip():
        raise DemandError(Fault(str(path), "is empty.", "It needs a header and a row per incident."))
    reader = csv.reader(io.StringIO(text))
    header = [name.strip() for name in next(reader)]
    where = _columns(path, header, source, text)
    rows = _Rows()
    try:
        for cells in reader:
            if cells:
                _row(path, reader.line_num, cells, where, source, rows)
    except csv.Error as error:
        raise DemandError(Fault(f"{path}:{reader.line_num}", f"is no CSV: {error}.")) from None
    if not rows.lat and not rows.bad and not rows.left_out:
        raise DemandError(Fault(f"{path}:1", "has a header and no rows.", "Export the incidents again."))
    return rows


def _columns(path: Path, header: list[str], source: IncidentDemand, text: str) -> dict[str, int]:
    """Index of each column that is read."""
    faults, where = [], {}
    for key, name in source.columns.model_dump().items():
        if name is None:
            continue
        if name in header:
            where[key] = header.index(name)
            continue
        near = nearest(name, header)
        remedy = f'Maybe columns: {key}: "{near}".' if near else f"Columns are {', '.join(header[:30])}."
        if len(header) == 1 and any(c in text.splitlines()[0] for c in ";\t|"):
            remedy = "It seems to be separated by something else than commas; save it with commas."
        faults.append(Fault(f"{path}:1", f'there is no column "{name}" for {key}.', remedy))
    if faults:
        raise DemandError(faults)
    return where


def _row(
    path: Path, line: int, cells: list[str], where: dict[str, int], source: IncidentDemand, rows: _Rows
) -> None:
    """One row into ``rows``: read, left out, or a fault."""

    def bad(what: str) -> None:
        rows.bad.append(Fault(f"{path}:{line}", what))

    if len(cells) <= max(where.values()):
        return bad(f"has only {len(cells)} cells.")
    weight = source.default_weight
    if "type" in where:
        weight = source.weights.get(cells[where["type"]].strip(), source.default_weight)
    try:
        lat, lon = float(cells[where["lat"]]), float(cells[where["lon"]])
    except ValueError:
        return bad(f'position "{cells[where["lat"]]}", "{cells[where["lon"]]}" is no pair of numbers.')
    if not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return bad(f"position {lat}, {lon} is nowhere.")
    minute = 0.0
    if "time" in where:
        text = cells[where["time"]].strip()
        when = _time(text)
        if when is None:
            return bad(f'time "{text}" is no date with a time.')
        minute = when.hour * 60 + when.minute
    if weight <= 0:
        rows.left_out += 1
        return None
    rows.lat.append(lat)
    rows.lon.append(lon)
    rows.minute.append(minute)
    rows.weight.append(weight)
    return None


def _time(text: str) -> dt.datetime | None:
    """Local time of an incident; None when the text is no date with a time of day."""
    if len(text) > 10:
        try:
            return dt.datetime.fromisoformat(text)
        except ValueError:
            for form in FORMATS:
                try:
                    return dt.datetime.strptime(text, form)
                except ValueError:
                    continue
    return None
