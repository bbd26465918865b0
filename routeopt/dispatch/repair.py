"""Repair an edited plan: keep the stops that a planner changed, and change others only where that pays.

A pinned stop splits its team's night in two. Each piece is a team of its own, from where and when one pinned
stop ends to where and when the next begins, so that every search works on the pieces as on any problem; the
pinned stops are teams that do nothing else. Visibility is the same as of the whole routes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routeopt.budget import Budget
from routeopt.diff import n_edited
from routeopt.dispatch.replan import AROUND_MIN, PRICE
from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.evaluation import value as worth
from routeopt.guard import is_whole, kind, number, refuse, shown, whole
from routeopt.kernels.random import states
from routeopt.plan import Plan, Result, Route, Visit, in_ints, index_faults, team_faults
from routeopt.problem import UNREACHABLE, Problem
from routeopt.search.state import NOTHING, Progress, Search, Tracker, Visits
from routeopt.strategies import best_response


@dataclass(frozen=True)
class Piece:
    """A team's night between two pinned stops, or the ends of its duty."""

    team: int
    at: int
    """Site where it begins."""
    free: int
    """Step in which it begins."""
    home: int
    """Site where it ends."""
    finish: int
    """Step by which the team is there."""
    kept: tuple[Visit, ...]
    """Stops of the edited plan that fit into it."""
    lost: tuple[Visit, ...]
    """Stops of the edited plan that do not fit."""


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

    Stops that no longer fit are dropped and the holes filled; then other stops change where that wins more
    visibility than ``price`` for each of them.

    Parameters
    ----------
    problem, plan
        The problem, and the edited plan; visits in time order, with valid indices.
    pinned
        (team, index of the visit from 0) of every stop that must stay as it is.
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
    faults = index_faults(problem, plan) + team_faults(problem, plan)
    faults += [
        Fault(fault.code, str(fault.path).replace("plan.routes[0].visits", "left"), **fault.values)
        for fault in index_faults(problem, Plan((Route(0, left),)))
    ]
    refuse(faults + _pin_faults(plan, pinned))
    pieces, pins = split(problem, plan, pinned)
    search, rng = Search(pieces_problem(problem, pieces, pins)), np.random.default_rng(seed)
    (state,) = states(seed, 1)
    search.bar([(v.site, v.start, v.start + int(problem.visit_steps[v.activity])) for v in left])
    tracker = Tracker(budget or Budget(seconds=2.0), progress)
    kept = [_rows(piece.kept) for piece in pieces]
    search.set_plan([*kept, *(_rows([visit]) for _, visit in pins)])
    interrupted = False
    try:
        _fill(search, pieces, left)
        value = search.objective()
        tracker.offer(search.copy_routes(), value)
        around = round(AROUND_MIN * 60 / problem.clock.step_s)
        costs = [n_edited(old, search.route(k)) for k, old in enumerate(kept)]
        spans = np.array([(piece.free, piece.finish) for piece in pieces])
        while tracker.go_on():
            step = int(rng.integers(problem.n_steps))
            near = np.flatnonzero((spans[:, 0] <= step) & (step < spans[:, 1])).tolist()
            if not near:
                continue
            teams = best_response.resolve(search, state, near, step - around // 2, around)
            new = search.objective()
            fresh = {team: n_edited(kept[team], search.route(team)) for team in teams}
            if new - value > price * sum(fresh[team] - costs[team] for team in fresh) + 1e-12:
                value = new
                for team, cost in fresh.items():
                    costs[team] = cost
                search.settle()
                tracker.keep(search.copy_routes(), value)
            else:
                search.put_back()
    except KeyboardInterrupt:
        interrupted = True
        if not tracker.routes:
            routes = [*kept, *(_rows([visit]) for _, visit in pins)]
            tracker.offer(routes, search.value(routes))
    found = tracker.result(search, "repair", seed, interrupted)
    owners = [piece.team for piece in pieces] + [team for team, _ in pins]
    by_team: list[list[Visit]] = [[] for _ in range(problem.n_teams)]
    for team, route in zip(owners, found.plan.routes, strict=True):
        by_team[team] += route.visits
    routes_ = tuple(Route(k, tuple(sorted(visits, key=lambda v: v.start))) for k, visits in enumerate(by_team))
    return replace(found, plan=Plan(routes_), value=worth(problem, Plan(routes_)))


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


def split(
    problem: Problem, plan: Plan, pinned: Collection[tuple[int, int]]
) -> tuple[list[Piece], list[tuple[int, Visit]]]:
    """Split routes at pinned stops: return the pieces between them, and the pinned stops as (team, visit).

    Raises
    ------
    InfeasibleError
        If the pinned stops cannot all be kept.
    """
    pieces, pins, faults = [], [], []
    for route in plan.routes:
        team, travel = route.team, problem.profiles[problem.team_profile[route.team]].travel_steps
        at, free = int(problem.team_start_site[team]), int(problem.team_start_step[team])
        where = Message("place-team", name=problem.team_names[team])
        since = Message("pin-start", site=problem.site_names[at])
        between: list[Visit] = []
        for n, visit in enumerate((*route.visits, None)):
            if visit is not None and (team, n) not in pinned:
                between.append(visit)
                continue
            home, finish, until = _next(problem, team, visit)
            leg = int(travel[at, home])
            if free + leg > finish:
                why = Message("no-way") if leg >= UNREACHABLE else Message(
                    "way-minutes", minutes=f"{leg * problem.clock.step_s / 60:g}",
                    time=problem.clock.text(free * problem.clock.step_s),
                )  # fmt: skip
                faults.append(Fault("RO-480", where, first=since, second=until, why=why))
            else:
                kept, lost = _fitting(problem, travel, between, at, free, home, finish)
                pieces.append(Piece(team, at, free, home, finish, kept, lost))
            if visit is not None:
                if not _may_stop(problem, visit):
                    faults.append(Fault("RO-481", where, stop=until))
                pins.append((team, visit))
                at, free, since = visit.site, visit.start + int(problem.visit_steps[visit.activity]), until
            between = []
    if faults:
        raise InfeasibleError(faults)
    return pieces, pins


def _may_stop(problem: Problem, visit: Visit) -> bool:
    """Whether the visit is allowed at its site."""
    q = visit.activity - problem.n_dwells
    return bool(problem.site_stoppable[visit.site] if q < 0 else problem.tasks.site[q] == visit.site)


def _next(problem: Problem, team: int, visit: Visit | None) -> tuple[int, int, Message]:
    """Site and step at which a piece ends, and its name for people."""
    if visit is None:
        home, finish, kind = int(problem.team_end_site[team]), int(problem.team_end_step[team]), "pin-end"
    else:
        home, finish, kind = visit.site, visit.start, "pin-stop"
    when = problem.clock.text(finish * problem.clock.step_s)
    return home, finish, Message(kind, site=problem.site_names[home], time=when)


def _fitting(
    problem: Problem, travel: np.typing.NDArray[np.int32], visits: Sequence[Visit], at: int, free: int, home: int,
    finish: int,
) -> tuple[tuple[Visit, ...], tuple[Visit, ...]]:  # fmt: skip
    """Split visits into those that fit one after the other between ``at`` and ``home``, and the others."""
    kept, lost = [], []
    for visit in visits:
        end = visit.start + int(problem.visit_steps[visit.activity])
        fits = free + int(travel[at, visit.site]) <= visit.start and end + int(travel[visit.site, home]) <= finish
        if fits and _may_stop(problem, visit):
            kept.append(visit)
            at, free = visit.site, end
        else:
            lost.append(visit)
    return tuple(kept), tuple(lost)


def pieces_problem(problem: Problem, pieces: Sequence[Piece], pins: Sequence[tuple[int, Visit]]) -> Problem:
    """Build a problem with a team for every piece, then one for every pinned stop."""
    stay = [v.start + int(problem.visit_steps[v.activity]) for _, v in pins]
    ends = np.array(
        [(p.at, p.home, p.free, p.finish) for p in pieces]
        + [(v.site, v.site, v.start, end) for (_, v), end in zip(pins, stay, strict=True)],
        dtype=np.int32,
    )
    owner = np.array([p.team for p in pieces] + [team for team, _ in pins])
    allowed = problem.tasks.allowed.reshape(len(problem.tasks), problem.n_teams)
    return replace(
        problem,
        team_profile=problem.team_profile[owner], team_factor=problem.team_factor[owner],
        team_powers=problem.team_powers[owner],
        tasks=replace(problem.tasks, allowed=allowed[:, owner]),
        team_start_site=ends[:, 0].copy(), team_end_site=ends[:, 1].copy(),
        team_start_step=ends[:, 2].copy(), team_end_step=ends[:, 3].copy(),
        team_names=tuple(problem.team_names[k] for k in owner),
    )  # fmt: skip


def _fill(search: Search, pieces: Sequence[Piece], left: Sequence[Visit]) -> None:
    """Fill the gaps of lost and removed stops with the best stops; kept stops stay."""
    dwells = search.problem.visit_steps
    for k, piece in enumerate(pieces):
        gone = [(v.start, v.start + int(dwells[v.activity])) for v in (*piece.lost, *left)]
        n = 0
        while n <= len(search.route(k)):
            visits = search.route(k)
            begin = piece.free if n == 0 else int(visits[n - 1, 1] + dwells[visits[n - 1, 2]])
            finish = piece.finish if n == len(visits) else int(visits[n, 1])
            new = NOTHING
            if any(a < finish and begin < b for a, b in gone):
                search.take_out(k, n, n)
                new = search.best_stretch(k, n)
                search.splice(k, n, n, new)
                search.refresh()
            n += len(new) + 1


def _rows(visits: Sequence[Visit]) -> Visits:
    return np.array(visits, dtype=np.int64).reshape(-1, 3)
