"""What a strategy says that its plan is worth, and the rules that it keeps, on nights of every kind."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from routeopt import Budget
from routeopt.errors import InfeasibleError
from routeopt.evaluation import value
from routeopt.rules import check
from routeopt.strategies import STRATEGIES
from tests.conftest import random_plan
from tests.properties.variants import KINDS, NIGHTS, SEEDS, plain

pytestmark = pytest.mark.slow

NAMES = [name for name in STRATEGIES if name != "exact" and (name not in ("pyvrp", "vroom") or find_spec(name))]


@given(NIGHTS, st.sampled_from(NAMES), st.integers(0, 12))
def test_a_solvers_value_is_evaluates_and_its_plan_breaks_no_rule(night, name, iterations):
    kind, seed = night
    problem, strategy = KINDS[kind](seed), STRATEGIES[name]
    if not strategy.supports(problem):
        event(f"{name} does not take it")
        return
    try:
        found = strategy.solve(problem, Budget(iterations=iterations), seed)
    except InfeasibleError:
        event(f"{kind}: {name} finds no plan")
        return
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(value(problem, found.plan), abs=1e-9)


@given(SEEDS, SEEDS, st.integers(0, 40))
def test_a_search_never_ends_below_the_plan_that_it_began_with(seed, other, iterations):
    problem = plain(seed)
    plan = random_plan(problem, other)
    found = STRATEGIES["best_response"].solve(problem, Budget(iterations=iterations), seed, initial=plan)
    assert found.value >= value(problem, plan) - 1e-9
    assert check(problem, found.plan) == []
