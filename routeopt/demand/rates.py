"""The result of every demand source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message

Progress = Callable[[str, float], None]
"""Called with the current task and how much of it is done, 0 to 1."""


@dataclass(frozen=True)
class Rates:
    """Relative demand of one source; `routeopt.problem.build` scales it to the source's share of the night."""

    value: NDArray[np.float64]
    """(n_segments, n_steps) relative demand per minute."""
    notes: tuple[Message, ...] = ()
    """What was left out or assumed."""
    factor: float = 1.0
    """Factor on the source's share, other than 1 on special nights."""
    count: int = 0
    """Entries, venues or incidents that it stands on."""
