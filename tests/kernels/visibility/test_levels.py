"""The kernels against the specification."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.evaluation import coverage, reward, value, visibility
from routeopt.kernels.random import states
from routeopt.kernels.visibility import gains, levels, presence
from routeopt.plan import Plan, Route
from routeopt.problem.access import Closure
from routeopt.rules import check
from routeopt.search.state import Search
from routeopt.search.state import rows as as_rows
from routeopt.strategies import best_response


@pytest.mark.parametrize("problem_seed", range(10))
def test_value_equals_evaluate_on_random_plans(make_problem, make_plan, problem_seed):
    """20 random plans for each of 10 random problems: 200 in all."""
    problem = make_problem(problem_seed)
    search = Search(problem)
    for plan_seed in range(20):
        plan = make_plan(problem, plan_seed)
        assert check(problem, plan) == []
        assert search.value(search.rows_of(plan)) == pytest.approx(visibility(problem, plan), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_value_with_stops_of_any_length_equals_evaluate(make_problem, make_plan, seed):
    """Such a stop is worth what waiting there and then the longest dwell that fits are worth."""
    problem, rng = make_problem(seed), np.random.default_rng(seed)
    search, table = Search(problem), problem.activities
    own, split = [], []
    for route in make_plan(problem, seed).routes:
        apart = [next(group) for _, group in groupby(route.visits, key=lambda v: v.site)]
        visits = [(v, table.stop(int(rng.integers(1, table.steps[v.activity] + 1)))) for v in apart]
        own.append(Route(route.team, tuple(v._replace(activity=what) for v, what in visits)))
        split.append(Route(route.team, tuple(_split(problem, v, int(table.steps[what])) for v, what in visits)))
    plan = Plan(tuple(own))
    assert search.value(search.rows_of(plan)) == pytest.approx(visibility(problem, plan), rel=1e-9)
    assert visibility(problem, Plan(tuple(split))) == pytest.approx(visibility(problem, plan), rel=1e-12)


@pytest.mark.parametrize("levels_too", [False, True])
def test_points_that_no_team_sees_count_in_the_share_alone(make_problem, make_plan, levels_too):
    """They are left out of every update; what an earlier night left there still counts."""
    problem = make_problem(5)
    more = np.full((7, problem.n_steps), 2.0)
    problem = replace(
        problem,
        demand=np.vstack([problem.demand, more]),
        level0=np.append(problem.level0, np.linspace(0.0, 0.6, 7) * levels_too),
        point_names=(), point_zone=(), point_segment=np.empty(0, np.int64),
    )  # fmt: skip
    search, plan = Search(problem), make_plan(problem, 2)
    left_out = set(range(27)) - set(search.within_sight.tolist())
    assert left_out >= ({20} if levels_too else set(range(20, 27)))
    assert search.value(search.rows_of(plan)) == pytest.approx(visibility(problem, plan), rel=1e-9)
    covered = coverage(problem, plan)
    np.testing.assert_allclose(search.coverage.absent, covered.absent, rtol=1e-12)
    np.testing.assert_allclose(1 - search.coverage.bare, covered.level, atol=1e-12)


def _split(problem, visit, steps):
    """The dwell at the end of a stay of ``steps``; a wait where none fits."""
    dwell = int(np.searchsorted(problem.dwell_steps, steps, side="right")) - 1
    if dwell < 0:
        return visit._replace(activity=problem.activities.wait(steps))
    return visit._replace(start=visit.start + steps - int(problem.dwell_steps[dwell]), activity=dwell)


@pytest.mark.parametrize("problem_seed", range(6))
def test_value_with_tasks_equals_evaluate(make_problem, make_tasks, make_plan, problem_seed):
    problem = make_tasks(make_problem(problem_seed), problem_seed)
    search, won = Search(problem), 0.0
    for plan_seed in range(15):
        plan = make_plan(problem, plan_seed)
        assert check(problem, plan) == []
        assert search.value(search.rows_of(plan)) == pytest.approx(value(problem, plan), rel=1e-9)
        told = search.plan(search.rows_of(plan))
        assert value(problem, told) == pytest.approx(value(problem, plan), rel=1e-9)
        won += reward(problem, plan)
    assert won > 0.1


def test_worth_of_a_stretch_is_the_exact_difference(make_problem, make_plan):
    """stay_gains and leg_worth say to 1e-9 what one more stay or leg adds, by the specification alone."""
    problem = make_problem(3)
    plan = make_plan(problem, 1)
    search = Search(problem)
    search.set_plan(search.rows_of(plan))
    covered = coverage(problem, plan)
    absent, keep = covered.absent, covered.keep
    np.testing.assert_allclose(search.coverage.absent, absent, rtol=1e-12)
    np.testing.assert_allclose(search.coverage.keep, keep, rtol=1e-12)
    before, v = search.coverage.seen.sum(), 0.9
    _, marks = levels.coverage(problem.demand, problem.level0)

    def after() -> float:
        level, seen = problem.level0.copy(), 0.0
        for t in range(problem.n_steps):
            level = 1 - (1 - level * (search.menu.fade if t else 1)) * keep[:, t]
            seen += (problem.demand[:, t] * (1 - absent[:, t] * (1 - level))).sum()
        return seen

    stay = getattr(presence._stay, "py_func", presence._stay)  # itself where nothing is compiled
    for site, begin, end, effect in [(1, 0, 10, 0.85), (5, 40, 55, 1.0), (13, 100, 120, 1.0)]:
        here_sum, leave_at = np.empty(end - begin + 1), np.empty(end - begin + 1)
        gains.stay_gains(
            search.movement.sight, site, search.coverage.here, search.coverage.leave, begin, here_sum, leave_at
        )
        absent, keep = search.coverage.absent.copy(), search.coverage.keep.copy()
        covered = search.coverage._replace(absent=absent, keep=keep)
        stay(search.movement.sight, site, v, begin, end, effect, marks, covered)
        assert after() - before == pytest.approx(v * (here_sum[-1] + effect * leave_at[-1]), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_refreshing_what_changed_equals_starting_afresh(make_problem, make_plan, seed):
    problem = make_problem(seed)
    search, fresh = Search(problem), Search(problem)
    search.set_plan(search.rows_of(make_plan(problem, 1)))
    route = search.route(1).copy()
    for first, last in ((0, 1), (1, 3), (0, 0)):
        search.splice(1, first, min(last, int(search.counts[1])), np.empty((0, 4), dtype=np.int64))
    search.set_route(0, None)
    search.refresh()
    routes = [None, search.route(1).copy(), search.route(2).copy()]
    assert search.objective() == pytest.approx(fresh.value(routes), rel=1e-12)
    for mine, theirs in zip(search.coverage, fresh.coverage, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    search.set_route(1, route)
    search.set_route(0, fresh.route(2))
    search.refresh()
    fresh.value([search.route(0), route, search.route(2)])
    np.testing.assert_allclose(search.coverage.here, fresh.coverage.here, rtol=1e-12)


def test_empty_plan_is_worth_the_levels_carried_over(make_problem):
    """With nobody on the streets but the end posts, only level0 and the posts are seen."""
    problem = make_problem(5)
    problem = replace(problem, team_factor=np.zeros(3))
    plan = Plan(tuple(Route(k) for k in range(3)))
    fade = np.exp(-np.arange(problem.n_steps) / 60)
    held = problem.level0[:, None] * fade[None]
    assert visibility(problem, plan) == pytest.approx((problem.demand * held).sum() / problem.demand.sum())


@pytest.mark.parametrize("seed", range(5))
def test_visits_in_a_row_to_one_site_become_one_of_the_same_value(make_problem, seed):
    problem = make_problem(seed)
    search = Search(problem)
    home = int(problem.team_end_site[0])
    dwell = problem.dwell_steps.tolist()
    site = next(
        i for i in np.flatnonzero(problem.site_stoppable)
        if problem.profiles[0].travel_steps[home, i] < 60 and i != home
    )  # fmt: skip
    rows = [(site, 60, 0), (site, 60 + dwell[0], 0), (site, 62 + 2 * dwell[0], 1)]
    routes = [as_rows(rows), *([np.empty((0, 4), dtype=np.int64)] * (problem.n_teams - 1))]
    value = search.value(routes)
    plan = search.plan(routes)
    assert len(plan.routes[0].visits) == 1
    assert visibility(problem, plan) == pytest.approx(value, rel=1e-12)


def test_visits_in_a_row_around_a_closure_stay_two(make_problem):
    problem = make_problem(0).closed([Closure(3, 67, 70)])
    rows = as_rows([(3, 60, 0), (3, 70, 0), (3, 77, 1)])
    nothing = [np.empty((0, 4), dtype=np.int64)] * (problem.n_teams - 1)
    visits = Search(problem).plan([rows, *nothing]).routes[0].visits
    assert [visit.start for visit in visits] == [60, 70, 77]
    assert len(Search(make_problem(0)).plan([rows, *nothing]).routes[0].visits) == 1


@pytest.mark.parametrize("with_tasks", [False, True])
def test_a_stretch_re_solved_is_worth_what_evaluate_says_and_can_be_put_back(make_problem, make_tasks, with_tasks):
    """Near the stretch alone the traces are brought up to date: its worth, and all after `settle`, are exact."""
    problem = make_tasks(make_problem(4), 4) if with_tasks else make_problem(4)
    search, fresh, (state,) = Search(problem), Search(problem), states(0, 1)
    search.set_plan(search.rows_of(best_response.solve(problem, Budget(iterations=0)).plan))
    for n in range(60):
        before, routes = [x.copy() for x in search.coverage], search.copy_routes()
        teams = best_response.resolve(search, state, range(problem.n_teams), 0, problem.n_steps)
        assert len(teams) in (1, 2)
        assert search.objective() == pytest.approx(fresh.value(search.copy_routes()), rel=1e-12)
        if n % 2:
            search.put_back()
            assert all(map(np.array_equal, search.copy_routes(), routes))
            expected = before
        else:
            search.settle()
            expected = list(fresh.coverage)
        for mine, theirs in zip(search.coverage, expected, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
