"""What a trial can tell: by hand, and by simulated trials that know nothing of the formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from routeopt.trial.power import count_needed, found, least_fall, power

Z = 1.959964 + 0.841621


@pytest.mark.parametrize(
    ("count", "dispersion", "design", "step"),
    [
        (100, 1.0, "arms", Z / math.sqrt(200)),  # a fall of 36 %
        (100, 1.0, "before-after", Z / math.sqrt(100)),  # of four cells 48 %
        (100, 2.0, "arms", Z / math.sqrt(100)),
    ],
)
def test_the_least_fall_by_hand(count, dispersion, design, step):
    assert least_fall(count, dispersion, design) == pytest.approx(1 - (1 - step) ** 2, abs=1e-4)


def test_the_figures_that_the_pages_give():
    assert least_fall(100) == pytest.approx(0.357, abs=5e-4)
    assert least_fall(100, design="before-after") == pytest.approx(0.482, abs=5e-4)
    assert least_fall(3) is None


def test_what_is_needed_is_enough_and_no_more():
    need = count_needed(0.16, 1.3, share=0.4)
    assert power(need, 0.16, 1.3, share=0.4) == pytest.approx(0.8, abs=1e-6)
    assert power(0.9 * need, 0.16, 1.3, share=0.4) < 0.8
    assert power(50, 0.0) == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "fall", "dispersion", "share"),
    [
        (100, 0.357, 1.0, 0.5), (40, 0.5, 1.0, 0.5), (200, 0.2, 1.0, 0.4), (120, 0.4, 2.0, 0.5),
        (100, 0.0, 1.0, 0.5),
    ],
)  # fmt: skip
def test_simulated_trials_find_as_many_as_the_formula_says(count, fall, dispersion, share):
    rng = np.random.default_rng(1)
    means = count, count * share / (1 - share) * (1 - fall)
    draws = [
        rng.poisson(mean, 4000) if dispersion == 1
        else rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion, 4000)
        for mean in means
    ]  # fmt: skip
    seen = np.mean([found(a, b, dispersion, share) <= 0.05 for a, b in zip(*draws, strict=True)])
    assert seen == pytest.approx(power(count, fall, dispersion, share=share), abs=0.03)
