"""Streets that change with the time of day: the night in periods, in each of which teams move by other legs.

A leg that crosses from one period into the next takes the longer of both times, and the path of that; one that is
under way when its streets close is impossible. What is seen from a place does not change.

Example: a leg takes 3 steps before step 10, and 8 afterwards. Leaving in step 7 it takes 3 steps and ends as the
second period begins; leaving in step 8 it would be under way then, and takes 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.problem.movement import FAR, Passage, Profile, Seen


@dataclass(frozen=True, eq=False)
class Periods:
    """When legs change; one period unless given.

    Raises
    ------
    InputError
        As part of a problem: with every fault (types, shapes, order, indices).
    """

    begin: NDArray[np.int32] = field(default_factory=lambda: np.zeros(1, dtype=np.int32))
    """(n_periods,) first step of each, ascending; the first is 0."""
    profile: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 1), dtype=np.int32))
    """(n_profiles, n_periods) by whose legs the teams of each profile move in each period, its own in the first;
    always by its own where there are no rows."""

    @property
    def change(self) -> bool:
        """Whether there is more than one period."""
        return len(self.begin) > 1


class Spell(NamedTuple):
    """Steps of departure in which a leg is the same."""

    first: int
    last: int
    """Inclusive."""
    steps: int
    """Its length; less than `FAR`."""


class Moves:
    """How a team moves through the night, and what it sees: its profile, and by whose legs it moves when.

    A step is one of departure.
    """

    def __init__(self, profile: Profile, begin: Sequence[int], legs: Sequence[Profile]) -> None:
        self.profile = profile
        """What the team sees; its legs are those of the first period."""
        self.begin, self.legs = tuple(begin), tuple(legs)

    @property
    def changes(self) -> bool:
        """Whether legs change."""
        return len(self.legs) > 1

    @property
    def mode(self) -> str:
        """Mode of the profile."""
        return self.profile.mode

    def seen(self, site: int) -> Seen:
        """Return what is seen from a site."""
        return self.profile.seen(site)

    def leg(self, site: int, target: int, step: int) -> tuple[int, Profile]:
        """Return the travel time of a leg in steps, and the profile that has it."""
        if not self.changes:
            return self.profile.steps(site, target), self.profile
        period = int(np.searchsorted(self.begin, step, side="right")) - 1
        found = self.legs[max(0, period)]
        steps = found.steps(site, target)
        for begin, other in zip(self.begin[period + 1 :], self.legs[period + 1 :], strict=True):
            if step + steps <= begin:
                break
            if other.steps(site, target) > steps:
                steps, found = other.steps(site, target), other
        return steps, found

    def steps(self, site: int, target: int, step: int) -> int:
        """Return the travel time of a leg in steps, `FAR` where there is no way."""
        return self.leg(site, target, step)[0]

    def passage(self, site: int, target: int, step: int) -> Passage:
        """Return what a leg passes."""
        return self.leg(site, target, step)[1].passage(site, target)

    def metres(self, site: int, target: int, step: int) -> float:
        """Return the length of a leg, metres."""
        return self.leg(site, target, step)[1].metres(site, target)

    def steps_from(self, site: int, step: int) -> NDArray[np.int64]:
        """Return the travel time from a site to each site, (n_sites,) steps."""
        if not self.changes:
            return self.profile.steps_from(site)
        return np.array([self.steps(site, k, step) for k in range(self.profile.n_sites)])

    def steps_to(self, target: int, step: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the travel time from each site, left in a step each (n_sites,), to a site; (n_sites,) steps."""
        if not self.changes:
            return self.profile.steps_to(target)
        return np.array([self.steps(i, target, int(t)) for i, t in enumerate(step)])

    def least(self, site: int, target: int) -> int:
        """Return the shortest travel time of a leg in any period, steps; `FAR` where there never is a way."""
        return min(profile.steps(site, target) for profile in self.legs)

    def reaches(self, site: int) -> NDArray[np.bool_]:
        """Return which sites can be reached from a site in any period, (n_sites,)."""
        found: NDArray[np.bool_] = np.any([profile.steps_from(site) < FAR for profile in self.legs], axis=0)
        return found

    def leave_by(self, site: int, target: int, due: int) -> int:
        """Return the last step in which a team can leave to be there when it is due, negative if it never can."""
        step = due - self.least(site, target)
        while step >= 0 and step + self.steps(site, target, step) > due:
            step -= 1
        return step

    def spells(self, site: int, target: int, n_steps: int) -> Iterator[Spell]:
        """Yield when a leg is the same, in the first ``n_steps`` steps; without those in which there is no way."""
        same = len({profile.steps(site, target) for profile in self.legs}) == 1
        ends = range(0, n_steps + 1, n_steps) if same else range(n_steps + 1)
        first, steps = 0, self.steps(site, target, 0)
        for step in ends[1:]:
            now = -1 if step == n_steps else self.steps(site, target, step)
            if now != steps:
                if steps < FAR:
                    yield Spell(first, step - 1, steps)
                first, steps = step, now
