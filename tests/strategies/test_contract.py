"""What every strategy owes: sound plans, honest values, the same plan from the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InfeasibleError, InputError
from routeopt.evaluation import visibility
from routeopt.problem import UNREACHABLE
from routeopt.rules import check
from routeopt.search import schedule as schedule
from routeopt.search.building import Builder
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES, best_response
from routeopt.strategies.libraries.adapter import seconds_of

OPTIONAL = {"pyvrp", "vroom"}
each_strategy = pytest.mark.parametrize("name", STRATEGIES)


@pytest.fixture(autouse=True)
def installed(request):
    """Strategies of extras that are not installed are left out."""
    name = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    if name in OPTIONAL:
        pytest.importorskip(name)


@each_strategy
@pytest.mark.parametrize("seed", range(4))
def test_plan_passes_check_and_value_is_evaluates(make_problem, name, seed):
    size = {"n_sites": 5, "n_steps": 20, "n_teams": 2} if name == "exact" else {}
    problem = make_problem(seed, cut=seed % 2 == 1, **size)
    result = STRATEGIES[name].solve(problem, Budget(iterations=15), seed)
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(visibility(problem, result.plan), rel=1e-9)
    assert result.strategy == name


@each_strategy
def test_same_seed_and_iterations_same_plan(make_problem, name):
    problem = make_problem(7, **({"n_sites": 5, "n_steps": 20, "n_teams": 2} if name == "exact" else {}))
    first, second = (STRATEGIES[name].solve(problem, Budget(iterations=10), 42) for _ in range(2))
    assert first.plan == second.plan


@each_strategy
def test_team_that_cannot_come_home_is_named(make_problem, name):
    problem = make_problem(2, cut=True)
    ends = problem.team_end_site.copy()
    ends[1] = problem.n_sites - 1
    problem = replace(problem, team_end_site=ends)
    assert problem.profiles[1].travel_steps[0, -1] == UNREACHABLE
    with pytest.raises(InfeasibleError, match=r'team "team 1".*no way'):
        STRATEGIES[name].solve(problem, Budget(iterations=1), 0)


def test_best_response_is_ahead_of_greedy_and_the_rest(make_problem):
    """On average over random problems; the ratios on real streets are the benchmark's."""
    values = {
        name: np.mean([s.solve(make_problem(seed), Budget(iterations=40), seed).value for seed in range(5)])
        for name, s in STRATEGIES.items()
        if name in {"best_response", "greedy", "random"}
    }
    assert values["best_response"] > values["greedy"] > values["random"]


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt_returns_the_best_so_far(make_problem, threads):
    def interrupt(seconds, value, bound):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(value)

    calls: list[float] = []
    problem = make_problem(1)
    result = best_response.solve(problem, Budget(seconds=60), 0, progress=interrupt, threads=threads)
    assert result.interrupted
    assert result.value >= calls[-1] > 0
    assert check(problem, result.plan) == []


@pytest.mark.parametrize("budget", [Budget(iterations=60), Budget(no_improvement=30)])
def test_result_does_not_depend_on_chunk_size(make_problem, monkeypatch, budget):
    problem, found = make_problem(3), []
    for chunk in (1, 7, 1000):
        monkeypatch.setattr(schedule.Schedule, "most", lambda self, n=chunk: n)
        found.append(STRATEGIES["best_response"].solve(problem, budget, 5))
    assert found[0].plan == found[1].plan == found[2].plan
    assert found[0].iterations == found[1].iterations == found[2].iterations


def test_threads_same_seed_and_iterations_same_plan_and_better_than_one_of_them(make_problem, monkeypatch):
    monkeypatch.setattr(best_response, "EXCHANGE", 20)
    problem, found = make_problem(3), []
    for chunk in (3, 1000):
        monkeypatch.setattr(schedule.Schedule, "most", lambda self, n=chunk: n)
        found.append(solve(problem, Budget(iterations=70), seed=5, threads=3))
    assert found[0].plan == found[1].plan
    assert check(problem, found[0].plan) == []
    assert found[0].value == pytest.approx(visibility(problem, found[0].plan), rel=1e-9)
    assert found[0].iterations == 70


def test_only_the_default_knows_threads(make_problem):
    with pytest.raises(InputError, match=r'"greedy" runs on one thread only.*use best_response'):
        solve(make_problem(0), Budget(iterations=1), strategy="greedy", threads=2)


def test_initial_plan_is_never_lost(make_problem):
    problem = make_problem(1)
    first = STRATEGIES["best_response"].solve(problem, Budget(iterations=30), 0)
    again = STRATEGIES["best_response"].solve(problem, Budget(iterations=0), 1, initial=first.plan)
    assert again.value >= first.value - 1e-12


@pytest.mark.parametrize(
    ("budget", "spent"),
    [
        (Budget(seconds=5), (5.0, 0)),
        (Budget(iterations=3), (0.0, 3)),
        (Budget(seconds=5, iterations=3), (1.0, 3)),
        (Budget(seconds=5, iterations=3), (5.0, 1)),
        (Budget(no_improvement=2), (0.0, 6, 4)),
    ],
)
def test_budget_ends_at_its_first_limit(budget, spent):
    assert budget.is_spent(*spent)
    assert not budget.is_spent(0.0, 1)


def test_budget_has_no_state(make_problem):
    """A budget that one search has used gives the next the same plan as a new one."""
    used = Budget(no_improvement=30)
    solve(make_problem(3), used, seed=1)
    again, fresh = (solve(make_problem(3), one, seed=2) for one in (used, Budget(no_improvement=30)))
    assert (again.plan, again.iterations) == (fresh.plan, fresh.iterations)


def test_budget_refuses_every_negative_limit_at_once():
    with pytest.raises(InputError) as caught:
        Budget(seconds=-1.0, iterations=-2, no_improvement=float("nan"))
    assert [str(fault).split(": ")[1].split(" ")[0] for fault in caught.value.faults] == [
        "seconds", "iterations", "no_improvement",
    ]  # fmt: skip


def test_share_goes_by_iterations_where_both_are_limited():
    assert Budget(seconds=10, iterations=4).share(9.0, 1) == 0.25
    assert Budget(seconds=10).share(5.0, 1) == 0.5
    assert Budget(iterations=0).share(0.0, 0) == 1.0
    assert Budget(no_improvement=5).share(5.0, 1) is None


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_missing_extra_is_named(make_problem, monkeypatch, name):
    monkeypatch.setattr("importlib.util.find_spec", lambda module: None)
    assert not STRATEGIES[name].supports(make_problem(0))
    with pytest.raises(InputError, match=rf"not installed. Install it: uv sync --extra {name}"):
        STRATEGIES[name].solve(make_problem(0), Budget(iterations=1), 0)


def test_a_plan_from_copies_stays_ten_minutes_or_more_and_visits_in_blocks(make_problem):
    problem = make_problem(0)
    plan = STRATEGIES["ortools_routing"].solve(problem, Budget(iterations=20), 0).plan
    visits = [v for route in plan.routes for v in route.visits]
    assert len(visits) > 3
    assert min(v.activity for v in visits) == 1
    assert len({(v.site, v.start // 60) for v in visits}) == len(visits)


@pytest.mark.parametrize(
    ("budget", "seconds"), [(Budget(seconds=5), 5.0), (Budget(iterations=3), 3600.0), (Budget(iterations=0), 0.0)]
)
def test_seconds_a_library_gets_from_a_budget(budget, seconds):
    assert seconds_of(Builder(budget, None)) == pytest.approx(seconds, abs=1e-2)
