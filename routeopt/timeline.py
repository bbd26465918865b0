"""A route walked once: where its team is in every step of its duty, and what it does there.

Every reader of plans stands on it: the objective, the rules, re-planning, repair, differences and reports.

Time is a grid of steps. A team leaves as soon as a visit ends, travels, and waits where it goes next until that
visit starts. After the last visit it travels to its end site and waits there until its shift ends.

Example (worked by hand): a team starts at site 0 in step 0, ends there by step 10; site 1 is two steps away. The
route has one visit to site 1 from step 4, three steps long::

    Leg 0→1, steps 0–2 · Wait at 1, 2–4 · Stay at 1, 4–7 · Leg 1→0, 7–9 · Wait at 0, 9–10
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from routeopt.plan import Route
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
    effect: float
    """g of leaving at ``end``; 0 where the next visit is to the same site, as the team then stays on."""
    presence: float
    """How far the team is seen meanwhile, in [0, 1]."""
    free: bool
    """Whether it counts for response coverage meanwhile."""


class Wait(NamedTuple):
    """The team is at ``site`` in the steps ``begin ≤ t < end``, free, until its next visit or its shift's end."""

    site: int
    begin: int
    end: int


class Leg(NamedTuple):
    """The team travels from ``site`` to ``target`` in the steps ``begin ≤ t < end``."""

    site: int
    target: int
    begin: int
    end: int


class Away(NamedTuple):
    """The team is not available in the steps ``begin ≤ t < end``, and nobody knows where it is."""

    begin: int
    end: int


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

    def legs(self) -> Iterator[Leg]:
        """The legs, in order."""
        return (part for part in self.parts if isinstance(part, Leg))

    def places(self) -> Iterator[Stay | Wait]:
        """Stays and waits: where the team is in sight of something."""
        return (part for part in self.parts if isinstance(part, (Stay, Wait)))


def walk(problem: Problem, route: Route) -> Timeline:
    """The timeline of one route; its sites, activities and steps must exist.

    A leg between sites that the profile cannot link takes `UNREACHABLE` steps; a team that comes late begins
    its visit on arrival and ends it as planned. Rules are checked elsewhere (`routeopt.rules`).
    """
    team, activities = route.team, problem.activities
    travel = problem.profiles[problem.team_profile[team]].travel_steps
    at, now = int(problem.team_start_site[team]), int(problem.team_start_step[team])
    home, finish = int(problem.team_end_site[team]), int(problem.team_end_step[team])
    parts: list[Part] = []
    gaps: list[Gap] = []

    def go(target: int, due: int) -> int:
        """Travel and wait; the step of arrival."""
        arrive = now + int(travel[at, target])
        gaps.append(Gap(at, now, target, due, arrive))
        if target != at:
            parts.append(Leg(at, target, now, arrive))
        if arrive < due:
            parts.append(Wait(target, arrive, due))
        return arrive

    begun = 0
    for order, visit in enumerate(route.visits):
        arrive = go(visit.site, visit.start)
        end = visit.start + int(activities.steps[visit.activity])
        if order == 0 or route.visits[order - 1].site != visit.site:
            begun = visit.start
        stays_on = order + 1 < len(route.visits) and route.visits[order + 1].site == visit.site
        parts.append(
            Stay(
                visit.site, max(arrive, visit.start), end, visit.start, arrive, order, visit.activity,
                0.0 if stays_on else dwell_effect(problem, end - begun),
                float(activities.presence[visit.activity]), bool(activities.free[visit.activity]),
            )
        )  # fmt: skip
        at, now = visit.site, end
    go(home, finish)
    return Timeline(team, tuple(parts), tuple(gaps))


def dwell_effect(problem: Problem, steps: int) -> float:
    """g of a stay of ``steps`` steps: that of the longest dwell which is no longer, 0 if all are longer."""
    fits = problem.dwell_effect[problem.dwell_steps <= steps]
    return float(fits[-1]) if len(fits) else 0.0
