"""What the strategies built on routing libraries share: time limits, scoring, and a word when one is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import numpy as np

from routeopt.errors import Fault, InputError
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.search import required as task_routes
from routeopt.search.state import Progress, Search, Tracker
from routeopt.stop import MaxIterations, Stop
from routeopt.strategies.libraries.time_copies import Copies, copies, timed_routes

Orders = list[list[int]]
"""Per team: its copies in order."""
LONGEST_S = 3600.0
"""A library needs an end; a stop criterion that never comes true is taken to mean this."""


def missing(module: str) -> bool:
    """Whether a library is not installed."""
    return importlib.util.find_spec(module) is None


def needed(module: str, extra: str) -> None:
    """Refuse to go on without a library.

    Raises
    ------
    InputError
        It is not installed.
    """
    if missing(module):
        raise InputError(Fault(f'strategy "{extra}"', f"{module} is not installed.", f"uv sync --extra {extra}"))


def seconds_of(stop: Stop) -> float:
    """For how long the criterion lets a search run that makes no iterations of its own; found by bisection."""
    low, high = 0.0, LONGEST_S
    if stop.done(low, 0, 0.0):
        return low
    if not stop.done(high, 0, 0.0):
        return high
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (low, middle) if stop.done(middle, 0, 0.0) else (middle, high)
    return high


def iterations_of(stop: Stop) -> int | None:
    """The iteration limit, if there is one among the criteria."""
    parts = getattr(stop, "criteria", (stop,))
    limits = [part.iterations for part in parts if isinstance(part, MaxIterations)]
    return min(limits) if limits else None


def solve_copies(
    problem: Problem,
    stop: Stop,
    seed: int,
    progress: Progress | None,
    name: str,
    run: Callable[[Search, Copies, Stop, int], tuple[Orders, int]],
) -> Result:
    """Copy the sites, let ``run`` route the copies, and score what comes back.

    Where it lacks a mandatory task, the plan that does those and nothing else takes its place.

    Raises
    ------
    InfeasibleError
        No plan exists.
    """
    search, tracker = Search(problem), Tracker(stop, progress)
    must = task_routes.skeleton(search)
    found = copies(search)
    interrupted = False
    orders: Orders = [[] for _ in range(problem.n_teams)]
    try:
        if len(found.site) and not stop.done(0.0, 0, -np.inf):
            orders, tracker.iterations = run(search, found, stop, seed)
    except KeyboardInterrupt:
        interrupted = True
    routes = timed_routes(search, found, orders)
    tracker.offer(routes, search.value(routes))
    if len(search.missing()):
        tracker.offer(must, search.value(must))
    if progress is not None:
        progress(tracker.seconds, tracker.value, None)
    return tracker.result(search, name, seed, interrupted)
