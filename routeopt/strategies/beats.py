"""Common practice: split the area into one beat per team, which patrols it in a loop.

Each site joins the beat whose seed is nearest by travel time, up to a capacity, so that beats carry about the same
demand; seeds are spread out by demand. The loop is the shortest tour that 2-opt finds, with a 10-minute visit at
each site. Teams leave it for mandatory tasks (`required.skeleton`) and resume it afterwards; optional tasks are
ignored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import UNREACHABLE, Problem
from routeopt.search import required
from routeopt.search.state import Progress, Search, Tracker, Visits, rows

name = "beats"
STOP_S = 600
"""Length of each visit, seconds; the nearest dwell on the menu is used."""
SLACK = 1.10
"""Capacity of a beat, relative to an even share of the demand."""


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Return True: every problem is supported."""
    return True


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Build one plan; the seed draws the centre of the first beat and the first site of each loop.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    rng = np.random.default_rng(seed)
    search, tracker = Search(problem), Tracker(budget, progress)
    must = required.skeleton(search)
    beats = _split(search, rng)
    routes = [_patrol(search, team, sites, must[team], rng) for team, sites in enumerate(beats)]
    tracker.offer(routes, search.value(routes))
    if progress is not None:
        progress(tracker.seconds, tracker.value, None)
    return tracker.result(search, name, seed)


def _split(search: Search, rng: np.random.Generator) -> list[list[int]]:
    """Assign sites to beats: the sites of each team."""
    problem = search.problem
    steps = [search.travel(k).astype(np.float64) for k in range(problem.n_teams)]
    attraction = (search.site_demand * search.stoppable)[search.teams.profile]
    weight = attraction.max(axis=0)
    usable = np.flatnonzero(weight > 0)
    if len(usable) == 0:
        return [[] for _ in range(problem.n_teams)]
    seeds = [int(rng.choice(usable, p=weight[usable] / weight[usable].sum()))]
    distance = np.minimum.reduce(steps)  # travel steps of the fastest mode
    distance = np.minimum(distance, distance.T)
    while len(seeds) < problem.n_teams:
        far = np.where(weight > 0, np.minimum(distance[seeds].min(axis=0), 1e4) * np.sqrt(weight), -1.0)
        seeds.append(int(far.argmax()))
    # assign beats to teams with the least total travel from their starts
    first_leg = np.stack([steps[k][problem.team_start_site[k], seeds] for k in range(problem.n_teams)])
    seeds = [seeds[b] for b in linear_sum_assignment(np.minimum(first_leg, 1e6))[1]]
    beats: list[list[int]] = [[] for _ in range(problem.n_teams)]
    load = np.zeros(problem.n_teams)
    limit = SLACK * weight[usable].sum() / problem.n_teams
    for site in usable[np.argsort(-weight[usable], kind="stable")]:
        may = np.array([attraction[k, site] > 0 for k in range(problem.n_teams)])
        cost = np.where(may, distance[seeds, site] + 1e6 * (load + weight[site] > limit), np.inf)
        team = int(cost.argmin())
        beats[team].append(int(site))
        load[team] += weight[site]
    return beats


def _patrol(search: Search, team: int, sites: list[int], must: Visits, rng: np.random.Generator) -> Visits:
    """Repeat the loop until the team has to return, interrupted by its mandatory visits ``must``."""
    problem = search.problem
    travel = search.travel(team)
    at, home, now, finish = (int(x) for x in search.ends[team])
    dwell = int(np.abs(problem.dwell_steps * problem.clock.step_s - STOP_S).argmin())
    stay = int(problem.dwell_steps[dwell])
    loop = [s for s in _loop(travel, sites) if travel[at, s] < UNREACHABLE]
    start = int(rng.integers(len(loop))) if loop else 0
    loop = loop[start:] + loop[:start]
    visits: list[tuple[int, int, int]] = []
    n, passed, planned = 0, 0, set(must[:, 0].tolist())
    for fixed in [*must.tolist(), None]:
        target, due = (home, finish) if fixed is None else fixed[:2]
        while loop:
            site = loop[n % len(loop)]
            begin = now + int(travel[at, site])
            if begin + stay + int(travel[site, target]) > due:
                break
            been = site in planned and not problem.access.may_return(site)
            if been or not problem.access.is_open(team, site, begin, begin + stay):
                n, passed = n + 1, passed + 1
                if passed == len(loop):
                    break
                continue
            passed = 0
            visits.append((site, begin, dwell))
            planned.add(site)
            at, now, n = site, begin + stay, n + 1
        if fixed is not None:
            visits.append(tuple(fixed))
            at, now = target, due + int(search.menu.visit_steps[fixed[2]])
    return rows(visits)


def _loop(travel: NDArray[np.int32], sites: list[int]) -> list[int]:
    """Build a short closed tour: nearest neighbour, then 2-opt to a local optimum (Croes 1958)."""
    if len(sites) < 3:
        return list(sites)
    left = list(sites[1:])
    tour = [sites[0]]
    while left:
        tour.append(left.pop(int(np.argmin([travel[tour[-1], s] for s in left]))))
    cost = np.minimum(travel, travel.T).astype(np.int64)
    improved = True
    while improved:
        improved = False
        for a in range(len(tour) - 1):
            for b in range(a + 2, len(tour) - (a == 0)):
                i, j, k, m = tour[a], tour[a + 1], tour[b], tour[(b + 1) % len(tour)]
                if cost[i, k] + cost[j, m] < cost[i, j] + cost[k, m]:
                    tour[a + 1 : b + 1] = reversed(tour[a + 1 : b + 1])
                    improved = True
    return tour
