"""The result of every demand source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Progress = Callable[[str, float], None]
"""Called with the current task and how much of it is done, 0 to 1."""


@dataclass(frozen=True)
class Rates:
    """Relative demand of one source, which `routeopt.demand.combine` scales to the source's share of the night.

    λ is ``share @ times``, and computed for the segments that are asked for only: a city has many times as many
    segments as have demand.
    """

    share: csr_array | Array
    """(n_segments, n) how much of each entry, venue or time of day falls on each segment."""
    times: csr_array | Array
    """(n, n_steps) relative demand of each per minute."""
    notes: tuple[Message, ...] = ()
    """What was left out or assumed."""
    factor: float = 1.0
    """Factor on the source's share, other than 1 on special nights."""
    count: int = 0
    """Entries, venues or incidents that it stands on."""

    def at(self, segments: NDArray[np.int64]) -> Array:
        """Compute λ of some segments, (len(segments), n_steps), relative, per minute."""
        found: Array = self.share[segments] @ self.times
        return found

    def total(self) -> Array:
        """Compute (n_segments,) the sum of λ over all steps."""
        found: Array = self.share @ self.times.sum(axis=1)
        return found
