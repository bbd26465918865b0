"""Shifts in which one thing after the other happens: the value is the plan's, and nothing done is forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from routeopt import Budget, Situation, TeamState, check, replan, solve
from routeopt.dispatch.repair import repair
from routeopt.evaluation import evaluate
from routeopt.plan import Plan, Route
from routeopt.problem.activities import Kind
from routeopt.problem.tasks import Task, with_tasks
from routeopt.timeline import end_of, walk


def happening(problem, rng, step, n):
    """What a command room may know at one moment: teams sent or off duty, places closed, tasks added."""
    teams = {
        int(team): TeamState(
            int(rng.integers(problem.n_sites)), step + int(rng.integers(0, 60)), bool(rng.random() < 0.8)
        )
        for team in rng.choice(problem.n_teams, size=int(rng.integers(0, 3)), replace=False)
    }
    closed = frozenset(int(site) for site in rng.integers(1, problem.n_sites, size=int(rng.integers(0, 3))))
    first = int(rng.integers(step, problem.n_steps))
    windows = ((first, min(problem.n_steps - 1, first + 30)),)
    site, service = int(rng.integers(problem.n_sites)), int(rng.integers(1, 12))
    added = [Task(f"call {n}", site, windows, service, float(rng.random() * 0.1), bool(rng.random() < 0.3))]
    return Situation(step, teams, closed, tuple(added[: int(rng.random() < 0.5)]))


def done_by(problem, route, step):
    """The visits of a route that are over, with what is left of absences that are not."""
    return [visit for visit in route.visits if end_of(problem, visit) <= step]


@pytest.mark.parametrize("seed", range(25))
def test_value_is_evaluates_after_every_change(make_problem, make_tasks, seed):
    rng = np.random.default_rng(seed)
    problem = make_tasks(make_problem(seed), seed)
    plan, step = solve(problem, Budget(iterations=10), seed=seed).plan, 0
    for n in range(6):
        step = min(problem.n_steps - 1, step + int(rng.integers(0, 25)))
        before, seen, price = plan, happening(problem, rng, step, n), float(rng.choice([0.0, 4e-4]))
        found = replan(problem, before, seen, Budget(iterations=20), seed=seed, price=price)
        problem, plan = with_tasks(problem, seen.tasks_added), found.plan
        assert found.value == pytest.approx(evaluate(problem, plan).value, abs=1e-9)
        assert {violation.code for violation in check(problem, plan)} <= {"required"}
        for old, new in zip(before.routes, plan.routes, strict=True):
            done = [visit for visit in old.visits if end_of(problem, visit) <= step]
            assert list(new.visits[: len(done)]) == done
        for team, state in seen.teams.items():
            if step < problem.team_end_step[team]:
                *_, last = walk(problem, plan.routes[team]).absences()
                assert last.end >= min(state.free_step, problem.team_end_step[team])
    pinned = {(r.team, n) for r in plan.routes for n in range(len(r.visits)) if rng.random() < 0.3}
    left = [visit for route in plan.routes for visit in route.visits if rng.random() < 0.1 and visit.activity >= 0]
    mended = repair(problem, plan, pinned, left, Budget(iterations=30), seed=seed)
    assert mended.value == pytest.approx(evaluate(problem, mended.plan).value, abs=1e-9)
    assert {violation.code for violation in check(problem, mended.plan)} <= {"required"}
    for team, n in pinned:
        assert plan.routes[team].visits[n] in mended.plan.routes[team].visits


def test_two_events_one_after_the_other_are_as_both_at_once(make_problem):
    """Nothing is searched, so that the plans are the same to the step."""
    problem = make_problem(3)
    plan = solve(problem, Budget(iterations=60), seed=1).plan
    first, second = {0: TeamState(5, 75)}, {1: TeamState(7, 90, on_duty=False)}
    still = Budget(iterations=0)
    one = replan(problem, plan, Situation(40, first), still)
    two = replan(problem, one.plan, Situation(40, second), still)
    both = replan(problem, plan, Situation(40, {**first, **second}), still)
    gone = [
        [[a[:3] for a in walk(problem, route).absences()] for route in result.plan.routes]
        for result in (two, both)
    ]
    assert gone[0] == gone[1]
    assert two.plan.routes[2] == both.plan.routes[2]
    assert two.value == pytest.approx(evaluate(problem, two.plan).value, abs=1e-9)


def test_a_team_called_again_while_away_has_one_absence(make_problem):
    problem = make_problem(3)
    plan = solve(problem, Budget(iterations=20), seed=1).plan
    once = replan(problem, plan, Situation(40, {1: TeamState(5, 80)}), Budget(iterations=0))
    again = replan(problem, once.plan, Situation(60, {1: TeamState(7, 95)}), Budget(iterations=0))
    (away,) = walk(problem, again.plan.routes[1]).absences()
    assert (away.site, away.begin, away.end) == (7, 40, 95)


def test_a_stop_cut_short_counts_as_waiting_there(make_problem):
    problem = make_problem(3)
    plan = solve(problem, Budget(iterations=20), seed=1).plan
    stop = next(v for v in plan.routes[1].visits if problem.visit_steps[v.activity] >= 10)
    found = replan(problem, plan, Situation(stop.start + 4, {1: TeamState(5, 110)}), Budget(iterations=0))
    waits = [v for v in found.plan.routes[1].visits if problem.activities.kind[v.activity] == Kind.WAIT]
    assert waits == [(stop.site, stop.start, problem.activities.wait(4), False)]
    assert check(problem, found.plan) == []


@pytest.mark.parametrize("seed", range(6))
def test_fixed_visits_of_an_initial_plan_stay(make_problem, make_plan, seed):
    problem = make_problem(seed)
    drawn = make_plan(problem, seed)
    fixed = Plan(
        tuple(
            Route(r.team, tuple(v._replace(fixed=n % 3 == 1) for n, v in enumerate(r.visits)))
            for r in drawn.routes
        )
    )
    found = solve(problem, Budget(iterations=80), seed=seed, initial=fixed)
    assert check(problem, found.plan) == []
    assert found.value > evaluate(problem, fixed).value
    for before, after in zip(fixed.routes, found.plan.routes, strict=True):
        assert {v for v in before.visits if v.fixed} == {v for v in after.visits if v.fixed}
