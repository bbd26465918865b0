"""Files of what was done: read in both languages, matched with the plan, nothing read wrongly in silence."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from routeopt.clock import Clock
from routeopt.diff import PlannedStop
from routeopt.errors import InputError
from routeopt.exchange.done import kind_of, masked, read_done, told_of

CLOCK = Clock(start_min=19 * 60, n_steps=420, date=dt.date(2026, 5, 15))
TEAMS = ("步巡1组", "车巡1组")
H = 3600


@pytest.fixture
def written(tmp_path):
    def write(text, name="done.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("team,place,time,done,reason\n步巡1组,西门,20:00,yes,\n步巡1组,南街,00:30,no,called away\n", "utf-8"),
        ("队伍,地点,时间,完成,原因\n步巡1组,西门,20:00,是,\n步巡1组,南街,00:30,否,处警\n", "gb18030"),
        (
            "编号;巡逻组;点位;到岗时间;是否完成(是/否);未完成原因\n"
            "1;步巡1组;西门;20:00;√;\n2;步巡1组;南街;次日00:30;×;增援\n",
            "utf-8-sig",
        ),
    ],
)  # fmt: skip
def test_headers_of_both_languages_mean_the_same(written, text, encoding):
    found = read_done(written(text, encoding=encoding), CLOCK, TEAMS)
    assert [(row.team, row.title, row.time_s, row.done, row.kind) for row in found.rows] == [
        ("步巡1组", "西门", 20 * H, True, ""),
        ("步巡1组", "南街", 24 * H + 1800, False, "left-called-away"),
    ]


def test_a_workbook_with_dates_and_a_title_above(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["执行情况"], ["队伍", "任务", "时间", "完成", "原因"],
        ["车巡1组", "护送", dt.datetime(2026, 5, 16, 1, 15), "已完成", None],
        ["车巡1组", "回访", None, "未完成", "无人在家"],
    ):  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "done.xlsx")
    found = read_done(tmp_path / "done.xlsx", CLOCK, TEAMS)
    assert [(row.task, row.time_s, row.done, row.kind) for row in found.rows] == [
        ("护送", 25 * H + 900, True, ""), ("回访", None, False, "left-nobody"),
    ]  # fmt: skip


def test_columns_that_are_not_read_and_rows_without_an_answer_are_told(written):
    found = read_done(written("place,done,officer,phone\n西门,yes,Li,138\n南街,,Li,139\n"), CLOCK)
    assert [row.title for row in found.rows] == ["西门"]
    assert [note.code for note in found.notes] == ["done-ignored", "done-blank"]
    assert "officer, phone" in str(found.notes[0])
    assert "Li" not in repr(found)


def test_every_fault_at_once_with_its_line(written):
    text = "team,place,time,done\n步巡1队,西门,20:00,yes\n步巡1组,,20:00,yes\n步巡1组,南街,soon,perhaps\n"
    with pytest.raises(InputError) as caught:
        read_done(written(text), CLOCK, TEAMS)
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [
        ("RO-543", 2), ("RO-566", 3), ("RO-568", 4), ("RO-560", 4),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "place,time\n西门,20:00\n", "team,done\n步巡1组,yes\n"])
def test_a_table_without_what_was_done_is_refused(written, text):
    with pytest.raises(InputError, match=r"done\.csv: has no table with a column of places"):
        read_done(written(text), CLOCK)


def test_a_list_without_answers_has_what_was_done(written):
    found = read_done(written("team,place,time\n步巡1组,西门,20:00\n"), CLOCK)
    assert [row.done for row in found.rows] == [True]


def test_the_reason_of_an_exported_plan_is_not_why_it_was_left(written):
    found = read_done(written("site,dwell_min,done,reason\n西门,10,no,the market\n"), CLOCK)
    assert [(row.done, row.kind) for row in found.rows] == [(False, "")]


STOPS = [
    PlannedStop("步巡1组", "西门", 20 * H, 600), PlannedStop("步巡1组", "西门", 23 * H, 600),
    PlannedStop("车巡1组", "西门", 22 * H, 600), PlannedStop("车巡1组", "回访 (2)", 25 * H, 900),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "answers", "spare"),
    [
        (["步巡1组,西门,22:40,yes"], [None, True, None, None], 0),  # the nearest of the team's
        (["步巡1组,西门,,no"], [False, False, None, None], 0),  # all of the team's
        ([",西门,,yes"], [True, True, True, None], 0),  # everybody's
        (["步巡1组,西门,,no", "步巡1组,西门,,yes"], [False, True, None, None], 0),  # a row for each
        (["车巡1组,回访,01:10,no"], [None, None, None, False], 0),  # by the task's own name
        (["车巡1组,回访（2）,,yes"], [None, None, None, True], 0),  # whatever the width of characters
        (["步巡1组,西门,13:00,yes"], [None, None, None, None], 1),  # another time
        (["步巡1组,东门,20:00,yes"], [None, None, None, None], 1),  # another place
    ],
)
def test_rows_speak_of_the_stops_that_are_meant(written, rows, answers, spare):
    done = read_done(written("\n".join(["team,place,time,done", *rows])), CLOCK, TEAMS)
    found, left = told_of(STOPS, done, ["", "", "", "回访"])
    assert [row and row.done for row in found] == answers
    assert len(left) == spare


@pytest.mark.parametrize(
    "rows", [["步巡1组,西门,,,no", "步巡1组,西门,回访,,yes"], ["步巡1组,西门,回访,,yes", "步巡1组,西门,,,no"]]
)
def test_a_row_of_a_task_is_of_its_stop_alone(written, rows):
    stops = [PlannedStop("步巡1组", "西门", 20 * H, 600), PlannedStop("步巡1组", "西门", 22 * H, 600)]
    done = read_done(written("\n".join(["team,place,task,time,done", *rows])), CLOCK, TEAMS)
    found, left = told_of(stops, done, ["", "回访"])
    assert [row and row.done for row in found] == [False, True]
    assert left == []


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("", ""), ("Called to a fight", "left-called-away"), ("来不及", "left-no-time"),
        ("店已关门", "left-closed"),
        ("道路封闭", "left-no-way"), ("?", "left-other"), ("busy with a call", "left-called-away"),
        ("training", "left-other"), ("the plate was unclear", "left-other"), ("recalled", "left-other"),
        ("the way was blocked", "left-no-way"), ("帮忙搬运", "left-other"), ("太忙", "left-no-time"),
        ("被call走", "left-called-away"),
    ],
)  # fmt: skip
def test_reasons_have_kinds(reason, kind):
    assert kind_of(reason) == kind


def test_long_numbers_are_taken_out_of_reasons():
    assert masked("打 138 0013 8000 无人接，25 分钟") == "打 … 无人接，25 分钟"
    assert masked("身份证 35090219900101123X") == "身份证 …"
    assert len(masked("x" * 200)) == 80
