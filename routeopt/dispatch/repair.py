"""Repair an edited plan: keep the stops that a planner changed, and change others only where that pays.

Pinned stops are anchors; stops that do not fit between them are dropped, and the gaps are searched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from routeopt.budget import Budget
from routeopt.diff import n_edited
from routeopt.dispatch.gaps import AROUND_MIN, PRICE, Prices, improve, interrupted, sound
from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.guard import is_whole, kind, number, refuse, shown, whole
from routeopt.kernels.random import states
from routeopt.plan import Plan, Result, Route, Visit, in_ints, index_faults, team_faults
from routeopt.problem import Closure, Problem
from routeopt.search.state import NOTHING, Progress, Search
from routeopt.search.tracker import Tracker
from routeopt.timeline import end_of, gap_between


def repair(
    problem: Problem,
    plan: Plan,
    pinned: Collection[tuple[int, int]],
    left: Sequence[Visit] = (),
    budget: Budget | None = None,
    *,
    seed: int = 0,
    price: float = PRICE,
    progress: Progress | None = None,
) -> Result:
    """Re-plan an edited plan around its pinned stops so that every rule is kept.

    Stops that no longer fit are dropped and the gaps filled; then other stops change where that wins more
    visibility than ``price`` for each of them.

    Parameters
    ----------
    problem, plan
        The problem, with the prices of its goals (`Problem.priced`), and the edited plan; visits in time order,
        with valid indices.
    pinned
        (team, index of the visit from 0) of every stop that must stay as it is, besides those that are `fixed`.
    left
        Stops that the planner removed: no team is sent to such a place at that time.
    budget
        Limits of the search; default: 2 seconds.
    price
        Visibility that every other changed stop must gain.
    progress
        As in `solve`.

    Raises
    ------
    InputError
        If the plan, a pinned stop or a removed stop is not one of this problem.
    InfeasibleError
        If the pinned stops cannot all be kept; lists every pair that excludes each other.
    """
    faults = kind("problem", problem, Problem) + kind("budget", budget, Budget, optional=True)
    refuse(faults + whole("seed", seed, 0) + number("price", price) + kind("pinned", pinned, Collection))
    plan, left = in_ints(plan), in_ints(Plan((Route(0, tuple(left)),))).routes[0].visits
    faults = index_faults(problem, plan) + team_faults(problem, plan) + _left_faults(problem, left)
    refuse(faults + _pin_faults(plan, pinned))
    given, lost = anchored(problem, plan, pinned)
    removed = [Closure(v.site, v.start, end_of(problem, v)) for v in left]
    search, rng = Search(problem.closed(removed)), np.random.default_rng(seed)
    (state,) = states(seed, 1)
    tracker = Tracker(budget or Budget(seconds=2.0), progress)
    kept = search.rows_of(given)
    search.set_plan(kept)
    around = round(AROUND_MIN * 60 / problem.clock.step_s)

    def changed(team: int) -> int:
        return n_edited(kept[team], search.route(team))

    def span() -> tuple[int, int]:
        return int(rng.integers(problem.n_steps)) - around // 2, around

    def work() -> None:
        _fill(search, (*lost, *left))
        teams = range(problem.n_teams)
        improve(search, tracker, state, teams, Prices(price, teams, changed), span)

    found = tracker.result(search, "repair", seed, interrupted(search, tracker, kept, work))
    return replace(found, plan=_unpinned(plan, found.plan))


def _unpinned(plan: Plan, found: Plan) -> Plan:
    """Return the plan found with visits as fixed as they were in the edited plan."""
    was_fixed = {(route.team, visit[:3]) for route in plan.routes for visit in route.visits if visit.fixed}
    return Plan(
        tuple(
            Route(r.team, tuple(v._replace(fixed=(r.team, v[:3]) in was_fixed) for v in r.visits))
            for r in found.routes
        )
    )


def _left_faults(problem: Problem, left: tuple[Visit, ...]) -> list[Fault]:
    """Removed stops with an index that the problem does not have."""
    return [
        Fault(fault.code, str(fault.path).replace("plan.routes[0].visits", "left"), **fault.values)
        for fault in index_faults(problem, Plan((Route(0, left),)))
    ]


def _pin_faults(plan: Plan, pinned: Collection[tuple[int, int]]) -> list[Fault]:
    """Pinned stops that the plan does not have."""
    visits = {route.team: len(route.visits) for route in plan.routes}
    return [
        Fault("RO-434", "pinned", got=shown(pin))
        for pin in pinned
        if not isinstance(pin, tuple)
        or len(pin) != 2
        or not all(map(is_whole, pin))
        or not 0 <= pin[1] < visits.get(pin[0], 0)
    ]


def anchored(problem: Problem, plan: Plan, pinned: Collection[tuple[int, int]]) -> tuple[Plan, list[Visit]]:
    """Return the plan with its pinned stops fixed and others only where they fit between these, and what is lost.

    Raises
    ------
    InfeasibleError
        If the pinned stops cannot all be kept.
    """
    routes, lost, faults = [], [], []
    for route in plan.routes:
        visits = [
            visit._replace(fixed=visit.fixed or visit.activity < 0 or (route.team, n) in pinned)
            for n, visit in enumerate(route.visits)
        ]
        faults += _conflicts(problem, route.team, [visit for visit in visits if visit.fixed])
        kept = sound(problem, route.team, visits)
        lost += [visit for visit in visits if visit not in kept]
        routes.append(Route(route.team, tuple(kept)))
    if faults:
        raise InfeasibleError(faults)
    return Plan(tuple(routes)), lost


def _conflicts(problem: Problem, team: int, anchors: Sequence[Visit]) -> list[Fault]:
    """List the pinned stops of a team that exclude each other or an end of its shift, or are not allowed there."""
    faults = []
    where = Message("place-team", name=problem.team_names[team])
    ends = [None, *anchors, None]
    for before, after in pairwise(ends):
        gap = gap_between(problem, team, before, after)
        until = _named(problem, gap.target, gap.due, "pin-end" if after is None else "pin-stop")
        if gap.arrive > gap.due:
            since = Message("pin-start", site=problem.site_names[gap.site])
            if before is not None:
                since = _named(problem, before.site, before.start, "pin-stop")
            steps = gap.arrive - gap.free
            why = Message("no-way") if not gap.reachable else Message(
                "way-minutes", minutes=f"{steps * problem.clock.step_s / 60:g}",
                time=problem.clock.text(gap.free * problem.clock.step_s),
            )  # fmt: skip
            faults.append(Fault("RO-480", where, first=since, second=until, why=why))
        if after is not None and not _may_stop(problem, team, after):
            faults.append(Fault("RO-481", where, stop=until))
    return faults


def _named(problem: Problem, site: int, step: int, code: str) -> Message:
    """Name a pinned stop, or the end of a shift, for people."""
    return Message(code, site=problem.site_names[site], time=problem.clock.text(step * problem.clock.step_s))


def _may_stop(problem: Problem, team: int, visit: Visit) -> bool:
    """Whether the visit is allowed at its site and time; what has happened is."""
    if problem.activities.rows[visit.activity].kind.is_record:
        return True
    own = int(problem.activities.site[visit.activity])
    allowed = problem.site_stoppable[visit.site] if own < 0 else own == visit.site
    is_open = problem.access.is_open(team, visit.site, visit.start, end_of(problem, visit))
    return bool(allowed and is_open)


def _fill(search: Search, lost: Sequence[Visit]) -> None:
    """Fill the gaps in which a stop was lost or removed with the best stops; kept stops stay."""
    steps = search.problem.visit_steps
    spans = [(visit.start, visit.start + int(steps[visit.activity])) for visit in lost]
    for team in range(search.problem.n_teams):
        n = 0
        while n <= len(search.route(team)):
            _, begin, _, finish = search.between(team, n, n)
            new = NOTHING
            if not search.is_sealed(team, n) and any(a < finish and begin < b for a, b in spans):
                search.take_out(team, n, n)
                new = search.best_stretch(team, n)
                search.splice(team, n, n, new)
                search.refresh()
            n += len(new) + 1
