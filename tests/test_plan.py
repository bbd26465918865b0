"""Plans, changes and results at the border: what is taken, converted and refused, by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from routeopt.errors import InputError, Message
from routeopt.plan import (
    Change,
    Plan,
    Result,
    Route,
    Visit,
    check_plan,
    in_ints,
    index_faults,
    indexed,
    longest_route,
    team_faults,
)

IDLE = Plan((Route(0), Route(1), Route(2)))
RESULT = Result(IDLE, 0.5, "mine", seed=0, runtime_s=0.0, iterations=0)
SOUND = Visit(3, 20, 1)


@pytest.fixture
def problem(make_problem):
    """120 steps, dwells of 5, 10, 15 and 20, 14 sites, three teams."""
    return make_problem(1)


def told(call, *arguments):
    """Code and place of every fault that a call is refused with."""
    with pytest.raises(InputError) as refused:
        call(*arguments)
    return [(fault.code, str(fault.path)) for fault in refused.value.faults]


def first(*visits):
    """A plan of three teams with these visits of the first one."""
    return Plan((Route(0, visits), Route(1), Route(2)))


@pytest.mark.parametrize("read", [Plan.from_json, Change.from_json])
def test_reading_names_every_argument_of_a_wrong_type(problem, read):
    assert told(read, None, None) == [("RO-423", "problem"), ("RO-423", "document")]
    assert told(read, problem, []) == [("RO-423", "document")]


def test_a_change_is_written_only_with_what_it_may_be(problem):
    change = Change(0, "added", SOUND, Message("task-added"))
    odd = change._replace(what="moved", why="because")
    assert told(odd.to_json, problem) == [("RO-423", "change.why"), ("RO-124", "change.what")]
    outside = change._replace(visit=Visit(99, 20, 1))
    assert told(outside.to_json, problem) == [("RO-414", "change.routes[0].visits[0].site")]
    assert change.to_json(problem)["team"] == "team 0"


def test_a_result_says_how_it_was_found_with_as_few_digits_as_it_needs(problem):
    found = replace(
        RESULT,
        value=0.12345678912,
        runtime_s=1.23456,
        history=((0.00049, 0.1), (1.23456, 0.2)),
        bound=np.float64(1),
    )
    document = found.to_json(problem)
    assert (document["value"], document["runtime_s"], document["bound"]) == (0.123456789, 1.235, 1.0)
    assert document["trace"] == [[0.0, 0.1], [1.235, 0.2]]
    assert "changes" not in document
    assert RESULT.to_json(problem)["bound"] is None
    assert not RESULT.interrupted


def test_a_result_without_its_time_is_otherwise_the_same():
    timed = replace(RESULT, runtime_s=3.0, history=((1.0, 0.5),))
    assert timed.timeless() == RESULT


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"seed": -1}, [("RO-413", "result.seed")]),
        ({"iterations": -1, "strategy": None}, [("RO-423", "result.strategy"), ("RO-413", "result.iterations")]),
        ({"plan": None, "value": "x"}, [("RO-423", "result.plan"), ("RO-421", "result.value")]),
        ({"runtime_s": float("nan"), "bound": "x"}, [("RO-412", "result.runtime_s"), ("RO-421", "result.bound")]),
        ({"prices": [], "history": ((1,),)}, [("RO-423", "result.prices")]),
        ({"prices": (1, "x"), "changes": (1,)}, [("RO-421", "result.prices"), ("RO-423", "result.changes")]),
        ({"history": (5,)}, [("RO-423", "result.history")]),
        ({"history": ([1, 2, 3],)}, [("RO-423", "result.history")]),
        ({"history": ((1, 2, 3),)}, [("RO-421", "result.history")]),
        ({"history": ((1, 2), ("a", 1))}, [("RO-421", "result.history")]),
        ({"history": ("ab", {1: 2, 3: 4})}, [("RO-423", "result.history")] * 2),
    ],
)
def test_a_result_with_wrong_values_is_not_written(problem, values, faults):
    assert told(replace(RESULT, **values).to_json, problem) == faults


def test_a_line_says_the_street_seen_best_and_none_where_nothing_is_seen(problem):
    points, rho = problem.movement(0).seen(3)
    assert rho.argmax() > 0 or rho.min() < rho.max() or len(points) == 1
    named = replace(problem, point_names=tuple(f"street {n}" for n in range(problem.n_points)))
    (line,) = first(SOUND).table(named)
    assert line.street == f"street {points[rho.argmax()]}"
    assert (line.activity, line.team, line.place) == ("stop", "team 0", "site 3")
    blind = [
        replace(p, sight_ptr=np.zeros_like(p.sight_ptr), sight_point=p.sight_point[:0], sight_rho=p.sight_rho[:0])
        for p in named.profiles
    ]
    (line,) = first(SOUND).table(replace(named, profiles=tuple(blind)))
    assert line.street == ""


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        (None, [("RO-423", "plan")]),
        (Plan([Route(0)]), [("RO-423", "plan.routes")]),
        (Plan((None, Route(0, [SOUND]))), [("RO-423", "plan.routes[0]"), ("RO-423", "plan.routes[1].visits")]),
        (
            first(tuple(SOUND), SOUND, (3, 20)),
            [("RO-423", "plan.routes[0].visits[0]"), ("RO-423", "plan.routes[0].visits[2]")],
        ),
        (first(SOUND, SOUND._replace(fixed="yes")), [("RO-423", "plan.routes[0].visits[1].fixed")]),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(plan, faults):
    assert told(in_ints, plan) == faults


def test_a_plan_of_pythons_integers_is_itself():
    plan = first(SOUND, SOUND._replace(fixed=True))
    assert in_ints(plan) is plan


@pytest.mark.parametrize(
    "odd",
    [
        Plan((Route(np.int32(0), (SOUND,)),)), Plan((Route(0, (Visit(np.int64(3), 20, 1),)),)),
        Plan((Route(0, (Visit(3, np.int16(20), 1),)),)), Plan((Route(0, (Visit(3, 20, np.int8(1)),)),)),
        Plan((Route(0, (Visit(3, 20, 1, np.bool_(False)),)),)), Plan((Route(0, (Visit(3, 20, 1, 0),)),)),
    ],
)  # fmt: skip
def test_numpys_integers_become_pythons(odd):
    (route,) = in_ints(odd).routes
    assert (route.team, route.visits) == (0, (SOUND,))
    assert [type(value) for value in (route.team, *route.visits[0])] == [int, int, int, int, bool]
    assert in_ints(Plan((*odd.routes, Route(1)))).routes == (route, Route(1))
    assert in_ints(Plan((Route(1), *odd.routes))).routes == (Route(1), route)


def test_what_is_no_integer_is_left_for_the_check_of_indices(problem):
    plan = in_ints(Plan((Route(np.int32(0), (Visit("x", 1.5, None, np.True_),)),)))
    assert plan.routes[0].visits[0] == ("x", 1.5, None, True)
    assert [(f.code, str(f.path)) for f in index_faults(problem, plan)] == [
        ("RO-422", f"plan.routes[0].visits[0].{key}") for key in ("site", "start", "activity")
    ]


def test_indices_hold_both_their_limits(problem):
    rows = problem.activities
    least, most = rows.n_chosen - len(rows), rows.n_chosen - 1
    limits = {"site": (0, 13), "start": (0, 119), "activity": (least, most)}
    for key, ends in limits.items():
        for end, beyond, code in zip(ends, (-1, 1), ("RO-413", "RO-414"), strict=True):
            inside = first(SOUND, SOUND._replace(**{key: end}))
            assert indexed(problem, inside) is inside
            outside = first(SOUND, SOUND._replace(**{key: end + beyond}))
            assert told(indexed, problem, outside) == [(code, f"plan.routes[0].visits[1].{key}")]
    for team, codes in ((-1, ["RO-413"]), (0, []), (2, []), (3, ["RO-414"])):
        faults = index_faults(problem, Plan((Route(0), Route(team))), "it")
        assert [(fault.code, fault.path) for fault in faults] == [(code, "it.routes[1].team") for code in codes]
    assert told(indexed, None, IDLE) == [("RO-423", "problem")]


def test_a_plan_has_one_route_per_team_in_order(problem):
    assert team_faults(problem, IDLE) == []
    for routes, got in (((), "-"), ((1, 0, 2), "1, 0, 2"), ((0, 1), "0, 1")):
        (fault,) = team_faults(problem, Plan(tuple(map(Route, routes))))
        assert (fault.code, fault.values) == ("RO-429", {"last": 2, "got": got})


def test_as_many_visits_fit_as_the_shortest_one_fills_the_plan():
    steps = np.array([7, 5, 9])
    assert longest_route(SimpleNamespace(n_steps=24, visit_steps=steps)) == 4
    assert longest_route(SimpleNamespace(n_steps=25, visit_steps=steps)) == 5


def test_a_search_starts_from_visits_one_after_the_other_that_end_with_the_plan(problem):
    tight = first(Visit(1, 0, 1), Visit(1, 10, 0), Visit(2, 15, 3), Visit(2, 100, 3))
    assert check_plan(problem, tight) is tight
    early = first(Visit(1, 10, 1), Visit(1, 5, 0), Visit(2, 19, 3), Visit(2, 101, 3))
    with pytest.raises(InputError) as refused:
        check_plan(problem, early)
    assert [(fault.code, str(fault.path), fault.values) for fault in refused.value.faults] == [
        ("RO-430", "plan.routes[0].visits[1]", {"least": 20, "got": 5}),
        ("RO-430", "plan.routes[0].visits[2]", {"least": 20, "got": 19}),
        ("RO-431", "plan.routes[0].visits[3]", {"most": 120, "got": 121}),
    ]


def test_a_search_starts_from_no_more_visits_than_fit(problem):
    full = tuple(Visit(1, start, problem.activities.stop(1)) for start in range(120))
    assert longest_route(problem) == 120
    assert check_plan(problem, first(*full)).routes[0].visits == full
    more = told(check_plan, problem, Plan((Route(0), Route(1, (*full, full[-1])), Route(2))))
    assert more == [("RO-432", "plan.routes[1]"), ("RO-430", "plan.routes[1].visits[120]")]


def test_faults_of_indices_and_of_teams_are_told_together(problem):
    wrong = Plan((Route(1, (SOUND._replace(site=14),)), Route(0)))
    assert told(check_plan, problem, wrong) == [
        ("RO-414", "plan.routes[0].visits[0].site"), ("RO-429", "plan.routes"),
    ]  # fmt: skip
