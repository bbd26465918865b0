"""The card of an operator: which cameras are watched when."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from routeopt.errors import InputError
from routeopt.messages import LANGUAGES, words
from routeopt.reports.cards import cards
from routeopt.reports.cards.operators import operator_cards
from routeopt.reports.model import Watched

OPERATORS = [
    {"name": "Desk 1", "capacity": 1},
    {"name": "视频岗2", "capacity": 1, "from": "23:30", "until": "01:00+1"},
]
CAMERAS = {"list": [{"name": f"Camera {n}", "lat": 26.002, "lon": 119.001 + n / 1000} for n in range(3)]}


@pytest.fixture
def desks(make_night):
    """A night with two operators and three cameras, in a language."""
    return lambda lang="en": make_night(lang=lang, cameras=CAMERAS, operators=OPERATORS)


def test_each_operator_s_card_says_what_is_watched_when(desks):
    told = desks()
    first, second = operator_cards(told, words("en"))
    assert (first["team"], second["team"], second["index"]) == ("Desk 1", "视频岗2", told.problem.n_teams + 1)
    assert (second["start"], second["end"]) == ("23:30", "01:00")
    for card in (first, second):
        own = {c for one in told.video.watches if one.operator == card["team"] for c in one.cameras}
        assert {c["name"] for row in card["watches"] for c in row["cameras"]} == {f"Camera {c}" for c in own}
        assert card["watches"][0]["time"].startswith(card["start"])
        assert card["watches"][-1]["time"].endswith(card["end"])


def test_new_cameras_are_told_and_the_same_ones_joined(desks):
    told = desks()
    watches = (
        Watched("Desk 1", 0, 1800, (0, 2)), Watched("Desk 1", 1800, 3600, (0, 2)),
        Watched("Desk 1", 3600, 5400, (1, 2)), Watched("Idle", 0, 3600, ()),
    )  # fmt: skip
    (card,) = operator_cards(replace(told, video=replace(told.video, watches=watches)), words("en"))
    assert card["total"] == "3, 2 at a time"
    assert [(row["time"], [(c["name"], c["new"]) for c in row["cameras"]]) for row in card["watches"]] == [
        ("23:00–00:00", [("Camera 0", True), ("Camera 2", True)]),
        ("00:00–00:30", [("Camera 1", True), ("Camera 2", False)]),
    ]


def test_without_cameras_there_are_no_such_cards(make_night):
    assert list(operator_cards(make_night(), words("en"))) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_they_are_printed_after_the_teams_cards(desks, tmp_path, pictures, lang):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (group browser)")
    pytest.importorskip("typst", reason="typst is not installed (extra cards)")
    told = desks(lang)
    try:
        cards.write(told, tmp_path / "cards.pdf")
    except InputError as error:
        pytest.skip(str(error))
    with pdfium.PdfDocument(tmp_path / "cards.pdf") as document:
        assert len(document) == told.problem.n_teams + 2
        text = document[told.problem.n_teams].get_textpage().get_text_bounded()
        document[told.problem.n_teams].render(scale=1.2).to_pil().save(pictures / f"cards-operator-{lang}.png")
    assert "Desk 1" in text
    assert re.search(r"Camera \d", text)
    assert ("Bold: not watched" in text) == (lang == "en")
