"""In the order of time, whoever is free next makes the visit of most gain per minute."""

from __future__ import annotations

import numpy as np

from routeopt.kernels import longest_path
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.stop import Stop
from routeopt.strategies.search import Progress, Search, Tracker, Visits

name = "greedy"


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Every problem."""
    return True


def solve(
    problem: Problem,
    stop: Stop,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """One construction; exact marginal gains over all that is planned so far; no randomness.

    Raises
    ------
    InfeasibleError
        No plan exists.
    """
    search, tracker = Search(problem), Tracker(stop, progress)
    stops: list[list[tuple[int, int, int]]] = [[] for _ in range(problem.n_teams)]
    at, now = problem.team_start_site.copy(), problem.team_start_step.astype(np.int64)
    waiting = set(range(problem.n_teams))
    interrupted = False
    try:
        while waiting:
            team = min(waiting, key=lambda k: (now[k], k))
            here_sum, leave_at = search.site_worth(team, *search.traces(_arrays(stops)))
            found = longest_path.best_next(
                search.way(team), problem.team_factor[team], problem.dwell_steps, problem.dwell_effect,
                at[team], now[team], problem.team_end_site[team], problem.team_end_step[team],
                search.stoppable[problem.team_profile[team]], here_sum, leave_at,
            )  # fmt: skip
            if found[0] < 0:
                waiting.discard(team)
                continue
            stops[team].append(found)
            at[team], now[team] = found[0], found[1] + int(problem.dwell_steps[found[2]])
    except KeyboardInterrupt:
        interrupted = True
    routes = _arrays(stops)
    tracker.offer(routes, search.value(routes))
    if progress is not None:
        progress(tracker.seconds, tracker.value, None)
    return tracker.result(search, name, seed, interrupted)


def _arrays(stops: list[list[tuple[int, int, int]]]) -> list[Visits]:
    return [np.array(route, dtype=np.int64).reshape(-1, 3) for route in stops]
