"""Events of the re-planning benchmark, on a small night."""

import numpy as np

from benchmarks.replan import event
from routeopt import Budget, replan, solve


def test_events_can_be_answered(make_problem):
    problem = make_problem(1, n_steps=240, periods=True)
    plan, rng = solve(problem, Budget(iterations=30)).plan, np.random.default_rng(0)
    for _ in range(8):
        situation = event(problem, plan, rng)
        assert 0 <= situation.step < problem.n_steps
        assert replan(problem, plan, situation, Budget(iterations=1)).value > 0
