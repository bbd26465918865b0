"""Places that may not be left alone for long: their table, and the windows of visits that keep the gaps short."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MustVisits:
    """The longest gap at each of some places, from the plan's start to its end, whichever team is there."""

    site: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_must_visits,) where."""
    max_gap_steps: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_must_visits,) longest time without a visit, steps."""
    least_steps: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_must_visits,) shortest stay that counts as a visit, steps, at least 1."""

    def __len__(self) -> int:
        return len(self.site)


def gap_windows(n_steps: int, max_gap: int, service: int) -> list[tuple[int, int]]:
    """Return windows for the starts of the fewest visits that keep every gap of a plan short.

    Whatever start is chosen in each of them, no gap is longer: between the plan's start and the first visit, two
    visits, the last one and the plan's end. With Z the longest gap, s the service and N the plan's length, k
    visits do if kZ + ks + Z ≥ N. What kZ + ks + Z exceeds N by is shared equally among the windows.

    Parameters
    ----------
    n_steps, max_gap, service
        Steps, the last two at least 1.

    Returns
    -------
    First and last step in which each visit may begin, both included; none if the plan is no longer than the gap.

    Examples
    --------
    A plan of 420 min, at most 120 min alone, visits of 5 min: three of them, each with 25 min of choice.

    >>> gap_windows(420, 120, 5)
    [(95, 120), (195, 220), (295, 320)]
    """
    if n_steps <= max_gap:
        return []
    count = -(-(n_steps - max_gap) // (max_gap + service))
    slack = count * (max_gap + service) - (n_steps - max_gap)
    found: list[tuple[int, int]] = []
    latest = min(max_gap, n_steps - service)
    for n in range(count):
        width = min(slack // count + (n < slack % count), max_gap, latest)
        found.append((latest - width, latest))
        latest = min(latest - width + service + max_gap, n_steps - service)
    return found
