"""An exercise: teams that follow the plan in force with drift, and incidents that come up, as events of a room.

Nothing is sent by itself here either: whoever watches the board sends. A team that was sent goes straight there.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from routeopt.dispatch.simulate import incidents
from routeopt.dispatch.state import Errand, State
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.reports.build_model import tracks_of
from routeopt.reports.model import Track
from routeopt.service.room import Room
from routeopt.timeline import end_of

EVERY_S = 60
"""Seconds of the shift between two positions of a team."""
DRIFT_M = 8.0
"""Standard deviation of a position, metres."""
INCIDENTS = 12
"""Incidents of a whole night, in the mean."""
SPEED_MPS = 3.0
"""Of a team on its way to an incident, metres per second."""
BUSY_MIN = 20
"""How long an incident takes, minutes."""
DEGREE_M = 111_195.0
"""Metres of a degree of latitude."""


class Demo:
    """Makes the events of a shift as its clock goes on.

    Parameters
    ----------
    seed
        Of the incidents and the drift.
    """

    def __init__(self, room: Room, seed: int = 0) -> None:
        self.room = room
        self._rng = np.random.default_rng(seed)
        self._last_s = room.now_s()
        self._lines: tuple[Plan, list[Track]] | None = None
        self._incidents = incidents(room.built.problem, INCIDENTS, seed, self._last_s)
        self._n = 0
        self._at: dict[int, tuple[float, float]] = {}
        """Team → where it is while it is sent somewhere."""
        self._arrived: set[tuple[int, int]] = set()
        """Team and begin of each errand whose place it has reached."""

    async def run(self, every: float = 1.0) -> None:
        """Enter what happens, until the shift is over."""
        while self.room.now_s() < self.room.built.problem.clock.duration_s:
            await asyncio.sleep(every)
            documents = self.until(self.room.now_s())
            if documents:
                await self.room.enter(documents, "exercise")

    def until(self, now_s: int) -> list[dict[str, Any]]:
        """Return what has happened since this was asked last."""
        found: list[dict[str, Any]] = []
        while self._last_s + EVERY_S <= now_s:
            begin = self._last_s
            self._last_s += EVERY_S
            found += self._between(begin, self._last_s)
        return found

    def _between(self, begin: int, end: int) -> list[dict[str, Any]]:
        """Events of one stretch of time."""
        state, found = self.room.log.state, list[dict[str, Any]]()
        while self._incidents and self._incidents[0][0] < end:
            at, site = self._incidents.pop(0)
            found.append(self._event("task_added", max(at, begin), task=self._call(state.base, at, site)))
        for k, team in enumerate(state.teams):
            on_duty = (
                int(state.base.team_start_step[k]) <= end // state.base.clock.step_s < state.base.team_end_step[k]
            )
            if not on_duty or not team.on_duty:
                continue
            if team.errand is not None:
                found += self._to_errand(state, k, team.errand, end)
                continue
            self._at.pop(k, None)
            found += self._by_plan(state, k, begin, end)
        return found

    def _by_plan(self, state: State, k: int, begin: int, end: int) -> list[dict[str, Any]]:
        """Where a team is by the plan in force, and the stops that it reaches and leaves."""
        if self._lines is None or self._lines[0] is not state.plan:
            self._lines = state.plan, tracks_of(state.drawn(self.room.built), state.plan)
        track, name, step_s = self._lines[1][k], state.base.team_names[k], state.base.clock.step_s
        found = [self._position(name, end, *_place_on(track, end))]
        for visit in state.plan.routes[k].visits:
            kind = state.problem.activities.rows[visit.activity].kind
            if kind.is_record:
                continue
            for what, at in (("arrived", visit.start * step_s), ("left", end_of(state.problem, visit) * step_s)):
                if begin <= at < end:
                    found.append(self._event(what, at, team=name, place=state.base.site_names[visit.site]))
        return found

    def _to_errand(self, state: State, k: int, errand: Errand, end: int) -> list[dict[str, Any]]:
        """A team on its way to where it was sent, there, or done."""
        problem, name = state.base, state.base.team_names[k]
        target = float(problem.site_lat[errand.site]), float(problem.site_lon[errand.site])
        here = self._at.get(k) or state.teams[k].position or target
        here = _towards(here, target, SPEED_MPS * EVERY_S)
        self._at[k] = here
        found = [self._position(name, end, *here)]
        place, key = problem.site_names[errand.site], (k, errand.since_s)
        if here == target and key not in self._arrived:
            self._arrived.add(key)
            found.append(self._event("arrived", end, team=name, place=place))
        if end >= errand.until_s:
            if errand.task is not None and state.is_open(errand.task):
                found.append(self._event("task_done", end, task=errand.task, team=name))
            found.append(self._event("left", end, team=name, place=place))
        return found

    def _position(self, name: str, at: int, lat: float, lon: float) -> dict[str, Any]:
        north, east = self._rng.normal(0.0, DRIFT_M, 2) / DEGREE_M
        lon += east / math.cos(math.radians(lat))
        return self._event("position", at, team=name, lat=round(lat + north, 6), lon=round(lon, 6))

    def _call(self, problem: Problem, at: int, site: int) -> dict[str, Any]:
        """An incident as a task."""
        clock, place = problem.clock, problem.site_names[site]
        name = f"{clock.text(at)} {place} #{self._n + 1}"
        windows = [[clock.exact(at // clock.step_s * clock.step_s), clock.exact(clock.duration_s)]]
        return {"name": name, "place": place, "service_min": BUSY_MIN, "windows": windows}

    def _event(self, kind: str, at: int, **fields: Any) -> dict[str, Any]:
        """An event as JSON has it."""
        self._n += 1
        clock = self.room.built.problem.clock
        assert clock.date is not None
        midnight = dt.datetime.combine(clock.date, dt.time())
        when = (midnight + dt.timedelta(minutes=clock.start_min, seconds=int(at))).isoformat()
        return {"id": f"exercise-{self._n}", "kind": kind, "happened_at": when, "entered_at": when, **fields}


def _place_on(track: Track, at: int) -> tuple[float, float]:
    """Where a track is at a time; at its ends before and after."""
    return float(np.interp(at, track.time_s, track.lat)), float(np.interp(at, track.time_s, track.lon))


def _towards(here: Sequence[float], target: tuple[float, float], metres: float) -> tuple[float, float]:
    """Go so far on the straight line, at most to the target."""
    north = (target[0] - here[0]) * DEGREE_M
    east = (target[1] - here[1]) * DEGREE_M * math.cos(math.radians(target[0]))
    left = math.hypot(north, east)
    if left <= metres:
        return target
    share = metres / left
    return here[0] + share * (target[0] - here[0]), here[1] + share * (target[1] - here[1])
