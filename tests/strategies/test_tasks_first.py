"""Tasks moved by ruin and recreate: rules kept, level with orienteering on tasks alone, any travel times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, check, solve
from routeopt.evaluation import value
from routeopt.problem.tasks import Task, done, with_tasks
from routeopt.rules import restricted
from routeopt.search.task_routes import TaskRoutes, fit, most_seen
from routeopt.strategies import orienteering, tasks_first


def unseen(problem):
    return replace(problem, team_factor=np.full(problem.n_teams, 1e-9))


def any_travel(problem, seed):
    """The same with travel times of any kind, and nothing passed."""
    rng, profiles = np.random.default_rng(seed), []
    for profile in problem.profiles:
        travel = rng.integers(1, 40, size=(profile.n_sites,) * 2).astype(np.int32)
        np.fill_diagonal(travel, 0)
        nothing = {key: getattr(profile, key)[:0] for key in ("pass_point", "pass_step", "pass_present")}
        nothing |= {"pass_leaves": profile.pass_leaves[:0], "pass_ptr": np.zeros_like(profile.pass_ptr)}
        profiles.append(replace(profile, travel_steps=travel, **nothing))
    return replace(problem, profiles=tuple(profiles))


@pytest.mark.parametrize("seed", range(3))
def test_tasks_alone_are_what_the_kernel_finds(make_problem, make_tasks, seed):
    problem = unseen(make_tasks(make_problem(seed), seed, n_tasks=20))
    result = solve(problem, Budget(iterations=100), seed=seed)
    tables = restricted(problem)
    own = TaskRoutes(tables, tables.tasks.allowed, tables.tasks.mandatory)
    limit = Budget(iterations=100 * tasks_first.ROUNDS)
    routes, _, _ = orienteering.anneal(own.nodes, problem.n_teams, limit, seed, prize=own.prize)
    bare = value(problem, Plan(tuple(Route(k) for k in range(problem.n_teams))))
    won = own.prize[[c for route in routes for c in route]].sum()
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)
    assert result.value == pytest.approx(bare + won, rel=1e-6)


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_any_travel_times_keep_the_rules(make_problem, make_tasks, seed, seen):
    problem = any_travel(make_tasks(make_problem(seed), seed, n_tasks=25), seed)
    problem = problem if seen else unseen(problem)
    assert fit(problem)
    result = solve(problem, Budget(iterations=40), seed=seed)
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)


def test_alternatives_are_done_once_and_mandatory_tasks_first(make_problem):
    windows = ((20, 30), (60, 70))
    tasks = [
        Task("break", 2, windows, 5, 0.0, mandatory=True),
        Task("or there", 3, windows, 5, 0.0, mandatory=True, instead_of="break"),
        *(Task(f"t{q}", 4 + q, ((10, 90),), 6, 0.2) for q in range(8)),
    ]
    problem = unseen(with_tasks(make_problem(0, n_teams=1), tasks))
    result = solve(problem, Budget(iterations=50), seed=1)
    assert check(problem, result.plan) == []
    assert done(problem, result.plan)[:2].sum() == 1


def test_where_tasks_are_little_nothing_is_moved_first(make_problem):
    problem = with_tasks(make_problem(0), [Task("x", 3, ((40, 80),), 5, reward=0.01)] * 1)
    assert not fit(problem)
    assert most_seen(unseen(problem)) < 1e-8 < most_seen(problem)


def test_routes_and_visits_are_each_others(make_problem, make_tasks):
    problem = restricted(make_tasks(make_problem(4), 4, n_tasks=20))
    own = TaskRoutes(problem, problem.tasks.allowed, problem.tasks.mandatory)
    routes, _, _ = orienteering.anneal(own.nodes, problem.n_teams, Budget(iterations=500), 0, prize=own.prize)
    assert any(routes)
    visits = own.visits(routes)
    again = own.visits(own.routes_of(visits))
    assert all(map(np.array_equal, visits, again))


def test_ctrl_c_leaves_the_best_so_far(make_problem, make_tasks):
    problem = unseen(make_tasks(make_problem(1), 1, n_tasks=20))

    def interrupt(seconds: float, found: float, _: float | None) -> None:
        if found > 0.0:
            raise KeyboardInterrupt

    result = solve(problem, Budget(seconds=20), progress=interrupt)
    assert result.interrupted
    assert result.runtime_s < 10
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)
