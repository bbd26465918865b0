"""An activity that may be done once is done by one team, once."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, of_team
from routeopt.timeline import Timeline


class Once(Rule):
    """An activity that may be done once is done by one team, once."""

    codes = ("once",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        times: dict[int, list[int]] = {}
        for day in days:
            for stay in day.stays():
                if problem.activities.once[stay.activity]:
                    times.setdefault(stay.activity, []).append(day.team)
        for activity, teams in sorted(times.items()):
            for team in teams[1:]:
                yield of_team(problem, "once", team, task=problem.activities.name[activity], times=len(teams))
