"""The hypercube queueing model: response when teams are busy with calls.

Each of n teams is free or busy: 2ⁿ states. Calls come at random (Poisson) where and when the demand is, and go to
the free team that is nearest at that moment; a call that finds none is lost, that is, left to others. Times
until a team is free again are exponential. The steady state of the chain is solved exactly: Larson 1974, A
hypercube queuing model for facility location and redistricting in urban emergency services, Computers & Operations
Research 1(1), 67–95, doi 10.1016/0305-0548(74)90076-8. There teams stand still when free; here they are
where the plan has them, so that the share of calls that go to a team is a mean over the night. Where every team
can always come, any number of busy teams is as likely as in Erlang's loss system, whoever is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.errors import Fault
from routeopt.guard import number, refuse

Array = NDArray[np.float64]

MOST_TEAMS = 10
"""Teams up to which the states are solved: 1024 of them."""


@dataclass(frozen=True, eq=False)
class Calls:
    """Who is nearest to calls, and who is near enough.

    Raises
    ------
    InputError
        If the arrays do not fit each other, or a weight is negative.
    """

    weight: Array
    """(n_kinds,) share of each kind of call, at one place and time; they sum to 1."""
    minutes: Array
    """(n_kinds, n_teams) travel time of each team to it, infinite where it cannot come or is not free anyway."""

    def __post_init__(self) -> None:
        faults: list[Fault] = []
        if self.weight.ndim != 1 or self.minutes.ndim != 2 or len(self.weight) != len(self.minutes):
            faults.append(Fault("RO-655", "calls", weight=self.weight.shape, minutes=self.minutes.shape))
        elif self.minutes.shape[1] > MOST_TEAMS:
            faults.append(Fault("RO-654", "calls", teams=self.minutes.shape[1], most=MOST_TEAMS))
        refuse(faults)

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return int(self.minutes.shape[1])


@dataclass(frozen=True, eq=False)
class Steady:
    """The steady state."""

    chance: Array
    """(2ⁿ,) of each state: bit j is set where team j is busy."""
    sent: Array
    """(2ⁿ, n_teams) share of calls that go to each team in each state; none in the last, where all are busy."""

    @property
    def busy(self) -> Array:
        """(n_teams,) share of the time in which each team is busy."""
        n = self.sent.shape[1]
        bits = (np.arange(len(self.chance))[:, None] >> np.arange(n)) & 1
        found: Array = self.chance @ bits
        return found

    @property
    def lost(self) -> float:
        """Share of the calls that find no free team that can come."""
        return float(1.0 - (self.chance @ self.sent).sum())

    @property
    def dispatched(self) -> Array:
        """(n_teams,) share of all calls that each team answers."""
        found: Array = self.chance @ self.sent
        return found


def steady(calls: Calls, calls_per_hour: float, service_min: float) -> Steady:
    """Solve the steady state.

    Parameters
    ----------
    calls_per_hour
        Mean number of calls, of all kinds.
    service_min
        Mean time for which a team is busy with a call, its way included.

    Raises
    ------
    InputError
        If a rate is negative, or the service takes no time.
    """
    refuse(number("calls_per_hour", calls_per_hour, 0) + number("service_min", service_min, above=0))
    n, load = calls.n_teams, calls_per_hour * service_min / 60
    sent = nearest_free(calls)
    n_states = 1 << n
    state = np.arange(n_states)
    # the rates at which states are left and entered balance; in units of a team's service rate
    balance = np.zeros((n_states, n_states))
    for j in range(n):
        free = state[(state >> j) & 1 == 0]
        busy = free | (1 << j)
        balance[busy, free] += load * sent[free, j]
        balance[free, busy] += 1.0
    balance[state, state] = -balance.sum(axis=0)
    balance[0] = 1.0  # one equation follows from the others; the chances sum to 1 instead
    chance = np.linalg.solve(balance, np.eye(n_states)[0])
    return Steady(np.clip(chance, 0.0, 1.0), sent)


def nearest_free(calls: Calls) -> Array:
    """Return the share of calls that go to each team in each state, (2ⁿ, n_teams).

    Of teams equally near the first is sent.
    """
    n = calls.n_teams
    order = np.argsort(calls.minutes, axis=1, kind="stable")
    order[~np.isfinite(np.take_along_axis(calls.minutes, order, axis=1))] = n  # nobody: taken as always busy
    kinds, which = np.unique(order, axis=0, return_inverse=True)
    weight = np.bincount(which.ravel(), calls.weight, len(kinds))
    found = np.zeros((1 << n, n))
    for state in range((1 << n) - 1):
        free = ((state | 1 << n) >> kinds) & 1 == 0
        some = free.any(axis=1)
        first = kinds[some, free.argmax(axis=1)[some]]
        found[state] = np.bincount(first, weight[some], n)
    return found / max(float(weight.sum()), 1e-300)


def mean_minutes(calls: Calls, found: Steady) -> float:
    """Return the mean travel time of the nearest free team over calls that are answered and can be reached."""
    n, total, answered = calls.n_teams, 0.0, 0.0
    for state in range((1 << n) - 1):
        free = [j for j in range(n) if not state >> j & 1]
        nearest = calls.minutes[:, free].min(axis=1)
        known = np.isfinite(nearest)
        total += float(found.chance[state] * (calls.weight[known] * nearest[known]).sum())
        answered += float(found.chance[state] * calls.weight[known].sum())
    return total / answered if answered > 0 else float("nan")


def covered(found: Steady, share: Array) -> float:
    """Return the share of calls to which a free team is near enough.

    Parameters
    ----------
    share
        (2ⁿ,) share of the calls to which exactly the teams of each set are near enough; bit j stands for team j.
    """
    state = np.arange(len(share))
    reached = ((~state[:, None] & state[None]) != 0) @ share
    return float(found.chance @ reached)
