"""Check the arrays of a profile, which the kernels trust."""

from __future__ import annotations

from typing import Any

import numpy as np

from routeopt.guard import kind, refuse
from routeopt.problem.checked import MOST_STEPS, Array, Checked, first_at, put_in, shape_text
from routeopt.problem.movement import FAR, Others, Profile


def check_profile(profile: Profile) -> None:
    """Check a profile, and bring its arrays into the kernels' form; InputError with every fault."""
    on = Checked("profile", profile)
    on.faults += kind("profile.mode", profile.mode, str)
    on.faults += kind("profile.others", profile.others, Others, optional=True)
    leg_ptr, leg_target = on.put("leg_ptr", "l", (None,)), on.put("leg_target", "i", (None,))
    if leg_ptr is None or leg_target is None:  # nothing else can be told
        refuse(on.faults)
    sparse = leg_ptr is not None and leg_target is not None and len(leg_ptr) + len(leg_target) > 0
    steps, n = _check_sparse(on, leg_ptr, leg_target) if sparse else _check_all(on)
    metres = on.put("travel_m", "d", (None,) if sparse else (n, n))
    if steps is not None and metres is not None and metres.shape != steps.shape:
        on.fault("RO-411", "travel_m", shape=shape_text(steps.shape), got=shape_text(metres.shape))
    on.within("travel_m", metres, 0, np.inf)
    _check_sight(on, n)
    rows = None if steps is None else steps.size + 1
    ptr, point = on.put("pass_ptr", "l", (rows,)), on.put("pass_point", "i", (None,))
    n_passed = None if point is None else len(point)
    step = on.put("pass_step", "i", (n_passed,))
    sound = on.pointer("pass_ptr", ptr, n_passed)
    on.within("pass_point", point, 0, MOST_STEPS)
    if on.within("pass_step", step, 0, MOST_STEPS) and sound and step is not None and steps is not None:
        assert ptr is not None
        leg = np.repeat(steps.ravel(), np.diff(ptr))
        on.values("pass_step", step, lambda t: _late(t, leg))
    for name in ("pass_present", "pass_leaves"):
        on.within(name, on.put(name, "d", (n_passed,)), 0, 1)
    refuse(on.faults)
    put_in(profile, "n_points", 1 + max(profile.last_points().values()))


def _check_all(on: Checked) -> tuple[Array | None, int | None]:
    """Check the travel times of all legs; return them, and the number of sites, as far as they are known."""
    steps = on.put("travel_steps", "i", (None, None))
    n = None if steps is None else len(steps)
    if n == 0:
        on.fault("RO-424", "travel_steps")
    if steps is not None and n and steps.shape != (n, n):
        on.fault("RO-411", "travel_steps", shape=shape_text((n, n)), got=shape_text(steps.shape))
        steps = None
    if steps is not None and n and on.within("travel_steps", steps, 0, FAR):
        on.values("travel_steps", steps, _not_apart)
    return steps, n


def _check_sparse(on: Checked, ptr: Array | None, target: Array | None) -> tuple[Array | None, int | None]:
    """Check which legs are given, and their travel times, as `_check_all` does."""
    assert ptr is not None
    assert target is not None
    n = len(ptr) - 1
    if n <= 0:
        on.fault("RO-424", "leg_ptr")
        return None, None
    steps = on.put("travel_steps", "i", (len(target),))
    sound = on.pointer("leg_ptr", ptr, len(target))
    sound &= on.within("leg_target", target, 0, n - 1)
    if sound:
        origin = np.repeat(np.arange(n), np.diff(ptr))
        if on.values("leg_target", target, lambda t: _unsorted(t, ptr)) and steps is not None:
            on.within("travel_steps", steps, 0, FAR)
            on.values("travel_steps", steps, lambda t: _not_apart_in_rows(t, origin, target))
        missing = np.setdiff1d(np.arange(n), origin[origin == target])
        if len(missing):
            on.fault("RO-472", "leg_target", site=int(missing[0]))
    return steps, n


def _not_apart_in_rows(steps: Array, origin: Array, target: Array) -> tuple[str, Any] | None:
    """Find a leg as `_not_apart` does."""
    own = origin == target
    if (steps[own] != 0).any():
        k = int(np.flatnonzero(own & (steps != 0))[0])
        return "RO-414", {"at": (k,), "most": 0, "got": int(steps[k])}
    if not (steps[~own] == 0).any():
        return None
    return "RO-413", {"at": first_at(~own & (steps == 0)), "least": 1, "got": 0}


def _check_sight(on: Checked, n: int | None) -> None:
    """Check what is seen from each of ``n`` sites."""
    rows = None if n is None else n + 1
    ptr, point = on.put("sight_ptr", "l", (rows,)), on.put("sight_point", "i", (None,))
    n_seen = None if point is None else len(point)
    rho = on.put("sight_rho", "d", (n_seen,))
    sound = on.pointer("sight_ptr", ptr, n_seen)
    if on.within("sight_point", point, 0, MOST_STEPS) and sound:
        rows_of = np.asarray(ptr)
        on.values("sight_point", point, lambda t: _unsorted(t, rows_of))
    on.within("sight_rho", rho, 0, 1, above=True)


def _not_apart(steps: Array) -> tuple[str, Any] | None:
    """Find a site with travel time to itself, or two sites less than a step apart."""
    own = np.diagonal(steps) % FAR  # a site may be out of reach altogether
    if own.any():
        k = int((own != 0).argmax())
        return "RO-414", {"at": (k, k), "most": 0, "got": int(own[k])}
    wrong = (steps == 0) & ~np.eye(len(steps), dtype=np.bool_)
    if not wrong.any():
        return None
    return "RO-413", {"at": first_at(wrong), "least": 1, "got": 0}


def _unsorted(point: Array, ptr: Array) -> tuple[str, Any] | None:
    """Find a point listed twice for a site, or out of order."""
    wrong = point[1:] <= point[:-1]
    begins = ptr[1:-1][(ptr[1:-1] > 0) & (ptr[1:-1] < len(point))]
    wrong[begins - 1] = False
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-416", {"at": (k + 1,), "got": int(point[k + 1]), "before": int(point[k])}


def _late(step: Array, leg: Array) -> tuple[str, Any] | None:
    """Find a passage after the end of its leg."""
    wrong = step >= leg
    if not wrong.any():
        return None
    k = int(wrong.argmax())
    return "RO-420", {"at": (k,), "steps": int(leg[k]), "got": int(step[k])}
