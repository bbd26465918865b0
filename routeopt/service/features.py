"""The shift for maps of other systems, such as QGIS and GDAL: OGC API – Features, Part 1: Core (OGC 17-069r4).

Collections are the stops and the routes of the plan in force, where the teams are now, and the demand of the
streets now. All positions are WGS-84, longitude first, as GeoJSON has them (RFC 7946).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from routeopt.dispatch.overview import overview, stop_row
from routeopt.errors import Fault, InputError
from routeopt.reports.build_model import streets_of, tracks_of
from routeopt.service.room import Room
from routeopt.service.schema import answers

ROOT = "/ogc"
GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CLASSES = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")]
LIMIT, MOST = 100, 10_000
"""Features of a page: by default, and at most."""
Feature = dict[str, Any]


def _feature(id_: str, kind: str, coordinates: Any, /, **properties: Any) -> Feature:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}


def stops(room: Room) -> list[Feature]:
    """Return the stops of the plan in force."""
    problem, plan = room.log.state.problem, room.log.state.plan
    found = []
    for route in plan.routes:
        team = problem.team_names[route.team]
        for n, visit in enumerate(route.visits, 1):
            row = stop_row(problem, visit)
            begin, end = (problem.clock.exact(row.pop(key)) for key in ("start_s", "end_s"))
            where = [row.pop("lon"), row.pop("lat")]
            found.append(
                _feature(f"{route.team}-{n}", "Point", where, team=team, order=n, start=begin, end=end, **row)
            )
    return found


def routes(room: Room) -> list[Feature]:
    """Return the ways of the plan in force along the streets."""
    state = room.log.state
    return [
        _feature(str(track.team_index), "LineString", np.column_stack((track.lon, track.lat)).round(6).tolist(),
                 team=track.team)
        for track in tracks_of(replace(room.built, problem=state.problem), state.plan) if len(track.lat) > 1
    ]  # fmt: skip


def teams(room: Room) -> list[Feature]:
    """Return where the teams are now: told, or by the plan."""
    rows = overview(room.log.state, room.now_s())["teams"]
    keys = ("team", "status", "silent", "stale", "told_s", "heard_s")
    return [
        _feature(str(k), "Point", [row["lon"], row["lat"]], **{key: row[key] for key in keys})
        for k, row in enumerate(rows) if row["lat"] is not None
    ]  # fmt: skip


def heat(room: Room) -> list[Feature]:
    """Return the demand per minute of each street segment now; outside the shift, that of its nearest minute."""
    problem, lines = room.log.state.problem, streets_of(room.built)
    step = min(max(room.now_s() // problem.clock.step_s, 0), problem.n_steps - 1)
    found = []
    for n in np.flatnonzero(lines.row >= 0).tolist():
        corners = slice(int(lines.ptr[n]), int(lines.ptr[n + 1]))
        line = np.column_stack((lines.lon[corners], lines.lat[corners])).round(6).tolist()
        demand = float(problem.demand[lines.row[n], step])
        found.append(_feature(str(n), "LineString", line, street=lines.names[lines.name[n]], demand=demand))
    return found


COLLECTIONS: dict[str, tuple[Callable[[Room], list[Feature]], str]] = {
    "plan": (stops, "Stops of the plan in force"),
    "routes": (routes, "Routes of the plan in force along the streets"),
    "teams": (teams, "Where the teams are now"),
    "heat": (heat, "Demand per minute of each street segment now"),
}
"""Name → its features, and its title."""


def add_features(app: FastAPI, room: Room, need: Callable[[str], Any]) -> None:
    """Add the landing page, what it conforms to, and the collections."""
    allowed, may = [Depends(need("read"))], answers(404)

    @app.get(ROOT, responses=may, dependencies=allowed)
    async def landing(request: Request) -> dict[str, Any]:
        """Name what there is (OGC API – Features)."""
        pages = {"self": "", "conformance": "/conformance", "data": "/collections"}
        links = [_link(rel, _base(request) + path) for rel, path in pages.items()]
        served = str(request.base_url).rstrip("/") + "/openapi.json"
        links.append(_link("service-desc", served, "application/vnd.oai.openapi+json;version=3.1"))
        return {"title": room.built.problem.name, "links": links}

    @app.get(ROOT + "/conformance", responses=may, dependencies=allowed)
    async def conformance() -> dict[str, Any]:
        """Name the classes of the standard that are kept."""
        return {"conformsTo": CLASSES}

    @app.get(ROOT + "/collections", responses=may, dependencies=allowed)
    async def collections(request: Request) -> dict[str, Any]:
        """List the collections."""
        own = _link("self", _base(request) + "/collections")
        return {"links": [own], "collections": [_about(room, request, name) for name in COLLECTIONS]}

    @app.get(ROOT + "/collections/{name}", responses=may, dependencies=allowed)
    async def collection(request: Request, name: str) -> dict[str, Any]:
        """Describe a collection."""
        return _about(room, request, _known(name))

    @app.get(ROOT + "/collections/{name}/items", responses=answers(404, 422), dependencies=allowed)
    async def items(
        request: Request, name: str, bbox: str | None = Query(None, description="west,south,east,north"),
        limit: int = Query(LIMIT, ge=1), offset: int = Query(0, ge=0),
    ) -> JSONResponse:  # fmt: skip
        """Return features, those near a box alone if one is given."""
        box = None if bbox is None else box_of(bbox)
        make = COLLECTIONS[_known(name)][0]
        found = [
            one for one in await room.work("features", lambda: make(room)) if box is None or touches(one, box)
        ]
        page = found[offset : offset + min(limit, MOST)]
        links = [_link("self", str(request.url), GEOJSON)]
        if offset + len(page) < len(found):
            following = request.url.include_query_params(offset=offset + len(page))
            links.append(_link("next", str(following), GEOJSON))
        body = {
            "type": "FeatureCollection", "features": page, "links": links, "numberMatched": len(found),
            "numberReturned": len(page),
        }  # fmt: skip
        return JSONResponse(body, media_type=GEOJSON)

    @app.get(ROOT + "/collections/{name}/items/{id_}", responses=may, dependencies=allowed)
    async def item(request: Request, name: str, id_: str) -> JSONResponse:
        """Return a feature."""
        make = COLLECTIONS[_known(name)][0]
        for one in await room.work("features", lambda: make(room)):
            if one["id"] == id_:
                up = _link("collection", f"{_base(request)}/collections/{name}")
                body = {**one, "links": [_link("self", str(request.url), GEOJSON), up]}
                return JSONResponse(body, media_type=GEOJSON)
        raise HTTPException(404, "id")


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + ROOT


def _link(rel: str, href: str, type_: str = "application/json") -> dict[str, str]:
    return {"rel": rel, "href": href, "type": type_}


def _known(name: str) -> str:
    if name not in COLLECTIONS:
        raise HTTPException(404, "collection")
    return name


def _about(room: Room, request: Request, name: str) -> dict[str, Any]:
    """Describe a collection; its extent is that of the streets."""
    net, own = streets_of(room.built), f"{_base(request)}/collections/{name}"
    box = [float(end(values)) for end in (np.min, np.max) for values in (net.lon, net.lat)]
    return {
        "id": name, "title": COLLECTIONS[name][1], "itemType": "feature", "crs": [CRS84],
        "extent": {"spatial": {"bbox": [box], "crs": CRS84}},
        "links": [_link("self", own), _link("items", own + "/items", GEOJSON)],
    }  # fmt: skip


def box_of(text: str) -> tuple[float, ...]:
    """Read a box: west, south, east, north; of six numbers the heights do not count.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    box = (*numbers[:2], *numbers[3:5]) if len(numbers) == 6 else tuple(numbers)
    if len(box) != 4 or not np.isfinite(box).all() or box[1] > box[3]:
        raise InputError(Fault("RO-751", "bbox", value=text[:60]))
    return box


def touches(feature: Feature, box: tuple[float, ...]) -> bool:
    """Whether the box around a feature meets a box; one whose west is east of its east reaches across 180°."""
    corners = np.reshape(np.asarray(feature["geometry"]["coordinates"], dtype=np.float64), (-1, 2))
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    across = box[0] > box[2]
    inside = (west <= box[2] or east >= box[0]) if across else (west <= box[2] and east >= box[0])
    return bool(inside and south <= box[3] and north >= box[1])
