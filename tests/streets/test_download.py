"""Downloads against a double of Overpass and Nominatim on the loopback: answers, silences and refusals."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

import pytest

from routeopt.errors import StreetsError
from routeopt.scenario.model import Streets
from routeopt.streets.download import download

BBOX = [26.0, 119.0, 26.01, 119.01]
STREETS = [
    {"type": "node", "id": n, "lat": 26.003 + (n > 2) * 0.003, "lon": 119.003 + (n in (2, 3)) * 0.003}
    for n in (1, 2, 3, 4)
] + [
    {"type": "way", "id": 1, "nodes": [1, 2, 3, 4, 1], "tags": {"highway": "residential", "name": "Ring"}},
]  # fmt: skip
BAR = [{"type": "node", "id": 9, "lat": 26.004, "lon": 119.004, "tags": {"amenity": "bar", "name": "Blue"}}]
PLACE = [
    {
        "place_id": 1, "osm_type": "relation", "osm_id": 1, "lat": "26.0", "lon": "119.0", "importance": 0.5,
        "boundingbox": ["26.0", "26.01", "119.0", "119.01"], "display_name": "Town", "name": "Town",
        "geojson": {
            "type": "Polygon",
            "coordinates": [[[119.0, 26.0], [119.01, 26.0], [119.01, 26.01], [119.0, 26.01], [119.0, 26.0]]],
        },
    }
]  # fmt: skip


class Double(BaseHTTPRequestHandler):
    """Answers by ``self.server.answers``: "streets", "venues" and "place" → (status, body)."""

    def _answer(self, kind: str) -> None:
        self.server.asked.append(kind)  # type: ignore[attr-defined]
        status, body, delay = self.server.answers[kind]  # type: ignore[attr-defined]
        threading.Event().wait(delay)  # time.sleep is patched
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        query = unquote_plus(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer("streets" if '"highway"' in query else "venues")

    def do_GET(self) -> None:
        self._answer("place")

    def log_message(self, *_: object) -> None:
        """Silence."""


def body(elements: list, **more: object) -> bytes:
    return json.dumps({"version": 0.6, "elements": elements, **more}).encode()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("osmnx._nominatim.time.sleep", lambda _: None)  # its second of courtesy
    double = ThreadingHTTPServer(("127.0.0.1", 0), Double)
    double.asked = []
    double.answers = {
        "streets": (200, body(STREETS), 0.0),
        "venues": (200, body(BAR), 0.0),
        "place": (200, json.dumps(PLACE).encode(), 0.0),
    }
    thread = threading.Thread(target=double.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield double
    double.shutdown()
    double.server_close()
    thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    def run(**options):
        url = f"http://127.0.0.1:{server.server_port}"
        area = {} if {"place", "polygon"} & set(options) else {"bbox": BBOX}
        streets = Streets(
            **{"overpass_url": url, "nominatim_url": url, "cache_dir": str(tmp_path / "c"), "timeout_s": 5.0}
            | area
            | options
        )
        return download(streets, tmp_path)

    return run


def refused(fetch, **options):
    with pytest.raises(StreetsError) as caught:
        fetch(**options)
    (fault,) = caught.value.faults
    return fault


def test_bbox(fetch):
    raw = fetch()
    assert {tags["name"] for tags in raw.tags} == {"Ring"}
    assert [(v.kind, v.name) for v in raw.venues] == [("amenity=bar", "Blue")]


def test_place(fetch, server):
    assert fetch(place="Town").n_ways
    assert server.asked[0] == "place"


@pytest.mark.parametrize("wrap", ["bare", "feature", "collection"])
def test_polygon(fetch, tmp_path, wrap):
    shape = PLACE[0]["geojson"]
    if wrap != "bare":
        shape = {"type": "Feature", "properties": {}, "geometry": shape}
    if wrap == "collection":
        shape = {"type": "FeatureCollection", "features": [shape]}
    (tmp_path / "area.geojson").write_text(json.dumps(shape))
    assert fetch(polygon="area.geojson").n_ways


def test_cache_asks_only_once(fetch, server):
    fetch()
    asked = len(server.asked)
    fetch()
    assert len(server.asked) == asked


def test_area_without_venues(fetch, server):
    server.answers["venues"] = (200, body([]), 0.0)
    assert fetch().venues == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((429, b"slow down", 0.0), "RO-220"),
        ((504, b"", 0.0), "RO-221"),
        ((500, b"oops", 0.0), "RO-222"),
        ((200, b"<html>maintenance</html>", 0.0), "RO-223"),
        ((200, body([], remark="runtime error: Query timed out in 5 s"), 0.0), "RO-224"),
        ((200, body([]), 0.0), "RO-206"),
    ],
)
def test_refusal_is_reported_at_once(fetch, server, answer, code):
    server.answers["streets"] = answer
    began = time.monotonic()
    assert refused(fetch).code == code
    assert time.monotonic() - began < 4


def test_partial_data_is_not_kept(fetch, server):
    server.answers["streets"] = (200, body(STREETS, remark="runtime error: out of memory"), 0.0)
    refused(fetch)
    server.answers["streets"] = (200, body(STREETS), 0.0)
    assert fetch().n_ways


def test_slow_server(fetch, server):
    server.answers["streets"] = (200, body(STREETS), 1.5)
    fault = refused(fetch, timeout_s=0.5)
    assert fault.code == "RO-225"
    assert "longer than 0.5 s" in str(fault)


def test_unknown_place(fetch, server):
    server.answers["place"] = (200, b"[]", 0.0)
    fault = refused(fetch, place="Nowhere")
    assert (fault.code, fault.path) == ("RO-210", "streets: Nowhere")


def test_server_that_does_not_answer(fetch):
    fault = refused(fetch, overpass_url="http://127.0.0.1:9")
    assert (fault.code, fault.values["host"]) == ("RO-226", "127.0.0.1:9")


def test_host_that_does_not_exist(fetch):
    assert refused(fetch, overpass_url="http://overpass.invalid").code == "RO-226"


def test_area_too_large(fetch):
    fault = refused(fetch, bbox=[20.0, 110.0, 25.0, 120.0])
    assert fault.code == "RO-215"
    assert "at most 1,500 km²" in str(fault)


@pytest.mark.parametrize(
    ("text", "code"),
    [("no json", "RO-212"), ("{}", "RO-212"), ('{"type": "Point", "coordinates": [1, 2]}', "RO-213")],
)
def test_file_without_a_polygon_is_refused(fetch, tmp_path, text, code):
    (tmp_path / "area.geojson").write_text(text)
    fault = refused(fetch, polygon="area.geojson")
    assert (fault.code, fault.path) == (code, str(tmp_path / "area.geojson"))


def test_settings_are_put_back(fetch):
    import osmnx

    before = osmnx.settings.overpass_url
    fetch()
    assert osmnx.settings.overpass_url == before
