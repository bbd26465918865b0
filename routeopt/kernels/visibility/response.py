"""Response coverage with a price: what free teams with powers reach in time, and what a stretch adds to that.

Presence here has no lasting effect, and a team is at one place at a time. So the gain of a path is the sum of what
each of its steps adds, given where the other teams are: a price on the states of the longest path. On the way, a
team counts from the site nearer in time, as in `routeopt.evaluation.handling`.

Demand points that are reached from the same sites are one *cell*. A problem without goals for response coverage
has no cells, and none of these kernels is compiled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, fill, filler, part, short, sums
from routeopt.kernels.visibility.legs import leg


class Reach(NamedTuple):
    """Cells within reach of each site, what reaching them is worth, and how many teams do."""

    ptr: NDArray[np.int64]
    """(n_profiles · n_sites + 1,) CSR pointer: the cells within reach of each site, rows as in `levels.Sight`."""
    cell: NDArray[np.int32]
    powers: NDArray[np.bool_]
    """(n_teams,) whether the team counts."""
    free: NDArray[np.bool_]
    """(n_activities,) whether the team counts meanwhile."""
    weight: NDArray[np.float64]
    """(n_cells, n_steps) gain of reaching the cell, in demand × steps."""
    need: NDArray[np.int16]
    """(n_cells,) number of teams that must reach the cell for its weight to count."""
    reaching: NDArray[np.int16]
    """(n_cells, n_steps) number of teams that reach the cell."""
    open: NDArray[np.float32]
    """(n_cells, n_steps) ``weight`` where one more team is needed, else 0."""
    kept: NDArray[np.int16]
    """(n_cells, n_steps) ``reaching`` within the span at the last `levels.settle`."""
    is_kept: NDArray[np.bool_]
    """(1,) whether there is any."""
    recount: int
    """Address of that kernel; likewise those that follow."""
    restore: int
    add_stays: int
    add_legs: int


NO_REACH = Reach(
    np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.bool_), np.zeros(0, np.bool_), np.zeros((0, 0)),
    np.zeros(0, np.int16), np.zeros((0, 0), np.int16), np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int16),
    np.zeros(1, np.bool_), 0, 0, 0, 0,
)  # fmt: skip
"""That of a problem without goals for response coverage."""


@part
def _count(reach, row, begin, end, first, last):
    """Count a team at the site of a row in the steps ``begin`` to ``end``, within the span."""
    for e in range(reach.ptr[row], reach.ptr[row + 1]):
        count = reach.reaching[reach.cell[e]]
        for t in range(max(begin, first), min(end, last)):
            count[t] += 1


@part
def _count_route(movement, menu, teams, solution, team, reach, first, last):
    """Count one team wherever it is free, within the span."""
    visits, gap, ends = solution.routes[team], solution.gap[team], teams.ends[team]
    p, n_sites = teams.profile[team], movement.n_sites
    at, now = ends[0], ends[2]
    for r in range(solution.counts[team] + 1):
        if now >= last:
            break
        site, start, end, free, away = ends[1], ends[3], ends[3], True, False
        if r < solution.counts[team]:
            site, start, what = visits[r, 0], visits[r, 1], visits[r, 2]
            end, free, away = start + menu.visit_steps[what], reach.free[what], menu.away[what]
        if end >= first:
            begin = start
            if r != gap and away:
                _count(reach, p * n_sites + at, now, start, first, last)
            elif r != gap:
                begin = now + (leg(movement, p, at, site, now)[1] + 1) // 2
                _count(reach, p * n_sites + at, now, begin, first, last)
            if not away:
                _count(reach, p * n_sites + site, begin, end if free else start, first, last)
        at, now = site, end


@sums
def _weigh(reach, first, last, covered):
    """Set ``open``, and the sum of ``weight`` of the cells that are reached in each step, within the span."""
    fill(covered[first:last], 0.0)
    for c in range(reach.weight.shape[0]):
        need = reach.need[c]
        for t in range(first, last):
            reaching = reach.reaching[c, t]
            reach.open[c, t] = reach.weight[c, t] if reaching + 1 == need else 0.0
            covered[t] += reach.weight[c, t] if reaching >= need else 0.0


@filler
def recount(movement, menu, teams, solution, marks, reach, seen):
    """Count all teams anew within the span of the marks; the counts before are kept until ``is_kept`` is cleared.

    Call it before `levels.settle`, which clears the span.

    Parameters
    ----------
    movement, menu, teams, solution, marks
        See `levels.refresh_near`.
    reach : Reach
    seen : (n_points + n_steps,)
        See `levels.Coverage`; the sums of ``weight`` of the cells that are reached in each step are filled in.
    """
    first, last = marks.span[0], marks.span[1]
    if last <= first:
        return
    for c in range(reach.reaching.shape[0]):
        if not reach.is_kept[0]:
            copy(reach.kept[c, first:last], reach.reaching[c, first:last])
        fill(reach.reaching[c, first:last], 0)
    reach.is_kept[0] = True
    for team in range(solution.counts.shape[0]):
        if solution.counts[team] >= 0 and reach.powers[team]:
            _count_route(movement, menu, teams, solution, team, reach, first, last)
    _weigh(reach, first, last, seen[seen.shape[0] - reach.weight.shape[1] :])


@filler
def restore(marks, reach, seen):
    """Restore the counts that are kept; call it before `levels.take_back`, which clears the span."""
    first, last = marks.span[0], marks.span[1]
    if not reach.is_kept[0] or last <= first:
        return
    for c in range(reach.reaching.shape[0]):
        copy(reach.reaching[c, first:last], reach.kept[c, first:last])
    reach.is_kept[0] = False
    _weigh(reach, first, last, seen[seen.shape[0] - reach.weight.shape[1] :])


# what a stretch adds -----------------------------------------------------------------------------------------


@part
def _sum_open(reach, row, gap, out):
    """Fill the running sums of what a team adds at the site of a row per unit of v, (w + 1,)."""
    fill(out, 0.0)
    for e in range(reach.ptr[row], reach.ptr[row + 1]):
        added = reach.open[reach.cell[e], gap.now : gap.now + gap.w]
        for t in range(added.shape[0]):
            out[t + 1] += added[t]
    for t in range(out.shape[0] - 1):
        out[t + 1] = out[t] + out[t + 1] / gap.v


@filler
def add_stays(reach, gap, sites, first, last, here_sum, added):
    """Add what stays gain to their tables, and fill the running sums of each site, of ``at`` and of ``home``.

    Parameters
    ----------
    reach : Reach
    gap : Gap
    sites : (n,)
    first, last, here_sum
        See `stretch.Nodes` and `stretch.Gains`; n rows each.
    added : (n_sites, w + 1)
        Filled in the rows of these sites: running sums of what the team adds per unit of v.
    """
    n_sites = added.shape[0]
    for i in (gap.at, gap.home):
        _sum_open(reach, gap.p * n_sites + i, gap, added[i])
    for a in range(sites.shape[0]):
        i = sites[a]
        if i != gap.at and i != gap.home:
            _sum_open(reach, gap.p * n_sites + i, gap, added[i])
        for t in range(first[a], last[a] + 1):
            here_sum[a, t] += added[i, t]


@short
def on_the_way(added, i, k, t, steps):
    """Return what a leg from site i to site k adds per unit of v: the first half of it at i, the rest at k."""
    half = t + (steps + 1) // 2
    return added[i, half] - added[i, t] + added[k, t + steps] - added[k, half]


@filler
def add_legs(movement, gap, nodes, gains, links, arrived):
    """Add what legs and waiting at the end gain to their tables; ``gains.added`` is filled."""
    added = gains.added
    for t in range(gap.w + 1):
        gains.home_sum[t] += added[gap.home, t]
    for a in range(nodes.first.shape[0]):
        i, begin = nodes.site[a], nodes.first[a] + nodes.shortest
        arrived[nodes.first[a], a] += gap.v * on_the_way(added, gap.at, i, 0, nodes.first[a])  # `LOW` stays
        if i != gap.home:
            for t in range(begin, nodes.last[a] + 1):
                steps = leg(movement, gap.p, i, gap.home, gap.now + t)[1]
                if t + steps <= gap.w:
                    gains.home_leg[a, t] += on_the_way(added, i, gap.home, t, steps)
        for e in range(links.ptr[a], links.ptr[a + 1]):
            k, r = nodes.site[links.node[e]], e * (gap.w + 1)
            for t in range(begin, links.until[e] + 1):
                steps = links.steps[e] if links.arrive.shape[0] == 0 else links.arrive[r + t] - t
                if t + steps <= gap.w:
                    links.gain[r + t] += on_the_way(added, i, k, t, steps)
