"""Everything that is required is done."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation
from routeopt.timeline import Timeline


class Required(Rule):
    """Everything that is required is done."""

    codes = ("required",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        served = {stay.activity for day in days for stay in day.stays()}
        for activity, name in enumerate(problem.activities.name):
            if problem.activities.required[activity] and activity not in served:
                yield Violation("required", task=name)
