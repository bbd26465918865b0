"""YAML 1.2 scalars, refused duplicate keys, and where everything stands.

PyYAML reads ``22:00`` as 1320, ``NO`` as false and lets a later key win; all three are replaced here.
JSON is a subset of YAML, so JSON files get their positions in the same way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from routeopt.errors import Fault, ScenarioError

MAX_NODES = 2_000_000
"""Nodes after aliases are followed; more is refused rather than waited for."""

Position = tuple[int, int]
KeyPath = tuple[str | int, ...]


class _Loader(yaml.CSafeLoader):
    """Safe loader with the scalars of the YAML 1.2 core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass
class Marked:
    """Plain data and, for every key path, its (line, column), counted from 1."""

    data: Any
    keys: dict[KeyPath, Position] = field(default_factory=dict)
    """Where each mapping's key stands."""
    values: dict[KeyPath, Position] = field(default_factory=dict)
    """Where each value stands."""

    def at(self, place: KeyPath, *, key: bool = False) -> Position:
        """Position of the value (or the key) at ``place``, or of the nearest thing above it that has one."""
        table = self.keys if key else self.values
        if key and place in table:
            return table[place]
        while place and place not in self.values:
            place = place[:-1]
        return self.values.get(place, (1, 1))


def load(path: Path) -> Marked:
    """Read a YAML or JSON file.

    Raises
    ------
    ScenarioError
        Missing, empty, unreadable, not UTF-8, not YAML, or a key given twice.
    """
    if path.is_dir():
        raise ScenarioError(Fault(str(path), "is a folder.", "Name the scenario file inside it."))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(
            Fault(str(path), "there is no such file.", "Maybe write one with: routeopt new --place …")
        ) from None
    except UnicodeDecodeError as error:
        raise ScenarioError(
            Fault(str(path), f"is not UTF-8 (byte {error.start}).", "Save it with the encoding UTF-8.")
        ) from None
    except OSError as error:
        raise ScenarioError(Fault(str(path), f"cannot be read: {error.strerror}.")) from None
    if not text.strip():
        raise ScenarioError(Fault(str(path), "is empty.", "Write a starter with: routeopt new --place …"))
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ScenarioError(
            Fault(where, f"is not YAML: {what}.", "Maybe a quote, a colon or the indentation is off.")
        ) from None
    if root is None:
        raise ScenarioError(Fault(str(path), "holds only comments.", "Write a starter with: routeopt new"))
    marked = Marked(None)
    faults: list[Fault] = []
    marked.data = _plain(root, (), marked, faults, path, [0])
    if faults:
        raise ScenarioError(faults)
    return marked


def _plain(
    node: yaml.Node, place: KeyPath, marked: Marked, faults: list[Fault], path: Path, count: list[int]
) -> Any:
    count[0] += 1
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if count[0] > MAX_NODES or len(place) > 60:
        raise ScenarioError(Fault(f"{path}:{line}:{column}", "is nested or repeated beyond reason."))
    marked.values[place] = (line, column)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key in mapping:
                first = marked.keys[(*place, key)]
                faults.append(
                    Fault(
                        f"{path}:{mark[0]}:{mark[1]}",
                        f'key "{key}" is there twice, first in line {first[0]}.',
                        "Keep one of them.",
                    )
                )
                continue
            marked.keys[(*place, key)] = mark
            mapping[key] = _plain(value_node, (*place, key), marked, faults, path, count)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(n, (*place, i), marked, faults, path, count) for i, n in enumerate(node.value)]
    kind = node.tag.rsplit(":", 1)[-1]
    text = str(node.value)
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return text
