"""An activity that may be done once, or one of its alternatives, is done by one team or one crew, once."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, of_team
from routeopt.timeline import Timeline


class Once(Rule):
    """An activity that may be done once, or one of its alternatives, is done by one team or one crew, once."""

    codes = ("once",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        what, times = problem.activities, dict[int, list[int]]()
        for day in days:
            for stay in day.stays():
                if what.once[stay.activity]:
                    times.setdefault(int(what.group[stay.activity]), []).append(day.team)
        for activity, teams in sorted(times.items()):
            for team in teams[int(what.crew[activity]) :]:
                yield of_team(problem, "once", team, task=what.name[activity], times=len(teams))
