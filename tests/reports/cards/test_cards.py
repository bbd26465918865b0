"""cards.pdf: a card per team, its text, its fonts, its QR code, and pictures of its pages."""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest

from routeopt.errors import InputError
from routeopt.messages import LANGUAGES
from routeopt.plan import Visit
from routeopt.reports.cards import cards
from tests.reports.conftest import both_orders

pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (group browser)")
pytest.importorskip("typst", reason="typst is not installed (extra cards)")


def write_or_skip(night, path):
    """A machine without Chinese fonts cannot set the reference night."""
    try:
        cards.write(night, path)
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def pages(nights, tmp_path_factory, pictures):
    """Language → the text of every page."""
    folder, found = tmp_path_factory.mktemp("cards"), {}
    for lang, night in nights.items():
        write_or_skip(night, folder / f"{lang}.pdf")
        with pdfium.PdfDocument(folder / f"{lang}.pdf") as document:
            texts = []
            for n, page in enumerate(document):
                assert tuple(round(v) for v in page.get_size()) == (595, 842)
                texts.append(page.get_textpage().get_text_bounded())
                page.render(scale=1.7, grayscale=True).to_pil().save(pictures / f"cards-{lang}-{n + 1}.png")
            found[lang] = texts
    return found


def card_texts(pages: list[str], teams: tuple[str, ...]) -> dict[str, str]:
    """Team → text of its pages: the footer begins with the team's name."""
    found = dict.fromkeys(teams, "")
    for text in pages:
        team = next(t for t in teams if re.search(rf"^{re.escape(t)}\b", text, flags=re.MULTILINE))
        found[team] += text
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_card_has_its_team_s_stops_times_ways_and_phones(nights, pages, lang):
    night = nights[lang]
    texts = card_texts(pages[lang], night.problem.team_names)
    clock = night.problem.clock
    for stop in night.stops:
        text = re.sub(r"\s+", "", texts[stop.team])
        assert f"{clock.text(stop.start_s)}–{clock.text(stop.end_s)}{stop.site}" in text
    for way in night.directions:
        text = re.sub(r"\s+", "", texts[night.problem.team_names[way.team_index]])
        assert all(f"{move.street}{cards._metres(move.length_m)}" in text for move in way.moves if move.street)
    for text in texts.values():
        for name, number in night.phones:
            assert name in text
            assert number in text


def test_a_card_takes_a_sheet_at_most(nights, pages):
    assert len(pages["zh"]) <= 2 * nights["zh"].problem.n_teams


def test_long_routes_number_their_pages(pages):
    if len(pages["zh"]) > 8:
        assert any("2 / 2" in text for text in pages["zh"])


def test_no_words_of_the_other_language(pages):
    assert not any("straight on" in text for text in pages["zh"])
    assert all("Start" in text or "2 / 2" in text for text in pages["en"])


def test_qr_code_holds_the_first_stop_or_the_station_s_link(nights):
    night = nights["en"]
    own = [s for s in night.stops if s.team_index == 0]
    first = f"{own[0].lat:.5f},{own[0].lon:.5f}"
    assert cards._link(night, own, str)[0] == f"geo:{first}"
    linked = replace(night, route_link="https://map.example/route?p={points}&mode=walk")
    link = cards._link(linked, own, str)[0]
    assert link.startswith(f"https://map.example/route?p={first};")
    assert link.count(";") == len(own) - 1
    assert link.endswith("&mode=walk")


def test_a_missing_font_is_named_with_the_package_that_has_it():
    with pytest.raises(InputError, match="fonts-noto-cjk"):
        cards.fonts("步巡1组", ["DejaVu Sans"], "cards.pdf")
    assert cards.fonts("Team 1", ["DejaVu Sans"], "cards.pdf") == ["DejaVu Sans"]
    assert cards.fonts("步巡1组", ["SimHei"], "cards.pdf")[0] == "SimHei"


def test_a_missing_package_is_named(nights, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(InputError, match=r"package typst.*routeopt\[cards\]"):
        cards.write(nights["en"], tmp_path / "cards.pdf")


def test_a_team_that_stays_at_its_post_has_a_card(nights, tmp_path):
    night = nights["en"]
    none = replace(night, stops=(), directions=())
    write_or_skip(none, tmp_path / "cards.pdf")
    with pdfium.PdfDocument(tmp_path / "cards.pdf") as document:
        assert len(document) == night.problem.n_teams


@pytest.fixture
def card(told, tmp_path):
    """`card(visits)`: what the card of one team's visits says, on one line."""

    def write(visits, **changes):
        write_or_skip(told(visits, **changes), tmp_path / "card.pdf")
        with pdfium.PdfDocument(tmp_path / "card.pdf") as document:
            text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
        return re.sub(r"\s+", " ", text)

    return write


def test_orders_are_marked_and_keep_their_own_names(card):
    text = card(both_orders)
    for times, name in (("19:30–19:40", "Check the yard"), ("20:10–20:20", "Meet the owner")):
        assert f"{times} ORDER {name}" in text
    assert "order that must be carried out, to begin 19:30–19:40" in text.replace("– ", "–")
    assert "19:40–20:10 East St, free" in text
    assert "任务" in card(both_orders, lang="zh")


def test_waits_absences_and_the_free_end_are_said_as_such(card):
    def visits(problem):
        rows = problem.activities
        return [Visit(1, 40, rows.wait(10)), Visit(1, 60, rows.away(20))]

    text = card(visits)
    assert re.search(r"19:40–19:50 \S.*, free", text)
    assert re.search(r"20:00–20:20 not available .*afterwards at", text)
    assert re.search(r"–21:00 Station: at the station, free", text)


def test_machine_words_and_shares_are_not_on_a_card(pages):
    for text in pages["en"]:
        assert "seed" not in text
        assert not re.search(r"\d%", text)


def test_punctuation_comes_from_the_latin_font(told, tmp_path):
    """A Chinese font's middle dot is as wide as a character."""
    write_or_skip(told(both_orders, lang="zh", name="夜巡 · 一组"), tmp_path / "card.pdf")
    with pdfium.PdfDocument(tmp_path / "card.pdf") as document:
        page = document[0].get_textpage()
        at = [n for n in range(page.count_chars()) if page.get_text_range(n, 1) == "·"]
        assert at
        for n in at:
            left, low, right, high = page.get_charbox(n, loose=True)
            assert right - left < 0.6 * (high - low)
