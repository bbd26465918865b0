"""Video patrol: the best watch list, and figures side by side; visibility knows nothing of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.cameras import Watch, watch, watched
from routeopt.errors import InputError
from routeopt.evaluation import coverage, evaluate
from routeopt.problem.build import build_with_streets
from routeopt.problem.cameras import Cameras, Operator
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve


def some_cameras(problem, seed, n=8, operators=None):
    """Cameras that overlap, with a few points in view each; the last one works for a part of the night alone."""
    rng = np.random.default_rng(seed)
    view = rng.random((n, problem.n_points)) < 0.2
    rows, points = np.nonzero(view)
    begin, end = np.zeros(n, dtype=np.int64), np.full(n, problem.n_steps)
    begin[-1], end[-1] = 40, 80
    everywhere = tuple(range(n))
    return Cameras(
        tuple(f"camera {c}" for c in range(n)), np.zeros(n), np.zeros(n), np.searchsorted(rows, np.arange(n + 1)),
        points, rng.choice([0.3, 0.7, 1.0], len(points)), begin, end,
        operators or (Operator("desk", 3, 0, problem.n_steps, everywhere),),
    )  # fmt: skip


def shown(cameras, chosen, n_points):
    """How far each point is shown by the best of some cameras."""
    found = np.zeros(n_points)
    for camera in chosen:
        points, share = cameras.view(camera)
        found[points] = np.maximum(found[points], share)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_hour_has_the_best_watch_list(make_problem, make_plan, seed):
    problem = make_problem(seed)
    plan, cameras = make_plan(problem, seed), some_cameras(problem, seed)
    missed = problem.demand * coverage(problem, plan).absent
    watches = watch(problem, plan, cameras).watches
    assert [(one.begin, one.end) for one in watches] == [(0, 40), (40, 60), (60, 80), (80, 120)]
    for one in watches:
        weight = missed[:, one.begin : one.end].sum(axis=1)
        works = [c for c in range(8) if cameras.begin[c] <= one.begin and one.end <= cameras.end[c]]
        best = max(float(weight @ shown(cameras, three, problem.n_points)) for three in combinations(works, 3))
        assert set(one.cameras) <= set(works)
        assert float(weight @ shown(cameras, one.cameras, problem.n_points)) == pytest.approx(best, rel=1e-9)


def test_operators_watch_what_they_can_in_their_hours_and_no_camera_twice(make_problem, make_plan):
    problem = make_problem(2)
    operators = (
        Operator("early", 2, 0, 60, (0, 1, 2, 3, 4, 5, 6, 7)),
        Operator("whole", 3, 0, 120, (0, 1, 2)),
        Operator("late", 4, 60, 120, (0, 1, 2, 3, 4, 5, 6, 7)),
    )
    cameras = some_cameras(problem, 2, operators=operators)
    watches = watch(problem, make_plan(problem, 2), cameras).watches
    for one in watches:
        operator = operators[one.operator]
        assert operator.begin <= one.begin < one.end <= operator.end
        assert len(one.cameras) <= operator.capacity
        assert set(one.cameras) <= set(operator.cameras)
    times = {(one.begin, one.end) for one in watches}
    for begin, end in times:
        chosen = [c for one in watches if (one.begin, one.end) == (begin, end) for c in one.cameras]
        assert len(chosen) == len(set(chosen)) > 3


def test_an_operator_goes_on_with_a_camera(make_problem, make_plan):
    problem = make_problem(3)
    desks = tuple(Operator(name, 2, 0, 120, tuple(range(8))) for name in ("a", "b"))
    cameras = some_cameras(problem, 3, operators=desks)
    watches = watch(problem, make_plan(problem, 3), cameras).watches
    stayed = 0
    for before, after in zip(watches[:-2], watches[2:], strict=True):
        assert before.operator == after.operator
        other = next(one for one in watches if one.begin == after.begin and one.operator != after.operator)
        stays = set(before.cameras) & {*after.cameras, *other.cameras}
        assert stays <= set(after.cameras)
        stayed += len(stays)
    assert stayed


def test_figures_by_hand(make_problem, make_plan):
    problem = make_problem(1)
    plan, cameras = make_plan(problem, 1), some_cameras(problem, 1)
    found, figures, absent = watch(problem, plan, cameras), evaluate(problem, plan), coverage(problem, plan).absent
    assert found.detection[0] == pytest.approx(figures.instant)
    seen = 0.0
    for one in found.watches:
        for t in range(one.begin, one.end):
            view = shown(cameras, one.cameras, problem.n_points)
            seen += float(problem.demand[:, t] @ (1 - absent[:, t] * (1 - view)))
    assert found.detection[1] == pytest.approx(seen / problem.demand.sum())
    assert found.detection[1] > found.detection[0] + 0.1
    for minutes, (without, with_cameras) in found.reached.items():
        assert without < with_cameras <= figures.handling[minutes]


def test_nothing_is_watched_without_operators_or_demand(make_problem, make_plan):
    problem = make_problem(1)
    plan = make_plan(problem, 1)
    nobody = replace(some_cameras(problem, 1), operators=())
    assert watch(problem, plan, nobody).watches == ()
    found = watch(problem, plan, nobody)
    assert found.detection[0] == found.detection[1]
    blind = replace(nobody, ptr=np.zeros(9, dtype=np.int64), operators=some_cameras(problem, 1).operators)
    assert {one.cameras for one in watch(problem, plan, blind).watches} == {()}
    with pytest.raises(InputError, match="cameras"):
        watch(problem, plan, None)


def test_of_overlapping_cameras_the_best_counts(make_problem):
    problem = make_problem(0)
    cameras = some_cameras(problem, 0)
    table = watched(problem, cameras, [Watch(0, 10, 20, (0, 1, 2))])
    np.testing.assert_array_equal(table[:, 15], shown(cameras, (0, 1, 2), problem.n_points))
    assert table[:, :10].max() == table[:, 20:].max() == 0


CAMERAS = {
    "list": [
        {"name": "Market", "lat": 26.002, "lon": 119.003, "range_m": 80},
        {"name": "Bar", "lat": 26.001, "lon": 119.003, "range_m": 60, "bearing": 0, "until": "20:30"},
    ]
}


def test_visibility_and_the_plan_are_the_same_to_the_last_bit_with_and_without_cameras(night):
    watching = {"cameras": CAMERAS, "operators": [{"name": "desk", "capacity": 1}]}
    without = build_with_streets(read_scenario(night()))
    with_cameras = build_with_streets(read_scenario(night(**watching)))
    plans = [solve(built.problem, Budget(iterations=60), seed=3).plan for built in (without, with_cameras)]
    assert plans[0] == plans[1]
    before, after = evaluate(without.problem, plans[0]), evaluate(with_cameras.problem, plans[1])
    assert before == after
    found = watch(with_cameras.problem, plans[1], with_cameras.cameras)
    assert found.detection[1] > found.detection[0] == before.instant
    assert after.visibility == before.visibility
