"""What a strategy returns: visits, routes, plans, results; and whether a plan is one of a problem at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from routeopt.errors import Fault
from routeopt.guard import is_whole, kind, refuse, whole
from routeopt.problem.model import Problem


class Visit(NamedTuple):
    """A stop of one team: present in the steps ``start ≤ t < start + dwell``."""

    site: int
    """Row of the travel matrix."""
    start: int
    """First step of presence."""
    dwell: int
    """Index into the problem's dwell menu (of a longer stay, its last part: the team arrives and waits before);
    behind the menu the tasks: ``n_dwells + q`` is the service of task q."""


@dataclass(frozen=True)
class Route:
    """One team's night: its visits in time order. Waiting happens where the team last was."""

    team: int
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One route per team, in the teams' order."""

    routes: tuple[Route, ...]


class Change(NamedTuple):
    """A stop that is not as it was in the plan in force."""

    team: int
    what: str
    """``added`` or ``dropped``."""
    visit: Visit
    why: str


@dataclass(frozen=True)
class Result:
    """What ``solve`` found."""

    plan: Plan
    value: float
    """Visibility and rewards of tasks as the strategy counts them; equal to ``evaluate``'s value."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value, None where the strategy proves none."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at every improvement."""
    interrupted: bool = False
    changes: tuple[Change, ...] = ()
    """Against the plan in force, where a shift in progress is re-planned."""


def in_ints(plan: Plan) -> Plan:
    """The plan with numpy's whole numbers made Python's, which do not overflow; other values stay.

    Raises
    ------
    InputError
        It is not made of routes, or these not of visits.
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
                elif not (type(visit.site) is type(visit.start) is type(visit.dwell) is int):
                    plain = False
        faults += wrong
    refuse(faults)
    if plain:
        return plan
    return Plan(
        tuple(Route(_int(r.team), tuple(Visit(*map(_int, visit)) for visit in r.visits)) for r in plan.routes)
    )


def _int(value: Any) -> Any:
    return int(value) if is_whole(value) else value


def index_faults(problem: Problem, plan: Plan) -> list[Fault]:
    """Teams, sites, steps and activities that the problem does not have, or that are no whole numbers."""
    last_site, last_step = problem.n_sites - 1, problem.n_steps - 1
    last_dwell, found = len(problem.visit_steps) - 1, []
    for k, route in enumerate(plan.routes):
        found += whole(f"plan.routes[{k}].team", route.team, 0, problem.n_teams - 1)
        for n, visit in enumerate(route.visits):
            for key, value, most in zip(Visit._fields, visit, (last_site, last_step, last_dwell), strict=True):
                if type(value) is not int or not 0 <= value <= most:
                    found += whole(f"plan.routes[{k}].visits[{n}].{key}", value, 0, most)
    return found


def indexed(problem: Problem, plan: Plan) -> Plan:
    """The plan, of Python's ints, when every index of it is one of the problem.

    Raises
    ------
    InputError
        With every fault (`index_faults`).
    """
    plan = in_ints(plan)
    refuse(index_faults(problem, plan))
    return plan


def team_faults(problem: Problem, plan: Plan) -> list[Fault]:
    """Other than one route per team in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams == list(range(problem.n_teams)):
        return []
    return [Fault("RO-429", "plan.routes", last=problem.n_teams - 1, got=", ".join(map(str, teams)) or "-")]


def longest_route(problem: Problem) -> int:
    """Most visits that fit one after the other into the plan."""
    return int(problem.n_steps // problem.visit_steps.min())


def check_plan(problem: Problem, plan: Plan) -> Plan:
    """The plan, of Python's ints, when a search can take it in hand; rules apart (`routeopt.rules.check`).

    Raises
    ------
    InputError
        With every fault: other than one route per team in order, an index that the problem does not have, visits
        that overlap or are not in time order, that end after the plan, or that are too many.
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
            where, end = f"plan.routes[{k}].visits[{n}]", visit.start + int(problem.visit_steps[visit.dwell])
            if visit.start < free:
                faults.append(Fault("RO-430", where, least=free, got=visit.start))
            if end > problem.n_steps:
                faults.append(Fault("RO-431", where, most=problem.n_steps, got=end))
            free = max(free, end)
    refuse(faults)
    return plan
