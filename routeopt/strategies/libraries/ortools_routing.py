"""OR-Tools routing on time-copied sites: optional visits as disjunctions, guided local search."""

from __future__ import annotations

import math

import numpy as np

from routeopt.budget import Budget
from routeopt.plan import Plan, Result
from routeopt.problem import Problem
from routeopt.search.building import Builder
from routeopt.search.state import Progress, Search
from routeopt.strategies.libraries import adapter
from routeopt.strategies.libraries.time_copies import Copies, travel_between

name = "ortools_routing"
PENALTY = 10
"""Cost of a unit of prize not collected, in steps of travel."""


def supports(problem: Problem) -> bool:
    """Return whether the problem has nothing that the library cannot keep."""
    return adapter.keeps(problem)


def solve(
    problem: Problem,
    budget: Budget,
    seed: int = 0,
    initial: Plan | None = None,  # noqa: ARG001
    progress: Progress | None = None,
) -> Result:
    """Return the evaluated plan of the best routes found; the seed is ignored. An iteration is a solution found.

    Raises
    ------
    InfeasibleError
        If no plan exists.
    """
    return adapter.solve_copies(problem, budget, seed, progress, name, _run)


def _run(search: Search, found: Copies, builder: Builder, seed: int) -> tuple[adapter.Orders, int]:  # noqa: ARG001
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    n, n_teams, end = len(found.site), search.problem.n_teams, search.problem.n_steps
    starts, ends = ([n + 2 * k + x for k in range(n_teams)] for x in (0, 1))
    manager = pywrapcp.RoutingIndexManager(n + 2 * n_teams, n_teams, starts, ends)
    model = pywrapcp.RoutingModel(manager)
    places = np.concatenate([found.site, search.ends[:, :2].ravel()])
    service = np.append(found.stay, np.zeros(2 * n_teams, dtype=np.int64))
    by_profile: dict[int, tuple[int, int]] = {}
    for profile in sorted({int(p) for p in search.teams.profile}):
        travel = travel_between(search, profile, places)
        by_profile[profile] = (
            model.RegisterTransitMatrix(travel.tolist()),
            model.RegisterTransitMatrix((travel + service[:, None]).tolist()),
        )
    lasting = []
    for k in range(n_teams):
        cost, took = by_profile[int(search.teams.profile[k])]
        model.SetArcCostEvaluatorOfVehicle(cost, k)
        lasting.append(took)
    model.AddDimensionWithVehicleTransits(lasting, end, 2 * end, False, "time")
    clock = model.GetDimensionOrDie("time")
    for i in range(n):
        index = manager.NodeToIndex(i)
        clock.CumulVar(index).SetRange(int(found.opens[i]), int(found.closes[i]))
        if not found.allowed[i].all():
            model.VehicleVar(index).SetValues([-1, *np.flatnonzero(found.allowed[i]).tolist()])
    for group in found.groups():
        nodes = [manager.NodeToIndex(i) for i in group]
        if found.must[group[0]]:
            model.AddDisjunction(nodes)
            model.solver().Add(sum(model.ActiveVar(node) for node in nodes) == 1)
        else:
            model.AddDisjunction(nodes, int(found.prize[group].max()) * PENALTY)
    for k in range(n_teams):
        _, _, begin, finish = (int(x) for x in search.ends[k])
        clock.CumulVar(model.Start(k)).SetRange(begin, finish)
        clock.CumulVar(model.End(k)).SetRange(begin, finish)
    settings = pywrapcp.DefaultRoutingSearchParameters()
    settings.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    limit = builder.budget.iterations
    if limit is not None:
        settings.solution_limit = max(1, limit)
    seconds = adapter.seconds_of(builder)
    if seconds <= 0:
        return [[] for _ in range(n_teams)], 0
    settings.time_limit.FromMilliseconds(math.ceil(1000 * seconds))
    solution = model.SolveWithParameters(settings)
    orders: adapter.Orders = [[] for _ in range(n_teams)]
    for k in range(n_teams if solution else 0):
        index = solution.Value(model.NextVar(model.Start(k)))
        while not model.IsEnd(index):
            orders[k].append(int(manager.IndexToNode(index)))
            index = solution.Value(model.NextVar(index))
    return orders, model.solver().Solutions()
