"""Planned against delivered, by team and by place: dwell, visits, the gaps between them, stops kept.

A stop is kept when its team arrives within a tolerance of the planned time. It has the dwell of the Koper curve
when the team stays 10 to 16 minutes in sight: C. S. Koper, "Just enough police presence", Justice Quarterly 12
(1995), pages 649–672.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from routeopt.adherence.stays import LEAST_VISIT_S, Band, Stay
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.timeline import walk

TOLERANCE_S = 15 * 60.0
"""How much sooner or later a team may arrive."""
KOPER_S = (600.0, 960.0)
MADE_S = 90 * 60.0
"""A stay is no longer that of a planned stop if it begins so much sooner or later."""


@dataclass(frozen=True)
class Planned:
    """A stop as planned; seconds from the plan's start."""

    team: int
    site: int
    arrive_s: float
    start_s: float
    end_s: float

    def late_s(self, begin_s: float) -> float:
        """How much later than planned somebody arrives; negative for sooner, 0 while the plan waits there."""
        return begin_s - self.start_s if begin_s > self.start_s else min(begin_s - self.arrive_s, 0.0)


@dataclass(frozen=True)
class Delivered:
    """A planned stop with the stay that was delivered."""

    planned: Planned
    stay: Stay | None
    """None: the team was not there; one without fixes: nothing proves it, and fixes allow it."""
    tolerance_s: float

    @property
    def made(self) -> bool:
        """Whether the team stopped there."""
        return self.stay is not None and self.stay.is_visit

    @property
    def kept(self) -> Band:
        """Whether it arrived in time (0 or 1)."""
        if self.stay is None:
            return Band(0, 0, 0)

        def fits(time_s: float) -> bool:
            return abs(self.planned.late_s(time_s)) <= self.tolerance_s

        stay = self.stay
        sure = stay.dwell_s.low >= LEAST_VISIT_S and fits(stay.earliest_s) and fits(stay.first_s)
        late = self.planned.late_s
        spans = fits(stay.earliest_s) or fits(stay.first_s) or late(stay.earliest_s) * late(stay.first_s) < 0
        likely = self.made and fits(stay.begin_s)
        return Band(float(sure), float(likely), float(likely or (spans and stay.dwell_s.high >= LEAST_VISIT_S)))

    @property
    def koper(self) -> Band:
        """Whether the dwell is that of the Koper curve (0 or 1)."""
        if self.stay is None:
            return Band(0, 0, 0)
        low, estimate, high = self.stay.dwell_s
        least, most = KOPER_S
        return Band(
            float(low >= least and high <= most), float(least <= estimate <= most),
            float(low <= most and high >= least),
        )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """The figures of a team, a place, both, or all; minutes, and shares in [0, 1]."""

    team: int | None
    site: int | None
    planned_stops: int
    made: int
    kept: Band
    """Stops, not shares."""
    koper: Band
    planned_min: float
    delivered_min: Band
    """In sight of the place, also beside planned stops."""
    visits: Band
    planned_gap_min: float
    """Longest time without a visit, from the plan's start to its end."""
    gap_min: float
    mean_gap_min: float | None
    """Mean time between visits; None for fewer than two."""


def planned_stops(problem: Problem, plan: Plan) -> list[Planned]:
    """List the stops of a plan."""
    step_s = problem.clock.step_s
    return [
        Planned(route.team, stop.site, stop.arrive * step_s, stop.start * step_s, stop.end * step_s)
        for route in plan.routes
        for stop in walk(problem, route).stops()
    ]


def assign(
    stops: Sequence[Planned], stays: Sequence[Stay], unseen: Callable[[Planned], Stay | None], tolerance_s: float
) -> list[Delivered]:
    """Give each planned stop the stay of its team there that begins nearest to it; none is given twice."""
    near = sorted(
        (abs(stop.late_s(stay.begin_s)), n, k)
        for n, stop in enumerate(stops)
        for k, stay in enumerate(stays)
        if stay.team == stop.team and stay.site == stop.site and stay.dwell_s.high >= LEAST_VISIT_S
    )
    of_stop: dict[int, Stay] = {}
    taken: set[int] = set()
    for away, n, k in near:
        if away <= MADE_S and n not in of_stop and k not in taken:
            of_stop[n] = stays[k]
            taken.add(k)
    return [Delivered(stop, of_stop.get(n) or unseen(stop), tolerance_s) for n, stop in enumerate(stops)]


def row_of(
    delivered: Iterable[Delivered], stays: Iterable[Stay], duration_s: float, team: int | None = None,
    site: int | None = None,
) -> Row:  # fmt: skip
    """Add up the figures of a team (None: all), a place (None: all), or both."""
    stops = [d for d in delivered if team in (None, d.planned.team) and site in (None, d.planned.site)]
    own = [s for s in stays if team in (None, s.team) and site in (None, s.site)]
    dwells = [s.dwell_s for s in own]
    seen = [s for s in own if s.is_visit]
    hidden = [d.stay for d in stops if d.stay is not None and not d.stay.fixes]
    kept, koper = (_summed(getattr(d, key) for d in stops) for key in ("kept", "koper"))
    times = [(s.begin_s, s.end_s) for s in seen]
    planned = [(d.planned.start_s, d.planned.end_s) for d in stops]
    return Row(
        team, site, len(stops), sum(d.made for d in stops), kept, koper,
        sum(end - begin for begin, end in planned) / 60,
        Band(sum(d.low for d in dwells) / 60, sum(d.estimate for d in dwells) / 60,
             sum(d.high for d in (*dwells, *(h.dwell_s for h in hidden))) / 60),
        Band(sum(d.low >= LEAST_VISIT_S for d in dwells), len(seen),
             sum(d.high >= LEAST_VISIT_S for d in (*dwells, *(h.dwell_s for h in hidden)))),
        longest_gap_s(planned, duration_s) / 60, longest_gap_s(times, duration_s) / 60,
        mean_gap_min(times),
    )  # fmt: skip


def _summed(bands: Iterable[Band]) -> Band:
    rows = list(bands)
    return Band(*(float(sum(column)) for column in zip(*rows, strict=True))) if rows else Band(0, 0, 0)


def longest_gap_s(times: Sequence[tuple[float, float]], duration_s: float) -> float:
    """Return the longest time without presence, from 0 to ``duration_s``."""
    now, longest = 0.0, 0.0
    for begin, end in sorted(times):
        longest, now = max(longest, begin - now), max(now, end)
    return max(longest, duration_s - now)


def mean_gap_min(times: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean time from the end of a visit to the start of the next, minutes; None for fewer than two."""
    ordered = sorted(times)
    gaps = [max(b[0] - a[1], 0.0) for a, b in pairwise(ordered)]
    return float(np.mean(gaps)) / 60 if gaps else None
