"""The page of the daily meeting in a browser: two sheets of A4, no wider than its window, open to everybody."""

from __future__ import annotations

import pytest

from routeopt.briefing.gather import gather
from routeopt.budget import Budget
from routeopt.reports.briefing.page import write
from routeopt.scenario.read import read_scenario
from tests.briefing.simulated import simulate

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Language → the page of a simulated week's last morning."""
    folder = tmp_path_factory.mktemp("week")
    given = simulate(folder, budget=Budget(iterations=30))
    found = gather(
        read_scenario(given["scenario"]), given["last"], done_file=given["done"],
        incidents_file=given["incidents"], plan_file=given["plan"], carry_file=given["carry"],
    )  # fmt: skip
    for lang in ("en", "zh"):
        write(found, folder / f"{lang}.html", lang)
    return {lang: folder / f"{lang}.html" for lang in ("en", "zh")}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_two_sheets_of_paper_and_no_wider_than_the_window(pages, chromium, pictures, lang):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed (group browser)")
    page = chromium.new_page()
    page.goto(pages[lang].as_uri())
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=pictures / f"briefing-{lang}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    sheets = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    page.close()
    for n, sheet in enumerate(sheets, 1):
        sheet.render(scale=1.5).to_pil().save(pictures / f"briefing-{lang}-{n}.png")
    assert 1 <= len(sheets) <= 2
    sheets.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(pages, serious_faults, scheme):
    assert serious_faults(pages["en"], (1280, 900), scheme, "h1") == []
