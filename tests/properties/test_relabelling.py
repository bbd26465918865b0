"""Which number a site or a team has, when a night begins, and in what unit demand is counted change nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt import Budget
from routeopt.errors import InfeasibleError
from routeopt.evaluation import evaluate
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.rules import check
from routeopt.strategies import STRATEGIES
from tests.checker.hard import changed_plan
from tests.conftest import random_plan
from tests.properties import variants
from tests.properties.variants import KINDS, SEEDS, quarters, with_rules

pytestmark = pytest.mark.slow

NIGHTS = st.tuples(st.sampled_from(["changing", "tasked"]), SEEDS, SEEDS)


def figures(problem: Problem, plan: Plan) -> dict[str, object]:
    """All figures, without the lists that go by number."""
    found = asdict(evaluate(problem, plan))
    found["left_out"] = sorted(found["tasks"].pop("left_out"))
    return found


def assert_same_figures(one, other) -> None:
    assert one.keys() == other.keys()
    for name, figure in one.items():
        if isinstance(figure, dict):
            assert_same_figures(figure, other[name])
        elif isinstance(figure, list | tuple) and figure and isinstance(figure[0], dict):
            for a, b in zip(figure, other[name], strict=True):
                assert_same_figures(a, b)
        elif isinstance(figure, float | list | tuple):
            assert other[name] == pytest.approx(figure, abs=1e-9), name
        else:
            assert other[name] == figure, name


def broken(problem: Problem, plan: Plan) -> Counter:
    return Counter(violation.code for violation in check(problem, plan))


@given(SEEDS, SEEDS)
def test_other_numbers_for_teams(seed, other):
    """On nights with every rule, for plans that break some."""
    problem = replace(with_rules(seed), leaving_price=np.empty(0))
    plan = changed_plan(problem, other, other % 4)
    order = np.random.default_rng(other).permutation(problem.n_teams).tolist()
    named, moved = variants.with_teams(problem, order), variants.plan_of_teams(plan, order)
    assert broken(named, moved) == broken(problem, plan)
    assert_same_figures(figures(problem, plan), figures(named, moved))


@given(NIGHTS)
def test_other_numbers_for_sites(night):
    kind, seed, other = night
    problem = KINDS[kind](seed)
    plan = changed_plan_of(problem, other)
    order = np.random.default_rng(other).permutation(problem.n_sites).tolist()
    named, moved = variants.with_sites(problem, order), variants.plan_of_sites(plan, order)
    assert broken(named, moved) == broken(problem, plan)
    assert_same_figures(figures(problem, plan), figures(named, moved))


def changed_plan_of(problem: Problem, seed: int) -> Plan:
    """A plan that keeps the rules, or one of whose stops is a little earlier."""
    plan = random_plan(problem, seed)
    rng = np.random.default_rng(seed)
    routes = list(plan.routes)
    k = int(rng.integers(len(routes)))
    if seed % 2 and routes[k].visits:
        first = routes[k].visits[0]
        visits = (first._replace(start=max(0, first.start - int(rng.integers(1, 5)))), *routes[k].visits[1:])
        routes[k] = replace(routes[k], visits=visits)
    return Plan(tuple(routes))


@given(SEEDS)
def test_the_optimum_does_not_know_numbers(seed):
    problem, rng = quarters(seed), np.random.default_rng(seed)
    sites, teams = rng.permutation(problem.n_sites).tolist(), rng.permutation(2).tolist()
    other = variants.with_teams(variants.with_sites(problem, sites), teams)
    best, again = (STRATEGIES["exact"].solve(one, Budget(iterations=0)).value for one in (problem, other))
    assert again == pytest.approx(best, abs=1e-9)


@given(NIGHTS, st.integers(1, 30))
def test_a_night_that_begins_later_is_the_same_night(night, steps):
    kind, seed, other = night
    problem = KINDS[kind](seed)
    problem = replace(problem, level0=np.zeros(problem.n_points))
    plan = changed_plan_of(problem, other)
    shifted, moved = variants.later(problem, steps), variants.plan_later(plan, steps)
    assert broken(shifted, moved) == broken(problem, plan)
    assert_same_figures(figures(problem, plan), figures(shifted, moved))


@given(NIGHTS, st.integers(0, 23 * 60), st.floats(1e-6, 1e6))
def test_neither_the_clock_nor_the_unit_of_demand_is_in_the_figures(night, start, factor):
    kind, seed, other = night
    problem = KINDS[kind](seed)
    plan = changed_plan_of(problem, other)
    changed = replace(problem, clock=replace(problem.clock, start_min=start), demand=problem.demand * factor)
    assert broken(changed, plan) == broken(problem, plan)
    assert_same_figures(figures(problem, plan), figures(changed, plan))


@given(NIGHTS, st.integers(0, 23 * 60), st.integers(-20, 20))
def test_a_search_finds_the_same_plan_by_another_clock_and_unit_of_demand(night, start, power):
    """Powers of two, by which numbers are multiplied without rounding."""
    kind, seed, other = night
    problem = KINDS[kind](seed)
    changed = replace(problem, clock=replace(problem.clock, start_min=start), demand=problem.demand * 2.0**power)
    strategy, budget = STRATEGIES["best_response"], Budget(iterations=5)
    try:
        one = strategy.solve(problem, budget, other % 100)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            strategy.solve(changed, budget, other % 100)
        return
    two = strategy.solve(changed, budget, other % 100)
    assert two.plan == one.plan
    assert two.value == pytest.approx(one.value, abs=1e-9)
