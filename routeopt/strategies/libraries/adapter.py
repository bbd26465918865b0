"""What the strategies built on routing libraries share: time limits, scoring, and a word when one is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

from routeopt.budget import Budget
from routeopt.errors import Fault, InputError, Message
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.search import required
from routeopt.search.state import Progress, Search, Tracker
from routeopt.strategies.libraries.time_copies import Copies, copies, timed_routes

Orders = list[list[int]]
"""Per team: its copies in order."""
LONGEST_S = 3600.0
"""Time limit for a library where the budget has none."""


def missing(module: str) -> bool:
    """Whether a library is not installed."""
    return importlib.util.find_spec(module) is None


def needed(module: str, extra: str) -> None:
    """Refuse to go on without a library.

    Raises
    ------
    InputError
        If it is not installed.
    """
    if missing(module):
        where = Message("place-strategy", name=extra)
        raise InputError(Fault("RO-455", where, package=module, extra=extra))


def seconds_of(budget: Budget) -> float:
    """Seconds for a library that makes no iterations of its own."""
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
    """Copy the sites, let ``run`` route the copies, and score what comes back.

    Where it lacks a mandatory task, the plan that does those and nothing else takes its place.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    search, tracker = Search(problem), Tracker(budget, progress)
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
