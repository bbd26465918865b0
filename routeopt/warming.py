"""Compile the kernels before they are needed."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import numpy as np

from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.problem import Problem, Profile
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.streets.network import MODES, StreetNetwork, local_xy

log = logging.getLogger(__name__)


def warm() -> None:
    """Compile every kernel now, or load it from the cache on disk, instead of when it is first called.

    Services call it at their start, and images of containers when they are built: the first run takes about a
    minute, later ones about a second. Calling it again does nothing new.
    """
    from routeopt import solving
    from routeopt.adherence.matching import Matcher
    from routeopt.adherence.tracks import Track
    from routeopt.areas.draw import draw
    from routeopt.areas.metric import GivenMetric, StreetMetric
    from routeopt.demand.forecast.spread import reach
    from routeopt.dispatch.replan import replan
    from routeopt.dispatch.situation import Situation
    from routeopt.lagrangian import bound
    from routeopt.problem.build_profiles import legs_of, reached, steps_of
    from routeopt.search.state import Search
    from routeopt.strategies.libraries.time_copies import copies
    from routeopt.strategies.orienteering import solve_toptw
    from routeopt.streets.network import Snap
    from routeopt.streets.paths import Paths
    from routeopt.streets.travel import Fastest, compute_travel

    began = time.perf_counter()
    problem, once = _problem(), Budget(iterations=1)
    for strategy in ("best_response", "greedy", "beats", "random", "exact"):
        result = solving.solve(problem, once, strategy=strategy)
    bound(problem, once, result.plan)
    replan(problem, result.plan, Situation.of(problem, problem.time(2)), once)  # also loads what reads situations
    solving.solve(replace(problem, goals=(Goal("reached", 0.5, radius=0),)), once)
    search = Search(problem)
    search.set_plan(search.rows_of(result.plan))
    search.between(0, 0, 0)
    copies(search)
    ones = np.ones(4, dtype=np.int64)
    solve_toptw(1 - np.eye(4, dtype=np.int32), ones, 0 * ones, 9 * ones, np.ones(4), 2, once)
    net, zero = _streets(), np.zeros(2)
    reach(net, np.zeros(1, dtype=np.int32), 100.0)
    draw(StreetMetric(net.seg_u, net.seg_v, net.seg_length_m), np.ones(2), 2, 0.5, once)
    row = np.arange(6.0)
    draw(GivenMetric(np.abs(row[:, None] - row)), np.ones(6), 2, 0.5, once)
    places = Snap(np.arange(2, dtype=np.int32), zero, zero, zero, zero)
    table = compute_travel(net, "foot", places)
    legs_of(problem.clock, table, steps_of(problem.clock, table), np.zeros(2, dtype=np.int32))
    reached([1.0], np.zeros((sites := problem.n_sites, sites)), problem.profiles[0], problem.n_points)
    Fastest(net, "foot", places).within(np.arange(2), 60.0)
    Paths(net, "foot", places).leg(0, 1)
    Matcher(net, "foot").match(Track(0, np.array([0.0, 60.0]), np.zeros(2), np.array([0.0, 1e-3])))
    log.info("kernels are ready after %.1f s", time.perf_counter() - began)


def _problem() -> Problem:
    """Return a problem of a quarter of an hour: a post, two places in sight of three points, a team and a task."""
    sites, points, steps = 3, 3, 15
    travel = 2 - 2 * np.eye(sites, dtype=np.int32)
    passed = np.cumsum(np.r_[0, travel.ravel() > 0]).astype(np.int64)
    n_passed = int(passed[-1])
    profile = Profile(
        mode="foot",
        travel_steps=travel.astype(np.int32),
        travel_m=np.full((sites, sites), 100.0),
        sight_ptr=np.arange(sites + 1, dtype=np.int64),
        sight_point=np.arange(points, dtype=np.int32),
        sight_rho=np.ones(points),
        pass_ptr=passed,
        pass_point=np.zeros(n_passed, dtype=np.int32),
        pass_step=np.zeros(n_passed, dtype=np.int32),
        pass_present=np.full(n_passed, 0.5),
        pass_leaves=np.ones(n_passed),
    )
    problem = Problem(
        clock=Clock(start_min=0, n_steps=steps),
        demand=np.ones((points, steps)),
        level0=np.zeros(points),
        dwell_steps=np.array([2, 4], dtype=np.int32),
        dwell_effect=np.array([0.5, 1.0]),
        passage_effect=0.1,
        tau_s=3600.0,
        profiles=(profile,),
        team_profile=np.zeros(1, dtype=np.int32),
        team_factor=np.ones(1),
        team_start_site=np.zeros(1, dtype=np.int32),
        team_end_site=np.zeros(1, dtype=np.int32),
        team_start_step=np.zeros(1, dtype=np.int32),
        team_end_step=np.full(1, steps, dtype=np.int32),
        team_powers=np.ones(1, dtype=np.bool_),
        response_ptr=(np.arange(sites + 1),),
        response_point=(np.arange(points, dtype=np.int32),),
        handling_min=(1.0,),
        site_stoppable=np.arange(sites) > 0,
    )
    return with_tasks(problem, [Task("task", 1, ((0, steps - 1),), 2)])


def _streets() -> StreetNetwork:
    """Return two segments in a row."""
    x, y = local_xy(np.zeros(3), np.arange(3) / 1000, 0.0, 0.0)
    return StreetNetwork(
        lat0=0.0, lon0=0.0, node_x=x, node_y=y,
        seg_u=np.arange(2, dtype=np.int32), seg_v=np.arange(1, 3, dtype=np.int32), seg_length_m=np.diff(x),
        seg_name=np.zeros(2, dtype=np.int32), seg_class=np.zeros(2, dtype=np.int32), names=("",), classes=("",),
        geom_ptr=np.array([0, 2, 4]), geom_x=x[[0, 1, 1, 2]], geom_y=y[[0, 1, 1, 2]],
        speed_kph={mode: np.full((2, 2), 5.0, dtype=np.float32) for mode in MODES},
        usable={mode: np.ones(2, dtype=np.bool_) for mode in MODES}, stoppable=np.ones(2, dtype=np.bool_),
    )  # fmt: skip
