"""Team by team, each the best response to those before; then stretches re-solved against all the rest.

Each iteration takes what one or two teams do in a stretch of the shift out of the plan and puts the best
response to everything else in its place (`kernels.longest_path`); annealing decides whether it stays
(Kirkpatrick, Gelatt and Vecchi 1983).

Ruin and recreate by inserting visits one by one does not pay here: what the sites' stays are worth has to be
looked up either way, so filling a stretch greedily takes as long as the longest path through it, and four
times as much is lost (0.43 ms and 0.11 of a stop, 0.45 ms and 0.03, on the reference night). Tasks alone are
another matter (`strategies.orienteering`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.guard import refuse, whole
from routeopt.kernels.random import states
from routeopt.kernels.visibility.anneal import UNDECIDED, Draws
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search import required
from routeopt.search.initial import sound_initial
from routeopt.search.schedule import Schedule
from routeopt.search.state import NOTHING, Progress, Search, Tracker, routes_of

name = "best_response"
WINDOWS_MIN = (20, 40)
"""Lengths of the stretches that are re-solved, minutes."""
VARY_MIN = 50.0
"""Whole routes are re-solved, and stretches without some of the sites, each with a chance of the square of this to
the length of the shift: short nights need it more, and can afford it."""
MOST_WHOLE = 40
"""Sites looked at for a first whole route: a quarter of the time that all sites of a night in town would take."""
PAIR = 0.5
"""Share of the iterations that re-solve two teams one after the other, instead of one."""
OMIT, OMITTED = 0.8, 0.5
"""Chance that some sites are left out when whole routes are re-solved, and the share of them: so that not the same
is found again."""
HOT, COLD = 0.2, 0.005
"""First and last temperature of the annealing, relative to what a stop of the plan is worth on average."""

EXCHANGE = 4000
"""Iterations after which threads that are behind take over the best plan (1000 gave no better ones)."""


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Every problem."""
    return True


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,
    progress: Progress | None = None,
    threads: int = 1,
) -> Result:
    """Best plan found until ``budget`` by so many threads; Ctrl-C returns the best so far.

    Iterations are those of each thread.

    Raises
    ------
    InputError
        ``initial`` breaks a rule, or ``threads`` is less than 1.
    InfeasibleError
        No plan exists.
    """
    refuse(whole("threads", threads, 1))
    if initial is not None:
        initial = sound_initial(problem, initial)
    required.refuse_impossible(problem)
    search, tracker = Search(problem), Tracker(budget, progress)
    interrupted = False
    try:
        if initial is not None:
            search.set_plan(routes_of(initial))
        for team in np.argsort(-problem.team_factor, kind="stable"):
            if search.counts[team] < 0:
                search.set_route(int(team), search.best_stretch(int(team), 0, most=MOST_WHOLE))
                search.refresh()
            tracker.offer(search.copy_routes(), search.seen())
        if len(search.missing()):
            required.hold(search)
            tracker.offer(search.copy_routes(), search.seen())
        anneal(search, tracker, seed, range(problem.n_teams), 0, threads)
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            nowhere = [NOTHING] * problem.n_teams
            tracker.offer(nowhere, search.value(nowhere))
    return tracker.result(search, name, seed, interrupted)


def anneal(
    search: Search, tracker: Tracker, seed: int, teams: Sequence[int], first_step: int, threads: int = 1
) -> None:
    """Re-solve stretches of ``teams`` from ``first_step`` on until the tracker says stop; it keeps the best.

    Each of ``threads`` searches on its own, and takes over the best plan of all every `EXCHANGE` iterations.
    """
    n_steps = search.problem.n_steps - first_step
    draws, chosen, schedule = _draws(search, n_steps), np.array(teams), Schedule(tracker)
    searches, numbers = [search, *(search.twin() for _ in range(threads - 1))], states(seed, threads)
    for one in searches:
        one.best.worth[0] = -np.inf
    with ThreadPoolExecutor(threads) as pool:
        while n := tracker.go_on(min(schedule.most(), EXCHANGE - tracker.iterations % EXCHANGE)):
            work = partial(
                Search.anneal, draws=draws, cooling=schedule.cooling(n, HOT, COLD), teams=chosen,
                first_step=first_step, n_steps=n_steps, begin=tracker.iterations - n, n_iterations=n,
            )  # fmt: skip
            running = [pool.submit(work, one, state=mine) for one, mine in zip(searches, numbers, strict=True)]
            try:
                for found in running:
                    found.result()
            finally:
                wait(running)
                for one in searches:
                    tracker.offer_later(one)
            if tracker.iterations % EXCHANGE == 0:
                _exchange(searches)
            schedule.count(n)


def _exchange(searches: Sequence[Search]) -> None:
    """Those that have found less go on from the best plan of all."""
    ahead = max(searches, key=lambda one: float(one.best.worth[0]))
    for one in searches:
        if one.best.worth[0] < ahead.best.worth[0]:
            routes = zip(ahead.best.routes, ahead.best.counts, strict=True)
            one.set_plan([None if n < 0 else route[:n] for route, n in routes])


def resolve(
    search: Search, state: NDArray[np.uint64], teams: Sequence[int], first_step: int, n_steps: int
) -> list[int]:
    """Re-solve one stretch of the shift for one or two of ``teams``, somewhere in the steps given: whose it is.

    `Search.settle` or `Search.put_back` before anything else.
    """
    search.anneal(_draws(search, n_steps), UNDECIDED, np.array(teams), first_step, n_steps, 0, 1, state)
    return search.changed()


def _draws(search: Search, n_steps: int) -> Draws:
    """How stretches are drawn in a shift of so many steps."""
    minute = 60.0 / search.problem.clock.step_s
    vary = min(1.0, (VARY_MIN * minute / n_steps) ** 2)
    widths = np.array([max(1, int(width * minute)) for width in WINDOWS_MIN])
    return Draws(widths, PAIR, vary, OMIT, OMITTED, Search.MOST)
