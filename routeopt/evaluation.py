"""What a plan is worth: the specification, in plain numpy. It knows no solver.

Time is a grid of steps. A visit's team is present at its site from its **arrival** (it may have to wait
there for the visit's start) to the visit's end, and tops the level up once, at the end, with g(dwell).
It then leaves at once. Visits of one team to the same site in a row are one stay: the team does not leave
between them, and tops the level up at the end alone, with g of the whole time from the first start. A leg
passes whole segments: in each step it counts as present with the share of the step that it spends there,
and the passage's dose falls due at the end of the last of those steps. A route ends at the team's end site,
where the team is present until its shift ends. A visit that does a task is a visit like any other, as long as the
task's service; while it serves, the team is not free for what comes up.

Within one step the level first fades by exp(−step/τ), then the departures due at the step's beginning
top it up, and this level stands during the step.

Example (worked by hand): one point, λ = 1 per minute for 4 steps of a minute, one team with v = 1 that
sees it fully, τ → ∞, g = 0.5. The team is present in step 1 only. S = 0, 1, 0.5, 0.5: visibility 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from routeopt.plan import Plan, Route, indexed
from routeopt.problem import Problem
from routeopt.problem.tasks import done

Array = NDArray[np.float64]

BAND_DWELL_EFFECT = (0.10, 0.45)
"""g of the shortest dwell, least and most, in the sensitivity band (model.md's reading of the literature)."""
BAND_TAU_S = (20 * 60.0, 360 * 60.0)
"""τ, least and most, in the sensitivity band, seconds."""
WITHIN_MIN = (30, 60, 120)
"""Windows of the "seen within" figures, minutes."""


@dataclass(frozen=True)
class Stay:
    """A team at one site, present in the steps ``begin ≤ t < end``; ``effect`` is g at the end, 0 if it stays."""

    site: int
    begin: int
    end: int
    effect: float
    free_until: int
    """From this step on it serves a task; ``end`` where it does none."""


@dataclass(frozen=True)
class Leg:
    """A team between two sites, leaving at ``depart`` (step) and arriving at ``arrive``."""

    origin: int
    target: int
    depart: int
    arrive: int


@dataclass(frozen=True)
class TaskFigures:
    """What a plan does of the night's tasks."""

    done: int
    of: int
    reward: float
    """Sum of the rewards won, each once, as a share of the night's demand."""
    left_out: tuple[str, ...]
    """Names of the tasks that are not done."""


@dataclass(frozen=True)
class Figures:
    """Every figure of a plan; shares are in [0, 1]."""

    value: float
    """The objective: visibility and the rewards of tasks."""
    visibility: float
    """Effective: demand seen or still held off."""
    instant: float
    """Demand seen at that very time (τ → 0)."""
    within: dict[int, float]
    """Minutes → demand at places that were seen within that many minutes."""
    handling: dict[float, float]
    """Minutes → demand that a free, empowered team reaches within that time."""
    backup: dict[float, float]
    """Minutes → the same for a second team."""
    band: tuple[float, float]
    """Least and greatest visibility over g(5 min) ∈ [0.10, 0.45], τ ∈ [20, 360] min."""
    tasks: TaskFigures
    zones: dict[str, float] = field(default_factory=dict)
    """Community → visibility of the demand inside it."""


def timeline(problem: Problem, route: Route) -> tuple[list[Stay], list[Leg]]:
    """Stays and legs of one route, from the team's start to the end of its shift, in time order."""
    team = route.team
    travel = problem.profiles[problem.team_profile[team]].travel_steps
    at, now = int(problem.team_start_site[team]), int(problem.team_start_step[team])
    stays: list[Stay] = []
    legs: list[Leg] = []

    def go(target: int) -> int:
        arrive = now + int(travel[at, target])
        if target != at:
            legs.append(Leg(at, target, now, arrive))
        return arrive

    begun = 0
    for visit, following in zip_longest(route.visits, route.visits[1:]):
        arrive = go(visit.site)
        end = visit.start + int(problem.visit_steps[visit.dwell])
        if not stays or visit.site != stays[-1].site:
            begun = visit.start
        stays_on = following is not None and following.site == visit.site
        effect = 0.0 if stays_on else dwell_effect(problem, end - begun)
        free_until = visit.start if visit.dwell >= problem.n_dwells else end
        stays.append(Stay(visit.site, arrive, end, effect, free_until))
        at, now = visit.site, end
    target = int(problem.team_end_site[team])
    finish = int(problem.team_end_step[team])
    stays.append(Stay(target, go(target), finish, 0.0, finish))
    return stays, legs


def dwell_effect(problem: Problem, steps: int) -> float:
    """g of a stay: that of the longest dwell of the menu which is no longer."""
    fits = problem.dwell_effect[problem.dwell_steps <= steps]
    return float(fits[-1]) if len(fits) else 0.0


def coverage(problem: Problem, plan: Plan) -> tuple[Array, Array]:
    """What the plan leaves on the demand points.

    Returns
    -------
    absent : (n_points, n_steps)
        1 − p, the product over teams within sight of (1 − v·ρ).
    keep : (n_points, n_steps)
        Product of (1 − dose) over the departures due at the beginning of each step.

    Raises
    ------
    InputError
        The plan names a team, site, step or activity that the problem does not have.
    """
    plan = indexed(problem, plan)
    absent = np.ones((problem.n_points, problem.n_steps))
    keep = np.ones((problem.n_points, problem.n_steps))
    for route in plan.routes:
        profile = problem.profiles[problem.team_profile[route.team]]
        v = float(problem.team_factor[route.team])
        stays, legs = timeline(problem, route)
        for stay in stays:
            seen = slice(profile.sight_ptr[stay.site], profile.sight_ptr[stay.site + 1])
            points, rho = profile.sight_point[seen], profile.sight_rho[seen]
            absent[points, stay.begin : stay.end] *= (1 - v * rho)[:, None]
            if stay.end < problem.n_steps:
                keep[points, stay.end] *= 1 - v * rho * stay.effect
        for leg in legs:
            row = leg.origin * problem.n_sites + leg.target
            for item in range(int(profile.pass_ptr[row]), int(profile.pass_ptr[row + 1])):
                point, step = profile.pass_point[item], leg.depart + int(profile.pass_step[item])
                if step < problem.n_steps:
                    absent[point, step] *= 1 - v * profile.pass_present[item]
                if step + 1 < problem.n_steps:
                    keep[point, step + 1] *= 1 - v * profile.pass_leaves[item] * problem.passage_effect
    return absent, keep


def levels(problem: Problem, keep: Array) -> Array:
    """ℓ during each step, (n_points, n_steps), from the departures in ``keep``."""
    fade = np.exp(-problem.clock.step_s / problem.tau_s)
    level = np.empty_like(keep)
    now = problem.level0
    for t in range(problem.n_steps):
        now = 1 - (1 - (now * fade if t else now)) * keep[:, t]
        level[:, t] = now
    return level


def value(problem: Problem, plan: Plan) -> float:
    """Visibility and the rewards of the tasks that are done, each once: the objective."""
    return visibility(problem, plan) + reward(problem, plan)


def reward(problem: Problem, plan: Plan) -> float:
    """Sum of the rewards of the tasks that are done, each once."""
    plan = indexed(problem, plan)
    return float(problem.tasks.reward[done(problem, plan) > 0].sum())


def visibility(problem: Problem, plan: Plan) -> float:
    """Σ λ·S / Σ λ, in [0, 1]."""
    absent, keep = coverage(problem, plan)
    seen = 1 - absent * (1 - levels(problem, keep))
    return float((problem.demand * seen).sum() / problem.demand.sum())


def _whereabouts(problem: Problem, route: Route) -> Iterator[tuple[int, int]]:
    """(step, site) for every step in which the team is free; on a leg the nearer end in time stands for it."""
    stays, legs = timeline(problem, route)
    for stay in stays:
        for t in range(max(stay.begin, 0), min(stay.free_until, problem.n_steps)):
            yield t, stay.site
    for leg in legs:
        for t in range(leg.depart, min(leg.arrive, problem.n_steps)):
            yield t, (leg.origin if 2 * (t - leg.depart) < leg.arrive - leg.depart else leg.target)


def handling(problem: Problem, plan: Plan, radius: int) -> tuple[float, float]:
    """Share of the demand that a free, empowered team, and a second one, reaches in time.

    ``radius`` is an index into ``problem.handling_min``.
    """
    plan = indexed(problem, plan)
    ptr, point = problem.response_ptr[radius], problem.response_point[radius]
    reached = np.zeros((problem.n_points, problem.n_steps), dtype=np.int16)
    for route in plan.routes:
        if problem.team_powers[route.team]:
            row = int(problem.team_profile[route.team]) * problem.n_sites
            for t, site in _whereabouts(problem, route):
                reached[point[ptr[row + site] : ptr[row + site + 1]], t] += 1
    total = problem.demand.sum()
    first = float(problem.demand[reached >= 1].sum() / total)
    return first, float(problem.demand[reached >= 2].sum() / total)


def evaluate(problem: Problem, plan: Plan) -> Figures:
    """Every figure of a plan that passes ``check``.

    Raises
    ------
    InputError
        The plan names a team, site, step or activity that the problem does not have.
    """
    plan = indexed(problem, plan)
    absent, keep = coverage(problem, plan)
    total = problem.demand.sum()
    present = 1 - absent
    seen = 1 - absent * (1 - levels(problem, keep))
    within = {}
    for minutes in WITHIN_MIN:
        width = max(1, round(minutes * 60 / problem.clock.step_s))
        recent = present.copy()
        reach = 1  # running maximum over `width` steps, by doubling
        while reach < width:
            shift = min(reach, width - reach)
            recent[:, shift:] = np.maximum(recent[:, shift:], recent[:, :-shift])
            reach += shift
        within[minutes] = float((problem.demand * recent).sum() / total)
    reach_in_time = [handling(problem, plan, r) for r in range(len(problem.handling_min))]
    zone = np.array(problem.point_zone or ("",) * problem.n_points)
    zones = {}
    for name in sorted(set(problem.point_zone) - {""}):
        inside = problem.demand * (zone == name)[:, None]
        if inside.sum() > 0:
            zones[name] = float((inside * seen).sum() / inside.sum())
    visible = float((problem.demand * seen).sum() / total)
    won, times = reward(problem, plan), done(problem, plan)
    left_out = tuple(name for name, n in zip(problem.tasks.names, times, strict=True) if n == 0)
    return Figures(
        value=visible + won,
        visibility=visible,
        instant=float((problem.demand * present).sum() / total),
        within=within,
        handling={m: r[0] for m, r in zip(problem.handling_min, reach_in_time, strict=True)},
        backup={m: r[1] for m, r in zip(problem.handling_min, reach_in_time, strict=True)},
        band=_band(problem, plan),
        tasks=TaskFigures(len(times) - len(left_out), len(times), won, left_out),
        zones=zones,
    )


def _band(problem: Problem, plan: Plan) -> tuple[float, float]:
    """Least and greatest visibility when the decay and the short dwell's effect are as uncertain as they are."""
    values: list[float] = []
    for effect in BAND_DWELL_EFFECT:
        effects = problem.dwell_effect.copy()
        effects[0] = effect
        effects = np.maximum.accumulate(effects)
        values.extend(
            visibility(replace(problem, dwell_effect=effects, tau_s=tau_s), plan) for tau_s in BAND_TAU_S
        )
    return min(values), max(values)
