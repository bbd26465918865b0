"""A reserve stands by at its post."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.build import build
from routeopt.problem.take import take
from routeopt.rules import check, restricted
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

STANDS_BY = np.array([False, True, False])


@pytest.fixture
def reserve(make_problem, make_tasks):
    """A random problem with tasks, whose second team is a reserve at its post."""
    problem = make_tasks(make_problem(0), 0, n_tasks=6)
    return replace(problem, team_reserve=STANDS_BY, team_end_site=problem.team_start_site)


def test_a_stop_of_a_reserve_is_a_violation(reserve):
    for site, team, codes in ((3, 0, []), (3, 1, ["reserve-stops"]), (0, 1, ["not-stoppable"])):
        routes = tuple(Route(k, (Visit(site, 50, 0),) if k == team else ()) for k in range(3))
        assert [v.code for v in check(reserve, Plan(routes))] == codes


@pytest.mark.parametrize("strategy", ["best_response", "greedy", "beats", "random"])
def test_plans_leave_it_at_its_post(reserve, strategy):
    plan = solve(reserve, Budget(iterations=20), strategy=strategy).plan
    assert check(reserve, plan) == []
    assert [bool(route.visits) for route in plan.routes] == [True, False, True]


def test_searches_read_closures(reserve):
    narrow = restricted(reserve)
    whole = [(0, reserve.n_steps)]
    post = int(reserve.team_start_site[1])
    assert [site for site in range(reserve.n_sites) if narrow.access.closed(1, site) != whole] == [post]
    assert restricted(narrow).access.ptr.tolist() == narrow.access.ptr.tolist()


def test_it_counts_for_response_as_a_team_that_waits(reserve):
    nobody = Plan(tuple(Route(k) for k in range(3)))
    powers = replace(reserve, team_powers=STANDS_BY)
    without = replace(reserve, team_powers=np.zeros(3, dtype=np.bool_))
    assert evaluate(powers, nobody).handling[3.0] > 0 == evaluate(without, nobody).handling[3.0]


def test_a_part_keeps_it(reserve):
    part = take(reserve, Plan(tuple(Route(k) for k in range(3))), [1, 2], [1, 2, 3]).problem
    assert part.team_reserve.tolist() == [True, False]


TEAMS = [
    {"name": "Foot 1", "mode": "foot", "start": "Station"},
    {"name": "Reserve", "mode": "car", "start": "Station", "reserve": True},
]


def test_a_scenario_names_its_reserve(night):
    problem = build(read_scenario(night(teams=TEAMS)))
    assert problem.team_reserve.tolist() == [False, True]
    assert not len(build(read_scenario(night())).team_reserve)
    plan = solve(problem, Budget(iterations=20)).plan
    assert plan.routes[0].visits
    assert not plan.routes[1].visits


def test_a_reserve_has_its_breaks_at_its_post(night):
    rest = {"name": "Rest", "from": "19:30", "until": "20:00", "length_min": 15}
    problem = build(read_scenario(night(teams=TEAMS, breaks=[rest])))
    plan = solve(problem, Budget(iterations=20)).plan
    assert check(problem, plan) == []
    (visit,) = plan.routes[1].visits
    assert visit.site == problem.team_start_site[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"teams": [TEAMS[0], TEAMS[1] | {"end": "Gate"}]}, "is a reserve, which stands by at its start"),
        (
            {"tasks": [{"name": "Door", "lat": 26.0, "lon": 119.003, "service_min": 5, "teams": ["Reserve"]}]},
            "suits no team",
        ),
    ],
)
def test_what_a_reserve_cannot_do_is_said(night, changes, said):
    posts = [{"name": name, "lat": 26.0, "lon": lon} for name, lon in (("Station", 119.0), ("Gate", 119.003))]
    with pytest.raises(InputError, match=said):
        read_scenario(night(**{"teams": TEAMS, "posts": posts} | changes))
