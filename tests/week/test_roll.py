"""A few nights on a block of streets: held, named as failing, and written so that each night stands by itself."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from routeopt import Budget, check
from routeopt.errors import InfeasibleError, InputError
from routeopt.problem.build import inputs_of
from routeopt.scenario.must_visits import Carried, CarryOver
from routeopt.scenario.read import read_scenario
from routeopt.week import roll
from routeopt.week.roll import plan_week

SITES = {"count": 0, "list": [
    {"name": "Blue", "lat": 26.0005, "lon": 119.003}, {"name": "Gate", "lat": 26.0012, "lon": 119.003},
]}  # fmt: skip
TASK = {"lat": 26.0008, "lon": 119.003, "service_min": 20}
TASKS = [
    *(TASK | {"name": f"visit {n}", "due": f"2026-11-{27 + n}"} for n in range(3)),
    TASK | {"name": "yesterday", "due": "2026-11-26"},
    TASK | {"name": "no night", "due": "2026-11-29", "weekdays": ["mon"]},
    TASK | {"name": "too long", "due": "2026-11-30", "service_min": 119},
    TASK | {"name": "too soon", "due": "2026-11-29", "windows": [["19:00", "19:00"]]},
    TASK | {"name": "one", "due": "2026-11-28", "since": "2026-11-28", "windows": [["20:00", "20:05"]]},
    TASK | {"name": "or the other", "due": "2026-11-28", "since": "2026-11-28", "windows": [["20:00", "20:05"]]},
    TASK | {"name": "post", "mandatory": True, "windows": [["20:30", "20:40"]]},
]  # fmt: skip
SHIFT = {"start": "19:00", "end": "21:00", "date": dt.date(2026, 11, 27)}


@pytest.fixture
def file(night):
    rules = [{"places": ["Blue", "Gate"], "every_nights": 3}]
    return night(shift=SHIFT, sites=SITES, tasks=TASKS, must_visits=rules)


def week_of(file, **keys):
    return plan_week(read_scenario(file), budget=Budget(iterations=5), **({"nights": 3} | keys))


def test_what_can_be_held_is_and_the_rest_is_named_on_the_first_night(file):
    said = []
    week = week_of(file, say=lambda message: said.append(message.code))
    codes = {one.name: one.why.code for one in week.failing}
    loser = ({"one", "or the other"} & set(codes)).pop()
    assert codes == {
        "yesterday": "fail-late", "no night": "fail-no-night", "too long": "fail-too-long",
        "too soon": "fail-no-team", loser: "fail-no-room",
    }  # fmt: skip
    assert [one.due for one in week.failing] == sorted(one.due for one in week.failing)
    done = {name for night in week.nights for name in night.tasks_done}
    assert {"visit 0", "visit 1", "visit 2", "yesterday"} <= done
    assert {"Blue", "Gate"} == {name for night in week.nights for name in night.places_done}
    assert week.n_due == 11
    assert week.horizon == dt.date(2026, 12, 3)
    for night in week.nights:
        assert check(night.built.problem, night.result.plan) == []
        assert "post" in {one.name for one in night.built.scenario.tasks}
    assert said == ["week-outlook", *["week-night"] * 3]


def test_fewer_nights_name_what_fails_later_as_well(file):
    week = week_of(file, nights=1)
    assert {"too long", "too soon", "no night"} <= {one.name for one in week.failing}
    assert "visit 2" not in {one.name for one in week.failing}


def test_history_says_what_is_done_already(file):
    history = CarryOver(tasks=[Carried(name=f"visit {n}", last="2026-11-26") for n in range(3)])
    week = week_of(file, nights=1, history=history)
    assert not any(task.name.startswith("visit") for task in week.nights[0].built.scenario.tasks)
    of_tonight = CarryOver(
        night="2026-11-27", tasks=[Carried(name="visit 0", last="2026-11-27")], before=CarryOver()
    )
    again = week_of(file, nights=1, history=of_tonight)
    assert "visit 0" in again.nights[0].tasks_done


def test_tasks_that_exclude_each_other_after_all_are_given_up_one_by_one(file, monkeypatch):
    """The estimate of travel can be wrong: the night is planned all the same."""
    monkeypatch.setattr(roll.Outlook, "spread", both_at_once(roll.Outlook.spread))
    week = week_of(file, nights=2)
    done = {"one", "or the other"} & set(week.nights[1].tasks_done)
    assert len(done) == 1
    assert [night.tasks.get("one") is True or night.tasks.get("or the other") is True for night in week.nights][1]


def both_at_once(spread):
    def assigned(self, visits, seed=0):
        found = spread(self, visits, seed)
        both = {one.key: 1 for one in visits if one.name in ("one", "or the other") and 1 in one.nights}
        return type(found)({**found.night, **both}, found.load, found.proven)

    return assigned


def test_a_night_that_no_plan_satisfies_ends_the_week(night):
    tasks = [TASK | {"name": name, "mandatory": True, "windows": [["20:00", "20:00"]]} for name in ("a", "b")]
    with pytest.raises(InfeasibleError):
        week_of(night(shift=SHIFT, sites=SITES, tasks=tasks))


def test_an_interruption_keeps_the_nights_so_far(file, monkeypatch):
    plain = roll.solve

    def solve(*args, **keys):
        if solve.calls:
            raise KeyboardInterrupt
        solve.calls += 1
        return plain(*args, **keys)

    solve.calls = 0
    monkeypatch.setattr(roll, "solve", solve)
    week = week_of(file)
    assert week.interrupted
    assert len(week.nights) == 1


def test_what_is_written_of_mandatory_tasks_holds(night):
    """Only what falls due is assigned; a task that says that it is optional stays so on its night."""
    tasks = [
        TASK | {"name": "patrol", "weekdays": ["fri", "sun"], "mandatory": True},
        TASK | {"name": "opening", "since": "2026-11-28", "mandatory": True},
        TASK | {"name": "may", "due": "2026-11-27", "mandatory": False},
        TASK | {"name": "must", "due": "2026-11-27"},
    ]
    week = week_of(night(shift=SHIFT, sites=SITES, tasks=tasks))
    duties = []
    for planned in week.nights:
        table = planned.built.problem.tasks
        duties.append(dict(zip(table.names, table.mandatory.tolist(), strict=True)))
        assert check(planned.built.problem, planned.result.plan) == []
    first, second, third = duties
    assert first == {"patrol": True, "may": False, "must": True}
    assert second.pop("opening")
    assert "patrol" not in second
    assert third.pop("patrol")
    assert week.nights[0].tasks["may"] is False
    assert week.nights[0].tasks["patrol"] is None
    assert set(week.nights[0].assigned) == {"may", "must"}


def test_a_week_needs_a_date(night):
    with pytest.raises(InputError) as error:
        week_of(night())
    assert error.value.faults[0].code == "RO-657"
    with pytest.raises(InputError, match="nights"):
        week_of(night(), nights=0)


def test_the_command_writes_nights_that_stand_by_themselves(file, run, tmp_path):
    out = tmp_path / "out"
    code, said, err = run("week", file, "--nights", 2, "--iterations", 5, "--out", out, "--json")
    assert code == 0, err
    row = json.loads(said)
    assert [night["date"] for night in row["nights"]] == ["2026-11-27", "2026-11-28"]
    assert row["held"] == row["due"] - len(row["failing"])
    assert json.loads((out / "week.json").read_text(encoding="utf-8"))["failing"] == row["failing"]
    for name in ("2026-11-27", "2026-11-28"):
        code, said, err = run("check", out / name / "night.yaml", out / name / "plan.json")
        assert code == 0, err
    done = tmp_path / "done.csv"
    done.write_text("task,done,reason\nvisit 0,no,closed\n", encoding="utf-8")
    first = out / "2026-11-27"
    code, said, err = run("carry-over", first / "plan.json", done, "--json")
    assert code == 0, err
    assert "visit 0" in {entry["name"] for entry in json.loads(said)["open"]}
    assert run("check", first / "night.yaml", first / "plan.json")[0] == 0
    again = run("carry-over", first / "plan.json", done, "--json")[1]
    assert json.loads(again) == json.loads(said)
    code, said, err = run(
        "week", file, "--start", "2026-11-28", "--nights", 1, "--iterations", 5, "--out", tmp_path / "next",
        "--history", first / "carry.yaml", "--lang", "zh",
    )  # fmt: skip
    assert code == 0, err
    assert "将无法按时完成" in said
    assert "visit 0" in said


def test_the_command_carry_over_prints_and_refuses(file, run, tmp_path):
    folder = tmp_path / "plan"
    assert run("plan", file, "--iterations", 5, "--out", folder, "--format", "json")[0] == 0
    code, said, err = run("carry-over", folder / "plan.json")
    assert code == 0, err
    assert "carried over" in said
    assert (folder / "carry.yaml").is_file()
    assert run("carry-over", folder / "plan.json", "--out", tmp_path / "carry.txt")[0] == 2
    document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    for command in ("", "routeopt plan 'night.yaml"):  # a quote that is not closed
        (folder / "plan.json").write_text(json.dumps(document | {"command": command}), encoding="utf-8")
        code, _said, err = run("carry-over", folder / "plan.json")
        assert (code, "RO-656" in err) == (2, True)


def test_a_night_finds_every_file_that_its_scenario_names(night, run, tmp_path):
    """Its folder is another one than the scenario's."""
    corners = [[118.99, 25.99], [119.02, 25.99], [119.02, 26.02], [118.99, 26.02], [118.99, 25.99]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    zones = [{"type": "Feature", "properties": {"name": "North"}, "geometry": shape}]
    path = night(
        shift=SHIFT, sites=SITES, zones=[{"layer": "zones", "file": "zones.geojson"}],
        cameras={"file": "cameras.csv"}, operators=[{"name": "desk", "capacity": 1}],
        must_visits=[{"file": "must.csv", "every_nights": 3}],
    )  # fmt: skip
    collection = {"type": "FeatureCollection", "features": zones}
    path.with_name("zones.geojson").write_text(json.dumps(collection), encoding="utf-8")
    path.with_name("cameras.csv").write_text("name,lat,lon\nMarket,26.0005,119.003\n", encoding="utf-8")
    path.with_name("must.csv").write_text("name\nBlue\n", encoding="utf-8")
    out = tmp_path / "deep" / "out"
    code, _said, err = run("week", path, "--nights", 1, "--iterations", 5, "--out", out, "--json")
    assert code == 0, err
    folder = out / "2026-11-27"
    code, _said, err = run("check", folder / "night.yaml", folder / "plan.json")
    assert code == 0, err
    assert {path.name for path in inputs_of(read_scenario(folder / "night.yaml")) if path.is_file()} >= {
        "zones.geojson", "cameras.csv", "must.csv"
    }  # fmt: skip
