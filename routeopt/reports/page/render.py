"""A page as one file that opens with no network: markup, style, script and data.

A page is a package with ``templates/NAME.html``, ``assets/NAME.css`` and script modules in ``assets``. What
several pages use lies in the same folders beside this file. Templates escape whatever they show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from markupsafe import Markup

from routeopt.clock import Clock
from routeopt.errors import shown
from routeopt.folders import kept_in
from routeopt.messages import words
from routeopt.reports.strings import percent

HERE = "routeopt.reports.page"
MODULES = ("data", "colours", "state", "view", "streets", "names", "map", "player", "paper")
"""The shared scripts, each after those that it imports."""
TAGS = {"en": "en", "zh": "zh-Hans"}
"""Language → the tag that browsers know it by."""


def render(
    package: str, name: str, lang: str, modules: Sequence[str], data: dict[str, Any] | None, **values: Any
) -> str:
    """Fill ``templates/<name>.html`` of a package; every value is data, never markup.

    A page whose ``data`` is None has no script.
    """
    return (
        _environment(package)
        .get_template(f"{name}.html")
        .render(
            lang=TAGS[lang],
            _=words(lang),
            style=Markup(asset(package, "base.css") + asset(package, f"{name}.css")),
            script=None if data is None else Markup(script(package, modules)),
            data=None if data is None else Markup(as_json(data)),
            **values,
        )
    )


@cache
def _environment(package: str) -> Environment:
    loaders = [PackageLoader(p) for p in (package, HERE)]
    folder = kept_in("templates")
    environment = Environment(
        bytecode_cache=None if folder is None else FileSystemBytecodeCache(str(folder)),
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"shown": shown, "clock_marks": clock_marks}
    environment.filters |= {"percent": percent, "css": lambda share: f"{share:.3%}"}
    return environment


def clock_marks(clock: Clock) -> Iterator[tuple[float, str]]:
    """Full hours, and the night's begin and end: where as a share of the night, and what o'clock."""
    whole, first = clock.duration_s, -clock.start_min * 60 % 3600
    for t in (0, *(t for t in range(first, whole, 3600) if 0.03 * whole < t < 0.97 * whole), whole):
        yield t / whole, clock.text(t)


def asset(package: str, name: str) -> str:
    """Text of an asset of the page, or of the one that all pages share."""
    places = [files(p) / "assets" / name for p in (package, HERE)]
    return next((place for place in places if place.is_file()), places[-1]).read_text(encoding="utf-8")


def script(package: str, modules: Sequence[str]) -> str:
    """Join the shared modules and these into one strict script.

    Each is a function that returns its exports; imports are dropped, so name each module after those it imports.
    """
    joined = []
    for name in (*MODULES, *modules):
        text = re.sub(r"^import [^;]*;\n", "", asset(package, f"{name}.js"), flags=re.MULTILINE)
        names = ", ".join(
            re.findall(r"^export (?:const|let|class|(?:async )?function) (\w+)", text, flags=re.MULTILINE)
        )
        body = re.sub(r"^export ", "", text, flags=re.MULTILINE)
        joined.append(f"const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n")
    return "'use strict';\n" + "".join(joined)


def as_json(data: dict[str, Any]) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
