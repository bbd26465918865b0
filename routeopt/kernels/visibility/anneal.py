"""Re-solve stretches one after the other with everything else fixed; simulated annealing decides which to keep.

The kernel uses no Python objects and does not hold the interpreter's lock. A search runs it for some iterations at
a time; in between, Python reports progress, checks the budget and handles Ctrl-C. The coverage is updated only
near a stretch (`levels.refresh_near`) until its change is accepted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import call, copy, filler, later, part
from routeopt.kernels.random import below, uniform
from routeopt.kernels.visibility import levels
from routeopt.kernels.visibility.longest_path import NO_WAY, best_stretch
from routeopt.kernels.visibility.response import Reach, recount, restore
from routeopt.kernels.visibility.solution import objective, put, splice, window


class Draws(NamedTuple):
    """Distribution of the stretches that are re-solved."""

    widths: NDArray[np.int64]
    """Lengths, in steps."""
    pair: float
    """Probability of re-solving two teams, one after the other."""
    vary: float
    """Probability of re-solving whole routes; also of omitting sites from a stretch."""
    omit: float
    """Probability of omitting sites from a whole route."""
    omitted: float
    """Share of the sites omitted."""
    most: int
    """Number of sites considered: those whose best stay gains most."""
    teams: NDArray[np.int64]
    """Teams whose stretches are re-solved."""
    first_step: int
    """First step in which the plan may change."""
    n_steps: int
    """Number of steps from there in which it may change."""


class Undo(NamedTuple):
    """The last change of the solution, for `take_back`."""

    size: NDArray[np.int64]
    """(1,) number of stretches changed."""
    where: NDArray[np.int64]
    """(2, 4) team, first and last (exclusive) new visit, number of old visits."""
    visits: NDArray[np.int64]
    """(2, longest, 4) old visits."""
    tiles: NDArray[np.uint64]
    """(2, n_intervals) the teams' rows of `Solution.tiles`."""


class Memory(NamedTuple):
    """Arrays of one search."""

    coverage: levels.Coverage
    reach: Reach
    marks: levels.Marks
    undo: Undo
    scratch: NDArray[np.float32]
    """See `longest_path.best_stretch`."""
    open_to: NDArray[np.bool_]
    """(n_sites,) sites that the stretch may use."""
    found: NDArray[np.int64]
    """(2 · (n_steps + 1), 4) visits found, see `longest_path.best_stretch`."""
    best_stretch: int
    """Address of that kernel; likewise those that follow."""
    splice: int
    refresh_near: int
    settle: int
    take_back: int


class Best(NamedTuple):
    """The best plan so far."""

    routes: NDArray[np.int64]
    counts: NDArray[np.int64]
    objective: NDArray[np.float64]
    """(1,) see `solution.objective`."""
    iteration: NDArray[np.int64]
    """(1,) iteration in which it was found."""


class Cooling(NamedTuple):
    """Temperatures by iteration.

    The share of the search that is over in iteration n is 1 − (1 − begun − rate·n)·2^(−n·halving).
    """

    begun: float
    rate: float
    halving: float
    hot: float
    """First temperature, relative to the average objective per visit of the plan. 0: accept or reject nothing; the
    caller decides on the re-solved stretch by `levels.settle` or `take_back`."""
    cold: float
    """Last temperature."""


UNDECIDED = Cooling(0.0, 0.0, 0.0, 0.0, 0.0)
"""Cooling for one stretch that is neither accepted nor rejected."""


@part
def _same(solution, undo):
    """Return whether the new visits of the stretches equal the old ones."""
    for n in range(undo.size[0]):
        team, first, last, count = undo.where[n, 0], undo.where[n, 1], undo.where[n, 2], undo.where[n, 3]
        if last - first != count:
            return False
        for r in range(count):
            for c in range(3):
                if solution.routes[team, first + r, c] != undo.visits[n, r, c]:
                    return False
    return True


@part
def _draw(draws, undo, state):
    """Draw a stretch: set its teams in ``undo``; return its first step, width and probability to omit sites."""
    teams, n_steps = draws.teams, draws.n_steps
    width = draws.widths[below(state, draws.widths.shape[0])]
    omit = draws.vary
    if uniform(state) < draws.vary:
        width, omit = 2 * n_steps, draws.omit
    begin = draws.first_step - width // 2 + below(state, width // 2 + max(n_steps - width // 2, 1))
    one = below(state, teams.shape[0])
    undo.size[0] = 1
    undo.where[0, 0] = teams[one]
    if teams.shape[0] > 1 and uniform(state) < draws.pair:
        two = below(state, teams.shape[0] - 1)
        undo.where[1, 0] = teams[two + (two >= one)]
        undo.size[0] += undo.where[1, 0] != undo.where[0, 0]
    return begin, width, omit


@part
def _take_out(instance, solution, memory, begin, finish):
    """Remove the visits of the drawn teams that overlap ``begin`` to ``finish``, and store them in the undo.

    Parameters
    ----------
    instance : Instance
    solution : Solution
    memory : Memory
    begin, finish
        Steps.
    """
    undo = memory.undo
    for k in range(undo.size[0]):
        team = undo.where[k, 0]
        first, last = window(instance.menu, solution, team, begin, finish)
        undo.where[k, 1], undo.where[k, 3] = first, last - first
        copy(undo.tiles[k], solution.tiles[team])
        for r in range(last - first):
            copy(undo.visits[k, r], solution.routes[team, first + r])
        given = instance, solution, team, first, last, undo.visits[k, :0], memory.marks
        call(splice, memory.splice, given)
        solution.gap[team] = first


@part
def _put_in(instance, solution, memory, n, most):
    """Re-solve the n-th stretch; return whether there is a way through it."""
    where = memory.undo.where[n]
    team, first = where[0], where[1]
    coverage, scratch, found = memory.coverage, memory.scratch, memory.found
    given = instance, solution, coverage, memory.reach, scratch, team, first, most, memory.open_to, found
    row = call(best_stretch, memory.best_stretch, given)
    visits = found[row if row != NO_WAY else found.shape[0] :]
    call(splice, memory.splice, (instance, solution, team, first, first, visits, memory.marks))
    where[2] = first + visits.shape[0]
    return row != NO_WAY


@part
def _temperature(solution, cooling, iteration, value):
    """Return the temperature of an iteration for a plan whose objective, less penalties, is ``value``."""
    share = 1.0 - (1.0 - cooling.begun - cooling.rate * iteration) * 0.5 ** (iteration * cooling.halving)
    fall = (cooling.cold / cooling.hot) ** min(1.0, max(0.0, share))
    n_visits = 0
    for team in range(solution.counts.shape[0]):
        n_visits += solution.counts[team]
    return cooling.hot * fall * value / max(1, n_visits)


@part
def _keep(solution, best, value, iteration):
    """Make the solution the best plan."""
    best.objective[0], best.iteration[0] = value, iteration
    copy(best.counts, solution.counts)
    for team in range(solution.counts.shape[0]):
        for r in range(solution.counts[team]):
            copy(best.routes[team, r], solution.routes[team, r])


@filler
def take_back(solution, undo, fade, marks, coverage):
    """Undo the stretches that were re-solved, and their coverage."""
    for n in range(undo.size[0]):
        team, first, last, count = undo.where[n, 0], undo.where[n, 1], undo.where[n, 2], undo.where[n, 3]
        put(solution, team, first, last, undo.visits[n, :count])
        copy(solution.tiles[team], undo.tiles[n])
    levels.take_back(fade, marks, coverage)


@filler
def anneal(instance, solution, memory, best, draws, cooling, begin, n_iterations, state):
    """Run iterations ``begin``, ``begin`` + 1, … of simulated annealing.

    Parameters
    ----------
    instance : Instance
    solution : Solution
        The current plan, changed in place.
    memory : Memory
    best : Best
        The best plan so far, kept up to date.
    draws : Draws
    cooling : Cooling
    begin, n_iterations
        Number of the first iteration, and number of iterations.
    state : (1,) uint64
        State of the random numbers.
    """
    menu, coverage, open_to = instance.menu, memory.coverage, memory.open_to
    marks, undo, reach = memory.marks, memory.undo, memory.reach
    first_task, tasks = menu.first_task, instance.tasks
    value = objective(solution, first_task, tasks, coverage.seen)
    for iteration in range(begin, begin + n_iterations):
        start, width, omit = _draw(draws, undo, state)
        through = True
        for n in range(-1, undo.size[0]):
            if n < 0:
                _take_out(instance, solution, memory, start, start + width)
            else:
                some = uniform(state) < omit
                for i in range(open_to.shape[0]):
                    open_to[i] = not some or uniform(state) >= draws.omitted
                through &= _put_in(instance, solution, memory, n, draws.most)
            changed = instance.movement, menu, instance.teams, solution, marks, coverage
            call(levels.refresh_near, memory.refresh_near, changed)
            if reach.recount != 0:
                given = instance.movement, menu, instance.teams, solution, marks, reach, coverage.seen
                later(recount, reach.recount, given)
        if cooling.hot == 0.0 and through:
            continue
        new = objective(solution, first_task, tasks, coverage.seen)
        heat = _temperature(solution, cooling, iteration, value - instance.owed) if through else 0.0
        if through and not _same(solution, undo) and new >= value + heat * np.log(uniform(state) + 1e-300):
            call(levels.settle, memory.settle, (menu.fade, marks, coverage))
            reach.is_kept[0] = False
            value = objective(solution, first_task, tasks, coverage.seen)
            if value > best.objective[0]:
                _keep(solution, best, value, iteration + 1)
        else:
            if reach.restore != 0:
                later(restore, reach.restore, (marks, reach, coverage.seen))
            call(take_back, memory.take_back, (solution, undo, menu.fade, marks, coverage))
            if not through:
                undo.size[0] = 0
