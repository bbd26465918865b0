"""Everything that is required is done."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation
from routeopt.timeline import Timeline


class Required(Rule):
    """Everything that is required is done."""

    codes = ("required",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        what = problem.activities
        served = {int(what.group[stay.activity]) for day in days for stay in day.stays()}
        for activity in np.flatnonzero(what.required & (what.group == np.arange(len(what)))).tolist():
            if activity not in served:
                yield Violation("required", task=what.name[activity])
