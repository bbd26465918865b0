"""The bound: never below any plan, and not far above the best where that is known."""

from __future__ import annotations

import pytest

from routeopt import MaxIterations, solve
from routeopt.evaluate import visibility
from routeopt.strategies.bound import bound


@pytest.mark.parametrize("seed", range(6))
def test_never_below_any_plan(make_problem, make_plan, seed):
    problem = make_problem(seed, cut=seed % 2 == 1)
    best = solve(problem, MaxIterations(300), seed=seed)
    found = bound(problem, MaxIterations(25), best.plan)
    plans = [best.plan, *(make_plan(problem, n) for n in range(20))]
    assert found.value >= max(visibility(problem, plan) for plan in plans)
    assert found.value <= 1.0
    assert [b for _, b in found.trace] == sorted((b for _, b in found.trace), reverse=True)


def test_is_lowered_by_the_search(make_problem):
    problem = make_problem(0)
    plan = solve(problem, MaxIterations(300), seed=0).plan
    first, last = (bound(problem, MaxIterations(n), plan).value for n in (1, 60))
    assert last < first
    assert last < 1.35 * visibility(problem, plan)


def test_same_iterations_same_bound(make_problem):
    problem = make_problem(2)
    first, second = (bound(problem, MaxIterations(10)).value for _ in range(2))
    assert first == second


def test_interrupt_keeps_the_least_so_far(make_problem):
    def interrupt(seconds, value, least):
        calls.append(least)
        if len(calls) == 3:
            raise KeyboardInterrupt

    calls: list[float] = []
    found = bound(make_problem(1), MaxIterations(50), progress=interrupt)
    assert found.interrupted
    assert found.value == min(calls)
