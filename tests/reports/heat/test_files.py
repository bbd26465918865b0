"""The heat map's files: what they hold, what never reaches them, and a real browser."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from routeopt.demand.busiest import heat
from routeopt.reports.heat.files import HEAT_FORMATS, summary
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import read_streets
from tests.reports.test_reports import EVIL, dump_dom

SECRETS = ("张三秘密", "13800138000", "ID-SECRET-42", "she was seen at", "350902199001011234")


def rows(n=60):
    name, phone, number, text, card = SECRETS
    personal = f"{name},{phone},{text},{card}"
    lines = [
        f"26.0001,119.00{10 + d % 3},2026-0{1 + d // 28}-{1 + d % 28:02d} 20:{d % 60:02d},"
        f"theft,{number}{d},{personal}"
        for d in range(n)
    ]
    lines.append(f"26.0001,119.0015,{text},{name},{number},{personal}")  # shifted cells
    lines.append(
        f"26.0001,119.0015,2026-02-01 20:30,{name},{number},{name},{phone},{text},{card}"
    )  # a name as category
    return "\n".join(["lat,lon,time,type,id,报警人姓名,phone,description,身份证", *lines])


@pytest.fixture
def build(night):
    """Heat of a night whose demand is the incidents, the bar and the market."""

    def run(**changes):
        path = night(
            name=EVIL,
            demand=[
                {"kind": "incidents", "file": "i.csv", "max_bad_share": 0.5},
                {"kind": "venues"},
                {"kind": "fixed", "entries": [{"name": "夜市", "lat": 26.002, "lon": 119.003, "radius_m": 60}]},
            ],
            **changes,
        )
        (path.parent / "i.csv").write_text(rows(), encoding="utf-8")
        scenario = read_scenario(path)
        net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
        return heat(scenario, net)

    return run


def write_all(found, folder):
    folder.mkdir(exist_ok=True)
    return [folder / name for write in HEAT_FORMATS.values() for name in write(found, folder)]


def test_every_file_is_there_with_an_hour_each(build, tmp_path):
    files = write_all(build(), tmp_path / "o")
    assert [f.name for f in files] == [
        "heatmap.html", "heatmap-1900.png", "heatmap-2000.png", "heatmap.csv", "places.csv", "heatmap.geojson",
    ]  # fmt: skip
    assert sorted(f.name for f in files) == sorted(p.name for p in (tmp_path / "o").iterdir())
    assert files[1].read_bytes()[:4] == b"\x89PNG"


def test_tables_hold_the_demand(build, tmp_path):
    found = build()
    write_all(found, tmp_path / "o")
    with (tmp_path / "o" / "heatmap.csv").open(encoding="utf-8") as handle:
        table = list(csv.DictReader(handle))
    assert {row["hour"] for row in table} == {"19:00–20:00", "20:00–21:00"}
    total = sum(float(row["demand_per_min"]) for row in table)
    assert total == pytest.approx(2.0, rel=1e-3)  # one a minute in the mean over all streets, in each of two hours
    assert any(float(row["deviation"]) > 0 for row in table)
    features = json.loads((tmp_path / "o" / "heatmap.geojson").read_text())["features"]
    assert len(features) == len({row["segment"] for row in table})
    lon, lat = np.array([f["geometry"]["coordinates"][0] for f in features]).T
    assert ((lat > 25.999) & (lat < 26.003) & (lon > 118.999) & (lon < 119.004)).all()


def test_places_say_why(build, monkeypatch):
    monkeypatch.setattr("routeopt.demand.busiest.APART_M", 60)
    found = build(shift={"start": "19:00", "end": "21:00", "date": "2026-05-15"})
    thefts = [place for place in found.places if re.search(r"\d+ × theft.* in \d+ days", str(place.why))]
    assert {str(place.street) for place in thefts} <= {"South St", "West St", "East St"}
    assert any(str(place.street) == "South St" for place in thefts)
    assert any("夜市" in str(place.why) for place in found.places)
    assert any("bar" in str(place.why) for place in found.places)
    assert [p.rank for p in found.places] == list(range(1, len(found.places) + 1))
    assert summary(found)["places"][0]["rank"] == 1


def test_closing_time_is_a_reason_at_closing_time_only(build):
    late = build(shift={"start": "01:00", "end": "03:00"})
    assert any("closing time" in str(place.why) for place in late.places)
    assert not any("closing time" in str(place.why) for place in build().places)


def test_nothing_personal_reaches_a_file(build, tmp_path):
    for file in write_all(build(), tmp_path / "o"):
        content = file.read_bytes().decode("utf-8", errors="ignore")
        assert not [s for s in SECRETS if s in content or json.dumps(s)[1:-1] in content], file.name


def test_page_asks_the_network_for_nothing_and_names_are_no_markup(build, tmp_path):
    write_all(build(), tmp_path / "o")
    page = (tmp_path / "o" / "heatmap.html").read_text()
    assert not re.search(r"(src|href)\s*=|url\(|@import|fetch\(|XMLHttp", page)
    assert "default-src 'none'" in page
    assert "<script>alert" not in page


def test_interrupted_write_leaves_no_partial_file(build, tmp_path, monkeypatch):
    found = build()
    monkeypatch.setattr("routeopt.reports.heat.files.json.dumps", _stop)
    with pytest.raises(KeyboardInterrupt):
        HEAT_FORMATS["GeoJSON"](found, tmp_path)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("heatmap")]


def _stop(*_args, **_options):
    raise KeyboardInterrupt


@pytest.mark.browser
def test_page_draws_in_a_browser(build, tmp_path):
    found = build()
    write_all(found, tmp_path / "o")
    done = dump_dom(tmp_path / "o" / "heatmap.html", tmp_path)
    assert re.search(r'ready="1"', done.stdout)
    assert "CONSOLE" not in done.stderr
    assert len(re.findall('class="why"', done.stdout)) == len(found.places)
