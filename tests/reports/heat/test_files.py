"""The heat map's files: what they hold, what never reaches them, and a real browser."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from routeopt.demand.busiest import heat
from routeopt.exchange.whole import staged
from routeopt.messages import LANGUAGES
from routeopt.reports.heat.files import HEAT_FORMATS, _data, summary
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import read_streets
from tests.conftest import ROOT
from tests.reports.page.looks import SIZES, cut_off
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


def write_all(found, folder, lang="en"):
    folder.mkdir(exist_ok=True)
    return [folder / name for write in HEAT_FORMATS.values() for name in write(found, folder, lang)]


def test_a_street_without_a_name_has_none_on_the_map(build):
    found = build()
    names = list(found.net.names)
    names[found.net.seg_name[0]] = ""
    nameless = replace(found, net=replace(found.net, names=tuple(names)), places=type(found.places)())
    data = _data(nameless, [], lambda text: text)
    assert "" in data["names"]
    assert data["words"]["unnamed"] not in data["names"]


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


def test_no_name_is_computed_by_a_spreadsheet(build, square, tmp_path, monkeypatch):
    monkeypatch.setattr("routeopt.demand.busiest.APART_M", 60)
    square.write_text(square.read_text().replace("South St", "=1+1").replace("East St", "@now"))
    write_all(build(), tmp_path / "o")
    names = set()
    for name in ("heatmap.csv", "places.csv"):
        with (tmp_path / "o" / name).open(encoding="utf-8") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
        names |= set(cells)
    assert {"'=1+1", "'@now"} <= names


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
    with pytest.raises(KeyboardInterrupt), staged(tmp_path) as stage:
        HEAT_FORMATS["GeoJSON"](found, stage, "en")
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


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The reference night's page in every language."""
    scenario = read_scenario(ROOT / "scenarios" / "wuliting" / "night.yaml")
    found = heat(scenario, read_streets(scenario.streets, scenario.folder, scenario.speeds))
    folder = tmp_path_factory.mktemp("heat")
    for lang in LANGUAGES:
        (folder / lang).mkdir()
        HEAT_FORMATS["page"](found, folder / lang, lang)
    return {lang: folder / lang / "heatmap.html" for lang in LANGUAGES}


def test_page_speaks_the_readers_language(pages):
    assert '<html lang="zh-Hans">' in pages["zh"].read_text()
    assert "最繁忙地点" in pages["zh"].read_text()
    assert "Busiest places" in pages["en"].read_text()


@pytest.mark.browser
def test_keyboard_reaches_the_places_and_play_moves_the_clock(pages, open_page):
    page = open_page(pages["en"])
    page.focus("#map")
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.get_attribute("#places button >> nth=1", "aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.locator("#places [aria-pressed=true]").count() == 0
    page.fill("#slider", "0")
    assert page.inner_text("#clock") == "19:00"
    page.focus("#map")
    page.keyboard.press("Space")
    page.wait_for_timeout(1200)
    assert page.inner_text("#clock") > "19:00"
    assert page.get_attribute("#play", "aria-label") == "pause"


@pytest.mark.browser
def test_bars_set_the_time_and_a_street_tells_its_demand(pages, open_page):
    page = open_page(pages["zh"])
    box = page.locator("#strip svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.999, box["y"] + box["height"] - 3)
    assert page.inner_text("#clock") == "01:45"
    box, told = page.locator("#map").bounding_box(), set()
    for x in range(60, int(box["width"]) - 60, 10):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] * 0.41)
        if page.is_visible("#tip"):
            told.add(page.inner_text("#tip").split("\n")[1])
    assert any("为需求最密街道的" in text for text in told)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_serious_fault_of_accessibility(pages, serious_faults, scheme, size):
    assert serious_faults(pages["en"], SIZES[size], scheme, "#places button >> nth=2") == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_pictures_where_nothing_is_cut_off(pages, open_page, pictures, lang, size):
    for scheme in ("light", "dark"):
        page = open_page(pages[lang], SIZES[size], scheme, device_scale_factor=2 if size == "phone" else 1)
        if scheme == "dark":
            page.click("#places button >> nth=2")
            page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(200)
        page.screenshot(path=pictures / f"heatmap-{lang}-{size}-{scheme}.png", full_page=True)
        assert cut_off(page, "button, h1, h2, label, #places span") == []


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
def test_prints_on_a4(pages, open_page, pictures, tmp_path, lang):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (group browser)")
    page = open_page(pages[lang], scheme="dark")
    page.pdf(path=tmp_path / "heatmap.pdf", prefer_css_page_size=True, print_background=True)
    with pdfium.PdfDocument(tmp_path / "heatmap.pdf") as document:
        assert {tuple(round(v) for v in leaf.get_size()) for leaf in document} == {(595, 842)}
        assert len(document) <= 3
        for n in range(len(document)):
            picture = document[n].render(scale=1.5).to_pil()
            picture.save(pictures / f"heatmap-{lang}-print-{n + 1}.png")
            if n == 0:  # black on white, whatever the screen's scheme
                shades = picture.convert("L").histogram()
                assert shades[255] > 0.5 * sum(shades)
