"""PyVRP on time-copied sites: prize collecting (an optional extra)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search
from routeopt.strategies.libraries import adapter
from routeopt.strategies.libraries.time_copies import Copies, travel_between

name = "pyvrp"
PRIZE = 10
"""Value of a unit of prize in steps of travel."""


def supports(problem: Problem) -> bool:
    """Return whether the library is installed and the problem has nothing that it cannot keep."""
    return not adapter.missing("pyvrp") and adapter.keeps(problem)


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Return the evaluated plan of the best routes found; iterations are the library's.

    Raises
    ------
    InputError
        If the library is not installed.
    InfeasibleError
        If no plan exists.
    """
    adapter.needed("pyvrp", "pyvrp")
    return adapter.solve_copies(problem, budget, seed, progress, name, _run)


def _run(search: Search, found: Copies, builder: Builder, seed: int) -> tuple[adapter.Orders, int]:
    import pyvrp
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    limit = builder.budget.iterations
    data = _data(search, found)
    criteria = [MaxRuntime(adapter.seconds_of(builder)), *([MaxIterations(limit)] if limit is not None else [])]
    result = pyvrp.solve(data, MultipleCriteria(criteria), seed=seed, collect_stats=False, display=False)
    orders: adapter.Orders = [[] for _ in range(search.problem.n_teams)]
    if result.best.is_feasible():
        for route in result.best.routes():
            orders[route.vehicle_type()] = [step.idx for step in route if step.is_client()]
    return orders, result.num_iterations


def _data(search: Search, found: Copies) -> Any:
    """Write the problem for the library: a client for each copy, a type of vehicle for each team."""
    import pyvrp

    depots = sorted({int(site) for site in search.ends[:, :2].ravel()})
    groups = [group for group in found.groups() if len(group) > 1]
    group_of = {i: g for g, group in enumerate(groups) for i in group}
    profile, tables = _distances(search, found, depots)
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(len(depots) + len(found.site))],
        [
            pyvrp.Client(
                len(depots) + i, service_duration=int(found.stay[i]), tw_early=int(found.opens[i]),
                tw_late=int(found.closes[i]), prize=int(found.prize[i]) * PRIZE,
                required=bool(found.must[i]) and i not in group_of, group=group_of.get(i),
            )
            for i in range(len(found.site))
        ],
        [pyvrp.Depot(d) for d in range(len(depots))],
        [
            pyvrp.VehicleType(
                1, start_depot=depots.index(int(start)), end_depot=depots.index(int(home)), tw_early=int(begin),
                tw_late=int(finish), profile=profile[k],
            )
            for k, (start, home, begin, finish) in enumerate(search.ends)
        ],
        tables,
        tables,
        [pyvrp.ClientGroup(group, required=bool(found.must[group[0]])) for group in groups],
    )  # fmt: skip


def _distances(search: Search, found: Copies, depots: list[int]) -> tuple[list[int], list[NDArray[np.int64]]]:
    """Return each team's matrix of steps, as its index, and the matrices over depots and copies.

    A task that a team may not serve is out of its reach: one matrix per profile and set of tasks.
    """
    places = np.concatenate([np.array(depots, dtype=np.int64), found.site])
    kinds = [(int(p), tuple(found.allowed[:, k].tolist())) for k, p in enumerate(search.teams.profile)]
    profiles = sorted(set(kinds))
    tables = [travel_between(search, p, places) for p, _ in profiles]
    for table, (_, allowed) in zip(tables, profiles, strict=True):
        table[:, len(depots) + np.flatnonzero(~np.array(allowed, dtype=bool))] = 2 * search.problem.n_steps + 1
        np.fill_diagonal(table, 0)
    return [profiles.index(kind) for kind in kinds], tables
