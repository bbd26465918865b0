"""Zones from files, the street file and the list of places, and teams that keep to them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.explain.goals import amounts, goals_json, missed, price, standing
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.build import build_with_streets
from routeopt.problem.goal_names import scope
from routeopt.problem.take import take
from routeopt.problem.zones import ZoneLayer
from routeopt.rules import check, restricted
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

LON = (119.0, 119.0015, 119.003)
LAT = (26.0, 26.002)
EDGE = 0.0004
"""How far the outer borders are beyond the block of streets, degrees."""


def box(west, east, south=LAT[0] - EDGE, north=LAT[1] + EDGE):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def collection(*zones, key="name"):
    features = [
        {"type": "Feature", "properties": {key: name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in zones
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


HALVES = collection(("West", box(LON[0] - EDGE, LON[1])), ("East", box(LON[1], LON[2] + EDGE)))
NORTH = collection(("North", box(LON[0] - EDGE, LON[2] + EDGE, south=26.001)), ("Far", box(120.0, 120.1)))


@pytest.fixture
def town(night):
    """A scenario with zones of files: `town(scenario keys, file=text, …)`."""

    def make(zones, files=None, **keys):
        path = night(zones=zones, **keys)
        for name, text in {"halves": HALVES, "north": NORTH, **(files or {})}.items():
            (path.parent / f"{name}.geojson").write_text(text, encoding="utf-8")
        return path

    return make


TWO = [{"layer": "sides", "file": "halves.geojson"}, {"layer": "parts", "file": "north.geojson"}]
SITES = {
    "count": 4,
    "spacing_m": 50,
    "list": [
        {"name": "NW", "lat": 26.002, "lon": 119.0},
        {"name": "SE", "lat": 26.0, "lon": 119.003, "zone": "West"},
        {"name": "S", "lat": 26.0, "lon": 119.002, "zone": "Market"},
    ],
}


def test_places_lie_in_the_zones_of_every_layer(town):
    built = build_with_streets(read_scenario(town(TWO)))
    p = built.problem
    sides, parts = p.zone_layers
    assert (sides.name, sides.zones, parts.zones) == ("sides", ("West", "East"), ("North", "Far"))
    own = p.site_stoppable  # posts and places alike
    west = p.site_lon[own] < LON[1]
    assert sides.site[own].tolist() == [0 if is_west else 1 for is_west in west]
    assert (parts.site[own] == 0).tolist() == (p.site_lat[own] > 26.001).tolist()
    assert set(p.point_zone) == {"West", "East"} == set(p.site_zone)
    assert sides.point.min() >= 0
    assert (parts.point >= 0).any()
    assert [zone.title for zone in p.zones] == ["West", "East", "North", "Far"]
    assert any(file.name == "north.geojson" for file in built.inputs)
    (empty,) = [note for note in built.notes if note.code == "zones-empty"]
    assert str(empty) == "parts: no demand and no place to stop lies in 1 zones: Far."
    figures = evaluate(p, Plan(tuple(Route(k) for k in range(p.n_teams))))
    assert set(figures.zones) == {"West", "East", "North"}


def test_the_zone_of_the_list_wins(town):
    built = build_with_streets(read_scenario(town(TWO, sites=SITES)))
    p = built.problem
    zone = dict(zip(p.site_names, p.site_zone, strict=True))
    assert (zone["NW"], zone["SE"], zone["S"]) == ("West", "West", "Market")
    assert p.zone_layers[0].zones == ("West", "East", "Market")
    assert p.zone_layers[1].site[p.site("NW")] == 0
    assert any("1 zones of the list of places have no border: Market." in str(note) for note in built.notes)


def test_a_place_near_a_zone_belongs_to_it_if_the_scenario_says_so(town):
    far = collection(("East", box(119.0034, 119.01)))  # 40 m from the nearest street
    alone = [{"layer": "sides", "file": "halves.geojson"}]
    without = build_with_streets(read_scenario(town(alone, {"halves": far}))).problem
    near = build_with_streets(read_scenario(town([alone[0] | {"within_m": 60}], {"halves": far}))).problem
    assert (without.zone_layers[0].point >= 0).sum() == 0
    assert (near.zone_layers[0].point >= 0).any()
    assert (near.zone_layers[0].point < 0).any()


def test_overlaps_are_told_and_the_smaller_zone_has_the_place(town):
    nested = collection(("Town", box(118.9, 119.1, 25.9, 26.1)), ("West", box(LON[0] - EDGE, LON[1])))
    built = build_with_streets(
        read_scenario(town([{"layer": "sides", "file": "halves.geojson"}], {"halves": nested}))
    )
    assert set(built.problem.site_zone) == {"West", "Town"}
    assert any("1 pairs of zones overlap, most of all Town and West" in str(note) for note in built.notes)


def test_zones_of_the_street_file(night):
    path = night(zones=[{"layer": "compounds", "osm": {"landuse": "residential"}, "within_m": 20}])
    street_file = path.parent / "square.osm"
    ring = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 1))
    area = f'<way id="9">{ring}<tag k="landuse" v="residential"/><tag k="name" v="South East"/></way></osm>'
    street_file.write_text(street_file.read_text(encoding="utf-8").replace("</osm>", area), encoding="utf-8")
    p = build_with_streets(read_scenario(path)).problem
    assert p.zone_layers[0].zones == ("South East",)
    assert 0 < (p.zone_layers[0].point >= 0).sum() < p.n_points


@pytest.mark.parametrize(
    ("zones", "files", "said"),
    [
        ([{"layer": "a"}], {}, "must have exactly one of file, osm"),
        ([{"file": "halves.geojson", "osm": {"place": "quarter"}}], {}, "must have exactly one of file, osm"),
        ([{"file": "none.geojson"}], {}, "does not exist"),
        ([{"file": "halves.geojson"}], {"halves": "{"}, "cannot be read as GeoJSON"),
        ([{"file": "halves.geojson", "name_key": "NAME"}], {}, "has no zones: polygons with a name"),
        ([{"osm": {"place": "quarter"}}], {}, "has no named area with the tags place=quarter"),
        ([TWO[0], TWO[0]], {}, 'the layer sides has the zone "West" already'),
    ],
)
def test_what_is_wrong_with_zones_is_said(town, zones, files, said):
    with pytest.raises(InputError, match=said):
        build_with_streets(read_scenario(town(zones, files)))


def with_zone(path, zone):
    scenario = read_scenario(path)
    teams = [scenario.teams[0].model_copy(update={"zone": zone}), *scenario.teams[1:]]
    return scenario.model_copy(update={"teams": teams})


def test_a_team_keeps_to_its_zone(town):
    p = build_with_streets(with_zone(town(TWO), "North")).problem
    assert p.zones[p.team_zone[0]].title == "North"
    plan = solve(p, Budget(iterations=30)).plan
    assert plan.routes[0].visits
    assert check(p, plan) == []
    assert all(p.site_lat[visit.site] > 26.001 for visit in plan.routes[0].visits)
    south = int(np.flatnonzero(p.site_stoppable & (p.site_lat < 26.001))[0])
    (found,) = [v for v in check(p, Plan((Route(0, (Visit(south, 60, 0),)),))) if v.code == "outside-zone"]
    assert 'outside its zone "North"' in str(found)


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Wets", 'there is no zone "Wets".*West'), ("Far", 'no place to stop lies in its zone "Far"')],
)
def test_what_is_wrong_with_a_teams_zone_is_said(town, zone, said):
    with pytest.raises(InputError, match=said):
        build_with_streets(with_zone(town(TWO), zone))


def test_a_name_of_two_layers_needs_its_layer(town):
    twice = [TWO[0], {"layer": "parts", "file": "north.geojson"}]
    files = {"north": collection(("West", box(LON[0] - EDGE, LON[1], south=26.001)))}
    with pytest.raises(InputError, match="Write the layer before it: sides/West"):
        build_with_streets(with_zone(town(twice, files), "West"))
    p = build_with_streets(with_zone(town(twice, files), "parts/West")).problem
    assert p.zones[p.team_zone[0]].layer.name == "parts"
    assert [zone.title for zone in p.zones] == ["sides/West", "East", "parts/West"]


def test_a_goal_for_each_zone_of_a_layer(town):
    goals = [{"at_least": 0.2, "zones": "sides"}, {"name": "Seen", "at_least": 0.1, "zones": "all"}]
    built = build_with_streets(read_scenario(town(TWO, goals=goals)))
    names = [goal.name for goal in built.problem.goals]
    assert names == ["seen in West", "seen in East", "Seen West", "Seen East", "Seen North"]
    assert any("has no floor for Far, where there is no demand" in str(note) for note in built.notes)
    with pytest.raises(InputError, match=r'there is no layer of zones "side".*Did you mean "sides"'):
        build_with_streets(read_scenario(town(TWO, goals=[goals[0] | {"zones": "side"}])))


def test_fair_shares_caps_and_second_teams(town):
    goals = [{"fair": 0.6, "zones": "sides"}, {"at_most": 0.75, "zone": "North"}]
    goals += [{"at_least": 0.5, "within_min": 3, "second": True}]
    goals += [{"at_least": 0.5, "within_min": 3, "second": True, "zone": "East"}]
    p = build_with_streets(read_scenario(town(TWO, goals=goals))).problem
    assert [(goal.name, goal.at_least, goal.measure, goal.responders) for goal in p.goals] == [
        ("seen in West, relative to the whole town", 0.6, "fair", 1),
        ("seen in East, relative to the whole town", 0.6, "fair", 1),
        ("not seen in North", 0.25, "unseen", 1),
        ("reached by two teams within 3 min", 0.5, "share", 2),
        ("reached by two teams within 3 min in East", 0.5, "share", 2),
    ]


def test_a_cap_on_a_street(town):
    goals = [{"at_most": 0.4, "street": "East St"}, {"at_least": 0.1, "street": "North Walk", "until": "20:00"}]
    p = build_with_streets(read_scenario(town([], goals=goals))).problem
    assert [goal.name for goal in p.goals] == ["not seen in East St", "seen in North Walk, 19:00–20:00"]
    for goal, street in zip(p.goals, ("East St", "North Walk"), strict=True):
        assert {p.point_names[n] for n in np.flatnonzero(goal.points)} == {street}
        assert scope(p, goal).street == street
    with pytest.raises(InputError, match=r"there is no demand to see.*Check its zone or street"):
        build_with_streets(read_scenario(town([], goals=[goals[0] | {"street": "Est St"}])))


def test_a_cap_on_minutes_of_presence(town):
    goals = [{"most_min": 30, "street": "East St"}, {"most_min": 20, "zone": "North", "from": "20:00"}]
    sites = {"count": 0, "list": [{"name": "Gate", "lat": 26.001, "lon": 119.003}]}
    sites["list"].append({"name": "Walk", "lat": 26.002, "lon": 119.0015})
    p = build_with_streets(read_scenario(town(TWO, goals=goals, sites=sites))).problem
    street, zone = p.goals
    assert [p.site_names[n] for n in np.flatnonzero(street.sites)] == ["Gate"]
    assert zone.sites.tolist() == p.zones[[one.name for one in p.zones].index("North")].sites.tolist()
    assert [goal.name for goal in p.goals] == [
        "minutes with a team present in East St", "minutes with a team present in North, 20:00–21:00",
    ]  # fmt: skip
    assert [round(goal.at_least, 9) for goal in p.goals] == [1 - 30 / 120, round(1 - 20 / 60, 9)]
    (first, _second) = goals_json(p, evaluate(p, Plan((Route(0),))))
    assert (first["span_min"], first["holds"], first["street"]) == (120, True, "East St")
    assert [str(one) for one in amounts(first)] == ["at most 30 min", "0 min"]
    assert str(standing(first)) == "held by 30 min"
    over = first | {"reached": 0.7, "holds": False}
    assert [str(one) for one in missed([over])] == [
        "minutes with a team present in East St: 36.0 of at most 30.0."
    ]
    assert str(standing(over)) == "missed by 6 min"
    assert str(price(first | {"price": 1.2})) == "about 1 points for a minute less"


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({"most_min": 30}, "does not say where"),
        ({"most_min": 60, "street": "East St", "from": "20:00"}, "less than the 60 min of its time"),
        ({"most_min": 30, "at_least": 0.5, "street": "East St"}, "exactly one of"),
        ({"most_min": 30, "within_min": 3, "street": "East St"}, "Remove within_min"),
    ],
)
def test_a_cap_on_minutes_says_where_and_asks_for_something(town, goal, message):
    with pytest.raises(InputError, match=message):
        read_scenario(town([], goals=[goal]))


@pytest.fixture
def homes(make_problem):
    """A random problem whose first team keeps to the sites of even number, and the third to the others."""
    problem = make_problem(0)
    layer = ZoneLayer("kinds", ("even", "odd"), np.arange(problem.n_points) % 2, np.arange(problem.n_sites) % 2)
    return replace(problem, zone_layers=(layer,), team_zone=np.array([0, -1, 1]))


def test_searches_read_closures(homes):
    narrow = restricted(homes)
    whole = [(0, homes.n_steps)]
    for team in range(homes.n_teams):
        for site in range(homes.n_sites):
            assert (narrow.access.closed(team, site) == whole) == (not homes.kept_to(team)[site])
    posts = {int(homes.team_start_site[2]), int(homes.team_end_site[2])}
    assert set(np.flatnonzero(homes.kept_to(2)).tolist()) == {*range(1, homes.n_sites, 2), *posts}
    assert restricted(narrow).access.ptr.tolist() == narrow.access.ptr.tolist()


def test_a_part_keeps_the_zones(homes):
    part = take(homes, Plan(tuple(Route(k) for k in range(3))), [0, 2], [1, 2, 3]).problem
    assert part.team_zone.tolist() == [0, 1]
    assert part.zone_layers[0].site.tolist() == [int(homes.site(name)) % 2 for name in part.site_names]


def test_a_zone_that_does_not_exist_is_a_fault(homes):
    with pytest.raises(InputError, match="team_zone"):
        replace(homes, team_zone=np.array([0, 2, 1]))
    with pytest.raises(InputError, match=r"zone_layers\[0\]\.point"):
        replace(homes, zone_layers=(replace(homes.zone_layers[0], point=np.zeros(3, dtype=np.int32)),))


def priced(homes, price):
    """The same problem, whose first and third teams may leave their zones at a price."""
    return replace(homes, leaving_price=np.array([price, -1, price]))


def test_zones_left_at_a_price_are_no_closures(homes):
    ruled = priced(homes, 0.002)
    assert [ruled.home(team) for team in range(3)] == [-1, -1, -1]
    assert restricted(ruled) is ruled
    outside = ~homes.kept_to(0)
    assert ruled.leaving[0].tolist() == np.where(outside, 0.002, 0.0).tolist()
    assert not ruled.leaving[1].any()
    part = take(ruled, Plan(tuple(Route(k) for k in range(3))), [1, 2], [1, 2, 3]).problem
    assert part.leaving_price.tolist() == [-1, 0.002]


@pytest.mark.parametrize(
    ("prices", "message"),
    [([0.2, -1, 0.1], "at most 0.1"), ([0.01, 0.01, -1], r"leaving_price\[1\].*needs a zone"), ([0.1, 0.1], "3")],
)
def test_prices_of_leaving_out_of_range_are_refused(homes, prices, message):
    with pytest.raises(InputError, match=message):
        replace(homes, leaving_price=np.array(prices))


def test_a_team_leaves_its_zone_at_a_price(town):
    teams = [{"name": "A", "mode": "foot", "start": "Station", "zone": "East", "leaving_price": 0.01}]
    p = build_with_streets(read_scenario(town(TWO, teams=teams))).problem
    assert (p.leaving_price.tolist(), p.home(0)) == ([0.01], -1)
    teams = [{"name": "A", "mode": "foot", "start": "Station", "leaving_price": 0.01}]
    with pytest.raises(InputError, match=r"leaving_price.*price for leaving its zone, and no zone"):
        read_scenario(town(TWO, teams=teams))
