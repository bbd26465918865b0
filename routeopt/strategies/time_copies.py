"""A night as routing libraries know it: each site copied once per block of time, with a prize for its visit.

Their objective is a sum over customers visited once, so what fades, overlaps or wears off cannot be told to them:
a copy's prize is what its visit wins on an otherwise empty street, and blocks are long enough for a place to be
worth coming back to. Their routes are scored by `evaluate` like any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels import levels
from routeopt.problem import UNREACHABLE
from routeopt.strategies.search import Search, Visits

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
    dwell: int
    """Index into the menu."""
    stay: int
    """Steps of that dwell."""


def copies(search: Search) -> Copies:
    """One copy per stoppable site and block in which its visit wins anything."""
    problem = search.problem
    minutes = 60.0 / problem.clock.step_s
    stay_of = problem.dwell_steps
    fits = np.flatnonzero(stay_of >= DWELL_MIN * minutes)
    dwell = int(fits[0]) if len(fits) else len(stay_of) - 1
    stay, width = int(stay_of[dwell]), max(1, round(BLOCK_MIN * minutes))
    search.set_plan([None] * problem.n_teams)
    n_steps, rows = problem.n_steps, []
    here_sum, leave_at = np.empty(n_steps + 1), np.empty(n_steps + 1)
    profiles = sorted({int(p) for p in problem.team_profile})
    for site in np.flatnonzero(problem.site_stoppable):
        gain = np.zeros(n_steps - stay + 1)
        for p in profiles:
            levels.stay_worth(search.ways, p * problem.n_sites + int(site), search.traces, 0, here_sum, leave_at)
            won = here_sum[stay:] - here_sum[:-stay] + problem.dwell_effect[dwell] * leave_at[stay:]
            gain = np.maximum(gain, won)
        for begin in range(0, n_steps - stay + 1, width):
            block = gain[begin : begin + width]
            rows.append((int(site), begin, begin + len(block) - 1, float(block.mean())))
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    prize = np.round(table[:, 3] / max(table[:, 3].max(initial=0.0), 1e-300) * PRIZE).astype(np.int64)
    site, opens, closes = table[prize > 0, :3].astype(np.int64).T
    return Copies(site, opens, closes, prize[prize > 0], dwell, stay)


def ways(search: Search, profile: int, sites: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n, n) travel steps between the given sites; what cannot be reached is longer than the night."""
    steps = search.problem.profiles[profile].travel_steps[np.ix_(sites, sites)].astype(np.int64)
    return np.where(steps >= UNREACHABLE, 2 * search.problem.n_steps + 1, steps)


def timed_routes(search: Search, found: Copies, orders: list[list[int]]) -> list[Visits]:
    """Each team's copies in order, begun as early as windows and travel allow; what comes too late is left out."""
    routes = []
    for team, order in enumerate(orders):
        travel = search.travel(team)
        at, home, now, finish = (int(x) for x in search.ends[team])
        visits = []
        for copy in order:
            site = int(found.site[copy])
            start = max(now + int(travel[at, site]), int(found.opens[copy]))
            if start > found.closes[copy] or start + found.stay + int(travel[site, home]) > finish:
                continue
            visits.append((site, start, found.dwell))
            at, now = site, start + found.stay
        routes.append(np.array(visits, dtype=np.int64).reshape(-1, 3))
    return routes
