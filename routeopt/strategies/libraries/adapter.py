"""Shared by the strategies built on routing libraries: time limits, scoring, check of the installation."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from routeopt.budget import Budget
from routeopt.errors import Fault, InputError, Message
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.rules import restricted
from routeopt.search import required
from routeopt.search.state import Progress, Search, Tracker
from routeopt.strategies.libraries.time_copies import Copies, copies, timed_routes

Orders = list[list[int]]
"""The copies that each team visits, in order."""
LONGEST_S = 3600.0
"""Time limit of a library if the budget has none, seconds."""


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
    return not restricted(problem).access and not problem.goals and not problem.periods.change


def seconds_of(budget: Budget) -> float:
    """Return the time limit for a library, seconds."""
    if budget.is_spent(0.0, 0):
        return 0.0
    return LONGEST_S if budget.seconds is None else min(budget.seconds, LONGEST_S)


def solve_copies(
    problem: Problem,
    budget: Budget,
    seed: int,
    progress: Progress | None,
    name: str,
    run: Callable[[Search, Copies, Budget, int], tuple[Orders, int]],
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
        Routes the copies within the budget, from the seed; returns the orders and the number of iterations.

    Raises
    ------
    InputError
        If the problem has a rule that copies in time cannot keep.
    InfeasibleError
        If no plan exists.
    """
    if not keeps(problem):
        raise InputError(Fault("RO-482", Message("place-strategy", name=name), rule="access"))
    search, tracker = Search(problem), Tracker(budget, progress)
    problem = search.problem
    must = required.skeleton(search)
    found = copies(search)
    interrupted = False
    orders: Orders = [[] for _ in range(problem.n_teams)]
    try:
        if len(found.site) and not budget.is_spent(0.0, 0):
            orders, tracker.iterations = run(search, found, budget, seed)
    except KeyboardInterrupt:
        interrupted = True
    routes = timed_routes(search, found, orders)
    tracker.offer(routes, search.value(routes))
    if len(search.missing()):
        tracker.offer(must, search.value(must))
    if progress is not None:
        progress(tracker.seconds, tracker.value, None)
    return tracker.result(search, name, seed, interrupted)
