"""What a portfolio promises at every place: how long nobody may come, and how likely a place is left alone.

Tonight's plan is drawn with equal chances. Somebody may come to a place at a time if in some plan a team is in
sight of it then, on a stop, on its way or waiting where it is seen. Patrols against an adversary who chooses the
time and the place are judged by such times: see Patrol security game: defending against adversary
with freedom in attack timing, location, and duration, 2024, arXiv 2410.15600.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import coverage
from routeopt.plan import Plan
from routeopt.problem import Problem

Presence = NDArray[np.bool_]
"""(n_places, n_steps) whether a plan has a team in sight of each place."""

WINDOW_MIN = 30.0
"""Time in which a place is left alone or not."""


@dataclass(frozen=True, eq=False)
class Places:
    """The places for which a portfolio promises something: those where teams may stop and that are in sight."""

    site: NDArray[np.int64]
    """(n_places,) index of the site."""
    point: NDArray[np.int64]
    """(n_places,) the demand point that is seen best from there: its street."""

    def __len__(self) -> int:
        return len(self.site)


@dataclass(frozen=True, eq=False)
class Guarantee:
    """What a portfolio promises at each place, (n_places,) each."""

    gap_steps: NDArray[np.int64]
    """The longest stretch in which nobody may come."""
    gap_begin: NDArray[np.int64]
    """The step in which it begins."""
    unseen: NDArray[np.float64]
    """The greatest share of the plans in which nobody is in sight for `WINDOW_MIN` minutes."""
    unseen_begin: NDArray[np.int64]
    """The step in which these minutes begin."""


def places(problem: Problem) -> Places:
    """Return the places of a problem."""
    best: dict[int, tuple[float, int]] = {}
    for team in np.unique(problem.team_profile, return_index=True)[1].tolist():
        movement = problem.movement(team)
        for site in np.flatnonzero(problem.site_stoppable).tolist():
            points, rho = movement.seen(site)
            if len(points):
                k = int(np.argmax(rho))
                best[site] = max(best.get(site, (0.0, -1)), (float(rho[k]), int(points[k])))
    sites = sorted(best)
    return Places(np.array(sites, dtype=np.int64), np.array([best[site][1] for site in sites], dtype=np.int64))


def presence(problem: Problem, plan: Plan, at: Places) -> Presence:
    """Return when a plan has a team in sight of each place, (n_places, n_steps)."""
    found: Presence = coverage(problem, plan).absent[at.point] < 1.0
    return found


def window(problem: Problem) -> int:
    """Return `WINDOW_MIN` in steps, at most the whole plan."""
    return min(problem.n_steps, max(1, problem.clock.nearest_steps(WINDOW_MIN)))


def guarantee(problem: Problem, plans: Sequence[Presence]) -> Guarantee:
    """Return what a draw among plans, with equal chances, promises at each place."""
    n_places = len(plans[0])
    together = np.any(plans, axis=0)
    length, begin = np.zeros(n_places, dtype=np.int64), np.zeros(n_places, dtype=np.int64)
    for n, row in enumerate(together):
        for first, last in unseen_runs(row):
            if last - first > length[n]:
                length[n], begin[n] = last - first, first
    unseen = unseen_share(problem, plans)
    when = unseen.argmax(axis=1)
    return Guarantee(length, begin, unseen[np.arange(n_places), when], when)


def unseen_share(problem: Problem, plans: Sequence[Presence]) -> NDArray[np.float64]:
    """Return the share of plans that leave each place alone from a step on, (n_places, n_steps − window + 1)."""
    wide = window(problem)
    total = np.zeros((len(plans[0]), problem.n_steps - wide + 1))
    for seen in plans:
        sums = np.cumsum(np.pad(seen, ((0, 0), (1, 0))), axis=1)
        total += sums[:, wide:] == sums[:, :-wide]
    return total / len(plans)


def unseen_runs(seen: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the stretches (first step, step after the last) in which a place is not seen, (n_steps,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], seen, [True]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
