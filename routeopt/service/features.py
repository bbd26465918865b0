"""The shift for QGIS, GDAL and the like: OGC API - Features, part 1 (OGC 17-069r4), with Core and GeoJSON."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from routeopt.clock import Clock
from routeopt.errors import Fault, InputError
from routeopt.service.layers import GEOGRAPHIC, LAYERS, Layer, Layers
from routeopt.service.room import Room
from routeopt.service.schema import answers, problem_answer

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
GEOJSON = "application/geo+json"
LIMIT, MOST = 1000, 10_000
"""Features of a page if it is not asked for otherwise, and at most."""
PARAMETERS = ("bbox", "datetime", "limit", "offset")


class GeoResponse(JSONResponse):
    """GeoJSON."""

    media_type = GEOJSON


class QueryError(InputError):
    """A query asks for something that there is not; answered with 400, as the standard demands."""


class Asked(NamedTuple):
    """What a query asks for."""

    boxes: list[Any]
    """Of shapely; two where it crosses 180°. None at all: everywhere."""
    times: tuple[dt.datetime | None, dt.datetime | None]
    limit: int
    offset: int

    def select(self, layer: Layer) -> Any:
        """Return the indices of the features that are asked for, of all pages."""
        found = layer.within(self.boxes) if self.boxes else np.ones(len(layer), dtype=np.bool_)
        return np.flatnonzero(found & layer.during(*self.times))


def read_query(query: Any, clock: Clock) -> Asked:
    """Read the parameters of a query for features.

    Raises
    ------
    QueryError
        If one is unknown, given twice, or cannot be read; lists all faults.
    """
    faults = [Fault("RO-750", key, known=list(PARAMETERS)) for key in dict(query) if key not in PARAMETERS]
    faults += [Fault("RO-751", key) for key in PARAMETERS if len(query.getlist(key)) > 1]
    boxes: list[Any] = []
    times: tuple[dt.datetime | None, dt.datetime | None] = None, None
    try:
        boxes = _boxes(query["bbox"]) if "bbox" in query else []
    except ValueError:
        faults.append(Fault("RO-752", "bbox", value=query["bbox"][:80]))
    try:
        times = _times(query["datetime"], clock) if "datetime" in query else times
    except (ValueError, OverflowError):
        faults.append(Fault("RO-753", "datetime", value=query["datetime"][:80]))
    numbers = {"limit": LIMIT, "offset": 0}
    for key, least in (("limit", 1), ("offset", 0)):
        text = query.get(key, str(numbers[key]))
        if re.fullmatch(r"[0-9]{1,9}", text) and int(text) >= least:
            numbers[key] = int(text)
        else:
            faults.append(Fault("RO-754", key, value=text[:80], least=least))
    if faults:
        raise QueryError(faults)
    return Asked(boxes, times, min(numbers["limit"], MOST), numbers["offset"])


def _boxes(text: str) -> list[Any]:
    """Return the boxes of ``west,south,east,north``, or of six numbers with heights, which are not looked at."""
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) == 6:
        del numbers[5], numbers[2]
    west, south, east, north = numbers
    if not np.isfinite(numbers).all() or south > north or max(abs(south), abs(north)) > 90:
        raise ValueError
    if west > east:
        return [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    return [shapely.box(west, south, east, north)]


def _times(text: str, clock: Clock) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the ends of an instant or an interval, None where it is open; local times are of the plan's zone."""
    zone = None if clock.timezone is None else ZoneInfo(clock.timezone)
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 2 and all(part in ("", "..") for part in parts)):
        raise ValueError
    ends = [None if part in ("", "..") and len(parts) == 2 else dt.datetime.fromisoformat(part) for part in parts]
    begin, end = (
        x if x is None else x.replace(tzinfo=zone).astimezone() if x.tzinfo is None else x
        for x in (ends[0], ends[-1])
    )
    if begin is not None and end is not None and begin > end:
        raise ValueError
    return begin, end


def add_features(app: FastAPI, room: Room, need: Callable[[str], Any]) -> None:
    """Add the landing page at /ogc with what it leads to."""
    layers, _ = Layers(room.built), room.words
    found = APIRouter(prefix="/ogc", dependencies=[Depends(need("read"))])

    @app.exception_handler(QueryError)
    async def refused(_request: Request, error: QueryError) -> JSONResponse:
        return problem_answer(
            400, _("The input cannot be used."), faults=[{**f.json(), "text": f.text(_)} for f in error.faults]
        )

    async def layer_of(name: str) -> Layer:
        if name not in LAYERS:
            raise HTTPException(404)
        state, now_s = room.log.state, room.now_s()
        return await room.work("layers", lambda: layers.get(name, state, now_s))

    async def collection(base: str, name: str) -> dict[str, Any]:
        layer = await layer_of(name)
        own, title = f"{base}/collections/{name}", room.words(LAYERS[name].title)
        box = layer.extent()
        extent = {} if box is None else {"extent": {"spatial": {"bbox": [box], "crs": GEOGRAPHIC}}}
        links = [_link("self", own, title), _link("items", f"{own}/items", title, GEOJSON)]
        return {"id": name, "title": title, "itemType": "feature", "crs": [GEOGRAPHIC], **extent, "links": links}

    @found.get("", responses=answers())
    async def landing(request: Request) -> dict[str, Any]:
        """Return where everything is (OGC API - Features)."""
        base, title = _base(request), room.built.problem.name
        api = {**_link("service-desc", f"{base[:-4]}/openapi.json", "OpenAPI"),
               "type": "application/vnd.oai.openapi+json;version=3.1"}  # fmt: skip
        links = [
            _link("self", base, title), api, _link("conformance", f"{base}/conformance", "Conformance"),
            _link("data", f"{base}/collections", "Collections"),
        ]  # fmt: skip
        return {"title": title, "links": links}

    @found.get("/conformance", responses=answers())
    async def conformance() -> dict[str, Any]:
        """Return the parts of the standard that are kept."""
        return {"conformsTo": [f"{CORE}/core", f"{CORE}/geojson"]}

    @found.get("/collections", responses=answers())
    async def collections(request: Request) -> dict[str, Any]:
        """Return the layers that there are."""
        base = _base(request)
        links = [_link("self", f"{base}/collections", "Collections")]
        return {"links": links, "collections": [await collection(base, name) for name in LAYERS]}

    @found.get("/collections/{name}", responses=answers(404))
    async def one(request: Request, name: str) -> dict[str, Any]:
        """Return a layer's title and extent."""
        return await collection(_base(request), name)

    @found.get(
        "/collections/{name}/items", response_class=GeoResponse, responses=answers(400, 404), openapi_extra=QUERY
    )
    async def items(request: Request, name: str) -> GeoResponse:
        """Return the features of a layer, page by page."""
        asked = read_query(request.query_params, room.built.problem.clock)
        layer = await layer_of(name)
        return _page(request, room.words(LAYERS[name].title), f"{_base(request)}/collections/{name}", layer, asked)

    @found.get("/collections/{name}/items/{feature}", response_class=GeoResponse, responses=answers(404))
    async def item(request: Request, name: str, feature: str) -> GeoResponse:
        """Return one feature."""
        layer = await layer_of(name)
        if feature not in layer.index_of:
            raise HTTPException(404)
        collection = f"{_base(request)}/collections/{name}"
        links = [
            _link("self", str(request.url), "", GEOJSON),
            _link("collection", collection, room.words(LAYERS[name].title)),
        ]
        return GeoResponse({**layer.feature(layer.index_of[feature]), "links": links})

    app.include_router(found)


def _page(request: Request, title: str, collection: str, layer: Layer, asked: Asked) -> GeoResponse:
    """Return a page of a layer's features, with links to the ones before and after."""
    matched = asked.select(layer)
    page = matched[asked.offset : asked.offset + asked.limit].tolist()
    own = request.url.include_query_params
    links = [
        _link("self", str(request.url), "", GEOJSON),
        _link("collection", collection, title),
    ]
    if asked.offset + len(page) < len(matched) and page:
        after = own(limit=asked.limit, offset=asked.offset + len(page))
        links.append(_link("next", str(after), "", GEOJSON))
    if asked.offset:
        before = own(limit=min(asked.limit, asked.offset), offset=max(0, asked.offset - asked.limit))
        links.append(_link("prev", str(before), "", GEOJSON))
    return GeoResponse(
        {
            "type": "FeatureCollection", "features": [layer.feature(n) for n in page], "links": links,
            "timeStamp": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "numberMatched": len(matched), "numberReturned": len(page),
        },
    )  # fmt: skip


def _base(request: Request) -> str:
    """Return the address of the landing page, as the client knows it."""
    return f"{request.base_url}ogc"


def _link(rel: str, href: str, title: str, kind: str = "application/json") -> dict[str, str]:
    return {"rel": rel, "href": href, "type": kind, **({"title": title} if title else {})}


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    more = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}


QUERY: dict[str, Any] = {
    "parameters": [
        _parameter("bbox", "West, south, east, north in degrees.", type="array", minItems=4, maxItems=6,
                   items={"type": "number"}),
        _parameter("datetime", "An instant, or an interval with / between; .. is open.", type="string"),
        _parameter("limit", f"Features of a page; of more than {MOST} asked for, {MOST} are returned.",
                   type="integer", minimum=1, default=LIMIT),
        _parameter("offset", "Features that are passed over.", type="integer", minimum=0, default=0),
    ]
}  # fmt: skip
"""What `read_query` reads."""
