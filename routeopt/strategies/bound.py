"""How far from the best possible: an upper bound on the value of any plan, visibility and rewards of tasks.

The plan is split in two halves that agree by price: demand points buy what serves them best, teams sell what their
best routes give (`kernels.bound`). Every set of prices gives a valid bound; the search lowers it by subgradient
steps of adaptive length (Kingma and Ba 2015, "Adam") from the marginal gains of a good plan.

Tasks: every reward that somebody can win is added, and teams may stop at the places of tasks, for as short as the
shortest service, so that no plan's visibility is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from routeopt.kernels import bound as market
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.stop import MaxIterations, Stop
from routeopt.strategies import best_response
from routeopt.strategies.search import Progress, Search, Tracker, routes_of
from routeopt.tasks import reachable

BIN_MIN = 15.0
"""A price holds for this long."""
SMOOTH_MIN = 30.0
"""The first prices are a plan's marginal gains averaged over this time."""
N_LEVELS = 42
"""Levels in a buyer's programme."""
RATE, SLOWER = 0.2, 10.0
"""First step, relative to the first prices, and iterations after which steps have shrunk by √2."""
EDGES = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
"""Departures are goods of one kind where their doses lie between two of these."""
MOMENTUM, MEMORY = 0.9, 0.95
"""How much of the last direction, and of its square, is kept."""
FRESH, LOOK = 0.1, 5
"""Weight of the latest prices in their running average, and iterations after which the bound is taken there too:
such steps swing about the least bound, and their average lies nearer to it (Polyak and Juditsky 1992)."""


@dataclass(frozen=True)
class Bound:
    """An upper bound on the value of every plan."""

    value: float
    """At most 1 and the rewards."""
    runtime_s: float
    iterations: int
    trace: tuple[tuple[float, float], ...]
    """(seconds, bound) at every improvement."""
    interrupted: bool = False


def bound(problem: Problem, stop: Stop, plan: Plan | None = None, progress: Progress | None = None) -> Bound:
    """The least upper bound found until ``stop``; an iteration is one set of prices. Ctrl-C returns it early.

    Parameters
    ----------
    problem
        From `build`.
    stop
        A criterion of `routeopt.stop`.
    plan
        A good plan, whose marginal gains are the first prices; a quick one is made unless given.
    progress
        Called with (seconds, value of that plan, bound so far).

    Raises
    ------
    InfeasibleError
        No plan exists.
    """
    if plan is None:
        plan = best_response.solve(problem, MaxIterations(200)).plan
    both = Market(problem, plan)
    tracker = Tracker(stop, None)
    prices = both.first
    scale = prices + 1e-6 * prices.mean()
    direction, square, average = np.zeros_like(prices), np.zeros_like(prices), prices
    best, interrupted, n = 1.0 + both.rewards, False, 0
    trace = [(0.0, best)]
    try:
        while tracker.go_on():
            value, slope = both.at(prices)
            n += 1
            if n % LOOK == 0:
                value = min(value, both.at(average)[0])
            if value < best:
                best = value
                trace.append((tracker.seconds, best))
            if progress is not None:
                progress(tracker.seconds, both.visibility, best)
            tracker.value = -best
            direction = MOMENTUM * direction + (1.0 - MOMENTUM) * slope
            square = MEMORY * square + (1.0 - MEMORY) * slope**2
            size = np.sqrt(square / (1.0 - MEMORY**n)) + 1e-9
            step = RATE / np.sqrt(1.0 + n / SLOWER) * direction / (1.0 - MOMENTUM**n) / size
            prices = np.maximum(0.0, prices - step * scale)
            fresh = max(FRESH, 3.0 / (n + 3.0))
            average = (1.0 - fresh) * average + fresh * prices
    except KeyboardInterrupt:
        interrupted = True
    return Bound(best, tracker.seconds, n, tuple(trace), interrupted)


class Market:
    """Both halves, with prices as one vector."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.search = problem, Search(problem)
        search, n_steps = self.search, problem.n_steps
        minutes = 60.0 / problem.clock.step_s
        self.width = max(1, round(BIN_MIN * minutes))
        self.n_bins = -(-n_steps // self.width)
        self.n_types = len(EDGES) + 1
        self.steps, effect = search.menu.dwell_steps, problem.dwell_effect
        self.stoppable, can = problem.site_stoppable.copy(), reachable(problem).any(axis=1)
        self.stoppable[problem.tasks.site[can]] = True
        self.rewards = float(problem.tasks.reward[can].sum())
        shortest = problem.tasks.service_steps[can].min(initial=self.steps[0])
        if shortest < self.steps[0]:
            self.steps, effect = np.append(shortest, self.steps).astype(np.int64), np.append(0.0, effect)
        self.effect = np.append(effect, problem.passage_effect)
        tau = problem.tau_s / problem.clock.step_s
        self.levels = market.grid(
            search.menu.fade, N_LEVELS, int(min(max(1, np.ceil(3.0 * tau / (N_LEVELS - 2))), n_steps + 1))
        )
        here, dose = self._strengths()
        self.buyers = market.Buyers(search.traces.demand, search.traces.level0, here, dose)
        same: dict[tuple[int, float, tuple[int, ...]], int] = {}
        for team in range(problem.n_teams):
            ends = tuple(search.ends[team].tolist())
            key = (int(problem.team_profile[team]), float(problem.team_factor[team]), ends)
            same[key] = same.get(key, 0) + 1
        self.sellers = sorted(same.items())
        """(profile, factor, ends) and how many teams are like that."""
        search.set_plan(routes_of(plan))
        self.visibility = search.seen()
        smooth = max(1, round(SMOOTH_MIN * minutes))
        traces = search.traces
        marginal = [uniform_filter1d(a, smooth, axis=1) for a in (traces.demand * traces.bare, traces.leave)]
        presence, departure = (self._binned(a) for a in marginal)
        self.first = np.concatenate([presence.ravel(), np.repeat(departure[None], self.n_types, axis=0).ravel()])

    def _strengths(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Greatest x of presences (n_points,) and departures (n_types, n_points) that any team can give."""
        problem = self.problem
        here = np.zeros(problem.n_points)
        most = np.zeros((self.n_types, problem.n_points))
        for profile, v in {
            (int(p), float(f)) for p, f in zip(problem.team_profile, problem.team_factor, strict=True)
        }:
            way = problem.profiles[profile]
            np.maximum.at(here, way.sight_point, v * way.sight_rho)
            np.maximum.at(here, way.pass_point, v * way.pass_present)
            for effect in self.effect[:-1]:
                dose = v * way.sight_rho * effect
                np.maximum.at(most, (np.searchsorted(EDGES, dose - 1e-12), way.sight_point), dose)
            dose = v * self.effect[-1] * way.pass_leaves
            np.maximum.at(most, (np.searchsorted(EDGES, dose - 1e-12), way.pass_point), dose)
        return here, most

    def _binned(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means over the bins of a (n_points, n_steps) table."""
        missing = self.n_bins * self.width - table.shape[1]
        whole = np.pad(table, ((0, 0), (0, missing)), mode="edge")
        means: NDArray[np.float64] = whole.reshape(table.shape[0], self.n_bins, self.width).mean(axis=2)
        return means

    def _by_step(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bins → steps, along the last axis."""
        return np.ascontiguousarray(np.repeat(table, self.width, axis=-1)[..., : self.problem.n_steps])

    def _prices(self, vector: NDArray[np.float64] | None = None) -> market.Prices:
        """The vector's parts; zeros unless given."""
        shape = (1 + self.n_types, self.problem.n_points, self.n_bins)
        table = np.zeros(shape) if vector is None else vector.reshape(shape)
        return market.Prices(table[0], table[1:])

    def at(self, vector: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Bound on the value at these prices, and a subgradient: what is sold less what is bought."""
        problem, search = self.problem, self.search
        prices, bought, sold = self._prices(vector), self._prices(), self._prices()
        most = 2 * problem.n_teams  # one presence per team and step, and room for a street that a leg meets twice
        total = market.buy(self.buyers, self.levels, prices, self.width, most, bought)
        here, leave = self._by_step(prices.here), self._by_step(prices.leave)
        here32, leave32 = prices.here.astype(np.float32), prices.leave.astype(np.float32)
        n_sites, n_steps = problem.n_sites, problem.n_steps
        here_sum = np.empty((n_sites, n_steps + 1))
        leave_at = np.empty((len(self.steps), n_sites, n_steps + 1))
        leg = np.empty((n_sites, n_sites, self.n_bins), dtype=np.float32)
        ready = None
        for (p, v, ends), count in self.sellers:
            if (p, v) != ready:
                market.stays(search.ways, p, v, EDGES, self.effect, here, leave, here_sum, leave_at)
                market.legs(search.ways, p, v, EDGES, self.effect[-1], here32, leave32, self.width, leg)
                ready = (p, v)
            duty = np.array(ends, dtype=np.int64)
            revenue, visits = market.sell(
                search.ways.travel[p], self.steps, self.stoppable, duty, here_sum,
                leave_at, leg, self.width,
            )  # fmt: skip
            total += count * revenue
            market.deliver(
                search.ways, self.steps, EDGES, self.effect, n_steps, p, v, duty, visits, self.width,
                float(count), sold,
            )  # fmt: skip
        slope = np.concatenate([(sold.here - bought.here).ravel(), (sold.leave - bought.leave).ravel()])
        return total / search.total + self.rewards, slope
