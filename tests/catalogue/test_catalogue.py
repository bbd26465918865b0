"""Every code has a complete sentence, and the page of error codes is up to date."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from routeopt.catalogue import SENTENCES
from routeopt.catalogue.page import BLOCKS, PATH, page

PACKAGE = Path(__file__).resolve().parents[2] / "routeopt"


def test_the_page_of_error_codes_is_up_to_date():
    """If not: python -m routeopt.catalogue.page."""
    assert PATH.read_text(encoding="utf-8") == page()


def test_codes_of_errors_belong_to_a_block_and_are_on_the_page():
    for code in SENTENCES:
        if code.startswith("RO-"):
            assert re.fullmatch(r"RO-\d{3}", code)
            assert code[3] in BLOCKS
            assert f"| {code} |" in page()


def test_every_code_that_is_used_exists():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and re.fullmatch(r"RO-\d{3}", str(node.value)):
                assert node.value in SENTENCES, f"{path.name}:{node.lineno}"


def test_every_code_of_an_error_is_used():
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.parent.name != "catalogue"
    )
    assert [code for code in SENTENCES if code.startswith("RO-") and f'"{code}"' not in text] == []
