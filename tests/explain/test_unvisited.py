"""Busy places without a stop, and what one would cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeopt.evaluation import coverage
from routeopt.explain.unvisited import left_out
from routeopt.plan import Result
from tests.problem.test_near_legs import sparse


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_is_told_where_few_legs_are_known_and_few_are_looked_up(make_problem, make_plan, seed):
    """Ranking the teams and trying their gaps asks for all legs of a place at once."""
    problem = make_problem(seed)
    few = replace(problem, profiles=tuple(sparse(profile, 2) for profile in problem.profiles))
    plan = make_plan(problem, seed)
    result, covered = Result(plan, 0.0, "greedy", 1, 1.0, 1), coverage(problem, plan)
    told = left_out(problem, result, covered, str)
    coverage(few, plan)  # looks up the plan's own legs
    before = [len(set(profile.others.asked)) for profile in few.profiles]
    assert told == left_out(few, result, covered, str)
    assert told
    swaps = 2 * 3 * len(told)  # to and from a place, with none, one or two stops given up
    for profile, n in zip(few.profiles, before, strict=True):
        assert len(set(profile.others.asked)) - n <= swaps
