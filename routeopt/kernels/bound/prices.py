"""The goods in which demand points and teams trade while a bound is sought, and their prices.

A plan gives each demand point *presence* of strength x = v·ρ in a step, and *departures* of a dose x·g due at a
step. Departures from stays are goods by their g, and by whether the stay is *strong*: of no less than a certain
share of the greatest strength that any stay has at the point. Passages are a good by themselves. Goods are told
apart by demand point and bin of steps besides; prices are per unit of x and of dose.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import short


class Prices(NamedTuple):
    """At least 0; also the shape in which amounts bought and sold are counted."""

    here: NDArray[np.float64]
    """(n_points, n_bins) a step of presence."""
    leave: NDArray[np.float64]
    """(n_types, n_points, n_bins) departures: strong ones by rising g, weak ones likewise, passages."""


class Goods(NamedTuple):
    """What tells a departure's type."""

    dwell_steps: NDArray[np.int64]
    """(n_dwells,) ascending."""
    effect: NDArray[np.float64]
    """(n_dwells,) g of each dwell."""
    kind: NDArray[np.int64]
    """(n_dwells,) which of the different g it is, −1 where it has no effect."""
    n_kinds: int
    """How many different g there are; types of departures: n_kinds strong, n_kinds weak, passages."""
    strong: NDArray[np.float64]
    """(n_points,) least x of a strong stay."""
    passage: float
    """g of a passage."""


@short
def after_stay(goods, d, j, x):
    """Type of a departure after dwell ``d``, which has an effect, as point ``j`` gets it with strength ``x``."""
    return goods.kind[d] if x >= goods.strong[j] else goods.n_kinds + goods.kind[d]
