"""A portfolio: the best plan is found first; then plan after plan is made different from the others, in rounds.

Every plan starts as the best one. In each round the plans are changed in batches: those of a batch at once, each
compared with all others as they are before it, so that the result does not depend on how many processes work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.evaluation import value
from routeopt.executor import in_order, opened, shared
from routeopt.guard import function, kind, number, refuse, whole
from routeopt.plan import Plan
from routeopt.portfolio.diversify import CHUNK, WEIGHT, Diversifier, Found, Start
from routeopt.portfolio.floors import Floors, Wanted
from routeopt.portfolio.guarantee import Guarantee, Places, Presence, guarantee, places, presence
from routeopt.portfolio.overlap import Stops, expected, repeat_share, repeats, stops
from routeopt.problem import Problem
from routeopt.problem.tasks import Task
from routeopt.rules import check
from routeopt.solving import MOST_SEED, solve

Array = NDArray[np.float64]
Progress = Callable[[float, int, float, float], None]
"""Called with (seconds, plans so far, repeat share, least value as a share of the best)."""

BEST_SHARE = 0.1
"""Share of the time in which the best plan is looked for."""
BEST_ITERATIONS = 10
"""Iterations in which the best plan is looked for, per iteration of every plan."""
BATCHES = 5
"""Batches of a round."""
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Plans of about the same value, in the order in which they are numbered."""

    problem: Problem
    plans: tuple[Plan, ...]
    values: tuple[float, ...]
    """Of each plan, by `routeopt.evaluation.value`."""
    best: float
    """The greatest value found, by a plan of the portfolio or not."""
    within: float
    shares: Array
    """(n, n) share of each plan's stops that each other repeats: `routeopt.portfolio.overlap.repeats`."""
    places: Places
    guarantee: Guarantee
    floors: Floors
    """What was asked of the guarantee."""
    seed: int
    iterations: int
    """Of every plan."""
    runtime_s: float
    interrupted: bool
    stops: tuple[Stops, ...] = field(repr=False, default=())

    @property
    def repeat_share(self) -> float:
        """Mean share of a plan's stops that another repeats, over all ordered pairs of plans."""
        return repeat_share(self.shares)

    @property
    def repeat_share_drawn(self) -> float:
        """The same for two nights drawn with equal chances, which may be the same plan."""
        return float(self.shares.mean())

    @property
    def worst_gap_min(self) -> float:
        """The longest stretch in which nobody may come to some place, minutes."""
        return float(self.guarantee.gap_steps.max(initial=0)) * self.problem.clock.step_s / 60

    @property
    def worst_unseen(self) -> float:
        """The greatest chance, of all places and times, that nobody is in sight for `WINDOW_MIN` minutes."""
        return float(self.guarantee.unseen.max(initial=0.0))


def portfolio(
    problem: Problem,
    n: int = 20,
    within: float = 0.02,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    floors: Floors | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Portfolio:
    """Find ``n`` plans, each worth at least (1 − within) of the best found, that repeat few of each other's stops.

    Parameters
    ----------
    budget
        Limit of the whole; default: 300 seconds. Iterations are those of each plan, a tenth of the best one's;
        with this limit alone the same seed gives the same portfolio. With neither it ends after 300 seconds, as
        there is no sum that could stop growing. Ctrl-C ends it with the plans so far.
    floors
        What the guarantee is to hold; see `Portfolio.guarantee` for what it does.
    executor
        Where plans are changed, several at a time (`routeopt.executor`). Default: here, one after the other.
    progress
        Called after every batch.

    Raises
    ------
    InputError
        If a value is out of range.
    InfeasibleError
        If no plan exists.
    """
    faults = kind("problem", problem, Problem) + whole("n", n, 1, 1000) + number("within", within, 0, 1)
    faults += whole("seed", seed, 0, MOST_SEED) + kind("budget", budget, Budget, optional=True)
    refuse(faults + kind("floors", floors, Floors, optional=True) + function("progress", progress))
    budget = budget or Budget()
    if budget.seconds is None and budget.iterations is None:
        budget = replace(budget, seconds=300.0)
    maker = _Maker(problem, int(n), float(within), budget, int(seed), floors or Floors(), executor, progress)
    try:
        maker.go()
    except KeyboardInterrupt:
        if not maker.plans:
            raise
        maker.interrupted = True
    return maker.result()


class _Maker:
    """A portfolio in the making."""

    def __init__(
        self, problem: Problem, n: int, within: float, budget: Budget, seed: int, floors: Floors,
        executor: Executor | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.problem, self.n, self.within, self.budget, self.seed = problem, n, within, budget, seed
        self.floors, self.executor, self.progress = floors, executor, progress
        self.began = time.perf_counter()
        self.places = places(problem)
        self.plans: list[Plan] = []
        self.values: list[float] = []
        self.stops: list[Stops] = []
        self.tables: list[NDArray[np.bool_]] = []
        self.present: list[Presence] = []
        self.weights = [WEIGHT] * n
        self.best, self.done, self.interrupted = 0.0, 0, False
        self.rng = np.random.default_rng([seed, 2])

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    @property
    def left_s(self) -> float:
        return math.inf if self.budget.seconds is None else self.budget.seconds - self.seconds

    def go(self) -> None:
        """Find the best plan, then change plans until the time or the iterations are used up."""
        limit = self.budget
        first = Budget(
            seconds=None if limit.seconds is None else BEST_SHARE * limit.seconds,
            iterations=None if limit.iterations is None else BEST_ITERATIONS * limit.iterations,
        )
        result = solve(self.problem, first, seed=self.seed)
        self.best = result.value
        self.first = result.plan
        self._set(0, result.plan, result.value)
        if result.interrupted:
            raise KeyboardInterrupt
        if self.n == 1 or self.within <= 0:
            self._copy_first()
            return
        self.given = self.problem.priced(result.prices)
        if self.executor is not None:
            self.given = shared(self.executor, self.given)
        while self._round():
            pass

    def _copy_first(self) -> None:
        for k in range(1, self.n):
            self._set(k, self.first, self.best)

    def _round(self) -> bool:
        """Change every plan once; return whether there may be another round."""
        n_iterations = CHUNK
        if self.budget.iterations is not None:
            n_iterations = min(CHUNK, self.budget.iterations - self.done)
        size = max(1, math.ceil(self.n / BATCHES))
        if n_iterations <= 0 and len(self.plans) == self.n:
            return False
        for first in range(0, self.n, size):
            batch = range(first, min(first + size, self.n))
            if len(self.plans) == self.n and self.left_s <= 0:
                return False
            for k, found in zip(batch, self._changed(batch, n_iterations), strict=True):
                self.weights[k] = found.weight
                self._take(k, found.plan)
            if self.progress is not None:
                least = min(self.values) / self.best if self.best > 0 else 1.0
                self.progress(self.seconds, len(self.plans), repeat_share(self._shares()), least)
        self.done += max(0, n_iterations)
        return self.left_s > 0

    def _changed(self, batch: range, n_iterations: int) -> Iterator[Found]:
        """Change the plans of a batch, each compared with the others as they are now."""
        work = []
        seconds = math.inf if self.budget.iterations is not None else max(0.0, self.left_s)
        for k in batch:
            others = [table for m, table in enumerate(self.tables) if m != k] or self.tables
            start = Start(
                self.plans[k] if k < len(self.plans) else self.first, (1 - self.within) * self.best,
                self.weights[k], int(self.rng.integers(2**63)), max(0, n_iterations),
                seconds if k < len(self.plans) else math.inf,
            )  # fmt: skip
            wanted = Wanted(self.problem, self.places, self.floors).draw(
                [p for m, p in enumerate(self.present) if m != k], self.n, self.rng
            )
            work.append((start, np.mean(others, axis=0), wanted))
        if self.executor is None:
            for one in work:
                yield _improve(self.given, *one)
        else:
            yield from in_order([self.executor.submit(_improve, self.given, *one) for one in work])

    def _take(self, k: int, plan: Plan | None) -> None:
        """Put a plan in its place, if it may take it."""
        worth = 0.0 if plan is None else value(self.problem, plan)
        if plan is None or worth < (1 - self.within) * self.best - TOLERANCE or check(self.problem, plan):
            if k >= len(self.plans):
                self._set(k, self.first, self.best)
            return
        if self.floors and k < len(self.plans):
            others = [p for m, p in enumerate(self.present) if m != k]
            before = self.floors.missing(self.problem, [*others, self.present[k]])
            if self.floors.missing(self.problem, [*others, presence(self.problem, plan, self.places)]) > before:
                return
        self._set(k, plan, worth)

    def _set(self, k: int, plan: Plan, worth: float) -> None:
        own = stops(self.problem, plan)
        lists: list[tuple[list[Any], Any]] = [
            (self.plans, plan), (self.values, worth), (self.stops, own),
            (self.tables, expected(self.problem, own)), (self.present, presence(self.problem, plan, self.places)),
        ]  # fmt: skip
        for known, one in lists:
            known[k : k + 1] = [one]
        self.best = max(self.best, worth)

    def _shares(self) -> Array:
        return repeats(self.problem, self.stops)

    def result(self) -> Portfolio:
        """Return the portfolio as it is."""
        return Portfolio(
            self.problem, tuple(self.plans), tuple(self.values), self.best, self.within, self._shares(),
            self.places, guarantee(self.problem, self.present), self.floors, self.seed, self.done, self.seconds,
            self.interrupted, tuple(self.stops),
        )  # fmt: skip


_KEPT: list[tuple[Problem, Diversifier]] = []
"""The problem worked on last in this process."""


def _improve(given: Any, start: Start, others: Array, wanted: Sequence[Task]) -> Found:
    """Change a plan, wherever this is called."""
    problem: Problem = opened(given)
    if not _KEPT or _KEPT[0][0] is not problem:
        _KEPT[:] = [(problem, Diversifier(problem))]
    return _KEPT[0][1].improve(start, others, wanted)
