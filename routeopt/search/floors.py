"""Floors held by prices: goals packed for the kernels, and how their prices rise until they hold.

A goal with price μ adds μ times the share that is reached to the objective: what is seen counts more at its points
and steps, and what is reached in time counts at all (`kernels.visibility.response`). The best plan for given
prices is the best of all plans that reach as much as it does of every goal with a price (Everett 1963, Generalized
Lagrange multiplier method, Operations Research 11). So prices are raised while a floor does not hold, and lowered
while more is reached than asked, by steps that grow until they overshoot, and shrink when they do.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import address
from routeopt.kernels.visibility import levels, response, solution
from routeopt.kernels.visibility.stretch import Gains, Links, Nodes
from routeopt.problem import Problem, Profile
from routeopt.problem.goals import MOST_PRICE, Goal, Measure

if TYPE_CHECKING:
    from routeopt.search.state import Search
from routeopt.search.tracker import Tracker

Array = NDArray[np.float64]

STEP = 3.0
"""Change of a price per unit of what is missing, at first."""
SLOWER, FASTER = 0.6, 1.15
"""Factors on that step where what is missing has changed its sign, and where not (RPROP: Riedmiller and Braun
1993, A direct adaptive method for faster backpropagation learning, IEEE ICNN)."""
LEAST_STEP, MOST_STEP = 0.3, 30.0
"""Limits of that step."""
MARGIN = 0.001
"""What is aimed at above the floor, so that the plans found for slightly wrong prices hold it too."""


RULE_PRICE = 0.5
"""Price at first of goals that a plan must keep."""
RULES_FIRST = 1e3
"""How much more missing one of these counts than missing another floor."""
CHEAPER = 0.97
"""Factor on their price where they are kept."""
SPARED = 0.1
"""What demand still counts, however little of what is seen a fair share leaves to it: a plan is to see more of a
neglected zone, not less of all others."""


class _Row(NamedTuple):
    """A goal as tables: what each of its rows is of the goal's demand, by step; the rows sum to 1."""

    goal: Goal
    rows: NDArray[np.int64]
    """Demand points, or cells of `response.Reach`."""
    share: Array
    """(n_rows, n_steps)"""
    town: Array | None = None
    """(n_rows, n_steps) what each row is of the whole demand in the goal's steps, of a fair share."""

    @property
    def in_cells(self) -> bool:
        """Whether its rows are cells: it is on where teams are, not on what is seen."""
        return self.goal.radius is not None or self.goal.is_on_presence

    def added(self) -> Array:
        """What a price of 1 adds to the demand of each row and step, as a share of the whole."""
        if self.goal.measure in (Measure.UNSEEN, Measure.TIME):
            return -self.share
        return self.share if self.town is None else self.share - self.goal.at_least * self.town

    def reached(self, seen: Array) -> float:
        """How much of the goal is reached, where its rows are seen so far, (n_rows, n_steps)."""
        found = float((self.share * seen).sum())
        if self.goal.measure in (Measure.UNSEEN, Measure.TIME):
            return 1.0 - found
        if self.town is None:
            return found
        town = float((self.town * seen).sum())
        return found / town if town > 0 else 1.0


class Floors:
    """The goals of a problem, their prices, and the tables by which kernels count with them."""

    def __init__(self, problem: Problem) -> None:
        self.goals = problem.goals
        self.prices = np.array([goal.price for goal in problem.goals])
        self.at_least = np.array([goal.at_least for goal in problem.goals])
        self._fixed = np.array([goal.fixed_price for goal in problem.goals])
        self._rule = np.array([goal.is_rule for goal in problem.goals])
        self.prices[self._rule] = np.maximum(self.prices[self._rule], RULE_PRICE)
        self.total = float(problem.demand.sum())
        self.demand = problem.demand
        self._cells, self._rows = _tables(problem)
        self._step = np.full(len(self.goals), STEP)
        self._missing = np.zeros(len(self.goals))
        self.kept = tuple(self.prices.tolist())
        """Prices under which the plan was found that was kept."""
        self._best = -np.inf, -np.inf
        """Of the plan that was kept: what it misses, negative, and its value."""
        self._weight = np.zeros((self._cells.n, problem.n_steps))
        self._weigh()

    def _weigh(self) -> None:
        self._weight[:] = 0.0
        for row, price in zip(self._rows, self.prices, strict=True):
            if row.in_cells:
                self._weight[row.rows] += price * self.total * row.added()

    def priced_demand(self) -> Array:
        """Return the demand with what the goals of visibility add to it, (n_points, n_steps)."""
        found, priced = self.demand.copy(), list(zip(self._rows, self.prices, strict=True))
        fair = [(row, price) for row, price in priced if row.town is not None and price > 0]
        for row, price in fair:
            found[row.rows] += price * self.total * row.added()
        if fair:
            found = np.maximum(found, SPARED * self.demand)
        for row, price in priced:
            if not row.in_cells and row.town is None:
                found[row.rows] += price * self.total * row.added()
        return found

    def reach(self, problem: Problem, free: NDArray[np.bool_]) -> response.Reach:
        """Return the tables of what is reached in time, with counts of their own; the weights are shared."""
        if not self._cells.n:
            return response.NO_REACH
        shape = self._weight.shape
        counts = np.zeros(shape, np.int16), np.zeros(shape, np.float32), np.zeros(shape, np.int16)
        return response.Reach(
            self._cells.ptr, self._cells.cell, problem.team_powers.copy(), free, self._weight, self._cells.need,
            *counts, np.zeros(1, np.bool_), 0, 0, 0, 0,
        )  # fmt: skip

    def reached(self, coverage: levels.Coverage, reach: response.Reach) -> Array:
        """Return how much of each goal the plan that is covered reaches, (n_goals,)."""
        found = np.empty(len(self.goals))
        for g, row in enumerate(self._rows):
            if not row.in_cells:
                seen = 1.0 - coverage.absent[row.rows] * coverage.bare[row.rows]
            else:
                seen = (reach.reaching[row.rows] >= reach.need[row.rows, None]).astype(np.float64)
            found[g] = row.reached(seen)
        return found

    def missing(self, reached: Array) -> float:
        """Return by how much all floors together are missed; 0 where all hold."""
        short = (self.at_least - reached) * np.where(self._rule, RULES_FIRST, 1.0)
        return float(short[(short > 1e-9) & ~self._fixed].sum())

    def unmet(self, reached: Array) -> float:
        """Return what the goals cost that a plan may miss at a price, as a share of the demand."""
        return float((self.prices * (1.0 - reached))[self._fixed].sum())

    def offer(self, searches: Sequence[Search], tracker: Tracker) -> None:
        """Keep the best of the present plans if it misses less of the floors than any before, or is worth more."""
        for search in searches:
            if len(search.missing()):
                continue
            reached = self.reached(search.coverage, search.reach)
            missing = self.missing(reached)
            value = search.worth() - search.left() - self.unmet(reached)
            if (-missing, value) > self._best:
                self._best, self.kept = (-missing, value), tuple(self.prices.tolist())
                tracker.keep(search.copy_routes(), value)
                tracker.improved_at = tracker.iterations

    def adjust(self, searches: Sequence[Search]) -> None:
        """Change the prices by what the present plans reach on average, and go on under the new ones."""
        reached = np.mean([self.reached(one.coverage, one.reach) for one in searches], axis=0)
        missing = self.at_least + np.where(self._rule, 0.0, MARGIN) - reached
        self._step *= np.where(missing * self._missing < 0, SLOWER, FASTER)
        self._step = np.clip(self._step, LEAST_STEP, MOST_STEP)
        self._missing = missing
        changed = np.clip(self.prices + self._step * missing, 0.0, MOST_PRICE)
        changed[self._rule & (missing <= 1e-9)] *= CHEAPER
        self.prices = np.where(self._fixed, self.prices, changed)
        self._weigh()
        for search in searches:
            search.reprice()


class _Cells(NamedTuple):
    """Demand points of each radius and number of teams in use; those reached from the same sites are together."""

    n: int
    ptr: NDArray[np.int64]
    cell: NDArray[np.int32]
    need: NDArray[np.int16]
    """(n_cells,) number of teams that must reach it."""
    of: dict[tuple[int, int], NDArray[np.int64]]
    """Radius and number of teams → (n_points,) cell of each point."""
    of_sites: dict[tuple[bytes, int], int]
    """Sites of a goal on presence, and a number of teams → their cell."""


class _Known(NamedTuple):
    """What the tables of a problem's goals were made of, and what they are."""

    goals: list[tuple[object, ...]]
    arrays: list[NDArray[Any]]
    cells: _Cells
    rows: list[_Row]
    """Their goals keep the arrays of points alive, by whose addresses ``goals`` knows them."""


_KNOWN: weakref.WeakKeyDictionary[Profile, _Known] = weakref.WeakKeyDictionary()
"""Tables by the first profile, kept while it lives: re-planning a shift makes a search for every event."""


def _tables(problem: Problem) -> tuple[_Cells, list[_Row]]:
    """Return the cells and the rows of a problem's goals; known again for the same arrays, whatever the prices."""
    goals: list[tuple[object, ...]] = [
        (g.at_least, g.radius, g.responders, g.steps, g.measure, id(g.points), id(g.sites)) for g in problem.goals
    ]
    arrays: list[NDArray[Any]] = [problem.demand, *problem.response_ptr, *problem.response_point]
    known = _KNOWN.get(problem.profiles[0])
    if known is not None and known.goals == goals and list(map(id, known.arrays)) == list(map(id, arrays)):
        return known.cells, known.rows
    cells = _cells(problem)
    rows = [_row(problem, cells, goal) for goal in problem.goals]
    _KNOWN[problem.profiles[0]] = _Known(goals, arrays, cells, rows)
    return cells, rows


def _row(problem: Problem, cells: _Cells, goal: Goal) -> _Row:
    if goal.is_on_presence:
        time = np.zeros((goal.responders, problem.n_steps))
        time[:, goal.span(problem.n_steps)] = 1.0
        own = [cells.of_sites[goal.sites.tobytes(), n] for n in range(1, goal.responders + 1)]
        return _Row(goal, np.array(own), time / time.sum())
    share = goal.demand(problem.demand)
    share /= share.sum()
    if goal.radius is not None:
        of = cells.of[goal.radius, goal.responders]
        order = np.argsort(of, kind="stable")
        first = np.flatnonzero(np.append(True, np.diff(of[order]) != 0)) if len(of) else order
        by_cell = np.zeros((cells.n, problem.n_steps))
        by_cell[of[order][first]] = np.add.reduceat(share[order], first, axis=0)
        share = by_cell
    if goal.measure != Measure.FAIR:
        rows = np.flatnonzero(share.any(axis=1))
        return _Row(goal, rows, share[rows])
    town = goal.of_town().demand(problem.demand)
    rows = np.flatnonzero(town.any(axis=1))
    return _Row(goal, rows, share[rows], town[rows] / town.sum())


def _cells(problem: Problem) -> _Cells:
    """Find the cells of the radii for which there are goals."""
    rows = [np.zeros(0, dtype=np.int64)]
    cells = [np.zeros(0, dtype=np.int64)]
    need: list[int] = []
    of, n = {}, 0
    for radius, teams in sorted({(g.radius, g.responders) for g in problem.goals if g.radius is not None}):
        ptr, point = problem.response_ptr[radius], problem.response_point[radius]
        row = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
        order = np.lexsort((row, point))
        parts = np.split(row[order], np.searchsorted(point[order], np.arange(1, problem.n_points)))
        numbers: dict[bytes, int] = {}
        found = np.array([numbers.setdefault(part.tobytes(), n + len(numbers)) for part in parts])
        of[radius, teams] = found
        need += [teams] * len(numbers)
        n += len(numbers)
        pairs = np.unique(row * n + found[point])
        rows.append(pairs // n)
        cells.append(pairs % n)
    of_sites: dict[tuple[bytes, int], int] = {}
    asked = ((g, k) for g in problem.goals if g.is_on_presence for k in range(1, g.responders + 1))
    for goal, number in asked:
        key = goal.sites.tobytes(), number
        if key not in of_sites:
            of_sites[key] = n
            own = np.flatnonzero(np.tile(goal.sites, len(problem.profiles)))
            rows.append(own)
            cells.append(np.full(len(own), n))
            need.append(number)
            n += 1
    row, cell = np.concatenate(rows), np.concatenate(cells)
    order = np.lexsort((cell, row))
    ptr = np.searchsorted(row[order], np.arange(len(problem.profiles) * problem.n_sites + 1))
    counts = np.array(need, dtype=np.int16)
    return _Cells(n, ptr.astype(np.int64), cell[order].astype(np.int32), counts, of, of_sites)


def compiled(
    movement: levels.Movement,
    menu: levels.Menu,
    teams: levels.Teams,
    plan: solution.Solution,
    marks: levels.Marks,
    reach: response.Reach,
    seen: Array,
) -> response.Reach:
    """Return the tables with the addresses of the kernels that use them."""
    types: dict[int, object] = {}
    whole, real, flat = np.zeros(1, np.int64), np.zeros(1), np.zeros((1, 1))
    small, flags = np.zeros(1, np.float32), np.zeros(1, np.bool_)
    gap = solution.Gap(0, 1.0, 0, 0, 0, 0, True, True, 0, 0)
    nodes = Nodes(whole, whole, whole, whole, whole, whole, flags, flags, flags, 0)
    gains = Gains(flat, flat, flat.astype(np.float32), flat.astype(np.float32), real, flat, flat)
    links = Links(whole, whole, whole, whole, small, small, whole)
    return reach._replace(
        recount=address(response.recount, types, movement, menu, teams, plan, marks, reach, seen),
        restore=address(response.restore, types, marks, reach, seen),
        add_stays=address(response.add_stays, types, reach, gap, whole, whole, whole, flat, flat),
        add_legs=address(response.add_legs, types, movement, gap, nodes, gains, links, flat),
    )
