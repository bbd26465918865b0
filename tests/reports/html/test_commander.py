"""What a commander reads on the report's first screen, and what is said of times without a stop."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from routeopt.messages import LANGUAGES
from routeopt.plan import Visit
from routeopt.reports.html import page as html
from routeopt.reports.model import Track
from tests.reports.conftest import both_orders


@pytest.fixture
def page(told, tmp_path):
    """`page(visits)`: the text of the report and its data."""

    def write(visits, change=lambda night: night, **scenario):
        html.write(change(told(visits, **scenario)), tmp_path / "report.html")
        text = (tmp_path / "report.html").read_text(encoding="utf-8")
        markup, data = text.split('<script type="application/json" id="data">')
        return markup.split("<body>")[1], json.loads(data.split("</script>")[0]), tmp_path / "report.html"

    return write


def test_the_head_says_what_the_plan_stands_on_and_no_machine_word(page):
    markup, _, _ = page(both_orders)
    head = markup.split("<main>")[0]
    assert '<p class="basis">Demand from 1 venue, 1 ' in head
    assert not re.search(r"seed|strategy|λ", head)
    assert re.search(r"<dt>Seed</dt>", markup)


def test_what_is_unseen_is_said_with_its_cause_even_where_no_place_stands_out(page):
    markup, _, _ = page(both_orders, lambda night: replace(night, left_out=()))
    share = re.search(r"([\d.]+)\xa0% of the night&#39;s demand goes unseen:", markup)
    parts = re.findall(r"<li><b>([\d.]+)\xa0%</b>", markup)
    assert sum(map(float, parts)) == pytest.approx(float(share[1]), abs=0.2)
    assert "No such place" not in markup


def test_orders_and_free_times_stand_in_the_table_under_their_names(page):
    markup, data, _ = page(both_orders)
    rows = re.findall(r"<tr (?:data-stop|class=\"free\").*?</tr>", markup, re.DOTALL)
    kinds = ["free" if 'class="free"' in row else "ORDER" if "ORDER" in row else "stop" for row in rows]
    assert kinds == ["free", "ORDER", "free", "ORDER", "free"]
    assert "Meet the owner" in rows[3]
    assert [stop[2] for stop in data["stops"]] == ["Check the yard", "Meet the owner"]
    assert "Station: at the station, free" in rows[4]
    assert markup.count('<i class="free" title') == 3


def test_waits_and_absences_are_neither_counted_nor_drawn_as_stops(page):
    def visits(problem):
        rows = problem.activities
        return [Visit(1, 40, rows.wait(10)), Visit(1, 60, rows.away(20)), Visit(1, 100, 0)]

    markup, data, _ = page(visits)
    assert re.findall(r'<b data-stop="\d" class="(\w+)', markup) == ["wait", "away", "stop"]
    assert data["teams"][0]["stops"] == 1
    assert "<dd>1 · 1</dd>" in markup


def test_posts_hours_and_places_of_each_team_are_in_the_data(page):
    _, data, _ = page(both_orders)
    assert data["posts"] == [["Station", 26.0, 119.0]]
    assert data["teams"][0]["hours"] == "19:00–21:00"
    assert data["teams"][0]["where"] == "East St"


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_team_far_away_is_said_and_the_map_fits_the_others(nights, tmp_path, open_page, lang):
    night = nights[lang]
    far = night.tracks[2]
    moved = Track(far.team, 2, tuple(v + 0.1 for v in far.lat), far.lon, far.time_s)
    html.write(replace(night, tracks=(*night.tracks[:2], moved, *night.tracks[3:])), tmp_path / "far.html")
    page = open_page(tmp_path / "far.html")
    assert night.tracks[2].team in page.inner_text("#outside")
    assert "km" in page.inner_text("#outside") or "公里" in page.inner_text("#outside")
    ours, theirs = (page.evaluate(SPAN, which) for which in ("near", "whole"))
    assert ours > 3 * theirs


SPAN = """(which) => which === 'near' ? view.scale : (() => {
  const y = tracks.flatMap((t) => [t.y1, t.y2]);
  return view.height / (Math.max(...y) - Math.min(...y));
})()"""


@pytest.mark.browser
def test_street_names_and_posts_are_drawn(nights, tmp_path, open_page):
    html.write(nights["zh"], tmp_path / "names.html")
    page = open_page(tmp_path / "names.html")
    drawn = page.evaluate(
        """() => {
          const said = [], g = { canvas: null, measureText: () => ({ width: 40 }), fillText: (t) => said.push(t) };
          const context = new Proxy(g, { get: (o, k) => o[k] || (() => {}), set: () => true });
          drawNames(context, view, 1, screenPalette());
          drawPosts(context, view, 1, screenPalette(), posts);
          return said;
        }"""
    )
    assert {p.name for p in nights["zh"].posts} <= set(drawn)
    streets = set(nights["zh"].streets.names)
    assert len(set(drawn) & streets) > 10
