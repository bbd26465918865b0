"""A search that goes on from a state that was taken of it ends where it would have ended."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.problem.goals import Goal
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search import checkpoint, districts
from routeopt.solving import solve

BUDGET = Budget(iterations=900)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """States are taken every 200 iterations."""
    monkeypatch.setattr(checkpoint, "EVERY", 200)
    monkeypatch.setattr("routeopt.strategies.best_response.MEET", 100)
    monkeypatch.setattr(districts, "LEAST_TEAMS", 2)


def plain(make_problem):
    return make_problem(3, n_steps=60)


def of_tasks(make_problem):
    problem = make_problem(4, n_steps=60)
    return with_tasks(
        problem, [Task("joint", 2, ((10, 40),), 3, 0.1, crew=2), Task("alone", 3, ((5, 30),), 2, 0.1)]
    )


def of_goals(make_problem):
    problem = make_problem(5, n_steps=60)
    return replace(
        problem,
        goals=(
            Goal("north", 0.5, points=np.arange(20) % 2 == 0),
            Goal("reached", 0.4, radius=1),
        ),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("make", [plain, of_tasks, of_goals])
def test_from_every_state_to_the_same_end(make_problem, make, threads):
    problem, texts = make(make_problem), []
    end = solve(problem, BUDGET, seed=4, threads=threads)
    solve(problem, BUDGET, seed=4, threads=threads, keep=lambda state: texts.append(json.dumps(state)))
    assert len(texts) == 4
    for text in (texts[0], texts[-1]):
        found = solve(problem, BUDGET, seed=4, threads=threads, resume=json.loads(text))
        assert (found.plan, found.value, found.iterations, found.prices) == (
            end.plan, end.value, end.iterations, end.prices,
        )  # fmt: skip


def test_in_districts_to_the_same_end(make_problem):
    problem, texts = make_problem(6, n_steps=60, n_teams=4), []
    end = solve(problem, BUDGET, seed=1, threads=2)
    solve(problem, BUDGET, seed=1, threads=2, keep=lambda state: texts.append(json.dumps(state)))
    found = solve(problem, BUDGET, seed=1, threads=2, resume=json.loads(texts[1]))
    assert (found.plan, found.value) == (end.plan, end.value)


def test_the_state_of_another_search_is_refused_with_all_that_differs(make_problem):
    texts = []
    solve(plain(make_problem), BUDGET, seed=4, keep=lambda state: texts.append(json.dumps(state)))
    with pytest.raises(InputError) as found:
        solve(of_tasks(make_problem), BUDGET, seed=5, resume=json.loads(texts[0]))
    assert [fault.values["key"] for fault in found.value.faults] == ["problem", "seed"]


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("rng"),
        lambda state: state["searches"][0]["routes"][0].append([10**9, 0, 0, 0]),
        lambda state: state["searches"][0]["best"].__setitem__(0, [[0, 5, 0, 0], [0, 4, 0, 0]]),
        lambda state: state["tracker"].update(iterations="many"),
    ],
)
def test_what_is_no_state_is_refused(make_problem, change):
    texts, problem = [], plain(make_problem)
    solve(problem, BUDGET, seed=4, keep=lambda state: texts.append(json.dumps(state)))
    state = json.loads(texts[0])
    change(state)
    with pytest.raises(InputError) as found:
        solve(problem, BUDGET, seed=4, resume=state)
    assert found.value.faults[0].code == "RO-921"


def test_other_strategies_have_no_state(make_problem):
    with pytest.raises(InputError) as found:
        solve(plain(make_problem), BUDGET, strategy="greedy", keep=print)
    assert found.value.faults[0].code == "RO-922"
