"""The layers that the service offers to geographic systems: stops and routes, teams, demand on the streets.

Every layer has one sort of geometry, so that it opens as one layer in a geographic information system.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from routeopt.catalogue.sentence import N_
from routeopt.clock import Clock
from routeopt.dispatch.overview import Watch, stop_row, team_rows
from routeopt.dispatch.state import State
from routeopt.exchange.datum import stop_id
from routeopt.problem.build import Built
from routeopt.reports.build_model import streets_of, tracks_of

DECIMALS = 6
"""Of degrees: about 0.1 m."""
PLAN, NOW = "plan", "now"
"""What a layer follows from: the plan in force, or what is known and what time it is."""
GEOGRAPHIC = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""WGS-84 with the longitude first."""


@dataclass(frozen=True)
class Layer:
    """Features of one sort."""

    ids: tuple[str, ...]
    shapes: NDArray[Any]
    """(n,) geometries of shapely, (lon, lat) in WGS-84."""
    rows: Sequence[dict[str, Any]]
    """The properties of each; ``start_time`` and ``end_time`` (ISO 8601) say when it is."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def index_of(self) -> dict[str, int]:
        """Id → its index."""
        return {name: n for n, name in enumerate(self.ids)}

    def feature(self, n: int) -> dict[str, Any]:
        """Return a feature as GeoJSON (RFC 7946)."""
        geometry = shapely.geometry.mapping(self.shapes[n])
        return {"type": "Feature", "id": self.ids[n], "geometry": geometry, "properties": self.rows[n]}

    def extent(self) -> list[float] | None:
        """Return the box of all features: west, south, east, north; None if there are none."""
        return None if not len(self) else [round(float(x), DECIMALS) for x in shapely.total_bounds(self.shapes)]

    def within(self, boxes: Sequence[Any]) -> NDArray[np.bool_]:
        """Tell which features touch one of some boxes, (n,)."""
        found = np.zeros(len(self), dtype=np.bool_)
        for box in boxes:
            found |= shapely.intersects(self.shapes, box)
        return found

    def during(self, begin: dt.datetime | None, end: dt.datetime | None) -> NDArray[np.bool_]:
        """Tell which features are there in a time, both ends included, (n,); those without times always are."""
        found = np.ones(len(self), dtype=np.bool_)
        for n, row in enumerate(self.rows):
            if "start_time" in row:
                first, last = (dt.datetime.fromisoformat(row[key]) for key in ("start_time", "end_time"))
                found[n] = (end is None or first <= end) and (begin is None or last >= begin)
        return found


class Offered(NamedTuple):
    """A layer before it is made."""

    title: str
    follows: str
    """From what it follows: `PLAN` or `NOW`."""
    make: Callable[[Built, State, int], Layer]


def instant(clock: Clock, time_s: float) -> str:
    """Return a time of the plan as ISO 8601, with the offset from UTC of the scenario's zone or the machine's."""
    assert clock.date is not None
    zone = None if clock.timezone is None else ZoneInfo(clock.timezone)
    begin = dt.datetime.combine(clock.date, dt.time(), zone) + dt.timedelta(minutes=clock.start_min)
    return (begin.astimezone(dt.UTC) + dt.timedelta(seconds=round(time_s))).astimezone(zone).isoformat()


def _points(lon: Sequence[float], lat: Sequence[float]) -> NDArray[Any]:
    xy = np.round(np.column_stack([lon, lat]), DECIMALS)
    found: NDArray[Any] = shapely.points(xy) if len(xy) else np.empty(0, dtype=object)
    return found


def stops(_built: Built, state: State, _now_s: int) -> Layer:
    """Return the stops of the plan in force."""
    problem, clock = state.problem, state.problem.clock
    ids, rows = [], []
    for route in state.plan.routes:
        for order, visit in enumerate(route.visits, 1):
            row = stop_row(problem, visit)
            times = {key: instant(clock, row[f"{key[:-5]}_s"]) for key in ("start_time", "end_time")}
            ids.append(stop_id(route.team, order))
            rows.append({"team": problem.team_names[route.team], "order": order, **row, **times})
    return Layer(tuple(ids), _points([row.pop("lon") for row in rows], [row.pop("lat") for row in rows]), rows)


def routes(built: Built, state: State, _now_s: int) -> Layer:
    """Return the way of each team on the streets by the plan in force."""
    clock = state.problem.clock
    tracks = [t for t in tracks_of(state.drawn(built), state.plan) if len(t.lat) > 1]
    lines = [shapely.linestrings(np.round(np.column_stack([t.lon, t.lat]), DECIMALS)) for t in tracks]
    rows = [
        {
            "team": t.team, "start_s": round(float(t.time_s[0])), "end_s": round(float(t.time_s[-1])),
            "start_time": instant(clock, t.time_s[0]), "end_time": instant(clock, t.time_s[-1]),
        }
        for t in tracks
    ]  # fmt: skip
    return Layer(tuple(f"T{t.team_index + 1}" for t in tracks), np.array(lines, dtype=object), rows)


def teams(_built: Built, state: State, now_s: int) -> Layer:
    """Return where the teams are: where they said, else where the plan has them."""
    found = [(k, row) for k, row in enumerate(team_rows(state, now_s, Watch())) if row["lat"] is not None]
    lon, lat = ([row[key] for _, row in found] for key in ("lon", "lat"))
    keys = ("team", "status", "silent", "heard_s", "told_s", "stale")
    rows = []
    for _, row in found:
        errand = row["errand"] or {"place": None, "until_s": None}
        rows.append(
            {key: row[key] for key in keys} | {f"errand_{key}": errand[key] for key in ("place", "until_s")}
        )
    return Layer(tuple(f"T{k + 1}" for k, _ in found), _points(lon, lat), rows)


def heat(built: Built, state: State, now_s: int) -> Layer:
    """Return the streets that have demand: how much there is now, and in the mean of the plan, per minute."""
    demand, clock = state.problem.demand, state.problem.clock
    now = demand[:, min(max(0, now_s) // clock.step_s, clock.n_steps - 1)]
    mean = demand.mean(axis=1)
    lines = streets_of(built)
    own = np.flatnonzero(lines.row >= 0)
    xy = np.round(np.column_stack([lines.lon, lines.lat]), DECIMALS)
    shapes = [shapely.linestrings(xy[lines.ptr[s] : lines.ptr[s + 1]]) for s in own.tolist()]
    rows = [
        {
            "street": lines.names[lines.name[s]],
            "demand_now_per_min": float(f"{now[lines.row[s]]:.4g}"),
            "demand_per_min": float(f"{mean[lines.row[s]]:.4g}"),
        }
        for s in own.tolist()
    ]
    return Layer(tuple(str(s) for s in own.tolist()), np.array(shapes, dtype=object), rows)


LAYERS = {
    "stops": Offered(N_("Stops of the plan in force"), PLAN, stops),
    "routes": Offered(N_("Routes of the plan in force"), PLAN, routes),
    "teams": Offered(N_("Teams, where they are now"), NOW, teams),
    "heat": Offered(N_("Demand on the streets"), NOW, heat),
}
"""Name in addresses → layer."""


class Layers:
    """Layers of a shift, each kept until something that it follows from changes."""

    def __init__(self, built: Built) -> None:
        self._built = built
        self._kept: dict[str, tuple[tuple[Any, ...], Layer]] = {}

    def get(self, name: str, state: State, now_s: int) -> Layer:
        """Return a layer of `LAYERS`; what time it is counts by the step of the plan."""
        offered, step_s = LAYERS[name], state.problem.clock.step_s
        from_: tuple[Any, ...] = (state.plan, state.problem)
        if offered.follows == NOW:
            from_ = (*from_, state.teams, now_s // step_s)
        known, layer = self._kept.get(name, ((), None))
        if layer is None or not _same(known, from_):
            layer = offered.make(self._built, state, now_s)
            self._kept[name] = from_, layer
        return layer


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    """Whether two tuples have the same objects, or equal numbers."""
    return len(a) == len(b) and all(x is y or (isinstance(x, int) and x == y) for x, y in zip(a, b, strict=True))
