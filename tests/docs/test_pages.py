"""The pages themselves: current, whole, and the same in both languages."""

from __future__ import annotations

import re

import pytest
import yaml

from docs.make import FOLDER, MADE
from routeopt.scenario.model import Scenario, Shift
from routeopt.strategies import STRATEGIES
from tests.conftest import NIGHT
from tests.docs.blocks import DOCS, PAGES, ROOT, blocks, name_of

SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
TRANSLATED = [page for page in PAGES if page.name.endswith(".zh.md")]
CATALOGUE = ROOT / "routeopt" / "locale" / "zh" / "LC_MESSAGES" / "routeopt.po"
OF_THE_PAGES = {"即时见警率", "30 分钟内见警", "衰减时间", "勤务卡"}
"""Terms of the glossary that no message has."""


@pytest.mark.parametrize("name", MADE)
def test_made_page_is_current(name):
    """If not: python -m docs.make."""
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name]()


def titles(nav, found):
    """Titles of the navigation and the pages behind them."""
    for entry in nav:
        for title, below in entry.items():
            found[title] = below if isinstance(below, str) else None
            if not isinstance(below, str):
                titles(below, found)
    return found


def test_every_page_is_in_the_navigation_and_every_title_has_its_chinese():
    found = titles(SITE["nav"], {})
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page not in TRANSLATED}
    assert sorted(page for page in found.values() if page) == sorted(pages)
    plugin = next(p["i18n"] for p in SITE["plugins"] if "i18n" in p)
    chinese = next(one for one in plugin["languages"] if one["locale"] == "zh")["nav_translations"]
    assert sorted(chinese) == sorted(found)


@pytest.mark.parametrize("page", TRANSLATED, ids=name_of)
def test_a_translation_has_the_same_parts_and_commands(page):
    original = page.with_name(page.name.replace(".zh.md", ".md"))

    def outline(text):
        return re.findall(r"^#+(?= )", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)

    def typed(one):
        names = ("蕉城区, 宁德市, 福建省", "Krems, Austria"), ("jiaocheng/", "krems/")
        text = "".join(block.text for block in blocks(one) if block.language in ("", "sh", "python"))
        for ours, theirs in names:
            text = text.replace(ours, theirs)
        return text

    assert outline(page.read_text(encoding="utf-8")) == outline(original.read_text(encoding="utf-8"))
    assert typed(page) == typed(original)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(b.language == "yaml" for b in blocks(page))], ids=name_of
)
def test_parts_of_scenarios_are_valid(page):
    for block in blocks(page):
        if block.language == "yaml":
            Scenario.model_validate({**NIGHT, **yaml.safe_load(block.text)})


def test_every_link_within_a_page_of_the_front_leads_somewhere():
    for page in (ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{page.name}: {target}"


def test_words_of_the_glossary_are_those_of_the_messages():
    """Neither page has a term of its own, apart from a few that no message has."""
    said = CATALOGUE.read_text(encoding="utf-8")
    both = []
    for name, order in (("glossary.md", (0, 1)), ("glossary.zh.md", (1, 0))):
        rows = re.findall(
            r"^\| (?!-)([^|]+) \| ([^|]+) \|", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE
        )
        both.append({row[order[1]] for row in rows[1:]})
    assert both[0] == both[1]
    assert {term for term in both[0] if term not in said} == OF_THE_PAGES


def test_every_strategy_is_in_the_table():
    table = (DOCS / "reference" / "strategies.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", table, re.MULTILINE)))) == sorted(
        STRATEGIES
    )


def test_keys_of_plan_json_are_on_its_page(tmp_path, make_night):
    from routeopt.exchange import plan_json

    page = (DOCS / "reference" / "plan-json.md").read_text(encoding="utf-8")
    plan_json.write(make_night(), tmp_path / "plan.json")
    document = plan_json.read_document(tmp_path / "plan.json")
    visits = [visit for route in document["routes"] for visit in route["visits"]]
    assert visits
    for key in {*document, *document["clock"], *document["figures"], *document["routes"][0], *visits[0]}:
        assert f"`{key}`" in page, key


def test_citation_is_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{cited["version"]}"\n' in project
    assert f'\nlicense = "{cited["license"]}"\n' in project


def test_keys_of_the_shift_are_explained():
    """The generated page has every key with its alias, and what the model says of it."""
    page = (DOCS / "reference" / "scenario.md").read_text(encoding="utf-8")
    for name, field in Shift.model_fields.items():
        assert f"| `{field.alias or name}` |" in page
    assert "| `from` | time of day |" in page
    assert "| `step_s` | whole number, ≥ 10, ≤ 900 | `60` | Planning grid, seconds |" in page
