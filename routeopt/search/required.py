"""Mandatory tasks: check that all can be served, route them alone, and insert one into a plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from routeopt.errors import Fault, InfeasibleError, Message
from routeopt.problem import Problem
from routeopt.problem.tasks import feasible, reachable, starts, window_text, windows
from routeopt.search.building import Builder
from routeopt.search.crews import set_begin
from routeopt.search.state import NOTHING, Search, Visits
from routeopt.search.state import rows as as_rows

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

EFFORT = 10.0
"""Limit of CP-SAT's deterministic time (about seconds) for routing the mandatory tasks."""
ALTERNATIVES = 4
"""Alternatives of a task, such as places of a break, between which routes of the mandatory tasks may choose."""
ROOM_MIN = 60.0
"""A route is re-solved from this long before a task to this long after, minutes."""
MORE_ROOM = 2.5
"""Times this where that makes no room for it: breaks then find another time."""
ROOMS = 3
"""Times within a task's windows at which making room is tried."""
PLACES = 3
"""Positions in a route at which inserting a task is tried: those of least travel."""


def refuse_impossible(problem: Problem) -> None:
    """Raise if any mandatory task cannot be served by any team on its own.

    Raises
    ------
    InfeasibleError
        If there are such tasks; the error lists all of them.
    """
    faults = []
    for q in np.flatnonzero(problem.tasks.mandatory & ~feasible(problem) & problem.tasks.is_first):
        where = Message("place-task", name=problem.tasks.names[q])
        if problem.tasks.allowed[q].any():
            who = [problem.team_names[k] for k in np.flatnonzero(problem.tasks.allowed[q])]
            faults.append(Fault("RO-457", where, teams=who, windows=window_text(problem, int(q))))
        else:
            faults.append(Fault("RO-458", where))
    if faults:
        raise InfeasibleError(faults)


def skeleton(search: Search, builder: Builder | None = None, effort: float = EFFORT) -> list[Visits]:
    """Route the mandatory tasks alone, with little travel: (n, 4) visits of each team.

    CP-SAT model: one circuit per team over the tasks, with start times. When the builder's time is over, the
    routes are those found so far; if there are none, the first ones found.

    Raises
    ------
    InfeasibleError
        If no such routes exist; the error names tasks that exclude each other.
    """
    problem = search.problem
    refuse_impossible(problem)
    must = _few_alternatives(problem)
    if not must:
        return [NOTHING] * problem.n_teams
    seconds = math.inf if builder is None else builder.left
    routes = _routed(search, must, shortest=True, seconds=seconds, effort=effort)
    if routes is None and effort < EFFORT:
        routes = _routed(search, must, shortest=True, seconds=seconds)
    if routes is None and builder is not None and builder.left <= 0:
        routes = _routed(search, must, shortest=False)
    if isinstance(routes, list):
        return _begun(search, routes)
    core = list(must)
    if routes is False:
        for q in must:  # leave out what the conflict does not need
            if builder is not None and not builder.goes_on():
                break
            fewer = [other for other in core if problem.tasks.group[other] != problem.tasks.group[q]]
            if len(fewer) < len(core) and _routed(search, fewer, shortest=False) is False:
                core = fewer
    names = list(dict.fromkeys(f'"{problem.tasks.names[problem.tasks.group[q]]}"' for q in core))
    raise InfeasibleError(Fault("RO-459", Message("place-tasks", names=names)))


def _few_alternatives(problem: Problem) -> list[int]:
    """List the mandatory tasks, a few alternatives of each: the first that a team can do."""
    must, taken = problem.tasks.mandatory & reachable(problem).any(axis=1), dict[int, int]()
    found = []
    for q in np.flatnonzero(must).tolist():
        group = int(problem.tasks.group[q])
        taken[group] = taken.get(group, 0) + 1
        if taken[group] <= ALTERNATIVES:
            found.append(q)
    return found


def _begun(search: Search, routes: list[Visits]) -> list[Visits]:
    """Let the tasks that several teams do together begin as they do in routes of the mandatory tasks."""
    first = search.problem.activities.first_task
    starts = {int(visit[2]) - first: int(visit[1]) for visits in routes for visit in visits}
    for q in search.crews.parts:
        if q in starts and search.crews.begin[q] is None:
            set_begin(search, q, starts[q])
    return routes


def _routed(
    search: Search, tasks: Sequence[int], *, shortest: bool, seconds: float = math.inf, effort: float = EFFORT
) -> list[Visits] | bool | None:
    """Route just these tasks; False if that is infeasible, None if time or effort ran out before an answer."""
    from ortools.sat.python import cp_model

    problem, can = search.problem, reachable(search.problem)
    model = cp_model.CpModel()
    start = {
        q: model.new_int_var_from_domain(
            cp_model.Domain.from_intervals([list(w) for w in windows(problem, q)]), ""
        )
        for q in tasks
    }
    doers: dict[int, list[tuple[int, cp_model.IntVar]]] = {q: [] for q in tasks}
    length = []
    for team in range(problem.n_teams):
        does, ways = _circuit(search, model, team, {q: start[q] for q in tasks if can[q, team]})
        length += ways
        for q, literal in does.items():
            doers[q].append((team, literal))
    group = problem.tasks.group
    for own in sorted({int(group[q]) for q in tasks}):
        model.add_exactly_one(does for q in tasks if group[q] == own for _, does in doers[q])
    for parts in search.crews.parts.values():
        for part in parts[1:]:
            if part in start and parts[0] in start:
                model.add(start[part] == start[parts[0]])
    if shortest:
        model.minimize(sum(length))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = effort
    if seconds < math.inf:
        solver.parameters.max_time_in_seconds = max(0.0, seconds)
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False if status == cp_model.INFEASIBLE else None
    rows: list[list[tuple[int, int, int]]] = [[] for _ in range(problem.n_teams)]
    for q in tasks:
        for team in [k for k, does in doers[q] if solver.boolean_value(does)]:  # none: an alternative is done
            visit = int(solver.value(start[q])), int(problem.tasks.site[q]), problem.activities.of_task(q)
            rows[team].append(visit)
    return [as_rows([(i, t, d) for t, i, d in sorted(visits)]) for visits in rows]


def _circuit(
    search: Search, model: cp_model.CpModel, team: int, start: dict[int, cp_model.IntVar]
) -> tuple[dict[int, cp_model.IntVar], list[cp_model.LinearExpr]]:
    """Add a team's circuit over tasks, given with their start steps, to the model.

    Returns
    -------
    Whether the team serves each of the tasks; the terms of its travel.
    """
    from ortools.sat.python import cp_model

    movement = search.problem.movement(team)
    begin_at, home, begin, finish = (int(x) for x in search.ends[team])
    site, service = search.problem.tasks.site, search.problem.tasks.service_steps
    served: dict[int, cp_model.IntVar] = {}
    arcs: list[tuple[int, int, cp_model.LiteralT]] = [(0, 0, model.new_bool_var(""))]
    length = []
    order = list(start)
    for a, q in enumerate(start, 1):
        does = served[q] = model.new_bool_var("")
        open_to = cp_model.Domain.from_intervals([list(part) for part in starts(search.problem, q, team)])
        model.add_linear_expression_in_domain(start[q], open_to).only_enforce_if(does)
        arcs.append((a, a, ~does))
        out = model.new_bool_var("")
        arcs.append((0, a, out))
        there = movement.steps(begin_at, int(site[q]), begin)
        model.add(start[q] >= begin + there).only_enforce_if(out)
        length.append(there * out)
        ends = [(0, home), *((b, int(site[other])) for b, other in enumerate(start, 1) if b != a)]
        for b, target in ends:
            for spell in movement.spells(int(site[q]), target, search.problem.n_steps + 1):
                then = model.new_bool_var("")
                arcs.append((a, b, then))
                leaves = start[q] + int(service[q])
                if movement.changes:
                    model.add(leaves >= spell.first).only_enforce_if(then)
                    model.add(leaves <= spell.last).only_enforce_if(then)
                due = finish if b == 0 else start[order[b - 1]]
                model.add(leaves + spell.steps <= due).only_enforce_if(then)
                length.append(spell.steps * then)
    for q, other in combinations(start, 2):  # one after the other would be one stop; they need not be
        if site[q] == site[other] and not search.problem.access.may_return(int(site[q])):
            model.add_bool_or(~served[q], ~served[other])
    model.add_circuit(arcs)
    return served, length


def hold(search: Search) -> None:
    """Change the current plan so that it serves every mandatory task, with small changes if those suffice.

    Raises
    ------
    InfeasibleError
        If no plan serves all of them.
    """
    for q in search.missing().tolist():
        if insert(search, q, range(search.problem.n_teams)) is None:
            make_room(search, q, range(search.problem.n_teams))
    if not len(search.missing()):
        return
    routes = skeleton(search)
    search.set_plan(routes)
    for team, visits in enumerate(routes):
        for row in range(len(visits), -1, -1):
            search.take_out(team, row, row)
            search.splice(team, row, row, search.best_stretch(team, row))
            search.refresh()


def insert(
    search: Search, q: int, teams: Sequence[int], cost: Callable[[int], float] = lambda _: 0.0
) -> int | None:
    """Re-solve the stretch of one route in which task ``q`` gains most, if it gains more than it costs.

    Parameters
    ----------
    teams
        Teams whose routes are tried.
    cost
        Extra cost of a team's new route over its old one; called while the new route is in the current plan.

    Returns
    -------
    Team whose route has changed, None if inserting the task does not pay.
    """
    before, best, change = search.objective(), 1e-12, None
    for team in teams:
        for first, last in _stretches(search, team, q):
            old = search.route(team)[first:last].copy()
            search.take_out(team, first, last)
            new = search.best_stretch(team, first, most=Search.MOST)
            through = len(new) or search.is_through(team, first)
            search.splice(team, first, first, new)
            search.refresh()
            if through and search.objective() - before - cost(team) > best:
                best, change = search.objective() - before - cost(team), (team, first, last, new)
            search.splice(team, first, first + len(new), old)
            search.refresh()
    if change is None:
        return None
    team, first, last, new = change
    search.splice(team, first, last, new)
    search.refresh()
    return team


def make_room(search: Search, q: int, teams: Sequence[int]) -> None:
    """Re-solve the route of the team that serves a task best, for some time before and after."""
    best, change, tasks = search.objective(), None, search.problem.tasks
    own = np.flatnonzero(tasks.group == tasks.group[q])
    spans = [span for p in own.tolist() for span in windows(search.problem, p)]
    steps = np.linspace(min(a for a, _ in spans), max(b for _, b in spans), ROOMS).astype(int)
    for width in (ROOM_MIN, MORE_ROOM * ROOM_MIN):
        for team, step in product(teams, sorted(set(steps.tolist()))):
            if search.instance.allowed[own, team].any():
                before = search.route(team).copy()
                if again(search, team, *around(search, team, step, width)) and search.objective() > best:
                    best, change = search.objective(), (team, search.route(team).copy())
                search.set_route(team, before)
                search.refresh()
        if change is not None:
            break
    if change is not None:
        search.set_route(*change)
        search.refresh()


def around(search: Search, team: int, step: int, width_min: float = ROOM_MIN) -> tuple[int, int]:
    """Return the first and last (exclusive) of a team's visits around a step that may change."""
    route, width = search.route(team), search.problem.clock.nearest_steps(width_min)
    first = int((route[:, 1] < step).sum())
    last, free = first, route[:, 3] == 0
    while first > 0 and free[first - 1] and route[first - 1, 1] >= step - width:
        first -= 1
    while last < len(route) and free[last] and route[last, 1] < step + width:
        last += 1
    return first, last


def again(search: Search, team: int, first: int, last: int) -> bool:
    """Re-solve a stretch of a team's route; return whether that is better, and kept."""
    if search.is_sealed(team, last):
        return False
    before, old = search.objective(), search.route(team)[first:last].copy()
    search.take_out(team, first, last)
    new = search.best_stretch(team, first, most=search.MOST)
    through = len(new) > 0 or search.is_through(team, first)
    search.splice(team, first, first, new)
    search.refresh()
    if through and search.objective() > before:
        return True
    search.splice(team, first, first + len(new), old)
    search.refresh()
    return False


def _stretches(search: Search, team: int, q: int) -> list[tuple[int, int]]:
    """List (first, last exclusive) of the stretches of visits in which task ``q`` fits, least travel first.

    Of tasks that are alternatives one must fit.
    """
    problem, found = search.problem, dict[tuple[int, int], int]()
    movement, tasks = problem.movement(team), problem.tasks
    for p in np.flatnonzero((tasks.group == tasks.group[q]) & search.instance.allowed[:, team]).tolist():
        site, may_begin = int(tasks.site[p]), starts(problem, p, team)
        for first, last in search.stretches(team):
            at, now, home, finish = search.between(team, first, last)
            arrive, leave = now + movement.steps(at, site, now), movement.leave_by(site, home, finish)
            latest = leave - int(tasks.service_steps[p])
            if any(max(arrive, a) <= min(latest, b) for a, b in may_begin):
                detour = arrive - now + finish - leave
                found[first, last] = min(found.get((first, last), detour), detour)
    return sorted(found, key=lambda stretch: (found[stretch], stretch))[:PLACES]
