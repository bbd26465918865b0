"""Teams that carry a plan out as teams do: part of every dwell is lost, ways take longer, positions are not exact.

A team makes for the next stop of the plan in force. It ends a stop when the plan has it end, however late it came,
and passes one over that would be over before it is there. The part of a dwell that is not delivered counts as an
absence: nobody knows where the team is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routeopt.coordinates import metres_from
from routeopt.plan import Route, Visit
from routeopt.problem import UNREACHABLE, Problem
from routeopt.problem.activities import Kind

DEGREE_M = 111_195.0
"""Metres of a degree of latitude."""
SPREAD = 6.0
"""Sum of the parameters of the beta distribution of the share of a dwell that is delivered."""


@dataclass(frozen=True)
class Delivery:
    """How teams carry out a plan; what is drawn depends on the seed, the team and the stop alone."""

    dwell: float = 0.6
    """Mean share of a dwell that is delivered."""
    late_min: float = 2.0
    """Mean delay of a way, minutes; exponential."""
    drift_m: float = 10.0
    """Standard deviation of a position to the north and to the east, metres."""
    seed: int = 0


AS_PLANNED = Delivery(dwell=1.0, late_min=0.0, drift_m=0.0)


class Told(NamedTuple):
    """What a team tells."""

    at_s: int
    kind: str
    """``arrived`` or ``left``."""
    site: int


class _Way(NamedTuple):
    """The way to a stop that is under way."""

    visit: Visit
    left_s: int
    arrive_s: int


@dataclass
class _Spell:
    """Some time of a team: a stop, or an absence (``visit`` is None)."""

    site: int
    begin_s: int
    end_s: int
    visit: Visit | None


class Patrol:
    """A team on its way through a night.

    Parameters
    ----------
    team
        Its index.
    """

    def __init__(self, problem: Problem, team: int, delivery: Delivery) -> None:
        self.problem, self.team, self.delivery = problem, team, delivery
        self._step_s = problem.clock.step_s
        self.site = int(problem.team_start_site[team])
        """Where it is, or was before its way."""
        self.free_s = int(problem.team_start_step[team]) * self._step_s
        """From when it may leave from there."""
        self._after = -1
        """Planned start of the stop that it began or passed over last."""
        self._way: _Way | None = None
        self._spells: list[_Spell] = []
        self._telling: list[Told] = []

    def until(self, route: Route, now_s: int, since_s: int) -> list[Told]:
        """Go on by the plan in force; return what the team tells meanwhile.

        Parameters
        ----------
        now_s
            Until when, seconds from the plan's start.
        since_s
            When the plan came into force.
        """
        rows = self.problem.activities.rows
        for visit in route.visits:
            if visit.start <= self._after or rows[visit.activity].kind.is_record:
                continue
            if not self._comes_to(visit, now_s, since_s):
                break
        told = [one for one in self._telling if one.at_s <= now_s]
        self._telling = [one for one in self._telling if one.at_s > now_s]
        return told

    def _comes_to(self, visit: Visit, now_s: int, since_s: int) -> bool:
        """Make for a stop; return whether the team has begun it, or passes it over."""
        what = self.problem.activities.rows[visit.activity]
        end_s = (visit.start + what.steps) * self._step_s
        if self._way is not None and self._way.visit.site == visit.site:  # perhaps at another time now
            self._way = self._way._replace(visit=visit)
        if self._way is None or self._way.visit.site != visit.site:
            if self._way is not None:  # the plan has another stop now
                self.site, self.free_s = self._nearest(since_s), since_s
            leave = max(self.free_s, since_s if self._way is not None else 0)
            if leave >= now_s:
                return False
            self._way = None
            steps = self.problem.movement(self.team).steps(self.site, visit.site, leave // self._step_s)
            if steps >= UNREACHABLE or leave + steps * self._step_s >= end_s:
                self._after = visit.start
                return True
            delay = self._delay(visit.site, visit.start) if steps else 0
            self._way = _Way(visit, leave, leave + steps * self._step_s + delay)
        begin = max(self._way.arrive_s, visit.start * self._step_s)
        if begin > now_s:
            return False
        if what.kind is Kind.TASK:
            end_s = begin + what.steps * self._step_s
        self._begin(visit, begin, end_s, whole=what.kind is Kind.TASK)
        return True

    def _begin(self, visit: Visit, begin: int, end: int, *, whole: bool) -> None:
        """Stop at a place, for as long as this team does."""
        self._way, self._after, self.site = None, visit.start, visit.site
        self.free_s = max(begin, end)
        if begin >= end:  # it came too late
            return
        left = end if whole else begin + round(self._share(visit) * (end - begin))
        self._spells.append(_Spell(visit.site, begin, left, visit))
        if left < end:
            self._spells.append(_Spell(visit.site, left, end, None))
        self._telling += [Told(begin, "arrived", visit.site), Told(left, "left", visit.site)]

    def send(self, site: int, now_s: int, busy_s: int) -> None:
        """Go somewhere at once, and be busy there for some time."""
        origin = self._nearest(now_s)
        for spell in self._spells:
            spell.end_s = min(spell.end_s, now_s)
        steps = self.problem.movement(self.team).steps(origin, site, max(0, now_s // self._step_s))
        way = 0 if steps >= UNREACHABLE else steps * self._step_s
        free = now_s + way + (self._delay(site, now_s) if way else 0) + busy_s
        self._spells.append(_Spell(site, now_s, free, None))
        self._way, self.site, self.free_s = None, site, free
        self._telling = [Told(free, "left", site)]

    def place(self, now_s: int) -> tuple[float, float]:
        """Where the team is, (lat, lon); on a way, on the straight line."""
        lat, lon = self.problem.site_lat, self.problem.site_lon
        at = lat[self.site], lon[self.site]
        if self._way is not None:
            way, target = self._way, self._way.visit.site
            share = min(1.0, (now_s - way.left_s) / max(1, way.arrive_s - way.left_s))
            at = at[0] + share * (lat[target] - at[0]), at[1] + share * (lon[target] - at[1])
        return float(at[0]), float(at[1])

    def position(self, now_s: int) -> tuple[float, float]:
        """The place as the team's device tells it."""
        lat, lon = self.place(now_s)
        north, east = self._rng(now_s).normal(0.0, 1.0, 2) * self.delivery.drift_m / DEGREE_M
        return lat + float(north), lon + float(east) / math.cos(math.radians(lat))

    def route(self) -> Route:
        """What was delivered, as a route of the problem."""
        rows, last = self.problem.activities, int(self.problem.team_end_step[self.team])
        visits: list[Visit] = []
        free = 0
        for spell in self._spells:
            start = max(free, round(spell.begin_s / self._step_s))
            end = min(last, round(spell.end_s / self._step_s))
            if end <= start:
                continue
            activity = rows.away(end - start)
            if spell.visit is not None:
                activity = rows.stop_of(end - start)
                if rows.rows[spell.visit.activity].kind is Kind.TASK:
                    activity = spell.visit.activity
            visits.append(Visit(spell.site, start, activity))
            free = end
        return Route(self.team, tuple(visits))

    def _nearest(self, now_s: int) -> int:
        """The site nearest to where the team is."""
        if self._way is None:
            return self.site
        return int(metres_from(*self.place(now_s), self.problem.site_lat, self.problem.site_lon).argmin())

    def _rng(self, *of: int) -> np.random.Generator:
        return np.random.default_rng((self.delivery.seed, self.team, *of))

    def _share(self, visit: Visit) -> float:
        """The share of a dwell that is delivered."""
        mean = self.delivery.dwell
        if mean >= 1.0:
            return 1.0
        return float(self._rng(visit.site, visit.start).beta(SPREAD * mean, SPREAD * (1 - mean)))

    def _delay(self, site: int, start: int) -> int:
        """How much longer a way takes, seconds."""
        return round(60 * self._rng(site, start, 1).exponential(self.delivery.late_min))
