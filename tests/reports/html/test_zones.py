"""Zones and cameras in the report, and in the files beside it."""

from __future__ import annotations

import csv
import json
import re

import openpyxl
import pytest

from routeopt.exchange import plan_json, watch_csv, xlsx
from routeopt.messages import LANGUAGES
from routeopt.reports.html import page as html

WEST, EAST, SOUTH, NORTH = 118.999, 119.004, 25.999, 26.003


def feature(name, south, north):
    ring = [[WEST, south], [EAST, south], [EAST, north], [WEST, north], [WEST, south]]
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def with_zones(make_night, square):
    """A night with two layers of zones and two cameras, of which the desk can watch one."""
    halves = [feature("South <half>", SOUTH, 26.001), feature("North half", 26.001, NORTH)]
    for name, features in {"halves": halves, "whole": [feature("Town", SOUTH, NORTH)]}.items():
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (square.parent / f"{name}.geojson").write_text(text, encoding="utf-8")

    def make(**keys):
        zones = [{"layer": "halves", "file": "halves.geojson"}, {"layer": "town", "file": "whole.geojson"}]
        cameras = [
            {"name": f"={name}", "lat": lat, "lon": 119.003} for name, lat in (("Bar", 26.001), ("East", 26.0015))
        ]
        desk = {"name": "desk", "capacity": 1}
        return make_night(zones=zones, cameras={"list": cameras}, operators=[desk], **keys)

    return make


@pytest.mark.parametrize("lang", LANGUAGES)
def test_zones_are_a_table_by_layer_and_borders_on_the_map(with_zones, tmp_path, lang):
    night = with_zones(lang=lang)
    html.write(night, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    part = re.search(r'<section[^>]*id="zones">(.*?)</section>', page, re.DOTALL)[1]
    heads = re.findall(r'<th scope="row(?:group)?"[^>]*>(.*?)</th>', part)
    assert heads[0] == "halves"
    assert heads[-2:] == ["town", "Town"]
    assert {"en": "Zones", "zh": "分区"}[lang] in part
    by_layer = dict(night.layers)
    assert sum(zone.demand for zone in by_layer["halves"]) <= 1 + 1e-12
    assert [zone.name for zone in by_layer["town"]] == ["Town"]
    assert by_layer["town"][0].stops == len(night.counted())
    assert [border.name for border in night.borders] == ["South <half>", "North half", "Town"]
    (lat, lon) = night.borders[2].rings[0]
    assert (lat.min(), lat.max()) == pytest.approx((SOUTH, NORTH), abs=1e-6)
    assert (lon.min(), lon.max()) == pytest.approx((WEST, EAST), abs=1e-6)


def test_zones_are_called_what_they_are(with_zones, make_night, tmp_path):
    """In the workbook and the table of stops: by the name of the first layer."""
    for night, head in ((with_zones(), "halves"), (make_night(), "community")):
        xlsx.write(night, tmp_path / "r.xlsx")
        book = openpyxl.load_workbook(tmp_path / "r.xlsx")
        assert [sheet.cell(1, 6).value for sheet in book.worksheets[1:3]] == [head, head]
    html.write(with_zones(), tmp_path / "r.html")
    assert '<th scope="col">halves</th>' in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_watch_list_is_in_the_report_and_beside_it(with_zones, tmp_path):
    night = with_zones()
    html.write(night, tmp_path / "r.html")
    part = re.search(r'id="video">(.*?)</section>', (tmp_path / "r.html").read_text(encoding="utf-8"), re.DOTALL)[
        1
    ]
    assert part.count("<td>desk</td>") == len(night.video.watches) == 3
    watch_csv.write(night, tmp_path / "watch.csv")
    with (tmp_path / "watch.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["operator"] for row in rows} == {"desk"}
    assert {row["camera"] for row in rows} <= {"'=Bar", "'=East"}  # no formula for a spreadsheet
    assert rows[0]["from"] == "2026-05-15 23:00:00"
    assert rows[-1]["until"] == "2026-05-16 01:30:00"
    plan_json.write(night, tmp_path / "plan.json")
    found = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["cameras"]
    assert found["detection"]["with"] > found["detection"]["without"]
    assert found["noticed_and_reached"]["5"]["with"] <= found["detection"]["with"]
    assert [len(one["cameras"]) for one in found["watch"]] == [1, 1, 1]


def test_a_night_without_cameras_says_nothing_of_them(make_night, tmp_path):
    night = make_night()
    html.write(night, tmp_path / "r.html")
    assert 'id="video"' not in (tmp_path / "r.html").read_text(encoding="utf-8")
    plan_json.write(night, tmp_path / "plan.json")
    assert "cameras" not in json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    watch_csv.write(night, tmp_path / "watch.csv")
    assert (tmp_path / "watch.csv").read_text(encoding="utf-8-sig").splitlines() == [",".join(watch_csv.COLUMNS)]


@pytest.mark.browser
def test_zones_and_cameras_are_drawn_and_told(with_zones, tmp_path, open_page, pictures):
    html.write(with_zones(), tmp_path / "r.html")
    page = open_page(tmp_path / "r.html")
    page.screenshot(path=pictures / "zones.png")
    assert page.locator("#video").is_visible()
