"""Pages of the documentation, and what stands in their fenced blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "README.zh.md", *DOCS.rglob("*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUN = re.compile(r"(?:^|&& )uv run (?:--extra \w+ )?routeopt (.*?)(?: +#.*| > .*)?$")


class Block(NamedTuple):
    """A fenced block: its language ("" for none) and text."""

    language: str
    text: str


def name_of(page: Path) -> str:
    """Return the page's path in the repository, which names it in tests."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page."""
    return [Block(*found) for found in FENCED.findall(page.read_text(encoding="utf-8"))]


def commands(text: str) -> list[str]:
    """What follows ``uv run routeopt`` in each line of a block."""
    return [found[1] for line in text.splitlines() if (found := RUN.search(line))]
