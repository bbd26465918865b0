"""What reports show: a finished plan with everything worked out (see `routeopt.reports.gather`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.reports.export import Export


@dataclass(frozen=True)
class Stop:
    """One stop of one team; times in seconds from the plan's start."""

    team: str
    team_index: int
    order: int
    site: str
    zone: str
    street: str
    lat: float
    lon: float
    arrive_s: int
    start_s: int
    end_s: int
    dwell_min: float
    reason: str


@dataclass(frozen=True)
class Track:
    """A team's movement: points with times (seconds from the plan's start); a stay is one point twice."""

    team: str
    team_index: int
    lat: tuple[float, ...]
    lon: tuple[float, ...]
    time_s: tuple[float, ...]


@dataclass(frozen=True)
class StreetLine:
    """A segment to draw; ``point`` is its demand point, −1 where it has none."""

    cls: str
    name: str
    lat: tuple[float, ...]
    lon: tuple[float, ...]
    point: int


@dataclass(frozen=True)
class Night:
    """Everything that a report shows."""

    problem: Problem
    result: Result
    figures: dict[str, object]
    """As `routeopt.reports.gather.figures_json` gives them."""
    violations: tuple[str, ...]
    stops: tuple[Stop, ...]
    tracks: tuple[Track, ...]
    streets: tuple[StreetLine, ...]
    inputs: tuple[tuple[str, str], ...]
    """(file name, SHA-256) of every input."""
    notes: tuple[str, ...]
    lang: str = "en"
    """Language of what is written for people."""
    export: Export = field(default_factory=Export)
    """How files for other systems give positions and times."""
