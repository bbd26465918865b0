"""The page on embedding: its code runs as it stands, and prints what it says."""

from __future__ import annotations

import re

from tests.docs.blocks import DOCS, ROOT, blocks

PAGE = DOCS / "how-to" / "embed-in-python.md"


def test_every_block_of_code_runs_in_order(tmp_path, monkeypatch, capsys, run):
    """With a few iterations in place of seconds, so that it is quick and always the same."""
    code = [block.text for block in blocks(PAGE) if block.language == "python"]
    assert len(code) > 5
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for text in code:
        exec(re.sub(r"seconds=[\d.]+", "iterations=30", text), names)
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"^ +print\(fault.*?# (.+)$", "\n".join(code), re.MULTILINE)
    assert len(promised) == 2
    assert set(promised) <= set(printed)
    assert any(line.startswith(("车巡1组 added", "车巡1组 dropped")) for line in printed)
    assert any(" escort a task was added" in line for line in printed)
    done, out, _ = run("check", "scenarios/wuliting/night.yaml", "plan.json")
    assert done == 0
    assert "no violations" in out
