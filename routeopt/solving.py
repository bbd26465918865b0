"""Solve a problem by a strategy's name, and compare several."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from routeopt.budget import Budget
from routeopt.errors import Fault, InfeasibleError, InputError, one_line
from routeopt.executor import Done, in_order, opened, shared
from routeopt.guard import function, kind, refuse, whole
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.problem.sizes import Sizes, refuse_threads
from routeopt.search.checkpoint import Keep, State
from routeopt.search.conflicts import conflicts
from routeopt.search.initial import sound_initial
from routeopt.search.state import Progress
from routeopt.strategies import STRATEGIES, Strategy, best_response, exact

log = logging.getLogger(__name__)

DEFAULT_STRATEGY = next(iter(STRATEGIES))
CONFLICT_S = 10.0
"""Longest time for finding the rules that contradict each other."""
OF_TASKS = ("RO-456", "RO-457", "RO-458", "RO-459")
"""Codes of mandatory tasks that cannot be done."""
MOST_SEED = 2**64 - 1
"""Seeds are what the kernels' random numbers begin with: 64 bits."""


def strategy(name: str) -> Strategy:
    """Return the strategy of that name.

    Raises
    ------
    InputError
        If the name is not in `STRATEGIES`.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        raise InputError(Fault("RO-451", "strategy", name=name, known=list(STRATEGIES)))
    return STRATEGIES[name]


def _refuse_goals(problem: Problem, name: str) -> None:
    """Raise if the problem has floors, prices or teams that start anywhere, and the strategy cannot hold them."""
    held = problem.has_prices and not (name == exact.name and exact.holds_goals(problem))
    if held and name != best_response.name:
        raise InputError(Fault("RO-467", "strategy", name=name, able=best_response.name))
    if problem.team_anywhere.any() and name != best_response.name:
        raise InputError(Fault("RO-449", "strategy", name=name, able=best_response.name))


def solve(
    problem: Problem,
    budget: Budget | None = None,
    *,
    strategy: str = DEFAULT_STRATEGY,
    seed: int = 0,
    initial: Plan | None = None,
    progress: Progress | None = None,
    threads: int = 1,
    memory_limit: str | None = None,
    keep: Keep | None = None,
    resume: State | None = None,
) -> Result:
    """Return the best plan found within ``budget`` (default: 10 seconds).

    Parameters
    ----------
    problem, budget
        From `build`; limits of the search.
    strategy
        A name in `STRATEGIES`.
    seed
        Random seed. With an iteration limit the result is reproducible.
    initial
        A plan to start from, which keeps every rule; strategies other than best_response just check it.
    progress
        Called with (seconds, visibility of the best plan so far, bound or None).
    threads
        Number of parallel searches. The result is reproducible for the same number, seed and iteration limit.
    memory_limit
        Most memory of the process, such as "4G", or "off": see `routeopt.memory.free`.
    keep, resume
        Called now and then with the state of the search, for `json.dumps`; such a state to go on from, with the
        same problem, seed, iteration limit and threads, to the result that the search would have had.

    Raises
    ------
    InputError
        If the strategy does not exist, or runs on one thread only and ``threads`` is above 1, or has no state to
        keep; if the budget, the seed or the number of threads is invalid; if the threads take more memory than
        there is; if the problem has goals and the strategy cannot hold floors; or if ``initial`` breaks a rule,
        with every violation.
    InfeasibleError
        If no plan exists.
    """
    faults = kind("problem", problem, Problem) + kind("budget", budget, Budget, optional=True)
    faults += whole("seed", seed, 0, MOST_SEED) + whole("threads", threads, 1)
    faults += function("progress", progress) + kind("initial", initial, Plan, optional=True)
    faults += kind("memory_limit", memory_limit, str, optional=True)
    faults += function("keep", keep) + kind("resume", resume, dict, optional=True)
    try:
        chosen = _named(strategy)
    except InputError as error:
        faults += error.faults
    refuse(faults)
    _refuse_goals(problem, strategy)
    seed, threads = int(seed), int(threads)
    if strategy != best_response.name:
        _refuse_states(strategy, threads, keep, resume)
    if initial is not None:
        initial = sound_initial(problem, initial)
    budget = budget or Budget(seconds=10.0)
    log.debug("solving by %s with seed %d on %d threads within %r", one_line(strategy), seed, threads, budget)
    if threads > 1 or memory_limit is not None:
        refuse_threads(Sizes(problem.n_steps, points=problem.n_points, threads=threads), memory_limit)
    try:
        if strategy == best_response.name:
            result = best_response.solve(
                problem, budget, seed, initial, progress, threads=threads, keep=keep, resume=resume
            )
        else:
            result = chosen.solve(problem, budget, seed, initial, progress)
    except InfeasibleError as error:
        _tell_conflicts(problem, error)
        raise
    found, spent = result.value, result.runtime_s
    log.info("%s: value %.6f after %d iterations in %.1f s", one_line(strategy), found, result.iterations, spent)
    return result


def _refuse_states(name: str, threads: int, keep: Keep | None, resume: State | None) -> None:
    """Raise if a strategy that runs on one thread, and has no state to keep, is asked for either."""
    faults = [Fault("RO-452", "threads", name=name, parallel=best_response.name)] if threads > 1 else []
    if keep or resume is not None:
        faults += [Fault("RO-922", "keep" if keep else "resume", name=name, able=best_response.name)]
    refuse(faults)


_named = strategy  # the keyword argument of `solve` hides the function's name


def _tell_conflicts(problem: Problem, error: InfeasibleError) -> None:
    """Raise with the rules that contradict each other, if that is why mandatory tasks cannot be done."""
    if any(fault.code in OF_TASKS for fault in error.faults):
        found = [one for one in conflicts(problem, CONFLICT_S) if one.necessary]
        if found:
            raise InfeasibleError([one.fault() for one in found]) from error


def compare(
    problem: Problem,
    names: Sequence[str],
    seeds: Sequence[int],
    seconds: float | None,
    *,
    iterations: int | None = None,
    executor: Executor | None = None,
    progress: Done | None = None,
) -> Iterator[Result]:
    """Run every strategy with every seed within the same limits, and yield the results in this order.

    Parameters
    ----------
    executor
        Where the runs are done, several at a time (`routeopt.executor`). Default: here, one after the other.
    progress
        Called with the number of runs that are done, and of all.

    Raises
    ------
    InputError
        If a strategy does not exist, or cannot hold the floors of the problem.
    InfeasibleError
        If no plan exists.
    """
    for name in names:
        _refuse_goals(problem, strategy(name).name)
    budget = Budget(seconds=seconds, iterations=iterations)
    runs = [(name, seed) for seed in seeds for name in names]
    if executor is None:
        for done, (name, seed) in enumerate(runs, 1):
            yield _run(problem, name, seed, budget)
            if progress is not None:
                progress(done, len(runs))
        return
    given = shared(executor, problem)
    yield from in_order([executor.submit(_run, given, name, seed, budget) for name, seed in runs], progress)


def _run(problem: Any, name: str, seed: int, budget: Budget) -> Result:
    """Solve a problem, or the one that is shared, wherever this is called."""
    return strategy(name).solve(opened(problem), budget, seed)
