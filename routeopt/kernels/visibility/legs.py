"""Legs by their step of departure; see `routeopt.problem.periods`."""

from __future__ import annotations

from routeopt.kernels.compiled import part, short


@part
def _through(movement, p, i, k, t):
    """Return what `leg` does where legs change with the time of day."""
    periods = movement.periods
    last, h = periods.shape[1] - 1, 0
    while h < last and t >= periods[0, h + 1]:
        h += 1
    found = periods[1 + p, h]
    steps = movement.travel[found, i, k]
    while h < last and t + steps > periods[0, h + 1]:
        h += 1
        if movement.travel[periods[1 + p, h], i, k] > steps:
            found = periods[1 + p, h]
            steps = movement.travel[found, i, k]
    return found, steps


@short
def leg(movement, p, i, k, t):
    """Return the profile whose leg a team takes from site i to site k in step t, and its steps."""
    if movement.periods.shape[1] == 1:
        return p, movement.travel[p, i, k]
    return _through(movement, p, i, k, t)


@part
def leave_by(movement, p, i, k, due):
    """Return the last step in which a team can leave site i to be at site k in step ``due``, negative for none."""
    steps, periods = movement.travel[p, i, k], movement.periods
    if periods.shape[1] == 1:
        return due - steps
    for h in range(1, periods.shape[1]):
        steps = min(steps, movement.travel[periods[1 + p, h], i, k])
    t = due - steps
    while t >= 0 and t + _through(movement, p, i, k, t)[1] > due:
        t -= 1
    return t


@part
def same_until(movement, p, i, k, t, last):
    """Return the last step, at most ``last``, until which the leg is the one of step t."""
    if movement.periods.shape[1] == 1:
        return last
    found = _through(movement, p, i, k, t)
    while t < last and _through(movement, p, i, k, t + 1) == found:
        t += 1
    return t
