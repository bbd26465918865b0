"""docs/reference/scenario.md: every key of a scenario, from the JSON Schema of its models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from docs.make.markdown import table
from routeopt.scenario.model import scenario_schema

HEAD = """\
# Scenario keys

<!-- Made by `python -m docs.make` from the models of `routeopt.scenario.model`; do not edit. -->

A scenario is one YAML or JSON file in UTF-8. Every key that it may have is on this page; a key that is not is
reported with the one that was probably meant. `routeopt schema` prints the same as a JSON Schema, with which an
editor completes and checks while you write.

**Conventions.** Times of day are in quotes: `"19:00"`; `"02:00+1"` or `"26:00"` is two in the morning after. A
window `["21:15", "21:25"]` includes both ends and bounds when something may *begin*. Positions are degrees,
WGS-84. The end of a name gives the unit: `_m` metres, `_min` minutes, `_s` seconds, `_days` days, `_kph` km/h. A
share is a number from 0 to 1. Files are named relative to the scenario.

A key without a default must be given where its part is used.
"""
TYPES = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "null": "none",
}  # fmt: skip
FORMATS = {"date": "date", "path": "file"}
LIMITS = {
    "minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}",
}  # fmt: skip


def page() -> str:
    """The whole page."""
    schema = scenario_schema()
    parts = [HEAD]
    for name, path in _parts(schema):
        model = schema if name == "Scenario" else schema["$defs"][name]
        about = str(model.get("description", "")).split("\n\n", 1)[0].replace("\n", " ")
        title = "The file" if name == "Scenario" else f"`{path}`"
        parts += [f"## {title} {{ #{name.lower()} }}", "", about, "", _keys(model, schema["$defs"]), ""]
    return "\n".join(parts)


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name of each model and where it is first used, the outermost first."""
    waiting, seen = [("Scenario", "")], {"Scenario"}
    while waiting:
        name, path = waiting.pop(0)
        yield name, path
        model = schema if name == "Scenario" else schema["$defs"][name]
        inner = []
        for key, one in model.get("properties", {}).items():
            for found, mark in _references(one):
                if found not in seen:
                    seen.add(found)
                    where = f"{path}.{key}{mark}" if path else f"{key}{mark}"
                    kind = schema["$defs"][found]["properties"].get("kind", {}).get("const")
                    inner.append((found, f"{where}, kind: {kind}" if kind else where))
        waiting = inner + waiting


def _references(one: dict[str, Any], mark: str = "") -> Iterator[tuple[str, str]]:
    """Models that a value refers to; ``[]`` marks those of a list."""
    if "$ref" in one:
        yield one["$ref"].rsplit("/", 1)[-1], mark
    for branch in [*one.get("anyOf", []), *one.get("oneOf", [])]:
        yield from _references(branch, mark)
    if isinstance(one.get("items"), dict):
        yield from _references(one["items"], "[]")


def _keys(model: dict[str, Any], models: dict[str, Any]) -> str:
    required = set(model.get("required", []))
    return table(
        ("key", "value", "default", "meaning"),
        (
            (f"`{key}`", _value(one), _default(key, one, required), _meaning(one, models))
            for key, one in model["properties"].items()
        ),
    )


def _default(key: str, one: dict[str, Any], required: set[str]) -> str:
    if key in required:
        return "**required**"
    given = one.get("default")
    return "" if given is None or given in ("", [], {}) else f"`{json.dumps(given, ensure_ascii=False)}`"


def _meaning(one: dict[str, Any], models: dict[str, Any]) -> str:
    """What the key says; for one of a part of its own, what the part is."""
    referred = [models[name] for name, _ in _references(one)]
    text = str(one.get("description") or (referred[0].get("description", "") if len(referred) == 1 else ""))
    return text[:1].upper() + text[1:]


def _value(one: dict[str, Any]) -> str:
    """What may be written, in words."""
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    branches = [b for b in [*one.get("anyOf", []), *one.get("oneOf", [])] if b.get("type") != "null"]
    if branches:
        return " or ".join(_value(branch) for branch in branches)
    if "const" in one:
        return f"`{json.dumps(one['const'])}`"
    if "enum" in one:
        return "one of " + ", ".join(f"`{value}`" for value in one["enum"])
    if one.get("type") == "array":
        return _list(one)
    if one.get("type") == "object":
        return f"mapping to {_value(one.get('additionalProperties') or {})}"
    if "pattern" in one and "examples" in one:
        return "time of day"
    limits = [text.format(f"{one[key]:g}") for key, text in LIMITS.items() if key in one]
    kind = FORMATS.get(one.get("format", ""), TYPES.get(one.get("type", ""), "value"))
    return ", ".join([kind, *limits])


def _list(one: dict[str, Any]) -> str:
    least, most, item = one.get("minItems"), one.get("maxItems"), _value(one["items"])
    if least is not None and least == most:
        return f"list of {least}: {item}"
    limits = [f"at least {least}"] if least else []
    limits += [f"at most {most}"] if most else []
    return f"list of: {item}" + (f" ({', '.join(limits)})" if limits else "")
