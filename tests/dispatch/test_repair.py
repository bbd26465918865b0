"""Edited plans repaired around what was changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.dispatch.repair import anchored, repair
from routeopt.errors import InfeasibleError
from routeopt.evaluation import visibility
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import UNREACHABLE, Closure
from routeopt.rules import check
from routeopt.solving import solve


def edited(plan, team, change):
    """The plan with another list of visits for one team."""
    visits = change(list(plan.routes[team].visits))
    routes = [Route(team, tuple(visits)) if r.team == team else r for r in plan.routes]
    return Plan(tuple(routes))


@pytest.fixture
def base(make_problem):
    problem = make_problem(3)
    return problem, solve(problem, Budget(iterations=60), seed=1).plan


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_that_keeps_every_rule_loses_nothing(make_problem, make_plan, seed):
    problem, rng = make_problem(seed), np.random.default_rng(seed)
    plan = make_plan(problem, seed)
    pinned = {(r.team, n) for r in plan.routes for n in range(len(r.visits)) if rng.random() < 0.4}
    given, lost = anchored(problem, plan, pinned)
    assert not lost
    assert [r.visits for r in given.routes] == [
        tuple(v._replace(fixed=(r.team, n) in pinned) for n, v in enumerate(r.visits)) for r in plan.routes
    ]


@pytest.mark.parametrize("seed", range(12))
def test_pinned_stops_stay_and_the_value_is_evaluates(make_problem, make_plan, seed):
    problem, rng = make_problem(seed), np.random.default_rng(seed)
    plan = make_plan(problem, seed)
    pinned = {(r.team, n) for r in plan.routes for n in range(len(r.visits)) if rng.random() < 0.4}
    result = repair(problem, plan, pinned, (), Budget(iterations=60), seed=seed, price=0.0)
    assert check(problem, result.plan) == []
    for team, n in pinned:
        assert plan.routes[team].visits[n] in result.plan.routes[team].visits
    assert result.value == pytest.approx(visibility(problem, result.plan), abs=1e-9)
    assert result.value >= visibility(problem, plan) - 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_lengthened_stop_is_kept_and_the_rest_moves(make_problem, seed):
    problem = make_problem(seed)
    plan = solve(problem, Budget(iterations=60), seed=1).plan
    n = next(n for n, v in enumerate(plan.routes[0].visits) if v.activity < 3)
    longer = plan.routes[0].visits[n]._replace(activity=3)
    change = edited(plan, 0, lambda v: [*v[:n], longer, *v[n + 1 :]])
    result = repair(problem, change, {(0, n)}, [plan.routes[0].visits[n]], Budget(iterations=40), seed=1)
    assert check(problem, result.plan) == []
    assert longer in result.plan.routes[0].visits
    assert result.value == pytest.approx(visibility(problem, result.plan), abs=1e-9)
    assert result.value >= visibility(problem, anchored(problem, change, {(0, n)})[0])


@pytest.mark.parametrize("length", [3, 12, 25])
def test_a_stop_of_a_length_outside_the_menu_stays_as_it_is(make_problem, length):
    problem = make_problem(1)
    plan = solve(problem, Budget(iterations=60), seed=1).plan
    n = len(plan.routes[0].visits) // 2
    own = plan.routes[0].visits[n]._replace(activity=problem.activities.stop(length), fixed=True)
    change = edited(plan, 0, lambda v: [*v[:n], own, *v[n + 1 :]])
    result = repair(problem, change, {(0, n)}, (), Budget(iterations=60), seed=1, price=-1.0)
    assert check(problem, result.plan) == []
    assert own in result.plan.routes[0].visits
    assert result.value == pytest.approx(visibility(problem, result.plan), abs=1e-9)
    again = solve(problem, Budget(iterations=30), seed=2, initial=result.plan)
    assert own in again.plan.routes[0].visits
    assert again.value == pytest.approx(visibility(problem, again.plan), abs=1e-9)


def test_a_stop_of_its_own_length_where_stopping_is_forbidden_is_refused(base):
    problem, plan = base
    closed = int(np.flatnonzero(~problem.site_stoppable)[0])
    own = Visit(closed, 40, problem.activities.stop(12))
    change = edited(plan, 0, lambda _: [own])
    with pytest.raises(InfeasibleError, match="stopping is not allowed there"):
        repair(problem, change, {(0, 0)})


def test_removed_stop_does_not_return(base):
    problem, plan = base
    gone = plan.routes[1].visits[1]
    change = edited(plan, 1, lambda v: [v[0], *v[2:]])
    result = repair(problem, change, set(), [gone], Budget(iterations=80), seed=1, price=-1.0)
    end = gone.start + int(problem.dwell_steps[gone.activity])
    new = set(result.plan.routes[1].visits) - set(change.routes[1].visits)
    assert new  # something else was found for that time
    for route, before in zip(result.plan.routes, change.routes, strict=True):
        for visit in set(route.visits) - set(before.visits):
            over = visit.start < end and gone.start < visit.start + int(problem.dwell_steps[visit.activity])
            assert not (over and visit.site == gone.site)
    assert check(problem, result.plan) == []


def test_teams_that_nobody_touched_stay_at_a_high_price(base):
    problem, plan = base
    change = edited(plan, 0, lambda v: v[1:])
    result = repair(problem, change, set(), [plan.routes[0].visits[0]], Budget(iterations=50), seed=1, price=1.0)
    assert result.plan.routes[1:] == plan.routes[1:]
    assert set(change.routes[0].visits) <= set(result.plan.routes[0].visits)


def test_pinned_stops_that_cannot_both_be_kept_are_named_all_at_once(base):
    problem, plan = base
    a, b = plan.routes[0].visits[:2]
    c = plan.routes[1].visits[-1]
    late = c._replace(start=int(problem.team_end_step[1]) - 1)
    change = edited(plan, 0, lambda v: [a, b._replace(start=a.start + 1), *v[2:]])
    change = edited(change, 1, lambda v: [*v[:-1], late])
    with pytest.raises(InfeasibleError) as caught:
        repair(problem, change, {(0, 0), (0, 1), (1, len(change.routes[1].visits) - 1)})
    one, two = caught.value.faults
    assert [fault.code for fault in (one, two)] == ["RO-480", "RO-480"]
    assert [one.values[key].values["site"] for key in ("first", "second")] == [
        problem.site_names[visit.site] for visit in (a, b)
    ]
    assert two.values["second"].code == "pin-end"


def test_unreachable_pinned_stop_is_refused(base):
    problem, plan = base
    site = plan.routes[0].visits[0].site
    profiles = []
    for profile in problem.profiles:
        travel = profile.travel_steps.copy()
        travel[:, site] = UNREACHABLE
        profiles.append(replace(profile, travel_steps=travel))
    with pytest.raises(InfeasibleError, match="no way connects them"):
        repair(replace(problem, profiles=tuple(profiles)), plan, {(0, 0)})


def test_pinned_stop_where_stopping_is_forbidden_is_refused(base):
    problem, plan = base
    visit = Visit(0, plan.routes[0].visits[0].start, 0)
    change = edited(plan, 0, lambda v: [visit])
    with pytest.raises(InfeasibleError, match="stopping is not allowed"):
        repair(problem, change, {(0, 0)})


@pytest.mark.parametrize("seed", range(6))
def test_edited_stops_that_break_a_rule_of_their_place_are_left_out(make_problem, make_plan, seed):
    """Closed to the team, or a return to where none is allowed; a pinned stop at a closed place is refused."""
    plan, problem = make_plan(make_problem(seed), seed), make_problem(seed)
    stop = next(v for r in plan.routes for v in r.visits if r.team == 1)
    steps = int(problem.visit_steps[stop.activity])
    shut = problem.closed([Closure(stop.site, stop.start + steps - 1, stop.start + steps + 9)])
    once = replace(shut, access=replace(shut.access, no_return=np.ones(problem.n_sites, dtype=bool)))
    result = repair(once, plan, set(), (), Budget(iterations=20), seed=seed)
    assert check(once, plan)
    assert check(once, result.plan) == []
    with pytest.raises(InfeasibleError, match="not allowed there"):
        repair(once, plan, {(1, plan.routes[1].visits.index(stop))}, (), Budget(iterations=0))


def test_the_same_seed_gives_the_same_repair(base):
    problem, plan = base
    change = edited(plan, 0, lambda v: v[2:])
    twice = [repair(problem, change, set(), (), Budget(iterations=30), seed=5).plan for _ in range(2)]
    assert twice[0] == twice[1]


def test_ctrl_c_leaves_a_feasible_plan(base):
    problem, plan = base

    def stop(seconds, value, bound):
        raise KeyboardInterrupt

    result = repair(problem, edited(plan, 0, lambda v: v[1:]), set(), (), Budget(iterations=30), progress=stop)
    assert result.interrupted
    assert check(problem, result.plan) == []
