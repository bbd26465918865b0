"""Solve a problem by a strategy's name, and compare several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routeopt.budget import Budget
from routeopt.errors import Fault, InputError
from routeopt.guard import kind, refuse, whole
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.initial import sound_initial
from routeopt.search.state import Progress
from routeopt.strategies import STRATEGIES, Strategy, best_response

DEFAULT_STRATEGY = next(iter(STRATEGIES))
MOST_SEED = 2**64 - 1
"""Seeds are what the kernels' random numbers begin with: 64 bits."""


def strategy(name: str) -> Strategy:
    """The strategy of that name.

    Raises
    ------
    InputError
        There is none.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        raise InputError(Fault("strategy", f'there is no "{name}".', f"Choose from {', '.join(STRATEGIES)}."))
    return STRATEGIES[name]


def solve(
    problem: Problem,
    budget: Budget | None = None,
    *,
    strategy: str = DEFAULT_STRATEGY,
    seed: int = 0,
    initial: Plan | None = None,
    progress: Progress | None = None,
    threads: int = 1,
) -> Result:
    """The best plan found until ``budget`` (10 seconds unless told).

    Parameters
    ----------
    problem
        From `build`.
    stop
        A criterion of `routeopt.budget`.
    strategy
        A name in `STRATEGIES`.
    seed
        Same seed and iteration limit, same plan.
    initial
        A plan to start from, which keeps every rule; of the strategies only best_response starts there, the others
        just check it.
    progress
        Called with (seconds, visibility of the best plan so far, bound or None).
    threads
        How many search at a time; the same number, seed and iteration limit, the same plan.

    Raises
    ------
    InputError
        There is no such strategy, or it knows but one thread; a budget, seed or number of threads is none; or
        ``initial`` breaks a rule: with every violation.
    InfeasibleError
        No plan exists.
    """
    faults = kind("problem", problem, Problem) + kind("budget", budget, Budget, optional=True)
    faults += whole("seed", seed, 0, MOST_SEED) + whole("threads", threads, 1)
    try:
        chosen = _named(strategy)
    except InputError as error:
        faults += error.faults
    refuse(faults)
    seed, threads = int(seed), int(threads)
    if initial is not None:
        initial = sound_initial(problem, initial)
    if threads > 1:
        if strategy != best_response.name:
            remedy = f"Leave it at 1, or take {best_response.name}."
            raise InputError(Fault("threads", f'"{strategy}" runs on one thread.', remedy))
        budget = budget or Budget(seconds=10.0)
        return best_response.solve(problem, budget, seed, initial, progress, threads=threads)
    return chosen.solve(problem, budget or Budget(seconds=10.0), seed, initial, progress)


_named = strategy  # the keyword argument of `solve` hides the function's name


def compare(problem: Problem, names: Sequence[str], seeds: Sequence[int], seconds: float) -> Iterator[Result]:
    """Every strategy on every seed with the same time each, one after the other.

    Raises
    ------
    InputError
        There is no such strategy.
    InfeasibleError
        No plan exists.
    """
    chosen = [strategy(name) for name in names]
    for seed in seeds:
        for one in chosen:
            yield one.solve(problem, Budget(seconds=seconds), seed)
