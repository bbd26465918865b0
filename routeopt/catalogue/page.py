"""Write docs/errors.md: every code of an error with its meaning, cause and remedy.

::

    python -m routeopt.catalogue.page
"""

from __future__ import annotations

from pathlib import Path

from routeopt.catalogue import SENTENCES

PATH = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
BLOCKS = {
    "1": "Scenario files",
    "2": "Streets",
    "3": "Demand",
    "4": "Problems, plans and solvers",
    "5": "Plan files and edited plans",
    "6": "Command line and reports",
    "7": "A shift in progress",
    "9": "Every file that is read or written",
}
"""First digit of a code → title of its block."""
HEAD = """\
# Error codes

An error is one line per fault: its place (`file:line:column`, or the name of a thing), what is wrong, what to do
about it, and its code. Programs find the same code and the values as `code` and `values` of each of an error's
`faults`. The exit code of a command is 2 for invalid input, 3 if no plan satisfies the rules, and 1 for an
internal error.

`python -m routeopt.catalogue.page` writes this page from the catalogue; `{name}` stands for a value.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [HEAD]
    for digit, title in BLOCKS.items():
        codes = sorted(code for code in SENTENCES if code.startswith(f"RO-{digit}"))
        if codes:
            parts.append(f"## {title}\n\n| code | meaning | cause | remedy |\n|---|---|---|---|")
            for code in codes:
                one = SENTENCES[code]
                parts.append(
                    f"| {code} | {' | '.join(_cell(text) for text in (one.what, one.cause, one.remedy))} |"
                )
            parts.append("")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(page(), encoding="utf-8")
