"""The team reaches every stop before the stop starts."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.violation import Violation, minutes_of, of_stop, time_of
from routeopt.timeline import Timeline


class Travel:
    """The team reaches every stop before the stop starts."""

    codes = ("unreachable", "late")

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `routeopt.rules.violation.Rule`."""
        for day in days:
            for gap, stay in zip(day.gaps, day.stays(), strict=False):
                if not gap.reachable:
                    yield of_stop(problem, "unreachable", day.team, stay)
                elif gap.arrive > stay.start:
                    late = minutes_of(problem, gap.arrive - stay.start)
                    arrives = time_of(problem, gap.arrive)
                    yield of_stop(problem, "late", day.team, stay, arrives=arrives, minutes=late)
