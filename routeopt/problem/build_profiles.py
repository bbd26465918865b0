"""What teams of each mode can do and see on the streets, as profiles; and what they reach in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.problem import UNREACHABLE, Profile
from routeopt.scenario.model import Scenario
from routeopt.streets.network import Snap, StreetNetwork
from routeopt.streets.sight import sight_table
from routeopt.streets.travel import TravelTable, travel_table

Reached = list[tuple[NDArray[np.int64], NDArray[np.int32]]]
"""Per handling radius, CSR pointer and points: those reached in time from each site."""


@dataclass(frozen=True)
class Moving:
    """How teams move in a night, by profile; those of the modes in use come first."""

    profiles: tuple[Profile, ...]
    reach: tuple[Reached, ...]
    """Of each profile."""


def by_mode(scenario: Scenario, net: StreetNetwork, snaps: dict[str, Snap], points: NDArray[np.int64]) -> Moving:
    """Compute per mode what teams can do and see, and what they reach in time.

    Parameters
    ----------
    snaps
        Mode → where the sites meet its streets.
    points : (n_points,)
        Segments whose demand counts.
    """
    point_of, minutes = points_of(net, points), scenario.model.handling_min
    profiles, reach = [], []
    for mode, on in snaps.items():
        table = travel_table(net, mode, on, scenario.clock.step_s)
        seen = sight_table(net, on, scenario.model.sight(mode))
        profile = _profile(mode, scenario.clock, table, seen, point_of)
        profiles.append(profile)
        reach.append(reached(minutes, table, profile, len(points)))
    return Moving(tuple(profiles), tuple(reach))


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
) -> Profile:
    """Put times on the grid, and sight and passages on the demand points alone."""
    n = table.time_s.shape[0]
    ptr, segment, rho = seen
    rows = np.repeat(np.arange(n), np.diff(ptr))
    keep = point_of[segment] >= 0
    order = np.lexsort((point_of[segment[keep]], rows[keep]))
    return Profile(
        mode=mode,
        sight_ptr=np.searchsorted(rows[keep], np.arange(n + 1)).astype(np.int64),
        sight_point=point_of[segment[keep]][order],
        sight_rho=rho[keep][order].astype(np.float64),
        **legs_of(clock, table, steps_of(clock, table), point_of),
    )


def steps_of(clock: Clock, table: TravelTable) -> NDArray[np.int32]:
    """Return the travel times on the grid, (n, n) steps; `UNREACHABLE` without a way."""
    finite = np.isfinite(table.time_s)
    steps = np.full(finite.shape, UNREACHABLE, dtype=np.int32)
    # two places on the same spot are still a step apart, so that time always passes between them
    steps[finite] = np.maximum(1, np.ceil(table.time_s[finite] / clock.step_s - 1e-9)).astype(np.int32)
    np.fill_diagonal(steps, 0)
    return steps


def legs_of(
    clock: Clock, table: TravelTable, steps: NDArray[np.int32], point_of: NDArray[np.int32]
) -> dict[str, Any]:
    """Return the fields of a `Profile` for its legs, which take ``steps``, with what they pass."""
    ptr, point, step, present, leaves = _passages(clock, table, steps, point_of)
    return {
        "travel_steps": steps, "travel_m": table.length_m, "pass_ptr": ptr, "pass_point": point,
        "pass_step": step, "pass_present": present, "pass_leaves": leaves,
    }  # fmt: skip


def _passages(
    clock: Clock, table: TravelTable, steps: NDArray[np.int32], point_of: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """List the segments passed, as one item per step touched (see Profile)."""
    rows = np.repeat(np.arange(len(table.ptr) - 1), np.diff(table.ptr))
    keep = point_of[table.segment] >= 0
    rows, point = rows[keep], point_of[table.segment[keep]]
    last = steps.reshape(-1)[rows] - 1
    enter = table.enter_s[keep].astype(np.float64) / clock.step_s
    leave = np.maximum(table.leave_s[keep].astype(np.float64) / clock.step_s, enter)
    first_step = np.minimum(enter.astype(np.int64), last)
    final_step = np.minimum(np.maximum(np.ceil(leave - 1e-9).astype(np.int64) - 1, first_step), last)
    count = final_step - first_step + 1
    item = np.repeat(np.arange(len(rows)), count)
    step = first_step[item] + np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    present = np.clip(np.minimum(leave[item], step + 1) - np.maximum(enter[item], step), 0.0, 1.0)
    ptr = np.searchsorted(rows[item], np.arange(len(table.ptr))).astype(np.int64)
    leaves = (step == final_step[item]).astype(np.float64)
    return ptr, point[item].astype(np.int32), step.astype(np.int32), present, leaves


def reached(
    minutes: tuple[float, ...] | list[float], table: TravelTable, profile: Profile, n_points: int
) -> Reached:
    """Find the points reached in time from each site, per handling radius.

    A point is reached when a site that sees it fully (ρ = 1), or, failing that, best, is; a site's own
    points are reached at once.
    """
    n = table.time_s.shape[0]
    best = np.zeros(n_points)
    np.maximum.at(best, profile.sight_point, profile.sight_rho)
    good = profile.sight_rho >= best[profile.sight_point] - 1e-9
    sites, points = profile.sight_site[good], profile.sight_point[good]
    found = []
    for limit in minutes:
        ptr, chunks = [0], []
        for i in range(n):
            near = table.time_s[i, sites] <= limit * 60
            near |= sites == i
            here = np.unique(points[near]).astype(np.int32)
            chunks.append(here)
            ptr.append(ptr[-1] + len(here))
        found.append((np.array(ptr, dtype=np.int64), np.concatenate(chunks)))
    return found


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
