"""A team's stops begin some time apart, so that no hour has more than can be kept; tasks do not count."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, minutes_of, of_stop, time_of
from routeopt.timeline import Timeline


class Spacing(Rule):
    """A team's stops begin some time apart; going on with one at the same place is no new stop."""

    codes = ("too-soon",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        if not problem.spacing_steps:
            return
        for day in days:
            stops = [stay for stay in day.stops() if problem.activities.task(stay.activity) is None]
            for before, stop in pairwise(stops):
                goes_on = stop.site == before.site and stop.start == before.end
                if not goes_on and stop.start - before.start < problem.spacing_steps:
                    yield of_stop(
                        problem, "too-soon", day.team, stop, before=time_of(problem, before.start),
                        minutes=minutes_of(problem, problem.spacing_steps),
                    )  # fmt: skip
