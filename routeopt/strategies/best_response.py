"""Team by team, each the best response to those before; then teams re-solved against the others."""

from __future__ import annotations

import numpy as np

from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.stop import Stop
from routeopt.strategies.search import Progress, Search, Tracker, Visits, routes_of

name = "best_response"
NOISE = 0.30
"""Standard deviation of the distortion of stops' gains when teams are re-solved."""
THRESHOLD = 0.004
"""How far below the current plan a new one may lie at the beginning, relative."""
COOLING = 150.0
"""Iterations after which that threshold has halved."""


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Every problem."""
    return True


def solve(
    problem: Problem,
    stop: Stop,
    seed: int = 0,
    initial: Plan | None = None,
    progress: Progress | None = None,
) -> Result:
    """Best plan found until ``stop``; Ctrl-C returns the best so far.

    Raises
    ------
    InfeasibleError
        No plan exists.
    """
    rng = np.random.default_rng(seed)
    search, tracker = Search(problem), Tracker(stop, progress)
    empty: Visits = np.empty((0, 3), dtype=np.int64)
    routes: list[Visits | None]
    routes = list(routes_of(initial)) if initial is not None else [None] * problem.n_teams
    interrupted = False
    try:
        for team in np.argsort(-problem.team_factor, kind="stable"):
            if routes[team] is None:
                routes[team] = search.best_response(int(team), *search.traces(routes))
            done = [empty if r is None else r for r in routes]
            tracker.offer(done, search.value(done))
        current, value = list(tracker.routes), tracker.value
        while tracker.go_on():
            out = _teams_to_resolve(problem, rng)
            trial: list[Visits | None] = [None if k in out else r for k, r in enumerate(current)]
            absent, keep = search.traces(trial)
            for place, team in enumerate(out):
                last = place == len(out) - 1
                scale = None if last else np.exp(rng.normal(0.0, NOISE, problem.n_sites))
                if len(out) == 1 and tracker.iterations > problem.n_teams:
                    scale = np.exp(rng.normal(0.0, NOISE * rng.random(), problem.n_sites))
                trial[team] = search.best_response(team, absent, keep, scale)
                if not last:
                    search.add(team, trial[team], absent, keep)  # type: ignore[arg-type]
            new = [empty if r is None else r for r in trial]
            new_value = search.value(new)
            if new_value >= value - THRESHOLD * value * 0.5 ** (tracker.iterations / COOLING):
                current, value = new, new_value
            tracker.offer(new, new_value)
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            tracker.offer([empty] * problem.n_teams, search.value([empty] * problem.n_teams))
    return tracker.result(search, name, seed, interrupted)


def _teams_to_resolve(problem: Problem, rng: np.random.Generator) -> list[int]:
    """One to three teams in random order."""
    count = min(int(rng.integers(1, 4)), problem.n_teams)
    return [int(k) for k in rng.choice(problem.n_teams, count, replace=False)]
