"""Re-planning: what is done stays, what changes is listed, and the value is the night's as it now stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt import Budget, Situation, TeamState, check, replan, solve
from routeopt.errors import InputError
from routeopt.evaluation import evaluate, value, visibility
from routeopt.plan import Plan, Route
from routeopt.problem.tasks import Task, with_tasks
from routeopt.timeline import end_of, walk


@pytest.fixture
def night(make_problem):
    problem = make_problem(3)
    return problem, solve(problem, Budget(iterations=60), seed=1).plan


def test_without_events_or_search_the_plan_is_unchanged(night):
    problem, plan = night
    found = replan(problem, plan, Situation(40), Budget(iterations=0))
    assert found.plan == plan
    assert found.changes == ()
    assert found.value == pytest.approx(visibility(problem, plan), rel=1e-9)


@pytest.mark.parametrize("step", [0, 25, 60, 100])
def test_plan_stays_sound_and_value_is_evaluates(night, step):
    problem, plan = night
    found = replan(problem, plan, Situation(step), Budget(iterations=150), price=0.0)
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(visibility(problem, found.plan), rel=1e-9)
    assert found.value >= visibility(problem, plan) - 1e-12


def test_visits_begun_or_due_are_kept(night):
    problem, plan = night
    found = replan(problem, plan, Situation(50), Budget(iterations=150), price=0.0, lead_min=10)
    for before, after in zip(plan.routes, found.plan.routes, strict=True):
        held = [v for v in before.visits if v.start <= 60]
        assert list(after.visits[: len(held)]) == held


def test_team_sent_away_begins_where_and_when_it_is_free(night):
    problem, plan = night
    away = Situation(40, {1: TeamState(site=5, free_step=70)})
    found = replan(problem, plan, away, Budget(iterations=100))
    done = [v for v in plan.routes[1].visits if v.start + problem.dwell_steps[v.activity] <= 40]
    later = [v for v in found.plan.routes[1].visits[len(done) :] if v.activity >= 0]
    assert list(found.plan.routes[1].visits[: len(done)]) == done
    travel = problem.profiles[problem.team_profile[1]].travel_steps
    assert later[0].start >= 70 + travel[5, later[0].site]
    (away,) = walk(problem, found.plan.routes[1]).absences()
    assert (away.site, away.begin, away.end) == (5, 40, 70)
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(visibility(problem, found.plan), rel=1e-9)
    assert {c.why.code for c in found.changes if c.team == 1} == {"team-elsewhere"}


def test_team_off_duty_stops(night):
    problem, plan = night
    found = replan(problem, plan, Situation(40, {0: TeamState(0, 40, on_duty=False)}), Budget(iterations=50))
    *done, last = found.plan.routes[0].visits
    assert all(end_of(problem, v) <= 40 for v in done)
    assert last == (
        problem.team_end_site[0],
        40,
        problem.activities.away(int(problem.team_end_step[0]) - 40),
        False,
    )
    assert {c.what for c in found.changes if c.team == 0} <= {"dropped"}


def test_closed_place_is_left_out(night):
    problem, plan = night
    target = next(v.site for v in plan.routes[0].visits if v.start > 60)
    found = replan(problem, plan, Situation(40, closed=frozenset({target})), Budget(iterations=100))
    assert all(v.site != target for r in found.plan.routes for v in r.visits if v.start > 50)
    assert "place-closed" in {c.why.code for c in found.changes}


def test_stops_out_of_reach_without_one_at_a_closed_place_are_dropped(night):
    """The leg from the stop before the closed place to the one after it takes the whole night."""
    problem, plan = night
    team, n = next(
        (route.team, n) for route in plan.routes for n in range(1, len(route.visits) - 1)
        if route.visits[n].start > 30 and len({v.site for v in route.visits[n - 1 : n + 2]}) == 3
    )  # fmt: skip
    before, closed, after = (visit.site for visit in plan.routes[team].visits[n - 1 : n + 2])
    p, profiles = int(problem.team_profile[team]), list(problem.profiles)
    steps = profiles[p].travel_steps.copy()
    steps[before, after] = problem.n_steps
    profiles[p] = replace(profiles[p], travel_steps=steps)
    slow = replace(problem, profiles=tuple(profiles))
    assert check(slow, plan) == []
    found = replan(slow, plan, Situation(15, closed=frozenset({closed})), Budget(iterations=0))
    assert check(slow, found.plan) == []
    assert {c.what for c in found.changes if c.visit.site in (closed, after)} == {"dropped"}


def test_change_is_made_only_if_it_gains_more_than_its_price(night):
    problem, _ = night
    plan = solve(problem, Budget(iterations=0)).plan  # one that can be bettered
    free = replan(problem, plan, Situation(30), Budget(iterations=200), price=0.0)
    dear = replan(problem, plan, Situation(30), Budget(iterations=200), price=1.0)
    assert dear.changes == ()
    assert free.changes != ()


def test_same_seed_same_plan(night):
    problem, plan = night
    situation = Situation(40, {1: TeamState(site=5, free_step=70)})
    assert (
        replan(problem, plan, situation, Budget(iterations=40), seed=3).plan
        == replan(problem, plan, situation, Budget(iterations=40), seed=3).plan
    )


def test_all_faults_at_once(night):
    problem, plan = night
    bad = Situation(999, {9: TeamState(99, 3)}, closed=frozenset({77}))
    with pytest.raises(InputError) as caught:
        replan(problem, plan, bad)
    assert len(caught.value.faults) == 5


def test_random_events_never_fail(make_problem):
    rng = np.random.default_rng(0)
    for seed in range(6):
        problem = make_problem(seed)
        plan = solve(problem, Budget(iterations=20), seed=seed).plan
        step = int(rng.integers(0, problem.n_steps))
        free = step + int(rng.integers(0, 60))
        state = TeamState(int(rng.integers(1, problem.n_sites)), free, bool(rng.random() < 0.7))
        found = replan(problem, plan, Situation(step, {int(rng.integers(3)): state}), Budget(iterations=30))
        assert 0.0 < found.value <= 1.0


# tasks ------------------------------------------------------------------------------------------------------


def task_visits(problem, plan):
    return [v for route in plan.routes for v in route.visits if v.activity >= problem.n_dwells]


@pytest.mark.parametrize("mandatory", [False, True])
def test_added_task_is_done_and_listed(night, mandatory):
    problem, plan = night
    added = Task("call", 7, ((60, 90),), 8, reward=0.0 if mandatory else 0.05, mandatory=mandatory)
    found = replan(problem, plan, Situation(40, tasks_added=(added,)), Budget(iterations=0))
    now = with_tasks(problem, [added])
    assert check(now, found.plan) == []
    assert found.value == pytest.approx(value(now, found.plan), rel=1e-9)
    (visit,) = task_visits(now, found.plan)
    assert (visit.site, 60 <= visit.start <= 90) == (7, True)
    (change,) = [c for c in found.changes if c.visit == visit]
    assert (change.what, change.why.code) == ("added", "task-added")
    assert str(change.why) == "a task was added"
    others = {c.why.code for c in found.changes if c != change}
    assert others <= {"team-does-task"}
    for before, after in zip(plan.routes, found.plan.routes, strict=True):
        held = [v for v in before.visits if v.start <= 50]
        assert list(after.visits[: len(held)]) == held


def test_added_task_that_is_not_worth_the_change_is_left_out(night):
    problem, plan = night
    added = Task("trifle", 7, ((60, 90),), 8, reward=1e-6)
    found = replan(problem, plan, Situation(40, tasks_added=(added,)), Budget(iterations=0), price=1.0)
    assert found.changes == ()


def test_mandatory_task_that_became_impossible_is_not_a_failure(night):
    problem, plan = night
    added = Task("too late", 7, ((0, 10),), 8, mandatory=True)
    found = replan(problem, plan, Situation(40, tasks_added=(added,)), Budget(iterations=20))
    now = with_tasks(problem, [added])
    assert [v.code for v in check(now, found.plan)] == ["required"]
    assert found.value == pytest.approx(value(now, found.plan), rel=1e-9)
    assert 0 < found.value <= 1


def test_task_done_is_not_done_again_and_one_at_a_closed_place_is_dropped(make_problem):
    tasks = [Task("early", 3, ((10, 110),), 4, reward=0.1), Task("late", 6, ((80, 100),), 4, reward=0.2)]
    problem = with_tasks(make_problem(3), tasks)
    plan = solve(problem, Budget(iterations=60), seed=1).plan
    assert evaluate(problem, plan).tasks.done == 2
    early = min(task_visits(problem, plan), key=lambda v: v.start)
    now = early.start + 6
    found = replan(problem, plan, Situation(now, closed=frozenset({6})), Budget(iterations=60), price=0.0)
    assert [v.activity for v in task_visits(problem, found.plan)] == [problem.n_dwells]
    assert {c.why.code for c in found.changes if c.visit.activity == problem.n_dwells + 1} == {"place-closed"}


def test_task_of_a_team_sent_away_goes_to_another(make_problem):
    problem = with_tasks(make_problem(3), [Task("visit", 6, ((80, 100),), 4, mandatory=True)])
    plan = solve(problem, Budget(iterations=60), seed=1).plan
    (doer,) = [r.team for r in plan.routes if task_visits(problem, Plan((r,)))]
    found = replan(problem, plan, Situation(40, {doer: TeamState(5, 118)}), Budget(iterations=0))
    (other,) = [r.team for r in found.plan.routes if task_visits(problem, Plan((r,)))]
    assert other != doer


def test_faults_of_added_tasks_are_among_the_others(night):
    problem, plan = night
    bad = Situation(999, tasks_added=(Task("x", 99, ((5, 9),), 1), Task("x", 1, ((5, 9),), 0)))
    with pytest.raises(InputError) as caught:
        replan(problem, plan, bad)
    assert len(caught.value.faults) == 4


@pytest.mark.parametrize("seed", [0, 4, 10])
def test_consecutive_visits_count_as_one_stay_however_split(make_problem, make_tasks, seed):
    """Visits around a task at one place stay apart in the plan, and are one stay before and after the moment."""
    problem = make_tasks(make_problem(seed), seed, n_mandatory=2)
    plan = solve(problem, Budget(iterations=20), seed=seed).plan
    for step in range(5, 115, 10):
        found = replan(problem, plan, Situation(step), Budget(iterations=3))
        assert check(problem, found.plan) == []
        assert found.value == pytest.approx(value(problem, found.plan), rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_new_begins_in_the_past(make_problem, seed):
    """A team that has had nothing to do since its last visit gets more, and leaves for it from now on."""
    problem, step = make_problem(seed), 60
    routes = [Route(0, solve(problem, Budget(iterations=20)).plan.routes[0].visits[:2]), Route(1), Route(2)]
    plan = Plan(tuple(routes))
    found = replan(problem, plan, Situation(step), Budget(iterations=150), price=0.0)
    assert check(problem, found.plan) == []
    new = 0
    for before, after in zip(plan.routes, found.plan.routes, strict=True):
        for visit, gap in zip(after.visits, walk(problem, after).gaps, strict=False):
            if visit.activity >= 0 and visit not in before.visits:
                assert gap.free >= step
                new += 1
    assert new > 2
