"""Tracks that are sent as files, and converted by gpsbabel."""

from __future__ import annotations

import datetime as dt
import gzip
import subprocess
import time
from functools import reduce
from xml.etree import ElementTree

import numpy as np
import pytest

from routeopt import Budget, solve
from routeopt.errors import Fault, InputError
from routeopt.exchange import gpx
from routeopt.reports.build_model import build_model
from routeopt.service import tracks
from tests.programs import program

from .conftest import DATE

CSV = "team,time,lat,lon\n" + "".join(
    f"Foot 1,{DATE} 19:{minute}:00,26.00{minute},119.0001\n" for minute in (31, 32, 33)
)
GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><name>{name}</name><trkseg>
<trkpt lat="26.0002" lon="119.0001"><time>{date}T19:30:00</time></trkpt>
<trkpt lat="26.0004" lon="119.0001"><time>{date}T19:31:00</time></trkpt></trkseg></trk></gpx>"""


def send(client, body, **query):
    found = client.post("/tracks", content=body, params=query)
    assert found.status_code == 200, found.text
    return found.json()


def refused(client, body, **query) -> dict[str, dict]:
    """Code → fault of what is refused; nothing is entered then."""
    found = client.post("/tracks", content=body, params=query)
    assert found.status_code == 422
    assert client.room.rows == []
    return {fault["code"]: fault for fault in found.json()["faults"]}


def test_a_table_is_entered_once_in_its_order_of_time(serve):
    client = serve()
    assert send(client, CSV) == {"entered": 3, "known": 0, "notes": []}
    assert send(client, CSV) == {"entered": 0, "known": 3, "notes": []}
    team = client.get("/state").json()["teams"][0]
    assert (team["lat"], team["lon"], team["told_s"]) == (26.0033, 119.0001, 33 * 60)
    events = [row["event"] for row in client.get("/events").json()["events"]]
    assert [event["happened_at"][11:] for event in events] == ["19:31:00", "19:32:00", "19:33:00"]
    assert {event["entered_at"] for event in events} == {f"{DATE}T19:40:00"}


def test_what_was_entered_with_other_coordinates_is_said(serve):
    client = serve()
    send(client, CSV)
    found = send(client, CSV.replace("26.0032", "26.0042"))
    assert (found["entered"], found["known"]) == (0, 3)
    assert found["notes"] == ["1 positions were entered before with other coordinates, which remain."]


@pytest.mark.parametrize(
    ("name", "query", "token"),
    [
        ("Foot 1", {}, ""), ("foot１", {}, ""), ("evening", {"team": "foot 1"}, ""), ("", {"team": "Foot 1"}, ""),
        ("evening", {}, "Foot 1"), ("Foot 1", {}, "radios"),
    ],
)  # fmt: skip
def test_the_team_is_named_by_track_query_or_token(serve, monkeypatch, name, query, token):
    client = serve()
    monkeypatch.setattr("routeopt.service.app.token_name", lambda *_: token)
    assert send(client, GPX.format(name=name, date=DATE), **query)["entered"] == 2
    assert {row.event.team for row in client.room.rows} == {"Foot 1"}


def test_a_datum_can_be_given(serve):
    client = serve()
    send(client, CSV, crs="gcj02")
    assert client.room.rows[0].event.lon != 119.0001
    assert client.post("/tracks?crs=mars", content=CSV).status_code == 422


def test_what_cannot_be_used_is_said_with_a_remedy_for_who_sends_it(serve):
    client = serve()
    found = refused(client, CSV.replace("Foot 1", "Bike 7"))
    assert found["RO-763"]["text"] == (
        'body:2: there is no team "Bike 7"; the shift has Foot 1. '
        "Add ?team= to the address, or name the track or a column team after it."
    )
    assert '"–"' in refused(client, GPX.format(name="", date=DATE))["RO-763"]["text"]
    assert refused(client, GPX.format(name="", date=DATE), team="Foot 8")
    assert "2026-11-28" not in refused(client, CSV.replace(DATE, "2026-11-28"))["RO-764"]["text"]
    assert "2026-11-27 19:59:00" in refused(client, CSV.replace("19:33", "19:59"))["RO-704"]["text"]
    assert set(refused(client, "time,lat\n")) == {"RO-772"}
    assert set(refused(client, "<kml/>")) == {"RO-773"}
    assert set(refused(client, gzip.compress(CSV.encode()))) == {"RO-765"}
    wrong = refused(client, CSV.replace("26.0031", "north").replace("19:32:00", "soon"))
    assert set(wrong) == {"RO-774", "RO-775", "RO-776"}
    assert wrong["RO-775"]["line"] == 2
    for body in ("", "\x00", "<", "<gpx>"):
        assert refused(client, body)


def test_nothing_of_the_file_but_positions_is_kept(serve):
    client = serve()
    send(client, "officer,phone," + CSV.replace("Foot 1,", "Li Wei,13800138000,Foot 1,"))
    assert "Li Wei" not in client.get("/events").text
    assert "13800138000" not in client.get("/events").text


def test_limits_and_tokens_hold(serve):
    assert serve(most_bytes=10).post("/tracks", content=CSV).status_code == 413
    for secret, status in (("p" * 16, 200), ("c" * 16, 200), ("r" * 16, 403), ("x" * 16, 401)):
        assert serve(secret).post("/tracks", content=CSV).status_code == status


def test_a_journal_that_is_full_says_so_and_the_rest_is_sent_again(serve, monkeypatch):
    class Filling:
        def __init__(self, journal):
            self.journal, self.left = journal, 2

        def append(self, *events):
            if not self.left:
                raise InputError(Fault("RO-744", "journal", why="full"))
            self.left -= 1
            return self.journal.append(*events)

    monkeypatch.setattr(tracks, "TOGETHER", 1)
    client = serve()
    client.room.journal = Filling(client.room.journal)
    assert client.post("/tracks", content=CSV).status_code == 503
    assert len(client.room.rows) == 2


def nmea(begin: dt.datetime, fixes) -> str:
    """Recommended minimum sentences (RMC), a minute apart."""
    lines = []
    for n, (lat, lon) in enumerate(fixes):
        when = begin + dt.timedelta(minutes=n)
        north, east = (f"{int(value):0{width}d}{value % 1 * 60:08.5f}" for value, width in ((lat, 2), (lon, 3)))
        text = f"GPRMC,{when:%H%M%S},A,{north},N,{east},E,1.0,0.0,{when:%d%m%y},,"
        lines.append(f"${text}*{reduce(lambda a, b: a ^ b, text.encode()):02X}\n")
    return "".join(lines)


@pytest.fixture
def utc(monkeypatch):
    """The computer's clock shows UTC: the scenario names no zone."""
    with monkeypatch.context() as one:
        one.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def babel(*words) -> None:
    subprocess.run([program("gpsbabel"), *map(str, words)], check=True, capture_output=True, timeout=20)


@pytest.mark.parametrize("kind", ["nmea", "unicsv"])
def test_what_gpsbabel_writes_is_read(serve, tmp_path, utc, kind):
    fixes = [(26.0002, 119.0001), (26.0005, 119.0003), (26.0009, 119.0002)]
    begin = dt.datetime(2026, 11, 27, 19, 31)
    rows = [
        f"{begin + dt.timedelta(minutes=n):%Y/%m/%d,%H:%M:%S},{lat},{lon}" for n, (lat, lon) in enumerate(fixes)
    ]
    text = nmea(begin, fixes) if kind == "nmea" else "\n".join(["date,time,lat,lon", *rows, ""])
    (tmp_path / "in").write_text(text, encoding="utf-8")
    as_track = ["-x", "transform,trk=wpt"] if kind == "unicsv" else []
    babel("-t", "-i", kind, "-f", tmp_path / "in", *as_track, "-o", "gpx", "-F", tmp_path / "out.gpx")
    client = serve()
    found = send(client, (tmp_path / "out.gpx").read_bytes(), team="Foot 1")
    assert found["entered"] == 3
    got = [(row.event.lat, row.event.lon) for row in client.room.rows]
    assert np.allclose(got, fixes, atol=1e-6)


def test_gpsbabel_reads_the_tracks_of_a_plan(shift, tmp_path):
    built, _ = shift
    result = solve(built.problem, Budget(iterations=30), seed=1)
    gpx.write(build_model(built, result), tmp_path)
    (written,) = tmp_path.glob("*.gpx")
    babel("-t", "-i", "gpx", "-f", written, "-o", "unicsv", "-F", tmp_path / "plan.csv")
    ours = [e.attrib for e in ElementTree.parse(written).iter() if e.tag.endswith("trkpt")]
    theirs = (tmp_path / "plan.csv").read_text(encoding="utf-8").splitlines()
    assert len(theirs) == len(ours) + 1 > 2
    assert np.allclose(
        [[float(x) for x in line.split(",")[1:3]] for line in theirs[1:]],
        [[float(one["lat"]), float(one["lon"])] for one in ours], atol=1e-6,
    )  # fmt: skip
