"""The site as built: whole, in both languages, from disk alone, and readable on a phone."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys

import pytest

from routeopt.catalogue import SENTENCES
from tests.docs.blocks import ROOT

pytestmark = pytest.mark.slow
ELSEWHERE = re.compile(r'<(?:script|img|link|iframe)\b[^>]*?\b(?:src|href)="(?:https?:)?//[^"]*"')

VALUES = re.compile(r"\{[^}]+\}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="MkDocs is not installed (group docs)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_nothing_comes_from_elsewhere(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    found = [match[0] for page in pages for match in ELSEWHERE.finditer(page.read_text(encoding="utf-8"))]
    assert found == []
    assert not list(site.rglob("*.py"))


def test_every_public_name_is_in_the_reference(site):
    import routeopt

    text = (site / "reference" / "api.html").read_text(encoding="utf-8")
    assert [name for name in routeopt.__all__ if f'id="routeopt.{name}"' not in text] == []


def test_values_of_messages_are_on_the_page_of_error_codes(site):
    """Braces at the end of a cell are taken for attributes of the cell."""
    page = (site / "errors.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr>\s*<td>(RO-\d+)</td>(.*?)</tr>", page, re.DOTALL)
    shown = {code: VALUES.findall(html.unescape(re.sub(r"<[^>]+>", "", row))) for code, row in rows}
    for code, one in SENTENCES.items():
        if code.startswith("RO-"):
            assert shown[code] == [
                *VALUES.findall(one.what),
                *VALUES.findall(one.cause),
                *VALUES.findall(one.remedy),
            ]


def test_search_has_each_page_once_in_its_language(site):
    text = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    places = {doc["location"] for doc in json.loads(text.removeprefix("var __index = "))["docs"]}
    assert {"tutorial.html", "zh/tutorial.html", "reference/files.html"} <= places
    assert "zh/reference/files.html" not in places


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "query"), [("", "repair"), ("zh/", "必做任务")])
def test_search_finds_from_disk(site, chromium, lang, query):
    page = chromium.new_page()
    page.goto((site / lang / "index.html").as_uri())
    box = page.locator("[data-md-component=search-query]")
    box.fill(query)
    box.dispatch_event("keyup")
    page.wait_for_selector(".md-search-result__link", state="attached")
    found = [link.get_attribute("href") for link in page.query_selector_all(".md-search-result__link")]
    page.close()
    assert any(("/tasks.html" if lang else "/edit-and-repair.html") in link for link in found)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "name", ["index.html", "zh/index.html", "reference/scenario.html", "zh/how-to/incidents.html"]
)
def test_no_page_is_wider_than_its_window(site, chromium, pictures, name, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto((site / name).as_uri())
    page.wait_for_selector("h1")
    page.screenshot(path=pictures / f"site-{name.replace('/', '-').removesuffix('.html')}-{width}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.browser
def test_the_other_language_is_one_click_away(site, chromium):
    page = chromium.new_page()
    page.goto((site / "how-to" / "tasks.html").as_uri())
    links = page.eval_on_selector_all(".md-select__link", "links => links.map((a) => [a.hreflang, a.href])")
    page.close()
    assert dict(links)["zh"] == (site / "zh" / "how-to" / "tasks.html").as_uri()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["zh/tutorial.html", "reference/api.html"])
def test_nobody_is_shut_out(site, serious_faults, name, scheme):
    """The theme's search has no name of its own; all else is found by axe."""
    found = serious_faults(site / name, (1280, 900), scheme, "h1")
    assert [fault for fault in found if fault[0] != "aria-dialog-name"] == []
