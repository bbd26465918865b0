"""An instance and a solution as arrays: replace stretches of a route, compute the objective."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, fill, filler, kernel, part, sums
from routeopt.kernels.visibility import levels, presence
from routeopt.kernels.visibility.whereabouts import locate


class Access(NamedTuple):
    """Closed intervals of steps, CSR by class of teams and site (see `routeopt.problem.access`)."""

    row: NDArray[np.int64]
    """(n_teams,) first row of the team's class."""
    ptr: NDArray[np.int64]
    """(n_classes · n_sites + 1,)"""
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    no_return: NDArray[np.bool_]
    """(n_sites,) where a team that has left does not stop again; (0,) where it may everywhere."""


class Instance(NamedTuple):
    """Constant during a search (``teams.ends`` may be set before it)."""

    movement: levels.Movement
    menu: levels.Menu
    teams: levels.Teams
    tasks: levels.Tasks
    allowed: NDArray[np.bool_]
    """(n_tasks, n_teams) whether the team may serve the task."""
    mandatory: NDArray[np.bool_]
    """(n_tasks,)"""
    stoppable: NDArray[np.bool_]
    """(n_profiles, n_sites) whether stopping is allowed, and any demand is seen from there."""
    neighbours: NDArray[np.int64]
    """(n_profiles, n_sites, n_neighbours) sites to which a leg may lead, padded with −1."""
    fades: NDArray[np.float64]
    """(n_steps + 1,) fade to the power of 0, 1, 2, …"""
    access: Access
    owed: float
    """Penalty if all mandatory tasks are unserved, in demand × steps."""


class Solution(NamedTuple):
    """The current plan."""

    routes: NDArray[np.int64]
    """(n_teams, longest, 4) site, start step, activity, anchor: 0 for a visit that may change, else bits `FIXED`
    and `SEALED`. Kernels solve the gaps between anchors."""
    counts: NDArray[np.int64]
    """(n_teams,) number of visits, −1 for an absent team."""
    gap: NDArray[np.int64]
    """(n_teams,) visit before which the route has a gap, in which the team is absent; −1 for none."""
    tiles: NDArray[np.uint64]
    """(n_teams, n_intervals) where each team may be when (see `whereabouts`); (n_teams, 0) for few teams."""


NEVER = 2**62
"""A step after the end of every plan."""
FIXED = 1
"""Anchor: the visit must not change."""
SEALED = 2
"""Anchor: nothing up to the end of the visit may change; it is done, or begun, or under way."""


class Gap(NamedTuple):
    """A gap in a team's route, from leaving ``at`` to staying at ``home``."""

    p: int
    """Profile of the team."""
    v: float
    """Factor of the team."""
    at: int
    """Site from which the team comes."""
    now: int
    """Step in which it leaves there."""
    home: int
    """Site to which it must go."""
    w: int
    """Steps until it must be there."""
    visiting: bool
    """Whether a visit at ``at`` precedes the gap; the team may wait there, but not visit it again at once."""
    visited: bool
    """Whether a visit at ``home`` follows the gap; likewise."""
    since: int
    """First step since ``now`` in which a stop may start, by the time between stops (`Menu.spacing`)."""
    until: int
    """Last such step."""


@part
def open_until(access, team, site, step):
    """Return until which step a site is open for a visit from ``step`` on; ``step`` itself if it is closed."""
    row = access.row[team] + site
    for e in range(access.ptr[row], access.ptr[row + 1]):
        if step < access.end[e]:
            return max(step, access.begin[e])
    return NEVER


@filler
def between(menu, ends, solution, team, first, last):
    """Return where and when a stretch of visits starts and ends: (site, step, site, step).

    Parameters
    ----------
    menu : Menu
    ends : (n_teams, 4)
        Start site, end site, start step, end step of each shift.
    solution : Solution
    team
        The team.
    first, last
        Visits of the stretch, ``last`` exclusive. It starts at the end of visit ``first`` − 1 and ends at the
        start of visit ``last``, or at the ends of the shift.
    """
    at, home, now, finish = ends[team, 0], ends[team, 1], ends[team, 2], ends[team, 3]
    if first > 0:
        visit = solution.routes[team, first - 1]
        at, now = visit[0], visit[1] + menu.visit_steps[visit[2]]
    if 0 <= last < solution.counts[team]:
        home, finish = solution.routes[team, last, 0], solution.routes[team, last, 1]
    return at, now, home, finish


@part
def window(menu, solution, team, begin, finish):
    """Return the first and last (exclusive) visit of the team that overlap ``begin`` to ``finish``.

    Where anchors are among them, only those in the gap around the middle of that time.
    """
    first = last = least = 0
    most = solution.counts[team]
    for r in range(solution.counts[team]):
        visit = solution.routes[team, r]
        first += visit[1] + menu.visit_steps[visit[2]] <= begin
        last += visit[1] < finish
        if visit[3] != 0:
            if visit[3] >= SEALED or 2 * visit[1] <= begin + finish:
                least, most = r + 1, solution.counts[team]
            elif most > r:
                most = r
    first = min(max(first, least), most)
    return first, min(max(first, last), most)


@part
def _mark(instance, solution, team, first, last, marks):
    """Mark what the visits ``first`` to ``last`` (exclusive) of the team affect, with the legs around them.

    Parameters
    ----------
    instance : Instance
    solution : Solution
    team
        The team.
    first, last
        Visits.
    marks : Marks
    """
    menu = instance.menu
    at, now, home, finish = between(menu, instance.teams.ends, solution, team, first, last)
    until, n = finish, last
    while n < solution.counts[team] and solution.routes[team, n, 0] == home:
        # the effect of a stay depends on its beginning
        until = solution.routes[team, n, 1] + menu.visit_steps[solution.routes[team, n, 2]]
        n += 1
    visits = solution.routes[team, first:last]
    presence.mark(instance.movement, menu, instance.teams.profile[team], at, now, visits, home, until, marks)


@part
def put(solution, team, first, last, visits):
    """Replace the visits ``first`` to ``last`` (exclusive) without marking anything."""
    count, end = solution.counts[team], first + visits.shape[0]
    route, shift = solution.routes[team], end - last
    if shift > 0:
        for r in range(count - 1, last - 1, -1):
            copy(route[r + shift], route[r])
    elif shift < 0:
        for r in range(last, count):
            copy(route[r + shift], route[r])
    for r in range(visits.shape[0]):
        copy(route[first + r], visits[r])
    solution.counts[team] = count + shift


@filler
def splice(instance, solution, team, first, last, visits, marks):
    """Replace visits of a team, which is present from now on, and mark what that affects.

    Parameters
    ----------
    instance : Instance
    solution : Solution
    team
        The team.
    first, last
        Visits to replace, ``last`` exclusive.
    visits : (n, 4)
        New visits.
    marks : Marks
    """
    solution.counts[team] = max(0, solution.counts[team])
    _mark(instance, solution, team, first, last, marks)
    put(solution, team, first, last, visits)
    locate(instance.movement, instance.menu, instance.teams, solution, team)
    solution.gap[team] = -1
    _mark(instance, solution, team, first, first + visits.shape[0], marks)


@kernel
def done(solution, first_task, group):
    """Return whether the plan serves each task or an alternative, (n_tasks,); ``group`` as `Tasks` has it."""
    n_tasks = group.shape[0]
    found = np.empty(n_tasks, dtype=np.bool_)
    fill(found, False)
    if n_tasks > 0:
        for team in range(solution.counts.shape[0]):
            for r in range(solution.counts[team]):
                if solution.routes[team, r, 2] >= first_task:
                    found[group[solution.routes[team, r, 2] - first_task]] = True
        for q in range(n_tasks):  # the first of a group comes before the others
            found[q] = found[group[q]]
    return found


@sums
def _sum(row):
    """Sum a row."""
    total = 0.0
    for j in range(row.shape[0]):
        total += row[j]
    return total


@sums
def _left(solution, leaving):
    """Sum what visits outside their teams' zones cost."""
    total = 0.0
    for team in range(solution.counts.shape[0]):
        for r in range(solution.counts[team]):
            site = solution.routes[team, r, 0]
            if r == 0 or solution.routes[team, r - 1, 0] != site:  # it stays on otherwise
                total += leaving[team, site]
    return total


@kernel
def objective(solution, first_task, tasks, seen):
    """Compute the objective in demand × steps: Σ ``seen`` (n_points,) and the gains of the tasks served.

    What visits outside their teams' zones cost is taken off.
    """
    total = _sum(seen)
    if tasks.gain.shape[0] > 0:
        for q, is_done in enumerate(done(solution, first_task, tasks.group)):
            if is_done and tasks.group[q] == q:
                total += tasks.gain[q]
    if tasks.leaving.shape[0] > 0:
        total -= _left(solution, tasks.leaving)
    return total


@part
def _is_stop(menu, activity):
    """Return whether a visit is an ordinary stop: no task, and no record of what has happened."""
    return activity < menu.first_task and menu.lasting[activity]


@filler
def stop_span(menu, solution, team, first):
    """Return the first and last step in which a stop may start before visit ``first`` of the team."""
    since, until = -NEVER, NEVER
    if menu.spacing > 0:
        for r in range(max(0, solution.counts[team])):
            visit = solution.routes[team, r]
            if _is_stop(menu, visit[2]) and r < first:
                since = max(since, visit[1] + menu.spacing)
            elif _is_stop(menu, visit[2]):
                until = min(until, visit[1] - menu.spacing)
    return since, until
