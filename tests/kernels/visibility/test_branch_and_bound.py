"""The best combination of routes, against all combinations."""

from itertools import pairwise, product

import numpy as np
import pytest

from routeopt.kernels.visibility.branch_and_bound import Options, best_combination, objective, tree


@pytest.mark.parametrize("seed", range(8))
def test_the_best_combination_is_found_on_top_of_what_is_given(seed):
    rng = np.random.default_rng(seed)
    shape, fade, first = (3, 9), 0.9, np.array([0, 4, 7, 12])
    demand, level0 = rng.gamma(0.5, 1.0, shape), rng.random(3)
    absent0, keep0, *own = (
        np.where(rng.random((n, *shape)) < share, rng.random((n, *shape)), 1.0)
        for n, share in ((1, 0.5), (1, 0.3), (12, 0.3), (12, 0.1))
    )
    absent0, keep0, (absent, keep) = absent0[0], keep0[0], own
    empty = objective(demand, level0, fade, absent0, keep0)
    alone = np.array([
        objective(demand, level0, fade, absent0 * a, keep0 * k) for a, k in zip(absent, keep, strict=True)
    ]) - empty  # fmt: skip
    order = np.concatenate([a + np.argsort(-alone[a:b]) for a, b in pairwise(first)])
    absent, keep, none = absent[order], keep[order], np.zeros(12)
    options = Options(absent, keep, alone[order], none, none.astype(np.int64), first)
    state, calls = tree(demand, level0, fade, absent0, keep0, options), 1
    while not best_combination(demand, level0, fade, options, 0, state, 3):  # left off after every third
        calls += 1
    assert calls > 1
    rows, best = state.best_row, state.best[0]

    def worth(chosen):
        chosen = list(chosen)
        both = absent0 * absent[chosen].prod(axis=0), keep0 * keep[chosen].prod(axis=0)
        return objective(demand, level0, fade, *both)

    every = [worth(chosen) for chosen in product(*(range(a, b) for a, b in pairwise(first)))]
    assert best == pytest.approx(max(every), rel=1e-12)
    assert worth(rows) == pytest.approx(best, rel=1e-12)
