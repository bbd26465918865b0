"""Errors, and what of files and names reaches the log of a host."""

from __future__ import annotations

import ast
import logging

import pytest

from routeopt.border import border
from routeopt.errors import InputError, one_line
from tests.conftest import ROOT

FORGED = "Foot 1\r\nCRITICAL:root:forged \x1b[2J\u2028\u202egnp\x00\ud800"
ESCAPED = r"Foot 1\r\nCRITICAL:root:forged \x1b[2J\u2028\u202egnp\x00\ud800"


def test_a_text_in_a_log_is_one_line_that_steers_nothing():
    assert one_line(FORGED) == ESCAPED
    assert one_line("巡逻一组 & <b> é") == "巡逻一组 & <b> é"


def test_what_a_file_says_writes_no_line_of_the_log(tmp_path, caplog):
    caplog.set_level(logging.DEBUG, "routeopt")
    with pytest.raises(InputError), border(tmp_path / FORGED.replace("\x00", "").replace("\ud800", "")):
        raise ValueError(FORGED)
    (record,) = caplog.records
    first, *stack = record.getMessage().splitlines()
    assert first.count(r"\nCRITICAL:root:forged \x1b[2J") == 2
    assert all(line.startswith("  ") for line in stack[1:])
    assert record.exc_info is None


def unescaped(call: ast.Call) -> bool:
    """Whether a call of the log shows a text as it is: by ``%s``, and not all of them by `one_line`."""
    form = ast.literal_eval(call.args[0])
    kinds = [part[0] for part in form.replace("%%", "").split("%")[1:]]
    if any(isinstance(one, ast.Starred) for one in call.args):
        return "one_line" not in ast.unparse(call)
    texts = [value for kind, value in zip(kinds, call.args[1:], strict=True) if kind == "s"]
    return bool(call.keywords) or any(not ast.unparse(text).startswith(("one_line(", "_stack(")) for text in texts)


def test_every_line_of_the_log_escapes_its_texts():
    found = []
    for path in sorted((ROOT / "routeopt").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "getLogger" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                found.append((path.name, node.lineno, unescaped(node)))
    assert len(found) > 10
    assert [one for one in found if one[2]] == []
