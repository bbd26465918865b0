"""The service's OpenAPI document: the events as they are read, and what is answered otherwise."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from routeopt.dispatch.events import EVENTS
from routeopt.service.owntracks import EARLIEST, LATEST

PROBLEM = "application/problem+json"
TITLES = {
    400: "The body is no JSON, or the query cannot be read.", 401: "A token is needed.",
    403: "The token does not allow this.",
    404: "There is nothing at this address.",
    409: "Another event has the id.", 413: "The body is too large.",
    422: "The input cannot be used; lists every fault.",
    429: "Too many requests.", 503: "The journal takes no more events.",
}  # fmt: skip
MOST_EVENTS = 1000
"""Events that are entered at once, at most."""
EVENTS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/Event"},
                        {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Event"},
                            "maxItems": MOST_EVENTS,
                        },
                    ]
                }
            }
        },
    }
}
"""One event, or several."""
_LOCATION = {
    "type": "object", "required": ["_type", "tst", "lat", "lon"], "title": "location",
    "properties": {
        "_type": {"const": "location"}, "tst": {"type": "number", "minimum": EARLIEST, "maximum": LATEST},
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "lon": {"type": "number", "minimum": -180, "maximum": 180},
        "acc": {}, "topic": {}, "tid": {},
    },
}  # fmt: skip
_OTHER = {
    "type": "object",
    "title": "others, which are passed over",
    "properties": {"_type": {"not": {"enum": ["location", "encrypted"]}}},
}
OWNTRACKS_BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": {"anyOf": [_LOCATION, _OTHER]}}}}
}
"""A message of OwnTracks."""
TRACKS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/gpx+xml": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string", "description": "With columns time, lat, lon; and team."}},
        },
    }
}
"""A track."""


def problem_answer(status: int, title: str, headers: Any = None, **more: Any) -> JSONResponse:
    """Return an answer of application/problem+json (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, **more}
    return JSONResponse(body, status, headers, media_type=PROBLEM)


def answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the answers that an operation may give besides its own."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        code: {"description": TITLES[code], "content": {PROBLEM: {"schema": schema}}}
        for code in sorted({401, 403, 429, *codes})
    }


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the document of an application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas |= {"Problem": _problem_schema(), **_event_schemas()}
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}, {}]
        app.openapi_schema = document
    return app.openapi_schema


def _problem_schema() -> dict[str, Any]:
    fault = {"code": {"type": "string"}, "text": {"type": "string"}, "path": {}, "values": {"type": "object"}}
    return {
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
            "faults": {"type": "array", "items": {"type": "object", "properties": fault}},
        },
    }  # fmt: skip


def _event_schemas() -> dict[str, Any]:
    """Return the schema of an event, one per kind, told apart by ``kind``; and of their parts."""
    place = {"oneOf": [{"type": "string"}, {
        "type": "object", "required": ["lat", "lon"],
        "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}, "crs": {"type": "string"}},
    }]}  # fmt: skip
    kinds, parts = [], dict[str, Any]()
    for kind, model in EVENTS.items():
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        parts |= own.get("$defs", {})
        fields = dict(own["properties"])
        for key in ("happened_at", "entered_at"):
            fields[key] = {"type": "string", "format": "date-time"}
        if "place" in fields:
            fields["place"] = place
        kinds.append({
            "type": "object", "title": kind, "description": (model.__doc__ or "").strip(),
            "required": ["kind", *own.get("required", [])],
            "properties": {"kind": {"const": kind}, **fields},
        })  # fmt: skip
    return {**parts, "Event": {"oneOf": kinds}}
