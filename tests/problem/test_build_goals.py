"""From the goals of a scenario to those of its problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from routeopt.budget import Budget
from routeopt.errors import InputError, Message, ScenarioError
from routeopt.evaluation import evaluate
from routeopt.messages import words
from routeopt.problem.build import build, build_with_streets
from routeopt.problem.build_goals import add_goals
from routeopt.problem.goal_names import scope
from routeopt.problem.goals import Goal
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

SITES = {
    "count": 0,
    "list": [
        {"name": "SE", "lat": 26.0, "lon": 119.003, "zone": "East"},
        {"name": "NE", "lat": 26.002, "lon": 119.003, "zone": "East"},
        {"name": "SW", "lat": 26.0005, "lon": 119.0, "zone": "West"},
    ],
}
HALF = {"at_least": 0.5}
EARLY = [{"kind": "fixed", "entries": [{"name": "Market", "lat": 26.002, "lon": 119.003, "until": "20:00"}]}]


def test_what_is_asked_is_what_counts(night):
    goals = [
        HALF, HALF | {"within_min": 3, "name": "Near"}, HALF | {"zone": "East"},
        HALF | {"from": "19:30", "until": "20:15", "within_min": 1},
    ]  # fmt: skip
    p = build(read_scenario(night(goals=goals, sites=SITES)))
    all_seen, near, east, late = p.goals
    assert [goal.name for goal in p.goals] == [
        "seen", "Near", "seen in East", "reached within 1 min, 19:30–20:15",
    ]  # fmt: skip
    assert [goal.radius for goal in p.goals] == [None, 1, None, 0]
    np.testing.assert_array_equal(all_seen.demand(p.demand), p.demand)
    np.testing.assert_array_equal(near.demand(p.demand), p.demand)
    np.testing.assert_array_equal(east.points, np.array(p.point_zone) == "East")
    assert 0 < east.points.sum() < p.n_points
    assert late.steps == (30, 74)


def test_a_floor_for_every_hour(night):
    shift = {"start": "19:00", "end": "21:30", "step_s": 600}
    goals = [
        HALF | {"within_min": 3, "every_hour": True},
        HALF | {"name": "East", "zone": "East", "every_hour": True},
    ]
    model = {"dwell_min": [10], "dwell_effect": [0.8]}
    p = build(read_scenario(night(goals=goals, sites=SITES, shift=shift, model=model)))
    assert [goal.steps for goal in p.goals] == 2 * [(0, 5), (6, 11), (12, 14)]
    assert [goal.name for goal in p.goals][2:4] == ["reached within 3 min, 21:00–21:30", "East 19:00–20:00"]


def test_hours_that_are_no_whole_steps_leave_none_out_and_count_none_twice(night):
    shift = {"start": "19:10", "end": "21:10", "step_s": 600}
    goals = [HALF | {"from": "19:25", "until": "20:55", "every_hour": True}]
    model = {"dwell_min": [10], "dwell_effect": [0.8]}
    p = build(read_scenario(night(goals=goals, shift=shift, model=model)))
    assert [goal.steps for goal in p.goals] == [(2, 7), (8, 10)]


def test_hours_without_demand_have_no_floor_and_a_note_says_so(night):
    built = build_with_streets(read_scenario(night(goals=[HALF | {"every_hour": True}], demand=EARLY)))
    assert [goal.steps for goal in built.problem.goals] == [(0, 59)]
    (note,) = [note for note in built.notes if note.code == "build-goal-hours"]
    assert str(note) == "goal 1 has no floor at 20:00–21:00, when there is no demand."


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"goals": [HALF | {"zone": "Eats"}]}, "RO-409", 'those known: East, West. Did you mean "East"?'),
        ({"goals": [HALF | {"zone": "x"}], "sites": {"count": 3}}, "RO-409", "those known: nothing."),
        ({"goals": [HALF | {"from": "20:00"}], "demand": EARLY}, "RO-440", "no demand to see or reach from 20:00"),
        (
            {"goals": [HALF | {"from": "20:00", "name": "Late", "every_hour": True}], "demand": EARLY},
            "RO-440",
            'goal "Late": there is no demand',
        ),
        (
            {
                "goals": [HALF | {"from": "20:01", "until": "20:09"}],
                "shift": {"start": "19:00", "end": "21:00", "step_s": 600},
                "model": {"dwell_min": [10], "dwell_effect": [0.8]},
            },
            "RO-159",
            "no step of 600 s begins",
        ),
    ],
)
def test_faults_have_their_place_in_the_file(night, changes, code, said):
    path = night(**{"sites": SITES} | changes)
    with pytest.raises(ScenarioError) as caught:
        build(read_scenario(path))
    (fault,) = caught.value.faults
    assert fault.code == code
    assert said in str(fault)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines.index("goals:") < fault.line - 1 <= lines.index("goals:") + 6


def test_a_scenario_whose_file_is_gone_has_faults_all_the_same(night):
    path = night(goals=[HALF | {"zone": "Eats"}], sites=SITES)
    scenario = read_scenario(path)
    path.unlink()
    with pytest.raises(ScenarioError, match="Eats") as caught:
        build(scenario)
    assert caught.value.faults[0].line is None


def test_a_given_name_that_another_goal_has_by_what_it_asks_for(night):
    scenario = read_scenario(
        night(goals=[HALF | {"name": "seen in East", "within_min": 3}, HALF | {"zone": "East"}])
    )
    with pytest.raises(ScenarioError, match="goal 2 occurs twice"):
        add_goals(build(read_scenario(night(sites=SITES))), scenario)


@pytest.mark.parametrize(
    ("keys", "english", "chinese"),
    [
        ({}, "seen", "见警率"),
        ({"zone": "East"}, "seen in East", "East见警率"),
        ({"within_min": 3}, "reached within 3 min", "3分钟管事率"),
        ({"within_min": 5, "zone": "West"}, "reached within 5 min in West", "West5分钟管事率"),
        ({"until": "20:00"}, "seen, 19:00–20:00", "见警率，19:00–20:00"),
        ({"name": "Heart"}, "Heart", "Heart"),
    ],
)
def test_goals_are_named_in_the_reader_s_language(night, keys, english, chinese):
    p = build(read_scenario(night(goals=[HALF | keys], sites=SITES)))
    (goal,) = p.goals
    assert goal.name == english
    title = scope(p, goal).title(goal.name)
    assert (title.text(words("zh")) if isinstance(title, Message) else title) == chinese


def test_points_that_are_no_community_have_none(make_problem):
    p = make_problem(1)
    some = np.arange(p.n_points) < 3
    assert scope(p, Goal("few", 0.5, points=some)).zone is None
    assert scope(p, Goal("north", 0.5, points=np.array(p.point_zone) == "north")).zone == "north"


def test_prices_of_a_result_are_given_back(make_problem):
    p = replace(make_problem(1), goals=(Goal("a", 0.5), Goal("b", 0.5, radius=0)))
    assert [goal.price for goal in p.priced((0.25, 2)).goals] == [0.25, 2.0]
    assert p.priced(()) is p
    with pytest.raises(InputError, match=r"prices: must have 2 entries \(got 1\)"):
        p.priced((1.0,))
    with pytest.raises(InputError, match="at most 20"):
        p.priced((1.0, 21.0))


@pytest.mark.slow
def test_the_example_with_floors_holds_them_all():
    example = Path(__file__).resolve().parents[2] / "scenarios" / "wuliting" / "floors.yaml"
    problem = build(read_scenario(example))
    assert len(problem.goals) == 12
    figures = evaluate(problem, solve(problem, Budget(iterations=2500), seed=1).plan)
    assert [goal for goal in figures.goals if not goal.holds] == []
