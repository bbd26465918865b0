"""Streets and venues of a place, box or polygon from Overpass, by osmnx, with its silences made into errors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from routeopt.errors import Fault, StreetsError
from routeopt.scenario.model import Streets
from routeopt.streets.network import Venue
from routeopt.streets.raw import VENUE_KEYS, RawStreets, raw_of_graph, venue_kind
from routeopt.streets.tags import USED_TAGS

MAX_AREA_KM2 = 1500.0
"""A larger area is refused: it would load a public server for hours."""
WAIT = "Try later, or give another server as streets: overpass_url."


def download(streets: Streets, folder: Path) -> RawStreets:
    """Ways and venues inside the area; answers are kept in the cache folder and used again.

    Raises
    ------
    StreetsError
        No connection, no such place, a server that is busy, slow or answers nonsense, an area without
        streets or too large, or a polygon file that is none.
    """
    import osmnx

    where = f"streets: {streets.place or streets.polygon or streets.bbox}"
    with _osmnx_set_up(streets, where), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _faults(where, streets):
            area = _area(streets, folder, where)
            _refuse_large(area, where)
        with _faults(where, streets, nothing="holds no streets."):
            graph = osmnx.graph_from_polygon(
                area, simplify=False, retain_all=True, truncate_by_edge=True, custom_filter='["highway"]'
            )
            graph = osmnx.simplify_graph(
                graph, remove_rings=False, edge_attrs_differ=["highway", "name", "oneway"]
            )
        raw = raw_of_graph(graph)
        with _faults(where, streets):
            raw.venues = _venues(area)
    return raw


def _area(streets: Streets, folder: Path, where: str) -> Any:
    """Polygon of the area, WGS-84."""
    import osmnx
    import shapely

    if streets.place is not None:
        try:
            return osmnx.geocode_to_gdf(streets.place).geometry.iloc[0]
        except (TypeError, osmnx._errors.InsufficientResponseError):
            remedy = 'Write it with its region ("Krems, Austria"), or give bbox or polygon.'
            raise StreetsError(Fault(where, "no area of that name is known.", remedy)) from None
    if streets.bbox is not None:
        south, west, north, east = streets.bbox
        return shapely.box(west, south, east, north)
    path = folder / str(streets.polygon)
    remedy = "Give a GeoJSON file with one Polygon or MultiPolygon, longitude first."
    try:
        shape = shapely.from_geojson(_only_geometry(path.read_text(encoding="utf-8")))
    except OSError:
        raise StreetsError(Fault(str(path), "there is no such file.", "Maybe correct streets: polygon.")) from None
    except (ValueError, KeyError, TypeError, IndexError, shapely.errors.GEOSException):
        raise StreetsError(Fault(str(path), "is no GeoJSON with a polygon.", remedy)) from None
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        raise StreetsError(Fault(str(path), f"holds a {shape.geom_type}, no polygon.", remedy))
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise StreetsError(Fault(str(path), "is not in degrees of longitude and latitude.", remedy))
    return shape


def _only_geometry(text: str) -> str:
    """The first geometry of a GeoJSON text, whether bare, a feature or a collection."""
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
        raise StreetsError(
            Fault(where, f"is {km2:,.0f} km²; up to {MAX_AREA_KM2:,.0f} are downloaded.", "Name one district.")
        )


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
    """osmnx's global settings for one download, put back afterwards.

    Every answer passes ``_judge`` before osmnx sees it: osmnx itself takes partial data for whole, and on
    429 and 504 sleeps and asks again without end.
    """
    import osmnx
    import platformdirs

    deadline = time.monotonic() + streets.timeout_s

    def judge(response: Any, *_: Any, **__: Any) -> None:
        try:
            _judge(response, deadline, where, streets.timeout_s)
        except StreetsError:
            response.close()
            raise

    wanted = {
        "use_cache": True,
        "cache_folder": streets.cache_dir or platformdirs.user_cache_dir("routeopt"),
        "requests_timeout": streets.timeout_s,
        "requests_kwargs": {"hooks": {"response": judge}},
        "overpass_rate_limit": False,
        "doh_url_template": None,
        "http_user_agent": "routeopt (patrol route planning)",
        "http_referer": "routeopt",
        "useful_tags_way": sorted(USED_TAGS),
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
    """Refuse an answer that osmnx would wait on, or take for whole."""
    host = response.url.split("/")[2]
    if response.status_code == 429:
        raise StreetsError(Fault(where, f"{host} refuses: too many requests (429).", WAIT))
    if response.status_code == 504:
        raise StreetsError(Fault(where, f"{host} is overloaded (504).", WAIT))
    if not response.ok:
        raise StreetsError(Fault(where, f"{host} answered {response.status_code} {response.reason}.", WAIT))
    try:
        answer = response.json()
    except ValueError:
        raise StreetsError(Fault(where, f"{host} answered something that is no OSM data.", WAIT)) from None
    remark = answer.get("remark", "") if isinstance(answer, dict) else ""
    if "error" in remark.lower() or "timed out" in remark.lower():
        remedy = "Choose a smaller area, a longer streets: timeout_s, or another server."
        raise StreetsError(Fault(where, f'{host} gave up with part of the data: "{remark}".', remedy))
    if time.monotonic() > deadline:
        raise StreetsError(_late(where, timeout_s))


def _late(where: str, timeout_s: float) -> Fault:
    remedy = "Choose a smaller area, a longer streets: timeout_s, or another server."
    return Fault(where, f"the download took longer than {timeout_s:g} s.", remedy)


@contextmanager
def _faults(where: str, streets: Streets, nothing: str = "nothing was found there.") -> Iterator[None]:
    """What requests and osmnx raise, in a planner's words."""
    import osmnx
    import requests

    try:
        yield
    except requests.exceptions.Timeout:
        raise StreetsError(_late(where, streets.timeout_s)) from None
    except requests.exceptions.RequestException as error:
        host = error.request.url.split("/")[2] if error.request is not None and error.request.url else "the server"
        remedy = "Check the connection, or use a downloaded extract as streets: file."
        raise StreetsError(Fault(where, f"{host} cannot be reached.", remedy)) from None
    except (osmnx._errors.InsufficientResponseError, ValueError):
        remedy = "Maybe the area is water, or too small."
        raise StreetsError(Fault(where, nothing, remedy)) from None
