"""Feasibility rules, one function each; independent of every solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from routeopt.errors import Message
from routeopt.guard import is_whole
from routeopt.plan import Plan, Route, in_ints
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.tasks import window_text, windows


class Violation(Message):
    """A rule that a plan breaks: a code of `routeopt.catalogue.plans` with names and times as values."""

    __slots__ = ("team", "visit")

    def __init__(self, code: str, team: int | None = None, visit: int | None = None, **values: Any) -> None:
        super().__init__(code, **values)
        self.team = team
        """Index of the team; None if the violation concerns no single team."""
        self.visit = visit
        """Number of the team's visit, from 1; None if the violation concerns no single visit."""

    def json(self) -> dict[str, Any]:
        """Code, values and sentence, with the indices of team and visit."""
        return {**super().json(), "team": self.team, "visit": self.visit}

    def _key(self) -> tuple[Any, ...]:
        return (*super()._key(), self.team, self.visit)


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """Return all violations of a plan; none means that the plan can be walked as it stands.

    The rules in `RULES` need sound indices and are skipped for routes without.

    Raises
    ------
    InputError
        If it is not a plan: not made of routes, or a route not of visits.
    """
    plan = in_ints(plan)
    found = [*one_route_each(problem, plan), *task_once(problem, plan), *mandatory_tasks(problem, plan)]
    for route in plan.routes:
        if not _one_of(route.team, problem.n_teams):
            found.append(Violation("no-team", number=route.team, last=problem.n_teams - 1))
            continue
        broken = list(indices(problem, route))
        found.extend(broken)
        if not broken:
            for rule in RULES:
                found.extend(rule(problem, route))
    return found


def _one_of(index: object, n: int) -> bool:
    """Return whether it is an integer from 0 to ``n`` − 1."""
    return is_whole(index) and 0 <= index < n  # type: ignore[operator]


def _of_team(problem: Problem, code: str, route: Route, **values: Any) -> Violation:
    """A violation of a whole route."""
    return Violation(code, route.team, who=problem.team_names[route.team], **values)


def _of_stop(problem: Problem, code: str, route: Route, n: int, **values: Any) -> Violation:
    """A violation of the route's visit ``n``, from 1."""
    visit = route.visits[n - 1]
    return Violation(
        code, route.team, n, who=problem.team_names[route.team], stop=n, place=problem.site_names[visit.site],
        time=_time(problem, visit.start), **values,
    )  # fmt: skip


def _time(problem: Problem, step: int) -> str:
    return problem.clock.text(step * problem.clock.step_s)


def _minutes(problem: Problem, steps: int) -> str:
    return f"{round(steps * problem.clock.step_s / 60, 1):g}"


def one_route_each(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every team has exactly one route, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams != list(range(problem.n_teams)):
        yield Violation("routes", teams=teams)


def _doers(problem: Problem, plan: Plan) -> list[list[Route]]:
    """Per task the routes that do it, once for each time."""
    found: list[list[Route]] = [[] for _ in problem.tasks.names]
    for route in plan.routes:
        for visit in route.visits:
            if _one_of(visit.dwell, problem.n_dwells + len(found)) and visit.dwell >= problem.n_dwells:
                found[visit.dwell - problem.n_dwells].append(route)
    return found


def task_once(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """A task is served once, by one team."""
    for name, routes in zip(problem.tasks.names, _doers(problem, plan), strict=True):
        for route in routes[1:]:
            if _one_of(route.team, problem.n_teams):
                yield _of_team(problem, "once", route, task=name, times=len(routes))


def mandatory_tasks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every mandatory task is served."""
    for q, routes in enumerate(_doers(problem, plan)):
        if problem.tasks.mandatory[q] and not routes:
            yield Violation("required", task=problem.tasks.names[q])


def indices(problem: Problem, route: Route) -> Iterator[Violation]:
    """Sites, dwells and start steps exist."""
    who = problem.team_names[route.team]
    for n, visit in enumerate(route.visits, 1):
        if not _one_of(visit.site, problem.n_sites):
            yield Violation("no-site", route.team, n, who=who, stop=n, site=visit.site)
        if not _one_of(visit.dwell, len(problem.activities)):
            yield Violation("no-dwell", route.team, n, who=who, stop=n, dwell=visit.dwell)
        if not _one_of(visit.start, problem.n_steps):
            yield Violation("no-step", route.team, n, who=who, stop=n, step=visit.start)


def stoppable(problem: Problem, route: Route) -> Iterator[Violation]:
    """Teams stop only at sites meant for stops, and serve a task only at its site."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and visit.site != problem.tasks.site[q]:
            at, name = problem.site_names[problem.tasks.site[q]], problem.tasks.names[q]
            yield _of_stop(problem, "task-place", route, n, task=name, expected=at)
        elif q < 0 and not problem.site_stoppable[visit.site]:
            yield _of_stop(problem, "not-stoppable", route, n)


def task_window(problem: Problem, route: Route) -> Iterator[Violation]:
    """The service of a task begins inside one of its windows."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and not any(a <= visit.start <= b for a, b in windows(problem, q)):
            name = problem.tasks.names[q]
            yield _of_stop(problem, "window", route, n, task=name, windows=window_text(problem, q))


def task_team(problem: Problem, route: Route) -> Iterator[Violation]:
    """Only teams that are allowed to serve a task do so."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and not problem.tasks.allowed[q, route.team]:
            yield _of_stop(problem, "not-allowed", route, n, task=problem.tasks.names[q])


def travel(problem: Problem, route: Route) -> Iterator[Violation]:
    """The team reaches every stop before the stop starts."""
    steps = problem.profiles[problem.team_profile[route.team]].travel_steps
    at, free = int(problem.team_start_site[route.team]), int(problem.team_start_step[route.team])
    for n, visit in enumerate(route.visits, 1):
        leg = int(steps[at, visit.site])
        if leg >= UNREACHABLE:
            yield _of_stop(problem, "unreachable", route, n)
        elif free + leg > visit.start:
            late = free + leg - visit.start
            yield _of_stop(
                problem, "late", route, n, arrives=_time(problem, free + leg), minutes=_minutes(problem, late)
            )
        at, free = visit.site, visit.start + int(problem.visit_steps[visit.dwell])


def shift(problem: Problem, route: Route) -> Iterator[Violation]:
    """The team starts no stop before its shift, and is at its end site when the shift ends."""
    steps = problem.profiles[problem.team_profile[route.team]].travel_steps
    begin, end = int(problem.team_start_step[route.team]), int(problem.team_end_step[route.team])
    at, free = int(problem.team_start_site[route.team]), begin
    if route.visits:
        last = route.visits[-1]
        at, free = last.site, last.start + int(problem.visit_steps[last.dwell])
        if route.visits[0].start < begin:
            yield _of_stop(problem, "before-shift", route, 1, begins=_time(problem, begin))
    finish = int(problem.team_end_site[route.team])
    home, place = int(steps[at, finish]), problem.site_names[finish]
    if home >= UNREACHABLE:
        yield _of_team(problem, "end-unreachable", route, place=place)
    elif free + home > end:
        late = free + home - end
        yield _of_team(
            problem, "shift", route, place=place, arrives=_time(problem, free + home),
            minutes=_minutes(problem, late), ends=_time(problem, end),
        )  # fmt: skip


RULES: tuple[Callable[[Problem, Route], Iterator[Violation]], ...] = (
    stoppable, task_window, task_team, travel, shift,
)  # fmt: skip
"""Rules on one route of sound indices."""
