"""VROOM on time-copied sites: priorities (an optional extra)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search
from routeopt.strategies.libraries import adapter
from routeopt.strategies.libraries.time_copies import PRIZE, Copies, travel_between

name = "vroom"
TOP = 100
"""Highest priority of the library."""


def supports(problem: Problem) -> bool:
    """Return whether the library is installed and the problem has nothing that it cannot keep."""
    return not adapter.missing("vroom") and adapter.keeps(problem)


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Return the evaluated plan of the library's routes; the seed is ignored. Usually ends before its limit.

    Raises
    ------
    InputError
        If the library is not installed.
    InfeasibleError
        If no plan exists.
    """
    adapter.needed("vroom", "vroom")
    return adapter.solve_copies(problem, budget, seed, progress, name, _run)


def _run(search: Search, found: Copies, builder: Builder, seed: int) -> tuple[adapter.Orders, int]:  # noqa: ARG001
    import vroom

    n, n_teams = len(found.site), search.problem.n_teams
    places = np.concatenate([found.site, search.ends[:, :2].ravel()])
    top = TOP - bool(found.must.any())  # the highest priority is for mandatory tasks
    restricted = np.logical_not(found.allowed.all(axis=1))
    problem = vroom.Input()
    for profile in sorted({int(p) for p in search.teams.profile}):
        problem.set_durations_matrix(str(profile), travel_between(search, profile, places).astype(np.uint32))
    for k in range(n_teams):
        problem.add_vehicle(
            vroom.Vehicle(
                k, start=n + 2 * k, end=n + 2 * k + 1, profile=str(int(search.teams.profile[k])),
                time_window=vroom.TimeWindow(int(search.ends[k, 2]), int(search.ends[k, 3])),
                skills=set(np.flatnonzero(found.allowed[:, k] & restricted).tolist()),
            )
        )  # fmt: skip
    for i in range(n):
        problem.add_job(
            vroom.Job(
                i, location=i, default_service=int(found.stay[i]), skills={i} if restricted[i] else set(),
                priority=TOP if found.must[i] else max(1, round(top * int(found.prize[i]) / PRIZE)),
                time_windows=[vroom.TimeWindow(int(found.opens[i]), int(found.closes[i]))],
            )
        )  # fmt: skip
    seconds = adapter.seconds_of(builder)
    if seconds <= 0:
        return [[] for _ in range(n_teams)], 0
    steps = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds)).routes
    jobs = steps[steps["type"] == "job"]
    return [[int(i) for i in jobs[jobs["vehicle_id"] == k]["id"]] for k in range(n_teams)], 1
