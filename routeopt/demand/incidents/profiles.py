"""What the cells of one column of an incident file look like."""

from __future__ import annotations

import itertools
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from routeopt.demand.incidents import words as w
from routeopt.demand.incidents.harm import default_weight
from routeopt.demand.incidents.positions import is_blank, number, pair
from routeopt.demand.incidents.stamps import CLOCK, DIGIT, NUMBER, stamp
from routeopt.demand.incidents.times import FORMS, constant, parse_times

SAMPLE = 400
"""Cells by which a column is judged."""
PAIRS = 100
"""Of these, by which it is told whether it holds positions."""
MOST = 0.6
"""Share of a column's cells that make it what they are."""
CERTAIN_DIGITS = (8, 14, 17)
"""Whole numbers of these widths that are all dates are dates whatever the header says."""


@dataclass(frozen=True)
class Profile:
    """What a column's cells look like; shares are of those that are not blank."""

    name: str
    words: str
    filled: int
    dated: float
    """Share that are dates in words and signs."""
    numeric_dates: float
    """Share that are numbers that can be dates."""
    digits: int
    """Commonest number of digits before the point."""
    clocked: float
    """Share that are times of day alone."""
    timed: bool
    """Whether its dates have times of day that differ."""
    values: np.ndarray = field(repr=False)
    """Numbers (or degrees) of the cells; NaN for others."""
    numeric: float
    paired: float
    """Share that hold two numbers."""
    distinct: float
    """Number of different cells over that of all."""
    longest: float
    """Mean length of its texts."""
    harmful: float
    """Share of its different texts that the table of harm knows."""
    cells: tuple[str, ...] = field(repr=False)

    @property
    def is_time(self) -> bool:
        """Whether it holds dates, whatever it is called."""
        if self.dated >= MOST:
            return True
        sure = self.digits in CERTAIN_DIGITS and self.filled >= 5
        return self.numeric_dates >= MOST and (
            sure or bool(w.WHEN.search(self.words) or w.OCCURRED.search(self.words))
        )

    @property
    def may_be_time(self) -> bool:
        """Whether it is worth asking about: also counts of milliseconds without a word for it."""
        return self.is_time or (self.numeric_dates >= 0.95 and self.digits in (10, 13) and self.filled >= 5)


def profile(name: str, cells: Sequence[str]) -> Profile:
    """Judge a column by its first cells."""
    texts = list(itertools.islice((cell for cell in cells if not is_blank(cell)), SAMPLE))
    different = set(texts)
    n = max(len(texts), 1)
    stamps = [found for text in texts if (found := stamp(text)) is not None]
    clocked = sum(s.kind == CLOCK for s in stamps)
    widths = [len(s.number.split(".")[0]) for s in stamps if s.kind == NUMBER]
    dated = len(stamps) - clocked - len(widths)
    digits = max(set(widths), key=widths.count, default=0)
    numeric_dates, timed = 0.0, False
    if dated + len(widths) >= n * MOST and (dated or digits in FORMS):
        share, timed = _read_as_times(texts)
        numeric_dates = share if not dated else 0.0
    numbers = {text: number(text) for text in different}
    values = np.array([numbers[text] for text in texts], dtype=np.float64)
    numeric = float(np.isfinite(values).sum()) / n
    paired = sum(pair(text) is not None for text in texts[:PAIRS]) / min(n, PAIRS)
    return Profile(
        name, w.words_of(name), len(texts), dated / n, numeric_dates, digits, clocked / n, timed, values,
        numeric, paired, len(different) / n, sum(map(len, texts)) / n, _harmful(different), tuple(texts),
    )  # fmt: skip


def _read_as_times(texts: Sequence[str]) -> tuple[float, bool]:
    """Return the share of texts that are times, and whether they have times of day that differ."""
    times = parse_times(texts)
    read = ~np.isnat(times.value)
    return float(read.mean()), bool((times.clock & read).any()) and not constant(times, times.value)


def _harmful(texts: Set[str]) -> float:
    """Return the share of the texts without digits that the table of harm knows."""
    words = [text for text in texts if not DIGIT.search(text)]
    return sum(default_weight(text) is not None for text in words) / max(len(words), 1)
