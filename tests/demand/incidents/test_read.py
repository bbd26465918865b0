"""Incident files as other systems export them: formats, encodings, times, positions, duplicates, bad input."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from routeopt.coordinates import from_wgs84
from routeopt.demand.incidents.guess import guess
from routeopt.demand.incidents.read import read_incidents
from routeopt.demand.incidents.times import parse_times
from routeopt.demand.incidents.zones import to_zone
from routeopt.errors import DemandError, Message
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.scenario.sources import IncidentDemand

ROWS = [
    ("26.0001", "119.0015", "2026-01-01 20:30", "theft"),
    ("26.0002", "119.0016", "2026-01-02 21:15", "robbery"),
]
CSV = "lat,lon,time,type\n" + "\n".join(",".join(r) for r in ROWS) + "\n"
REAL = Path(__file__).parents[4] / "shared/data/incidents"


def read(tmp_path, content, name="i.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_incidents(IncidentDemand.model_validate({"kind": "incidents", "file": name} | options), tmp_path)


def xlsx(tmp_path):
    import datetime as dt

    book = openpyxl.Workbook()
    book.active.append(["lat", "lon", "time", "type"])
    for lat, lon, time, kind in ROWS:
        book.active.append([float(lat), float(lon), dt.datetime.fromisoformat(time), kind])
    book.save(tmp_path / "source.xlsx")
    return (tmp_path / "source.xlsx").read_bytes()


def geojson():
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]},
         "properties": {"time": time, "type": kind}}
        for lat, lon, time, kind in ROWS
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "semicolon", "xlsx", "geojson", "utf-16"])
def test_every_format_reads_the_same(tmp_path, form):
    content, name = {
        "csv": (CSV.encode("utf-8-sig"), "i.csv"),
        "csv.gz": (gzip.compress(CSV.encode()), "i.csv.gz"),
        "tsv": (CSV.replace(",", "\t").encode(), "i.tsv"),
        "semicolon": (CSV.replace(",", ";").encode(), "i.csv"),
        "xlsx": (xlsx(tmp_path), "i.xlsx"),
        "geojson": (geojson(), "i.geojson"),
        "utf-16": (CSV.encode("utf-16"), "i.csv"),
    }[form]
    found = read(tmp_path, content, name)
    assert found.lat.tolist() == [26.0001, 26.0002]
    assert found.begin.astype(str).tolist() == ["2026-01-01T20:30", "2026-01-02T21:15"]
    assert [found.categories[c] for c in found.category] == ["theft", "robbery"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_chinese_headers_and_encodings(tmp_path, encoding):
    text = "经度,纬度,报警时间,警情类别,报警人\n119.0015,26.0001,2026年1月1日 20时30分,盗窃,某某\n"
    found = read(tmp_path, text.encode(encoding))
    assert (found.lat[0], found.lon[0], found.categories) == (26.0001, 119.0015, ("盗窃",))
    assert str(found.begin[0]) == "2026-01-01T20:30"


def test_header_is_guessed_and_other_columns_are_not():
    header = [
        "Report_Dat",
        "LATITUDE",
        "LONGITUDE",
        "Start Date",
        "END_DATE",
        "OFFENSE",
        "Name",
        "Phone",
        "location_category",
    ]
    rows = [
        ["2026-01-05 21:00", "26.1", "119.2", "2026-01-05 20:00", "2026-01-05 20:30", "theft", "A", "1", "street"]
    ]
    assert guess(header, rows).columns == {
        "lat": "LATITUDE", "lon": "LONGITUDE", "time": "Start Date", "end": "END_DATE", "reported": "Report_Dat",
        "type": "OFFENSE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("2026-03-04T20:30:15.000Z", "2026-03-04T20:30"),
        ("2026-03-04 20:30:15+08:00", "2026-03-04T20:30"),
        ("2026/3/4 20:30", "2026-03-04T20:30"),
        ("2026/03/04 20:30:15+00", "2026-03-04T20:30"),
        ("03/04/2026 08:30:00 PM", "2026-03-04T20:30"),
        ("25/04/2026 20:30", "2026-04-25T20:30"),
        ("4.3.2026 20:30", "2026-03-04T20:30"),
        ("20260304203015", "2026-03-04T20:30"),
    ],
)
def test_times(text, minute):
    times = parse_times([text, ""])
    assert str(times.value[0]) == minute
    assert times.clock[0]
    assert np.isnat(times.value[1])


def test_times_with_a_zone_are_converted_when_asked():
    assert str(to_zone(parse_times(["2026-03-04T12:30:00Z"]), "Asia/Shanghai")[0]) == "2026-03-04T20:30"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("date,time", "2026-01-05,20:30"),
        ("日期,时间", "2026年1月5日,20:30"),
        ("DATE OCC,TIME OCC", "01/05/2026 12:00:00 AM,2030"),
        ("incident_date,incident_time", "2026-01-05T00:00:00.000,20:30:00"),
    ],
)
def test_date_and_time_of_day_in_columns_of_their_own(tmp_path, header, cells):
    found = read(tmp_path, f"lat,lon,{header}\n26,119,{cells}\n")
    assert str(found.begin[0]) == "2026-01-05T20:30"
    assert found.length_min[0] == 0


def test_dates_written_with_midnight_are_dates(tmp_path):
    found = read(tmp_path, "lat,lon,date,shift\n" + "26,119,2026/01/05 00:00:00+00,EVENING\n" * 25)
    assert str(found.begin[0]) == "2026-01-05T15:00"
    assert set(found.length_min.tolist()) == {480}


def test_interval_is_shared_out_and_a_date_alone_takes_its_shift(tmp_path):
    text = (
        "lat,lon,date_start,date_end,shift\n26,119,2026-01-01 22:00,2026-01-02 01:00,\n"
        "26,119,2026-01-01,,EVENING\n26,119,2026-01-01,,\n"
    )
    found = read(tmp_path, text)
    assert found.length_min.tolist() == [180, 480, 1440]
    assert str(found.begin[1]) == "2026-01-01T15:00"


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_positions_in_other_datums(tmp_path, crs):
    lat, lon = from_wgs84(26.0001, 119.0015, crs)
    found = read(tmp_path, f"lat,lon,time\n{lat},{lon},2026-01-01 20:30\n", crs=crs)
    assert (found.lat[0], found.lon[0]) == pytest.approx((26.0001, 119.0015), abs=1e-7)


def test_incident_in_two_files_counts_once(tmp_path):
    (tmp_path / "b.csv").write_text(
        "lat,lon,time,type\n26.0002,119.0015,2026-01-01 20:45,theft\n26.0002,119.0015,2026-01-03 20:45,theft\n"
    )
    found = read(tmp_path, CSV, files=[{"file": "b.csv"}])
    assert len(found) == 3  # the first of b is the first of a, 11 m and 15 minutes away
    assert found.file.tolist() == [0, 0, 1]
    assert Message("incidents-two-files", count=1) in found.notes


def test_number_met_twice_counts_once(tmp_path):
    text = "id,lat,lon,time\n" + 2 * "7,26,119,2026-01-01 20:30\n" + 2 * ",26,119,2026-01-01 20:30\n"
    found = read(tmp_path, text)
    assert len(found) == 3
    assert any(note.code == "incidents-repeated" for note in found.notes)


def test_incidents_found_by_officers_are_excluded_and_counted(tmp_path):
    text = "lat,lon,time,警情来源\n26,119,2026-01-01 20:30,110报警\n26,119,2026-01-01 20:30,巡逻发现\n"
    found = read(tmp_path, text)
    assert len(found) == 1
    assert Message("incidents-discovered", file="i.csv", count=1) in found.notes
    assert len(read(tmp_path, text, keep_discovered=True)) == 2


def test_categories_that_officers_open_are_left_out_too(tmp_path):
    found = read(tmp_path, CSV + "26,119,2026-01-01 20:30,Traffic Stop\n26,119,2026-01-01 20:30,Passing Call\n")
    assert len(found) == 2
    assert Message("incidents-discovered", file="i.csv", count=2) in found.notes


def test_position_of_a_street_alone_is_left_out_and_counted(tmp_path):
    text = "lat,lon,time,geocode_type\n" + "".join(
        f"26,119,2026-01-01 20:30,{kind}\n"
        for kind in ("PointAddress", "StreetName", "StreetAddress", "StreetInt")
    )
    found = read(tmp_path, text)
    assert len(found) == 3
    assert Message("incidents-coarse", file="i.csv", count=1) in found.notes
    assert len(read(tmp_path, text, keep_coarse=True)) == 4


def test_weights_by_the_planner_by_harm_and_unknown(tmp_path):
    rows = "".join(
        f"26,119,2026-01-01 20:30,{kind}\n" for kind in ("theft", "robbery", "电信诈骗", *["oddity"] * 3)
    )
    found = read(tmp_path, "lat,lon,time,type\n" + rows, weights={"Theft": 9})
    weight = {found.categories[c]: w for c, w in zip(found.category, found.weight, strict=True)}
    assert weight["theft"] == 9
    assert 3 < weight["robbery"] < 4
    assert weight["oddity"] == 1
    assert "电信诈骗" not in weight
    assert any("oddity (3)" in str(note) for note in found.notes)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("", "RO-331", "is empty"),
        ("lat,lon,time\n", "RO-339", "no rows"),
        ("one two three\n1 2 3\n", "RO-349", "no header"),
        ("lat lon time\n1 2 3\n", "RO-321", "separated by an unusual"),
        (b"lat,lon,time\n26,119,\xff\xff\x81\n", "RO-334", "encoding cannot be told"),
        ("lat,lon,time\n119.0,26.0,2026-01-01 20:30\n", "RO-342", "are swapped"),
        ("lat,lon,time\n26,119,20:30\n26,119,21:30\n", "RO-343", "has no date"),
        ("lat,lon,time\n26,119,2026-01-01T20:30Z\n26,119,2026-01-01T20:30+08:00\n", "RO-345", "mixes time zones"),
        ('lat,lon,time\n26,119,"2026' + "x" * 140_000, "RO-335", "is not valid CSV"),
        ("lat,lon,time\n0,0,2026-01-01 20:30\n", "RO-343", "has no position"),
        ("lat,lon,time\n26\n", "RO-343", "too few cells"),
    ],
)
def test_bad_file(tmp_path, content, code, said):
    with pytest.raises(DemandError, match=said) as caught:
        read(tmp_path, content)
    assert caught.value.faults[0].code == code
    assert all(fault.path.endswith("i.csv") for fault in caught.value.faults)


@pytest.mark.parametrize("name", ["i.xlsx", "i.geojson", "i.csv.gz", "i.xls", "i"])
def test_what_a_file_is_is_told_by_its_content(tmp_path, name):
    assert len(read(tmp_path, CSV, name)) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 cut off", "RO-336"),
        (b'{"features": [', "RO-337"),
        (gzip.compress(CSV.encode(), mtime=0)[:-9], "RO-332"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "RO-348"),
        (b"%PDF-1.7\n", "RO-348"),
        (b"<?xml version='1.0'?><kml/>", "RO-348"),
        (bytes(range(256)) * 40, "RO-334"),
        (b"[" * 100_000, "RO-337"),
        (b'{"a": ' + b"9" * 5000 + b"}", "RO-337"),
    ],
)
def test_damaged_file_or_another_programs(tmp_path, content, code):
    with pytest.raises(DemandError) as caught:
        read(tmp_path, content)
    assert [fault.code for fault in caught.value.faults] == [code]


def test_rows_without_a_position_are_counted_and_no_fault_of_the_file(tmp_path):
    text = "lat,lon,time\n" + "26,119,2026-01-01 20:30\n" * 2 + ",,2026-01-01 20:30\n"
    found = read(tmp_path, text)
    assert len(found) == 2
    (note,) = [note for note in found.notes if note.code == "incidents-no-position"]
    assert str(note) == "i.csv: 1 rows (33%) have no position and are left out: lines 4."
    with pytest.raises(DemandError, match="has no position"):
        read(tmp_path, "lat,lon,time\n" + ",,2026-01-01 20:30\n" * 3)


def test_named_column_that_is_not_there(tmp_path):
    with pytest.raises(DemandError, match='Did you mean columns: time: "') as caught:
        read(tmp_path, CSV, columns={"time": "tyme"})
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [("RO-320", 1)]


def test_file_of_2_gib_is_refused_unread(tmp_path):
    with (tmp_path / "i.csv").open("wb") as handle:
        handle.write(CSV.encode())
        handle.truncate(2 << 30)  # sparse: takes no room
    with pytest.raises(DemandError, match=r"i\.csv: .* at most 0\.5 GB \(got 2\.1 GB\).*several files"):
        read_incidents(IncidentDemand(kind="incidents", file="i.csv"), tmp_path)


def test_file_of_too_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ROUTEOPT_LIMITS", "rows=2")
    assert len(read(tmp_path, CSV)) == 2
    with pytest.raises(DemandError, match=r"i\.csv:4: .*at most 2 rows.*several files"):
        read(tmp_path, CSV + "26,119,2026-01-01 20:30,theft\n")


def test_packed_file_that_unpacks_too_large(tmp_path, monkeypatch):
    monkeypatch.setenv("ROUTEOPT_LIMITS", "table=60")
    with pytest.raises(DemandError, match="at most"):
        read(tmp_path, gzip.compress(CSV.encode() * 3, 9), "i.csv.gz")


@pytest.mark.parametrize(
    ("content", "where", "remedy"),
    [
        ("", "i.csv:", "Give it a header and a row"),
        ("lat,lon,time\n", "i.csv:1:", "Export the incidents again"),
        ("lat lon time\n1 2 3\n", "i.csv:1:", "save it with commas"),
        (b"lat,lon,time\n26,119,\xff\xff\x81\n", "i.csv:", "save the file as CSV in UTF-8"),
        ("lat,lon,time\n119.0,26.0,2026-01-01 20:30\n", "i.csv:", 'Write columns: lat: "lon", lon: "lat"'),
        ("lat,lon,time\n26,119,20:30\n26,119,21:30\n", "i.csv:2:", "a column with both is needed"),
        ("lat,lon,time\n" + "26,119,2026-01-01T20:30Z\n" * 2 + "26,119,2026-01-01T20:30+08:00\n", "i.csv:4:",
         "Write timezone: Asia/Shanghai"),
    ],
)  # fmt: skip
def test_bad_file_is_named_with_its_line_and_a_remedy(tmp_path, content, where, remedy):
    with pytest.raises(DemandError) as caught:
        read(tmp_path, content)
    assert where in str(caught.value)
    assert remedy in str(caught.value)


def test_lines_of_duplicates_and_of_what_lies_outside(night):
    path = night(demand=[{"kind": "incidents", "file": "i.csv"}])
    inside, outside = "26.0001,119.0015,2026-01-01 20:30,theft", "26.2,119.2,2026-01-01 20:30,theft"
    lines = [f"1,{inside}", f"2,{outside}", f"1,{inside}", f"3,{inside}"]
    (path.parent / "i.csv").write_text("id,lat,lon,time,type\n" + "\n".join(lines))
    notes = build_with_streets(read_scenario(path)).notes
    lines = {note.code: str(note.values["lines"]) for note in notes if "lines" in note.values}
    assert lines == {"incidents-repeated": "i.csv lines 4", "incidents-far": "i.csv lines 3"}


def test_swapped_where_both_are_possible_latitudes(night):
    path = night(
        streets={"file": "square.osm"}, demand=[{"kind": "incidents", "file": "i.csv"}],
        posts=[{"name": "Station", "lat": 26.0, "lon": 19.0}],
    )  # fmt: skip
    text = (path.parent / "square.osm").read_text().replace('lon="119.', 'lon="19.')
    (path.parent / "square.osm").write_text(text)
    (path.parent / "i.csv").write_text("lat,lon,time\n" + "19.0015,26.0001,2026-01-01 20:30\n" * 3)
    with pytest.raises(DemandError, match=r"no incident lies near.*swapped: name their columns"):
        build_with_streets(read_scenario(path))


def test_wrong_datum_is_hinted_at_on_real_streets(shared_data, tmp_path):
    """GCJ-02 marked as WGS-84: among dense streets many still lie near one, and the hint gives the distance."""
    from routeopt.demand.incidents.locate import locate
    from routeopt.scenario.model import SPEEDS_KPH, Streets
    from routeopt.streets.network import sample, unproject
    from routeopt.streets.osm import read_streets

    net = read_streets(Streets(file="osm/shanghai_center.osm.gz"), shared_data, SPEEDS_KPH)
    points = sample(net, np.arange(0, net.n_segments, 20))
    lat, lon = from_wgs84(*unproject(net, points.x, points.y), "gcj02")
    text = "lat,lon,time\n" + "".join(f"{a:.6f},{o:.6f},2026-01-01 20:30\n" for a, o in zip(lat, lon, strict=True))
    (tmp_path / "i.csv").write_text(text)
    notes = locate(IncidentDemand(kind="incidents", file="i.csv"), net, tmp_path).notes
    (hint,) = [note for note in notes if note.code == "incidents-datum"]
    assert hint.values["other"] == "gcj02"
    assert 300 < hint.values["moved"] < 700
    right = locate(IncidentDemand(kind="incidents", file="i.csv", crs="gcj02"), net, tmp_path).notes
    assert not any(note.code == "incidents-datum" for note in right)


def test_wrong_datum_is_hinted_at(night):
    rng = np.random.default_rng(3)
    lat, lon = from_wgs84(np.full(60, 26.0), 119.0 + rng.uniform(0, 0.004, 60), "gcj02")
    path = night(
        demand=[{"kind": "incidents", "file": "i.csv"}], streets={"file": "square.osm", "snap_limit_m": 100}
    )
    text = "lat,lon,time\n" + "".join(f"{a},{b},2026-01-01 20:30\n" for a, b in zip(lat, lon, strict=True))
    (path.parent / "i.csv").write_text(text)
    with pytest.raises(DemandError, match=r"i\.csv: no incident lies near.*Consider crs: gcj02"):
        build_with_streets(read_scenario(path))


SECRETS = ("张三秘密", "13800138000", "ID-SECRET-42", "she was seen at", "350902199001011234")


def test_nothing_personal_reaches_a_file(night, tmp_path):
    from routeopt.budget import Budget
    from routeopt.reports.build_model import build_model
    from routeopt.reports.formats import FORMATS
    from routeopt.solving import solve

    path = night(demand=[{"kind": "incidents", "file": "i.csv", "max_bad_share": 0.5}])
    name, phone, number, text, card = SECRETS
    rows = [
        f"26.0001,119.0015,2026-01-0{d} 20:30,theft,{number}{d},{name},{phone},{text},{card}\n"
        for d in range(1, 9)
    ]
    rows.append(f"26.0001,119.0015,{text},{name},{number},{name},{phone},{text},{card}\n")  # shifted cells
    rows.append(f"{name},{phone},{card},{text},{number},,,,\n")
    header = "lat,lon,time,type,id,报警人姓名,phone,description,身份证\n"
    (path.parent / "i.csv").write_text(header + "".join(rows), encoding="utf-8")
    built = build_with_streets(read_scenario(path))
    night_found = build_model(built, solve(built.problem, Budget(iterations=2)))
    folder = tmp_path / "written"
    folder.mkdir()
    for file, write in FORMATS.items():
        write(night_found, folder / file)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > len(FORMATS)
    for path in written:
        for content in contents(path):
            assert not [s for s in SECRETS if s in content or json.dumps(s)[1:-1] in content], path


def contents(path):
    """What a file holds, as text: packed files unpacked, a PDF's pages as their letters."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield packed.read(name).decode("utf-8", errors="ignore")
    elif path.suffix == ".pdf":
        for page in pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed").PdfDocument(path):
            yield page.get_textpage().get_text_range()
    else:
        yield path.read_text(encoding="utf-8", errors="ignore")


@pytest.mark.skipif(not REAL.is_dir(), reason="real incident files are not here")
@pytest.mark.parametrize(
    ("name", "n_least", "timed"),
    [
        ("washington_dc_2019_30days.csv", 2500, True),
        ("washington_dc_2006_2012.csv.gz", 210_000, True),
        ("new_york_vehicle_thefts.csv.gz", 35_000, True),
        ("san_francisco_calls.csv.gz", 11_000, True),
    ],
)
def test_real_files_read_with_nothing_but_their_name(name, n_least, timed):
    source = IncidentDemand.model_validate({"kind": "incidents", "file": name})
    found = read_incidents(source, REAL)
    assert len(found) >= n_least
    assert (~np.isnat(found.begin)).mean() > 0.99
