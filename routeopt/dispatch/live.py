"""A shift as it stands, for re-planning: the night without what is over, and the plan in force without it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from routeopt.budget import Budget
from routeopt.dispatch.gaps import PRICE, sound
from routeopt.dispatch.replan import LEAD_MIN, replan
from routeopt.dispatch.situation import Situation, sent_visits
from routeopt.dispatch.state import State, situation
from routeopt.errors import Message
from routeopt.plan import Change, Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.timeline import end_of


@dataclass(frozen=True)
class Live:
    """What is left of a night at a moment."""

    problem: Problem
    """Without tasks that are done, cancelled or in somebody's hands; indices are those of the state's problem."""
    plan: Plan
    """The plan in force without stops for such tasks."""
    situation: Situation
    dropped: tuple[Change, ...]
    """Stops for such tasks that were still to come."""


def live(state: State, now_s: int | None = None) -> Live:
    """Return what is left of a night at a moment (default: that of the last event).

    A task for which a team was sent is left to it.
    """
    now = situation(state, now_s)
    problem, dropped, routes = state.problem_now, [], []
    names = problem.tasks.names
    sent_for = {team.errand.task for team in state.teams if team.errand is not None}
    over = {q for q, name in enumerate(names) if not state.is_open(name) or name in sent_for}
    for route in state.plan.routes:
        kept = []
        for visit in route.visits:
            task = problem.activities.task(visit.activity)
            if task in over and visit.start > now.step:
                dropped.append(Change(route.team, "dropped", visit, _why(state, names[task])))
            else:
                kept.append(visit)
        routes.append(Route(route.team, tuple(kept)))
    plan = Plan(tuple(routes))
    return Live(_without(problem, plan, over), plan, now, tuple(dropped))


def _why(state: State, task: str) -> Message:
    """Why a stop for a task is dropped."""
    if task in state.cancelled:
        return Message("task-cancelled")
    return Message("task-done" if task in state.done else "task-sent")


def _without(problem: Problem, plan: Plan, over: set[int]) -> Problem:
    """Return the problem in which nobody can do the tasks that are over; what was done of them stays."""
    made = {problem.activities.task(visit.activity) for route in plan.routes for visit in route.visits}
    left = sorted(over - made)
    if not left:
        return problem
    tasks = problem.tasks
    allowed, reward, mandatory = tasks.allowed.copy(), tasks.reward.copy(), tasks.mandatory.copy()
    allowed[left], reward[left], mandatory[left] = False, 0.0, False
    return replace(problem, tasks=replace(tasks, allowed=allowed, reward=reward, mandatory=mandatory))


def replan_live(
    state: State,
    now_s: int | None = None,
    budget: Budget | None = None,
    *,
    seed: int = 0,
    price: float = PRICE,
    lead_min: float = LEAD_MIN,
) -> Result:
    """Re-plan a shift as it stands (`routeopt.dispatch.replan.replan`).

    Returns
    -------
    Result
        Its plan is one of ``state.problem_now``; its changes are against the plan in force, and have the stops for
        tasks that are over.
    """
    now = live(state, now_s)
    found = replan(now.problem, now.plan, now.situation, budget, seed=seed, price=price, lead_min=lead_min)
    changes = sorted((*now.dropped, *found.changes), key=lambda change: (change.team, change.visit.start))
    return replace(found, changes=tuple(changes))


def kept_live(state: State, now_s: int | None = None) -> Plan:
    """Return the plan in force without re-planning: who is elsewhere skips what it cannot be in time for."""
    now = live(state, now_s)
    problem, routes = now.problem, []
    for route in now.plan.routes:
        elsewhere = now.situation.teams.get(route.team)
        if elsewhere is None:
            kept = route.visits if problem is state.problem else sound(problem, route.team, route.visits)
            routes.append(Route(route.team, tuple(kept)))
            continue
        done = sent_visits(problem, route, now.situation.step, elsewhere)
        free = end_of(problem, done[-1]) if done else now.situation.step
        later = [visit for visit in route.visits if visit.start >= free]
        held = [visit._replace(fixed=True) for visit in done]
        in_time = sound(problem, route.team, [*held, *later])[len(done) :]
        routes.append(Route(route.team, (*done, *in_time)))
    return Plan(tuple(routes))


def next_visits(problem: Problem, route: Route, step: int) -> list[Visit]:
    """List the stops of a route that are going on or to come."""
    rows = problem.activities.rows
    return [
        v for v in route.visits if not rows[v.activity].kind.is_record and v.start + rows[v.activity].steps > step
    ]
