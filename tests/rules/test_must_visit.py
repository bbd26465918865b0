"""The longest gap at a must-visit, by hand: whichever team, waiting counts, a short stay does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import check
from routeopt.messages import words
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.must_visits import MustVisits
from routeopt.problem.take import take
from tests.conftest import random_problem

SITE = 2


@pytest.fixture
def problem():
    """120 steps; at most 50 without a stay of five steps at site 2."""
    base = random_problem(0)
    assert base.n_steps == 120
    return base


def guarded(problem, most, least=5):
    return replace(problem, must_visits=MustVisits(np.array([SITE]), np.array([most]), np.array([least])))


def gaps(problem, plan):
    return [v for v in check(problem, plan) if v.code == "gap"]


def plan_of(problem, *routes):
    return Plan(
        (*(Route(k, r) for k, r in enumerate(routes)), *(Route(k) for k in range(len(routes), problem.n_teams)))
    )


def stop_at(problem, start, steps=10):
    """A team that comes from elsewhere just in time, and stops at the site."""
    return Visit(SITE, 0, problem.activities.away(start)), Visit(SITE, start, problem.activities.stop(steps))


def test_each_gap_that_is_too_long_is_told(problem):
    plan = plan_of(problem, stop_at(problem, 60))
    found = gaps(guarded(problem, 49), plan)
    clock = problem.clock
    assert [(v.values["since"], v.values["until"]) for v in found] == [
        (clock.text(begin * clock.step_s), clock.text(end * clock.step_s)) for begin, end in ((0, 60), (70, 120))
    ]
    assert [v.values["minutes"] for v in gaps(guarded(problem, 50), plan)] == [f"{60 * clock.step_s / 60:g}"]
    assert gaps(guarded(problem, 60), plan) == []
    assert [v.values["minutes"] for v in found] == [f"{length * clock.step_s / 60:g}" for length in (60, 50)]
    assert {v.values["most"] for v in found} == {f"{49 * clock.step_s / 60:g}"}
    assert "无人到场" in found[0].text(words("zh"))
    assert found[0].team is None


def test_teams_take_turns(problem):
    both = plan_of(problem, stop_at(problem, 40), stop_at(problem, 80))
    assert gaps(guarded(problem, 40), both) == []
    assert len(gaps(guarded(problem, 39), both)) == 1
    assert len(gaps(guarded(problem, 40), plan_of(problem, stop_at(problem, 40)))) == 1


def test_waiting_before_a_stop_counts_and_a_short_stay_does_not(problem):
    waits = plan_of(problem, (Visit(SITE, 60, problem.activities.stop(1)),))
    assert gaps(guarded(problem, 60), waits) == []
    alone = (Visit(SITE, 58, problem.activities.wait(2)), Visit(SITE, 60, problem.activities.stop(1)))
    away = Visit(SITE, 0, problem.activities.away(58))
    assert len(gaps(guarded(problem, 60, least=3), plan_of(problem, (away, *alone)))) == 0
    assert len(gaps(guarded(problem, 60, least=4), plan_of(problem, (away, *alone)))) == 1


def test_a_part_leaves_the_gaps_to_the_whole(problem):
    held = guarded(problem, 60)
    assert len(take(held, plan_of(held), [0], [1, 3]).problem.must_visits) == 0
