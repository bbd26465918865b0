"""The specification against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.clock import Clock
from routeopt.errors import InputError
from routeopt.evaluation import (
    BAND_TAU_S,
    WITHIN_MIN,
    GoalFigure,
    Variants,
    evaluate,
    left,
    present,
    value,
    visibility,
)
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem, Profile
from routeopt.problem.goals import Goal, Measure
from routeopt.problem.tasks import Task, with_tasks
from routeopt.problem.zones import ZoneLayer
from routeopt.solving import solve


def tiny() -> Problem:
    """Two sites one step apart, a point at each; 4 steps of a minute; λ = 1 everywhere."""
    profile = Profile(
        mode="foot",
        travel_steps=np.array([[0, 1], [1, 0]], dtype=np.int32),
        travel_m=np.array([[0.0, 60.0], [60.0, 0.0]]),
        sight_ptr=np.array([0, 1, 2]),
        sight_point=np.array([0, 1], dtype=np.int32),
        sight_rho=np.array([1.0, 1.0]),
        pass_ptr=np.zeros(5, dtype=np.int64),
        pass_point=np.empty(0, dtype=np.int32),
        pass_step=np.empty(0, dtype=np.int32),
        pass_present=np.empty(0),
        pass_leaves=np.empty(0),
    )
    return Problem(
        clock=Clock(start_min=0, n_steps=4),
        demand=np.ones((2, 4)),
        level0=np.zeros(2),
        dwell_steps=np.array([1], dtype=np.int32),
        dwell_effect=np.array([0.5]),
        passage_effect=0.1,
        tau_s=60 / np.log(2),  # a level halves in one step
        profiles=(profile,),
        team_profile=np.zeros(1, dtype=np.int32),
        team_factor=np.ones(1),
        team_start_site=np.zeros(1, dtype=np.int32),
        team_end_site=np.zeros(1, dtype=np.int32),
        team_start_step=np.zeros(1, dtype=np.int32),
        team_end_step=np.full(1, 4, dtype=np.int32),
        team_powers=np.ones(1, dtype=np.bool_),
        response_ptr=(np.array([0, 1, 2]),),
        response_point=(np.array([0, 1], dtype=np.int32),),
        handling_min=(1.0,),
        site_names=("a", "b"),
        site_stoppable=np.ones(2, dtype=np.bool_),
        point_zone=("", ""),
        team_names=("t",),
    )


def test_waiting_at_the_post_all_night_sees_one_of_two_points():
    assert visibility(tiny(), Plan((Route(0),))) == pytest.approx(4 / 8)


def test_one_visit_by_hand():
    """Step 0 on the way to b, step 1 at b, step 2 on the way back, step 3 at the post a.

    Point b: S = 0, 1 (present), then the level 0.5 from the departure at step 2, and 0.25 at step 3.
    Point a: S = 0, 0, 0, 1. Sum 2.75 of 8.
    """
    plan = Plan((Route(0, (Visit(1, 1, 0),)),))
    assert visibility(tiny(), plan) == pytest.approx(2.75 / 8)


def test_two_visits_in_a_row_to_one_site_are_one_longer_stay():
    """At b in steps 1 and 2, which leaves 0.8 in step 3, not what two departures would."""
    problem = replace(tiny(), dwell_steps=np.array([1, 2], dtype=np.int32), dwell_effect=np.array([0.5, 0.8]))
    twice = Plan((Route(0, (Visit(1, 1, 0), Visit(1, 2, 0))),))
    assert visibility(problem, twice) == pytest.approx(2.8 / 8)
    assert visibility(problem, Plan((Route(0, (Visit(1, 1, 1),)),))) == pytest.approx(2.8 / 8)


def with_task(**about):
    return with_tasks(tiny(), [Task("knock", 1, ((1, 2),), 1, reward=0.25, **about)])


def test_a_task_is_a_visit_with_a_reward():
    """At b in step 1 like the visit by hand above, with the same effect, and the reward once."""
    plan = Plan((Route(0, (Visit(1, 1, 1),)),))
    figures = evaluate(with_task(), plan)
    assert figures.visibility == pytest.approx(2.75 / 8)
    assert figures.value == value(with_task(), plan) == pytest.approx(2.75 / 8 + 0.25)
    assert (figures.tasks.done, figures.tasks.of, figures.tasks.reward) == (1, 1, 0.25)


def test_a_task_not_done_is_named():
    assert evaluate(with_task(), Plan((Route(0),))).tasks.left_out == ("knock",)


def test_a_service_shorter_than_every_dwell_has_no_effect():
    problem = replace(with_task(), dwell_steps=np.array([2], dtype=np.int32))
    # present at b in step 1, then nothing is left behind; at the post in step 3
    assert visibility(problem, Plan((Route(0, (Visit(1, 1, 1),)),))) == pytest.approx(2 / 8)


def test_team_doing_a_task_does_not_count_as_free():
    """Of b's 4 steps a visit reaches 1, the step that it is there; a task reaches none."""
    visit, task = (evaluate(with_task(), Plan((Route(0, (Visit(1, 1, dwell),)),))) for dwell in (0, 1))
    assert visit.handling[1.0] - task.handling[1.0] == pytest.approx(1 / 8)


def test_goals_by_hand():
    """One visit at b in step 1: of b, three steps are seen or held off; the team is nearer to b in steps 1 and 2.

    A leg of one step counts for the place that it leaves: b is reached in step 1, and in step 2 on the way back.
    """
    b = np.array([False, True])
    problem = replace(tiny(), goals=(
        Goal("seen", 0.4), Goal("seen at b, late", 0.25, points=b, steps=(2, 3)), Goal("reached", 0.5, radius=0),
        Goal("reached at b", 0.75, radius=0, points=b),
    ))  # fmt: skip
    figures = evaluate(problem, Plan((Route(0, (Visit(1, 1, 0),)),)))
    assert [goal.reached for goal in figures.goals] == pytest.approx([2.75 / 8, 0.75 / 2, 4 / 8, 2 / 4])
    assert [goal.holds for goal in figures.goals] == [False, True, True, False]
    assert figures.value == figures.visibility


def test_goals_of_time_and_of_fairness_by_hand():
    """The team is free at b in step 1, nearer to it in step 2; b is seen for 1.75 of 4, the town for 2.75 of 8."""
    b = np.array([False, True])
    problem = replace(tiny(), goals=(
        Goal("hours", 0.5, measure=Measure.TIME, sites=b),
        Goal("late hours", 0.5, measure=Measure.TIME, sites=b, steps=(1, 3)),
        Goal("fair", 0.9, points=b, measure=Measure.FAIR), Goal("seen", 0.3, points=b),
        Goal("unseen", 0.5, points=b, measure=Measure.UNSEEN),
    ))  # fmt: skip
    plan = Plan((Route(0, (Visit(1, 1, 0),)),))
    goals = evaluate(problem, plan).goals
    assert [goal.reached for goal in goals] == pytest.approx(
        [2 / 4, 1 / 3, 1.75 / 4 / (2.75 / 8), 1.75 / 4, 2.25 / 4]
    )
    assert [goal.rate for goal in goals] == pytest.approx([1, 1, 2.75 / 8, 1, 1])
    assert [goal.name for goal in goals] == ["hours", "late hours", "fair", "seen", "unseen"]
    assert present(problem, plan, b).tolist() == [False, True, True, False]
    assert not present(replace(problem, team_powers=np.zeros(1, dtype=bool)), plan, b).any()


def test_what_is_not_coverage_is_refused():
    with pytest.raises(InputError, match="covered"):
        evaluate(tiny(), Plan((Route(0),)), 5)


def test_a_floor_holds_to_the_last_digits():
    assert GoalFigure("", 0.5, 0.5 - 1e-9).holds
    assert not GoalFigure("", 0.5, 0.5 - 1.2e-9).holds


def test_what_others_leave_counts_where_no_team_of_the_plan_comes():
    """Others see b half in every step; and raise its level by half at the end of step 2."""
    idle, b = Plan((Route(0),)), np.array([[1.0], [0.5]])
    assert visibility(replace(tiny(), absent0=np.repeat(b, 4, axis=1)), idle) == pytest.approx(6 / 8)
    assert visibility(replace(tiny(), keep0=np.repeat(b, 4, axis=1)), idle) == pytest.approx(
        (4 + 0.5 + 0.625 + 0.65625 + 0.6640625) / 8
    )
    assert visibility(replace(tiny(), level0=np.array([0, 0.8])), idle) == pytest.approx((4 + 0.8 * 1.875) / 8)


def test_figures_of_a_moment_ago_by_hand():
    """A step is ten minutes: at b in step 1 of 14, which is seen within 30 min until step 3, within 60 until 6."""
    base = tiny()
    problem = replace(
        base, clock=Clock(0, 14, 600), demand=np.ones((2, 14)), team_end_step=np.full(1, 14, dtype=np.int32),
        zone_layers=(ZoneLayer("x", ("a", "b", "none"), np.array([0, 1]), np.array([0, 1])),),
    )  # fmt: skip
    figures = evaluate(problem, Plan((Route(0, (Visit(1, 1, 0),)),)))
    a = 11  # steps 3 to 13
    assert {m: 28 * share for m, share in figures.within.items()} == pytest.approx(
        {30: a + 3, 60: a + 6, 120: a + 12}
    )
    assert figures.instant == pytest.approx((a + 1) / 28)
    assert sum(figures.zones.values()) == pytest.approx(2 * figures.visibility)
    assert list(figures.zones) == ["a", "b"]
    assert tuple(figures.within) == WITHIN_MIN
    for step_s in (1800, 7200):  # a window is a step at least
        slow = evaluate(replace(problem, clock=Clock(0, 14, step_s)), Plan((Route(0, (Visit(1, 1, 0),)),)))
        assert slow.within[30] == pytest.approx(slow.instant)


def test_the_band_by_hand():
    """g of the visit is 0.1 or 0.45; of what is left in steps 2 and 3 a step fades exp(−60/τ)."""
    low, high = evaluate(tiny(), Plan((Route(0, (Visit(1, 1, 0),)),))).band
    fade = [np.exp(-60 / tau_s) for tau_s in (20 * 60, 360 * 60)]
    assert (low, high) == pytest.approx(((2 + 0.1 + 0.1 * fade[0]) / 8, (2 + 0.45 + 0.45 * fade[1]) / 8))
    assert BAND_TAU_S == (1200, 21600)


def test_the_shortest_dwell_of_the_band_leaves_no_more_than_a_longer_one():
    problem = replace(tiny(), dwell_steps=np.array([1, 2], dtype=np.int32), dwell_effect=np.array([0.2, 0.3]))
    _, high = evaluate(problem, Plan((Route(0, (Visit(1, 1, 1),)),))).band
    assert high == pytest.approx((2 + 0.45) / 8)


def test_stops_outside_a_zone_are_counted_once_each_stay_by_hand(make_problem):
    """Sites of even number are the zone; leaving it costs 0.0625 a stop: of 4 stays, two are at odd sites."""
    problem = make_problem(1)
    layer = ZoneLayer("kinds", ("even", "odd"), np.arange(20) % 2, np.arange(14) % 2)
    problem = replace(
        problem, zone_layers=(layer,), team_zone=np.array([0, -1, 1]), leaving_price=np.array([0.0625, 0.0, -1.0])
    )
    wait = problem.activities.wait(3)
    stops = Visit(3, 20, 0), Visit(3, 25, 0), Visit(2, 40, 0), Visit(5, 55, wait), Visit(5, 60, 0), Visit(2, 80, 0)
    plan = Plan((Route(0, stops), Route(1, stops), Route(2, stops)))
    (one,) = evaluate(problem, plan).leaving
    assert (one.team, one.zone, one.stops, one.of, one.price) == ("team 0", "even", 2, 4, 0.0625)
    assert left(problem, plan) == 0.125
    reserve = replace(problem, team_reserve=np.array([True, False, False]))
    assert evaluate(reserve, plan).leaving == ()
    assert left(replace(problem, leaving_price=np.empty(0)), plan) == 0


def test_figures_by_hand():
    figures = evaluate(tiny(), Plan((Route(0, (Visit(1, 1, 0),)),)))
    assert figures.visibility == pytest.approx(2.75 / 8)
    assert figures.instant == pytest.approx(2 / 8)


def test_passage_counts_presence_and_its_small_dose():
    """Passing point a for half of step 0 and leaving it then: presence 0.5, then a level of 0.1 · 0.5 …"""
    problem = tiny()
    leg = replace(
        problem.profiles[0],
        pass_ptr=np.array([0, 0, 1, 1, 1]),
        pass_point=np.array([0], dtype=np.int32),
        pass_step=np.array([0], dtype=np.int32),
        pass_present=np.array([0.5]),
        pass_leaves=np.array([1.0]),
    )
    problem = replace(problem, profiles=(leg,), team_end_site=np.ones(1, dtype=np.int32))
    # a: 0.5, then levels 0.1, 0.05, 0.025; b: present in steps 1, 2, 3
    assert visibility(problem, Plan((Route(0),))) == pytest.approx((0.5 + 0.1 + 0.05 + 0.025 + 3) / 8)


def test_two_teams_at_one_place_see_it_once():
    problem = replace(
        tiny(), team_profile=np.zeros(2, dtype=np.int32), team_factor=np.array([0.5, 0.5]),
        team_start_site=np.zeros(2, dtype=np.int32), team_end_site=np.zeros(2, dtype=np.int32),
        team_start_step=np.zeros(2, dtype=np.int32), team_end_step=np.full(2, 4, dtype=np.int32),
        team_powers=np.ones(2, dtype=np.bool_), team_names=("t", "u"),
    )  # fmt: skip
    assert visibility(problem, Plan((Route(0), Route(1)))) == pytest.approx(4 * 0.75 / 8)


@pytest.mark.parametrize("seed", range(5))
def test_figures_keep_their_order_and_range(make_problem, make_plan, seed):
    problem = make_problem(seed)
    figures = evaluate(problem, make_plan(problem, seed))
    assert 0 <= figures.instant <= figures.visibility <= 1
    within = list(figures.within.values())
    assert within == sorted(within)
    low, high = figures.band
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("seed", range(4))
def test_gain_of_another_route_is_the_difference_of_two_plans(make_problem, make_plan, seed):
    problem = make_problem(seed)
    plan, other = make_plan(problem, seed), make_plan(problem, seed + 10)
    variants, before = Variants(problem, plan), visibility(problem, plan)
    gains = []
    for n, route in enumerate(other.routes):
        changed = Plan(tuple(route if k == n else r for k, r in enumerate(plan.routes)))
        gains.append(variants.gain(n, route))
        assert gains[-1] == pytest.approx(visibility(problem, changed) - before, abs=1e-12)
        assert variants.gain(n, plan.routes[n]) == 0
    assert max(map(abs, gains)) > 1e-3


def test_another_visit_never_lowers_visibility(make_problem, make_plan):
    """Monotone, as the model says, when the rest of the route does not move."""
    problem = make_problem(4)
    still = [
        replace(p, pass_present=np.zeros_like(p.pass_present), travel_steps=np.minimum(p.travel_steps, 1),
                pass_step=np.zeros_like(p.pass_step))
        for p in problem.profiles
    ]  # fmt: skip
    problem = replace(problem, passage_effect=0.0, profiles=tuple(still))
    plan = make_plan(problem, 0)
    shorter = [Plan(tuple(Route(r.team, r.visits[:n]) for r in plan.routes)) for n in range(12)]
    values = [visibility(replace(problem, team_end_step=problem.team_start_step), p) for p in shorter]
    assert values == sorted(values)


@pytest.mark.parametrize("stop_there", [False, True])
def test_a_team_at_its_own_post_is_on_patrol_only_where_it_may_stop(make_problem, stop_there):
    """A night in which nobody moves scores nothing, unless the post is a place for stops."""
    problem = make_problem(4)
    post = np.zeros(problem.n_teams, dtype=np.int32)
    stoppable = np.arange(problem.n_sites) > (-1 if stop_there else 0)
    problem = replace(
        problem, team_start_site=post, team_end_site=post, site_stoppable=stoppable,
        level0=np.zeros(problem.n_points),
    )  # fmt: skip
    idle = Plan(tuple(Route(k) for k in range(problem.n_teams)))
    assert (visibility(problem, idle) > 0.01) is stop_there
    if not stop_there:
        assert visibility(problem, idle) == 0.0
        assert solve(problem, Budget(iterations=20), seed=0).value > 0.2
    figures = evaluate(problem, idle)
    assert figures.handling[1.0] > 0  # at its post it is free to act


def test_waiting_for_a_task_at_a_post_is_patrol(make_problem):
    problem = make_problem(4)
    task = with_tasks(problem, [Task("desk", 0, ((60, 80),), 5, 0.0)])
    at_once, later = (
        Plan((Route(0, (Visit(0, start, task.n_dwells),)), *(Route(k) for k in range(1, problem.n_teams))))
        for start in (60, 80)
    )
    assert visibility(task, later) > visibility(task, at_once)
