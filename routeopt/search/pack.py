"""Pack travel, sight and neighbours of the sites into arrays for the kernels."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.visibility import levels
from routeopt.problem import UNREACHABLE, Problem, Profile
from routeopt.problem.movement import Passage
from routeopt.problem.periods import Periods

N_NEIGHBOURS = 48
"""Nearest sites to which a leg may lead from each site (the first and the last leg may lead anywhere)."""

N_TASK_NEIGHBOURS = 16
"""Further sites, of tasks, to which a leg may lead: mandatory ones first, then by distance."""
_STACKED: weakref.WeakKeyDictionary[Profile, tuple[list[weakref.ref[Profile]], float, levels.Movement]]
_STACKED = weakref.WeakKeyDictionary()
"""Results of `stack` by the first profile, kept while it lives: re-planning a shift uses the same profiles."""


_NEAREST: weakref.WeakKeyDictionary[Profile, tuple[tuple[bytes, ...], NDArray[np.int64]]]
_NEAREST = weakref.WeakKeyDictionary()
"""The last result of `_nearest` of each profile whose legs do not change, with what it was made of."""


def stack(profiles: Sequence[Profile], fade: float, periods: Periods) -> levels.Movement:
    """Concatenate the arrays of all profiles; the same profiles return the same arrays."""
    legs = periods.profile if len(periods.profile) else np.arange(len(profiles))[:, None]
    return _stacked(profiles, fade)._replace(periods=np.vstack([periods.begin, legs]).astype(np.int64))


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
        return np.ascontiguousarray(np.concatenate([getattr(p, name) for p in profiles]))

    legs = [p.dense() for p in profiles]

    def passed(name: str) -> NDArray[Any]:
        return np.ascontiguousarray(np.concatenate([getattr(leg.passage, name) for leg in legs]))

    return levels.Movement(
        np.stack([leg.steps for leg in legs]),
        levels.Sight(
            pointer([p.sight_ptr for p in profiles]), together("sight_point"), together("sight_rho")
        ),
        levels.Legs(
            pointer([leg.ptr for leg in legs]), *(passed(name) for name in Passage._fields),
            *(np.concatenate(ends) for ends in zip(*(_seen_from_ends(p, fade) for p in profiles), strict=True)),
        ),
        np.zeros((1, 1), dtype=np.int64),
    )  # fmt: skip


def _seen_from_ends(profile: Profile, fade: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute `Legs.seen_from` and `Legs.seen_to` of one profile."""
    n_sites, n_points = profile.n_sites, max(1, profile.n_points)
    rho = np.zeros((n_sites, n_points), dtype=np.float32)
    np.add.at(rho, (_seers(profile), profile.sight_point), profile.sight_rho.astype(np.float32))
    _, ptr, passed = profile.dense()
    leg = np.repeat(np.arange(n_sites**2), np.diff(ptr))
    fades = np.power(fade, passed.step)
    seen_from = rho[leg // n_sites, passed.point] * fades
    return seen_from.astype(np.float32), rho[leg % n_sites, passed.point]


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
    or have a task, and up to ``N_TASK_NEIGHBOURS`` more that have a task.

    Parameters
    ----------
    stoppable : (n_profiles, n_sites) bool
    """
    tasks, legs = problem.tasks, problem.periods.profile.tolist() or [[p] for p in range(len(problem.profiles))]
    near = []
    for ok, profile, row in zip(stoppable, problem.profiles, legs, strict=True):
        key = ok.tobytes(), tasks.site.tobytes(), tasks.mandatory.tobytes()
        known = _NEAREST.get(profile)
        if len(set(row)) > 1 or known is None or known[0] != key:
            least = np.minimum.reduce([problem.profiles[q].dense().steps for q in sorted(set(row))])
            known = key, _nearest(least, ok, tasks.site, tasks.mandatory)
            if len(set(row)) == 1:
                _NEAREST[profile] = known
        near.append(known[1])
    width = max(found.shape[1] for found in near)
    return np.stack([np.pad(found, ((0, 0), (0, width - found.shape[1])), constant_values=-1) for found in near])


def _nearest(
    travel: NDArray[np.int32],
    stoppable: NDArray[np.bool_],
    task_sites: NDArray[np.int32],
    mandatory: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """List `neighbours` of one profile, (n_sites, n_neighbours)."""
    steps = travel.astype(np.int64)
    np.fill_diagonal(steps, UNREACHABLE)
    of_task = np.isin(np.arange(len(steps)), task_sites)
    steps[:, ~stoppable & ~of_task] = UNREACHABLE

    def first(key: NDArray[np.int64], most: int) -> NDArray[np.int64]:
        order = np.argsort(key, axis=1, kind="stable")[:, :most]
        return np.where(np.take_along_axis(key, order, axis=1) < UNREACHABLE, order, -1)

    near = first(steps, N_NEIGHBOURS)
    if len(task_sites):
        must = np.isin(np.arange(len(steps)), task_sites[mandatory])
        rank = np.where(steps < UNREACHABLE, steps - UNREACHABLE * must, UNREACHABLE)
        rank[:, ~of_task] = UNREACHABLE
        rows, columns = np.nonzero(near >= 0)
        rank[rows, near[rows, columns]] = UNREACHABLE
        near = np.hstack([near, first(rank, min(N_TASK_NEIGHBOURS, int(of_task.sum())))])
        near = np.take_along_axis(near, np.argsort(near < 0, axis=1, kind="stable"), axis=1)
        near = near[:, : max(1, int((near >= 0).sum(axis=1).max()))]
    return np.ascontiguousarray(near)
