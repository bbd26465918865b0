"""The wanted columns of a file, as text."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from routeopt.errors import Message

Wanted = dict[str, str]
"""Key → name of the column that holds it."""
Choose = Callable[[Path, Sequence[str], Sequence[Sequence[str]], int], Wanted]
"""Path, header, first rows and the header's line → the wanted columns."""
BLOCK = 4096
"""Texts that are stored as one."""


class Texts(Sequence[str]):
    """Many short texts in a third of the memory of a list: blocks of joined ones, with where each of them ends."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._blocks: list[tuple[str, array[int]]] = []
        self._last: list[str] = []
        """Fewer than `BLOCK`, not joined yet."""
        self.extend(texts)

    def append(self, text: str) -> None:
        """Add a text."""
        self._last.append(text)
        if len(self._last) == BLOCK:
            ends = array("I", itertools.accumulate(map(len, self._last), initial=0))
            self._blocks.append(("".join(self._last), ends))
            self._last = []

    def extend(self, texts: Iterable[str]) -> None:
        """Add texts."""
        for text in texts:
            self.append(text)

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._last)

    def __iter__(self) -> Iterator[str]:
        for joined, ends in self._blocks:
            for first, end in itertools.pairwise(ends):
                yield joined[first:end]
        yield from self._last

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[n] for n in range(len(self))[at]]
        block, n = divmod(range(len(self))[at], BLOCK)
        if block == len(self._blocks):
            return self._last[n]
        joined, ends = self._blocks[block]
        return joined[ends[n] : ends[n + 1]]


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file, as text."""

    path: Path
    line: array[int]
    """Line (or feature) of each row, from 1."""
    cells: dict[str, Texts]
    """Key → the column's cells, trimmed; keys as in `Wanted`."""
    columns: Wanted
    short: array[int]
    """Lines that have too few cells; they are not among the rows."""
    notes: tuple[Message, ...] = ()
    crs: str = ""
    """What the file itself says that its positions are in, such as ``EPSG:3857``."""
