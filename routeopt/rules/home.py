"""A team that keeps to a zone stops nowhere else; it may pass through, and wait at its posts."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Home(Rule):
    """A team that keeps to a zone stops nowhere else."""

    codes = ("outside-zone",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stops():
                if not problem.in_zone(day.team, stay.site):
                    zone = problem.zones[problem.team_zone[day.team]].title
                    yield of_stop(problem, "outside-zone", day.team, stay, zone=zone)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for team, zone in enumerate(problem.team_zone.tolist()):
            if zone >= 0:
                limits.keep_to(team, problem.zones[zone].sites)
