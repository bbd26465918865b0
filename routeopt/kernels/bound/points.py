"""The points' subproblem of the bound: the best presence and departures for each demand point at given prices.

See `kernels.bound.prices`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.bound.prices import Prices
from routeopt.kernels.compiled import copy, fill, kernel, maker, part, short

SMALL = 1e-9
"""Probabilities and weights below this are ignored."""
ON, END = -1, -9
"""Choices besides departures: −1 − o continues by option o, ``END`` ends the stay in progress."""


class Grid(NamedTuple):
    """Levels at which a point's value is tabulated; they decay with the level, so that time adds no rounding.

    Index 0 is ℓ = 1, index 1 + i is fade^(i·spacing + phase), the last is 0; the phase is the step modulo spacing.
    The arrays of the grid, of `Points` and of the prices have one type, in which `solve_points` computes.
    """

    level: NDArray[np.float64]
    """(n_phases, n_levels) descending."""
    after: NDArray[np.int64]
    """(n_phases, n_levels) index i in the next step; the decayed level lies between levels i and i + 1."""
    share: NDArray[np.float64]
    """(n_phases, n_levels) weight of level i."""
    rest: NDArray[np.float64]
    """(n_phases, n_levels) weight of level i + 1."""


class Points(NamedTuple):
    """Demand points, independent of the prices."""

    demand: NDArray[np.float64]
    """(n_points, n_steps)"""
    level0: NDArray[np.float64]
    """(n_points,)"""
    here: NDArray[np.float64]
    """(n_points,) greatest x of any presence."""
    stay: NDArray[np.float64]
    """(2, n_points) greatest x of strong stays, and of weak ones."""
    dose: NDArray[np.float64]
    """(n_types, n_points) greatest dose of each type of departure, 0 for none."""


class Stays(NamedTuple):
    """States of the stays in progress at a point, and their transitions.

    State 0 is no stay. Then there is one state per step that a strong stay has lasted, up to the longest that a
    departure requires; then likewise for weak stays while no strong one is in progress.
    """

    strength: NDArray[np.int64]
    """(n_states,) stay whose strength is the least of presence in the step before: 0 strong, 1 weak, −1 none."""
    options: NDArray[np.int64]
    """(n_states, 3) states that may follow in the next step, padded with −1."""
    may_end: NDArray[np.bool_]
    """(n_states,) whether the stay may have ended with a departure."""
    allowed: NDArray[np.bool_]
    """(n_states, n_types) whether a departure of the type may be due."""


def stays(strong: NDArray[np.int64], weak: NDArray[np.int64], n_types: int) -> Stays:
    """Make the states for departures that require a stay of ``strong`` and ``weak`` steps, by kind (n_kinds,).

    Types of departure are the strong kinds, the weak kinds, then others. A weak departure may also be due during,
    or right after, a strong stay.
    """
    n_strong, n_weak = int(strong.max(initial=0)), int(weak.max(initial=0))
    n = 1 + n_strong + n_weak
    s1, w1 = (1 if n_strong else -1), (1 + n_strong if n_weak else -1)
    strength = np.repeat([-1, 0, 1], [1, n_strong, n_weak]).astype(np.int64)
    options = np.full((n, 3), -1, dtype=np.int64)
    allowed = np.ones((n, n_types), dtype=np.bool_)
    steps = np.concatenate([[0], np.arange(1, n_strong + 1), np.arange(1, n_weak + 1)])
    for d, least in enumerate(strong):
        allowed[:, d] = (strength == 0) & (steps >= least)
    for d, least in enumerate(weak, len(strong)):
        allowed[:, d] = (strength == 0) | ((strength == 1) & (steps >= least))
    may_end = np.zeros(n, dtype=np.bool_)
    may_end[1:] = steps[1:] >= min(strong.min(initial=n), weak.min(initial=n))
    options[0] = 0, s1, w1
    for state in range(1, n):
        if state <= n_strong:
            options[state, :2] = min(state + 1, n_strong), (n - 1 if n_weak and may_end[state] else -1)
        else:
            options[state, :2] = min(state + 1, n - 1), s1
    return Stays(strength, options, may_end, allowed)


def grid(fade: float, n_levels: int, spacing: int, real: type[np.floating[Any]] = np.float64) -> Grid:
    """Make a grid of ``n_levels`` levels, ``spacing`` steps of decay by ``fade`` apart, of type ``real``."""
    age = np.arange(n_levels - 2) * spacing + np.arange(spacing)[:, None]
    level = np.hstack([np.ones((spacing, 1)), float(fade) ** age, np.zeros((spacing, 1))])
    after = np.zeros((spacing, n_levels), dtype=np.int64)
    share = np.ones((spacing, n_levels))
    for phase in range(spacing):
        following = level[(phase + 1) % spacing]
        for m in range(n_levels):
            after[phase, m], share[phase, m] = _between(following, level[phase, m] * fade)
    return Grid(level.astype(real), after, share.astype(real), (1.0 - share).astype(real))


@kernel
def _between(levels, level):
    """Find i and w with level = w·levels[i] + (1 − w)·levels[i + 1]; ``levels`` descend from 1 to 0."""
    low, high = 0, levels.shape[0] - 2
    while low < high:  # last index whose level is not below
        middle = (low + high + 1) // 2
        if levels[middle] >= level:
            low = middle
        else:
            high = middle - 1
    gap = levels[low] - levels[low + 1]
    share = 1.0 if gap <= 0.0 else (level - levels[low + 1]) / gap
    return low, min(1.0, max(0.0, share))


@short
def _add_faded(following, after, share, rest, shift, out):
    """Add the values of the next step, at the decayed levels, to those of this step.

    Parameters
    ----------
    following : (n_levels,)
        Values of the next step.
    after, share, rest : (n_levels,)
        See `Grid`.
    shift
        Decayed levels between the ends of the grid are levels of the next step; their index differs by this.
    out : (n_levels,)
        Values of this step.
    """
    last = out.shape[0] - 1
    for m in range(1, last - 1):
        out[m] += following[m + shift]
    for m in (0, last - 1, last):
        i = after[m]
        out[m] += share[m] * following[i] + rest[m] * following[i + 1]


@short
def _presence(rate, bare, price, x, most, zero, base, lack):
    """Compute the gain of a step by level, with the best number of presences.

    Parameters
    ----------
    rate
        Demand in the step.
    bare : (n_levels,)
        1 − ℓ.
    price, x
        Price of a unit of presence, and strength of a presence.
    most
        Greatest number of presences.
    zero
        0 in the type of the arrays.
    base : (n_levels,)
        Filled: gain.
    lack : (n_levels,)
        Filled: gain per unit of a presence that is required, at most 0.
    """
    for m in range(base.shape[0]):
        gain = rate * bare[m]
        base[m] = rate - gain
        lack[m] = min(zero, gain - price)
    for _ in range(most):
        if rate <= price:
            break
        for m in range(base.shape[0]):
            base[m] += x * max(zero, rate * bare[m] - price)
        rate -= rate * x


@short
def _choose(other, code, now, picked):
    """Replace values ``now`` (n_levels,) where ``other`` is not less, and set their choice in ``picked``."""
    for m in range(now.shape[0]):
        better = other[m] >= now[m]
        now[m] = other[m] if better else now[m]
        picked[m] = code if better else picked[m]


@short
def _presences(gain, x, price, most):
    """Return the best number of presences of strength ``x`` where being seen gains ``gain``."""
    found = 0
    while found < most and gain > price:
        gain *= 1.0 - x
        found += 1
    return found


@short
def _depart(value, allowed, dose, unit, target, weight, choice):
    """Include the departures due at the beginning of a step in its values.

    Parameters
    ----------
    value : (n_levels,)
        Values of the step, changed in place.
    allowed : (n_types,) bool
        Whether a departure of the type may be due.
    dose, unit : (n_types,)
        Dose, and price per unit of dose.
    target, weight : (n_types, n_levels)
        Index and weight of the level after a departure.
    choice : (n_levels,)
        Set to the type of departure where one is due.
    """
    n_types = dose.shape[0]
    least = value[0] - value[-1]  # no departure can gain more
    for d in range(n_types):
        if dose[d] > 0.0 and allowed[d]:
            least = min(least, unit[d])
    if value[0] - value[-1] <= least:
        return
    for m in range(1, value.shape[0]):
        most = value[0] - value[m]  # per unit of dose: the value is convex in the level
        if most <= least:
            continue
        for d in range(n_types):
            if dose[d] <= 0.0 or not allowed[d] or most <= unit[d]:
                continue
            i, w = target[d, m], weight[d, m]
            if i >= m or (i + 1 == m and w < SMALL):
                continue
            cost = dose[d] * unit[d]
            # the share that falls back on this level departs again
            new = value[i] - cost / w if i + 1 == m else value[i + 1] + w * (value[i] - value[i + 1]) - cost
            if new > value[m]:
                value[m] = new
                choice[m] = d


class Landing(NamedTuple):
    """Where departures take the level of a point; filled for one point after the other."""

    target: NDArray[np.int64]
    """(n_phases, n_types, n_levels) index of the level."""
    weight: NDArray[np.float64]
    """(n_phases, n_types, n_levels) weight of that index; the next one has the rest."""
    dose: NDArray[np.float64]
    """(n_types,) doses at the point."""


class Subproblem(NamedTuple):
    """All that both passes over a point look up."""

    points: Points
    levels: Grid
    stays: Stays
    prices: Prices
    width: int
    """Steps per bin of the prices."""
    most: int
    """Greatest number of presences in a step."""
    bare: NDArray[np.float64]
    """(n_phases, n_levels) 1 − ℓ."""
    landing: Landing
    choice: NDArray[np.int8]
    """(n_steps, n_states, n_levels) optimal choices: a type of departure, −1 − o for option o, or ``END``."""


class Chances(NamedTuple):
    """Probabilities of the states of a point in a step, given the optimal choices before it."""

    chance: NDArray[np.float64]
    """(n_states, n_levels)"""
    some: NDArray[np.bool_]
    """(n_states,) whether the row has any that is not 0."""


@part
def _land(points, levels, bare, j, landing):
    """Fill the ``landing`` for point ``j``; ``bare`` (n_phases, n_levels) is 1 − ℓ."""
    copy(landing.dose, points.dose[:, j])
    for phase in range(bare.shape[0]):
        for d in range(landing.dose.shape[0]):
            for m in range(bare.shape[1]):
                i, w = _between(levels.level[phase], 1.0 - bare[phase, m] * (1.0 - landing.dose[d]))
                landing.target[phase, d, m], landing.weight[phase, d, m] = i, w


@maker
def _choose_backward(problem, j, states):
    """Compute the values of point ``j`` by dynamic programming from the last step to the first.

    Fills ``problem.choice`` for the states 0 … ``states`` − 1; returns their values in the first step.
    """
    points, levels, stays, landing = problem.points, problem.levels, problem.stays, problem.landing
    n_steps, (n_phases, n_levels) = problem.choice.shape[0], levels.level.shape
    n_types, real = landing.dose.shape[0], levels.level.dtype
    value, following = np.empty((states, n_levels), real), np.empty((states, n_levels), real)
    on, unit = np.empty((states, n_levels), real), np.empty(n_types, real)
    base, lack = np.empty(n_levels, real), np.empty(n_levels, real)
    zero, x = levels.level[0, n_levels - 1], points.here[j]
    for s in range(states):
        fill(following[s], zero)
    for t in range(n_steps - 1, -1, -1):
        phase, b = t % n_phases, t // problem.width
        shift = 1 if phase == n_phases - 1 else 0
        price = problem.prices.here[j, b]
        _presence(points.demand[j, t], problem.bare[phase], price, x, problem.most, zero, base, lack)
        copy(unit, problem.prices.leave[:, j, b])
        for s in range(states):
            forced = points.stay[stays.strength[s], j] if s > 0 else zero
            for m in range(n_levels):
                on[s, m] = base[m] + forced * lack[m]
            _add_faded(
                following[s], levels.after[phase], levels.share[phase], levels.rest[phase], shift, on[s]
            )  # fmt: skip
        for s in range(states):
            now, picked = value[s], problem.choice[t, s]
            copy(now, on[stays.options[s, 0]])
            fill(picked, ON)
            for o in range(1, 3):
                to = stays.options[s, o]
                if 0 <= to < states:
                    _choose(on[to], ON - o, now, picked)
            if stays.may_end[s]:
                _choose(value[0], END, now, picked)
            if t > 0:
                target, weight = landing.target[phase], landing.weight[phase]
                _depart(now, stays.allowed[s], landing.dose, unit, target, weight, picked)
        value, following = following, value
    return following


@part
def _follow(problem, j, t, s, now, then, received):
    """Move the probabilities of state ``s`` in step ``t`` on by the optimal choices; add what they receive.

    Parameters
    ----------
    problem : Subproblem
    j, t, s
        Point, step and state.
    now, then : Chances
        Those of the step, in which the row of the state becomes 0, and of the next one.
    received : Prices
    """
    points, levels, stays, landing = problem.points, problem.levels, problem.stays, problem.landing
    n_phases, n_levels = levels.level.shape
    phase, b, x = t % n_phases, t // problem.width, points.here[j]
    price = problem.prices.here[j, b]
    for m in range(n_levels - 1, -1, -1):
        part, d = now.chance[s, m], problem.choice[t, s, m]
        if part < SMALL:
            continue
        if d >= 0:
            i, w = landing.target[phase, d, m], landing.weight[phase, d, m]
            if i + 1 == m:
                received.leave[d, j, b] += part / w * landing.dose[d]
                now.chance[s, i] += part
            else:
                received.leave[d, j, b] += part * landing.dose[d]
                now.chance[s, i] += part * w
                now.chance[s, i + 1] += part * (1.0 - w)
        elif d == END:
            now.chance[0, m] += part
            now.some[0] = True
        else:
            to = stays.options[s, ON - d]
            n = _presences(points.demand[j, t] * problem.bare[phase, m], x, price, problem.most)
            if n > 0:
                received.here[j, b] += part * n * x
            elif to > 0:
                received.here[j, b] += part * points.stay[stays.strength[to], j]
            i, w = levels.after[phase, m], levels.share[phase, m]
            then.chance[to, i] += part * w
            then.chance[to, i + 1] += part * (1.0 - w)
            then.some[to] = True
    fill(now.chance[s], 0.0)
    now.some[s] = False


@maker
def _expect_forward(problem, j, states, values, received):
    """Compute the expected amounts that point ``j`` receives, given the weights of the interpolation.

    Parameters
    ----------
    problem : Subproblem
    j, states
        The point, and the number of its states.
    values : (states, n_levels)
        From `_choose_backward`.
    received : Prices
        Filled for the point.

    Returns
    -------
    Value of the point.
    """
    n_steps, n_levels = problem.choice.shape[0], values.shape[1]
    received.here[j] = 0.0
    received.leave[:, j] = 0.0
    now = Chances(np.zeros((states, n_levels)), np.zeros(states, dtype=np.bool_))
    then = Chances(np.zeros((states, n_levels)), np.zeros(states, dtype=np.bool_))
    i, w = _between(problem.levels.level[0], problem.points.level0[j])
    now.chance[0, i] += w
    now.chance[0, i + 1] += 1.0 - w
    now.some[0] = True
    for t in range(n_steps):
        for s in range(states - 1, -1, -1):  # a stay that ends becomes state 0
            if now.some[s]:
                _follow(problem, j, t, s, now, then, received)
        now, then = then, now
    return w * np.float64(values[0, i]) + (1.0 - w) * np.float64(values[0, i + 1])


@kernel
def solve_points(points, levels, stays, prices, width, most, received):
    """Compute the greatest gain of all demand points together, Σ_j max [value − cost].

    Dynamic programming over (step, stay in progress, level). The value is convex in the level (a maximum of
    functions that are linear in it), so interpolating between levels errs upwards. A step may have any number of
    departures and up to ``most`` presences. It suffices to consider the greatest strength of each, because the
    gain is linear in each strength.

    A linked departure requires a stay: presence in each of some steps before, of at least the greatest strength of
    such stays. In a plan it has one, that of its own team; its strength may be taken as the greatest, because the
    gain is linear in the strengths of presence and departure together (a departure acts only after its presence).
    A stay in progress may be of any team, so stays may overlap in any way.

    Parameters
    ----------
    points : Points
    levels : Grid
    stays : Stays
    prices : Prices
    width
        Steps per bin of the prices.
    most
        Greatest number of presences in a step.
    received : Prices
        Filled with the amounts that the points receive in the optimum.
    """
    n_points, n_steps = points.demand.shape
    n_phases, n_levels = levels.level.shape
    n_types, n_states, real = points.dose.shape[0], stays.strength.shape[0], levels.level.dtype
    landing = Landing(
        np.empty((n_phases, n_types, n_levels), dtype=np.int64), np.empty((n_phases, n_types, n_levels), real),
        np.empty(n_types, real),
    )  # fmt: skip
    choice = np.empty((n_steps, n_states, n_levels), dtype=np.int8)
    bare = levels.level[0, 0] - levels.level
    problem = Subproblem(points, levels, stays, prices, width, most, bare, landing, choice)
    total = 0.0
    for j in range(n_points):
        states = 1
        for s in range(n_states):
            if stays.strength[s] >= 0 and points.stay[stays.strength[s], j] > 0.0:
                states = s + 1
        _land(points, levels, bare, j, landing)
        values = _choose_backward(problem, j, states)
        total += _expect_forward(problem, j, states, values, received)
    return total
