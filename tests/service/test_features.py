"""OGC API - Features: what QGIS and GDAL read."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
import shapely
import uvicorn

from routeopt.service.layers import LAYERS
from tests.programs import missing

ITEMS = "/ogc/collections/{}/items"


def items(client, name, **query):
    found = client.get(ITEMS.format(name), params=query)
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == "application/geo+json"
    return found.json()


def test_every_link_leads_somewhere(serve):
    client = serve()
    known, ahead = set(), ["http://desk/ogc"]
    while ahead:
        address = ahead.pop()
        if address in known:
            continue
        known.add(address)
        parts = urlsplit(address)
        found = client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        assert found.status_code == 200, address
        document = found.json()
        for one in (document, *document.get("collections", ())):
            ahead += [link["href"] for link in one.get("links", ())]
    assert {f"http://desk{ITEMS.format(name)}" for name in LAYERS} < known
    assert len(known) == 4 + 2 * len(LAYERS)


def test_the_layers_have_what_the_plan_has(serve):
    client = serve()
    plan = client.get("/plan").json()["plan"]
    visits = [visit for route in plan["routes"] for visit in route["visits"]]
    stops = items(client, "stops")
    assert stops["numberMatched"] == stops["numberReturned"] == len(visits) > 0
    assert [f["properties"]["place"] for f in stops["features"]] == [visit["site"] for visit in visits]
    route = items(client, "routes")["features"][0]
    assert (route["geometry"]["type"], route["properties"]["team"]) == ("LineString", "Foot 1")
    begin, end = (shapely.Point(route["geometry"]["coordinates"][n]) for n in (0, -1))
    first = stops["features"][0]["properties"]
    assert route["properties"]["start_s"] <= first["start_s"]
    assert first["start_time"].startswith("2026-11-27T")
    assert begin.distance(shapely.geometry.shape(stops["features"][0]["geometry"])) < 0.01 > end.distance(begin)
    problem = client.room.built.problem
    heat = items(client, "heat")["features"]
    assert len(heat) == problem.n_points
    mean = sum(f["properties"]["demand_per_min"] for f in heat)
    assert mean == pytest.approx(problem.demand.mean(axis=1).sum(), rel=1e-3)


def test_teams_are_where_they_say_and_layers_follow_the_shift(serve):
    client = serve()
    before = items(client, "teams")["features"][0]
    assert before["properties"]["told_s"] is None
    client.enter("position", team="Foot 1", lat=26.0007, lon=119.0003)
    after = items(client, "teams")["features"][0]
    assert (after["id"], after["geometry"]["coordinates"]) == ("T1", [119.0003, 26.0007])
    loud = sum(f["properties"]["demand_now_per_min"] for f in items(client, "heat")["features"])
    place = items(client, "stops")["features"][0]["properties"]["place"]
    assert client.enter("place_busy", at="19:36", place=place, factor=5, minutes=60).status_code == 200
    assert sum(f["properties"]["demand_now_per_min"] for f in items(client, "heat")["features"]) > loud


def test_pages_are_the_whole_once(serve):
    client = serve()
    whole = items(client, "heat")["features"]
    found, address = [], f"{ITEMS.format('heat')}?limit=3"
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == len(whole)
        found += page["features"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == whole
    assert items(client, "heat", offset=10_000)["features"] == []
    assert client.get(f"{ITEMS.format('heat')}/{whole[2]['id']}").json()["properties"] == whole[2]["properties"]


def test_a_box_selects_what_touches_it(serve):
    client = serve()
    west, south, east, north = client.get("/ogc/collections/heat").json()["extent"]["spatial"]["bbox"][0]
    whole = items(client, "heat")["features"]
    half = f"{west},{south},{(west + east) / 2},{north}"
    line = shapely.box(*(float(x) for x in half.split(",")))
    wanted = [f["id"] for f in whole if shapely.geometry.shape(f["geometry"]).intersects(line)]
    assert [f["id"] for f in items(client, "heat", bbox=half)["features"]] == wanted
    assert 0 < len(wanted) < len(whole)
    assert items(client, "heat", bbox=f"{west},{south},-9,{east},{north},9")["numberMatched"] == len(whole)
    assert items(client, "heat", bbox=f"179,{south},{east},{north}")["numberMatched"] == len(whole)
    assert items(client, "heat", bbox="0,0,1,1")["numberMatched"] == 0


def test_a_time_selects_the_stops_of_it(serve):
    client = serve()
    whole = items(client, "stops")["features"]
    first, last = whole[0]["properties"], whole[-1]["properties"]
    at = items(client, "stops", datetime=first["start_time"])["features"]
    assert [f["id"] for f in at] == [whole[0]["id"]]
    assert items(client, "stops", datetime=f"../{last['end_time']}")["numberMatched"] == len(whole)
    assert items(client, "stops", datetime=f"{last['start_time']}/..")["features"][-1]["id"] == whole[-1]["id"]
    assert items(client, "stops", datetime="2020-01-01T00:00:00Z")["numberMatched"] == 0
    assert items(client, "heat", datetime="2020-01-01T00:00:00Z")["numberMatched"] > 0


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("bbox=1,2,3", ["RO-752"]),
        ("bbox=1,9,3,4", ["RO-752"]),
        ("bbox=1,nan,3,4", ["RO-752"]),
        ("datetime=today", ["RO-753"]),
        ("datetime=../..", ["RO-753"]),
        ("datetime=2026-11-28T00:00:00Z/2026-11-27T00:00:00Z", ["RO-753"]),
        ("limit=0&offset=-1", ["RO-754", "RO-754"]),
        ("limit=1e9&bbox=", ["RO-752", "RO-754"]),
        ("limit=1&limit=2", ["RO-751"]),
        ("colour=red", ["RO-750"]),
    ],
)
def test_what_cannot_be_asked_is_refused_with_400(serve, query, codes):
    found = serve().get(f"{ITEMS.format('stops')}?{query}")
    assert found.status_code == 400
    assert [fault["code"] for fault in found.json()["faults"]] == codes


@pytest.mark.parametrize(
    "path", ["/ogc/collections/moods", "/ogc/collections/moods/items", ITEMS.format("teams") + "/9"]
)
def test_what_is_not_there_is_404(serve, path):
    assert serve().get(path).status_code == 404


def test_a_token_is_needed(serve):
    assert serve("p" * 16).get("/ogc/collections").status_code == 403
    assert serve("r" * 16).get("/ogc/collections").status_code == 200


READ = """
import json, sys, pyogrio, shapely
found = {}
for name, _ in pyogrio.list_layers(sys.argv[1]):
    meta, _, shapes, _ = pyogrio.raw.read(sys.argv[1], layer=name, PAGE_SIZE=4)
    found[name] = len(shapes), meta["crs"], sorted({shape.geom_type for shape in shapely.from_wkb(shapes)})
print(json.dumps(found))
"""
"""In a process of its own: GDAL lets no other thread run while it waits."""


def test_gdal_reads_it(serve):
    """Over a connection and page by page, as QGIS does."""
    try:
        import pyogrio
    except ModuleNotFoundError:
        missing("GDAL is not installed")
    if "OAPIF" not in pyogrio.list_drivers():
        missing("GDAL was built without OGC API - Features")
    client = serve()
    wanted = {name: items(client, name)["numberMatched"] for name in LAYERS}
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(client.app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        source = f"OAPIF:http://127.0.0.1:{listening.getsockname()[1]}/ogc"
        done = subprocess.run(
            [sys.executable, "-c", READ, source], capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: n for name, (n, _, _) in found.items()} == wanted
    assert {crs for _, crs, _ in found.values()} <= {"EPSG:4326", "OGC:CRS84"}
    assert [found[name][2] for name in ("stops", "routes", "heat")] == [["Point"], ["LineString"], ["LineString"]]
