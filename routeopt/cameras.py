"""Video patrol: which cameras are watched when, and what is noticed with and without them.

Streets under a watched camera count for detection and for response, never for visibility: nobody is deterred by an
officer elsewhere. So nothing here is in `routeopt.problem.Problem`, in the objective, or in a search; a plan is
looked at when it is finished. The figures stand side by side, with and without cameras:

- **detection**: share of the demand that a team sees at the time, or a watched camera shows;
- **noticed and reached**: share of the demand that is detected so, and a free team with powers reaches in time.

The watch list is chosen for each hour, and anew where an operator or camera begins or ends: the cameras that show
most of the demand that no team sees at the time. What cameras show together is, on each street, what the best of
them does; so an hour is a facility location problem with capacities (Church and ReVelle 1974, The maximal covering
location problem; Cornuéjols, Fisher and Nemhauser 1977, Location of bank accounts to optimize float). It is solved
to optimality by HiGHS, or to the best found within ``SOLVED_S``. Hours do not interact: no operator gets used to
a camera.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import Coverage, coverage, responders
from routeopt.guard import kind, refuse
from routeopt.plan import Plan, indexed
from routeopt.problem import Problem
from routeopt.problem.cameras import Cameras

Floats = NDArray[np.float64]
HOUR_MIN = 60
SOLVED_S = 5.0
"""Seconds until the best watch list found so far is taken for an hour; far more than hundreds of cameras need."""


@dataclass(frozen=True)
class Watch:
    """What an operator watches for a time."""

    operator: int
    begin: int
    """First step."""
    end: int
    """First step after."""
    cameras: tuple[int, ...]


@dataclass(frozen=True)
class WatchFigures:
    """What a plan notices without cameras and with those that are watched; shares of the demand in [0, 1]."""

    watches: tuple[Watch, ...]
    detection: tuple[float, float]
    """Detected at the time: without, with."""
    reached: dict[float, tuple[float, float]]
    """Minutes → detected at the time and reached within them: without, with."""


def watch(problem: Problem, plan: Plan, cameras: Cameras, covered: Coverage | None = None) -> WatchFigures:
    """Choose the watch list for a plan, and compute its figures.

    Parameters
    ----------
    covered
        The plan's `routeopt.evaluation.coverage`, if known already.

    Raises
    ------
    InputError
        If it is not a plan of the problem.
    """
    plan = indexed(problem, plan)
    refuse(kind("cameras", cameras, Cameras) + kind("covered", covered, Coverage, optional=True))
    absent = (covered or coverage(problem, plan)).absent
    watches = tuple(_watches(problem, cameras, problem.demand * absent))
    shown = watched(problem, cameras, watches)
    total = float(problem.demand.sum())
    seen = problem.demand * (1 - absent), problem.demand * (1 - absent * (1 - shown))
    reached = {}
    for radius, minutes in enumerate(problem.handling_min):
        free = responders(problem, plan, radius) > 0
        reached[minutes] = float((seen[0] * free).sum()) / total, float((seen[1] * free).sum()) / total
    return WatchFigures(watches, (float(seen[0].sum()) / total, float(seen[1].sum()) / total), reached)


def watched(problem: Problem, cameras: Cameras, watches: Sequence[Watch]) -> Floats:
    """Return how far each point is shown in each step, (n_points, n_steps): by the best of its watched cameras."""
    found = np.zeros((problem.n_points, problem.n_steps))
    for one in watches:
        for camera in one.cameras:
            points, share = cameras.view(camera)
            part = found[points, one.begin : one.end]
            found[points, one.begin : one.end] = np.maximum(part, share[:, None])
    return found


def _watches(problem: Problem, cameras: Cameras, missed: Floats) -> Iterator[Watch]:
    """Yield the watch list, one operator and time after the other; ``missed`` is the demand that no team sees."""
    before: dict[int, set[int]] = {}
    for begin, end in _times(problem, cameras):
        on_duty = [k for k, one in enumerate(cameras.operators) if one.begin <= begin and end <= one.end]
        works = (cameras.begin <= begin) & (end <= cameras.end)
        may = {k: [c for c in cameras.operators[k].cameras if works[c]] for k in on_duty}
        chosen = _chosen(cameras, may, missed[:, begin:end].sum(axis=1), before)
        for k in on_duty:
            before[k] = set(chosen[k])
            yield Watch(k, begin, end, tuple(sorted(chosen[k])))


def _times(problem: Problem, cameras: Cameras) -> list[tuple[int, int]]:
    """Cut the plan at full hours of the clock, and where a camera or an operator begins or ends."""
    clock, n_steps = problem.clock, problem.n_steps
    hours = range(-clock.start_min % HOUR_MIN, n_steps * clock.step_s // 60 + 1, HOUR_MIN)
    cuts = {0, n_steps, *(clock.steps(minutes, up=True) for minutes in hours)}
    cuts |= {step for one in cameras.operators for step in (one.begin, one.end)}
    cuts |= {*cameras.begin.tolist(), *cameras.end.tolist()}
    inside = sorted(step for step in cuts if 0 <= step <= n_steps)
    return list(pairwise(inside))


def _chosen(
    cameras: Cameras, may: dict[int, list[int]], missed: Floats, before: dict[int, set[int]]
) -> dict[int, list[int]]:
    """Choose what each operator watches: operator → cameras.

    Operators with the same cameras share their capacity; who watched a camera before goes on with it.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for operator, own in may.items():
        groups.setdefault(tuple(own), []).append(operator)
    capacity = {own: sum(cameras.operators[k].capacity for k in who) for own, who in groups.items()}
    of_group = _best(cameras, capacity, missed)
    found: dict[int, list[int]] = {operator: [] for operator in may}
    for cameras_of, who in groups.items():
        left = of_group[cameras_of]
        for camera in list(left):
            keeps = next((k for k in who if camera in before.get(k, ())), None)
            if keeps is not None and len(found[keeps]) < cameras.operators[keeps].capacity:
                found[keeps].append(camera)
                left.remove(camera)
        for operator in who:
            room = cameras.operators[operator].capacity - len(found[operator])
            found[operator] += left[:room]
            del left[:room]
    return found


def _best(
    cameras: Cameras, capacity: dict[tuple[int, ...], int], missed: Floats
) -> dict[tuple[int, ...], list[int]]:
    """Find the cameras that show most of what is missed, for groups of cameras with a capacity each.

    Variables: whether a group watches a camera; how far a camera is the one by which a point is seen.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import block_array, eye_array

    groups = list(capacity)
    found: dict[tuple[int, ...], list[int]] = {own: [] for own in groups}
    rows = [(c, cameras.view(c)) for c in sorted({c for own in groups for c in own})]
    camera = np.concatenate([np.empty(0, np.int64), *(np.full(len(points), c) for c, (points, _) in rows)])
    point = np.concatenate([np.empty(0, np.int64), *(points for _, (points, _) in rows)])
    gain = np.concatenate([np.empty(0), *(share * missed[points] for _, (points, share) in rows)])
    camera, point, gain = camera[gain > 0], point[gain > 0], gain[gain > 0]
    if not len(gain):
        return found
    shown = set(camera.tolist())
    pairs = [(g, c) for g, own in enumerate(groups) for c in own if c in shown]
    n, m = len(pairs), len(gain)
    of_group, of_pair = _incidence([g for g, _ in pairs]), _incidence([c for _, c in pairs])
    seen_by, watched_by = _incidence(point), _incidence(camera).T @ of_pair
    # a group watches as many as it can, a camera is watched once; a point is seen by one camera, which is watched
    matrix = block_array([[of_group, None], [of_pair, None], [None, seen_by], [-watched_by, eye_array(m)]])
    own = sorted({g for g, _ in pairs})
    most = [
        np.array([float(capacity[groups[g]]) for g in own]),
        np.ones(of_pair.shape[0] + seen_by.shape[0]),
        np.zeros(m),
    ]
    solved = milp(
        -np.concatenate([np.zeros(n), gain]) / gain.max(), bounds=Bounds(0, 1),
        integrality=np.concatenate([np.ones(n), np.zeros(m)]),
        constraints=LinearConstraint(matrix.tocsr(), -np.inf, np.concatenate(most)),
        options={"time_limit": SOLVED_S, "mip_rel_gap": 1e-9},
    )  # fmt: skip
    chosen = np.flatnonzero(solved.x[:n] > 0.5).tolist() if solved.x is not None else []
    for g, c in (pairs[k] for k in chosen):
        found[groups[g]].append(c)
    return found


def _incidence(of: Any) -> Any:
    """Return a sparse matrix with a row for each value that occurs, ascending: 1 in the columns that have it."""
    from scipy.sparse import coo_array

    values, row = np.unique(np.asarray(of, dtype=np.int64), return_inverse=True)
    return coo_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(len(values), len(row))).tocsr()
