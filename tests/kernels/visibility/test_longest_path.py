"""What a path's own earlier visits leave to win, by hand; whole paths are tested against the optimum elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from numba import njit

from routeopt.kernels.visibility.levels import Sight
from routeopt.kernels.visibility.longest_path import _left_to_win
from routeopt.kernels.visibility.stretch import EVERY, NODE_BITS, Paths, fill_overlap
from routeopt.search.state import Search


@njit
def shares(sight, sites, home, leave, first, last, overlap):
    fill_overlap(sight, 0, sites, home, leave, first, last, overlap)


@njit
def left(code, t, effect, v, overlap, base, paths, fades):
    return _left_to_win(code, t, effect, v, overlap, base, paths, fades)


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
