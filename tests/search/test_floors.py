"""Floors held by prices: raised until they hold, at the least loss; the rest of a search knows nothing of them."""

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.dispatch.replan import replan
from routeopt.dispatch.situation import Situation
from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.lagrangian import bound
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.zones import ZoneLayer
from routeopt.rules import check
from routeopt.search.state import Search
from routeopt.solving import solve
from routeopt.strategies import STRATEGIES

BUDGET = Budget(iterations=2500)


def reached(problem, plan):
    return [goal.reached for goal in evaluate(problem, plan).goals]


def _between(problem, plan):
    """Return floors between what a plan reaches of each goal and what another one does that has no other goal."""
    for goal, least in zip(problem.goals, reached(problem, plan), strict=True):
        alone = replace(problem, goals=(goal,))
        (most,) = reached(alone, solve(alone, BUDGET).plan)
        yield 0.85 * least + 0.15 * most


@pytest.fixture
def night(make_problem):
    """A night with goals between what its best plan reaches and what can be reached, and that plan."""
    problem = make_problem(3)
    north = np.array(problem.point_zone) == "north"
    goals = Goal("reached", 1.0, radius=0), Goal("north", 1.0, points=north, steps=(20, 99))
    asked = replace(problem, goals=goals)
    free = solve(problem, BUDGET)
    goals = tuple(
        replace(goal, at_least=floor) for goal, floor in zip(goals, _between(asked, free.plan), strict=True)
    )
    return replace(problem, goals=goals), free


@pytest.mark.parametrize("some", [(0,), (1,), (0, 1)], ids=["reached", "seen", "both"])
def test_floors_hold_at_a_small_loss(night, some):
    problem, free = night
    problem = replace(problem, goals=tuple(problem.goals[g] for g in some))
    assert not any(goal.holds for goal in evaluate(problem, free.plan).goals)
    found = solve(problem, BUDGET)
    figures = evaluate(problem, found.plan)
    assert all(goal.holds for goal in figures.goals)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(figures.value, rel=1e-12)
    assert 0.9 * free.value < found.value < free.value + 1e-3


def test_a_floor_that_holds_anyway_costs_nothing(night):
    problem, free = night
    easy = tuple(replace(goal, at_least=0.5 * goal.at_least) for goal in problem.goals)
    found = solve(replace(problem, goals=easy), BUDGET)
    assert found.value > 0.99 * free.value
    assert found.prices == (0, 0)


def test_of_floors_out_of_reach_the_plan_misses_least(make_problem):
    problem = make_problem(4)
    goal = Goal("reached", 1.0, radius=0)
    asked = replace(problem, goals=(goal,))
    found, free = solve(asked, BUDGET), solve(problem, BUDGET)
    assert not check(problem, found.plan)
    assert reached(asked, free.plan)[0] < reached(asked, found.plan)[0] < 1
    assert found.prices[0] > 1


def test_the_same_seed_gives_the_same_plan_on_any_machine(night):
    problem, _ = night
    budget = Budget(iterations=450)
    plans = [solve(problem, budget, seed=5).plan for _ in range(2)]
    assert plans[0] == plans[1] != solve(problem, budget, seed=6).plan
    assert solve(problem, budget, seed=5, threads=2).plan == solve(problem, budget, seed=5, threads=2).plan


def test_mandatory_tasks_come_before_floors(make_problem, make_tasks):
    problem = replace(make_tasks(make_problem(2), 2, n_mandatory=3), goals=(Goal("reached", 1.0, radius=0),))
    found = solve(problem, BUDGET)
    assert not check(problem, found.plan)
    assert found.value == pytest.approx(evaluate(problem, found.plan).value, rel=1e-12)


def test_a_plan_is_changed_under_its_prices(night):
    problem, _ = night
    priced = replace(problem, goals=tuple(replace(goal, price=1.0) for goal in problem.goals))
    plan = solve(problem, BUDGET).plan
    budget = Budget(iterations=60)
    after, before = (replan(p, plan, Situation(step=30), budget) for p in (priced, problem))
    assert after.value == pytest.approx(evaluate(problem, after.plan).value, rel=1e-12)
    assert sum(reached(problem, after.plan)) > sum(reached(problem, before.plan))


def test_the_bound_leaves_floors_out(night):
    problem, _ = night
    budget = Budget(iterations=5)
    plan = solve(problem, Budget(iterations=100)).plan
    assert bound(problem, budget, plan).value == bound(replace(problem, goals=()), budget, plan).value


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "best_response"])
def test_strategies_that_cannot_hold_floors_refuse_them_by_name(night, strategy):
    problem, _ = night
    assert not STRATEGIES[strategy].supports(problem)
    with pytest.raises(InputError, match=f"(?s){strategy}.*best_response"):
        solve(problem, BUDGET, strategy=strategy)


def quarters(problem):
    """The problem with four zones, each of every fourth point."""
    layer = ZoneLayer("quarters", tuple("ABCD"), np.arange(problem.n_points) % 4, np.full(problem.n_sites, -1))
    return replace(problem, zone_layers=(layer,))


def ratios(problem, plan):
    """What is seen of each zone's demand, over what is seen of all."""
    figures = evaluate(problem, plan)
    return np.array([share / figures.visibility for share in figures.zones.values()])


def test_fair_shares_raise_the_zone_that_is_seen_least(make_problem):
    problem = quarters(make_problem(3))
    free = solve(problem, BUDGET)
    least = ratios(problem, free.plan).min()
    fair = 0.5 * least + 0.5
    goals = tuple(Goal(z.title, fair, points=z.points, measure=Measure.FAIR) for z in problem.zones)
    found = solve(replace(problem, goals=goals), BUDGET)
    figures = evaluate(replace(problem, goals=goals), found.plan)
    np.testing.assert_allclose([goal.reached for goal in figures.goals], ratios(problem, found.plan), rtol=1e-12)
    assert least < fair <= ratios(problem, found.plan).min() + 1e-9
    assert 0.8 * free.value < found.value < free.value + 1e-3


def test_a_cap_leaves_a_zone_unseen_at_a_small_loss(make_problem):
    problem = quarters(make_problem(3))
    free = solve(problem, BUDGET)
    zone, (_, most) = max(
        zip(problem.zones, evaluate(problem, free.plan).zones.items(), strict=True), key=lambda one: one[1][1]
    )
    goal = Goal("cap", 1 - 0.8 * most, points=zone.points, measure=Measure.UNSEEN)
    capped = replace(problem, goals=(goal,))
    found = solve(capped, BUDGET)
    (figure,) = evaluate(capped, found.plan).goals
    assert figure.holds
    assert evaluate(problem, found.plan).zones[zone.title] == pytest.approx(1 - figure.reached)
    assert found.prices[0] > 0
    assert 0.8 * free.value < found.value < free.value + 1e-3


def test_a_floor_for_a_second_team(make_problem):
    problem = make_problem(3)
    ptr = problem.response_ptr[1]
    wide = np.repeat(np.arange(problem.n_points, dtype=np.int32)[None], len(ptr) - 1, axis=0)
    near = np.random.default_rng(0).random(wide.shape) < 0.35
    problem = replace(
        problem, response_ptr=(problem.response_ptr[0], np.append(0, near.sum(axis=1).cumsum())),
        response_point=(problem.response_point[0], wide[near]),
    )  # fmt: skip
    free = solve(problem, BUDGET)
    floor = evaluate(problem, free.plan).backup[3.0] + 0.05
    asked = replace(problem, goals=(Goal("second", floor, radius=1, responders=2),))
    found = solve(asked, BUDGET)
    assert evaluate(asked, found.plan).goals[0].holds
    assert evaluate(asked, found.plan).backup[3.0] >= floor
    assert 0.8 * free.value < found.value


def test_prices_of_all_kinds_of_goals_are_what_they_add(make_problem, make_plan):
    problem = quarters(make_problem(1))
    points = problem.zones[1].points
    goals = (
        Goal("fair", 0.5, points=points, measure=Measure.FAIR, price=0.4),
        Goal("unseen", 0.5, points=points, measure=Measure.UNSEEN, price=0.3, steps=(10, 60)),
    )
    problem = replace(problem, goals=goals)
    search, plan = Search(problem), make_plan(problem, 1)
    search.set_plan(search.rows_of(plan))
    figures = evaluate(problem, plan)
    np.testing.assert_allclose(
        search.floors.reached(search.coverage, search.reach), [goal.reached for goal in figures.goals], rtol=1e-12
    )
    fair = figures.zones["B"] - 0.5 * figures.visibility
    added = 0.4 * fair - 0.3 * (1 - figures.goals[1].reached)
    assert search.objective() == pytest.approx(figures.value + added, rel=1e-12)


def test_measures_that_do_not_exist_are_refused():
    for wrong in ({"measure": "most"}, {"measure": "fair", "radius": 0}, {"responders": 0}):
        with pytest.raises(InputError, match=r"goal\.(measure|responders)"):
            Goal("x", 0.5, **wrong)


def there(problem, plan, sites):
    """In how many steps a team is at one of the sites, on a leg at its nearer end: step by step, by hand."""
    found = set()
    for route in plan.routes:
        at, now = int(problem.team_start_site[route.team]), int(problem.team_start_step[route.team])
        home = int(problem.team_end_site[route.team]), int(problem.team_end_step[route.team])
        visits = [(v.site, v.start, v.start + int(problem.visit_steps[v.activity])) for v in route.visits]
        for site, _start, end in [*visits, (*home, home[1])]:
            legs = problem.movement(route.team).steps(at, site, now)
            for t in range(now, end):
                where = at if t < now + (legs + 1) // 2 else site
                found |= {t} if sites[where] else set()
            at, now = site, end
    return len([t for t in found if t < problem.n_steps])


@pytest.fixture
def capped(make_problem):
    """A night whose five busiest places may have a team for half as long as they do, and its free plan."""
    problem = make_problem(3)
    free = solve(problem, BUDGET)
    visits = [v for route in free.plan.routes for v in route.visits]
    time = np.bincount(
        [v.site for v in visits], [problem.visit_steps[v.activity] for v in visits], problem.n_sites
    )
    sites = np.zeros(problem.n_sites, dtype=bool)
    sites[np.argsort(-time)[:5]] = True
    cap = there(problem, free.plan, sites) // 2
    goal = Goal("cap", 1 - cap / problem.n_steps, measure=Measure.TIME, sites=sites)
    return replace(problem, goals=(goal,)), free, sites, cap


def test_a_cap_on_minutes_of_presence_holds(capped):
    problem, free, sites, cap = capped
    assert not evaluate(problem, free.plan).goals[0].holds
    found = solve(problem, BUDGET)
    figure = evaluate(problem, found.plan).goals[0]
    assert figure.holds
    assert not check(problem, found.plan)
    assert there(problem, found.plan, sites) <= cap
    assert figure.reached == pytest.approx(1 - there(problem, found.plan, sites) / problem.n_steps)
    assert 0.85 * free.value < found.value < free.value + 1e-3


def test_minutes_of_presence_are_counted_alike_by_search_and_evaluation(capped):
    problem, free, _sites, _cap = capped
    goal = replace(problem.goals[0], steps=(10, 59))
    problem = replace(problem, goals=(*problem.goals, goal))
    search = Search(problem)
    search.set_plan(search.rows_of(free.plan))
    own = search.floors.reached(search.coverage, search.reach)
    assert own.tolist() == pytest.approx(reached(problem, free.plan))
    nobody = replace(problem, team_powers=np.zeros(problem.n_teams, dtype=bool))
    assert reached(nobody, free.plan) == [1.0, 1.0]  # volunteers are no dose


def test_sites_go_with_caps_on_time_alone(make_problem):
    problem = make_problem(3)
    with pytest.raises(InputError, match="measures time and presence"):
        Goal("cap", 0.5, measure=Measure.TIME)
    with pytest.raises(InputError, match="measures time and presence"):
        Goal("seen", 0.5, sites=np.ones(3, dtype=bool))
    with pytest.raises(InputError, match=r"goals\[0\]\.sites"):
        replace(problem, goals=(Goal("cap", 0.5, measure=Measure.TIME, sites=np.ones(3, dtype=bool)),))
