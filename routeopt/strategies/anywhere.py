"""Teams that start anywhere and return there: rounds of a search with given starts, which move between rounds.

A closed tour may begin at any of its stops. Where nothing depends on the time, the tours found so far are turned:
another of their stops is where they start, and the search goes on. Otherwise starts are drawn by what can be won
there, all of them at first, then one at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.errors import InfeasibleError
from routeopt.evaluation import left, value
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.rules import check
from routeopt.search.pack import demand_seen
from routeopt.search.state import Progress

ROUNDS = 8
"""Rounds of a search."""
ALL_NEW = 0.5
"""Share of the rounds in which all starts are drawn, where tours cannot be turned."""

TAKEN = 0.1
"""Factor on the chance of a start that another team has."""
SAME = 1e-9
"""Values that differ by less are the same."""

Inner = Callable[[Problem, Budget, int, Plan | None, Progress | None], Result]
"""(problem with given starts, budget, seed, plan to start from, progress) → result."""


def solve(
    problem: Problem, budget: Budget, seed: int, initial: Plan | None, progress: Progress | None, inner: Inner
) -> Result:
    """Return the best plan of rounds of ``inner``, each with given starts.

    Raises
    ------
    InfeasibleError
        If no round finds a plan.
    """
    rng, began = np.random.default_rng(seed), time.perf_counter()
    best: Result | None = None
    later = 0
    plan, error = initial, InfeasibleError([])
    history, iterations = list[tuple[float, float]](), 0
    for n in range(ROUNDS):
        passed, known = time.perf_counter() - began, best.value if best is not None else 0.0
        if best is not None and budget.is_spent(passed, 0):
            break

        def tell(
            seconds: float, found: float, _: float | None, passed: float = passed, known: float = known
        ) -> None:
            if progress is not None:
                progress(passed + seconds, max(found, known), None)

        turned = None if plan is None else _turned(problem, plan, rng)
        starts = _starts(problem, turned or plan, rng, all_new=n < ALL_NEW * ROUNDS)
        rooted = with_starts(problem, starts, later)
        start = turned if turned is not None and not check(rooted, turned) else None
        if n == 0 and initial is not None and start is None:
            rooted, start = with_starts(problem, _first(problem, initial)), initial
        try:
            result = inner(rooted, _round(budget, n, passed), seed + n, start, tell)
        except InfeasibleError as found:
            error = found
            continue
        iterations += result.iterations
        own = _freed(problem, rooted, result.plan)
        later = int(own is None)
        if own is not None:
            worth = value(problem, own)
            if best is None or worth - left(problem, own) > best.value - left(problem, best.plan):
                best = replace(result, plan=own, value=worth)
                history.append((time.perf_counter() - began, worth))
            plan = best.plan
        if result.interrupted:
            best = None if best is None else replace(best, interrupted=True)
            break
    if best is None:
        raise error
    return replace(
        best, seed=seed, runtime_s=time.perf_counter() - began, iterations=iterations, history=tuple(history)
    )


def _round(budget: Budget, n: int, passed: float) -> Budget:
    """Return the budget of a round: an equal part of what is left."""
    return Budget(
        None if budget.seconds is None else max(0.0, budget.seconds - passed) / (ROUNDS - n),
        None if budget.iterations is None else max(1, budget.iterations // ROUNDS),
        budget.no_improvement,
    )


def with_starts(problem: Problem, sites: NDArray[np.int32], later: int = 0) -> Problem:
    """Return the problem in which teams that start anywhere start and end at given sites, (n_teams,).

    ``later`` is by how many steps they start later, which leaves them time to be there first (`_freed`).
    """
    start, end = (
        np.where(problem.team_anywhere, sites, given).astype(np.int32)
        for given in (problem.team_start_site, problem.team_end_site)
    )
    begin = np.minimum(problem.team_start_step + later * problem.team_anywhere, problem.team_end_step)
    return replace(
        problem, team_start_site=start, team_end_site=end, team_start_step=begin.astype(np.int32),
        team_anywhere=np.zeros(0, dtype=np.bool_),
    )  # fmt: skip


def _first(problem: Problem, plan: Plan) -> NDArray[np.int32]:
    """Return where the teams of a plan start, (n_teams,)."""
    found = problem.team_start_site.copy()
    for route in plan.routes:
        if route.visits:
            found[route.team] = route.visits[0].site
    return found


def _turned(problem: Problem, plan: Plan, rng: np.random.Generator) -> Plan | None:
    """Return the plan with tours that start at other stops; None where none can be turned."""
    found = None
    for k, route in enumerate(plan.routes):
        if not problem.starts_anywhere(route.team) or len(route.visits) < 2:
            continue
        first = int(rng.integers(1, len(route.visits)))
        order = [*route.visits[first:], *route.visits[:first]]
        now, at, visits = int(problem.team_start_step[route.team]), order[0].site, list[Visit]()
        for visit in order:
            now += problem.movement(route.team).steps(at, visit.site, now)
            visits.append(visit._replace(start=now))
            at, now = visit.site, now + int(problem.visit_steps[visit.activity])
        routes = list((found or plan).routes)
        routes[k] = Route(route.team, tuple(visits))
        trial = Plan(tuple(routes))
        if (
            now < problem.n_steps
            and not check(problem, trial)
            and value(problem, trial) >= value(problem, plan) - SAME
        ):
            found = trial
    return found


def _starts(problem: Problem, plan: Plan | None, rng: np.random.Generator, *, all_new: bool) -> NDArray[np.int32]:
    """Return where the teams start in the next round, (n_teams,)."""
    teams = np.flatnonzero(problem.team_anywhere)
    if plan is not None and not (all_new and problem.rules_on_presence):
        found = _first(problem, plan)
        teams = rng.choice(teams, 1) if problem.rules_on_presence else teams[:0]
    else:
        found = problem.team_start_site.copy()
        teams = rng.permutation(teams)
    weight = _winnings(problem)
    for n, team in enumerate(teams.tolist()):
        able = weight > 0
        for goal in problem.rules_on_presence:  # somebody is there at the begin, and at the end
            inside = goal.sites[found[team]] if len(teams) == 1 else n < 2 * goal.responders
            able &= goal.sites if inside else ~goal.sites
        chance = np.where(able if (able & (weight > 0)).any() else weight > 0, weight, 0.0)
        found[team] = rng.choice(problem.n_sites, p=chance / chance.sum())
        weight[found[team]] *= TAKEN
    return found


def _winnings(problem: Problem) -> NDArray[np.float64]:
    """Return what can be won at each site, tasks and what is seen there, as shares of the demand, (n_sites,)."""
    tasks = problem.tasks
    found: NDArray[np.float64] = np.zeros(problem.n_sites)
    np.add.at(found, tasks.site, tasks.reward)
    seen = max((demand_seen(profile, problem.demand.sum(axis=1)) for profile in problem.profiles), key=np.sum)
    found += np.where(problem.site_stoppable, seen, 0.0) / float(problem.demand.sum())
    return found if found.sum() > 0 else np.ones(problem.n_sites)


def _pushed(problem: Problem, team: int, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Return visits that begin as planned, or as soon after as the team can be there."""
    found = [visits[0]]
    for visit in visits[1:]:
        before = found[-1]
        free = before.start + int(problem.visit_steps[before.activity])
        arrive = free + problem.movement(team).steps(before.site, visit.site, free)
        found.append(visit._replace(start=min(max(visit.start, arrive), problem.n_steps - 1)))
    return tuple(found)


def _freed(problem: Problem, rooted: Problem, plan: Plan) -> Plan | None:
    """Return a plan with given starts as one of teams that start anywhere; None if it breaks a rule then.

    Where leaving the given start out breaks one, the team waits there for a step first.
    """
    if not check(problem, plan):
        return plan
    routes = []
    for route in plan.routes:
        start, begin = int(rooted.team_start_site[route.team]), int(problem.team_start_step[route.team])
        visits = route.visits
        if problem.starts_anywhere(route.team) and visits and visits[0].site != start:
            first = Visit(start, min(begin, visits[0].start), problem.activities.wait(1))
            visits = _pushed(rooted, route.team, (first, *visits))
        routes.append(Route(route.team, visits))
    found = Plan(tuple(routes))
    return found if not check(problem, found) else None
