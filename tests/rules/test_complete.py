"""On tiny problems, `check` accepts exactly the routes that an enumeration of its own kind builds up."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Closure
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import RULES, check
from routeopt.strategies import exact

N_STEPS = 6


def tiny(make_problem, seed):
    """Four sites, six steps, one team, dwells of one and two steps, a task; closures or no return."""
    rng = np.random.default_rng(seed)
    problem = make_problem(seed, n_sites=4, n_points=6, n_steps=N_STEPS, n_teams=1)
    profiles = []
    for profile in problem.profiles:
        travel = rng.integers(1, 3, size=(4, 4)).astype(np.int32)
        np.fill_diagonal(travel, 0)
        nothing = dict.fromkeys(("pass_point", "pass_step", "pass_present", "pass_leaves"), ())
        profiles.append(replace(profile, travel_steps=travel, pass_ptr=np.zeros(17, dtype=np.int64), **nothing))
    problem = replace(
        problem, profiles=tuple(profiles), dwell_steps=np.array([1, 2]), dwell_effect=np.array([0.85, 1.0]),
        team_start_step=np.zeros(1, dtype=np.int32), team_end_step=np.array([int(rng.integers(4, 7))]),
    )  # fmt: skip
    first = int(rng.integers(0, 2))
    windows = ((first, first + 1), (4, 4))
    problem = with_tasks(problem, [Task("call", int(rng.integers(4)), windows, int(rng.integers(1, 3)), 0.1)])
    if seed % 2:
        shut = [Closure(int(rng.integers(4)), begin, begin + 2) for begin in rng.integers(0, N_STEPS, 2).tolist()]
        problem = problem.closed(shut)
    if seed % 3 == 0:
        problem = replace(problem, access=replace(problem.access, no_return=rng.random(4) < 0.5))
    return problem


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(s, marks=pytest.mark.slow) for s in range(4, 20))])
def test_check_accepts_exactly_the_routes_of_the_enumeration(make_problem, seed):
    problem = tiny(make_problem, seed)
    menu = problem.activities.first_task
    every = [Visit(*v) for v in product(range(4), range(N_STEPS), range(problem.activities.n_chosen))]
    accepted = set()
    for n in range(3):
        for visits in product(every, repeat=n):
            pair = n == 2 and visits[0].site == visits[1].site and visits[0].activity < menu
            if pair and visits[1].activity < menu:
                continue  # one stay, which the enumeration lists as one visit after a wait
            if not check(problem, Plan((Route(0, visits),))):
                accepted.add(tuple(v[:3] for v in visits))
    listed = {tuple(map(tuple, route)) for route in exact._routes(problem, 0) if len(route) <= 2}
    assert accepted == listed
    assert len(accepted) > 1


def test_every_code_belongs_to_one_rule():
    codes = [code for rule in RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
