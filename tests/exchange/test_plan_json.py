"""plan.json by hand: what is written of a plan, and what of a file is taken or refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from routeopt.errors import InputError
from routeopt.evaluation import evaluate
from routeopt.exchange import plan_json
from routeopt.explain.prices import RulePrice
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem.goals import Goal

PLAN = Plan((Route(0, (Visit(3, 30, 1),)), Route(1), Route(2)))
RESULT = Result(PLAN, 0.5, "mine", seed=3, runtime_s=1.5, iterations=7, history=((0.5, 0.25),), prices=(0.5, 2.0))


@pytest.fixture
def problem(make_problem):
    return replace(make_problem(1), name="夜", goals=(Goal("seen", 0.1), Goal("more", 0.9)))


def faults(call, *arguments):
    with pytest.raises(InputError) as refused:
        call(*arguments)
    return [(fault.code, str(fault.path)) for fault in refused.value.faults]


def saved(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_report_says_of_every_stop_where_it_is_and_what_it_is_worth(problem, tmp_path):
    two = Plan((Route(0, (Visit(3, 30, 1), Visit(4, 60, 0))), *PLAN.routes[1:]))
    about = {"street": "High St", "zone": "north", "reason": "why"}
    stops = [
        SimpleNamespace(
            team_index=0, order=order, arrive_s=1740, lat=26.12345678, lon=119.12345678, worth=worth, **about
        )
        for order, worth in ((1, 0.12345678912), (2, None))
    ]
    report = SimpleNamespace(
        problem=problem, result=replace(RESULT, plan=two, history=()), figures={"value": 1}, violations=["broken"],
        prices=[], inputs={"a": "b"}, command="plan", notes=["note"], stops=stops, cameras_json=dict,
    )  # fmt: skip
    plan_json.write(report, tmp_path / "plan.json")
    document = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    first, second = document["routes"][0]["visits"]
    assert (first["arrive"], first["lat"], first["lon"], first["worth"]) == (
        "19:29",
        26.123457,
        119.123457,
        0.123456789,
    )
    assert {key: first[key] for key in about} == about
    assert second["worth"] is None
    assert (document["inputs"], document["command"], document["notes"]) == ({"a": "b"}, "plan", ["note"])
    assert (document["figures"], document["violations"]) == ({"value": 1}, ["broken"])
    assert "trace" not in document


def test_what_is_no_plan_or_problem_is_refused(problem, tmp_path):
    path = tmp_path / "plan.json"
    assert faults(plan_json.write_plan, 5, None, None) == [("RO-423", at) for at in ("path", "problem", "plan")]
    assert faults(plan_json.write_plan, path, problem, None) == [("RO-423", "plan")]
    assert faults(plan_json.write_plan, path, None, PLAN) == [("RO-423", "problem")]
    assert not path.exists()
    assert faults(plan_json.read_plan, None, None) == [("RO-423", "path"), ("RO-423", "problem")]


def test_text_is_readable_and_the_time_is_that_of_a_search_by_the_clock(problem, tmp_path):
    path = tmp_path / "plan.json"
    plan_json.write_plan(path, problem, RESULT)
    text = path.read_text(encoding="utf-8")
    assert text.startswith('{\n "format"')
    assert '"scenario": "夜"' in text
    document = json.loads(text)
    assert (document["runtime_s"], document["trace"]) == (1.5, [[0.5, 0.25]])
    plan_json.write_plan(path, problem, replace(RESULT, history=()))
    assert {"runtime_s", "trace"} & set(json.loads(path.read_text(encoding="utf-8"))) == set()


def test_figures_have_text_keys_and_the_prices_of_goals(problem):
    figures = evaluate(problem, PLAN)
    document = plan_json.figures_json(problem, figures, (0.5, 2.0))
    assert document["band"] == {"low": figures.band[0], "high": figures.band[1]}
    assert document["within"]["30"] == figures.within[30]
    assert document["handling"]["1"] == figures.handling[1.0]
    assert [goal["price"] for goal in document["goals"]] == [0.5, 2.0]


@pytest.mark.parametrize(
    ("error", "path", "said"),
    [(OSError(28, "full", "other.json"), "other.json", "full"), (OSError("odd"), "plan.json", "odd")],
)
def test_a_disk_that_refuses_is_named(problem, tmp_path, monkeypatch, error, path, said):
    @contextlib.contextmanager
    def whole(_path):
        raise error
        yield

    monkeypatch.setattr(plan_json, "whole", whole)
    with pytest.raises(InputError) as refused:
        plan_json.write_plan(tmp_path / "plan.json", problem, PLAN)
    (fault,) = refused.value.faults
    assert (fault.code, str(fault.path).rpartition("/")[2], str(fault.values["error"])) == ("RO-517", path, said)


@pytest.mark.parametrize(
    "document", [[], 5, {}, {"format": "routeopt-plan", "version": 2}, {"format": "x", "version": 1}]
)
def test_another_file_is_refused(problem, tmp_path, document):
    path = saved(tmp_path / "plan.json", document)
    assert faults(plan_json.read_document, path) == [("RO-503", str(path))]


@pytest.mark.parametrize(("written", "read"), [(None, None), (0.75, 0.75), ("x", 1.0), (1, 1.0)])
def test_a_result_is_read_with_its_bound(problem, tmp_path, written, read):
    path = tmp_path / "plan.json"
    plan_json.write_plan(path, problem, RESULT)
    saved(path, json.loads(path.read_text(encoding="utf-8")) | {"bound": written})
    found = plan_json.read_result(path, problem)
    assert found.bound == read
    assert replace(found, bound=None, value=0.5) == RESULT


def test_a_key_that_occurs_twice_is_named(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text('{"format": "routeopt-plan", "version": 1, "a": {"b": 1, "c": 2, "b": 3}}', encoding="utf-8")
    with pytest.raises(InputError, match='key "b" occurs twice'):
        plan_json.read_document(path)


@pytest.mark.parametrize(
    ("clock", "date"),
    [
        ({"date": "2026-11-27"}, dt.date(2026, 11, 27)), ({"date": None}, None), ({}, None), (None, None),
        ({"date": "soon"}, None),
    ],
)  # fmt: skip
def test_the_day_of_a_plan(clock, date):
    assert plan_json.date_of({"clock": clock}) == date


@pytest.mark.parametrize(
    ("goals", "prices"),
    [
        ([{"name": "more", "price": 2}, {"name": "seen", "price": 0}], (0.0, 2.0)),
        (
            [{"name": "other", "price": "x"}, {"name": "more", "price": 20}, {"name": "seen", "price": 1}],
            (1.0, 20.0),
        ),
        ([{"name": "more", "price": 2}, {"name": "seen", "price": None}], ()),
        ([{"name": "more", "price": 2}], ()),
        ([5, {"name": "more", "price": 2}], ()),
        (None, ()),
    ],
)
def test_prices_are_those_of_all_goals_or_none(problem, tmp_path, goals, prices):
    head = {"format": "routeopt-plan", "version": 1}
    path = saved(tmp_path / "plan.json", head | {"figures": {"goals": goals}})
    assert plan_json.read_prices(path, problem) == prices
    assert plan_json.read_prices(saved(path, head | {"figures": goals}), problem) == ()


def test_prices_out_of_range_are_refused_at_their_places(problem, tmp_path):
    goals = [{"name": "other"}, {"name": "more", "price": 20.5}, {"name": "seen", "price": -0.5}]
    document = {"format": "routeopt-plan", "version": 1, "figures": {"goals": goals}}
    path = saved(tmp_path / "plan.json", document)
    assert faults(plan_json.read_prices, path, problem) == [
        ("RO-413", f"{path}: figures.goals[2].price"), ("RO-414", f"{path}: figures.goals[1].price"),
    ]  # fmt: skip


def test_prices_of_rules_are_those_that_the_scenario_still_has(tmp_path):
    rules = [
        {"rule": "a", "price": 0.5, "at_most": 0.75}, {"rule": "b", "price": 1, "at_most": None},
        {"rule": "gone", "price": 1}, {"rule": "a", "price": "x"}, 5, {"rule": "b", "price": True},
    ]  # fmt: skip
    document = {"format": "routeopt-plan", "version": 1, "rules": rules}
    path = saved(tmp_path / "plan.json", document)
    found = plan_json.read_rule_prices(path, {"a": "A", "b": "B"})
    assert found == (RulePrice("a", "A", 0.5, 0.75), RulePrice("b", "B", 1.0, None))
    assert plan_json.read_rule_prices(saved(path, document | {"rules": 5}), {"a": "A"}) == ()
