"""A night as routing libraries know it: each site copied once per block of time, with a prize for its visit.

Their objective is a sum over customers visited once, so what fades, overlaps or wears off cannot be told to them:
a copy's prize is what its visit wins on an otherwise empty street, and blocks are long enough for a place to be
worth coming back to. A task is a further copy per window, with its reward. Their routes are scored by `evaluate`
like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.visibility import levels
from routeopt.problem import UNREACHABLE
from routeopt.problem.tasks import reachable, windows
from routeopt.search.state import Search, Visits

BLOCK_MIN = 60.0
"""Length of a block; about the decay time, so that a visit leaves little to win before the next block."""
DWELL_MIN = 10.0
"""Every visit's dwell: the shortest on the menu that is not below."""
PRIZE = 1000
"""Largest prize; prizes are whole numbers."""


@dataclass(frozen=True)
class Copies:
    """(n_copies,) arrays, and the ways between them; times are steps."""

    site: NDArray[np.int64]
    opens: NDArray[np.int64]
    """First step in which the visit may begin."""
    closes: NDArray[np.int64]
    """Last step in which it may begin."""
    prize: NDArray[np.int64]
    dwell: NDArray[np.int64]
    """Index into the menu, or behind it a task; several copies of one task are its windows."""
    stay: NDArray[np.int64]
    """Steps of that visit."""
    must: NDArray[np.bool_]
    """Whether it is of a mandatory task."""
    allowed: NDArray[np.bool_]
    """(n_copies, n_teams)"""

    def groups(self, n_dwells: int) -> list[list[int]]:
        """Copies of which one at most may be made: each alone, but the windows of a task together."""
        ordinary = [[int(i)] for i in np.flatnonzero(self.dwell < n_dwells)]
        tasks = sorted(set(self.dwell[self.dwell >= n_dwells].tolist()))
        return ordinary + [np.flatnonzero(self.dwell == dwell).tolist() for dwell in tasks]


def copies(search: Search) -> Copies:
    """One copy per stoppable site and block in which its visit wins anything, and one per window of a task."""
    problem = search.problem
    minutes = 60.0 / problem.clock.step_s
    fits = np.flatnonzero(problem.dwell_steps >= DWELL_MIN * minutes)
    usual, width = int(fits[0]) if len(fits) else problem.n_dwells - 1, max(1, round(BLOCK_MIN * minutes))
    search.set_plan([None] * problem.n_teams)
    rows = []
    for site in np.flatnonzero(problem.site_stoppable).tolist():
        gain = _gain(search, site, usual)
        for begin in range(0, len(gain), width):
            block = gain[begin : begin + width]
            rows.append((site, begin, begin + len(block) - 1, usual, float(block.mean())))
    for q, place in enumerate(problem.tasks.site.tolist()):
        dwell = problem.n_dwells + q
        gain = _gain(search, place, dwell) + problem.tasks.reward[q] * search.total
        for first, last in windows(problem, q):
            inside = gain[first : last + 1]
            if len(inside):
                rows.append((place, first, first + len(inside) - 1, dwell, float(inside.mean())))
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    prize = np.round(table[:, 4] / max(table[:, 4].max(initial=0.0), 1e-300) * PRIZE).astype(np.int64)
    site, opens, closes, dwells = table[:, :4].astype(np.int64).T
    task = dwells - problem.n_dwells
    must, allowed = np.zeros(len(table), np.bool_), np.ones((len(table), problem.n_teams), np.bool_)
    must[task >= 0] = problem.tasks.mandatory[task[task >= 0]]
    if len(problem.tasks):
        allowed[task >= 0] = reachable(problem)[task[task >= 0]]
    keep = ((prize > 0) | must) & allowed.any(axis=1)
    stay = problem.visit_steps[dwells].astype(np.int64)
    return Copies(*(a[keep] for a in (site, opens, closes, prize, dwells, stay, must, allowed)))


def _gain(search: Search, site: int, dwell: int) -> NDArray[np.float64]:
    """What a visit wins on empty streets, by its first step, in the mode that wins most."""
    problem, stay = search.problem, int(search.problem.visit_steps[dwell])
    here_sum, leave_at = np.empty(problem.n_steps + 1), np.empty(problem.n_steps + 1)
    gain = np.zeros(max(0, problem.n_steps - stay + 1))
    for p in sorted({int(p) for p in problem.team_profile}):
        levels.stay_worth(
            search.movement.sight, p * problem.n_sites + site, search.coverage.here, search.coverage.leave, 0,
            here_sum, leave_at,
        )  # fmt: skip
        won = here_sum[stay:] - here_sum[: len(gain)] + problem.visit_effect[dwell] * leave_at[stay:]
        gain = np.maximum(gain, won)
    return gain


def movement(search: Search, profile: int, sites: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, n) travel steps between the given sites; what cannot be reached is longer than the night."""
    steps = search.problem.profiles[profile].travel_steps[np.ix_(sites, sites)].astype(np.int64)
    return np.where(steps >= UNREACHABLE, 2 * search.problem.n_steps + 1, steps)


def timed_routes(search: Search, found: Copies, orders: list[list[int]]) -> list[Visits]:
    """Each team's copies in order, begun as early as windows and travel allow; what comes too late is left out."""
    routes: list[Visits] = []
    done: set[int] = set()
    for team, order in enumerate(orders):
        travel = search.travel(team)
        at, home, now, finish = (int(x) for x in search.ends[team])
        visits = []
        for copy in order:
            site, stay, dwell = int(found.site[copy]), int(found.stay[copy]), int(found.dwell[copy])
            start = max(now + int(travel[at, site]), int(found.opens[copy]))
            if start > found.closes[copy] or start + stay + int(travel[site, home]) > finish:
                continue
            if dwell >= search.problem.n_dwells:
                if dwell in done or not found.allowed[copy, team]:
                    continue
                done.add(dwell)
            visits.append((site, start, dwell))
            at, now = site, start + stay
        routes.append(np.array(visits, dtype=np.int64).reshape(-1, 3))
    return routes
