"""Tracks of a plan as it was meant: fixes along its routes, with noise and gaps, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence.tracks import Track
from routeopt.plan import Plan, Route
from routeopt.problem.build import Built
from routeopt.streets.network import unproject
from routeopt.streets.travel import Fastest
from routeopt.timeline import Away, Leg, walk

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """Where a team is, by time: arrays of the pieces of its way, one after the other."""

    team: int
    time_s: Array
    """(n + 1,) seconds from the plan's start at which each piece begins, and the last ends."""
    segment: NDArray[np.int32]
    begin_m: Array
    end_m: Array

    def at(self, time_s: Array) -> tuple[NDArray[np.int32], Array]:
        """Return segment and offset at some times inside the duty."""
        k = np.clip(np.searchsorted(self.time_s, time_s, side="right") - 1, 0, len(self.segment) - 1)
        length = np.maximum(self.time_s[k + 1] - self.time_s[k], 1e-9)
        share = np.clip((time_s - self.time_s[k]) / length, 0.0, 1.0)
        return self.segment[k], self.begin_m[k] + share * (self.end_m[k] - self.begin_m[k])


def truths(built: Built, plan: Plan) -> list[Truth]:
    """Return where every team is at any time, if it keeps to the plan."""
    fastest = {mode: Fastest(built.network, mode, snap) for mode, snap in built.snaps.items()}
    modes = (built.problem.movement(route.team).mode for route in plan.routes)
    return [_truth(built, route, fastest[mode]) for route, mode in zip(plan.routes, modes, strict=True)]


def _truth(built: Built, route: Route, fastest: Fastest) -> Truth:
    problem, net, snap = built.problem, built.network, fastest.snap
    step_s = problem.clock.step_s
    times, segments, begins, ends = [0.0], [], [], []

    def put(until_s: float, segment: int, begin_m: float, end_m: float) -> None:
        times.append(max(until_s, times[-1]))
        segments.append(segment)
        begins.append(begin_m)
        ends.append(end_m)

    times[0] = float(problem.team_start_step[route.team]) * step_s
    for part in walk(problem, route).parts:
        if isinstance(part, Leg):
            arcs, way = fastest.arcs, fastest.way(part.site, part.target)
            now = part.begin * step_s
            for arc in way.tolist():
                length = net.seg_length_m[arcs.arc_segment[arc]]
                now += arcs.seconds[arc]
                put(now, int(arcs.arc_segment[arc]), arcs.arc_begin[arc] * length, arcs.arc_end[arc] * length)
            part_end, site = part.end, part.target
        else:
            part_end, site = part.end, part.site
            if isinstance(part, Away):
                continue
        if part_end * step_s > times[-1]:
            put(part_end * step_s, int(snap.segment[site]), snap.offset_m[site], snap.offset_m[site])
    return Truth(route.team, np.array(times), np.array(segments, dtype=np.int32), np.array(begins), np.array(ends))


def track_of(
    built: Built, truth: Truth, interval_s: float, sigma_m: float, rng: np.random.Generator,
    gaps: Sequence[tuple[float, float]] = (),
) -> Track:  # fmt: skip
    """Return fixes of a team: every ``interval_s`` (by a tenth sooner or later), with Gaussian noise.

    Parameters
    ----------
    sigma_m
        Standard deviation east and north, metres.
    gaps
        Seconds (from, to) without a fix.
    """
    first, last = float(truth.time_s[0]), float(truth.time_s[-1])
    time_s = np.arange(first, last + 1e-9, interval_s)
    time_s = np.clip(np.round(time_s + rng.uniform(-0.1, 0.1, len(time_s)) * interval_s), first, last)
    time_s = np.unique(time_s)
    for begin, end in gaps:
        time_s = time_s[(time_s < begin) | (time_s > end)]
    x, y = xy_at(built, *truth.at(time_s))
    lat, lon = unproject(built.network, x + rng.normal(0.0, sigma_m, len(x)), y + rng.normal(0.0, sigma_m, len(y)))
    return Track(truth.team, time_s, lat, lon)


def xy_at(built: Built, segment: NDArray[np.int32], offset_m: Array) -> tuple[Array, Array]:
    """Return the positions at offsets along segments, metres."""
    net = built.network
    x, y = np.empty(len(segment)), np.empty(len(segment))
    for n, (s, along) in enumerate(zip(segment.tolist(), offset_m.tolist(), strict=True)):
        line = slice(net.geom_ptr[s], net.geom_ptr[s + 1])
        gx, gy = net.geom_x[line], net.geom_y[line]
        metres = np.append(0.0, np.cumsum(np.hypot(np.diff(gx), np.diff(gy))))
        at = along / max(float(net.seg_length_m[s]), 1e-9) * metres[-1]
        x[n], y[n] = np.interp(at, metres, gx), np.interp(at, metres, gy)
    return x, y
