"""Team by team, each the best response to those before; then stretches re-solved against all the rest.

Each iteration takes what one or two teams do in a stretch of the shift out of the plan and puts the best
response to everything else in its place (`kernels.longest_path`); annealing decides whether it stays
(Kirkpatrick, Gelatt and Vecchi 1983).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.stop import Stop
from routeopt.strategies import task_routes
from routeopt.strategies.search import Progress, Search, Tracker, Visits, routes_of

name = "best_response"
WINDOWS_MIN = (20, 40)
"""Lengths of the stretches that are re-solved, minutes."""
VARY_MIN = 50.0
"""Whole routes are re-solved, and stretches without some of the sites, each with a chance of the square of this to
the length of the shift: short nights need it more, and can afford it."""
MOST = 15
"""Sites looked at when a stretch is re-solved: those whose best stay gains most."""
PAIR = 0.5
"""Share of the iterations that re-solve two teams one after the other, instead of one."""
OMIT, OMITTED = 0.8, 0.5
"""Chance that some sites are left out when whole routes are re-solved, and the share of them: so that not the same
is found again."""
HOT, COLD = 0.2, 0.005
"""First and last temperature of the annealing, relative to what a stop of the plan is worth on average."""


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
    task_routes.refuse_impossible(problem)
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
        if len(search.missing()):
            task_routes.hold(search)
            tracker.offer(search.copy_routes(), search.seen())
        anneal(search, tracker, rng, range(problem.n_teams), 0)
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            empty: Visits = np.empty((0, 3), dtype=np.int64)
            tracker.offer([empty] * problem.n_teams, search.value([empty] * problem.n_teams))
    return tracker.result(search, name, seed, interrupted)


def anneal(
    search: Search, tracker: Tracker, rng: np.random.Generator, teams: Sequence[int], first_step: int
) -> None:
    """Re-solve stretches of ``teams`` from ``first_step`` on until the tracker says stop; it keeps the best."""
    value = search.seen()
    while tracker.go_on():
        undo = resolve(search, rng, teams, first_step, search.problem.n_steps - first_step)
        new = search.seen()
        temperature = value / max(1, int(search.counts.sum())) * HOT * (COLD / HOT) ** tracker.share
        if new >= value + temperature * np.log(rng.random()):
            value = new
            if value > tracker.value:
                tracker.offer(search.copy_routes(), value)
        else:
            search.put_back(undo)


def resolve(
    search: Search, rng: np.random.Generator, teams: Sequence[int], first_step: int, n_steps: int
) -> list[tuple[int, int, int, Visits]]:
    """Re-solve one stretch of the shift for one or two of ``teams``, somewhere in the steps given.

    Returns
    -------
    What `Search.put_back` needs to undo it: team, first and last (exclusive) of its new visits, its old ones.
    """
    n_teams = min(len(teams), 2 if rng.random() < PAIR else 1)
    chosen = [int(k) for k in rng.choice(teams, n_teams, replace=False)]
    minute = 60.0 / search.problem.clock.step_s
    width = max(1, int(rng.choice(WINDOWS_MIN) * minute))
    omit = vary = min(1.0, (VARY_MIN * minute / n_steps) ** 2)
    if rng.random() < vary:
        width, omit = 2 * n_steps, OMIT
    begin = int(rng.integers(first_step - width // 2, first_step + max(n_steps - width // 2, 1)))
    nothing: Visits = np.empty((0, 3), dtype=np.int64)
    old = []
    for team in chosen:
        first, last = search.window(team, begin, begin + width)
        old.append((team, first, search.route(team)[first:last].copy()))
        search.splice(team, first, last, nothing)
    search.refresh()
    undo = []
    for team, first, visits in old:
        open_to = rng.random(search.problem.n_sites) >= OMITTED if rng.random() < omit else None
        new = search.best_stretch(team, first, most=MOST, open_to=open_to)
        search.splice(team, first, first, new)
        search.refresh()
        undo.append((team, first, first + len(new), visits))
    return undo
