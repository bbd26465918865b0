"""What each rule costs: how much more a plan is worth without it.

Each price is found by a search of the problem without the rule that starts from the plan in force, which is a plan
of that problem too. What such a search gains is not all due to the rule: it would go on improving the plan under
the rule as well. So the same search is made with all rules in force, and the rule's price is what is gained beyond
that; it is never negative. A price is what this search found: the true one is at most the bound on all plans less
the plan's value, where the bound does not depend on the rule.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routeopt.budget import Budget
from routeopt.errors import InfeasibleError, Message, Words, shown
from routeopt.evaluation import coverage, goals
from routeopt.evaluation import value as worth
from routeopt.explain.relaxations import Relaxation, relaxations, same_bound, without
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.strategies import best_response

if TYPE_CHECKING:
    from routeopt.problem.build import Built

ALL = "all"
"""Code of the row in which all rules are left out."""
LEAST = 5e-5
"""Smaller prices round to 0.00 points."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RulePrice:
    """What a rule costs, as a share of the demand."""

    code: str
    title: Message | str
    price: float
    at_most: float | None = None
    """No search could find a greater price; None where no bound is known for plans without the rule."""

    def to_json(self) -> dict[str, Any]:
        """Return code, title in English, price and its limit."""
        return {"rule": self.code, "title": str(self.title), "price": self.price, "at_most": self.at_most}


@dataclass(frozen=True)
class Prices:
    """What the rules of a problem cost; those for which there was no time are missing."""

    rules: tuple[RulePrice, ...] = ()
    unpriced: tuple[str, ...] = ()
    """Codes of the rules for which there was no time."""
    value: float = 0.0
    """Value to which the prices compare: of the plan, or of a better one that was found under all rules."""
    interrupted: bool = False

    def to_json(self) -> dict[str, float]:
        """Rule → price."""
        return {one.code: round(one.price, 9) for one in self.rules}


def rule_prices(
    problem: Problem,
    result: Result,
    budget: Budget,
    *,
    built: Built | None = None,
    rules: Sequence[Relaxation] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Prices:
    """Search for the prices of rules.

    Parameters
    ----------
    result
        The plan in force, which keeps every rule but floors.
    budget
        Of all searches together, shared equally. With iterations alone the prices are reproducible.
    built
        What the problem was built from, for rules of its streets.
    rules
        Default: `relaxations` but parts of others; and all of them together, if there are several.
    progress
        Called with the number of searches that are done, and of all.
    """
    chosen = [one for one in relaxations(problem, built) if not one.is_part] if rules is None else list(rules)
    if not chosen:
        return Prices(value=result.value)
    priced = problem.priced(result.prices)
    runs: list[tuple[str, Message | str, Sequence[Relaxation]]] = [(one.code, one.title, [one]) for one in chosen]
    if rules is None and len(chosen) > 1:
        runs.append((ALL, Message("rule-all"), chosen))
    search = _Searches(result, budget, len(runs) + 1, threads, progress)
    base = max(result.value, search.value(priced) or 0.0)
    found: list[RulePrice] = []
    for code, title, own in runs:
        if search.over:
            break
        try:
            other = without(priced, own)
        except InfeasibleError:  # a scenario that is sound with its rules alone
            continue
        value = search.value(other)
        if value is not None:
            limit = None
            if result.bound is not None and same_bound(problem, other):
                limit = max(0.0, result.bound - base)
            found.append(RulePrice(code, title, min(max(0.0, value - base), limit or math.inf), limit))
    known = {one.code for one in found}
    left = tuple(code for code, _title, _own in runs if code not in known and code != ALL)
    return Prices(tuple(found), left, base, search.interrupted)


class _Searches:
    """Searches from one plan that share a budget."""

    def __init__(self, result: Result, budget: Budget, n: int, threads: int, progress: Progress | None) -> None:
        self._result, self._budget, self._threads, self._progress = result, budget, threads, progress
        self._n, self._done, self._began = n, 0, time.perf_counter()
        self.interrupted = False

    @property
    def over(self) -> bool:
        """Whether no time is left, or the user has ended it."""
        return self.interrupted or self._left() <= 0

    def _left(self) -> float:
        limit = self._budget.seconds
        return math.inf if limit is None else limit - (time.perf_counter() - self._began)

    def value(self, problem: Problem) -> float | None:
        """Return the best plan's value that holds the floors as well as the first plan; None if interrupted."""
        seconds, iterations = self._left() / max(1, self._n - self._done), self._budget.iterations
        own = Budget(
            seconds=None if math.isinf(seconds) else max(0.0, seconds),
            iterations=None if iterations is None else iterations // self._n,
        )
        plan = self._result.plan
        found = best_response.solve(problem, own, self._result.seed, initial=plan, threads=self._threads)
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._n)
        self.interrupted = self.interrupted or found.interrupted
        if found.interrupted:
            return None
        holds = missing(problem, found.plan) <= missing(problem, plan) + 1e-9
        return max(worth(problem, plan), found.value if holds else 0.0)


def missing(problem: Problem, plan: Plan) -> float:
    """Return by how much a plan misses its floors, together."""
    if not problem.goals:
        return 0.0
    return sum(max(0.0, goal.at_least - goal.reached) for goal in goals(problem, plan, coverage(problem, plan)))


def price_words(one: RulePrice, _: Words) -> str:
    """Tell what a rule costs."""
    if one.price < LEAST:
        return str(Message("price-nothing").text(_))
    return Message("price-points", points=f"{100 * one.price:.2f}").text(_)


def limit_words(one: RulePrice, _: Words) -> str:
    """Tell the most that a rule can cost; "" where it is not known."""
    return "" if one.at_most is None else Message("price-at-most", points=f"{100 * one.at_most:.2f}").text(_)


def price_rows(prices: Sequence[RulePrice], _: Words) -> list[tuple[str, str, str]]:
    """List title, price and its limit in the reader's language, the dearest rule first, all together last."""
    ordered = sorted(prices, key=lambda one: (one.code == ALL, -one.price))
    return [(str(shown(one.title, _)), price_words(one, _), limit_words(one, _)) for one in ordered]
