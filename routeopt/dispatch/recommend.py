"""Recommend which team to send: who is there first, and what its absence costs after the others are re-planned.

Nothing is sent: a person decides (Yarwood, Carrasqueira and Martins 2021 ask for assistance in this place, not for
automation). The order is stated with it (`Recommendation.rule`): of the teams that are there within ``within_min``
of the first one, the one whose absence costs least; then the others as they arrive.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.dispatch.live import Live, live
from routeopt.dispatch.replan import replan
from routeopt.dispatch.situation import TeamState
from routeopt.dispatch.state import State, site_now
from routeopt.errors import Message, Words, english
from routeopt.evaluation import responders, reward
from routeopt.guard import number, refuse, whole
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import UNREACHABLE, Problem
from routeopt.timeline import Away, Leg, end_of, walk

Array = NDArray[np.bool_]
WITHIN_MIN = 2.0
"""Teams that arrive within this time of the first one count as equally near, minutes."""
BUSY_MIN = 20.0
"""How long a team is busy at the place, unless that is known, minutes."""
SLOW = 1.3
"""The latest arrival counts with the way taking this many times as long."""
ITERATIONS = 10
"""Iterations of each re-planning."""


@dataclass(frozen=True)
class Origin:
    """Where a team would set out, and how long it is until then."""

    site: int
    wait_steps: int


@dataclass(frozen=True)
class Proposal:
    """A team that can be sent, and what that means."""

    team: int
    arrive_s: int
    """When it is there, seconds from the plan's start."""
    earliest_s: int
    latest_s: int
    interrupts: Visit | None
    """The stop that it is at."""
    visibility_lost: float
    """Share of the visibility of the night that its absence costs, after the others are re-planned."""
    response_lost: tuple[float, ...]
    """The same of response coverage, per radius of ``problem.handling_min``."""
    result: Result
    """The re-planning if it is sent; its changes are what the others would do."""
    others_changed: int
    """Stops of other teams that would change."""

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return the proposal by names and clock times."""
        clock = problem.clock
        changes = [change for change in self.result.changes if change.team != self.team]
        return {
            "team": problem.team_names[self.team], **_times(clock, self),
            "interrupts": None if self.interrupts is None else problem.site_names[self.interrupts.site],
            "visibility_lost": self.visibility_lost,
            "response_lost": dict(
                zip([f"{minutes:g}" for minutes in problem.handling_min], self.response_lost, strict=True)
            ),
            "others_changed": self.others_changed, "changes": [change.to_json(problem) for change in changes],
        }  # fmt: skip


def _times(clock: Clock, proposal: Proposal) -> dict[str, str]:
    """Return when a team is there, by the clock."""
    times = {"arrive": proposal.arrive_s, "earliest": proposal.earliest_s, "latest": proposal.latest_s}
    return {key: clock.exact(time_s) for key, time_s in times.items()}


@dataclass(frozen=True)
class Unable:
    """A team that is not proposed, and why."""

    team: int
    why: Message


@dataclass(frozen=True)
class Recommendation:
    """Which teams could be sent to a place."""

    site: int
    now_s: int
    busy_min: float
    proposals: tuple[Proposal, ...]
    """The first one is recommended."""
    unable: tuple[Unable, ...]
    within_min: float

    @property
    def rule(self) -> Message:
        """By what the proposals are ordered."""
        return Message("recommended-by", minutes=f"{self.within_min:g}")

    def second_s(self, proposal: Proposal) -> int | None:
        """Return when a second team is there, seconds from the plan's start; None if no other can be."""
        others = [other.arrive_s for other in self.proposals if other is not proposal]
        return min(others, default=None)

    def to_json(self, problem: Problem, _: Words = english) -> dict[str, Any]:
        """Return the recommendation by names and clock times, for `json.dumps`."""
        clock = problem.clock

        def one(proposal: Proposal) -> dict[str, Any]:
            second = self.second_s(proposal)
            return {**proposal.to_json(problem), "second": None if second is None else clock.exact(second)}

        return {
            "place": problem.site_names[self.site], "now": clock.exact(self.now_s), "busy_min": self.busy_min,
            "rule": self.rule.text(_), "proposals": [one(proposal) for proposal in self.proposals],
            "unable": [
                {"team": problem.team_names[other.team], "why": other.why.text(_), "code": other.why.code}
                for other in self.unable
            ],
        }  # fmt: skip


def recommend(
    state: State,
    site: int,
    now_s: int | None = None,
    *,
    busy_min: float = BUSY_MIN,
    teams: Collection[int] | None = None,
    within_min: float = WITHIN_MIN,
    iterations: int = ITERATIONS,
    seed: int = 0,
) -> Recommendation:
    """Recommend which team to send to a place.

    Parameters
    ----------
    site
        Where something has come up.
    now_s
        When, seconds from the plan's start (default: the time of the last event).
    busy_min
        How long the team will be busy there.
    teams
        Teams that may do it; None for all with powers to act.
    within_min
        Teams that arrive within this time of the first one are ordered by what their absence costs.
    iterations
        Of each re-planning: one if nobody is sent, and one per team.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    problem = state.problem_now
    refuse(
        number("busy_min", busy_min, 0, 24 * 60) + number("within_min", within_min, 0) + whole("seed", seed, 0)
        + whole("iterations", iterations, 0) + whole("site", site, 0, problem.n_sites - 1)
    )  # fmt: skip
    now_s = state.now_s if now_s is None else now_s
    now = live(state, now_s)
    budget = Budget(iterations=iterations)
    kept = replan(now.problem, now.plan, now.situation, budget, seed=seed)
    worth = _Worth(now.problem)
    base = worth.of(kept)
    found, unable = [], []
    for team in range(problem.n_teams):
        way = _way(state, now, team, site, now_s, teams)
        if isinstance(way, Message):
            unable.append(Unable(team, way))
            continue
        found.append(_proposal(now, team, site, way, busy_min, worth, base, budget, seed))
    return Recommendation(site, now_s, busy_min, _ordered(found, within_min), tuple(unable), within_min)


def _ordered(proposals: list[Proposal], within_min: float) -> tuple[Proposal, ...]:
    """Order proposals: those about as near as the first by cost, then the others by arrival."""
    first = min((proposal.arrive_s for proposal in proposals), default=0)

    def key(proposal: Proposal) -> tuple[bool, float, int]:
        near = proposal.arrive_s - first <= within_min * 60
        return not near, proposal.visibility_lost if near else proposal.arrive_s, proposal.team

    return tuple(sorted(proposals, key=key))


class _Worth:
    """Works out the figures of plans that share most of their routes: what a route reaches is worked out once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._reached: dict[tuple[Route, int], Array] = {}

    def of(self, result: Result) -> tuple[float, ...]:
        """Return the visibility of a re-planned night and its response coverage per radius."""
        visible = result.value - reward(self.problem, result.plan)
        return visible, *(self._coverage(result.plan, r) for r in range(len(self.problem.handling_min)))

    def _coverage(self, plan: Plan, radius: int) -> float:
        """Return the share of the demand that a team reaches in time, as `evaluation.handling` does."""
        reached = np.zeros(self.problem.demand.shape, dtype=np.bool_)
        for route in plan.routes:
            if (route, radius) not in self._reached:
                self._reached[route, radius] = responders(self.problem, Plan((route,)), radius) > 0
            reached |= self._reached[route, radius]
        return float(self.problem.demand[reached].sum()) / self._total

    @cached_property
    def _total(self) -> float:
        return float(self.problem.demand.sum())


@dataclass(frozen=True)
class _Way:
    """A team's way to a place."""

    step: int
    """Step of its arrival."""
    way_steps: int
    interrupts: Visit | None


def _way(
    state: State, now: Live, team: int, site: int, now_s: int, teams: Collection[int] | None
) -> _Way | Message:
    """Return a team's way to a place, or why it cannot be sent."""
    problem, step = state.problem_now, now.situation.step
    clock, known = problem.clock, state.teams[team]
    end = int(problem.team_end_step[team])
    if not known.on_duty or step < problem.team_start_step[team]:
        return Message("unable-off-duty")
    if teams is not None and team not in teams:
        return Message("unable-not-asked")
    if teams is None and not problem.team_powers[team]:
        return Message("unable-powers")
    if known.errand is not None and known.errand.until_s > now_s:
        place, until = problem.site_names[known.errand.site], clock.text(known.errand.until_s)
        return Message("unable-busy", place=place, time=until)
    origins = _origins(state, now, team, now_s)
    if not origins:
        return Message("unable-unknown")
    moves = problem.movement(team)
    ways = [(origin.wait_steps, moves.steps(origin.site, site, step)) for origin in origins]
    wait, travel = min(ways, key=sum)
    if travel >= UNREACHABLE:
        return Message("unable-no-way")
    if step + wait + travel >= end:
        return Message("unable-shift", time=clock.text(end * clock.step_s))
    rows = problem.activities.rows
    visits = now.plan.routes[team].visits
    here = [v for v in visits if v.start <= step < end_of(problem, v) and not rows[v.activity].kind.is_record]
    elsewhere = now.situation.teams.get(team)
    if elsewhere is not None:  # it is not where the plan has it
        here = [visit for visit in here if visit.site == elsewhere.site]
    return _Way(step + wait + travel, travel, here[0] if here else None)


def _origins(state: State, now: Live, team: int, now_s: int) -> list[Origin]:
    """Return where a team can set out: by its last position, or else by events and plan; none if nobody knows.

    Under way it can go on to the end of its leg, or turn back.
    """
    seen = site_now(state, team, now_s)
    if seen is not None:
        return [Origin(seen, 0)]
    elsewhere: TeamState | None = now.situation.teams.get(team)
    step = now.situation.step
    if elsewhere is not None:
        coming = state.teams[team].site != elsewhere.site and state.teams[team].errand is None
        return [Origin(elsewhere.site, elsewhere.free_step - step if coming else 0)]
    for part in walk(state.problem, now.plan.routes[team]).parts:
        if not part.begin <= step < part.end:
            continue
        if isinstance(part, Away):
            return []
        if isinstance(part, Leg):
            return [Origin(part.site, step - part.begin), Origin(part.target, part.end - step)]
        return [Origin(part.site, 0)]
    return [Origin(int(state.problem.team_end_site[team]), 0)]


def _proposal(
    now: Live, team: int, site: int, way: _Way, busy_min: float, figures: _Worth, base: tuple[float, ...],
    budget: Budget, seed: int,
) -> Proposal:  # fmt: skip
    """Re-plan as if the team were sent."""
    problem, clock = now.problem, now.problem.clock
    busy = max(1, round(busy_min * 60 / clock.step_s))
    sent = {**now.situation.teams, team: TeamState(site, way.step + busy)}
    found = replan(problem, now.plan, replace(now.situation, teams=sent), budget, seed=seed)
    worth = figures.of(found)
    others = {change.visit for change in found.changes if change.team != team and change.what == "dropped"}
    added = {change.visit for change in found.changes if change.team != team and change.what == "added"}
    arrive, travel = way.step * clock.step_s, way.way_steps * clock.step_s
    return Proposal(
        team, arrive, max(arrive - clock.step_s, now.situation.step * clock.step_s),
        arrive + round((SLOW - 1) * travel) + clock.step_s, way.interrupts, base[0] - worth[0],
        tuple(before - after for before, after in zip(base[1:], worth[1:], strict=True)), found,
        max(len(others), len(added)),
    )  # fmt: skip
