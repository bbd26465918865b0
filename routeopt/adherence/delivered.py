"""What delivered presence is worth by the plan's own objective: stays and ways as marks of its evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence.matching import Matched
from routeopt.adherence.stays import Band, Stay
from routeopt.evaluation import Mark, visibility_of
from routeopt.problem import Problem
from routeopt.timeline import dwell_effect

Array = NDArray[np.float64]

WHOLE = 0.98
"""Share of a segment's length from which it counts as passed."""


def visibility(
    problem: Problem, length_m: Array, matched: Sequence[Matched], stays: Sequence[Stay], unseen: Sequence[Stay]
) -> Band:
    """Compute the visibility that was delivered: proved, estimated, and at most.

    The least counts stays from fix to fix, and streets on which two fixes in a row lie. The estimate and the most
    count the likeliest ways too; the most also the stays that fixes allow (``unseen``).

    Parameters
    ----------
    length_m : (n_segments,)
        Lengths of the network's segments.
    """
    point = _points(problem, len(length_m))
    low = [mark for stay in stays for mark in _stay(problem, stay, "low")]
    middle = [mark for stay in stays for mark in _stay(problem, stay, "estimate")]
    high = [mark for stay in (*stays, *unseen) for mark in _stay(problem, stay, "high")]
    for one in matched:
        own = [stay for stay in stays if stay.team == one.track.team]
        low += _passages(problem, length_m, point, one, own, proved=True)
        passages = list(_passages(problem, length_m, point, one, own, proved=False))
        middle += passages
        high += passages
    found = [visibility_of(problem, marks) for marks in (low, middle, high)]
    return Band(min(found), found[1], max(found))


def _points(problem: Problem, n_segments: int) -> NDArray[np.int64]:
    """Return the demand point of each segment, −1 for none."""
    point = np.full(n_segments, -1, dtype=np.int64)
    point[problem.point_segment] = np.arange(len(problem.point_segment))
    return point


def _stay(problem: Problem, stay: Stay, bound: str) -> Iterator[Mark]:
    """Yield the presence and the dose of a stay: steps wholly inside, those mostly, or those touched."""
    points, rho = problem.movement(stay.team).seen(stay.site)
    v, step_s = float(problem.team_factor[stay.team]), problem.clock.step_s
    if bound == "low":
        spans = [(int(np.ceil(begin / step_s)), int(end // step_s)) for begin, end in stay.pieces]
    elif bound == "estimate":
        spans = [(round(stay.begin_s / step_s), round(stay.end_s / step_s))]
    else:
        spans = [(int(stay.earliest_s // step_s), int(np.ceil(stay.latest_s / step_s)))]
    spans = [(max(a, 0), min(b, problem.n_steps)) for a, b in spans]
    spans = [(a, b) for a, b in spans if b > a]
    for begin, end in spans:
        yield Mark(False, points, slice(begin, end), 1 - v * rho)
    if spans and spans[-1][1] < problem.n_steps:
        effect = dwell_effect(problem, max(b - a for a, b in spans))
        yield Mark(True, points, spans[-1][1], 1 - v * rho * effect)


def _passages(
    problem: Problem, length_m: Array, point: NDArray[np.int64], matched: Matched, stays: Sequence[Stay], *,
    proved: bool,
) -> Iterator[Mark]:  # fmt: skip
    """Yield the presence on the segments that a team passes outside its stays, and the doses of whole passages."""
    size = np.diff(matched.way_ptr)
    segment, begin_s, end_s = matched.way_segment, matched.way_begin_s, matched.way_end_s
    middle = (begin_s + end_s) / 2
    kept = point[segment] >= 0
    for stay in stays:
        kept &= (middle < stay.begin_s) | (middle > stay.end_s)
    if proved:
        kept &= np.repeat(size == 1, size)
    rows = np.flatnonzero(kept)
    if not len(rows):
        return
    v, step_s = float(problem.team_factor[matched.track.team]), problem.clock.step_s
    first = np.append(True, (np.diff(rows) > 1) | (np.diff(segment[rows]) != 0))  # pieces in a row are one passage
    of = np.cumsum(first) - 1
    moved = np.bincount(of, weights=np.abs(matched.way_end_m - matched.way_begin_m)[rows])
    head, tail = np.flatnonzero(first), np.append(np.flatnonzero(first)[1:], len(rows)) - 1
    enter, leave = begin_s[rows[head]] / step_s, end_s[rows[tail]] / step_s
    at, last = segment[rows[head]], problem.n_steps - 1
    begin = np.clip(enter.astype(np.int64), 0, last)
    end = np.clip(np.ceil(leave - 1e-9).astype(np.int64) - 1, begin, last)
    count = end - begin + 1
    owner = np.repeat(np.arange(len(at)), count)
    step = begin[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    present = np.clip(np.minimum(leave[owner], step + 1) - np.maximum(enter[owner], step), 0.0, 1.0)
    points = point[at].astype(np.int32)
    yield Mark(False, points[owner], step, 1 - v * present)
    whole = (moved >= WHOLE * length_m[at]) & (end < last)
    if not proved and whole.any():
        yield Mark(True, points[whole], end[whole] + 1, np.full(int(whole.sum()), 1 - v * problem.passage_effect))
