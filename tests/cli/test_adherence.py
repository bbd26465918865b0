"""`routeopt adherence` as a commander's desk meets it."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def plan(night, tmp_path, run):
    path = night(shift={"start": "19:00", "end": "21:00", "date": "2026-05-07", "timezone": "Asia/Shanghai"})
    words = ("--iterations", "2", "--out", tmp_path / "plan", "--format", "json,gpx")
    assert run("plan", path, *words)[0] == 0
    return path, tmp_path / "plan"


def test_the_plans_own_tracks_are_delivered(run, plan, tmp_path):
    path, folder = plan
    words = ("adherence", path, folder / "plan.json", "--tracks", folder / "gpx", "--out", tmp_path / "a")
    code, out, err = run(*words, "--lang", "zh")
    assert code == 0, err
    assert "见警率" in out
    assert (tmp_path / "a" / "adherence.csv").read_text(encoding="utf-8-sig").startswith("place,team,")
    code, out, _ = run(*words, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["files"] == [str(tmp_path / "a" / "adherence.csv")]
    assert found["all"]["planned_stops"] == len(found["stops"]) > 0
    assert found["all"]["made"] > 0


def test_wrong_tracks_and_options_are_refused_in_sentences(run, plan, tmp_path):
    path, folder = plan
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "Bike 9.csv").write_text("time,lat,lon\n19:10,26,119\n", encoding="utf-8")
    words = ("adherence", path, folder / "plan.json", "--lang", "en", "--tracks")
    code, _, err = run(*words, tmp_path / "t")
    assert code == 2
    assert "Foot 1" in err
    assert "RO-771" in err
    code, _, err = run(*words, tmp_path / "t", "--shift", "Foot 1", "--shift", "Foot 2=3")
    assert code == 2
    assert "RO-779" in err
    assert "Foot 2" in err
    code, _, err = run(*words, tmp_path / "none", "--crs", "gcj")
    assert code == 2
    assert "gcj02" in err
