"""How small a fall of incidents a trial can tell from chance.

Counts of two arms are compared by their square roots, whose variance is a quarter whatever the mean (Huffman 1984:
An improved approximate two-sample Poisson test; Gu, Ng, Tang and Schucany 2008: Testing the ratio of two Poisson
rates, the statistic W5). For expected counts m and r·m of arms with shares of the time t₀ and t₁,

    δ = (√(m/t₀) − √(r·m'/t₁)) / √(φ/4·(1/t₀ + 1/t₁)),      power = Φ(δ − z) + Φ(−δ − z),

m' = m·t₁/t₀, z the quantile of a two-sided test, φ ≥ 1 the dispersion (variance over mean) of the counts. Of equal
arms δ = √(2m/φ)·(1 − √r). A design of four cells, before and after, with and without, compares two differences:
with m in each cell δ = √(m/φ)·(1 − √r).

By hand: at m = 100, φ = 1 and 5 %, 80 % power needs √r = 1 − 2.80/√200, a fall of 36 %; of four cells
√r = 1 − 2.80/10, a fall of 48 %.
"""

from __future__ import annotations

import math
from typing import Literal

LEVEL = 0.05
"""Of the two-sided test."""
POWER = 0.80
Design = Literal["arms", "before-after"]
"""Two arms; or four cells: both arms, before the trial and in it."""


def power(
    count: float, fall: float, dispersion: float = 1.0, design: Design = "arms", share: float = 0.5
) -> float:
    """Compute the chance that a fall is found.

    Parameters
    ----------
    count
        Expected incidents of the arm without patrol; of four cells, of each.
    fall
        By how much patrol lowers incidents, 0 to 1.
    dispersion
        Variance of the counts over their mean, at least 1.
    share
        Of all units, those with patrol; of two arms.
    """
    from scipy.stats import norm

    z = float(norm.ppf(1 - LEVEL / 2))
    delta = math.sqrt(max(count, 0.0) / dispersion) * (1 - math.sqrt(1 - fall)) * _factor(design, share)
    return float(norm.cdf(delta - z) + norm.cdf(-delta - z))


def _factor(design: Design, share: float) -> float:
    """δ in units of √(count/φ)·(1 − √r)."""
    if design == "before-after":
        return 1.0
    # counts per share of the time: √(m/t₀) over √(1/4·(1/t₀ + 1/t₁))
    without = 1 - share
    return math.sqrt(1 / without) / math.sqrt((1 / without + 1 / share) / 4)


def least_fall(
    count: float, dispersion: float = 1.0, design: Design = "arms", share: float = 0.5, wanted: float = POWER
) -> float | None:
    """Compute the least fall that is found with the power wanted; None where not even a fall to zero is."""
    from scipy.optimize import brentq

    if power(count, 1.0, dispersion, design, share) < wanted:
        return None
    return float(brentq(lambda fall: power(count, fall, dispersion, design, share) - wanted, 0.0, 1.0))


def count_needed(
    fall: float, dispersion: float = 1.0, design: Design = "arms", share: float = 0.5, wanted: float = POWER
) -> float:
    """Compute how many incidents the arm without patrol must expect so that a fall is found."""
    from scipy.optimize import brentq

    high = 1.0
    while power(high, fall, dispersion, design, share) < wanted:
        high *= 2
    return float(brentq(lambda count: power(count, fall, dispersion, design, share) - wanted, 0.0, high))


def found(without: float, patrol: float, dispersion: float = 1.0, share: float = 0.5) -> float:
    """Compute the two-sided p-value of the counts of both arms, by the same test.

    Parameters
    ----------
    without, patrol
        Incidents of the arms.
    share
        Of all units, those with patrol.
    """
    from scipy.stats import norm

    both = [math.sqrt((count + 0.375) / part) for count, part in ((without, 1 - share), (patrol, share))]
    scale = math.sqrt(dispersion / 4 * (1 / (1 - share) + 1 / share))
    return float(2 * norm.sf(abs(both[0] - both[1]) / scale))
