"""Venues over the day and the week, the station's own list, and the calendar."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from routeopt.clock import Clock
from routeopt.demand.venue_table import CLASSES, SHORT, VENUE_HOURS
from routeopt.demand.venues import over_night, rates, shape, venues
from routeopt.errors import DemandError, Message
from routeopt.scenario.model import SPEEDS_KPH, Streets
from routeopt.scenario.sources import Calendar, VenueDemand
from routeopt.streets.osm import read_streets

FRIDAY = dt.date(2026, 5, 15)


@pytest.fixture
def net(square):
    return read_streets(Streets(file=square.name), square.parent, SPEEDS_KPH)


def source(**options):
    return VenueDemand.model_validate({"kind": "venues"} | options)


def clock(date=None, start="19:00", hours=9):
    return Clock(int(start[:2]) * 60, hours * 60, 60, date)


def test_bar_surges_when_it_closes():
    before, at, after = shape(VENUE_HOURS["night"], np.array([25.0, 26.0, 27.0]))
    assert (before, at, after) == (pytest.approx(0.9), pytest.approx(0.6 + 0.6), 0.0)


def test_profile_wraps_at_midnight():
    late, early = shape(VENUE_HOURS["round"], np.array([23.999, 24.001]))
    assert late == pytest.approx(early, abs=1e-3)


def test_night_after_midnight_belongs_to_the_evening_before():
    friday = over_night(VENUE_HOURS["night"], clock(FRIDAY), Calendar())
    sunday = over_night(VENUE_HOURS["night"], clock(FRIDAY + dt.timedelta(days=2)), Calendar())
    undated = over_night(VENUE_HOURS["night"], clock(), Calendar())
    one_in_the_morning = 6 * 60
    assert friday[one_in_the_morning] == pytest.approx(1.4 * undated[one_in_the_morning])
    assert sunday[one_in_the_morning] == pytest.approx(1.0 * undated[one_in_the_morning])


def test_school_gate_on_school_days_only():
    morning = clock(FRIDAY, "06:00", 12)
    gate = over_night(VENUE_HOURS["school"], morning, Calendar())
    assert {int(gate[:180].argmax()) / 60 + 6, int(gate[180:].argmax()) / 60 + 9} == {7.5, 16.5}
    saturday = clock(FRIDAY + dt.timedelta(days=1), "06:00", 12)
    assert over_night(VENUE_HOURS["school"], saturday, Calendar()).max() < 0.1
    worked = Calendar.model_validate({"workdays": [saturday.date]})
    assert over_night(VENUE_HOURS["school"], saturday, worked).max() == pytest.approx(1.0)
    holidays = Calendar.model_validate({"school_holidays": [["2026-05-10", "2026-05-20"]]})
    assert over_night(VENUE_HOURS["school"], morning, holidays).max() < 0.1


@pytest.mark.parametrize(
    ("day", "factor"), [("2026-10-06", 0.05), ("2026-10-07", 1.5), ("2026-10-08", 1.5), ("2026-10-09", 1.0)]
)
def test_return_to_school_around_the_end_of_holidays(day, factor):
    holidays = Calendar.model_validate({"holidays": [f"2026-10-0{d}" for d in range(1, 8)]})
    gate = over_night(VENUE_HOURS["school"], clock(dt.date.fromisoformat(day), "06:00", 12), holidays)
    assert gate.max() == pytest.approx(factor)


def test_own_list_replaces_the_street_data_of_the_same_place(net, tmp_path):
    (tmp_path / "v.csv").write_text(
        "name,lat,lon,kind,weight,opening,closing\n蓝吧,26.0011,119.0015,酒吧,9,20:00,01:00+1\nQ,26.0,119.0,night_market,,,\n"
    )
    placed, notes = venues(source(file="v.csv"), net, tmp_path)
    assert [(p.name, p.kind, p.weight) for p in placed] == [
        ("蓝吧", "amenity=bar", 9.0),
        ("Q", "night market", 5.0),
    ]
    assert (placed[0].profile.opening, placed[0].profile.closing) == (20, 25)
    assert Message("venues-replaced", count=1) in notes


def test_own_list_with_weight_0_takes_a_place_out(net, tmp_path):
    entry = {"name": "Blue", "lat": 26.001, "lon": 119.0015, "kind": "bar", "weight": 0}
    assert venues(source(entries=[entry]), net, tmp_path)[0] == []


def test_closing_without_a_day_is_the_next_morning(net, tmp_path):
    entry = {"name": "A", "lat": 26.0, "lon": 119.0, "kind": "bar", "opening": "20:00", "closing": "03:00"}
    placed, _ = venues(source(entries=[entry]), net, tmp_path)
    busy = over_night(placed[0].profile, clock(), Calendar())
    assert busy[(27 - 19) * 60] > busy[(27 - 19) * 60 - 60]


@pytest.mark.parametrize("kind", ["bra", "酒巴"])
def test_unknown_class_in_the_list(net, tmp_path, kind):
    entry = {"name": "A", "lat": 26.0, "lon": 119.0, "kind": kind}
    with pytest.raises(DemandError, match=r'venue "A": venue class ".*" does not exist. Did you mean') as caught:
        venues(source(entries=[entry]), net, tmp_path)
    assert [fault.code for fault in caught.value.faults] == ["RO-311"]


def test_list_with_bad_rows_names_them_all(net, tmp_path):
    (tmp_path / "v.csv").write_text("name,lat,lon,kind,closing\nA,26,119,bar,late\nB,north,119,bar,\n")
    with pytest.raises(DemandError) as caught:
        venues(source(file="v.csv"), net, tmp_path)
    late, north = caught.value.faults
    assert (late.code, late.line, late.values["key"]) == ("RO-132", 2, "closing")
    assert (north.code, north.line, north.values["got"]) == ("RO-304", 3, "north")


def test_campaign_night_raises_its_classes_or_the_whole_source(net, tmp_path):
    plain = rates(source(), net, clock(FRIDAY), tmp_path)
    of_bars = {"calendar": {"campaigns": [{"date": FRIDAY, "factor": 3, "kinds": ["bar"]}]}}
    raised = rates(source(**of_bars), net, clock(FRIDAY), tmp_path)
    everywhere = np.arange(net.n_segments)
    np.testing.assert_allclose(raised.at(everywhere), 3 * plain.at(everywhere))
    whole = rates(source(calendar={"campaigns": [{"date": FRIDAY, "factor": 3}]}), net, clock(FRIDAY), tmp_path)
    assert (whole.factor, rates(source(**of_bars), net, clock(), tmp_path).factor) == (3.0, 1.0)


def test_campaign_of_an_unknown_class(net, tmp_path):
    campaigns = [{"date": FRIDAY, "kinds": ["barr"]}]
    with pytest.raises(DemandError, match=r'campaign of 2026-05-15: .*"barr" does not.*mean "bar"') as caught:
        venues(source(calendar={"campaigns": campaigns}), net, tmp_path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.values["kind"]) == ("RO-311", "barr")


def test_every_class_and_short_name_has_a_profile():
    assert {profile for _, profile in CLASSES.values()} <= set(VENUE_HOURS)
    assert set(SHORT.values()) <= set(CLASSES)
    for profile in VENUE_HOURS.values():
        assert list(profile.hours) == sorted(profile.hours)
        assert max(profile.hours.values()) == 1.0
