"""Looking at one station's teams: in the map, the list, the chart, among the stops and on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.html import page as html
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

DRAWN = """() => {
  const colours = new Set(), g = { set strokeStyle(c) { colours.add(c); } };
  drawRoutes(new Proxy(g, { get: (o, k) => (k in o ? o[k] : () => {}), set: Reflect.set }), view, 1, state.team);
  return colours.size;
}"""
"""How many teams' routes the map shows; no two of the reference night have one colour."""
VISIBLE = "(at) => [...document.querySelectorAll(at)].filter((e) => e.getClientRects().length).length"


@pytest.fixture
def file(nights, tmp_path):
    html.write(nights["en"], tmp_path / "report.html")
    return tmp_path / "report.html"


@pytest.fixture
def city(night, tmp_path):
    """Thirty teams of three stations around a block."""
    posts = [{"name": f"Station {n}", "lat": 26.0, "lon": 119.0 + 0.001 * n} for n in range(3)]
    teams = [{"name": f"Foot {n}", "mode": "foot", "start": f"Station {n % 3}"} for n in range(30)]
    built = build_with_streets(read_scenario(night(posts=posts, teams=teams)))
    html.write(build_model(built, solve(built.problem, Budget(iterations=1), seed=1)), tmp_path / "city.html")
    return tmp_path / "city.html"


@pytest.mark.browser
def test_of_a_station_its_teams_alone_are_shown(nights, file, open_page):
    night = nights["en"]
    assert night.stations == ["五里亭派出所", "东湖警务室", "兰亭警务室"]
    teams = [k for k, station in enumerate(night.station_of) if station == 2]
    page = open_page(file)
    seen = {at: page.evaluate(VISIBLE, at) for at in ("#teams button", ".lane[data-team]", "#stops tbody tr")}
    assert (seen["#teams button"], seen[".lane[data-team]"]) == (9, 8)
    assert page.evaluate(DRAWN) == 8
    scale = page.evaluate("view.scale")
    page.select_option("#station", label="兰亭警务室")
    assert page.evaluate(VISIBLE, "#teams button") == 3
    assert page.evaluate(VISIBLE, ".lane[data-team]") == len(teams) == 2
    assert page.evaluate(DRAWN) == 2
    rows = [*night.stops, *night.free]
    assert page.evaluate(VISIBLE, "#stops tbody tr") == sum(row.team_index in teams for row in rows)
    stops = sum(len(night.counted(team)) for team in teams)
    assert page.inner_text("#teams button >> nth=0").split() == ["All", "teams", str(stops), "stops"]
    assert page.evaluate("view.scale") > scale  # its teams are in a part of the town
    assert page.evaluate("(teams) => subject().every((t) => teams.includes(t.team))", teams)
    page.keyboard.press("Tab")
    page.focus("#map")
    for _ in range(4):
        page.keyboard.press("n")
        assert page.evaluate("state.stop.team") in teams
    page.select_option("#station", label="all stations")
    assert seen == {at: page.evaluate(VISIBLE, at) for at in seen}
    assert page.evaluate(DRAWN) == 8


@pytest.mark.browser
def test_a_station_is_printed_alone(file, open_page):
    page = open_page(file)
    page.emulate_media(media="print")
    assert page.evaluate(VISIBLE, "#stations") == 0
    whole = page.evaluate(VISIBLE, "#stops tbody tr")
    page.emulate_media(media="screen")
    page.select_option("#station", index=2)
    map_of = "document.getElementById('paper').toDataURL()"
    before = page.evaluate(map_of)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(VISIBLE, "#stations") == 1
    assert 0 < page.evaluate(VISIBLE, "#stops tbody tr") < whole / 2
    assert page.evaluate(map_of) != before


def test_one_station_needs_no_control(nights, tmp_path):
    night = nights["en"]
    alone = replace(night.problem, team_start_site=np.zeros_like(night.problem.team_start_site))
    html.write(replace(night, problem=alone), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert 'id="station"' not in text
    assert '"stations":["五里亭派出所"]' in text


@pytest.mark.browser
def test_of_many_teams_the_first_look_is_at_their_stations(city, open_page, pictures):
    page = open_page(city)
    page.screenshot(path=pictures / "stations.png")
    assert page.evaluate(VISIBLE, "#teams button") == 1 + 3
    assert page.inner_text("#teams button >> nth=1").splitlines()[:2] == ["Station 0", "10 teams"]
    assert page.evaluate(DRAWN) == 3  # a colour for each station
    page.click("#teams button:has-text('Station 1')")
    assert page.evaluate("document.activeElement.id") == "station"
    assert page.input_value("#station") == "1"
    assert page.evaluate(VISIBLE, "#teams button") == 1 + 10
    page.click("#teams button:has-text('Foot 4')")
    assert page.evaluate("state.team") == 4
    assert page.evaluate(VISIBLE, "#teams button") == 1 + 10


@pytest.mark.browser
def test_no_serious_fault_of_accessibility_at_a_station(city, serious_faults):
    assert serious_faults(city, (1440, 900), "light", "#teams button:has-text('Station 1')") == []
