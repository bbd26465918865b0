"""The border of every reader: limits of what it reads; what libraries raise becomes a fault of the file.

A reader says which file it reads, ``with border(path):`` or by ``@bordered()``. Faults that it finds itself pass
as they are, each with its own place; whatever else is raised meanwhile, a library's exception that nobody foresaw,
becomes one fault that names the file. Nothing else may cross.

What is read has limits (`LIMITS`), which are looked at before what would take time or memory. `VARIABLE` changes
them: ``ROUTEOPT_LIMITS="rows=10000000, file=16G"``.
"""

from __future__ import annotations

import functools
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from routeopt import memory
from routeopt.errors import Fault, InputError, RouteoptError, one_line

log = logging.getLogger(__name__)

VARIABLE = "ROUTEOPT_LIMITS"
"""Environment variable: other limits, as ``name=number``, separated by commas; sizes may end in K, M or G."""
LIMITS = MappingProxyType({
    "file": 4 << 30,
    "text": 20_000_000,
    "table": 500_000_000,
    "document": 100_000_000,
    "unpacked": 64 << 20,
    "ratio": 100,
    "rows": 4_000_000,
    "depth": 60,
    "digits": 400,
    "jump_km": 30,
    "extent_km": 250,
})  # fmt: skip
"""Name → the most that is read.

Bytes: ``file`` of any file as it is on the disk, ``text`` of what people write (scenarios, lists of places),
``table`` of a table without its compression, ``document`` of a JSON, HTML or workbook without it. A street file
may unpack to ``ratio`` times its size, and to ``unpacked`` bytes in any case. ``rows`` are those of a table of
incidents, ``depth`` the levels of nesting of a scenario, ``digits`` those of its whole numbers. ``jump_km`` is the
longest stretch between two nodes of a street, ``extent_km`` how far a street may lie from the middle of all.
"""

P = ParamSpec("P")
R = TypeVar("R")


def most(name: str) -> int:
    """Return a limit of `LIMITS`, as `VARIABLE` changes it.

    Raises
    ------
    InputError
        If `VARIABLE` cannot be read; lists all faults.
    """
    text = os.environ.get(VARIABLE, "")
    return _given(text).get(name, LIMITS[name]) if text else LIMITS[name]


@functools.cache
def _given(text: str) -> dict[str, int]:
    """Read `VARIABLE`."""
    found: dict[str, int] = {}
    faults: list[Fault] = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, value = (one.strip() for one in part.partition("="))
        try:
            found[name] = memory.size(value, VARIABLE)
        except RouteoptError:
            faults.append(Fault("RO-904", VARIABLE, got=part))
            continue
        if name not in LIMITS:
            faults.append(Fault("RO-905", VARIABLE, name=name, known=list(LIMITS)))
    if faults:
        raise InputError(faults)
    return found


def refuse_more(path: object, name: str, got: float) -> None:
    """Refuse what is more than a limit.

    Raises
    ------
    InputError
        With the limit's name, by which it can be raised.
    """
    limit = most(name)
    if got > limit:
        raise InputError(Fault("RO-903", path, got=f"{got:.0f}", most=limit, name=name, variable=VARIABLE))


@contextmanager
def border(path: str | PathLike[str], limit: str = "file") -> Iterator[None]:
    """Refuse a file that is larger than a limit; make a fault of whatever a library raises while it is read.

    Raises
    ------
    InputError
        As said; others pass.
    """
    file = Path(path)
    try:
        if file.is_file():
            refuse_more(path, limit, file.stat().st_size)
        yield
    except RouteoptError:
        raise
    except MemoryError:
        raise InputError(Fault("RO-901", path)) from None
    except RecursionError:
        raise InputError(Fault("RO-902", path)) from None
    except Exception as error:
        log.debug("%s: %s, raised here:\n%s", one_line(path), one_line(repr(error)), _stack(error))
        raise InputError(Fault("RO-900", path, reason=said(error))) from None


def _stack(error: Exception) -> str:
    """Return where an exception was raised, without what it says, which may be of the file."""
    return "".join(traceback.format_tb(error.__traceback__))


def said(error: Exception) -> str:
    """Return what an exception says, in one line of at most 200 characters."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).splitlines()
    text = lines[0] if lines else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}"[:200]


def bordered(limit: str = "file") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Put the `border` around a reader whose first argument is the file."""

    def around(read: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(read)
        def reader(*args: P.args, **kwargs: P.kwargs) -> R:
            path = args[0] if args else next(iter(kwargs.values()), None)
            if not isinstance(path, (str, PathLike)):
                return read(*args, **kwargs)  # it has its own words for that
            with border(path, limit):
                return read(*args, **kwargs)

        return reader

    return around
