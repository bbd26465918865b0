"""In the order of time, whoever is free next makes the visit or does the task of most gain per minute.

Mandatory tasks stand first (`required.skeleton`), and the rest is fitted between them.
"""

from __future__ import annotations

import numpy as np

from routeopt.budget import Budget
from routeopt.kernels.visibility import next_visit
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search import required
from routeopt.search.state import NOTHING, Progress, Search, Tracker

name = "greedy"


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Every problem."""
    return True


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """One construction; exact marginal gains over all that is planned so far; no randomness.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    search, tracker = Search(problem), Tracker(budget, progress)
    must = [visits.tolist() for visits in required.skeleton(search)]
    ends = search.ends.copy()
    # so far each team ends where it stands: what it does later is open, and must not count as presence
    search.ends[:, 1], search.ends[:, 3] = search.ends[:, 0], search.ends[:, 2]
    for team in range(problem.n_teams):
        search.set_route(team, NOTHING)
    waiting = set(range(problem.n_teams))
    interrupted = False
    try:
        while waiting:
            search.refresh()
            team = min(waiting, key=lambda k: (search.ends[k, 3], k))
            _, at, _, now = search.ends[team]
            p = int(search.teams.profile[team])
            home, finish = must[team][0][:2] if must[team] else ends[team, [1, 3]]
            site, start, dwell = next_visit.best_next(
                search.movement, search.menu, search.tasks, search.coverage, p, at, now, home, finish,
                search.stoppable[p], search.open_tasks(team) & ~problem.tasks.mandatory, bool(search.counts[team]),
            )  # fmt: skip
            if site < 0 and must[team]:
                site, start, dwell = must[team].pop(0)
            if site < 0:
                waiting.discard(team)
                continue
            count = int(search.counts[team])
            search.ends[team, 1], search.ends[team, 3] = site, start + search.menu.visit_steps[dwell]
            search.splice(team, count, count, np.array([[site, start, dwell]]))
    except KeyboardInterrupt:
        interrupted = True
        for team, visits in enumerate(must):
            count = int(search.counts[team])
            search.splice(team, count, count, np.array(visits, dtype=np.int64).reshape(-1, 3))
    search.ends[:] = ends
    routes = search.copy_routes()
    tracker.offer(routes, search.value(routes))
    if progress is not None:
        progress(tracker.seconds, tracker.value, None)
    return tracker.result(search, name, seed, interrupted)
