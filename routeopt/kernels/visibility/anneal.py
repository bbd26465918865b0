"""Stretches re-solved against all the rest, one after the other, and annealing to decide which stay.

Nothing here is a Python object, and the interpreter's lock is not held: a search is a number of iterations at a
time, between which Python reports, asks whether to stop, and hears Ctrl-C. The traces are brought up to date only
near a stretch (`levels.refresh_near`) until it is decided that its change stays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, kernel, part
from routeopt.kernels.random import below, uniform
from routeopt.kernels.visibility import levels
from routeopt.kernels.visibility.longest_path import best_stretch
from routeopt.kernels.visibility.solution import objective, put, splice, window


class Draws(NamedTuple):
    """How stretches are drawn."""

    widths: NDArray[np.int64]
    """Lengths, in steps."""
    pair: float
    """Chance that two teams are re-solved, one after the other."""
    vary: float
    """Chance of whole routes, and of a stretch without some of the sites."""
    omit: float
    """Chance that some sites are left out of a whole route."""
    omitted: float
    """Share of the sites that are then left out."""
    most: int
    """Sites looked at: those whose best stay gains most."""


class Undo(NamedTuple):
    """What `take_back` needs."""

    size: NDArray[np.int64]
    """(1,) stretches changed."""
    where: NDArray[np.int64]
    """(2, 4) team, first and last (exclusive) of its new visits, how many it had before."""
    visits: NDArray[np.int64]
    """(2, longest, 3) those it had before."""


class Best(NamedTuple):
    """The best plan so far."""

    routes: NDArray[np.int64]
    counts: NDArray[np.int64]
    objective: NDArray[np.float64]
    """(1,) see `solution.objective`."""
    iteration: NDArray[np.int64]
    """(1,) in which it was found."""


class Cooling(NamedTuple):
    """The share of the search that is over by iteration n is 1 − (1 − begun − pace·n)·2^(−n·halving)."""

    begun: float
    rate: float
    halving: float
    hot: float
    """First temperature, relative to what a stop of the plan is worth on average. 0: nothing is decided; the one
    stretch is left as re-solved, for the caller to `levels.settle` or `take_back`."""
    cold: float
    """Last temperature."""


UNDECIDED = Cooling(0.0, 0.0, 0.0, 0.0, 0.0)
"""Nothing is decided."""


@part
def _same(solution, undo):
    """Whether the stretches are what they were."""
    for n in range(undo.size[0]):
        team, first, last, count = undo.where[n]
        if last - first != count:
            return False
        for r in range(count):
            for c in range(3):
                if solution.routes[team, first + r, c] != undo.visits[n, r, c]:
                    return False
    return True


@part
def _draw(draws, teams, first_step, n_steps, undo, state):
    """Draw a stretch: its teams (into ``undo``), its first step, its width and the chance to omit sites."""
    width = draws.widths[below(state, draws.widths.shape[0])]
    omit = draws.vary
    if uniform(state) < draws.vary:
        width, omit = 2 * n_steps, draws.omit
    begin = first_step - width // 2 + below(state, width // 2 + max(n_steps - width // 2, 1))
    one = below(state, teams.shape[0])
    undo.size[0] = 1
    undo.where[0, 0] = teams[one]
    if teams.shape[0] > 1 and uniform(state) < draws.pair:
        two = below(state, teams.shape[0] - 1)
        undo.where[1, 0] = teams[two + (two >= one)]
        undo.size[0] += undo.where[1, 0] != undo.where[0, 0]
    return begin, width, omit


@kernel
def take_back(solution, undo, fade, marks, coverage):
    """Undo the stretches that were re-solved."""
    for n in range(undo.size[0]):
        team, first, last, count = undo.where[n]
        put(solution, team, first, last, undo.visits[n, :count])
    levels.take_back(fade, marks, coverage)


@kernel
def anneal(
    instance, solution, coverage, marks, best, undo, scratch, draws, cooling, owed, teams, first_step, n_steps,
    begin, n_iterations, state,
):  # fmt: skip
    """Iterations ``begin``, ``begin`` + 1, … of a search by simulated annealing.

    Parameters
    ----------
    best
        The best plan so far; kept up to date.
    owed
        What the mandatory tasks that are left out cost, were it all of them (temperatures are relative to what is
        seen and won).
    teams
        Those whose stretches are re-solved.
    first_step, n_steps
        When: all that is done then may change.
    """
    menu = instance.menu
    n_dwells = menu.dwell_steps.shape[0]
    gain = instance.tasks.gain
    open_to = np.empty(instance.stoppable.shape[1], dtype=np.bool_)
    value = objective(solution, n_dwells, gain, coverage.seen)
    for iteration in range(begin, begin + n_iterations):
        start, width, omit = _draw(draws, teams, first_step, n_steps, undo, state)
        for n in range(-1, undo.size[0]):
            if n < 0:  # take the old stretches out
                for k in range(undo.size[0]):
                    team = undo.where[k, 0]
                    first, last = window(menu, solution, team, start, start + width)
                    undo.where[k, 1], undo.where[k, 3] = first, last - first
                    for r in range(last - first):
                        copy(undo.visits[k, r], solution.routes[team, first + r])
                    splice(instance, solution, team, first, last, undo.visits[k, :0], marks)
                    solution.holes[team] = first
            else:
                team, first = undo.where[n, 0], undo.where[n, 1]
                some = uniform(state) < omit
                for i in range(open_to.shape[0]):
                    open_to[i] = not some or uniform(state) >= draws.omitted
                visits = best_stretch(instance, solution, coverage, scratch, team, first, draws.most, open_to)
                splice(instance, solution, team, first, first, visits, marks)
                undo.where[n, 2] = first + visits.shape[0]
            levels.refresh_near(
                instance.movement,
                menu,
                instance.teams,
                solution.routes,
                solution.counts,
                solution.holes,
                marks,
                coverage,
            )
        if cooling.hot == 0.0:
            continue
        new = objective(solution, n_dwells, gain, coverage.seen)
        share = 1.0 - (1.0 - cooling.begun - cooling.rate * iteration) * 0.5 ** (iteration * cooling.halving)
        fall = (cooling.cold / cooling.hot) ** min(1.0, max(0.0, share))
        n_visits = 0
        for team in range(solution.counts.shape[0]):
            n_visits += solution.counts[team]
        heat = cooling.hot * fall * (value - owed) / max(1, n_visits)
        if not _same(solution, undo) and new >= value + heat * np.log(uniform(state) + 1e-300):
            levels.settle(menu.fade, marks, coverage)
            value = objective(solution, n_dwells, gain, coverage.seen)
            if value > best.objective[0]:
                best.objective[0], best.iteration[0] = value, iteration + 1
                copy(best.counts, solution.counts)
                for team in range(solution.counts.shape[0]):
                    for r in range(solution.counts[team]):
                        copy(best.routes[team, r], solution.routes[team, r])
        else:
            take_back(solution, undo, menu.fade, marks, coverage)
