"""A search lent again for the same problem: its tables are packed once, however often a shift is re-planned."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from routeopt.problem import Problem
from routeopt.search.state import Search

_LOCK = threading.Lock()
_KEPT: list[tuple[Problem, Search]] = []
"""The search that came back last, with its problem; none while it is lent."""


@contextmanager
def borrowed(problem: Problem) -> Iterator[Search]:
    """Lend a search without a plan: the one that came back last if it is of this very problem, else a new one."""
    with _LOCK:
        kept = _KEPT.pop() if _KEPT else None
    if kept is not None and kept[0] is problem:
        search = kept[1]
        search.clear()
    else:
        kept, search = None, Search(problem)
    try:
        yield search
    finally:
        with _LOCK:
            _KEPT[:] = [(problem, search)]
