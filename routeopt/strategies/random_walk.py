"""Random patrol: draw each next site in proportion to its demand, and the dwell uniformly from the menu.

Mandatory tasks are fixed first (`required.skeleton`), and the walk leads from one to the next; optional tasks are
ignored.
"""

from __future__ import annotations

import numpy as np

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search import required
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search, Visits, rows

name = "random"


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
    """Draw one random plan, team by team; those whose turn does not come in time stay at their posts.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    rng = np.random.default_rng(seed)
    search = Search(problem)
    builder = Builder(budget, progress)
    must = required.skeleton(search, builder)
    routes = [_walk(search, team, must[team], rng, builder) for team in range(problem.n_teams)]
    builder.offer(routes, search.value(routes))
    if progress is not None:
        progress(builder.seconds, builder.value, None)
    return builder.result(search, name, seed)


def _walk(search: Search, team: int, must: Visits, rng: np.random.Generator, builder: Builder) -> Visits:
    problem = search.problem
    p = int(search.teams.profile[team])
    attraction = np.where(search.stoppable[p], search.site_demand[p], 0.0)
    movement = problem.movement(team)
    at, home, now, finish = (int(x) for x in search.ends[team, [0, 1, 2, 3]])
    visits: list[tuple[int, int, int]] = []
    planned, since = must[:, 0].tolist(), 0
    for fixed in [*must.tolist(), None]:
        target, due = (home, finish) if fixed is None else fixed[:2]
        while builder.goes_on():
            dwell = int(rng.integers(len(problem.dwell_steps)))
            arrive = np.maximum(now + movement.steps_from(at, now), since)
            end = arrive + int(problem.dwell_steps[dwell])
            fits = (end + movement.steps_to(target, end) <= due) & (attraction > 0)
            fits[at] = False
            fits &= ~search.returns(team, planned)
            if len(problem.access.begin):
                stay = int(problem.dwell_steps[dwell])
                for place in np.flatnonzero(fits).tolist():
                    fits[place] = problem.access.is_open(team, place, int(end[place]) - stay, int(end[place]))
            if not fits.any():
                break
            chance = np.where(fits, attraction, 0.0)
            site = int(rng.choice(problem.n_sites, p=chance / chance.sum()))
            visits.append((site, int(arrive[site]), dwell))
            planned.append(site)
            since = int(arrive[site]) + problem.spacing_steps
            at, now = site, int(end[site])
        if fixed is not None:
            visits.append(tuple(fixed))
            at, now = target, due + int(search.menu.visit_steps[fixed[2]])
    return rows(visits)
