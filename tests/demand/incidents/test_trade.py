"""Incident files as portals and station systems export them: every kind reads the same, or says why not."""

from __future__ import annotations

import codecs
import datetime as dt
import io
import json
import os
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from routeopt.demand.incidents.look import look, map_rows
from routeopt.errors import DemandError, Message
from routeopt.scenario.sources import IncidentDemand

N = 24
TIMES = [dt.datetime(2024, 3 + k % 4, 1 + (k * 7) % 28, (20, 21, 3, 9)[k % 4], (k * 13) % 60) for k in range(N)]
LAT = [26.665 + 0.0003 * k for k in range(N)]
LON = [119.547 - 0.0002 * k for k in range(N)]
KIND = ["盗窃", "纠纷"] * (N // 2)
WIDE = str.maketrans("0123456789-:", "０１２３４５６７８９－：")
HOURS = [sum(t.hour == h for t in TIMES) for h in range(24)]


def table(header, *columns, sep=","):
    rows = zip(*columns, strict=True)
    return "\n".join([header, *(sep.join(str(cell) for cell in row) for row in rows)]) + "\n"


def looked(tmp_path, content, name="i.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    given = {"kind": "incidents", "file": name, "max_bad_share": 1.0}
    return look(IncidentDemand.model_validate(given | options), tmp_path)


def codes(found):
    return {note.code for note in found.notes}


def is_whole(found):
    """Whether every incident is read, at its hour and place."""
    assert (found.read, found.rows) == (N, N)
    assert found.hours == HOURS
    assert found.bbox == pytest.approx([min(LAT), min(LON), max(LAT), max(LON)], abs=1e-5)


def times(form):
    return table("t,type,lat,lon", [t.strftime(form) for t in TIMES], KIND, LAT, LON)


def chinese(t):
    return (
        f"{t.year}年{t.month}月{t.day}日{'上午' if t.hour < 12 else '下午'}{(t.hour - 1) % 12 + 1}点{t.minute}分许"
    )


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M", "%m/%d/%y %H:%M", "%Y%m%d%H%M%S",
        "%Y%m%dT%H%M%S",
        "%d-%b-%y %I.%M.%S.000000 %p", "%a %b %d %H:%M:%S CST %Y", "%a %b %d %Y %H:%M:%S", "%Y/%m/%d %Hh%M",
        "%d de %B de %Y %H:%M", "%Y年%m月%d日 %H时%M分", "%Y-%m-%d-%H.%M.%S.000000", "%H:%M %d/%m/%Y",
        "'%Y-%m-%d %H:%M",
        '"=""%Y-%m-%d %H:%M"""',
    ],
)  # fmt: skip
def test_forms_of_times(tmp_path, form):
    """The column is found by its values: its name says nothing."""
    is_whole(looked(tmp_path, times(form)))


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("发生时间", [[chinese(t) for t in TIMES]]),
        ("DATE OCC,TIME OCC", [[t.strftime("%m/%d/%Y 12:00:00 AM") for t in TIMES], [f"{t:%H%M}" for t in TIMES]]),
        ("fecha,hora", [[f"{t:%d/%m/%Y}" for t in TIMES], [f"{t:%H.%M}" for t in TIMES]]),
        ("OCC_DATE,OCC_HOUR", [[f"{t:%Y-%m-%d} 05:00" for t in TIMES], [t.hour for t in TIMES]]),
        ("YEAR,MONTH,DAY,HOUR,MINUTE", [[f"{t:{f}}" for t in TIMES] for f in ("%Y", "%B", "%d", "%H", "%M")]),
        ("date,time", [[f"{t:%Y-%m-%d}" for t in TIMES], [(t.hour * 60 + t.minute + 0.1) / 1440 for t in TIMES]]),
        ("time", [[(t - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1) for t in TIMES]]),
        ("time", [[int(t.replace(tzinfo=dt.UTC).timestamp()) for t in TIMES]]),
        ("time", [[int(t.replace(tzinfo=dt.UTC).timestamp() * 1000) for t in TIMES]]),
        ("报警时间", [[str(t).translate(WIDE) for t in TIMES]]),
    ],
)  # fmt: skip
def test_columns_of_times(tmp_path, header, columns):
    is_whole(looked(tmp_path, table(f"{header},type,lat,lon", *columns, KIND, LAT, LON)))


def dms(value, letter):
    degrees, rest = divmod(value * 3600, 3600)
    return f"{int(degrees)}°{int(rest // 60)}'{rest % 60:.3f}″{letter}"


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("location", [[f'"({a}, {o})"' for a, o in zip(LAT, LON, strict=True)]]),
        ("经纬度", [[f'"{o}，{a}"' for a, o in zip(LAT, LON, strict=True)]]),
        ("shape", [[f"POINT ({o} {a})" for a, o in zip(LAT, LON, strict=True)]]),
        ("address", [[f'"1 A ST\nTOWN\n({a}, {o})"' for a, o in zip(LAT, LON, strict=True)]]),
        ("lat,lon", [[dms(a, "N") for a in LAT], [dms(o, "E") for o in LON]]),
        ("lat,lon", [[round(a * 1e6) for a in LAT], [round(o * 1e6) for o in LON]]),
        ("位置", [[f"东经{dms(o, '')}北纬{dms(a, '')}" for a, o in zip(LAT, LON, strict=True)]]),
        ("X,Y,POINT_X,LAT_WGS84,LONG_WGS84", [[13307973] * N, [3081455] * N, LON, LAT, LON]),
    ],
)
def test_positions(tmp_path, header, columns):
    is_whole(looked(tmp_path, table(f"time,type,{header}", TIMES, KIND, *columns)))


def test_decimal_commas_where_the_delimiter_is_another(tmp_path):
    comma = [[str(v).replace(".", ",") for v in values] for values in (LAT, LON)]
    is_whole(looked(tmp_path, table("id;time;Delikt;Breite;Länge", range(N), TIMES, KIND, *comma, sep=";")))


def projected():
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(LON, LAT)


def test_projected_metres_need_their_code(tmp_path):
    x, y = projected()
    text = table("time,type,x,y", TIMES, KIND, x, y)
    with pytest.raises(DemandError, match="projected metres") as caught:
        looked(tmp_path, text)
    assert [fault.code for fault in caught.value.faults] == ["RO-347"]
    is_whole(looked(tmp_path, text, crs="EPSG:3857"))
    with pytest.raises(DemandError, match='"EPSG:99999" does not exist'):
        looked(tmp_path, text, crs="EPSG:99999")


def point(x, y, kind="Point"):
    return {"type": kind, "coordinates": [x, y] if kind == "Point" else [[x, y]]}


def documents():
    about = [{"time": str(t), "type": k} for t, k in zip(TIMES, KIND, strict=True)]
    rows = list(zip(about, LON, LAT, strict=True))
    metres = list(zip(about, *projected(), strict=True))
    plain = [{"type": "Feature", "properties": one, "geometry": point(x, y)} for one, x, y in rows]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    return {
        "geojson": {"type": "FeatureCollection", "features": plain},
        "multipoint": {
            "features": [{"properties": one, "geometry": point(x, y, "MultiPoint")} for one, x, y in rows]
        },
        "crs": {"crs": crs, "features": [{"properties": one, "geometry": point(x, y)} for one, x, y in metres]},
        "esri": {
            "spatialReference": {"wkid": 102100},
            "features": [{"attributes": one, "geometry": {"x": x, "y": y}} for one, x, y in metres],
        },
        "array": [one | {"location": {"latitude": str(y), "longitude": str(x)}} for one, x, y in rows],
        "wrapped": {"meta": {"n": N}, "result": {"records": [one | {"point": point(x, y)} for one, x, y in rows]}},
        "columns": {"time": [str(t) for t in TIMES], "type": KIND, "lat": LAT, "lon": LON},
        "lists": [["time", "type", "lat", "lon"], *([*one.values(), y, x] for one, x, y in rows)],
        "lines": plain,
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["geojson", "multipoint", "crs", "esri", "array", "wrapped", "columns", "lists", "lines"]
)
def test_json(tmp_path, kind):
    document = documents()[kind]
    text = "\n".join(map(json.dumps, document)) if kind == "lines" else json.dumps(document)
    is_whole(looked(tmp_path, text, "i.json"))


def test_a_feature_of_several_points_is_left_out_as_such(tmp_path):
    document = documents()["geojson"]
    document["features"][3]["geometry"] = {"type": "LineString", "coordinates": [[119.5, 26.6], [119.6, 26.7]]}
    found = looked(tmp_path, json.dumps(document), "i.json")
    assert (found.read, found.left_out) == (N - 1, {"row-several-points": 1})


def book(sheets, merged=()):
    held = openpyxl.Workbook()
    held.remove(held.active)
    for name, rows in sheets.items():
        sheet = held.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    file = io.BytesIO()
    held.save(file)
    return file.getvalue()


NAMES = ["报警时间", "警情类别", "经度", "纬度"]
ROWS = [list(row) for row in zip(TIMES, KIND, LON, LAT, strict=True)]


@pytest.mark.parametrize(
    ("sheets", "merged"),
    [
        ({"a": [["三月警情统计表"], ["统计时间：2024-03-01 至 2024-03-30"], NAMES, *ROWS]}, ["A1:D1", "A2:D2"]),
        ({"说明": [["导出说明"], ["联系人", "某某"]], "数据": [NAMES, *ROWS]}, []),
        ({"上": [NAMES, *ROWS[:9]], "下": [NAMES, *ROWS[9:]]}, []),
        ({"a": [["警情", None, "坐标", None], ["时间", "类别", "经度", "纬度"], *ROWS]}, ["A1:B1", "C1:D1"]),
        ({"a": [["接警时间（24小时制）", "警情类别（一级）", "经度（°）", "纬度（°）"], *ROWS]}, []),
    ],
)  # fmt: skip
def test_workbooks(tmp_path, sheets, merged):
    found = looked(tmp_path, book(sheets, merged), "警情.xlsx")
    is_whole(found)
    assert found.categories == {"盗窃": N // 2, "纠纷": N // 2}


def test_merged_cells_are_filled_down_and_a_wrong_dimension_does_not_count(tmp_path):
    import zipfile

    rows = [[t, k if n % 3 == 0 else None, o, a] for n, (t, k, o, a) in enumerate(ROWS)]
    raw = book({"a": [["时间", "类别", "经度", "纬度"], *rows]}, [f"B{n}:B{n + 2}" for n in range(2, N + 2, 3)])
    source, target = zipfile.ZipFile(io.BytesIO(raw)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name in source.namelist():
            packed.writestr(
                name, source.read(name).replace(b'<dimension ref="A1:D25"/>', b'<dimension ref="A1"/>')
            )
    found = looked(tmp_path, target.getvalue(), "警情.xlsx")
    is_whole(found)
    assert "" not in found.categories


@pytest.mark.parametrize("piece", [97, 150, 211])
def test_merged_cells_are_found_however_the_sheet_is_cut(tmp_path, monkeypatch, piece):
    monkeypatch.setattr("routeopt.demand.incidents.sheets.PIECE", piece)
    rows = [[t, None if n % 2 else k, o, a] for n, (t, k, o, a) in enumerate(ROWS)]
    raw = book({"a": [NAMES, *rows]}, [f"B{n}:B{n + 1}" for n in range(2, N + 2, 2)])
    assert "" not in looked(tmp_path, raw, "i.xlsx").categories


def test_html_that_is_called_xls(tmp_path):
    rows = "".join(f"<tr><td>{t}<td>{k}</td><td>{o}</td><td>{a}</td></tr>" for t, k, o, a in ROWS)
    page = f"<html><meta charset='gb2312'><table><tr><th>时间<th>类别<th>经度<th>纬度</tr>{rows}</table></html>"
    found = looked(tmp_path, page.encode("gbk"), "警情.xls")
    is_whole(found)
    assert "incidents-html" in codes(found)


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [("gb18030", "盗窃"), ("big5", "竊盜"), ("shift_jis", "ひったくり"),
     ("euc_kr", "절도 폭행 강도 살인 방화 사기 횡령"),
     ("cp1252", "VÍA PÚBLICA"), ("cp1251", "Кража")],
)  # fmt: skip
def test_encodings_are_told_by_their_characters(tmp_path, encoding, kind):
    found = looked(tmp_path, table("time,type,lat,lon", TIMES, [kind] * N, LAT, LON).encode(encoding))
    is_whole(found)
    assert list(found.categories) == [kind]
    (note,) = [note for note in found.notes if note.code == "incidents-encoding"]
    assert codecs.lookup(note.values["encoding"]) == codecs.lookup(encoding)


def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path):
    raw = table("time,type,lat,lon", TIMES, ["kradzież z włamaniem"] * N, LAT, LON).encode("cp1250")
    with pytest.raises(DemandError, match="encoding: latin-1"):
        looked(tmp_path, raw)
    assert list(looked(tmp_path, raw, encoding="cp1250").categories) == ["kradzież z włamaniem"]


def test_sep_line_title_lines_and_stray_quotation_marks(tmp_path):
    is_whole(looked(tmp_path, "sep=;\n" + table("time;type;lat;lon", TIMES, KIND, LAT, LON, sep=";")))
    is_whole(looked(tmp_path, "Report\nperiod,2024\n\n" + table("time,type,lat,lon", TIMES, KIND, LAT, LON)))
    remark = ['"5 inch' if n in (3, 9, 11) else '"two\nlines"' if n == 5 else "" for n in range(N)]
    is_whole(looked(tmp_path, table("remark,time,type,lat,lon", remark, TIMES, KIND, LAT, LON)))


def test_one_dirty_cell_is_named_and_ends_nothing(tmp_path):
    said = [*map(str, TIMES[:-3]), "1015-03-17 20:50", "9999-12-31 23:59", "yesterday"]
    found = looked(tmp_path, table("time,end,type,lat,lon", said, ["9999-12-31 23:59:59"] * N, KIND, LAT, LON))
    assert found.read == N - 3
    assert found.left_out == {"row-absurd-time": 2, "row-no-time": 1}
    assert found.hours == [sum(t.hour == h for t in TIMES[:-3]) for h in range(24)]
    (note,) = [note for note in found.notes if note.code == "incidents-unread"]
    assert note.values["lines"] == [N - 1, N, N + 1]


def test_a_raised_digit_is_no_number(tmp_path):
    said = [t.minute for t in TIMES[:-1]] + ["²"]
    days, hours = [t.date() for t in TIMES], [t.hour for t in TIMES]
    found = looked(tmp_path, table("date,hour,minute,type,lat,lon", days, hours, said, KIND, LAT, LON))
    assert (found.read, found.columns["minute"]) == (N, "minute")
    assert found.hours == [sum(t.hour == h for t in TIMES[:-1]) for h in range(24)]
    points = [f"{t.hour}.{t.minute:02d}" for t in TIMES[:-1]] + ["9.²²"]
    assert looked(tmp_path, table("date,time,type,lat,lon", days, points, KIND, LAT, LON)).read == N
    rows = "".join(f"<tr><td colspan='²'>{t}<td>{k}<td>{o}<td>{a}</tr>" for t, k, o, a in ROWS)
    is_whole(looked(tmp_path, f"<table><tr><th>时间<th>类别<th>经度<th>纬度</tr>{rows}</table>"))


def test_a_column_may_be_named_beyond_those_that_are_judged(tmp_path):
    many = ",".join(f"c{n}" for n in range(2000))
    text = table(f"type,lat,lon,{many},when", KIND, LAT, LON, [many] * N, TIMES)
    is_whole(looked(tmp_path, text, columns={"time": "when"}))


def test_absurd_years_are_refused(tmp_path):
    path = tmp_path / "i.csv"
    path.write_text(table("time,type,lat,lon", [f"17{n:02d}-03-01 20:00" for n in range(N)], KIND, LAT, LON))
    with pytest.raises(DemandError, match="from 1970 to 2069"):
        look(IncidentDemand(kind="incidents", file="i.csv"), tmp_path)


def test_where_dates_are_many_and_none_says_that_it_is_the_incidents_the_run_asks(tmp_path):
    later = [t + dt.timedelta(hours=5) for t in TIMES]
    text = table("a,b,type,lat,lon", TIMES, later, KIND, LAT, LON)
    with pytest.raises(DemandError, match="a, b") as caught:
        looked(tmp_path, text)
    assert [fault.code for fault in caught.value.faults] == ["RO-346"]
    is_whole(looked(tmp_path, text, columns={"time": "a"}))
    assert looked(tmp_path, text, times="none").hours is None
    with pytest.raises(DemandError, match="several columns"):
        looked(tmp_path, table("updated_on,type,lat,lon", TIMES, KIND, LAT, LON))


def test_a_date_or_a_month_has_no_hours(tmp_path):
    found = looked(tmp_path, times("%Y-%m-%d 00:00:00"))
    assert (found.hours, found.first) == (None, "2024-03-01")
    month = looked(tmp_path, times("%Y-%m"))
    assert month.hours is None
    assert "incidents-month-only" in codes(month)


def test_order_of_day_and_month(tmp_path):
    """By what fits; else by what lies close together; and a note where both fit."""
    found = looked(tmp_path, table("date,lat,lon", [f"{d:02d}/03/2024" for d in range(1, 13)], LAT[:12], LON[:12]))
    assert (found.first, found.last) == ("2024-03-01", "2024-03-12")
    assert "incidents-order" in codes(found)


TOWN = {"lat": [38.9 + 0.001 * k for k in range(N)], "lon": [-77.03] * N}
ZONE = "America/New_York"


def in_utc(form="%Y-%m-%dT%H:%M:%SZ"):
    return [t.replace(tzinfo=ZoneInfo(ZONE)).astimezone(dt.UTC).strftime(form) for t in TIMES]


def shift(t):
    return "DAY" if 7 <= t.hour < 15 else "EVENING" if 15 <= t.hour < 23 else "MIDNIGHT"


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S.000Z", "%Y/%m/%d %H:%M:%S+00", "%Y-%m-%d %H:%M UTC"])
def test_times_in_utc_are_converted_to_the_towns_zone(tmp_path, form):
    text = table("occurred,type,lat,lon", in_utc(form), KIND, *TOWN.values())
    found = looked(tmp_path, text, timezone=ZONE)
    assert found.hours == HOURS
    assert "incidents-zone-stated" in codes(found)
    guessed = looked(tmp_path, text)
    assert guessed.hours == HOURS
    (note,) = [note for note in guessed.notes if note.code == "incidents-zone-nearest"]
    assert note.values["zone"] == ZONE


def test_a_shift_column_tells_whether_z_is_true(tmp_path):
    columns = [shift(t) for t in TIMES], KIND, *TOWN.values()
    true = looked(tmp_path, table("REPORT_DAT,SHIFT,OFFENSE,lat,lon", in_utc(), *columns), timezone=ZONE)
    assert true.hours == HOURS
    assert "incidents-zone-column" in codes(true)
    local = [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in TIMES]
    false = looked(tmp_path, table("REPORT_DAT,SHIFT,OFFENSE,lat,lon", local, *columns), timezone=ZONE)
    assert false.hours == HOURS
    (note,) = [note for note in false.notes if note.code == "incidents-local-column"]
    assert (note.values["name"], note.values["written"]) == ("SHIFT", 1.0)


def test_a_column_of_hours_tells_it_too_also_where_the_time_is_named(tmp_path):
    epoch = [int(t.replace(tzinfo=dt.UTC).timestamp()) * 1000 for t in TIMES]
    text = table("stamp,incident_time,type,lat,lon", epoch, [f"{t:%H:%M}" for t in TIMES], KIND, *TOWN.values())
    found = looked(tmp_path, text, columns={"time": "stamp"}, timezone=ZONE)
    assert found.hours == HOURS
    assert "incidents-local-column" in codes(found)
    assert "check" not in found.columns


def test_times_local_is_the_planners_word(tmp_path):
    local = [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in TIMES]
    text = table("occurred,type,lat,lon", local, KIND, *TOWN.values())
    found = looked(tmp_path, text, timezone=ZONE, times="local")
    assert found.hours == HOURS
    assert "incidents-local-key" in codes(found)


def test_a_count_of_seconds_is_converted_where_the_zone_is_given_and_doubted_where_it_is_not(tmp_path):
    utc = [t.replace(tzinfo=ZoneInfo(ZONE)).timestamp() for t in TIMES]
    text = table("occurred,type,lat,lon", map(int, utc), KIND, *TOWN.values())
    assert looked(tmp_path, text, timezone=ZONE).hours == HOURS
    assert "incidents-zone-none" in codes(looked(tmp_path, text))


def test_offsets_that_change_with_summer_time_are_the_clocks(tmp_path):
    text = table(
        "occurred,type,lat,lon",
        [t.replace(tzinfo=ZoneInfo(ZONE)).isoformat() for t in TIMES],
        KIND,
        *TOWN.values(),
    )
    assert looked(tmp_path, text).hours == HOURS
    assert looked(tmp_path, text, timezone=ZONE).hours == HOURS


def test_a_scenarios_zone_is_its_incident_files_zone(night):
    from routeopt.scenario.read import read_scenario

    shift = {"start": "19:00", "end": "23:00", "timezone": ZONE}
    files = [{"file": "a.csv"}, {"file": "b.csv", "timezone": "Asia/Shanghai"}]
    read = read_scenario(night(shift=shift, demand=[{"kind": "incidents", "files": files}]))
    assert [one.timezone for one in read.demand[0].sources] == [ZONE, "Asia/Shanghai"]


def test_a_file_without_a_header(tmp_path):
    with pytest.raises(DemandError, match="no header") as caught:
        looked(tmp_path, table("2024-03-01 20:16,theft,26.66,119.54", TIMES, KIND, LAT, LON))
    assert "26.66" not in str(caught.value)


def test_what_can_be_pasted_reads_the_same(tmp_path):
    text = table(
        "DATE OCC,TIME OCC,Crm Cd Desc,LAT,LON",
        [f"{t:%m/%d/%Y}" for t in TIMES],
        [f"{t:%H%M}" for t in TIMES],
        KIND,
        LAT,
        LON,
    )
    found = looked(tmp_path, text)
    again = looked(tmp_path, text, columns=found.columns)
    assert again.as_dict() == found.as_dict()
    assert found.as_dict()["columns"]["type"] == "Crm Cd Desc"


def test_repeated_numbers_and_rare_categories(tmp_path):
    text = table("id,time,type,lat,lon", [0, *range(N - 1)], TIMES, [*KIND[:-1], "某某"], LAT, LON)
    found = looked(tmp_path, text)
    assert (found.read, found.left_out) == (N - 1, {"row-repeated": 1})
    assert found.as_dict()["left_out"] == {"repeated": 1}
    assert "某某" not in found.categories


def test_random_bytes_are_refused_in_a_sentence(tmp_path):
    for n in range(20):
        raw = os.urandom(3000) if n % 2 else os.urandom(1500).replace(b"\0", b"")
        with pytest.raises(DemandError):
            looked(tmp_path, raw)


def test_map_has_a_dot_where_incidents_are():
    import numpy as np

    drawn = map_rows(np.linspace(26.0, 26.01, 200), np.linspace(119.0, 119.02, 200), 20, 8)
    assert len(drawn) == 8
    assert any(line.strip("⠀") for line in drawn)
    assert map_rows(np.zeros(0), np.zeros(0), 20, 8) == []


def test_note_without_categories(tmp_path):
    found = looked(tmp_path, table("time,lat,lon", TIMES, LAT, LON))
    assert Message("incidents-no-category", file="i.csv") in found.notes


def test_a_stray_byte_is_replaced_and_told(tmp_path):
    raw = table("time,type,lat,lon", TIMES, ["theft"] * N, LAT, LON).encode().replace(b"theft", b"the\xfft", 1)
    found = looked(tmp_path, raw)
    is_whole(found)
    (note,) = [note for note in found.notes if note.code == "incidents-broken"]
    assert (note.values["count"], note.values["at"]) == (1, 2)
