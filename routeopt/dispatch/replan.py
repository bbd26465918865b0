"""Re-plan a shift in progress: keep what has begun, and change other stops only where that pays.

The search starts from the plan in force. Teams whose situation changed get their best response first, then tasks
that no team serves are inserted, then stretches of the others are re-solved; a change stays only if the
visibility and rewards that it gains are more than ``PRICE`` for every stop changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from routeopt.budget import Budget
from routeopt.diff import n_changed, unchanged
from routeopt.dispatch.situation import Situation, in_ints, refuse_impossible, rest_of_night
from routeopt.errors import Message
from routeopt.guard import kind, number, refuse, whole
from routeopt.kernels.random import states
from routeopt.plan import Change, Plan, Result, Route, Visit, check_plan
from routeopt.problem import Problem
from routeopt.problem.tasks import with_tasks
from routeopt.search import required
from routeopt.search.state import Search, Tracker, Visits
from routeopt.strategies import best_response

LEAD_MIN = 10.0
"""A stop due within this time, in minutes, is kept."""
LONGEST_LEAD_MIN = 1e6
"""Greatest lead time accepted, in minutes."""
PRICE = 4e-4
"""Visibility that a changed stop must gain: about a fifth of the gain of an average stop."""
SAME_MIN = 5.0
"""A stop at the same place counts as unchanged up to this shift, in minutes."""
AROUND_MIN = 90.0
"""Length of the window that the search re-solves most of the time, in minutes."""


def replan(
    problem: Problem,
    plan: Plan,
    situation: Situation,
    budget: Budget | None = None,
    *,
    seed: int = 0,
    price: float = PRICE,
    lead_min: float = LEAD_MIN,
) -> Result:
    """Change the plan in force for the situation, without reading any clock.

    Parameters
    ----------
    problem, plan
        The night, and the plan in force, which passes `check`.
    situation
        Where things stand.
    budget
        Limits of the search; default: 0.2 seconds.
    price
        Visibility that a changed stop must gain, for teams whose situation is as planned.

    Returns
    -------
    Result
        ``plan`` has everything from the start of the night: visits done, pinned and new; it is one of
        ``with_tasks(problem, situation.tasks_added)``. ``value`` is the visibility of the whole night as it now
        stands, with rewards. ``changes`` lists what is different, and why. A mandatory task that can no longer be
        held is left out, and `check` says so.

    Raises
    ------
    InputError
        If the situation names a step, team or site outside the problem, or an invalid task.
        If the plan is not one of this problem (`routeopt.plan.check_plan`).
    """
    refuse(
        kind("problem", problem, Problem) + kind("budget", budget, Budget, optional=True) + whole("seed", seed, 0)
        + number("price", price) + number("lead_min", lead_min, 0, LONGEST_LEAD_MIN)
    )  # fmt: skip
    situation = in_ints(situation)
    refuse_impossible(problem, situation)
    problem = with_tasks(problem, situation.tasks_added)
    plan = check_plan(problem, plan)
    minutes = 60.0 / problem.clock.step_s
    rest = rest_of_night(problem, plan, situation, round(lead_min * minutes))
    n, same = problem.n_teams, round(SAME_MIN * minutes)
    tracker = Tracker(budget or Budget(seconds=0.2), None)
    search, rng = Search(rest.problem), np.random.default_rng(seed)
    (state,) = states(seed, 1)
    old: list[Visits] = [_rows(visits) for visits in rest.planned]
    past = [_rows(route.visits) for route in rest.past]
    search.set_plan([*past, *old])
    search.pinned[n:] = rest.pinned
    interrupted = False

    def changed(team: int) -> int:
        return n_changed(old[team - n], search.route(team), same, problem.activities.first_task)

    try:
        asked = [n + team for team in situation.teams if _may_move(search, n + team)]
        closed = [
            n + k for k, route in enumerate(plan.routes) if _hit(route, situation) and k not in situation.teams
        ]
        for team in asked:
            search.take_out(team, 0, int(search.counts[team]))
            search.splice(team, 0, 0, search.best_stretch(team, 0, most=best_response.MOST_WHOLE))
            search.refresh()
        free = [n + k for k in range(n) if _may_move(search, n + k)]
        costs = {team: 0 if team in asked else changed(team) for team in free}
        for q in _undone(search, situation):
            added = q >= len(problem.tasks) - len(situation.tasks_added) or problem.tasks.mandatory[q]
            if added or not tracker.budget.is_spent(tracker.seconds, 0):
                doer = required.insert(
                    search, q, free, lambda k: 0.0 if k in asked else price * (changed(k) - costs[k])
                )  # fmt: skip
                if doer is not None and doer not in asked:
                    costs[doer] = changed(doer)
        value = search.objective()
        tracker.offer(search.copy_routes(), value)
        while free and tracker.go_on():
            width = round(AROUND_MIN * minutes) if rng.random() < 0.7 else problem.n_steps
            teams = best_response.resolve(search, state, [*free, *asked, *closed], situation.step, width)
            new = search.objective()
            fresh = {team: changed(team) for team in teams if team not in asked}
            if new - value > price * sum(fresh[team] - costs[team] for team in fresh) + 1e-12:
                value = new
                costs.update(fresh)
                search.settle()
                tracker.keep(search.copy_routes(), value)
            else:
                search.put_back()
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            tracker.offer([*past, *old], search.value([*past, *old]))
    found = tracker.result(search, "replan", seed, interrupted)
    routes = tuple(Route(team, rest.past[team].visits + found.plan.routes[n + team].visits) for team in range(n))
    return replace(
        found, plan=Plan(routes), changes=tuple(_changes(problem, plan, routes, rest.past, situation, same))
    )


def _may_move(search: Search, team: int) -> bool:
    """Whether the team has any time left."""
    return bool(search.ends[team, 3] > search.ends[team, 2])


def _hit(route: Route, situation: Situation) -> bool:
    """Whether a future stop of the route is at a closed site."""
    return any(v.site in situation.closed and v.start > situation.step for v in route.visits)


def _rows(visits: Sequence[Visit]) -> Visits:
    return np.array(visits, dtype=np.int64).reshape(-1, 3)


def _undone(search: Search, situation: Situation) -> list[int]:
    """Tasks that no team serves and whose windows are not over: mandatory first, then by reward."""
    tasks = search.problem.tasks
    late = np.array([tasks.closes[a:b].max() for a, b in pairwise(tasks.window_ptr.tolist())], dtype=np.int64)
    found = np.flatnonzero(~search.done() & (late >= situation.step))
    return sorted(found.tolist(), key=lambda q: (not tasks.mandatory[q], -tasks.reward[q], q))


def _changes(
    problem: Problem,
    plan: Plan,
    routes: tuple[Route, ...],
    past: tuple[Route, ...],
    situation: Situation,
    same: int,
) -> list[Change]:
    """List the changes against the plan in force, by team and time."""
    found = []
    first_added = len(problem.activities) - len(situation.tasks_added)
    for team, route in enumerate(routes):
        begun = len(past[team].visits)
        old, new = plan.routes[team].visits[begun:], route.visits[begun:]
        kept_old, kept_new = unchanged(_rows(old), _rows(new), same, problem.activities.first_task)
        state = situation.teams.get(team)
        if state is None and any(visit.activity >= first_added for visit in new):
            why = Message("team-does-task")
        elif state is None:
            why = Message("worth-the-change")
        else:
            why = Message("team-elsewhere" if state.on_duty else "team-off-duty")
        for row, visit in enumerate(old):
            if row not in kept_old:
                reason = Message("place-closed") if visit.site in situation.closed else why
                found.append(Change(team, "dropped", visit, reason))
        for row, visit in enumerate(new):
            if row not in kept_new:
                reason = Message("task-added") if visit.activity >= first_added else why
                found.append(Change(team, "added", visit, reason))
    return sorted(found, key=lambda c: (c.team, c.visit.start))
