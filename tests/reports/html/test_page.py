"""report.html: what is in the file, and what it does in a real browser."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from routeopt.evaluation import coverage
from routeopt.messages import LANGUAGES
from routeopt.plan import Plan, Route
from routeopt.reports.html import page as html
from tests.reports.page.looks import SIZES, cut_off, unpacked


@pytest.fixture(scope="module")
def files(nights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    for lang, night in nights.items():
        html.write(night, folder / f"{lang}.html")
    return {lang: folder / f"{lang}.html" for lang in nights}


def data_of(page: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])


def test_seen_in_the_page_is_what_the_evaluation_has(nights, files):
    night = nights["en"]
    data = data_of(files["en"].read_text())
    problem = night.problem
    seen = coverage(problem, night.result.plan).seen
    width = data["glow_s"] // problem.clock.step_s
    mean = np.stack([seen[:, t : t + width].mean(axis=1) for t in range(0, problem.n_steps, width)], axis=1)
    shown = np.frombuffer(base64.b64decode(data["glow"]), np.uint8).reshape(problem.n_points, data["glows"])
    np.testing.assert_allclose(shown / 255, mean, atol=0.5 / 255 + 1e-9)


def test_tracks_in_the_page_end_when_the_shift_does(nights, files):
    problem = nights["en"].problem
    for team, lat, lon, times in data_of(files["en"].read_text())["tracks"]:
        lat, lon, times = map(unpacked, (lat, lon, times))
        assert len(lat) == len(lon) == len(times)
        assert sum(times) == problem.team_end_step[team] * problem.clock.step_s


def test_page_holds_what_an_audit_needs(nights, files):
    night, page = nights["en"], files["en"].read_text()
    for file, hashed in night.inputs:
        assert file in page
        assert hashed in page
    assert f"--seed {night.result.seed} --iterations {night.result.iterations}" in page


def test_every_stop_and_its_reason_is_in_the_table(nights, files):
    night, page = nights["zh"], files["zh"].read_text()
    rows = re.findall(r'<tr data-stop="(\d+)"[^>]*>(.*?)</tr>', page, re.DOTALL)
    assert [int(n) for n, _ in rows] == list(range(len(night.stops)))
    assert all(stop.reason in row for stop, (_, row) in zip(night.stops, rows, strict=True))


@pytest.mark.browser
def test_a_night_without_stops_or_communities_is_still_a_report(nights, tmp_path, open_page):
    night = nights["en"]
    plan = Plan(tuple(Route(k) for k in range(night.problem.n_teams)))
    empty = replace(night, result=replace(night.result, plan=plan, bound=None), stops=(), zones=(), left_out=())
    html.write(empty, tmp_path / "empty.html")
    page = open_page(tmp_path / "empty.html")
    assert "name no communities" in page.inner_text("main")


@pytest.mark.browser
def test_loads_in_two_seconds_and_five_megabytes(files, open_page):
    page = open_page(files["zh"])
    done = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < done < 2000
    assert files["zh"].stat().st_size < 5e6


@pytest.mark.browser
def test_play_moves_the_clock_and_pause_stops_it(files, open_page):
    page = open_page(files["en"])
    page.click("#play")
    page.wait_for_timeout(600)
    assert page.get_attribute("#play", "aria-label") == "pause"
    page.click("#play")
    there = page.inner_text("#clock")
    assert there > "21:00"
    page.wait_for_timeout(300)
    assert page.inner_text("#clock") == there


@pytest.mark.browser
def test_scrubbing_shows_teams_and_what_is_seen_then(files, open_page):
    page = open_page(files["en"])
    page.check("input[value=seen]")
    shots = {}
    for clock, seconds in (("19:00", 0), ("22:30", 12600)):
        page.fill("#slider", str(seconds))
        assert page.inner_text("#clock") == clock
        page.wait_for_timeout(150)
        shots[clock] = _colours(page)
    assert shots["22:30"]["seen"] > shots["19:00"]["seen"] + 500


def _colours(page: Any) -> dict[str, int]:
    """How many pixels of the map have the halo's hue."""
    return page.evaluate(
        """() => {
          const c = document.getElementById('map');
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          let seen = 0;
          for (let i = 0; i < d.length; i += 4)
            if (d[i] + 30 < d[i + 1] && Math.abs(d[i + 1] - d[i + 2]) < 30) seen++;
          return { seen };
        }"""
    )


@pytest.mark.browser
def test_choosing_a_team_and_a_stop_shows_its_reason(nights, files, open_page):
    night = nights["zh"]
    page = open_page(files["zh"])
    page.fill("#slider", "12600")
    page.click("#teams button:has-text('电动车1组')")
    rows = page.locator("#stops tbody tr:visible")
    own = [s for s in night.stops if s.team == "电动车1组"]
    assert rows.count() == len(own)
    rows.nth(4).locator("button").click()
    chosen = page.inner_text("#chosen")
    assert own[4].reason in chosen
    assert own[4].site in chosen
    assert page.inner_text("#clock") >= night.problem.clock.text(own[4].arrive_s)
    page.click("#gantt [data-stop].on")
    assert own[4].reason in page.inner_text("#chosen")


@pytest.mark.browser
def test_a_stop_is_chosen_on_the_map_with_the_mouse(nights, files, open_page):
    page = open_page(files["en"])
    box = page.locator("#map").bounding_box()
    for x in range(20, int(box["width"]) - 20, 12):  # sweep the middle until something is hit
        page.mouse.move(box["x"] + x, box["y"] + box["height"] * 0.45)
        if "·" in (page.inner_text("#tip") if page.is_visible("#tip") else ""):
            page.mouse.down()
            page.mouse.up()
            break
    assert any(s.reason in page.inner_text("#chosen") for s in nights["en"].stops)


@pytest.mark.browser
def test_the_map_follows_the_hand_at_once_and_is_drawn_anew_when_it_stands_still(files, open_page):
    page = open_page(files["en"])
    pressed = """async (key) => {
      const map = document.getElementById('map'), frame = () => new Promise((done) => requestAnimationFrame(done));
      map.dispatchEvent(new KeyboardEvent('keydown', { key }));
      await frame();
      await frame();
      return map.toDataURL();
    }"""
    before = page.evaluate("document.getElementById('map').toDataURL()")
    moved = page.evaluate(pressed, "ArrowRight")
    page.wait_for_timeout(400)
    still = page.evaluate("document.getElementById('map').toDataURL()")
    assert len({before, moved, still}) == 3
    page.evaluate(pressed, "ArrowLeft")
    page.wait_for_timeout(400)
    assert page.evaluate("document.getElementById('map').toDataURL()") == before


@pytest.mark.browser
def test_keyboard_alone_reaches_the_stops(nights, files, open_page):
    page = open_page(files["en"])
    page.focus("#map")
    page.keyboard.press("n")
    first = page.inner_text("#chosen")
    page.keyboard.press("n")
    assert page.inner_text("#chosen") != first
    page.keyboard.press("Escape")
    assert "Choose a stop" in page.inner_text("#chosen")
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "pause"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_fault_of_accessibility(files, serious_faults, scheme, size):
    assert serious_faults(files["en"], SIZES[size], scheme, "#stops button >> nth=2") == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_pictures_where_nothing_is_cut_off(files, open_page, pictures, lang, size):
    for scheme in ("light", "dark"):
        page = open_page(files[lang], SIZES[size], scheme, device_scale_factor=2 if size == "phone" else 1)
        page.fill("#slider", "12600")
        if scheme == "dark":
            page.click("#teams button >> nth=3")
            page.click("#stops tbody tr:visible button >> nth=5")
            page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(200)
        page.screenshot(path=pictures / f"report-{lang}-{size}-{scheme}.png", full_page=True)
        assert cut_off(page, ".tiles div, dd, button, h1, h2, label, td, th, #chosen p") == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_prints_on_a4(files, open_page, pictures, tmp_path, lang):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (group browser)")
    page = open_page(files[lang], scheme="dark")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True, print_background=True)
    with pdfium.PdfDocument(tmp_path / "report.pdf") as document:
        assert {tuple(round(v) for v in leaf.get_size()) for leaf in document} == {(595, 842)}
        assert 3 < len(document) < 20
        for n in (0, 1, len(document) - 1):
            picture = document[n].render(scale=1.5).to_pil()
            picture.save(pictures / f"report-{lang}-print-{n + 1}.png")
            if n == 0:  # black on white, whatever the screen's scheme; and the map is there
                shades = picture.convert("L").histogram()
                assert shades[255] > 0.5 * sum(shades)
                assert sum(shades[:128]) > 5000


@pytest.mark.slow
@pytest.mark.browser
def test_a_city_of_five_thousand_places_fits_in_25_megabytes(tmp_path, open_page):
    import yaml

    from routeopt.budget import Budget
    from routeopt.problem.build import build_with_streets
    from routeopt.reports.build_model import build_model
    from routeopt.scenario.read import read_scenario
    from routeopt.solving import solve
    from routeopt.streets.synthetic import make_town, write_osm

    town = make_town(7, 17000, 14000, n_venues=4000, n_compounds=1000)
    assert len(town.units) + len(town.gates) == 5000
    write_osm(town, tmp_path / "town.osm.gz")
    lat, lon = town.latlon(0, 0)
    scenario = {
        "routeopt": 1, "name": "city", "shift": {"start": "19:00", "end": "02:00+1"},
        "streets": {"file": "town.osm.gz", "snap_limit_m": 1000},
        "posts": [{"name": "Post", "lat": float(lat), "lon": float(lon)}],
        "teams": [
            {"name": f"Team {n}", "mode": m, "start": "Post"} for n, m in enumerate(["foot", "ebike", "car"] * 10)
        ],
        "demand": [{"kind": "venues"}], "sites": {"count": 150, "spacing_m": 300},
    }  # fmt: skip
    (tmp_path / "night.yaml").write_text(yaml.safe_dump(scenario))
    built = build_with_streets(read_scenario(tmp_path / "night.yaml"))
    html.write(build_model(built, solve(built.problem, Budget(iterations=0), seed=1)), tmp_path / "city.html")
    assert (tmp_path / "city.html").stat().st_size < 25e6
    page = open_page(tmp_path / "city.html")
    assert page.locator("#teams button").count() == 31
