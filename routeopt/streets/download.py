"""Download streets and venues of a place, box or polygon from Overpass, by osmnx.

Answers that osmnx would take for complete, or wait on without end, are errors here.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from routeopt.errors import Fault, Message, StreetsError
from routeopt.folders import kept_in
from routeopt.scenario.model import Streets
from routeopt.streets.network import Venue
from routeopt.streets.raw import VENUE_KEYS, RawStreets, raw_of_graph, venue_kind
from routeopt.streets.tags import BARRIER_TAGS, USED_TAGS

MAX_AREA_KM2 = 1500.0
"""A larger area is refused: it would load a public server for hours."""
DIFFERENT = ["highway", "name", "oneway", "tunnel", "motorroad", "area"]
"""Tags that do not change along a street."""


def download(streets: Streets, folder: Path) -> RawStreets:
    """Download ways and venues inside the area; answers are kept in the cache folder and used again.

    Raises
    ------
    StreetsError
        If there is no connection, the place is unknown, the polygon file cannot be used, the area is too large
        or has no streets, or the server is busy, slow or answers something other than OSM data.
    """
    import osmnx

    where = f"streets: {streets.place or streets.polygon or streets.bbox}"
    with _osmnx_set_up(streets, where), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _faults(where, streets):
            area = _area(streets, folder, where)
            _refuse_large(area, where)
        with _faults(where, streets, nothing="RO-206"):
            graph = osmnx.graph_from_polygon(
                area, simplify=False, retain_all=True, truncate_by_edge=True, custom_filter='["highway"]'
            )
            graph = osmnx.simplify_graph(
                graph, remove_rings=False, node_attrs_include=["barrier"], edge_attrs_differ=DIFFERENT
            )
        raw = raw_of_graph(graph)
        with _faults(where, streets):
            raw.venues = _venues(area)
    return raw


def _area(streets: Streets, folder: Path, where: str) -> Any:
    """Find the polygon of the area, WGS-84."""
    import osmnx
    import shapely

    if streets.place is not None:
        try:
            return osmnx.geocode_to_gdf(streets.place).geometry.iloc[0]
        except (TypeError, osmnx._errors.InsufficientResponseError):
            raise StreetsError(Fault("RO-210", where)) from None
    if streets.bbox is not None:
        south, west, north, east = streets.bbox
        return shapely.box(west, south, east, north)
    path = folder / str(streets.polygon)
    try:
        shape = shapely.from_geojson(_only_geometry(path.read_text(encoding="utf-8")))
    except OSError:
        raise StreetsError(Fault("RO-211", path)) from None
    except (ValueError, KeyError, TypeError, IndexError, shapely.errors.GEOSException):
        raise StreetsError(Fault("RO-212", path)) from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise StreetsError(Fault("RO-213", path, got=shape.geom_type))
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise StreetsError(Fault("RO-214", path))
    return shape


def _only_geometry(text: str) -> str:
    """Return the first geometry of a GeoJSON text, whether bare, a feature or a collection."""
    import json

    data = json.loads(text)
    if data["type"] == "FeatureCollection":
        data = data["features"][0]
    if data["type"] == "Feature":
        data = data["geometry"]
    return json.dumps(data)


def _refuse_large(area: Any, where: str) -> None:
    import osmnx

    projected, _ = osmnx.projection.project_geometry(area)
    km2 = projected.area / 1e6
    if km2 > MAX_AREA_KM2:
        raise StreetsError(Fault("RO-215", where, area=km2, most=MAX_AREA_KM2))


def _venues(area: Any) -> list[Venue]:
    import osmnx

    try:
        found = osmnx.features_from_polygon(area, dict.fromkeys(VENUE_KEYS, True))
    except osmnx._errors.InsufficientResponseError as error:
        if "No matching features" in str(error):
            return []
        raise
    points = found.geometry.representative_point()
    venues = []
    for row, point in zip(found.to_dict("records"), points, strict=True):
        tags = {k: row[k] for k in (*VENUE_KEYS, "name") if isinstance(row.get(k), str)}
        kind = venue_kind(tags)
        if kind:
            venues.append(Venue(point.y, point.x, kind, tags.get("name", "")))
    return venues


@contextmanager
def _osmnx_set_up(streets: Streets, where: str) -> Iterator[None]:
    """Set osmnx up for one download, and restore its global settings afterwards.

    Every answer passes ``_judge`` before osmnx sees it: osmnx itself takes partial data for complete, and on
    429 and 504 sleeps and asks again without end.
    """
    import osmnx

    deadline = time.monotonic() + streets.timeout_s

    def judge(response: Any, *_: Any, **__: Any) -> None:
        try:
            _judge(response, deadline, where, streets.timeout_s)
        except StreetsError:
            response.close()
            raise

    answers = streets.cache_dir or kept_in("")
    wanted = {
        "use_cache": answers is not None,
        "cache_folder": answers or "",
        "requests_timeout": streets.timeout_s,
        "requests_kwargs": {"hooks": {"response": judge}},
        "overpass_rate_limit": False,
        "doh_url_template": None,
        "http_user_agent": "routeopt (patrol route planning)",
        "http_referer": "routeopt",
        "useful_tags_way": sorted(USED_TAGS),
        "useful_tags_node": sorted(BARRIER_TAGS),
        "overpass_settings": f"[out:json][timeout:{max(1, int(streets.timeout_s))}]{{maxsize}}",
    }
    if streets.overpass_url is not None:
        wanted["overpass_url"] = streets.overpass_url
    if streets.nominatim_url is not None:
        wanted["nominatim_url"] = streets.nominatim_url
    before = {key: getattr(osmnx.settings, key) for key in wanted}
    try:
        for key, value in wanted.items():
            setattr(osmnx.settings, key, value)
        yield
    finally:
        for key, value in before.items():
            setattr(osmnx.settings, key, value)


def _judge(response: Any, deadline: float, where: str, timeout_s: float) -> None:
    """Refuse an answer that osmnx would wait on, or take for complete."""
    host = response.url.split("/")[2]
    if response.status_code == 429:
        raise StreetsError(Fault("RO-220", where, host=host))
    if response.status_code == 504:
        raise StreetsError(Fault("RO-221", where, host=host))
    if not response.ok:
        values = {"host": host, "status": response.status_code, "reason": response.reason}
        raise StreetsError(Fault("RO-222", where, **values))
    try:
        answer = response.json()
    except ValueError:
        raise StreetsError(Fault("RO-223", where, host=host)) from None
    remark = answer.get("remark", "") if isinstance(answer, dict) else ""
    if "error" in remark.lower() or "timed out" in remark.lower():
        raise StreetsError(Fault("RO-224", where, host=host, remark=remark))
    if time.monotonic() > deadline:
        raise StreetsError(Fault("RO-225", where, timeout_s=timeout_s))


@contextmanager
def _faults(where: str, streets: Streets, nothing: str = "RO-227") -> Iterator[None]:
    """Turn what requests and osmnx raise into faults; ``nothing`` is the code if nothing is found."""
    import osmnx
    import requests

    try:
        yield
    except requests.exceptions.Timeout:
        raise StreetsError(Fault("RO-225", where, timeout_s=streets.timeout_s)) from None
    except requests.exceptions.RequestException as error:
        asked = error.request.url if error.request is not None else None
        host = asked.split("/")[2] if asked else Message("streets-server")
        raise StreetsError(Fault("RO-226", where, host=host)) from None
    except (osmnx._errors.InsufficientResponseError, ValueError):
        raise StreetsError(Fault(nothing, where)) from None
