"""What would be read of an incident file: columns, rows left out, time range, hours, categories, positions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.demand.incidents.read import FEW, OTHER, first_of_each
from routeopt.demand.incidents.rows import read_part
from routeopt.demand.incidents.times import DAY_MIN
from routeopt.demand.rates import Progress
from routeopt.errors import Message
from routeopt.scenario.sources import IncidentDemand

REPEATED = "row-repeated"


@dataclass(frozen=True)
class Look:
    """What would be read of a file."""

    file: str
    rows: int
    """Of the file, below its header."""
    read: int
    """Rows that are read; the others are left out."""
    left_out: dict[str, int]
    """Code of the reason → rows; with `read` they add up to `rows`."""
    columns: dict[str, str]
    """Key → column."""
    first: str | None
    """Earliest time, ISO; a date where none has a time of day, None without times."""
    last: str | None
    hours: list[int] | None
    """Incidents that begin in each hour of the day; None if no row has a time of day."""
    categories: dict[str, int]
    """Name → incidents, commonest first; those of fewer than three are `OTHER`."""
    bbox: list[float] | None
    """South, west, north, east, degrees."""
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    notes: tuple[Message, ...]

    def as_dict(self) -> dict[str, Any]:
        """The object of ``incidents --json``."""
        keys = ("file", "rows", "read", "left_out", "columns", "first", "last", "hours", "categories", "bbox")
        found = {key: getattr(self, key) for key in keys}
        left = {code.removeprefix("row-").replace("-", "_"): count for code, count in self.left_out.items()}
        return {**found, "left_out": left, "notes": [note.json() for note in self.notes]}


def look(source: IncidentDemand, folder: Path, progress: Progress | None = None) -> Look:
    """Read the source's one file as a plan would.

    Raises
    ------
    DemandError
        As `read_part`.
    """
    one = source.sources[0]
    part = read_part(folder / one.file, one, source, progress)
    keep = first_of_each(part.number)
    left = dict(part.left_out)
    if not keep.all():
        left[REPEATED] = int((~keep).sum())
    begin, timed = part.begin[keep], part.timed[keep]
    begin, timed = begin[~np.isnat(begin)], timed[~np.isnat(begin)]
    hours = None
    if timed.any():
        hours = np.bincount(begin[timed].astype(np.int64) % DAY_MIN // 60, minlength=24).tolist()
    cut = 16 if timed.any() else 10
    first, last = (str(begin.min())[:cut], str(begin.max())[:cut]) if len(begin) else (None, None)
    count = Counter(name for name, kept in zip(part.category, keep.tolist(), strict=True) if kept)
    categories: Counter[str] = Counter()
    for name, n in count.most_common():
        categories[name if n >= FEW else OTHER] += n
    lat, lon = part.lat[keep], part.lon[keep]
    bbox = [float(f"{x:.6f}") for x in (lat.min(), lon.min(), lat.max(), lon.max())] if len(lat) else None
    return Look(
        Path(one.file).name, part.rows, len(lat), left, part.columns, first, last, hours,
        dict(categories.most_common()) if "type" in part.columns else {}, bbox, lat, lon, tuple(part.notes[1:]),
    )  # fmt: skip


def map_rows(lat: NDArray[np.float64], lon: NDArray[np.float64], width: int, height: int) -> list[str]:
    """Draw positions as braille dots: each character is 2 by 4 of them, darker where more incidents are.

    The middle 96 % of the positions fill the map, so that a stray one does not shrink the town to a dot.
    """
    if not len(lat):
        return []
    (south, north), (west, east) = (np.quantile(v, (0.02, 0.98)) for v in (lat, lon))
    squeeze = max(float(np.cos(np.radians((south + north) / 2))), 0.05)
    span = max((east - west) * squeeze / (2 * width), (north - south) / (4 * height), 1e-6)
    middle = (west + east) / 2, (south + north) / 2
    x = np.floor((lon - middle[0]) * squeeze / span + width).astype(np.int64)
    y = np.floor((middle[1] - lat) / span + 2 * height).astype(np.int64)
    inside = (x >= 0) & (x < 2 * width) & (y >= 0) & (y < 4 * height)
    dots = np.zeros((4 * height, 2 * width), dtype=np.bool_)
    dots[y[inside], x[inside]] = True
    weight = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])
    cells = (dots.reshape(height, 4, width, 2) * weight[None, :, None, :]).sum(axis=(1, 3))
    return ["".join(chr(0x2800 + int(cell)) for cell in row).rstrip(chr(0x2800)) for row in cells]
