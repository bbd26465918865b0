"""Differences and ratios of counts, each with an interval of 95 %.

The weighted displacement difference (Wheeler and Ratcliffe 2018: A simple weighted displacement difference test to
evaluate place based crime interventions, Crime Science 7:11) is

    WDD = (T₁ − T₀) − (C₁ − C₀) + (D₁ − D₀) − (E₁ − E₀),    variance: the sum of the eight counts,

with the counts before (0) and after (1) of the treated areas T, their comparison C, the areas D around the treated
ones, and E around the comparison. Periods of unequal length: counts before are multiplied by w = nights after over
nights before, their variances by w². All variances are multiplied by the dispersion φ ≥ 1.

The ratio of two Poisson rates has an exact interval, as one count given the sum of both is binomial
(Przyborowski and Wilenski 1940: Homogeneity of results in testing samples from Poisson series, Biometrika 31,
313-323; the interval for the share: Clopper and Pearson 1934, Biometrika 26, 404-413). Counts of dispersion φ
are taken for 1/φ as many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.trial.power import LEVEL, POWER

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval of 95 %."""

    low: float
    point: float
    high: float
    error: float | None = None
    """Standard error; None for exact intervals."""

    def excludes(self, value: float) -> bool:
        """Tell whether a value lies outside the interval."""
        return not self.low <= value <= self.high


@dataclass(frozen=True)
class Cell:
    """Incidents of some areas before and after."""

    before: float
    after: float


ZERO = Cell(0, 0)


def normal_quantile(level: float) -> float:
    """Quantile of the standard normal distribution."""
    from scipy.stats import norm

    return float(norm.ppf(level))


def displacement_difference(
    treated: Cell,
    comparison: Cell = ZERO,
    around: Cell = ZERO,
    around_comparison: Cell = ZERO,
    *,
    weight: float = 1.0,
    dispersion: float = 1.0,
) -> Estimate:
    """Compute the weighted displacement difference, in incidents of the period after; below 0 is a fall.

    Parameters
    ----------
    weight
        Nights after over nights before.
    dispersion
        Variance of counts over their mean, at least 1.

    Example (by hand; the paper's figures): 207 → 110, comparison 308 → 318, around 178 → 157, around
    the comparison 150 → 140: −97 − 10 − 21 + 10 = −118, variance 1568, so 39.6 and −196 to −40.
    """
    signed = ((treated, 1), (comparison, -1), (around, 1), (around_comparison, -1))
    point = sum(sign * (cell.after - weight * cell.before) for cell, sign in signed)
    variance = dispersion * sum(cell.after + weight**2 * cell.before for cell, _sign in signed)
    error = math.sqrt(variance)
    half = normal_quantile(1 - LEVEL / 2) * error
    return Estimate(point - half, point, point + half, error)


def difference_ratio(
    treated: Cell, comparison: Cell, weight: float = 1.0, dispersion: float = 1.0
) -> Estimate | None:
    """Compute the ratio of the changes of both areas, (T₁/T₀)/(C₁/C₀), from the logarithms; None if a "
    "cell is empty."

    Example (by hand): 100 → 80 against 100 → 100: 0.8, error of the logarithm √(3/100 + 1/80) = 0.206, so 0.53
    to 1.20.
    """
    four = (treated.after, weight * treated.before, comparison.after, weight * comparison.before)
    if min(four) <= 0:
        return None
    point = four[0] / four[1] / (four[2] / four[3])
    inverse = (1 / cell.before + 1 / cell.after for cell in (treated, comparison))
    error = math.sqrt(dispersion * sum(inverse))
    half = math.exp(normal_quantile(1 - LEVEL / 2) * error)
    return Estimate(point / half, point, point * half)


def least_difference(error: float) -> float:
    """Compute the difference that is found with the power of `POWER`, for a standard error."""
    return (normal_quantile(1 - LEVEL / 2) + normal_quantile(POWER)) * error


def rate_ratio(
    patrol: float, none: float, exposure: float = 1.0, exposure_none: float = 1.0, dispersion: float = 1.0
) -> Estimate:
    """Compute the ratio of two rates with its exact interval; ``nan`` and 0 to ∞ without incidents.

    Parameters
    ----------
    patrol, none
        Incidents.
    exposure, exposure_none
        Nights (or places) that they are of, above 0.

    Example (by hand): 11 and 22 of equal nights: the ratio is 0.5; of 33 incidents 11 are 18.0 % to 51.8 %, so the
    ratio lies from 0.18/0.82 = 0.22 to 0.518/0.482 = 1.07.
    """
    from scipy.stats import beta

    scale = exposure_none / exposure
    a, b = patrol / dispersion, none / dispersion
    low = float(beta.ppf(LEVEL / 2, a, b + 1)) if a > 0 else 0.0
    high = float(beta.ppf(1 - LEVEL / 2, a + 1, b)) if b > 0 else 1.0
    point = patrol / none * scale if none > 0 else math.inf if patrol > 0 else math.nan
    return Estimate(_odds(low) * scale, point, _odds(high) * scale)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def block_differences(counts: Array, patrol: Flags, block: NDArray[np.int64]) -> tuple[Array, Array]:
    """Compute mean with patrol minus mean without, of each block that has both; and the blocks' weights.

    Parameters
    ----------
    counts, patrol, block : (n_units,)
        Incidents; whether it had patrol; block, from 0.

    Returns
    -------
    differences, weights : (n_blocks,)
        Weights are shares of the units, and sum to 1.
    """
    n = int(block.max()) + 1 if len(block) else 0
    of = [np.bincount(block[arm], minlength=n).astype(np.float64) for arm in (patrol, ~patrol)]
    sums = [np.bincount(block[arm], counts[arm], minlength=n) for arm in (patrol, ~patrol)]
    both = (of[0] > 0) & (of[1] > 0)
    weights = (of[0] + of[1])[both]
    return sums[0][both] / of[0][both] - sums[1][both] / of[1][both], weights / max(weights.sum(), 1.0)


def mean_difference(counts: Array, patrol: Flags, block: NDArray[np.int64]) -> Estimate | None:
    """Compute the mean difference within blocks, per unit, with Student's interval; None of one unit for each arm.

    Of one block the arms' own variances are taken (Welch 1947); of several, the spread of the blocks' differences.
    """
    from scipy.stats import t

    found, weights = block_differences(counts, patrol, block)
    if not len(found):
        return None
    point = float(weights @ found)
    if len(found) > 1:
        free = len(found) - 1.0
        variance = float(weights**2 @ (found - point) ** 2) * len(found) / free
    else:
        sizes = [int(arm.sum()) for arm in (patrol, ~patrol)]
        if min(sizes) < 2:
            return None
        parts = [counts[arm].var(ddof=1) / size for arm, size in zip((patrol, ~patrol), sizes, strict=True)]
        variance = float(sum(parts))
        below = sum(part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True))
        free = variance**2 / below if below > 0 else float(sum(sizes) - 2)
    error = math.sqrt(variance)
    half = float(t.ppf(1 - LEVEL / 2, free)) * error
    return Estimate(point - half, point, point + half, error)


def randomisation_p(
    counts: Array, patrol: Flags, block: NDArray[np.int64], redraw: Callable[[int], Flags], seeds: Sequence[int]
) -> float:
    """Compute the share of draws whose mean difference is at least as large (Fisher 1935), the one "
    "made among them."

    Parameters
    ----------
    redraw
        Seed → whether each unit has patrol, drawn as the trial was.
    """

    def size(arms: Flags) -> float:
        found, weights = block_differences(counts, arms, block)
        return abs(float(weights @ found))

    own = size(patrol) - 1e-9
    return (1 + sum(size(redraw(seed)) >= own for seed in seeds)) / (1 + len(seeds))


def dispersion_of_blocks(counts: Array, patrol: Flags, block: NDArray[np.int64]) -> float:
    """Compute how much more the blocks' splits between the arms vary than by chance; at least 1.

    Given a block's incidents, those with patrol are binomial: Pearson's χ² of the blocks over its degrees
    of freedom. Of one block: counts about the mean of their arm.

    Example (by hand): two pairs, 4 : 0 and 0 : 4: each is 2 from the 2 expected, variance 1: (4 + 4)/(2 − 1) = 8.
    """
    n = int(block.max()) + 1
    if n == 1:
        mean = np.where(patrol, counts[patrol].mean(), counts[~patrol].mean())
        return pearson(counts, mean, mean, len(counts) - 2)
    units = [np.bincount(block[arm], minlength=n).astype(np.float64) for arm in (patrol, ~patrol)]
    seen = np.bincount(block[patrol], counts[patrol], minlength=n).astype(np.float64)
    every = np.bincount(block, counts, minlength=n).astype(np.float64)
    none = counts[~patrol].sum()
    if none == 0:
        return 1.0
    ratio = seen.sum() / none * (~patrol).sum() / patrol.sum()
    share = ratio * units[0] / np.maximum(ratio * units[0] + units[1], 1e-12)
    variance = every * share * (1 - share)
    return pearson(seen, every * share, variance, int((variance > 0).sum()) - 1)


def pearson(counts: Array, mean: Array, variance: Array, free: int) -> float:
    """Compute Pearson's χ² over its degrees of freedom; at least 1, and 1 where there are none."""
    some = variance > 0
    if free < 1 or not some.any():
        return 1.0
    return max(1.0, float(((counts[some] - mean[some]) ** 2 / variance[some]).sum()) / free)
