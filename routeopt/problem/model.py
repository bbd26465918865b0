"""The meeting point of the two wings: a night's problem as arrays, plus the names behind the indices.

``Problem`` is finished before any search starts and never changes afterwards; ``dataclasses.replace``
makes variants. It and its parts check themselves when they are made (`routeopt.problem.validate`): kernels trust
every index. Their arrays are read-only; one of the right type is not copied, so do not write into it any more.
Shapes use n_points (demand points), n_steps, n_sites, n_teams, n_profiles (distinct ways
of moving and seeing: one per mode in use), n_dwells, n_tasks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock, seconds_of
from routeopt.errors import Fault, InputError, MisreadError
from routeopt.guard import kind, number, refuse, whole
from routeopt.problem.access import Access, Closure, close, closure_faults
from routeopt.problem.activities import Activities, Kind
from routeopt.problem.goals import Goal
from routeopt.problem.movement import UNREACHABLE as UNREACHABLE
from routeopt.problem.movement import Profile as Profile
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.names import NEAR_M, Names, site_of
from routeopt.problem.periods import Moves as Moves
from routeopt.problem.periods import Periods as Periods
from routeopt.problem.validate import check_problem, check_tasks
from routeopt.problem.zones import Zone as Zone
from routeopt.problem.zones import ZoneLayer as ZoneLayer
from routeopt.problem.zones import labelled, zones_of

Time = str | dt.time | dt.datetime
"""A time of day: ``21:40``, ``02:00+1``, ``26:00``, or a `datetime.time`; or a `datetime`, whose day counts if the
plan has a date, and which is on the plan's clock if it has no time zone."""
Place = str | tuple[float, float] | Mapping[str, Any]
"""A name, or a position: (lat, lon), or a mapping with lat, lon and perhaps crs (wgs84, gcj02 or bd09)."""


@dataclass(frozen=True)
class Tasks:
    """One-off visits, each with its windows, its service and its reward; none unless given.

    `routeopt.problem.tasks.with_tasks` makes them from a list.

    Raises
    ------
    InputError
        With every fault: types, shapes, ranges, pointers, a task without a window.
    """

    names: tuple[str, ...] = ()
    site: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_tasks,) where it is done; need not be a place for ordinary stops."""
    window_ptr: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    """(n_tasks + 1,) CSR pointer: the windows of each task."""
    opens: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_windows,) first step in which service may begin."""
    closes: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_windows,) last step in which service may begin."""
    service_steps: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_tasks,) at least 1."""
    reward: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0, dtype=np.float64))
    """(n_tasks,) what doing it once is worth, as a share of the night's demand."""
    mandatory: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """(n_tasks,) a plan without it is no plan."""
    allowed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    """(n_tasks, n_teams) who may do it."""
    crew: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_tasks,) how many teams do it together, beginning in the same step. Default: 1."""
    lead: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    """(n_tasks, n_teams) teams of which one at least is among the crew. Default: all."""
    group: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_tasks,) first of the tasks that are alternatives: one of them is done. They differ in place, windows and
    who may do them alone. Default: each by itself."""
    presence: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """(n_tasks,) how far a team that does it is seen, in [0, 1]. Default: 1."""
    free: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """(n_tasks,) whether a team that does it can be called away, and counts for response. Default: no."""
    sort: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """(n_tasks,) a `Sort`, for people. Default: a task."""

    def __post_init__(self) -> None:
        check_tasks(self)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_first(self) -> NDArray[np.bool_]:
        """(n_tasks,) whether it is the first of its alternatives, or has none: one for everything to be done."""
        first: NDArray[np.bool_] = self.group == np.arange(len(self))
        return first


@dataclass(frozen=True)
class Problem:
    """A night: demand, sites, teams. The specification of its value is ``evaluate``.

    Raises
    ------
    InputError
        With every fault: types, shapes, ranges, pointers, and parts that do not fit each other.
    """

    clock: Clock
    demand: NDArray[np.float64]
    """(n_points, n_steps) λ, demand per minute."""
    level0: NDArray[np.float64]
    """(n_points,) ℓ at the plan's start, in [0, 1]; not 0 when a shift in progress is resumed."""
    dwell_steps: NDArray[np.int32]
    """(n_dwells,) dwell menu, steps, ascending."""
    dwell_effect: NDArray[np.float64]
    """(n_dwells,) g(dwell) in [0, 1], not falling."""
    passage_effect: float
    """g of a passage."""
    tau_s: float
    """Decay time of the lasting effect, seconds."""
    profiles: tuple[Profile, ...]
    team_profile: NDArray[np.int32]
    """(n_teams,) index into profiles."""
    team_factor: NDArray[np.float64]
    """(n_teams,) visibility factor v in [0, 1]."""
    team_start_site: NDArray[np.int32]
    """(n_teams,) site where the shift starts."""
    team_end_site: NDArray[np.int32]
    """(n_teams,) site where the shift ends."""
    team_start_step: NDArray[np.int32]
    """(n_teams,) first step on duty."""
    team_end_step: NDArray[np.int32]
    """(n_teams,) step by which the team is at its end site."""
    team_powers: NDArray[np.bool_]
    """(n_teams,) may act on what comes up (counts for handling)."""
    response_ptr: tuple[NDArray[np.int64], ...]
    """Per handling radius: CSR pointer over (profile, site) rows of the points that are reached in time."""
    response_point: tuple[NDArray[np.int32], ...]
    handling_min: tuple[float, ...]
    """Handling radii, minutes."""
    site_names: tuple[str, ...] = ()
    """(n_sites,) ``site 0``, ``site 1``, … where there are none."""
    # places and names, for people: nothing in the solving wing reads them
    site_lat: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    site_lon: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    site_stoppable: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_sites,) False for posts that are start or end only; all are places to stop where it is empty."""
    site_zone: tuple[str, ...] = ()
    """(n_sites,) community of each site, "" where none."""
    point_names: tuple[str, ...] = ()
    """(n_points,) street of each demand point."""
    point_segment: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_points,) segment of the network that the point stands for; empty where there is no network."""
    point_zone: tuple[str, ...] = ()
    """(n_points,) community of each demand point, "" where none."""
    zone_layers: tuple[ZoneLayer, ...] = ()
    """Zones of all kinds; ``site_zone`` and ``point_zone`` tell those of the first. Without any, these two alone
    say which zones there are."""
    team_names: tuple[str, ...] = ()
    """(n_teams,) ``team 0``, ``team 1``, … where there are none."""
    name: str = ""
    tasks: Tasks = field(default_factory=Tasks)
    access: Access = field(default_factory=Access)
    """Where and when teams may not stop."""
    area_names: tuple[str, ...] = ()
    """Areas that teams may have; none where no team keeps to one."""
    site_area: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_sites,) index into ``area_names``, −1 where none; empty without areas."""
    team_area: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_teams,) the area that each team keeps to, −1 where none; empty without areas."""
    team_zone: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_teams,) index into `zones` of the zone that each team keeps to, −1 where none; empty without any."""
    leaving_price: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """(n_teams,) what each stop outside its zone costs the team, as a share of the night's demand; −1 where it may
    not stop there. Searches count it, ``evaluate`` never does. Empty where no team may leave its zone."""
    team_reserve: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_teams,) whether each team stands by at its post; empty where none does."""
    team_anywhere: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    """(n_teams,) whether each team starts at its first visit's site, wherever that is, and ends there; its start
    and end site count while it has no visit. Empty where none does."""
    absent0: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    """(n_points, n_steps) 1 − p without these teams: Π (1 − v·ρ) over others present; 1 everywhere where empty."""
    keep0: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))
    """(n_points, n_steps) Π (1 − dose) over the others' departures; 1 everywhere where empty."""
    periods: Periods = field(default_factory=Periods)
    """When teams move by other legs; ``profiles`` has those of all periods."""
    goals: tuple[Goal, ...] = ()
    """Floors on what is seen or reached in time."""
    spacing_steps: int = 0
    """Least number of steps from the start of a team's stop to the start of its next; tasks do not count."""
    longest_work: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """(n_teams,) most steps of duty without a break, 0 for no limit; empty where no team has one."""
    must_visits: MustVisits = field(default_factory=MustVisits)
    """Places that may not be left alone for long."""

    def __post_init__(self) -> None:
        check_problem(self)

    def team(self, name: str) -> int:
        """Return the index of a team.

        Raises
        ------
        InputError
            If there is no team of that name; names the one most like it.
        """
        return _found("name", lambda: self.named_teams.index(name))

    def site(self, place: Place, within_m: float = NEAR_M) -> int:
        """Return the index of a place by its name, or of the place nearest to a position.

        Raises
        ------
        InputError
            If there is no place of that name, or none within ``within_m`` of the position.
        """
        refuse(number("within_m", within_m, 0))
        return _found("place", lambda: self.find_site(place, within_m))

    def step(self, time: Time, *, up: bool = False) -> int:
        """Return the step in which a time lies, or with ``up`` the first one that begins then or later.

        A time without a day is the first such time of the plan; its end is step ``n_steps``.

        Raises
        ------
        InputError
            If it is no time of day, or outside the plan.
        """
        return _found("time", lambda: self.find_step(time, up=up))

    def time(self, step: int) -> str:
        """Return when a step begins, as `step` reads it: ``21:40``.

        Raises
        ------
        InputError
            If it is not a whole number from 0 to ``n_steps``.
        """
        refuse(whole("step", step, 0, self.n_steps))
        return self.clock.exact(int(step) * self.clock.step_s)

    @cached_property
    def named_teams(self) -> Names:
        """The teams by name."""
        return Names("team", self.team_names)

    @cached_property
    def named_sites(self) -> Names:
        """The sites by name."""
        return Names("site", self.site_names)

    def find_site(self, place: object, within_m: float = NEAR_M, *, stops: bool = False) -> int:
        """Like `site`, for readers of several values: raises a `MisreadError`.

        With ``stops`` a position stands for a place where teams may stop.
        """
        among = self.site_stoppable if stops else None
        return site_of(place, self.named_sites, self.site_lat, self.site_lon, within_m, among)

    def find_step(self, time: object, *, up: bool = False, inside: bool = True) -> int:
        """Like `step`, for readers of several values: raises a `MisreadError`.

        Without ``inside``, times that say on which day they are may lie outside the plan.
        """
        time_s = seconds_of(time, self.clock, inside=inside)
        return -(-time_s // self.clock.step_s) if up else time_s // self.clock.step_s

    def movement(self, team: int) -> Moves:
        """Return how a team moves, and what it sees."""
        return self._moves[self.team_profile.item(team)]

    @cached_property
    def _moves(self) -> tuple[Moves, ...]:
        """How the teams of each profile move."""
        begin = self.periods.begin.tolist()
        legs = self.periods.profile.tolist() or [[p] for p in range(len(self.profiles))]
        return tuple(
            Moves(profile, begin, [self.profiles[q] for q in row])
            for profile, row in zip(self.profiles, legs, strict=True)
        )

    def in_area(self, team: int, site: int) -> bool:
        """Whether a site lies in the team's area; everywhere for a team without one."""
        own = self.team_area[team] if len(self.team_area) else -1
        return bool(own < 0 or self.site_area[site] == own)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """The zones of all layers; those of ``point_zone`` and ``site_zone`` where there are none."""
        return zones_of(self.zone_layers or labelled(self.point_zone, self.site_zone))

    def home(self, team: int) -> int:
        """Return the index of the zone outside which a team must not stop, −1 for none."""
        own = int(self.team_zone[team]) if len(self.team_zone) else -1
        return -1 if len(self.leaving_price) and self.leaving_price[team] >= 0 else own

    @cached_property
    def leaving(self) -> NDArray[np.float64]:
        """(n_teams, n_sites) what a stop costs the team, by `leaving_price`; 0 in its zone and at its posts."""
        found = np.zeros((self.n_teams, self.n_sites))
        for team, price in enumerate(self.leaving_price.tolist()):
            if price > 0 and not self.is_reserve(team):
                found[team] = np.where(self.zones[int(self.team_zone[team])].sites, 0.0, price)
                found[team, [self.team_start_site[team], self.team_end_site[team]]] = 0.0
        return found

    @property
    def has_prices(self) -> bool:
        """Whether it has floors, or zones with a price for leaving: what searches by price alone keep."""
        return bool(len(self.goals)) or bool((self.leaving_price > 0).any())

    @property
    def rules_on_presence(self) -> tuple[Goal, ...]:
        """Goals that a plan must keep."""
        return tuple(goal for goal in self.goals if goal.is_rule)

    def kept_to(self, team: int) -> NDArray[np.bool_]:
        """Return where a team may stop by its zone, or as a reserve, (n_sites,); always at its posts."""
        own = self.home(team)
        found = np.full(self.n_sites, own < 0) if own < 0 else self.zones[own].sites
        if self.is_reserve(team):
            found = np.zeros(self.n_sites, dtype=np.bool_)
        found[[self.team_start_site[team], self.team_end_site[team]]] = True
        return found

    def is_reserve(self, team: int) -> bool:
        """Whether the team stands by at its post."""
        return bool(len(self.team_reserve) and self.team_reserve[team])

    def starts_anywhere(self, team: int) -> bool:
        """Whether the team starts at its first visit's site, and ends there."""
        return bool(len(self.team_anywhere) and self.team_anywhere[team])

    def given(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return ``absent0`` and ``keep0``, (n_points, n_steps) each, as new arrays."""
        absent = self.absent0.copy() if self.absent0.size else np.ones(self.demand.shape)
        return absent, self.keep0.copy() if self.keep0.size else np.ones(self.demand.shape)

    @cached_property
    def activities(self) -> Activities:
        """The dwell menu and the tasks as one table, which `Visit.activity` indexes."""
        return _activities(self)

    @property
    def visit_steps(self) -> NDArray[np.int32]:
        """(n_activities,) length of a visit by its activity, steps."""
        return self.activities.steps

    @property
    def visit_effect(self) -> NDArray[np.float64]:
        """(n_activities,) g of a visit by its activity; of another length, that of the longest dwell in it."""
        return self.activities.effect

    @property
    def n_dwells(self) -> int:
        """Number of dwells on the menu; a visit of activity ``n_dwells + q`` does task q."""
        return len(self.dwell_steps)

    def closed(self, closures: Iterable[Closure]) -> Problem:
        """Return the problem with more closures; the same one if there are none.

        Raises
        ------
        InputError
            With every site and team that the problem does not have, and every value that is no whole number.
        """
        refuse(kind("closures", closures, Iterable))
        closures = tuple(closures)
        refuse(closure_faults(closures, self.n_teams, self.n_sites))
        if not closures:
            return self
        return replace(self, access=close(self.access, self.n_teams, self.n_sites, self.n_steps, closures))

    def priced(self, prices: Sequence[float]) -> Problem:
        """Return the problem with these prices of its goals (`Result.prices`); the same one if there are none.

        Raises
        ------
        InputError
            If there is not one price per goal, or one is out of range.
        """
        if not len(prices):
            return self
        if len(prices) != len(self.goals):
            raise InputError(Fault("RO-425", "prices", expected=len(self.goals), got=len(prices)))
        goals = zip(self.goals, prices, strict=True)
        return replace(self, goals=tuple(replace(goal, price=price) for goal, price in goals))

    @property
    def n_points(self) -> int:
        """Number of demand points."""
        return int(self.demand.shape[0])

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return int(self.demand.shape[1])

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return self.profiles[0].n_sites

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.team_profile)


def _found(argument: str, find: Callable[[], int]) -> int:
    """What ``find`` returns; what it cannot read is a fault of the argument."""
    try:
        return find()
    except MisreadError as error:
        raise InputError(error.at(argument)) from None


def _activities(problem: Problem) -> Activities:
    """The table of a problem: dwell menu, tasks, then stops, waiting and being away for n_steps … 1 steps."""
    tasks, n_dwells, n_steps = problem.tasks, len(problem.dwell_steps), problem.n_steps
    sizes = n_dwells, len(tasks), n_steps, n_steps, n_steps
    n, chosen, is_task = sum(sizes), n_dwells + len(tasks), slice(n_dwells, n_dwells + len(tasks))

    def with_tasks(value: float, of_tasks: NDArray[Any], dtype: type) -> NDArray[Any]:
        """A column of one value but for the tasks."""
        column: NDArray[Any] = np.full(n, value, dtype=dtype)
        column[is_task] = of_tasks
        return column

    kind = np.repeat([Kind.DWELL, Kind.TASK, Kind.STOP, Kind.WAIT, Kind.AWAY], sizes).astype(np.int8)
    is_stop = (kind == Kind.DWELL) | (kind == Kind.STOP)
    down = np.arange(n_steps, 0, -1)
    steps = np.concatenate([problem.dwell_steps, tasks.service_steps, down, down, down]).astype(np.int32)
    lasting = is_stop | (with_tasks(0.0, tasks.presence, np.float64) > 0)
    fits = np.searchsorted(problem.dwell_steps, steps, side="right")
    who = np.ones((n, problem.n_teams), dtype=np.bool_)
    who[is_task] = tasks.allowed.reshape(len(tasks), problem.n_teams)
    return Activities(
        kind=kind,
        steps=steps,
        effect=np.where(lasting, np.append(0.0, problem.dwell_effect)[fits], 0.0),
        presence=np.where(
            kind == Kind.TASK, with_tasks(0.0, tasks.presence, np.float64), (kind != Kind.AWAY).astype(np.float64)
        ),
        free=is_stop | (kind == Kind.WAIT) | with_tasks(0, tasks.free, np.bool_),
        reward=with_tasks(0.0, tasks.reward, np.float64),
        required=with_tasks(0, tasks.mandatory, np.bool_),
        once=kind == Kind.TASK,
        crew=with_tasks(1, tasks.crew, np.int32),
        group=np.where(kind == Kind.TASK, n_dwells + with_tasks(0, tasks.group, np.int32), np.arange(n)).astype(
            np.int32
        ),
        site=with_tasks(-1, tasks.site, np.int32),
        who=who,
        lasting=lasting,
        name=("",) * n_dwells + tasks.names + ("",) * (3 * n_steps),
        first_task=n_dwells,
        n_chosen=chosen,
    )
