"""What the strategies share: a problem as kernel arrays, routes as int arrays, timing and tracing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from routeopt.errors import Fault, InfeasibleError
from routeopt.kernels import levels, longest_path
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import UNREACHABLE, Problem
from routeopt.stop import Stop

Visits = NDArray[np.int64]
"""(n, 3): site, start step, dwell index."""
Progress = Callable[[float, float, float | None], None]
"""Called with (seconds, visibility of the best plan so far, bound or None)."""

N_NEIGHBOURS = 48
"""Sites that a leg may lead to from each site, nearest first (the first and last leg may lead anywhere)."""


class Search:
    """A problem made ready for the kernels; everything in it stays as it is during a search.

    Raises
    ------
    InfeasibleError
        A team cannot get from its start to its end within its shift: then no plan exists.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.demand = np.ascontiguousarray(problem.demand)
        self.total = float(problem.demand.sum())
        self.fade = float(np.exp(-problem.clock.step_s / problem.tau_s))
        self.fades = self.fade ** np.arange(problem.n_steps + 1)
        self.ways = [
            levels.Ways(
                p.travel_steps, p.sight_ptr, p.sight_point, p.sight_rho,
                p.pass_ptr, p.pass_point, p.pass_step, p.pass_present, p.pass_leaves,
            )
            for p in problem.profiles
        ]  # fmt: skip
        self.ends = np.stack(
            [problem.team_start_site, problem.team_end_site, problem.team_start_step, problem.team_end_step],
            axis=1,
        ).astype(np.int64)
        faults = []
        for team, (start, end, begin, finish) in enumerate(self.ends):
            steps = int(self.way(team).travel[start, end])
            if begin + steps > finish:
                why = "there is no way" if steps >= UNREACHABLE else f"the way takes {steps} steps"
                faults.append(
                    Fault(
                        f'team "{problem.team_names[team]}"',
                        f"cannot get from its start to its end within its shift: {why}.",
                        "Maybe give it another start, end or mode.",
                    )
                )
        if faults:
            raise InfeasibleError(faults)
        weight = self.demand.sum(axis=1)
        self.overlap = [self._overlap(way, weight) for way in self.ways]
        self.stoppable = [self._stoppable(way, weight) for way in self.ways]
        self.neighbours = [self._neighbours(way, ok) for way, ok in zip(self.ways, self.stoppable, strict=True)]
        shape = self.demand.shape
        self._here, self._leave = np.empty(shape), np.empty(shape)
        gathered = (problem.n_sites, problem.n_steps + 1)
        self._here_sum, self._leave_at = np.empty(gathered), np.empty(gathered)
        self._legs = np.zeros((problem.n_sites, self.neighbours[0].shape[1], problem.n_steps), np.float32)

    def way(self, team: int) -> levels.Ways:
        """Kernel arrays of the team's profile."""
        return self.ways[int(self.problem.team_profile[team])]

    @staticmethod
    def _overlap(way: levels.Ways, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n_sites, n_sites) share of what is seen from i, by demand, that is also seen from k."""
        n = len(way.sight_ptr) - 1
        rho = sparse.csr_array((way.sight_rho, way.sight_point, way.sight_ptr), shape=(n, len(weight)))
        seen = rho @ weight
        weighted = sparse.csr_array(
            (way.sight_rho * weight[way.sight_point], way.sight_point, way.sight_ptr), shape=(n, len(weight))
        )
        both: NDArray[np.float64] = (weighted @ rho.T).toarray()
        share = np.zeros_like(both)
        np.divide(both, seen[:, None], out=share, where=seen[:, None] > 0)
        np.minimum(share, 1.0, out=share)
        return share

    def _stoppable(self, way: levels.Ways, weight: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Sites worth stopping at: meant for it, and somebody is to be seen from there."""
        seen = np.zeros(self.problem.n_sites)
        rows = np.repeat(np.arange(self.problem.n_sites), np.diff(way.sight_ptr))
        np.add.at(seen, rows, way.sight_rho * weight[way.sight_point])
        return self.problem.site_stoppable & (seen > 0)

    @staticmethod
    def _neighbours(way: levels.Ways, stoppable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(n_sites, ≤ N_NEIGHBOURS) nearest stoppable sites by travel time, −1 behind the last."""
        steps = way.travel.astype(np.int64)
        np.fill_diagonal(steps, UNREACHABLE)
        steps[:, ~stoppable] = UNREACHABLE
        order = np.argsort(steps, axis=1, kind="stable")[:, :N_NEIGHBOURS]
        near = np.take_along_axis(steps, order, axis=1) < UNREACHABLE
        return np.ascontiguousarray(np.where(near, order, -1))

    def traces(self, routes: Sequence[Visits | None]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``absent`` and ``keep`` of the given routes; a team whose route is None is not there at all."""
        absent, keep = np.ones(self.demand.shape), np.ones(self.demand.shape)
        for team, visits in enumerate(routes):
            if visits is not None:
                self.add(team, visits, absent, keep)
        return absent, keep

    def add(self, team: int, visits: Visits, absent: NDArray[np.float64], keep: NDArray[np.float64]) -> None:
        """Put one team's route into the traces."""
        p = self.problem
        levels.add_route(
            self.way(team), p.team_factor[team], p.passage_effect, p.dwell_steps, p.dwell_effect,
            self.ends[team], visits, absent, keep,
        )  # fmt: skip

    def value(self, routes: Sequence[Visits | None]) -> float:
        """Visibility of the routes, in [0, 1]."""
        absent, keep = self.traces(routes)
        return float(levels.total_seen(self.demand, self.problem.level0, self.fade, absent, keep)) / self.total

    def site_worth(
        self, team: int, absent: NDArray[np.float64], keep: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``here_sum`` and ``leave_at`` of `kernels.levels.site_worth` (buffers: valid until called again)."""
        levels.worth(self.demand, self.problem.level0, self.fade, absent, keep, self._here, self._leave)
        levels.site_worth(self.way(team), self._here, self._leave, self._here_sum, self._leave_at)
        return self._here_sum, self._leave_at

    def best_response(
        self,
        team: int,
        absent: NDArray[np.float64],
        keep: NDArray[np.float64],
        scale: NDArray[np.float64] | None = None,
    ) -> Visits:
        """Best route of ``team`` given the others' traces; ``scale`` (n_sites,) distorts the stops' gains."""
        p, k = self.problem, int(self.problem.team_profile[team])
        self.site_worth(team, absent, keep)
        longest_path.leg_worths(
            self.ways[k], p.passage_effect, self.neighbours[k], self._here, self._leave, self._legs
        )
        visits: Visits = longest_path.best_response(
            self.ways[k], p.team_factor[team], p.passage_effect, p.dwell_steps, p.dwell_effect,
            self.ends[team], self.stoppable[k], self.neighbours[k], self._legs, self.overlap[k], self.fades,
            self._here, self._leave, self._here_sum, self._leave_at,
            np.ones(p.n_sites) if scale is None else scale,
        )  # fmt: skip
        return visits

    def plan(self, routes: Sequence[Visits]) -> Plan:
        """The routes as a plan."""
        return Plan(
            tuple(
                Route(team, tuple(Visit(int(s), int(t), int(d)) for s, t, d in visits))
                for team, visits in enumerate(routes)
            )
        )


def routes_of(plan: Plan) -> list[Visits]:
    """A plan's routes as int arrays."""
    return [np.array(route.visits, dtype=np.int64).reshape(-1, 3) for route in plan.routes]


class Tracker:
    """Time, iterations, the best plan and its trace; the one place where a search asks whether to go on."""

    def __init__(self, stop: Stop, progress: Progress | None) -> None:
        self.stop, self.progress = stop, progress
        self.began = time.perf_counter()
        self.iterations = 0
        self.value = -np.inf
        self.routes: list[Visits] = []
        self.trace: list[tuple[float, float]] = []

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    def offer(self, routes: Sequence[Visits], value: float) -> bool:
        """Keep the routes if they are the best so far; tells whether they are."""
        if value <= self.value:
            return False
        self.value, self.routes = value, list(routes)
        self.trace.append((self.seconds, value))
        return True

    def go_on(self) -> bool:
        """Report progress and tell whether another iteration may start; counts it."""
        if self.progress is not None:
            self.progress(self.seconds, self.value, None)
        if self.stop.done(self.seconds, self.iterations, self.value):
            return False
        self.iterations += 1
        return True

    def result(self, search: Search, strategy: str, seed: int, interrupted: bool = False) -> Result:
        """The best plan found, as a Result."""
        return Result(
            plan=search.plan(self.routes), value=self.value, strategy=strategy, seed=seed,
            runtime_s=self.seconds, iterations=self.iterations, trace=tuple(self.trace),
            interrupted=interrupted,
        )  # fmt: skip
