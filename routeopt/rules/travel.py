"""The team reaches every stop before the stop starts, and is free when it is called away."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, minutes_of, of_stop, of_team, time_of
from routeopt.timeline import Timeline


class Travel(Rule):
    """The team reaches every stop before the stop starts."""

    codes = ("unreachable", "late", "still-busy")

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            for stay in day.stays():
                gap = day.gaps[stay.order]
                if not gap.reachable:
                    yield of_stop(problem, "unreachable", day.team, stay)
                elif gap.arrive > stay.start:
                    late = minutes_of(problem, gap.arrive - stay.start)
                    arrives = time_of(problem, gap.arrive)
                    yield of_stop(problem, "late", day.team, stay, arrives=arrives, minutes=late)
            for away in day.absences():
                gap = day.gaps[away.order]
                if gap.arrive > away.begin:
                    late = minutes_of(problem, gap.arrive - away.begin)
                    yield of_team(problem, "still-busy", day.team, time=time_of(problem, away.begin), minutes=late)
