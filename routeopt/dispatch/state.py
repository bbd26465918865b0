"""The state of a shift: what its events say, folded one after the other in the order in which they happened.

The state is a pure function of the plan at the start and of the events (`fold`). Events that come late stand
where they happened; struck ones do not count. `situation` says what the state means for the plan in force at a
moment: what re-planning takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from routeopt.clock import seconds_of
from routeopt.coordinates import metres_from
from routeopt.demand.live import Busy, busier
from routeopt.dispatch import events as ev
from routeopt.dispatch.situation import Situation, TeamState
from routeopt.dispatch.streets import ClosedStreets, LiveStreets
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.activities import Kind
from routeopt.problem.tasks import Task, with_tasks
from routeopt.timeline import Leg, end_of, gap_between, walk

if TYPE_CHECKING:
    from routeopt.problem.build import Built

LATE_MIN = 5.0
"""A team that is behind its plan by more than this is taken from where it is, minutes."""
NEAR_MIN = 60.0
"""An arrival is at the planned stop there that begins within this time, minutes."""


class Errand(NamedTuple):
    """Where a team was sent, and until when it is expected to be busy there."""

    site: int
    since_s: int
    until_s: int
    task: str | None


@dataclass(frozen=True)
class TeamNow:
    """What is known of a team."""

    on_duty: bool = True
    position: tuple[float, float] | None = None
    """(lat, lon), WGS-84."""
    position_s: int | None = None
    """When it was there."""
    heard_s: int | None = None
    """When anything was heard of it last."""
    site: int | None = None
    """The place where it arrived last."""
    arrived_s: int | None = None
    left_s: int | None = None
    """When it left that place; None while it is there."""
    errand: Errand | None = None


class BusyPlace(NamedTuple):
    """A place where more happens than expected; the difference fades (`routeopt.demand.live`)."""

    site: int
    since_s: int
    factor: float
    fade_min: float

    def holds(self, now_s: int) -> bool:
        """Whether more than 1/e of the difference is left."""
        return self.since_s <= now_s < self.since_s + self.fade_min * 60


@dataclass(frozen=True)
class State:
    """A shift at the time of its last event. The times are seconds from the plan's start."""

    base: Problem
    """The night as planned."""
    plan: Plan
    """The plan in force; it is one of `problem`."""
    teams: tuple[TeamNow, ...]
    added: tuple[Task, ...] = ()
    """Tasks that came up, in the order in which they happened."""
    done: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    """Task → when it was done, and by which team where that is known."""
    cancelled: Mapping[str, int] = field(default_factory=dict)
    """Task → when it was cancelled."""
    closed: frozenset[int] = frozenset()
    busy: tuple[BusyPlace, ...] = ()
    followed: tuple[int, int] = (0, 0)
    """How often a team was sent that stood first in the recommendation; how often there was one."""
    published_s: int | None = None
    """When the plan in force was published; None for the one at the start."""
    now_s: int = 0
    """When the last event happened."""
    closed_streets: tuple[ClosedStreets, ...] = ()
    """Streets that were closed, also those that are open again, in the order in which that happened."""
    published_streets: tuple[ClosedStreets, ...] = ()
    """The same when the plan in force was published."""
    streets: LiveStreets | None = field(default=None, compare=False, repr=False)
    """The night's streets; without them none can be closed."""

    @classmethod
    def at_start(cls, problem: Problem, plan: Plan, streets: LiveStreets | None = None) -> State:
        """Return the state before any event."""
        return cls(problem, plan, tuple(TeamNow() for _ in range(problem.n_teams)), streets=streets)

    @cached_property
    def known(self) -> Problem:
        """The night with the tasks that came up and with what is busier, on the streets of the scenario."""
        return _busier(with_tasks(self.base, self.added), self.busy)

    @cached_property
    def problem(self) -> Problem:
        """The night of the plan in force: `known`, on the streets as they were when it was published.

        A plan that does not hold there was made before those streets closed: then on the scenario's streets.
        """
        found = self._moved(self.published_streets)
        return found if all(_holds(found, route) for route in self.plan.routes) else self.known

    @cached_property
    def problem_now(self) -> Problem:
        """The night as it is: `known`, on the streets as they are. Takes time after streets have closed."""
        if self.closed_streets == self.published_streets:
            return self.problem
        return self._moved(self.closed_streets)

    def _moved(self, closed: tuple[ClosedStreets, ...]) -> Problem:
        return self.known if self.streets is None or not closed else self.streets.moved(self.known, closed)

    def drawn(self, built: Built) -> Built:
        """Return what draws the plan in force, from the night at its start."""
        if self.streets is None or self.problem is self.known:
            return replace(built, problem=self.problem)
        return self.streets.drawn(self.problem, self.published_streets)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of all tasks."""
        return (*self.base.tasks.names, *(task.name for task in self.added))

    def is_open(self, task: str) -> bool:
        """Whether a task is neither done nor cancelled."""
        return task not in self.done and task not in self.cancelled


def seconds_at(problem: Problem, event: ev.Event) -> int:
    """Return when an event happened, seconds from the plan's start.

    Raises
    ------
    MisreadError
        If it has an offset from UTC and the scenario no time zone.
    """
    return seconds_of(event.happened_at, problem.clock, inside=False)


def in_order(problem: Problem, events: Iterable[ev.Event]) -> list[ev.Event]:
    """Return the events that count, by when they happened, and then by when they were entered."""
    known = list(events)
    struck = {event.of for event in known if isinstance(event, ev.Struck)}
    kept = [event for event in known if event.id not in struck and not isinstance(event, ev.Struck)]
    order = {event.id: n for n, event in enumerate(known)}
    return sorted(kept, key=lambda event: (seconds_at(problem, event), order[event.id]))


def fold(problem: Problem, plan: Plan, events: Iterable[ev.Event], streets: LiveStreets | None = None) -> State:
    """Return the state of a shift after its events, in the order in which they were entered."""
    state = State.at_start(problem, plan, streets)
    for event in in_order(problem, events):
        state = after(state, event)
    return state


def after(state: State, event: ev.Event) -> State:
    """Return the state after one more event, which happened last; `Log.faults` says whether it makes sense."""
    before, at = state, seconds_at(state.base, event)
    state = replace(state, now_s=max(state.now_s, at))
    if isinstance(event, ev.Position | ev.Arrived | ev.Left | ev.Sent | ev.OffDuty | ev.OnDuty):
        team = state.base.named_teams.index(event.team)
        known = state.teams[team]
        heard = replace(known, heard_s=at if known.heard_s is None else max(at, known.heard_s))
        one = _OF_TEAM[type(event)](state, heard, event, at)
        state = replace(state, teams=(*state.teams[:team], one, *state.teams[team + 1 :]))
    change = _OF_SHIFT.get(type(event))
    found = state if change is None else change(state, event, at)
    _hand_on(before, found)
    return found


def _hand_on(before: State, after: State) -> None:
    """Let a state have the very problems of the one before that are its own too: nothing is made of them again."""
    same = ["known"] if after.added is before.added and after.busy is before.busy else []
    streets = after.published_streets is before.published_streets
    if same and streets and (after.plan is before.plan or not after.published_streets):
        same.append("problem")
        if after.closed_streets is before.closed_streets:
            same.append("problem_now")
    for name in same:
        if name in before.__dict__:
            after.__dict__[name] = before.__dict__[name]


def _holds(problem: Problem, route: Route) -> bool:
    """Whether a team is in time for every stop of its route."""
    ends = (None, *route.visits, None)
    gaps = (gap_between(problem, route.team, *ends[n : n + 2]) for n in range(len(ends) - 1))
    return all(gap.arrive <= gap.due for gap in gaps)


# --- teams ---------------------------------------------------------------------------------------------------


def _position(_: State, team: TeamNow, event: ev.Position, at: int) -> TeamNow:
    if team.position_s is not None and at < team.position_s:  # known better by now
        return team
    return replace(team, position=(event.lat, event.lon), position_s=at)


def _arrived(state: State, team: TeamNow, event: ev.Arrived, at: int) -> TeamNow:
    site = state.base.find_site(event.place, ev.FAR_M)
    errand = team.errand
    if errand is not None and errand.site != site:
        errand = None  # it went elsewhere
    return replace(_seen_at(state, team, site, at), site=site, arrived_s=at, left_s=None, errand=errand)


def _left(state: State, team: TeamNow, event: ev.Left, at: int) -> TeamNow:
    site = team.site if team.errand is None else team.errand.site
    if event.place is not None:
        site = state.base.find_site(event.place, ev.FAR_M)
    if site is None:
        return replace(team, left_s=at, errand=None)
    since = team.arrived_s if site == team.site else None
    return replace(_seen_at(state, team, site, at), site=site, arrived_s=since, left_s=at, errand=None)


def _seen_at(state: State, team: TeamNow, site: int, at: int) -> TeamNow:
    """Return the team with the place's position."""
    if not len(state.base.site_lat):
        return team
    where = float(state.base.site_lat[site]), float(state.base.site_lon[site])
    return replace(team, position=where, position_s=at)


def _sent(state: State, team: TeamNow, event: ev.Sent, at: int) -> TeamNow:
    site = state.base.find_site(event.place, ev.FAR_M)
    left = team.left_s if team.left_s is not None or team.site is None else at
    return replace(team, errand=Errand(site, at, at + round(event.minutes * 60), event.task), left_s=left)


def _off_duty(_state: State, team: TeamNow, _event: ev.OffDuty, _at: int) -> TeamNow:
    return replace(team, on_duty=False, errand=None)


def _on_duty(state: State, team: TeamNow, event: ev.OnDuty, at: int) -> TeamNow:
    index = state.base.named_teams.index(event.team)
    own = int(state.base.team_start_site[index])
    site = own if event.place is None else state.base.find_site(event.place, ev.FAR_M)
    return replace(
        _seen_at(state, team, site, at), on_duty=True, site=site, arrived_s=at, left_s=None, errand=None
    )


_OF_TEAM: dict[type[ev.Event], Callable[[State, TeamNow, Any, int], TeamNow]] = {
    ev.Position: _position, ev.Arrived: _arrived, ev.Left: _left, ev.Sent: _sent, ev.OffDuty: _off_duty,
    ev.OnDuty: _on_duty,
}  # fmt: skip


# --- the shift -----------------------------------------------------------------------------------------------


def _followed(state: State, event: ev.Sent, _: int) -> State:
    if event.recommended is None:
        return state
    first, all_ = state.followed
    return replace(state, followed=(first + (event.recommended == event.team), all_ + 1))


def _task_added(state: State, event: ev.TaskAdded, _: int) -> State:
    return replace(state, added=(*state.added, Task.from_json(state.base, event.task)))


def _task_done(state: State, event: ev.TaskDone, at: int) -> State:
    team = None if event.team is None else state.base.named_teams.index(event.team)
    return replace(state, done={**state.done, event.task: (at, team)})


def _task_cancelled(state: State, event: ev.TaskCancelled, at: int) -> State:
    return replace(state, cancelled={**state.cancelled, event.task: at})


def _place_busy(state: State, event: ev.PlaceBusy, at: int) -> State:
    site = state.base.find_site(event.place, ev.FAR_M)
    return replace(state, busy=(*state.busy, BusyPlace(site, at, event.factor, event.minutes)))


def _place_closed(state: State, event: ev.PlaceClosed, _: int) -> State:
    return replace(state, closed=state.closed | {state.base.find_site(event.place, ev.FAR_M, stops=True)})


def _place_opened(state: State, event: ev.PlaceOpened, _: int) -> State:
    return replace(state, closed=state.closed - {state.base.find_site(event.place, ev.FAR_M, stops=True)})


def _street_closed(state: State, event: ev.StreetClosed, at: int) -> State:
    until = None if event.minutes is None else at + round(event.minutes * 60)
    closed = ClosedStreets(event.id, at, until, event.change)
    return replace(state, closed_streets=(*state.closed_streets, closed))


def _street_opened(state: State, event: ev.StreetOpened, at: int) -> State:
    streets = tuple(one._replace(until_s=at) if one.id == event.of else one for one in state.closed_streets)
    return replace(state, closed_streets=streets)


def _published(state: State, event: ev.PlanPublished, at: int) -> State:
    plan = Plan.from_json(state.known, event.plan)
    return replace(state, plan=plan, published_s=at, published_streets=state.closed_streets)


_OF_SHIFT: dict[type[ev.Event], Callable[[State, Any, int], State]] = {
    ev.Sent: _followed, ev.TaskAdded: _task_added, ev.TaskDone: _task_done, ev.TaskCancelled: _task_cancelled,
    ev.PlaceBusy: _place_busy, ev.PlaceClosed: _place_closed, ev.PlaceOpened: _place_opened,
    ev.StreetClosed: _street_closed, ev.StreetOpened: _street_opened, ev.PlanPublished: _published,
}  # fmt: skip


def _busier(problem: Problem, busy: Sequence[BusyPlace]) -> Problem:
    """Raise the demand that is seen from busy places, from when that was said on."""
    last = problem.clock.duration_s
    told = [one for one in busy if one.since_s < last]
    step_s = problem.clock.step_s
    return busier(problem, [Busy(x.site, max(0, x.since_s // step_s), x.factor, x.fade_min) for x in told])


# --- what it means for the plan --------------------------------------------------------------------------------


def situation(state: State, now_s: int | None = None) -> Situation:
    """Return what the state means for the plan in force at a moment (default: that of the last event).

    A team is as the plan has it unless events say otherwise: it was sent somewhere that the plan does not know
    of, is off duty, is more than `LATE_MIN` behind, or is on a way that has closed.
    """
    problem = state.problem_now
    now_s = state.now_s if now_s is None else now_s
    step = min(max(now_s // problem.clock.step_s, 0), problem.n_steps - 1)
    teams = {}
    for k in range(problem.n_teams):
        found = _team_state(state, k, now_s, step)
        if found is not None:
            teams[k] = found
    return Situation(step, teams, state.closed)


def _team_state(state: State, k: int, now_s: int, step: int) -> TeamState | None:
    """Where a team will be free, and from when; None if it is as the plan has it."""
    problem, team, step_s = state.problem_now, state.teams[k], state.base.clock.step_s
    route = state.plan.routes[k]
    if not team.on_duty:
        return TeamState(int(problem.team_end_site[k]), step, on_duty=False)
    if team.errand is not None:
        free = max(step, -(-team.errand.until_s // step_s))
        return None if _is_away(problem, route, team.errand.site, free) else TeamState(team.errand.site, free)
    if team.site is None:
        return _turned(state, k, now_s, step)
    away = _away_at(problem, route, step)
    if away is not None:  # back before the plan has it back
        return TeamState(team.site, step)
    behind = _behind(problem, k, route, team, now_s)
    if behind is not None:
        return TeamState(team.site, max(step, -(-behind // step_s)))
    return _turned(state, k, now_s, step)


def _turned(state: State, k: int, now_s: int, step: int) -> TeamState | None:
    """Where a team will be free whose way has closed, or has become longer; None if it goes as planned.

    It sets out anew from its last position. Without one it takes the longer way, or turns back if that is closed.
    """
    if state.problem_now is state.problem:
        return None
    leg = next((p for p in walk(state.problem, state.plan.routes[k]).parts if p.begin <= step < p.end), None)
    if not isinstance(leg, Leg):
        return None
    steps = state.problem_now.movement(k).steps(leg.site, leg.target, leg.begin)
    if leg.begin + steps <= leg.end:
        return None
    seen = site_now(state, k, now_s)
    if seen is not None:
        return TeamState(seen, step)
    if steps >= UNREACHABLE:
        return TeamState(leg.site, step + (step - leg.begin))
    return TeamState(leg.target, leg.begin + steps)


def _is_away(problem: Problem, route: Route, site: int, free: int) -> bool:
    """Whether the plan has the team away until it is free there, give or take a step."""
    rows = problem.activities.rows
    return any(
        rows[visit.activity].kind is Kind.AWAY and visit.site == site and abs(end_of(problem, visit) - free) <= 1
        for visit in route.visits
    )


def _away_at(problem: Problem, route: Route, step: int) -> Visit | None:
    """Return the absence of a plan in which a step lies."""
    rows = problem.activities.rows
    for visit in route.visits:
        if rows[visit.activity].kind is Kind.AWAY and visit.start <= step < end_of(problem, visit):
            return visit
    return None


def _behind(problem: Problem, k: int, route: Route, team: TeamNow, now_s: int) -> int | None:
    """Return when a team that is behind its plan will be free where it is; None if it is not behind.

    A team that has left is behind if it comes too late to its next stop; one at a stop, if it ends too late.
    """
    assert team.site is not None
    step_s, rows = problem.clock.step_s, problem.activities.rows
    late = round(LATE_MIN * 60)
    if team.left_s is not None:
        left = team.left_s
        following = _following(problem, route, team.site, left)
        if following is None or following.site == team.site:
            return None
        step = min(max(left // step_s, 0), problem.n_steps - 1)
        arrive = left + problem.movement(k).steps(team.site, following.site, step) * step_s
        return now_s if arrive > following.start * step_s + late else None
    arrived = team.arrived_s if team.arrived_s is not None else now_s
    here = [v for v in route.visits if v.site == team.site and abs(v.start * step_s - arrived) <= NEAR_MIN * 60]
    if not here:
        return None
    visit = min(here, key=lambda v: abs(v.start * step_s - arrived))
    free = arrived + rows[visit.activity].steps * step_s
    return free if free - end_of(problem, visit) * step_s > late else None


def _following(problem: Problem, route: Route, site: int, left: int) -> Visit | None:
    """Return the visit that a team makes next after it left a place: the one after its stop there."""
    step_s = problem.clock.step_s
    away = {n: abs(end_of(problem, v) * step_s - left) for n, v in enumerate(route.visits) if v.site == site}
    own = min(away, key=lambda n: away[n], default=None)
    if own is not None and away[own] <= NEAR_MIN * 60:
        return route.visits[own + 1] if own + 1 < len(route.visits) else None
    return next((visit for visit in route.visits if visit.start * step_s > left - LATE_MIN * 60), None)


# --- for people --------------------------------------------------------------------------------------------------


def site_now(state: State, k: int, now_s: int, recent_s: int = 300) -> int | None:
    """Return the place nearest to a team's last position, if that is recent; None if it is not known."""
    team = state.teams[k]
    if team.position is None or team.position_s is None or now_s - team.position_s > recent_s:
        return None
    if not len(state.base.site_lat):
        return None
    return int(metres_from(*team.position, state.base.site_lat, state.base.site_lon).argmin())
