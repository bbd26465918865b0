"""Legs by their step of departure; see `routeopt.problem.periods`."""

from __future__ import annotations

from routeopt.kernels.compiled import part, short


@part
def _through(movement, p, i, k, t):
    """Return what `leg` does where legs change with the time of day."""
    begin, profile = movement.periods.begin, movement.periods.profile
    h = 0
    while t >= begin[h + 1]:
        h += 1
    found = profile[p, h]
    steps = movement.travel[found, i, k]
    while t + steps > begin[h + 1]:
        h += 1
        if movement.travel[profile[p, h], i, k] > steps:
            found = profile[p, h]
            steps = movement.travel[found, i, k]
    return found, steps


@short
def leg(movement, p, i, k, t):
    """Return the profile whose leg a team takes from site i to site k in step t, and its steps."""
    if movement.periods.profile.shape[1] == 1:
        return p, movement.travel[p, i, k]
    return _through(movement, p, i, k, t)


@part
def leave_by(movement, p, i, k, due):
    """Return the last step in which a team can leave site i to be at site k in step ``due``, negative for none."""
    steps = movement.travel[p, i, k]
    profile = movement.periods.profile
    if profile.shape[1] == 1:
        return due - steps
    for h in range(1, profile.shape[1]):
        steps = min(steps, movement.travel[profile[p, h], i, k])
    t = due - steps
    while t >= 0 and t + _through(movement, p, i, k, t)[1] > due:
        t -= 1
    return t


@part
def same_until(movement, p, i, k, t, last):
    """Return the last step, at most ``last``, until which the leg is the one of step t."""
    if movement.periods.profile.shape[1] == 1:
        return last
    found = _through(movement, p, i, k, t)
    while t < last and _through(movement, p, i, k, t + 1) == found:
        t += 1
    return t
