"""Less to choose from is never worth more: by the optimum, and by the bound that must lie above it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt import Budget
from routeopt.errors import InfeasibleError
from routeopt.lagrangian import bound
from routeopt.problem import Closure, Problem
from routeopt.strategies import STRATEGIES
from tests.properties.variants import SEEDS, quarters, with_teams

pytestmark = pytest.mark.slow


def optimum(problem: Problem) -> float:
    """The value of the best plan; −∞ where no plan keeps the rules."""
    try:
        return STRATEGIES["exact"].solve(problem, Budget(iterations=0)).value
    except InfeasibleError:
        return -np.inf


def fewer_teams(problem, rng):
    return with_teams(problem, [int(rng.integers(2))])


def later_start(problem, rng):
    return replace(problem, team_start_step=problem.team_start_step + rng.integers(0, 3, 2).astype(np.int32))


def earlier_end(problem, rng):
    return replace(problem, team_end_step=problem.team_end_step - rng.integers(0, 3, 2).astype(np.int32))


def narrower_windows(problem, rng):
    tasks = problem.tasks
    opens = np.minimum(tasks.opens + rng.integers(0, 2, len(tasks.opens)), tasks.closes)
    return replace(problem, tasks=replace(tasks, opens=opens.astype(np.int32)))


def closed_place(problem, rng):
    begin = int(rng.integers(0, 7))
    return problem.closed([Closure(int(rng.integers(1, problem.n_sites)), begin, int(rng.integers(begin + 1, 9)))])


def no_more_returns(problem, rng):
    return replace(problem, access=replace(problem.access, no_return=rng.random(problem.n_sites) < 0.5))


def one_dwell(problem, rng):
    """A menu without its longer dwell."""
    return replace(problem, dwell_steps=problem.dwell_steps[:1], dwell_effect=problem.dwell_effect[:1])


CHANGES = [
    fewer_teams, later_start, earlier_end, narrower_windows, closed_place, no_more_returns, one_dwell,
]  # fmt: skip


@given(SEEDS, st.sampled_from(CHANGES))
def test_less_to_choose_from_never_raises_the_optimum_and_bounds_stay_above(seed, change):
    problem = quarters(seed, 3 + seed % 2)
    less = change(problem, np.random.default_rng(seed))
    best, best_of_less = optimum(problem), optimum(less)
    assert best_of_less <= best + 1e-9
    if seed % 4 == 0 or best_of_less < 0:
        return
    assert bound(less, Budget(iterations=2)).value >= best_of_less - 1e-9
