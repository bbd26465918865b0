"""Team orienteering with time windows (TOPTW): tasks alone, by annealed ruin and recreate.

The search cools several times in a row (`kernels.orienteering.ruin_recreate`). At the end of each cooling, the
routes of its good plans are recombined by set packing (`kernels.orienteering.route_pool`).

TOPTW is the special case of the model that has public benchmarks: tasks with one window each, a fixed service time
and a reward collected once, and no demand (Vansteenwegen et al. 2009).
"""

from __future__ import annotations

import time
from bisect import bisect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.budget import Budget
from routeopt.guard import kind, refuse, whole
from routeopt.kernels.orienteering import insertion
from routeopt.kernels.orienteering import ruin_recreate as rr
from routeopt.kernels.orienteering.route_pool import Pool, combine, pool
from routeopt.problem.checked import MOST_STEPS, Checked
from routeopt.search.task_routes import mean_leg, pack_nodes

HOT, WARM, COLD = 0.5, 0.1, 0.05
"""Temperatures relative to the largest reward: first of a cooling, first of the last cooling, last of each."""
COOLINGS = (0.3, 0.6, 0.9, 1.0)
"""Shares of the search at which the coolings end; the last cooling starts from the best plan."""
SLOTS = 1 << 14
"""Capacity of the pool of routes, a power of two."""
KEEP = 0.9
"""Routes enter the pool if their plan has at least this share of the best reward."""
EFFORT = 10_000_000
"""Greatest number of pairs of routes compared in one recombination; about 0.05 s."""
TRAVEL_PRICE = 0.02
"""Cost of travel in the annealing's objective: largest rewards per mean leg between neighbours."""
OPEN_END = 1e6
"""Rounds after which a search of unknown length counts as half over."""
ROUNDS = 200_000
"""Rounds between two checks of the budget, to be divided by the numbers of tasks and teams."""


def nodes(
    travel: NDArray[np.int32],
    service: NDArray[np.int64],
    opens: NDArray[np.int64],
    closes: NDArray[np.int64],
    reward: NDArray[np.float64],
    n_teams: int,
) -> insertion.Nodes:
    """Pack tasks 1 … n, and teams that start and end at node 0, for the kernels.

    Parameters
    ----------
    travel : (n + 1, n + 1)
        Travel times in steps.
    service, opens, closes, reward : (n + 1,)
        Service time, window of the start of service (inclusive), and reward. For node 0 the window is the shift.
    n_teams
        Number of teams.
    """
    n = len(reward) - 1
    order = np.r_[1 : n + 1, np.zeros(2 * n_teams, dtype=np.int64)]
    steps = np.ascontiguousarray(travel[np.ix_(order, order)].astype(np.int32))
    service, opens, closes = (np.asarray(a, dtype=np.int64)[order] for a in (service, opens, closes))
    service[n:] = 0
    reward = np.asarray(reward, dtype=np.float64)[order]
    reward[n:] = 0.0
    return pack_nodes(
        steps[None], service, opens, closes, reward, np.zeros(n_teams, dtype=np.int64),
        np.ones((n, n_teams), dtype=np.bool_), np.arange(n, dtype=np.int32),
    )  # fmt: skip


def solve_toptw(
    travel: NDArray[np.int32],
    service: NDArray[np.int64],
    opens: NDArray[np.int64],
    closes: NDArray[np.int64],
    reward: NDArray[np.float64],
    n_teams: int,
    budget: Budget,
    seed: int = 0,
) -> list[list[int]]:
    """Return the routes of most reward found within ``budget``, as lists of tasks 1 … n.

    See `nodes` for the arrays; node 0 is where all teams start and end. An iteration is one round of ruin and
    recreate.

    Raises
    ------
    InputError
        If a shape does not fit the others, a number is negative or too large, or there is no task or team; lists
        all faults.
    """
    on = Checked("toptw")
    on.faults += whole("toptw.n_teams", n_teams, 1) + whole("toptw.seed", seed, 0, 2**64 - 1)
    on.faults += kind("toptw.budget", budget, Budget)
    way = on.array("travel", travel, "i", (None, None))
    n = None if way is None else len(way)
    if way is not None and n is not None and (n < 2 or way.shape != (n, n)):
        expected = f"({max(n, 2)}, {max(n, 2)})"
        on.fault("RO-411", "travel", shape=expected, got=str(way.shape))
        n = None
    on.within("travel", way, 0, MOST_STEPS)
    tables: list[Any] = [way]
    for key, table, letter in (
        ("service", service, "l"), ("opens", opens, "l"), ("closes", closes, "l"), ("reward", reward, "d"),
    ):  # fmt: skip
        given = on.array(key, table, letter, (n,))
        on.within(key, given, 0, None if letter == "d" else MOST_STEPS)
        tables.append(given)
    refuse(on.faults)
    way, service, opens, closes, reward = tables
    packed = nodes(way, service, opens, closes, reward, int(n_teams))
    routes, _, _ = anneal(packed, int(n_teams), budget, int(seed))
    return [[c + 1 for c in route] for route in routes]


def anneal(
    given: insertion.Nodes,
    n_teams: int,
    budget: Budget,
    seed: int,
    start: Sequence[Sequence[int]] = (),
    prize: NDArray[np.float64] | None = None,
    step_price: float = 0.0,
    tell: Callable[[float, int, float], None] | None = None,
) -> tuple[list[list[int]], int, bool]:
    """Return the routes of `solve_toptw`, the number of rounds, and whether Ctrl-C ended the search early.

    Parameters
    ----------
    given
        The instance.
    n_teams
        Number of teams.
    budget
        When to stop; an iteration is one round.
    seed
        Random seed.
    start
        Routes to start from, of nodes 0 … n − 1. Default: none.
    prize : (n,)
        Rewards by which temperatures are set. Default: those of the instance.
    step_price
        Least price of a step of travel.
    tell
        Called with the seconds, the rounds and the best reward so far.
    """
    n = given.near.shape[0]
    state = np.array([seed], dtype=np.uint64)
    now, trial, best = (insertion.routes(n_teams, n) for _ in range(3))
    routes = pool(SLOTS if n_teams > 1 else 1, n)
    for plan in (now, trial, best):
        plan.node[:, 0], plan.node[:, 1] = np.arange(n, n + 2 * n_teams).reshape(-1, 2).T
        rr.load(given, routes, np.full(n_teams, -1), plan)
    refused = np.full((n, n_teams), -1, dtype=np.int64)
    # compile both kernels before the time starts
    recombine(given, routes, now, trial, best, 0.0, True)
    rr.search(given, now, trial, best, refused, routes, np.inf, 0.0, 0.0, 0, state)
    if any(start) and _set(given, start, best):
        rr.copy_plan(best, now)
        rr.copy_plan(best, trial)
    top = float(given.reward.max() if prize is None else max(prize.max(), 0.0))
    price = max(step_price, TRAVEL_PRICE * top / mean_leg(given.travel[0], n))
    rounds = max(50, ROUNDS // (n * n_teams))
    began, done, ended, improved_at = time.perf_counter(), 0, 0, 0
    value, interrupted = float(best.reward.sum()), False
    try:
        while not budget.is_spent(seconds := time.perf_counter() - began, done, improved_at):
            if tell is not None:
                tell(seconds, done, value)
            share = budget.share(seconds, done)
            if share is None:
                share = 1.0 - 0.5 ** (done / OPEN_END)
            cooling, heat = temperature(share)
            if cooling > ended:
                ended = cooling
                recombine(given, routes, now, trial, best, value, cooling == len(COOLINGS) - 1)
            floor = KEEP * value if n_teams > 1 else np.inf
            found = rr.search(given, now, trial, best, refused, routes, floor, price, top * heat, rounds, state)
            done += rounds
            if found > value:
                value, improved_at = found, done
    except KeyboardInterrupt:
        interrupted = True
    return [[int(c) for c in best.node[k, 1 : best.size[k] + 1]] for k in range(n_teams)], done, interrupted


def _set(given: insertion.Nodes, start: Sequence[Sequence[int]], plan: insertion.Routes) -> bool:
    """Make the plan these routes; return whether they are feasible, and leave it empty if they are not."""
    possible = True
    for k, route in enumerate(start):
        end = plan.node[k, plan.size[k] + 1]
        plan.node[k, 1 : len(route) + 1], plan.node[k, len(route) + 1] = route, end
        plan.size[k] = len(route)
        plan.team[list(route)] = k
        plan.version[k] = plan.version[-1] = plan.version[-1] + 1
        possible &= bool(insertion.schedule(given, plan, k))
    if not possible:
        rr.load(given, pool(1, given.near.shape[0]), np.full(len(plan.size), -1), plan)
    return possible


def temperature(share: float) -> tuple[int, float]:
    """Return the index of the cooling after ``share`` of the search, and its temperature per largest reward.

    Below ``COLD`` almost no change of a plan is accepted: several coolings down to there find better plans than
    one that goes further.
    """
    cooling = min(bisect(COOLINGS, share), len(COOLINGS) - 1)
    first = COOLINGS[cooling - 1] if cooling else 0.0
    hot = WARM if cooling == len(COOLINGS) - 1 else HOT
    return cooling, hot * (COLD / hot) ** ((share - first) / (COOLINGS[cooling] - first))


def recombine(
    given: insertion.Nodes,
    routes: Pool,
    now: insertion.Routes,
    trial: insertion.Routes,
    best: insertion.Routes,
    value: float,
    back: bool,
) -> None:
    """Combine the routes of the pool, and make the result ``best`` if its reward exceeds ``value``.

    Parameters
    ----------
    given
        The instance.
    routes
        Pool of routes to combine.
    now, trial, best
        Current, trial and best plan. Afterwards ``trial`` equals ``now``.
    value
        Reward of ``best``.
    back
        Whether the current plan is to be set to the best one.
    """
    slots = combine(routes, now.size.shape[0], value, EFFORT)
    if slots[0] >= 0 and rr.load(given, routes, slots, trial):
        rr.copy_plan(trial, best)
    if back:
        rr.copy_plan(best, now)
    rr.copy_plan(now, trial)
