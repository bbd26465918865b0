"""Nothing that a caller passes ends the interpreter or is quietly misread: every fault is told, all at once."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.demand.live import Busy, busier
from routeopt.dispatch.repair import repair
from routeopt.dispatch.replan import replan
from routeopt.dispatch.situation import Situation, TeamState
from routeopt.errors import InfeasibleError, InputError
from routeopt.evaluation import evaluate
from routeopt.lagrangian import bound
from routeopt.plan import Plan, Route, Visit, check_plan
from routeopt.problem import Problem, Tasks
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES
from routeopt.strategies.orienteering import solve_toptw
from tests.conftest import random_problem, random_tasks

EXAMPLES = int(os.environ.get("ROUTEOPT_EXAMPLES", "200"))
"""How many mutated problems and plans are tried: ROUTEOPT_EXAMPLES=5000 for a long run."""
QUICK = Budget(iterations=2)


def faults(call: Any, *args: Any, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        call(*args, **options)
    return [str(fault) for fault in caught.value.faults]


# what ended the interpreter, or was misread ----------------------------------------------------------------


def test_an_initial_plan_of_another_problem_is_refused_with_all_that_is_wrong(make_problem):
    """Yesterday's plan, after the scenario lost sites: it ended the interpreter."""
    visits = (Visit(13, 40, 0), Visit(2, 400, 1), Visit(1, 50, 9))
    plan = Plan((Route(0, visits), Route(1), Route(2)))
    found = faults(solve, make_problem(0, n_sites=10), QUICK, initial=plan)
    assert len(found) == 3
    assert "site 13 does not exist" in found[0]
    assert "400" in found[1]
    assert "dwell 9 does not exist" in found[2]


def test_an_initial_plan_with_more_visits_than_fit_is_refused(make_problem):
    plan = Plan((Route(0, (Visit(1, 60, 0),) * 5000), Route(1), Route(2)))
    assert "min late" in faults(solve, make_problem(0), QUICK, initial=plan)[0]
    found = faults(check_plan, make_problem(0), plan)
    assert found[0] == "plan.routes[0]: must have at most 120 visits (got 5000)."
    assert len(found) == 5000


def test_demand_of_fewer_steps_is_refused(make_problem):
    problem = make_problem(0)
    found = faults(replace, problem, demand=problem.demand[:, :60])
    assert "problem.demand: must have the shape (20, 120) (got (20, 60))." in found
    assert any("team_end_step" in line and "must be at most 60" in line for line in found)


def test_points_that_are_not_there_are_refused(make_problem):
    problem = make_problem(0)
    point = problem.profiles[0].sight_point.copy()
    point[-1] = 10**6
    profile = replace(problem.profiles[0], sight_point=point)
    (found,) = faults(replace, problem, profiles=(profile, problem.profiles[1]))
    assert found == "problem.profiles[0].sight_point: must be at most 19 (got 1000000)."


@pytest.mark.parametrize("name", ["best_response", "greedy", "random"])
def test_an_initial_plan_that_breaks_rules_is_refused_with_every_violation(make_problem, name):
    problem = make_problem(0)
    visits = (Visit(0, 60, 0), Visit(1, 60, 1), Visit(1, 119, 1))
    plan = Plan((Route(0, visits), Route(1), Route(2)))
    found = faults(solve, problem, QUICK, strategy=name, initial=plan)
    assert len(found) == len(check(problem, plan)) >= 3
    assert all("breaks a rule" in line for line in found)


def test_the_strategy_itself_refuses_a_wrong_initial_plan_too(make_problem):
    plan = Plan((Route(0, (Visit(99, 0, 0),)), Route(1), Route(2)))
    assert (
        "site 99 does not exist" in faults(STRATEGIES["best_response"].solve, make_problem(0), QUICK, 0, plan)[0]
    )


def test_a_problem_without_names_has_sites(make_problem):
    problem = make_problem(0)
    bare = replace(problem, site_names=(), team_names=(), point_zone=(), point_names=(), site_zone=())
    assert bare.n_sites == problem.n_sites
    assert bare.site_names[1] == "site 1"
    assert bare.team_names == ("team 0", "team 1", "team 2")
    assert solve(bare, QUICK).plan == solve(problem, QUICK).plan
    assert replace(problem, site_stoppable=()).site_stoppable.all()


def test_a_problem_cannot_be_written_into(make_problem):
    problem = random_tasks(make_problem(0), 0)
    for thing in (problem, problem.tasks, *problem.profiles):
        for one in fields(thing):
            value = getattr(thing, one.name)
            for table in value if one.name.startswith("response") else [value]:
                assert not isinstance(table, np.ndarray) or not table.flags.writeable


def test_an_array_that_is_right_is_not_copied(make_problem):
    demand = make_problem(0).demand.copy()
    assert np.shares_memory(replace(make_problem(0), demand=demand).demand, demand)
    assert demand.flags.writeable
    problem = make_problem(0)
    assert replace(problem, name="other").demand is problem.demand


# all faults at once ------------------------------------------------------------------------------------------


def test_a_problem_tells_all_its_faults(make_problem):
    found = faults(
        replace, make_problem(0), tau_s=0, passage_effect=float("nan"), dwell_steps=np.array([5, 5, 15, 20]),
        dwell_effect=np.array([0.3, 0.2, 1.0, 1.0]), team_profile=np.array([0, 2, 0]), level0=np.full(20, 1.5),
        team_factor=[1.0, float("inf"), 0.5], team_start_site=np.array([0.0, 1.0, 2.0]), site_names=("a", "b"),
    )  # fmt: skip
    assert found == [
        "problem.level0[0]: must be at most 1 (got 1.5).",
        "problem.dwell_steps[1]: must be greater than the value before it, 5 (got 5).",
        "problem.dwell_effect[1]: must not be less than the value before it, 0.3 (got 0.2).",
        "problem.passage_effect: must be finite (got nan).",
        "problem.tau_s: must be greater than 0 (got 0).",
        "problem.team_factor[1]: must be finite (got inf).",
        "problem.team_profile[1]: must be at most 1 (got 2).",
        "problem.team_start_site: must be an array of int32 (got float64). Convert it so that no value changes.",
        "problem.site_names: must have 14 entries (got 2).",
    ]


def test_a_profile_tells_all_its_faults(make_problem):
    profile = make_problem(0).profiles[0]
    travel, ptr, rho = profile.travel_steps.copy(), profile.sight_ptr.copy(), profile.sight_rho.copy()
    travel[3, 3], ptr[-1], rho[0] = 1, 10**9, 0.0
    step = profile.pass_step.copy()
    step[0] = 99
    found = faults(replace, profile, travel_steps=travel, sight_ptr=ptr, sight_rho=rho, pass_step=step)
    assert found[0] == "profile.travel_steps[3, 3]: must be at most 0 (got 1)."
    assert found[1].startswith("profile.sight_ptr: must end at")
    assert found[2] == "profile.sight_rho[0]: must be greater than 0 (got 0.0)."
    assert "profile.pass_step[0]: must be less than the" in found[3]
    apart = profile.travel_steps.copy()
    apart[0, 1] = 0
    assert faults(replace, profile, travel_steps=apart)[0] == (
        "profile.travel_steps[0, 1]: must be at least 1 (got 0)."
    )
    twice = profile.sight_point.copy()
    twice[1] = twice[0]
    if profile.sight_ptr[1] > 1:
        assert "must be greater than the value before it" in faults(replace, profile, sight_point=twice)[0]


def test_tasks_tell_all_their_faults(make_problem):
    found = faults(
        Tasks, names=("a", "b"), site=np.array([0, -1]), window_ptr=np.array([0, 0, 2]), opens=np.array([5, 1]),
        closes=np.array([4, 9]), service_steps=np.array([1, 0]), reward=np.array([0.1, -1.0]),
        mandatory=np.zeros(2, np.bool_), allowed=np.ones((2, 3), np.bool_),
    )  # fmt: skip
    assert found == [
        "tasks.site[1]: must be at least 0 (got -1).",
        "tasks.window_ptr[1]: must be greater than the value before it, 0 (got 0).",
        "tasks.opens[0]: must not end before it begins (got 5 to 4).",
        "tasks.service_steps[1]: must be at least 1 (got 0).",
        "tasks.reward[1]: must be at least 0 (got -1.0).",
    ]
    task = Task("x", 1.5, ((0, 2.5), (1, 2, 3)), True)
    assert len(faults(with_tasks, make_problem(0), [task])) == 4


def test_goals_tell_all_their_faults(make_problem):
    found = faults(Goal, "", 1.5, radius=-1, steps=(3, 2), points=np.zeros(3), price=float("nan"))
    assert found == [
        "goal.at_least: must be at most 1 (got 1.5).",
        "goal.price: must be finite (got nan).",
        "goal.points: must be an array of bool (got float64). Convert it so that no value changes.",
        "goal.radius: must be at least 0 (got -1).",
        "goal.steps[0]: must be at most 2 (got 3).",
    ]
    nobody = np.zeros(20, dtype=np.bool_)
    goals = (
        Goal("a", 0.5, radius=2), Goal("b", 0.5, steps=(0, 120)), Goal("c", 0.5, points=nobody[1:]),
        Goal("d", 0.5, points=nobody), "e",
    )  # fmt: skip
    assert faults(replace, make_problem(0), goals=goals) == [
        "problem.goals[0].radius: must be at most 1 (got 2).",
        "problem.goals[1].steps[1]: must be at most 119 (got 120).",
        "problem.goals[2].points: must have 20 entries (got 19).",
        "problem.goals[3]: must have a sum greater than 0 and finite (got 0). Give a demand that somebody can "
        "see.",
        "problem.goals[4]: must be of type Goal (got str).",
    ]


def test_values_that_would_change_are_refused(make_problem):
    problem = make_problem(0)
    assert "int32 (got 1099511627776)" in faults(replace, problem, dwell_steps=np.array([5, 6, 7, 2**40]))[0]
    masked = np.ma.masked_greater(problem.demand, 0.5)
    assert "got MaskedArray" in faults(replace, problem, demand=masked)[0]
    assert replace(problem, dwell_steps=[5, 10, 15, 20]).dwell_steps.dtype == np.int32
    assert replace(problem, demand=np.asfortranarray(problem.demand)).demand.flags.c_contiguous


def test_a_clock_tells_all_its_faults():
    found = faults(Clock, -1, 0, 7, "2026-05-15", dt.UTC)
    assert [line.split(":")[0] for line in found] == [
        "clock.start_min", "clock.n_steps", "clock.step_s", "clock.date", "clock.timezone",
    ]  # fmt: skip


def test_solve_tells_all_faults_of_its_call(make_problem):
    found = faults(solve, make_problem(0), 5, strategy="none", seed=-1, threads=0)
    assert [line.split(":")[0] for line in found] == ["budget", "seed", "threads", "strategy"]
    assert "whole number (got 1.5)" in faults(solve, make_problem(0), QUICK, seed=1.5)[0]
    assert "whole number (got True)" in faults(solve, make_problem(0), QUICK, threads=True)[0]
    assert len(faults(Budget, "1", 1.5, -1)) == 3


def test_plans_of_numpy_numbers_are_as_good(make_problem):
    problem = make_problem(0)
    plan = solve(problem, QUICK).plan
    other = Plan(
        tuple(Route(np.int8(r.team), tuple(Visit(*map(np.uint8, v)) for v in r.visits)) for r in plan.routes)
    )
    assert check(problem, other) == []
    assert evaluate(problem, other) == evaluate(problem, plan)
    now = Situation(np.int16(30), {np.int64(0): TeamState(np.uint8(3), np.uint8(60))}, frozenset({np.int64(5)}))
    same = Situation(30, {0: TeamState(3, 60)}, frozenset({5}))
    assert replan(problem, other, now, QUICK).plan == replan(problem, plan, same, QUICK).plan


@pytest.mark.parametrize(
    "visit", [Visit(-1, 5, 0), Visit(14, 5, 0), Visit(1, -1, 0), Visit(1, 5, 4), Visit(1.5, 5, 0)]
)
def test_figures_of_indices_out_of_range_are_refused(make_problem, visit):
    problem, plan = make_problem(0), Plan((Route(0, (visit,)), Route(1), Route(2)))
    for call in (
        lambda: evaluate(problem, plan),
        lambda: check_plan(problem, plan),
        lambda: bound(problem, QUICK, plan),
        lambda: replan(problem, plan, Situation(10), QUICK),
        lambda: repair(problem, plan, set(), budget=QUICK),
        lambda: repair(problem, Plan((Route(0), Route(1), Route(2))), set(), [visit], QUICK),
    ):
        assert len(faults(call)) == 1
    assert [v.code for v in check(problem, plan)] in (["no-site"], ["no-step"], ["no-dwell"])


def test_what_is_no_plan_is_refused(make_problem):
    problem = make_problem(0)
    for plan in (None, Plan(3), Plan((3,)), Plan((Route(0, [1]),)), Plan((Route(0, ((1, 2, 3),)),))):
        assert faults(check, problem, plan) == faults(evaluate, problem, plan)
    assert "one route per team" in faults(check_plan, problem, Plan((Route(1), Route(0))))[0]
    assert "must name a visit" in faults(repair, problem, solve(problem, QUICK).plan, {(0, 99)}, budget=QUICK)[0]


def test_situations_and_reports_of_wrong_types_are_refused(make_problem):
    problem = make_problem(0)
    plan = solve(problem, QUICK).plan
    assert len(faults(replan, problem, plan, Situation(1.5, {0.5: TeamState(1, 2)}, frozenset({0.5})), QUICK)) == 1
    found = faults(replan, problem, plan, Situation(1, {0: TeamState(1.5, None)}, frozenset({0.5})), QUICK)
    assert len(found) == 3
    assert len(faults(busier, problem, [Busy(1.5, 2.5, "3"), 7])) == 4


def test_tasks_alone_are_checked_too():
    travel = np.array([[0, 3, 4], [3, 0, 5], [4, 5, 0]])
    one, closes = np.ones(3, dtype=np.int64), np.full(3, 50)
    given_ = {"service": one, "opens": 0 * one, "closes": closes, "reward": [0.0, 1.0, 1.0], "n_teams": 1}
    assert sorted(solve_toptw(travel, budget=QUICK, **given_)[0]) == [1, 2]
    found = faults(solve_toptw, travel[:2], budget=QUICK, **(given_ | {"n_teams": 0, "reward": [-1.0]}))
    assert len(found) == 3
    assert len(faults(solve_toptw, -travel, budget=QUICK, **(given_ | {"closes": -closes}))) == 2


# anything at all -----------------------------------------------------------------------------------------------


@cache
def sound(kind: int) -> Problem:
    problem = random_problem(kind, n_sites=6, n_points=8, n_steps=40, n_teams=2, cut=kind == 2)
    if kind == 1:
        return random_tasks(problem, kind, n_tasks=3)
    return problem if kind == 2 else replace(problem, goals=(Goal("reached", 0.9, radius=1), Goal("seen", 0.9)))


@cache
def sound_plan(kind: int) -> Plan:
    return solve(sound(kind), QUICK).plan


ODD = st.sampled_from([-1, 0, 1, 2, 5, 39, 40, 41, 2**20, 2**30, 2**31 - 1, 2**31, 2**62, -(2**31), 0.5, 1.5,
                       1e300, float("nan"), float("inf"), -float("inf"), True, None, "x"])  # fmt: skip


def mutated(data: st.DataObject, value: Any) -> Any:
    """Another value in its place: of a wrong shape, type or range, or nearly right."""
    if isinstance(value, tuple) and value and data.draw(st.booleans()):
        k = data.draw(st.integers(0, len(value) - 1))
        return (*value[:k], mutated(data, value[k]), *value[k + 1 :])
    if isinstance(value, tuple):
        return data.draw(st.sampled_from([value[:-1], value + value[:1], value[::-1], None, list(value)]))
    if not isinstance(value, np.ndarray):
        return data.draw(ODD)
    how = data.draw(
        st.sampled_from(["set", "set", "set", "cut", "longer", "swap", "dtype", "flat", "none", "order"])
    )
    if how == "set" and value.size:
        other = value.copy().ravel()
        at = data.draw(st.integers(0, value.size - 1))
        try:
            with np.errstate(all="ignore"):
                other[at] = data.draw(ODD)
        except (OverflowError, TypeError, ValueError):
            return other.astype(object)
        return other.reshape(value.shape)
    if how == "cut":
        return value[: data.draw(st.integers(0, len(value)))]
    if how == "longer":
        return np.concatenate([value, value[-1:]])
    if how == "swap" and len(value) > 1:
        a, b = data.draw(st.integers(0, len(value) - 1)), data.draw(st.integers(0, len(value) - 1))
        other = value.copy()
        other[[a, b]] = other[[b, a]]
        return other
    if how == "dtype":
        dtype = data.draw(
            st.sampled_from(["float64", "float32", "int64", "int8", "uint64", ">i4", "bool", "object"])
        )
        with np.errstate(all="ignore"):
            return value.astype(dtype)
    if how == "order":
        return np.asfortranarray(value)[..., ::-1]
    return value.ravel() if how == "flat" else None


def mutate(data: st.DataObject, problem: Problem) -> Problem:
    """The problem with one to three fields of its own or of a part of it changed."""
    for _ in range(data.draw(st.integers(1, 3))):
        part = data.draw(st.sampled_from(["problem", "problem", "profile", "profile", "tasks", "clock", "goal"]))
        if part == "profile":
            profile = data.draw(st.sampled_from(problem.profiles))
            other = changed_part(data, profile)
            problem = replace(problem, profiles=tuple(other if p is profile else p for p in problem.profiles))
        elif part == "goal" and problem.goals:
            problem = replace(problem, goals=(*problem.goals[1:], changed_part(data, problem.goals[0])))
        elif part in ("tasks", "clock"):
            problem = replace(problem, **{part: changed_part(data, getattr(problem, part))})
        else:
            problem = changed_part(data, problem)
    return problem


def changed_part(data: st.DataObject, thing: Any) -> Any:
    name = data.draw(st.sampled_from([one.name for one in fields(thing) if one.init]))
    return replace(thing, **{name: mutated(data, getattr(thing, name))})


def any_plan(data: st.DataObject, problem: Problem, kind: int) -> Plan:
    """A plan that is sound, changed, or made up."""
    plan = sound_plan(kind)
    whole = st.integers(-1, 45) | st.integers(0, 5)
    wild = st.builds(Visit, whole | ODD, whole | ODD, st.integers(-1, 8) | ODD)
    mild = st.builds(Visit, st.integers(0, problem.n_sites - 1), st.integers(0, problem.n_steps - 1),
                     st.integers(0, len(problem.visit_steps) - 1))  # fmt: skip
    how = data.draw(st.sampled_from(["as it is", "wild", "mild", "sorted", "more"]))
    if how == "as it is":
        return plan
    if how == "more":
        return Plan(tuple(Route(r.team, r.visits * data.draw(st.integers(0, 9))) for r in plan.routes))
    visits = [data.draw(st.lists(wild if how == "wild" else mild, max_size=6)) for _ in range(problem.n_teams)]
    if how == "sorted":
        visits = [sorted(v, key=lambda one: one.start) for v in visits]
    return Plan(tuple(Route(k, tuple(v)) for k, v in enumerate(visits)))


def any_situation(data: st.DataObject) -> Situation:
    odd = ODD if data.draw(st.integers(0, 5)) == 0 else st.nothing()
    site, step = st.integers(0, 5) | odd, data.draw(st.integers(0, 39) | odd)
    later = st.integers(step if type(step) is int and 0 <= step < 40 else 0, 45) | odd
    teams = st.dictionaries(st.integers(0, 1) | odd, st.builds(TeamState, site, later, st.booleans()), max_size=2)
    return Situation(step, data.draw(teams), data.draw(st.frozensets(site, max_size=2)))


@seed(20260515)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(data=st.data())
def test_whatever_is_passed_is_refused_or_runs(data):
    kind = data.draw(st.integers(0, 2))
    problem = sound(kind)
    if data.draw(st.booleans()):
        try:
            problem = mutate(data, problem)
        except InputError:
            return
    plan = any_plan(data, problem, kind)
    for call in (
        lambda: check(problem, plan),
        lambda: evaluate(problem, plan),
        lambda: solve(problem, QUICK, initial=data.draw(st.sampled_from([None, plan]))),
        lambda: replan(problem, plan, any_situation(data), QUICK),
        lambda: repair(problem, plan, data.draw(st.sampled_from([(), {(0, 0)}, {(1, 1)}])), (), QUICK),
    ):
        try:
            found = call()
        except (InputError, InfeasibleError):
            continue
        if hasattr(found, "value"):
            assert np.isfinite(found.value)


@pytest.mark.skipif("ROUTEOPT_EXAMPLES" in os.environ, reason="is the long run itself")
def test_the_interpreter_survives(tmp_path):
    """A few in a process of their own, whose end by a signal would be seen; the long run does all in one."""
    code = "import tests.problem.test_validate as t; t.test_whatever_is_passed_is_refused_or_runs()"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | {"ROUTEOPT_EXAMPLES": "20"},
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
