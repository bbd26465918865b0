"""One word for each thing, and plain ones: phrases and names that were given up do not come back."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = (".py", ".md", ".toml", ".js", ".html", ".css")
PHRASES = ("unless told", "is none", "so many", "foretell", "foretold", "dearer")
"""In this case only: ``x is None`` is code."""
RETIRED = {
    "Hand": "Solution",
    "Market": "prices",
    "Night": "Instance, Problem, Result or ReportModel",
    "Pace": "schedule",
    "Stop": "Budget (of a search), Visit (of a team)",
    "Traces": "Coverage",
    "Ways": "pack",
    "buy": "points",
    "buyer": "points",
    "buyers": "points",
    "hand": "solution",
    "market": "prices",
    "pace": "schedule",
    "sell": "routes",
    "seller": "routes",
    "sellers": "routes",
    "trace": "history (of a search) or track (of a team)",
    "traces": "coverage",
    "ways": "pack",
}
"""A name that is not defined in the package → the word for the thing."""
MEANT = {
    ("routeopt/exchange/edited/reader.py", "_Stop"),
    ("routeopt/reports/model.py", "Stop"),
    ("routeopt/streets/raw.py", "ways"),
}
"""Where such a name is the right one: a team's stop as people read and write it, OpenStreetMap's ways."""


def tracked(*suffixes: str) -> list[Path]:
    """Files of the repository that exist."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is no checkout of the repository")
    paths = [ROOT / name for name in done.stdout.split("\0") if name.endswith(suffixes)]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("phrase", PHRASES)
def test_phrase_is_not_used(phrase):
    """Nor across the end of a line, nor in a name."""
    first, *rest = phrase.split()
    between = r"[\s_#>*]+"
    pattern = re.compile(r"(?<![a-zA-Z])" + between.join([f"[{first[0].upper()}{first[0]}]{first[1:]}", *rest]))
    found = []
    for path in tracked(*SUFFIXES):
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8")
        lines = [text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text)]
        found += [f"{path.relative_to(ROOT)}:{line}" for line in lines]
    assert not found, "\n".join(found)


def defined(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of classes, functions, parameters, attributes and module variables, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        if isinstance(node, ast.Module | ast.ClassDef):
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else []
                targets = [line.target] if isinstance(line, ast.AnnAssign) else targets
                yield from ((t.id, t.lineno) for t in targets if isinstance(t, ast.Name))


def test_retired_names_are_not_defined():
    found = []
    for path in sorted((ROOT / "routeopt").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for name, line in defined(ast.parse(path.read_text(encoding="utf-8"))):
            now = RETIRED.get(name.lstrip("_"))
            if now and (place, name) not in MEANT:
                found.append(f"{place}:{line}: {name}, now {now}")
    assert not found, "\n".join(found)


def test_no_module_has_a_retired_name():
    names = {name.lower() for name in RETIRED}
    found = [p for p in (ROOT / "routeopt").rglob("*.py") if p.stem in names]
    assert [p.relative_to(ROOT).as_posix() for p in found] == []
