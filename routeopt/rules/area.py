"""A team that has an area stops nowhere else; it may pass through, and wait at its posts."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Area(Rule):
    """A team that has an area stops nowhere else."""

    codes = ("outside-area",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stops():
                if not problem.in_area(day.team, stay.site):
                    area = problem.area_names[problem.team_area[day.team]]
                    yield of_stop(problem, "outside-area", day.team, stay, area=area)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for team, area in enumerate(problem.team_area.tolist()):
            if area >= 0:
                limits.keep_to(team, problem.site_area == area)
