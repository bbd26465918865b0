"""How visits stand by their dates; must-visits and carry-overs as planners write them."""

from __future__ import annotations

import datetime as dt

import pytest

from routeopt.errors import InputError, ScenarioError
from routeopt.scenario.carried import carry_over_text, read_carry_over
from routeopt.scenario.must_visits import Carried, CarryOver, Interval, standing
from routeopt.scenario.read import read_scenario

FRIDAY = dt.date(2026, 11, 27)
TASK = {"name": "visit", "lat": 26.001, "lon": 119.003, "service_min": 10}


def day(n: int) -> dt.date:
    return FRIDAY + dt.timedelta(days=n)


@pytest.fixture
def task(night):
    """Reads a scenario with one task of these keys, and returns the task."""

    def read(**keys):
        return read_scenario(night(tasks=[TASK | keys])).tasks[0]

    return read


def test_a_follow_up_rises_and_must_be_done_on_its_last_night(task):
    due = task(due="2026-11-29")
    assert [standing(due, None, day(n)).last for n in range(4)] == [False, False, True, False]
    assert [standing(due, None, day(n)).factor for n in range(5)] == [1, 1, 1, 2, 3]
    carried = Carried(name="visit", carried=2)
    assert standing(due, carried, day(0)).factor == 3
    assert standing(due, Carried(name="visit", last=day(-1)), day(0)) is None


def test_weekdays_decide_which_night_is_the_last(task):
    due = task(due="2026-12-02", weekdays=["fri", "mon"])
    assert standing(due, None, day(0)).last is False
    assert standing(due, None, day(1)) is None
    assert standing(due, None, day(3)).last is True


def test_a_task_is_not_open_before_its_time(task):
    early = task(since="2026-11-28")
    assert standing(early, None, day(0)) is None
    assert standing(early, None, day(1)).due is None


def test_an_interval_counts_from_the_last_time():
    weekly = Interval(7)
    assert standing(weekly, None, day(0)).due == day(6)
    done = Carried(name="gate", last=day(0))
    stands = [standing(weekly, done, day(n)) for n in range(1, 9)]
    assert [one.due for one in stands] == [day(7)] * 8
    assert [one.last for one in stands] == [False] * 6 + [True, False]
    assert [round(7 * one.factor) for one in stands] == [1, 2, 3, 4, 5, 6, 7, 14]


def test_a_task_without_dates_belongs_to_every_night(task):
    plain = task()
    assert standing(plain, Carried(name="visit", last=day(-1)), day(0)).factor == 1
    assert standing(plain, None, None).last is False


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"must_visits": [{"every_nights": 3}]}, "RO-176"),
        ({"must_visits": [{"places": ["Blue"]}]}, "RO-180"),
        ({"must_visits": [{"places": ["Blue"], "max_gap_min": 0.5}]}, "RO-182"),
        ({"tasks": [TASK | {"since": "2026-11-28", "due": "2026-11-27"}]}, "RO-179"),
    ],
)
def test_what_contradicts_itself_is_refused(night, keys, code):
    with pytest.raises(ScenarioError) as error:
        read_scenario(night(**keys))
    assert [fault.code for fault in error.value.faults] == [code]
    assert error.value.faults[0].line


@pytest.mark.parametrize("as_json", [False, True])
def test_a_carry_over_is_read_as_it_was_written(tmp_path, as_json):
    found = CarryOver(
        scenario="a night", night=FRIDAY, tasks=[Carried(name="访", due=day(1), carried=1, why="没人")],
        places=[Carried(name="gate", last=FRIDAY)], before=CarryOver(night=day(-1)), tonight=["gate"],
    )  # fmt: skip
    path = tmp_path / "carry"
    path.write_text(carry_over_text(found, as_json=as_json), encoding="utf-8")
    assert read_carry_over(path) == found


def test_a_carry_over_says_where_it_is_wrong(tmp_path):
    path = tmp_path / "carry.yaml"
    path.write_text("format: routeopt-carry-over\nversion: 1\ntasks:\n- {name: a, carried: -1}\n- {nome: b}\n")
    with pytest.raises(InputError) as error:
        read_carry_over(path)
    assert [fault.line for fault in error.value.faults] == [4, 5, 5]
    path.write_text("format: something else\n")
    with pytest.raises(InputError, match="routeopt-carry-over"):
        read_carry_over(path)
