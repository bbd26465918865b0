"""Legs that change with the time of day: by hand, by trying every step, and in kernels as in Python."""

from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.kernels.visibility import legs
from routeopt.lagrangian import bound
from routeopt.problem.movement import FAR
from routeopt.problem.periods import Moves, Periods
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check
from routeopt.search import required
from routeopt.search.state import Search
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES, exact
from routeopt.timeline import walk


@njit
def leg_of(movement, p, i, k, t):
    return legs.leg(movement, p, i, k, t)


@njit
def leave_by(movement, p, i, k, due):
    return legs.leave_by(movement, p, i, k, due)


@njit
def same_until(movement, p, i, k, t, last):
    return legs.same_until(movement, p, i, k, t, last)


def slower(profile, steps):
    """The profile with legs of ``steps``, passing nothing."""
    n = profile.n_sites
    return replace(
        profile, travel_steps=np.where(np.eye(n, dtype=bool), 0, steps), pass_ptr=np.zeros(n * n + 1, dtype=int),
        pass_point=[], pass_step=[], pass_present=np.empty(0), pass_leaves=np.empty(0),
    )  # fmt: skip


def test_a_leg_that_crosses_takes_the_longer_time_by_hand(make_problem):
    fast, slow = (slower(make_problem(0).profiles[0], steps) for steps in (3, 8))
    moves = Moves(fast, [0, 10], [fast, slow])
    assert [moves.steps(1, 2, t) for t in (0, 7, 8, 9, 10)] == [3, 3, 8, 8, 8]
    assert list(moves.spells(1, 2, 20)) == [(0, 7, 3), (8, 19, 8)]
    assert [moves.leave_by(1, 2, due) for due in (2, 3, 10, 15, 16, 30)] == [-1, 0, 7, 7, 8, 22]
    back = Moves(slow, [0, 10], [slow, fast])
    assert [back.steps(1, 2, t) for t in (0, 2, 3, 9, 10)] == [8, 8, 8, 8, 3]


@pytest.mark.parametrize("seed", range(3))
def test_kernels_take_the_same_legs(make_problem, seed):
    problem = make_problem(seed, n_sites=6, periods=True)
    search, rng = Search(problem), np.random.default_rng(seed)
    changed = 0
    for team in (0, 1):
        moves, p = problem.movement(team), int(problem.team_profile[team])
        for i, k in rng.integers(0, 6, (12, 2)).tolist():
            steps = [moves.steps(i, k, t) for t in range(problem.n_steps)]
            changed += len(set(steps)) > 1
            taken = [leg_of(search.movement, p, i, k, t) for t in range(problem.n_steps)]
            assert [found[1] for found in taken] == steps
            n = problem.n_sites
            assert [problem.profiles[found[0] // n**2] for found in taken] == [
                moves.leg(i, k, t)[1] for t in range(problem.n_steps)
            ]
            assert {found[0] % n**2 for found in taken} == {i * n + k}
            for due in range(0, problem.n_steps, 7):
                latest = max((t for t in range(due + 1) if t + steps[t] <= due), default=-1)
                found = moves.leave_by(i, k, due), leave_by(search.movement, p, i, k, due)
                assert [max(-1, step) for step in found] == [latest, latest]
            spells = {t: s.steps for s in moves.spells(i, k, problem.n_steps) for t in range(s.first, s.last + 1)}
            assert spells == {t: n for t, n in enumerate(steps) if n < FAR}
            for t in range(0, problem.n_steps, 11):
                end = same_until(search.movement, p, i, k, t, problem.n_steps - 1)
                assert len(set(taken[t : end + 1])) == 1
                assert end == problem.n_steps - 1 or taken[end + 1] != taken[t]
    assert changed > 6


@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_on_changing_legs_is_what_evaluate_says(make_problem, make_tasks, make_plan, seed):
    problem = make_tasks(make_problem(seed, periods=True), seed)
    search, plan = Search(problem), make_plan(problem, seed)
    assert not check(problem, plan)
    later = [
        leg for route in plan.routes for leg in walk(problem, route).legs() if leg.begin >= problem.n_steps // 4
    ]
    assert later
    assert search.value(search.rows_of(plan)) == pytest.approx(evaluate(problem, plan).value, rel=1e-12)


@pytest.mark.parametrize("strategy", ["best_response", "greedy", "beats", "random"])
@pytest.mark.parametrize("seed", range(3))
def test_strategies_keep_the_times_of_legs(make_problem, make_tasks, strategy, seed):
    problem = make_tasks(make_problem(seed, periods=True), seed, n_mandatory=3)
    found = solve(problem, Budget(iterations=300), strategy=strategy, seed=seed)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-9)


def test_libraries_refuse_legs_that_change(make_problem):
    problem = make_problem(0, periods=True)
    assert not any(STRATEGIES[name].supports(problem) for name in ("ortools_routing", "pyvrp", "vroom"))


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_beats_the_proven_one_nor_that_the_bound(make_problem, make_tasks, seed):
    problem = make_problem(seed, n_sites=4, n_points=6, n_steps=32, n_teams=2, periods=True)
    problem = make_tasks(replace(problem, dwell_steps=[6, 9], dwell_effect=[0.3, 0.9]), seed, n_tasks=2)
    best, found = exact.solve(problem, Budget()), solve(problem, Budget(iterations=400))
    assert not check(problem, best.plan)
    assert best.value * 0.97 <= found.value <= best.value + 1e-9
    assert bound(problem, Budget(iterations=20), found.plan).value >= best.value - 1e-9


def test_a_mandatory_task_may_end_with_the_night(make_problem):
    problem = make_problem(0, periods=True)
    n = problem.n_steps
    problem = replace(problem, team_end_step=np.full(3, n))
    problem = with_tasks(problem, [Task("last", 0, ((n - 5, n - 5),), 5, 0.1, True, frozenset({0}))])
    (visit,) = required.skeleton(Search(problem))[0].tolist()
    assert visit[:3] == [0, n - 5, problem.activities.of_task(0)]


def test_periods_tell_all_their_faults(make_problem):
    problem = make_problem(0)
    with pytest.raises(InputError) as info:
        replace(problem, periods=Periods([5, 5, 200], [[1, 1, 2], [1, 1, 1]]))
    assert [str(fault).split(":")[0] for fault in info.value.faults] == [
        "problem.periods.begin", "problem.periods.begin[1]", "problem.periods.begin[2]",
        "problem.periods.profile[0, 2]",
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"profile\[0, 0\]: must be at most 0 \(got 1\)"):
        replace(problem, periods=Periods([0, 5], [[1, 1], [1, 1]]))
