"""Strategies, one file each, listed in ``STRATEGIES``."""

from __future__ import annotations

from typing import Protocol

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.state import Progress
from routeopt.strategies import beats, best_response, exact, greedy, random_walk
from routeopt.strategies.libraries import ortools_routing, pyvrp_routing, vroom_routing


class Strategy(Protocol):
    """Interface of a strategy's module."""

    name: str

    def supports(self, problem: Problem) -> bool:
        """Return whether the strategy handles everything in the problem."""
        ...

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int = 0,
        initial: Plan | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Return the best plan found within ``budget``."""
        ...


STRATEGIES: dict[str, Strategy] = {
    module.name: module
    for module in (best_response, greedy, beats, random_walk, exact, ortools_routing, pyvrp_routing, vroom_routing)
}
"""Strategies by name; the first is the default."""
