"""A night's plan as its file gives it, whatever scenario it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.diff import PlannedStop
from routeopt.errors import Fault, InputError
from routeopt.exchange.plan_json import date_of, read_document
from routeopt.explain.plan_diff import object_in, stops_in
from routeopt.problem.names import plain

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NightPlan:
    """A plan."""

    path: Path
    document: Mapping[str, Any]
    clock: Clock
    stops: tuple[PlannedStop, ...]
    """By team and time, without waits and absences."""
    tasks: tuple[str, ...]
    """Name of the task of each stop, "" for none."""
    lat: Array
    """(n_stops,) WGS-84; NaN where the file does not say."""
    lon: Array

    @property
    def teams(self) -> tuple[str, ...]:
        """Names of its teams."""
        return tuple(str(route["team"]) for route in self.document["routes"])

    @property
    def figures(self) -> dict[str, Any]:
        """As `routeopt.exchange.plan_json.figures_json` gives them; empty if the file has none."""
        return object_in(self.document, "figures")

    @property
    def begin(self) -> np.datetime64 | None:
        """When it starts, to the minute; None without a date."""
        return None if self.clock.date is None else start_of(self.clock)

    def title(self, n: int) -> str:
        """What people call a stop: its task, or its place."""
        return self.tasks[n] or self.stops[n].site

    def text(self, n: int) -> str:
        """When a stop begins, ``21:40``."""
        return self.clock.text(self.stops[n].start_s - self.clock.start_min * 60)

    @cached_property
    def minutes(self) -> dict[str, float]:
        """Place → minutes of all teams there."""
        found: dict[str, float] = {}
        for n, stop in enumerate(self.stops):
            found[self.title(n)] = found.get(self.title(n), 0.0) + stop.dwell_s / 60
        return found

    @cached_property
    def at(self) -> dict[str, list[int]]:
        """Name of a place or task, `plain` → its stops, by time."""
        found: dict[str, list[int]] = {}
        for n in sorted(range(len(self.stops)), key=lambda n: self.stops[n].start_s):
            for name in dict.fromkeys((plain(self.stops[n].site), plain(self.tasks[n]))):
                if name:
                    found.setdefault(name, []).append(n)
        return found

    def said(self, n: int) -> str:
        """Team and time of a stop."""
        return f"{self.stops[n].team} {self.text(n)}"

    def when(self, name: str) -> tuple[str, ...]:
        """Team and time of each stop at a place, or for a task."""
        return tuple(self.said(n) for n in self.at.get(plain(name), ()))


def start_of(clock: Clock) -> np.datetime64:
    """When a dated clock starts, to the minute."""
    return np.datetime64(clock.date, "m") + np.timedelta64(clock.start_min, "m")


def read_night(path: Path) -> NightPlan:
    """Read a plan.json as the plan of a night.

    Raises
    ------
    InputError
        If it is no plan, or a field that gives its stops is missing or invalid.
    """
    document = read_document(path)
    clock = clock_of(path, document)
    known = [
        visit for route in document["routes"] for visit in route["visits"]
        if "wait_steps" not in visit and "away_steps" not in visit
    ]  # fmt: skip
    listed = [pair for pair in zip(stops_in(path, document), known, strict=True) if pair[1].get("kind") != "break"]
    stops, visits = tuple(stop for stop, _ in listed), [visit for _, visit in listed]

    def degrees(key: str) -> Array:
        given = [visit.get(key) for visit in visits]
        return np.array([x if isinstance(x, (int, float)) else np.nan for x in given], dtype=np.float64)

    tasks = tuple(str(visit.get("task") or "") for visit in visits)
    return NightPlan(path, document, clock, stops, tasks, degrees("lat"), degrees("lon"))


def clock_of(path: Path, document: Mapping[str, Any]) -> Clock:
    """Return the clock of a plan's file.

    Raises
    ------
    InputError
        If it is missing or invalid.
    """
    given = object_in(document, "clock")
    try:
        return Clock(given["start_min"], given["n_steps"], given["step_s"], date_of(dict(document)))
    except (KeyError, InputError):
        raise InputError(Fault("RO-510", path, field="clock")) from None
