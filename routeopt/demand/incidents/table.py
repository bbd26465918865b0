"""The wanted columns of a file, as text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from routeopt.errors import Message

Wanted = dict[str, str]
"""Key → name of the column that holds it."""


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, as text."""

    path: Path
    line: list[int]
    """Line (or feature) of each row, from 1."""
    cells: dict[str, list[str]]
    """Key → the column's cells, trimmed; keys as in `Wanted`."""
    columns: Wanted
    short: list[int]
    """Lines that have too few cells; they are not among the rows."""
    notes: tuple[Message, ...] = ()
    crs: str = ""
    """What the file itself says that its positions are in, such as ``EPSG:3857``."""
