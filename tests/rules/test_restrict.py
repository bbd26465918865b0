"""What the tables allow keeps the rules, and a rule that is put into the tables is kept by every strategy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import routeopt.rules
from routeopt import Budget, check, solve
from routeopt.errors import InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Access, Closure
from routeopt.problem.tasks import starts
from routeopt.rules import Limits, explain, restricted
from routeopt.rules.rule import Rule, of_stop
from routeopt.strategies import STRATEGIES as ALL
from routeopt.timeline import end_of, gap_between

STRATEGIES = ["best_response", "greedy", "beats", "random"]


def closures(problem, seed, share=0.5):
    """Random closures of half of the sites, some for one team and some for all."""
    rng = np.random.default_rng(seed)
    found = []
    for site in np.flatnonzero(rng.random(problem.n_sites) < share).tolist():
        begin = int(rng.integers(problem.n_steps))
        team = None if rng.random() < 0.5 else int(rng.integers(problem.n_teams))
        found.append(Closure(site, begin, begin + int(rng.integers(1, problem.n_steps)), team))
    return found


def once(problem, seed):
    """The problem with half of the sites to which no team may return."""
    sites = np.random.default_rng(seed).random(problem.n_sites) < 0.5
    return replace(problem, access=replace(problem.access, no_return=sites))


def drawn(problem, rng):
    """A plan of visits that the tables allow, one after the other, with waits."""
    table, left, routes = problem.activities, set(range(len(problem.tasks))), []
    for team in range(problem.n_teams):
        visits: list[Visit] = []
        for _ in range(200):
            before = visits[-1] if visits else None
            activity = int(rng.integers(table.n_chosen))
            task = table.task(activity)
            if task is None:
                site = int(rng.choice(np.flatnonzero(problem.site_stoppable)))
            else:
                site = int(table.site[activity])
            arrive = gap_between(problem, team, before, Visit(site, 0, activity)).arrive
            begin = arrive + int(rng.integers(0, 20))
            visit = Visit(site, begin, activity)
            if task is not None:
                may = any(a <= begin <= b for a, b in starts(problem, task, team))
                if task not in left or not may or not table.who[activity, team]:
                    continue
            home = gap_between(problem, team, visit, None)
            if home.arrive > home.due or not problem.access.is_open(team, site, begin, end_of(problem, visit)):
                continue
            been = any(other.site == site for other in visits) and visits[-1].site != site
            if been and not problem.access.may_return(site):
                continue
            visits.append(visit)
            if task is not None:
                left.discard(task)
        routes.append(Route(team, tuple(visits)))
    return Plan(tuple(routes))


@pytest.mark.parametrize("seed", range(20))
def test_plans_drawn_from_the_tables_pass_check(make_problem, make_tasks, seed):
    """Sound: 500 plans in all, with tasks and closures."""
    problem = make_tasks(make_problem(seed), seed)
    problem = restricted(once(problem.closed(closures(problem, seed)), seed))
    rng, n_visits = np.random.default_rng(seed), 0
    for _ in range(25):
        plan = drawn(problem, rng)
        assert check(problem, plan) == []
        n_visits += sum(len(route.visits) for route in plan.routes)
    assert n_visits > 100


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_keeps_closures(make_problem, make_tasks, strategy):
    broken = set()
    for seed in range(5):
        problem = make_tasks(make_problem(seed), seed, n_mandatory=seed % 2)
        shut = once(problem.closed(closures(problem, seed, 0.3)), seed)
        found = solve(shut, Budget(iterations=40), strategy=strategy, seed=seed)
        assert check(shut, found.plan) == []
        loose = solve(problem, Budget(iterations=40), strategy=strategy, seed=seed)
        broken |= {violation.code for violation in check(shut, loose.plan)}
    assert broken == {"closed", "returned"}


@pytest.mark.parametrize("strategy", ["ortools_routing", "pyvrp", "vroom"])
def test_libraries_refuse_what_they_cannot_keep(make_problem, strategy):
    shut = make_problem(1).closed([Closure(3, 10, 20)])
    with pytest.raises(InputError, match="cannot keep the rule access"):
        solve(shut, Budget(seconds=0.1), strategy=strategy)
    assert not ALL[strategy].supports(shut)


def test_tables_that_are_narrow_already_are_the_same(make_problem, make_tasks):
    problem = make_tasks(make_problem(2), 2)
    assert restricted(problem) is problem
    shut = once(problem.closed(closures(problem, 2)), 2)
    assert restricted(shut) is shut


class Told(Rule):
    """A rule that has its own words for what is broken."""

    def explain(self, violation, _=None):
        return "as the rule says"


class Curfew(Told):
    """No stops at even sites from step 60 on."""

    codes = ("curfew",)

    def check(self, problem, days):
        for day in days:
            for stay in day.stays():
                if stay.site % 2 == 0 and stay.end > 60 and not stay.waits:
                    yield of_stop(problem, "curfew", day.team, stay)

    def restrict(self, problem, limits):
        limits.close(*(Closure(site, 60, problem.n_steps) for site in range(0, problem.n_sites, 2)))


class NeverTwice(Told):
    """No team stops twice at one place."""

    codes = ("never-twice",)

    def check(self, problem, days):
        for day in days:
            sites = [stop.site for stop in day.stops()]
            for n, stop in enumerate(day.stops()):
                if stop.site in sites[:n] and sites[n - 1] != stop.site:
                    yield of_stop(problem, "never-twice", day.team, stop)

    def restrict(self, problem, limits):
        limits.forbid_return(np.ones(problem.n_sites, dtype=bool))


class Weekday(Told):
    """Task 1 may begin up to step 40 only, and is nothing for team 2; nobody stops at site 5 without a task."""

    codes = ("weekday",)

    def check(self, problem, days):
        for day in days:
            for stay in day.stays():
                task = problem.activities.task(stay.activity)
                wrong = task == 1 and (stay.start > 40 or day.team == 2)
                if wrong or (task is None and stay.site == 5):
                    yield of_stop(problem, "weekday", day.team, stay)

    def restrict(self, problem, limits):
        limits.narrow(1, [(0, 40)])
        pairs = np.zeros((len(problem.tasks), problem.n_teams), dtype=bool)
        pairs[1, 2] = True
        limits.forbid_tasks(pairs)
        limits.forbid_stops(np.arange(problem.n_sites) == 5)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("rule", [Curfew(), Weekday(), NeverTwice()], ids=["curfew", "weekday", "never-twice"])
def test_a_new_rule_is_one_file_and_its_line(make_problem, make_tasks, monkeypatch, strategy, rule):
    """Every strategy keeps a rule that it has never heard of, and breaks it where the rule is not listed."""
    broken = 0
    for seed in range(4):
        problem = make_tasks(make_problem(seed), seed)
        loose = solve(problem, Budget(iterations=30), strategy=strategy, seed=seed).plan
        with monkeypatch.context() as patch:
            patch.setattr(routeopt.rules, "RULES", (*routeopt.rules.RULES, rule))
            broken += any(violation.code in rule.codes for violation in check(problem, loose))
            found = solve(problem, Budget(iterations=30), strategy=strategy, seed=seed)
            assert check(problem, found.plan) == []
            told = [explain(violation) for violation in check(problem, loose) if violation.code in rule.codes]
            assert set(told) <= {"as the rule says"}
    assert broken


def test_limits_only_narrow(make_problem, make_tasks):
    problem = make_tasks(make_problem(0), 0)
    limits = Limits(problem)
    limits.forbid_stops(np.arange(problem.n_sites) == 3)
    limits.forbid_stops(np.arange(problem.n_sites) == 4)
    limits.narrow(0, [(10, 30)])
    limits.narrow(0, [(0, 20), (25, 99)])
    limits.narrow(1, [(0, 5)])
    limits.narrow(1, [(6, 9)])
    tables = limits.tables()
    assert np.flatnonzero(~tables.site_stoppable).tolist() == [3, 4]
    assert limits.windows[0] == [(10, 20), (25, 30)]
    assert not tables.tasks.allowed[1].any()  # no step is left to begin it
    for closure in (Closure(2, 10, 20), Closure(2, 15, 30, 1)):
        limits.close_as(problem.closed([closure]).access)
    limits.close(Closure(6, 0, 5))
    shut = limits.tables().access
    assert [shut.closed(team, 2) for team in (0, 1)] == [[(10, 20)], [(10, 30)]]
    assert shut.closed(0, 6) == [(0, 5)]


# closures ----------------------------------------------------------------------------------------------------


def test_closures_join_and_teams_alike_share_a_class(make_problem):
    problem = make_problem(0)
    shut = problem.closed(
        [Closure(3, 10, 20, 1), Closure(3, 20, 30, 1), Closure(3, 25, 28, 1), Closure(2, -5, 4), Closure(4, 9, 9)],
    ).access
    assert shut.closed(1, 3) == [(10, 30)]
    assert shut.closed(0, 2) == shut.closed(1, 2) == [(0, 4)]
    assert shut.closed(0, 3) == []
    assert shut.team_class.tolist() == [0, 1, 0]
    again = problem.closed([Closure(3, 10, 20, 1)]).closed([Closure(3, 15, 40)]).access
    assert again.closed(1, 3) == [(10, 40)]
    assert again.closed(2, 3) == [(15, 40)]


def test_closures_of_sites_and_teams_that_do_not_exist_are_all_named(make_problem):
    wrong = [Closure(99, 0, 5), Closure(2, 0, 5, 7), Closure(2, 0.5, 5), Closure(-1, 0, 5), (2, 0, 5)]
    with pytest.raises(InputError) as caught:
        make_problem(0).closed(wrong)
    places = [str(fault.path) for fault in caught.value.faults]
    assert places == [f"closures[{n}]{key}" for n, key in enumerate((".site", ".team", ".begin", ".site", ""))]


def test_closures_are_listed_by_team(make_problem):
    given = [Closure(3, 10, 20, 1), Closure(3, 40, 50, 1), Closure(5, 0, 9, 2)]
    assert list(make_problem(0).closed(given).access.closures()) == given
    assert list(Access().closures()) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"team_class": np.array([0, 5, 0])}, "access.team_class"),
        ({"ptr": np.array([0, 1])}, "access.ptr"),
        ({"begin": np.array([30])}, "access.begin"),
        ({"end": np.array([9999])}, "access.end"),
        ({"end": np.array([20.5])}, "access.end"),
    ],
)
def test_closures_out_of_order_are_refused(make_problem, change, message):
    problem = make_problem(0)
    sound = problem.closed([Closure(3, 10, 20)]).access
    fields = {name: getattr(sound, name) for name in ("team_class", "ptr", "begin", "end")}
    with pytest.raises(InputError, match=message):
        replace(problem, access=Access(**{**fields, **change}))
