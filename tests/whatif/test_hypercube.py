"""The hypercube model against closed forms: Erlang's loss, and two teams by hand."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt.errors import InputError
from routeopt.whatif.hypercube import Calls, covered, mean_minutes, nearest_free, steady


def random_calls(n_teams, seed=0, kinds=30):
    rng = np.random.default_rng(seed)
    weight = rng.random(kinds)
    return Calls(weight / weight.sum(), rng.random((kinds, n_teams)) * 10)


def erlang_loss(teams: int, load: float) -> float:
    """Return the share of calls lost with this many teams and load (calls × service time), Erlang 1917."""
    loss = 1.0
    for n in range(1, teams + 1):
        loss = load * loss / (n + load * loss)
    return loss


def test_erlang():
    assert erlang_loss(1, 0.5) == pytest.approx(0.5 / 1.5)
    assert erlang_loss(2, 1.0) == pytest.approx(0.2)
    assert erlang_loss(3, 2.0) == pytest.approx((8 / 6) / (1 + 2 + 2 + 8 / 6))


@pytest.mark.parametrize("n_teams", range(1, 7))
@pytest.mark.parametrize("load", [0.3, 2.0, 9.0])
def test_busy_teams_are_as_in_the_loss_system(n_teams, load):
    """Whoever is sent, any number of busy teams is as likely as in M/M/n/n."""
    found = steady(random_calls(n_teams, n_teams), 60 * load / 30, 30)
    assert found.chance.sum() == pytest.approx(1)
    assert found.lost == pytest.approx(erlang_loss(n_teams, load))
    count = np.array([bin(state).count("1") for state in range(1 << n_teams)])
    at = np.bincount(count, found.chance)
    poisson = load ** np.arange(n_teams + 1) / np.cumprod([1.0, *range(1, n_teams + 1)])
    assert at == pytest.approx(poisson / poisson.sum())
    assert found.busy.sum() == pytest.approx(load * (1 - found.lost))
    assert found.busy == pytest.approx(load * found.dispatched)


def test_two_teams_by_hand():
    """Team 0 is nearest to three quarters of the calls, team 1 to the rest; load 1.

    Balance, with a, b for only the first and only the second busy, p for none and q for both:
    p = a + b; 2a = 3p/4 + q; 2b = p/4 + q; 2q = a + b. With p = 1: q = 1/2, a = 5/8, b = 3/8; the sum is 5/2.
    """
    calls = Calls(np.array([0.75, 0.25]), np.array([[1.0, 5.0], [6.0, 2.0]]))
    found = steady(calls, 2.0, 30.0)
    assert found.chance == pytest.approx(np.array([1, 5 / 8, 3 / 8, 1 / 2]) / 2.5)
    assert found.busy == pytest.approx([(5 / 8 + 1 / 2) / 2.5, (3 / 8 + 1 / 2) / 2.5])
    # minutes: none busy 0.75 + 0.5; first busy 3.75 + 0.5; second busy 0.75 + 1.5
    minutes = (1.25 + 5 / 8 * 4.25 + 3 / 8 * 2.25) / 2
    assert mean_minutes(calls, found) == pytest.approx(minutes)
    # a third of the calls is near to the first team alone, a third to both, the rest to none
    share = np.array([1 / 3, 1 / 3, 0, 1 / 3])
    assert covered(found, share) == pytest.approx((2 / 3 * (1 + 3 / 8) + 1 / 3 * 5 / 8) / 2.5)


def test_no_calls_and_teams_that_cannot_come():
    calls = Calls(np.array([0.5, 0.5]), np.array([[1.0, np.inf], [np.inf, np.inf]]))
    assert nearest_free(calls)[0].tolist() == [0.5, 0.0]
    found = steady(calls, 0.0, 30.0)
    assert found.chance.tolist() == [1, 0, 0, 0]
    assert found.lost == pytest.approx(0.5)
    found = steady(calls, 2.0, 30.0)  # one team, which is sent half of the calls
    assert found.busy == pytest.approx([1 / 3, 0.0])
    assert mean_minutes(calls, found) == pytest.approx(1.0)


def test_more_load_covers_less():
    rng = np.random.default_rng(1)
    share = rng.random(16)
    share /= share.sum()
    reached = [covered(steady(random_calls(4), load, 30), share) for load in (0.0, 1.0, 4.0, 16.0)]
    assert reached[0] == pytest.approx(1 - share[0])
    assert reached == sorted(reached, reverse=True)


def test_what_it_does_not_take():
    with pytest.raises(InputError, match="at most 10"):
        random_calls(11)
    with pytest.raises(InputError, match="weight"):
        Calls(np.ones(2), np.ones((3, 2)))
    with pytest.raises(InputError):
        steady(random_calls(2), -1.0, 30.0)
    with pytest.raises(InputError):
        steady(random_calls(2), 1.0, 0.0)
