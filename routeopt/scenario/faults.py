"""Pydantic's errors about a scenario, or a part of one, as faults: from a file, or made in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from routeopt.errors import Fault
from routeopt.scenario.meanings import meant
from routeopt.validation import KINDS, broken_rule

KeyPath = tuple[str | int, ...]
"""Keys and indices from the top to a value."""
Say = Callable[..., Fault]
"""(code, key path, **values) → the fault at that key; with ``key=True`` at the key itself, not at its value."""
BRANCH = re.compile(r"\[key\]|constrained-\w+|function-after\[.*\]|literal\[.*\]")
"""What pydantic adds to the key path: the key of a mapping, or the branch of a union."""


def translated(model: type[BaseModel], error: Mapping[str, Any], fault: Say) -> Fault:
    """Turn one of pydantic's errors about ``model`` into a fault at its key."""
    full: KeyPath = tuple(error["loc"])
    place = tuple(p for n, p in enumerate(full) if not (n == 2 and full[0] == "demand" and p in KINDS))
    place = tuple(p for p in place if not BRANCH.fullmatch(str(p)))
    if error["type"] == "extra_forbidden":
        return fault("RO-111", place, key=True, hint=meant(str(place[-1]), _keys_at(model, full[:-1])))
    rule = broken_rule(error, str(place[-1]) if place else "")
    return fault(rule.code, place, **rule.values)


def of_part(model: type[BaseModel], error: ValidationError) -> list[Fault]:
    """List the faults of a part that is made in Python; their place is its class."""
    return [translated(model, one, in_python(model.__name__)) for one in map(dict, error.errors())]


def in_python(where: str) -> Say:
    """Make faults of what has no file; ``where`` is what it is."""

    def fault(code: str, place: KeyPath, *, key: bool = False, **values: Any) -> Fault:  # noqa: ARG001
        return Fault(code, where, key=dotted(place), **values)

    return fault


def dotted(place: KeyPath) -> str:
    """Write a key path as people read it."""
    return ".".join(map(str, place))


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)


def _keys_at(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """List the keys that the part of ``model`` at ``place`` knows."""
    found = [model]
    for part in place:
        fields = {(f.alias or n): f for n, f in found[0].model_fields.items()}
        if part in fields:
            found = list(_models(fields[part].annotation))
            if not found:
                return []
        elif isinstance(part, str):
            of_kind = [
                m for m in found if part in get_args(getattr(m.model_fields.get("kind"), "annotation", None))
            ]
            found = of_kind or found
    return [f.alias or n for n, f in found[0].model_fields.items() if n != "source"]
