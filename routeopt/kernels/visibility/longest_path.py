"""The best stretch of one team's route with everything else fixed: a longest path over (site, step).

States are arrivals (a team is at a site and may still wait) and departures (it has just finished a visit and
leaves). A stay longer than the longest dwell is an arrival, a wait and a visit; a team that has served a task may
stay on, which turns its departure into an arrival again. Steps are processed in order, so that each state is final
when it is extended.

Gains along a path are exact for the first visit to a place. For a place seen earlier on the same path they are
scaled by what the earlier visit leaves to gain, read off the path itself: by how much of it has decayed meanwhile,
and by the share of the gain of leaving the one place that leaving the other also gains, in these steps and given
the rest of the plan. A site with tasks has two nodes, the second (its *twin*) for paths that have served one of
its tasks, or an alternative elsewhere, so that they do not displace those that still may.

Times within a stretch are steps since it begins. A departure is coded as one number, its step and its node.
"""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import fill, kernel, later, part
from routeopt.kernels.visibility.candidates import keep_best, list_candidates, span
from routeopt.kernels.visibility.gains import stay_gains
from routeopt.kernels.visibility.legs import leave_by, leg
from routeopt.kernels.visibility.response import add_legs, add_stays, on_the_way
from routeopt.kernels.visibility.solution import Gap, between, stop_span
from routeopt.kernels.visibility.stretch import (
    LOW,
    Gains,
    Nodes,
    Stretch,
    add_twins,
    choices,
    empty_paths,
    fill_first_legs,
    fill_last_legs,
    fill_overlap,
    fill_stay_at_home,
    fill_stay_tables,
    link_nodes,
    mark_task_sites,
    open_sites,
)  # fmt: skip
from routeopt.kernels.visibility.transitions import read, sweep, way

LEAST_FACTOR = 1e-6
"""Least factor of a team whose reach has a price: the tables of gains are per unit of v."""
NO_WAY = -1
"""Returned where there is no way through a gap."""


# the stretch -------------------------------------------------------------------------------------------------


@part
def _counts(reach, team):
    """Return whether what the team reaches in time has a price."""
    return reach.add_stays != 0 and reach.powers[team]


@part
def _gap_before(instance, solution, reach, team, first):
    """Return the gap before visit ``first`` of the team."""
    menu, visits = instance.menu, solution.routes[team]
    at, now, home, finish = between(menu, instance.teams.ends, solution, team, first, first)
    visiting = first > 0 and menu.lasting[visits[first - 1, 2]]
    visited = first < solution.counts[team] and menu.lasting[visits[first, 2]]
    p, v = instance.teams.profile[team], instance.teams.factor[team]
    if _counts(reach, team):
        v = max(v, LEAST_FACTOR)
    since, until = stop_span(menu, solution, team, first)
    return Gap(p, v, at, now, home, finish - now, visiting, visited, since - now, until - now)


@part
def _within_reach(instance, gap, stoppable, open_task, has_task, sites, index, first, last):
    """List the sites that fit in the gap, in ``sites``, with their rows in ``index``; fill ``has_task``.

    ``first`` and ``last`` are filled as `Nodes` has them.

    Returns
    -------
    Number of sites, number of those with tasks, and length of the shortest visit.
    """
    movement = instance.movement
    shortest = mark_task_sites(instance.tasks, instance.menu, movement, gap, open_task, has_task)
    fill(index, -1)
    n = n_twins = 0
    for c in range(list_candidates(instance, gap, has_task, sites, index)):
        i = sites[c]
        index[i] = -1
        if not (stoppable[i] or has_task[i]):
            continue
        if movement.knows_all:  # not by a call: it would take longer than what it does
            first[n] = leg(movement, gap.p, gap.at, i, gap.now)[1]
            last[n] = leave_by(movement, gap.p, i, gap.home, gap.now + gap.w) - gap.now
        else:
            first[n], last[n] = span(instance, gap, i)
        if first[n] + shortest <= last[n]:
            sites[n] = i
            index[i] = n
            n += 1
            n_twins += has_task[i]
    return n, n_twins, shortest


@part
def _fill_stays(
    instance, coverage, reach, gap, most, has_task, sites, index, first, last, here_sum, leave_at, added
):
    """Fill the tables of stays (see `fill_stay_tables`); return the number of sites that are kept."""
    fill_stay_tables(instance.movement, coverage, gap, sites, first, last, here_sum, leave_at)
    if added.shape[0] > 0:
        later(add_stays, reach.add_stays, (reach, gap, sites, first, last, here_sum, added))
    if sites.shape[0] <= most:
        return sites.shape[0]
    return keep_best(instance, gap, here_sum, leave_at, first, last, sites, index, most, has_task)


@part
def _solve(instance, coverage, reach, team, gap, nodes, gains, links, paths, unused, visits):
    """Fill the other tables and find the path; return the first row of ``visits``, as `read` does."""
    sight, n = instance.movement.sight, gains.overlap.shape[1]
    row, finish = gap.p * nodes.stoppable.shape[0], gap.now + gap.w
    fill_overlap(sight, row, nodes.site[:n], gap.home, coverage.leave, gap.now, finish, gains.overlap)
    fill_last_legs(instance, coverage, gap, nodes, gains.home_leg, gains.home_doubled)
    stay_gains(sight, row + gap.home, coverage.here, coverage.leave, gap.now, gains.home_sum, unused)
    if not gap.visited and not instance.teams.waits[gap.home]:  # back at its post, and not on patrol
        fill(gains.home_sum, 0.0)
    fill_first_legs(instance, coverage, gap, nodes, paths.arrived)
    movement = instance.movement
    if gains.added.shape[0] > 0:
        later(add_legs, reach.add_legs, (movement, gap, nodes, gains, links, paths.arrived))
    s = Stretch(
        gap, nodes, gains, links, paths, instance.menu, instance.tasks, instance.fades,
        movement, instance.access, team, instance.teams.waits,
    )  # fmt: skip
    least = fill_stay_at_home(instance, coverage, gap, gains.home_sum)
    if gains.added.shape[0] > 0 and least != LOW:
        least += gap.v * on_the_way(gains.added, gap.at, gap.home, 0, way(s, gap.at, gap.home, 0))
    last = sweep(s, least)
    return NO_WAY if last < 0 and least == LOW else read(s, last, visits)


@kernel
def best_stretch(instance, solution, coverage, reach, scratch, team, first, most, open_to, visits):
    """Find the best visits between visit ``first`` − 1 and visit ``first`` of the team, with all else fixed.

    Parameters
    ----------
    instance, solution, coverage
        See `kernels.visibility.solution` and `kernels.visibility.levels`; the coverage must not include the
        stretch.
    reach : Reach
    scratch : float32, at least 2 · n_sites · n_neighbours · (n_steps + 1)
        Working memory.
    team, first
        The team, and its visit before which the stretch lies.
    most
        Number of sites considered besides those of tasks: those whose best stay gains most.
    open_to : (n_sites,) bool
        Sites that may be used (mandatory tasks may be served anywhere).
    visits : (2 · (n_steps + 1), 4) int64
        The last rows are set to the visits found: site, start step, activity, 0. A visit and a wait before it end
        in every step at most.

    Returns
    -------
    First of these rows; their number for no visits; `NO_WAY` if the team cannot go straight on either.
    """
    gap = _gap_before(instance, solution, reach, team, first)
    n_sites, w = open_to.shape[0], gap.w
    stoppable, open_task = open_sites(instance, solution, team, gap, open_to)
    has_task = np.empty(n_sites, dtype=np.bool_)
    sites, index = np.empty(2 * n_sites, dtype=np.int64), np.empty(n_sites, dtype=np.int64)
    earliest, latest = np.empty(n_sites, dtype=np.int64), np.empty(n_sites, dtype=np.int64)
    n, n_twins, shortest = _within_reach(
        instance, gap, stoppable, open_task, has_task, sites, index, earliest, latest
    )  # fmt: skip
    if n == 0:
        return visits.shape[0] if leg(instance.movement, gap.p, gap.at, gap.home, gap.now)[1] <= w else NO_WAY
    here_sum, leave_at = np.empty((n, w + 1)), np.empty((n, w + 1))
    added = np.empty((n_sites, w + 1) if _counts(reach, team) else (0, 0))
    n = _fill_stays(
        instance,
        coverage,
        reach,
        gap,
        most,
        has_task,
        sites[:n],
        index,
        earliest[:n],
        latest[:n],
        here_sum,
        leave_at,
        added,
    )
    base, twin = add_twins(sites, n, n_twins, has_task)
    choice = choices(instance.tasks, open_task, sites[: n + n_twins], n)
    nodes = Nodes(
        sites[: n + n_twins],
        base,
        twin,
        choice,
        earliest[:n],
        latest[:n],
        stoppable,
        has_task,
        open_task,
        shortest,
    )
    home_leg, home_doubled = np.empty((n, w + 1), dtype=np.float32), np.empty((n, w + 1), dtype=np.float32)
    gains = Gains(here_sum, leave_at, home_leg, home_doubled, np.empty(w + 1), np.empty((n + 1, n)), added)
    links = link_nodes(instance, coverage, gap, nodes, index, scratch)
    paths = empty_paths(w, n + n_twins, n_twins > 0)
    return _solve(instance, coverage, reach, team, gap, nodes, gains, links, paths, np.empty(w + 1), visits)
