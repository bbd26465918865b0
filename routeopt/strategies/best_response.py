"""Team by team, each the best response to those before; then stretches re-solved against all the rest.

Each iteration takes what one or two teams do in a stretch of the shift out of the plan and puts the best
response to everything else in its place (`kernels.longest_path`); annealing decides whether it stays
(Kirkpatrick, Gelatt and Vecchi 1983).
"""

from __future__ import annotations

import numpy as np

from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.stop import Stop
from routeopt.strategies.search import Progress, Search, Tracker, Visits, routes_of

name = "best_response"
WINDOWS_MIN = (30, 60)
"""Lengths of the stretches that are re-solved, minutes."""
MOST = 20
"""Sites looked at when a stretch is re-solved: those whose best stay gains most."""
PAIR = 0.5
"""Share of the iterations that re-solve two teams one after the other, instead of one."""
HOT, COLD = 8e-4, 2e-5
"""First and last temperature of the annealing, relative to the value."""


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
    interrupted = False
    try:
        if initial is not None:
            search.set_plan(routes_of(initial))
        for team in np.argsort(-problem.team_factor, kind="stable"):
            if search.counts[team] < 0:
                search.set_route(int(team), search.best_stretch(int(team), 0))
                search.refresh()
            tracker.offer(search.copy_routes(), search.seen())
        value = search.seen()
        while tracker.go_on():
            undo = _resolve(search, rng)
            new = search.seen()
            temperature = value * HOT * (COLD / HOT) ** tracker.share
            if new >= value + temperature * np.log(rng.random()):
                value = new
                if value > tracker.value:
                    tracker.offer(search.copy_routes(), value)
            else:
                for team, first, last, visits in undo:
                    search.splice(team, first, last, visits)
                search.refresh()
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            empty: Visits = np.empty((0, 3), dtype=np.int64)
            tracker.offer([empty] * problem.n_teams, search.value([empty] * problem.n_teams))
    return tracker.result(search, name, seed, interrupted)


def _resolve(search: Search, rng: np.random.Generator) -> list[tuple[int, int, int, Visits]]:
    """Re-solve one stretch of the shift for one or two teams; returns what `Search.splice` needs to undo it."""
    problem = search.problem
    n_teams = min(problem.n_teams, 2 if rng.random() < PAIR else 1)
    teams = [int(k) for k in rng.choice(problem.n_teams, n_teams, replace=False)]
    width = max(1, int(rng.choice(WINDOWS_MIN) * 60 / problem.clock.step_s))
    begin = int(rng.integers(-width // 2, problem.n_steps - width // 2))
    nothing: Visits = np.empty((0, 3), dtype=np.int64)
    old = []
    for team in teams:
        first, last = search.window(team, begin, begin + width)
        old.append((team, first, search.route(team)[first:last].copy()))
        search.splice(team, first, last, nothing)
    search.refresh()
    undo = []
    for team, first, visits in old:
        new = search.best_stretch(team, first, most=MOST)
        search.splice(team, first, first, new)
        search.refresh()
        undo.append((team, first, first + len(new), visits))
    return undo
