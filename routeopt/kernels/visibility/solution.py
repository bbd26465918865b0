"""A night as arrays, and the plan in hand: changing a stretch of one team's route, and what the plan is worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, fill, kernel, part, sums
from routeopt.kernels.visibility import levels


class Instance(NamedTuple):
    """What no search changes (``ends`` of the teams and ``barred`` apart, which are set before one)."""

    movement: levels.Movement
    menu: levels.Menu
    teams: levels.Teams
    tasks: levels.Tasks
    allowed: NDArray[np.bool_]
    """(n_tasks, n_teams) which team may do which task."""
    mandatory: NDArray[np.bool_]
    """(n_tasks,)"""
    stoppable: NDArray[np.bool_]
    """(n_profiles, n_sites) meant for stops, and somebody is to be seen from there."""
    neighbours: NDArray[np.int64]
    """(n_profiles, n_sites, n_neighbours) sites that a leg may lead to, −1 behind the last."""
    fades: NDArray[np.float64]
    """(n_steps + 1,) fade to the power of 0, 1, 2, …"""
    barred: NDArray[np.int64]
    """(n, 3) site, first step, last step: no stretch that touches those steps stops there."""


class Solution(NamedTuple):
    """The plan in hand."""

    routes: NDArray[np.int64]
    """(n_teams, longest, 3) site, start step, dwell index (behind the menu a task)."""
    counts: NDArray[np.int64]
    """(n_teams,) visits of each team; −1: it is not there at all."""
    pinned: NDArray[np.int64]
    """(n_teams,) how many of each team's first visits stand as they are."""
    holes: NDArray[np.int64]
    """(n_teams,) visit before which a stretch is missing, and the team nowhere; −1: none is."""


@kernel
def between(menu, ends, solution, team, first, last):
    """Site and step of the end of visit ``first`` − 1 and of the start of visit ``last``, or of the duty."""
    at, home, now, finish = ends[team, 0], ends[team, 1], ends[team, 2], ends[team, 3]
    if first > 0:
        visit = solution.routes[team, first - 1]
        at, now = visit[0], visit[1] + menu.visit_steps[visit[2]]
    if 0 <= last < solution.counts[team]:
        home, finish = solution.routes[team, last, 0], solution.routes[team, last, 1]
    return at, now, home, finish


@part
def window(menu, solution, team, begin, finish):
    """First and last (exclusive) of the team's visits that touch ``begin`` to ``finish``, no pinned ones."""
    first = last = 0
    for r in range(solution.counts[team]):
        visit = solution.routes[team, r]
        first += visit[1] + menu.visit_steps[visit[2]] <= begin
        last += visit[1] < finish
    first = max(first, solution.pinned[team])
    return first, max(first, last)


@part
def _mark(movement, menu, teams, solution, team, first, last, marks):
    """The stretch of visits ``first`` to ``last`` (exclusive) with the legs to and from it is touched."""
    at, now, home, finish = between(menu, teams.ends, solution, team, first, last)
    until, n = finish, last
    while n < solution.counts[team] and solution.routes[team, n, 0] == home:
        # a stay's effect depends on its beginning
        until = solution.routes[team, n, 1] + menu.visit_steps[solution.routes[team, n, 2]]
        n += 1
    levels.mark(
        movement.sight, movement.legs, movement.travel.shape[1], teams.profile[team], at, now,
        solution.routes[team, first:last], home, finish, until, marks,
    )  # fmt: skip


@part
def put(solution, team, first, last, visits):
    """Replace the visits ``first`` to ``last`` (exclusive), and nothing else."""
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


@kernel
def splice(instance, solution, team, first, last, visits, marks):
    """Replace the visits ``first`` to ``last`` (exclusive) and mark what that touches.

    A team that was not there at all now is.
    """
    solution.counts[team] = max(0, solution.counts[team])
    _mark(instance.movement, instance.menu, instance.teams, solution, team, first, last, marks)
    put(solution, team, first, last, visits)
    solution.holes[team] = -1
    _mark(instance.movement, instance.menu, instance.teams, solution, team, first, first + visits.shape[0], marks)


@kernel
def done(solution, n_dwells, n_tasks):
    """(n_tasks,) whether the plan in hand does each task."""
    found = np.empty(n_tasks, dtype=np.bool_)
    fill(found, False)
    if n_tasks > 0:
        for team in range(solution.counts.shape[0]):
            for r in range(solution.counts[team]):
                if solution.routes[team, r, 2] >= n_dwells:
                    found[solution.routes[team, r, 2] - n_dwells] = True
    return found


@sums
def _sum(row):
    """Σ row."""
    total = 0.0
    for j in range(row.shape[0]):
        total += row[j]
    return total


@kernel
def objective(solution, n_dwells, gain, seen):
    """What is seen, (n_points,) ``seen``, and what the tasks done ``gain``, in the unit of demand × steps."""
    total = _sum(seen)
    if gain.shape[0] > 0:
        for q, is_done in enumerate(done(solution, n_dwells, gain.shape[0])):
            if is_done:
                total += gain[q]
    return total
