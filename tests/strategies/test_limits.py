"""Every strategy ends about when its time is over, with a plan that keeps every rule."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from routeopt.budget import Budget
from routeopt.evaluation import value
from routeopt.problem.tasks import Task, with_tasks
from routeopt.rules import check
from routeopt.search import tracker
from routeopt.search.building import LEAST_S, Builder
from routeopt.search.state import Search
from routeopt.strategies import STRATEGIES
from routeopt.strategies.libraries.adapter import MOST_COPIES
from routeopt.strategies.libraries.time_copies import copies

LATE_S = 0.3
BUILDING = ("greedy", "beats", "random", "exact")
"""Strategies that build a plan in one go."""
SMALL = {"n_sites": 5, "n_steps": 20, "n_teams": 2}
TICK = 0.05


@pytest.fixture
def ticking(monkeypatch):
    """A clock that moves whenever it is read."""

    def perf_counter():
        now[0] += TICK
        return now[0]

    now = [0.0]
    monkeypatch.setattr(tracker, "time", SimpleNamespace(perf_counter=perf_counter))


@pytest.fixture
def spent(monkeypatch):
    """The time that the process has used, so that others on the machine do not count."""
    monkeypatch.setattr(tracker, "time", SimpleNamespace(perf_counter=time.process_time))


def sound(problem, result):
    assert check(problem, result.plan) == []
    assert result.value == pytest.approx(value(problem, result.plan), rel=1e-9)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.1])
def test_a_tiny_limit_is_kept_by_every_strategy(make_problem, name, seconds, spent):
    if name in ("pyvrp", "vroom"):
        pytest.importorskip(name)
    problem = make_problem(5, **(SMALL if name == "exact" else {"n_sites": 40, "n_points": 60, "n_teams": 6}))
    STRATEGIES[name].solve(problem, Budget(iterations=1))  # what is compiled or loaded once is no time of a search
    result = STRATEGIES[name].solve(problem, Budget(seconds=seconds))
    assert result.runtime_s <= max(seconds, LEAST_S) + LATE_S
    sound(problem, result)


@pytest.mark.parametrize("name", BUILDING)
def test_a_plan_is_left_as_it_is_when_the_time_is_over(make_problem, name, ticking):
    problem = make_problem(4, **(SMALL if name == "exact" else {"n_sites": 30, "n_teams": 5}))
    whole = STRATEGIES[name].solve(problem, Budget(seconds=1e6))
    limit = 0.4 * whole.runtime_s
    part = STRATEGIES[name].solve(problem, Budget(seconds=limit))
    assert limit <= part.runtime_s <= limit + LATE_S + 4 * TICK
    sound(problem, part)
    assert 0 < part.value <= whole.value
    if name == "exact":
        assert whole.bound == whole.value
        assert part.bound is None
    else:
        assert part.value < whole.value


@pytest.mark.parametrize("name", BUILDING)
def test_mandatory_tasks_are_served_in_no_time(make_problem, name, ticking):
    problem = make_problem(6, **(SMALL if name == "exact" else {}))
    last = problem.n_steps - 1
    tasks = [Task(f"task {n}", n + 1, ((0, last),), 1, 0.1, mandatory=True) for n in range(2)]
    problem = with_tasks(problem, tasks)
    result = STRATEGIES[name].solve(problem, Budget(seconds=0))
    sound(problem, result)
    assert {visit.activity for route in result.plan.routes for visit in route.visits} >= {
        problem.activities.of_task(q) for q in range(2)
    }


@pytest.mark.parametrize("name", BUILDING)
def test_progress_is_shown_while_a_plan_is_built(make_problem, name, ticking):
    said = []
    problem = make_problem(4, **(SMALL if name == "exact" else {}))
    result = STRATEGIES[name].solve(problem, Budget(), progress=lambda *row: said.append(row))
    assert len(said) > 3
    assert [now for now, _, _ in said] == sorted(now for now, _, _ in said)
    assert said[-1][1] == pytest.approx(result.value)
    assert all(0 <= value <= 1 for _, value, _ in said)


def test_limits_of_iterations_do_not_end_the_building_of_a_plan(make_problem):
    assert Builder(Budget(iterations=0), None).goes_on()
    assert not Builder(Budget(seconds=-0.0), None).late


def test_a_library_is_given_the_copies_of_most_prize(make_problem):
    problem = make_problem(5)
    search = Search(with_tasks(problem, [Task("task", 2, ((0, 9),), 1, 0.0, mandatory=True)]))
    found = copies(search)
    few = found.most(7)
    assert len(few.site) == 7 < len(found.site) < MOST_COPIES
    assert few.must.any()
    assert few.prize[~few.must].min() >= sorted(found.prize, reverse=True)[7]
    assert found.most(len(found.site)) is found
    assert len(copies(search, lambda: False).site) == found.must.sum()
