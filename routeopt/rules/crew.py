"""A crew does its task together: as many teams as it takes, in the same step, one of those that must be there."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, of_stop, time_of
from routeopt.timeline import Stay, Timeline


class Crew(Rule):
    """A crew does its task together: as many teams as it takes, in the same step."""

    codes = ("crew-few", "crew-apart", "crew-lead")
    of_one_route = False

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        together: dict[int, list[tuple[int, Stay]]] = {}
        for day in days:
            for stay in day.stays():
                if problem.activities.crew[stay.activity] > 1:
                    together.setdefault(stay.activity, []).append((day.team, stay))
        for activity, crew in sorted(together.items()):
            q, task = problem.activities.task(activity), problem.activities.name[activity]
            first = min(stay.start for _, stay in crew)
            needed = int(problem.activities.crew[activity])
            if len(crew) < needed:
                for team, stay in crew:
                    yield of_stop(problem, "crew-few", team, stay, task=task, teams=len(crew), needed=needed)
            for team, stay in crew:
                if stay.start > first:
                    yield of_stop(problem, "crew-apart", team, stay, task=task, first=time_of(problem, first))
            if not any(problem.tasks.lead[q, team] for team, _ in crew):
                able = [problem.team_names[k] for k in range(problem.n_teams) if problem.tasks.lead[q, k]]
                yield of_stop(problem, "crew-lead", *crew[0], task=task, able=able)
