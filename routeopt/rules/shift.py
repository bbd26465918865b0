"""The team starts no stop before its shift, and is at its end site when the shift ends."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, minutes_of, of_stop, of_team, time_of
from routeopt.timeline import Timeline


class Shift(Rule):
    """The team starts no stop before its shift, and is at its end site when the shift ends."""

    codes = ("before-shift", "end-unreachable", "shift")

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days:
            begin, home = int(problem.team_start_step[day.team]), day.gaps[-1]
            first = next(day.stays(), None)
            if first is not None and first.start < begin:
                yield of_stop(problem, "before-shift", day.team, first, begins=time_of(problem, begin))
            place = problem.site_names[home.target]
            if not home.reachable:
                yield of_team(problem, "end-unreachable", day.team, place=place)
            elif home.arrive > home.due:
                yield of_team(
                    problem, "shift", day.team, place=place, arrives=time_of(problem, home.arrive),
                    minutes=minutes_of(problem, home.arrive - home.due), ends=time_of(problem, home.due),
                )  # fmt: skip
