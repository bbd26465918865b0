"""Why demand goes unseen: where no place overlooks it, where no team stops, and between the stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import Coverage
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.timeline import walk

BLOCK = 2048
"""Points whose tables are worked on at a time, as they take much memory in a city."""


@dataclass(frozen=True)
class Uncovered:
    """The unseen part of the demand by its cause; shares of the demand in [0, 1]."""

    overlooked: float
    """Of streets that no place of the plan has in sight."""
    unvisited: float
    """Of streets that a place has in sight where no team stops."""
    between: float
    """Of streets that a stop has in sight, before a team comes and after its effect has faded."""
    worst_s: int
    """When the most goes unseen: the start of that hour, seconds from the plan's start."""

    @property
    def whole(self) -> float:
        """The unseen share of the demand."""
        return self.overlooked + self.unvisited + self.between


def uncovered(problem: Problem, plan: Plan, covered: Coverage) -> Uncovered:
    """Divide what the plan leaves unseen by its cause; the three shares add up to 1 − visibility."""
    by_point = np.empty(problem.n_points)
    by_step = np.zeros(problem.n_steps)
    for first in range(0, problem.n_points, BLOCK):
        rows = slice(first, first + BLOCK)
        left = problem.demand[rows] * (1 - covered.seen[rows])
        by_point[rows] = left.sum(axis=1)
        by_step += left.sum(axis=0)
    stops = np.zeros(problem.n_points, dtype=np.bool_)
    places = np.zeros(problem.n_points, dtype=np.bool_)
    for route in plan.routes:
        for stay in walk(problem, route).stops():
            stops[problem.movement(route.team).seen(stay.site)[0]] = True
    starts = zip(problem.team_profile.tolist(), problem.team_start_site.tolist(), strict=True)
    reached = np.zeros((len(problem.profiles), problem.n_sites), dtype=np.bool_)
    for (profile, start), team in {start: team for team, start in enumerate(starts)}.items():
        reached[profile] |= problem.site_stoppable & problem.movement(team).reaches(start)
    for profile, site in np.argwhere(reached).tolist():
        places[problem.profiles[profile].seen(site)[0]] = True
    by_point /= float(problem.demand.sum())
    hour = max(1, 3600 // problem.clock.step_s)
    worst = int(np.convolve(by_step, np.ones(min(hour, problem.n_steps)), mode="valid").argmax())
    return Uncovered(
        overlooked=_sum(by_point, ~places & ~stops), unvisited=_sum(by_point, places & ~stops),
        between=_sum(by_point, stops), worst_s=worst * problem.clock.step_s,
    )  # fmt: skip


def _sum(values: NDArray[np.float64], rows: NDArray[np.bool_]) -> float:
    return float(values[rows].sum())
