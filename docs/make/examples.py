"""docs/how-to/examples.md: the scripts of examples/, each under what it says of itself."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples"
TITLES = {
    "night.py": "A night from file to plan",
    "compare.py": "Two strategies and the bound",
    "shift.py": "A shift in progress",
}
HEAD = """\
# Examples

<!-- Made by `python -m docs.make` from examples/; do not edit. -->

Each script takes a scenario as its argument; without one it uses the reference night. A test runs them.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, title in TITLES.items():
        text = (FOLDER / name).read_text(encoding="utf-8")
        about = (ast.get_docstring(ast.parse(text)) or "").split("\n\n", 1)[0]
        code = text.split('"""', 2)[2].strip("\n")
        parts += [f"## {title}", "", about, "", "```sh", f"uv run python examples/{name}", "```", ""]
        parts += ["```python", code, "```", ""]
    return "\n".join(parts)
