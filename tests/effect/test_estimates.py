"""Estimates: published and hand-worked figures, and simulated counts that know nothing of the formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from routeopt.effect.estimates import (
    Cell,
    block_differences,
    difference_ratio,
    dispersion_of_blocks,
    displacement_difference,
    least_difference,
    mean_difference,
    randomisation_p,
    rate_ratio,
)

ARMS = np.array([True, False, True, False])
PAIRS = np.array([0, 0, 1, 1])


def test_the_weighted_displacement_difference_is_that_of_its_paper():
    """Wheeler and Ratcliffe (2018): −118, standard error 39.6, −196 to −40."""
    found = displacement_difference(Cell(207, 110), Cell(308, 318), Cell(178, 157), Cell(150, 140))
    assert found.point == -118
    assert found.error == pytest.approx(math.sqrt(1568))
    assert (round(found.low), round(found.high)) == (-196, -40)


def test_periods_of_unequal_length_and_dispersion_by_hand():
    """Twice as long before: (20 − 40) − (50 − 50), variance 20 + 80/4 + 50 + 100/4."""
    found = displacement_difference(Cell(80, 20), Cell(100, 50), weight=0.5)
    assert (found.point, found.error) == (-20, pytest.approx(math.sqrt(115)))
    wider = displacement_difference(Cell(80, 20), Cell(100, 50), weight=0.5, dispersion=4.0)
    assert wider.error == pytest.approx(2 * found.error)


def test_what_would_have_been_found_is_found_as_often():
    cells = np.random.default_rng(5).poisson([100, 100 - least_difference(20), 100, 100], (2000, 4))
    seen = [displacement_difference(Cell(a, b), Cell(c, d)).excludes(0) for a, b, c, d in cells]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.06)


def test_the_ratio_of_rates_by_hand():
    found = rate_ratio(11, 22)
    assert (found.low, found.point, found.high) == pytest.approx((0.219, 0.5, 1.074), abs=2e-3)
    assert rate_ratio(11, 22, 10, 20).point == 1.0
    wider = rate_ratio(11, 22, dispersion=2.0)
    assert wider.low < found.low < found.high < wider.high


def test_the_ratio_without_incidents_of_an_arm():
    """Of n incidents none has patrol: the share is at most 1 − 0.025^(1/n)."""
    none = rate_ratio(0, 10)
    top = 1 - 0.025**0.1
    assert (none.low, none.point, none.high) == (0, 0, pytest.approx(top / (1 - top)))
    assert rate_ratio(3, 0).high == math.inf
    empty = rate_ratio(0, 0)
    assert (empty.low, empty.high, math.isnan(empty.point)) == (0, math.inf, True)


def test_the_ratio_of_changes_by_hand():
    found = difference_ratio(Cell(100, 80), Cell(100, 100))
    assert found is not None
    assert (found.low, found.point, found.high) == pytest.approx((0.534, 0.8, 1.198), abs=2e-3)
    assert difference_ratio(Cell(0, 80), Cell(100, 100)) is None


def test_intervals_cover_what_is_true_in_95_of_100_simulations():
    rng = np.random.default_rng(11)
    cells = rng.poisson([200, 140, 150, 130, 80, 90], (1500, 6))
    wdd = [displacement_difference(Cell(a, b), Cell(c, d), Cell(e, f)) for a, b, c, d, e, f in cells]
    assert 0.93 <= np.mean([not one.excludes(-60 + 20 + 10) for one in wdd]) <= 0.97
    ratios = [rate_ratio(b, a) for a, b in cells[:, :2]]
    assert 0.93 <= np.mean([not one.excludes(0.7) for one in ratios]) <= 0.97
    changes = [difference_ratio(Cell(a, b), Cell(c, d)) for a, b, c, d in cells[:, :4]]
    assert 0.93 <= np.mean([not one.excludes(0.7 * 150 / 130) for one in changes]) <= 0.97


def test_block_intervals_cover_the_difference_of_overdispersed_nights():
    """Weekdays differ tenfold, nights vary twice as much as by chance, and patrol takes one incident a night."""
    rng = np.random.default_rng(3)
    blocks = np.repeat(np.arange(28), 2)
    patrol = np.tile([True, False], 28)
    means = np.repeat(rng.uniform(2, 20, 28), 2) - patrol
    drawn = rng.negative_binomial(means, 0.5, (800, 56)).astype(float)
    found = [mean_difference(counts, patrol, blocks) for counts in drawn]
    assert 0.93 <= np.mean([not one.excludes(-1) for one in found]) <= 0.97


def test_differences_within_blocks_by_hand():
    """Pairs 1 : 3 and 2 : 6: −2 and −4, mean −3, variance 2/2, Student's 12.7 with one degree of freedom."""
    counts = np.array([1.0, 3.0, 2.0, 6.0])
    found, weights = block_differences(counts, ARMS, PAIRS)
    assert (found.tolist(), weights.tolist()) == ([-2, -4], [0.5, 0.5])
    mean = mean_difference(counts, ARMS, PAIRS)
    assert mean is not None
    assert (mean.low, mean.point, mean.high) == pytest.approx((-15.706, -3, 9.706), abs=1e-3)
    one = mean_difference(counts, ARMS, np.zeros(4, dtype=np.int64))
    assert one is not None
    assert (one.point, one.error) == (-3, pytest.approx(math.sqrt(0.25 + 2.25)))
    assert mean_difference(counts[:2], ARMS[:2], np.zeros(2, dtype=np.int64)) is None


def test_the_randomisation_test_by_hand():
    """Of four draws of two pairs the two whose differences have one sign are as large; and the own."""
    counts = np.array([1.0, 3.0, 2.0, 6.0])
    draws = [np.array([a, not a, b, not b]) for a in (True, False) for b in (True, False)]
    assert randomisation_p(counts, ARMS, PAIRS, lambda n: draws[n], range(4)) == pytest.approx(3 / 5)


def test_the_randomisation_test_finds_nothing_as_often_as_it_should():
    rng = np.random.default_rng(8)
    blocks, every = np.repeat(np.arange(10), 2), []
    draw = lambda seed: np.random.default_rng(seed).permuted(np.tile([True, False], (10, 1)), axis=1).ravel()  # noqa: E731
    redraws = [draw(seed) for seed in range(79)]
    for seed in range(200):
        counts = rng.poisson(4, 20).astype(float)
        every.append(randomisation_p(counts, draw(1000 + seed), blocks, lambda n: redraws[n], range(79)))
    assert 0.01 <= np.mean(np.array(every) <= 0.05) <= 0.09


def test_dispersion_of_blocks_by_hand_and_by_chance():
    assert dispersion_of_blocks(np.array([4.0, 0.0, 0.0, 4.0]), ARMS, PAIRS) == pytest.approx(8)
    assert dispersion_of_blocks(np.array([4.0, 0.0, 4.0, 0.0]), ARMS, PAIRS) == 1
    rng = np.random.default_rng(4)
    blocks, patrol = np.repeat(np.arange(200), 2), np.tile([True, False], 200)
    assert dispersion_of_blocks(rng.poisson(5, 400).astype(float), patrol, blocks) == pytest.approx(1, abs=0.15)
    doubled = rng.negative_binomial(5, 0.5, 400).astype(float)  # variance twice the mean
    assert dispersion_of_blocks(doubled, patrol, blocks) == pytest.approx(2, abs=0.4)
    assert dispersion_of_blocks(doubled, patrol, np.zeros(400, dtype=np.int64)) == pytest.approx(2, abs=0.4)
