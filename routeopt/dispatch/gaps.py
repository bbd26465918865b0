"""Search the gaps between the anchors of a plan in force: a change stays only if it gains more than its price."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from routeopt.plan import Route, Visit
from routeopt.problem import Problem
from routeopt.rules import of_route
from routeopt.search.state import Search, Visits
from routeopt.search.tracker import Tracker
from routeopt.strategies import best_response

PRICE = 4e-4
"""Visibility that a changed stop must gain: about a fifth of the gain of an average stop."""
AROUND_MIN = 90.0
"""Length of the stretch of time that is searched at once, in minutes."""


class Prices:
    """How many stops of each team differ from the plan in force, and what that costs."""

    def __init__(
        self, price: float, teams: Sequence[int], changed: Callable[[int], int], free: Collection[int] = ()
    ) -> None:
        self.price, self.free = price, frozenset(free)
        """Price of a stop, and teams whose changes cost nothing."""
        self._changed = changed
        self._counted = {team: self.count(team) for team in teams}

    def count(self, team: int) -> int:
        """Count the stops of a team in the current plan that cost something."""
        return 0 if team in self.free else self._changed(team)

    def extra(self, team: int) -> float:
        """Return what the team's present changes cost more than those that were kept last."""
        return self.price * (self.count(team) - self._counted[team])

    def keep(self, teams: Sequence[int]) -> None:
        """Keep the changes of the teams."""
        self._counted.update({team: self.count(team) for team in teams})


def improve(
    search: Search,
    tracker: Tracker,
    state: NDArray[np.uint64],
    teams: Sequence[int],
    prices: Prices,
    span: Callable[[], tuple[int, int]],
) -> None:
    """Re-solve gaps of ``teams`` until the tracker stops; it gets every plan that is kept.

    Parameters
    ----------
    span
        Draws the first step and the number of steps in which the next gap lies.
    """
    value = search.objective()
    tracker.offer(search.copy_routes(), value)
    while teams and tracker.go_on():
        touched = best_response.resolve(search, state, teams, *span())
        new = search.objective()
        if new - value > sum(prices.extra(team) for team in touched) + 1e-12:
            value = new
            prices.keep(touched)
            search.settle()
            tracker.keep(search.copy_routes(), value)
        else:
            search.put_back()


def interrupted(search: Search, tracker: Tracker, given: Sequence[Visits], work: Callable[[], None]) -> bool:
    """Do the work; return whether Ctrl-C ended it. The plan given stands if the work has kept none."""
    try:
        work()
    except KeyboardInterrupt:
        if not tracker.routes:
            tracker.offer(given, search.value(given))
        return True
    return False


def sound(problem: Problem, team: int, visits: Sequence[Visit]) -> list[Visit]:
    """Leave out, one after the other, the visits that break more rules between those kept and the fixed ones."""

    def broken(some: Sequence[Visit]) -> int:
        return len(of_route(problem, Route(team, tuple(some))))

    if not broken(visits):
        return list(visits)
    kept: list[Visit] = []
    for n, visit in enumerate(visits):
        later = [other for other in visits[n + 1 :] if other.fixed]
        if visit.fixed or broken([*kept, visit, *later]) <= broken([*kept, *later]):
            kept.append(visit)
    return kept
