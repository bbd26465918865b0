"""A reserve stands by at its post: it stops nowhere else, and so is free to respond but for its breaks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Reserve(Rule):
    """A reserve stops nowhere but at its post."""

    codes = ("reserve-stops",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            if problem.is_reserve(day.team):
                kept = problem.kept_to(day.team)
                for stay in day.stops():
                    if not kept[stay.site]:
                        yield of_stop(problem, "reserve-stops", day.team, stay)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for team in np.flatnonzero(problem.team_reserve).tolist():
            limits.keep_to(team, problem.kept_to(team))
