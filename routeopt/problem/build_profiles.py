"""What teams of each mode can do and see on the streets, as profiles; and what they reach in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.problem import UNREACHABLE, Profile
from routeopt.problem.movement import FAR, NO_LEG, Leg, Others, Passage, side_by_side
from routeopt.problem.sizes import ALL_SITES, AROUND, NEAREST
from routeopt.scenario.model import Scenario
from routeopt.streets.network import Snap, StreetNetwork
from routeopt.streets.sight import sight_table
from routeopt.streets.travel import Fastest, TravelTable, near_table, travel_table

Reached = list[tuple[NDArray[np.int64], NDArray[np.int32]]]
"""Per handling radius, CSR pointer and points: those reached in time from each site."""


@dataclass(frozen=True)
class Moving:
    """How teams move in a night, by profile; those of the modes in use come first."""

    profiles: tuple[Profile, ...]
    reach: tuple[Reached, ...]
    """Of each profile."""


def by_mode(
    scenario: Scenario,
    net: StreetNetwork,
    snaps: dict[str, Snap],
    points: NDArray[np.int64],
    *,
    all_legs: bool = False,
) -> Moving:
    """Compute per mode what teams can do and see, and what they reach in time.

    Parameters
    ----------
    snaps
        Mode → where the sites meet its streets.
    points : (n_points,)
        Segments whose demand counts.
    all_legs
        Whether every leg is to be known, as where streets change, however many sites there are.
    """
    all_legs |= bool(scenario.streets.changes)
    point_of, minutes = points_of(net, points), scenario.model.handling_min
    posts = np.arange(len(scenario.posts), dtype=np.int64)
    fields, times = [], []
    for mode, on in snaps.items():
        whole = all_legs or len(on.segment) <= ALL_SITES
        if whole:
            table = travel_table(net, mode, on)
        else:
            table = near_table(net, mode, on, NEAREST, posts, AROUND, point_of >= 0)
        seen = sight_table(net, on, scenario.model.sight(mode))
        others = None if whole else StreetLegs(net, mode, on, scenario.clock, point_of)
        fields.append(_profile(mode, scenario.clock, table, seen, point_of, others))
        times.append(table.time_s)
    side_by_side(fields)
    profiles = tuple(Profile(**given) for given in fields)
    reach = []
    for profile, time_s in zip(profiles, times, strict=True):
        near = None
        if isinstance(profile.others, StreetLegs):
            near = profile.others.fastest.within(np.arange(profile.n_sites), 60 * max(minutes, default=0))
        reach.append(reached(minutes, time_s, profile, len(points), near))
    return Moving(profiles, tuple(reach))


class StreetLegs:
    """Looks up on the streets the legs that a profile does not know (see `routeopt.problem.movement.Others`)."""

    def __init__(
        self, net: StreetNetwork, mode: str, snap: Snap, clock: Clock, point_of: NDArray[np.int32]
    ) -> None:
        self.fastest, self.clock, self.point_of = Fastest(net, mode, snap), clock, point_of
        self.n = len(snap.segment)

    def leg(self, site: int, target: int) -> Leg:
        """Return a leg."""
        places, most = np.array([site]), np.array([self.n])
        found = self.fastest.paths(places, most, self.point_of >= 0, backward=False, goal=target)
        if len(found[1]) == 0:
            return NO_LEG
        steps = _whole_steps(self.clock, found[2])
        passed = _passages(self.clock, found[4], self.point_of[found[5]], found[6], found[7], steps)
        return Leg(steps.item(), found[3].item(), Passage(*passed[1:]))

    def steps_from(self, site: int) -> NDArray[np.int64]:
        """Return the travel time from a site to each site, (n_sites,) steps."""
        return self._steps(site, backward=False)

    def steps_to(self, target: int) -> NDArray[np.int64]:
        """Return the travel time from each site to a site, (n_sites,) steps."""
        return self._steps(target, backward=True)

    def _steps(self, site: int, *, backward: bool) -> NDArray[np.int64]:
        _, place, time_s = self.fastest.within(np.array([site]), np.inf, backward=backward)
        found = np.full(self.n, FAR, dtype=np.int64)
        found[place] = _whole_steps(self.clock, time_s)
        found[site] = 0
        return found


def points_of(net: StreetNetwork, points: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the demand point of each segment, (n_segments,); −1 where it has none."""
    found = np.full(net.n_segments, -1, dtype=np.int32)
    found[points] = np.arange(len(points), dtype=np.int32)
    return found


def _profile(
    mode: str,
    clock: Clock,
    table: TravelTable,
    seen: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    point_of: NDArray[np.int32],
    others: Others | None,
) -> dict[str, Any]:
    """Put times on the grid, and sight and passages on the demand points alone: the fields of a `Profile`."""
    n = len(seen[0]) - 1
    ptr, segment, rho = seen
    rows = np.repeat(np.arange(n), np.diff(ptr))
    keep = point_of[segment] >= 0
    order = np.lexsort((point_of[segment[keep]], rows[keep]))
    return {
        "mode": mode,
        "sight_ptr": np.searchsorted(rows[keep], np.arange(n + 1)).astype(np.int64),
        "sight_point": point_of[segment[keep]][order],
        "sight_rho": rho[keep][order].astype(np.float64),
        **legs_of(clock, table, steps_of(clock, table), point_of),
        "leg_ptr": table.row_ptr,
        "leg_target": table.row_target,
        "others": others,
    }


def steps_of(clock: Clock, table: TravelTable) -> NDArray[np.int32]:
    """Return the travel times on the grid, in the table's shape, steps; `UNREACHABLE` without a way."""
    steps = _whole_steps(clock, table.time_s)
    if steps.ndim == 2:
        np.fill_diagonal(steps, 0)
    else:
        steps[table.row_target == np.repeat(np.arange(len(table.row_ptr) - 1), np.diff(table.row_ptr))] = 0
    return steps


def _whole_steps(clock: Clock, time_s: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return travel times on the grid, steps."""
    finite = np.isfinite(time_s)
    steps = np.full(finite.shape, UNREACHABLE, dtype=np.int32)
    # two places on the same spot are still a step apart, so that time always passes between them
    steps[finite] = np.maximum(1, np.ceil(time_s[finite] / clock.step_s - 1e-9)).astype(np.int32)
    return steps


def legs_of(
    clock: Clock, table: TravelTable, steps: NDArray[np.int32], point_of: NDArray[np.int32]
) -> dict[str, Any]:
    """Return the fields of a `Profile` for its legs, which take ``steps``, with what they pass."""
    ptr, point, step, present, leaves = _passages(
        clock, table.ptr, point_of[table.segment], table.enter_s, table.leave_s, steps.reshape(-1)
    )
    return {
        "travel_steps": steps, "travel_m": table.length_m, "pass_ptr": ptr, "pass_point": point,
        "pass_step": step, "pass_present": present, "pass_leaves": leaves,
    }  # fmt: skip


def _passages(
    clock: Clock,
    passed: NDArray[np.int64],
    point: NDArray[np.int32],
    enter_s: NDArray[np.float32],
    leave_s: NDArray[np.float32],
    steps: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """List what legs pass, as one item per point and step touched (see `on_grid` and `Profile`)."""
    from routeopt.kernels.streets.fastest import on_grid

    def items(n: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        return np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float64), np.empty(n, np.float64)

    ptr = np.empty(len(steps) + 1, dtype=np.int64)
    given = passed, point, enter_s, leave_s, steps, clock.step_s
    found = items(on_grid(*given, True, ptr, *items(0)))
    on_grid(*given, False, ptr, *found)
    return ptr, *found


def reached(
    minutes: tuple[float, ...] | list[float],
    time_s: NDArray[np.float64],
    profile: Profile,
    n_points: int,
    near: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]] | None = None,
) -> Reached:
    """Find the points reached in time from each site, per handling radius.

    A point is reached when a site that sees it fully (ρ = 1), or, failing that, best, is; a site's own
    points are reached at once.

    Parameters
    ----------
    time_s : (n_sites, n_sites)
        Travel time, seconds; not used where ``near`` is given.
    near
        CSR pointer, the sites near to each site, at least as far as the greatest radius, and their times.
    """
    from routeopt.kernels.streets.fastest import points_reached

    n = profile.n_sites
    best = np.zeros(n_points)
    np.maximum.at(best, profile.sight_point, profile.sight_rho)
    good = profile.sight_rho >= best[profile.sight_point] - 1e-9
    begin = np.searchsorted(profile.sight_site[good], np.arange(n + 1))
    if near is None:
        every = np.tile(np.arange(n, dtype=np.int32), n)
        near = np.arange(0, n * n + 1, n), every, time_s.reshape(-1)
    points = profile.sight_point[good]
    return [points_reached(*near, float(60 * limit), begin, points, n_points) for limit in minutes]


def _stack_ptr(ptrs: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Stack the CSR pointers of several profiles."""
    stacked = [ptrs[0][:1]]
    base = 0
    for ptr in ptrs:
        stacked.append(ptr[1:] + base)
        base += int(ptr[-1])
    return np.concatenate(stacked)


def stacked(scenario: Scenario, reach: Sequence[Reached]) -> dict[str, Any]:
    """Stack what each profile's sites reach in time."""
    radii = range(len(scenario.model.handling_min))
    return {
        "response_ptr": tuple(_stack_ptr([r[m][0] for r in reach]) for m in radii),
        "response_point": tuple(np.concatenate([r[m][1] for r in reach]) for m in radii),
        "handling_min": tuple(float(m) for m in scenario.model.handling_min),
    }
