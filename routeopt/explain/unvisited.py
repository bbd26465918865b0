"""Find busy places that the plan hardly covers, and the cost of a stop there.

Much is more than the mean of all places where teams may stop, little is less than of the town.

For each such place the best stop that some team could make there is looked for: squeezed between its stops,
or in exchange for one or two of them in a row. What a stop is worth by itself is the exact marginal gain

    Σ_j v·ρ·Σ_{present} λ_j(1 − p_j)(1 − ℓ_j)  +  v·ρ·g(dwell)·(1 − ℓ_j(leave))·W_j(leave),

W_j(t) the demand from t on, not seen otherwise, discounted by the decay and by later departures. The best of
each kind is then judged by `routeopt.evaluation` with the exchanged stops taken out, so that the figure given is
the exact difference between two plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Message, shown
from routeopt.evaluation import Coverage, Variants, coverage, goals
from routeopt.messages import Words
from routeopt.plan import Plan, Result, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Kind
from routeopt.problem.goal_names import scope
from routeopt.problem.periods import Moves
from routeopt.timeline import walk

Array = NDArray[np.float64]

PLACES = 8
"""Maximum number of places."""
LEAST_CHANGE = 5e-5
"""Smaller changes of the night's visibility round to 0.00 points."""
TEAMS = 40
"""Maximum number of teams tried, those that pass nearest first."""


@dataclass(frozen=True)
class LeftOut:
    """A place with much demand of which the plan sees less than of the whole."""

    site: str
    zone: str
    lat: float
    lon: float
    demand: float
    """Share of the night's demand in sight of it."""
    visibility: float
    """Share of that demand that is seen."""
    when_s: int
    """When most of it goes unseen, seconds from the plan's start."""
    reason: str
    instead: Instead | None = None
    """The best stop there, None where no team can make one."""


class Instead(NamedTuple):
    """The best stop at a place, and what it displaces."""

    team: int
    start_s: int
    """Seconds from the plan's start."""
    minutes: float
    stops: tuple[str, ...]
    """Places at which the team would not stop; none where the stop fits between the others."""
    gain: float
    """By how much the visibility grows, negative where it falls."""
    floor: Message | str | None
    """A floor that would be missed then."""

    def to_json(self, problem: Problem) -> dict[str, Any]:
        """Return it by names and times."""
        return {
            "team": problem.team_names[self.team], "start": problem.clock.text(self.start_s),
            "minutes": self.minutes, "displaces": list(self.stops), "gain": round(self.gain, 9),
            "misses": None if self.floor is None else str(self.floor),
        }  # fmt: skip


class _Swap(NamedTuple):
    """A stop of ``team`` put in place of its visits ``first ≤ n < last``."""

    gain: float
    team: int
    visit: Visit
    first: int
    last: int


def left_out(problem: Problem, result: Result, covered: Coverage, _: Words) -> list[LeftOut]:
    """The places, the most unseen demand first; ``covered`` is the plan's `coverage`."""
    demand, seen, lit = problem.demand, covered.seen, covered.points
    total, of_point = float(demand.sum()), demand.sum(axis=1)
    value = float((demand[lit] * seen[lit]).sum()) / total
    left = of_point.copy()
    left[lit] = (demand[lit] * (1 - seen[lit])).sum(axis=1)
    found: list[LeftOut] = []
    profile = problem.profiles[0]
    sites = np.flatnonzero(problem.site_stoppable)
    rows = profile.sight_site
    free = np.ones(problem.n_points)
    variants = Variants(problem, result.plan)
    inside = profile.sight_rho * of_point[profile.sight_point]
    usual = float(np.bincount(rows, inside, minlength=problem.n_sites)[sites].mean()) / total if len(sites) else 0
    while len(found) < PLACES and len(sites):
        score = np.bincount(
            rows, profile.sight_rho * (left * free)[profile.sight_point], minlength=problem.n_sites
        )[sites]
        site = int(sites[score.argmax()])
        if not score.max() > 0:
            break
        sites = sites[sites != site]
        points, rho = profile.seen(site)
        share = float(rho @ of_point[points]) / total
        here = float((rho[:, None] * demand[points] * seen[points]).sum()) / (share * total)
        if share <= usual or here >= value:
            continue
        free[points] *= 1 - rho
        found.append(_left_out(problem, result, site, covered, variants, _))
    return found


def place_left_out(problem: Problem, result: Result, site: int, _: Words) -> LeftOut:
    """Return what `left_out` tells of a place, whether the plan sees much of it or little."""
    return _left_out(problem, result, site, coverage(problem, result.plan), Variants(problem, result.plan), _)


def _left_out(
    problem: Problem, result: Result, site: int, covered: Coverage, variants: Variants, _: Words
) -> LeftOut:
    demand, total = problem.demand, float(problem.demand.sum())
    points, rho = problem.profiles[0].seen(site)
    own = rho[:, None] * demand[points]
    here = float(own.sum())
    hour = max(1, 3600 // problem.clock.step_s)
    missed = np.convolve(rho @ (demand[points] * (1 - covered.seen[points])), np.ones(hour), mode="same")
    instead = _instead(problem, result, site, covered, variants)
    return LeftOut(
        problem.site_names[site], problem.site_zone[site],
        float(problem.site_lat[site]), float(problem.site_lon[site]), here / total,
        float((own * covered.seen[points]).sum()) / here if here > 0 else 1.0,
        int(missed.argmax()) * problem.clock.step_s, _reason(problem, instead, _), instead,
    )  # fmt: skip


def _worth(problem: Problem, covered: Coverage, points: NDArray[np.int32]) -> Array:
    """W of some points, (len(points), n_steps): what a full dose at the beginning of each step would still win."""
    fade = float(np.exp(-problem.clock.step_s / problem.tau_s))
    open_demand = (problem.demand[points] * covered.absent[points]).T
    kept = fade * covered.keep[points].T
    worth = np.empty_like(open_demand)
    later = np.zeros(len(points))
    for t in range(problem.n_steps - 1, -1, -1):
        worth[t] = open_demand[t] + later
        later = kept[t] * worth[t]
    return worth.T


def _instead(problem: Problem, result: Result, site: int, covered: Coverage, variants: Variants) -> Instead | None:
    """Find the best stop at a place."""
    best: tuple[float, _Swap] | None = None
    plan = result.plan
    for swap in _best_swaps(problem, plan, site, covered):
        change = variants.gain(swap.team, _swapped(plan, swap).routes[swap.team])
        if best is None or change > best[0]:
            best = change, swap
    if best is None:
        return None
    change, swap = best
    floor = None
    floors = _missed(problem, _swapped(plan, swap)) - _missed(problem, plan) if change > LEAST_CHANGE else set()
    if floors:
        goal = problem.goals[min(floors)]
        floor = scope(problem, goal).title(goal.name)
    return Instead(
        swap.team, swap.visit.start * problem.clock.step_s,
        int(problem.dwell_steps[swap.visit.activity]) * problem.clock.step_s / 60,
        tuple(problem.site_names[v.site] for v in plan.routes[swap.team].visits[swap.first : swap.last]),
        change, floor,
    )  # fmt: skip


def _reason(problem: Problem, instead: Instead | None, _: Words) -> str:
    if instead is None:
        return _("No team can get there and back between its other stops, even without two of them.")
    change, alone = instead.gain, not instead.stops
    words = {
        "team": problem.team_names[instead.team], "time": problem.clock.text(instead.start_s),
        "minutes": f"{instead.minutes:g}", "points": f"{abs(100 * change):.2f}",
        "stops": _(", ").join(instead.stops), "goal": str(shown(instead.floor, _)),
    }  # fmt: skip
    if abs(change) < LEAST_CHANGE:
        text = _("{team} could stop there at {time} for {minutes} min instead of {stops}, at no gain or loss.")
        if alone:
            text = _("{team} could stop there at {time} for {minutes} min, at no gain or loss.")
    elif instead.floor is not None:
        text = _(
            "{team} could stop there at {time} for {minutes} min instead of {stops}, which would add "
            "{points} points, but miss a floor: {goal}."
        )
        if alone:
            text = _(
                "{team} could stop there at {time} for {minutes} min, which would add {points} points, but miss a "
                "floor: {goal}."
            )
    elif change > 0:
        text = _(
            "{team} could stop there at {time} for {minutes} min instead of {stops}, which would add "
            "{points} points: search longer."
        )
        if alone:
            text = _(
                "{team} could stop there at {time} for {minutes} min, which would add {points} points: "
                "search longer."
            )
    else:
        text = _(
            "The stop that wins most there, by {team} at {time} for {minutes} min, would take the place of "
            "{stops}: the night's visibility would fall by {points} points."
        )
        if alone:
            text = _(
                "{team} could stop there at {time} for {minutes} min, but loses {points} points by the detour."
            )
    return text.format(**words)


def _missed(problem: Problem, plan: Plan) -> set[int]:
    """Goals whose floors the plan misses."""
    found = goals(problem, plan, coverage(problem, plan)) if problem.goals else ()
    return {g for g, goal in enumerate(found) if not goal.holds}


def _swapped(plan: Plan, swap: _Swap) -> Plan:
    route = plan.routes[swap.team]
    visits = (*route.visits[: swap.first], swap.visit, *route.visits[swap.last :])
    routes = tuple(replace(r, visits=visits) if r is route else r for r in plan.routes)
    return Plan(routes)


def _best_swaps(problem: Problem, plan: Plan, site: int, covered: Coverage) -> Iterator[_Swap]:
    """Of each number of stops given up (none, one, two) the stop that wins the most by itself."""
    best: dict[int, _Swap] = {}
    rows = problem.activities.rows
    tables: dict[tuple[int, float], tuple[Array, Array]] = {}
    profiles = problem.team_profile.tolist()
    times = {p: _Times.of(problem, k, site) for p, k in {p: k for k, p in enumerate(profiles)}.items()}
    far = [_distance(problem, plan, k, times[profile]) for k, profile in enumerate(profiles)]
    teams = sorted(range(problem.n_teams), key=far.__getitem__)[:TEAMS]
    for team in teams:
        kind, v = int(problem.team_profile[team]), float(problem.team_factor[team])
        if (kind, v) not in tables:
            tables[kind, v] = _gains(problem, kind, v, site, covered)
        here, leave = tables[kind, v]
        movement = problem.movement(team)
        visits = plan.routes[team].visits
        day = walk(problem, plan.routes[team])
        held = [v.fixed or v.site == site or rows[v.activity].kind is not Kind.DWELL for v in visits]
        for first in range(len(day.gaps)):
            for given in range(min(2, len(visits) - first) + 1):
                if any(held[first : first + given]):
                    continue  # neither tasks, waits and absences are given up for this, nor stops at the place
                before, after = day.gaps[first], day.gaps[first + given]
                early = before.free + times[kind].there(movement, before.site, site, before.free)
                late = times[kind].leave_by(movement, site, after.target, after.due)
                if late < early or site in (before.site, after.target):
                    continue
                for dwell, steps in enumerate(problem.dwell_steps.tolist()):
                    starts = np.arange(early, min(late, problem.n_steps) - steps + 1)
                    if not len(starts):
                        break
                    if movement.changes:  # nor is there a way at any time before the last
                        leaves = (starts + steps).tolist()
                        ends = [t + movement.steps(site, after.target, t) for t in leaves]
                        starts = starts[np.array(ends) <= after.due]
                        if not len(starts):
                            continue
                    gain = here[starts + steps] - here[early]
                    gain = gain + problem.dwell_effect[dwell] * leave[starts + steps]
                    at = int(gain.argmax())
                    if given not in best or gain[at] > best[given].gain:
                        visit = Visit(site, int(starts[at]), dwell)
                        best[given] = _Swap(float(gain[at]), team, visit, first, first + given)
    yield from best.values()


def _distance(problem: Problem, plan: Plan, team: int, times: _Times) -> int:
    """Steps from the nearest of the team's places."""
    places = [int(problem.team_start_site[team]), *(v.site for v in plan.routes[team].visits)]
    return int(times.to[places].min())


class _Times(NamedTuple):
    """The shortest travel times, in any period, from each site to one and back, (n_sites,) steps."""

    to: NDArray[np.int64]
    back: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, team: int, site: int) -> _Times:
        """Return those of a team."""
        legs = problem.movement(team).legs
        to, back = (
            [by(site) for by in each] for each in zip(*((p.steps_to, p.steps_from) for p in legs), strict=True)
        )
        return cls(np.min(to, axis=0), np.min(back, axis=0))

    def there(self, movement: Moves, place: int, site: int, step: int) -> int:
        """Return the travel time of a leg to the site that begins in a step."""
        return movement.steps(place, site, step) if movement.changes else int(self.to[place])

    def leave_by(self, movement: Moves, site: int, target: int, due: int) -> int:
        """Return the last step in which a team can leave the site to be at the target when it is due."""
        return movement.leave_by(site, target, due) if movement.changes else due - int(self.back[target])


def _gains(problem: Problem, kind: int, v: float, site: int, covered: Coverage) -> tuple[Array, Array]:
    """(n_steps + 1,) each: presence added up before each step, and a full dose's worth at its beginning."""
    points, rho = problem.profiles[kind].seen(site)
    seen = v * rho
    here = seen @ (problem.demand[points] * covered.absent[points] * (1 - covered.level[points]))
    leave = seen @ ((1 - covered.level[points]) * _worth(problem, covered, points))
    return np.concatenate([[0.0], np.cumsum(here)]), np.append(leave, 0.0)
