"""docs/reference/command-line.md: every command with its arguments and options, from the command line itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import typer

from docs.make.markdown import table
from routeopt.cli.main import app

HEAD = """\
# Command line

<!-- Made by `python -m docs.make` from the commands themselves; do not edit. -->

Results go to stdout, progress and messages to stderr. `--json` prints one object on stdout (`compare`: a list).
Ctrl-C or SIGTERM ends a search and returns the best plan so far. With the same `--seed`, `--iterations` and
`--threads`, a plan is reproducible; `plan.json` keeps the command that makes it again.

| exit code | meaning |
|---|---|
| 0 | success |
| 1 | internal error: please report it |
| 2 | invalid input: every fault is listed, with its place and what to do about it |
| 3 | no plan satisfies the rules: the message says which, and why |
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, command in sorted(commands().items()):
        options = [p for p in command.params if "--help" not in p.opts]
        parts += [f"## routeopt {name}", "", str(command.help), "", "```sh", usage(name, command), "```", ""]
        parts += [table(("argument or option", "value", "default", "meaning"), map(_row, options)), ""]
    return "\n".join(parts)


def commands() -> dict[str, Any]:
    """Name → command."""
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def usage(name: str, command: Any) -> str:
    """The command as it is typed."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [str(p.name).upper() if p.required else f"[{str(p.name).upper()}]" for p in arguments]
    return " ".join(["routeopt", name, *words, "[OPTIONS]"])


def _row(one: Any) -> tuple[str, str, str, str]:
    if one.param_type_name == "argument":
        return f"`{str(one.name).upper()}`", "file", "", one.help or ""
    names = ", ".join(f"`{name}`" for name in [*one.opts, *one.secondary_opts])
    text, default = one.help or "", one.default
    shown = not callable(default) and (type(default) in (int, float) or bool(default))
    return names, _value(one), f"`{default}`" if shown and not one.is_flag else "", text


KINDS = {int: "whole number", float: "number", str: "text", Path: "file or folder"}


def _value(one: Any) -> str:
    if one.is_flag:
        return ""
    asked = one.type_descriptor.annotation
    inner = [kind for kind in get_args(asked) or (asked,) if kind is not type(None)]
    kinds = [KINDS[get_args(kind)[0] if get_args(kind) else kind] for kind in inner]
    again = ["may be repeated"] if one.multiple else []
    return ", ".join([*kinds, *([] if one.min is None else [f"≥ {one.min:g}"]), *again])
