"""A team that keeps to a zone stops nowhere else but at its posts; it may pass through.

Where leaving has a price, this is no rule: searches count the price, as they do of floors.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Home(Rule):
    """A team that keeps to a zone stops nowhere else but at its posts."""

    codes = ("outside-zone",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            own = problem.home(day.team)
            if own < 0 or problem.is_reserve(day.team):
                continue  # a reserve keeps to less
            kept, zone = problem.kept_to(day.team), problem.zones[own].title
            for stay in day.stops():
                if not kept[stay.site]:
                    yield of_stop(problem, "outside-zone", day.team, stay, zone=zone)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for team in range(problem.n_teams):
            if problem.home(team) >= 0:
                limits.keep_to(team, problem.kept_to(team))
