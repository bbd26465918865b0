"""Goals on the command line, from the scenario to the plan and back."""

from __future__ import annotations

import json

import openpyxl
import pytest

from routeopt.errors import InputError
from routeopt.exchange.plan_json import read_prices, read_result
from routeopt.problem.build import build
from routeopt.scenario.read import read_scenario

FAST = ("--iterations", "400", "--time", "60", "--seed", "1")
EASY = {"at_least": 0.05, "within_min": 3}
HARD = {"at_least": 1, "name": "All"}
GOALS = [EASY, HARD]


@pytest.fixture
def planned(run, night, tmp_path):
    """Scenario and plan.json of a night with a floor that is held and one out of reach; what was printed."""
    path = night(goals=GOALS)
    code, out, _ = run("plan", path, *FAST, "--out", tmp_path / "o", "--format", "json,xlsx", "--lang", "en")
    assert code == 0
    return path, tmp_path / "o" / "plan.json", out


def test_a_missed_floor_is_said_first_with_what_helps(planned):
    *_, out = planned
    first, second, *rest = out.splitlines()
    assert first.startswith("FLOOR MISSED: All: ")
    assert "of at least 100.0%" in first
    assert second.startswith("A plan that holds every floor was not found: search longer")
    text = "\n".join(rest)
    assert "held by" in text
    assert "missed by" in text
    assert "FLOOR" not in text


def test_floors_that_hold_are_a_table(run, night, tmp_path):
    _, out, _ = run("plan", night(goals=[EASY]), *FAST, "--out", tmp_path / "o", "--lang", "en")
    assert "FLOOR MISSED" not in out
    (row,) = [line for line in out.splitlines() if "held by" in line]
    assert "5.0%" in row
    assert "none" in row


def test_json_has_goals_and_those_unmet(run, night, tmp_path):
    _, out, _ = run("plan", night(goals=GOALS), *FAST, "--json", "--out", tmp_path / "o")
    found = json.loads(out)
    easy, hard = found["goals"]
    assert (easy["name"], easy["at_least"], easy["holds"]) == ("reached within 3 min", 0.05, True)
    assert easy["reached"] == pytest.approx(found["handling"]["3"])
    assert hard["reached"] == pytest.approx(found["visibility"])
    assert hard["price"] > easy["price"] == 0
    assert found["unmet"] == ["All"]


def test_a_night_without_goals_has_none(run, night, tmp_path):
    _, out, _ = run("plan", night(), *FAST, "--json", "--out", tmp_path / "o")
    assert (json.loads(out)["goals"], json.loads(out)["unmet"]) == ([], [])


def test_check_says_what_plan_said(run, planned):
    path, plan, said = planned
    code, out, _ = run("check", path, plan, "--lang", "en")
    assert code == 0
    assert out.splitlines()[0] == said.splitlines()[0]
    found = json.loads(run("check", path, plan, "--json")[1])
    assert found["unmet"] == ["All"]
    assert found["goals"] == json.loads(plan.read_text())["figures"]["goals"]


def test_prices_are_read_back(planned):
    path, plan, _ = planned
    problem = build(read_scenario(path))
    asked = [goal["price"] for goal in json.loads(plan.read_text())["figures"]["goals"]]
    assert read_result(plan, problem).prices == tuple(asked)
    assert [goal.price for goal in problem.priced(read_prices(plan, problem)).goals] == asked


def test_prices_of_other_goals_are_not_taken(night, planned):
    _, plan, _ = planned
    assert read_prices(plan, build(read_scenario(night()))) == ()
    assert read_prices(plan, build(read_scenario(night(goals=[EASY, HARD | {"name": "Other"}])))) == ()
    document = json.loads(plan.read_text())
    document["figures"]["goals"][0]["price"] = None
    plan.write_text(json.dumps(document))
    assert read_prices(plan, build(read_scenario(night(goals=GOALS)))) == ()


@pytest.mark.parametrize(("price", "said"), [(99, "at most 20"), (-1, "at least 0"), ("1", "must be a number")])
def test_a_spoilt_price_is_refused_with_its_place(planned, price, said):
    path, plan, _ = planned
    document = json.loads(plan.read_text())
    document["figures"]["goals"][1]["price"] = price
    plan.write_text(json.dumps(document))
    with pytest.raises(InputError, match=rf"plan.json: figures.goals\[1\].price: .*{said}"):
        read_prices(plan, build(read_scenario(path)))


def test_a_repair_is_searched_under_the_prices_of_the_plan(run, planned, monkeypatch, tmp_path):
    path, plan, _ = planned
    book = openpyxl.load_workbook(plan.parent / "plan.xlsx")
    book.worksheets[1].delete_rows(3)
    book.save(tmp_path / "edited.xlsx")
    given = []
    from routeopt.dispatch import repair as module

    def spy(problem, *arguments, **more):
        given.append([goal.price for goal in problem.goals])
        return repair(problem, *arguments, **more)

    repair = module.repair
    monkeypatch.setattr(module, "repair", spy)
    words = (
        "check",
        path,
        plan,
        "--edited",
        tmp_path / "edited.xlsx",
        "--repair",
        "--time",
        "0.1",
        "--lang",
        "en",
    )
    code, out, _ = run(*words)
    assert code == 0
    assert given == [[goal["price"] for goal in json.loads(plan.read_text())["figures"]["goals"]]]
    assert given[0][1] > 0
    assert "goal: All" in out
    assert "FLOOR MISSED: All" in out


def test_diff_compares_what_is_reached(run, night, planned, tmp_path):
    path, plan, _ = planned
    run("plan", path, "--iterations", "0", "--time", "60", "--out", tmp_path / "b")
    other = tmp_path / "b" / "plan.json"
    found = json.loads(run("diff", other, plan, "--json")[1])["figures"]
    assert found["goals: All"]["a"] < found["goals: All"]["b"]
    assert "goal: reached within 3 min" in run("diff", other, plan, "--lang", "en")[1]
    assert "目标：3分钟管事率" in run("diff", other, plan, "--lang", "zh")[1]


def test_compare_says_who_cannot_hold_floors(run, night, tmp_path):
    words = ("compare", night(goals=[EASY]), "--seeds", "1", "--time", "0.1", "--out", tmp_path, "--lang", "en")
    code, out, err = run(*words)
    assert code == 0
    (line,) = [line for line in err.splitlines() if line.startswith("left out, as they cannot hold floors: ")]
    assert "greedy" in line
    assert "best_response" not in line
    assert "best_response" in out
    code, _, err = run(*words, "--strategies", "greedy")
    assert (code, "RO-467" in err) == (2, True)


def test_the_workbook_lists_the_goals(planned):
    _, plan, _ = planned
    rows = list(openpyxl.load_workbook(plan.parent / "plan.xlsx").worksheets[0].iter_rows(values_only=True))
    (easy,) = [row for row in rows if row[0] == "reached within 3 min"]
    assert easy[1] == 0.05
    assert easy[3].startswith("held by")
