"""What the pages share: templates that escape, scripts that fit together, data that stay data."""

from __future__ import annotations

import base64
import json
import re
from importlib.resources import files

import numpy as np
import pytest
from jinja2 import UndefinedError

from routeopt.clock import Clock
from routeopt.messages import words
from routeopt.reports.heat import files as heat
from routeopt.reports.html import page as html
from routeopt.reports.html.words import script_words
from routeopt.reports.model import StreetLines
from routeopt.reports.page.data import deltas, packed, page_data
from routeopt.reports.page.render import HERE, MODULES, _environment, as_json, asset, clock_marks, render, script
from tests.reports.page.looks import unpacked

PAGES = {
    html.PACKAGE: (html.MODULES, script_words),
    heat.PACKAGE: (heat.MODULES, heat.heat_words),
}


@pytest.mark.parametrize("package", PAGES)
def test_words_are_used_by_the_scripts_and_no_others(package):
    modules, said = PAGES[package]
    assert set(re.findall(r"\bT\.(\w+)", script(package, modules))) == set(said(words("en")))


@pytest.mark.parametrize("package", PAGES)
def test_modules_import_only_what_stands_above(package):
    modules, _ = PAGES[package]
    above: dict[str, set[str]] = {}
    for name in (*MODULES, *modules):
        text = asset(package, f"{name}.js")
        folder = "./" if name in MODULES else "../../page/assets/"
        for names, source in re.findall(r"^import \{ ([^}]*) \} from '([^']*)\.js';", text, flags=re.MULTILINE):
            imported = source.rsplit("/", 1)[1]
            assert source == (folder if imported in MODULES else "./") + imported
            assert set(names.split(", ")) <= above[imported]
        above[name] = set(re.findall(r"^export (?:const|let|function|class) (\w+)", text, flags=re.MULTILINE))
    assert not re.search(r"^(import|export) ", script(package, modules), flags=re.MULTILINE)


@pytest.mark.parametrize("package", PAGES)
def test_no_script_goes_unused(package):
    modules, _ = PAGES[package]
    for folder, names in ((package, modules), (HERE, MODULES)):
        there = {p.name for p in (files(folder) / "assets").iterdir() if p.name.endswith(".js")}
        assert there == {f"{name}.js" for name in names}


def test_json_cannot_end_its_element():
    data = {"name": "</script><!-- & \u2028\u2029"}
    text = as_json(data)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == data


def test_a_template_with_a_missing_value_is_refused():
    with pytest.raises(UndefinedError):
        render(heat.PACKAGE, "heatmap", "en", heat.MODULES, {}, title="a night")


def test_marks_are_full_hours_and_the_ends():
    marks = list(clock_marks(Clock(start_min=19 * 60 + 30, n_steps=120)))
    assert [text for _, text in marks] == ["19:30", "20:00", "21:00", "21:30"]
    assert [at for at, _ in marks] == pytest.approx([0, 0.25, 0.75, 1])


def test_streets_come_back_from_their_deltas():
    lat, lon = np.array([26.0, 26.0001, 25.9999, 26, 27]), np.array([119.0, 119.001, 119.002, -119, 0])
    two = (np.array(values) for values in ([1, 0], [0, 1], [0, -1], [0, 3, 5]))
    lines = StreetLines(("path", "steps"), ("", "Lane"), *two, lat, lon)
    data = page_data(Clock(0, 60), {}, np.ones((1, 4)), 900, lines)
    streets = {key: unpacked(text) for key, text in data["streets"].items()}
    assert [data["classes"][n] for n in streets["cls"]] == ["steps", "path"]
    assert [data["names"][n] for n in streets["name"]] == ["", "Lane"]
    assert (streets["row"], streets["corners"]) == ([0, -1], [3, 2])
    for key, degrees in (("lat", lat), ("lon", lon)):
        np.testing.assert_allclose(np.cumsum(streets[key]) / 1e6, degrees, atol=1e-9)
    assert data["origin"] == [26.0, 119.0]
    assert deltas((0, 5, 5), 1).tolist() == [0, 5, 0]


def test_whole_numbers_come_back_from_their_bytes():
    """By hand: −3 is 5 with the sign as the lowest bit; 300 is 600 = 4·128 + 88, so 88 + 128 and 4."""
    assert base64.b64decode(packed(np.array([-3, 300]))) == bytes([5, 216, 4])
    values = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -180_000_000, 180_000_000, 2**31 - 1]
    assert unpacked(packed(np.array(values))) == values
    assert packed(np.array([], dtype=np.int64)) == ""


def test_compiled_templates_are_kept_and_damaged_ones_made_again(monkeypatch, tmp_path):
    monkeypatch.setenv("ROUTEOPT_CACHE", str(tmp_path))

    def fill():
        environment = _environment.__wrapped__("routeopt.reports.html")
        return environment.get_template("chart.html").module

    fill()
    (kept, *_) = (tmp_path / "templates").iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", b"x", whole[: len(whole) // 2]):
        kept.write_bytes(damaged)
        assert fill() is not None
    assert kept.read_bytes() == whole
