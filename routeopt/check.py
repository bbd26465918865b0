"""Every hard rule, one function per rule. It knows no solver and shares no code with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routeopt.plan import Plan, Route
from routeopt.problem import UNREACHABLE, Problem


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
    """
    found = [*one_route_each(problem, plan)]
    for route in plan.routes:
        if not 0 <= route.team < problem.n_teams:
            found.append(Violation("indices", str(route.team), f"there are {problem.n_teams} teams."))
            continue
        broken = list(indices(problem, route))
        found.extend(broken)
        if not broken:
            for rule in RULES:
                found.extend(rule(problem, route))
    return found


def _violation(problem: Problem, rule: str, route: Route, detail: str, visit: int | None = None) -> Violation:
    place = "" if visit is None else f"visit {visit}: "
    return Violation(rule, problem.team_names[route.team], place + detail, visit)


def one_route_each(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Every team has exactly one route, in the teams' order."""
    teams = [route.team for route in plan.routes]
    if teams != list(range(problem.n_teams)):
        yield Violation("one_route_each", "*", f"routes are for teams {teams}, expected one per team in order.")


def indices(problem: Problem, route: Route) -> Iterator[Violation]:
    """Sites, dwells and start steps exist."""
    for n, visit in enumerate(route.visits, 1):
        if not 0 <= visit.site < problem.n_sites:
            yield _violation(problem, "indices", route, f"there is no site {visit.site}.", n)
        if not 0 <= visit.dwell < len(problem.dwell_steps):
            yield _violation(problem, "indices", route, f"there is no dwell {visit.dwell}.", n)
        if not 0 <= visit.start < problem.n_steps:
            yield _violation(problem, "indices", route, f"step {visit.start} is outside the plan.", n)


def stoppable(problem: Problem, route: Route) -> Iterator[Violation]:
    """Teams stop only where stopping is meant."""
    for n, visit in enumerate(route.visits, 1):
        if not problem.site_stoppable[visit.site]:
            name = problem.site_names[visit.site]
            yield _violation(problem, "stoppable", route, f"{name} is no place to stop.", n)


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
        at, free = visit.site, visit.start + int(problem.dwell_steps[visit.dwell])


def shift(problem: Problem, route: Route) -> Iterator[Violation]:
    """The team is at its end site when its shift ends, and starts nothing before it begins."""
    steps = problem.profiles[problem.team_profile[route.team]].travel_steps
    begin, end = int(problem.team_start_step[route.team]), int(problem.team_end_step[route.team])
    at, free = int(problem.team_start_site[route.team]), begin
    if route.visits:
        last = route.visits[-1]
        at, free = last.site, last.start + int(problem.dwell_steps[last.dwell])
        if route.visits[0].start < begin:
            yield _violation(problem, "shift", route, "starts before the shift.", 1)
    home = int(steps[at, problem.team_end_site[route.team]])
    if home >= UNREACHABLE:
        yield _violation(problem, "shift", route, "can't reach its end from its last stop.")
    elif free + home > end:
        late = (free + home - end) * problem.clock.step_s
        yield _violation(problem, "shift", route, f"is at its end {late} s after the shift.")


RULES: tuple[Callable[[Problem, Route], Iterator[Violation]], ...] = (stoppable, travel, shift)
"""Rules on one route of sound indices."""
