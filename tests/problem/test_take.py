"""A part of a problem is worth what it contributes to the whole, to rounding."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import coverage, evaluate, value
from routeopt.lagrangian import bound
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.access import Closure
from routeopt.problem.take import take
from routeopt.problem.tasks import Task, done, with_tasks
from routeopt.rules import check
from routeopt.search.state import Search
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES, exact
from tests.conftest import random_plan, random_problem, random_tasks

PARTS = st.tuples(
    st.integers(0, 50), st.sets(st.integers(0, 3), min_size=1), st.sets(st.integers(1, 13), min_size=1)
)
"""Seed, teams and sites."""


@cache
def small(seed: int, n_tasks: int = 6) -> tuple[Problem, Plan]:
    problem = random_tasks(random_problem(seed, n_teams=4, n_steps=80, n_points=40), seed, n_tasks)
    return problem, random_plan(problem, seed + 1)


@given(PARTS)
def test_cutting_out_and_putting_back_changes_nothing(part):
    seed, teams, sites = part
    problem, plan = small(seed)
    taken = take(problem, plan, teams, sites)
    cut = taken.cut(plan)
    assert taken.put_back(cut, plan) == plan
    assert taken.value(value(taken.problem, cut)) == pytest.approx(value(problem, plan), abs=1e-9)
    search = Search(taken.problem)
    searched = search.value(search.rows_of(cut))
    assert searched == pytest.approx(value(taken.problem, cut), abs=1e-9)
    whole, own = coverage(problem, plan), coverage(taken.problem, cut)
    np.testing.assert_allclose(own.seen, whole.seen[taken.points], atol=1e-12)


@given(PARTS, st.integers(0, 1000))
def test_another_plan_of_the_part_is_worth_the_same_in_the_whole_and_keeps_its_rules(part, other):
    seed, teams, sites = part
    problem, plan = small(seed)
    taken = take(problem, plan, teams, sites)
    changed = random_plan(taken.problem, other)
    whole = taken.put_back(changed, plan)
    assert taken.cut(whole) == changed
    assert check(taken.problem, changed) == []
    assert check(problem, whole) == []
    assert taken.value(value(taken.problem, changed)) == pytest.approx(value(problem, whole), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_a_search_improves_the_whole_by_what_it_improves_the_part(seed):
    problem, plan = small(seed)
    taken = take(problem, plan, [0, 2], range(0, problem.n_sites, 2))
    before = value(taken.problem, taken.cut(plan))
    found = solve(taken.problem, Budget(iterations=80), initial=taken.cut(plan))
    whole = taken.put_back(found.plan, plan)
    assert check(problem, whole) == []
    assert found.value == pytest.approx(value(taken.problem, found.plan), abs=1e-9)
    won = value(problem, whole) - value(problem, plan)
    assert won == pytest.approx(taken.share * (found.value - before), abs=1e-9)
    assert won > 0.01


@pytest.mark.parametrize("seed", range(6))
def test_a_part_of_a_part_knows_what_both_leave_out(seed):
    problem, plan = small(seed)
    outer = take(problem, plan, [0, 1, 3], range(12))
    cut = outer.cut(plan)
    inner = take(outer.problem, cut, [2], range(8))
    assert inner.problem.team_names == ("team 3",)
    changed = random_plan(inner.problem, 7)
    middle = inner.put_back(changed, cut)
    whole = outer.put_back(middle, plan)
    worth = outer.value(inner.value(value(inner.problem, changed)))
    assert worth == pytest.approx(value(problem, whole), abs=1e-9)
    assert {route.team for route, old in zip(whole.routes, plan.routes, strict=True) if route != old} <= {3}


def test_parts_are_put_back_one_after_the_other():
    problem, plan = small(2)
    first, second = take(problem, plan, [0, 1], range(8)), take(problem, plan, [2, 3], range(6, 14))
    whole = plan
    for part in (first, second):
        whole = part.put_back(part.cut(plan), whole)
    assert whole == plan


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "exact"])
def test_every_strategy_values_a_part_as_the_specification_does(strategy):
    problem, plan = small(5)
    taken = take(problem, plan, [1, 3], range(2, 14))
    found = solve(taken.problem, Budget(iterations=15), strategy=strategy)
    assert found.value == pytest.approx(value(taken.problem, found.plan), abs=1e-9)
    assert check(problem, taken.put_back(found.plan, plan)) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_strategy_finds_the_best_route_beside_the_others(seed):
    """Against every route of the part's one team, each valued by the specification."""
    problem = random_problem(seed, n_sites=5, n_steps=22, n_points=9, n_teams=3)
    problem = replace(problem, dwell_steps=np.array([4, 9, 15, 20], dtype=np.int32), team_factor=np.full(3, 0.9))
    plan = random_plan(problem, seed)
    taken = take(problem, plan, [0], [1, 2, 3])
    assert (taken.problem.absent0 < 1).any()
    best = solve(taken.problem, strategy="exact")
    assert best.value == pytest.approx(value(taken.problem, best.plan), abs=1e-9)
    (routes,) = exact._all_routes(taken.problem)
    plans = [Plan((Route(0, tuple(Visit(*visit[:3]) for visit in visits.tolist())),)) for visits in routes]
    assert best.value == pytest.approx(max(value(taken.problem, plan) for plan in plans), abs=1e-12)


def test_all_teams_and_sites_are_the_problem_itself_apart_from_what_nobody_sees():
    problem, plan = small(1)
    taken = take(problem, plan, range(4), range(problem.n_sites))
    assert taken.tasks.tolist() == list(range(len(problem.tasks)))
    assert set(np.unique(taken.problem.absent0)) == set(np.unique(taken.problem.keep0)) == {1.0}
    assert taken.problem.site_names == problem.site_names
    whole = solve(problem, Budget(iterations=40))
    part = solve(taken.problem, Budget(iterations=40))
    assert taken.value(part.value) == pytest.approx(value(problem, part.plan), abs=1e-9)
    assert part.plan == whole.plan


def test_tasks_of_a_part_are_those_open_to_its_teams():
    problem = random_problem(0, n_teams=3)
    night = ((0, problem.n_steps - 1),)
    problem = with_tasks(
        problem,
        [
            Task("far", 9, night, 5, 0.1),
            Task("others alone", 2, night, 5, 0.1, teams=frozenset({2})),
            Task("done by others", 2, night, 5, 0.2, mandatory=True),
            Task("open", 3, night, 5, 0.3, mandatory=True),
            Task("far, but done", 8, night, 5, 0.4),
        ],
    )
    menu = problem.n_dwells
    plan = Plan((Route(0), Route(1, (Visit(8, 40, menu + 4),)), Route(2, (Visit(2, 40, menu + 2),))))
    taken = take(problem, plan, [0, 1], [2, 3])
    assert taken.problem.tasks.names == ("open", "far, but done")
    assert taken.sites.tolist() == [0, 1, 2, 3, 8]
    assert taken.problem.tasks.site.tolist() == [3, 4]
    assert taken.problem.tasks.mandatory.tolist() == [True, False]
    assert taken.problem.tasks.allowed.shape == (2, 2)
    assert taken.share * taken.problem.tasks.reward == pytest.approx([0.3, 0.4])
    assert taken.cut(plan).routes[1].visits == (Visit(4, 40, menu + 1),)
    assert done(problem, taken.put_back(taken.cut(plan), plan)).tolist() == [0, 0, 1, 0, 1]


def test_points_that_are_left_out_count_as_in_the_plan_given():
    problem, plan = small(3)
    every = take(problem, plan, [0, 1], range(10))
    few = take(problem, plan, [0, 1], range(10), points=every.points[::2])
    assert few.points.tolist() == every.points[::2].tolist()
    assert few.value(value(few.problem, few.cut(plan))) == pytest.approx(value(problem, plan), abs=1e-9)


def test_figures_of_response_are_those_of_the_teams_of_the_part():
    problem, plan = small(6)
    taken = take(problem, plan, [0, 2], range(problem.n_sites))
    alone = replace(problem, team_powers=np.isin(np.arange(4), [0, 2]))
    inside = problem.demand[taken.points].sum() / problem.demand.sum()
    part, whole = evaluate(taken.problem, taken.cut(plan)), evaluate(alone, plan)
    for minutes, share in part.handling.items():
        assert share * inside <= whole.handling[minutes] + 1e-12
    full = take(problem, plan, [0, 2], range(problem.n_sites), points=range(problem.n_points))
    assert evaluate(full.problem, full.cut(plan)).handling == pytest.approx(whole.handling)


def test_closures_anchors_waits_and_absences_come_along():
    problem, plan = small(4)
    problem = problem.closed([Closure(5, 10, 30), Closure(6, 0, 80, team=2), Closure(7, 3, 9, team=1)])
    no_return = np.arange(problem.n_sites) == 6
    problem = replace(problem, access=replace(problem.access, no_return=no_return))
    rows = problem.activities
    away = Route(2, (Visit(5, 20, rows.wait(4), fixed=True), Visit(9, 40, rows.away(15)), Visit(7, 65, 0)))
    plan = Plan((*plan.routes[:2], away, Route(3, (Visit(2, 30, rows.away(6)),))))
    taken = take(problem, plan, [1, 2], [5, 6, 7])
    cut, where = taken.cut(plan), taken.sites.tolist()
    assert [taken.problem.access.closed(0, where.index(i)) for i in (5, 6, 7)] == [[(10, 30)], [], [(3, 9)]]
    assert [taken.problem.access.closed(1, where.index(i)) for i in (5, 6, 7)] == [[(10, 30)], [(0, 80)], []]
    assert [taken.problem.access.may_return(i) for i in range(len(where))] == [i != 6 for i in where]
    assert cut.routes[1].visits[0] == Visit(where.index(5), 20, rows.wait(4), fixed=True)
    assert taken.put_back(cut, plan) == plan
    assert taken.value(value(taken.problem, cut)) == pytest.approx(value(problem, plan), abs=1e-9)


# input that is wrong --------------------------------------------------------------------------------------------


def test_every_fault_of_what_is_taken_is_listed_at_once():
    problem, plan = small(0)
    with pytest.raises(InputError) as caught:
        take(problem, plan, [0, 9], [1.5, -1], points=7)
    assert [(fault.code, str(fault.place)) for fault in caught.value.faults] == [
        ("RO-414", "teams[1]"), ("RO-422", "sites[0]"), ("RO-413", "sites[1]"), ("RO-423", "points"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="teams: must not be empty"):
        take(problem, plan, [], [1])
    with pytest.raises(InputError, match=r"points: must have a sum greater than 0 and finite \(got 0\)"):
        take(problem, plan, [0], [1], points=[])
    with pytest.raises(InputError, match="one route per team"):
        take(problem, Plan(()), [0], [1])


def test_a_plan_that_leaves_the_part_is_refused():
    problem, plan = small(0)
    taken = take(problem, Plan(tuple(Route(k) for k in range(4))), [0], [1])
    away = Plan((Route(0, (Visit(1, 30, 0), Visit(5, 60, 0))), *(Route(k) for k in range(1, 4))))
    with pytest.raises(InputError) as caught:
        taken.cut(away)
    assert [(fault.code, str(fault.place)) for fault in caught.value.faults] == [
        ("RO-438", "plan.routes[0].visits[1]")
    ]
    with pytest.raises(InputError, match="one route per team"):
        taken.put_back(plan, plan)


def test_the_bound_refuses_a_part_with_what_others_do_as_given():
    problem, plan = small(0)
    taken = take(problem, plan, [0], [1, 2])
    with pytest.raises(InputError, match="the bound"):
        bound(taken.problem, Budget(iterations=1))


def test_what_is_given_must_be_factors_of_the_problems_shape():
    problem, _ = small(0)
    shape = problem.demand.shape
    for name, wrong, code in (
        ("absent0", np.ones(shape).T, "RO-411"), ("keep0", np.full(shape, 1.5), "RO-414"),
        ("absent0", np.full(shape, np.nan), "RO-412"), ("keep0", None, "RO-410"), ("keep0", [[1.0], []], "RO-411"),
    ):  # fmt: skip
        with pytest.raises(InputError) as caught:
            replace(problem, **{name: wrong})
        assert [fault.code for fault in caught.value.faults] == [code]
