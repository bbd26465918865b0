"""PyVRP on time-copied sites: prize collecting (an optional extra)."""

from __future__ import annotations

import numpy as np

from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.stop import Stop
from routeopt.strategies import peer
from routeopt.strategies.search import Progress, Search
from routeopt.strategies.time_copies import Copies, ways

name = "pyvrp"
PRIZE = 10
"""Value of a unit of prize, in steps of travel."""


def supports(problem: Problem) -> bool:  # noqa: ARG001
    """Every problem, where the library is installed."""
    return not peer.missing("pyvrp")


def solve(
    problem: Problem,
    stop: Stop,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Best routes of the copies, scored as they are; an iteration is one of the library's.

    Raises
    ------
    InputError
        The library is not installed.
    InfeasibleError
        No plan exists.
    """
    peer.needed("pyvrp", "pyvrp")
    return peer.solve_copies(problem, stop, seed, progress, name, _run)


def _run(search: Search, found: Copies, stop: Stop, seed: int) -> tuple[peer.Orders, int]:
    import pyvrp
    from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria

    n, n_teams = len(found.site), search.problem.n_teams
    depots = sorted({int(site) for site in search.ends[:, :2].ravel()})
    places = np.concatenate([np.array(depots, dtype=np.int64), found.site])
    profiles = sorted({int(p) for p in search.teams.profile})
    tables = [ways(search, p, places) for p in profiles]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in places],
        [
            pyvrp.Client(
                len(depots) + i, service_duration=found.stay, tw_early=int(found.opens[i]),
                tw_late=int(found.closes[i]), prize=int(found.prize[i]) * PRIZE, required=False,
            )
            for i in range(n)
        ],
        [pyvrp.Depot(d) for d in range(len(depots))],
        [
            pyvrp.VehicleType(
                1, start_depot=depots.index(int(start)), end_depot=depots.index(int(home)), tw_early=int(begin),
                tw_late=int(finish), profile=profiles.index(int(search.teams.profile[k])),
            )
            for k, (start, home, begin, finish) in enumerate(search.ends)
        ],
        tables,
        tables,
    )  # fmt: skip
    limit = peer.iterations_of(stop)
    criteria = [MaxRuntime(peer.seconds_of(stop)), *([MaxIterations(limit)] if limit is not None else [])]
    result = pyvrp.solve(data, MultipleCriteria(criteria), seed=seed, collect_stats=False, display=False)
    orders: peer.Orders = [[] for _ in range(n_teams)]
    if result.best.is_feasible():
        for route in result.best.routes():
            orders[route.vehicle_type()] = [step.idx for step in route if step.is_client()]
    return orders, result.num_iterations
