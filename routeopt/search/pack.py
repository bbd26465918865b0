"""Pack travel, sight and neighbours of the sites into arrays for the kernels."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.visibility import levels, solution
from routeopt.kernels.visibility.gains import seen_from_ends
from routeopt.problem import UNREACHABLE, Problem, Profile, Tasks
from routeopt.problem.movement import Known
from routeopt.problem.periods import Periods

N_NEIGHBOURS = 48
"""Nearest sites to which a leg may lead from each site (the first and the last leg may lead anywhere)."""

N_TASK_NEIGHBOURS = 16
"""Further sites, of tasks, to which a leg may lead: mandatory ones first, then by distance."""
TILE_CUTS = 6
"""2⁶ tiles."""
NO_TILES = np.zeros(0, dtype=np.uint64)
_STACKED: weakref.WeakKeyDictionary[Profile, tuple[list[weakref.ref[Profile]], float, levels.Movement]]
_STACKED = weakref.WeakKeyDictionary()
"""Results of `stack` by the first profile, kept while it lives: re-planning a shift uses the same profiles."""


_NEAREST: weakref.WeakKeyDictionary[Profile, tuple[tuple[bytes, ...], NDArray[np.int64]]]
_NEAREST = weakref.WeakKeyDictionary()
"""The last result of `_nearest` of each profile whose legs do not change, with what it was made of."""


Positions = tuple[NDArray[np.float64], NDArray[np.float64]]


def stack(
    profiles: Sequence[Profile], fade: float, periods: Periods, positions: Positions | None = None
) -> levels.Movement:
    """Concatenate the arrays of all profiles; the same profiles return the same arrays.

    Parameters
    ----------
    positions
        Latitudes and longitudes of the sites, (0,) where unknown: make `levels.Tiles` by them. Default: none.
    """
    legs = periods.profile if len(periods.profile) else np.arange(len(profiles))[:, None]
    movement = _stacked(profiles, fade)
    if positions is not None:
        movement = movement._replace(tiles=_tiles(movement, profiles, positions))
    return movement._replace(periods=np.vstack([periods.begin, legs]).astype(np.int64))


def _tiles(movement: levels.Movement, profiles: Sequence[Profile], positions: Positions) -> levels.Tiles:
    """Cut the town into as many parts as a number has bits, with equal numbers of sites."""
    n_sites, sight, legs = movement.n_sites, movement.sight, movement.legs
    part = np.zeros(n_sites, dtype=np.int64)
    axes = positions if len(positions[0]) else (np.arange(n_sites),) * 2
    for cut in range(TILE_CUTS):
        order = np.lexsort((axes[cut % 2], part))
        begin, size = np.searchsorted(part[order], part[order]), np.bincount(part)[part[order]]
        upper = np.empty(n_sites, dtype=np.bool_)
        upper[order] = 2 * (np.arange(n_sites) - begin) >= size
        part = 2 * part + upper
    bit = np.left_shift(np.uint64(1), part.astype(np.uint64))
    of_point = np.full(max(1, *(p.n_points for p in profiles)), np.uint64(1))
    rows = np.repeat(np.arange(len(sight.ptr) - 1), np.diff(sight.ptr))
    origin = np.repeat(np.arange(len(legs.first) - 1), np.diff(legs.first))
    of_point[legs.point] = bit[np.repeat(origin % n_sites, np.diff(legs.ptr))]
    of_point[sight.point] = bit[rows % n_sites]
    return levels.Tiles(
        of_point, _united(sight.ptr, of_point[sight.point]), _united(legs.ptr, of_point[legs.point])
    )


def _united(ptr: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Unite the bits of each row of a CSR table."""
    found = np.zeros(len(ptr) - 1, dtype=np.uint64)
    filled = np.flatnonzero(np.diff(ptr))
    if len(filled):
        found[filled] = np.bitwise_or.reduceat(bits, ptr[filled])
    return found


def _stacked(profiles: Sequence[Profile], fade: float) -> levels.Movement:
    """Concatenate the arrays of all profiles, for one period; the same profiles return the same arrays."""
    known = _STACKED.get(profiles[0])
    if known is not None and known[1] == fade and [other() for other in known[0]] == list(profiles[1:]):
        return known[2]
    made = _stack(profiles, fade)
    _STACKED[profiles[0]] = [weakref.ref(other) for other in profiles[1:]], fade, made
    return made


def _stack(profiles: Sequence[Profile], fade: float) -> levels.Movement:
    def pointer(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
        ends = np.cumsum([0] + [p[-1] for p in parts])
        return np.concatenate([p[:-1] + e for p, e in zip(parts, ends, strict=False)] + [ends[-1:]])

    def together(name: str) -> NDArray[Any]:
        return _joined([getattr(p, name) for p in profiles])

    legs = [p.known() for p in profiles]

    def known(name: str) -> NDArray[Any]:
        return _joined([getattr(leg, name) for leg in legs])

    def passed(name: str) -> NDArray[Any]:
        return _joined([getattr(leg.passage, name) for leg in legs])

    seen_from, seen_to = (
        np.concatenate(ends) for ends in zip(*(_seen_from_ends(p, fade) for p in profiles), strict=True)
    )
    return levels.Movement(
        profiles[0].n_sites, all(p.knows_all for p in profiles),
        levels.Sight(
            pointer([p.sight_ptr for p in profiles]), together("sight_point"), together("sight_rho")
        ),
        levels.Legs(
            pointer([leg.ptr for leg in legs]), known("target"), known("steps"),
            pointer([leg.passed for leg in legs]), passed("point"), passed("step"), passed("present"),
            passed("leaves"), seen_from, seen_to,
        ),
        levels.Tiles(NO_TILES, NO_TILES, NO_TILES), np.zeros((1, 1), dtype=np.int64),
    )  # fmt: skip


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Concatenate arrays; without a copy if they lie one after the other, as `movement.side_by_side` lays them."""
    whole = parts[0].base
    if isinstance(whole, np.ndarray) and whole.ndim == 1 and whole.flags.writeable and whole.flags.c_contiguous:
        ends = [part.ctypes.data + part.nbytes for part in parts]
        follow = all(part.ctypes.data == end for part, end in zip(parts[1:], ends[:-1], strict=True))
        if follow and all(part.base is whole and part.flags.c_contiguous for part in parts):
            first = (parts[0].ctypes.data - whole.ctypes.data) // whole.itemsize
            return whole[first : first + sum(len(part) for part in parts)]
    return np.ascontiguousarray(np.concatenate(parts))


def _seen_from_ends(profile: Profile, fade: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute `Legs.seen_from` and `Legs.seen_to` of one profile."""
    legs = profile.known()
    fades = np.power(fade, np.arange(int(legs.passage.step.max(initial=0)) + 1))
    found: tuple[NDArray[np.float32], NDArray[np.float32]] = seen_from_ends(
        profile.sight_ptr, profile.sight_point, profile.sight_rho.astype(np.float32), profile.n_points, legs.ptr,
        legs.target, legs.passed, legs.passage.point, legs.passage.step, fades,
    )  # fmt: skip
    return found


def demand_seen(profile: Profile, demand: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum (n_points,) demand times ρ over what each site sees, (n_sites,)."""
    parts = profile.sight_rho * demand[profile.sight_point]
    return np.bincount(_seers(profile), weights=parts, minlength=profile.n_sites).astype(np.float64)


def _seers(profile: Profile) -> NDArray[np.int64]:
    """Return the site that each item of sight belongs to."""
    return np.repeat(np.arange(profile.n_sites), np.diff(profile.sight_ptr))


def neighbours(problem: Problem, stoppable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """List the sites to which a leg may lead from each site, (n_profiles, n_sites, n_neighbours), padded with −1.

    These are the ``N_NEIGHBOURS`` nearest by travel time, in the best period, among the sites that are stoppable
    or have a task, and up to ``N_TASK_NEIGHBOURS`` more that have a task without alternatives.

    Parameters
    ----------
    stoppable : (n_profiles, n_sites) bool
    """
    tasks, legs = problem.tasks, problem.periods.profile.tolist() or [[p] for p in range(len(problem.profiles))]
    near = []
    for ok, profile, row in zip(stoppable, problem.profiles, legs, strict=True):
        key = ok.tobytes(), tasks.site.tobytes(), tasks.mandatory.tobytes(), tasks.group.tobytes()
        known = _NEAREST.get(profile)
        if len(set(row)) > 1 or known is None or known[0] != key:
            which = [problem.profiles[q].known() for q in sorted(set(row))]
            some = alone(tasks)
            known = key, _nearest(which, ok, tasks.site, tasks.site[some], tasks.mandatory[some])
            if len(set(row)) == 1:
                _NEAREST[profile] = known
        near.append(known[1])
    width = max(found.shape[1] for found in near)
    return np.stack([np.pad(found, ((0, 0), (0, width - found.shape[1])), constant_values=-1) for found in near])


def _nearest(
    legs: Sequence[Known],
    stoppable: NDArray[np.bool_],
    some_task: NDArray[np.int32],
    task_sites: NDArray[np.int32],
    mandatory: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """List `neighbours` of one profile, (n_sites, n_neighbours); ``legs`` are those of its periods."""
    n = len(stoppable)
    of_task = np.isin(np.arange(n), some_task)
    origin = np.concatenate([np.repeat(np.arange(n), np.diff(one.ptr)) for one in legs])
    target = np.concatenate([one.target for one in legs])
    steps = np.concatenate([one.steps for one in legs]).astype(np.int64)
    kept = (target != origin) & (steps < UNREACHABLE) & (stoppable | of_task)[target]
    origin, target, steps = origin[kept], target[kept], steps[kept]
    if len(legs) > 1:  # the best period
        order = np.lexsort((steps, target, origin))
        first = np.append(True, (np.diff(origin[order]) != 0) | (np.diff(target[order]) != 0))[: len(order)]
        origin, target, steps = origin[order][first], target[order][first], steps[order][first]

    def first_of(rank: NDArray[np.int64], most: int, some: NDArray[np.bool_]) -> NDArray[np.intp]:
        """List the legs of least rank from each site, at most ``most``, in order."""
        rows = np.flatnonzero(some)
        rows = rows[np.lexsort((target[rows], rank[rows], origin[rows]))]
        begin = np.searchsorted(origin[rows], np.arange(n))
        found: NDArray[np.intp] = rows[np.arange(len(rows)) - begin[origin[rows]] < most]
        return found

    near = first_of(steps, N_NEIGHBOURS, np.ones(len(steps), dtype=np.bool_))
    if len(task_sites):
        left = np.isin(target, task_sites)
        left[near] = False
        must = np.isin(target, task_sites[mandatory])
        tasks = first_of(steps - UNREACHABLE * must, N_TASK_NEIGHBOURS, left)
        near = np.concatenate([near, tasks])
        near = near[np.argsort(origin[near], kind="stable")]
    begin = np.searchsorted(origin[near], np.arange(n))
    place = np.arange(len(near)) - begin[origin[near]]
    found = np.full((n, max(1, int(place.max(initial=0)) + 1)), -1, dtype=np.int64)
    found[origin[near], place] = target[near]
    return found


def alone(tasks: Tasks) -> NDArray[np.bool_]:
    """Return which tasks have no alternatives, (n_tasks,)."""
    found: NDArray[np.bool_] = np.bincount(tasks.group, minlength=len(tasks))[tasks.group] == 1
    return found


def tasks(problem: Problem, penalty: float, total: float) -> levels.Tasks:
    """Pack the tasks; a mandatory one also gains the ``penalty`` that it avoids, a share of ``total``."""
    given = problem.tasks
    order = np.argsort(given.site, kind="stable")
    return levels.Tasks(
        site=given.site.astype(np.int64),
        at_ptr=np.searchsorted(given.site[order], np.arange(problem.n_sites + 1)).astype(np.int64),
        at_task=order.astype(np.int64),
        window_ptr=given.window_ptr,
        opens=given.opens.astype(np.int64),
        closes=given.closes.astype(np.int64),
        gain=(given.reward + penalty * given.mandatory) * total,
        group=given.group.astype(np.int64),
        alone=alone(given),
        free=given.free.copy(),
        leaving=problem.leaving * total if problem.leaving.any() else np.zeros((0, 0)),
    )


def access(problem: Problem) -> solution.Access:
    """Pack the closures."""
    given, n_sites = problem.access, problem.n_sites
    classes = given.team_class if len(given.begin) else np.zeros(problem.n_teams, dtype=np.int32)
    ptr = given.ptr if len(given.begin) else np.zeros(n_sites + 1, dtype=np.int64)
    return solution.Access(
        classes.astype(np.int64) * n_sites, ptr, given.begin.astype(np.int64), given.end.astype(np.int64),
        given.no_return,
    )  # fmt: skip
