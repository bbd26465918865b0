"""Reports from patrols or video operators that a place is busier (or quieter) than forecast for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routeopt.errors import Fault, InputError
from routeopt.guard import is_number, kind, number, refuse, whole
from routeopt.problem import Problem


@dataclass(frozen=True)
class Busy:
    """One report."""

    site: int
    """Site from which it was seen, or the nearest one."""
    step: int
    """Step of the report."""
    factor: float
    """Ratio of the actual to the forecast demand where it is fully in sight; below 1: quieter."""
    fade_min: float = 60.0
    """Minutes after which the difference has fallen to 1/e."""


def busier(problem: Problem, reports: Sequence[Busy]) -> Problem:
    """Raise λ of the problem by reports; reports multiply, and nothing changes before their step.

    λ_j(t) becomes λ_j(t)·(1 + (factor − 1)·ρ·exp(−(t − step)/fade)), ρ the best sight of j from the site in any
    mode. Where λ is 0 it stays 0.

    Example (by hand): factor 3, ρ = 1, fade 60 min: three times λ at the report, 1.74 times (1 + 2/e) an hour on.

    Raises
    ------
    InputError
        If a report names a site or step outside the problem, or a factor or fade that is not a positive number;
        with every such value.
    """
    faults = kind("problem", problem, Problem)
    for n, report in enumerate(reports):
        where = f"reports[{n}]"
        wrong = kind(where, report, Busy)
        if not wrong:
            wrong = whole(f"{where}.site", report.site) + whole(f"{where}.step", report.step)
            for key in ("factor", "fade_min"):
                if not is_number(getattr(report, key)):
                    wrong += number(f"{where}.{key}", getattr(report, key))
        faults += wrong
    refuse(faults)
    for n, report in enumerate(reports):
        if not 0 <= report.site < problem.n_sites:
            faults.append(Fault("RO-308", f"reports[{n}].site", got=report.site, last=problem.n_sites - 1))
        if not 0 <= report.step < problem.n_steps:
            faults.append(Fault("RO-309", f"reports[{n}].step", got=report.step, last=problem.n_steps - 1))
        for key, value in (("factor", report.factor), ("fade_min", report.fade_min)):
            if not (np.isfinite(value) and value > 0):
                faults.append(Fault("RO-310", f"reports[{n}].{key}", got=value))
    if faults:
        raise InputError(faults)
    demand = problem.demand.copy()
    for report in reports:
        sight = np.zeros(problem.n_points)
        for profile in problem.profiles:
            points, rho = profile.seen(report.site)
            np.maximum.at(sight, points, rho)
        minutes = np.arange(problem.n_steps - report.step) * problem.clock.step_s / 60
        raised = (report.factor - 1.0) * np.exp(-minutes / report.fade_min)
        demand[:, report.step :] *= 1.0 + sight[:, None] * raised[None]
    return replace(problem, demand=demand)
