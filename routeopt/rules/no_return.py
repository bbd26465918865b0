"""Where no return is allowed, a team that has left does not stop again."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class NoReturn(Rule):
    """Where no return is allowed, a team that has left does not stop again; staying on is one stop."""

    codes = ("returned",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            been: set[int] = set()
            last = None
            for stop in day.stops():
                if stop.site != last and stop.site in been and not problem.access.may_return(stop.site):
                    yield of_stop(problem, "returned", day.team, stop)
                been.add(stop.site)
                last = stop.site

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        if len(problem.access.no_return):
            limits.forbid_return(problem.access.no_return)
