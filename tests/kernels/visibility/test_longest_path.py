"""What a path's own earlier visits leave to win, by hand; whole paths are tested against the optimum elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from routeopt.budget import Budget
from routeopt.kernels.random import states
from routeopt.kernels.visibility.levels import Sight
from routeopt.kernels.visibility.path import left_to_win
from routeopt.kernels.visibility.solution import Gap
from routeopt.kernels.visibility.stretch import EVERY, NODE_BITS, Nodes, Paths, fill_overlap, link_nodes
from routeopt.problem import UNREACHABLE
from routeopt.search.state import Search
from routeopt.solving import solve
from routeopt.strategies import best_response


@njit
def shares(sight, sites, home, leave, first, last, overlap):
    fill_overlap(sight, 0, sites, home, leave, first, last, overlap)


@njit
def left(code, t, effect, v, overlap, base, paths, fades):
    return left_to_win(code, t, effect, v, overlap, base, paths, fades)


@njit
def links(instance, coverage, gap, nodes, index, scratch):
    return link_nodes(instance, coverage, gap, nodes, index, scratch)


def test_gain_of_leaving_is_shared_among_the_places_of_a_stretch():
    """Three places over points 0, 1, 2; nothing is won at point 2 while the stretch lasts, much afterwards."""
    sight = Sight(
        np.array([0, 2, 4, 5]), np.array([0, 1, 1, 2, 2], dtype=np.int32), np.array([1.0, 0.5, 1.0, 1.0, 1.0])
    )
    leave = np.zeros((3, 3 * EVERY))
    leave[0, : 2 * EVERY], leave[1, : 2 * EVERY], leave[:, 2 * EVERY :] = 3.0, 2.0, 100.0
    overlap = np.full((3, 2), np.nan)
    shares(sight, np.array([0, 1]), 2, leave, 0, 2 * EVERY, overlap)
    # place 0 wins 3 + 0.5 · 2 = 4, of which it shares 3 + 0.5 · 1 with itself and 1 with place 1, which wins 2
    np.testing.assert_allclose(overlap, [[3.5 / 4, 1 / 4], [0.5, 1.0], [0.0, 0.0]])


def test_gain_of_earlier_visits_returns_as_their_effect_fades():
    """Left node 0 at step 2 after a dwell of effect 0.8, node 1 at step 5 after one of 1; v = 0.5."""
    unused = np.empty((0, 0))
    paths = Paths(
        unused, np.empty((0, 0), dtype=np.int64), unused, np.full((9, 2), -1), np.empty((0, 0), dtype=np.int32),
        np.zeros((9, 2), dtype=np.int16), unused,
    )  # fmt: skip
    paths.prior[5, 1], paths.dwell[5, 1] = 2 << NODE_BITS, 1
    given = np.array([0.8, 1.0]), 0.5, np.array([0.25, 0.4]), np.arange(2), paths, 0.9 ** np.arange(9)
    assert left(-1, 8, *given) == 1.0
    expected = (1 - 0.5 * 0.25 * 0.8 * 0.9**6) * (1 - 0.5 * 0.4 * 1.0 * 0.9**3)
    assert left(5 << NODE_BITS | 1, 8, *given) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("stop_there", [False, True])
def test_waiting_at_a_post_counts_only_where_teams_may_stop(make_problem, stop_there):
    """All the demand that matters is at the post: a team that may not stop there has something better to do."""
    problem = make_problem(1, n_teams=1)
    post = int(problem.team_end_site[0])
    demand = problem.demand.copy()
    demand[problem.movement(0).seen(post).point] *= 1e4
    stoppable = problem.site_stoppable.copy()
    stoppable[post] = stop_there
    search = Search(replace(problem, demand=demand, site_stoppable=stoppable))
    search.set_route(0, search.best_stretch(0, 0))
    search.refresh()
    left = [visit for visit in search.route(0).tolist() if visit[0] != post]
    assert len(left) < 3 if stop_there else len(left) > 3


@pytest.mark.parametrize("periods", [False, True])
def test_no_link_arrives_before_the_tables_of_a_site_begin(make_problem, periods):
    """Legs from the post are far longer than those by way of other sites."""
    problem = make_problem(0, periods=periods)
    slow = problem.profiles[0].travel_steps.copy()
    slow[0] *= 5
    search = Search(
        replace(problem, profiles=(replace(problem.profiles[0], travel_steps=slow), *problem.profiles[1:]))
    )
    w, n = 110, problem.n_sites
    gap = Gap(0, 1.0, 0, 2, 0, w, False, False, 0, w)
    sites, yes, no = np.arange(n), np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    move = search.problem.movement(0)
    first, last = move.steps_from(0, 2), np.array([move.leave_by(i, 0, 2 + w) - 2 for i in range(n)])
    nodes = Nodes(sites, sites, sites - n, sites - n, first, last, yes, no, no[:0], 5)
    made = links(search.instance, search.coverage, gap, nodes, sites, search.scratch)
    n_sooner = 0
    for a in range(n):
        for e in range(made.ptr[a], made.ptr[a + 1]):
            b = made.node[e]
            for t in range(first[a] + 5, made.until[e] + 1):
                arrive, truly = t + made.steps[e], t + move.steps(a, int(b), 2 + t)
                if periods:
                    arrive = made.arrive[e * (w + 1) + t]
                if arrive <= w:
                    n_sooner += truly < first[b]
                    assert max(truly, first[b]) <= arrive <= last[b] - 5
    assert n_sooner


def test_a_stretch_with_no_way_through_is_put_back(make_problem):
    """In the third quarter all streets but one are closed, so a stop there cannot just be left out."""
    problem = make_problem(2, periods=True)
    shut, n = problem.profiles[3], problem.n_sites
    steps = np.where(np.eye(n, dtype=bool), 0, UNREACHABLE)
    steps[1, 2] = steps[2, 1] = 3
    nothing = {
        name: getattr(shut, name)[:0] for name in ("pass_point", "pass_step", "pass_present", "pass_leaves")
    }
    shut = replace(shut, travel_steps=steps, pass_ptr=np.zeros(n * n + 1, dtype=np.int64), **nothing)
    problem = replace(problem, profiles=(*problem.profiles[:3], shut, problem.profiles[4]))
    search, (state,), n_put_back = Search(problem), states(2, 1), 0
    search.set_plan(search.rows_of(solve(problem, Budget(iterations=100)).plan))
    before, value = search.plan(search.copy_routes()), search.objective()
    for _ in range(40):
        best_response.resolve(search, state, range(problem.n_teams), 0, problem.n_steps)
        n_put_back += not search.changed()
        search.put_back()
        assert search.plan(search.copy_routes()) == before
        assert search.objective() == pytest.approx(value, rel=1e-12)
    assert n_put_back
