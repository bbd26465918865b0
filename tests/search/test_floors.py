"""Floors held by prices: raised until they hold, at the least loss; the rest of a search knows nothing of them."""

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.dispatch.replan import replan
from routeopt.dispatch.situation import Situation
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.lagrangian import bound
from routeopt.problem.goals import Goal
from routeopt.rules import check
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES

BUDGET = Budget(iterations=2500)


def reached(problem, plan):
    return [goal.reached for goal in evaluate(problem, plan).goals]


def _between(problem, plan):
    """Return floors between what a plan reaches of each goal and what another one does that has no other goal."""
    for goal, least in zip(problem.goals, reached(problem, plan), strict=True):
        alone = replace(problem, goals=(goal,))
        (most,) = reached(alone, solve(alone, BUDGET).plan)
        yield 0.85 * least + 0.15 * most


@pytest.fixture
def night(make_problem):
    """A night with goals between what its best plan reaches and what can be reached, and that plan."""
    problem = make_problem(3)
    north = np.array(problem.point_zone) == "north"
    goals = Goal("reached", 1.0, radius=0), Goal("north", 1.0, points=north, steps=(20, 99))
    asked = replace(problem, goals=goals)
    free = solve(problem, BUDGET)
    goals = tuple(
        replace(goal, at_least=floor) for goal, floor in zip(goals, _between(asked, free.plan), strict=True)
    )
    return replace(problem, goals=goals), free


@pytest.mark.parametrize("some", [(0,), (1,), (0, 1)], ids=["reached", "seen", "both"])
def test_floors_hold_at_a_small_loss(night, some):
    problem, free = night
    problem = replace(problem, goals=tuple(problem.goals[g] for g in some))
    assert not any(goal.holds for goal in evaluate(problem, free.plan).goals)
    found = solve(problem, BUDGET)
    figures = evaluate(problem, found.plan)
    assert all(goal.holds for goal in figures.goals)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(figures.value, rel=1e-12)
    assert 0.9 * free.value < found.value < free.value + 1e-3


def test_a_floor_that_holds_anyway_costs_nothing(night):
    problem, free = night
    easy = tuple(replace(goal, at_least=0.5 * goal.at_least) for goal in problem.goals)
    found = solve(replace(problem, goals=easy), BUDGET)
    assert found.value > 0.99 * free.value
    assert found.prices == (0, 0)


def test_of_floors_out_of_reach_the_plan_misses_least(make_problem):
    problem = make_problem(4)
    goal = Goal("reached", 1.0, radius=0)
    asked = replace(problem, goals=(goal,))
    found, free = solve(asked, BUDGET), solve(problem, BUDGET)
    assert not check(problem, found.plan)
    assert reached(asked, free.plan)[0] < reached(asked, found.plan)[0] < 1
    assert found.prices[0] > 1


def test_the_same_seed_gives_the_same_plan_on_any_machine(night):
    problem, _ = night
    budget = Budget(iterations=450)
    plans = [solve(problem, budget, seed=5).plan for _ in range(2)]
    assert plans[0] == plans[1] != solve(problem, budget, seed=6).plan
    assert solve(problem, budget, seed=5, threads=2).plan == solve(problem, budget, seed=5, threads=2).plan


def test_mandatory_tasks_come_before_floors(make_problem, make_tasks):
    problem = replace(make_tasks(make_problem(2), 2, n_mandatory=3), goals=(Goal("reached", 1.0, radius=0),))
    found = solve(problem, BUDGET)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-12)


def test_a_plan_is_changed_under_its_prices(night):
    problem, _ = night
    priced = replace(problem, goals=tuple(replace(goal, price=1.0) for goal in problem.goals))
    plan = solve(problem, BUDGET).plan
    budget = Budget(iterations=60)
    after, before = (replan(p, plan, Situation(step=30), budget) for p in (priced, problem))
    assert after.value == pytest.approx(evaluate(problem, after.plan).value, rel=1e-12)
    assert sum(reached(problem, after.plan)) > sum(reached(problem, before.plan))


def test_the_bound_leaves_floors_out(night):
    problem, _ = night
    budget = Budget(iterations=5)
    plan = solve(problem, Budget(iterations=100)).plan
    assert bound(problem, budget, plan).value == bound(replace(problem, goals=()), budget, plan).value


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "best_response"])
def test_strategies_that_cannot_hold_floors_refuse_them_by_name(night, strategy):
    problem, _ = night
    assert not STRATEGIES[strategy].supports(problem)
    with pytest.raises(InputError, match=f"(?s){strategy}.*best_response"):
        solve(problem, BUDGET, strategy=strategy)
