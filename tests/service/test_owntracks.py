"""Positions from telephones."""

from __future__ import annotations

import base64
import datetime as dt
from urllib.parse import quote

import pytest

from routeopt.dispatch.journal import Journal, read
from routeopt.errors import InputError
from routeopt.service import owntracks
from routeopt.service.owntracks import event_of


def fix(at="19:35", **more):
    """A message as the app sends it, from a telephone in this computer's zone (the scenario names none)."""
    tst = int(dt.datetime.fromisoformat(f"2026-11-27T{at}:00").timestamp())
    return {
        "_type": "location", "tst": tst, "lat": 26.001, "lon": 119.0, "acc": 12, "batt": 81, "tid": "f1",
        "topic": "owntracks/radios/Foot 1", "SSID": "home of Li", "BSSID": "aa:bb", "conn": "w", **more,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Telephones send while the shift goes on."""
    monkeypatch.setattr(owntracks, "now", lambda: dt.datetime(2026, 11, 27, 19, 40).astimezone())


def team(client):
    return client.get("/state").json()["teams"][0]


def test_a_position_becomes_an_event_without_what_else_is_sent(serve, tmp_path):
    path = tmp_path / "shift.journal"
    with Journal(path) as journal:
        client = serve(journal=journal)
        answer = client.post("/owntracks", json=fix())
        assert (answer.status_code, answer.json()) == (200, [])
        assert team(client)["told_s"] == 35 * 60
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("shift.journal*"))
    (row,) = read(path)
    assert set(row.event) == {
        "id", "kind", "happened_at", "entered_at", "team", "lat", "lon", "accuracy_m", "source"
    }  # fmt: skip
    assert b"home of Li" not in kept
    assert b"aa:bb" not in kept


def test_positions_count_at_their_own_time_and_once(serve):
    client = serve()
    for at in ("19:38", "19:31", "19:38", "19:35"):
        assert client.post("/owntracks", json=fix(at, lat=26.0 + int(at[3:]) / 1e5)).json() == []
    assert len(client.get("/events").json()["events"]) == 3
    assert team(client)["told_s"] == 38 * 60
    assert team(client)["lat"] == pytest.approx(26.00038)


@pytest.mark.parametrize(
    ("more", "head", "query"),
    [
        ({"topic": "owntracks/Foot 1/phone"}, {}, ""),
        ({"topic": None}, {"X-Limit-D": "Foot 1"}, ""),
        ({"topic": "owntracks/u/d"}, {}, f"?team={quote('foot 1')}"),
        ({"topic": "owntracks/u/d", "tid": "Foot 1"}, {}, ""),
    ],
)
def test_a_team_is_recognised(serve, more, head, query):
    client = serve()
    assert client.post("/owntracks" + query, json=fix(**more), headers=head).status_code == 200
    assert team(client)["told_s"] == 35 * 60


@pytest.mark.parametrize(
    ("message", "codes"),
    [
        (fix(topic="owntracks/u/Foot 9", tid="f9"), ["RO-750"]),
        (fix(tst=str(0), lat=99, topic=""), ["RO-750", "RO-104", "RO-103"]),
        ([fix()], ["RO-423"]),
        (fix("20:10"), ["RO-704"]),
    ],
)
def test_what_cannot_be_used_is_refused_with_all_faults(serve, message, codes):
    answer = serve().post("/owntracks", json=message)
    assert answer.status_code == 422
    found = [fault["code"] for fault in answer.json()["faults"]]
    assert len(found) == len(codes)
    assert found[0] == codes[0]


def test_other_messages_are_acknowledged_and_left(serve):
    client = serve()
    assert client.post("/owntracks", json={"_type": "lwt", "tst": 1}).json() == []
    assert client.post("/owntracks", json={"_type": "waypoint", "desc": "home"}).json() == []
    assert client.get("/events").json()["events"] == []


def test_the_token_is_the_password(serve):
    def head(secret):
        return {"Authorization": "Basic " + base64.b64encode(f"phone:{secret}".encode()).decode()}

    client = serve(token="x")
    client.token = ""
    assert client.post("/owntracks", json=fix(), headers=head("p" * 16)).status_code == 200
    assert client.get("/state", headers=head("p" * 16)).status_code == 403
    assert client.post("/owntracks", json=fix(), headers=head("r" * 16)).status_code == 403
    for wrong in ("q" * 16, ""):
        assert client.post("/owntracks", json=fix(), headers=head(wrong)).status_code == 401
    assert client.post("/owntracks", json=fix(), headers={"Authorization": "Basic !"}).status_code == 401


def test_no_name_at_all(shift):
    with pytest.raises(InputError, match="it names –"):
        event_of(shift[0].problem, fix(), [])
