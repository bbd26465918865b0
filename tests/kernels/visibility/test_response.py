"""What free teams reach in time, with a price: counts against `evaluate`, stretches against the optimum."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from routeopt.evaluation import evaluate, value
from routeopt.kernels.random import states
from routeopt.kernels.visibility import longest_path
from routeopt.problem.goals import Goal
from routeopt.search.state import Search
from routeopt.strategies import best_response


def wide(problem, seed=0):
    """The problem with several points within reach of each site, some of them from the same sites."""
    rng = np.random.default_rng(seed)
    ptrs, points = [], []
    for share in (0.2, 0.5):
        near = rng.random((len(problem.profiles) * problem.n_sites, problem.n_points)) < share
        near[:, 1] = near[:, 0]
        ptrs.append(np.append(0, np.cumsum(near.sum(axis=1))))
        points.append(np.nonzero(near)[1].astype(np.int32))
    return replace(problem, response_ptr=tuple(ptrs), response_point=tuple(points))


def some_goals(problem):
    """Goals for both radii, a zone, some steps, and what is seen; all with a price."""
    north = np.array(problem.point_zone) == "north"
    return (
        Goal("near", 0.5, radius=0, price=0.3),
        Goal("far, later", 0.5, radius=1, steps=(30, 79), price=0.2),
        Goal("north", 0.5, radius=1, points=north, price=0.1),
        Goal("far, by two", 0.5, radius=1, responders=2, price=0.3),
        Goal("seen in the north", 0.5, points=north, steps=(20, 99), price=0.4),
    )


@pytest.mark.parametrize("periods", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_counts_are_what_evaluate_says(make_problem, make_tasks, make_plan, seed, periods):
    problem = make_tasks(wide(make_problem(seed, periods=periods)), seed)
    powers = np.arange(problem.n_teams) != 1
    problem = replace(problem, goals=some_goals(problem), team_powers=powers)
    search, plan = Search(problem), make_plan(problem, seed)
    search.set_plan(search.rows_of(plan))
    figures = evaluate(problem, plan)
    reached = [goal.reached for goal in figures.goals]
    assert min(reached) > 0
    np.testing.assert_allclose(search.floors.reached(search.coverage, search.reach), reached, rtol=1e-12)
    assert search.worth() == pytest.approx(figures.value, rel=1e-12)
    priced = figures.value + sum(goal.price * part for goal, part in zip(problem.goals, reached, strict=True))
    assert search.objective() == pytest.approx(priced, rel=1e-12)


def test_counts_follow_changes_that_are_kept_or_undone(make_problem, make_tasks):
    problem = make_tasks(wide(make_problem(5, periods=True)), 5)
    problem = replace(problem, goals=some_goals(problem))
    search, (state,) = Search(problem), states(0, 1)
    search.set_plan([np.empty((0, 4), dtype=np.int64)] * problem.n_teams)
    for n in range(60):
        best_response.resolve(search, state, range(problem.n_teams), 0, problem.n_steps)
        if n % 3:
            search.settle()
        else:
            search.put_back()
        reached = [goal.reached for goal in evaluate(problem, search.plan(search.copy_routes())).goals]
        np.testing.assert_allclose(search.floors.reached(search.coverage, search.reach), reached, rtol=1e-12)
    assert min(reached) > 0.1


def test_demand_that_two_teams_must_reach_counts_where_two_do(make_problem, make_plan):
    problem = wide(make_problem(2))
    goals = [Goal(f"by {n}", 0.5, radius=1, responders=n, price=0.3) for n in (1, 2, 3)]
    problem = replace(problem, goals=tuple(goals))
    search, plan = Search(problem), make_plan(problem, 2)
    search.set_plan(search.rows_of(plan))
    figures = evaluate(problem, plan)
    one, two, three = (goal.reached for goal in figures.goals)
    assert (one, two) == pytest.approx((figures.handling[3.0], figures.backup[3.0]))
    assert one > two > three > 0
    cells = search.reach.need
    for need in (1, 2, 3):
        rows = search.reach.reaching[cells == need] == need - 1
        assert (search.reach.open[cells == need] > 0)[~rows].sum() == 0  # one more team makes no difference yet
    np.testing.assert_allclose(search.floors.reached(search.coverage, search.reach), (one, two, three), rtol=1e-12)


def test_a_team_that_is_absent_or_without_powers_reaches_nothing(make_problem, make_plan):
    problem = wide(make_problem(1))
    problem = replace(problem, goals=(Goal("near", 0.5, radius=0, price=1.0),))
    nobody = Search(problem)
    assert nobody.floors.reached(nobody.coverage, nobody.reach) == 0
    search = Search(replace(problem, team_powers=np.zeros(3, dtype=np.bool_)))
    search.set_plan(search.rows_of(make_plan(problem, 1)))
    assert search.floors.reached(search.coverage, search.reach) == 0


def test_goals_compile_no_kernel_again(make_problem):
    """A kernel is compiled for the types of its arguments, and that takes seconds."""
    problem = wide(make_problem(1))
    Search(problem)
    before = len(longest_path.best_stretch.signatures)
    Search(replace(problem, goals=some_goals(problem)))
    assert len(longest_path.best_stretch.signatures) == before


def best_by_hand(problem, goal):
    """Value of the best route of team 0, which sees nothing, by what it reaches: every route is tried."""
    share = goal.demand(problem.demand)
    share /= share.sum()
    move, home, finish = problem.movement(0), int(problem.team_end_site[0]), int(problem.team_end_step[0])
    ptr, point = problem.response_ptr[goal.radius], problem.response_point[goal.radius]
    at = np.array([share[point[ptr[i] : ptr[i + 1]]].sum(axis=0) for i in range(problem.n_sites)])
    sums = np.concatenate([np.zeros((problem.n_sites, 1)), at.cumsum(axis=1)], axis=1)

    def leg(i, k, t):
        half, then = t + -(-move.steps(i, k, t) // 2), t + move.steps(i, k, t)
        return sums[i, half] - sums[i, t] + sums[k, then] - sums[k, half]

    @cache
    def best(i, t, visited):
        back, found = t + move.steps(i, home, t), -np.inf
        if back <= finish and (visited or i != home):
            found = leg(i, home, t) + sums[home, finish] - sums[home, back]
        for k in np.flatnonzero(problem.site_stoppable).tolist():
            arrive = t + move.steps(i, k, t)
            if k == i and visited:
                continue
            for start in range(arrive, finish):
                for dwell in problem.dwell_steps.tolist():
                    if start + dwell <= finish:
                        got = leg(i, k, t) + sums[k, start + dwell] - sums[k, arrive]
                        found = max(found, got + best(k, start + dwell, True))
        return found

    stay = sums[home, finish] - sums[home, int(problem.team_start_step[0])]
    begin, first = int(problem.team_start_site[0]), int(problem.team_start_step[0])
    return max(best(begin, first, False), stay if begin == home else -np.inf)


@pytest.mark.parametrize("periods", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_route_that_only_reaches_is_the_best(make_problem, seed, periods):
    problem = wide(make_problem(seed, n_sites=5, n_points=8, n_steps=45, n_teams=1, periods=periods), seed)
    goal = Goal("near", 0.5, radius=seed % 2, price=1.0)
    problem = replace(problem, goals=(goal,), team_factor=np.zeros(1))
    search = Search(problem)
    empty = value(problem, search.plan(search.copy_routes()))
    search.set_route(0, search.best_stretch(0, 0))
    search.refresh()
    assert search.objective() - empty == pytest.approx(best_by_hand(problem, goal), rel=1e-6)
