"""Pictures: written into tests/pictures to be looked at, and counted against `evaluate`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from routeopt.evaluation import evaluate
from routeopt.messages import words
from routeopt.reports import plots

PICTURES = Path(__file__).parents[1] / "pictures"


@pytest.fixture
def pictures():
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pictures_are_written_as_png_and_svg(make_night, pictures, lang):
    folder = pictures / f"plots-{lang}"
    night = make_night(lang=lang)
    plots.write(replace(night, result=replace(night.result, bound=0.9)), folder)
    assert {p.name for p in folder.iterdir()} == {"search.png", "search.svg", "visibility.png", "visibility.svg"}
    assert (folder / "search.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "visibility.svg").read_text(encoding="utf-8")


def test_a_plan_without_a_trace_has_no_picture_of_the_search(make_night, tmp_path):
    night = make_night()
    plots.write(replace(night, result=replace(night.result, history=())), tmp_path / "plots")
    assert {p.stem for p in (tmp_path / "plots").iterdir()} == {"visibility"}


def test_hours_add_up_to_the_night_and_communities_are_evaluates(make_night):
    night = make_night()
    figures = evaluate(night.problem, night.result.plan)
    hours = plots.hourly(night.problem, night.seen)
    assert [h for h, _, _ in hours] == ["23", "00", "01"]
    shares, weights = np.array([(s, d) for _, s, d in hours]).T
    assert weights.sum() == pytest.approx(1)
    assert shares @ weights == pytest.approx(figures.visibility)
    assert plots.by_community(night.problem, night.seen) == pytest.approx(figures.zones)


def test_without_a_chinese_font_the_picture_says_so(make_night, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(plots, "CJK_FONTS", ("No such font",))
    plots.write(make_night(lang="zh"), tmp_path / "plots")
    assert "fonts-noto-cjk" in caplog.text


def test_english_pictures_need_no_such_font(make_night, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(plots, "CJK_FONTS", ("No such font",))
    result = make_night().result
    plots.searched([result, replace(result, strategy="greedy")], tmp_path / "compare", words("en"))
    assert caplog.text == ""
    assert (tmp_path / "compare.svg").is_file()


def test_the_line_of_the_whole_night_is_its_visibility(make_night, tmp_path):
    """Rewards of tasks are part of a plan's value, not of its visibility."""
    night = make_night()
    drawn = []
    for value in (night.result.value, night.result.value + 0.1):
        plots.visibility(replace(night, result=replace(night.result, value=value)), tmp_path / "v", str)
        drawn.append((tmp_path / "v.svg").read_bytes())
    assert drawn[0] == drawn[1]
