"""Incidents on streets: which lie near one, and what may be wrong where many do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.coordinates import Crs, from_wgs84, in_china, to_wgs84
from routeopt.demand.incidents.read import Incidents, listed_lines, read_incidents
from routeopt.demand.phrases import SENTENCES, chained
from routeopt.demand.rates import Progress
from routeopt.errors import DemandError, Fault, Message
from routeopt.scenario.sources import IncidentDemand
from routeopt.streets.network import StreetNetwork, local_xy, project, snap

SNAP_LIMIT_M = 100.0
"""Incidents further from every street are left out, metres."""
DATUMS: tuple[Crs, ...] = ("wgs84", "gcj02", "bd09")


@dataclass(frozen=True)
class Located:
    """Incidents on the streets."""

    incidents: Incidents
    segment: NDArray[np.int32]
    notes: tuple[Message, ...]


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
        where = listed_lines(source, found.file, found.line, ~on)
        values = {"count": int((~on).sum()), "share": float((~on).mean()), "limit": limit_m, "lines": where}
        notes.append(Message("incidents-far", file=path.name, **values))
    notes += datum
    return Located(found.where(on), snapped.segment[on], tuple(notes))


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
        crs = next((datum for datum in DATUMS if datum == one.crs), None)
        if crs is None:
            continue
        others = [c for c in DATUMS if c != crs]
        lat, lon = found.lat[rows], found.lon[rows]
        if crs != "wgs84":  # back to what the file says
            lat, lon = from_wgs84(lat, lon, crs)
        away = {
            name: float(np.median(snap(net, *project(net, *to_wgs84(lat, lon, name)), None, 1e9).distance_m))
            for name in (crs, *others)
        }
        best = min(others, key=lambda name: away[name])
        if away[crs] > 8.0 and away[best] < 0.4 * away[crs]:
            moved_lat, moved_lon = to_wgs84(lat, lon, best)
            kept_lat, kept_lon = to_wgs84(lat, lon, crs)
            dx, dy = local_xy(moved_lat, moved_lon, float(kept_lat.mean()), float(kept_lon.mean()))
            kx, ky = local_xy(kept_lat, kept_lon, float(kept_lat.mean()), float(kept_lon.mean()))
            metres = float(np.median(np.hypot(dx - kx, dy - ky)))
            notes.append(
                Message(
                    "incidents-datum", file=(folder / one.file).name, away=away[crs], crs=crs,
                    better=away[best], other=best, moved=metres,
                )
            )  # fmt: skip
    return notes
