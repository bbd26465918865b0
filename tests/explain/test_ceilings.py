"""What any plan could reach of a floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.evaluation import coverage, goals
from routeopt.explain.ceilings import ceiling
from routeopt.problem.goals import Goal, Measure


@pytest.mark.parametrize(
    "goal",
    [
        Goal("cap", 0.9, measure=Measure.UNSEEN),
        Goal("fair", 0.9, points=np.arange(20) < 5, measure=Measure.FAIR),
        Goal("second", 0.9, radius=0, responders=2),
    ],
    ids=lambda goal: goal.name,
)
def test_what_is_seen_is_no_limit_to_caps_fair_shares_and_response(make_problem, goal):
    assert ceiling(make_problem(0), goal, Budget(iterations=1)) is None


@pytest.mark.parametrize("seed", range(3))
def test_no_plan_reaches_more_than_the_ceiling(make_problem, make_plan, seed):
    goal = Goal("north", 0.5, points=np.arange(20) % 2 == 1, steps=(20, 99))
    problem = replace(make_problem(seed), goals=(goal,))
    most = ceiling(problem, goal, Budget(seconds=1))
    for number in range(5):
        plan = make_plan(problem, number)
        assert goals(problem, plan, coverage(problem, plan))[0].reached <= most + 1e-9
