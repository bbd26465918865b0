"""What a strategy returns: visits, routes, plans, results."""

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
    """Index into the problem's dwell menu (of a longer stay, its last part: the team arrives and waits before);
    behind the menu the tasks: ``n_dwells + q`` is the service of task q."""


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
    """A stop that is not as it was in the plan in force."""

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
    """Visibility and rewards of tasks as the strategy counts them; equal to ``evaluate``'s value."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value, None where the strategy proves none."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at every improvement."""
    interrupted: bool = False
    changes: tuple[Change, ...] = ()
    """Against the plan in force, where a shift in progress is re-planned."""
