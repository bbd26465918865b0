"""A route walked once: where its team is in every step of its duty, and what it does there.

Every reader of plans stands on it: the objective, the rules, re-planning, repair, differences and reports.

Time is a grid of steps. A team leaves as soon as a visit ends, travels, and waits where it goes next until that
visit starts. After the last visit it travels to its end site and waits there until its shift ends. Before being
away it waits where it is. A team that starts anywhere is at its first visit's site when its shift begins, and ends
there.

Example (worked by hand): a team starts at site 0 in step 0, ends there by step 10; site 1 is two steps away. The
route has one visit to site 1 from step 4, three steps long::

    Leg 0→1, steps 0–2 · Wait at 1, 2–4 · Stay at 1, 4–7 · Leg 1→0, 7–9 · Wait at 0, 9–10
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.plan import Route, Visit
from routeopt.problem.activities import Kind
from routeopt.problem.model import UNREACHABLE, Problem


class Stay(NamedTuple):
    """A visit: the team is at ``site`` in the steps ``begin ≤ t < end``, on the activity."""

    site: int
    begin: int
    """The visit's start; or the arrival, where the team comes late."""
    end: int
    start: int
    """The visit's start as planned."""
    arrive: int
    """Step of the team's arrival; it waits until ``begin``."""
    order: int
    """Index of the visit in its route."""
    activity: int
    waits: bool
    """Whether it is a wait that the plan records, and no stop."""
    effect: float
    """g of leaving at ``end``; 0 where the team stays on for the next visit (`one_stay`)."""
    presence: float
    """How far the team is seen meanwhile, in [0, 1]."""
    free: bool
    """Whether it counts for response coverage meanwhile."""


class Wait(NamedTuple):
    """The team is at ``site`` in the steps ``begin ≤ t < end``, free, until its next visit or its shift's end."""

    site: int
    begin: int
    end: int
    seen: bool = True
    """Whether it is on patrol meanwhile; not at a post that is no place for stops."""


class Leg(NamedTuple):
    """The team travels from ``site`` to ``target`` in the steps ``begin ≤ t < end``."""

    site: int
    target: int
    begin: int
    end: int


class Away(NamedTuple):
    """The team is not available in the steps ``begin ≤ t < end``, and nobody knows where it is."""

    site: int
    """Where it is afterwards."""
    begin: int
    end: int
    order: int
    """Index of the visit in its route."""


Part = Stay | Wait | Leg | Away


class Gap(NamedTuple):
    """The time between two visits of a route, or between one and an end of the duty."""

    site: int
    """Where the team is when it becomes free."""
    free: int
    """Step in which it becomes free."""
    target: int
    """Where it must be next."""
    due: int
    """Step by which it must be there."""
    arrive: int
    """Step of its arrival if it leaves at once; `UNREACHABLE` steps later where its profile has no way."""

    @property
    def reachable(self) -> bool:
        """Whether the team can get there at all."""
        return self.arrive - self.free < int(UNREACHABLE)


@dataclass(frozen=True)
class Timeline:
    """A route's parts in time order."""

    team: int
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...]
    """One before each visit, and one after the last."""

    def stays(self) -> Iterator[Stay]:
        """The visits, in order."""
        return (part for part in self.parts if isinstance(part, Stay))

    def stops(self) -> Iterator[Stay]:
        """The visits that are stops: without waits that the plan records."""
        return (stay for stay in self.stays() if not stay.waits)

    def absences(self) -> Iterator[Away]:
        """When the team is away, in order."""
        return (part for part in self.parts if isinstance(part, Away))

    def legs(self) -> Iterator[Leg]:
        """The legs, in order."""
        return (part for part in self.parts if isinstance(part, Leg))

    def whereabouts(self, n_steps: int) -> Iterator[tuple[int, slice]]:
        """Yield the sites at which the team is free, each with the steps; on a leg, the site nearer in time."""
        for part in self.parts:
            begin, end = max(part.begin, 0), min(part.end, n_steps)
            if isinstance(part, Leg):
                middle = min(max(part.begin + (part.end - part.begin + 1) // 2, begin), end)
                yield part.site, slice(begin, middle)
                yield part.target, slice(middle, end)
            elif isinstance(part, Wait) or (isinstance(part, Stay) and part.free):
                yield part.site, slice(begin, end)

    def places(self) -> Iterator[Stay | Wait]:
        """Stays and waits: where the team is in sight of something."""
        return (part for part in self.parts if isinstance(part, (Stay, Wait)))


def gap_between(
    problem: Problem, team: int, before: Visit | None, after: Visit | None, first: Visit | None = None
) -> Gap:
    """The gap between two visits of a team; None stands for the start or the end of its shift.

    A leg between sites that the profile cannot link takes `UNREACHABLE` steps; none leads to being away. ``first``
    is the route's first visit, where a team that starts anywhere starts and ends.
    """
    own = first if first is not None and problem.starts_anywhere(team) else None
    if before is None:
        at = int(problem.team_start_site[team]) if own is None else own.site
        now = int(problem.team_start_step[team])
    else:
        at, now = before.site, end_of(problem, before)
    if after is None:
        target = int(problem.team_end_site[team]) if own is None else own.site
        due = int(problem.team_end_step[team])
    elif problem.activities.rows[after.activity].kind is Kind.AWAY:
        return Gap(at, now, at, after.start, now)
    else:
        target, due = after.site, after.start
    return Gap(at, now, target, due, now + problem.movement(team).steps(at, target, now))


def end_of(problem: Problem, visit: Visit) -> int:
    """The step in which a visit is over."""
    return visit.start + problem.activities.rows[visit.activity].steps


def walk(problem: Problem, route: Route) -> Timeline:
    """The timeline of one route; its sites, activities and steps must exist.

    A team that comes late begins its visit on arrival and ends it as planned. Rules are checked elsewhere
    (`routeopt.rules`).
    """
    team, rows, visits = route.team, problem.activities.rows, route.visits
    ends = (None, *visits, None)
    first = visits[0] if visits else None
    gaps = tuple(gap_between(problem, team, ends[n], ends[n + 1], first) for n in range(len(visits) + 1))
    parts: list[Part] = []
    begun = 0
    for order, gap in enumerate(gaps):
        if gap.target != gap.site:
            parts.append(Leg(gap.site, gap.target, gap.free, gap.arrive))
        if gap.arrive < gap.due:
            parts.append(Wait(gap.target, gap.arrive, gap.due, _on_patrol(problem, visits, order, gap.target)))
        if order == len(visits):
            break
        visit, what = visits[order], rows[visits[order].activity]
        presence = what.presence if what.lasting or problem.site_stoppable[visit.site] else 0.0
        end = visit.start + what.steps
        if what.kind is Kind.AWAY:
            parts.append(Away(visit.site, visit.start, end, order))
            continue
        if order == 0 or not one_stay(problem, visits[order - 1], visit):
            begun = visit.start
        leaves = order + 1 == len(visits) or not one_stay(problem, visit, visits[order + 1])
        parts.append(
            Stay(
                visit.site, max(gap.arrive, visit.start), end, visit.start, gap.arrive, order, visit.activity,
                what.kind is Kind.WAIT,
                dwell_effect(problem, end - begun) if leaves and what.lasting else 0.0, presence, what.free,
            )
        )  # fmt: skip
    return Timeline(team, tuple(parts), gaps)


def _on_patrol(problem: Problem, visits: tuple[Visit, ...], order: int, site: int) -> bool:
    """Whether a team that waits at a site before a visit (or after all) is on patrol.

    It is at a place for stops, where it waits for a stop, and where its last stop was until it is called away.
    """
    if problem.site_stoppable[site] or order == len(visits):
        return bool(problem.site_stoppable[site])
    rows = problem.activities.rows
    what = rows[visits[order].activity]
    return what.lasting or (what.kind is Kind.AWAY and order > 0 and rows[visits[order - 1].activity].lasting)


def one_stay(problem: Problem, visit: Visit, following: Visit) -> bool:
    """Whether the team stays on between two visits, so that only leaving after the second has an effect."""
    rows = problem.activities.rows
    return visit.site == following.site and rows[visit.activity].lasting and rows[following.activity].lasting


def dwell_effect(problem: Problem, steps: int) -> float:
    """g of a stay of ``steps`` steps: that of the longest dwell which is no longer, 0 if all are longer."""
    fits = problem.dwell_effect[problem.dwell_steps <= steps]
    return float(fits[-1]) if len(fits) else 0.0


def teams_at(problem: Problem, days: Iterable[Timeline], sites: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the free teams with powers that are at ``sites`` (n_sites,) in each step, (n_steps,)."""
    found = np.zeros(problem.n_steps, dtype=np.int64)
    for day in days:
        for site, steps in day.whereabouts(problem.n_steps) if problem.team_powers[day.team] else ():
            found[steps] += sites[site]
    return found
