"""The bound: never below any plan, and not far above the best where that is known."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt import Budget, solve
from routeopt.evaluation import visibility
from routeopt.kernels.bound.routes import deliver
from routeopt.kernels.visibility.levels import Route
from routeopt.lagrangian import Dual, bound
from routeopt.search.state import rows


@pytest.mark.parametrize("seed", range(6))
def test_bound_is_never_below_any_plan(make_problem, make_plan, seed):
    problem = make_problem(seed, cut=seed % 2 == 1)
    best = solve(problem, Budget(iterations=300), seed=seed)
    found = bound(problem, Budget(iterations=25), best.plan)
    plans = [best.plan, *(make_plan(problem, n) for n in range(20))]
    assert found.value >= max(visibility(problem, plan) for plan in plans)
    assert found.value <= 1.0
    assert [b for _, b in found.history] == sorted((b for _, b in found.history), reverse=True)


def test_search_lowers_the_bound(make_problem):
    problem = make_problem(0)
    plan = solve(problem, Budget(iterations=300), seed=0).plan
    first, last = (bound(problem, Budget(iterations=n), plan).value for n in (1, 60))
    assert last < first
    assert last < 1.35 * visibility(problem, plan)


def test_same_iterations_same_bound(make_problem):
    problem = make_problem(2)
    first, second = (bound(problem, Budget(iterations=10)).value for _ in range(2))
    assert first == second


def test_interrupt_keeps_the_least_so_far(make_problem):
    def interrupt(seconds, value, least):
        calls.append(least)
        if len(calls) == 3:
            raise KeyboardInterrupt

    calls: list[float] = []
    found = bound(make_problem(1), Budget(iterations=50), progress=interrupt)
    assert found.interrupted
    assert found.value == min(calls)


def given_by(dual, plan):
    """What the plan's routes give every demand point."""
    given, search = dual.split(), dual.search
    for k, route in enumerate(plan.routes):
        visits = rows(route.visits)
        one = Route(
            int(search.teams.profile[k]),
            float(search.teams.factor[k]),
            search.ends[k],
            visits,
            -1,
            search.teams.waits,
        )
        deliver(search.movement, dual.travel[one.p], dual.goods, dual.problem.n_steps, one, dual.width, 1.0, given)
    return np.concatenate([given.here.ravel(), given.leave.ravel()])


@pytest.mark.parametrize("seed", range(8))
def test_points_subproblem_finds_at_least_what_a_plan_gives(make_problem, make_plan, monkeypatch, seed):
    """Where nothing else is to be had, a buyer still finds all goods of a plan, each stay with its departure."""
    monkeypatch.setattr("routeopt.lagrangian.BIN_MIN", 1e-9)  # prices of single steps
    problem = make_problem(seed)
    dual = Dual(problem)
    for plan in [
        solve(problem, Budget(iterations=50), seed=seed).plan,
        *(make_plan(problem, n) for n in range(6)),
    ]:
        prices = np.where(given_by(dual, plan) > 0, 0.0, 1e4)
        gain = dual.solve_points(dual.fine, prices, dual.split())
        worth = visibility(problem, plan) * problem.demand.sum()
        assert worth - 1e-9 <= gain <= 3 * worth


@pytest.mark.parametrize("seed", range(8))
def test_both_halves_hold_at_any_prices(make_problem, make_plan, seed):
    """What a plan's points get is worth no more to them than the best they can buy; its routes earn no more."""
    problem, rng = make_problem(seed, cut=seed % 3 == 1), np.random.default_rng(seed)
    dual = Dual(problem)
    best = solve(problem, Budget(iterations=100), seed=seed).plan
    plans = [best, *(make_plan(problem, n) for n in range(15))]
    marginal = dual.first(plans)
    for trial in range(6):
        spread = (0.0, 0.5, 2.0)[trial % 3]
        prices = marginal * np.exp(spread * rng.standard_normal(len(marginal))) * (0.3, 1.0)[trial % 2]
        if trial == 5:
            prices[: dual.split().here.size] *= 10.0  # presence is bought at a loss, where a departure asks for it
        revenue, _ = dual.solve_routes(prices)
        gain = dual.solve_points(dual.fine, prices, dual.split())
        for plan in plans:
            paid = float(given_by(dual, plan) @ prices)
            worth = visibility(problem, plan) * problem.demand.sum()
            assert paid <= revenue * (1 + 1e-9)
            assert worth - paid <= gain + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_coarse_programmes_gain_about_the_same(make_problem, seed):
    """Longer steps and fewer levels err upwards, and by little."""
    problem = make_problem(seed)
    dual = Dual(problem)
    prices = dual.first([solve(problem, Budget(iterations=100), seed=seed).plan])
    bought = dual.split()
    gain = dual.solve_points(dual.fine, prices, bought)
    assert [programme.every for programme in dual.coarse] == [3, 1]
    for programme in dual.coarse:
        about = dual.split()
        assert gain * (1 - 1e-3) <= dual.solve_points(programme, prices, about) <= 1.1 * gain
        assert about.here.sum() == pytest.approx(bought.here.sum(), rel=0.5)
        assert about.leave.sum() == pytest.approx(bought.leave.sum(), rel=0.3)


def test_bound_of_a_small_problem_is_above_its_optimum(make_problem):
    """Small enough for kernels that are not compiled (.ci/coverage)."""
    problem = make_problem(1, n_sites=4, n_points=5, n_steps=20, n_teams=2)
    best = solve(problem, Budget(iterations=1000), strategy="exact")
    found = bound(problem, Budget(iterations=5), best.plan)
    assert best.value <= found.value <= 1
