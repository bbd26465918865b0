"""The model city: sound, of the size asked for, and always the same."""

from __future__ import annotations

from collections import Counter

from benchmarks.city import MIX, crews, model_city, posts, write_city
from routeopt import read_scenario
from routeopt.problem.build import build_with_streets


def test_small_city_is_built_without_a_note_on_its_places(tmp_path):
    scenario = read_scenario(write_city(tmp_path, stations=2, teams=7, seed=3))
    assert len(scenario.posts) == 2
    assert [team.mode for team in scenario.teams[::2]] == list(MIX)
    assert Counter(team.start for team in scenario.teams) == {scenario.posts[0].name: 4, scenario.posts[1].name: 3}
    built = build_with_streets(scenario)
    assert built.problem.n_sites == 2 + 2 * (134 + 46)
    assert built.problem.n_teams == 7
    assert {name for name in built.problem.site_zone if name} == {
        post.name.replace("派出所", "社区") for post in scenario.posts
    }


def test_the_same_seed_writes_the_same_city(tmp_path):
    names = ("town.osm.gz", "places.csv", "busy.csv", "city.yaml")
    for folder in ("a", "b", "c"):
        write_city(tmp_path / folder, stations=1, teams=3, seed=5 if folder == "c" else 4)
    a, b, c = ([(tmp_path / folder / name).read_bytes() for name in names] for folder in ("a", "b", "c"))
    assert a == b
    assert a[:3] != c[:3]


def test_the_usual_city_has_26_stations_and_200_teams():
    town = model_city(26, 7)
    stations = [post["name"] for post in posts(town)]
    teams = [team["name"] for team in crews(stations, 200)]
    assert len(set(stations)) == 26
    assert len(set(teams)) == 200
    assert len({unit.name for unit in [*town.units, *town.gates]}) == 26 * (134 + 46)
