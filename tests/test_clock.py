"""Times as people write them, on the clock of a plan."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeopt.clock import Clock, in_zone, moment, seconds, seconds_of
from routeopt.errors import MisreadError

CLOCK = Clock(23 * 60, 150, 60, dt.date(2026, 5, 15), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("00:15", 75), ("0:15:00", 75), ("00：15", 75), ("00:15+1", 75), ("24:15", 75), ("次日0:15", 75),
        ("0点15分", 75), ("0点15", 75), ("凌晨0点15", 75), ("凌晨12:15", 75), ("12:15 AM", 75), ("12:15am", 75),
        ("晚上11点", 0), ("晚上12点", 60), ("23点", 0), ("11:00 pm", 0), ("下午11:00", 0),
        ("2026-05-16 00:15", 75), ("2026/05/16 0:15", 75), ("2026年5月16日 00:15:00", 75),
        ("2026-05-16T00:15:00+08:00", 75), ("2026-05-15T16:15:00Z", 75),
        (dt.time(0, 15), 75), (dt.datetime(2026, 5, 16, 0, 15), 75), (dt.datetime(1899, 12, 30, 0, 15), 75),
        (dt.datetime(2026, 5, 16, 0, 14, 59, 999_700), 75), (dt.timedelta(days=1, minutes=15), 75),
        (0.25 / 24, 75), (1 + 0.25 / 24, 75), (46158 + 0.25 / 24, 75), (23 / 24, 0),
    ],
)  # fmt: skip
def test_times_as_they_are_written(value, expected):
    assert seconds(moment(in_zone(value, CLOCK)), CLOCK, days=True) == 60 * expected


@pytest.mark.parametrize("value", ["", "soon", "25:99", "8", True, 500, -1, "#REF!", "48:00"])
def test_no_times(value):
    with pytest.raises(MisreadError):
        moment(value)


@given(st.datetimes(dt.datetime(2026, 5, 15, 23), dt.datetime(2026, 5, 16, 1, 30)))
def test_spreadsheet_numbers_are_exact_to_the_second(time):
    time = time.replace(microsecond=0)
    serial = (time - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    assert (
        seconds(moment(float(f"{serial:.16G}")), CLOCK, days=True) == (time - dt.datetime(2026, 5, 15, 23)).seconds
    )


@given(
    st.integers(0, 2000), st.integers(1, 3000), st.sampled_from([10, 30, 60, 900]), st.integers(-2000, 6000),
)  # fmt: skip
def test_a_time_is_read_as_it_was_written(start, n_steps, step_s, step):
    """Also outside the plan, and in plans of more than a day."""
    clock = Clock(start, n_steps, step_s)
    time_s = min(max(step * step_s, -start * 60), 8 * 86_400 - start * 60)
    assert seconds_of(clock.exact(time_s), clock, inside=False) == time_s
    if 0 <= time_s <= clock.duration_s:
        assert seconds_of(clock.exact(time_s), clock) == time_s


@pytest.mark.parametrize("value", ["22:00", "22:00+0", "03:00", "2026-05-15 22:00", "23:00+1"])
def test_a_time_outside_the_plan_is_refused(value):
    with pytest.raises(MisreadError) as refused:
        seconds_of(value, CLOCK)
    assert refused.value.code in ("RO-562", "RO-563")


@pytest.mark.parametrize(
    ("minutes", "down", "up", "nearest"),
    [(0, 0, 0, 0), (10, 1, 1, 1), (14, 1, 2, 1), (16, 1, 2, 2), (-5, -1, 0, 0), (10 + 1e-13, 1, 1, 1)],
)
def test_minutes_are_steps_rounded_down_up_or_to_the_nearest(minutes, down, up, nearest):
    clock = Clock(19 * 60, 6, 600)
    assert (clock.steps(minutes), clock.steps(minutes, up=True)) == (down, up)
    assert clock.nearest_steps(minutes) == nearest
    assert (clock.step_at(19 * 60 + minutes), clock.step_at(19 * 60 + minutes, up=True)) == (down, up)


def test_only_a_time_with_its_day_may_lie_outside_the_plan():
    assert seconds_of("22:00+1", CLOCK, inside=False) == 23 * 3600
    assert seconds_of("2026-05-16 22:00", CLOCK, inside=False) == 23 * 3600
    with pytest.raises(MisreadError):
        seconds_of("22:00", CLOCK, inside=False)


def test_the_plans_clock_runs_on_where_the_clocks_are_changed():
    """At 3:00 in the morning it is 2:00 once more: two hours after midnight summer time ends an hour later."""
    clock = Clock(23 * 60, 600, 60, dt.date(2026, 10, 24), "Europe/Berlin")
    after = dt.datetime(2026, 10, 25, 3, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert seconds_of(after, clock) == seconds_of(after.isoformat(), clock) == 5.5 * 3600
    assert seconds_of("03:30", clock) == 4.5 * 3600


def test_an_offset_needs_the_time_zone_of_the_plan():
    with pytest.raises(MisreadError) as refused:
        seconds_of(dt.datetime(2026, 5, 16, tzinfo=dt.UTC), Clock(0, 100))
    assert refused.value.code == "RO-567"


@pytest.mark.parametrize("value", [0.5, 21, None, True, dt.time(21, tzinfo=dt.UTC), [], "21"])
def test_what_is_no_time_of_day_is_refused(value):
    with pytest.raises(MisreadError) as refused:
        seconds_of(value, CLOCK)
    assert refused.value.code == "RO-560"
