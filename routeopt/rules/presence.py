"""Enough free teams with powers are in a zone, or on a street, at any time, or in the hours told.

Where missing it has a price, this is no rule: searches count the price, as they do of floors.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routeopt.problem import Problem
from routeopt.problem.goal_names import scope
from routeopt.rules.rule import Rule, Violation, minutes_of, time_of
from routeopt.timeline import Timeline, teams_at


class Presence(Rule):
    """As many free teams with powers are at the sites of each such goal as it asks for."""

    codes = ("too-few",)
    of_one_route = False

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for goal in problem.rules_on_presence:
            span = goal.span(problem.n_steps)
            there = teams_at(problem, days, goal.sites)[span]
            for steps in np.split(np.arange(len(there)), np.flatnonzero(np.diff(there)) + 1):
                begin, end = span.start + int(steps[0]), span.start + int(steps[-1]) + 1
                if there[steps[0]] < goal.responders:
                    yield Violation(
                        "too-few", goal=scope(problem, goal).title(goal.name), teams=int(there[steps[0]]),
                        least=goal.responders, since=time_of(problem, begin), until=time_of(problem, end),
                        minutes=minutes_of(problem, end - begin),
                    )  # fmt: skip
