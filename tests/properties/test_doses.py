"""What more presence and more departures add: never less than nothing, and less the more there is already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from routeopt.evaluation import visibility
from tests.conftest import random_plan
from tests.properties.variants import SEEDS, changing, plan_of_teams, with_teams

pytestmark = pytest.mark.slow

TIGHT = 1e-12


def factors(rng, shape):
    """What somebody else leaves: 1 in most places, and less here and there."""
    return np.where(rng.random(shape) < 0.1, rng.random(shape), 1.0)


@given(SEEDS, SEEDS)
def test_doses_and_presence_are_monotone_and_submodular(seed, other):
    """f(A) ≤ f(A ∪ C), and C adds to A ∪ B no more than to A."""
    problem, rng = changing(seed), np.random.default_rng(other)
    plan = random_plan(problem, other)
    a, b, c = ((factors(rng, problem.demand.shape), factors(rng, problem.demand.shape)) for _ in range(3))

    def worth(*given):
        absent, keep = (np.prod([one[k] for one in given], axis=0) for k in (0, 1))
        return visibility(replace(problem, absent0=absent, keep0=keep), plan)

    alone, crowded = worth(a, c) - worth(a), worth(a, b, c) - worth(a, b)
    assert alone >= crowded - TIGHT
    assert crowded >= -TIGHT


@given(SEEDS, SEEDS)
def test_a_teams_route_adds_less_the_more_other_teams_there_are(seed, other):
    problem = changing(seed)
    plan = random_plan(problem, other)

    def worth(*teams):
        return visibility(with_teams(problem, teams), plan_of_teams(plan, teams))

    alone, crowded = worth(0, 2) - worth(0), worth(0, 1, 2) - worth(0, 1)
    assert alone >= crowded - TIGHT
    assert crowded >= -TIGHT


@given(SEEDS, SEEDS)
def test_longer_stays_and_stronger_effects_are_never_worth_less(seed, other):
    problem, rng = changing(seed), np.random.default_rng(other)
    plan = random_plan(problem, other)
    before = visibility(problem, plan)
    up = 1 - (1 - problem.dwell_effect) * rng.random()
    assert visibility(replace(problem, dwell_effect=up), plan) >= before - TIGHT
    assert visibility(replace(problem, passage_effect=min(1.0, 0.1 + rng.random())), plan) >= before - TIGHT
    assert visibility(replace(problem, tau_s=problem.tau_s * (1 + rng.random())), plan) >= before - TIGHT
    stronger = np.minimum(1.0, problem.team_factor + rng.random(problem.n_teams))
    assert visibility(replace(problem, team_factor=stronger), plan) >= before - TIGHT
