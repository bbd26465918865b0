"""What a patrol or a video operator reports: a place is busier (or quieter) than forecast, for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routeopt.errors import Fault, InputError
from routeopt.problem import Problem


@dataclass(frozen=True)
class Busy:
    """A report about what is seen from a site."""

    site: int
    """Where it was seen from, or the nearest site."""
    step: int
    """When."""
    factor: float
    """How many times the forecast demand there is, where it is fully in sight; below 1: quieter."""
    fade_min: float = 60.0
    """Minutes after which the difference has fallen to 1/e."""


def busier(problem: Problem, reports: Sequence[Busy]) -> Problem:
    """The problem with λ raised where reports say so; reports multiply, and nothing changes before their step.

    λ_j(t) becomes λ_j(t)·(1 + (factor − 1)·ρ·exp(−(t − step)/fade)), ρ the best sight of j from the site in any
    mode. Where λ is 0 it stays 0.

    Example (by hand): factor 3, ρ = 1, fade 60 min: three times λ at the report, 1.74 times (1 + 2/e) an hour on.

    Raises
    ------
    InputError
        If a report names a site or step outside the problem, or its factor or fade is not a positive number;
        lists all faults.
    """
    faults = []
    for n, report in enumerate(reports):
        if not 0 <= report.site < problem.n_sites:
            faults.append(Fault("RO-461", f"reports[{n}].site", site=report.site, last=problem.n_sites - 1))
        if not 0 <= report.step < problem.n_steps:
            faults.append(Fault("RO-470", f"reports[{n}].step", step=report.step, last=problem.n_steps - 1))
        for key, value in (("factor", report.factor), ("fade_min", report.fade_min)):
            if not (np.isfinite(value) and value > 0):
                faults.append(Fault("RO-472", f"reports[{n}].{key}", value=value))
    if faults:
        raise InputError(faults)
    demand = problem.demand.copy()
    for report in reports:
        sight = np.zeros(problem.n_points)
        for profile in problem.profiles:
            seen = slice(profile.sight_ptr[report.site], profile.sight_ptr[report.site + 1])
            np.maximum.at(sight, profile.sight_point[seen], profile.sight_rho[seen])
        minutes = np.arange(problem.n_steps - report.step) * problem.clock.step_s / 60
        raised = (report.factor - 1.0) * np.exp(-minutes / report.fade_min)
        demand[:, report.step :] *= 1.0 + sight[:, None] * raised[None]
    return replace(problem, demand=demand)
