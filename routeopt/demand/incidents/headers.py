"""Find the header among the first lines of a table: below title rows, in one row or two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routeopt.demand.incidents.positions import is_blank, number, pair
from routeopt.demand.incidents.sheets import Row
from routeopt.demand.incidents.stamps import stamp
from routeopt.demand.incidents.words import role_words

DEPTH = 30
"""Lines among which the header is looked for."""
LEAST = 2
"""Least number of columns."""


@dataclass(frozen=True)
class Header:
    """A table's header."""

    names: list[str]
    """One for each column, none twice; "" for columns without one."""
    line: int
    rows: int
    """Rows of the table up to and with the header's last."""


def find_header(rows: Sequence[Row]) -> Header | None:
    """Return the header of a table that begins with ``rows``, None without one.

    It is the first row with two or more names of columns that are known; else the first row of texts alone that
    fills as many columns as the rows below it. A row of names below it is its second half.
    """
    head = rows[:DEPTH]
    width = _width(rows)
    best = _first_names(head, width)
    if best is None:
        return _single_name(head)
    upper, last = head[best][1], best
    names = _cleaned(upper)
    if best + 1 < len(head) and _is_second(head, best, width):
        last = best + 1
        names = _joined(names, _cleaned(head[last][1]))
    elif best > 0 and _is_group(head[best - 1][1], upper):
        names = _joined(_cleaned(head[best - 1][1]), names)
    return Header(_unique(names), head[last][0], last + 1)


def _first_names(head: Sequence[Row], width: int) -> int | None:
    """Return the index of the first row of names: of known ones, else of texts in most of ``width`` columns."""
    texts = [(n, _filled(cells)) for n, (_, cells) in enumerate(head) if _is_text(cells)]
    texts = [(n, filled) for n, filled in texts if len(set(filled)) >= LEAST]
    known = (n for n, filled in texts if _n_known(set(filled)) >= LEAST)
    wide = (n for n, filled in texts if len(filled) * 2 > width)
    return next(known, next(wide, None))


def _single_name(head: Sequence[Row]) -> Header | None:
    """Return the header of a table of one column: the first text, if it is of several words and one is known."""
    for n, (line, cells) in enumerate(head):
        if len(cells) == 1 and _is_text(cells):
            words = cells[0].split()
            return Header(_unique(cells), line, n + 1) if len(words) > 1 and any(map(role_words, words)) else None
    return None


def _n_known(names: Iterable[str]) -> int:
    """Count the names that have words of a known column."""
    return sum(1 for name in names if role_words(name))


def named_header(rows: Sequence[Row]) -> Header | None:
    """Return the first row as the header, where it is known to be one; None if it is a row of values."""
    if not rows or not any(rows[0][1]) or any(map(is_value, rows[0][1])):
        return find_header(rows)
    return Header(_unique(_cleaned(rows[0][1])), rows[0][0], 1)


def _cleaned(names: Sequence[str]) -> list[str]:
    return [re.sub(r"\s+", " ", name).strip().strip("\ufeff") for name in names]


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell.strip()]


def _width(rows: Sequence[Row]) -> int:
    """Return how many cells most rows fill."""
    sizes = sorted(len(_filled(cells)) for _, cells in rows[:200])
    return sizes[len(sizes) // 2] if sizes else 0


def is_value(cell: str) -> bool:
    """Whether a cell is a number, a date or a position rather than a name."""
    if is_blank(cell):
        return False
    return number(cell) == number(cell) or stamp(cell) is not None or pair(cell) is not None


def _is_text(cells: Sequence[str]) -> bool:
    filled = _filled(cells)
    return bool(filled) and sum(map(is_value, filled)) * 5 <= len(filled) and max(map(len, filled)) <= 200


def _is_second(head: Sequence[Row], first: int, width: int) -> bool:
    """Whether the row below a header is its second half: names where later rows have values, or below groups."""
    lower = head[first + 1][1]
    upper = head[first][1]
    if not _filled(lower) or not _is_text(lower) or any(map(is_value, _filled(lower))):
        return False
    later = [cells for _, cells in head[first + 2 : first + 12]]
    valued = {k for cells in later for k, cell in enumerate(cells) if is_value(cell)}
    above = {k for k, cell in enumerate(lower) if cell.strip()}
    if not (valued & above) or not later:
        return False
    repeated = len(set(_filled(upper))) < len(_filled(upper)) or len(_filled(upper)) < min(width, len(lower))
    return repeated or _n_known(lower) >= LEAST


def _is_group(above: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the row above a header holds names of groups of its columns, and not a title."""
    groups = set(_filled(above))
    return (
        len(groups) >= LEAST and len(set(_filled(names))) < len(_filled(names)) and not any(map(is_value, groups))
    )


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    """Join two rows of names: the lower one's, with the upper where that is blank or not alone in its name."""
    size = max(len(upper), len(lower))
    upper, lower = upper + [""] * (size - len(upper)), lower + [""] * (size - len(lower))
    group = ""
    filled = []
    for above, below in zip(upper, lower, strict=True):
        group = above or (group if below else "")
        filled.append(group)
    twice = {name for name in lower if name and lower.count(name) > 1}
    return [
        (above if not below else f"{above} {below}" if below in twice and above and above != below else below)
        for above, below in zip(filled, lower, strict=True)
    ]


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return found
