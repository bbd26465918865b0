"""Edited plans as they come back from spreadsheets and map programs."""

from __future__ import annotations

import csv
import datetime as dt
import json

import openpyxl
import pytest

from routeopt.clock import Clock
from routeopt.coordinates import from_wgs84
from routeopt.errors import InputError, MisreadError
from routeopt.exchange import geojson, stops_csv, xlsx
from routeopt.exchange.edited.cells import minutes
from routeopt.exchange.edited.reader import read_edited
from routeopt.exchange.export import Export
from routeopt.plan import Plan, Route, Visit

TASK = {
    "name": "Check the yard",
    "lat": 26.0,
    "lon": 119.001,
    "windows": [["23:00", "01:00+1"]],
    "service_min": 10,
}
CLOCK = Clock(23 * 60, 150, 60, dt.date(2026, 5, 15), "Asia/Shanghai")
WRITERS = {"p.xlsx": xlsx.write, "s.csv": stops_csv.write, "r.geojson": geojson.write}


@pytest.fixture
def planned(make_night):
    return make_night()


@pytest.fixture
def sheet_edit(planned, tmp_path):
    """Writes plan.xlsx, hands its team sheets to a function, and reads what that leaves."""

    def edit(change, night=planned, base=True):
        path = tmp_path / "p.xlsx"
        xlsx.write(night, path)
        book = openpyxl.load_workbook(path)
        change(*book.worksheets[1:-1])
        book.save(path)
        return read_edited(path, night.problem, night.result.plan if base else None)

    return edit


def moved(plan, team, n, **changes):
    """The plan with one visit changed."""
    routes = list(plan.routes)
    visits = list(routes[team].visits)
    visits[n] = visits[n]._replace(**changes)
    routes[team] = Route(team, tuple(sorted(visits, key=lambda v: v.start)))
    return Plan(tuple(routes))


def last_row(sheet):
    """The last stop's row."""
    return max(row for row in range(2, sheet.max_row + 1) if sheet[f"A{row}"].value)


def append(sheet, values):
    """A row pasted below, with texts as texts: openpyxl would take "=…" for a formula."""
    sheet.append(values)
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str) and not cell.value.startswith("=B"):
            cell.data_type = "s"


def faults(call):
    with pytest.raises(InputError) as caught:
        call()
    return [str(fault).split("/")[-1] for fault in caught.value.faults]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("based", [True, False])
def test_an_unedited_file_is_the_plan(make_night, tmp_path, name, crs, lang, based):
    night = make_night(Export(crs), lang)
    WRITERS[name](night, tmp_path / name)
    back = read_edited(tmp_path / name, night.problem, night.result.plan if based else None)
    assert back.plan == night.result.plan
    assert back.notes == ()
    assert len(back.where) == len(night.stops)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("date", [None, dt.date(2026, 7, 1)])
def test_undated_plan_survives_a_round_trip_from_any_date(make_night, tmp_path, name, date):
    night = make_night(Export(date=date), shift={"start": "23:00", "end": "01:30+1"})
    WRITERS[name](night, tmp_path / name)
    assert read_edited(tmp_path / name, night.problem, night.result.plan).plan == night.result.plan


def test_clock_step_of_seconds_survives_a_round_trip(make_night, tmp_path):
    shift = {"start": "23:00", "end": "00:30+1", "step_s": 20, "date": "2026-05-15"}
    night = make_night(shift=shift)
    assert any(s.start_s % 60 for s in night.stops)
    for name, write in WRITERS.items():
        write(night, tmp_path / name)
        assert read_edited(tmp_path / name, night.problem, night.result.plan).plan == night.result.plan


def test_retimed_by_text_or_time(sheet_edit, planned):
    plan = planned.result.plan
    start = plan.routes[0].visits[-1].start + 1
    text = planned.problem.clock.text(start * 60)
    for value in (text, f" {text.replace(':', '：')} ", dt.time(int(text[:2]), int(text[3:]))):
        back = sheet_edit(lambda s, *_, v=value: s.__setitem__(f"B{last_row(s)}", v))
        assert back.plan == moved(plan, 0, -1, start=start)


def test_changed_dwell_overrides_the_old_end(sheet_edit, planned):
    plan = planned.result.plan
    other = 2 if plan.routes[0].visits[-1].activity != 2 else 3
    length = int(planned.problem.dwell_steps[other])
    for value in (length, f"{length} min", f"{length}分钟", dt.time(0, length)):
        back = sheet_edit(lambda s, *_, v=value: s.__setitem__(f"C{last_row(s)}", v))
        assert back.plan == moved(plan, 0, -1, activity=other)


def test_end_typed_over_the_formula_is_used(sheet_edit, planned):
    plan = planned.result.plan
    last = plan.routes[0].visits[-1]
    other = 2 if last.activity != 2 else 3
    end = planned.problem.clock.text((last.start + int(planned.problem.dwell_steps[other])) * 60)
    back = sheet_edit(lambda s, *_: s.__setitem__(f"D{last_row(s)}", end))
    assert back.plan == moved(plan, 0, -1, activity=other)


def test_another_place_by_name_whatever_its_width_and_case(sheet_edit, planned):
    west = planned.problem.site_names.index("West gate")
    back = sheet_edit(lambda s, *_: s.__setitem__(f"E{last_row(s)}", "ＷＥＳＴ　gate"))
    assert back.plan == moved(planned.result.plan, 0, -1, site=west)


def test_deleted_and_blank_rows(sheet_edit, planned):
    plan = planned.result.plan

    def change(first, second, third):
        first.delete_rows(2)
        second.insert_rows(2, 3)
        for column in "BCE":  # what is left of a row whose cells were cleared
            third[f"{column}2"] = None

    routes = [list(route.visits) for route in plan.routes]
    expected = Plan((Route(0, tuple(routes[0][1:])), Route(1, tuple(routes[1])), Route(2, tuple(routes[2][1:]))))
    assert sheet_edit(change).plan == expected


def test_a_row_moved_to_another_sheet_changes_the_team(sheet_edit, planned):
    plan = planned.result.plan

    def change(first, second, _):
        row = [cell.value for cell in first[2]]
        first.delete_rows(2)
        append(second, row)

    stop = plan.routes[0].visits[0]
    back = sheet_edit(change).plan
    assert back.routes[0].visits == plan.routes[0].visits[1:]
    assert back.routes[1].visits == tuple(sorted((*plan.routes[1].visits, stop), key=lambda v: v.start))


def test_a_row_without_start_follows_the_one_above(sheet_edit, planned):
    problem, plan = planned.problem, planned.result.plan
    west = problem.site_names.index("West gate")

    def change(first, *_):
        first.delete_rows(3, first.max_row)
        first["C3"], first["E3"] = 5, "West gate"

    visit = plan.routes[0].visits[0]
    travel = problem.profiles[0].travel_steps
    start = visit.start + int(problem.dwell_steps[visit.activity]) + int(travel[visit.site, west])
    assert sheet_edit(change).plan.routes[0].visits == (visit, Visit(west, start, 0))


def test_reordered_columns_chinese_headers_and_remarks(planned, tmp_path):
    problem, plan = planned.problem, planned.result.plan
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["五里亭 今晚"])
    sheet.append([])
    sheet.append(["备注", "停留(分钟)", "地点", "队伍", "开始时间"])
    for stop in reversed(planned.stops):
        local = planned.problem.clock.text(stop.start_s)
        append(sheet, ["请注意", f"{stop.dwell_min:g}", stop.site, stop.team, f"{int(local[:2])}点{local[3:]}分"])
        sheet.append([])
    book.save(tmp_path / "own.xlsx")
    assert read_edited(tmp_path / "own.xlsx", problem, plan).plan == plan


def test_end_still_computed_by_a_formula_is_ignored(sheet_edit, planned):
    """Where a program deletes rows, the formulas below go on computing from where the rows were."""

    def change(first, *_):
        for row in range(2, last_row(first)):
            first[f"D{row}"] = f"=B{row + 1}+C{row + 1}/1440"
        first["C2"], first["D3"] = None, None

    said = faults(lambda: sheet_edit(change))
    assert [text.split("!")[1] for text in said] == ["C2: no minutes are given. Choose from 5, 10, 15, 20."]


def test_rows_in_another_order_are_pointed_out(sheet_edit, planned):
    def change(first, *_):
        row = [cell.value for cell in first[2]]
        first.delete_rows(2)
        append(first, row)

    back = sheet_edit(change)
    assert back.plan == planned.result.plan
    assert [note.code for note in back.notes] == ["rows-out-of-order"]


def test_csv_saved_by_a_chinese_spreadsheet(planned, tmp_path):
    stops_csv.write(planned, tmp_path / "s.csv")
    text = (tmp_path / "s.csv").read_text(encoding="utf-8-sig").replace("2026-05-15 ", "2026/5/15 ")
    rows = list(csv.reader(text.splitlines()))
    with (tmp_path / "s.csv").open("w", encoding="gb18030", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows(rows)
    assert read_edited(tmp_path / "s.csv", planned.problem, planned.result.plan).plan == planned.result.plan


@pytest.fixture
def geo_edit(make_night, tmp_path):
    """Changes the first stop of routes.geojson in GCJ-02."""

    def edit(change, base=True):
        night = make_night(Export("gcj02"))
        geojson.write(night, tmp_path / "r.geojson")
        document = json.loads((tmp_path / "r.geojson").read_text(encoding="utf-8"))
        document.pop("crs")  # map programs keep features alone
        change(next(f for f in document["features"] if f["properties"]["kind"] == "stop"), night.problem)
        (tmp_path / "r.geojson").write_text(json.dumps(document), encoding="utf-8")
        return night, read_edited(tmp_path / "r.geojson", night.problem, night.result.plan if base else None)

    return edit


def put(feature, problem, name, north_m=0.0):
    site = problem.site_names.index(name)
    lat, lon = from_wgs84(problem.site_lat[site] + north_m / 111_195, problem.site_lon[site], "gcj02")
    feature["geometry"]["coordinates"] = [float(lon), float(lat)]


def test_a_dragged_point_goes_to_the_nearest_place(geo_edit):
    night, back = geo_edit(lambda f, p: put(f, p, "West gate", north_m=40))
    west = night.problem.site_names.index("West gate")
    assert back.plan == moved(night.result.plan, 0, 0, site=west)
    assert back.notes[0].code == "point-moved"
    assert (back.notes[0].values["site"], back.notes[0].values["distance"]) == ("West gate", "40")


def test_a_point_drawn_anew_is_a_stop_in_the_datum_of_the_others(make_night, tmp_path):
    night = make_night(Export("gcj02"))
    geojson.write(night, tmp_path / "r.geojson")
    document = json.loads((tmp_path / "r.geojson").read_text(encoding="utf-8"))
    team = night.problem.team_names[1]
    drawn = {"type": "Feature", "geometry": {"type": "MultiPoint", "coordinates": []}, "properties": {}}
    drawn["properties"] = {"team": team, "start": "23:01", "dwell_min": 5}
    put(drawn, night.problem, "West gate")
    drawn["geometry"]["coordinates"] = [drawn["geometry"]["coordinates"]]
    features = [*document["features"], drawn]
    (tmp_path / "r.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    back = read_edited(tmp_path / "r.geojson", night.problem, night.result.plan)
    new = Visit(night.problem.site_names.index("West gate"), 1, 0)
    assert set(back.plan.routes[1].visits) - set(night.result.plan.routes[1].visits) == {new}


def test_a_point_given_another_name_goes_there(geo_edit):
    night, back = geo_edit(lambda f, _: f["properties"].update(site="West gate"))
    west = night.problem.site_names.index("West gate")
    assert back.plan == moved(night.result.plan, 0, 0, site=west)


def test_a_point_moved_and_given_another_name_is_a_fault(geo_edit):
    def change(feature, problem):
        planned = feature["properties"]["site"]
        feature["properties"]["site"] = "West gate"
        put(feature, problem, next(name for name in problem.site_names if name not in (planned, "West gate")))

    assert "Change the name or the point, not both." in faults(lambda: geo_edit(change))[0]


def test_a_point_far_from_every_place_is_a_fault(geo_edit):
    said = faults(lambda: geo_edit(lambda f, p: put(f, p, "West gate", north_m=5000)))
    assert "m from the nearest place" in said[0]


@pytest.mark.parametrize("key", ["start", "start_time", "start_s"])
def test_geojson_retimed_in_one_of_its_properties(geo_edit, key):
    def change(feature, problem):
        about = feature["properties"]
        later = about["start_s"] + 60
        values = {"start": problem.clock.text(later), "start_s": later}
        values["start_time"] = (
            dt.datetime.fromisoformat(about["start_time"]) + dt.timedelta(minutes=1)
        ).isoformat()
        about[key] = values[key]

    night, back = geo_edit(change)
    visit = night.result.plan.routes[0].visits[0]
    assert back.plan == moved(night.result.plan, 0, 0, start=visit.start + 1)


def test_geojson_retimed_twice_is_a_fault(geo_edit):
    said = faults(lambda: geo_edit(lambda f, _: f["properties"].update(start="23:51", start_s=3600)))
    assert "give different times" in said[0]


def test_every_fault_at_once_with_sheet_row_and_column(planned, tmp_path):
    xlsx.write(planned, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    first, second = book.worksheets[1:3]
    first["B2"], first["C3"], first["E4"] = "quarter past", 7.5, "West gat"
    second["B2"], second["C2"], second["D2"], second["E2"] = "12:00", None, None, None
    second["B3"] = dt.datetime(2026, 5, 15, 0, 30)
    book.remove(book.worksheets[3])
    book.save(tmp_path / "p.xlsx")
    said = faults(lambda: read_edited(tmp_path / "p.xlsx", planned.problem, planned.result.plan))
    one, two = first.title, second.title
    assert [text.replace("p.xlsx: ", "", 1) for text in said if "missing" not in text] == [
        f'{one}!B2: "quarter past" is not a time of day. Write a time such as "20:15".',
        f"{one}!C3: 7.5 min is no whole number of steps of 60 s, from one step to 150 min. "
        "Round it to whole steps.",
        f'{one}!E4: unknown place "West gat". Did you mean "West gate"?',
        f"{two}!E2: no place is given. Write the name of a place of the scenario.",
        f"{two}!B2: 12:00 is outside the plan (23:00 to 01:30). Choose a time between 23:00 and 01:30.",
        f"{two}!B3: 2026-05-15 00:30 is outside the plan (23:00 to 01:30). "
        "Did you mean 2026-05-16 00:30? The time alone (00:30) is enough.",
    ]
    assert [text for text in said if "missing" in text] == [
        f'p.xlsx: the sheet of team "{planned.problem.team_names[2]}" is missing. '
        "Restore it; for a team without stops, keep the header alone."
    ]


def test_start_minutes_and_end_that_disagree(sheet_edit):
    def change(first, *_):
        first["A2"], first["B2"], first["C2"], first["D2"] = None, "23:20", 10, "23:45"

    said = faults(lambda: sheet_edit(change))
    assert "ends at 23:45, but 10 min from 23:20 end at 23:30" in said[0]


def test_time_between_steps_is_a_fault(make_night, sheet_edit):
    night = make_night(shift={"start": "23:00", "end": "01:30+1", "step_s": 300, "date": "2026-05-15"})
    said = faults(lambda: sheet_edit(lambda s, *_: s.__setitem__("B2", "23:21"), night))
    assert "go in steps of 300 s. Use 23:20." in said[0]


def test_a_strange_sheet_with_stops_is_a_fault(planned, tmp_path):
    xlsx.write(planned, tmp_path / "p.xlsx")
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    book.copy_worksheet(book.worksheets[1])
    book.create_sheet("notes")["A1"] = "buy batteries"
    book.save(tmp_path / "p.xlsx")
    said = faults(lambda: read_edited(tmp_path / "p.xlsx", planned.problem, planned.result.plan))
    assert len(said) == len(planned.result.plan.routes[0].visits) + 1
    assert "is not named after a team" in said[0]


def test_a_team_sheet_without_header(sheet_edit):
    assert "has no header" in faults(lambda: sheet_edit(lambda s, *_: s.delete_rows(1)))[0]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.xlsx", None, "does not exist"),
        ("p.xls", b"x", "cannot be read; use .xlsx"),
        ("p.xlsx", b"x", "is not a valid XLSX"),
        ("p.geojson", b"{", "1:2: the file is not valid JSON"),
        ("p.geojson", b"[]", "is not a GeoJSON FeatureCollection"),
        ("p.geojson", b"\xff\xfe\xff", "is not encoded in UTF-8"),
        ("p.csv", b"a,b\n1,2\n", "has no header"),
        ("p.csv", b"place,start\n1,2\n", "neither a column of minutes"),
    ],
)
def test_unreadable_files_are_refused(planned, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert said in faults(lambda: read_edited(tmp_path / name, planned.problem))[0]


def test_a_plan_json_is_read_too(planned, tmp_path):
    from routeopt.exchange import plan_json

    plan_json.write(planned, tmp_path / "mine.json")
    assert read_edited(tmp_path / "mine.json", planned.problem).plan == planned.result.plan


@pytest.mark.parametrize(
    ("value", "expected"),
    [(10, 10), (10.0, 10), ("10", 10), ("１０分钟", 10), ("7,5 min", 7.5), ("0:10", 10), (dt.time(1, 5), 65)],
)
def test_minutes_as_they_are_written(value, expected):
    assert minutes(value) == expected


@pytest.mark.parametrize("value", ["ten", "-5", True, None, dt.datetime(2026, 5, 15)])
def test_no_minutes(value):
    with pytest.raises(MisreadError):
        minutes(value)


@pytest.mark.parametrize(("length", "said"), [(12, "lasts as one of 10 min"), (3, "counts only while it lasts")])
def test_a_length_outside_the_menu_is_kept(sheet_edit, planned, length, said):
    plan, table = planned.result.plan, planned.problem.activities
    back = sheet_edit(lambda s, *_: s.__setitem__(f"C{last_row(s)}", length))
    assert back.plan == moved(plan, 0, -1, activity=table.stop(length), fixed=True)
    (note,) = back.notes
    assert f"{length} min" in str(note)
    assert said in str(note)


@pytest.mark.parametrize("name", WRITERS)
def test_a_stop_of_its_own_length_survives_a_round_trip(make_night, tmp_path, name):
    night = make_night(edit=lambda problem, plan: moved(plan, 0, -1, activity=problem.activities.stop(12)))
    last = [stop for stop in night.stops if stop.team_index == 0][-1]
    assert (last.kind, last.dwell_min, last.end_s - last.start_s) == ("stop", 12, 720)
    assert last.reason
    WRITERS[name](night, tmp_path / name)
    back = read_edited(tmp_path / name, night.problem, night.result.plan)
    assert back.plan == moved(night.result.plan, 0, -1, fixed=True)
    assert back.notes == ()


def test_a_task_keeps_its_length_and_a_wait_stays_a_wait(make_night, tmp_path):
    """A row that was exported from a task, a wait or an absence stays one when its minutes are changed."""

    def edit(problem, plan):
        rows = problem.activities
        site = int(problem.tasks.site[0])
        done = (Visit(site, 30, rows.of_task(0)), Visit(site, 60, rows.wait(5)), Visit(site, 80, rows.away(9)))
        return Plan((Route(0, done), Route(1), Route(2)))

    night = make_night(edit=edit, tasks=[TASK])
    path = tmp_path / "s.csv"
    stops_csv.write(night, path)

    def read(*minutes):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row, length in zip(rows, minutes, strict=True):
            row["dwell_min"] = length
        with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return read_edited(tmp_path / "t.csv", night.problem, night.result.plan).plan.routes[0].visits

    table, (task, wait, away) = night.problem.activities, night.result.plan.routes[0].visits
    assert read(10, 7, 10) == (task, wait._replace(activity=table.wait(7)), away._replace(activity=table.away(10)))
    (fault,) = faults(lambda: read(15, 5, 9))
    assert 'task "Check the yard" takes 10 min' in fault


@pytest.mark.parametrize("length", [0, 12.5, 1000])
def test_a_length_that_is_no_number_of_steps_is_a_fault(sheet_edit, length):
    (fault,) = faults(lambda: sheet_edit(lambda s, *_: s.__setitem__(f"C{last_row(s)}", length)))
    assert "no whole number of steps" in fault
