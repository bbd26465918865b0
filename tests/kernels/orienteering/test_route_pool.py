"""Routes kept and recombined: against enumeration, and against the rules of the tasks."""

import itertools

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.kernels.orienteering import insertion
from routeopt.kernels.orienteering import ruin_recreate as rr
from routeopt.kernels.orienteering.route_pool import combine, pool
from routeopt.strategies.orienteering import COOLINGS, nodes, recombine, solve_toptw, temperature
from tests.kernels.orienteering.test_ruin_recreate import feasible, town


def filled(sets, rewards, n_tasks):
    """A pool with these routes in its first slots."""
    kept = pool(64, n_tasks)
    for slot, (tasks, reward) in enumerate(zip(sets, rewards, strict=True)):
        for x, c in enumerate(tasks):
            kept.node[slot, x] = c
            kept.members[slot, c >> 6] |= np.uint64(1) << np.uint64(c & 63)
        kept.size[slot], kept.reward[slot] = len(tasks), reward
    return kept


def empty(given, m, n):
    plan = insertion.routes(m, n)
    for k in range(m):
        plan.node[k, :2] = n + 2 * k, n + 2 * k + 1
        insertion.schedule(given, plan, k)
    return plan


@pytest.mark.parametrize("m", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_most_reward_without_a_common_task(seed, m):
    rng = np.random.default_rng(seed)
    sets = [rng.choice(70, rng.integers(1, 25), replace=False).tolist() for _ in range(25)]
    rewards = rng.integers(1, 50, len(sets)).astype(float)
    most = max(
        sum(rewards[list(some)])
        for size in range(1, m + 1)
        for some in itertools.combinations(range(len(sets)), size)
        if len(set().union(*(sets[i] for i in some))) == sum(len(sets[i]) for i in some)
    )
    slots = combine(filled(sets, rewards, 70), m, 0.0, 10**9)
    chosen = slots[slots >= 0]
    together = [c for i in chosen for c in sets[i]]
    assert len(together) == len(set(together))
    assert rewards[chosen].sum() == most
    assert (combine(filled(sets, rewards, 70), m, most, 10**9) == -1).all()


def test_the_best_pair_becomes_the_plan():
    """Of {0, 1}, {1, 2}, {2} and {0} worth 9, 8, 4 and 3: the first with the third, not with the second."""
    travel, service, opens, closes, reward = town(0, 3)
    reward[1:] = 3, 6, 4
    closes[:], opens[:] = 10_000, 0
    given = nodes(travel, service, opens, closes, reward, 2)
    now, trial, best = (empty(given, 2, 3) for _ in range(3))
    kept = filled([[0, 1], [1, 2], [2], [0]], [9.0, 8.0, 4.0, 3.0], 3)
    recombine(given, kept, now, trial, best, 12.0, False)
    assert [best.node[k, 1 : best.size[k] + 1].tolist() for k in (0, 1)] == [[0, 1], [2]]
    assert best.team.tolist() == [0, 0, 1]
    assert now.size.tolist() == trial.size.tolist() == [0, 0]
    recombine(given, kept, now, trial, best, 13.0, True)
    assert now.team.tolist() == trial.team.tolist() == [0, 0, 1]
    assert now.version[:2].tolist() == trial.version[:2].tolist() == best.version[:2].tolist()


def test_infeasible_route_is_rejected():
    travel, service, opens, closes, reward = town(0, 2)
    closes[:], opens[:] = 10_000, 0
    closes[2] = 0
    given = nodes(travel, service, opens, closes, reward, 2)
    now, trial, best = (empty(given, 2, 2) for _ in range(3))
    recombine(given, filled([[0, 1]], [9.0], 2), now, trial, best, 0.0, False)
    assert best.size.tolist() == trial.size.tolist() == [0, 0]
    assert trial.team.tolist() == [-1, -1]


@pytest.mark.parametrize("seed", range(3))
def test_every_route_kept_is_feasible(seed):
    town_ = town(seed, 30)
    given = nodes(*town_, 2)
    now, trial, best = (empty(given, 2, 30) for _ in range(3))
    refused, state, kept = np.full((30, 2), -1), np.array([seed], dtype=np.uint64), pool(256, 30)
    rr.search(given, now, trial, best, refused, kept, 1.0, 0.01, 10.0, 2000, state)
    slots = np.flatnonzero(kept.size)
    assert len(slots) > 20
    for slot in slots:
        route = kept.node[slot, : kept.size[slot]].tolist()
        legs = itertools.pairwise([0, *(c + 1 for c in route), 0])
        assert feasible([c + 1 for c in route], *town_[:4])
        assert kept.reward[slot] == town_[4][1:][route].sum()
        assert kept.length[slot] == sum(town_[0][a, b] for a, b in legs)
        bits = [c for c in range(30) if int(kept.members[slot, 0]) >> c & 1]
        assert sorted(route) == bits


def test_plans_below_the_floor_are_not_kept():
    given = nodes(*town(0, 30), 2)
    now, trial, best = (empty(given, 2, 30) for _ in range(3))
    refused, state, kept = np.full((30, 2), -1), np.array([0], dtype=np.uint64), pool(256, 30)
    rr.search(given, now, trial, best, refused, kept, np.inf, 0.01, 10.0, 500, state)
    assert not kept.size.any()


def test_coolings_start_hot_and_end_cold():
    which, heat = zip(*(temperature(x / 100) for x in range(101)), strict=True)
    assert sorted(set(which)) == list(range(len(COOLINGS)))
    for a, b in itertools.pairwise(range(101)):
        assert (heat[b] < heat[a]) == (which[a] == which[b])
    assert temperature(0.0) == (0, 0.5)
    assert temperature(1.0)[1] == pytest.approx(0.05)


@pytest.mark.parametrize("m", [2, 3])
def test_same_seed_same_routes_with_recombination(m):
    given = town(3, 80)
    assert solve_toptw(*given, m, Budget(iterations=20_000), 5) == solve_toptw(
        *given, m, Budget(iterations=20_000), 5
    )
