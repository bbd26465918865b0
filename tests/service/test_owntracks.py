"""Positions as OwnTracks sends them."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from dataclasses import replace

import pytest

from routeopt.service.owntracks import position_of
from routeopt.service.wall import Wall
from tests.service.conftest import NOW_S

PERSONAL = {"SSID": "Li's home", "BSSID": "12:34:56:78:9a:bc", "inregions": ["Li's home"], "batt": 41, "conn": "w"}


def located(minute: float = 35, lat: float = 26.001, lon: float = 119.0001, **more) -> dict:
    """A message, sent some minutes after the shift's start."""
    return {
        "_type": "location",
        "tst": int(NOW_S + (minute - 40) * 60),
        "lat": lat,
        "lon": lon,
        "acc": 12,
        "tid": "zz",
        **more,
    }


@pytest.fixture
def positions(serve):
    """Sends messages and returns where the team is."""
    client = serve()

    def send(*messages: dict) -> tuple[float, float, int]:
        for message in messages:
            found = client.post("/owntracks", json={"topic": "owntracks/Foot 1/phone", **message})
            assert (found.status_code, found.json()) == (200, [])
        team = client.get("/state").json()["teams"][0]
        return team["lat"], team["lon"], team["told_s"]

    send.client = client
    return send


def test_a_position_is_entered_for_its_team(positions):
    assert positions(located(35, 26.0005)) == (26.0005, 119.0001, 35 * 60)
    event = positions.client.get("/events").json()["events"][0]["event"]
    assert (event["kind"], event["team"], event["accuracy_m"]) == ("position", "Foot 1", 12)


def test_positions_count_by_their_own_time(positions):
    assert positions(located(36, 26.0002), located(34, 26.0008)) == (26.0002, 119.0001, 36 * 60)


def test_what_is_sent_again_is_entered_once(positions):
    """A phone that lost the answer sends the same message later; two positions of one second are two."""
    positions(located(35), located(35), located(35, acc=30))
    assert len(positions.client.get("/events").json()["events"]) == 2


@pytest.mark.parametrize("kind", ["waypoint", "status", "lwt", "card", "transition", None])
def test_other_messages_are_passed_over(positions, kind):
    positions({"_type": kind, "desc": "Li's home", "lat": 26.0, "lon": 119.0})
    assert positions.client.post("/owntracks", content=b"").json() == []
    assert positions.client.get("/events").json()["events"] == []


def test_nothing_of_the_device_or_its_owner_is_kept(positions):
    positions(located(**PERSONAL, topic="owntracks/li.wei/foot 1"))
    everything = positions.client.get("/events").text + str(positions.client.room.journal.entries())
    assert "Foot 1" in everything
    assert not [word for word in ("Li's home", "12:34", "li.wei", "batt", "foot 1") if word in everything]


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        ({"topic": "owntracks/Foot 1/phone"}, {}),
        ({"topic": "owntracks/foot/ＦＯＯＴ１"}, {}),
        ({"topic": "owntracks/Foot 1/x", "tid": "Fo"}, {"X-Limit-U": "Foot 2"}),
        ({}, {"X-Limit-D": "Foot 1", "X-Limit-U": "duty"}),
        ({"tid": "Foot 1"}, {}),
    ],
)
def test_the_team_is_named_by_topic_header_or_tracker(serve, message, headers):
    client = serve()
    assert client.post("/owntracks", json=located() | message, headers=headers).status_code == 200
    assert client.get("/events").json()["events"][0]["event"]["team"] == "Foot 1"


def test_all_that_is_wrong_is_said_at_once(serve):
    found = serve().post("/owntracks", json=located(lat=95, lon="east", tst=None, tid="q", topic="a/nobody/phone"))
    faults = {fault["path"]: fault for fault in found.json()["faults"]}
    assert found.status_code == 422
    assert set(faults) == {"message.tst", "message.lat", "message.lon", "message.topic"}
    assert faults["message.topic"]["text"].startswith(
        "message.topic: no team has one of these names: phone, nobody, q."
    )
    assert (
        serve().post("/owntracks", json={"_type": "encrypted", "data": "x"}).json()["faults"][0]["code"]
        == "RO-755"
    )
    assert serve().post("/owntracks", json=[]).status_code == 422
    assert serve().post("/owntracks", content=b"{").status_code == 400
    late = serve().post("/owntracks", json=located(60 * 48, topic="a/Foot 1/phone"))
    assert [fault["code"] for fault in late.json()["faults"]] == ["RO-703"]


@pytest.mark.parametrize(("secret", "status"), [("p" * 16, 200), ("r" * 16, 403), ("x" * 16, 401), ("", 401)])
def test_the_token_is_the_password(serve, secret, status):
    """OwnTracks knows no other way."""
    client = serve("c" * 16)
    client.token = ""
    head = {"Authorization": "Basic " + b64encode(f"Foot 1:{secret}".encode()).decode(), "X-Limit-U": "Foot 1"}
    assert client.post("/owntracks", json=located(), headers=head).status_code == status


def test_a_password_that_is_no_base64_is_no_token(serve):
    client = serve("c" * 16)
    client.token = ""
    assert client.post("/owntracks", json=located(), headers={"Authorization": "Basic %"}).status_code == 401


@pytest.mark.parametrize(("speed", "happened"), [(1, "20:00:00"), (10, "19:51:00")])
def test_times_are_those_of_the_wall(shift, speed, happened):
    """Of the true time, or of an exercise that runs faster and began at 20:01."""
    problem = shift[0].problem
    clock = replace(problem.clock, timezone="Asia/Shanghai")
    begin = dt.datetime(2026, 11, 27, 19, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()
    wall = Wall(clock, None if speed == 1 else 61 * 60, speed, lambda: begin + 61 * 60)
    event = position_of(
        located() | {"tst": begin + 3600, "tid": "Foot 1"}, {}, "", problem.named_teams, clock, wall
    )
    assert event is not None
    assert event["happened_at"] == f"2026-11-27T{happened}+08:00"
    assert event["entered_at"] == "2026-11-27T20:01:00+08:00"
