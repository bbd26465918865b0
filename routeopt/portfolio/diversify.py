"""Another plan of about the same value: annealing in which a stop costs what other plans repeat of it.

The search is that of `routeopt.strategies.best_response`. What others repeat enters it by the table that prices
response coverage (`routeopt.kernels.visibility.response`): being at a place, in reach of a cell of its own, has a
negative weight while others stop there, so that best responses keep away from where and when others stop. What is
accepted is decided by the value less a weight times the mean share of others that repeat a stop. The weight rises
while the plan is worth more than it must be, and falls while it is worth less.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.random import states
from routeopt.kernels.visibility.anneal import UNDECIDED, Draws
from routeopt.plan import Plan, Route, Visit
from routeopt.portfolio.overlap import stops
from routeopt.problem import Problem
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search.state import Search, Visits
from routeopt.strategies.best_response import OMIT, OMITTED, PAIR, WINDOWS_MIN

Array = NDArray[np.float64]

WEIGHT = 0.3
"""What it is worth at first that no stop is repeated, as a share of the plan's value."""
STEER, MOST_STEER = 30.0, 0.25
"""Logarithm of the factor on the weight per share of value above the least, and its limit."""
MARGIN = 0.0003
"""What is aimed at above the least, as a share of it."""
HOT, COLD = 0.02, 0.002
"""First and last temperature, relative to the average value per stop."""
CHUNK = 500
"""Iterations of one change."""
PIECE = 50
"""Iterations between changes of the weight."""
GUIDE = 0.5
"""Share of the weight that best responses count with: they pay by the time at a place rather than by the stop."""
BONUS = 3.0
"""What a stop that is wanted is worth, in average stops."""
WANTED = "\0"
"""How the names of tasks begin that are stops which are wanted."""
LEAST = 1e-12
"""Floor of the goal that holds the weights: it asks for nothing."""


@dataclass(frozen=True, eq=False)
class Start:
    """What to change, and when to end."""

    plan: Plan
    least: float
    """Value that the plan must have."""
    weight: float = WEIGHT
    seed: int = 0
    iterations: int = CHUNK
    seconds: float = math.inf


@dataclass(frozen=True, eq=False)
class Found:
    """The most different plan that is worth enough; None if there was none."""

    plan: Plan | None
    weight: float
    iterations: int


class Diversifier:
    """Makes plans of one problem different from others; reusable, as packing a problem takes a while."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._search = Search(_with_cells(problem))

    def improve(self, start: Start, others: Array, wanted: Sequence[Task] = ()) -> Found:
        """Change a plan so that fewer of its stops are repeated.

        Parameters
        ----------
        others
            Share of the other plans that repeat a stop at each site begun in each step, (n_sites, n_steps).
        wanted
            Stops that are to be held as far as the value allows; their rewards are set here.
        """
        search = self._search
        if wanted:
            worth = BONUS * start.least / max(1, sum(len(route.visits) for route in start.plan.routes))
            priced = [replace(task, reward=worth, mandatory=False) for task in wanted]
            search = Search(_with_cells(with_tasks(self.problem, priced)))
        run = _Run(self.problem, search, start, others)
        run.go()
        return Found(run.best, run.weight, run.iterations)


def _with_cells(problem: Problem) -> Problem:
    """Return the problem with a radius in which every site reaches a point of its own, and a goal for it."""
    n_sites, n_rows = problem.n_sites, len(problem.profiles) * problem.n_sites
    point = np.resize(np.arange(n_sites) % problem.n_points, n_rows).astype(np.int32)
    responds = any(goal.radius is not None for goal in problem.goals)  # whose floors count powers
    return replace(
        problem,
        team_powers=problem.team_powers if responds else np.ones(problem.n_teams, dtype=np.bool_),
        handling_min=(*problem.handling_min, max(problem.handling_min, default=0.0) + 1.0),
        response_ptr=(*problem.response_ptr, np.arange(n_rows + 1, dtype=np.int64)),
        response_point=(*problem.response_point, point),
        goals=(*problem.goals, Goal("", LEAST, radius=len(problem.handling_min))),
    )


class _Run:
    """One annealing."""

    def __init__(self, problem: Problem, search: Search, start: Start, others: Array) -> None:
        self.problem, self.search, self.start, self.others = problem, search, start, others
        self.weight, self.iterations = start.weight, 0
        self.best: Plan | None = None
        self._score = math.inf
        assert search.floors is not None
        self.floors = search.floors
        self.missing = 0.0
        self.wanted = np.flatnonzero([name.startswith(WANTED) for name in search.problem.tasks.names])
        """Tasks of the search's problem that are stops which are wanted."""
        self._price = self._unit()

    def _unit(self) -> Array:
        """Return the weights of the cells of all sites for a weight of 1, (n_sites, n_steps).

        All of a plan's stops together cost the mean of what others repeat, as a share of its value.
        """
        own = stops(self.problem, self.start.plan)
        length = own[:, 2] - own[:, 1]
        middle = int(length.mean() / 2) if len(own) else 0
        shifted = np.zeros(self.others.shape)
        shifted[:, middle:] = self.others[:, : self.others.shape[1] - middle]
        return -shifted * (self.search.total * self.start.least / max(1, int(length.sum())))

    def go(self) -> None:
        """Run to the end; `best` is what was found."""
        search, start, began = self.search, self.start, time.perf_counter()
        search.set_plan(search.rows_of(start.plan))
        self.missing = self.floors.missing(self.floors.reached(search.coverage, search.reach))
        minute = 60.0 / self.problem.clock.step_s
        widths = np.array([max(1, int(one * minute)) for one in WINDOWS_MIN])
        teams, state = np.arange(self.problem.n_teams), states(start.seed, 1)[0]
        rng = np.random.default_rng([start.seed, 1])
        draws = Draws(widths, PAIR, 0.0, OMIT, OMITTED, Search.MOST, teams, 0, self.problem.n_steps)
        repeated = np.array([self._repeated(team) for team in teams.tolist()])
        heat, value = start.least / max(1.0, repeated[:, 1].sum()), self._value()
        for iteration in range(start.iterations):
            if iteration % PIECE == 0:
                if time.perf_counter() - began > start.seconds:
                    break
                self._steer(value if iteration else None)
            search.anneal(draws, UNDECIDED, 0, 1, state)
            self.iterations += 1
            changed = search.changed()
            if not changed:
                continue
            after = repeated.copy()
            for team in changed:
                after[team] = self._repeated(team)
            new = self._value()
            gain = new - value - self.weight * start.least * (_mean(after) - _mean(repeated))
            temperature = heat * HOT * (COLD / HOT) ** (iteration / start.iterations)
            if gain >= 0 or rng.random() < math.exp(gain / max(temperature, 1e-300)):
                search.settle()
                value, repeated = new, after
                self._keep(value, _mean(repeated))
            else:
                search.put_back()

    def _steer(self, value: float | None) -> None:
        """Change the weight by the value of the present plan, and count with it."""
        if value is not None:
            above = value / self.start.least - 1 - MARGIN if self.start.least > 0 else 0.0
            self.weight *= math.exp(min(MOST_STEER, max(-MOST_STEER, STEER * above)))
        search, row = self.search, np.arange(self.problem.n_sites)
        cell = search.reach.cell[search.reach.ptr[row + 1] - 1]  # the last radius is that of the sites
        search.reach.weight[cell] = GUIDE * self.weight * self._price
        search.reprice()

    def _value(self) -> float:
        """Return the value of the present plan, without what is wanted; −1 if a mandatory task is unserved."""
        search = self.search
        if not self.problem.goals and not len(search.problem.tasks):
            return search.as_share(float(search.coverage.seen[: self.problem.n_points].sum()))
        if len(search.missing()):
            return -1.0
        return search.worth() - float(search.problem.tasks.reward[self.wanted][search.done()[self.wanted]].sum())

    def _repeated(self, team: int) -> tuple[float, float]:
        """Return the sum over a team's stops of the share of plans that repeat them, and the number of stops."""
        route = self.search.route(team)
        if not len(route):
            return 0.0, 0.0
        stop = route[:, 2] < self.problem.activities.first_task
        first = stop & np.append(True, (route[1:, 0] != route[:-1, 0]) | ~stop[:-1])
        return float(self.others[route[first, 0], route[first, 1]].sum()), float(first.sum())

    def _keep(self, value: float, repeated: float) -> None:
        """Keep the plan if it is worth enough, holds the floors as before, and is the most different so far."""
        if value < self.start.least:
            return
        search, score = self.search, repeated
        if len(self.wanted):
            score -= float(search.done()[self.wanted].mean())
        if score >= self._score:
            return
        if self.floors.missing(self.floors.reached(search.coverage, search.reach)) > self.missing + 1e-9:
            return
        self.best, self._score = self._plain(search.copy_routes()), score

    def _plain(self, routes: Sequence[Visits]) -> Plan:
        """Return the plan with the stops that were wanted as ordinary ones, where stops may follow so soon."""
        first = self.problem.activities.first_task + len(self.problem.tasks)
        found = []
        for route in self.search.plan(routes).routes:
            starts = [v.start for v in route.visits if 0 <= v.activity < self.problem.activities.first_task]
            visits: list[Visit] = []
            for visit in route.visits:
                if visit.activity < first:
                    visits.append(visit)
                elif all(abs(visit.start - start) >= self.problem.spacing_steps for start in starts):
                    visits.append(Visit(visit.site, visit.start, 0))
                    starts.append(visit.start)
            found.append(Route(route.team, tuple(visits)))
        return Plan(tuple(found))


def _mean(repeated: Array) -> float:
    total, n = repeated.sum(axis=0)
    return float(total / max(1.0, n))
