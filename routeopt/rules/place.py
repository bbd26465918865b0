"""Teams stop only at sites open for stops, and do an activity with a site of its own only there.

A team may also wait where its shift starts or ends, and where there is a task.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, of_stop
from routeopt.timeline import Timeline


class Place(Rule):
    """Teams stop only at sites open for stops, and do an activity with a site of its own only there."""

    codes = ("task-place", "not-stoppable")

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        activities = problem.activities
        for day in days:
            posts = {int(problem.team_start_site[day.team]), int(problem.team_end_site[day.team])}
            for stay in day.stays():
                own = int(activities.site[stay.activity])
                if own >= 0 and stay.site != own:
                    name, expected = activities.name[stay.activity], problem.site_names[own]
                    yield of_stop(problem, "task-place", day.team, stay, task=name, expected=expected)
                elif own < 0 and not problem.site_stoppable[stay.site]:
                    may_wait = stay.site in posts or stay.site in problem.tasks.site
                    if not may_wait or not stay.waits:
                        yield of_stop(problem, "not-stoppable", day.team, stay)

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`."""
        limits.forbid_stops(~problem.site_stoppable)
