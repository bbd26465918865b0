"""YAML with 1.2 scalars, without duplicate keys, and with the position of every key and value.

PyYAML reads ``22:00`` as 1320, ``NO`` as false and lets a later key win; all three are replaced here.
JSON is a subset of YAML, so JSON files get their positions in the same way.
"""

from __future__ import annotations

import bz2
import contextlib
import re
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from routeopt.border import most
from routeopt.errors import Fault, Message, ScenarioError
from routeopt.scenario.faults import KeyPath

MAX_NODES = 2_000_000
"""Nodes after aliases are followed; larger files are refused."""
HEAD_B = 4096
"""Bytes by which the kind of a file is told."""
STREETS = "streets"
MARKUP = re.compile(rb"<(osm|graphml|html)\b", re.IGNORECASE)
MAGIC = {
    b"PK\x03\x04": "value-archive", b"\xd0\xcf\x11\xe0": "value-archive", b"%PDF": "value-pdf",
    b"\x89PNG": "value-picture", b"\xff\xd8\xff": "value-picture", b"SQLite format 3": "value-database",
}  # fmt: skip
"""First bytes of other kinds of files → code of their name."""

Position = tuple[int, int]


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
    """Position of each mapping's key."""
    values: dict[KeyPath, Position] = field(default_factory=dict)
    """Position of each value."""

    def at(self, place: KeyPath, *, key: bool = False) -> Position:
        """Return the position of the value (or the key) at ``place``, or of its nearest ancestor that has one."""
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
        If the file does not exist, is empty, unreadable, not UTF-8 or not YAML, or gives a key twice.
    """
    if path.is_dir():
        raise ScenarioError(Fault("RO-101", path))
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_B)
            other = other_kind(head)
            if other is not None:
                raise ScenarioError(
                    Fault("RO-165", path, file=path)
                    if other == STREETS
                    else Fault("RO-166", path, what=Message(other))
                )
            text = (head + file.read()).decode("utf-8-sig")
    except FileNotFoundError:
        raise ScenarioError(Fault("RO-102", path)) from None
    except UnicodeDecodeError as error:
        raise ScenarioError(Fault("RO-103", path, byte=error.start)) from None
    except OSError as error:
        raise ScenarioError(Fault("RO-104", path, reason=error.strerror)) from None
    if not text.strip():
        raise ScenarioError(Fault("RO-105", path))
    try:
        depth = most("depth")
        _refuse_deep(path, text, depth)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        if line is not None and (tab := _tab(text, line)):
            raise ScenarioError(Fault("RO-164", path, line, tab)) from None
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ScenarioError(Fault("RO-106", path, line, column, reason=reason)) from None
    if root is None:
        raise ScenarioError(Fault("RO-107", path))
    marked = Marked(None)
    faults: list[Fault] = []
    marked.data = _plain(root, (), marked, faults, path, [0])
    if faults:
        raise ScenarioError(faults)
    return marked


def _refuse_deep(path: Path, text: str, depth: int) -> None:
    """Refuse what is nested deeper, before a function reads it that calls itself, and would end the process."""
    level = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
            if level > depth:
                at = (event.start_mark.line + 1, event.start_mark.column + 1) if event.start_mark else ()
                raise ScenarioError(Fault("RO-108", path, *at, depth=depth, nodes=MAX_NODES))
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1


def other_kind(head: bytes) -> str | None:
    """Tell by its first bytes what a file is that is no scenario: `STREETS`, or the code of its kind."""
    if b"OSMHeader" in head[:64]:
        return STREETS
    for magic, opened in ((b"\x1f\x8b", zlib.decompressobj(31)), (b"BZh", bz2.BZ2Decompressor())):
        if head.startswith(magic):
            with contextlib.suppress(OSError, EOFError, zlib.error):
                head = opened.decompress(head, HEAD_B)
            return STREETS if MARKUP.search(head) else "value-archive"
    if found := MARKUP.search(head):
        return "value-page" if found[1].lower() == b"html" else STREETS
    for magic, code in MAGIC.items():
        if head.startswith(magic):
            return code
    return "value-binary" if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def _tab(text: str, line: int) -> int | None:
    """Column of a tab that indents this line, where YAML wants spaces."""
    rows = text.splitlines()
    found = re.match(r"[ \t]*?\t", rows[line - 1]) if line <= len(rows) else None
    return found.end() if found else None


def _plain(
    node: yaml.Node, place: KeyPath, marked: Marked, faults: list[Fault], path: Path, count: list[int]
) -> Any:
    count[0] += 1
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if count[0] > MAX_NODES or len(place) > most("depth"):
        raise ScenarioError(Fault("RO-108", path, line, column, depth=most("depth"), nodes=MAX_NODES))
    marked.values[place] = (line, column)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key in mapping:
                first = marked.keys[(*place, key)]
                faults.append(Fault("RO-109", path, *mark, name=key, first=first[0]))
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
        if len(text) > most("digits"):
            fault = Fault("RO-906", path, line, column, got=len(text), most=most("digits"))
            raise ScenarioError(fault)
        return int(text)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return text
