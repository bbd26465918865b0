"""Whether a floor can be held at all: the most of it that any plan could reach.

A floor on what is seen is the visibility of the demand that counts for it. The Lagrangian bound on that alone,
without any other goal, is a limit to what every plan reaches: a floor above it is proven impossible, whatever else
is given up.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routeopt.budget import Budget
from routeopt.lagrangian import bound
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.goals import Goal, Measure
from routeopt.search.state import Progress


def ceiling(
    problem: Problem,
    goal: Goal,
    budget: Budget,
    plan: Plan | None = None,
    progress: Progress | None = None,
) -> float | None:
    """Return a limit to the share of a goal that any plan reaches; None for response, caps and fair shares.

    Parameters
    ----------
    plan
        Where the bound starts from.

    Raises
    ------
    InputError
        If `routeopt.lagrangian.bound` raises it.
    """
    if goal.radius is not None or goal.measure != Measure.SHARE:
        return None
    tasks = replace(problem.tasks, reward=np.zeros(len(problem.tasks)))
    alone = replace(problem, demand=goal.demand(problem.demand), goals=(), tasks=tasks)
    return min(1.0, bound(alone, budget, plan, progress).value)
