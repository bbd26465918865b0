"""Goals in the report: floors that are missed come first, and each goal has its row."""

from __future__ import annotations

import re

import pytest

from routeopt.messages import LANGUAGES
from routeopt.reports.html import page as html

GOALS = [
    {"at_least": 0.01, "within_min": 3},
    {"at_least": 1, "zone": "东湖社区"},
    {"at_least": 0.02, "name": "A < B"},
]
SAID = {
    "en": ("reached within 3 min", "seen in 东湖社区", "Floors that this plan misses"),
    "zh": ("3分钟管事率", "东湖社区见警率", "本方案未达到的下限"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_goals_are_a_table_and_what_is_missed_comes_first(make_night, tmp_path, lang):
    night = make_night(goals=GOALS, lang=lang)
    html.write(night, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    near, seen, heading = SAID[lang]
    part = re.search(r'<section[^>]*id="goals">(.*?)</section>', page, re.DOTALL)[1]
    rows = re.findall(r"<tr( class=\"missed\")?><th scope=\"row\">(.*?)</th>", part)
    assert rows == [("", near), (' class="missed"', seen), ("", "A &lt; B")]
    missed = re.search(r'<section[^>]*id="missed">(.*?)</section>', page, re.DOTALL)
    assert heading in missed[1]
    assert seen in missed[1]
    assert near not in missed[1]
    assert missed.start() < page.index('id="mapbox"')


def test_a_night_without_goals_says_nothing_of_them(make_night, tmp_path):
    html.write(make_night(), tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert 'id="goals"' not in page
    assert 'id="missed"' not in page


@pytest.mark.browser
def test_goals_fit_a_phone(make_night, tmp_path, open_page, pictures):
    html.write(make_night(goals=GOALS, lang="zh"), tmp_path / "r.html")
    page = open_page(tmp_path / "r.html", size=(390, 844))
    page.locator("#goals").screenshot(path=pictures / "goals-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
