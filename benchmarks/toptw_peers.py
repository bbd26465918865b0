"""Other solvers on the same instances, one thread each, with the settings that did best for each of them.

Rewards are collected for what is visited, so each peer is told so in its own way: PyVRP by prizes that
dominate the distance, OR-Tools by disjunctions whose penalty is the reward, VROOM by priorities.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.toptw_instances import Instance

Routes = list[list[int]]
Solver = Callable[[Instance, int, float, int], Routes]
"""(instance, teams, seconds, seed) → routes of customers 1 … n."""


def routeopt(instance: Instance, m: int, seconds: float, seed: int) -> Routes:
    """Ours."""
    from routeopt.budget import Budget
    from routeopt.strategies.orienteering import solve_toptw

    return solve_toptw(
        instance.travel, instance.service, instance.opens, instance.closes,
        instance.reward.astype(np.float64), m, Budget(seconds=seconds), seed,
    )  # fmt: skip


def pyvrp(instance: Instance, m: int, seconds: float, seed: int) -> Routes:
    """Prize collecting, hybrid genetic or iterated local search as the release has it."""
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
    from pyvrp.stop import MaxRuntime

    travel = instance.travel.astype(np.int64)
    prize = int(travel.max())  # one unit of reward outweighs any detour
    customers = range(1, instance.n_customers + 1)
    window: dict[str, Any] = {"tw_early": int(instance.opens[0]), "tw_late": int(instance.closes[0])}
    data = ProblemData(
        [Location(0, 0) for _ in instance.reward],
        [
            Client(
                i, service_duration=int(instance.service[i]), tw_early=int(instance.opens[i]),
                tw_late=int(instance.closes[i]), prize=int(instance.reward[i]) * prize, required=False,
            )
            for i in customers
        ],
        [Depot(0, **window)],
        [VehicleType(m, **window)],
        [travel],
        [travel],
    )  # fmt: skip
    result = solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    if not result.best.is_feasible():
        return []
    return [[step.idx + 1 for step in route if step.is_client()] for route in result.best.routes()]


def ortools(instance: Instance, m: int, seconds: float, seed: int) -> Routes:  # noqa: ARG001
    """Disjunctions and guided local search; it takes no seed."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    n = instance.n_customers + 1
    manager = pywrapcp.RoutingIndexManager(n, m, 0)
    model = pywrapcp.RoutingModel(manager)
    travel = instance.travel.astype(np.int64)
    cost = model.RegisterTransitMatrix(travel.tolist())
    lasting = model.RegisterTransitMatrix((travel + instance.service[:, None]).tolist())
    model.SetArcCostEvaluatorOfAllVehicles(cost)
    end = int(instance.closes[0])
    model.AddDimension(lasting, end, end, False, "time")
    clock = model.GetDimensionOrDie("time")
    penalty = int(travel.max())
    for i in range(1, n):
        index = manager.NodeToIndex(i)
        clock.CumulVar(index).SetRange(
            int(instance.opens[i]), max(int(instance.opens[i]), int(instance.closes[i]))
        )
        model.AddDisjunction([index], int(instance.reward[i]) * penalty)
    for k in range(m):
        clock.CumulVar(model.Start(k)).SetMin(int(instance.opens[0]))
    settings = pywrapcp.DefaultRoutingSearchParameters()
    settings.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    settings.time_limit.FromMilliseconds(max(1, int(seconds * 1000)))
    found = model.SolveWithParameters(settings)
    routes: Routes = []
    for k in range(m if found else 0):
        at, route = found.Value(model.NextVar(model.Start(k))), []
        while not model.IsEnd(at):
            route.append(manager.IndexToNode(at))
            at = found.Value(model.NextVar(at))
        routes.append(route)
    return routes


def vroom(instance: Instance, m: int, seconds: float, seed: int) -> Routes:  # noqa: ARG001
    """Priorities, most thorough exploration; it takes no seed and usually stops by itself."""
    import vroom as v

    problem = v.Input()
    problem.set_durations_matrix("car", instance.travel.astype(np.uint32))
    top = max(1, int(instance.reward.max()))
    window = [v.TimeWindow(int(instance.opens[0]), int(instance.closes[0]))]
    for k in range(m):
        problem.add_vehicle(v.Vehicle(k, start=0, end=0, time_window=window[0], profile="car"))
    for i in range(1, instance.n_customers + 1):
        opens, closes = int(instance.opens[i]), int(instance.closes[i])
        if closes < opens:
            continue
        reward = int(instance.reward[i])
        problem.add_job(
            v.Job(
                i,
                location=i,
                default_service=int(instance.service[i]),
                priority=reward if top <= 100 else round(100 * reward / top),
                time_windows=[v.TimeWindow(opens, closes)],
            )
        )
    found = problem.solve(exploration_level=5, nb_threads=1)
    steps = found.routes
    jobs = steps[steps["type"] == "job"]
    return [[int(i) for i in jobs[jobs["vehicle_id"] == k]["id"]] for k in range(m)]


SOLVERS: dict[str, Solver] = {"routeopt": routeopt, "pyvrp": pyvrp, "ortools": ortools, "vroom": vroom}


def timed(solver: str, instance: Instance, m: int, seconds: float, seed: int) -> tuple[Routes, float]:
    """The routes and the seconds that they took."""
    began = time.perf_counter()
    routes = SOLVERS[solver](instance, m, seconds, seed)
    return routes, time.perf_counter() - began
