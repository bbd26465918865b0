"""The shift for maps of other systems."""

from __future__ import annotations

import pytest

from routeopt.errors import InputError
from routeopt.service.features import COLLECTIONS, box_of, touches

EVERYWHERE = "-180,-90,180,90"


def items(client, name, **query):
    answer = client.get(f"/ogc/collections/{name}/items", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return answer.json()


def test_every_link_leads_somewhere(serve):
    client = serve()
    seen, left = set(), ["http://desk/ogc"]
    while left:
        href = left.pop()
        if href in seen:
            continue
        seen.add(href)
        answer = client.get(href.removeprefix("http://desk"))
        assert answer.status_code == 200, href
        body = answer.json()
        links = body.get("links", []) + [link for one in body.get("collections", []) for link in one["links"]]
        left += [link["href"] for link in links]
    assert {f"http://desk/ogc/collections/{name}/items" for name in COLLECTIONS} <= seen


def test_collections_are_those_of_the_shift(serve, shift):
    client, (built, plan) = serve(), shift
    assert items(client, "plan")["numberMatched"] == sum(len(route.visits) for route in plan.routes)
    stop = items(client, "plan")["features"][0]
    visit = plan.routes[0].visits[0]
    assert stop["properties"]["place"] == built.problem.site_names[visit.site]
    assert stop["geometry"]["coordinates"] == [
        built.problem.site_lon[visit.site],
        built.problem.site_lat[visit.site],
    ]
    assert items(client, "routes")["features"][0]["geometry"]["type"] == "LineString"
    heat = items(client, "heat")["features"]
    step = 40 * 60 // built.problem.clock.step_s
    assert sum(one["properties"]["demand"] for one in heat) == pytest.approx(built.problem.demand[:, step].sum())
    client.enter("position", at="19:39", team="Foot 1", lat=26.0015, lon=119.002)
    (team,) = items(client, "teams")["features"]
    assert (team["geometry"]["coordinates"], team["properties"]["told_s"]) == ([119.002, 26.0015], 39 * 60)


def test_pages_are_whole_and_do_not_overlap(serve):
    client = serve()
    total = items(client, "heat", limit=1000)["features"]
    found, href = [], "/ogc/collections/heat/items?limit=2"
    while href:
        body = client.get(href).json()
        found += body["features"]
        assert body["numberReturned"] == len(body["features"]) <= 2
        href = next((x["href"].removeprefix("http://desk") for x in body["links"] if x["rel"] == "next"), None)
    assert found == total
    assert len(found) > 2


def test_a_feature_by_its_id(serve):
    client = serve()
    one = items(client, "plan")["features"][0]
    found = client.get(f"/ogc/collections/plan/items/{one['id']}").json()
    assert found["geometry"] == one["geometry"]
    assert client.get("/ogc/collections/plan/items/none").status_code == 404
    assert client.get("/ogc/collections/none/items").status_code == 404


def test_a_box_picks_what_it_touches(serve):
    client = serve()
    everything = items(client, "heat", bbox=EVERYWHERE)["numberMatched"]
    assert everything == items(client, "heat")["numberMatched"]
    west = items(client, "heat", bbox="118.99,25.99,119.0005,26.01")["numberMatched"]
    assert 0 < west < everything
    assert items(client, "heat", bbox="10,10,11,11")["features"] == []


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "0,5,1,4", "nan,0,1,1", "1,2,3,4,5"])
def test_what_is_no_box_is_refused(serve, text):
    with pytest.raises(InputError):
        box_of(text)
    answer = serve().get("/ogc/collections/heat/items", params={"bbox": text})
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (422, "RO-751")


def test_a_box_may_have_heights_and_reach_across_180_degrees():
    assert box_of("1,2,-9,3,4,9") == (1, 2, 3, 4)
    at = {"geometry": {"type": "Point", "coordinates": [179.9, 0.0]}}
    assert touches(at, (179.0, -1.0, -179.0, 1.0))
    assert not touches(at, (-179.0, -1.0, 179.0, 1.0))


def test_a_token_to_read_is_needed(serve):
    client = serve(token="p" * 16)
    assert client.get("/ogc/collections").status_code == 403
    client.token = "r" * 16
    assert client.get("/ogc/collections").status_code == 200
