"""Strategies: one file each, listed as data."""

from __future__ import annotations

from typing import Protocol

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.state import Progress
from routeopt.strategies import beats, best_response, exact, greedy, random_walk
from routeopt.strategies.libraries import ortools_routing, pyvrp_routing, vroom_routing


class Strategy(Protocol):
    """What a strategy's module offers."""

    name: str

    def supports(self, problem: Problem) -> bool:
        """Whether the strategy can handle everything in the problem."""
        ...

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int = 0,
        initial: Plan | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """The best plan found until ``budget``."""
        ...


STRATEGIES: dict[str, Strategy] = {
    module.name: module
    for module in (best_response, greedy, beats, random_walk, exact, ortools_routing, pyvrp_routing, vroom_routing)
}
"""Name → strategy; the first is the default."""
