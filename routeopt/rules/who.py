"""Only teams that are allowed to do an activity do it."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Who(Rule):
    """Only teams that are allowed to do an activity do it."""

    codes = ("not-allowed",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stays():
                if not problem.activities.who[stay.activity, day.team]:
                    yield of_stop(
                        problem, "not-allowed", day.team, stay, task=problem.activities.name[stay.activity]
                    )

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        limits.forbid_tasks(~problem.tasks.allowed.reshape(len(problem.tasks), problem.n_teams))
