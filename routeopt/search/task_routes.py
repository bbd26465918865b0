"""The tasks of a problem as kernels of orienteering see them, and their routes as visits.

A task with several windows, or closures that cut them, is a node for each time in which it may begin, for the
teams that may do it then; these nodes are alternatives of one another, as tasks are of which one is done.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.orienteering import insertion
from routeopt.problem import Problem
from routeopt.problem.checked import MOST_STEPS
from routeopt.problem.tasks import starts
from routeopt.search.state import NOTHING, Visits
from routeopt.search.state import rows as as_rows

NEAR_LEGS = 9
"""Legs from each task, itself included, over which the mean way between neighbours is taken."""


def mean_leg(travel: NDArray[np.int32], n: int) -> float:
    """Return the mean steps between neighbours among the first ``n`` nodes, at least 1."""
    few = min(n, NEAR_LEGS)
    return float(np.partition(travel[:n, :n], few - 1, axis=1)[:, :few].mean()) + 1.0


def pack_nodes(
    travel: NDArray[np.int32],
    service: NDArray[np.int64],
    opens: NDArray[np.int64],
    closes: NDArray[np.int64],
    reward: NDArray[np.float64],
    profile: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    other: NDArray[np.int32],
) -> insertion.Nodes:
    """Add what follows from them to tables in the order of `insertion.Nodes`: nearness, orders, least times.

    Parameters
    ----------
    travel : (n_profiles, n_nodes, n_nodes)
    service, opens, closes, reward : (n_nodes,)
    profile : (n_teams,)
    allowed : (n_tasks, n_teams)
    other : (n_tasks,)
    """
    n = len(other)
    steps, prize = travel.min(axis=0).astype(np.int64), reward[:n]
    # nearness: the least time between two starts of service, in either order
    gap = opens[None, :n] - closes[:n, None]  # waiting that no schedule avoids
    apart = np.maximum(steps[:n, :n] + service[:n, None], gap).astype(np.float64)
    late = opens[:n, None] + service[:n, None] + steps[:n, :n] > closes[None, :n]
    apart[late] = np.inf
    apart = np.minimum(apart, apart.T)
    apart[np.isinf(apart)] = steps[:n, :n][np.isinf(apart)] + 1e7
    np.fill_diagonal(apart, -1.0)
    near = np.argsort(apart, axis=1, kind="stable").astype(np.int32)
    home = steps[:n, n].astype(np.float64)
    width = (closes - opens)[:n].astype(np.float64)
    mean = mean_leg(steps, n)
    keys = np.stack([
        -prize, -prize / (service[:n] + mean), width, closes[:n], opens[:n], -home, home, -prize / (width + mean),
    ])  # fmt: skip
    order = np.argsort(keys, axis=1, kind="stable").astype(np.int32)
    np.fill_diagonal(steps[:n, :n], MOST_STEPS)
    least = service[:n] + steps[:n].min(axis=1) + steps[:, :n].min(axis=0)
    return insertion.Nodes(
        np.ascontiguousarray(travel), np.ascontiguousarray(travel.transpose(0, 2, 1)), service, opens, closes,
        least, reward, profile, near, order, np.argsort(order, axis=1).astype(np.int32), allowed, other,
    )  # fmt: skip


class TaskRoutes:
    """Tasks of a problem whose legs do not change, each done by one team, as nodes for the kernels.

    Parameters
    ----------
    problem
        With tables as narrow as the rules allow; tasks that take several teams in parts.
    allowed : (n_tasks, n_teams)
        Who may do each task.
    mandatory : (n_tasks,)
        Tasks that count more than all others together.
    step_price
        What a step of a team's time is worth besides, as a share of the demand: taken from the reward of a task in
        which it is not seen.
    """

    def __init__(
        self, problem: Problem, allowed: NDArray[np.bool_], mandatory: NDArray[np.bool_], step_price: float = 0.0
    ) -> None:
        self.problem = problem
        tasks, m = problem.tasks, problem.n_teams
        times: list[dict[tuple[int, int], list[int]]] = []
        for q in range(len(tasks)):
            times.append({})
            for team in np.flatnonzero(allowed[q]).tolist():
                for span in starts(problem, q, team):
                    times[q].setdefault(span, []).append(team)
        listed = [(q, first, last, who) for q, own in enumerate(times) for (first, last), who in own.items()]
        self.task = np.array([q for q, *_ in listed], dtype=np.int64)
        """(n_nodes,) the task of each node."""
        n = self.n = len(listed)
        self.prize = tasks.reward[self.task] - step_price * tasks.service_steps[self.task] * (
            1.0 - tasks.presence[self.task]
        )
        """(n_nodes,) reward of each node, without what it counts more if it is mandatory."""
        self.bonus = 1.0 + 2.0 * float(tasks.reward.sum())
        self.must = int((mandatory & tasks.is_first).sum())
        """How many tasks must be done."""
        may = np.zeros((n, m), dtype=np.bool_)
        for node, (_, _, _, who) in enumerate(listed):
            may[node, who] = True
        ends = np.stack([problem.team_start_site, problem.team_end_site], axis=1).ravel()
        sites = np.concatenate([tasks.site[self.task], ends]).astype(np.intp)
        used, profile = np.unique(problem.team_profile, return_inverse=True)
        travel = np.stack([problem.profiles[p].pairs(sites) for p in used.tolist()]).astype(np.int32)
        spans = np.array([[first, last] for _, first, last, _ in listed], dtype=np.int64).reshape(-1, 2)
        begin, finish = problem.team_start_step.astype(np.int64), problem.team_end_step.astype(np.int64)
        nothing = np.zeros(2 * m, dtype=np.int64)
        self.nodes = pack_nodes(
            travel, np.concatenate([tasks.service_steps[self.task].astype(np.int64), nothing]),
            np.concatenate([spans[:, 0], np.repeat(begin, 2)]),
            np.concatenate([spans[:, 1], np.repeat(finish, 2)]),
            np.concatenate([self.prize + self.bonus * mandatory[self.task], nothing.astype(np.float64)]),
            profile.astype(np.int64), may, _circles(tasks.group[self.task]),
        )  # fmt: skip

    def serves_all(self, routes: Sequence[Sequence[int]]) -> bool:
        """Return whether routes of nodes do every mandatory task."""
        nodes = [c for route in routes for c in route]
        return int((self.nodes.reward[nodes] - self.prize[nodes] > self.bonus / 2).sum()) >= self.must

    def visits(self, routes: Sequence[Sequence[int]]) -> list[Visits]:
        """Convert routes of nodes to visits, each begun as early as possible."""
        found = []
        for k, route in enumerate(routes):
            travel, at = self.nodes.travel[self.nodes.profile[k]], self.n + 2 * k
            now, stops = int(self.nodes.opens[at]), []
            for c in route:
                now = max(now + int(travel[at, c]), int(self.nodes.opens[c]))
                q = int(self.task[c])
                stops.append((int(self.problem.tasks.site[q]), now, self.problem.activities.of_task(q)))
                at, now = c, now + int(self.nodes.service[c])
            found.append(as_rows(stops) if stops else NOTHING)
        return found

    def routes_of(self, rows: Sequence[Visits]) -> list[list[int]]:
        """Convert visits to routes of nodes; visits that do no task are passed over."""
        first, found = self.problem.activities.first_task, []
        for k, visits in enumerate(rows):
            route = []
            for _, start, activity, _ in visits.tolist():
                ok = (self.task == activity - first) & self.nodes.allowed[:, k]
                ok &= (self.nodes.opens[: self.n] <= start) & (start <= self.nodes.closes[: self.n])
                route += np.flatnonzero(ok)[:1].tolist()
            found.append(route)
        return found


def _circles(group: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the next node of the same group for each node, in a circle."""
    other = np.arange(len(group), dtype=np.int32)
    for own in np.unique(group).tolist():
        rows = np.flatnonzero(group == own)
        other[rows] = np.roll(rows, -1)
    return other


def most_seen(problem: Problem) -> float:
    """Return a bound on what visits can add to a plan's value: the demand within sight, by the best team."""
    within = np.zeros(problem.n_points, dtype=np.bool_)
    for profile in problem.profiles:
        within[profile.sight_point] = True
        within[profile.known().passage.point] = True
    return float(problem.demand[within].sum() / problem.demand.sum() * max(problem.team_factor, default=0.0))


def returns_nowhere(problem: Problem) -> bool:
    """Return whether no two tasks are at one place to which a team must not return."""
    closed = problem.access.no_return
    sites = problem.tasks.site[problem.tasks.is_first]
    return not len(closed) or bool(np.bincount(sites, minlength=len(closed))[closed].max(initial=0) <= 1)


def fit(problem: Problem) -> bool:
    """Return whether `TaskRoutes` can hold what is asked: no legs that change, no place to leave for good."""
    return len(problem.tasks) > 1 and not problem.periods.change and returns_nowhere(problem)
