"""Reduce a problem to one for routing libraries: each site is copied once per block of time, with a prize.

Their objective is a sum over customers visited once, which cannot express decay, overlap or diminishing returns.
The prize of a copy is therefore the gain of its visit on otherwise empty streets, and a block is long enough for a
second visit to a site to pay. A task adds one copy per window, with its reward. The routes are evaluated like any
others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.visibility import gains
from routeopt.problem import UNREACHABLE
from routeopt.problem.tasks import reachable, windows
from routeopt.search.state import Search, Visits, rows

BLOCK_MIN = 60.0
"""Length of a block, minutes: about the decay time, so that a visit leaves little to gain until the next one."""
DWELL_MIN = 10.0
"""Least dwell of each visit, minutes: the shortest on the menu from this on."""
PRIZE = 1000
"""Largest prize; prizes are integers."""


@dataclass(frozen=True)
class Copies:
    """Copies of sites and tasks as (n_copies,) arrays; times are steps."""

    site: NDArray[np.int64]
    opens: NDArray[np.int64]
    """First step in which the visit may start."""
    closes: NDArray[np.int64]
    """Last step in which it may start."""
    prize: NDArray[np.int64]
    dwell: NDArray[np.int64]
    """Activity: a dwell of the menu, or a task, which has a copy per window."""
    stay: NDArray[np.int64]
    """Length of the visit, steps."""
    must: NDArray[np.bool_]
    """Whether the copy is of a mandatory task."""
    allowed: NDArray[np.bool_]
    """(n_copies, n_teams)"""

    group: NDArray[np.int64]
    """First of the tasks of which one is done; −1 for an ordinary visit."""

    def groups(self) -> list[list[int]]:
        """Group the copies of which at most one may be visited: windows, alternatives; others are alone."""
        ordinary = [[int(i)] for i in np.flatnonzero(self.group < 0)]
        tasks = sorted(set(self.group[self.group >= 0].tolist()))
        return ordinary + [np.flatnonzero(self.group == q).tolist() for q in tasks]

    def most(self, count: int) -> Copies:
        """Return at most ``count`` copies, those of most prize; copies of mandatory tasks are all kept."""
        if len(self.site) <= count:
            return self
        ranked = np.argsort(np.where(self.must, -np.inf, -self.prize), kind="stable")
        kept = np.sort(ranked[: max(count, int(self.must.sum()))])
        return Copies(*(getattr(self, one.name)[kept] for one in fields(self)))


def copies(search: Search, goes_on: Callable[[], bool] = lambda: True) -> Copies:
    """Copy each task for every window, and each stoppable site for every block in which a visit gains anything.

    Sites are left out as soon as ``goes_on`` says that there is no more time, those of least demand.
    """
    problem = search.problem
    minutes = 60.0 / problem.clock.step_s
    fits = np.flatnonzero(problem.dwell_steps >= DWELL_MIN * minutes)
    usual, width = int(fits[0]) if len(fits) else len(problem.dwell_steps) - 1, max(1, round(BLOCK_MIN * minutes))
    search.set_plan([None] * problem.n_teams)
    found = []
    gaining = search.site_demand.max(axis=0)
    for site in sorted(np.flatnonzero(problem.site_stoppable).tolist(), key=lambda site: -gaining[site]):
        if not goes_on():
            break
        gain = _gain(search, site, usual)
        for begin in range(0, len(gain), width):
            block = gain[begin : begin + width]
            found.append((site, begin, begin + len(block) - 1, usual, float(block.mean())))
    found.sort(key=lambda row: row[:2])
    for q, place in enumerate(problem.tasks.site.tolist()):
        dwell = problem.activities.of_task(q)
        gain = problem.tasks.presence[q] * _gain(search, place, dwell) + problem.tasks.reward[q] * search.total
        for first, last in windows(problem, q):
            inside = gain[first : last + 1]
            if len(inside):
                found.append((place, first, first + len(inside) - 1, dwell, float(inside.mean())))
    table = np.array(found, dtype=np.float64).reshape(-1, 5)
    prize = np.round(table[:, 4] / max(table[:, 4].max(initial=0.0), 1e-300) * PRIZE).astype(np.int64)
    site, opens, closes, dwells = table[:, :4].astype(np.int64).T
    task = dwells - problem.activities.first_task
    must, allowed = np.zeros(len(table), np.bool_), np.ones((len(table), problem.n_teams), np.bool_)
    must[task >= 0] = problem.tasks.mandatory[task[task >= 0]]
    if len(problem.tasks):
        open_to = reachable(problem) & search.instance.allowed  # not those of a crew that is off
        allowed[task >= 0] = open_to[task[task >= 0]]
    keep = ((prize > 0) | must) & allowed.any(axis=1)
    stay = problem.visit_steps[dwells].astype(np.int64)
    group = np.full(len(table), -1)
    group[task >= 0] = problem.tasks.group[task[task >= 0]]
    return Copies(*(a[keep] for a in (site, opens, closes, prize, dwells, stay, must, allowed, group)))


def _gain(search: Search, site: int, dwell: int) -> NDArray[np.float64]:
    """Compute the gain of a visit on empty streets by its first step, in the mode that gains most."""
    problem, stay = search.problem, int(search.problem.visit_steps[dwell])
    here_sum, leave_at = np.empty(problem.n_steps + 1), np.empty(problem.n_steps + 1)
    gain = np.zeros(max(0, problem.n_steps - stay + 1))
    for p in sorted({int(p) for p in problem.team_profile}):
        gains.stay_gains(
            search.movement.sight, p * problem.n_sites + site, search.coverage.here, search.coverage.leave, 0,
            here_sum, leave_at,
        )  # fmt: skip
        won = here_sum[stay:] - here_sum[: len(gain)] + problem.visit_effect[dwell] * leave_at[stay:]
        gain = np.maximum(gain, won)
    return gain


def travel_between(search: Search, profile: int, sites: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the travel steps between the given sites, (n, n); more than the plan's length if unreachable."""
    steps = search.problem.profiles[profile].pairs(sites)
    return np.where(steps >= UNREACHABLE, 2 * search.problem.n_steps + 1, steps)


def timed_routes(search: Search, found: Copies, orders: list[list[int]]) -> list[Visits]:
    """Schedule each team's copies in order, as early as windows and travel allow; drop those that are late."""
    routes: list[Visits] = []
    done: set[int] = set()
    problem = search.problem
    for team, order in enumerate(orders):
        movement = search.problem.movement(team)
        at, home, now, finish = (int(x) for x in search.ends[team])
        visits, since = [], 0
        for copy in order:
            site, stay, dwell = int(found.site[copy]), int(found.stay[copy]), int(found.dwell[copy])
            task = problem.activities.task(dwell)
            start = max(now + movement.steps(at, site, now), int(found.opens[copy]), since if task is None else 0)
            if start > found.closes[copy] or start + stay + movement.steps(site, home, start + stay) > finish:
                continue
            if task is not None:
                if int(problem.tasks.group[task]) in done or not found.allowed[copy, team]:
                    continue
                done.add(int(problem.tasks.group[task]))
            else:
                since = start + problem.spacing_steps
            visits.append((site, start, dwell))
            at, now = site, start + stay
        routes.append(rows(visits))
    return routes
