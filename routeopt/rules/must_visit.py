"""Places that may not be left alone for long are visited in time, by whichever team."""

from __future__ import annotations

from collections.abc import Iterator

from routeopt.problem import Problem
from routeopt.rules.rule import Rule, Violation, minutes_of, time_of
from routeopt.timeline import Stay, Timeline


class MustVisit(Rule):
    """No gap between visits to a must-visit is too long, from the plan's start to its end.

    A visit is a stay of some team, with the waiting before and after it, of at least the shortest length that
    counts.
    """

    codes = ("gap",)

    def check(self, problem: Problem, days: tuple[Timeline, ...]) -> Iterator[Violation]:
        """See `Rule.check`."""
        table = problem.must_visits
        for n, site in enumerate(table.site.tolist()):
            most, least = int(table.max_gap_steps[n]), int(table.least_steps[n])
            for begin, end in gaps(problem, visits(days, site, least)):
                if end - begin > most:
                    yield Violation(
                        "gap", place=problem.site_names[site], since=time_of(problem, begin),
                        until=time_of(problem, end), minutes=minutes_of(problem, end - begin),
                        most=minutes_of(problem, most),
                    )  # fmt: skip


def visits(days: tuple[Timeline, ...], site: int, least: int) -> list[tuple[int, int]]:
    """List when teams are at a site for at least ``least`` steps (begin ≤ t < end), in order of their begin."""
    found: list[tuple[int, int]] = []
    for day in days:
        stays: list[tuple[int, int]] = []
        for part in sorted(day.places(), key=lambda part: part.begin):
            if part.site != site or part.end <= part.begin or (isinstance(part, Stay) and not part.presence):
                continue  # nor is a break a visit
            if stays and part.begin <= stays[-1][1]:
                stays[-1] = stays[-1][0], max(stays[-1][1], part.end)
            else:
                stays.append((part.begin, part.end))
        found += [(begin, end) for begin, end in stays if end - begin >= least]
    return sorted(found)


def gaps(problem: Problem, visited: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the times without a visit (begin ≤ t < end), from the plan's start to its end."""
    free = 0
    for begin, end in [*visited, (problem.n_steps, problem.n_steps)]:
        if begin > free:
            yield free, begin
        free = max(free, end)
