"""Shared by the strategies built on routing libraries: time limits, scoring, check of the installation."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable

from routeopt.budget import Budget
from routeopt.errors import Fault, InputError, Message
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.rules import restricted
from routeopt.search import required
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search
from routeopt.strategies.libraries.time_copies import Copies, copies, timed_routes

Orders = list[list[int]]
"""The copies that each team visits, in order."""
LONGEST_S = 3600.0
"""Time limit of a library if the budget has none, seconds."""


MOST_COPIES = 2500
"""Most copies that a library is given: it holds the travel between all pairs, a table for each profile."""
COPIES_PER_S = 1500.0
"""Copies whose tables are written in one second; the time grows with their square."""


def missing(module: str) -> bool:
    """Return whether a library is not installed."""
    return importlib.util.find_spec(module) is None


def needed(module: str, extra: str) -> None:
    """Raise if a library is not installed.

    Raises
    ------
    InputError
        If the library is not installed; the error names the extra to install.
    """
    if missing(module):
        where = Message("place-strategy", name=extra)
        raise InputError(Fault("RO-455", where, package=module, extra=extra))


def keeps(problem: Problem) -> bool:
    """Return whether copies in time keep every rule: they tell no teams apart, and not who was there before.

    Nor do they hold floors, or know of legs that change with the time of day.
    """
    return not restricted(problem).access and not problem.has_prices and not problem.periods.change


def seconds_of(builder: Builder) -> float:
    """Return the time limit for a library that starts now, seconds."""
    left, iterations = builder.budget.remaining(builder.seconds, 0)
    return min(max(0.0, left), LONGEST_S) if iterations > 0 else 0.0


def _most(seconds: float) -> int:
    """Return how many copies a library is given in that time: half of it may be spent on their tables."""
    return int(min(MOST_COPIES, COPIES_PER_S * math.sqrt(seconds / 2)))


def solve_copies(
    problem: Problem,
    budget: Budget,
    seed: int,
    progress: Progress | None,
    name: str,
    run: Callable[[Search, Copies, Builder, int], tuple[Orders, int]],
) -> Result:
    """Copy the sites, route the copies with ``run``, and evaluate the routes.

    If they leave a mandatory task unserved, a plan of the mandatory tasks alone is returned instead.

    Parameters
    ----------
    problem, budget, seed, progress
        As for any strategy.
    name
        Name of the strategy in the result.
    run
        Routes the copies within the builder's time, from the seed; returns the orders and the iterations.

    Raises
    ------
    InputError
        If the problem has a rule that copies in time cannot keep.
    InfeasibleError
        If no plan exists.
    """
    if not keeps(problem):
        raise InputError(Fault("RO-482", Message("place-strategy", name=name), rule="access"))
    search = Search(problem)
    builder = Builder(budget, progress)
    problem = search.problem
    must = required.skeleton(search, builder)
    found = copies(search, builder.goes_on)
    found = found.most(_most(seconds_of(builder)))
    interrupted = False
    orders: Orders = [[] for _ in range(problem.n_teams)]
    try:
        if len(found.site) and not budget.is_spent(builder.seconds, 0):
            orders, builder.iterations = run(search, found, builder, seed)
    except KeyboardInterrupt:
        interrupted = True
    routes = timed_routes(search, found, orders)
    builder.offer(routes, search.value(routes))
    if len(search.missing()):
        builder.offer(must, search.value(must))
    if progress is not None:
        progress(builder.seconds, builder.value, None)
    return builder.result(search, name, seed, interrupted)
