"""What each rule costs: how much more a plan is worth without it.

Each price is found by a search of the problem without the rule that starts from the plan in force, which is a plan
of that problem too. What such a search gains is not all due to the rule: it would go on improving the plan under
the rule as well. So the same search is made with all rules in force, and the rule's price is what is gained beyond
that; it is never negative. A price is what this search found: the true one is at most the bound on all plans less
the plan's value, where the bound does not depend on the rule.

A short search hardly ever finds a plan that is better and holds a dozen floors to the last tenth of a per cent.
Floors therefore count as the search for the plan in force priced them: what a plan misses of one, beyond what the
plan in force misses, counts at the floor's price (a Lagrangian relaxation with fixed multipliers). Of a floor
without a price no plan may miss more than the plan in force. Stops outside zones that have a price for leaving
count likewise, as far as they cost more than those of the plan in force.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from routeopt.budget import Budget
from routeopt.errors import Message, Words, shown
from routeopt.evaluation import coverage, goals, left
from routeopt.evaluation import value as worth
from routeopt.explain.relaxations import Relaxation, relaxations, same_bound, without
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.rules import check

if TYPE_CHECKING:
    from routeopt.problem.build import Built

ALL = "all"
"""Code of the row in which all rules are left out."""
LEAST_S = 0.5
"""Shorter searches find nothing; where there is no time for all rules, some are left out."""
WARM = 0.02
"""First temperature of the searches: they start from a good plan, and are short."""
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


def prices_json(prices: Iterable[RulePrice]) -> dict[str, float]:
    """Return rule → what it costs, a share of the demand."""
    return {one.code: round(one.price, 9) for one in prices}


def titles(problem: Problem, built: Built | None = None) -> dict[str, Message | str]:
    """Return code → title of every rule that a problem has, and of all together."""
    return {ALL: Message("rule-all"), **{one.code: one.title for one in relaxations(problem, built)}}


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
    asked = [_Row(one.code, one.title, (one,)) for one in chosen]
    if len(chosen) > 1 and rules is None:
        asked.insert(0, _Row(ALL, Message("rule-all"), tuple(chosen)))
    search = _Searches(problem.priced(result.prices), result, budget, len(asked) + 1, threads, progress)
    search.run(search.problem)
    found: list[tuple[_Row, Problem]] = []
    for row in asked:
        if search.over:
            break
        other = without(search.problem, row.rules)
        if search.run(other):
            found.append((row, other))
    base = search.best(search.problem)
    rows = []
    for row, other in found:
        limit = None
        if result.bound is not None and same_bound(problem, other):
            limit = max(0.0, result.bound - base)
        price = max(0.0, search.best(other) - base)
        rows.append(RulePrice(row.code, row.title, price if limit is None else min(price, limit), limit))
    most = max((one.price for one in rows), default=0.0)  # without any rule there is no less than without one
    rows = [replace(one, price=most) if one.code == ALL else one for one in rows]
    known = {one.code for one in rows} | {ALL}
    left = tuple(row.code for row in asked if row.code not in known)
    return Prices(tuple(rows), left, base, search.interrupted)


class _Row(NamedTuple):
    """Rules that are left out together."""

    code: str
    title: Message | str
    rules: tuple[Relaxation, ...]


class _Found(NamedTuple):
    """A plan that a search has found."""

    plan: Plan
    value: float
    reached: dict[str, float]
    """Goal → how much of it the plan reaches."""
    left: float
    """What its stops outside their teams' zones cost under all rules."""
    of: Problem
    """The problem that was searched."""


class _Searches:
    """Searches from one plan that share a budget, and the plans that they find.

    A plan that was found without some rules may keep them, or others; so each plan counts wherever it fits.
    """

    def __init__(
        self,
        problem: Problem,
        result: Result,
        budget: Budget,
        n: int,
        threads: int,
        progress: Progress | None,
    ) -> None:
        self.problem, self._result, self._threads, self._progress = problem, result, threads, progress
        self._budget, self._n, self._done, self._began = budget, n, 0, time.perf_counter()
        self.interrupted = False
        self._plans = [self._found(result.plan, problem)]

    @property
    def over(self) -> bool:
        """Whether no time is left, or the user has ended it."""
        return self.interrupted or self._left() <= 0

    def _left(self) -> float:
        limit = self._budget.seconds
        return math.inf if limit is None else limit - (time.perf_counter() - self._began)

    def run(self, problem: Problem) -> bool:
        """Search for a plan of a problem with fewer rules; return whether the search came to its end."""
        from routeopt.strategies import best_response  # not before: readers of plans need no kernels

        runs = self._n - self._done
        seconds, iterations = self._left(), self._budget.iterations
        own = Budget(
            seconds=None if math.isinf(seconds) else max(seconds / runs, min(LEAST_S, max(0.0, seconds))),
            iterations=None if iterations is None else iterations // self._n,
        )
        start = self._result.plan
        found = best_response.solve(
            problem, own, self._result.seed, initial=start, threads=self._threads, hot=WARM
        )
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._n)
        self.interrupted = self.interrupted or found.interrupted
        if not found.interrupted:
            self._plans.append(self._found(found.plan, problem))
        return not found.interrupted

    def _found(self, plan: Plan, problem: Problem) -> _Found:
        figures = goals(self.problem, plan, coverage(self.problem, plan)) if self.problem.goals else ()
        reached = {goal.name: goal.reached for goal in figures}
        return _Found(plan, worth(problem, plan), reached, left(self.problem, plan), problem)

    def best(self, problem: Problem) -> float:
        """Return what the best plan is worth that keeps a problem's rules, floors at their prices."""
        first = self._plans[0]
        if first.of.profiles is not problem.profiles:  # on other streets the first is worth something else
            first = self._found(first.plan, problem)
        least = missing(problem, first.reached) + 1e-9
        value = first.value
        for one in self._plans:
            own = priced(problem, one.value, one.reached, first.reached)
            if (problem.leaving_price > 0).any():
                own -= max(0.0, one.left - first.left)
            if one.of.profiles is problem.profiles and own > value:
                fits = missing(problem, one.reached) <= least and not check(problem, one.plan)
                value = own if fits else value
        return value


def priced(problem: Problem, value: float, reached: Mapping[str, float], before: Mapping[str, float]) -> float:
    """Return the value of a plan less the prices of what it misses of floors more than the plan before.

    Example (by hand): with a floor of 0.30 and a price of 2 that the plan before holds, a plan worth 0.50 that
    reaches 0.28 counts 0.46.
    """
    wanted = {goal.name: min(goal.at_least, before[goal.name]) for goal in problem.goals}
    return value - sum(goal.price * max(0.0, wanted[goal.name] - reached[goal.name]) for goal in problem.goals)


def missing(problem: Problem, reached: Mapping[str, float]) -> float:
    """Return by how much the floors of a problem that have no price are missed, together."""
    return sum(max(0.0, goal.at_least - reached[goal.name]) for goal in problem.goals if not goal.price)


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
