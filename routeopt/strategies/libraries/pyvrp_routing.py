"""PyVRP on time-copied sites: prize collecting (an optional extra)."""

from __future__ import annotations

import numpy as np

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.state import Progress, Search
from routeopt.strategies.libraries import adapter
from routeopt.strategies.libraries.time_copies import Copies, movement

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


def _run(search: Search, found: Copies, budget: Budget, seed: int) -> tuple[adapter.Orders, int]:
    import pyvrp
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    n, n_teams = len(found.site), search.problem.n_teams
    depots = sorted({int(site) for site in search.ends[:, :2].ravel()})
    places = np.concatenate([np.array(depots, dtype=np.int64), found.site])
    # a task that a team may not serve is out of its reach: one distance matrix per profile and set of tasks
    kinds = [(int(p), tuple(found.allowed[:, k].tolist())) for k, p in enumerate(search.teams.profile)]
    profiles = sorted(set(kinds))
    tables = [movement(search, p, places) for p, _ in profiles]
    for table, (_, allowed) in zip(tables, profiles, strict=True):
        table[:, len(depots) + np.flatnonzero(~np.array(allowed, dtype=bool))] = 2 * search.problem.n_steps + 1
        np.fill_diagonal(table, 0)
    groups = [group for group in found.groups(search.problem.n_dwells) if len(group) > 1]
    group_of = {i: g for g, group in enumerate(groups) for i in group}
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in places],
        [
            pyvrp.Client(
                len(depots) + i, service_duration=int(found.stay[i]), tw_early=int(found.opens[i]),
                tw_late=int(found.closes[i]), prize=int(found.prize[i]) * PRIZE,
                required=bool(found.must[i]) and i not in group_of, group=group_of.get(i),
            )
            for i in range(n)
        ],
        [pyvrp.Depot(d) for d in range(len(depots))],
        [
            pyvrp.VehicleType(
                1, start_depot=depots.index(int(start)), end_depot=depots.index(int(home)), tw_early=int(begin),
                tw_late=int(finish), profile=profiles.index(kinds[k]),
            )
            for k, (start, home, begin, finish) in enumerate(search.ends)
        ],
        tables,
        tables,
        [pyvrp.ClientGroup(group, required=bool(found.must[group[0]])) for group in groups],
    )  # fmt: skip
    limit = budget.iterations
    criteria = [MaxRuntime(adapter.seconds_of(budget)), *([MaxIterations(limit)] if limit is not None else [])]
    result = pyvrp.solve(data, MultipleCriteria(criteria), seed=seed, collect_stats=False, display=False)
    orders: adapter.Orders = [[] for _ in range(n_teams)]
    if result.best.is_feasible():
        for route in result.best.routes():
            orders[route.vehicle_type()] = [step.idx for step in route if step.is_client()]
    return orders, result.num_iterations
