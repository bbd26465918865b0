"""The same inputs, seed and number of iterations give the same files, byte by byte."""

from __future__ import annotations

import json

import pytest

FORMATS = "json,geojson,html,gpx,kml,kmz,xlsx,csv,ics"


@pytest.fixture
def planned(run, night, tmp_path, monkeypatch):
    """Plans a night in a folder of its own; returns file → content."""
    scenario = night(shift={"start": "19:00", "end": "21:00", "date": "2026-05-15"})

    def plan(name, *words):
        monkeypatch.chdir(tmp_path)
        code, _, err = run("plan", scenario, "--seed", 3, "--out", "o", "--format", FORMATS, *words)
        assert code == 0, err
        folder = (tmp_path / "o").rename(tmp_path / name)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return plan


def test_every_file_is_the_same_again(planned, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1770000000")
    first, second = planned("a", "--iterations", 40), planned("b", "--iterations", 40)
    assert first == second
    assert len(first) >= 10
    assert b"DTSTAMP:20260202T" in first["ics/all.ics"]


def test_a_plan_that_time_ended_tells_how_long_it_took(planned):
    found = json.loads(planned("a", "--time", 0.2)["plan.json"])
    assert found["runtime_s"] > 0
    assert found["trace"]


def test_a_plan_that_iterations_ended_tells_no_time_and_repeats_as_typed(planned):
    found = json.loads(planned("a", "--iterations", 5, "--time", 50)["plan.json"])
    assert not {"runtime_s", "trace"} & set(found)
    assert found["iterations"] == 5
    assert found["command"].endswith("--iterations 5 --time 50")


def test_a_search_goes_on_from_its_state_to_the_same_file(run, night, tmp_path, monkeypatch):
    monkeypatch.setattr("routeopt.search.checkpoint.EVERY", 200)
    monkeypatch.setattr("routeopt.cli.checkpoint.EVERY_S", 0.0)
    scenario, state = night(), tmp_path / "state"

    def plan(name, *words):
        code, _, err = run(
            "plan",
            scenario,
            "--iterations",
            700,
            "--time",
            60,
            "--format",
            "json",
            *words,
            "--out",
            tmp_path / name,
        )
        assert code == 0, err
        return json.loads((tmp_path / name / "plan.json").read_text(encoding="utf-8"))

    whole, kept = plan("a"), plan("b", "--checkpoint", state)
    found = plan("c", "--resume", state)
    for one in (kept, found):
        assert one.pop("command").replace("/b", "/a").replace("/c", "/a") == whole["command"]
        assert {"command": whole["command"], **one} == {"command": whole["command"], **whole}
    code, _, err = run("plan", scenario, "--iterations", 800, "--resume", state, "--out", tmp_path / "d")
    assert code == 2
    assert "another iterations: 700, here 800" in err
