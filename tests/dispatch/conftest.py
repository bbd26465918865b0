"""A shift in progress: a small night of known date, its plan, and events by the minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from routeopt import Budget, solve
from routeopt.clock import Clock
from routeopt.dispatch.log import Log

BEGIN = dt.datetime(2026, 11, 27, 19)


def at(minute: float) -> str:
    """A time by the minutes from the shift's start."""
    return (BEGIN + dt.timedelta(minutes=minute)).isoformat()


@pytest.fixture
def shift(make_problem):
    """A night of 120 minutes with two teams, and a plan."""
    problem = make_problem(3)
    clock = Clock(1140, problem.n_steps, 60, BEGIN.date())
    lat, lon = 26.66 + np.arange(problem.n_sites) * 0.002, np.full(problem.n_sites, 119.55)
    problem = replace(problem, clock=clock, site_lat=lat, site_lon=lon)
    return problem, solve(problem, Budget(iterations=60), seed=1).plan


@pytest.fixture
def log(shift) -> Log:
    return Log(*shift)


@pytest.fixture
def enter(log) -> Callable[..., Any]:
    """Enter an event by its kind, the minute in which it happened, and its fields."""

    def one(kind: str, minute: float, entered: float | None = None, id: str | None = None, **fields: Any) -> Any:
        name = f"{kind}-{minute:g}-{len(log)}" if id is None else id
        late = minute if entered is None else entered
        document = {"id": name, "kind": kind, "happened_at": at(minute), "entered_at": at(late), **fields}
        return log.enter(log.read(document))

    return one
