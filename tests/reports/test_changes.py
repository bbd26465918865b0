"""Reports of nights whose streets change: ways that are open at the time, the map, the cards."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import yaml

from routeopt.budget import Budget
from routeopt.evaluation import coverage
from routeopt.explain.unvisited import _best_swaps, _swapped
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import UNREACHABLE
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.cards import cards
from routeopt.reports.html import page
from routeopt.reports.strings import change_words
from routeopt.rules import check
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from routeopt.streets.network import project, snap
from routeopt.streets.paths import Paths
from routeopt.streets.synthetic import make_town, write_osm
from tests.reports.page.looks import unpacked

SITES = {"count": 0, "list": [{"name": "SE", "lat": 26.0, "lon": 119.003}]}
MODES = ("foot", "car")
CLOSED = {"names": ["South St"], "from": "19:20", "until": "20:00", "closed": True}
SLOW = {"names": ["West St"], "from": "20:30", "until": "21:00", "speed_kph": 3}

SLIDE = "t => { const s = document.getElementById('slider'); s.value = t; s.dispatchEvent(new Event('input')); }"


def on_closed_streets(built, model):
    """Times at which a team is on the move on a street that is closed to it then."""
    net, step_s, found = built.network, built.problem.clock.step_s, []
    for track in model.tracks:
        mode = built.problem.movement(track.team_index).mode
        x, y = project(net, np.array(track.lat), np.array(track.lon))
        points = list(zip(x, y, track.time_s, strict=True))
        for (ax, ay, a), (bx, by, b) in pairwise(points):
            if np.hypot(ax - bx, ay - by) < 2:
                continue
            now = (a + b) / 2
            middle = np.array([(ax + bx) / 2]), np.array([(ay + by) / 2])
            here = int(snap(net, *middle, mode, 50.0).segment[0])
            for change in built.changes:
                held = change.begin * step_s <= now < change.end * step_s
                if held and change.kph == 0 and mode in change.modes and here in change.segments:
                    found.append((track.team, now))
    return found


@pytest.fixture
def walk_to_the_corner(night):
    """A plan that visits the south-east corner from a minute on, with changes of the streets."""

    def told(start, *changes, lang="en", **more):
        streets = {"file": "square.osm", "changes": list(changes)}
        built = build_with_streets(read_scenario(night(**({"streets": streets, "sites": SITES} | more))))
        plan = Plan((Route(0, (Visit(1, start, 0),)),))
        return built, plan, build_model(built, Result(plan, 0.0, "by hand", 0, 0.0, 0), lang)

    return told


def test_ways_are_those_of_their_time(walk_to_the_corner):
    streets = lambda model, n: [move.street for move in model.directions[n].moves]  # noqa: E731
    built, plan, usual = walk_to_the_corner(30)
    assert streets(usual, 0) == streets(usual, 1) == ["South St"]
    built, plan, told = walk_to_the_corner(30, CLOSED | {"from": "19:00"})
    assert not check(built.problem, plan)
    assert streets(told, 0) == ["West St", "North Walk", "East St"]
    assert streets(told, 1) == ["East St", "North Walk", "West St"]
    assert told.directions[0].length_m == pytest.approx(744, abs=3)
    assert on_closed_streets(built, told) == []
    assert on_closed_streets(built, usual) != []  # the test sees what it looks for


def test_a_plan_without_a_way_is_reported_all_the_same(walk_to_the_corner):
    both = CLOSED | {"names": ["South St", "North Walk"], "from": "19:00"}
    places = [*SITES["list"], {"name": "NW", "lat": 26.002, "lon": 119.0}]
    built, _, told = walk_to_the_corner(30, both, sites=SITES | {"list": places})
    assert any("no way" in str(violation) for violation in told.violations), told.violations
    assert max(told.tracks[0].time_s) <= built.problem.clock.duration_s
    assert not told.directions


@pytest.fixture(scope="module")
def model_town(tmp_path_factory):
    """A seeded town and a night in it in which every named street is closed for a while, some as others open."""
    folder = tmp_path_factory.mktemp("town")
    town = make_town(3, 1200, 1400, n_compounds=6, n_venues=30)
    write_osm(town, folder / "town.osm")
    lat, lon = map(float, town.latlon(0, 0))
    scenario = {
        "routeopt": 1, "name": "town", "shift": {"start": "19:00", "end": "22:00"},
        "streets": {"file": "town.osm"}, "posts": [{"name": "Station", "lat": lat, "lon": lon}],
        "teams": [{"name": f"{mode} {n}", "mode": mode, "start": "Station"} for mode in MODES for n in (1, 2)],
        "demand": [{"kind": "venues"}], "sites": {"count": 25, "spacing_m": 80},
    }  # fmt: skip

    def make(changes):
        scenario["streets"]["changes"] = changes
        path = folder / "night.yaml"
        path.write_text(yaml.safe_dump(scenario, allow_unicode=True), encoding="utf-8")
        return build_with_streets(read_scenario(path))

    net = make([]).network
    length = np.bincount(net.seg_name, net.seg_length_m, minlength=len(net.names))
    names = [net.names[n] for n in np.argsort(-length) if net.names[n]][:6]
    return make, names


@pytest.mark.parametrize("seed", range(2))
def test_no_track_of_a_town_is_on_a_closed_street(model_town, seed):
    make, names = model_town
    hours = ("19:30", "20:10", "20:20", "21:00", "21:05", "21:40")
    changes = [
        {"names": [name], "from": hours[n], "until": hours[n + 1], "closed": True}
        for n, name in enumerate(np.random.default_rng(seed).permutation(names[:5]).tolist())
    ]
    built = make(changes)
    assert len(built.problem.periods.begin) > 6
    result = solve(built.problem, Budget(iterations=150), seed=seed)
    assert not check(built.problem, result.plan)
    assert on_closed_streets(built, build_model(built, result)) == []


@pytest.mark.parametrize(
    ("lang", "foot", "closed", "slow", "part"),
    [
        ("en", "on foot", "closed 19:20–20:00", "at most 3 km/h 20:30–21:00", "part of South St"),
        ("zh", "步行", "19:20–20:00封闭", "20:30–21:00限速3公里/小时", "South St部分路段"),
    ],
)
def test_page_and_cards_say_when_streets_are_closed(walk_to_the_corner, tmp_path, lang, foot, closed, slow, part):
    near = {"near": {"lat": 26.0, "lon": 119.0015, "radius_m": 60}}
    _, _, told = walk_to_the_corner(30, CLOSED, SLOW, CLOSED | {"modes": ["car"]}, CLOSED | near, lang=lang)
    page.write(told, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data"[^>]*>(.*?)</script>', text, re.DOTALL)[1])
    first, second, _ = data["changes"]
    assert first[:3] == [20 * 60, 60 * 60, 1]
    names = unpacked(data["streets"]["name"])
    assert {data["names"][names[n]] for n in first[3]} == {"South St"}
    assert [first[4], second[4]] == [
        f"{said} ({'on foot' if lang == 'en' else '步行'})" for said in (closed, slow)
    ]
    assert ('class="shut"' in text, 'class="slow"' in text) == (True, True)
    (card,) = cards._cards(told, page.words(lang))
    assert card["changes"] == [[closed, "South St"], [slow, "West St"], [closed, part]]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["one-way, the other way than usual, 19:30–20:30", "one-way to the east 19:30–20:30",
                "no stopping 19:30–20:30"]),
        ("zh", ["19:30–20:30 单行反向", "19:30–20:30 单行，向东", "19:30–20:30 禁止停留"]),
    ],
)  # fmt: skip
def test_page_and_cards_say_which_streets_lead_one_way_and_where_nobody_stops(
    walk_to_the_corner, tmp_path, lang, said
):
    times = {"from": "19:30", "until": "20:30", "modes": ["foot"]}
    turned = {"names": ["East St"], "oneway": "reversed", "modes": ["bike"], "from": "19:30", "until": "20:30"}
    east = {"names": ["West St"], "oneway": 90, **times}
    shut = {"names": ["North Walk"], "no_stop": True, **times}
    _, _, told = walk_to_the_corner(30, east, shut, turned, lang=lang)
    page.write(told, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data"[^>]*>(.*?)</script>', text, re.DOTALL)[1])
    assert [row[4].split(" (")[0] for row in data["changes"]] == said[1:]  # nobody has a bicycle
    assert [row[:3] for row in data["changes"]] == [[1800, 5400, 0], [1800, 5400, 0]]
    (card,) = cards._cards(told, page.words(lang))
    assert [row[0] for row in card["changes"]] == said[1:]
    clock = told.problem.clock
    other = replace(told.changes[0], bearing=None)
    assert change_words(other, clock, page.words(lang)) == said[0]
    assert 'class="shut"' not in text


def test_pages_without_changes_have_no_legend_of_them(walk_to_the_corner, tmp_path):
    page.write(walk_to_the_corner(30)[2], tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'class="shut"' not in text
    assert 'class="slow"' not in text


def test_the_map_shows_them_while_they_hold(walk_to_the_corner, tmp_path, open_page, pictures):
    path = tmp_path / "report.html"
    page.write(walk_to_the_corner(80, CLOSED, SLOW)[2], path)
    opened = open_page(path)
    looks = []
    for minute in (0, 30, 100):
        opened.evaluate(SLIDE, 60 * minute)
        opened.wait_for_timeout(150)
        looks.append(opened.locator("#map").screenshot())
        (pictures / f"changes-{minute}.png").write_bytes(looks[-1])
    assert len(set(looks)) == 3


@pytest.mark.parametrize("seed", range(3))
def test_no_leg_of_a_town_crosses_into_a_closed_street(model_town, seed):
    """Every departure around the times at which streets close and open."""
    make, names = model_town
    rng = np.random.default_rng(seed)
    hours = rng.permutation([["19:30", "20:10"], ["20:10", "20:15"], ["20:12", "20:40"], ["20:20", "20:25"]])
    changes = [
        {"names": [name], "from": begin, "until": end, "closed": True}
        for name, (begin, end) in zip(rng.permutation(names[:4]).tolist(), hours.tolist(), strict=True)
    ]
    built = make(changes)
    p, net, paths, late, crossed = built.problem, built.network, {}, [], 0
    for team in (0, 2):
        moves = p.movement(team)
        for i, k in rng.integers(0, p.n_sites, (60, 2)).tolist():
            for t in range(25, 105):
                steps, by = moves.leg(i, k, t)
                if i == k or steps >= UNREACHABLE:
                    continue
                number = next(n for n, profile in enumerate(p.profiles) if profile is by)
                if number not in paths:
                    paths[number] = Paths(built.networks[number], by.mode, built.snaps[by.mode])
                if (number, i, k) not in paths:
                    paths[number, i, k] = paths[number].leg(i, k)
                path = paths[number, i, k]
                when = t * 60 + (path.time_s[:-1] + path.time_s[1:]) / 2
                for change in built.changes:
                    shut = np.isin(path.street[:-1], np.unique(net.seg_name[change.segments]))
                    held = (when >= change.begin * 60) & (when < change.end * 60) & (np.diff(path.time_s) > 0)
                    crossed += by is not moves.profile and t < change.begin < t + steps
                    late += [(team, i, k, t)] if (shut & held).any() else []
    assert crossed > 10
    assert late == []


def test_stops_that_could_be_made_have_a_way_at_their_time(night):
    """There is demand at the corner until 19:40; from 19:30 to 20:10 nobody gets away from there."""
    corner = {"lat": 26.002, "lon": 119.0}
    shut = {"near": {**corner, "radius_m": 120}, "from": "19:30", "until": "20:10", "closed": True}
    demand = [{"kind": "fixed", "entries": [{"name": "Fair", **corner, "radius_m": 60, "until": "19:40"}]}]
    sites = {"count": 0, "list": [{"name": "NW", **corner}, SITES["list"][0]]}
    streets = {"file": "square.osm", "changes": [shut]}
    problem = build_with_streets(read_scenario(night(streets=streets, demand=demand, sites=sites))).problem
    plan = Plan((Route(0, ()),))
    (swap,) = _best_swaps(problem, plan, 1, coverage(problem, plan))
    leaves = swap.visit.start + int(problem.visit_steps[swap.visit.activity])
    assert not problem.movement(0).steps(1, 0, 39) < UNREACHABLE
    assert not 30 <= leaves < 70
    assert not check(problem, _swapped(plan, swap))
