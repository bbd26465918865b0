"""The service of a task begins inside one of its windows."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.problem.tasks import window_text, windows
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Window(Rule):
    """The service of a task begins inside one of its windows."""

    codes = ("window",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stays():
                q = problem.activities.task(stay.activity)
                if q is not None and not any(a <= stay.start <= b for a, b in windows(problem, q)):
                    name = problem.activities.name[stay.activity]
                    yield of_stop(problem, "window", day.team, stay, task=name, windows=window_text(problem, q))

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        for q in range(len(problem.tasks)):
            limits.narrow(q, windows(problem, q))
