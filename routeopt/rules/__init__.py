"""Every hard rule, one function per rule. It knows no solver and shares no code with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routeopt.guard import is_whole
from routeopt.plan import Plan, Route, in_ints
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.tasks import window_text, windows


@dataclass(frozen=True)
class Violation:
    """A hard rule that a plan breaks."""

    rule: str
    team: str
    detail: str
    visit: int | None = None
    """Which of the team's visits, from 1, where it is one visit's."""

    def __str__(self) -> str:
        return f"{self.rule}: team {self.team}: {self.detail}"


def check(problem: Problem, plan: Plan) -> list[Violation]:
    """All violations of a plan; an empty list means that it can be walked as it stands.

    Rules after ``indices`` are only looked at when the indices are sound, because they need them.

    Raises
    ------
    InputError
        It is no plan: not made of routes, or these not of visits.
    """
    plan = in_ints(plan)
    found = [*one_route_each(problem, plan), *task_once(problem, plan), *mandatory_tasks(problem, plan)]
    for route in plan.routes:
        if not _one_of(route.team, problem.n_teams):
            found.append(Violation("indices", str(route.team), f"there are {problem.n_teams} teams."))
            continue
        broken = list(indices(problem, route))
        found.extend(broken)
        if not broken:
            for rule in RULES:
                found.extend(rule(problem, route))
    return found


def _one_of(index: object, n: int) -> bool:
    """Whether it is a whole number from 0 to ``n`` − 1."""
    return is_whole(index) and 0 <= index < n  # type: ignore[operator]


def _violation(problem: Problem, rule: str, route: Route, detail: str, visit: int | None = None) -> Violation:
    place = "" if visit is None else f"visit {visit}: "
    return Violation(rule, problem.team_names[route.team], place + detail, visit)


def one_route_each(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every team has exactly one route, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams != list(range(problem.n_teams)):
        yield Violation("one_route_each", "*", f"routes are for teams {teams}, expected one per team in order.")


def _doers(problem: Problem, plan: Plan) -> list[list[Route]]:
    """Per task the routes that do it, once for each time."""
    found: list[list[Route]] = [[] for _ in problem.tasks.names]
    for route in plan.routes:
        for visit in route.visits:
            if _one_of(visit.dwell, problem.n_dwells + len(found)) and visit.dwell >= problem.n_dwells:
                found[visit.dwell - problem.n_dwells].append(route)
    return found


def task_once(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """A task is done once, by one team."""
    for name, routes in zip(problem.tasks.names, _doers(problem, plan), strict=True):
        for route in routes[1:]:
            if _one_of(route.team, problem.n_teams):
                yield _violation(problem, "task_once", route, f'task "{name}" is done {len(routes)} times.')


def mandatory_tasks(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What must be done is done."""
    for q, routes in enumerate(_doers(problem, plan)):
        if problem.tasks.mandatory[q] and not routes:
            yield Violation("mandatory_tasks", "*", f'task "{problem.tasks.names[q]}" is not done.')


def indices(problem: Problem, route: Route) -> Iterator[Violation]:
    """Sites, dwells and start steps exist."""
    for n, visit in enumerate(route.visits, 1):
        if not _one_of(visit.site, problem.n_sites):
            yield _violation(problem, "indices", route, f"there is no site {visit.site}.", n)
        if not _one_of(visit.dwell, len(problem.visit_steps)):
            yield _violation(problem, "indices", route, f"there is no dwell {visit.dwell}.", n)
        if not _one_of(visit.start, problem.n_steps):
            yield _violation(problem, "indices", route, f"step {visit.start} is outside the plan.", n)


def stoppable(problem: Problem, route: Route) -> Iterator[Violation]:
    """Teams stop only where stopping is meant; for a task, only at its place."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and visit.site != problem.tasks.site[q]:
            at, name = problem.site_names[problem.tasks.site[q]], problem.tasks.names[q]
            yield _violation(problem, "stoppable", route, f'task "{name}" is at {at}.', n)
        elif q < 0 and not problem.site_stoppable[visit.site]:
            name = problem.site_names[visit.site]
            yield _violation(problem, "stoppable", route, f"{name} is no place to stop.", n)


def task_window(problem: Problem, route: Route) -> Iterator[Violation]:
    """A task's service begins inside one of its windows."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and not any(a <= visit.start <= b for a, b in windows(problem, q)):
            begins, name = problem.clock.text(visit.start * problem.clock.step_s), problem.tasks.names[q]
            what = f'task "{name}" begins at {begins}, not within {window_text(problem, q)}.'
            yield _violation(problem, "task_window", route, what, n)


def task_team(problem: Problem, route: Route) -> Iterator[Violation]:
    """Only teams that may do a task do it."""
    for n, visit in enumerate(route.visits, 1):
        q = visit.dwell - problem.n_dwells
        if q >= 0 and not problem.tasks.allowed[q, route.team]:
            name = problem.tasks.names[q]
            yield _violation(problem, "task_team", route, f'may not do task "{name}".', n)


def travel(problem: Problem, route: Route) -> Iterator[Violation]:
    """The team can be where it should when it should, from its start to its end."""
    steps = problem.profiles[problem.team_profile[route.team]].travel_steps
    at, free = int(problem.team_start_site[route.team]), int(problem.team_start_step[route.team])
    for n, visit in enumerate(route.visits, 1):
        leg = int(steps[at, visit.site])
        if leg >= UNREACHABLE:
            yield _violation(problem, "travel", route, f"{problem.site_names[visit.site]} can't be reached.", n)
        elif free + leg > visit.start:
            late = (free + leg - visit.start) * problem.clock.step_s
            yield _violation(problem, "travel", route, f"arrives {late} s after it starts.", n)
        at, free = visit.site, visit.start + int(problem.visit_steps[visit.dwell])


def shift(problem: Problem, route: Route) -> Iterator[Violation]:
    """The team is at its end site when its shift ends, and starts nothing before it begins."""
    steps = problem.profiles[problem.team_profile[route.team]].travel_steps
    begin, end = int(problem.team_start_step[route.team]), int(problem.team_end_step[route.team])
    at, free = int(problem.team_start_site[route.team]), begin
    if route.visits:
        last = route.visits[-1]
        at, free = last.site, last.start + int(problem.visit_steps[last.dwell])
        if route.visits[0].start < begin:
            yield _violation(problem, "shift", route, "starts before the shift.", 1)
    home = int(steps[at, problem.team_end_site[route.team]])
    if home >= UNREACHABLE:
        yield _violation(problem, "shift", route, "can't reach its end from its last stop.")
    elif free + home > end:
        late = (free + home - end) * problem.clock.step_s
        yield _violation(problem, "shift", route, f"is at its end {late} s after the shift.")


RULES: tuple[Callable[[Problem, Route], Iterator[Violation]], ...] = (
    stoppable, task_window, task_team, travel, shift,
)  # fmt: skip
"""Rules on one route of sound indices."""
