"""Response under calls: where the teams of a plan are, put into the hypercube queueing model."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import responders, whereabouts
from routeopt.plan import Plan
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.build import Built
from routeopt.streets.network import project
from routeopt.streets.sites import midpoints
from routeopt.whatif.hypercube import MOST_TEAMS, Calls, covered, mean_minutes, steady

Array = NDArray[np.float64]

EVERY_MIN = 5.0
"""Between the times at which it is looked who is nearest."""


@dataclass(frozen=True)
class Load:
    """How many calls come, and how long one takes."""

    calls_per_hour: float = 2.0
    service_min: float = 30.0
    """Until the team is free again, its way included."""


@dataclass(frozen=True)
class Response:
    """Response while teams are busy with calls; shares of calls in [0, 1]."""

    calls_per_hour: float
    service_min: float
    busy: float
    """Mean share of the time in which a team is busy with calls."""
    lost: float
    """Share of calls that find no free team."""
    minutes: float
    """Mean travel time of the nearest free team."""
    handling: dict[str, float]
    """Minutes → share of the demand that a team which is not busy reaches within that time."""

    def to_json(self) -> dict[str, object]:
        """Return it for `json.dumps`; numbers that are not known are None."""
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in asdict(self).items()
        }


def response(built: Built, plan: Plan, load: Load) -> Response | None:
    """Solve the model for a plan; None with more than `MOST_TEAMS` teams with powers, or none."""
    problem = built.problem
    teams = np.flatnonzero(problem.team_powers).tolist()
    if not 0 < len(teams) <= MOST_TEAMS:
        return None
    calls = calls_of(built, plan, teams)
    found = steady(calls, load.calls_per_hour, load.service_min)
    handling = {
        f"{minutes:g}": covered(found, near_enough(problem, plan, teams, radius))
        for radius, minutes in enumerate(problem.handling_min)
    }
    mean = mean_minutes(calls, found)
    return Response(load.calls_per_hour, load.service_min, float(found.busy.mean()), found.lost, mean, handling)


def calls_of(built: Built, plan: Plan, teams: list[int]) -> Calls:
    """Return the calls: each at the place nearest to its street, every `EVERY_MIN` minutes of the night."""
    problem = built.problem
    step_min = problem.clock.step_s / 60
    steps = np.arange(0, problem.n_steps, max(1, round(EVERY_MIN / step_min)))
    place = _nearest_place(built)
    weight = np.zeros((problem.n_sites, len(steps)))
    np.add.at(weight, place, problem.demand[:, steps])
    minutes = np.full((problem.n_sites, len(steps), len(teams)), np.inf)
    for j, team in enumerate(teams):
        at = np.full(problem.n_steps, -1)
        for site, part in whereabouts(problem, plan.routes[team]):
            at[part] = site
        movement = problem.movement(team)
        for k, step in enumerate(steps.tolist()):
            if at[step] >= 0:
                travel = movement.steps_from(int(at[step]), step)
                minutes[:, k, j] = np.where(travel < UNREACHABLE, travel * step_min, np.inf)
    some = weight > 0
    return Calls(weight[some] / weight.sum(), minutes[some])


def _nearest_place(built: Built) -> NDArray[np.int64]:
    """Return the place nearest to the middle of each point's street, straight over the map, (n_points,)."""
    from scipy.spatial import cKDTree

    problem, net = built.problem, built.network
    x, y = project(net, problem.site_lat, problem.site_lon)
    found = cKDTree(np.stack([x, y], axis=1)).query(np.stack(midpoints(net, problem.point_segment), axis=1))[1]
    return np.asarray(found, dtype=np.int64)


def near_enough(problem: Problem, plan: Plan, teams: list[int], radius: int) -> Array:
    """Return the share of the demand that exactly each set of teams reaches, (2ⁿ,); bit j is ``teams[j]``."""
    bits = np.zeros(problem.demand.shape, dtype=np.int64)
    for j, team in enumerate(teams):
        bits |= (responders(problem, Plan((plan.routes[team],)), radius) > 0).astype(np.int64) << j
    share = np.bincount(bits.ravel(), problem.demand.ravel(), 1 << len(teams))
    found: Array = share / problem.demand.sum()
    return found
