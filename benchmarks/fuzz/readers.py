"""The readers: what each reads, sound files to begin with, and how it is called."""

from __future__ import annotations

import asyncio
import bz2
import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STREETS = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="26.0000" lon="119.0000"/> <node id="2" lat="26.0000" lon="119.0030"/>
 <node id="3" lat="26.0020" lon="119.0030"/> <node id="4" lat="26.0020" lon="119.0000"/>
 <node id="5" lat="26.0010" lon="119.0015"><tag k="amenity" v="bar"/><tag k="name" v="Blue"/></node>
 <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="name" v="South St"/></way>
 <way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
 <way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="footway"/><tag k="maxspeed" v="30 mph"/></way>
 <way id="4"><nd ref="4"/><nd ref="1"/><tag k="highway" v="residential"/><tag k="name" v="West St"/></way>
 <way id="5"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="landuse" v="residential"/>
 <tag k="name" v="East"/></way>
 <relation id="1"><member type="way" ref="5" role="outer"/><tag k="type" v="multipolygon"/>
 <tag k="place" v="quarter"/><tag k="name" v="North"/></relation>
</osm>
"""
SCENARIO: dict[str, Any] = {
    "routeopt": 1,
    "name": "a night",
    "shift": {"start": "19:00", "end": "21:00", "date": "2026-05-15", "timezone": "Asia/Shanghai"},
    "streets": {"file": "town.osm"},
    "posts": [{"name": "Station", "lat": 26.0, "lon": 119.0}],
    "teams": [
        {"name": "Foot 1", "mode": "foot", "start": "Station"},
        {"name": "Car 1", "mode": "car", "start": "Station", "from": "19:30"},
    ],
    "demand": [
        {"kind": "venues", "weights": {"amenity=bar": 4}},
        {
            "kind": "fixed",
            "entries": [{"name": "Market", "lat": 26.002, "lon": 119.003, "radius_m": 150, "weight": 2}],
        },
    ],
    "sites": {
        "count": 4,
        "spacing_m": 50,
        "list": [{"name": "Gate", "lat": 26.001, "lon": 119.0, "zone": "North"}],
    },
    "tasks": [
        {
            "name": "Visit",
            "lat": 26.0,
            "lon": 119.003,
            "windows": [["19:30", "20:00"]],
            "service_min": 10,
            "reward": 0.1,
        }
    ],
    "model": {"dwell_min": [5, 10, 15], "dwell_effect": [0.3, 0.8, 1.0], "tau_min": 60},
    "goals": [{"name": "North", "zone": "North", "at_least": 0.1}],
}
INCIDENTS = "category,time,lat,lon,id\n" + "".join(
    f"fight,2026-01-{1 + n % 28:02d} {n % 24:02d}:15,{26 + n / 30000:.5f},{119.001 + n / 20000:.5f},J{n}\n"
    for n in range(60)
)
DONE = (
    "team,place,time,done,reason\nFoot 1,Gate,19:40,yes,\nCar 1,Gate,20:10,no,called to an incident 13800000000\n"
)
TRACK = "team,time,lat,lon\n" + "".join(
    f"Foot 1,2026-05-15 19:{n:02d}:00,{26 + n / 30000:.5f},119.0\n" for n in range(40)
)
GPX = (
    '<?xml version="1.0"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    "<trk><name>Foot 1</name><trkseg>"
    + (
        "".join(
            f'<trkpt lat="{26 + n / 30000:.5f}" lon="119.0"><time>2026-05-15T11:{n:02d}:00Z</time></trkpt>\n'
            for n in range(30)
        )
        + "</trkseg></trk></gpx>\n"
    )
)
VENUES = "name,kind,lat,lon,weight,radius_m\nBlue,bar,26.001,119.001,3,80\n五里亭,market,26.002,119.003,,\n"
FIXED = (
    "name,lat,lon,weight,radius_m,from,until\nMarket,26.002,119.003,2,150,19:00,20:30\nFair,26.001,119.0,1,90,,\n"
)
PLACES = "name,lat,lon,zone\nGate A,26.001,119.0,North\nGate B,26.0005,119.003,South\n"
CAMERAS = (
    "name,lat,lon,range_m,bearing,field,from,until\nC1,26.001,119.0,60,0,90,19:00,20:00\n"
    "C2,26.002,119.003,70,,,,\n"
)
COUNTS = "area,period,count,nights\ntreated,before,207,60\ntreated,after,110,60\n"
TOKENS = "0123456789abcdef0123456789 read desk\n# a remark\nfedcba9876543210fedcba9876 command\n"
CARRIED = "tasks:\n- {name: Visit, due: 2026-05-16}\n- {name: Gate, lat: 26.001, lon: 119.0}\n"
EVENTS: list[dict[str, Any]] = [
    {
        "id": "e1",
        "kind": "position",
        "happened_at": "2026-05-15T19:10:00+08:00",
        "entered_at": "2026-05-15T19:10:02+08:00",
        "team": "Foot 1",
        "lat": 26.0,
        "lon": 119.001,
    },
    {
        "id": "e2",
        "kind": "sent",
        "happened_at": "2026-05-15T19:20:00+08:00",
        "entered_at": "2026-05-15T19:20:02+08:00",
        "team": "Car 1",
        "place": {"lat": 26.002, "lon": 119.003},
        "minutes": 20,
    },
    {
        "id": "e3",
        "kind": "note",
        "happened_at": "2026-05-15T19:21:00+08:00",
        "entered_at": "2026-05-15T19:21:02+08:00",
        "text": "quiet",
    },
]
OWNTRACKS = {
    "_type": "location",
    "tst": 1779000000,
    "lat": 26.0,
    "lon": 119.0,
    "acc": 5,
    "topic": "owntracks/x/Foot 1",
}
QUERY = b"bbox=118,25,120,27&datetime=2026-05-15T19:00:00Z/..&limit=10&offset=0"


@dataclass(frozen=True)
class Reader:
    """A reader and where its files come from."""

    suffix: str
    files: tuple[bytes, ...]
    """Sound files."""
    read: Callable[[Path], object]


def readers(folder: Path) -> dict[str, Reader]:
    """Return all readers by name; what they need besides the file is written into ``folder``."""
    from routeopt.budget import Budget
    from routeopt.problem.build import build_with_streets
    from routeopt.scenario.read import read_scenario
    from routeopt.solving import solve

    (folder / "town.osm").write_text(STREETS, encoding="utf-8")
    (folder / "night.json").write_text(json.dumps(SCENARIO), encoding="utf-8")
    scenario = read_scenario(folder / "night.json")
    built = build_with_streets(scenario)
    result = solve(built.problem, Budget(seconds=20, iterations=5), seed=1)
    return {
        **_of_scenarios(folder),
        **_of_streets(folder, scenario.speeds),
        **_of_incidents(),
        **_of_lists(scenario, built),
        **_of_plans(folder, built, result),
        **_of_records(scenario, built),
        **_of_service(built, result),
    }


def _of_scenarios(folder: Path) -> dict[str, Reader]:
    import yaml

    from routeopt.problem.build import build_with_streets
    from routeopt.scenario.read import read_scenario

    text = yaml.safe_dump(SCENARIO, allow_unicode=True, sort_keys=False).encode()
    document = json.dumps(SCENARIO).encode()

    def build(path: Path) -> object:
        target = folder / path.name
        target.write_bytes(path.read_bytes())
        return build_with_streets(read_scenario(target))

    return {
        "scenario.yaml": Reader(".yaml", (text,), read_scenario),
        "scenario.json": Reader(".json", (document,), read_scenario),
        "scenario-built": Reader(".json", (document,), build),
    }


def _of_streets(folder: Path, speeds: Mapping[str, float]) -> dict[str, Reader]:
    import osmium

    from routeopt.scenario.model import Streets
    from routeopt.streets.boundaries import read_boundaries
    from routeopt.streets.osm import read_streets

    def read(path: Path) -> object:
        return read_streets(Streets(file=path.name), path.parent, speeds)

    source = osmium.MergeInputReader()
    source.add_file(str(folder / "town.osm"))
    with osmium.SimpleWriter(str(folder / "town.osm.pbf")) as writer:
        source.apply(writer, simplify=False)
    text, packed = STREETS.encode(), (folder / "town.osm.pbf").read_bytes()
    areas = {"place": ("quarter", "suburb"), "landuse": ("*",)}
    graph = _graphml()
    return {
        "streets.osm": Reader(".osm", (text,), read),
        "streets.osm.gz": Reader(".osm.gz", (gzip.compress(text),), read),
        "streets.osm.bz2": Reader(".osm.bz2", (bz2.compress(text),), read),
        "streets.osm.pbf": Reader(".osm.pbf", (packed,), read),
        "streets.graphml": Reader(".graphml", (graph,), read),
        "streets.graphml.gz": Reader(".graphml.gz", (gzip.compress(graph),), read),
        "boundaries.osm": Reader(".osm", (text,), lambda path: read_boundaries(path, areas)),
        "boundaries.pbf": Reader(".osm.pbf", (packed,), lambda path: read_boundaries(path, areas)),
    }


def _graphml() -> bytes:
    import networkx as nx

    graph: Any = nx.MultiDiGraph(crs="epsg:4326")
    for n, (lat, lon) in enumerate(((26.0, 119.0), (26.0, 119.003), (26.002, 119.003), (26.002, 119.0))):
        graph.add_node(str(n), y=lat, x=lon)
    for n in range(4):
        graph.add_edge(str(n), str((n + 1) % 4), highway="residential", name="[A, B]", length=250.0, osmid=n)
    text = io.BytesIO()
    nx.write_graphml(graph, text)
    return text.getvalue()


def _of_incidents() -> dict[str, Reader]:
    from routeopt.demand.incidents.read import read_incidents
    from routeopt.scenario.sources import IncidentDemand

    def read(path: Path) -> object:
        return read_incidents(IncidentDemand(kind="incidents", file=path.name), path.parent)

    rows = list(csv.reader(INCIDENTS.splitlines()))
    features = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [float(row[3]), float(row[2])]},
                "properties": {"category": row[0], "time": row[1], "id": row[4]},
            }
            for row in rows[1:]
        ],
    }
    page = (
        "<table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows) + "</table>"
    )
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    documents = json.dumps(records).encode(), "".join(json.dumps(one) + "\n" for one in records).encode()
    return {
        "incidents.csv": Reader(
            ".csv", (INCIDENTS.encode(), INCIDENTS.encode("utf-16"), INCIDENTS.encode("gb18030")), read
        ),
        "incidents.tsv": Reader(".tsv", (INCIDENTS.replace(",", "\t").encode(),), read),
        "incidents.xlsx": Reader(".xlsx", (_workbook(rows),), read),
        "incidents.geojson": Reader(".geojson", (json.dumps(features).encode(),), read),
        "incidents.json": Reader(".json", documents, read),
        "incidents.html": Reader(".html", (page.encode(),), read),
    }


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _of_lists(scenario: Any, built: Any) -> dict[str, Reader]:
    """Readers of tables and shapes that a scenario names."""
    from routeopt.demand.fixed import entries
    from routeopt.demand.venues import venues
    from routeopt.problem.build import _places
    from routeopt.problem.build_cameras import read_cameras
    from routeopt.problem.shapes import POLYGONS, read_shapes
    from routeopt.scenario.cameras import Cameras
    from routeopt.scenario.sources import FixedDemand, VenueDemand

    def within(path: Path, **changes: Any) -> Any:
        return scenario.model_copy(update={"source": path.parent / "night.json", **changes})

    net = built.network
    square = [[119.0, 26.0], [119.003, 26.0], [119.003, 26.002], [119.0, 26.0]]
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "North"},
                "geometry": {"type": "Polygon", "coordinates": [square]},
            },
            {
                "type": "Feature",
                "properties": {"name": "South"},
                "geometry": {"type": "MultiPolygon", "coordinates": [[square]]},
            },
        ],
    }

    def places(path: Path) -> object:
        return _places(within(path, sites=scenario.sites.model_copy(update={"file": path.name})))

    def cameras(path: Path) -> object:
        return read_cameras(within(path, cameras=Cameras(file=path.name)), net)

    return {
        "venues.csv": Reader(
            ".csv",
            (VENUES.encode(),),
            lambda path: venues(VenueDemand(kind="venues", file=path.name), net, path.parent),
        ),
        "fixed.csv": Reader(
            ".csv", (FIXED.encode(),), lambda path: entries(FixedDemand(kind="fixed", file=path.name), path.parent)
        ),
        "places.csv": Reader(".csv", (PLACES.encode(),), places),
        "cameras.csv": Reader(".csv", (CAMERAS.encode(),), cameras),
        "zones.geojson": Reader(
            ".geojson",
            (json.dumps(shapes).encode(),),
            lambda path: read_shapes(path, net, ("name",), POLYGONS, ("RO-236", "RO-237")),
        ),
    }


def _of_plans(folder: Path, built: Any, result: Any) -> dict[str, Reader]:
    from routeopt.exchange.edited.reader import read_edited
    from routeopt.exchange.plan_json import read_result
    from routeopt.exchange.portfolio import read_log
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import write_files
    from routeopt.trial.draw import read

    problem = built.problem
    names = {".json": "plan.json", ".geojson": "routes.geojson", ".xlsx": "plan.xlsx", ".csv": "stops.csv"}
    files = write_files(build_model(built, result, "en"), folder / "plan", tuple(names.values()))
    content = {path.name: path.read_bytes() for path in files if path.is_file()}

    def edited(path: Path) -> object:
        return read_edited(path, problem, result.plan)

    unit = {"unit": "Gate A", "block": "1", "arm": "patrol", "lat": 26.0, "lon": 119.0, "demand": 1.0}
    trial = {
        "format": "routeopt-trial",
        "version": 1,
        "unit": "place",
        "seed": 1,
        "digest": "x",
        "earlier": [],
        "units": [unit, unit | {"unit": "Gate B", "arm": "none"}],
        "start": "2026-05-15",
        "weeks": 4,
    }
    drawn = {"date": "2026-05-15", "seed": "7", "digest": "x", "plans": 3, "plan": 1}
    return {
        "plan.json": Reader(".json", (content["plan.json"],), lambda path: read_result(path, problem)),
        **{f"edited{end}": Reader(end, (content[name],), edited) for end, name in names.items() if end != ".json"},
        "trial.json": Reader(".json", (json.dumps(trial).encode(),), read),
        "draws.jsonl": Reader(".jsonl", ((json.dumps(drawn) + "\n").encode(),), read_log),
    }


def _of_records(scenario: Any, built: Any) -> dict[str, Reader]:
    """Readers of what was done, of tracks, of counts, and of lists for a meeting."""
    from routeopt.adherence.tracks import read_tracks
    from routeopt.briefing.work import read_carried
    from routeopt.effect.cells import read_counts
    from routeopt.exchange.done import read_done
    from routeopt.service.access import read_tokens

    problem = built.problem
    names, clock = problem.team_names, problem.clock
    done = list(csv.reader(DONE.splitlines()))
    return {
        "done.csv": Reader(".csv", (DONE.encode(),), lambda path: read_done(path, clock, names)),
        "done.xlsx": Reader(".xlsx", (_workbook(done),), lambda path: read_done(path, clock, names)),
        "tracks.csv": Reader(".csv", (TRACK.encode(),), lambda path: read_tracks(path, clock, names)),
        "tracks.gpx": Reader(".gpx", (GPX.encode(),), lambda path: read_tracks(path, clock, names)),
        "counts.csv": Reader(".csv", (COUNTS.encode(),), read_counts),
        "carried.yaml": Reader(".yaml", (CARRIED.encode(),), lambda path: read_carried(scenario, path)),
        "tokens": Reader(".txt", (TOKENS.encode(),), read_tokens),
    }


def _of_service(built: Any, result: Any) -> dict[str, Reader]:
    """What the service is sent, as the body of a request; and its journal."""
    import tempfile

    from starlette.datastructures import QueryParams

    from routeopt.dispatch.journal import Journal, read, verify
    from routeopt.service.body import read_json
    from routeopt.service.features import QueryError, read_query
    from routeopt.service.owntracks import position_of
    from routeopt.service.room import Room
    from routeopt.service.wall import Wall

    problem = built.problem
    wall = Wall(problem.clock)

    def refused(work: Callable[[bytes], object]) -> Callable[[Path], object]:
        def run(path: Path) -> object:
            try:
                return work(path.read_bytes())
            except QueryError:  # what the service answers
                return None

        return run

    def enter(body: bytes) -> object:
        found = read_json(body)
        documents: Sequence[Mapping[str, Any]] = found if isinstance(found, list) else [found]
        room = Room(built, result.plan, wall, words=str)
        try:
            return asyncio.run(room.enter(documents))
        finally:
            room.close()

    def position(body: bytes) -> object:
        return position_of(read_json(body), {}, "", problem.named_teams, problem.clock, wall)

    def query(body: bytes) -> object:
        return read_query(QueryParams(body.decode("latin-1")), problem.clock)

    def journal(path: Path) -> object:
        return verify(path), read(path)

    with tempfile.TemporaryDirectory() as folder:
        with Journal(Path(folder) / "journal.db") as kept:
            kept.append(*EVENTS).result()
        content = (Path(folder) / "journal.db").read_bytes()
    return {
        "events": Reader(".json", (json.dumps(EVENTS).encode(), json.dumps(EVENTS[0]).encode()), refused(enter)),
        "owntracks": Reader(".json", (json.dumps(OWNTRACKS).encode(),), refused(position)),
        "query": Reader(".txt", (QUERY,), refused(query)),
        "journal": Reader(".db", (content,), journal),
    }
