"""Teams that keep to areas of a file, from the scenario to the plan."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.build import build_with_streets
from routeopt.problem.take import take
from routeopt.rules import check, restricted
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

EAST = 0.0015
"""How far east of the first post the town is divided, degrees."""


@pytest.fixture
def areas(make_problem):
    """A random problem whose first team keeps to the sites of even number, and the third to the others."""
    problem = make_problem(0)
    return replace(
        problem, area_names=("even", "odd"), site_area=np.arange(problem.n_sites) % 2,
        team_area=np.array([0, -1, 1]),
    )  # fmt: skip


def test_a_stop_outside_the_area_is_a_violation(areas):
    def of(team, site):
        routes = [Route(k, (Visit(site, 50, 0),) if k == team else ()) for k in range(areas.n_teams)]
        return [v for v in check(areas, Plan(tuple(routes))) if v.code == "outside-area"]

    (found,) = of(0, 1)
    assert 'outside its area "even"' in str(found)
    assert of(0, 2) == of(1, 1) == of(1, 2) == of(2, 1) == []
    assert len(of(2, 2)) == 1


def test_searches_read_closures(areas):
    narrow = restricted(areas)
    whole = [(0, areas.n_steps)]
    for team in range(areas.n_teams):
        for site in range(areas.n_sites):
            assert (narrow.access.closed(team, site) == whole) == (not areas.in_area(team, site))
    assert restricted(narrow).access.ptr.tolist() == narrow.access.ptr.tolist()


@pytest.mark.parametrize("strategy", ["best_response", "beats"])
def test_plans_keep_to_the_areas(areas, strategy):
    plan = solve(areas, Budget(iterations=20), strategy=strategy).plan
    assert check(areas, plan) == []
    assert {v.site % 2 for v in plan.routes[0].visits} <= {0}


def test_a_part_keeps_the_areas(areas):
    part = take(areas, Plan(tuple(Route(k) for k in range(3))), [0, 2], [1, 2, 3]).problem
    assert part.area_names == areas.area_names
    assert part.team_area.tolist() == [0, 1]
    assert part.site_area.tolist() == [int(i) % 2 for i in map(areas.site_names.index, part.site_names)]


def test_an_area_that_does_not_exist_is_a_fault(areas):
    with pytest.raises(InputError, match="team_area"):
        replace(areas, team_area=np.array([0, 2, 1]))


def feature(name, kind, coordinates):
    return {
        "type": "Feature",
        "properties": {"area": name},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


@pytest.fixture
def halves(night):
    """A scenario whose first team keeps to the west half of the town, a polygon, and the file's text."""

    def make(text=None, **keys):
        path = night(**{"areas": "areas.geojson", **keys})
        places = read_scenario(path).posts
        lat, lon = places[0].lat, places[0].lon + EAST
        ring = [[lon - 1, lat - 1], [lon, lat - 1], [lon, lat + 1], [lon - 1, lat + 1], [lon - 1, lat - 1]]
        east = [[x + 1, y] for x, y in ring]
        whole = collection(feature("west", "Polygon", [ring]), feature("east", "Polygon", [east]))
        (path.parent / "areas.geojson").write_text(text or whole, encoding="utf-8")
        return path

    return make


def with_area(path, name):
    """The scenario with an area for its first team."""
    scenario = read_scenario(path)
    teams = [scenario.teams[0].model_copy(update={"area": name}), *scenario.teams[1:]]
    return scenario.model_copy(update={"teams": teams})


def test_sites_belong_to_the_polygon_they_lie_in(halves):
    built = build_with_streets(with_area(halves(), "west"))
    problem = built.problem
    post = read_scenario(built.scenario.source).posts[0]
    west = problem.site_lon < post.lon + EAST
    assert problem.area_names == ("west", "east")
    assert (problem.site_area[west] == 0).all()
    assert (problem.site_area[~west] == 1).all()
    assert problem.team_area[0] == 0
    assert any(file.name == "areas.geojson" for file in built.inputs)


@pytest.mark.parametrize(
    ("text", "area", "said"),
    [
        ("{", "west", "cannot be read as GeoJSON"),
        ("[]", "west", "cannot be read as GeoJSON"),
        (collection(), "west", "has no areas"),
        (collection(feature("west", "Point", [0, 0])), "west", "has no areas"),
        (collection(feature("west", "Polygon", "x")), "west", "cannot be read as GeoJSON"),
        (None, "wets", 'there is no area "wets".*west'),
        (collection(feature("west", "LineString", [[0, 0], [1, 1]])), "west", "no place to stop lies in its area"),
    ],
)
def test_what_is_wrong_with_areas_is_said(halves, text, area, said):
    with pytest.raises(InputError, match=said):
        build_with_streets(with_area(halves(text), area))


def test_a_file_of_areas_that_is_missing_is_a_fault(halves):
    path = halves()
    (path.parent / "areas.geojson").unlink()
    with pytest.raises(InputError, match="does not exist"):
        build_with_streets(with_area(path, "west"))
