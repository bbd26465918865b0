"""No team is on duty for longer than it may be without a break; being away is not one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routeopt.problem import Problem
from routeopt.problem.activities import Sort
from routeopt.problem.tasks import windows
from routeopt.rules.limits import Limits
from routeopt.rules.rule import Rule, Violation, minutes_of, of_team, time_of
from routeopt.timeline import Timeline


class Rest(Rule):
    """No team is on duty for longer than it may be without a break."""

    codes = ("no-break",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        for day in days if len(problem.longest_work) else ():
            most, since = int(problem.longest_work[day.team]), int(problem.team_start_step[day.team])
            if not most:
                continue
            spans = [(stay.start, stay.end) for stay in day.stays() if _is_break(problem, stay.activity)]
            finish = int(problem.team_end_step[day.team])
            for begin, end in [*spans, (finish, finish)]:
                if begin - since > most:
                    last, until, minutes = (
                        time_of(problem, since), time_of(problem, begin), minutes_of(problem, most)
                    )  # fmt: skip
                    yield of_team(problem, "no-break", day.team, since=last, until=until, minutes=minutes)
                since = end

    def restrict(self, problem: Problem, limits: Limits) -> None:
        """See `Rule.restrict`: whatever begins within the windows keeps the rule, whenever the others begin."""
        for team in range(len(problem.longest_work)):
            most = int(problem.longest_work[team])
            breaks = _breaks(problem, team)
            if most and breaks:
                for group, first, last in _apart(problem, team, most, breaks):
                    for q in np.flatnonzero(problem.tasks.group == group).tolist():
                        limits.narrow(q, [(first, last)])


def _is_break(problem: Problem, activity: int) -> bool:
    q = problem.activities.task(activity)
    return q is not None and int(problem.tasks.sort[q]) == Sort.BREAK


def _breaks(problem: Problem, team: int) -> list[tuple[int, int, int, int]]:
    """List the breaks that are the team's alone, in order: first and last start, length, group of alternatives."""
    tasks = problem.tasks
    own = (tasks.sort == Sort.BREAK) & tasks.mandatory & tasks.allowed[:, team]
    found: dict[int, tuple[int, int, int, int]] = {}
    for q in np.flatnonzero(own & (tasks.allowed.sum(axis=1) == 1)).tolist():
        part, group = windows(problem, q), int(tasks.group[q])
        first, last, *_ = found.get(group, (part[0][0], part[-1][1]))
        found[group] = (
            min(first, part[0][0]), max(last, part[-1][1]), int(tasks.service_steps[q]), group
        )  # fmt: skip
    return sorted(found.values())


def _apart(
    problem: Problem, team: int, most: int, breaks: list[tuple[int, int, int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Yield the first and last start of each break that keep the longest time without one, whatever is chosen.

    With one break these are all starts that keep it. With several, the time between two of them is shared out: the
    earlier one begins at c or later, the other at most ``most`` after a break from c on.
    """
    begin, finish = int(problem.team_start_step[team]), int(problem.team_end_step[team])
    first, last = [b[0] for b in breaks], [b[1] for b in breaks]
    length = [b[2] for b in breaks]
    since = begin
    for n in range(len(breaks)):  # no later than the longest time after the one before, begun as late as it may
        last[n] = min(last[n], since + most)
        since = last[n] + length[n]
    until = finish
    for n in reversed(range(len(breaks))):
        first[n] = max(first[n], until - most - length[n])
        until = first[n]
    for n in range(len(breaks) - 1):
        reach = length[n] + most
        if first[n] + reach < last[n + 1]:
            least = max(first[n], first[n + 1] - reach)
            first[n] = max(least, min((least + last[n]) // 2, last[n + 1] - reach))
            last[n + 1] = min(last[n + 1], first[n] + reach)
    for n, (_, _, _, group) in enumerate(breaks):
        yield group, first[n], last[n]
