"""Exact strategy for small problems: enumerate every route of every team, combine them by branch and bound.

It is the oracle that tests compare the other strategies and the bound with. The number of routes grows
exponentially with the length of the shift: it suits problems of a dozen steps, not of hundreds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.errors import Fault, InfeasibleError, InputError, Message
from routeopt.kernels.visibility import branch_and_bound, levels
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.tasks import starts as starts_of
from routeopt.rules import restricted
from routeopt.search import presence, required
from routeopt.search.building import Builder
from routeopt.search.crews import split
from routeopt.search.state import Progress, Search, Visits, rows
from routeopt.timeline import teams_at, walk

name = "exact"
MOST_ROUTES = 60_000
"""Greatest number of routes of one team."""
MOST_NUMBERS = 2e8
"""Greatest size of the coverage of all routes together, float64 numbers: 1.6 GB."""
CHUNK = 20_000_000
"""Numbers of coverage that are computed before the budget is asked again; about 0.05 s."""
MOST_TASKS = 62
"""Greatest number of tasks: a set of them is one int64."""


def supports(problem: Problem) -> bool:
    """Return whether there are no prices, nor floors that are no rules, and all routes can be enumerated."""
    problem = split(restricted(problem))[0]
    too_many = len(problem.tasks) > MOST_TASKS or (problem.has_prices and not holds_goals(problem))
    if (
        too_many
        or problem.team_anywhere.any()
        or problem.n_points * problem.n_steps * problem.n_teams > MOST_NUMBERS
    ):
        return False
    return _all_routes(problem) is not None


def holds_goals(problem: Problem) -> bool:
    """Return whether there are no prices, and all goals are rules on presence."""
    return len(problem.rules_on_presence) == len(problem.goals) and not (problem.leaving_price > 0).any()


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Return a proven optimal plan with its value as the bound.

    If the time is over before, the best plan found so far is returned, without a bound.

    Raises
    ------
    InputError
        If the problem has too many routes or tasks.
    InfeasibleError
        If no plan exists.
    """
    goals, search = problem.goals, Search(replace(problem, goals=()))
    builder = Builder(budget, progress)
    problem = search.problem
    required.refuse_impossible(problem)
    listed = _all_routes(problem, builder) if len(problem.tasks) <= MOST_TASKS else None
    if listed is None:
        where = Message("place-strategy", name=name)
        raise InputError(Fault("RO-454", where, routes=MOST_ROUTES, tasks=MOST_TASKS))
    given, routes = _options(search, listed, builder)
    ruled = replace(problem, goals=goals)
    presence.refuse_impossible(ruled)
    at_end, rows_found = _best(search, ruled, given, routes, builder)
    proven = at_end and not builder.late  # otherwise there are more routes than were listed
    if rows_found is not None:
        chosen = [routes[row] for row in rows_found]
    else:
        chosen = required.skeleton(search, builder)  # raises an error that names the tasks
        presence.refuse_broken(ruled, search.plan(chosen))
        if proven:
            raise InfeasibleError(Fault("RO-456", "tasks"))
    builder.offer(chosen, search.value(chosen))
    bound = builder.value if proven else None
    if progress is not None:
        progress(builder.seconds, builder.value, bound)
    return builder.result(search, name, seed, bound=bound)


def _best(
    search: Search, ruled: Problem, given: branch_and_bound.Options, routes: list[Visits], builder: Builder
) -> tuple[bool, NDArray[np.int64] | None]:
    """Return whether everything was looked at, and the rows of the best combination of routes, if there is one.

    Tasks that several teams do together begin in every step that they may, one after the other, or not at all.
    """
    problem, fade = search.problem, search.menu.fade
    crews = search.crews
    choices = [
        [*crews.starts(q), *([] if crews.given.tasks.mandatory[q] else [None])] for q in crews.parts
    ]  # fmt: skip
    must = int((1 << np.flatnonzero(problem.tasks.mandatory & problem.tasks.is_first)).sum())
    most = max(1, CHUNK // problem.demand.size)
    best, best_rows, at_end = -1.0, None, True
    counted = _present(ruled, given, routes)
    together = _enough(ruled, given, counted)
    for enough, begins in ((enough, begins) for enough in together for begins in product(*choices)):
        begin = dict(zip(crews.parts, begins, strict=True))
        kept = np.array([_begins(search, visits, begin) for visits in routes]) & enough
        part, where = branch_and_bound.some_of(given, kept)
        if part is None:
            continue
        parts = [p for q, step in begin.items() if step is not None for p in crews.parts[q]]
        needed = must | int((1 << np.array(parts, dtype=np.int64)).sum())
        tree = branch_and_bound.tree(problem.demand, problem.level0, fade, *problem.given(), part)
        tree.best[0] = best
        done = False
        while not done and builder.goes_on():
            done = branch_and_bound.best_combination(
                problem.demand, problem.level0, fade, part, needed, tree, most
            )  # fmt: skip
        at_end &= done
        if tree.best[0] > best:
            best, best_rows = float(tree.best[0]), where[tree.best_row]
    return at_end, best_rows


def _present(problem: Problem, given: branch_and_bound.Options, routes: list[Visits]) -> NDArray[np.int64]:
    """Count each route's presence where it must be, (n_routes, n_rules · n_steps), steps that count alone."""
    rules, first = problem.rules_on_presence, given.first
    if not rules:
        return np.zeros((len(routes), 0), dtype=np.int64)
    team_of = np.repeat(np.arange(problem.n_teams), np.diff(first))
    days = [
        walk(problem, Route(int(team), tuple(Visit(*row[:3]) for row in visits.tolist())))
        for team, visits in zip(team_of, routes, strict=True)
    ]
    return np.array([
        np.concatenate([teams_at(problem, (day,), goal.sites)[goal.span(problem.n_steps)] for goal in rules])
        for day in days
    ])  # fmt: skip


def _enough(
    problem: Problem, given: branch_and_bound.Options, counted: NDArray[np.int64]
) -> Iterator[NDArray[np.bool_]]:
    """Yield sets of routes, (n_routes,), of which every combination has enough teams present: all that have.

    The presence of all teams but the last is chosen, one after the other; the last makes up for what is missing.
    """
    first = given.first.tolist()
    need = np.concatenate([np.zeros(0, dtype=np.int64), *(
        np.full(len(range(*goal.span(problem.n_steps).indices(problem.n_steps))), goal.responders)
        for goal in problem.rules_on_presence
    )])  # fmt: skip

    def choose(team: int, left: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
        own = slice(first[team], first[team + 1])
        if (left > problem.n_teams - team).any():
            return
        if team == problem.n_teams - 1:
            chosen[own] = (counted[own] >= left).all(axis=1)
            if chosen[own].any():
                yield chosen
            return
        kinds, kind = np.unique(counted[own], axis=0, return_inverse=True)
        for n, row in enumerate(kinds):
            chosen[own] = kind == n
            yield from choose(team + 1, left - row, chosen)

    yield from choose(0, need, np.zeros(len(counted), dtype=np.bool_))


def _begins(search: Search, visits: Visits, begin: dict[int, int | None]) -> bool:
    """Return whether a route does parts of crews' tasks only when these begin."""
    if not begin:
        return True
    first = search.problem.activities.first_task
    for visit in visits[visits[:, 2] >= first]:
        q = int(search.crews.whole[visit[2] - first])
        if q in begin and begin[q] != visit[1]:
            return False
    return True


def _options(
    search: Search, listed: list[list[Visits]], builder: Builder
) -> tuple[branch_and_bound.Options, list[Visits]]:
    """Compute what each route does alone, the best of a team first; those reached in time, one at least."""
    problem, fade = search.problem, search.menu.fade
    absent0, keep0 = problem.given()
    empty = branch_and_bound.objective(problem.demand, problem.level0, fade, absent0, keep0)
    absent, keep, alone, reward, done, routes, first = [], [], [], [], [], [], [0]
    for team, options in enumerate(listed):
        coverage = []
        for visits in options:
            coverage.append(_coverage(search, team, visits))
            if not builder.goes_on():
                break
        options = options[: len(coverage)]
        rewards = np.array([search.total * problem.tasks.reward[_tasks(problem, v)].sum() for v in options])
        won = rewards + np.array([
            branch_and_bound.objective(problem.demand, problem.level0, fade, a * absent0, k * keep0) - empty
            for a, k in coverage
        ])  # fmt: skip
        order = np.argsort(-won, kind="stable")
        absent += [coverage[i][0] for i in order]
        keep += [coverage[i][1] for i in order]
        routes += [options[i] for i in order]
        alone.append(won[order])
        reward.append(rewards[order])
        done += [
            int((1 << problem.tasks.group[_tasks(problem, options[i])].astype(np.int64)).sum()) for i in order
        ]
        first.append(first[-1] + len(options))
    return branch_and_bound.Options(
        np.stack(absent), np.stack(keep), np.concatenate(alone), np.concatenate(reward),
        np.array(done, dtype=np.int64), np.array(first, dtype=np.int64),
    ), routes  # fmt: skip


def _tasks(problem: Problem, visits: Visits) -> Visits:
    """Return the indices of the tasks that a route serves."""
    codes: Visits = visits[:, 2] - problem.activities.first_task
    return codes[codes >= 0]


def _all_routes(problem: Problem, builder: Builder | None = None) -> list[list[Visits]] | None:
    """List every route of each team, or those found in time, one at least; None if there are too many."""
    found = []
    for team in range(problem.n_teams):
        options = []
        for visits in _routes(problem, team):
            options.append(rows(visits))
            if len(options) > MOST_ROUTES:
                return None
            if builder is not None and not builder.goes_on():
                break
        found.append(options)
    n_numbers = 2.0 * sum(map(len, found)) * problem.n_points * problem.n_steps
    return found if n_numbers <= MOST_NUMBERS else None


def _routes(problem: Problem, team: int) -> Iterator[list[tuple[int, int, int]]]:
    """Yield every route that `check` accepts, depth first; each is valid only until the next one is drawn."""
    movement = problem.movement(team)
    home, finish = int(problem.team_end_site[team]), int(problem.team_end_step[team])
    steps, leave_by = cache(movement.steps), cache(lambda site: movement.leave_by(site, home, finish))
    sites = np.flatnonzero(problem.site_stoppable).tolist()
    stays, menu = problem.dwell_steps.tolist(), problem.activities.first_task
    begins = [  # site, length and dwell of each task that the team may do, and when it may begin
        (int(problem.tasks.site[q]), int(problem.tasks.service_steps[q]), problem.activities.of_task(q),
         sorted({t for first, last in starts_of(problem, q, team) for t in range(first, last + 1)}))
        for q in range(len(problem.tasks))
        if problem.tasks.allowed[q, team]
    ]  # fmt: skip
    group = problem.tasks.group.tolist()
    visits: list[tuple[int, int, int]] = []
    is_open, may_return = problem.access.is_open, problem.access.may_return

    def extend(at: int, now: int) -> Iterator[list[tuple[int, int, int]]]:
        if now + steps(at, home, now) <= finish:
            yield visits
        for site in sites:
            if visits and visits[-1][0] == site and visits[-1][2] < menu:
                continue  # one stay: the wait before a visit is part of it
            if _has_left(visits, site) and not may_return(site):
                continue
            for start in range(max(now + steps(at, site, now), _next_stop(problem, visits)), finish):
                for dwell, stay in enumerate(stays):
                    if start + stay > leave_by(site) or not is_open(team, site, start, start + stay):
                        break
                    visits.append((site, start, dwell))
                    yield from extend(site, start + stay)
                    visits.pop()
        for site, stay, code, starts in begins:
            if any(visit[2] >= menu and group[visit[2] - menu] == group[code - menu] for visit in visits) or (
                _has_left(visits, site) and not may_return(site)
            ):
                continue
            for start in starts:
                if now + steps(at, site, now) <= start and start + stay <= leave_by(site):
                    visits.append((site, start, code))
                    yield from extend(site, start + stay)
                    visits.pop()

    yield from extend(int(problem.team_start_site[team]), int(problem.team_start_step[team]))


def _next_stop(problem: Problem, visits: list[tuple[int, int, int]]) -> int:
    """Return the first step in which a stop may start after a route's visits."""
    menu = problem.activities.first_task
    return max((start + problem.spacing_steps for _, start, what in visits if what < menu), default=0)


def _has_left(visits: list[tuple[int, int, int]], site: int) -> bool:
    """Return whether a route has stopped at the site and gone elsewhere since."""
    return bool(visits) and visits[-1][0] != site and any(visit[0] == site for visit in visits)


def _coverage(search: Search, team: int, visits: Visits) -> tuple[np.typing.NDArray[np.float64], ...]:
    """Compute ``absent`` and ``keep`` of one route alone, (n_points, n_steps) each."""
    fresh, everything = levels.coverage(search.coverage.demand, search.coverage.level0)
    teams = search.teams
    route = levels.Route(
        int(teams.profile[team]), float(teams.factor[team]), search.ends[team], visits, -1, teams.waits
    )
    branch_and_bound.cover(search.movement, search.menu, route, everything, fresh)
    return fresh.absent, fresh.keep
