"""Plans and the results of strategies: visits, routes, plans, changes, results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from routeopt.errors import Message


class Visit(NamedTuple):
    """One activity of a team at a site, in the steps ``start ≤ t < start + length of the activity``."""

    site: int
    """Site index: row of the travel matrix."""
    start: int
    """First step of the visit; the team may arrive earlier and wait."""
    dwell: int
    """Activity index: 0 … n_dwells − 1 choose a dwell time of the menu, n_dwells + q serves task q. A stay longer
    than the longest dwell is a wait followed by a visit."""


@dataclass(frozen=True)
class Route:
    """The visits of one team's shift, in time order. The team waits at the next visit's site, never on the way."""

    team: int
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """One route per team, in the order of the teams."""

    routes: tuple[Route, ...]


class Change(NamedTuple):
    """A visit added to, or dropped from, the plan in force."""

    team: int
    what: str
    """``added`` or ``dropped``."""
    visit: Visit
    why: Message


@dataclass(frozen=True)
class Result:
    """The plan that a strategy found, and how it was found."""

    plan: Plan
    value: float
    """Objective of the plan: visibility and rewards of tasks. Equals the value that ``evaluate`` returns."""
    strategy: str
    seed: int
    runtime_s: float
    iterations: int
    bound: float | None = None
    """Upper bound on the value of any plan; None if the strategy does not prove one."""
    history: tuple[tuple[float, float], ...] = field(default=())
    """(seconds, value) at each improvement."""
    interrupted: bool = False
    """Whether the search ended early by Ctrl-C."""
    changes: tuple[Change, ...] = ()
    """Changes to the plan in force, if a shift in progress was re-planned."""
