"""Feasibility rules, one file each, independent of every solver; `RULES` lists them.

A rule reads timelines (`routeopt.timeline`), which need indices that exist: `check` tells those that do not first.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.errors import Words, english
from routeopt.guard import is_whole, kind, refuse
from routeopt.plan import Plan, Route, in_ints
from routeopt.problem import Problem
from routeopt.rules.access import Access
from routeopt.rules.area import Area
from routeopt.rules.crew import Crew
from routeopt.rules.home import Home
from routeopt.rules.limits import Limits as Limits
from routeopt.rules.must_visit import MustVisit
from routeopt.rules.no_return import NoReturn
from routeopt.rules.once import Once
from routeopt.rules.place import Place
from routeopt.rules.presence import Presence
from routeopt.rules.required import Required
from routeopt.rules.reserve import Reserve
from routeopt.rules.rest import Rest
from routeopt.rules.rule import Rule as Rule
from routeopt.rules.rule import Violation as Violation
from routeopt.rules.shift import Shift
from routeopt.rules.spacing import Spacing
from routeopt.rules.travel import Travel
from routeopt.rules.who import Who
from routeopt.rules.window import Window
from routeopt.timeline import walk

RULES: tuple[Rule, ...] = (
    Once(), Required(), Crew(), Place(), Access(), Area(), Home(), Reserve(), NoReturn(), Window(), Who(),
    Travel(), Spacing(), Rest(), Shift(), MustVisit(), Presence(),
)  # fmt: skip
"""Every rule, in the order in which a route's violations are reported."""


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Return all violations of a plan, by team; none means that the plan can be walked as it stands.

    Routes with an index outside the problem are reported for that alone.

    Raises
    ------
    InputError
        If it is not a plan: not made of routes, or a route not of visits.
    """
    refuse(kind("problem", problem, Problem))
    plan = in_ints(plan)
    found = list(one_route_each(problem, plan))
    days = []
    for route in plan.routes:
        broken = list(indices(problem, route))
        found += broken
        if not broken:
            days.append(walk(problem, route))
    for rule in RULES:
        found += rule.check(problem, tuple(days))
    return sorted(found, key=lambda violation: -1 if violation.team is None else violation.team)


def of_route(problem: Problem, route: Route) -> list[Violation]:
    """Return the violations of one route by itself, whose indices exist."""
    day = (walk(problem, route),)
    own = (found for rule in RULES if rule.of_one_route for found in rule.check(problem, day))
    return [found for found in own if found.team is not None]


def restricted(problem: Problem) -> Problem:
    """Return the problem with its tables as narrow as the rules allow; the same one if they are already.

    Searches read nothing but these tables: what they may choose from them keeps every rule.
    """
    limits = Limits(problem)
    for rule in RULES:
        rule.restrict(problem, limits)
    return limits.tables()


def explain(violation: Violation, _: Words = english) -> str:
    """Say in the reader's language what is wrong with a plan, as the rule that it breaks does."""
    rule = next((rule for rule in RULES if violation.code in rule.codes), None)
    return violation.text(_) if rule is None else rule.explain(violation, _)


def one_route_each(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every team has exactly one route, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams != list(range(problem.n_teams)):
        yield Violation("routes", teams=teams)


def indices(problem: Problem, route: Route) -> Iterator[Violation]:
    """Teams, sites, activities and start steps exist."""
    if not _one_of(route.team, problem.n_teams):
        yield Violation("no-team", number=route.team, last=problem.n_teams - 1)
        return
    who = problem.team_names[route.team]
    for n, visit in enumerate(route.visits, 1):
        if not _one_of(visit.site, problem.n_sites):
            yield Violation("no-site", route.team, n, who=who, stop=n, site=visit.site)
        if not is_whole(visit.activity) or not problem.activities.exists(visit.activity):
            yield Violation("no-dwell", route.team, n, who=who, stop=n, dwell=visit.activity)
        if not _one_of(visit.start, problem.n_steps):
            yield Violation("no-step", route.team, n, who=who, stop=n, step=visit.start)


def _one_of(index: object, n: int) -> bool:
    """Return whether it is an integer from 0 to ``n`` − 1."""
    return is_whole(index) and 0 <= index < n  # type: ignore[operator]
