"""The page of error codes."""

from __future__ import annotations

import re

from routeopt.catalogue import SENTENCES
from routeopt.catalogue.page import BLOCKS, PATH, page


def test_the_page_of_error_codes_is_up_to_date():
    """If not: python -m routeopt.catalogue.page."""
    assert PATH.read_text(encoding="utf-8") == page()


def test_codes_of_errors_belong_to_a_block_and_are_on_the_page():
    for code in SENTENCES:
        if code.startswith("RO-"):
            assert re.fullmatch(r"RO-\d{3}", code)
            assert code[3] in BLOCKS
            assert f"| {code} |" in page()
