"""How much of a plan's stops another plan repeats, and how hard it is to tell when a stop begins.

A stop of one plan is repeated by another if some team begins a stop at the same place at most `WITHIN_MIN` minutes
earlier or later: someone who saw the first night would meet it again. Diversified arrival times are known from the
transport of valuables (Soriano, Vidal, Gansterer and Doerner 2020, The vehicle routing problem with arrival time
diversification on a multigraph, European Journal of Operational Research 286). Tasks are not counted: they are of
one night alone. Consecutive visits of a team to one place are one stop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.activities import Kind

Array = NDArray[np.float64]
Stops = NDArray[np.int64]
"""(n_stops, 3) site, first step, step after the last one."""

WITHIN_MIN = 10.0
"""A stop that begins no more minutes than this earlier or later is the same again."""
BIN_MIN = 20.0
"""Length of the classes of times whose entropy is computed."""


def stops(problem: Problem, plan: Plan) -> Stops:
    """List the stops of a plan that are not for a task, (n_stops, 3)."""
    found: list[list[int]] = []
    table, steps = problem.activities, problem.visit_steps
    for route in plan.routes:
        last = None
        for visit in route.visits:
            end = visit.start + int(steps[visit.activity])
            if table.kind[visit.activity] not in (Kind.DWELL, Kind.STOP):
                last = None
            elif last is not None and last[0] == visit.site:
                last[2] = end
            else:
                last = [visit.site, visit.start, end]
                found.append(last)
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def width(problem: Problem) -> int:
    """Return `WITHIN_MIN` in steps."""
    return problem.clock.steps(WITHIN_MIN)


def expected(problem: Problem, some: Stops) -> NDArray[np.bool_]:
    """Return at which sites and steps a stop would repeat one of these, (n_sites, n_steps)."""
    found = np.zeros((problem.n_sites, problem.n_steps), dtype=np.bool_)
    within = width(problem)
    for site, begin, _end in some.tolist():
        found[site, max(0, begin - within) : begin + within + 1] = True
    return found


def repeats(problem: Problem, plans: Sequence[Stops]) -> Array:
    """Return the share of each plan's stops that each plan repeats, (n_plans, n_plans); 1 on the diagonal."""
    tables = [expected(problem, some) for some in plans]
    found = np.ones((len(plans), len(plans)))
    for n, some in enumerate(plans):
        for m, table in enumerate(tables):
            if m != n:
                found[n, m] = float(table[some[:, 0], some[:, 1]].mean()) if len(some) else 0.0
    return found


def repeat_share(shares: Array) -> float:
    """Return the mean of `repeats` over all ordered pairs of two plans; 1 for a single plan."""
    n = len(shares)
    return float((shares.sum() - n) / (n * (n - 1))) if n > 1 else 1.0


def start_entropy(problem: Problem, plans: Sequence[Stops]) -> tuple[float, float]:
    """Return the entropy, in bits, of when stops at a place begin, and the greatest that it can be.

    The mean over the places, weighted by their stops in all plans, of Shannon's entropy of the classes of
    `BIN_MIN` minutes in which a stop there begins, if tonight's plan is drawn with equal chances.
    """
    step_min = problem.clock.step_s / 60
    every = np.concatenate([*plans, np.empty((0, 3), np.int64)])
    n_bins = int((problem.n_steps - 1) * step_min // BIN_MIN) + 1
    times = (every[:, 1] * step_min // BIN_MIN).astype(np.int64)
    return _entropy(every[:, 0], times), float(np.log2(n_bins))


def return_entropy(problem: Problem, plans: Sequence[Stops]) -> float:
    """Return the entropy, in bits, of the time until somebody stops at the same place again in the same night.

    As `start_entropy`, of the classes of these times; a last stop counts as one that is never followed. Return
    time entropy: Duan, George and Bullo 2020, Markov chains with maximum return time entropy for robotic
    surveillance, IEEE Transactions on Automatic Control 65.
    """
    step_min = problem.clock.step_s / 60
    sites, times = [], []
    for some in plans:
        ordered = some[np.lexsort((some[:, 1], some[:, 0]))].tolist()
        for (site, begin, _end), (other, again, _last) in zip(ordered, [*ordered[1:], (-1, 0, 0)], strict=False):
            sites.append(site)
            times.append(int((again - begin) * step_min // BIN_MIN) if other == site else -1)
    return _entropy(np.array(sites, dtype=np.int64), np.array(times, dtype=np.int64))


def _entropy(sites: NDArray[np.int64], classes: NDArray[np.int64]) -> float:
    """Mean entropy of the classes at each site, weighted by how often the site occurs, bits."""
    if not len(sites):
        return 0.0
    total = 0.0
    for own in _groups(sites, classes):
        share = np.unique(own, return_counts=True)[1] / len(own)
        total -= len(own) * float((share * np.log2(share)).sum())
    return max(0.0, total / len(sites))


def _groups(sites: NDArray[np.int64], classes: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the classes of each site."""
    for site in np.unique(sites):
        yield classes[sites == site]
