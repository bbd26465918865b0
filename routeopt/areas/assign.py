"""Whole segments to centres: connected areas within the tolerance, with CP-SAT.

What the prices decide by a wide margin stays; the rest is chosen. An area is connected because each of its
segments but the centre has a neighbour in it that is nearer to the centre (Zoltners & Sinha 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from routeopt.areas.centres import FAR, Centres, Work
from routeopt.areas.metric import Ints

WHOLE = 10**9
"""All work, as an integer for CP-SAT."""
OPEN_FIRST = 20
"""Segments per area that are open to choice at first."""
GROW = 3
"""Times as many where that is not enough."""
NEAR = 1e-3
"""Gap to the best areas of these centres at which CP-SAT ends."""
EFFORT = 0.3
"""Deterministic time of CP-SAT for each attempt, about seconds."""


@dataclass(frozen=True)
class Assignment:
    """Areas of whole items."""

    area: Ints
    """(n_items,)"""
    value: float
    """Weighted distance of all items to their centres."""
    deviation: float
    """Greatest difference of an area's work from the mean, as a share of it."""


def judged(work: Work, centres: Centres, area: Ints) -> Assignment:
    """Work out what areas are worth."""
    n, mean = work.metric.n, work.weight.sum() / work.n_areas
    load = np.bincount(area, work.weight, work.n_areas)
    value = float(work.weight @ centres.distance[np.arange(n), area])
    return Assignment(area, value, float(np.abs(load / mean - 1).max()))


def whole(work: Work, centres: Centres, neighbours: tuple[Ints, Ints] | None, seed: int = 0) -> Assignment | None:
    """Find the best areas of whole items within the limits of work; None if there are none, or none was found.

    Parameters
    ----------
    neighbours
        CSR of the items next to each item, for connected areas; None where they need not be.
    """
    n, p = centres.distance.shape
    order = np.sort(centres.distance + centres.price, axis=1)
    margin = order[:, 1] - order[:, 0] if p > 1 else np.full(n, np.inf)
    count = min(n, OPEN_FIRST * p)
    while True:
        widest = np.partition(margin, count - 1)[count - 1]
        found = _chosen(work, centres, margin <= widest, float(widest), neighbours, seed)
        if found is not None or count == n or p == 1:
            return None if found is None else judged(work, centres, found)
        count = min(n, GROW * count)


def _chosen(
    work: Work, centres: Centres, open_: np.ndarray, widest: float, neighbours: tuple[Ints, Ints] | None, seed: int
) -> Ints | None:
    """Choose the areas of open items, each among those that are at most a little farther than its least."""
    from ortools.sat.python import cp_model

    area, total = centres.members(), work.weight.sum()
    cost = centres.distance + centres.price
    share = np.round(work.weight / total * WHOLE).astype(np.int64)
    model = cp_model.CpModel()
    taken: list[dict[int, Any]] = [{} for _ in range(work.n_areas)]
    load = np.bincount(area[~open_], share[~open_], work.n_areas).astype(np.int64)
    scale = 1e6 / max(float(np.max(work.weight)) * float(np.median(centres.distance.min(axis=1))), 1e-12)
    terms, factors = [], []
    for one in np.flatnonzero(open_).tolist():
        least = cost[one, area[one]]
        may = np.flatnonzero((cost[one] <= least + 2 * widest + 1e-9) & (centres.distance[one] < FAR))
        for a in may.tolist():
            taken[a][one] = model.new_bool_var("")
        model.add_exactly_one([taken[a][one] for a in may.tolist()])
        # items that weigh nothing still lie better where they are near
        weigh = max(float(work.weight[one]), 1e-4 * float(total) / work.metric.n)
        terms += [taken[a][one] for a in may.tolist()]
        factors += [int(min(weigh * centres.distance[one, a] * scale, 1e11)) for a in may.tolist()]
    for j, own in enumerate(taken):
        if own:
            spent = cp_model.LinearExpr.weighted_sum(list(own.values()), [int(share[i]) for i in own])
            low, high = (round(x / total * WHOLE) for x in (work.low, work.high))
            slack = work.metric.n if low + 2 * work.metric.n < high else 0  # for shares that were rounded
            model.add_linear_constraint(spent, low + slack - int(load[j]), high - slack - int(load[j]))
        elif not work.low <= load[j] / WHOLE * total <= work.high:
            return None
    if neighbours is not None:
        _connected(model, centres, area, open_, taken, neighbours)
    for k in np.flatnonzero(open_).tolist():
        if k in taken[area[k]]:  # it is not where nothing leads to its area
            model.add_hint(taken[area[k]][k], 1)
    model.minimize(cp_model.LinearExpr.weighted_sum(terms, factors))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = int(seed) % 2**31
    solver.parameters.max_deterministic_time = EFFORT
    solver.parameters.relative_gap_limit = NEAR
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    found = area.copy()
    for j, own in enumerate(taken):
        for k, var in own.items():
            if solver.value(var):
                found[k] = j
    return found


def _connected(model, centres, area, open_, taken, neighbours) -> None:  # type: ignore[no-untyped-def]
    """Let an item belong to an area only with a neighbour that is nearer to its centre."""
    ptr, item = neighbours
    for j, own in enumerate(taken):
        for i, var in own.items():
            if i == centres.item[j]:
                continue
            near = item[ptr[i] : ptr[i + 1]]
            near = near[centres.distance[near, j] < centres.distance[i, j]]
            if any(not open_[k] and area[k] == j for k in near):
                continue
            model.add_bool_or([taken[j][int(k)] for k in near if int(k) in taken[j]] + [~var])
