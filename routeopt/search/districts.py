"""Districts: parallel searches of one plan, each for the teams of one part of the town, which meet time and again.

Searches of the whole plan mostly repeat each other. Between two meetings each search moves the teams of its own
district alone, with what the others did at the last meeting as given; then all go on from what each has found. The
borders lie across another direction every time, so that teams on both sides of one are soon in the same district.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routeopt.search.state import Search, Visits
from routeopt.search.tracker import Tracker

LEAST_TEAMS = 16
"""Teams of a district at least; with fewer, all searches move all teams."""
TURN = math.pi * (3 - math.sqrt(5))
"""Angle between the borders of one time and the next (the golden angle, so that none comes again)."""

Teams = NDArray[np.int64]


def pay(search: Search, n: int) -> bool:
    """Return whether ``n`` districts are worth it."""
    return search.floors is None and n > 1 and search.problem.n_teams >= n * LEAST_TEAMS


def cut(search: Search, n: int, time: int) -> list[Teams]:
    """Cut the town into ``n`` districts across a direction, which turns with ``time``; list the teams of each."""
    problem = search.problem
    lat, lon = problem.site_lat, problem.site_lon
    if not len(lat):
        lat = lon = np.arange(problem.n_sites, dtype=np.float64)
    along, across = math.cos(TURN * time), math.sin(TURN * time) * math.cos(math.radians(float(lat.mean())))
    place = along * lat + across * lon
    middle = [place[[search.ends[k, 0], *search.route(k)[:, 0]]].mean() for k in range(problem.n_teams)]
    return [np.sort(teams) for teams in np.array_split(np.argsort(middle, kind="stable"), n)]


def meet(searches: Sequence[Search], districts: Sequence[Teams], tracker: Tracker) -> None:
    """Let every search go on from what each has found for its own teams."""
    together: list[Visits | None] = [None] * searches[0].problem.n_teams
    for one, teams in zip(searches, districts, strict=True):
        routes = one.current_routes()
        for team in teams.tolist():
            together[team] = routes[team]
    for one in searches:
        one.change_routes(together)
        one.best.objective[0] = -np.inf
    tracker.offer(searches[0].copy_routes(), searches[0].objective())


def join_best(searches: Sequence[Search], districts: Sequence[Teams], tracker: Tracker) -> None:
    """Offer the plan of the best routes that each search has found for its own teams since the last meeting."""
    together = searches[0].current_routes()
    for one, teams in zip(searches, districts, strict=True):
        found = one.best if np.isfinite(one.best.objective[0]) else one.solution
        for team in teams.tolist():
            together[team] = found.routes[team, : max(0, int(found.counts[team]))].copy()
    searches[0].change_routes(together)
    tracker.offer(searches[0].copy_routes(), searches[0].objective())
