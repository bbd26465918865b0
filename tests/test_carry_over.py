"""What a night leaves, by what was planned and by what was done."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from routeopt.carry_over import carry_over
from routeopt.errors import InputError
from routeopt.exchange.told import read_told
from routeopt.plan import Plan, Route, Visit
from routeopt.problem.build import build_with_streets
from routeopt.scenario.must_visits import Carried, CarryOver
from routeopt.scenario.read import read_scenario

FRIDAY = dt.date(2026, 11, 27)
SITES = {"count": 0, "list": [
    {"name": "Blue", "lat": 26.0005, "lon": 119.003}, {"name": "Gate", "lat": 26.0012, "lon": 119.003},
]}  # fmt: skip
TASK = {"lat": 26.0008, "lon": 119.003, "service_min": 10}
TASKS = [
    TASK | {"name": "call", "due": "2026-11-27"}, TASK | {"name": "later", "due": "2026-11-29"},
    TASK | {"name": "weekly", "every_days": 7}, TASK | {"name": "post"},
    TASK | {"name": "early", "since": "2026-11-28"},
]  # fmt: skip


@pytest.fixture
def built(night):
    rules = [{"places": ["Blue", "Gate"], "every_nights": 1}]
    keys = {"sites": SITES, "tasks": TASKS, "must_visits": rules}
    return build_with_streets(
        read_scenario(night(shift={"start": "19:00", "end": "21:00", "date": FRIDAY}, **keys))
    )


@pytest.fixture
def plan(built):
    """Serves "call" at 19:20 and "weekly" at 19:40, and stops at Blue at 20:10."""
    problem = built.problem
    rows = {name: problem.activities.of_task(q) for q, name in enumerate(problem.tasks.names)}
    site = problem.site("call")
    visits = Visit(site, 20, rows["call"]), Visit(site, 40, rows["weekly"]), Visit(problem.site("Blue"), 70, 0)
    return Plan((Route(0, visits),))


@pytest.fixture
def report(built, plan, tmp_path):
    def read(text, encoding="utf-8", of=plan):
        path = tmp_path / "done.csv"
        path.write_bytes(text.encode(encoding))
        return read_told(path, built.problem, of)

    return read


def entries(found):
    carried = found.carried
    return {e.name: (e.last, e.due, e.carried, e.code) for e in (*carried.tasks, *carried.places)}


def test_as_planned(built, plan):
    found = carry_over(built, plan)
    day, none = FRIDAY, None
    assert entries(found) == {
        "call": (day, day, 0, ""), "later": (none, day + dt.timedelta(2), 1, "left-worth"),
        "weekly": (day, day + dt.timedelta(7), 0, ""), "post": (none, none, 1, "left-worth"),
        "Blue": (day, day + dt.timedelta(1), 0, ""), "Gate": (none, day, 1, "left-worth"),
    }  # fmt: skip
    assert [entry.name for entry, _why in found.open] == ["later", "post", "Gate"]
    assert found.n_done == 3
    assert found.carried.before == CarryOver()


def test_what_was_planned_and_not_done_says_why(built, plan, report):
    text = "任务,队伍,时间,完成,原因,警员姓名\ncall,Foot 1,19:20,否,无人在家,张三\n,Foot 1,,,,李四\n"
    found = carry_over(built, plan, report(text, encoding="gb18030"))
    assert entries(found)["call"] == (None, FRIDAY, 1, "left-reason")
    assert entries(found)["weekly"][0] == FRIDAY
    why = next(entry.why for entry in found.carried.tasks if entry.name == "call")
    assert why == "planned, not done: 无人在家"
    assert {note.code for note in found.notes} == {"done-ignored", "done-silent"}
    assert "张三" not in repr(found)
    assert "警员姓名" in str(found.notes[0])


def test_a_list_without_the_column_is_of_what_was_done(built, plan, report):
    found = carry_over(built, plan, report("place;team;time\nGate;Foot 1;\ncall;;\n"))
    left = entries(found)
    assert left["call"][0] == left["Gate"][0] == FRIDAY  # the latter was not planned
    assert left["weekly"] == (None, FRIDAY + dt.timedelta(6), 0, "")
    assert left["Blue"][3] == "left-not-done"
    assert [note.code for note in found.notes] == ["done-silent-left"]


def test_a_row_means_the_stop_nearest_in_time(built, plan, report):
    blue = plan.routes[0].visits[2]
    twice = Plan((Route(0, (*plan.routes[0].visits[:2], blue, blue._replace(start=95))),))
    one = carry_over(built, twice, report("place,time,done\nBlue,20:12,no\n", of=twice))
    assert entries(one)["Blue"][0] == FRIDAY
    both = carry_over(built, twice, report("place,done\nBlue,no\n", of=twice))
    assert entries(both)["Blue"][0] is None
    each = carry_over(built, twice, report("place,done\nBlue,yes\nBlue,no\n", of=twice))
    assert entries(each)["Blue"][0] == FRIDAY


def test_rows_are_matched_as_the_briefing_matches_them(built, plan, report):
    """Within three hours of a stop: one that is said to be left an hour and a half early was not made."""
    found = carry_over(built, plan, report("place,time,done,reason\nBlue,18:40,no,closed\n"))
    assert entries(found)["Blue"] == (None, FRIDAY, 1, "left-reason")
    assert {note.code for note in found.notes} == {"done-silent"}
    far = carry_over(built, plan, report("place,time,done\nBlue,16:40,no\n"))
    assert entries(far)["Blue"][0] == FRIDAY
    assert {note.code for note in far.notes} == {"done-not-planned", "done-silent"}


def test_a_row_names_a_task_or_its_place_as_people_write_them(built, plan, report):
    found = carry_over(built, plan, report("place,task,done\nBlue,ＣＡＬＬ,no\n"))
    assert entries(found)["call"] == (None, FRIDAY, 1, "left-not-done")
    assert entries(found)["Blue"][0] == FRIDAY


def test_blank_cells_are_told_and_so_are_stops_that_were_not_planned(built, plan, report):
    found = carry_over(built, plan, report("place,done\nBlue,\nGate,no\n"))
    assert entries(found)["Blue"][0] == FRIDAY
    assert {note.code for note in found.notes} == {"done-blank", "done-not-planned", "done-silent"}


def test_an_exported_list_of_stops_tells_not_why_by_its_own_reasons(built, plan, report):
    head = "id,team,order,site,zone,street,arrive,start,end,dwell_min,lat,lon,crs,reason,done,why not\n"
    row = "T01S01,Foot 1,1,call,,,19:20:00,2026-11-27 19:20:00,19:30,10,1,1,wgs84,order,no,closed\n"
    found = carry_over(built, plan, report(head + row))
    assert next(entry.why for entry in found.carried.tasks if entry.name == "call").endswith("not done: closed")


def test_every_fault_is_told_with_its_row(report):
    with pytest.raises(InputError) as error:
        report("team,place,time,done\nFoot 2,Blue,19:20,yes\nFoot 1,Blu,25:99,perhaps\n")
    assert [fault.code for fault in error.value.faults] == ["RO-543", "RO-568", "RO-561"]
    with pytest.raises(InputError) as error:
        report("place,time,done\nBlu,19:20,yes\nCal,,no\n")
    assert [fault.code for fault in error.value.faults] == ["RO-546", "RO-546"]
    assert "done.csv:2" in str(error.value)


def test_entries_of_other_tasks_stay_and_rewards_rise(built, plan):
    before = CarryOver(
        tasks=[Carried(name="of another night", last="2026-11-20"), Carried(name="later", carried=2)],
        before=CarryOver(),
    )  # fmt: skip
    found = carry_over(built, plan, None, before)
    assert entries(found)["later"][2] == 3
    assert "of another night" in entries(found)
    assert found.carried.before.before is None
    scenario = built.scenario.model_copy(
        update={"shift": built.scenario.shift.model_copy(update={"date": FRIDAY + dt.timedelta(1)})}
    )
    following = build_with_streets(scenario, carried=found.carried)
    tasks = following.problem.tasks
    assert {"early", "later", "post"} <= set(tasks.names)
    assert not {"call"} & set(tasks.names)
    assert tasks.reward[tasks.names.index("later")] == pytest.approx(0.04)
    assert following.dues.told["later"].text() == "due 2026-11-29, nights carried over: 3"


def test_no_team_can_is_told_as_such(built):
    tasks = [task.model_copy(update={"windows": [[1140, 1140]]}) for task in built.scenario.tasks[:1]]
    scenario = built.scenario.model_copy(update={"tasks": tasks})
    rebuilt = build_with_streets(scenario)
    found = carry_over(rebuilt, Plan((Route(0),)))
    assert found.open[0][1].code == "left-no-team"
    assert replace(found).n_done == 0
