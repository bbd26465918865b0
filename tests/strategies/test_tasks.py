"""Tasks in the strategies: rules kept, values honest, the optimum of small nights, clear words where none fits."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, Visit, check, solve
from routeopt.clock import Clock
from routeopt.errors import InfeasibleError
from routeopt.evaluation import evaluate, value
from routeopt.lagrangian import bound
from routeopt.problem.access import Access
from routeopt.problem.tasks import Task, done, reachable, with_tasks
from routeopt.search.required import skeleton
from routeopt.search.state import Search
from routeopt.strategies import STRATEGIES

OPTIONAL = {"pyvrp", "vroom"}
each_strategy = pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"exact"}))


@pytest.fixture(autouse=True)
def installed(request):
    name = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    if name in OPTIONAL:
        pytest.importorskip(name)


def small(make_problem, seed, n_sites=6):
    """Two hours in quarters of an hour, two teams, every place a step or two from every other."""
    problem = make_problem(seed, n_sites=n_sites, n_points=8, n_steps=8, n_teams=2)
    rng = np.random.default_rng(seed)
    profiles = []
    for profile in problem.profiles:
        travel = rng.integers(1, 3, size=(n_sites, n_sites)).astype(np.int32)
        np.fill_diagonal(travel, 0)
        nothing = {key: getattr(profile, key)[:0] for key in ("pass_point", "pass_step", "pass_present")}
        nothing |= {"pass_leaves": profile.pass_leaves[:0], "pass_ptr": np.zeros_like(profile.pass_ptr)}
        profiles.append(replace(profile, travel_steps=travel, **nothing))
    return replace(
        problem, clock=Clock(start_min=19 * 60, n_steps=8, step_s=900), profiles=tuple(profiles),
        dwell_steps=np.array([1, 2], dtype=np.int32), dwell_effect=np.array([0.85, 1.0]),
        team_start_step=np.zeros(2, dtype=np.int32), team_end_step=np.array([8, 7], dtype=np.int32),
    )  # fmt: skip


def tasks_alone(problem):
    """The same with teams that nobody sees: rewards are all there is to win."""
    return replace(problem, team_factor=np.full(problem.n_teams, 1e-9))


@each_strategy
@pytest.mark.parametrize("seed", range(3))
def test_plan_keeps_the_rules_and_value_is_evaluates(make_problem, make_tasks, name, seed):
    problem = make_tasks(make_problem(seed), seed, n_mandatory=2)
    assert reachable(problem)[:2].any(axis=1).all()
    result = STRATEGIES[name].solve(problem, Budget(iterations=15), seed)
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)
    assert all(v >= 0 for _, v in result.history)


@each_strategy
def test_same_seed_and_iterations_same_plan(make_problem, make_tasks, name):
    problem = make_tasks(make_problem(5), 5, n_mandatory=1)
    first, second = (STRATEGIES[name].solve(problem, Budget(iterations=10), 42) for _ in range(2))
    assert first.plan == second.plan


def test_oracle_agrees_with_trying_everything_by_the_specification(make_problem):
    """By `evaluate` and `check` alone, on a night short enough to try all plans; one task is at the post."""
    problem = replace(small(make_problem, 1, n_sites=3), team_end_step=np.array([4, 4], dtype=np.int32))
    problem = with_tasks(
        problem,
        [Task("a", 0, ((1, 3),), 1, reward=0.2), Task("b", 2, ((0, 2),), 1, 0.1, mandatory=True)],
    )
    visits = [Visit(s, t, d) for s in (1, 2) for t in range(4) for d in (0, 1)]
    visits += [Visit(0, t, 2) for t in range(4)] + [Visit(2, t, 3) for t in range(4)]
    alone = [
        [r for n in range(4) for r in product(visits, repeat=n) if not _broken(problem, k, r)] for k in (0, 1)
    ]
    plans = [Plan((Route(0, a), Route(1, b))) for a, b in product(*alone)]
    best = max(value(problem, plan) for plan in plans if not check(problem, plan))
    found = STRATEGIES["exact"].solve(problem, Budget(iterations=0))
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(best, rel=1e-12)


def _broken(problem, team, visits):
    routes = [Route(0), Route(1)]
    routes[team] = Route(team, visits)
    own = Plan(tuple(routes))
    return [v for v in check(problem, own) if v.code != "required"]


@pytest.mark.slow
@pytest.mark.parametrize("alone", [False, True])
def test_default_strategy_and_bound_against_the_optimum(make_problem, make_tasks, alone):
    """With demand and with tasks alone: the default's mean gap is at most 0.5 %, no bound is too low."""
    gaps = []
    for seed in range(16):
        problem = make_tasks(small(make_problem, seed), seed, n_tasks=5, n_mandatory=1)
        if alone:
            problem = tasks_alone(problem)
        try:
            best = STRATEGIES["exact"].solve(problem, Budget(iterations=0)).value
        except InfeasibleError:
            with pytest.raises(InfeasibleError):
                solve(problem, Budget(iterations=10))
            continue
        plan = solve(problem, Budget(iterations=800), seed=seed)
        assert check(problem, plan.plan) == []
        assert plan.value <= best * (1 + 1e-12)
        assert bound(problem, Budget(iterations=20), plan.plan).value >= best * (1 - 1e-12)
        gaps.append(1 - plan.value / best)
    assert len(gaps) > 10
    assert np.mean(gaps) <= 0.005, gaps


@pytest.mark.parametrize("seed", range(3))
def test_bound_is_never_below_a_plan_with_tasks(make_problem, make_tasks, make_plan, seed):
    problem = make_tasks(make_problem(seed), seed)
    best = solve(problem, Budget(iterations=200), seed=seed)
    found = bound(problem, Budget(iterations=20), best.plan).value
    assert found >= max(value(problem, plan) for plan in [best.plan, *(make_plan(problem, n) for n in range(10))])


def test_a_task_at_a_place_for_no_stops_is_done_in_time_to_the_step(make_problem):
    """The window is one step wide; the post itself is no place to stop."""
    problem = with_tasks(make_problem(0), [Task("sharp", 0, ((61, 61),), 4, reward=0.3)])
    plan = solve(problem, Budget(iterations=30), seed=1).plan
    assert [v for r in plan.routes for v in r.visits if v.activity == 4] == [Visit(0, 61, 4)]


def test_two_tasks_at_one_place_are_done_in_one_stay(make_problem):
    tasks = [Task("a", 3, ((50, 50),), 4, reward=0.5), Task("b", 3, ((54, 56),), 6, reward=0.5)]
    problem = with_tasks(make_problem(0, n_teams=1), tasks)
    result = solve(problem, Budget(iterations=30), seed=1)
    assert check(problem, result.plan) == []
    assert evaluate(problem, result.plan).tasks.done == 2
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)


def test_a_task_is_left_to_the_team_that_may_do_it(make_problem):
    problem = with_tasks(make_problem(0), [Task("x", 3, ((40, 80),), 5, reward=0.5, teams=frozenset({2}))])
    plan = solve(problem, Budget(iterations=30), seed=1).plan
    assert [route.team for route in plan.routes if any(v.activity == 4 for v in route.visits)] == [2]


def test_task_that_wins_nothing_is_left_out_unless_mandatory(make_problem):
    """Far into the night at an unlit corner: nobody goes for nothing."""
    problem = make_problem(3)
    worthless = [with_tasks(problem, [Task("x", 9, ((60, 60),), 30, 0.0, mandatory=m)]) for m in (False, True)]
    plans = [solve(p, Budget(iterations=40), seed=1).plan for p in worthless]
    done = [evaluate(p, plan).tasks.done for p, plan in zip(worthless, plans, strict=True)]
    assert done == [0, 1]


# what cannot be held ----------------------------------------------------------------------------------------


@each_strategy
def test_mandatory_task_that_nobody_may_do_is_named(make_problem, name):
    problem = with_tasks(make_problem(0), [Task("x", 3, ((50, 60),), 5, mandatory=True, teams=frozenset())])
    with pytest.raises(InfeasibleError, match=r'task "x".*no team may do it'):
        STRATEGIES[name].solve(problem, Budget(iterations=1), 0)


@each_strategy
def test_mandatory_task_that_nobody_reaches_is_named_with_its_window(make_problem, name):
    problem = with_tasks(make_problem(0), [Task("x", 3, ((0, 1),), 5, mandatory=True)])
    with pytest.raises(InfeasibleError, match=r'task "x".*team 0, team 1, team 2.*within 19:00–19:01'):
        STRATEGIES[name].solve(problem, Budget(iterations=1), 0)


@each_strategy
def test_mandatory_tasks_that_exclude_each_other_are_named_and_no_others(make_problem, name):
    """Four at the same step for three teams would do; here two for one team, and two that bother nobody."""
    one = frozenset({0})
    tasks = [
        Task("fine", 2, ((40, 60),), 5, mandatory=True),
        Task("left", 3, ((50, 50),), 5, mandatory=True, teams=one),
        Task("right", 4, ((52, 52),), 5, mandatory=True, teams=one),
        Task("also fine", 5, ((70, 100),), 5, mandatory=True, teams=one),
    ]
    with pytest.raises(InfeasibleError, match=r'"left", "right".*exclude each other') as caught:
        STRATEGIES[name].solve(with_tasks(make_problem(0), tasks), Budget(iterations=1), 0)
    assert "fine" not in str(caught.value).replace("Maybe", "")


def test_many_mandatory_tasks_that_fit_only_in_combination_are_done(make_problem):
    """Each team may do two of six, in an order that the first team's own best route would spoil."""
    teams = [frozenset({0, 1}), frozenset({0}), frozenset({1, 2}), frozenset({1}), frozenset({2}), frozenset({2})]
    tasks = [
        Task(f"t{q}", q + 2, ((35 + 12 * (q % 2), 38 + 14 * (q % 2)),), 3, 0.0, mandatory=True, teams=who)
        for q, who in enumerate(teams)
    ]
    problem = make_problem(0)
    problem = with_tasks(
        replace(problem, team_start_step=np.zeros(3, np.int32), passage_effect=0.0, profiles=tuple(
            replace(p, travel_steps=np.minimum(p.travel_steps, 8), pass_ptr=np.zeros_like(p.pass_ptr),
                    pass_point=p.pass_point[:0], pass_step=p.pass_step[:0],
                    pass_present=p.pass_present[:0], pass_leaves=p.pass_leaves[:0])
            for p in problem.profiles
        )), tasks[:5],
    )  # fmt: skip
    plan = solve(problem, Budget(iterations=5), seed=1).plan
    assert check(problem, plan) == []


@pytest.mark.parametrize("seed", range(6))
def test_mandatory_tasks_bring_no_team_back_where_it_must_not_return(make_problem, seed):
    """Least travel would be one team at sites 1, 2 and 1 again, in this order; the other begins far away."""
    problem = make_problem(seed, n_teams=2)
    far = np.argmax(problem.profiles[1].steps_to(1)[1:]) + 1
    ends = {name: np.array([0, far], dtype=np.int32) for name in ("team_start_site", "team_end_site")}
    problem = replace(problem, access=Access(no_return=np.arange(problem.n_sites) == 1), **ends)
    windows = ((25, 27), (55, 57), (85, 87))
    tasks = [
        Task(name, site, (window,), 3, mandatory=True)
        for name, site, window in zip("abc", (1, 2, 1), windows, strict=True)
    ]
    problem = with_tasks(problem, tasks)
    search = Search(problem)
    plan = search.plan(skeleton(search))
    assert check(problem, plan) == []
    assert done(problem, plan).tolist() == [1, 1, 1]
