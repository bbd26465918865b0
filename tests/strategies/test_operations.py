"""Breaks, fixed posts, crews and stops kept apart: kept by every strategy, and as good as the optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, Visit, check
from routeopt.errors import InfeasibleError
from routeopt.evaluation import evaluate, value
from routeopt.lagrangian import bound
from routeopt.problem.activities import Sort
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search.crews import split
from routeopt.search.state import Search
from routeopt.strategies import STRATEGIES
from tests.strategies.test_tasks import small

BUILT_IN = ("best_response", "greedy", "beats", "random")
OPTIONAL = ("pyvrp", "vroom")


def operations(problem, seed):
    """Random rules of an operation: a crew, a post, a break at one of three places, time between stops."""
    rng, tasks = np.random.default_rng(seed), []
    n, n_teams, n_sites = problem.n_steps, problem.n_teams, problem.n_sites
    resting = int(rng.integers(n_teams))
    if rng.random() < 0.7:
        a, lead = int(rng.integers(0, n - 2)), frozenset({int(rng.integers(n_teams))})
        tasks.append(
            Task(
                "joint", int(rng.integers(n_sites)), ((a, min(n - 1, a + 2)),), int(rng.integers(1, 3)),
                float(rng.uniform(0, 0.05)), bool(rng.random() < 0.5), crew=2,
                lead=lead if rng.random() < 0.5 else None,
            )
        )  # fmt: skip
    if rng.random() < 0.5:
        a = int(rng.integers(1, n - 2))
        tasks.append(
            Task(
                "post", int(rng.integers(n_sites)), ((a, a),), int(rng.integers(1, 3)), 0.03,
                bool(rng.random() < 0.5), crew=int(rng.integers(1, 3)), sort=Sort.POST,
                free=bool(rng.random() < 0.3),
            )
        )  # fmt: skip
    if rng.random() < 0.7:
        a, length = int(rng.integers(1, n // 2)), int(rng.integers(1, 3))
        span = (a, int(rng.integers(a, n - 2)))
        for k, site in enumerate(rng.choice(n_sites, size=3, replace=False).tolist()):
            tasks.append(
                Task(
                    f"break {k}", site, (span,), length, 0.0, True, frozenset({resting}), presence=0.0,
                    sort=Sort.BREAK, instead_of="break 0" if k else None,
                )
            )  # fmt: skip
        if rng.random() < 0.6:
            longest = np.zeros(n_teams, dtype=np.int32)
            longest[resting] = int(rng.integers(n // 2, n))
            problem = replace(problem, longest_work=longest)
    problem = with_tasks(problem, tasks)
    return replace(problem, spacing_steps=int(rng.integers(2, 4))) if rng.random() < 0.5 else problem


def solved(name, problem, seed, iterations):
    """A strategy's result; None if it finds that no plan exists."""
    try:
        return STRATEGIES[name].solve(problem, Budget(iterations=iterations), seed)
    except InfeasibleError:
        return None


@pytest.mark.parametrize("part", range(3))
def test_plans_of_random_operations_break_no_rule_and_are_nearly_optimal(make_problem, part):
    """Thirty mixes of rules: the gap to the optimum, proven by trying every route."""
    gaps = []
    for seed in range(10 * part, 10 * part + 10):
        problem = operations(small(make_problem, seed, n_sites=4), seed)
        best = solved("exact", problem, seed, 0)
        for name in BUILT_IN:
            found = solved(name, problem, seed, 800)
            assert (found is None) == (best is None), (seed, name)
            if found is not None:
                assert check(problem, found.plan) == [], (seed, name)
                assert found.value == pytest.approx(value(problem, found.plan), rel=1e-9)
                assert found.value <= best.value + 1e-9
                if name == "best_response":
                    gaps.append((best.value - found.value) / best.value)
    assert np.mean(gaps) <= 0.005


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {*BUILT_IN, "exact"}))
@pytest.mark.parametrize("seed", range(4))
def test_libraries_keep_the_rules_too(make_problem, name, seed):
    if name in OPTIONAL:
        pytest.importorskip(name)
    problem = operations(small(make_problem, seed, n_sites=4), seed)
    found = solved(name, problem, seed, 20)
    assert found is None or check(problem, found.plan) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_larger_nights_with_random_operations(make_problem, part):
    """Five hundred mixes, on nights of two hours with three teams, by the default and the baselines."""
    for seed in range(50 * part, 50 * part + 50):
        problem = operations(make_problem(seed, n_sites=8, n_points=10, n_steps=60), seed)
        problem = replace(problem, spacing_steps=5 * problem.spacing_steps)
        name = BUILT_IN[seed % len(BUILT_IN)]
        found = solved(name, problem, seed, 60)
        if found is not None:
            assert check(problem, found.plan) == [], (seed, name)
            assert found.value == pytest.approx(value(problem, found.plan), rel=1e-9), (seed, name)


def night(make_problem, *tasks, **changes):
    """A small night with tasks, two teams that may do all of them."""
    return replace(with_tasks(small(make_problem, 3, n_sites=4), list(tasks)), **changes)


def test_a_crew_begins_together_and_is_as_many_as_it_takes(make_problem):
    problem = night(make_problem, Task("joint", 2, ((2, 4),), 2, 0.1, True, crew=2))
    visit = Visit(2, 3, problem.activities.of_task(0))
    both = Plan((Route(0, (visit,)), Route(1, (visit,))))
    apart = Plan((Route(0, (visit,)), Route(1, (visit._replace(start=4),))))
    alone = Plan((Route(0, (visit,)), Route(1, ())))
    assert check(problem, both) == []
    assert [found.code for found in check(problem, apart)] == ["crew-apart"]
    assert [found.code for found in check(problem, alone)] == ["crew-few"]
    assert evaluate(problem, both).tasks.reward == pytest.approx(0.1)


def test_one_of_the_crew_is_of_those_that_must_be_there(make_problem):
    task = Task("joint", 2, ((2, 4),), 1, 0.1, True, crew=1, teams=frozenset({0, 1}))
    problem = night(make_problem, replace(task, crew=2, lead=frozenset({1})))
    both = Plan((Route(0, (Visit(2, 3, 2),)), Route(1, (Visit(2, 3, 2),))))
    assert check(problem, both) == []
    lead = problem.tasks.lead.copy()
    lead[:] = False
    nobody = replace(problem, tasks=replace(problem.tasks, lead=lead))
    assert [found.code for found in check(nobody, both)] == ["crew-lead"]


def test_alternatives_are_done_once_and_any_of_them_will_do(make_problem):
    first = Task("break", 1, ((2, 6),), 1, 0.0, True, frozenset({0}), presence=0.0, sort=Sort.BREAK)
    problem = night(make_problem, first, replace(first, name="break (2)", site=2, instead_of="break"))
    here, there = (Visit(i, t, problem.activities.of_task(q)) for q, (i, t) in enumerate(((1, 2), (2, 5))))
    idle = Route(1, ())
    assert check(problem, Plan((Route(0, (there,)), idle))) == []
    assert [found.code for found in check(problem, Plan((Route(0, ()), idle)))] == ["required"]
    assert [found.code for found in check(problem, Plan((Route(0, (here, there)), idle)))] == ["once"]
    assert evaluate(problem, Plan((Route(0, (there,)), idle))).tasks.left_out == ()


def test_a_break_is_neither_seen_nor_free_and_ends_the_stay_before_it(make_problem):
    rest = Task("break", 1, ((4, 4),), 2, 0.0, False, frozenset({0}), presence=0.0, sort=Sort.BREAK)
    problem = night(make_problem, rest)
    stop = Visit(1, 3, 0)
    with_rest = Plan((Route(0, (stop, Visit(1, 4, problem.activities.of_task(0)))), Route(1, ())))
    search = Search(problem)
    assert search.value(search.rows_of(with_rest)) == pytest.approx(value(problem, with_rest), rel=1e-12)
    seen_on = Plan((Route(0, (stop._replace(activity=0), Visit(1, 4, 1))), Route(1, ())))
    assert value(problem, with_rest) < value(problem, seen_on)


def test_stops_too_close_and_a_shift_without_a_break_are_told(make_problem):
    rest = Task("break", 2, ((1, 6),), 1, 0.0, True, frozenset({0}), presence=0.0, sort=Sort.BREAK)
    problem = night(make_problem, rest, spacing_steps=4, longest_work=np.array([5, 0], dtype=np.int32))
    what = problem.activities.of_task(0)
    close = Plan((Route(0, (Visit(2, 3, what),)), Route(1, (Visit(1, 2, 0), Visit(2, 5, 0)))))
    assert [found.code for found in check(problem, close)] == ["too-soon"]
    late = Plan((Route(0, (Visit(2, 6, what),)), Route(1, ())))
    assert "no-break" in [found.code for found in check(problem, late)]


def test_two_breaks_keep_the_longest_time_whenever_they_begin(make_problem):
    """Every pair of starts that the tables allow keeps the rule."""
    problem = make_problem(1, n_sites=4, n_points=6, n_steps=60, n_teams=1)
    rests = [
        Task(name, 1, ((a, b),), 5, 0.0, True, frozenset({0}), presence=0.0, sort=Sort.BREAK)
        for name, a, b in (("first", 5, 40), ("second", 10, 50))
    ]
    problem = replace(with_tasks(problem, rests), longest_work=np.array([20], dtype=np.int32))
    tables = Search(problem).problem.tasks
    spans = list(zip(tables.opens.tolist(), tables.closes.tolist(), strict=True))
    begin, finish = int(problem.team_start_step[0]), int(problem.team_end_step[0])
    assert all(a <= b for a, b in spans)
    for one in range(spans[0][0], spans[0][1] + 1):
        for two in range(spans[1][0], spans[1][1] + 1):
            assert max(one - begin, two - one - 5, finish - two - 5) <= 20


def test_parts_of_a_crew_are_told_back_as_its_task(make_problem):
    problem = night(make_problem, Task("joint", 2, ((2, 4),), 1, 0.1, True, crew=2))
    told, parts = split(problem)
    assert parts == {0: [0, 1]}
    assert told.tasks.reward.tolist() == [0.05, 0.05]
    search = Search(problem)
    visit = Visit(2, 3, problem.activities.of_task(0))
    plan = Plan((Route(0, (visit,)), Route(1, (visit,))))
    rows = search.rows_of(plan)
    assert sorted(int(route[0, 2]) - problem.activities.first_task for route in rows) == [0, 1]
    assert search.plan(rows) == plan
    assert search.value(rows) == pytest.approx(value(problem, plan), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_holds(make_problem, seed):
    problem = operations(small(make_problem, seed, n_sites=4), seed)
    best = solved("exact", problem, seed, 0)
    if best is not None:
        assert bound(problem, Budget(seconds=1)).value >= best.value - 1e-9


def test_same_seed_and_iterations_same_plan(make_problem):
    problem = operations(small(make_problem, 7, n_sites=4), 7)
    first, second = (STRATEGIES["best_response"].solve(problem, Budget(iterations=500), 3) for _ in range(2))
    assert first.plan == second.plan
    assert first.value == second.value


def test_the_bound_counts_a_reward_that_only_an_alternative_can_win(make_problem):
    never = Task("early", 2, ((0, 0),), 1, 0.5)
    problem = night(make_problem, never, replace(never, name="late", windows=((3, 5),), instead_of="early"))
    best = solved("exact", problem, 0, 0)
    assert evaluate(problem, best.plan).tasks.reward == pytest.approx(0.5)
    assert bound(problem, Budget(seconds=1)).value >= best.value - 1e-9
