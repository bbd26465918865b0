"""Tracks as devices export them, and what is said of what cannot be read."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from routeopt.adherence.tracks import read_tracks
from routeopt.clock import Clock
from routeopt.coordinates import from_wgs84
from routeopt.errors import InputError

TEAMS = ("步巡1组", "Car 1")
CLOCK = Clock(start_min=19 * 60, n_steps=420, date=dt.date(2026, 5, 1), timezone="Asia/Shanghai")
GPX = (
    '<?xml version="1.0"?>\n<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><metadata><author>'
    "<name>Somebody</name></author></metadata>\n<trk><name>{name}</name><trkseg>\n"
    '<trkpt lat="26.1" lon="119.1"><time>2026-05-01T12:00:00Z</time></trkpt>\n'
    '<trkpt lat="26.2" lon="119.1"><time>2026-05-01T17:30:00.5+00:00</time></trkpt></trkseg></trk></gpx>'
)


@pytest.fixture
def folder(tmp_path):
    """Writes files of tracks: `folder(name=text)`."""

    def write(**files):
        for name, text in files.items():
            suffix = ".gpx" if text.startswith("<?xml") else ".csv"
            (tmp_path / f"{name}{suffix}").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def codes(stop):
    return [fault.code for fault in stop.value.faults]


def said(found):
    return {note.code: note.values for note in found.notes}


def test_a_column_names_the_team_and_times_after_midnight_belong_to_the_night(folder):
    text = "Team,Time,Lat,Lon\nCar 1,21:00:30,26.1,119.1\n car1 ,01:20,26.2,119.2\n步巡1组,19:00,26.1,119\n"
    found = read_tracks(folder(any=text), CLOCK, TEAMS)
    foot, car = found.tracks
    assert (foot.team, car.team) == (0, 1)
    assert car.time_s.tolist() == [7230.0, 22800.0]
    assert found.notes == ()


def test_chinese_headers_name_the_datum_and_other_columns_are_not_read(folder):
    lat, lon = from_wgs84([26.66], [119.55], "gcj02")
    text = f"日期,定位时间,经度（GCJ-02）,纬度,姓名\n2026/5/1,19:10:00,{lon[0]},{lat[0]},张三\n"
    found = read_tracks(folder(步巡1组=text), CLOCK, TEAMS)
    assert np.allclose([found.tracks[0].lat[0], found.tracks[0].lon[0]], [26.66, 119.55], atol=1e-7)
    assert found.tracks[0].time_s.tolist() == [600.0]
    assert said(found)["done-ignored"]["names"] == ["姓名"]
    other = read_tracks(folder(步巡1组=text), CLOCK, TEAMS, "wgs84")
    assert other.tracks[0].lat[0] == pytest.approx(lat[0])


def test_gpx_is_read_by_the_name_of_its_track_or_file_in_the_plans_zone(folder):
    found = read_tracks(
        folder(**{"01-Car 1": GPX.format(name="evening"), "x": GPX.format(name="步巡1组")}), CLOCK, TEAMS
    )
    assert [track.team for track in found.tracks] == [0, 1]
    assert found.tracks[1].time_s.tolist() == [3600.0, 23401.0]
    with pytest.raises(InputError) as stop:
        read_tracks(folder(x=GPX.format(name="Bike 7")), CLOCK, TEAMS)
    assert codes(stop) == ["RO-771"]
    assert stop.value.faults[0].values["known"] == list(TEAMS)


@pytest.mark.parametrize(
    "text", ["<?xml version='1.0'?><gpx><trk>", "<?xml version='1.0'?><kml/>",
             "<?xml version='1.0'?><!DOCTYPE g [<!ENTITY a 'b'>]><gpx/>"],
)  # fmt: skip
def test_xml_that_is_no_gpx_is_refused(folder, text):
    with pytest.raises(InputError) as stop:
        read_tracks(folder(x=text), CLOCK, TEAMS)
    assert codes(stop) == ["RO-773"]


def test_seconds_since_1970_are_utc_and_a_clock_can_be_corrected(folder):
    begin = int(dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC).timestamp())
    text = f"team,timestamp,lat,lon\nCar 1,{begin},26.1,119.1\nCar 1,{begin}500,26.1,119.1\n"
    found = read_tracks(folder(any=text), CLOCK, TEAMS, shift_s={1: -60.0})
    assert found.tracks[0].time_s.tolist() == [3540.0]
    assert said(found)["tracks-twice"]["count"] == 1


def test_rows_out_of_order_twice_elsewhere_and_outside_are_told(folder):
    rows = ["19:02,26.1,119", "19:01,26.1,119", "19:02,26.1,119", "19:01,26.2,119", "18:30,26,119"]
    text = "time,lat,lon\n" + "".join(f"2026-05-01 {row}\n" for row in rows)
    found = read_tracks(folder(**{"Car 1": text}), CLOCK, TEAMS)
    assert found.tracks[0].time_s.tolist() == [60.0, 120.0]
    assert found.tracks[0].lat.tolist() == [26.1, 26.1]
    notes = said(found)
    assert notes["tracks-order"]["count"] == 2
    assert notes["tracks-twice"]["count"] == notes["tracks-two-places"]["count"] == 1
    assert (notes["tracks-outside"]["count"], notes["tracks-outside"]["of"]) == (1, 5)


def test_bad_rows_are_told_with_their_lines_and_refused_where_they_are_many(folder):
    good = "".join(f"19:{n:02d},26.1,119\n" for n in range(20))
    found = read_tracks(folder(**{"Car 1": f"time,lat,lon\n{good}19:30,119.1,26\nsoon,26.1,119\n"}), CLOCK, TEAMS)
    assert said(found)["tracks-bad-position"]["lines"] == [22]
    assert said(found)["tracks-bad-time"]["lines"] == [23]
    with pytest.raises(InputError) as stop:
        read_tracks(folder(**{"Car 1": "time,lat,lon\n19:00,119,26\n19:01,26,119\nsoon,26,119\n"}), CLOCK, TEAMS)
    assert codes(stop) == ["RO-775", "RO-776", "RO-774"]
    assert stop.value.faults[0].line == 2


def test_tracks_of_another_day_are_refused_unless_the_plan_has_none(folder):
    there = folder(**{"Car 1": "time,lat,lon\n2026-05-03 23:00,26,119\n2026-05-04 01:00,26,119\n"})
    with pytest.raises(InputError) as stop:
        read_tracks(there, CLOCK, TEAMS)
    assert codes(stop) == ["RO-777"]
    found = read_tracks(there, Clock(start_min=19 * 60, n_steps=420), TEAMS)
    assert found.tracks[0].time_s.tolist() == [14400.0, 21600.0]
    assert found.date == dt.date(2026, 5, 3)
    assert "tracks-day" in said(found)


def test_what_is_no_table_of_tracks_is_refused_with_what_is_missing(folder, tmp_path):
    with pytest.raises(InputError) as stop:
        read_tracks(folder(x="team,lat,lon\nCar 1,26,119\n", y="time,lat,lon\n"), CLOCK, TEAMS)
    assert codes(stop) == ["RO-772", "RO-778"]
    assert stop.value.faults[0].values["names"] == ["time"]
    with pytest.raises(InputError) as stop:
        read_tracks(tmp_path / "none", CLOCK, TEAMS)
    assert codes(stop) == ["RO-770"]
