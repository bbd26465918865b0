"""Common practice: split the area into one beat per team, which patrols it in a loop.

Beats are areas of sites by travel time (`routeopt.areas`): compact, each with about the same demand. The loop is
the shortest tour that 2-opt finds, with a 10-minute visit at each site. Teams leave it for mandatory tasks
(`required.skeleton`) and resume it afterwards; optional tasks are ignored.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from routeopt.areas.draw import draw
from routeopt.areas.metric import GivenMetric
from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import UNREACHABLE, Problem
from routeopt.search import required
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search, Visits, rows

name = "beats"
STOP_S = 600
"""Length of each visit, seconds; the nearest dwell on the menu is used."""
TOLERANCE = 0.1
"""How far a beat's demand may be from the mean, as a share of it."""
ROUNDS = 4
"""Iterations of the search for the beats."""
MOST = 400
"""Sites that beats are drawn by, those of most demand; all others join the nearest centre."""


def supports(problem: Problem) -> bool:
    """Return whether there are no floors and prices, which this strategy cannot hold."""
    return not problem.has_prices


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Build one plan; the seed draws the first centres of the beats and the first site of each loop.

    Teams whose turn does not come in time stay at their posts.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    import scipy.optimize  # noqa: F401  # takes a second, which is no time of the search

    rng = np.random.default_rng(seed)
    search = Search(problem)
    builder = Builder(budget, progress)
    must = required.skeleton(search, builder)
    beats = _split(search, seed, builder)
    routes = [_patrol(search, team, sites, must[team], rng, builder) for team, sites in enumerate(beats)]
    builder.offer(routes, search.value(routes))
    if progress is not None:
        progress(builder.seconds, builder.value, None)
    return builder.result(search, name, seed)


def _split(search: Search, seed: int, builder: Builder) -> list[list[int]]:
    """Assign sites to beats: the sites of each team; none of those whose beats are not found in time."""
    problem = search.problem
    attraction = (search.site_demand * search.stoppable)[search.teams.profile]
    weight = attraction.max(axis=0)
    usable = np.flatnonzero(weight > 0)
    beats: list[list[int]] = [[] for _ in range(problem.n_teams)]
    drawn = np.sort(usable[np.argsort(-weight[usable], kind="stable")[:MOST]])
    steps = _both_ways(search, drawn, builder)
    if len(steps) < len(drawn) or len(drawn) == 0:
        return beats
    budget = Budget(iterations=ROUNDS, seconds=None if math.isinf(builder.left) else max(0.0, builder.left))
    metric = GivenMetric(np.where(steps < UNREACHABLE, steps, np.inf))
    found = draw(metric, weight[drawn], min(problem.n_teams, len(drawn)), TOLERANCE, budget, seed, proven=False)
    team_of, distance = _assigned(search, drawn[found.centre], builder)
    beat_of = np.full(problem.n_sites, -1)
    beat_of[drawn] = team_of[found.area]
    for site in usable[np.argsort(-weight[usable], kind="stable")]:
        team = int(beat_of[site])
        if team < 0 or attraction[team, site] <= 0:
            cost = np.where(attraction[:, site] > 0, distance[:, site], np.inf)
            team = int(cost.argmin())
            if cost[team] == np.inf:
                continue
        beats[team].append(int(site))
    return beats


def _assigned(
    search: Search, centres: NDArray[np.int64], builder: Builder
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Assign beats to teams with the least total travel from their starts, or in order when the time is over.

    Returns the team of each beat, and the distances from the beats' centres by team, (n_teams, n_sites); inf
    without a beat, or where the time is over.
    """
    from scipy import optimize

    problem = search.problem
    team_of, first_leg = np.arange(len(centres)), []
    for k in range(problem.n_teams):
        if not builder.goes_on():
            break
        start, step = int(problem.team_start_site[k]), int(problem.team_start_step[k])
        first_leg.append(problem.movement(k).steps_from(start, step)[centres])
    if len(first_leg) == problem.n_teams:
        teams, beats = optimize.linear_sum_assignment(np.minimum(first_leg, 1e6))
        team_of = teams[np.argsort(beats)]
    found = np.full((problem.n_teams, problem.n_sites), np.inf)
    for team, centre in zip(team_of.tolist(), centres.tolist(), strict=True):
        if not builder.goes_on():
            break
        found[team] = _fastest(search, centre)
    return team_of, found


def _both_ways(search: Search, sites: NDArray[np.int64], builder: Builder) -> NDArray[np.float64]:
    """Return the travel steps between sites, (n, n), in the better direction and mode; fewer rows if late."""
    used = [search.problem.profiles[p] for p in np.unique(search.teams.profile)]
    if all(profile.knows_all for profile in used):
        ways = [profile.pairs(sites) for profile in used]
        least: NDArray[np.float64] = np.minimum.reduce([np.minimum(way, way.T) for way in ways]).astype(np.float64)
        return least
    rows_found: list[NDArray[np.float64]] = []
    for site in sites.tolist():
        if not builder.goes_on():
            return np.array(rows_found)
        rows_found.append(np.minimum.reduce([p.steps_from(site)[sites] for p in used]).astype(np.float64))
    steps = np.array(rows_found)
    return np.minimum(steps, steps.T)


def _fastest(search: Search, site: int) -> NDArray[np.float64]:
    """Return the travel steps between a site and each site, (n_sites,), in the better direction and mode."""
    used = [search.problem.profiles[p] for p in np.unique(search.teams.profile)]
    ways = [np.minimum(profile.steps_from(site), profile.steps_to(site)) for profile in used]
    fastest: NDArray[np.float64] = np.minimum.reduce(ways).astype(np.float64)
    return fastest


def _patrol(
    search: Search, team: int, sites: list[int], must: Visits, rng: np.random.Generator, builder: Builder
) -> Visits:
    """Repeat the loop until the team has to return, interrupted by its mandatory visits ``must``."""
    problem = search.problem
    movement = problem.movement(team)
    at, home, now, finish = (int(x) for x in search.ends[team])
    dwell = int(np.abs(problem.dwell_steps * problem.clock.step_s - STOP_S).argmin())
    stay = int(problem.dwell_steps[dwell])
    travel: list[NDArray[np.int64]] = []
    for site in sites:
        if not builder.goes_on():
            break
        travel.append(movement.profile.steps_from(site)[sites])
    sites = sites[: len(travel)]
    loop = _loop(np.array(travel)[:, : len(sites)], sites, builder) if sites else []
    ways = movement.profile.steps_from(at) if loop else np.empty(0, dtype=np.int64)
    loop = [s for s in loop if (movement.least(at, s) if movement.changes else ways[s]) < UNREACHABLE]
    start = int(rng.integers(len(loop))) if loop else 0
    loop = loop[start:] + loop[:start]
    visits: list[tuple[int, int, int]] = []
    n, passed, since, planned = 0, 0, 0, set(must[:, 0].tolist())
    for fixed in [*must.tolist(), None]:
        target, due = (home, finish) if fixed is None else fixed[:2]
        while loop and builder.goes_on():
            site = loop[n % len(loop)]
            begin = max(now + movement.steps(at, site, now), since)
            if begin + stay + movement.steps(site, target, begin + stay) > due:
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
            at, now, n, since = site, begin + stay, n + 1, begin + problem.spacing_steps
        if fixed is not None:
            visits.append(tuple(fixed))
            at, now = target, due + int(search.menu.visit_steps[fixed[2]])
    return rows(visits)


def _loop(travel: NDArray[np.int64], sites: list[int], builder: Builder) -> list[int]:
    """Build a short closed tour: nearest neighbour, then 2-opt to a local optimum (Croes 1958) or the time limit.

    ``travel`` are the steps between the sites, (n, n).
    """
    if len(sites) < 3:
        return list(sites)
    left = list(range(1, len(sites)))
    tour = [0]
    while left:
        tour.append(left.pop(int(np.argmin([travel[tour[-1], s] for s in left]))))
    cost = np.minimum(travel, travel.T)
    improved = True
    while improved:
        improved = False
        for a in range(len(tour) - 1):
            if not builder.goes_on():
                return [sites[n] for n in tour]
            for b in range(a + 2, len(tour) - (a == 0)):
                i, j, k, m = tour[a], tour[a + 1], tour[b], tour[(b + 1) % len(tour)]
                if cost[i, k] + cost[j, m] < cost[i, j] + cost[k, m]:
                    tour[a + 1 : b + 1] = reversed(tour[a + 1 : b + 1])
                    improved = True
    return [sites[n] for n in tour]
