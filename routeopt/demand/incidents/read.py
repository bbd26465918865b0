"""Read incidents: place, time and category, from several files fused into one list.

Only the columns that the scenario names (or the file gives away) are read: position, time, category, number and
origin. No name, phone or text gets past the parser, and the number no further than the search for duplicates.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents.harm import default_weight
from routeopt.demand.incidents.rows import SHOWN, Part, first_few, read_part
from routeopt.demand.phrases import SEMICOLON, chained
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import IncidentDemand

FEW = 3
"""Rarer categories are shown as `OTHER`, so that a cell that strayed into the column reaches no output."""
OTHER = "other"
DEGREE_M = 111_195.0
"""A degree of latitude on the sphere of mean radius, metres."""


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

    @property
    def middle(self) -> NDArray[np.datetime64]:
        """Middle of the interval in which each happened, to the minute; NaT without a time."""
        middle: NDArray[np.datetime64] = self.begin + (self.length_min // 2).astype("timedelta64[m]")
        return middle

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


def read_incidents(source: IncidentDemand, folder: Path, progress: Progress | None = None) -> Incidents:
    """Read all files of the source and fuse them.

    Raises
    ------
    DemandError
        If a file or its columns cannot be read, more rows than ``max_bad_share`` are unreadable, or no incident
        counts.
    """
    parts = [read_part(folder / one.file, one, source, progress) for one in source.sources]
    found, number = _fused(parts, source)
    notes = list(found.notes)
    keep = found.weight > 0
    if not keep.all():
        notes.append(Message("incidents-weightless", count=int((~keep).sum())))
    first = first_of_each(number)
    twice = int((keep & ~first).sum())
    if twice:
        where = listed_lines(source, found.file, found.line, keep & ~first)
        notes.append(Message("incidents-repeated", count=twice, lines=where))
    keep &= first
    if len(parts) > 1:
        again = _again(found, keep, source)
        if again.any():
            notes.append(Message("incidents-two-files", count=int(again.sum())))
        keep &= ~again
    if not keep.any():
        raise DemandError(Fault("RO-340", folder / source.sources[0].file))
    return replace(found.where(keep), notes=tuple(notes))


def _fused(parts: list[Part], source: IncidentDemand) -> tuple[Incidents, NDArray[np.object_]]:
    """Join the files' rows, with weights; returns also their numbers."""
    notes = [note for part in parts for note in part.notes]
    names = sorted({name for part in parts for name in part.category})
    index = {name: n for n, name in enumerate(names)}
    file = np.concatenate([np.full(len(part.lat), n, dtype=np.int32) for n, part in enumerate(parts)])
    category = np.array([index[name] for part in parts for name in part.category], dtype=np.int32)
    weights, unknown = _weights(source, names)
    shown = Counter({n: int((category == index[n]).sum()) for n in unknown}).most_common(SHOWN)
    listed = [
        Message("incidents-category", name=name or Message("incidents-blank"), count=count)
        for name, count in shown
        if count >= FEW
    ]
    if any(unknown) and listed:
        notes.append(Message("incidents-unknown", categories=listed))

    def joined(key: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, key) for part in parts])

    weight = weights[category] if len(names) else np.zeros(0)
    found = Incidents(
        joined("lat"), joined("lon"), joined("begin"), joined("length_min"), joined("known"), category, weight,
        file, joined("line"), tuple(names), tuple(notes),
    )  # fmt: skip
    return found, joined("number")


def listed_lines(
    source: IncidentDemand, file: NDArray[np.int32], line: NDArray[np.int64], rows: NDArray[np.bool_]
) -> Message | str:
    """List the first lines of some rows, file by file."""
    listed = []
    for n, one in enumerate(source.sources):
        own = line[rows & (file == n)]
        if len(own):
            listed.append(Message("incidents-lines", file=Path(one.file).name, lines=first_few(own.tolist())))
    return chained(SEMICOLON, listed)


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


def first_of_each(number: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Mark rows whose number no earlier row has; rows without a number are True."""
    seen: set[str] = set()
    found = np.ones(len(number), dtype=np.bool_)
    for n, text in enumerate(number.tolist()):
        found[n] = not text or text not in seen
        seen.add(text)
    return found


def _again(found: Incidents, keep: NDArray[np.bool_], source: IncidentDemand) -> NDArray[np.bool_]:
    """Mark incidents that an earlier file has already: same category, near in place and time."""
    from scipy.spatial import cKDTree

    again = np.zeros(len(found), dtype=np.bool_)
    rows = np.flatnonzero(keep & ~np.isnat(found.begin))
    if len(rows) == 0:
        return again
    lat, lon = found.lat[rows], found.lon[rows]
    y = (lat - lat.mean()) * DEGREE_M
    x = (lon - lon.mean()) * DEGREE_M * np.cos(np.radians(lat.mean()))
    minute = found.begin[rows].astype(np.int64).astype(np.float64)
    minute -= minute.min()
    # metres and minutes in one space: a box of 1 around each
    scaled = np.column_stack(
        [x / max(source.same_m, 1e-3), y / max(source.same_m, 1e-3), minute / max(source.same_min, 1e-3)]
    )
    pairs = cKDTree(scaled).query_pairs(np.sqrt(2.0) + 1e-9, output_type="ndarray")
    a, b = rows[pairs[:, 0]], rows[pairs[:, 1]]
    near = np.hypot(x[pairs[:, 0]] - x[pairs[:, 1]], y[pairs[:, 0]] - y[pairs[:, 1]]) <= source.same_m
    near &= np.abs(minute[pairs[:, 0]] - minute[pairs[:, 1]]) <= source.same_min
    near &= (found.category[a] == found.category[b]) & (found.file[a] != found.file[b])
    again[np.where(found.file[a] > found.file[b], a, b)[near]] = True
    return again
