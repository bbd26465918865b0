"""Nobody stops at a place while it is closed to the team."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop, time_of
from routeopt.timeline import Timeline


class Access(Rule):
    """Nobody stops at a place while it is closed to the team."""

    codes = ("closed",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stops():
                for begin, end in problem.access.closed(day.team, stay.site):
                    if begin < stay.end and stay.start < end:
                        since, until = time_of(problem, begin), time_of(problem, end)
                        yield of_stop(problem, "closed", day.team, stay, since=since, until=until)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        limits.close_as(problem.access)
