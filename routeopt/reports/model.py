"""What reports show: a finished plan with everything worked out (see `routeopt.reports.build_model`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message
from routeopt.exchange.export import Export
from routeopt.explain.directions import Move
from routeopt.explain.prices import RulePrice
from routeopt.explain.uncovered import Uncovered
from routeopt.explain.unvisited import LeftOut
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.streets.ground import Ground
from routeopt.streets.network import StreetNetwork, unproject


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
    busy: str = ""
    """What makes the place busy at that time, without more."""
    kind: str = "stop"
    """``stop``, ``order`` (a task), ``post`` (a fixed one), ``break``, ``wait`` (seen and free) or ``away``."""
    task: str = ""
    """The order that it carries out."""
    window: str = ""
    """When the order may begin."""
    mandatory: bool = False
    """Whether the order must be carried out."""
    crew: tuple[str, ...] = ()
    """Teams that do it together with this one."""
    worth: float | None = None
    """What leaving it out would lose, a share of the demand (`routeopt.explain.worth`); None where not known."""

    @property
    def title(self) -> str:
        """What people call it: an order's own name, whatever else is at its place, or the place's."""
        if self.kind == "break" and self.site:
            return f"{self.task} · {self.site}"
        return self.task or self.site

    @property
    def counts(self) -> bool:
        """Whether it is a stop of the patrol or an order."""
        return self.kind in ("stop", "order", "post")


@dataclass(frozen=True)
class Free:
    """A time without a stop, at a place and free; seconds from the plan's start."""

    team_index: int
    before: int
    """Number of the stop that follows; one more than there are for the end of the duty."""
    place: str
    post: bool
    """Whether it is a post."""
    begin_s: int
    end_s: int


@dataclass(frozen=True)
class Post:
    """A station on the map."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Track:
    """A team's movement: points with times (seconds from the plan's start); a stay is one point twice."""

    team: str
    team_index: int
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    time_s: NDArray[np.float64]


@dataclass(frozen=True)
class StreetLines:
    """The segments to draw, n of them; arrays are (n,) unless said otherwise."""

    classes: tuple[str, ...]
    names: tuple[str, ...]
    cls: NDArray[np.integer[Any]]
    """Of ``classes``."""
    name: NDArray[np.integer[Any]]
    """Of ``names``."""
    row: NDArray[np.integer[Any]]
    """Demand point, −1 where a segment has none."""
    ptr: NDArray[np.int64]
    """(n + 1,) where the corners of each segment begin."""
    lat: NDArray[np.float64]
    """(n_corners,)"""
    lon: NDArray[np.float64]

    def __len__(self) -> int:
        """Return n."""
        return len(self.row)

    @cached_property
    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the greatest latitude of each segment, (2, n), and the same of its longitude."""
        ends = (np.minimum, np.maximum)
        lat, lon = (
            np.stack([end.reduceat(degrees, self.ptr[:-1]) for end in ends]) for degrees in (self.lat, self.lon)
        )
        return lat, lon

    @classmethod
    def of(cls, net: StreetNetwork, row: NDArray[np.integer[Any]]) -> StreetLines:
        """Return the segments of a network; ``row`` as above."""
        lat, lon = unproject(net, net.geom_x, net.geom_y)
        return cls(net.classes, net.names, net.seg_class, net.seg_name, row, net.geom_ptr, lat, lon)


@dataclass(frozen=True)
class Change:
    """Streets that change for a time; seconds from the plan's start."""

    begin_s: int
    end_s: int
    kph: float
    """Greatest speed, 0 where they are closed."""
    modes: tuple[str, ...]
    """Modes that it concerns, of those in use."""
    streets: tuple[tuple[str, bool], ...]
    """Their names, each with whether the whole street is concerned."""
    lines: tuple[int, ...]
    """Indices of `ReportModel.streets`."""
    kind: str = "closed"
    """``closed``, ``slow``, ``oneway`` or ``no_stop``."""
    bearing: float | None = None
    """Where one-way streets lead, degrees clockwise from north; None: the other way than usual."""


@dataclass(frozen=True)
class AreaLines:
    """An area that teams keep to."""

    name: str
    teams: tuple[int, ...]
    lines: tuple[int, ...]
    """Indices of `ReportModel.streets`."""


@dataclass(frozen=True)
class Border:
    """The border of a zone on the map."""

    name: str
    layer: str
    rings: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    """(lat, lon) of each closed ring, holes among them."""


@dataclass(frozen=True)
class Watched:
    """What an operator watches for a time; seconds from the plan's start."""

    operator: str
    begin_s: int
    end_s: int
    cameras: tuple[int, ...]
    """Indices of `VideoPatrol.names`."""


@dataclass(frozen=True)
class VideoPatrol:
    """Cameras, what is watched when, and the figures with and without them (see `routeopt.cameras`)."""

    names: tuple[str, ...]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    watches: tuple[Watched, ...]
    detection: tuple[float, float]
    """Share of the demand that is detected at the time: without cameras, with them."""
    reached: dict[float, tuple[float, float]]
    """Minutes → share that is detected at the time and reached within them: without, with."""

    def listed(self, watched: Watched) -> list[str]:
        """The names of the cameras that are watched."""
        return [self.names[camera] for camera in watched.cameras]


@dataclass(frozen=True)
class Directions:
    """How a team gets to its next stop, street by street."""

    team_index: int
    order: int
    """The stop that it leads to, from 1; one more than there are stops for the way to the end post."""
    target: str
    depart_s: int
    arrive_s: int
    length_m: float
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class ZoneFigures:
    """Demand and visibility of a zone; shares in [0, 1]."""

    name: str
    layer: str
    """What kind of zone it is; "" for those that only the list of places names."""
    demand: float
    """Its share of the night's demand."""
    seen: float
    """Its share of the demand seen."""
    visibility: float
    """Share of its own demand that is seen."""
    stops: int


@dataclass(frozen=True)
class ReportModel:
    """Everything that a report shows."""

    problem: Problem
    result: Result
    figures: dict[str, object]
    """As `routeopt.exchange.plan_json.figures_json` gives them."""
    violations: tuple[Message | str, ...]
    stops: tuple[Stop, ...]
    tracks: tuple[Track, ...]
    streets: StreetLines
    inputs: tuple[tuple[str, str], ...]
    """(file name, SHA-256) of every input."""
    notes: tuple[Message | str, ...]
    directions: tuple[Directions, ...] = ()
    zones: tuple[ZoneFigures, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    uncovered: Uncovered = field(default_factory=lambda: Uncovered(0.0, 0.0, 0.0, 0))
    """What the plan leaves unseen, by its cause."""
    free: tuple[Free, ...] = ()
    """Times without a stop of `routeopt.reports.build_model.FREE_S` or longer, by team and time."""
    posts: tuple[Post, ...] = ()
    changes: tuple[Change, ...] = ()
    areas: tuple[AreaLines, ...] = ()
    borders: tuple[Border, ...] = ()
    """Of zones."""
    video: VideoPatrol | None = None
    """None without cameras."""
    ground: tuple[Ground, ...] = ()
    """Waters and parks for the map."""
    seen: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    """S, (n_points, n_steps): how far each demand point is seen, or still held off, in each step."""
    phones: tuple[tuple[str, str], ...] = ()
    """(name, number) of the stations' telephones."""
    route_link: str = ""
    """Link that opens a route, ``{points}`` for its stops; "" where the scenario has none."""
    lang: str = "en"
    """Language of what is written for people."""
    prices: tuple[RulePrice, ...] = ()
    """What rules cost, as far as that was looked for."""
    unpriced: tuple[str, ...] = ()
    """Codes of the rules for whose prices there was no time."""
    basis: Message | str = ""
    """What the plan stands on, a sentence (see `routeopt.explain.basis`)."""
    command: str = ""
    """What makes this plan again; "" where it was not made on the command line."""
    export: Export = field(default_factory=Export)
    """How files for other systems give positions and times."""

    @property
    def goals(self) -> list[dict[str, Any]]:
        """How far each goal is reached, as `routeopt.explain.goals.goals_json` gives it."""
        found: Any = self.figures["goals"]
        return list(found)

    @property
    def zone_kind(self) -> str:
        """What kind of zones the stops name: the first layer; "" where only the list of places names zones."""
        return self.problem.zone_layers[0].name if self.problem.zone_layers else ""

    @property
    def leaving(self) -> list[dict[str, Any]]:
        """How often each team stops outside its zone, of those that leave it at a price."""
        found: Any = self.figures["leaving"]
        return list(found)

    def cameras_json(self) -> dict[str, Any]:
        """Return ``cameras`` for JSON: what they add to the plan, and the watch list; nothing without cameras."""
        video, clock = self.video, self.problem.clock
        if video is None:
            return {}

        def pair(shares: tuple[float, float]) -> dict[str, float]:
            return dict(zip(("without", "with"), shares, strict=True))

        watches = [
            {
                "operator": one.operator, "from": clock.text(one.begin_s), "until": clock.text(one.end_s),
                "cameras": video.listed(one),
            }
            for one in video.watches
        ]  # fmt: skip
        reached = {f"{minutes:g}": pair(shares) for minutes, shares in video.reached.items()}
        found = {"detection": pair(video.detection), "noticed_and_reached": reached, "watch": watches}
        return {"cameras": found}

    @property
    def layers(self) -> list[tuple[str, list[ZoneFigures]]]:
        """The figures of the zones of each layer."""
        return [(name, list(some)) for name, some in groupby(self.zones, key=attrgetter("layer"))]

    def counted(self, team: int | None = None) -> list[Stop]:
        """List the stops of a team, or of all, without waits and absences."""
        return [s for s in (self.stops if team is None else self.stops_of[team]) if s.counts]

    @cached_property
    def stations(self) -> list[str]:
        """Where teams start, in the order of the teams."""
        names = self.problem.site_names
        return list(dict.fromkeys(names[site] for site in self.problem.team_start_site.tolist()))

    @property
    def station_of(self) -> list[int]:
        """Of each team, which of the stations it starts at."""
        number = {name: n for n, name in enumerate(self.stations)}
        return [number[self.problem.site_names[site]] for site in self.problem.team_start_site.tolist()]

    @cached_property
    def stops_of(self) -> list[list[Stop]]:
        """The stops of each team, in the order of `stops`."""
        return _by_team(self.stops, self.problem.n_teams)

    @cached_property
    def free_of(self) -> list[list[Free]]:
        """The times without a stop of each team, in the order of `free`."""
        return _by_team(self.free, self.problem.n_teams)

    @cached_property
    def ways_of(self) -> list[list[Directions]]:
        """The directions of each team, in the order of `directions`."""
        return _by_team(self.directions, self.problem.n_teams)


OfTeam = TypeVar("OfTeam", Stop, Free, Directions)


def _by_team(items: Iterable[OfTeam], n_teams: int) -> list[list[OfTeam]]:
    found: list[list[OfTeam]] = [[] for _ in range(n_teams)]
    for item in items:
        found[item.team_index].append(item)
    return found
