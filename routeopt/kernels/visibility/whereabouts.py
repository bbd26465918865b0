"""Where each team may be when, coarsely: by parts of the town (see `levels.Tiles`) and intervals of time."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import fill, part
from routeopt.kernels.visibility.legs import leg

INTERVAL = 32
"""Steps of an interval."""


@part
def locate(movement, menu, teams, solution, team):
    """Note in which tiles the team may be when, wherever its gap is."""
    found = solution.tiles[team]
    if found.shape[0] == 0:
        return
    fill(found, np.uint64(0))
    ends, visits, p = teams.ends[team], solution.routes[team], teams.profile[team]
    tiles, at, now = movement.tiles, ends[0], ends[2]
    for r in range(solution.counts[team] + 1):
        site, start, end, away = ends[1], ends[3], ends[3], False
        if r < solution.counts[team]:
            site, start, away = visits[r, 0], visits[r, 1], menu.away[visits[r, 2]]
            end = start + menu.visit_steps[visits[r, 2]]
        bits = tiles.of_site[p * movement.n_sites + site]
        if away:
            bits |= tiles.of_site[p * movement.n_sites + at]
        elif site != at:
            row = leg(movement, p, at, site, now)[0]
            if row >= 0:
                bits |= tiles.of_leg[row]
        for s in range(now // INTERVAL, min(end // INTERVAL + 1, found.shape[0])):
            found[s] |= bits
        at, now = site, end


@part
def dirty_tiles(tiles, where, marks):
    """Return the tiles of the dirty points; 0 where teams are not searched."""
    found = np.uint64(0)
    if where.shape[1] > 0:
        for d in range(marks.size[0]):
            found |= tiles.of_point[marks.dirty[d]]
    return found


@part
def may_be_near(where, team, tiles, first, last):
    """Return whether the team may be in any of the tiles from step ``first`` to ``last`` (exclusive)."""
    if where.shape[1] == 0:
        return True
    for s in range(first // INTERVAL, min((last - 1) // INTERVAL + 1, where.shape[1])):
        if where[team, s] & tiles != 0:
            return True
    return False
