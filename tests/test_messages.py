"""Every message of the reports exists in every language, and the compiled catalogues are up to date."""

from __future__ import annotations

import ast
import io
import string
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from routeopt.errors import InputError
from routeopt.messages import LANGUAGES, of_locale, words

PACKAGE = Path(__file__).resolve().parents[1] / "routeopt"
TRANSLATED = [lang for lang in LANGUAGES if lang != "en"]


def folder(lang: str) -> Path:
    return PACKAGE / "locale" / lang / "LC_MESSAGES"


def catalogue(lang: str):
    with (folder(lang) / "routeopt.po").open("rb") as file:
        return read_po(file, locale=lang)


@pytest.fixture(scope="module")
def said() -> set[str]:
    """What `pybabel extract` finds."""
    kinds = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    return {found[2] for found in extract_from_dir(PACKAGE, kinds, keywords=keywords)}


def test_babel_finds_every_message(said):
    """It overlooks those inside f-strings, and cannot know those that are put together."""
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "errors.py":
            continue  # looks up what the catalogue marks by N_
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
                if isinstance(node.args[0], ast.Name):
                    continue  # a text that `N_` marks where it stands
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
                assert node.args[0].value in said, f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("lang", TRANSLATED)
def test_catalogue_has_every_message_and_no_others(said, lang):
    assert {m.id for m in catalogue(lang) if m.id} == said


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_message_is_translated_with_its_values(lang):
    for message in catalogue(lang):
        if message.id:
            assert message.string.strip(), message.id
            assert fields(message.string) == fields(message.id), message.id


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", TRANSLATED)
def test_compiled_catalogue_is_up_to_date(lang):
    with (folder(lang) / "routeopt.mo").open("rb") as file:
        compiled = {m.id: m.string for m in read_mo(file) if m.id}
    fresh = io.BytesIO()
    write_mo(fresh, catalogue(lang), use_fuzzy=True)
    fresh.seek(0)
    assert compiled == {m.id: m.string for m in read_mo(fresh) if m.id}


@pytest.mark.parametrize(
    ("value", "lang"), [("zh_CN.UTF-8", "zh"), ("zh", "zh"), ("en_GB.UTF-8", "en"), ("fr_FR", "en"), ("C", "en")]
)
def test_language_of_the_environment(monkeypatch, value, lang):
    for key in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("LANG", value)
    assert of_locale() == lang


def test_unknown_language_is_refused_and_the_known_ones_listed():
    with pytest.raises(InputError, match="en, zh"):
        words("klingon")
