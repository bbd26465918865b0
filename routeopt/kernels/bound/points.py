"""What demand points gain by buying their best schedules at given prices (see `kernels.market`)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeopt.kernels.compiled import copy, kernel, short

SMALL = 1e-9
"""Chances and weights below this are nothing."""
ON, END = -1, -9
"""Choices besides departures: −1 − o goes on by option o, `END` says that no stay is in progress any more."""


class Grid(NamedTuple):
    """Levels at which a buyer's value is kept; they fade along with the level, so that time costs no rounding.

    Index 0 is ℓ = 1, index 1 + i is fade^(i·spacing + phase), the last is 0; the phase is step modulo spacing.
    Its arrays, those of `Points` and the prices are of one type, which is what `solve_points` computes in.
    """

    level: NDArray[np.float64]
    """(n_phases, n_levels) falling."""
    after: NDArray[np.int64]
    """(n_phases, n_levels) index at the next step; the level lies between it and the next one."""
    share: NDArray[np.float64]
    """(n_phases, n_levels) weight of that index."""
    rest: NDArray[np.float64]
    """(n_phases, n_levels) weight of the next one."""


class Points(NamedTuple):
    """What does not change with the prices."""

    demand: NDArray[np.float64]
    """(n_points, n_steps)"""
    level0: NDArray[np.float64]
    """(n_points,)"""
    here: NDArray[np.float64]
    """(n_points,) greatest x of any presence."""
    stay: NDArray[np.float64]
    """(2, n_points) greatest x of strong stays and of weak ones."""
    dose: NDArray[np.float64]
    """(n_types, n_points) greatest dose of each type of departure, 0 where there are none."""


class Stays(NamedTuple):
    """What a buyer has to know about the stays in progress: states and what may follow on them.

    State 0: none; then one for each step that a strong stay has been in progress, up to the longest that a
    departure asks for; then the same for weak stays while no strong one is in progress.
    """

    strength: NDArray[np.int64]
    """(n_states,) whose least strength presence has in the step that led here: 0 strong, 1 weak, −1 nobody's."""
    options: NDArray[np.int64]
    """(n_states, 3) state of the next step, −1 for none."""
    may_end: NDArray[np.bool_]
    """(n_states,) whether a departure may have ended the stay."""
    allowed: NDArray[np.bool_]
    """(n_states, n_types) whether a departure of the type may be due."""


def stays(strong: NDArray[np.int64], weak: NDArray[np.int64], n_types: int) -> Stays:
    """States for linked departures that ask for a stay of so many steps; types: strong, weak, then any others.

    A weak departure may also be due while, or right after, a strong stay was in progress.
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
    """Levels for ``fade`` per step, ``spacing`` steps apart, as numbers of type ``real``."""
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
    """Index i and weight w with level = w·levels[i] + (1 − w)·levels[i + 1]; ``levels`` fall from 1 to 0."""
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
    """Add to ``out`` (n_levels,) what the values of the next step are worth one step earlier.

    Between its ends the grid fades into itself, ``shift`` places on.
    """
    last = out.shape[0] - 1
    for m in range(1, last - 1):
        out[m] += following[m + shift]
    for m in (0, last - 1, last):
        i = after[m]
        out[m] += share[m] * following[i] + rest[m] * following[i + 1]


@short
def _presence(rate, bare, price, x, most, zero, base, lack):
    """What a step is worth by level, (n_levels,), and what a unit of presence that has to be bought costs beyond.

    Being seen is worth ``rate`` · bare; ``zero`` is of the arrays' type.
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
    """Take the ``other`` values (n_levels,) where they are no less, and note the choice."""
    for m in range(now.shape[0]):
        better = other[m] >= now[m]
        now[m] = other[m] if better else now[m]
        picked[m] = code if better else picked[m]


@short
def _presences(worth, x, price, most):
    """How many presences of strength x to buy when being seen is worth ``worth``."""
    bought = 0
    while bought < most and worth > price:
        worth *= 1.0 - x
        bought += 1
    return bought


@short
def _depart(value, allowed, dose, unit, target, weight, choice):
    """Let a step's ``value`` (n_levels,) include the departures due at its beginning."""
    n_types = dose.shape[0]
    least = value[0] - value[-1]  # no departure can be worth more
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
            # what falls back on this level buys again
            new = value[i] - cost / w if i + 1 == m else value[i + 1] + w * (value[i] - value[i + 1]) - cost
            if new > value[m]:
                value[m] = new
                choice[m] = d


@kernel
def solve_points(points, levels, stays, prices, width, most, bought):
    """Greatest gain of all demand points together, Σ_j max [value − cost].

    Dynamic programming over (step, stay in progress, level). The value is convex in the level (the most of
    functions that are linear in it), so interpolating between levels errs upwards. Any number of departures may be
    bought at a step, and up to ``most`` presences. It is enough to consider the greatest strength of each good,
    because the gain is linear in each strength.

    A linked departure needs a stay: presence bought in each of some steps before, with no less than the greatest
    strength of such stays. In a plan it has one, that of its own team; and its strength may be taken for the
    greatest, because the gain is linear in the strength of presence and departure together (a departure works only
    after its presence). A stay in progress is anybody's, so stays may overlap as they like.

    Parameters
    ----------
    width
        Steps per bin of the prices.
    bought : Prices
        Gets the amounts that the optimum buys.
    """
    n_points, n_steps = points.demand.shape
    n_phases, n_levels = levels.level.shape
    n_types = points.dose.shape[0]
    n_states = stays.strength.shape[0]
    choice = np.empty((n_steps, n_states, n_levels), dtype=np.int8)
    target = np.empty((n_phases, n_types, n_levels), dtype=np.int64)
    real = levels.level.dtype
    value, following = np.empty((n_states, n_levels), real), np.empty((n_states, n_levels), real)
    on = np.empty((n_states, n_levels), real)
    chance, moved = np.empty((n_states, n_levels)), np.empty((n_states, n_levels))
    some, some_moved = np.empty(n_states, dtype=np.bool_), np.empty(n_states, dtype=np.bool_)
    base, lack = np.empty(n_levels, real), np.empty(n_levels, real)
    unit, dose = np.empty(n_types, real), np.empty(n_types, real)
    weight = np.empty((n_phases, n_types, n_levels), real)
    zero = levels.level[0, n_levels - 1]
    bare = levels.level[0, 0] - levels.level
    total = 0.0
    for j in range(n_points):
        x, demand = points.here[j], points.demand[j]
        copy(dose, points.dose[:, j])
        states = 1
        for s in range(n_states):
            if stays.strength[s] >= 0 and points.stay[stays.strength[s], j] > 0.0:
                states = s + 1
        for phase in range(n_phases):
            for d in range(n_types):
                for m in range(n_levels):
                    i, w = _between(levels.level[phase], 1.0 - bare[phase, m] * (1.0 - dose[d]))
                    target[phase, d, m], weight[phase, d, m] = i, w
        following[:] = 0.0
        for t in range(n_steps - 1, -1, -1):
            phase, b = t % n_phases, t // width
            shift = 1 if phase == n_phases - 1 else 0
            _presence(demand[t], bare[phase], prices.here[j, b], x, most, zero, base, lack)
            for d in range(n_types):
                unit[d] = prices.leave[d, j, b]
            for s in range(states):
                forced = points.stay[stays.strength[s], j] if s > 0 else zero
                for m in range(n_levels):
                    on[s, m] = base[m] + forced * lack[m]
                _add_faded(
                    following[s], levels.after[phase], levels.share[phase], levels.rest[phase], shift, on[s]
                )  # fmt: skip
            for s in range(states):
                now, picked = value[s], choice[t, s]
                copy(now, on[stays.options[s, 0]])
                picked[:] = ON
                for o in range(1, 3):
                    to = stays.options[s, o]
                    if 0 <= to < states:
                        _choose(on[to], ON - o, now, picked)
                if stays.may_end[s]:
                    _choose(value[0], END, now, picked)
                if t > 0:
                    _depart(now, stays.allowed[s], dose, unit, target[phase], weight[phase], picked)
            value, following = following, value
        # `following` is step 0's value; what the optimum buys is the expectation over the interpolation's weights
        bought.here[j] = 0.0
        bought.leave[:, j] = 0.0
        chance[:], moved[:] = 0.0, 0.0
        some[:], some_moved[:] = False, False
        i, w = _between(levels.level[0], points.level0[j])
        chance[0, i] += w
        chance[0, i + 1] += 1.0 - w
        some[0] = True
        total += w * np.float64(following[0, i]) + (1.0 - w) * np.float64(following[0, i + 1])
        for t in range(n_steps):
            phase, b = t % n_phases, t // width
            price = prices.here[j, b]
            for s in range(states - 1, -1, -1):  # a stay that ends falls to 0
                if not some[s]:
                    continue
                for m in range(n_levels - 1, -1, -1):
                    part, d = chance[s, m], choice[t, s, m]
                    if part < SMALL:
                        continue
                    if d >= 0:
                        i, w = target[phase, d, m], weight[phase, d, m]
                        if i + 1 == m:
                            bought.leave[d, j, b] += part / w * dose[d]
                            chance[s, i] += part
                        else:
                            bought.leave[d, j, b] += part * dose[d]
                            chance[s, i] += part * w
                            chance[s, i + 1] += part * (1.0 - w)
                        continue
                    if d == END:
                        chance[0, m] += part
                        some[0] = True
                        continue
                    to = stays.options[s, ON - d]
                    n = _presences(demand[t] * bare[phase, m], x, price, most)
                    if n > 0:
                        bought.here[j, b] += part * n * x
                    elif to > 0:
                        bought.here[j, b] += part * points.stay[stays.strength[to], j]
                    i, w = levels.after[phase, m], levels.share[phase, m]
                    moved[to, i] += part * w
                    moved[to, i + 1] += part * (1.0 - w)
                    some_moved[to] = True
                chance[s] = 0.0
                some[s] = False
            chance, moved = moved, chance
            some, some_moved = some_moved, some
    return total
