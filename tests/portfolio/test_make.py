"""Portfolios of small problems: worth enough, sound, different, the same for a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import evaluate, value
from routeopt.executor import Workers
from routeopt.portfolio.diversify import Diversifier, Start
from routeopt.portfolio.floors import Floors, Wanted
from routeopt.portfolio.guarantee import places, presence
from routeopt.portfolio.make import portfolio
from routeopt.portfolio.overlap import expected, repeats, stops
from routeopt.problem.access import Closure
from routeopt.problem.activities import Sort
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, done, with_tasks
from routeopt.rules import check
from routeopt.solving import solve

FEW = Budget(iterations=60)


def sound(problem, found):
    """Check every plan of a portfolio by code that did not make it."""
    for plan, worth in zip(found.plans, found.values, strict=True):
        assert check(problem, plan) == []
        assert value(problem, plan) == pytest.approx(worth)
        assert worth >= (1 - found.within) * found.best - 1e-9


def test_plans_are_worth_enough_and_repeat_less_than_copies_do(make_problem):
    problem = make_problem(3)
    found = portfolio(problem, 4, 0.2, budget=FEW, seed=1)
    sound(problem, found)
    assert len(found.plans) == 4
    assert found.repeat_share < 0.6
    assert found.repeat_share_drawn == pytest.approx((4 + 12 * found.repeat_share) / 16)
    assert found.repeat_share == pytest.approx(
        np.mean([found.shares[i, j] for i in range(4) for j in range(4) if i != j])
    )


def test_without_a_loss_all_plans_are_the_best_one(make_problem):
    problem = make_problem(4)
    shares = [portfolio(problem, 3, within, budget=FEW, seed=1).repeat_share for within in (0.0, 0.2)]
    assert shares[0] == 1.0
    assert shares[1] < 0.7


def test_same_seed_same_portfolio_wherever_it_is_made(make_problem):
    problem = make_problem(5)
    plans = [portfolio(problem, 3, 0.1, budget=Budget(iterations=20), seed=7).plans for _ in range(2)]
    assert plans[0] == plans[1]
    assert plans[0] != portfolio(problem, 3, 0.1, budget=Budget(iterations=20), seed=8).plans


@pytest.mark.slow
def test_processes_make_the_same_portfolio(make_problem):
    problem = make_problem(5)
    here = portfolio(problem, 3, 0.1, budget=Budget(iterations=20), seed=7)
    with Workers(2) as executor:
        there = portfolio(problem, 3, 0.1, budget=Budget(iterations=20), seed=7, executor=executor)
    assert here.plans == there.plans


def test_mandatory_tasks_closures_and_floors_hold_in_every_plan(make_problem, make_tasks):
    problem = make_tasks(make_problem(6), 6, 5, 2)
    problem = problem.closed([Closure(3, 20, 60), Closure(5, 0, 90, 1)])
    problem = replace(problem, goals=(Goal("floor", 0.05), Goal("reach", 0.02, radius=0)))
    found = portfolio(problem, 3, 0.2, budget=FEW, seed=2)
    sound(problem, found)
    for plan in found.plans:
        assert (done(problem, plan)[problem.tasks.mandatory] == 1).all()
        assert all(goal.holds for goal in evaluate(problem, plan).goals)


def test_teams_without_powers_and_periods(make_problem):
    problem = make_problem(7, periods=True)
    problem = replace(problem, team_powers=np.array([True, False, False]))
    found = portfolio(problem, 3, 0.2, budget=FEW, seed=3)
    sound(problem, found)
    assert found.repeat_share < 0.8


def test_a_changed_plan_keeps_away_from_where_others_stop(make_problem):
    problem = make_problem(8)
    best = solve(problem, Budget(iterations=300), seed=0)
    others = expected(problem, stops(problem, best.plan)).astype(float)
    found = Diversifier(problem).improve(Start(best.plan, 0.8 * best.value, seed=1), others)
    assert found.plan is not None
    assert value(problem, found.plan) >= 0.8 * best.value - 1e-9
    assert repeats(problem, [stops(problem, found.plan), stops(problem, best.plan)])[0, 1] < 0.5


def test_floors_bring_somebody_where_nobody_came(make_problem):
    problem = make_problem(3)
    free = portfolio(problem, 4, 0.5, budget=Budget(iterations=600), seed=4)
    floors = Floors(gap_min=20.0)
    held = portfolio(problem, 4, 0.5, budget=Budget(iterations=600), seed=4, floors=floors)
    sound(problem, held)
    before = floors.missing(problem, [presence(problem, plan, free.places) for plan in free.plans])
    after = floors.missing(problem, [presence(problem, plan, held.places) for plan in held.plans])
    assert before > 0
    assert after < before


def test_wanted_stops_cut_the_stretch_and_fill_the_half_hours(make_problem):
    problem = make_problem(9)
    at = places(problem)
    seen = np.ones((len(at), problem.n_steps), dtype=np.bool_)
    seen[0, 10:90] = False
    gap = Wanted(problem, at, Floors(gap_min=50.0)).draw([seen], 4, np.random.default_rng(0))
    assert [(task.site, task.windows) for task in gap] == [(at.site[0], ((45, 55),))]
    unseen = Wanted(problem, at, Floors(unseen=0.2)).draw([seen, seen], 3, np.random.default_rng(0))
    assert {task.windows[0] for task in unseen} == {(30, 59), (60, 89)}
    assert Wanted(problem, at, Floors()).draw([seen], 4, np.random.default_rng(0)) == []


def test_interrupted_with_the_plans_so_far(make_problem):
    def stop(_seconds, plans, _share, _least):
        if plans >= 2:
            raise KeyboardInterrupt

    found = portfolio(make_problem(3), 5, 0.2, budget=FEW, progress=stop)
    assert found.interrupted
    assert len(found.plans) == 2


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"within": 1.5}, {"seed": -1}, {"budget": 3}, {"floors": 1}, {"progress": 1}]
)
def test_what_it_does_not_take(make_problem, wrong):
    with pytest.raises(InputError):
        portfolio(make_problem(3), **wrong)
    with pytest.raises(InputError):
        Floors(gap_min=-1.0, unseen=2.0)


def test_crews_breaks_and_spacing_hold_in_every_plan(make_problem):
    problem = make_problem(10)
    tasks = [
        Task("together", 4, ((30, 60),), 8, mandatory=True, crew=2),
        Task("rest", 2, ((40, 70),), 10, mandatory=True, teams=frozenset({1}), presence=0.0, sort=Sort.BREAK),
    ]
    problem = replace(with_tasks(problem, tasks), spacing_steps=15)
    found = portfolio(problem, 3, 0.3, budget=FEW, seed=5, floors=Floors(gap_min=30.0))
    sound(problem, found)
    assert len(found.plans) == 3
    assert found.repeat_share < 1.0
