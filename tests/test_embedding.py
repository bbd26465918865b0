"""The page on embedding: its code runs as it stands, and prints what it says."""

from __future__ import annotations

import logging
import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "how-to" / "embed-in-python.md"


def test_every_block_of_code_runs_in_order(tmp_path, monkeypatch, capsys, run):
    """With a few iterations in place of seconds, so that it is quick and always the same."""
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^( *)```python\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) > 5
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger("routeopt"), "level", logging.NOTSET)  # one block sets it
    names: dict[str, object] = {}
    for indent, block in blocks:
        code = re.sub(f"^{indent}", "", block, flags=re.MULTILINE)
        exec(re.sub(r"seconds=[\d.]+", "iterations=30", code), names)
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"^ +print\(fault.*?# (.+)$", page, re.MULTILINE)
    assert len(promised) == 2
    assert set(promised) <= set(printed)
    assert any(line.startswith(("车巡1组 added", "车巡1组 dropped")) for line in printed)
    assert any(" escort a task was added" in line for line in printed)
    code, out, _ = run("check", "scenarios/wuliting/night.yaml", "plan.json")
    assert code == 0
    assert "no violations" in out
