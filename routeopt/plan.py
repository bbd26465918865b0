"""Plans and the results of strategies: visits, routes, plans, changes, results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from routeopt.errors import Fault, Message
from routeopt.guard import is_whole, kind, refuse, whole
from routeopt.problem.model import Problem


class Visit(NamedTuple):
    """One activity of a team at a site, in the steps ``start ≤ t < start + length of the activity``."""

    site: int
    """Site index: row of the travel matrix."""
    start: int
    """First step of the visit; the team may arrive earlier and wait."""
    activity: int
    """Row of `Problem.activities`: a dwell time of the menu, or a task; negative ones wait or are away. A stay
    longer than the longest dwell is a wait followed by a visit."""
    fixed: bool = False
    """Whether a search must leave it as it is: an anchor. Searches solve the gaps between anchors."""


@dataclass(frozen=True)
class Route:
    """The visits of one team's shift, in time order. The team waits at the next visit's site, never on the way."""

    team: int
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One route per team, in the order of the teams."""

    routes: tuple[Route, ...]


class Change(NamedTuple):
    """A visit added to, or dropped from, the plan in force."""

    team: int
    what: str
    """``added`` or ``dropped``."""
    visit: Visit
    why: Message


@dataclass(frozen=True)
class Result:
    """The plan that a strategy found, and how it was found."""

    plan: Plan
    value: float
    """Objective of the plan: visibility and rewards of tasks. Equals the value that ``evaluate`` returns."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value of any plan; None if the strategy does not prove one."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at each improvement."""
    interrupted: bool = False
    """Whether the search ended early by Ctrl-C."""
    prices: tuple[float, ...] = ()
    """Price of each goal under which the plan was found: what all of its share is worth in visibility."""
    changes: tuple[Change, ...] = ()
    """Changes to the plan in force, if a shift in progress was re-planned."""


def in_ints(plan: Plan) -> Plan:
    """Convert numpy's integers in a plan to Python's, which do not overflow; other values stay.

    Raises
    ------
    InputError
        If the plan is not made of routes, or a route not of visits.
    """
    faults = kind("plan", plan, Plan)
    refuse(faults or kind("plan.routes", plan.routes, tuple))
    plain = True
    for k, route in enumerate(plan.routes):
        where = f"plan.routes[{k}]"
        wrong = kind(where, route, Route)
        wrong = wrong or kind(f"{where}.visits", route.visits, tuple)
        if not wrong:
            plain &= type(route.team) is int
            for n, visit in enumerate(route.visits):
                if type(visit) is not Visit:
                    wrong += kind(f"{where}.visits[{n}]", visit, Visit)
                elif not (type(visit.site) is type(visit.start) is type(visit.activity) is int):
                    plain = False
                elif type(visit.fixed) is not bool:
                    if not is_whole(visit.fixed) and type(visit.fixed).__name__ != "bool":
                        wrong += kind(f"{where}.visits[{n}].fixed", visit.fixed, bool)
                    plain = False
        faults += wrong
    refuse(faults)
    if plain:
        return plan
    return Plan(
        tuple(
            Route(
                _int(r.team),
                tuple(Visit(_int(v.site), _int(v.start), _int(v.activity), bool(v.fixed)) for v in r.visits),
            )
            for r in plan.routes
        )
    )


def _int(value: Any) -> Any:
    return int(value) if is_whole(value) else value


def index_faults(problem: Problem, plan: Plan) -> list[Fault]:
    """List the teams, sites, steps and activities that are outside the problem or not integers."""
    rows = problem.activities
    ranges = (0, problem.n_sites - 1), (0, problem.n_steps - 1), (rows.n_chosen - len(rows), rows.n_chosen - 1)
    found = []
    for k, route in enumerate(plan.routes):
        found += whole(f"plan.routes[{k}].team", route.team, 0, problem.n_teams - 1)
        for n, visit in enumerate(route.visits):
            for key, value, (least, most) in zip(Visit._fields, visit, ranges, strict=False):
                if type(value) is not int or not least <= value <= most:
                    found += whole(f"plan.routes[{k}].visits[{n}].{key}", value, least, most)
    return found


def indexed(problem: Problem, plan: Plan) -> Plan:
    """Return the plan, in Python's integers, if all its indices are inside the problem.

    Raises
    ------
    InputError
        With every fault (`index_faults`).
    """
    refuse(kind("problem", problem, Problem))
    plan = in_ints(plan)
    refuse(index_faults(problem, plan))
    return plan


def team_faults(problem: Problem, plan: Plan) -> list[Fault]:
    """List the fault of a plan without exactly one route per team, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams == list(range(problem.n_teams)):
        return []
    return [Fault("RO-429", "plan.routes", last=problem.n_teams - 1, got=", ".join(map(str, teams)) or "-")]


def longest_route(problem: Problem) -> int:
    """Return the greatest number of visits that fit into the plan one after the other."""
    return int(problem.n_steps // problem.visit_steps.min())


def check_plan(problem: Problem, plan: Plan) -> Plan:
    """Return the plan, in Python's integers, if a search can start from it; rules are checked elsewhere.

    Raises
    ------
    InputError
        If there is not one route per team in order, an index is outside the problem, or visits overlap, are not in
        time order, end after the plan or are too many; lists all faults.
    """
    plan = in_ints(plan)
    faults = index_faults(problem, plan)
    refuse(faults + team_faults(problem, plan))
    most = longest_route(problem)
    for k, route in enumerate(plan.routes):
        free = 0
        if len(route.visits) > most:
            faults.append(Fault("RO-432", f"plan.routes[{k}]", most=most, got=len(route.visits)))
        for n, visit in enumerate(route.visits):
            where, end = f"plan.routes[{k}].visits[{n}]", visit.start + int(problem.visit_steps[visit.activity])
            if visit.start < free:
                faults.append(Fault("RO-430", where, least=free, got=visit.start))
            if end > problem.n_steps:
                faults.append(Fault("RO-431", where, most=problem.n_steps, got=end))
            free = max(free, end)
    refuse(faults)
    return plan
