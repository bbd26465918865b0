"""`routeopt explain`, and prices of rules, as planners and scripts meet them."""

from __future__ import annotations

import json

import pytest
import yaml

from routeopt.evaluation import value
from routeopt.exchange.plan_json import read_plan
from routeopt.explain.worth import without_visit
from routeopt.plan import Plan
from routeopt.problem.build import build
from routeopt.scenario.read import read_scenario

TEAMS = [{"name": f"Foot {n}", "mode": "foot", "start": "Station"} for n in (1, 2)]
TASKS = [
    {"name": "gate", "lat": 26.002, "lon": 119.003, "windows": [["19:20", "19:25"]], "service_min": 10,
     "mandatory": True},
    {"name": "call", "lat": 26.001, "lon": 119.0, "service_min": 5},
]  # fmt: skip
GOALS = [{"name": "seen", "at_least": 0.05, "until": "20:00"}, {"name": "much", "at_least": 0.99}]


@pytest.fixture
def planned(night, run, tmp_path):
    """A scenario with a rule of some kinds, its plan, and what ``plan --json`` printed."""
    file = night(teams=TEAMS, tasks=TASKS, goals=GOALS)
    code, out, err = run(
        "plan", file, "--iterations", "200", "--prices", "60", "--out", tmp_path / "plan", "--json", "--lang", "en"
    )
    assert code == 0, err
    return file, tmp_path / "plan" / "plan.json", json.loads(out)


CODES = {"all", "goal:seen", "goal:much", "mandatory", "windows"}


def test_plan_prints_and_keeps_what_rules_cost(planned, run, tmp_path):
    file, plan, printed = planned
    assert set(printed["prices"]) == CODES
    assert all(price >= 0 for price in printed["prices"].values())
    assert printed["prices"]["all"] == max(printed["prices"].values())
    assert printed["unpriced"] == []
    assert printed["unmet"] == ["much"]
    kept = json.loads(plan.read_text(encoding="utf-8"))
    assert kept["prices"] == printed["prices"]
    assert {row["rule"] for row in kept["rules"]} == CODES
    code, _, err = run("export", file, plan, "--format", "json,html", "--out", tmp_path / "copy", "--lang", "zh")
    assert code == 0, err
    assert json.loads((tmp_path / "copy" / "plan.json").read_text(encoding="utf-8"))["prices"] == kept["prices"]
    page = (tmp_path / "copy" / "report.html").read_text(encoding="utf-8")
    assert "每条规则的代价" in page
    assert "必须完成的任务" in page


def test_no_rules_nothing_priced(night, run, tmp_path):
    code, out, err = run("plan", night(), "--iterations", "5", "--out", tmp_path, "--json")
    assert code == 0, err
    assert json.loads(out)["prices"] == {}
    assert "searches" not in err
    assert 'id="prices"' not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_prices_can_be_left_out(night, run, tmp_path):
    file = night(goals=GOALS)
    code, out, err = run("plan", file, "--iterations", "5", "--prices", "0", "--out", tmp_path, "--json")
    assert code == 0, err
    assert json.loads(out)["prices"] == {}


def test_console_says_in_a_line_what_rules_cost(planned, run, tmp_path):
    file, _, _ = planned
    code, out, _ = run("plan", file, "--iterations", "20", "--time", "5", "--out", tmp_path, "--lang", "en")
    assert code == 0
    lines = [line for line in out.splitlines() if line.startswith("what rules cost: ")]
    assert len(lines) == 1


def test_every_stop_has_the_worth_of_two_evaluations(planned, run):
    file, plan_file, _ = planned
    code, out, err = run("explain", file, plan_file, "--json", "--lang", "en")
    assert code == 0, err
    found = json.loads(out)
    problem = build(read_scenario(file))
    plan = read_plan(plan_file, problem)
    kept = json.loads(plan_file.read_text(encoding="utf-8"))
    visits = [visit for route in kept["routes"] for visit in route["visits"]]
    assert [stop["worth"] for stop in found["stops"]] == [visit["worth"] for visit in visits]
    assert found["unmet"] == ["much"]
    assert {row["rule"] for row in found["rules"]} == CODES
    for stop in found["stops"][:4]:
        team = problem.team(stop["team"])
        routes = list(plan.routes)
        routes[team] = without_visit(routes[team], stop["number"] - 1)
        assert stop["worth"] == pytest.approx(value(problem, plan) - value(problem, Plan(tuple(routes))), abs=2e-9)
        assert stop["reason"]
    gate = next(stop for stop in found["stops"] if stop["task"] == "gate")
    assert gate["mandatory"] is True


def test_one_stop_in_words(planned, run):
    file, plan, _ = planned
    stops = json.loads(run("explain", file, plan, "--json")[1])["stops"]
    gate = next(stop for stop in stops if stop["task"] == "gate")
    code, out, err = run("explain", file, plan, "--stop", gate["team"], gate["number"], "--lang", "en")
    assert code == 0, err
    assert f"{gate['team']}, stop {gate['number']}: {gate['start']} to {gate['end']}, gate" in out
    assert "without it the night would lose" in out
    assert "a plan must hold it" in out
    code, _, err = run("explain", file, plan, "--stop", gate["team"], "99", "--lang", "en")
    assert code == 2
    assert "RO-617" in err
    code, _, err = run("explain", file, plan, "--stop", "Foot 9", "1", "--lang", "en")
    assert code == 2
    assert 'unknown team "Foot 9"' in err


def test_a_place_with_stops_and_one_without(planned, run):
    file, plan, _ = planned
    stops = json.loads(run("explain", file, plan, "--json")[1])["stops"]
    seen = {stop["place"] for stop in stops}
    code, out, err = run("explain", file, plan, "--place", stops[0]["place"], "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["left_out"] is None
    assert {stop["place"] for stop in found["stops"]} == {stops[0]["place"]}
    others = [name for name in build(read_scenario(file)).site_names if name not in seen]
    code, out, err = run("explain", file, plan, "--place", others[0], "--json")
    assert code == 0, err
    left = json.loads(out)["left_out"]
    assert left["place"] == others[0]
    assert left["reason"]
    code, out, _ = run("explain", file, plan, "--place", others[0], "--lang", "en")
    assert f"{others[0]}: no stop" in out


def test_one_rule_is_priced_and_a_floor_out_of_reach_is_proven(planned, run):
    file, plan, _ = planned
    code, out, err = run("explain", file, plan, "--rule", "goal:much", "--time", "2", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert [row["rule"] for row in found["rules"]] == ["goal:much"]
    (missed,) = found["unmet"]
    assert missed["reached"] < missed["at_most"] < missed["at_least"] == 0.99
    assert missed["impossible"] is True
    code, out, _ = run("explain", file, plan, "--rule", "goal:much", "--time", "2", "--lang", "en")
    assert "it cannot be held" in out
    code, out, err = run("explain", file, plan, "--rule", "task:gate", "--time", "1", "--lang", "en")
    assert (code, 'mandatory task "gate": ' in out) == (0, True), err
    code, _, err = run("explain", file, plan, "--rule", "windwos", "--lang", "en")
    assert code == 2
    assert "RO-487" in err
    assert "such as windows" in err


def test_contradictory_rules_are_told_with_exit_code_3(night, run, monkeypatch, tmp_path):
    """One team, and two tasks at the same time; a third is in nobody's way."""
    monkeypatch.chdir(tmp_path)
    again = {**TASKS[0], "name": "school", "lat": 26.0}
    file = night(tasks=[TASKS[0], {**TASKS[1], "mandatory": True, "windows": [["20:00", "20:30"]]}, again])
    code, out, _ = run("explain", file, "--json")
    assert code == 3
    found = json.loads(out)
    assert found["possible"] is False
    (conflict,) = found["conflicts"]
    assert conflict["smallest"] is True
    assert sorted(rule["kind"] for rule in conflict["rules"]) == ["required"] * 2 + ["window"] * 2
    assert not any("call" in rule["title"] for rule in conflict["rules"])
    code, _, err = run("explain", file, "--lang", "zh")
    assert code == 3
    assert "这些规则相互矛盾：任务“gate”必须完成" in err


def test_without_a_plan_a_possible_night_is_said_to_be_one(night, run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    file = night(teams=TEAMS, tasks=TASKS)
    code, out, _ = run("explain", file, "--lang", "en")
    assert code == 0
    assert "a plan holds everything that is required" in out
    code, _, err = run("explain", file, "--place", "Market", "--lang", "en")
    assert (code, "RO-619" in err) == (2, True)
    code, _, err = run("explain", file, "--place", "Market", "--rule", "windows", "--lang", "en")
    assert (code, "RO-618" in err) == (2, True)


def test_the_plan_that_was_written_is_found_unless_the_scenario_has_changed(night, run, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    file = night(teams=TEAMS)
    assert run("plan", file, "--iterations", "5")[0] == 0
    code, out, err = run("explain", file, "--json", "--lang", "en")
    assert code == 0
    assert "plan.json" in err
    assert json.loads(out)["stops"]
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["tasks"] = TASKS
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    code, out, err = run("explain", file, "--json", "--lang", "en")
    assert code == 0
    assert "no plan of the scenario as it is now" in err
    assert json.loads(out)["possible"] is True


def test_all_rules_are_left_out_together(planned, night, run):
    file, plan, _ = planned
    code, out, err = run("explain", file, plan, "--rule", "all", "--time", "1", "--json")
    assert code == 0, err
    assert [row["rule"] for row in json.loads(out)["rules"]] == ["all"]


def test_without_rules_there_is_nothing_to_price(night, run, tmp_path):
    file = night()
    assert run("plan", file, "--iterations", "5", "--out", tmp_path / "plan")[0] == 0
    code, _, err = run("explain", file, tmp_path / "plan" / "plan.json", "--rule", "all", "--time", "1")
    assert code == 2
    assert "RO-488" in err
