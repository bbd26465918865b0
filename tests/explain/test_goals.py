"""How goals are told: in files, on pages and in advice."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from routeopt.errors import Message
from routeopt.evaluation import coverage, evaluate
from routeopt.explain.goals import goals_json, missed, price, read_goals, standing, titles, unmet
from routeopt.explain.plan_diff import figure_rows, figure_word
from routeopt.explain.unvisited import left_out
from routeopt.messages import words
from routeopt.plan import Plan, Result, Route
from routeopt.problem.goals import Goal, Measure
from routeopt.reports.build_model import figures_json

ZH = words("zh")


@pytest.fixture
def goals(make_problem, make_plan):
    """A floor that is held, and two that are missed, of a plan."""
    problem = make_problem(2)
    north = np.array(problem.point_zone) == "north"
    asked = (
        Goal("seen", 0.01), Goal("reached within 3 min in north, 19:20–20:00", 1.0, 1, north, (20, 59)),
        Goal("Heart", 0.999, points=north),
    )  # fmt: skip
    problem = replace(problem, goals=asked)
    figures = evaluate(problem, make_plan(problem, 2))
    return problem, figures, goals_json(problem, figures, (0.0, 3.5, 0.004))


def test_what_is_asked_and_reached_is_in_json(goals):
    _, figures, listed = goals
    assert json.loads(json.dumps(listed)) == listed
    assert [(goal["name"], goal["reached"], goal["holds"]) for goal in listed] == [
        (one.name, one.reached, one.holds) for one in figures.goals
    ]
    scopes = [[goal[key] for key in ("within_min", "zone", "from", "until", "price")] for goal in listed]
    assert scopes == [
        [None, None, None, None, 0.0], [3.0, "north", "19:20", "20:00", 3.5], [None, "north", None, None, 0.004],
    ]  # fmt: skip
    assert unmet(listed) == [listed[1]["name"], "Heart"]


def test_a_price_that_is_not_known_is_null(goals):
    problem, figures, _ = goals
    assert [goal["price"] for goal in figures_json(problem, figures)["goals"]] == [None, None, None]


def test_what_is_missed_is_told_in_the_reader_s_language(goals):
    *_, listed = goals
    english, heart = (str(message) for message in missed(listed))
    short = 100 * (1 - listed[1]["reached"])
    assert english.startswith("reached within 3 min in north, 19:20–20:00: ")
    assert english.endswith(f" of at least 100.0%, {short:.1f} points too few.")
    assert heart.startswith("Heart: ")
    assert missed(listed)[0].text(ZH).startswith("north3分钟管事率，19:20–20:00：实际 ")
    assert str(standing(listed[1])) == f"missed by {short:.1f} points"
    assert str(standing(listed[0])) == f"held by {100 * listed[0]['reached'] - 1:.1f} points"


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (None, ""),
        (0.0, "none"),
        (0.004, "less than 0.01 points"),
        (0.0625, "about 0.06 points"),
        (2, "about 2.00 points"),
    ],
)
def test_prices_in_words(goals, cost, told):
    *_, listed = goals
    assert str(price(listed[0] | {"price": cost})) == told
    assert price(listed[1] | {"price": cost}) == ""


def test_goals_of_two_plans_side_by_side(goals):
    *_, listed = goals
    after = [listed[0] | {"reached": 0.75}]
    rows = figure_rows({"goals": listed}, {"goals": after})
    assert rows[0] == ("goals: seen", listed[0]["reached"], 0.75)
    assert [row[2] for row in rows[1:]] == [None, None]
    named = titles([{"goals": listed}, {"goals": after}], ZH)
    assert [figure_word(row[0], ZH, named) for row in rows] == [
        "目标：见警率", "目标：north3分钟管事率，19:20–20:00", "目标：Heart",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "goal",
    ["x", {}, {"name": 1, "reached": 0.5}, {"name": "a", "reached": "b"}, {"name": "a", "reached": 1, "zone": 2}],
)
def test_goals_of_a_spoilt_file_are_left_out(goal):
    assert read_goals({"goals": [goal]}) == []
    assert read_goals({"goals": goal}) == []
    assert figure_rows({"goals": [goal]}, {}) == []


def test_no_stop_is_proposed_that_would_miss_a_floor(make_problem):
    """Of a plan without stops: each of them gains, and those that take the team from its post miss a floor."""
    problem = make_problem(5, n_teams=1)
    problem = replace(problem, goals=(Goal("near the post", 0.5, radius=0),))
    plan = Plan((Route(0),))
    near = evaluate(problem, plan).goals[0].reached
    assert near > 0
    result = Result(plan, 0.0, "greedy", 0, 0.0, 0)
    covered = coverage(problem, plan)
    tight = replace(problem, goals=(replace(problem.goals[0], at_least=near),))
    told = [place.reason for place in left_out(tight, result, covered, str)]
    assert any("but miss a floor: near the post" in reason for reason in told)
    loose = replace(problem, goals=(replace(problem.goals[0], at_least=1e-6),))
    told = [place.reason for place in left_out(loose, result, covered, str)]
    assert told
    assert not any("floor" in reason for reason in told)


def test_messages_name_goals_by_what_they_ask_for(goals):
    problem, _, listed = goals
    assert isinstance(missed(listed)[0].values["name"], Message)
    assert missed(listed)[1].values["name"] == problem.goals[2].name


@pytest.mark.parametrize(
    ("reached", "points"), [(0.8, "10.0"), (0.8996, "0.04"), (0.899994, "0.001"), (0.9 - 1e-12, "0.000000")]
)
def test_a_floor_that_is_nearly_held_is_not_said_to_be_missed_by_nothing(reached, points):
    goal = {"name": "a", "at_least": 0.9, "reached": reached, "holds": False, "price": None}
    assert missed([goal])[0].values["points"] == points
    assert str(standing(goal)) == f"missed by {points} points"


def test_a_fair_share_of_some_hours_is_priced_by_what_is_seen_in_them(make_problem, make_plan):
    """One point of the ratio is one of the town's demand in these hours, not of the night's."""
    problem, plan = make_problem(2), make_plan(make_problem(2), 2)
    fair = Goal("fair", 0.5, points=np.arange(problem.n_points) < 5, steps=(20, 59), measure=Measure.FAIR)
    town = Goal("town", 0.5, steps=(20, 59))
    problem = replace(problem, goals=(fair, town))
    figures = evaluate(problem, plan)
    listed = goals_json(problem, figures, (0.1, 0.1))
    assert listed[0]["rate"] == pytest.approx(figures.goals[1].reached)
    assert listed[0]["rate"] != pytest.approx(figures.visibility)
    assert listed[1]["rate"] == 1.0
