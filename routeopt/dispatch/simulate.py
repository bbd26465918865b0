"""Nights played with what comes up, to compare ways of answering: every one is told the same, and scored alike.

A call diverts a team for its way and a time at the place. The teams carry out the plan in force as planned, or as
teams do (`routeopt.dispatch.delivered`), and `routeopt.evaluation` says what they did is worth.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from routeopt.budget import Budget
from routeopt.dispatch.delivered import AS_PLANNED, Delivery, Patrol
from routeopt.dispatch.gaps import PRICE
from routeopt.dispatch.live import kept_live, replan_live
from routeopt.dispatch.log import Log
from routeopt.dispatch.recommend import Proposal, recommend
from routeopt.dispatch.state import State
from routeopt.evaluation import visibility
from routeopt.plan import Plan
from routeopt.problem import Problem

BUSY_MIN = 20.0
"""How long a team is busy at a call, minutes."""
Answer = Callable[[State, int], tuple[Plan, int]]
"""State after a team was sent, and the time → the plan from now on, and the stops of others that it changes."""
Choice = Callable[[Sequence[Proposal]], Proposal]
"""Chooses the team to send."""


@dataclass(frozen=True)
class Played:
    """A night as it went."""

    visibility: float
    diversions: int
    changed: int
    """Stops of other teams that were changed, together."""


def incidents(problem: Problem, mean: float, seed: int, since_s: int = 0) -> list[tuple[int, int]]:
    """Draw incidents of a night: (seconds from the start, site), in order, where and when there is demand.

    Their number is Poisson with this mean over the whole night; each is at the place for stops nearest in demand,
    drawn by what is seen from there at the time.
    """
    rng = np.random.default_rng(seed)
    profile = problem.profiles[0]
    by_step = problem.demand.sum(axis=0)
    found: list[tuple[int, int]] = []
    for step in np.sort(rng.choice(problem.n_steps, size=rng.poisson(mean), p=by_step / by_step.sum())).tolist():
        seen = profile.sight_rho * problem.demand[profile.sight_point, step]
        weight = np.add.reduceat(np.append(seen, 0.0), profile.sight_ptr[:-1])
        weight[np.diff(profile.sight_ptr) == 0] = 0.0
        weight = np.where(problem.site_stoppable, weight, 0.0)
        site = int(rng.choice(problem.n_sites, p=weight / weight.sum()))
        at = step * problem.clock.step_s + int(rng.integers(problem.clock.step_s))
        if at >= since_s:
            found.append((at, site))
    return found


def nearest(proposals: Sequence[Proposal]) -> Proposal:
    """Choose the team that is there first."""
    return min(proposals, key=lambda row: (row.arrive_s, row.team))


def recommended(proposals: Sequence[Proposal]) -> Proposal:
    """Choose the team that is recommended."""
    return proposals[0]


def keep(state: State, now_s: int) -> tuple[Plan, int]:
    """Keep the plan; who was sent skips what it cannot be in time for."""
    return kept_live(state, now_s), 0


def replanned(budget: Budget, price: float = PRICE, seed: int = 0) -> Answer:
    """Return an answer that re-plans within a budget."""

    def answer(state: State, now_s: int) -> tuple[Plan, int]:
        sent = {k for k, team in enumerate(state.teams) if team.errand is not None}
        found = replan_live(state, now_s, budget, seed=seed, price=price)
        rows = [change for change in found.changes if change.team not in sent]
        counts = [sum(change.what == what for change in rows) for what in ("added", "dropped")]
        return found.plan, max(counts)

    return answer


def play(
    problem: Problem, plan: Plan, calls: Sequence[tuple[int, int]], choose: Choice, answer: Answer,
    iterations: int = 10, delivery: Delivery = AS_PLANNED,
) -> Played:  # fmt: skip
    """Play a night.

    Parameters
    ----------
    calls
        Seconds from the plan's start, and site, in order (`incidents`).
    choose, answer
        Which team is sent, and what becomes of the plan.
    iterations
        Of the re-plannings behind each recommendation.
    delivery
        How the teams carry out the plan in force.
    """
    if problem.clock.date is None:
        problem = replace(problem, clock=replace(problem.clock, date=dt.date(2026, 1, 1)))
    night, changed, sent = _Shift(problem, plan, delivery), 0, 0
    for n, (at, site) in enumerate(calls):
        night.until(at)
        found = recommend(night.log.state, site, at, busy_min=BUSY_MIN, iterations=iterations, seed=n)
        if not found.proposals:
            continue
        row = choose(found.proposals)
        night.send(row, site, at)
        after, others = answer(night.log.state, at)
        night.publish(after, at)
        changed, sent = changed + others, sent + 1
    night.until(problem.clock.duration_s)
    return Played(visibility(problem, Plan(tuple(patrol.route() for patrol in night.patrols))), sent, changed)


class _Shift:
    """The teams of a night, and what they tell the command room."""

    def __init__(self, problem: Problem, plan: Plan, delivery: Delivery) -> None:
        self.log = Log(problem, plan)
        self.patrols = [Patrol(problem, k, delivery) for k in range(problem.n_teams)]
        self._since_s = self._n = 0

    def until(self, now_s: int) -> None:
        """Let the teams go on, and enter what they tell; their positions at the end."""
        routes = self.log.state.plan.routes
        told = [
            (*one, k) for k, team in enumerate(self.patrols) for one in team.until(routes[k], now_s, self._since_s)
        ]
        names = self.log.problem.site_names
        for at, kind, site, k in sorted(told):
            self._enter(at, kind=kind, team=self._name(k), place=names[site])
        for k, team in enumerate(self.patrols):
            if len(self.log.problem.site_lat):
                lat, lon = team.position(now_s)
                self._enter(now_s, kind="position", team=self._name(k), lat=lat, lon=lon)

    def send(self, row: Proposal, site: int, at: int) -> None:
        """Send the team of a proposal."""
        minutes = (row.arrive_s - at) / 60 + BUSY_MIN
        place = self.log.problem.site_names[site]
        self._enter(at, kind="sent", team=self._name(row.team), place=place, minutes=minutes)
        self.patrols[row.team].send(site, at, round(BUSY_MIN * 60))

    def publish(self, plan: Plan, at: int) -> None:
        """Put a plan in force."""
        self._enter(at, kind="plan_published", plan=plan.to_json(self.log.state.problem))
        self._since_s = at

    def _name(self, k: int) -> str:
        return self.log.problem.team_names[k]

    def _enter(self, at: int, **fields: object) -> None:
        """Enter an event at a time."""
        clock = self.log.problem.clock
        assert clock.date is not None
        self._n += 1
        midnight = dt.datetime.combine(clock.date, dt.time())
        when = (midnight + dt.timedelta(minutes=clock.start_min, seconds=at)).isoformat()
        self.log.enter(self.log.read({"id": str(self._n), "happened_at": when, "entered_at": when, **fields}))
