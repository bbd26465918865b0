"""Floors on the guarantee of a portfolio, and the stops that are wanted so that they hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routeopt.errors import Fault
from routeopt.guard import number, refuse
from routeopt.portfolio.diversify import WANTED
from routeopt.portfolio.guarantee import (
    Places,
    Presence,
    guarantee,
    unseen_runs,
    unseen_share,
    window,
)  # fmt: skip
from routeopt.problem import Problem
from routeopt.problem.tasks import Task

MOST_WANTED = 12
"""Stops wanted of one plan: those of the places that are furthest from their floor, and some others."""


@dataclass(frozen=True)
class Floors:
    """What is asked of the guarantee at every place; None asks nothing.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    gap_min: float | None = None
    """Longest stretch in which nobody may come, minutes."""
    unseen: float | None = None
    """Greatest chance that nobody is in sight for half an hour, in [0, 1]."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if self.gap_min is not None:
            faults += number("floors.gap_min", self.gap_min, 0)
        if self.unseen is not None:
            faults += number("floors.unseen", self.unseen, 0, 1)
        refuse(faults)

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return self.gap_min is not None or self.unseen is not None

    def gap_steps(self, problem: Problem) -> float:
        """Return the longest stretch in steps; infinite if nothing is asked."""
        return math.inf if self.gap_min is None else self.gap_min * 60 / problem.clock.step_s

    def short(self, problem: Problem, plans: Sequence[Presence]) -> tuple[np.ndarray, np.ndarray]:
        """Return by how much each floor is missed at each place, (n_places,) each: steps, and share."""
        found = guarantee(problem, plans)
        gap = np.maximum(0.0, found.gap_steps - self.gap_steps(problem))
        unseen = np.maximum(0.0, found.unseen - (1.0 if self.unseen is None else self.unseen))
        return gap, unseen

    def missing(self, problem: Problem, plans: Sequence[Presence]) -> float:
        """Return by how much the floors are missed at all places together; 0 where they hold."""
        gap, unseen = self.short(problem, plans)
        return float(gap.sum()) / problem.n_steps + float(unseen.sum())


class Wanted:
    """Stops that are wanted of a plan, given when the other plans have somebody in sight of each place."""

    def __init__(self, problem: Problem, at: Places, floors: Floors) -> None:
        self.problem, self.at, self.floors = problem, at, floors

    def draw(self, others: Sequence[Presence], n: int, rng: np.random.Generator) -> list[Task]:
        """Return some of the stops without which the floors do not hold: each as a task without a reward.

        Parameters
        ----------
        n
            Plans that there will be.
        """
        if not self.floors or not others:
            return []
        cells = self._gaps(others) + self._unseen(others, n)
        if not cells:
            return []
        order = rng.permutation(len(cells))[: max(MOST_WANTED, math.ceil(2 * len(cells) / n))]
        service = int(self.problem.dwell_steps[0])
        return [
            Task(f"{WANTED}{k}", int(self.at.site[cells[k][0]]), ((cells[k][1], cells[k][2]),), service)
            for k in sorted(order.tolist())
        ]

    def _gaps(self, others: Sequence[Presence]) -> list[tuple[int, int, int]]:
        """List place, first and last step of a stop that cuts a stretch in which nobody comes."""
        most, found = self.floors.gap_steps(self.problem), []
        if not math.isfinite(most):
            return []
        for place, row in enumerate(np.any(others, axis=0)):
            for begin, end in unseen_runs(row):
                if end - begin > most:
                    cuts = math.ceil((end - begin) / max(1.0, most)) - 1 or 1
                    slack = max(0, int((most - (end - begin) / (cuts + 1)) / 2))
                    for c in range(1, cuts + 1):
                        middle = begin + (end - begin) * c // (cuts + 1)
                        found.append(self._cell(place, middle - slack, middle + slack))
        return found

    def _unseen(self, others: Sequence[Presence], n: int) -> list[tuple[int, int, int]]:
        """List place, first and last step of a stop in half an hour in which too many plans leave it alone."""
        most = self.floors.unseen
        if most is None:
            return []
        wide = window(self.problem)
        alone = unseen_share(self.problem, others) * len(others) + (n - 1 - len(others))
        places, steps = np.nonzero(alone[:, ::wide] > most * n + 1e-9)
        return [
            self._cell(int(i), int(k) * wide, (int(k) + 1) * wide - 1) for i, k in zip(places, steps, strict=True)
        ]

    def _cell(self, place: int, first: int, last: int) -> tuple[int, int, int]:
        """Keep the window of a stop inside the plan."""
        latest = self.problem.n_steps - int(self.problem.dwell_steps[0]) - 1
        first = min(max(first, 0), latest)
        return place, first, min(max(last, first), latest)
