"""Tasks where they are all, or most, of what a plan can win: by ruin and recreate, before visits fill the rest.

Where nothing to speak of is seen from anywhere, the plan is that of `routeopt.strategies.orienteering`. Where
tasks are most of the value, it is what the best responses start from, for a share of the time that grows with it.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from routeopt.budget import Budget
from routeopt.evaluation import value as value_of
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.rules import check, restricted
from routeopt.search import presence
from routeopt.search.state import Progress, Search
from routeopt.search.state import rows as as_rows
from routeopt.search.task_routes import TaskRoutes, fit, most_seen
from routeopt.search.tracker import Tracker
from routeopt.strategies import orienteering

ROUNDS = 40
"""Rounds of ruin and recreate that count as one iteration, as they take about as long."""
UNSEEN = 1e-3
"""Visits do not count where all that can be seen is less than this share of the least reward."""
LEAST, MOST = 0.5, 0.9
"""Shares of a plan's value from which on tasks are moved first, and from which on for longest."""
TURNS = 3
"""Ways of sharing watches out among teams that are tried."""
LONGEST = 0.9
"""Share of the search, where tasks are most of the value."""


def is_all(problem: Problem) -> bool:
    """Return whether tasks are all that a plan can win, goals apart."""
    rewards = problem.tasks.reward[problem.tasks.reward > 0]
    if not len(rewards) or not fit(problem) or (problem.tasks.crew > 1).any():
        return False
    return most_seen(problem) <= UNSEEN * float(rewards.min())


def plan_alone(
    problem: Problem, budget: Budget, seed: int, progress: Progress | None, name: str, initial: Plan | None = None
) -> Result | None:
    """Return the plan of a problem of tasks alone; None where there is more to it, or no such plan is found."""
    if problem.goals or not is_all(problem):
        return None
    began = time.perf_counter()
    tables = restricted(problem)
    own = TaskRoutes(tables, tables.tasks.allowed, tables.tasks.mandatory)
    if not own.n:
        return None
    bare = value_of(problem, Plan(tuple(Route(k) for k in range(problem.n_teams))))
    owed, history = own.bonus * own.must, list[tuple[float, float]]()

    def tell(seconds: float, _: int, reward: float) -> None:
        found = bare + reward - owed
        if reward >= owed and (not history or found > history[-1][1]):
            history.append((seconds, found))
        if progress is not None:
            progress(seconds, max(0.0, found), None)

    limits = Budget(budget.seconds, _rounds(budget.iterations), _rounds(budget.no_improvement))
    start = () if initial is None else own.routes_of([as_rows(route.visits) for route in initial.routes])
    routes, done, interrupted = orienteering.anneal(
        own.nodes, problem.n_teams, limits, seed, start, own.prize, tell=tell
    )
    if not own.serves_all(routes):
        if interrupted:
            raise KeyboardInterrupt
        return None
    plan = Plan(
        tuple(
            Route(k, tuple(Visit(*row[:3]) for row in rows.tolist())) for k, rows in enumerate(own.visits(routes))
        )
    )
    if check(problem, plan):
        return None
    found, seconds = value_of(problem, plan), time.perf_counter() - began
    if initial is not None and found < value_of(problem, initial):
        return None
    return Result(
        plan=plan, value=found, strategy=name, seed=seed, runtime_s=seconds, iterations=-(-done // ROUNDS),
        history=(*history, (seconds, found)), interrupted=interrupted,
    )  # fmt: skip


def plan_watched(
    problem: Problem, budget: Budget, seed: int, progress: Progress | None, name: str
) -> Result | None:
    """Return a plan of tasks alone, with watches where teams must be present; None if none is found."""
    if not problem.rules_on_presence or len(problem.goals) > len(problem.rules_on_presence) or not is_all(problem):
        return None
    rng, best = np.random.default_rng(seed), None
    began = time.perf_counter()
    for n in range(TURNS):
        shared = presence.watches(problem, None if n == 0 else rng)
        if shared is None:
            continue
        passed = time.perf_counter() - began
        part = Budget(
            None if budget.seconds is None else max(0.0, budget.seconds - passed) / (TURNS - n),
            None if budget.iterations is None else max(1, budget.iterations // TURNS),
        )
        found = plan_alone(presence.kept_by(problem, shared), part, seed + n, progress, name)
        plan = None if found is None else presence.without_watches(problem, found.plan)
        if found is not None and plan is not None:
            found = replace(found, plan=plan, value=value_of(problem, plan), prices=(0.0,) * len(problem.goals))
            best = found if best is None or found.value > best.value else best
            if found.interrupted:
                break
    return best


def _rounds(limit: int | None) -> int | None:
    return None if limit is None else limit * ROUNDS


def plan_most(search: Search, tracker: Tracker, seed: int) -> float:
    """Route the tasks first where they are most of what a plan can win, and fill the rest with visits.

    The better of the current plan and the one found is the current plan then.

    Returns
    -------
    Share of the tasks in the value of the plan; 0 where nothing was done.
    """
    problem, tasks = search.problem, search.problem.tasks
    optional = float(tasks.reward[tasks.is_first].sum())
    if search.floors is not None or not fit(problem) or (search.routes[:, :, 3] != 0).any():
        return 0.0
    won = float(tasks.reward[search.done() & tasks.is_first].sum())
    seen = max(0.0, search.worth() - won)
    share = optional / max(optional + seen, 1e-300)
    if share < LEAST:
        return 0.0
    time_of_teams = float((problem.team_end_step - problem.team_start_step).sum())
    price = seen / max(1.0, time_of_teams)
    own = TaskRoutes(problem, search.instance.allowed, search.instance.mandatory, price)
    if not own.n:
        return 0.0
    part = LONGEST * min(1.0, (share - LEAST) / (MOST - LEAST))
    seconds, iterations = tracker.budget.remaining(tracker.seconds, tracker.iterations, tracker.improved_at)
    limits = Budget(
        None if tracker.budget.seconds is None else max(0.0, part * seconds),
        int(part * iterations) * ROUNDS if np.isfinite(iterations) else None,
    )
    if limits.seconds is None and limits.iterations is None:
        limits = Budget(iterations=int(orienteering.OPEN_END))
    before, value = search.current_routes(), search.objective()

    def tell(*_: object) -> None:
        if tracker.progress is not None:
            tracker.progress(tracker.seconds, max(0.0, tracker.value), None)

    routes, done, interrupted = orienteering.anneal(
        own.nodes, problem.n_teams, limits, seed, own.routes_of(search.copy_routes()), own.prize, price, tell
    )
    tracker.iterations += done // ROUNDS
    search.set_plan(own.visits(routes))
    _fill(search)
    found = search.objective()
    if found <= value:
        search.set_plan(before)
    tracker.offer(search.copy_routes(), search.objective())
    if interrupted:
        raise KeyboardInterrupt
    return share


def _fill(search: Search) -> None:
    """Put the best visits between the tasks of each route, team by team."""
    for team in np.argsort(-search.problem.team_factor, kind="stable").tolist():
        for row in range(int(search.counts[team]), -1, -1):
            search.take_out(team, row, row)
            search.splice(team, row, row, search.best_stretch(team, row, most=search.MOST))
            search.refresh()
