"""The daily meeting, on a small town where every figure can be told by hand, and on a simulated week."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from routeopt.briefing.changes import not_held
from routeopt.briefing.gather import NewSeries, gather
from routeopt.briefing.incidents import busiest
from routeopt.briefing.nights import read_night
from routeopt.briefing.work import read_carried
from routeopt.budget import Budget
from routeopt.demand.forecast.recent import recent_series
from routeopt.errors import InputError, Message
from routeopt.messages import words
from routeopt.reports.briefing.page import as_dict, lead, page, verdict
from routeopt.scenario.read import read_scenario
from routeopt.streets.osm import read_streets
from tests.briefing.simulated import simulate

PHONE = "13800138000"
DAY = dt.date(2026, 5, 7)


@pytest.fixture
def files(night, tmp_path, run):
    """Tonight's scenario, last night's and tonight's plans, incidents, what was done, and what is carried over."""
    demand = [{"kind": "fixed", "entries": [{"name": "market", "lat": 26.002, "lon": 119.003, "radius_m": 100}]}]
    visit = {"name": "visit", "lat": 26.0, "lon": 119.002, "service_min": 10, "mandatory": True}
    path = night(demand=demand, tasks=[visit])
    for name, day in (("last", "2026-05-07"), ("tonight", "2026-05-08")):
        code, _, err = run(
            "plan", path, "--date", day, "--iterations", "5", "--out", tmp_path / name, "--format", "json"
        )
        assert code == 0, err
    known = "time,type,lat,lon\n2026-05-07 19:30,theft,26.002,119.003\n2026-05-08 00:10,dispute,26.0,119.002\n"
    (tmp_path / "since.csv").write_text(
        known + f"2026-05-06 19:30,theft,26.0,119.0\n2026-05-07 20:10,{PHONE},26.0,119.0\n"
    )
    plan = json.loads((tmp_path / "last" / "plan.json").read_text(encoding="utf-8"))
    visits = [(route["team"], visit) for route in plan["routes"] for visit in route["visits"]]
    lines = [f"{team},{visit['site']},{visit['start']},yes,\n" for team, visit in visits[1:]]
    team, first = visits[0]
    text = "".join(
        [
            "team,place,time,done,reason\n",
            *lines,
            f"{team},{first['site']},{first['start']},no,called away {PHONE}\n",
        ]
    )
    (tmp_path / "done.csv").write_text(text, encoding="utf-8")
    (tmp_path / "carry.yaml").write_text("carry_over:\n- {name: call on the school, due: 2026-05-06}\n- visit\n")
    return path


def briefed(files, folder, **changed):
    """The briefing of these files."""
    scenario = read_scenario(files)
    scenario = scenario.model_copy(
        update={"shift": scenario.shift.model_copy(update={"date": dt.date(2026, 5, 8)})}
    )
    given = {
        "done_file": folder / "done.csv", "incidents_file": folder / "since.csv",
        "plan_file": folder / "tonight" / "plan.json", "carry_file": folder / "carry.yaml", "share": 0.3,
    }  # fmt: skip
    return gather(scenario, folder / "last" / "plan.json", **(given | changed))


def test_everything_that_is_given_is_counted(files, tmp_path):
    found = briefed(files, tmp_path)
    assert [(one.category, one.in_plan) for one in found.happened] == [
        ("theft", True), ("other", True), ("dispute", False),
    ]  # fmt: skip
    assert [one.inside for one in found.happened] == [True, False, False]
    assert found.work.planned == len(found.last.stops)
    assert (found.work.done, found.work.undone) == (found.work.planned - 1, 1)
    assert [one.kind for one in found.work.left if one.team] == ["left-called-away"]
    school, visit = sorted(found.due, key=lambda one: one.name)
    assert (school.due, school.planned) == (dt.date(2026, 5, 6), ())
    assert visit.carried
    assert visit.planned
    assert [one.category for one in found.disputes] == ["dispute"]
    assert sum(hour.incidents for hour in found.hours) == 2
    assert 0 < found.expected <= 1


def test_the_first_sentence_tells_what_was_expected_where_the_forecast_did_not_know_the_night(files, tmp_path):
    found = briefed(files, tmp_path)
    before, after = (lead(replace(found, from_before=known))[0] for known in (True, False))
    n = len(found.of_plan)
    assert f"of the streets, where {found.expected * n:.1f} were expected, and" in str(before)
    assert "of the streets, and" in str(after)
    assert "预期" in before.text(words("zh"))
    assert "预期" not in after.text(words("zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_whole_offline_and_says_nothing_personal(files, tmp_path, lang):
    text = page(briefed(files, tmp_path), lang)
    assert PHONE not in text
    assert "<script" not in text
    assert "://" not in text
    assert "{'" not in text
    assert text.count("<section") == text.count("</section>")


def test_the_document_says_what_the_page_says(files, tmp_path):
    found = briefed(files, tmp_path)
    document = json.loads(json.dumps(as_dict(found)))
    assert document["lead"] == [one.text() for one in lead(found)]
    assert document["forecast"]["incidents"] == 2
    assert lead(found)[1].values["carried"] == 1
    first = document["teams"][0]["first"].split(" ", 1)
    assert first == [found.tonight.text(0), found.tonight.title(0)]
    assert PHONE not in json.dumps(document)


def test_less_is_said_where_less_is_given(files, tmp_path):
    found = briefed(files, tmp_path, done_file=None, incidents_file=None, plan_file=None, carry_file=None)
    assert [one.code for one in lead(found)] == ["lead-unknown", "lead-not-told", "lead-no-plan"]
    assert page(found, "zh")


def test_a_file_without_rows_is_a_quiet_night(files, tmp_path):
    (tmp_path / "none.csv").write_text("time,type,lat,lon\n", encoding="utf-8")
    found = briefed(files, tmp_path, incidents_file=tmp_path / "none.csv")
    assert lead(found)[0].code == "lead-quiet"


def test_last_night_must_be_before_tonight(files, tmp_path):
    scenario = read_scenario(files)
    with pytest.raises(InputError, match=r"2026-05-08\) does not start before tonight"):
        gather(
            scenario.model_copy(update={"shift": scenario.shift.model_copy(update={"date": dt.date(2026, 5, 7)})}),
            tmp_path / "tonight" / "plan.json",
        )


def test_without_any_date_nothing_can_be_told(files, tmp_path, run):
    run("plan", files, "--iterations", "1", "--out", tmp_path / "undated", "--format", "json")
    with pytest.raises(InputError, match="has a date"):
        gather(read_scenario(files), tmp_path / "undated" / "plan.json")


def with_history(files, folder, known, fresh):
    """The briefing where the scenario has a history, and the night these incidents, all at one place."""
    for name, rows in (("known.csv", known), ("since.csv", fresh)):
        lines = "".join(f"{when},{kind},26.0,119.0\n" for when, kind in rows)
        (folder / name).write_text(f"time,type,lat,lon\n{lines}", encoding="utf-8")
    text = yaml.safe_load(files.read_text(encoding="utf-8"))
    text["demand"] = [{"kind": "incidents", "file": "known.csv"}]
    files.write_text(yaml.safe_dump(text), encoding="utf-8")
    return briefed(files, folder, done_file=None, plan_file=None)


OLD = ("2026-01-20 20:00", "fight")


def test_a_dispute_that_is_rare_is_one(files, tmp_path):
    found = with_history(
        files, tmp_path, [OLD], [("2026-05-07 19:30", "家暴"), ("2026-05-07 19:40", f"domestic {PHONE}")]
    )
    assert [one.category for one in found.disputes] == ["家暴", "other"]
    assert PHONE not in repr(found.happened)
    assert PHONE not in page(found)


@pytest.mark.parametrize(
    ("before", "tonight", "count"),
    [("poaching", "poaching", 2), ("poaching", "littering", 0), (f"{PHONE}", "poaching", 0)],
)
def test_rare_kinds_make_series_of_their_own(files, tmp_path, before, tonight, count):
    known = [OLD, ("2026-05-06 20:00", before)]
    found = with_history(files, tmp_path, known, [("2026-05-07 20:00", tonight)])
    assert [(one.category, one.count) for one in found.series] == ([("other", 2)] if count else [])


def test_kinds_that_history_and_night_have_three_times_have_their_names(files, tmp_path):
    known = [OLD, ("2026-05-05 20:00", "poaching"), ("2026-05-06 20:00", "poaching")]
    found = with_history(files, tmp_path, known, [("2026-05-07 20:00", "poaching")])
    assert [one.category for one in found.happened] == ["poaching"]
    assert [(one.category, one.count, one.new) for one in found.series] == [("poaching", 3, 1)]


def test_an_incident_with_an_interval_is_counted_once(files, tmp_path):
    """From 17:00 to 23:00, and last night began at 19:00: its middle is within; the history has it as well."""
    fresh = "time,end,type,lat,lon\n2026-05-07 17:00,2026-05-07 23:00,burglary,26.0,119.0\n"
    (tmp_path / "since.csv").write_text(fresh, encoding="utf-8")
    text = yaml.safe_load(files.read_text(encoding="utf-8"))
    text["demand"] = [{"kind": "incidents", "file": "all.csv", "columns": {"end": "end"}}]
    files.write_text(yaml.safe_dump(text), encoding="utf-8")
    (tmp_path / "all.csv").write_text(
        fresh + "2026-01-20 20:00,2026-01-20 20:00,fight,26.0,119.0\n", encoding="utf-8"
    )
    found = briefed(files, tmp_path, done_file=None, plan_file=None)
    assert [str(one.when) for one in found.happened] == ["2026-05-07T20:00"]
    assert found.series == ()


def test_a_forecast_that_knew_the_night_is_not_judged(files, tmp_path):
    night = ("2026-05-07 19:30", "theft")
    found = with_history(files, tmp_path, [night], [night])
    assert "incidents-all-late" in [note.code for note in found.notes]
    assert verdict(found) == ""
    assert as_dict(found)["forecast"]["right"] is None
    found = with_history(files, tmp_path, [OLD], [night])
    assert verdict(found) != ""
    assert as_dict(found)["forecast"]["right"] is not None


def test_what_a_row_without_a_stop_names_is_masked(files, tmp_path):
    with (tmp_path / "done.csv").open("a", encoding="utf-8") as file:
        file.write(f",call {PHONE},20:00,no,\n")
    found = briefed(files, tmp_path)
    assert "call …" in [one.title for one in found.work.left]
    assert PHONE not in page(found)


def test_the_last_hour_ends_with_the_plan(files, tmp_path):
    path = tmp_path / "last" / "plan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["clock"]["n_steps"] -= 10 * 60 // document["clock"]["step_s"]
    path.write_text(json.dumps(document), encoding="utf-8")
    end = briefed(files, tmp_path).last.clock.text(briefed(files, tmp_path).last.clock.duration_s)
    assert end.endswith(":50")
    assert briefed(files, tmp_path).hours[-1].text.endswith(end)


def test_what_a_table_leaves_out_is_counted(files, tmp_path):
    found = briefed(files, tmp_path)
    kinds = [f"kind {n}" for n in range(10)]
    rows = [NewSeries(kind, "a street", 26.0, 119.0, 2, 1, DAY, DAY, None, ()) for kind in kinds]
    unmet = [Message("unmet-other", name=kind) for kind in kinds[:9]]
    text = page(replace(found, series=tuple(rows), unmet=tuple(unmet), due=(), places=(), disputes=()))
    assert text.count("and 2 more") == 1
    assert text.count("and 1 more") == 1


def test_names_are_alike_whatever_their_width_case_and_spaces(files, tmp_path):
    path = tmp_path / "last" / "plan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    for route in document["routes"]:
        route["visits"] = [visit for visit in route["visits"] if visit.get("task") != "visit"]
    path.write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "carry.yaml").write_text("- Ｖisit \n", encoding="utf-8")
    found = briefed(files, tmp_path)
    assert [(one.name, one.carried, bool(one.planned)) for one in found.due] == [("visit", True, True)]
    assert [one.why[0].code for one in found.places if one.place == "visit"] == ["why-carried"]
    assert found.tonight.when("VISIT") == found.tonight.when("visit") != ()


def test_what_is_not_held_is_told_once(tmp_path, files):
    path = tmp_path / "tonight" / "plan.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    goal = {"name": "north", "at_least": 0.9, "reached": 0.5, "holds": False, "price": None, "within_min": None,
            "zone": None, "from": None, "until": None}  # fmt: skip
    document["figures"] |= {"goals": [goal], "unmet": ["north", "break of team 1"]}
    document["figures"]["tasks"] |= {"left_out": ["visit"]}
    document["violations"] = ["too late"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [one.code for one in not_held(read_night(path))] == [
        "goal-missed", "unmet-task", "unmet-other", "unmet-rule",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("5", ["RO-571"]), ("a: [", ["RO-570"]),
        ("- {due: 2026-05-01}\n- {name: a, due: soon}\n", ["RO-572", "RO-573"]),
    ],
)  # fmt: skip
def test_a_file_of_what_is_carried_over_is_checked(night, tmp_path, text, codes):
    scenario = read_scenario(night())
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_carried(scenario, tmp_path / "c.yaml")
    assert [fault.code for fault in caught.value.faults] == codes
    with pytest.raises(InputError, match="does not exist"):
        read_carried(scenario, tmp_path / "none.yaml")


LEFT = """format: routeopt-carry-over
night: 2026-05-07
tasks: [{name: a, due: 2026-05-09, carried: 2}, {name: visit, last: 2026-05-07, carried: 0}]
places: [{name: c, carried: 1}]
"""


def test_what_an_earlier_night_left_is_read_and_what_it_did_is_not(files, tmp_path):
    (tmp_path / "c.yaml").write_text(LEFT, encoding="utf-8")
    found = briefed(files, tmp_path, carry_file=tmp_path / "c.yaml")
    assert {(one.name, one.carried) for one in found.due} == {("a", True), ("visit", False), ("c", True)}
    (tmp_path / "c.yaml").write_text(LEFT.replace("carried: 2", "carried: two"), encoding="utf-8")
    with pytest.raises(InputError, match=r"c\.yaml:3:"):
        briefed(files, tmp_path, carry_file=tmp_path / "c.yaml")


def test_the_file_that_the_scenario_names_is_read_by_itself(files, tmp_path):
    (tmp_path / "own.yaml").write_text(LEFT, encoding="utf-8")
    text = yaml.safe_load(files.read_text(encoding="utf-8")) | {"carry_over": "own.yaml"}
    files.write_text(yaml.safe_dump(text), encoding="utf-8")
    assert {one.name for one in briefed(files, tmp_path, carry_file=None).due} == {"a", "visit", "c"}


@pytest.mark.parametrize(
    ("dates", "entry", "due"),
    [
        ({"since": dt.date(2026, 5, 9)}, {}, None),
        ({"weekdays": ["mon"]}, {"carried": 1}, None),  # it is a Friday
        ({"due": dt.date(2026, 5, 20)}, {"last": dt.date(2026, 5, 7)}, None),  # done
        ({"every_days": 7}, {"last": dt.date(2026, 5, 2)}, dt.date(2026, 5, 9)),
        ({"weekdays": ["fri"], "due": dt.date(2026, 5, 8)}, {}, dt.date(2026, 5, 8)),
    ],
)
def test_only_tasks_that_are_open_tonight_are_due(files, tmp_path, dates, entry, due):
    text = yaml.safe_load(files.read_text(encoding="utf-8"))
    text["tasks"] = [text["tasks"][0] | dates]
    files.write_text(yaml.safe_dump(text), encoding="utf-8")
    carried = {"format": "routeopt-carry-over", "tasks": [{"name": "visit"} | entry]}
    (tmp_path / "carry.yaml").write_text(yaml.safe_dump(carried), encoding="utf-8")
    assert [one.due for one in briefed(files, tmp_path).due] == ([due] if due else [])


def test_a_date_with_a_time_is_one(night, tmp_path):
    (tmp_path / "c.yaml").write_text("- {name: a, due: 2026-05-09 10:00:00}\n", encoding="utf-8")
    found, _notes = read_carried(read_scenario(night()), tmp_path / "c.yaml")
    assert [one.due for one in found.tasks] == [dt.date(2026, 5, 9)]
    assert type(found.tasks[0].due) is dt.date


def test_the_busiest_streets_by_hand():
    """Half of 100 m: the two densest of 25 m each; a street without demand never counts."""
    dense, metres = np.array([1.0, 4.0, 0.0, 3.0]), np.full(4, 25.0)
    assert busiest(dense, metres, 0.5).tolist() == [False, True, False, True]
    assert busiest(dense, metres, 1.0).tolist() == [True, True, False, True]


def days(*ago):
    return np.array([np.datetime64("2026-05-08T12:00", "m") - np.timedelta64(1440 * n, "m") for n in ago])


@pytest.mark.parametrize(
    ("ago", "kinds", "count"),
    [
        ((100, 0, 1), (1, 0, 0), 2),  # two thefts on a street where none were
        ((100, 0, 1), (1, 0, 1), 0),  # of two kinds
        ((100, 0, 12), (1, 0, 0), 0),  # too long apart
        ((100, 3, 4), (1, 0, 0), 0),  # nothing since last night
        (tuple(range(60)), (0,) * 60, 0),  # one a day as ever
    ],
)
def test_series_by_hand(night, ago, kinds, count):
    scenario = read_scenario(night())
    net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
    begin, end = np.datetime64("2026-05-07T19:00", "m"), np.datetime64("2026-05-08T19:00", "m")
    found = recent_series(
        net, np.zeros(len(ago), dtype=np.int32), days(*ago), np.array(kinds), begin, end, 50.0, 7.0
    )
    assert [len(one.rows) for one in found] == ([count] if count else [])
    if count:
        assert found[0].usual == pytest.approx(0.5 / 99 * 2)


@pytest.mark.slow
def test_the_briefing_of_a_simulated_week(tmp_path):
    """What was put into the week is found: the series, what was left, what is due, the floor that is missed."""
    given = simulate(tmp_path, budget=Budget(iterations=30))
    found = gather(
        read_scenario(given["scenario"]), given["last"], done_file=given["done"],
        incidents_file=given["incidents"], plan_file=given["plan"], carry_file=given["carry"],
    )  # fmt: skip
    assert [(one.category, one.count) for one in found.series] == [("入室盗窃", 4)]
    assert [one.name for one in found.due[:2]] == ["明珠小区纠纷回访", "东湖社区回访"]
    assert {one.code for one in found.unmet} == {"goal-missed", "unmet-task"}
    assert 0 < found.work.undone < found.work.planned
    assert 0.2 < found.expected < 0.8
    for lang, said in (("en", "Last night had"), ("zh", "昨夜警情")):
        assert said in page(found, lang)
