"""Rules that a planner may do without: a problem without one has the plans that it had, and more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import check
from routeopt.errors import InputError
from routeopt.explain.relaxations import named, relaxations, same_bound, without
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.access import Access, Closure
from routeopt.problem.activities import Sort
from routeopt.problem.build import build_with_streets
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.problem.zones import ZoneLayer
from routeopt.scenario.read import read_scenario


@pytest.fixture
def ruled(make_problem):
    """A problem with a rule of every kind that needs no streets."""
    problem = make_problem(0)
    problem = with_tasks(
        problem,
        [
            Task("a", 3, ((10, 20),), 5, mandatory=True), Task("b", 4, ((0, 119),), 5, 0.1, True, frozenset([1])),
            Task("rest", 1, ((40, 80),), 10, 0.0, True, frozenset([2]), presence=0.0, sort=Sort.BREAK),
            Task("rest 2", 2, ((40, 80),), 10, 0.0, True, frozenset([2]), presence=0.0, sort=Sort.BREAK,
                 instead_of="rest"),
            Task("gate", 6, ((30, 30),), 20, 0.0, True, crew=2, sort=Sort.POST),
        ],
    )  # fmt: skip
    problem = replace(problem, spacing_steps=15, longest_work=np.array([0, 0, 70], np.int32))
    half = np.arange(problem.n_sites) % 2
    return replace(
        problem,
        goals=(Goal("market", 0.3), Goal("call 19:00–20:00", 0.2, 1, steps=(0, 59)),
               Goal("call 20:00–21:00", 0.2, 1, steps=(60, 119))),
        area_names=("east", "west"), site_area=half.astype(np.int32), team_area=np.array([0, 1, -1], np.int32),
        access=replace(Access(), no_return=half == 1),
    ).closed([Closure(5, 0, 60)])  # fmt: skip


CODES = [
    "goal:market", "goal:call", "areas", "breaks", "longest-without-break", "fixed-posts", "stops-per-hour",
    "mandatory", "task:a", "task:b", "windows", "teams", "closed-places", "no-return",
]  # fmt: skip


def test_every_kind_of_rules_is_listed(ruled, make_problem):
    assert [one.code for one in relaxations(ruled)] == CODES
    assert [one.code for one in relaxations(ruled) if one.is_part] == ["task:a", "task:b"]
    assert relaxations(make_problem(0)) == []
    assert str(relaxations(ruled)[1].title) == "floor: call"


@pytest.mark.parametrize("code", CODES)
def test_a_rule_that_is_left_out_is_no_rule_any_more(ruled, code):
    rule = named(relaxations(ruled), code)
    left = {one.code for one in relaxations(rule.without(ruled))}
    gone = {
        "mandatory": {"mandatory", "task:a", "task:b"}, "breaks": {"breaks", "longest-without-break"},
    }.get(code, {code})  # fmt: skip
    assert left == set(CODES) - gone


def test_nothing_is_left_when_all_are_left_out(ruled, make_problem):
    bare = without(ruled, relaxations(ruled))
    assert relaxations(bare) == []
    assert bare.tasks.names == ("a", "b", "rest", "rest 2", "gate")


BREAKS = {
    "areas": [Visit(4, 60, 0), Visit(5, 70, 0)],
    "windows": [Visit(3, 90, 4)],
    "teams": [Visit(4, 60, 5)],
    "closed-places": [Visit(5, 40, 0)],
    "stops-per-hour": [Visit(7, 70, 0), Visit(8, 84, 0)],
    "no-return": [Visit(1, 40, 0), Visit(3, 70, 0), Visit(1, 100, 0)],
}


@pytest.mark.parametrize("code", BREAKS)
def test_what_breaks_the_rule_does_not_without_it(ruled, code):
    """The plan breaks further rules, of which no more become broken."""
    problem = replace(ruled, team_start_step=np.zeros(3, np.int32), team_end_step=np.full(3, 120, np.int32))
    plan = Plan((Route(0, tuple(BREAKS[code])), Route(1), Route(2)))
    before = {v.code for v in check(problem, plan)}
    after = {v.code for v in check(named(relaxations(problem), code).without(problem), plan)}
    assert len(after) == len(before) - 1
    assert after < before


def test_a_bound_holds_without_a_rule_that_it_does_not_read(ruled):
    """The bound ignores floors and areas; a task's reward counts where some team can win it."""
    far = with_tasks(ruled, [Task("late", 3, ((119, 119),), 5, 0.1)])
    same = {one.code for one in relaxations(far) if same_bound(far, one.without(far))}
    assert same == set(CODES) - {"windows"}


def test_an_unknown_rule_is_a_fault(ruled, make_problem):
    with pytest.raises(InputError, match=r'there is no rule "aeras".*such as areas'):
        named(relaxations(ruled), "aeras")
    with pytest.raises(InputError, match="has none"):
        named(relaxations(make_problem(0)), "areas")


def test_streets_open_again_one_by_one_or_all(night):
    """On the square the way round is longer: two streets closed at different hours."""
    changes = [
        {"names": ["South St"], "closed": True, "until": "19:40"},
        {"names": ["West St"], "speed_kph": 1, "from": "20:00", "until": "20:40"},
    ]
    file = night(streets={"file": "square.osm", "changes": changes})
    built = build_with_streets(read_scenario(file))
    problem, rules = built.problem, relaxations(built.problem, built)
    assert [one.code for one in rules] == ["street-change:1", "street-change:2"]
    assert [str(one.title) for one in rules] == [
        "closed streets, change 1, 19:00–19:40", "slow streets, change 2, 20:00–20:40",
    ]  # fmt: skip
    assert relaxations(problem) == []  # nobody knows the streets

    def sums(one):
        """Travel times from the post, when each change holds."""
        return [int(np.minimum(one.movement(0).steps_from(0, step), 999).sum()) for step in (1, 61)]

    usual = sums(build_with_streets(read_scenario(night())).problem)
    closed, slow = (sums(one.without(problem)) for one in rules)
    assert closed[0] == usual[0] < sums(problem)[0]
    assert closed[1] == sums(problem)[1] > usual[1] == slow[1]
    assert sums(without(problem, rules)) == usual


def test_zones_and_reserves_are_rules_that_can_be_left_out(make_problem):
    problem = make_problem(0)
    layer = ZoneLayer("kinds", ("even", "odd"), np.arange(problem.n_points) % 2, np.arange(problem.n_sites) % 2)
    reserve = np.array([False, True, False])
    ruled = replace(problem, zone_layers=(layer,), team_zone=np.array([0, -1, -1]), team_reserve=reserve)
    plan = Plan((Route(0, (Visit(3, 60, 0),)), Route(1, (Visit(4, 60, 0),)), Route(2)))
    assert {v.code for v in check(ruled, plan)} >= {"outside-zone", "reserve-stops"}
    rules = relaxations(ruled)
    assert [rule.code for rule in rules] == ["zones", "reserves"]
    for rule, code in zip(rules, ("outside-zone", "reserve-stops"), strict=True):
        left = {v.code for v in check(rule.without(ruled), plan)}
        assert left == {v.code for v in check(ruled, plan)} - {code}


def test_floors_of_one_name_and_other_shares_are_one_rule(make_problem):
    """A code is all that people can ask for a rule by."""
    goals = tuple(
        Goal(f"call {a}:00–{a + 1}:00", share, 1, steps=(60 * (a - 19), 60 * (a - 19) + 59))
        for a, share in ((19, 0.3), (20, 0.5))
    )
    problem = replace(make_problem(0), goals=goals)
    (rule,) = relaxations(problem)
    assert rule.code == "goal:call"
    assert rule.without(problem).goals == ()
