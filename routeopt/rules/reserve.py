"""A reserve stands by at its post: it makes no stop, and so is free to respond all the time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Reserve(Rule):
    """A reserve makes no stop."""

    codes = ("reserve-stops",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            if problem.is_reserve(day.team):
                for stay in day.stops():
                    yield of_stop(problem, "reserve-stops", day.team, stay)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for team in np.flatnonzero(problem.team_reserve).tolist():
            limits.keep_to(team, np.zeros(problem.n_sites, dtype=np.bool_))
