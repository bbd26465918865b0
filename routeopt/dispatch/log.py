"""The events of a shift as they are entered: each is checked before it counts.

An event may be entered long after it happened, and out of order. It is accepted if it makes sense where it
happened: what it speaks of exists by then, and what happened before does not rule it out. Then the state is as if
it had been entered at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from routeopt.clock import seconds_of
from routeopt.dispatch import events as ev
from routeopt.dispatch.state import State, after, fold, in_order, seconds_at
from routeopt.dispatch.streets import LiveStreets
from routeopt.errors import Fault, InputError, MisreadError, nearest
from routeopt.guard import refuse
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.tasks import Task, with_tasks

AHEAD_S = 120
"""An event may have happened this much later than it was entered: clocks differ."""
EARLIEST_S = -6 * 3600
"""An event belongs to a shift from this time before its start,"""
LATEST_S = 12 * 3600
"""until this time after its end."""


@dataclass(frozen=True)
class Entered:
    """What became of an event."""

    event: ev.Event
    new: bool
    """False if it was there already, with the same content."""


class Log:
    """The events of a shift, in the order in which they were entered, and the state after them.

    Parameters
    ----------
    problem, plan
        The night, and the plan at its start.
    streets
        Its streets; without them none can be closed.
    """

    def __init__(
        self, problem: Problem, plan: Plan, events: Iterable[ev.Event] = (), streets: LiveStreets | None = None
    ) -> None:
        self.problem, self.plan, self.streets = problem, plan, streets
        self.events: list[ev.Event] = []
        self._of_id: dict[str, ev.Event] = {}
        self._struck: set[str] = set()
        self._last_s: int | None = None
        self.state = State.at_start(problem, plan, streets)
        for event in events:
            self.enter(event)

    def __len__(self) -> int:
        return len(self.events)

    def read(self, document: Mapping[str, Any], where: str = "event") -> ev.Event:
        """Read an event with the names of this shift.

        Raises
        ------
        InputError
            If it cannot be read; lists all faults.
        """
        return ev.read_event(document, self.problem, where)

    def faults(self, event: ev.Event, where: str = "event") -> list[Fault]:
        """List why an event makes no sense where it happened; none for one that is here already."""
        known = self._of_id.get(event.id)
        if known is not None:
            return [] if known == event else [Fault("RO-702", f"{where}.id", id=event.id)]
        times, wrong = [], []
        for key in ("happened_at", "entered_at"):
            try:
                times.append(seconds_of(getattr(event, key), self.problem.clock, inside=False))
            except MisreadError as error:
                wrong.append(error.at(f"{where}.{key}"))
        if wrong:
            return wrong
        at, entered = times
        if not EARLIEST_S <= at <= self.problem.clock.duration_s + LATEST_S:
            return [Fault("RO-703", f"{where}.happened_at", time=event.happened_at.isoformat(sep=" "))]
        if at - entered > AHEAD_S:
            return [Fault("RO-704", f"{where}.happened_at", time=event.happened_at.isoformat(sep=" "))]
        if isinstance(event, ev.Struck):
            return self._strike_faults(event, where)
        if isinstance(event, ev.Position | ev.Note):  # sensible whatever happened before
            return []
        return _faults(self._before(at), event, where)

    def find(self, id_: str) -> ev.Event | None:
        """Return the event with an id; None without one."""
        return self._of_id.get(id_)

    def enter(self, event: ev.Event) -> Entered:
        """Enter an event.

        Raises
        ------
        InputError
            If it makes no sense (see `faults`); nothing has changed then.
        """
        refuse(self.faults(event))
        if event.id in self._of_id:
            return Entered(event, new=False)
        at = seconds_at(self.problem, event)
        late = self._last_s is not None and at < self._last_s
        if isinstance(event, ev.Struck):
            state = self._without(event.of)
        elif late and not isinstance(event, ev.Position | ev.Note):  # their order does not matter
            state = self._fold([*self._counting(), event])
        else:
            state = after(self.state, event)
        self.events.append(event)
        self._of_id[event.id] = event
        if isinstance(event, ev.Struck):
            self._struck.add(event.of)
        else:
            self._last_s = at if self._last_s is None else max(at, self._last_s)
        self.state = state
        return Entered(event, new=True)

    def copy(self) -> Log:
        """Return a log of its own with the same events."""
        other = Log(self.problem, self.plan, streets=self.streets)
        other.events, other._of_id, other._struck = [*self.events], {**self._of_id}, {*self._struck}
        other._last_s, other.state = self._last_s, self.state
        return other

    def _counting(self) -> list[ev.Event]:
        """The events that were not struck out."""
        return [one for one in self.events if one.id not in self._struck and not isinstance(one, ev.Struck)]

    def _before(self, at: int) -> State:
        """The state when an event happens."""
        if self._last_s is None or at >= self._last_s:
            return self.state
        earlier = [event for event in self._counting() if seconds_at(self.problem, event) <= at]
        return self._fold(earlier)

    def _fold(self, events: Iterable[ev.Event]) -> State:
        return fold(self.problem, self.plan, events, self.streets)

    def _strike_faults(self, event: ev.Struck, where: str) -> list[Fault]:
        """Why an event cannot be struck out: it is not there, is out already, or others stand on it."""
        place = f"{where}.of"
        known = self._of_id.get(event.of)
        if known is None or isinstance(known, ev.Struck):
            return [Fault("RO-705", place, id=event.of)]
        if event.of in self._struck:
            return [Fault("RO-706", place, id=event.of)]
        if isinstance(known, ev.Position | ev.Note):
            return []
        state = State.at_start(self.problem, self.plan, self.streets)
        for other in in_order(self.problem, self._counting()):
            if other.id == event.of:
                continue
            if _faults(state, other, where):
                return [Fault("RO-707", place, id=event.of, other=other.id, kind=other.kind)]
            state = after(state, other)
        return []

    def _without(self, id_: str) -> State:
        """The state without an event."""
        return self._fold([one for one in self._counting() if one.id != id_])


def _faults(state: State, event: ev.Event, where: str) -> list[Fault]:
    """Why an event makes no sense in a state."""
    match event:
        case ev.OffDuty() | ev.Sent() | ev.Arrived() | ev.Left() if not _on_duty(state, event.team):
            return [Fault("RO-708", f"{where}.team", team=event.team)]
        case ev.OnDuty() if _on_duty(state, event.team):
            return [Fault("RO-709", f"{where}.team", team=event.team)]
        case ev.Sent() if event.task is not None:
            return _task_faults(state, event.task, where)
        case ev.TaskDone() | ev.TaskCancelled():
            return _task_faults(state, event.task, where)
        case ev.TaskAdded():
            return _added_faults(state, event, where)
        case ev.PlaceClosed() | ev.PlaceOpened():
            site = state.base.find_site(event.place, ev.FAR_M, stops=True)
            closes = isinstance(event, ev.PlaceClosed)
            if (site in state.closed) == closes:
                code = "RO-712" if closes else "RO-713"
                return [Fault(code, f"{where}.place", place=state.base.site_names[site])]
        case ev.StreetClosed() | ev.StreetOpened():
            return list(_street_faults(state, event, where))
        case ev.PlanPublished():
            try:
                Plan.from_json(state.known, event.plan)
            except InputError as error:
                return list(error.faults)
        case _:
            pass
    return []


def _on_duty(state: State, team: str) -> bool:
    """Whether a team is on duty."""
    return state.teams[state.base.named_teams.index(team)].on_duty


def _street_faults(state: State, event: ev.StreetClosed | ev.StreetOpened, where: str) -> Iterator[Fault]:
    """Why streets cannot be closed or opened."""
    if state.streets is None:
        yield Fault("RO-718", where)
    elif isinstance(event, ev.StreetClosed):
        yield from state.streets.faults(event.change, where)
    else:
        at = seconds_at(state.base, event)
        if not any(one.id == event.of and one.holds(at) for one in state.closed_streets):
            yield Fault("RO-717", f"{where}.of", id=event.of)


def _task_faults(state: State, task: str, where: str) -> list[Fault]:
    """Why a task cannot be spoken of: it does not exist, or is over."""
    if task not in state.tasks:
        near = nearest(task, state.tasks)
        return [Fault("RO-710", f"{where}.task", name=task, near=near or "—")]
    if not state.is_open(task):
        return [Fault("RO-711", f"{where}.task", name=task)]
    return []


def _added_faults(state: State, event: ev.TaskAdded, where: str) -> list[Fault]:
    """Why a task cannot be added."""
    try:
        with_tasks(state.base, [*state.added, Task.from_json(state.base, event.task)])
    except InputError as error:
        return [_placed(fault, where) for fault in error.faults]
    return []


def _placed(fault: Fault, where: str) -> Fault:
    """Return a fault of the event's task with its place."""
    return Fault(fault.code, f"{where}.task", **fault.values)
