"""How far from the best possible: an upper bound on the value of any plan, visibility and rewards of tasks.

The plan is split in two halves that agree by price: demand points buy what serves them best, teams sell what their
best routes give (`kernels.bound`). Whatever the prices are, the value of any plan is at most the
points' greatest gains plus the teams' greatest revenues (Lagrangian relaxation of "what is bought is what is
sold"; Geoffrion 1974). The search lowers that by subgradient steps of adaptive length (Kingma and Ba 2015, "Adam")
from the mean marginal gains of good plans; the steps take coarser programmes of the buyers than the bound itself,
the first of them with several steps of time in one.

Tasks: every reward that somebody can win is added, and teams may stop at the places of tasks, for as short as the
shortest service, so that no plan's visibility is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from routeopt.budget import Budget
from routeopt.guard import kind, refuse
from routeopt.kernels.bound.points import Grid, Points, Stays, grid, solve_points, stays
from routeopt.kernels.bound.prices import Goods, Prices
from routeopt.kernels.bound.routes import deliver, legs, solve_routes, stay_revenues
from routeopt.plan import Plan, check_plan
from routeopt.problem import Problem
from routeopt.problem.tasks import reachable
from routeopt.search.state import Progress, Search, Tracker, routes_of
from routeopt.strategies import best_response

STRONG = 0.6
"""Stays are strong from this share of the greatest strength at a demand point on."""
BIN_MIN = 15.0
"""A price holds for this long."""
SMOOTH_MIN = 30.0
"""The marginal gains of a plan are averaged over this time."""
COARSE, FINE = 24, 60
"""Levels in a buyer's programme: for the next step of the prices, and for the bound itself."""
LINK_COARSE, LINK_FINE = (10, 5), (20, 10)
"""Steps of a strong and of a weak stay that a departure needs at most, in either."""
LONG_MIN, ENOUGH = 3.0, 6e-4
"""Longest steps of the coarse programme, for as long as the bound falls so much from one look to the next."""
N_PLANS, HERE, LEAVE = 9, 1.3, 1.1
"""Plans whose mean marginal gains are the first prices, and by what presence and departures are dearer still."""
QUICK = 100
"""Iterations for each of these plans but the one that is given."""
RATE, SLOWER = 0.2, 1.0
"""First step, relative to the first prices, and iterations after which steps have shrunk by √2."""
MOMENTUM, MEMORY = 0.8, 0.95
"""How much of the last direction, and of its square, is kept."""
FRESH, LOOK = 0.1, 20
"""Weight of the latest prices in their running average, and iterations after which the bound is taken there: such
steps swing about the least bound, and their average lies nearer to it (Polyak and Juditsky 1992)."""


@dataclass(frozen=True)
class Bound:
    """An upper bound on the value of every plan."""

    value: float
    """At most 1 and the rewards."""
    runtime_s: float
    iterations: int
    history: tuple[tuple[float, float], ...]
    """(seconds, bound) at every improvement."""
    interrupted: bool = False


def bound(problem: Problem, budget: Budget, plan: Plan | None = None, progress: Progress | None = None) -> Bound:
    """The least upper bound found until ``budget``; an iteration is one set of prices. Ctrl-C returns it early.

    Parameters
    ----------
    problem
        From `build`.
    stop
        A criterion of `routeopt.budget`.
    plan
        A good plan, for the first prices and for comparison; a quick one is made unless given.
    progress
        Called with (seconds, value of that plan, bound so far).

    Raises
    ------
    InputError
        The plan is none of this problem (`routeopt.plan.check_plan`).
    InfeasibleError
        No plan exists.
    """
    refuse(kind("problem", problem, Problem) + kind("budget", budget, Budget))
    plan = None if plan is None else check_plan(problem, plan)
    both, tracker = Dual(problem), Tracker(budget, None)
    best, interrupted, n, looked, refined = 1.0 + both.rewards, False, 0, 0, False
    history = [(0.0, best)]

    def look() -> None:
        nonlocal best, looked, refined
        value, looked = both.bound(average), n
        refined = refined or value > best - ENOUGH
        if value < best:
            best = value
            history.append((tracker.seconds, best))

    try:
        if plan is None:
            plan = best_response.solve(problem, Budget(iterations=QUICK)).plan
        prices = average = both.first([plan, *_quick_plans(problem, tracker)])
        value = both.value(plan)
        scale = prices + 1e-6 * prices.mean()
        direction, square = np.zeros_like(prices), np.zeros_like(prices)
        while tracker.go_on():
            slope = both.slope(prices, refined)
            n += 1
            direction = MOMENTUM * direction + (1.0 - MOMENTUM) * slope
            square = MEMORY * square + (1.0 - MEMORY) * slope**2
            size = np.sqrt(square / (1.0 - MEMORY**n)) + 1e-9
            step = RATE / np.sqrt(1.0 + n / SLOWER) * direction / (1.0 - MOMENTUM**n) / size
            prices = np.maximum(0.0, prices - step * scale)
            fresh = max(FRESH, 3.0 / (n + 3.0))
            average = (1.0 - fresh) * average + fresh * prices
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


def _quick_plans(problem: Problem, tracker: Tracker) -> list[Plan]:
    """Plans that differ from one another, as many as a tenth of the time allows."""
    plans: list[Plan] = []
    while len(plans) < N_PLANS - 1 and (tracker.budget.share(tracker.seconds, 0) or 0.0) < 0.1:
        plans.append(best_response.solve(problem, Budget(iterations=QUICK), seed=len(plans)).plan)
    return plans


class Programme(NamedTuple):
    """What `kernels.bound.points.solve_points` works with."""

    points: Points
    levels: Grid
    stays: Stays
    """Those that may be in progress."""
    every: int
    """Steps that are taken as one: 1 for a bound."""


class Dual:
    """Both halves, with prices as one vector."""

    _warm = False

    def __init__(self, problem: Problem) -> None:
        self.problem, self.search = problem, Search(problem)
        search, n_steps = self.search, problem.n_steps
        minutes = 60.0 / problem.clock.step_s
        self.width = max(1, round(BIN_MIN * minutes))
        self.n_bins = -(-n_steps // self.width)
        self.stoppable, can = problem.site_stoppable.copy(), reachable(problem).any(axis=1)
        self.stoppable[problem.tasks.site[can]] = True
        self.rewards = float(problem.tasks.reward[can].sum())
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
        """(profile, factor, end site, end step), and start site and step with how many teams are like that."""
        if not Dual._warm:
            self._warm_up()
            Dual._warm = True

    def _warm_up(self) -> None:
        """Have every kernel compiled (or read from its cache) before the time begins to run: one point buys."""
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
        """Worth of a plan."""
        return self.search.value(routes_of(plan))

    def first(self, plans: Sequence[Plan]) -> NDArray[np.float64]:
        """The first prices: the plans' mean marginal gains, and a little more."""
        coverage = self.search.coverage
        smooth = max(1, round(SMOOTH_MIN * 60.0 / self.problem.clock.step_s))
        presence = departure = np.zeros((self.problem.n_points, self.n_bins))
        for plan in plans:
            self.search.set_plan(routes_of(plan))
            presence = presence + self._binned(uniform_filter1d(coverage.demand * coverage.bare, smooth, axis=1))
            departure = departure + self._binned(uniform_filter1d(coverage.leave, smooth, axis=1))
        departures = np.repeat(LEAVE * departure[None], self.n_types, axis=0)
        return np.concatenate([HERE * presence.ravel(), departures.ravel()]) / len(plans)

    def _strengths(
        self, effect: NDArray[np.float64], kind: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What teams can give the demand points at most, and from what strength on a stay is strong.

        Returns
        -------
        (n_points,) greatest x of presences; (2, n_points) of strong and of weak stays; (n_types, n_points) the
        greatest dose of each type of departure; (n_points,) least x of a strong stay.
        """
        problem, n_kinds = self.problem, int(kind.max(initial=-1)) + 1
        stay, here = np.zeros((2, problem.n_points)), np.zeros(problem.n_points)
        dose = np.zeros((2 * n_kinds + 1, problem.n_points))
        movement = {
            (p, float(v)): problem.profiles[p]
            for p, v in zip(problem.team_profile.tolist(), problem.team_factor, strict=True)
        }
        for (_, v), way in movement.items():
            np.maximum.at(stay[0], way.sight_point, v * way.sight_rho)
            np.maximum.at(here, way.pass_point, v * way.pass_present)
            np.maximum.at(dose[-1], way.pass_point, v * problem.passage_effect * way.pass_leaves)
        strong = STRONG * stay[0] - 1e-12
        for (_, v), way in movement.items():
            x = v * way.sight_rho
            np.maximum.at(stay[1], way.sight_point, np.where(x < strong[way.sight_point], x, 0.0))
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
        """A programme of the buyers with so many levels and ``every`` steps in one.

        Departures ask for a stay of ``needed`` steps, but at ``most`` so many, strong and weak.
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
        """Means over the bins of a (n_points, n_steps) table."""
        missing = self.n_bins * self.width - table.shape[1]
        whole = np.pad(table, ((0, 0), (0, missing)), mode="edge")
        means: NDArray[np.float64] = whole.reshape(table.shape[0], self.n_bins, self.width).mean(axis=2)
        return means

    def split(self, vector: NDArray[np.float64] | None = None) -> Prices:
        """The vector's parts; zeros unless given."""
        shape = (1 + self.n_types, self.problem.n_points, self.n_bins)
        table = np.zeros(shape) if vector is None else vector.reshape(shape)
        return Prices(table[0], table[1:])

    def bound(self, vector: NDArray[np.float64]) -> float:
        """Bound on the value of every plan, from these prices."""
        revenue, _ = self.solve_routes(vector)
        total = revenue + self.solve_points(self.fine, vector, self.split())
        return total / self.search.total + self.rewards

    def slope(self, vector: NDArray[np.float64], refined: bool = True) -> NDArray[np.float64]:
        """About a subgradient of the bound, the better if ``refined``: what is sold less what is bought."""
        bought = self.split()
        self.solve_points(self.coarse[refined], vector, bought)
        _, sold = self.solve_routes(vector)
        return np.concatenate([(sold.here - bought.here).ravel(), (sold.leave - bought.leave).ravel()])

    def solve_points(self, how: Programme, vector: NDArray[np.float64], bought: Prices) -> float:
        """Greatest gain of all demand points; ``bought`` gets what they buy."""
        most = 2 * self.problem.n_teams  # one presence per team and step; a leg may meet a street twice
        prices = self.split(vector.astype(how.levels.level.dtype))
        prices.here[:] *= how.every
        gain = solve_points(how.points, how.levels, how.stays, prices, self.width // how.every, most, bought)
        bought.here[:] *= how.every
        return float(gain)

    def solve_routes(self, vector: NDArray[np.float64]) -> tuple[float, Prices]:
        """Greatest revenue of all teams, and what they sell for it."""
        problem, movement, goods, width = self.problem, self.search.movement, self.goods, self.width
        prices, sold = self.split(vector), self.split()
        here32, leave32 = prices.here.astype(np.float32), prices.leave.astype(np.float32)
        n_sites, n_steps = problem.n_sites, problem.n_steps
        here_sum = np.empty((n_sites, n_steps + 1))
        leave_at = np.empty((len(goods.effect), n_sites, n_steps + 1))
        leg = np.empty((self.n_bins, n_sites, n_sites), dtype=np.float32)
        total, ready = 0.0, None
        for (p, v, home, finish), starts in self.shifts:
            if (p, v) != ready:
                stay_revenues(movement, p, v, goods, prices.here, prices.leave, width, here_sum, leave_at)
                legs(movement, p, v, goods, here32, leave32, width, leg)
                ready = (p, v)
            begin = np.array([start for start, _ in starts], dtype=np.int64)
            revenues, visits, ptr = solve_routes(
                movement.travel[p],
                goods.dwell_steps,
                self.stoppable,
                home,
                finish,
                begin,
                here_sum,
                leave_at,
                leg,
                width,
            )
            for n, ((start, now), count) in enumerate(starts):
                total += count * revenues[n]
                ends = np.array([start, home, now, finish], dtype=np.int64)
                route = visits[ptr[n] : ptr[n + 1]]
                deliver(movement, goods, n_steps, p, v, ends, route, width, float(count), sold)
        return float(total), sold
