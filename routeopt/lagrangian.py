"""Upper bound on the value of any plan, visibility and rewards of tasks, by Lagrangian relaxation.

The presence and the departures that demand points receive equal those that routes provide. Relaxing these
equations (Geoffrion 1974) with prices splits the problem into two subproblems: each point chooses what it
receives, and each team the route it provides (`kernels.bound`). For any prices, the value of any plan is at most
the sum of the points' greatest gains and the teams' greatest revenues. Subgradient steps of adaptive length
(Kingma and Ba 2015, "Adam") lower this sum, starting from the mean marginal gains of good plans. The steps solve
the points' subproblem on a coarser grid than the bound itself, at first with several time steps in one.

Tasks: every reward that some team can earn is added, and teams may stop at the sites of tasks, for as short as the
shortest service, so that the bound covers the visibility of every plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.errors import Fault, InputError
from routeopt.guard import function, kind, refuse
from routeopt.kernels.bound.points import Grid, Points, Stays, grid, solve_points, stays
from routeopt.kernels.bound.prices import Goods, Prices
from routeopt.kernels.bound.routes import Revenues, deliver, leg_revenues, solve_routes, stay_revenues
from routeopt.kernels.visibility.levels import Route
from routeopt.plan import Plan, check_plan
from routeopt.problem import Problem
from routeopt.problem.tasks import feasible, reachable
from routeopt.search.state import Progress, Search
from routeopt.search.tracker import Tracker
from routeopt.strategies import best_response

STRONG = 0.6
"""A stay is strong at a demand point from this share of the greatest strength there on."""
BIN_MIN = 15.0
"""Length of a bin, in which a price is constant, minutes."""
SMOOTH_MIN = 30.0
"""Time over which the marginal gains of a plan are averaged, minutes."""
COARSE, FINE = 24, 60
"""Levels of a point's subproblem: for a step of the prices, and for the bound itself."""
LINK_COARSE, LINK_FINE = (10, 5), (20, 10)
"""Greatest length, in steps, of the strong and the weak stay that a departure requires: coarse, fine."""
LONG_MIN, ENOUGH = 3.0, 6e-4
"""Longest step of the coarse subproblem, minutes, used while the bound falls by this much between evaluations."""
N_PLANS, HERE, LEAVE = 9, 1.3, 1.1
"""Number of plans whose mean marginal gains are the first prices; factors on those of presence, of departures."""
QUICK = 100
"""Iterations for each of these plans, apart from a given one."""
RATE, SLOWER = 0.2, 1.0
"""First step, relative to the first prices, and iterations after which steps have shrunk by √2."""
MOMENTUM, MEMORY = 0.8, 0.95
"""Decay rates of the running means of the direction and of its square."""
FRESH, LOOK = 0.1, 20
"""Weight of the latest prices in their running average, and iterations between evaluations of the bound at that
average: the steps swing about the least bound, and their average is nearer to it (Polyak and Juditsky 1992)."""


@dataclass(frozen=True)
class Bound:
    """An upper bound on the value of every plan."""

    value: float
    """The bound; at most 1 plus the rewards."""
    runtime_s: float
    iterations: int
    history: tuple[tuple[float, float], ...]
    """(seconds, bound) at each improvement."""
    interrupted: bool = False
    """Whether the search ended early by Ctrl-C."""


def check_bound(problem: Problem) -> None:
    """Check that there can be a bound: that the profiles know all legs.

    Raises
    ------
    InputError
        If they do not.
    """
    if not all(profile.knows_all for profile in problem.profiles):
        raise InputError(Fault("RO-473", "problem", sites=problem.n_sites))


def bound(problem: Problem, budget: Budget, plan: Plan | None = None, progress: Progress | None = None) -> Bound:
    """Return the least upper bound found within ``budget``; Ctrl-C ends it early.

    An iteration is one set of prices. Goals are left out: no plan that holds their floors is worth more either.

    Parameters
    ----------
    problem
        From `build`.
    budget
        When to stop.
    plan
        A good plan, for the first prices and for comparison. Default: the result of a short search.
    progress
        Called with (seconds, value of that plan, bound so far).

    Raises
    ------
    InputError
        If the plan is not one of this problem (`routeopt.plan.check_plan`), or the problem is a part of a
        larger one with what others do as given, or has profiles that do not know all legs.
    InfeasibleError
        If no plan exists.
    """
    faults = kind("problem", problem, Problem) + kind("budget", budget, Budget)
    refuse(faults + function("progress", progress))
    if problem.absent0.size or problem.keep0.size:
        raise InputError(Fault("RO-439", "problem"))
    refuse([Fault("RO-494", "problem.team_anywhere")] if problem.team_anywhere.any() else [])
    check_bound(problem)
    plan = None if plan is None else check_plan(problem, plan)
    problem = replace(problem, goals=())
    dual, tracker = Dual(problem), Tracker(budget, None)
    best, interrupted, n, looked, refined = 1.0 + dual.rewards, False, 0, 0, False
    history = [(0.0, best)]

    def look() -> None:
        nonlocal best, looked, refined
        value, looked = dual.bound(prices.average), n
        refined = refined or value > best - ENOUGH
        if value < best:
            best = value
            history.append((tracker.seconds, best))

    try:
        if plan is None:
            plan = best_response.solve(problem, Budget(iterations=QUICK)).plan
        prices = _Descent(dual.first([plan, *_quick_plans(problem, tracker)]))
        value = dual.value(plan)
        while tracker.go_on():
            prices.move(dual.slope(prices.now, refined))
            n += 1
            if n == 1 or n % LOOK == 0:
                look()
            if progress is not None:
                progress(tracker.seconds, value, best)
            tracker.value = -best
        if looked < n:
            look()
    except KeyboardInterrupt:
        interrupted = True
    return Bound(best, tracker.seconds, n, tuple(history), interrupted)


class _Descent:
    """Prices that move against slopes, and their average; the step is that of Adam with a falling rate."""

    def __init__(self, first: NDArray[np.float64]) -> None:
        self.now = self.average = first
        self.scale = first + 1e-6 * first.mean()
        self.direction, self.square = np.zeros_like(first), np.zeros_like(first)
        self.n = 0

    def move(self, slope: NDArray[np.float64]) -> None:
        """Take a step."""
        self.n += 1
        n = self.n
        self.direction = MOMENTUM * self.direction + (1.0 - MOMENTUM) * slope
        self.square = MEMORY * self.square + (1.0 - MEMORY) * slope**2
        size = np.sqrt(self.square / (1.0 - MEMORY**n)) + 1e-9
        step = RATE / np.sqrt(1.0 + n / SLOWER) * self.direction / (1.0 - MOMENTUM**n) / size
        self.now = np.maximum(0.0, self.now - step * self.scale)
        fresh = max(FRESH, 3.0 / (n + 3.0))
        self.average = (1.0 - fresh) * self.average + fresh * self.now


def _quick_plans(problem: Problem, tracker: Tracker) -> list[Plan]:
    """Make plans of different seeds, as many as a tenth of the time allows."""
    plans: list[Plan] = []
    while len(plans) < N_PLANS - 1 and (tracker.budget.share(tracker.seconds, 0) or 0.0) < 0.1:
        plans.append(best_response.solve(problem, Budget(iterations=QUICK), seed=len(plans)).plan)
    return plans


class Programme(NamedTuple):
    """The points' subproblem at one resolution, for `kernels.bound.points.solve_points`."""

    points: Points
    levels: Grid
    stays: Stays
    """States of the stays in progress."""
    every: int
    """Number of time steps taken as one; 1 for a valid bound."""


class Dual:
    """The Lagrangian dual function: both subproblems, with the prices as one vector."""

    _warm = False

    def __init__(self, problem: Problem) -> None:
        self.problem, self.search = problem, Search(problem)
        search, n_steps = self.search, problem.n_steps
        rows = search.movement.periods[1:].tolist()
        self.legs = [[p, *sorted(set(row) - {p})] for p, row in enumerate(rows)]
        """By whose legs the teams of each profile move, at any time, its own first: a bound on what they earn."""
        self.movement = search.movement
        travel = self.movement.legs.steps.reshape(-1, problem.n_sites, problem.n_sites)
        self.travel = [travel[row].min(axis=0) for row in self.legs]
        """Travel time of each profile, (n_sites, n_sites) steps: of the shortest leg of any period."""
        minutes = 60.0 / problem.clock.step_s
        self.width = max(1, round(BIN_MIN * minutes))
        self.n_bins = -(-n_steps // self.width)
        self.stoppable, can = problem.site_stoppable.copy(), reachable(problem).any(axis=1)
        self.stoppable[problem.tasks.site[can]] = True
        self.rewards = float(problem.tasks.reward[feasible(problem) & problem.tasks.is_first].sum())
        steps, effect = search.menu.dwell_steps, problem.dwell_effect
        shortest = problem.tasks.service_steps[can].min(initial=steps[0])
        if shortest < steps[0]:
            steps, effect = np.append(shortest, steps).astype(np.int64), np.append(0.0, effect)
        different, first = np.unique(effect[effect > 0], return_index=True)
        kind = np.where(effect > 0, np.searchsorted(different, effect), -1)
        here, stay, dose, strong = self._strengths(effect, kind)
        self.n_types = len(dose)
        self.goods = Goods(steps, effect, kind, len(different), strong, float(problem.passage_effect))
        points = Points(search.coverage.demand, search.coverage.level0, here, stay, dose)
        longest = max(1, int(LONG_MIN * minutes))
        every = max(k for k in range(1, self.width + 1) if self.width % k == 0 and k <= longest)
        needed = steps[effect > 0][first]
        self.coarse = [self._programme(points, COARSE, needed, LINK_COARSE, k, np.float32) for k in (every, 1)]
        self.fine = self._programme(points, FINE, needed, LINK_FINE, 1, np.float64)
        same: dict[tuple[int, float, int, int], dict[tuple[int, int], int]] = {}
        for team in range(problem.n_teams):
            start, home, now, finish = search.ends[team].tolist()
            starts = same.setdefault(
                (int(problem.team_profile[team]), float(problem.team_factor[team]), home, finish), {}
            )
            starts[start, now] = starts.get((start, now), 0) + 1
        self.shifts = sorted((key, sorted(starts.items())) for key, starts in same.items())
        """((profile, factor, end site, end step), [((start site, start step), number of teams), …])."""
        if not Dual._warm:
            self._warm_up()
            Dual._warm = True

    def _warm_up(self) -> None:
        """Compile every kernel, or load it from the cache, before the time starts, on the first point alone."""
        nothing = np.zeros(self.split().here.size * (1 + self.n_types))
        for how in (self.coarse[0], self.fine):
            demand, level0, *rest = how.points
            one = (demand[:1], level0[:1], *(np.ascontiguousarray(table[..., :1]) for table in rest))
            prices = Prices(*(np.ascontiguousarray(t[..., :1, :]) for t in self.split(nothing)))
            real = how.levels.level.dtype
            solve_points(
                Points(*one), how.levels, how.stays, Prices(*(t.astype(real) for t in prices)),
                self.width // how.every, 1, prices,
            )  # fmt: skip
        self.solve_routes(nothing)

    def value(self, plan: Plan) -> float:
        """Return the value of a plan (see `Search.objective`)."""
        return self.search.value(self.search.rows_of(plan))

    def first(self, plans: Sequence[Plan]) -> NDArray[np.float64]:
        """Return the first prices: the plans' mean marginal gains, times ``HERE`` and ``LEAVE``."""
        from scipy.ndimage import uniform_filter1d

        coverage = self.search.coverage
        smooth = max(1, round(SMOOTH_MIN * 60.0 / self.problem.clock.step_s))
        presence = departure = np.zeros((self.problem.n_points, self.n_bins))
        for plan in plans:
            self.search.set_plan(self.search.rows_of(plan))
            presence = presence + self._binned(uniform_filter1d(coverage.demand * coverage.bare, smooth, axis=1))
            departure = departure + self._binned(uniform_filter1d(coverage.leave, smooth, axis=1))
        departures = np.repeat(LEAVE * departure[None], self.n_types, axis=0)
        return np.concatenate([HERE * presence.ravel(), departures.ravel()]) / len(plans)

    def _strengths(
        self, effect: NDArray[np.float64], kind: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Compute the most that any team can provide to each demand point.

        Returns
        -------
        here : (n_points,)
            Greatest x of any presence.
        stay : (2, n_points)
            Greatest x of strong stays and of weak ones.
        dose : (n_types, n_points)
            Greatest dose of each type of departure.
        strong : (n_points,)
            Least x of a strong stay.
        """
        problem, n_kinds = self.problem, int(kind.max(initial=-1)) + 1
        stay, here = np.zeros((2, problem.n_points)), np.zeros(problem.n_points)
        dose = np.zeros((2 * n_kinds + 1, problem.n_points))
        movement = {
            (q, float(v)): problem.profiles[q]
            for p, v in zip(problem.team_profile.tolist(), problem.team_factor, strict=True)
            for q in self.legs[p]
        }
        for (_, v), profile in movement.items():
            np.maximum.at(stay[0], profile.sight_point, v * profile.sight_rho)
            present, leaves = profile.greatest_passage(problem.n_points)
            here = np.maximum(here, v * present)
            dose[-1] = np.maximum(dose[-1], v * problem.passage_effect * leaves)
        strong = STRONG * stay[0] - 1e-12
        for (_, v), profile in movement.items():
            x = v * profile.sight_rho
            np.maximum.at(stay[1], profile.sight_point, np.where(x < strong[profile.sight_point], x, 0.0))
        for g, k in zip(effect, kind, strict=True):
            if k >= 0:
                dose[k], dose[n_kinds + k] = stay * g
        return np.maximum(here, stay[0]), stay, dose, strong

    def _programme(
        self,
        points: Points,
        n_levels: int,
        needed: NDArray[np.int64],
        most: tuple[int, int],
        every: int,
        real: type[np.floating[Any]],
    ) -> Programme:
        """Build the points' subproblem with ``n_levels`` levels and ``every`` time steps in one.

        Parameters
        ----------
        needed : (n_kinds,)
            Steps of stay that a departure of each kind requires.
        most
            Upper limits on ``needed``, for strong and for weak stays; lower limits relax the bound.
        real
            Floating-point type of the tables.
        """
        problem = self.problem
        fade = self.search.menu.fade**every
        n_steps = -(-problem.n_steps // every)
        apart = np.ceil(3.0 * problem.tau_s / problem.clock.step_s / every / (n_levels - 2))
        levels = grid(fade, n_levels, int(min(max(1, apart), n_steps + 1)), real)
        strong, weak = (np.maximum(1, -(-np.minimum(needed, link) // every)) for link in most)
        demand = np.pad(points.demand, ((0, 0), (0, n_steps * every - problem.n_steps)))
        demand = demand.reshape(len(demand), n_steps, every).sum(axis=2)
        tables = (np.ascontiguousarray(table, dtype=real) for table in (demand, *points[1:]))
        return Programme(Points(*tables), levels, stays(strong, weak, self.n_types), every)

    def _binned(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Average a table (n_points, n_steps) over each bin."""
        missing = self.n_bins * self.width - table.shape[1]
        whole = np.pad(table, ((0, 0), (0, missing)), mode="edge")
        means: NDArray[np.float64] = whole.reshape(table.shape[0], self.n_bins, self.width).mean(axis=2)
        return means

    def split(self, vector: NDArray[np.float64] | None = None) -> Prices:
        """View a vector of prices as `Prices`. Default: zeros."""
        shape = (1 + self.n_types, self.problem.n_points, self.n_bins)
        table = np.zeros(shape) if vector is None else vector.reshape(shape)
        return Prices(table[0], table[1:])

    def bound(self, vector: NDArray[np.float64]) -> float:
        """Return the bound on the value of every plan at these prices."""
        revenue, _ = self.solve_routes(vector)
        total = revenue + self.solve_points(self.fine, vector, self.split())
        return total / self.search.total + self.rewards

    def slope(self, vector: NDArray[np.float64], refined: bool = True) -> NDArray[np.float64]:
        """Return an approximate subgradient of the bound, provided less received; better if ``refined``."""
        received = self.split()
        self.solve_points(self.coarse[refined], vector, received)
        _, provided = self.solve_routes(vector)
        return np.concatenate([
            (provided.here - received.here).ravel(), (provided.leave - received.leave).ravel(),
        ])  # fmt: skip

    def solve_points(self, how: Programme, vector: NDArray[np.float64], received: Prices) -> float:
        """Return the greatest gain of all demand points; fills ``received`` with what they receive for it."""
        most = 2 * self.problem.n_teams  # one presence per team and step; a leg may meet a street twice
        prices = self.split(vector.astype(how.levels.level.dtype))
        prices.here[:] *= how.every
        gain = solve_points(how.points, how.levels, how.stays, prices, self.width // how.every, most, received)
        received.here[:] *= how.every
        return float(gain)

    def solve_routes(self, vector: NDArray[np.float64]) -> tuple[float, Prices]:
        """Return the greatest revenue of all teams, and what their routes provide for it."""
        problem, movement, goods, width = self.problem, self.movement, self.goods, self.width
        prices, provided = self.split(vector), self.split()
        here32, leave32 = prices.here.astype(np.float32), prices.leave.astype(np.float32)
        n_sites, n_steps = problem.n_sites, problem.n_steps
        here_sum = np.empty((n_sites, n_steps + 1))
        leave_at = np.empty((len(goods.effect), n_sites, n_steps + 1))
        leg, other = (np.empty((self.n_bins, n_sites, n_sites), dtype=np.float32) for _ in range(2))
        total, ready = 0.0, None
        for (p, v, home, finish), starts in self.shifts:
            if (p, v) != ready:
                stay_revenues(movement, p, v, goods, prices.here, prices.leave, width, here_sum, leave_at)
                here_sum[~self.stoppable] = 0.0  # waiting at such a post is no patrol
                leg_revenues(movement, p, v, goods, here32, leave32, width, leg)
                for q in self.legs[p][1:]:
                    leg_revenues(movement, q, v, goods, here32, leave32, width, other)
                    np.maximum(leg, other, out=leg)
                ready = (p, v)
            begin = np.array([start for start, _ in starts], dtype=np.int64)
            revenues, visits, ptr = solve_routes(
                self.travel[p],
                goods.dwell_steps,
                self.stoppable,
                home,
                finish,
                begin,
                Revenues(here_sum, leave_at, leg, width),
            )
            for n, ((start, now), count) in enumerate(starts):
                total += count * revenues[n]
                ends = np.array([start, home, now, finish], dtype=np.int64)
                route = Route(p, v, ends, visits[ptr[n] : ptr[n + 1]], -1, self.stoppable)
                deliver(movement, self.travel[p], goods, n_steps, route, width, float(count), provided)
        return float(total), provided
