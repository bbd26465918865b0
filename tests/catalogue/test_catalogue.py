"""The catalogue of messages and the code agree."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from routeopt.catalogue import SENTENCES
from routeopt.errors import Fault, Message
from routeopt.messages import LANGUAGES, words

PACKAGE = Path(__file__).resolve().parents[2] / "routeopt"
CODE = re.compile(r"RO-\d{3}")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
PLACE = {"path", "line", "column", "code"}
"""Parameters of a fault, which no value may be named like."""


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    """The code of the package without its catalogue."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent != PACKAGE / "catalogue":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield path, node


@pytest.fixture(scope="module")
def literals() -> set[str]:
    return {node.value for _, node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def placeholders(code: str) -> set[str]:
    what, remedy, _ = SENTENCES[code]
    found = {name for _, name, _, _ in string.Formatter().parse(what + " " + remedy) if name is not None}
    return {name.partition(".")[0].partition("[")[0] for name in found}


@pytest.mark.parametrize("code", SENTENCES)
def test_code_is_used_and_well_formed(literals, code):
    assert code in literals
    assert CODE.fullmatch(code) or SLUG.fullmatch(code)
    assert not placeholders(code) & PLACE


def test_every_code_in_the_package_is_in_the_catalogue(literals):
    assert {text for text in literals if CODE.fullmatch(text)} <= set(SENTENCES)


def test_calls_give_the_values_of_their_sentence():
    """Where the code is a literal and its values are named; those given as ``**values`` may be among them."""
    for path, node in nodes():
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        code = node.args[0]
        if node.func.id not in ("Fault", "Message") or not isinstance(code, ast.Constant):
            continue
        if code.value not in SENTENCES:
            continue  # written before there were codes
        named = {keyword.arg for keyword in node.keywords if keyword.arg is not None} - PLACE
        wanted = placeholders(code.value)
        where = f"{path.name}:{node.lineno}: {code.value}"
        assert named <= wanted, where
        assert named == wanted or any(keyword.arg is None for keyword in node.keywords), where


def test_a_fault_is_shown_with_its_place_and_remedy():
    fault = Fault("RO-109", "night.yaml", 3, 1, name="shift", first=2)
    assert str(fault) == 'night.yaml:3:1: key "shift" occurs twice, first in line 2. Keep one of them.'
    assert fault.json()["values"] == {"name": "shift", "first": 2}
    assert str(Message("streets-cut-off", mode=Message("mode-car"), km=0.2, share=0.1)).startswith("car: 0.2 km")


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_sentences_are_translated_with_a_full_stop(lang):
    """Where the English sentence has one; a sentence that is made of values alone needs no translation."""
    _ = words(lang)
    for code, (what, remedy, _cause) in SENTENCES.items():
        for part in (what, remedy):
            if re.sub(r"\{\w*\}|\W", "", part) and part.endswith("."):
                assert _(part).endswith("。"), code
