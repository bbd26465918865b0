"""The service over HTTP."""

from __future__ import annotations

import json

import pytest

from routeopt.document import FORMAT
from routeopt.service.access import Rate

CALL = {"name": "call", "place": "Blue", "service_min": 10, "windows": [["19:40", "20:40"]]}


def test_events_are_entered_once_with_number_and_hash(serve):
    client = serve()
    first = client.enter("note", "a", text="rain").json()["entered"][0]
    again = client.enter("note", "a", text="rain").json()["entered"][0]
    assert (first["number"], first["new"], again["new"]) == (1, True, False)
    assert again["hash"] == first["hash"]
    assert client.enter("note", "a", text="snow").status_code == 409
    second = client.enter("note", "b", text="wind").json()["entered"][0]
    assert second["hash"] != first["hash"]
    assert [row["number"] for row in client.get("/events?after=1").json()["events"]] == [2]


def test_a_list_is_entered_whole_or_not_at_all(serve):
    client = serve()
    head = {"happened_at": "2026-11-27T19:35:00", "entered_at": "2026-11-27T19:35:00"}
    good = {"id": "a", "kind": "off_duty", "team": "Foot 1", **head}
    found = client.post("/events", json=[good, {**good, "id": "b"}, {**good, "id": "c", "team": "Foot 9"}])
    assert found.status_code == 422
    assert [fault["path"] for fault in found.json()["faults"]] == ["events[2].team"]
    found = client.post("/events", json=[good, {**good, "id": "b"}])
    assert [fault["code"] for fault in found.json()["faults"]] == ["RO-708"]
    assert client.get("/events").json()["events"] == []
    assert client.post("/events", json=[good]).status_code == 200
    assert client.get("/state").json()["teams"][0]["status"] == "off duty"


def test_what_cannot_be_read_is_said_with_place_and_remedy(serve):
    found = serve().enter("arrived", team="Foot 11", place="Blu")
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    faults = {fault["path"]: fault["text"] for fault in found.json()["faults"]}
    assert set(faults) == {"event.team", "event.place"}
    assert "Foot 1" in faults["event.team"]


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("[" * 5000, 400), ("3", 422), ('{"kind": 3}', 422), ("[[]]", 422)]
)
def test_what_is_no_event_is_refused_without_a_trace(serve, body, status):
    found = serve().post("/events", content=body)
    assert found.status_code == status
    assert "Traceback" not in found.text
    assert "/routeopt/" not in found.text


PERSONAL = {
    "caller": "N. N.", "phone": "13800138000", "id_card": "350902199001011234", "officer": "Officer Li",
    "notes": "lives at 3 East St",
}  # fmt: skip


def test_nothing_personal_is_kept(serve):
    """Fields of persons are dropped and named; long numbers in a text are taken out."""
    client = serve()
    found = client.enter(
        "sent", team="Foot 1", place={"lat": 26.001, "lon": 119.0001, "owner": "N. N."}, minutes=10, **PERSONAL
    )
    assert set(found.json()["entered"][0]["dropped"]) == {*PERSONAL, "place.owner"}
    client.enter("task_added", task={**CALL, "contact": "Officer Li 13800138000"})
    client.enter("task_added", "named", task={**CALL, "name": "door 13800138000, case 2026112700123"})
    assert client.enter("task_done", at="19:36", task="door 13800138000, case 2026112700123").status_code == 200
    assert client.get("/state").json()["tasks"][-1]["task"] == "door …, case 2026112700123"
    client.enter("note", text="call back 13800138000, card 350902199001011234")
    everything = client.get("/events").text + client.get("/state").text + json.dumps(client.room.journal.entries())
    for word in ("N. N.", "13800138000", "350902199001011234", "Officer Li", "East St 3", "lives at"):
        assert word not in everything


def test_a_plan_is_re_planned_and_put_in_force_by_a_person(serve):
    client = serve()
    before = client.get("/plan").json()
    assert before["plan"]["format"] == FORMAT
    assert before["series"]["planned"] == before["series"]["live"]
    client.enter("task_added", task=CALL | {"mandatory": True})
    found = client.post("/replan").json()
    assert any(visit.get("task") == "call" for route in found["plan"]["routes"] for visit in route["visits"])
    assert client.get("/state").json()["tasks"][0]["status"] == "unplanned"
    assert client.enter("plan_published", at="19:41", plan=found["plan"]).status_code == 200
    assert client.get("/state").json()["tasks"][0]["status"] == "planned"
    assert client.get("/plan").json()["plan"] == found["plan"]


def test_recommendations_come_with_their_rule(serve):
    client = serve()
    found = client.get("/recommendations", params={"place": "Blue", "minutes": 15}).json()
    assert [row["team"] for row in found["proposals"]] == ["Foot 1"]
    assert found["rule"].startswith("Teams that are there within 2 min")
    near = client.get("/recommendations", params={"lat": 26.001, "lon": 119.0001}).json()
    assert near["place"] == "Blue"
    assert client.get("/recommendations", params={"place": "Blau"}).status_code == 422
    assert client.get("/recommendations").status_code == 422
    assert client.get("/recommendations", params={"place": "Blue", "minutes": 0}).status_code == 422


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("x" * 16, "GET", "/state", 401),
        ("r" * 16, "GET", "/state", 200),
        ("p" * 16, "GET", "/state", 403),
        ("c" * 16, "GET", "/state", 200),
        ("r" * 16, "POST", "/replan", 403),
        ("c" * 16, "POST", "/replan", 200),
        ("p" * 16, "GET", "/metrics", 403),
        ("x" * 16, "GET", "/healthz", 200),
    ],
)
def test_a_token_does_what_its_scope_says(serve, token, method, path, status):
    assert serve(token).ask(method, path).status_code == status


def test_an_event_says_with_which_token_it_was_entered(serve):
    client = serve("c" * 16)
    client.enter("note", text="rain", source="somebody")
    assert client.get("/events").json()["events"][0]["event"]["source"] == "desk"
    assert client.enter("note", "b", text="rain", source={}).status_code == 422


def test_a_browser_signs_in_with_its_token(serve):
    client = serve("x" * 16)
    assert "<canvas" not in client.get("/").text
    assert client.post("/login", data={"token": "y" * 16}).status_code == 401
    found = client.post("/login", data={"token": "r" * 16})
    assert found.status_code == 303
    assert "HttpOnly" in found.headers["set-cookie"]
    assert "SameSite=strict" in found.headers["set-cookie"]
    client.token = ""
    page = client.get("/", headers={"Cookie": found.headers["set-cookie"].split(";")[0]})
    assert '<canvas id="map"' in page.text
    assert "connect-src 'self'" in page.text


def test_large_bodies_and_many_requests_are_refused(serve):
    client = serve(most_bytes=1000)
    assert client.post("/events", content=b" " * 1001).status_code == 413
    client = serve(rate=Rate(0.001, 2))
    assert [client.get("/state").status_code for _ in range(3)] == [200, 200, 429]
    assert int(client.get("/state").headers["retry-after"]) > 0


def test_answers_are_not_kept_and_not_framed(serve):
    heads = serve().get("/state").headers
    assert heads["cache-control"] == "no-store"
    assert heads["x-frame-options"] == "DENY"
    assert "access-control-allow-origin" not in heads


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("/events?after=-1", "RO-125", 'query: after must be at least 0 (got "-1").'),
        ("/recommendations?place=Blue&minutes=0", "RO-127", 'query: minutes must be greater than 0 (got "0").'),
        ("/recommendations?minutes=ten", "RO-116", "query: minutes must be a number, without unit"),
        ("/events?after=none", "RO-115", "query: after must be a whole number, without unit"),
    ],
)
def test_a_query_that_cannot_be_read_is_answered_as_all_faults_are(serve, path, code, text):
    found = serve().get(path)
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert [fault["code"] for fault in found.json()["faults"]] == [code]
    assert found.json()["faults"][0]["text"].startswith(text)


def test_no_more_events_at_once_than_the_document_says(serve):
    client = serve()
    found = client.post("/events", json=[{}] * 1001)
    assert found.status_code == 422
    (fault,) = found.json()["faults"]
    assert (fault["code"], fault["text"]) == ("RO-130", "body: events must have at most 1000 entries (got 1001).")
    assert client.get("/events").json() == {"events": []}


def test_an_address_says_which_methods_it_takes(serve):
    client = serve()
    found = client.ask("DELETE", "/events")
    assert (found.status_code, found.headers["allow"]) == (405, "GET, POST")
    assert client.ask("PUT", "/ogc/collections").headers["allow"] == "GET"
    for answer in (found, client.get("/nowhere"), client.get("/ogc/collections/nowhere")):
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/nowhere").json()["title"] == "There is nothing at this address."


def test_the_interface_is_described(serve):
    document = serve().get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    kinds = {one["properties"]["kind"]["const"] for one in document["components"]["schemas"]["Event"]["oneOf"]}
    assert {"sent", "task_added", "struck"} <= kinds
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            wanted = {"200"} if path == "/healthz" else {"200", "401", "403", "429"}
            assert wanted <= set(operation["responses"]), (method, path)


def test_counts_are_there_for_prometheus(serve):
    client = serve()
    client.enter("note", text="rain")
    client.post("/replan")
    text = client.get("/metrics").text
    assert 'routeopt_events_total{kind="note"} 1' in text
    assert "routeopt_replan_seconds_count 1" in text
