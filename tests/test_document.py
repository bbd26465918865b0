"""Plans and changes as JSON: what is written is read again, and what cannot be read is said, all of it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt import Budget, Situation, Task, TeamState, read_plan, replan, solve, write_plan
from routeopt.errors import InputError, Message
from routeopt.exchange.plan_json import read_result
from routeopt.plan import Change, Plan, Route, Visit
from tests.conftest import random_plan, random_problem, random_tasks

PROBLEM = random_tasks(random_problem(4), 4)


def again(document):
    """What another program reads."""
    return json.loads(json.dumps(document))


@st.composite
def plans(draw):
    """Any visits of the problem, in order of time or not: every kind of activity, some of them fixed.

    A stop of a length of the menu is a dwell of the menu.
    """
    table, menu = PROBLEM.activities, PROBLEM.dwell_steps.tolist()
    n, chosen = len(table), table.n_chosen
    twice = [table.stop(steps) for steps in menu]
    visit = st.builds(
        Visit, st.integers(0, PROBLEM.n_sites - 1), st.integers(0, PROBLEM.n_steps - 1),
        st.integers(chosen - n, chosen - 1).filter(lambda activity: activity not in twice), st.booleans(),
    )  # fmt: skip
    visits = st.lists(visit, max_size=5).map(tuple)
    return Plan(tuple(Route(team, draw(visits)) for team in range(PROBLEM.n_teams)))


@given(plans())
def test_a_plan_is_read_as_it_was_written(plan):
    assert Plan.from_json(PROBLEM, again(plan.to_json(PROBLEM))) == plan


@given(plans(), st.sampled_from(["added", "dropped"]), st.sampled_from(["task-added", "place-closed"]))
def test_a_change_is_read_as_it_was_written(plan, what, why):
    for route in plan.routes:
        for visit in route.visits:
            change = Change(route.team, what, visit, Message(why))
            assert Change.from_json(PROBLEM, again(change.to_json(PROBLEM))) == change


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_in_peoples_terms_alone_is_the_same_plan(make_problem, make_tasks, make_plan, seed):
    problem = make_tasks(make_problem(seed), seed)
    plan = make_plan(problem, seed)
    document = plan.to_json(problem)
    for key in ("clock", "dwell_steps"):
        del document[key]
    for route in document["routes"]:
        for visit in route["visits"]:
            for key in ("start_step", "dwell", "service_steps", "end"):
                visit.pop(key, None)
    assert Plan.from_json(problem, document) == plan


def test_places_may_be_positions(make_problem):
    problem = replace(make_problem(1), site_lat=26 + np.arange(14) / 100, site_lon=np.full(14, 119.0))
    visits = [{"site": {"lat": 26.0301, "lon": 119.0}, "start": "19:20", "minutes": 10}]
    empty = [{"team": name, "visits": []} for name in problem.team_names[1:]]
    document = {"format": "routeopt-plan", "version": 1, "routes": [{"team": "team 0", "visits": visits}, *empty]}
    assert Plan.from_json(problem, document).routes[0].visits == (Visit(3, 20, 1),)


def test_a_replanned_result_says_its_changes(make_problem):
    problem = make_problem(3)
    plan = solve(problem, Budget(iterations=20), seed=1).plan
    found = replan(problem, plan, Situation(40, {1: TeamState(5, 70)}), Budget(iterations=20))
    document = again(found.to_json(problem))
    assert Plan.from_json(problem, document) == found.plan
    assert [Change.from_json(problem, one) for one in document["changes"]] == list(found.changes)
    first = document["changes"][0]
    assert first["team"] == "team 1"
    assert first["why"]["text"]
    assert problem.step(first["visit"]["start"]) == found.changes[0].visit.start


def test_files_hold_what_programs_hand_over(make_problem, tmp_path):
    problem = make_problem(3)
    result = solve(problem, Budget(iterations=20), seed=1)
    write_plan(tmp_path / "plan.json", problem, result)
    write_plan(str(tmp_path / "bare.json"), problem, result.plan)
    assert read_plan(tmp_path / "plan.json", problem) == result.plan == read_plan(tmp_path / "bare.json", problem)
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert document["figures"]["value"] == pytest.approx(result.value)
    assert document["violations"] == []
    assert document["strategy"] == "best_response"


def test_a_plan_that_breaks_a_rule_is_written_with_its_violations(make_problem, tmp_path):
    problem = make_problem(3)
    late = Plan((Route(0, (Visit(3, 0, 0),)), Route(1), Route(2)))
    write_plan(tmp_path / "plan.json", problem, late)
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert document["violations"]
    assert "figures" not in document
    assert read_plan(tmp_path / "plan.json", problem) == late


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"format": "routeopt-plan", "version": 1, "routes": [], "routes": []}', 'key "routes" occurs twice'),
        ('{"format": "routeopt-plan", "version": 1, "seed": NaN}', "NaN is not a number"),
        ("[" * 200_000, "recursion"), ("1" * 5000, "digits"), ("", "Expecting value"), ("{", "Expecting property"),
    ],
)  # fmt: skip
def test_a_file_that_would_be_read_wrongly_is_refused(make_problem, tmp_path, text, reason):
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"not valid JSON: .*{reason}"):
        read_plan(tmp_path / "plan.json", make_problem(3))


def test_what_a_file_says_of_its_search_may_be_anything(make_problem, tmp_path):
    problem = make_problem(3)
    plan = Plan(tuple(Route(k) for k in range(3)))
    odd = {"seed": 1e999, "runtime_s": "x", "iterations": True, "bound": 10**400}
    odd |= {"trace": [["a", 1], [1, 2], [1, 10**400], 3]}
    (tmp_path / "plan.json").write_text(json.dumps(plan.to_json(problem) | odd), encoding="utf-8")
    text = (tmp_path / "plan.json").read_text().replace("Infinity", "1e999")
    (tmp_path / "plan.json").write_text(text, encoding="utf-8")
    found = read_result(tmp_path / "plan.json", problem)
    assert (found.plan, found.seed, found.runtime_s, found.iterations) == (plan, 0, 0.0, 0)
    assert found.history == ((1.0, 2.0),)


def test_a_folder_that_does_not_take_files_is_a_fault(make_problem, tmp_path):
    (tmp_path / "file").write_text("")
    problem = make_problem(3)
    with pytest.raises(InputError, match="cannot be written"):
        write_plan(tmp_path / "file" / "plan.json", problem, Plan(tuple(Route(k) for k in range(3))))


def test_every_fault_is_told_with_its_place(make_problem, make_tasks):
    problem = make_tasks(make_problem(1), 1)
    document = Plan(tuple(Route(k) for k in range(3))).to_json(problem)
    document["clock"]["step_s"] = 30
    document["routes"] = [
        {"team": "team 0", "visits": [
            {"site": "sit 3", "start": "25:00", "minutes": 10},
            {"site": "site 3", "start": "19:10", "minutes": 12.5, "fixed": 1},
            {"site": "site 3", "start_step": 999, "dwell": 9},
            {"site": "site 3", "start": "19:10:30", "task": "no such"},
            {"site": "site 3", "start": "19:10", "kind": "rest", "minutes": 5},
            {"site": "site 3", "start": "19:10", "kind": "wait", "minutes": 0.3},
            "site 3",
        ]},
        {"team": "team O", "visits": []},
        {"team": "team 0", "visits": []},
        {"team": "team 2", "visits": {}},
        "team 1",
    ]  # fmt: skip
    with pytest.raises(InputError) as refused:
        Plan.from_json(problem, document)
    found = [(str(fault.path).removeprefix("document."), fault.code) for fault in refused.value.faults]
    assert found == [
        ("step_s", "RO-506"), ("routes[0].visits[0].site", "RO-546"), ("routes[0].visits[0].start", "RO-562"),
        ("routes[0].visits[1]", "RO-515"), ("routes[0].visits[1]", "RO-118"),
        ("routes[0].visits[2].start", "RO-509"), ("routes[0].visits[2]", "RO-509"),
        ("routes[0].visits[3].start", "RO-552"), ("routes[0].visits[3]", "RO-508"),
        ("routes[0].visits[4]", "RO-124"), ("routes[0].visits[5]", "RO-515"), ("routes[0].visits[6]", "RO-120"),
        ("routes[1].team", "RO-543"), ("routes[2]", "RO-504"), ("routes[3]", "RO-119"),
        ("routes[4]", "RO-120"),
    ]  # fmt: skip


def test_numbers_of_steps_need_the_clock_that_they_count_on(make_problem):
    problem = make_problem(1)
    plan = Plan((Route(0, (Visit(3, 20, 1),)), Route(1), Route(2)))
    document = plan.to_json(problem)
    del document["clock"]
    with pytest.raises(InputError, match="clock is missing"):
        Plan.from_json(problem, document)


@pytest.mark.parametrize("document", [{}, {"format": "routeopt-plan"}, {"format": "routeopt-plan", "version": 2}])
def test_another_format_is_refused(make_problem, document):
    with pytest.raises(InputError) as refused:
        Plan.from_json(make_problem(1), document)
    assert [fault.code for fault in refused.value.faults] == ["RO-511"]


def test_what_is_no_change_is_refused_with_every_fault(make_problem):
    with pytest.raises(InputError) as refused:
        Change.from_json(make_problem(1), {"team": "team 9", "what": "moved", "visit": None, "why": {"code": "x"}})
    assert [fault.code for fault in refused.value.faults] == ["RO-543", "RO-124", "RO-120", "RO-516"]


def test_the_table_says_what_teams_do_in_peoples_terms(make_problem, make_tasks):
    problem = make_tasks(make_problem(2), 2)
    rows = problem.activities
    problem = replace(problem, point_names=tuple(f"street {n}" for n in range(problem.n_points)))
    visits = (
        Visit(3, 20, 1),
        Visit(4, 40, rows.of_task(0)),
        Visit(4, 60, rows.wait(5)),
        Visit(2, 70, rows.away(10)),
    )
    table = Plan((Route(0), Route(1, visits), Route(2))).table(problem)
    minutes = float(problem.tasks.service_steps[0])
    assert [(line.team, line.place, line.begin, line.minutes, line.activity) for line in table] == [
        ("team 1", "site 3", "19:20", 10, "stop"), ("team 1", "site 4", "19:40", minutes, "task 0"),
        ("team 1", "site 4", "20:00", 5, "wait"), ("team 1", "site 2", "20:10", 10, "away"),
    ]  # fmt: skip
    assert table[0].end == "19:30"
    assert table[0].street.startswith("street ")


def test_a_name_that_two_places_share_is_not_guessed(make_problem):
    problem = replace(make_problem(1), site_names=("a", "a", *map(str, range(12))))
    document = Plan((Route(0, (Visit(1, 20, 1),)), Route(1), Route(2))).to_json(problem)
    with pytest.raises(InputError, match="is the name of 2"):
        Plan.from_json(problem, document)


def test_a_plan_of_another_problem_is_not_written(make_problem):
    plan = Plan((Route(0, (Visit(99, 20, 1),)), Route(1), Route(2)))
    for call in (plan.to_json, plan.table):
        with pytest.raises(InputError, match="site"):
            call(make_problem(1))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)
    | st.sampled_from(["team 1", "site 3", "19:10", "25:00+1", "\ud800", 10**400, {"lat": 26.0, "lon": []}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lat", "lon", "team"]), inner),
    max_leaves=3,
)  # fmt: skip
"""What a field of a document may be by mistake."""


@given(st.data())
def test_whatever_a_document_holds_is_read_or_refused(data):
    """Never ended by another error: any one field of it is anything."""
    plan, task = random_plan(PROBLEM, 4), Task("call", 3, ((1, 5),), 4, teams=frozenset({1}))
    change = Change(0, "added", Visit(1, 20, 0), Message("task-added"))
    situation = Situation(20, {1: TeamState(3, 44)}, frozenset({2}), (task,))
    thing = data.draw(st.sampled_from([plan, change, situation, task]))
    document = inner = again(thing.to_json(PROBLEM))
    while True:
        key = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
        if not isinstance(inner[key], (dict, list)) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    inner[key] = data.draw(ODD)
    with suppress(InputError):
        type(thing).from_json(PROBLEM, document)
