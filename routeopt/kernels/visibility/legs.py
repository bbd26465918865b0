"""The legs by which teams move, which may change with the time of day (see `routeopt.problem.periods`)."""

from __future__ import annotations

import numpy as np

from routeopt.kernels.compiled import part, short

FAR = 2**30
"""Steps of a leg that is not known, or that does not exist; its row is −1 if it is not known."""


@part
def _search(target, low, high, k):
    """Return where ``k`` stands in ``target``, ascending from ``low`` to ``high`` (exclusive), −1 if nowhere."""
    last = high
    while low < high:
        middle = (low + high) >> 1
        if target[middle] < k:
            low = middle + 1
        else:
            high = middle
    return low if low < last and target[low] == k else -1


@part
def _row(movement, p, i, k):
    """Return what `find` does where not all legs are known."""
    first = movement.legs.first
    low, high = first[p * movement.n_sites + i], first[p * movement.n_sites + i + 1]
    if high - low == movement.n_sites:
        return low + k
    return _search(movement.legs.target, low, high, k)


@short
def find(movement, p, i, k):
    """Return the row of the leg from site i to site k in the `Legs` of profile p, −1 if it is not known."""
    if movement.knows_all:
        return (p * movement.n_sites + i) * movement.n_sites + k
    return _row(movement, p, i, k)


@short
def _steps(movement, row):
    if movement.knows_all:
        return np.int64(movement.legs.steps[row])
    return np.int64(movement.legs.steps[row]) if row >= 0 else FAR


@part
def _through(movement, p, i, k, t):
    """Return what `leg` does where legs change with the time of day."""
    periods = movement.periods
    last, h = periods.shape[1] - 1, 0
    while h < last and t >= periods[0, h + 1]:
        h += 1
    found = find(movement, periods[1 + p, h], i, k)
    steps = _steps(movement, found)
    while h < last and t + steps > periods[0, h + 1]:
        h += 1
        row = find(movement, periods[1 + p, h], i, k)
        if _steps(movement, row) > steps:
            found, steps = row, _steps(movement, row)
    return found, steps


@short
def leg(movement, p, i, k, t):
    """Return the row in `Legs` of the leg that a team takes from site i to site k in step t, and its steps."""
    if movement.periods.shape[1] == 1:
        row = find(movement, p, i, k)
        return row, _steps(movement, row)
    return _through(movement, p, i, k, t)


@part
def _leave_by(movement, p, i, k, due):
    """Return what `leave_by` does where legs change with the time of day."""
    steps, periods = _steps(movement, find(movement, p, i, k)), movement.periods
    for h in range(1, periods.shape[1]):
        steps = min(steps, _steps(movement, find(movement, periods[1 + p, h], i, k)))
    t = due - steps
    while t >= 0 and t + _through(movement, p, i, k, t)[1] > due:
        t -= 1
    return t


@short
def leave_by(movement, p, i, k, due):
    """Return the last step in which a team can leave site i to be at site k in step ``due``, negative for none."""
    if movement.periods.shape[1] == 1:
        return due - _steps(movement, find(movement, p, i, k))
    return _leave_by(movement, p, i, k, due)


@part
def _same_until(movement, p, i, k, t, last):
    """Return what `same_until` does where legs change with the time of day."""
    found = _through(movement, p, i, k, t)
    while t < last and _through(movement, p, i, k, t + 1) == found:
        t += 1
    return t


@short
def same_until(movement, p, i, k, t, last):
    """Return the last step, at most ``last``, until which the leg is the one of step t."""
    if movement.periods.shape[1] == 1:
        return last
    return _same_until(movement, p, i, k, t, last)
