"""What rules leave to searches, by hand; and which indices exist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Access, Closure
from routeopt.problem.tasks import Task, windows, with_tasks
from routeopt.problem.zones import ZoneLayer
from routeopt.rules import RULES, Limits, check, explain, restricted
from routeopt.rules.rule import Violation

WHOLE = [(0, 120)]


@pytest.fixture
def problem(make_problem):
    """Of 120 steps, 14 sites and three teams, whose posts are sites 0 and 1."""
    return make_problem(0)


def shut(problem, team):
    """The sites that are closed to a team all night."""
    narrow = restricted(problem)
    return [site for site in range(problem.n_sites) if narrow.access.closed(team, site) == WHOLE]


def test_a_team_is_kept_to_its_area_and_one_without_is_not(problem):
    site_area = np.arange(14, dtype=np.int32) % 3 - 1
    areas = replace(
        problem, area_names=("A", "B"), site_area=site_area, team_area=np.array([0, 1, -1], dtype=np.int32)
    )
    assert shut(areas, 0) == [site for site in range(14) if site % 3 != 1]
    assert shut(areas, 1) == [site for site in range(14) if site % 3 != 2]
    assert shut(areas, 2) == []
    narrow = restricted(areas)
    assert restricted(narrow) is narrow


def test_a_team_is_kept_to_its_zone_and_its_posts(problem):
    sites = np.arange(14, dtype=np.int32) % 3 - 1
    layer = ZoneLayer("kind", ("north", "south"), np.zeros(problem.n_points, dtype=np.int32), sites)
    zones = replace(problem, zone_layers=(layer,), team_zone=np.array([0, 1, -1], dtype=np.int32))
    assert shut(zones, 0) == [site for site in range(1, 14) if site % 3 != 1]
    posts = {int(problem.team_start_site[1]), int(problem.team_end_site[1])}
    assert shut(zones, 1) == [site for site in range(14) if site % 3 != 2 and site not in posts]
    assert shut(zones, 2) == []


def test_a_reserve_is_kept_to_its_post(problem):
    reserve = replace(problem, team_reserve=np.array([True, False, False]))
    assert shut(reserve, 0) == [*range(1, 14)]
    assert shut(reserve, 1) == []


def test_what_is_closed_or_not_returned_to_stays_so(problem):
    shut = problem.closed([Closure(3, 10, 20, 1)])
    once = replace(shut, access=replace(shut.access, no_return=np.arange(14) == 5))
    assert restricted(once) is once
    area = np.where(np.arange(14) == 4, -1, 0).astype(np.int32)
    areas = replace(once, area_names=("A",), site_area=area, team_area=np.zeros(3, dtype=np.int32))
    narrow = restricted(areas)
    assert narrow.access.closed(1, 3) == [(10, 20)]
    assert narrow.access.closed(1, 4) == WHOLE
    assert np.flatnonzero(narrow.access.no_return).tolist() == [5]


def test_who_may_do_a_task_and_when_stays_so(problem):
    tasks = [Task("a", 1, ((10, 20), (30, 40)), 3, teams=frozenset({0, 2})), Task("b", 2, ((0, 119),), 1)]
    tasked = with_tasks(problem, tasks)
    assert restricted(tasked) is tasked
    limits = Limits(tasked)
    for rule in RULES:
        rule.restrict(tasked, limits)
    assert limits.allowed.tolist() == [[True, False, True], [True, True, True]]
    assert limits.windows == [[(10, 20), (30, 40)], [(0, 119)]]
    assert np.flatnonzero(~limits.stoppable).tolist() == [0]


def test_limits_touch_in_one_step(problem):
    tasked = with_tasks(problem, [Task("a", 1, ((10, 20), (30, 40)), 3)])
    limits = Limits(tasked)
    limits.narrow(0, [(20, 30)])
    assert limits.windows[0] == [(20, 30)]
    limits.narrow(0, windows(tasked, 0))
    assert limits.windows[0] == [(20, 20), (30, 30)]
    narrow = limits.tables()
    assert windows(narrow, 0) == [(20, 20), (30, 30)]
    assert narrow.tasks.allowed.all()
    limits.narrow(0, [(21, 29)])
    assert not limits.tables().tasks.allowed.any()


def test_limits_without_a_rule_open_what_the_problem_closes(problem):
    once = replace(problem, access=Access(no_return=np.arange(14) == 5))
    opened = Limits(once.closed([Closure(3, 10, 20)])).tables()
    assert opened.site_stoppable.all()
    assert opened.access.closed(0, 3) == []
    assert not opened.access.no_return.any()
    limits = Limits(problem)
    limits.forbid_stops(~problem.site_stoppable)
    limits.close_as(problem.access)
    limits.forbid_return(np.arange(14) == 5)
    assert np.flatnonzero(limits.tables().access.no_return).tolist() == [5]


def test_indices_exist_up_to_their_last(problem):
    wait = problem.activities.wait(1)
    sound = [Visit(13, 60, 0), Visit(13, 119, wait), Visit(0, 0, wait)]
    last = problem.activities.n_chosen - 1
    wrong = [
        ("no-site", Visit(14, 60, 0), {"site": 14}), ("no-site", Visit("x", 60, 0), {"site": "x"}),
        ("no-site", Visit(-1, 60, 0), {"site": -1}), ("no-step", Visit(13, 120, 0), {"step": 120}),
        ("no-step", Visit(13, -1, 0), {"step": -1}), ("no-dwell", Visit(13, 60, last + 1), {"dwell": last + 1}),
        ("no-dwell", Visit(13, 60, "x"), {"dwell": "x"}),
    ]  # fmt: skip
    known = {"no-site", "no-step", "no-dwell", "no-team", "routes"}
    for visit in sound:
        plan = Plan((Route(0, (visit,)), Route(1), Route(2)))
        assert known.isdisjoint(violation.code for violation in check(problem, plan))
    for code, visit, values in wrong:
        (one,) = check(problem, Plan((Route(0), Route(1, (Visit(13, 60, 0), visit)), Route(2))))
        assert (one.code, one.team, one.visit) == (code, 1, 2)
        assert one.values == {"who": "team 1", "stop": 2, **values}
    for team in (3, -1, "x"):
        found = check(problem, Plan((Route(0), Route(1), Route(2), Route(team))))
        assert [(one.code, one.team) for one in found] == [("routes", None), ("no-team", None)]
        assert found[1].values == {"number": team, "last": 2}


def test_violations_are_listed_by_team_and_of_no_team_first(problem):
    must = with_tasks(problem, [Task("must", 0, ((20, 30),), 3, mandatory=True)])
    routes = Route(0, (Visit(0, 60, 0),)), Route(1), Route(2, (Visit(0, 60, 0),))
    assert [(one.code, one.team) for one in check(must, Plan(routes))] == [
        ("required", None), ("not-stoppable", 0), ("not-stoppable", 2),
    ]  # fmt: skip


def test_violations_are_equal_if_all_of_them_is():
    about = {"who": "team 1", "stop": 2, "site": 3}
    one = Violation("no-site", 1, 2, **about)
    assert one == Violation("no-site", 1, 2, **about)
    assert one not in (Violation("no-site", 2, 2, **about), Violation("no-site", 1, 3, **about))
    assert (one.json()["team"], one.json()["visit"]) == (1, 2)
    assert explain(Violation("routes", teams=[1])) == Violation("routes", teams=[1]).text()
