"""Pages and drawings that follow from the code: ``python -m docs.make`` writes them, a test compares them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.make import calls, commands, drawings, examples, scenario

FOLDER = Path(__file__).resolve().parents[1]
MADE: dict[str, Callable[[], str]] = {
    "reference/scenario.md": scenario.page,
    "reference/command-line.md": commands.page,
    "how-to/examples.md": examples.page,
    "../scenarios/wuliting/calls.csv": calls.text,
    "pictures/longest-path.svg": drawings.longest_path,
    "pictures/level.svg": drawings.level,
    "pictures/bound.svg": drawings.bound,
}
"""File below docs/ → what writes its text. (errors.md: ``python -m routeopt.catalogue.page``; results.md:
``python -m benchmarks.page``.)"""
