"""Prices of the bound's relaxed equations, and the types of departure.

Routes provide each demand point with *presence* of strength x = v·ρ in a step, and *departures* of dose x·g due at
a step. The type of a departure from a stay is its g and whether the stay is *strong*: of at least a certain share
of the greatest strength that any stay has at the point. Passages are a type of their own. There is a price per
unit of x of presence, and per unit of dose of each type of departure, for each demand point and bin of steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import short


class Prices(NamedTuple):
    """Prices, at least 0; also the amounts that points receive or routes provide."""

    here: NDArray[np.float64]
    """(n_points, n_bins) presence in a step."""
    leave: NDArray[np.float64]
    """(n_types, n_points, n_bins) departures: strong ones by ascending g, weak ones likewise, passages."""


class Goods(NamedTuple):
    """What determines the type of a departure."""

    dwell_steps: NDArray[np.int64]
    """(n_dwells,) ascending."""
    effect: NDArray[np.float64]
    """(n_dwells,) g of each dwell."""
    kind: NDArray[np.int64]
    """(n_dwells,) index of its g among the different ones, −1 without effect."""
    n_kinds: int
    """Number of different g; the types are n_kinds strong, n_kinds weak, passages."""
    strong: NDArray[np.float64]
    """(n_points,) least x of a strong stay."""
    passage: float
    """g of a passage."""


@short
def after_stay(goods, d, j, x):
    """Return the type, at point ``j``, of a departure of strength ``x`` after dwell ``d``, which has an effect."""
    return goods.kind[d] if x >= goods.strong[j] else goods.n_kinds + goods.kind[d]
