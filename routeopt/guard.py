"""Check single values given by a caller; return faults, so that all of them can be reported at once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from os import PathLike
from typing import Any

from routeopt.errors import Fault, InputError


def is_whole(value: object) -> bool:
    """Return whether it is an integer, of Python or numpy; booleans are not."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether it is a real number, of Python or numpy; booleans are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Return whether a number is finite, also as a float: an integer of 400 digits is not."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def whole(path: str, value: object, least: int | None = None, most: int | None = None) -> list[Fault]:
    """Check that a value is an integer between two limits, both allowed."""
    if not is_whole(value):
        return [Fault("RO-422", path, got=shown(value))]
    return between(path, value, least, most)


def number(
    path: str, value: object, least: float | None = None, most: float | None = None, *, above: float | None = None
) -> list[Fault]:
    """Check that a value is a finite number between two limits, both allowed."""
    if not is_number(value):
        return [Fault("RO-421", path, got=shown(value))]
    if not is_finite(value):
        return [Fault("RO-412", path, got=shown(value))]
    if above is not None and not value > above:  # type: ignore[operator]
        return [Fault("RO-415", path, least=above, got=shown(value))]
    return between(path, value, least, most)


def between(path: str, value: Any, least: float | None, most: float | None) -> list[Fault]:
    """Check that a number lies between two limits, both allowed."""
    if least is not None and value < least:
        return [Fault("RO-413", path, least=least, got=shown(value))]
    if most is not None and value > most:
        return [Fault("RO-414", path, most=most, got=shown(value))]
    return []


def kind(path: str, value: object, expected: type, *, optional: bool = False) -> list[Fault]:
    """Check that a value is an instance of a class."""
    if isinstance(value, expected) or (optional and value is None):
        return []
    return [Fault("RO-423", path, expected=expected.__name__, got=type(value).__name__)]


def path_faults(path: object, name: str = "path") -> list[Fault]:
    """Check that a value is the path of a file."""
    return [] if isinstance(path, PathLike) else kind(name, path, str)


def function(path: str, value: object) -> list[Fault]:
    """Check that a value is a function, or None."""
    if value is None or callable(value):
        return []
    return [Fault("RO-423", path, expected="function", got=type(value).__name__)]


def shown(value: object) -> str:
    """Format a value for a message, in at most 40 characters."""
    text = str(value) if is_number(value) else repr(value)
    return text if len(text) <= 40 else text[:39] + "…"


def refuse(faults: Iterable[Fault]) -> None:
    """Raise all faults at once, if there are any.

    Raises
    ------
    InputError
        There is one.
    """
    found = tuple(faults)
    if found:
        raise InputError(found)
