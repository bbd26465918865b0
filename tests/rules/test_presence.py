"""Teams that must be present: judged, counted at a price, kept by every search that may, told where none can."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from routeopt import Budget, Plan, Route, Visit, check, evaluate, solve
from routeopt.errors import InfeasibleError, InputError
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.tasks import Task, with_tasks
from routeopt.search import presence
from routeopt.search.state import Search
from routeopt.strategies import exact
from routeopt.timeline import walk
from tests.strategies.test_exact import small


def asked(problem, sites, steps=None, teams=1, **more):
    """The problem with teams that must be at some sites."""
    inside = np.isin(np.arange(problem.n_sites), sites)
    goal = Goal("here", 1.0, steps=steps, responders=teams, measure=Measure.PRESENCE, sites=inside, **more)
    return replace(problem, goals=(goal,))


def counted(problem, plan):
    """How many teams are at the sites of the goal in each step, by the parts of their timelines."""
    (goal,), found = problem.goals, np.zeros(problem.n_steps, dtype=int)
    for route in plan.routes:
        for t in range(problem.n_steps):
            for part in walk(problem, route).parts:
                if part.begin <= t < part.end and problem.team_powers[route.team]:
                    site = part.site
                    if hasattr(part, "target"):
                        site = part.site if t < part.begin + -(-(part.end - part.begin) // 2) else part.target
                    found[t] += bool(goal.sites[site] and getattr(part, "free", True))
    return found[goal.span(problem.n_steps)]


def test_each_time_with_too_few_is_told(make_problem):
    problem = asked(make_problem(0, n_teams=2), [3, 4], (20, 59), teams=2)
    visits = Visit(3, 40, 1), Visit(4, 60, 0)
    plan = Plan((Route(0, visits), Route(1)))
    there = counted(problem, plan)
    told = [found for found in check(problem, plan) if found.code == "too-few"]
    assert sum(float(found.values["minutes"]) for found in told) == (there < 2).sum()
    assert {found.values["teams"] for found in told} == set(there.tolist()) - {2}
    assert told[0].values["since"] == "19:20"
    (figure,) = evaluate(problem, plan).goals
    assert figure.reached == pytest.approx(np.minimum(there, 2).sum() / 80, rel=1e-12)
    assert not figure.holds
    assert "of 2 teams are there from 19:20" in str(told[0])


def test_breaks_and_teams_without_powers_do_not_count(make_problem):
    problem = with_tasks(make_problem(0, n_teams=1), [Task("rest", 3, ((40, 40),), 20, 0.0, presence=0.0)])
    problem = asked(problem, [3], (40, 59))
    plan = Plan((Route(0, (Visit(3, 40, problem.activities.of_task(0)),)),))
    assert [found.code for found in check(problem, plan)] == ["too-few"]
    stop = Plan((Route(0, (Visit(3, 40, 3),)),))
    assert check(problem, stop) == []
    assert [found.code for found in check(replace(problem, team_powers=np.zeros(1, bool)), stop)] == ["too-few"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("teams", [1, 2])
def test_the_default_keeps_it(make_problem, seed, teams):
    problem = asked(make_problem(seed), [3, 4], (40, 80), teams)
    free = solve(replace(problem, goals=()), Budget(iterations=600))
    assert "too-few" in [found.code for found in check(problem, free.plan)]
    found = solve(problem, Budget(iterations=600))
    assert check(problem, found.plan) == []
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-12)
    assert 0.5 * free.value < found.value < free.value


def test_at_a_price_as_much_is_missing_as_pays(make_problem):
    problem = make_problem(1)
    free = solve(problem, Budget(iterations=800)).value
    missed, values = [], []
    for price in (1e-6, 2.0):
        priced = asked(problem, [3, 4, 5], (40, 80), 2, price=price, fixed_price=True)
        found = solve(priced, Budget(iterations=800))
        assert check(priced, found.plan) == []
        assert found.prices == (price,)
        missed.append(1.0 - evaluate(priced, found.plan).goals[0].reached)
        values.append(found.value)
    assert missed[0] > 0.1 > 0.02 > missed[1]
    assert values[1] < values[0]
    assert values[0] == pytest.approx(free, rel=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_where_exact_finds_a_plan_the_default_finds_one(make_problem, seed):
    problem = small(make_problem, seed, n_sites=4)
    problem = replace(problem, team_end_step=np.array([6, 5], dtype=np.int32))
    rng = np.random.default_rng(seed)
    problem = asked(problem, rng.choice(4, 2, replace=False), (1, 4), 1 + seed % 2)
    assert exact.supports(problem)
    try:
        best = solve(problem, Budget(iterations=100_000), strategy="exact")
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            solve(problem, Budget(iterations=300))
        return
    assert check(problem, best.plan) == []
    free = solve(replace(problem, goals=()), Budget(iterations=100_000), strategy="exact").value
    found = solve(problem, Budget(iterations=300))
    assert check(problem, found.plan) == []
    assert found.value <= best.value + 1e-9 <= free + 2e-9
    assert best.bound == pytest.approx(best.value, rel=1e-12)


def test_what_no_team_can_is_said_with_its_hours(make_problem):
    problem = make_problem(0)
    far = int(np.argmax(problem.profiles[0].travel_steps[0][:14]))
    problem = asked(replace(problem, team_start_step=np.full(3, 5, np.int32)), [far], (0, 60), 3)
    with pytest.raises(InfeasibleError, match=r"from 19:00 to .* at most 0 of 3 teams can be there") as error:
        solve(problem, Budget(iterations=10))
    assert {fault.code for fault in error.value.faults} == {"RO-468"}


@pytest.mark.parametrize("strategy", ["greedy", "beats", "random"])
def test_other_strategies_say_that_they_cannot(make_problem, strategy):
    with pytest.raises(InputError, match="cannot hold floors"):
        solve(asked(make_problem(0), [3]), Budget(iterations=1), strategy=strategy)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_keeps_the_watches_keeps_the_rule(make_problem, make_tasks, seed):
    problem = asked(make_tasks(make_problem(seed), seed, n_tasks=12), [3, 4, 5, 6], (35, 80))
    shared = presence.watches(problem, np.random.default_rng(seed))
    assert shared[0].begin == 35
    assert shared[-1].end == 81
    assert all(a.end == b.begin for a, b in pairwise(shared))
    kept = presence.kept_by(problem, shared)
    assert not kept.rules_on_presence
    found = solve(kept, Budget(iterations=100), seed=seed)
    assert check(kept, found.plan) == []
    plan = presence.without_watches(problem, found.plan)
    assert check(problem, plan) == []


def test_kernels_count_what_the_specification_counts(make_problem, make_plan):
    problem = asked(make_problem(2), [3, 4, 5, 6, 7, 8], (10, 90), 2)
    search = Search(problem)
    for seed in range(4):
        plan = make_plan(problem, seed)
        search.set_plan(search.rows_of(plan))
        (reached,) = search.floors.reached(search.coverage, search.reach)
        assert reached == pytest.approx(evaluate(problem, plan).goals[0].reached, abs=1e-12)


@pytest.mark.parametrize(
    ("goal", "code"),
    [
        ({"at_least": 0.5, "measure": Measure.PRESENCE, "sites": np.ones(3, bool)}, "RO-447"),
        ({"at_least": 0.5, "fixed_price": True}, "RO-448"),
        ({"at_least": 1.0, "measure": Measure.PRESENCE}, "RO-661"),
    ],
)
def test_goals_made_in_python_are_checked(goal, code):
    with pytest.raises(InputError) as error:
        Goal("x", **goal)
    assert [fault.code for fault in error.value.faults] == [code]
