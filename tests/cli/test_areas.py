"""`routeopt areas` as planners and scripts meet it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from tests.conftest import ROOT

NIGHT = ROOT / "scenarios" / "wuliting" / "night.yaml"
ONCE = ("--iterations", "1")


def test_json_says_what_the_files_have(run, tmp_path):
    code, out, err = run("areas", NIGHT, "--teams", "4", *ONCE, "--out", tmp_path, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["connected"] is True
    assert found["balance"] <= 0.03
    assert 0 <= found["gap_same_centres"] <= found["gap"] < 0.5
    assert sum(area["demand"] for area in found["areas"]) == pytest.approx(1)
    assert max(abs(area["demand"] * 4 - 1) for area in found["areas"]) == pytest.approx(found["balance"])
    segments = [s for area in found["areas"] for s in area["segments"]]
    assert len(segments) == len(set(segments))
    features = json.loads((tmp_path / "areas.geojson").read_text(encoding="utf-8"))["features"]
    for area, feature in zip(found["areas"], features, strict=True):
        assert feature["properties"]["area"] == area["area"]
        assert len(feature["geometry"]["coordinates"]) == len(area["segments"])
    marks = ET.parse(tmp_path / "areas.kml").getroot().findall(".//{*}Placemark")
    assert len(marks) == 4
    assert [len(mark.findall(".//{*}LineString")) for mark in marks] == [
        len(a["segments"]) for a in found["areas"]
    ]


def test_table_and_the_keys_to_follow_the_areas(run, tmp_path):
    code, out, _ = run("areas", NIGHT, *ONCE, "--out", tmp_path, "--lang", "en")
    assert code == 0
    assert "8 areas" in out
    assert "within ±" in out
    assert 'name: "步巡1组", area: area' in out
    code, out, _ = run("areas", NIGHT, *ONCE, "--teams", "3", "--out", tmp_path, "--lang", "zh")
    assert code == 0
    assert "3 个片区" in out
    assert "步巡1组" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--teams", "0"), "--teams"),
        (("--teams", "9999"), "must be at most"),
        (("--tolerance", "2"), "--tolerance"),
        (("--lang", "klingon"), "en, zh"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, tmp_path, words, said):
    code, out, err = run("areas", NIGHT, *words, "--out", tmp_path)
    assert code == 2
    assert said in err.replace("\n", " ")
    assert out == ""
    assert "Traceback" not in err
