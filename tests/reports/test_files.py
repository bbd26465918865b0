"""Files for other systems, each read back by the library that its users read it with."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from dataclasses import replace
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import fastkml
import fastkml.validator
import gpxpy
import icalendar
import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeopt import cells
from routeopt.clock import Clock
from routeopt.coordinates import to_wgs84
from routeopt.errors import InputError
from routeopt.exchange import gpx, ics, kml, stops_csv, xlsx
from routeopt.exchange.datum import file_names, xml_text
from routeopt.exchange.edited.reader import read_edited
from routeopt.exchange.export import Dates, Export
from routeopt.messages import LANGUAGES, words
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.reports.formats import DEFAULT, FORMATS, chosen, write_files
from routeopt.reports.model import ReportModel, Stop, StreetLines, Track

START = dt.datetime(2026, 5, 15, 23, 0)
UTC_START = dt.datetime(2026, 5, 15, 15, 0, tzinfo=dt.UTC)
CRS = ("wgs84", "gcj02", "bd09")
LETTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="\ufffe\uffff")
NAMES = st.text(LETTERS, min_size=1, max_size=80)


def expected(night, start=START):
    """Team, place, start and end of every stop on the plan's clock."""
    return [
        (s.team, s.site, start + dt.timedelta(seconds=s.start_s), start + dt.timedelta(seconds=s.end_s))
        for s in night.stops
    ]


def wall(time):
    """An instant on the night's clock."""
    return time.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)


def near(night, positions, crs):
    """Positions as written lie within 20 cm of the stops'."""
    lat, lon = np.array(positions).T
    lat, lon = to_wgs84(lat, lon, crs)
    at = np.array([(s.lat, s.lon) for s in night.stops])
    return np.hypot((lat - at[:, 0]) * 111_195, (lon - at[:, 1]) * 99_900).max() < 0.2


def gpx_files(folder):
    return [gpxpy.parse(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*.gpx"))]


@pytest.mark.parametrize("crs", CRS)
def test_gpx_reads_back_in_gpxpy(make_night, tmp_path, crs):
    night = make_night(Export(crs))
    gpx.write(night, tmp_path / "gpx")
    files = gpx_files(tmp_path / "gpx")
    assert len(files) == night.problem.n_teams
    found, at = [], []
    for team, file in zip(night.problem.team_names, files, strict=True):
        assert team in file.name
        assert ("GCJ-02" in (file.description or "")) == (crs == "gcj02")
        assert ("BD-09" in (file.description or "")) == (crs == "bd09")
        for point in file.waypoints:
            own = point.extensions[0].attrib
            assert point.time == dt.datetime.fromisoformat(own["start"])
            found.append((team, own["site"], point.time, dt.datetime.fromisoformat(own["end"])))
            at.append((point.latitude, point.longitude))
    assert found == expected(night, UTC_START)
    assert near(night, at, crs)


def test_gpx_tracks_are_the_teams_ways(make_night, tmp_path):
    night = make_night()
    gpx.write(night, tmp_path / "gpx")
    for track, file in zip(night.tracks, gpx_files(tmp_path / "gpx"), strict=True):
        points = [
            (p.latitude, p.longitude, (p.time - UTC_START).total_seconds())
            for p in file.tracks[0].segments[0].points
        ]
        whole = [
            (round(la, 6), round(lo, 6), round(t))
            for la, lo, t in zip(track.lat, track.lon, track.time_s, strict=True)
        ]
        assert set(points) <= set(whole)
        assert (points[0], points[-1]) == (whole[0], whole[-1])
        assert [at for at, _ in groupby(p[:2] for p in points)] == [at for at, _ in groupby(p[:2] for p in whole)]
        assert all(a[:2] != b[:2] or a[2] < b[2] for a, b in pairwise(points))  # none twice at one time
        assert all(len(list(stay)) <= 2 for _, stay in groupby(points, key=lambda p: p[:2]))
        moments = np.arange(0.0, whole[-1][2])
        for n in range(2):  # where it is at any time is the same
            full = np.interp(moments, [p[2] for p in whole], [p[n] for p in whole])
            assert np.allclose(np.interp(moments, [p[2] for p in points], [p[n] for p in points]), full, atol=2e-4)


def kml_stops(text):
    """Team, place, start, end, (lat, lon) of each placemark that is a stop."""
    document = next(iter(fastkml.KML.from_string(text).features))
    for folder in document.features:
        for mark in folder.features:
            if mark.extended_data is not None:
                data = {d.name: d.value for d in mark.extended_data.elements}
                assert mark.time_stamp is None
                span = (mark.times.begin.dt, mark.times.end.dt)
                yield data["team"], data["site"], *span, (mark.geometry.y, mark.geometry.x)


@pytest.mark.parametrize("crs", CRS)
def test_kml_reads_back_in_fastkml(make_night, tmp_path, crs):
    night = make_night(Export(crs))
    kml.write(night, tmp_path / "r.kml")
    text = (tmp_path / "r.kml").read_bytes()
    assert ("GCJ-02" in text.decode()) == (crs == "gcj02")
    stops = list(kml_stops(text))
    assert [(t, s, wall(a), wall(b)) for t, s, a, b, _ in stops] == expected(night)
    assert near(night, [at for *_, at in stops], crs)


def test_kml_follows_its_schema(make_night, tmp_path):
    kml.write(make_night(), tmp_path / "r.kml")
    assert fastkml.validator.validate(file_to_validate=tmp_path / "r.kml")


def test_kmz_is_the_kml_zipped(make_night, tmp_path):
    night = make_night()
    kml.write(night, tmp_path / "r.kml")
    kml.write_kmz(night, tmp_path / "r.kmz")
    with zipfile.ZipFile(tmp_path / "r.kmz") as archive:
        assert archive.namelist() == ["doc.kml"]
        assert archive.read("doc.kml") == (tmp_path / "r.kml").read_bytes()


@pytest.mark.parametrize("crs", CRS)
def test_geojson_says_its_datum_in_every_feature(make_night, tmp_path, crs):
    night = make_night(Export(crs))
    FORMATS["routes.geojson"](night, tmp_path / "r.geojson")
    document = json.loads((tmp_path / "r.geojson").read_text(encoding="utf-8"))
    assert document["crs"] == crs
    assert {f["properties"]["crs"] for f in document["features"]} == {crs}
    stops = [f for f in document["features"] if f["properties"]["kind"] == "stop"]
    found = [f["properties"] for f in stops]
    times = [[wall(dt.datetime.fromisoformat(p[k])) for k in ("start_time", "end_time")] for p in found]
    assert [(p["team"], p["site"], *both) for p, both in zip(found, times, strict=True)] == expected(night)
    assert near(night, [f["geometry"]["coordinates"][::-1] for f in stops], crs)


@pytest.mark.parametrize("crs", CRS)
def test_csv_reads_back(make_night, tmp_path, crs):
    night = make_night(Export(crs))
    stops_csv.write(night, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    back = [
        (r["team"], cells.unguarded(r["site"]), *(dt.datetime.fromisoformat(r[k]) for k in ("start", "end")))
        for r in rows
    ]
    assert back == expected(night)
    assert {r["crs"] for r in rows} == {crs}
    assert near(night, [(float(r["lat"]), float(r["lon"])) for r in rows], crs)


def test_csv_has_no_formulas(make_night, tmp_path):
    night = make_night()
    assert any(s.site.startswith("=") for s in night.stops)
    stops_csv.write(night, tmp_path / "s.csv")
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert not any(cell.startswith(cells.FORMULA) for row in csv.reader(handle) for cell in row)


@pytest.mark.parametrize("crs", CRS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_xlsx_reads_back_in_openpyxl(make_night, tmp_path, crs, lang):
    night = make_night(Export(crs), lang)
    xlsx.write(night, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(tmp_path / "p.xlsx", data_only=True)
    found, at = [], []
    for team, sheet in zip(night.problem.team_names, book.worksheets[1:-1], strict=True):
        for row in sheet.iter_rows(min_row=2, values_only=True):
            if row[0] is not None:
                assert all(isinstance(row[n], dt.datetime) for n in (1, 3, 7))
                found.append((team, row[4], row[1], row[3]))
                at.append(row[8:10])
    assert found == expected(night)
    assert near(night, at, crs)
    summary = [c for row in book.worksheets[0].iter_rows(values_only=True) for c in row if c is not None]
    assert {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}[crs] in summary
    assert set(night.problem.team_names) <= set(summary)
    assert any(isinstance(c, float) and c == pytest.approx(night.figures["visibility"]) for c in summary)


def test_xlsx_end_is_computed_from_start_and_minutes(make_night, tmp_path):
    xlsx.write(make_night(), tmp_path / "p.xlsx")
    assert openpyxl.load_workbook(tmp_path / "p.xlsx").worksheets[1]["D2"].value == "=B2+C2/1440"


@pytest.mark.parametrize("crs", CRS)
def test_ics_reads_back_in_icalendar(make_night, tmp_path, crs):
    night = make_night(Export(crs))
    ics.write(night, tmp_path / "ics")
    files = sorted((tmp_path / "ics").glob("*.ics"))
    assert len(files) == night.problem.n_teams + 1
    events = []
    for path in files[:-1]:
        book = icalendar.Calendar.from_ical(path.read_bytes())
        events += [(str(book["x-wr-calname"]), e) for e in book.walk("VEVENT")]
    times = [(wall(e["dtstart"].dt), wall(e["dtend"].dt)) for _, e in events]
    names = [(team, str(e["summary"]).removeprefix(f"{team}: ")) for team, e in events]
    assert [(*name, *both) for name, both in zip(names, times, strict=True)] == expected(night)
    assert near(night, [(e["geo"].latitude, e["geo"].longitude) for _, e in events], crs)
    assert all(("GCJ-02" in e["description"]) == (crs == "gcj02") for _, e in events)
    every = icalendar.Calendar.from_ical(files[-1].read_bytes()).walk("VEVENT")
    assert len(every) == len(night.stops) == len({str(e["uid"]) for e in every})
    assert icalendar.Calendar.from_ical(files[-1].read_bytes()).get_used_tzids() == {"Asia/Shanghai"}


def test_ics_is_published_with_a_sequence_that_grows(make_night, tmp_path, monkeypatch):
    night, found = make_night(), []
    for seconds in (0, 60):
        monkeypatch.setattr(ics, "FIRST", dt.datetime(2025, 1, 1, tzinfo=dt.UTC) - dt.timedelta(seconds=seconds))
        ics.write(night, tmp_path / "ics")
        book = icalendar.Calendar.from_ical((tmp_path / "ics" / "all.ics").read_bytes())
        assert book["method"] == "PUBLISH"
        found.append({int(e["sequence"]) for e in book.walk("VEVENT")})
    assert 0 <= max(found[0]) < min(found[1]) < 2**31


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ics_of_a_team_without_stops_has_its_duty(make_night, tmp_path, lang):
    night = make_night(lang=lang)
    night = replace(night, stops=tuple(stop for stop in night.stops if stop.team_index != 1))
    ics.write(night, tmp_path / "ics")
    files = sorted((tmp_path / "ics").glob("*.ics"))
    (event,) = icalendar.Calendar.from_ical(files[1].read_bytes()).walk("VEVENT")
    clock, problem = night.problem.clock, night.problem
    span = [int(step[1]) * clock.step_s for step in (problem.team_start_step, problem.team_end_step)]
    assert [(event[key].dt - UTC_START).total_seconds() for key in ("dtstart", "dtend")] == span
    assert words(lang)("stays at its post: no stop fits") in event["description"]
    every = icalendar.Calendar.from_ical(files[-1].read_bytes()).walk("VEVENT")
    assert len(every) == len(night.stops) + 1


def test_ics_floats_without_a_time_zone(make_night, tmp_path):
    night = make_night(shift={"start": "23:00", "end": "01:30+1", "date": "2026-05-15"})
    ics.write(night, tmp_path / "ics")
    events = icalendar.Calendar.from_ical((tmp_path / "ics" / "all.ics").read_bytes()).walk("VEVENT")
    assert [(e["dtstart"].dt, e["dtend"].dt) for e in events] == [(a, b) for _, _, a, b in expected(night)]


def test_ics_keeps_an_event_when_exported_again(make_night, tmp_path):
    night = make_night()
    uids = []
    for _ in range(2):
        ics.write(night, tmp_path / "ics")
        book = icalendar.Calendar.from_ical((tmp_path / "ics" / "all.ics").read_bytes())
        uids.append([str(e["uid"]) for e in book.walk("VEVENT")])
    assert uids[0] == uids[1]


def test_undated_plan_gets_a_date_and_says_so(make_night, tmp_path):
    night = make_night(shift={"start": "23:00", "end": "01:30+1", "timezone": "Asia/Shanghai"})
    gpx.write(night, tmp_path / "gpx")
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    file = gpx_files(tmp_path / "gpx")[0]
    assert "for no particular day" in file.description
    first = night.stops[0]
    stamp = dt.datetime.combine(today, dt.time(23), ZoneInfo("Asia/Shanghai")) + dt.timedelta(
        seconds=first.start_s
    )
    assert abs(file.waypoints[0].time - stamp) in (dt.timedelta(0), dt.timedelta(days=1))  # at midnight
    gpx.write(replace(night, export=Export(date=dt.date(2026, 5, 15))), tmp_path / "gpx")
    file = gpx_files(tmp_path / "gpx")[0]
    assert "for no particular day" not in (file.description or "")
    assert file.waypoints[0].time == UTC_START + dt.timedelta(seconds=first.start_s)


def test_the_computers_zone_is_said_where_it_is_used(make_night, tmp_path):
    night = make_night(shift={"start": "23:00", "end": "01:30+1", "date": "2026-05-15"}, lang="zh")
    gpx.write(night, tmp_path / "gpx")
    assert "UTC" in gpx_files(tmp_path / "gpx")[0].description
    gpx.write(make_night(), tmp_path / "gpx")
    assert not gpx_files(tmp_path / "gpx")[0].description


def test_instants_run_on_when_the_clocks_are_changed():
    zone = ZoneInfo("Europe/Vienna")
    when = Dates(Clock(22 * 60, 480), dt.date(2026, 10, 24), True, zone)
    assert when.utc(6 * 3600) - when.utc(0) == dt.timedelta(hours=6)
    assert when.local(6 * 3600) == dt.datetime(2026, 10, 25, 4)
    assert when.zoned(6 * 3600).hour == 3


def test_an_earlier_plans_files_do_not_stay(make_night, tmp_path):
    night = make_night()
    (tmp_path / "gpx").mkdir()
    (tmp_path / "gpx" / "09-gone.gpx").touch()
    (tmp_path / "gpx" / "mine.gpx").touch()
    write_files(night, tmp_path, ["gpx"])
    names = {p.name for p in (tmp_path / "gpx").iterdir()}
    assert "09-gone.gpx" not in names
    assert "mine.gpx" in names


@given(st.lists(st.text(max_size=300), min_size=1, max_size=12))
def test_file_names_are_safe_and_different(names):
    found = file_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert not set(name) & set('<>:"/\\|?*\0\n')
        assert name.strip(" .") == name
        assert len(f"{name}.gpx".encode()) <= 255


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_sheet_names_are_taken_by_excel(names):
    import xlsxwriter

    found = xlsx.sheet_names(names, ("Summary", "Places"))
    book = xlsxwriter.Workbook("unused.xlsx", {"in_memory": True})
    for name in ("Summary", *found, "Places"):
        book.add_worksheet(name)  # raises where Excel would refuse it
    book.fileclosed = True


@given(st.text())
def test_guarded_text_is_no_formula_and_comes_back(text):
    assert not cells.guarded(text).startswith(cells.FORMULA)
    assert cells.unguarded(cells.guarded(text)) == text


@given(st.text())
def test_xml_text_can_be_read(text):
    import xml.etree.ElementTree as ET

    element = ET.Element("a")
    element.text = xml_text(text)
    ET.fromstring(ET.tostring(element, encoding="utf-8"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=3, max_size=3, unique=True), site=NAMES)
def test_any_name_can_be_written_to_every_format(make_named, names, site):
    night, folder = make_named(names, site)
    write_files(night, folder, chosen("gpx,kml,csv,xlsx,ics"))
    assert [f.name.endswith(f": {n}") for n, f in zip(names, gpx_files(folder / "gpx"), strict=True)] == [True] * 3
    own = {w.extensions[0].attrib["site"] for f in gpx_files(folder / "gpx") for w in f.waypoints}
    assert own == {site}
    assert {(t, s) for t, s, *_ in kml_stops((folder / "routes.kml").read_bytes())} == {(n, site) for n in names}
    with (folder / "stops.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [(cells.unguarded(r["team"]), cells.unguarded(r["site"])) for r in csv.DictReader(handle)]
    assert set(rows) == {(n, site) for n in names}
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert {sheet["E2"].value for sheet in book.worksheets[1:-1]} == {site}
    events = icalendar.Calendar.from_ical((folder / "ics" / "all.ics").read_bytes()).walk("VEVENT")
    assert {str(e["summary"]) for e in events} == {f"{n}: {site}" for n in names}


@pytest.fixture
def make_named(make_problem, tmp_path):
    """A night without streets, with any names: three teams, a stop each."""
    base = _hand_made(make_problem(1))

    def make(names, site):
        stops = tuple(replace(s, team=names[s.team_index], site=site) for s in base.stops)
        tracks = tuple(replace(t, team=names[t.team_index]) for t in base.tracks)
        problem = replace(base.problem, team_names=tuple(names))
        return replace(base, problem=problem, stops=stops, tracks=tracks), tmp_path

    return make


def _hand_made(problem):
    problem = replace(problem, clock=Clock(23 * 60, 120, 60, START.date(), "Asia/Shanghai"))
    plan = Plan(tuple(Route(k, (Visit(1, 20 + k, 1),)) for k in range(3)))
    stops = tuple(
        Stop("", k, 1, "", "", "", 26.0, 119.0, 1200, 1200 + 60 * k, 1800 + 60 * k, 10.0, "why") for k in range(3)
    )
    tracks = tuple(Track("", k, (26.0, 26.0), (119.0, 119.0), (0.0, 7200.0)) for k in range(3))
    figures = {"visibility": 0.5, "instant": 0.2, "band": {"low": 0.4, "high": 0.6}}
    figures |= {"within": {}, "handling": {}, "zones": {}, "goals": []}
    none = StreetLines((), (), *np.zeros((3, 0), np.int64), np.zeros(1, np.int64), *np.zeros((2, 0)))
    return ReportModel(problem, Result(plan, 0.5, "greedy", 1, 1.0, 1), figures, (), stops, tracks, none, (), ())


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", DEFAULT),
        ("gpx, KML", ("gpx", "routes.kml")),
        ("stops,report", ("stops.csv", "report.html")),
        ("routes.kmz,kmz", ("routes.kmz",)),
        ("all", tuple(FORMATS)),
    ],
)
def test_formats_by_any_name(text, names):
    assert chosen(text) == names


def test_unknown_format_suggests_the_nearest_one():
    with pytest.raises(
        InputError, match=r"format \"gpxx\"\. Did you mean \"gpx\"\?\n.*format \"q\"\. Choose from"
    ):
        chosen("gpxx,q")


@pytest.fixture
def ordered(make_night):
    """A night with an order at a chosen place, under its own name."""
    order = {"name": "Escort", "lat": 26.001, "lon": 119.0, "service_min": 8, "mandatory": True}
    return make_night(tasks=[order])


def test_an_order_has_its_own_name_in_every_file_for_people(ordered, tmp_path, capsys):
    """As in the report and on the cards, whatever else is at its place."""
    from routeopt.cli.figures import print_plan

    (stop,) = [s for s in ordered.stops if s.task]
    assert (stop.site, stop.title) == ("West gate", "Escort")
    called = f"{stop.order}. Escort"
    gpx.write(ordered, tmp_path / "gpx")
    names = [p.name for path in (tmp_path / "gpx").iterdir() for p in gpxpy.parse(path.read_text()).waypoints]
    assert called in names
    kml.write(ordered, tmp_path / "routes.kml")
    assert f"<name>{called}</name>" in (tmp_path / "routes.kml").read_text(encoding="utf-8")
    ics.write(ordered, tmp_path / "ics")
    events = icalendar.Calendar.from_ical((tmp_path / "ics" / "all.ics").read_bytes()).events
    assert f"{stop.team}: Escort" in [str(event["summary"]) for event in events]
    xlsx.write(ordered, tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert "Escort" in [row[4].value for sheet in book.worksheets[1:4] for row in sheet.iter_rows(min_row=2)]
    print_plan(ordered, words("en"))
    assert "Escort" in capsys.readouterr().out
    assert read_edited(tmp_path / "plan.xlsx", ordered.problem, ordered.result.plan).plan == ordered.result.plan


def test_the_name_of_an_order_is_a_place_in_an_edited_file(ordered, tmp_path):
    """Also of a new row, which is an ordinary stop there."""
    xlsx.write(ordered, tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    sheet = book.worksheets[1]
    sheet.delete_rows(2, sheet.max_row)
    for column, value in zip("BCE", (dt.time(23, 30), 10, "Escort"), strict=True):
        sheet[f"{column}2"] = value
    book.save(tmp_path / "mine.xlsx")
    (visit,) = read_edited(tmp_path / "mine.xlsx", ordered.problem, ordered.result.plan).plan.routes[0].visits
    assert (ordered.problem.site_names[visit.site], visit.start, visit.activity) == ("West gate", 30, 1)
