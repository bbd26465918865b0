"""Stops as people call them, and why they are made in words of the street."""

from __future__ import annotations

from routeopt.plan import Visit
from tests.reports.conftest import SPOT, both_orders


def test_orders_at_one_place_keep_their_own_names(told):
    night = told(both_orders)
    assert len(set(night.problem.tasks.site.tolist())) == 1
    assert [s.title for s in night.stops] == ["Check the yard", "Meet the owner"]
    assert [s.kind for s in night.stops] == ["order", "order"]
    assert night.stops[0].reason == "order that must be carried out, to begin 19:30–19:40"
    assert night.stops[1].reason == "order, to begin 20:00–20:30"


def test_a_time_without_a_stop_is_told_with_its_place(told):
    free = told(both_orders).free
    assert [(f.before, f.begin_s, f.end_s) for f in free][:2] == [(1, free[0].begin_s, 1800), (2, 2400, 4200)]
    assert free[1].place == "East St"  # not the name of another order there
    assert (free[2].place, free[2].post, free[2].end_s) == ("Station", True, 7200)


def test_waits_and_absences_are_told_as_what_they_are(told):
    def visits(problem):
        rows = problem.activities
        return [Visit(1, 40, rows.wait(10)), Visit(1, 60, rows.away(20))]

    night = told(visits)
    assert [(s.kind, s.reason, s.counts) for s in night.stops] == [
        ("wait", "waiting, seen and free", False),
        ("away", "not available; free at this place afterwards", False),
    ]
    assert night.counted() == night.counted(0) == []


def test_a_stop_is_explained_by_what_is_there_then_and_by_when_police_last_were(told):
    entry = {"name": "Late show", **SPOT, "radius_m": 150, "until": "20:00"}

    def visits(problem):
        near = [i for i, name in enumerate(problem.site_names) if problem.site_stoppable[i] and "East St" in name]
        far = max(range(problem.n_sites), key=lambda i: problem.profiles[0].travel_steps[near[0], i])
        assert problem.profiles[0].travel_steps[near[0], far] >= 3
        return [Visit(near[0], 30, 1), Visit(far, 50, 0), Visit(near[0], 80, 1)]

    first, _, second = told(visits, tasks=[], demand=[{"kind": "fixed", "entries": [entry]}]).stops
    assert first.reason == "Late show; no police here before"
    assert second.reason.startswith("spread from streets nearby; police last here ")
    assert "λ" not in second.reason
    assert "demand" not in second.reason


def test_posts_and_what_the_plan_stands_on_are_there(told):
    night = told(both_orders)
    assert [(p.name, p.lat) for p in night.posts] == [("Station", 26.0)]
    assert str(night.basis).startswith("Demand from 1 venue, 1 ")
