"""Re-plan a shift in progress: keep what has begun, and change other stops only where that pays.

What is done, begun or due is sealed; the gaps after it are searched, from the plan in force. Teams whose situation
changed get their best response first, then tasks that no team serves are inserted, then gaps are re-solved; a
change stays only if the visibility and rewards that it gains are more than ``PRICE`` for every stop changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from routeopt.budget import Budget
from routeopt.diff import n_changed, unchanged
from routeopt.dispatch.gaps import AROUND_MIN, PRICE, Prices, improve, interrupted
from routeopt.dispatch.situation import Situation, in_ints, refuse_impossible, standing
from routeopt.errors import Fault, Message
from routeopt.guard import kind, number, refuse, whole
from routeopt.kernels.random import states
from routeopt.kernels.visibility.solution import SEALED
from routeopt.plan import Change, Plan, Result, Route, Visit, check_plan
from routeopt.problem import Closure, Problem
from routeopt.problem.activities import Kind
from routeopt.problem.tasks import with_tasks
from routeopt.search import crews, joint, required
from routeopt.search.lending import borrowed
from routeopt.search.state import Search, Visits, rows
from routeopt.search.tracker import Tracker
from routeopt.strategies import best_response
from routeopt.timeline import gap_between

LEAD_MIN = 10.0
"""A stop due within this time, in minutes, is kept."""
LONGEST_LEAD_MIN = 1e6
"""Greatest lead time accepted, in minutes."""
FEW_STARTS = 3
"""Steps that are tried for a task of several teams that must be put elsewhere."""
SAME_MIN = 5.0
"""A stop at the same place counts as unchanged up to this shift, in minutes."""


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
        The night, and the plan in force, which passes `check`. Floors count as much as their prices say: take
        those under which the plan was found, ``problem.priced(result.prices)``.
    situation
        Where things stand.
    budget
        Limits of the search; default: 0.2 seconds.
    price
        Visibility that a changed stop must gain, for teams whose situation is as planned.

    Returns
    -------
    Result
        ``plan`` has everything from the start of the night: visits done, held and new, and when teams were away.
        It is one of ``with_tasks(problem, situation.tasks_added)``, and the next re-planning starts from it.
        ``value`` is what `evaluate` says of it. ``changes`` lists what is different, and why. A mandatory task
        that can no longer be held is left out, and `check` says so.

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
    refuse([Fault("RO-494", "problem.team_anywhere")] if problem.team_anywhere.any() else [])
    situation = in_ints(situation)
    refuse_impossible(problem, situation)
    problem = with_tasks(problem, situation.tasks_added)
    plan = check_plan(problem, plan)
    minutes = 60.0 / problem.clock.step_s
    old, teams = standing(problem, plan, situation, round(lead_min * minutes))
    tracker = Tracker(budget or Budget(seconds=0.2), None)
    shut = [Closure(site, situation.step, problem.n_steps) for site in situation.closed]
    with borrowed(problem.closed(shut)) as search:
        found = _searched(search, plan, old, teams, situation, tracker, seed, price)
    routes = tuple(_tidy(problem, route) for route in found.plan.routes)
    cut = _cut(plan, old, situation)
    changes = _changes(problem, plan, routes, situation, round(SAME_MIN * minutes), cut)
    return replace(found, plan=Plan(routes), changes=tuple(changes))


def _searched(
    search: Search, plan: Plan, old: list[Visits], teams: list[int], situation: Situation, tracker: Tracker,
    seed: int, price: float,
) -> Result:  # fmt: skip
    """Search from the plan as it stands, for as long as the tracker says."""
    problem, rng = search.crews.given, np.random.default_rng(seed)
    minutes = 60.0 / problem.clock.step_s
    (state,) = states(seed, 1)
    given = old
    old = search.in_parts(old)
    search.set_plan(old)
    same = round(SAME_MIN * minutes)
    sealed = [int((route[:, 3] & SEALED > 0).sum()) for route in old]

    def changed(team: int) -> int:
        over = sealed[team]
        return n_changed(old[team][over:], search.route(team)[over:], same, problem.activities.first_task)

    def span() -> tuple[int, int]:
        return situation.step, round(AROUND_MIN * minutes) if rng.random() < 0.7 else problem.n_steps

    sent = [team for team in teams if team in situation.teams]
    cut = {team for team, _ in _cut(plan, given, situation)}
    hit = [team for team in teams if team not in situation.teams and team in cut]

    def work() -> None:
        _respond(search, sent)
        prices = Prices(price, teams, changed, sent)
        _serve(search, situation, teams, prices, tracker)
        _mend(search, situation, teams, prices)
        # teams that are sent or lost a stop are drawn twice as often
        improve(search, tracker, state, [*teams, *sent, *hit], prices, span)

    return tracker.result(search, "replan", seed, interrupted(search, tracker, old, work))


def _cut(plan: Plan, routes: Sequence[Visits], situation: Situation) -> set[tuple[int, Visit]]:
    """Return the teams and visits to come of a plan that are not among the visits which stand."""
    kept = {(team, *row[:3]) for team, found in enumerate(routes) for row in found.tolist()}
    return {
        (route.team, visit)
        for route in plan.routes
        for visit in route.visits
        if visit.start > situation.step and (route.team, *visit[:3]) not in kept
    }


def _respond(search: Search, teams: list[int]) -> None:
    """Give teams their best responses after what is sealed."""
    for team in teams:
        last = int(search.counts[team])
        search.take_out(team, last, last)
        search.splice(team, last, last, search.best_stretch(team, last, most=best_response.MOST_WHOLE))
        search.refresh()


def _serve(search: Search, situation: Situation, teams: list[int], prices: Prices, tracker: Tracker) -> None:
    """Insert the tasks that nobody serves: those added and mandatory ones always, others while time is left."""
    tasks, n_given = search.problem.tasks, len(search.crews.given.tasks)
    for q in _undone(search, situation):
        added = n_given - len(situation.tasks_added) <= q < n_given or tasks.mandatory[q]
        if q in search.crews.parts and search.crews.begin[q] is None:
            if added and joint.place(search, q, teams, situation.step, most=FEW_STARTS):
                prices.keep(teams)
            continue
        if added or not tracker.budget.is_spent(tracker.seconds, 0):
            doer = required.insert(search, q, teams, prices.extra)
            if doer is not None:
                prices.keep([doer])


def _mend(search: Search, situation: Situation, teams: list[int], prices: Prices) -> None:
    """Find another time for the tasks of which a team of the crew is gone, or leave them out."""
    lost = crews.broken(search)
    joint.mend(search)
    for q in lost:
        if search.crews.begin[q] is None:
            joint.place(search, q, teams, situation.step, most=FEW_STARTS)
    if lost:
        prices.keep(teams)


def _tidy(problem: Problem, route: Route) -> Route:
    """Drop waiting at the end site after the last visit: every team does that."""
    visits = list(route.visits)
    while visits and problem.activities.kind[visits[-1].activity] == Kind.WAIT:
        before = visits[-2] if len(visits) > 1 else None
        home = gap_between(problem, route.team, before, None)
        if visits[-1].site != home.target or visits[-1].start != home.arrive:
            break
        visits.pop()
    return Route(route.team, tuple(visits))


def _undone(search: Search, situation: Situation) -> list[int]:
    """Tasks that no team serves and whose windows are not over: mandatory first, then by reward."""
    tasks = search.problem.tasks
    late = np.array([tasks.closes[a:b].max() for a, b in pairwise(tasks.window_ptr.tolist())], dtype=np.int64)
    found = np.flatnonzero(~search.done() & (late >= situation.step) & search.is_first)
    return sorted(found.tolist(), key=lambda q: (not tasks.mandatory[q], -tasks.reward[q], q))


def _changes(
    problem: Problem, plan: Plan, routes: tuple[Route, ...], situation: Situation, same: int,
    cut: Collection[tuple[int, Visit]],
) -> list[Change]:  # fmt: skip
    """List the changes against the plan in force, by team and time; being away and waiting are none.

    ``cut`` are the visits that could not stand.
    """
    found, table = [], problem.activities.rows
    first_added = problem.activities.n_chosen - len(situation.tasks_added)
    for before, after in zip(plan.routes, routes, strict=True):
        old, new = (
            [visit for visit in route.visits if not table[visit.activity].kind.is_record]
            for route in (before, after)
        )
        kept_old, kept_new = unchanged(rows(old), rows(new), same, problem.activities.first_task)
        state = situation.teams.get(before.team)
        if state is None and any(visit.activity >= first_added for visit in new):
            why = Message("team-does-task")
        elif state is None:
            why = Message("worth-the-change")
        else:
            why = Message("team-elsewhere" if state.on_duty else "team-off-duty")
        for row, visit in enumerate(old):
            if row not in kept_old:
                reason = why
                if visit.site in situation.closed:
                    reason = Message("place-closed")
                elif state is None and (before.team, visit) in cut:
                    reason = Message("not-in-time")
                found.append(Change(before.team, "dropped", visit, reason))
        for row, visit in enumerate(new):
            if row not in kept_new:
                reason = Message("task-added") if visit.activity >= first_added else why
                found.append(Change(before.team, "added", visit, reason))
    return sorted(found, key=lambda c: (c.team, c.visit.start))
