"""Visits, routes, plans and results, as strategies return them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from routeopt.errors import Message


class Visit(NamedTuple):
    """A stop of one team: present in the steps ``start ≤ t < start + dwell``."""

    site: int
    """Row of the travel matrix."""
    start: int
    """First step of presence."""
    dwell: int
    """Activity index: 0 … n_dwells − 1 choose a dwell time (for a longer stay, that of its last part), and
    n_dwells + q serves task q."""


@dataclass(frozen=True)
class Route:
    """One team's night: its visits in time order. Waiting happens where the team last was."""

    team: int
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One route per team, in the teams' order."""

    routes: tuple[Route, ...]


class Change(NamedTuple):
    """A stop that differs from the plan in force."""

    team: int
    what: str
    """``added`` or ``dropped``."""
    visit: Visit
    why: Message


@dataclass(frozen=True)
class Result:
    """What ``solve`` found."""

    plan: Plan
    value: float
    """Visibility and rewards of tasks; equal to `routeopt.evaluation.value`."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value; None if the strategy computes no bound."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at every improvement."""
    interrupted: bool = False
    changes: tuple[Change, ...] = ()
    """Changes against the plan in force, if a shift in progress was re-planned."""
