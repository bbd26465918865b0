"""The oracle, and what is tested against it: small nights of two hours, two teams."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, Visit, check, solve
from routeopt.clock import Clock
from routeopt.errors import InputError
from routeopt.evaluation import visibility
from routeopt.lagrangian import bound
from routeopt.strategies import STRATEGIES

N_PROBLEMS = 30


def small(make_problem, seed, n_sites=9):
    """Two hours in steps of a quarter of an hour, two teams, dwells of one and two steps."""
    problem = make_problem(seed, n_sites=n_sites, n_points=10, n_steps=8, n_teams=2)
    rng = np.random.default_rng(seed)
    profiles = []
    for profile in problem.profiles:
        travel = rng.integers(1, 3, size=(n_sites, n_sites)).astype(np.int32)
        np.fill_diagonal(travel, 0)
        rows = np.repeat(np.arange(n_sites**2), np.diff(profile.pass_ptr))
        fits = profile.pass_step < travel.ravel()[rows]
        profiles.append(
            replace(
                profile,
                travel_steps=travel,
                pass_ptr=np.searchsorted(rows[fits], np.arange(n_sites**2 + 1)).astype(np.int64),
                pass_point=profile.pass_point[fits], pass_step=profile.pass_step[fits],
                pass_present=profile.pass_present[fits], pass_leaves=profile.pass_leaves[fits],
            )
        )  # fmt: skip
    return replace(
        problem,
        clock=Clock(start_min=19 * 60, n_steps=8, step_s=900),
        profiles=tuple(profiles),
        dwell_steps=np.array([1, 2], dtype=np.int32),
        dwell_effect=np.array([0.85, 1.0]),
        team_start_step=np.zeros(2, dtype=np.int32),
        team_end_step=np.array([8, 7], dtype=np.int32),
    )


def test_oracle_agrees_with_trying_everything_by_the_specification(make_problem):
    """By `evaluate` and `check` alone, on a night short enough to try all plans."""
    problem = replace(small(make_problem, 1, n_sites=4), team_end_step=np.array([4, 4], dtype=np.int32))
    visits = [Visit(s, t, d) for s in (1, 2, 3) for t in range(4) for d in (0, 1)]
    alone = [
        [r for n in range(4) for r in product(visits, repeat=n) if not _broken(problem, k, r)] for k in (0, 1)
    ]
    best = max(visibility(problem, Plan((Route(0, a), Route(1, b)))) for a, b in product(*alone))
    found = STRATEGIES["exact"].solve(problem, Budget(iterations=0))
    assert found.value == pytest.approx(best, rel=1e-12)
    assert found.bound == found.value


def _broken(problem, team, visits):
    routes = [Route(0), Route(1)]
    routes[team] = Route(team, visits)
    return check(problem, Plan(tuple(routes)))


@pytest.mark.slow
def test_default_strategy_and_bound_against_the_optimum(make_problem):
    """The default's mean gap is at most 0.5 %, and the bound is never below the optimum."""
    gaps = []
    for seed in range(N_PROBLEMS):
        problem = small(make_problem, seed)
        best = STRATEGIES["exact"].solve(problem, Budget(iterations=0)).value
        plan = solve(problem, Budget(iterations=1000), seed=seed)
        assert plan.value <= best * (1 + 1e-12)
        assert bound(problem, Budget(iterations=60), plan.plan).value >= best * (1 - 1e-12)
        gaps.append(1 - plan.value / best)
    assert np.mean(gaps) <= 0.005, gaps


def test_too_large_a_problem_is_refused(make_problem):
    problem = make_problem(0)
    assert not STRATEGIES["exact"].supports(problem)
    with pytest.raises(InputError, match="more than 60000 routes"):
        STRATEGIES["exact"].solve(problem, Budget(iterations=0))
