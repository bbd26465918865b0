"""Greedy construction in time order: the next free team takes the visit or task of most gain per minute.

Mandatory tasks are fixed first (`required.skeleton`); everything else is fitted between them.
"""

from __future__ import annotations

from routeopt.budget import Budget
from routeopt.kernels.visibility import next_visit
from routeopt.kernels.visibility.solution import Gap
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search import required
from routeopt.search.building import Builder
from routeopt.search.state import NOTHING, Progress, Search, rows

name = "greedy"


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
    """Build one plan, deterministically, from exact marginal gains over the visits planned so far.

    When the time is over, what is planned so far is returned: all teams are then at about the same time of the
    shift, and stay at their posts after it.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    search = Search(problem)
    builder = Builder(budget, progress)
    problem = search.problem
    must = [visits.tolist() for visits in required.skeleton(search, builder)]
    ends = search.ends.copy()
    # each team's shift ends where it is so far: it must not count as present later
    search.ends[:, 1], search.ends[:, 3] = search.ends[:, 0], search.ends[:, 2]
    for team in range(problem.n_teams):
        search.set_route(team, NOTHING)
    waiting = set(range(problem.n_teams))
    interrupted = False
    try:
        while waiting and builder.goes_on(search.objective):
            search.refresh()
            team = min(waiting, key=lambda k: (search.ends[k, 3], k))
            _, at, _, now = search.ends[team]
            p = int(search.teams.profile[team])
            home, finish = must[team][0][:2] if must[team] else ends[team, [1, 3]].tolist()
            gap = Gap(
                p, float(search.teams.factor[team]), int(at), int(now), home, int(finish - now),
                bool(search.counts[team]), bool(must[team]), *search.stop_span(team),
            )  # fmt: skip
            open_task = search.open_tasks(team) & ~problem.tasks.mandatory
            shut = search.returns(team, [visit[0] for visit in must[team]])
            instance = search.instance._replace(stoppable=search.instance.stoppable & ~shut)
            open_task &= ~shut[problem.tasks.site]
            site, start, dwell = next_visit.best_next(instance, search.coverage, team, gap, open_task)
            if site < 0 and must[team]:
                site, start, dwell, _ = must[team].pop(0)
            if site < 0:
                waiting.discard(team)
                continue
            count = int(search.counts[team])
            search.ends[team, 1], search.ends[team, 3] = site, start + search.menu.visit_steps[dwell]
            search.splice(team, count, count, rows([(site, start, dwell)]))
    except KeyboardInterrupt:
        interrupted = True
    for team, visits in enumerate(must):  # of those that were not built to their ends
        count = int(search.counts[team])
        search.splice(team, count, count, rows(visits))
    search.ends[:] = ends
    routes = search.copy_routes()
    builder.offer(routes, search.value(routes))
    if progress is not None:
        progress(builder.seconds, builder.value, None)
    return builder.result(search, name, seed, interrupted)
