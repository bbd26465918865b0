"""What every demand source returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is, 0 to 1."""


@dataclass(frozen=True)
class Rates:
    """Relative demand of one source; `routeopt.problem.build` scales it to the source's share of the night."""

    value: NDArray[np.float64]
    """(n_segments, n_steps) relative demand per minute."""
    notes: tuple[str, ...] = ()
    """What was left out or assumed, as sentences."""
    factor: float = 1.0
    """Times the source's share, on nights that differ."""
