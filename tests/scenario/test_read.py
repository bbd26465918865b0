"""Reading scenarios: what is written is what is meant, and every fault has a place and a remedy."""

from __future__ import annotations

import bz2
import gzip
import json

import pytest
import yaml

from routeopt.errors import DemandError, InfeasibleError, InputError, Message, ScenarioError, StreetsError
from routeopt.messages import words
from routeopt.problem.build import build
from routeopt.scenario.model import scenario_schema
from routeopt.scenario.parts import parse_time
from routeopt.scenario.read import read_scenario

SHIFT = {"start": "19:00", "end": "21:00"}
TEAM = {"name": "Foot 1", "mode": "foot", "start": "Station"}
ENTRY = {"name": "Market", "lat": 26.002, "lon": 119.003}
EARLY = ENTRY | {"from": "02:00", "until": "03:00"}
SITE = {"name": "X", "lat": 26.0, "lon": 119.0}
TASK = {"name": "Knock", "lat": 26.002, "lon": 119.003, "service_min": 10}


def faults(path, error=ScenarioError):
    with pytest.raises(error) as caught:
        build(read_scenario(path))
    return list(caught.value.faults)


@pytest.mark.parametrize(("text", "minutes"), [("19:00", 1140), ("02:00+1", 1560), ("26:00", 1560), ("0:05", 5)])
def test_times(text, minutes):
    assert parse_time(text) == minutes


def test_json_reads_like_yaml(night, tmp_path):
    path = tmp_path / "night.json"
    path.write_text(json.dumps(yaml.safe_load(night().read_text())), encoding="utf-8")
    assert read_scenario(path).teams == read_scenario(night()).teams


def test_names_in_any_script(night):
    scenario = read_scenario(night(name="五里亭", teams=[TEAM | {"name": "Équipe à pied № 1"}]))
    assert (scenario.name, scenario.teams[0].name) == ("五里亭", "Équipe à pied № 1")


def test_schema_knows_every_key(night):
    schema = scenario_schema()
    assert set(yaml.safe_load(night().read_text())) <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_missing_file(tmp_path):
    (fault,) = faults(tmp_path / "none.yaml", InputError)
    assert (fault.code, fault.path, fault.line) == ("RO-102", str(tmp_path / "none.yaml"), None)
    assert str(fault).endswith("the file does not exist. Create one with: routeopt new --place …")


def test_empty_file(tmp_path):
    (tmp_path / "empty.yaml").write_text("")
    (fault,) = faults(tmp_path / "empty.yaml", InputError)
    assert fault.code == "RO-105"


def test_broken_yaml_says_where(tmp_path):
    (tmp_path / "n.yaml").write_text('routeopt: 1\nname: "open\n')
    (fault,) = faults(tmp_path / "n.yaml", InputError)
    assert fault.code == "RO-106"
    assert fault.line > 1


def test_unknown_key_with_the_nearest_known(night):
    path = night(teams=[{"name": "A", "mod": "foot", "start": "Station"}])
    found = faults(path)
    assert any('unknown key. Did you mean "mode"?' in str(f) for f in found)
    assert all(f.path == str(path) and f.line and f.column for f in found)
    assert all(str(f).startswith(f"{path}:{f.line}:{f.column}: ") for f in found)


def test_line_and_column_of_the_value(night):
    path = night(shift={"start": "19:00", "end": "25:99"})
    (fault,) = faults(path)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "25:99" in text)
    column = path.read_text().splitlines()[line - 1].index("25:99")
    assert fault.line == line
    assert fault.column in (column, column + 1)


def test_a_fault_in_chinese(night):
    (fault,) = faults(night(teams=[TEAM | {"start": "Staton"}]))
    assert fault.text(words("zh")).endswith(
        ": teams.0.start：队组“Foot 1”：岗点“Staton”不存在。是否应为“Station”？"
    )


def test_every_fault_at_once(night):
    path = night(shift={"start": "7pm", "end": "21:00"}, teams=[TEAM | {"mode": "boat"}], sites={"count": "ten"})
    assert len(faults(path)) == 3


def test_shift_is_judged_beside_other_faults(night):
    path = night(shift={"start": "19:00", "end": "02:00"}, sites={"cuont": 5})
    assert len(faults(path)) == 2


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"sites": {"count": "120 m"}}, "RO-115", 'Did you mean "120"?'),
        ({"demand": [{"kind": "incidents", "file": "i.csv", "bandwidth_m": []}]}, "RO-116", "bandwidth_m must be"),
        ({"sites": {"count": 1.5}}, "RO-115", "must be a whole number, without unit or quotes (got 1.5)"),
        ({"shift": {"start": "19.00", "end": "21:00"}}, "RO-132", 'Write "19:00"'),
        ({"shift": {"start": 1140, "end": "21:00"}}, "RO-132", "in quotes"),
        ({"shift": {"start": "19:00", "end": "02:00"}}, "RO-161", 'Did you mean "02:00+1" or "26:00"?'),
        ({"shift": {"start": "19:00", "end": "21:00", "step_s": 50}}, "RO-163", "must divide"),
        ({"teams": [TEAM | {"mode": "fot"}]}, "RO-124", 'Did you mean "foot"?'),
        ({"teams": [TEAM | {"start": "Staton"}]}, "RO-144", 'Did you mean "Station"?'),
        ({"teams": [TEAM, TEAM]}, "RO-143", 'team "Foot 1" occurs twice'),
        ({"teams": [TEAM | {"from": "18:00"}]}, "RO-146", "not inside the shift"),
        ({"teams": []}, "RO-129", "teams must have at least 1 entries (got 0)"),
        ({"posts": [{"name": "Station", "lat": 119.0, "lon": 26.0}]}, "RO-126", "swapped"),
        ({"streets": {}}, "RO-140", "exactly one of"),
        ({"streets": {"file": "square.osm", "place": "Krems"}}, "RO-141", "file, place. Give exactly one of"),
        ({"demand": [{"kind": "fixed"}]}, "RO-148", ""),
        ({"demand": [{"kind": "bars"}]}, "RO-123", "choose from fixed, venues, incidents"),
        ({"demand": [{"kind": "fixed", "entries": [ENTRY, ENTRY]}]}, "RO-143", 'entry "Market" occurs twice'),
        (
            {"demand": [{"kind": "fixed", "entries": [EARLY]}]},
            "RO-147",
            "outside the shift",
        ),
        ({"model": {"dwell_min": [5, 10], "dwell_effect": [0.3]}}, "RO-150", "2 dwells (got 1)"),
        ({"routeopt": 2}, "RO-124", "must be one of 1 (got 2)"),
        ({"phones": [{"name": "Desk", "number": "ask Li"}]}, "RO-134", "must be a telephone number"),
        ({"phones": [{"name": "Desk", "number": 110}]}, "RO-113", "phones"),
        ({"route_link": "https://maps.example/"}, "RO-135", "a link that contains {points}"),
        ({"route_link": "https://maps.example/{stops}?{points}"}, "RO-135", "a link that contains {points}"),
        ({"tasks": [TASK, TASK]}, "RO-143", 'task "Knock" occurs twice'),
        ({"tasks": [TASK | {"service_min": 0}]}, "RO-127", "must be greater than 0 (got 0)"),
        ({"tasks": [TASK | {"reward": 2}]}, "RO-126", "must be at most 1"),
        ({"tasks": [TASK | {"servce_min": 5}]}, "RO-111", 'Did you mean "service_min"?'),
        ({"tasks": [TASK | {"teams": ["Fot 1"]}]}, "RO-153", 'Did you mean "Foot 1"?'),
        ({"tasks": [TASK | {"modes": ["boat"]}]}, "RO-124", "must be one of foot"),
        ({"tasks": [TASK | {"modes": ["car"]}]}, "RO-154", "none meets its modes"),
        ({"tasks": [TASK | {"powers": True}], "teams": [TEAM | {"powers": False}]}, "RO-154", "none meets its po"),
        ({"tasks": [TASK | {"windows": [["18:00", "20:00"]]}]}, "RO-157", "not inside the shift"),
        ({"tasks": [TASK | {"windows": [["20:30", "20:00"]]}]}, "RO-156", "ends at 20:00, before it"),
        ({"tasks": [TASK | {"windows": [["20:00"]]}]}, "RO-129", "at least 2 entries (got 1)"),
        ({"tasks": [TASK | {"windows": [["20:55", "21:00"]]}]}, "RO-158", "ends after the shift"),
        ({"tasks": [TASK | {"service_min": 200}]}, "RO-155", "longer than the shift"),
        (
            {"tasks": [TASK | {"windows": [["20:01", "20:04"]]}], "shift": {**SHIFT, "step_s": 300}},
            "RO-159",
            "no step of 300 s begins in the window",
        ),
    ],
)
def test_rule(night, changes, code, said):
    found = faults(night(**changes))
    assert any(f.code == code and said in str(f) for f in found), found


def test_duplicate_key(tmp_path):
    (tmp_path / "n.yaml").write_text("routeopt: 1\nname: a\nname: b\n")
    (fault,) = faults(tmp_path / "n.yaml", InputError)
    assert (fault.code, fault.line, fault.column, fault.values["first"]) == ("RO-109", 3, 1, 2)


# what only building can see --------------------------------------------------------------------------------


def test_missing_street_file(night):
    (fault,) = faults(night(streets={"file": "gone.osm"}), StreetsError)
    assert fault.code == "RO-201"


def test_empty_street_file(night, tmp_path):
    (tmp_path / "void.osm").write_text("")
    (fault,) = faults(night(streets={"file": "void.osm"}), StreetsError)
    assert fault.code == "RO-202"


@pytest.mark.parametrize("name", ["a.osm", "a.osm.gz", "a.osm.pbf", "a.osm.bz2", "a.graphml"])
def test_file_that_is_no_street_data(night, tmp_path, name):
    (tmp_path / name).write_text("hello, I am a letter")
    (fault,) = faults(night(streets={"file": name}), StreetsError)
    assert fault.code == ("RO-205" if name.endswith("graphml") else "RO-204")


def test_area_without_streets(night, tmp_path):
    (tmp_path / "sea.osm").write_text('<osm version="0.6"><node id="1" lat="26" lon="119"/></osm>')
    (fault,) = faults(night(streets={"file": "sea.osm"}), StreetsError)
    assert fault.code == "RO-206"


def test_site_off_the_network(night):
    path = night(sites={"list": [{"name": "Far", "lat": 26.1, "lon": 119.0}]})
    (fault,) = faults(path, InputError)
    assert fault.code == "RO-407"
    assert 'site "Far" is 10' in str(fault)
    assert "snap_limit_m" in str(fault)


def test_post_off_the_network(night):
    (fault,) = faults(night(posts=[{"name": "Station", "lat": 26.5, "lon": 119.0}]), InputError)
    assert (fault.code, fault.values["who"]) == ("RO-407", Message("place-post", name="Station"))


def test_site_named_like_another(night):
    path = night(sites={"list": [SITE, SITE]})
    assert any(f.code == "RO-143" and 'site "X" occurs twice' in str(f) for f in faults(path))


def test_team_without_a_way_to_its_post(night):
    path = night(
        posts=[{"name": "Station", "lat": 26.0, "lon": 119.0}, {"name": "Walk", "lat": 26.002, "lon": 119.0015}],
        teams=[{"name": "Car 1", "mode": "car", "start": "Station", "end": "Walk"}],
        streets={"file": "square.osm", "snap_limit_m": 30},
    )
    (fault,) = faults(path, InfeasibleError)
    assert (fault.code, fault.values["mode"]) == ("RO-408", Message("mode-car"))
    assert 'team "Car 1"' in str(fault)


def test_demand_of_zero(night):
    entry = ENTRY | {"weight": 0}
    (fault,) = faults(night(demand=[{"kind": "fixed", "entries": [entry]}]), DemandError)
    assert fault.code == "RO-305"


def test_task_off_the_network_beside_a_site(night):
    path = night(tasks=[TASK | {"lat": 26.1}], sites={"list": [SITE | {"lat": 26.2}]})
    found = faults(path, InputError)
    assert len(found) == 2
    assert {f.values["who"].code for f in found} == {"place-task", "place-site"}


def test_faults_of_tasks_all_at_once_with_their_places(night):
    bad = [TASK | {"windows": [["20:30", "20:00"], ["18:00", "19:30"]]}, TASK | {"teams": ["Car"]}]
    path = night(tasks=bad)
    found = faults(path)
    assert len(found) == 4
    lines = path.read_text().splitlines()
    assert all(f.path == str(path) for f in found)
    (late,) = [f for f in found if f.code == "RO-156"]
    assert "20:30" in lines[late.line - 1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"communities": []}, 'Did you mean "zones"?'),
        ({"pauses": []}, "breaks"),
        ({"reserve": 2}, "Write reserve: true at a team"),
        ({"beats": 4}, 'Did you mean "areas"?'),
        ({"vehicles": []}, 'Did you mean "teams"?'),
        ({"Shift": SHIFT}, 'Did you mean "shift"?'),
        ({"posst": []}, 'Did you mean "posts"?'),
        ({"incidents": "a.csv"}, 'Did you mean "demand"?'),
        ({"colour": "red"}, "Choose from routeopt, name, shift,"),
        ({"teams": [TEAM | {"officers": 2}]}, "never persons"),
        ({"teams": [TEAM | {"vehicle": "car"}]}, 'Did you mean "mode"?'),
        ({"sites": {"list": [SITE | {"zones": "east"}]}}, 'Did you mean "zone"?'),
        ({"sites": {"list": [SITE | {"longitude": 1}]}}, 'Did you mean "lon"?'),
        ({"tasks": [TASK | {"duration": 5}]}, 'Did you mean "service_min"?'),
        ({"tasks": [TASK | {"coordinates": 5}]}, "Write lat and lon"),
    ],
)
def test_unknown_keys_are_answered_by_what_they_mean(night, changes, said):
    (fault,) = faults(night(**changes))
    assert fault.code == "RO-111"
    assert said in str(fault)


def test_a_tab_is_called_a_tab(night):
    path = night()
    path.write_text(path.read_text() + "sites:\n  count: 5\n\tspacing_m: 100\n")
    (fault,) = faults(path)
    assert (fault.code, fault.column) == ("RO-164", 1)
    assert "indented with a tab" in str(fault)
    assert path.read_text().splitlines()[fault.line - 1].startswith("\t")


OSM = b'<?xml version="1.0"?><osm version="0.6"></osm>'


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (OSM, "RO-165", "routeopt new --osm"),
        (gzip.compress(OSM, mtime=0), "RO-165", "a street file"),
        (bz2.compress(OSM), "RO-165", "a street file"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c\x10", "RO-165", "a street file"),
        (b"<graphml xmlns='x'>", "RO-165", "a street file"),
        (b"PK\x03\x04\x14\x00", "RO-166", "a workbook or an archive"),
        (gzip.compress(b"a,b", mtime=0), "RO-166", "a workbook or an archive"),
        (b"\x89PNG\r\n", "RO-166", "a picture"),
        (b"<!DOCTYPE html><html>", "RO-166", "a web page"),
        (b"abc\0\1", "RO-166", "binary data"),
        (b'{"format": "routeopt-plan", "version": 1}', "RO-167", "this is a plan"),
        ("name: 夜".encode("utf-16"), "RO-103", "Save it as UTF-8"),
        ("name: 夜班巡逻".encode("gbk"), "RO-103", "Save it as UTF-8"),
    ],
)
def test_other_files_are_recognised(tmp_path, content, code, said):
    path = tmp_path / "night.yaml"
    path.write_bytes(content)
    (fault,) = faults(path)
    assert fault.code == code
    assert said in str(fault)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("calls.csv", "lat,lon,time\n26.0,119.0,2026-05-01 20:00\n", "this is a table, not a scenario"),
        (
            "area.geojson",
            '{"type": "FeatureCollection", "features": []}',
            "this is a GeoJSON file, not a scenario",
        ),
    ],
)
def test_data_files_are_recognised(tmp_path, name, content, said):
    (tmp_path / name).write_text(content)
    (fault,) = faults(tmp_path / name)
    assert fault.code == "RO-166"
    assert said in str(fault)


@pytest.mark.parametrize(
    "changes",
    [
        {"demand": [{"kind": "fixed", "entries": [ENTRY | {"radius_m": 0.15}]}]},
        {"demand": [{"kind": "venues", "bandwidth_m": 0.15}]},
        {"demand": [{"kind": "incidents", "file": "a.csv", "bandwidth_m": 0.15}]},
        {"sites": {"spacing_m": 0.15}},
    ],
)
def test_kilometres_are_asked_about(night, changes):
    (fault,) = faults(night(**changes))
    assert fault.code == "RO-168"
    assert "0.15 m is hardly a length along streets. Were kilometres meant? Write 150." in str(fault)
    assert "150" in fault.text(words("zh"))


def test_kilometres_are_asked_about_in_files_too(night, tmp_path):
    (tmp_path / "fixed.csv").write_text("name,lat,lon,radius_m\nMarket,26.002,119.003,0.15\n")
    (fault,) = faults(night(demand=[{"kind": "fixed", "file": "fixed.csv"}]), DemandError)
    assert (fault.code, fault.line) == ("RO-168", 2)
