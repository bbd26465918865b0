"""Reference implementation of the objective in plain NumPy, independent of the solvers.

Time is a grid of steps. The team of a visit is present at the site from its **arrival** (it may have to wait for
the visit's start) to the end of the visit. At the end it raises the level once, by g(dwell), and leaves at once.
Consecutive visits of one team to the same site are one stay: the team does not leave between them, and raises the
level only at the end, by g of the whole time since the first start. A leg passes whole segments: in each step the
team counts as present with the share of the step that it spends there, and the dose of the passage is due at the
end of the last of those steps. A route ends at the team's end site, where the team waits until its shift ends.
A team that waits at a post without a stop or a task there is not on patrol: it is free to respond, and seen only
where the post is a place for stops. A visit that serves a task is a visit like any other, as long as the task's
service; while serving, the team is not free to respond to calls.

Within a step the level first decays by exp(−step/τ), then the departures due at the beginning of the step raise
it, and the result is the level throughout the step.

Example (worked by hand): one point, λ = 1 per minute for 4 steps of a minute, one team with v = 1 that sees it
fully, τ → ∞, g = 0.5. The team is present in step 1 only. S = 0, 1, 0.5, 0.5: visibility 0.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.guard import kind, refuse
from routeopt.plan import Plan, Route, indexed
from routeopt.problem import Problem
from routeopt.problem.goals import Measure
from routeopt.problem.tasks import done
from routeopt.timeline import Stay, Timeline, Wait, teams_at, walk

Array = NDArray[np.float64]

BAND_DWELL_EFFECT = (0.10, 0.45)
"""Least and greatest g of the shortest dwell in the sensitivity band (literature as read in model.md)."""
BAND_TAU_S = (20 * 60.0, 360 * 60.0)
"""Least and greatest τ in the sensitivity band, seconds."""
WITHIN_MIN = (30, 60, 120)
"""Windows of the "seen within" figures, minutes."""
BLOCK = 2048
"""Points whose tables are worked on at a time."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """What a plan leaves on the demand points, (n_points, n_steps) each; computed once and handed on."""

    absent: Array
    """1 − p, the product over teams within sight of (1 − v·ρ)."""
    keep: Array
    """Product of (1 − dose) over the departures due at the beginning of each step."""
    level: Array
    """ℓ, the lasting effect during each step."""
    seen: Array
    """S = 1 − (1 − p)(1 − ℓ): how far each point is seen, or still held off."""

    @cached_property
    def points(self) -> NDArray[np.int64]:
        """The points where anything is ever seen; in a town these are few."""
        return np.flatnonzero((self.seen > 0).any(axis=1))


@dataclass(frozen=True)
class TaskFigures:
    """How many tasks a plan serves, and what that earns."""

    done: int
    of: int
    reward: float
    """Sum of the rewards earned, each once, as a share of the total demand."""
    left_out: tuple[str, ...]
    """Names of the tasks that are not served."""


@dataclass(frozen=True)
class GoalFigure:
    """How far a plan reaches a goal; shares are in [0, 1], but of `Measure.FAIR`, a ratio of two."""

    name: str
    at_least: float
    reached: float
    rate: float = 1.0
    """Of `Measure.FAIR`, what the town's share is in the same steps: one point of the ratio is that of demand."""

    @property
    def holds(self) -> bool:
        """Whether the floor holds, to 1e-9."""
        return self.reached >= self.at_least - 1e-9


@dataclass(frozen=True)
class LeavingFigure:
    """How often a team stops outside its zone, which it may leave at a price."""

    team: str
    zone: str
    stops: int
    """Stops outside the zone and its posts, of ``of`` stops."""
    of: int
    price: float
    """Of each of them, as a share of the night's demand."""


@dataclass(frozen=True)
class Figures:
    """All figures of a plan; shares are in [0, 1]."""

    value: float
    """The objective: visibility and the rewards of tasks."""
    visibility: float
    """Share of the demand that is seen, or still deterred by an earlier presence."""
    instant: float
    """Share of the demand that is seen at the time it arises (τ → 0)."""
    within: dict[int, float]
    """Minutes → share of the demand at points seen at most that many minutes before."""
    handling: dict[float, float]
    """Minutes → share of the demand that a free, empowered team reaches within that time."""
    backup: dict[float, float]
    """Minutes → the same for a second team."""
    band: tuple[float, float]
    """Least and greatest visibility over g(5 min) ∈ [0.10, 0.45], τ ∈ [20, 360] min."""
    tasks: TaskFigures
    zones: dict[str, float] = field(default_factory=dict)
    """Zone → visibility of the demand inside it."""
    goals: tuple[GoalFigure, ...] = ()
    """How far each goal of the problem is reached."""
    leaving: tuple[LeavingFigure, ...] = ()
    """Of each team that may leave its zone at a price."""


class Mark(NamedTuple):
    """A factor to a table at some points, in one step (or one step each), or throughout several."""

    doses: bool
    """Whether the table is that of the doses, or that of presence."""
    points: NDArray[np.int32]
    steps: slice | int | NDArray[np.int64]
    factor: Array


class _Touched(NamedTuple):
    """`Coverage.absent` and `Coverage.keep` at the points that a plan touches; they are 1 at all others."""

    points: NDArray[np.int64]
    absent: Array
    keep: Array


def coverage(problem: Problem, plan: Plan) -> Coverage:
    """Compute what the plan, and others as given in the problem, leave at each demand point in each step.

    Raises
    ------
    InputError
        If the plan names a team, site, step or activity outside the problem.
    """
    points, absent, keep = _touched(problem, plan)
    level, seen = (np.zeros(problem.demand.shape) for _ in range(2))
    for rows in _blocks(len(points)):
        own = levels(problem, keep[rows], points[rows])
        level[points[rows]], seen[points[rows]] = own, 1 - absent[rows] * (1 - own)
    absent = _everywhere(problem, points, absent)  # one after the other: each is as large as the demand
    keep = _everywhere(problem, points, keep)
    return Coverage(absent, keep, level, seen)


def _everywhere(problem: Problem, points: NDArray[np.int64], table: Array) -> Array:
    """Return a table of some points as one of all, 1 at the others."""
    if len(points) == problem.n_points:
        return table
    found = np.ones(problem.demand.shape)
    found[points] = table
    return found


def _touched(problem: Problem, plan: Plan) -> _Touched:
    plan = indexed(problem, plan)
    return _of_marks(problem, [mark for route in plan.routes for mark in marks_of(problem, walk(problem, route))])


def _of_marks(problem: Problem, marks: Sequence[Mark]) -> _Touched:
    touched = problem.level0 > 0
    for given in (problem.absent0, problem.keep0):
        if given.size:
            touched = touched | (given != 1).any(axis=1)
    touched[_points(marks)] = True
    return _marked(problem, marks, np.flatnonzero(touched))


def _points(marks: Sequence[Mark]) -> NDArray[np.int32]:
    return np.concatenate([np.empty(0, np.int32), *(mark.points for mark in marks)])


def _marked(problem: Problem, marks: Iterable[Mark], points: NDArray[np.int64]) -> _Touched:
    """Apply the marks at some points alone."""
    absent, keep = (
        given[points] if given.size else np.ones((len(points), problem.n_steps))
        for given in (problem.absent0, problem.keep0)
    )
    return _apply(problem, marks, _Touched(points, absent, keep))


def _apply(problem: Problem, marks: Iterable[Mark], to: _Touched) -> _Touched:
    """Apply the marks to these tables, at their points alone; return them."""
    row = np.full(problem.n_points, -1)
    row[to.points] = np.arange(len(to.points))
    for mark in marks:
        table, rows = to.keep if mark.doses else to.absent, row[mark.points]
        steps, factor = mark.steps, mark.factor
        if rows.min(initial=0) < 0:
            inside = rows >= 0
            rows, factor = rows[inside], factor[inside]
            steps = steps[inside] if isinstance(steps, np.ndarray) else steps
        if isinstance(steps, slice):
            table[rows, steps] *= factor[:, None]
        elif isinstance(steps, int):
            table[rows, steps] *= factor
        else:
            np.multiply.at(table, (rows, steps), factor)
    return to


def marks_of(problem: Problem, day: Timeline) -> Iterator[Mark]:
    """Yield one team's presence and doses."""
    movement = problem.movement(day.team)
    v = float(problem.team_factor[day.team])
    for part in day.places():
        if isinstance(part, Wait) and not part.seen:
            continue
        points, rho = movement.seen(part.site)
        strength = v * part.presence if isinstance(part, Stay) else v
        yield Mark(False, points, slice(max(part.begin, 0), part.end), 1 - strength * rho)
        if isinstance(part, Stay) and part.end < problem.n_steps:
            yield Mark(True, points, part.end, 1 - strength * rho * part.effect)
    for leg in day.legs():
        point, after, present, leaves = movement.passage(leg.site, leg.target, leg.begin)
        step = leg.begin + after.astype(np.int64)
        inside = step < problem.n_steps
        yield Mark(False, point[inside], step[inside], 1 - v * present[inside])
        inside = step + 1 < problem.n_steps
        dose = v * leaves[inside] * problem.passage_effect
        yield Mark(True, point[inside], step[inside] + 1, 1 - dose)


def levels(
    problem: Problem, keep: Array, points: NDArray[np.int64] | None = None, tau_s: float | None = None
) -> Array:
    """Compute the level ℓ during each step, (n_points, n_steps), from the departures in ``keep``.

    ``keep`` is of all points, or of ``points``; ``tau_s`` takes the place of the problem's τ.
    """
    fade = np.exp(-problem.clock.step_s / (problem.tau_s if tau_s is None else tau_s))
    level, by_step = np.empty(keep.shape[::-1]), np.ascontiguousarray(keep.T)
    now = problem.level0 if points is None else problem.level0[points]
    for t in range(problem.n_steps):
        now = 1 - (1 - (now * fade if t else now)) * by_step[t]
        level[t] = now
    return np.ascontiguousarray(level.T)


def value(problem: Problem, plan: Plan) -> float:
    """Compute the objective: visibility plus the rewards of the tasks served, each once."""
    return visibility(problem, plan) + reward(problem, plan)


def reward(problem: Problem, plan: Plan) -> float:
    """Sum the rewards of the tasks served, each once."""
    plan = indexed(problem, plan)
    return float(problem.tasks.reward[done(problem, plan) > 0].sum())


def visibility(problem: Problem, plan: Plan) -> float:
    """Compute Σ λ·S / Σ λ, in [0, 1]."""
    return _visibility(problem, _touched(problem, plan))


def visibility_of(problem: Problem, marks: Sequence[Mark]) -> float:
    """Compute the visibility of presence and doses that are no plan's, such as those of tracks."""
    return _visibility(problem, _of_marks(problem, marks))


def _visibility(problem: Problem, at: _Touched, tau_s: float | None = None) -> float:
    """Compute the visibility; ``tau_s`` takes the place of the problem's τ."""
    return _seen_demand(problem, at, tau_s) / float(problem.demand.sum())


def _seen_demand(problem: Problem, at: _Touched, tau_s: float | None = None) -> float:
    """Sum λ·S over the points."""
    total = 0.0
    for rows in _blocks(len(at.points)):
        seen = 1 - at.absent[rows] * (1 - levels(problem, at.keep[rows], at.points[rows], tau_s))
        total += float((problem.demand[at.points[rows]] * seen).sum())
    return total


def _blocks(n: int) -> Iterator[slice]:
    """Cut n rows into blocks, whose arrays take little memory beside the whole."""
    return (slice(first, first + BLOCK) for first in range(0, n, BLOCK))


class Variants:
    """Plans that differ from one in a single route: of the others only what meets it is looked at again."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        plan = indexed(problem, plan)
        self.problem = problem
        of_route = [list(marks_of(problem, walk(problem, route))) for route in plan.routes]
        self._marks = [mark for marks in of_route for mark in marks]
        self._ends = np.cumsum([0, *map(len, of_route)]).tolist()
        self._points = _points(self._marks)
        self._mark = np.repeat(np.arange(len(self._marks)), [len(mark.points) for mark in self._marks])
        """Of each of the points before."""

    def gain(self, n: int, route: Route) -> float:
        """Return by how much the visibility grows where route n of the plan becomes another one of its team."""
        problem, (begin, end) = self.problem, self._ends[n : n + 2]
        own, was = list(marks_of(problem, walk(problem, route))), self._marks[begin:end]
        concerned = np.zeros(problem.n_points, dtype=np.bool_)
        concerned[_points([*own, *was])] = True
        meet = np.unique(self._mark[concerned[self._points]]).tolist()
        shared = [self._marks[m] for m in meet if not begin <= m < end]
        base = _marked(problem, shared, np.flatnonzero(concerned))
        new = _apply(problem, own, _Touched(base.points, base.absent.copy(), base.keep.copy()))
        seen = _seen_demand(problem, new) - _seen_demand(problem, _apply(problem, was, base))
        return seen / float(problem.demand.sum())


def whereabouts(problem: Problem, route: Route) -> Iterator[tuple[int, slice]]:
    """Yield the sites at which the team is free, each with the steps; on a leg, the site nearer in time."""
    return walk(problem, route).whereabouts(problem.n_steps)


def responders(problem: Problem, plan: Plan, radius: int) -> NDArray[np.int16]:
    """Count the free teams with powers that reach each point in time in each step, (n_points, n_steps)."""
    ptr, point = problem.response_ptr[radius], problem.response_point[radius]
    reached = np.zeros((problem.n_points, problem.n_steps), dtype=np.int16)
    for route in plan.routes:
        if problem.team_powers[route.team]:
            row = int(problem.team_profile[route.team]) * problem.n_sites
            for site, steps in whereabouts(problem, route):
                reached[point[ptr[row + site] : ptr[row + site + 1]], steps] += 1
    return reached


def present(problem: Problem, plan: Plan, sites: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the free teams with powers that are at ``sites`` (n_sites,) in each step, (n_steps,)."""
    return teams_at(problem, (walk(problem, route) for route in plan.routes), sites)


def goals(problem: Problem, plan: Plan, covered: Coverage) -> tuple[GoalFigure, ...]:
    """Compute how far a plan of the problem, whose coverage is known, reaches each goal."""
    radii = {goal.radius for goal in problem.goals if goal.radius is not None}
    reaching = {radius: responders(problem, plan, radius) for radius in radii}
    found = []
    for goal in problem.goals:
        if goal.is_on_presence:
            there = present(problem, plan, goal.sites)[goal.span(problem.n_steps)]
            share = float(np.minimum(there, goal.responders).mean()) / goal.responders
            share = 1.0 - share if goal.measure == Measure.TIME else share
            found.append(GoalFigure(goal.name, goal.at_least, share))
            continue
        seen = covered.seen if goal.radius is None else reaching[goal.radius] >= goal.responders
        rate = goal.of_town().reached(problem.demand, seen) if goal.measure == Measure.FAIR else 1.0
        found.append(GoalFigure(goal.name, goal.at_least, goal.reached(problem.demand, seen), rate))
    return tuple(found)


def handling(problem: Problem, plan: Plan, radius: int) -> tuple[float, float]:
    """Compute the shares of the demand that one, and a second, free and empowered team reaches in time.

    ``radius`` is an index into ``problem.handling_min``.
    """
    reached = responders(problem, indexed(problem, plan), radius)
    one = two = 0.0
    for rows in _blocks(problem.n_points):
        demand = problem.demand[rows]
        one += float((demand * (reached[rows] >= 1)).sum())
        two += float((demand * (reached[rows] >= 2)).sum())
    total = float(problem.demand.sum())
    return one / total, two / total


def evaluate(problem: Problem, plan: Plan, covered: Coverage | None = None) -> Figures:
    """Compute every figure of a plan that passes ``check``; ``covered`` is its `coverage`, if known already.

    Raises
    ------
    InputError
        If the plan names a team, site, step or activity outside the problem.
    """
    plan = indexed(problem, plan)
    refuse(kind("covered", covered, Coverage, optional=True))
    covered = covered or coverage(problem, plan)
    total, lit = float(problem.demand.sum()), covered.points
    instant, within = 0.0, dict.fromkeys(WITHIN_MIN, 0.0)
    of_point = np.zeros(problem.n_points)
    for rows in _blocks(len(lit)):
        points = lit[rows]
        demand, present = problem.demand[points], 1 - covered.absent[points]
        of_point[points] = (demand * covered.seen[points]).sum(axis=1)
        instant += float((demand * present).sum()) / total
        for minutes in WITHIN_MIN:
            recent = _recent(present, max(1, problem.clock.nearest_steps(minutes)))
            within[minutes] += float((demand * recent).sum()) / total
    reach_in_time = [handling(problem, plan, r) for r in range(len(problem.handling_min))]
    visible = float(of_point.sum()) / total
    won, times = reward(problem, plan), done(problem, plan)
    served = np.bincount(problem.tasks.group, weights=times, minlength=len(times)) > 0
    first = problem.tasks.is_first
    left_out = tuple(problem.tasks.names[q] for q in np.flatnonzero(first & ~served))
    return Figures(
        value=visible + won,
        visibility=visible,
        instant=instant,
        within=within,
        handling={m: r[0] for m, r in zip(problem.handling_min, reach_in_time, strict=True)},
        backup={m: r[1] for m, r in zip(problem.handling_min, reach_in_time, strict=True)},
        band=_band(problem, plan),
        tasks=TaskFigures(int(first.sum()) - len(left_out), int(first.sum()), won, left_out),
        zones=_of_zones(problem, of_point),
        goals=goals(problem, plan, covered),
        leaving=tuple(_leaving(problem, plan)),
    )


def _leaving(problem: Problem, plan: Plan) -> Iterator[LeavingFigure]:
    """Count the stops outside their zones, of the teams that may leave them at a price."""
    for route in plan.routes:
        price = float(problem.leaving_price[route.team]) if len(problem.leaving_price) else -1.0
        if price > 0 and not problem.is_reserve(route.team):
            sites = [stay.site for stay in walk(problem, route).stops()]
            sites = [site for n, site in enumerate(sites) if n == 0 or sites[n - 1] != site]
            out = int((problem.leaving[route.team, sites] > 0).sum())
            zone = problem.zones[int(problem.team_zone[route.team])].title
            yield LeavingFigure(problem.team_names[route.team], zone, out, len(sites), price)


def left(problem: Problem, plan: Plan) -> float:
    """Return what stops outside their teams' zones cost, as a share of the demand; it is no part of the value."""
    return sum(one.stops * one.price for one in _leaving(problem, plan))


def _recent(present: Array, width: int) -> Array:
    """Compute the greatest presence in the last ``width`` steps, by doubling."""
    recent, reach = present.copy(), 1
    while reach < width:
        shift = min(reach, width - reach)
        recent[:, shift:] = np.maximum(recent[:, shift:], recent[:, :-shift])
        reach += shift
    return recent


def _of_zones(problem: Problem, of_point: Array) -> dict[str, float]:
    """Zone → share of its demand that is seen, where it has any; ``of_point`` is what is seen at each point."""
    demand = problem.demand.sum(axis=1)
    found: dict[str, float] = {}
    for layer, zones in groupby(problem.zones, key=attrgetter("layer")):
        inside, n = layer.point >= 0, len(layer.zones)
        own, seen = (np.bincount(layer.point[inside], of[inside], n) for of in (demand, of_point))
        found |= {zone.title: float(seen[k] / own[k]) for k, zone in enumerate(zones) if own[k] > 0}
    return found


def _band(problem: Problem, plan: Plan) -> tuple[float, float]:
    """Compute the least and greatest visibility over the uncertainty of τ and of the shortest dwell's effect."""
    values: list[float] = []
    for effect in BAND_DWELL_EFFECT:
        effects = problem.dwell_effect.copy()
        effects[0] = effect
        effects = np.maximum.accumulate(effects)
        at = _touched(replace(problem, dwell_effect=effects), plan)
        values.extend(_visibility(problem, at, tau_s) for tau_s in BAND_TAU_S)
        del at  # its tables are as large as the demand
    return min(values), max(values)
