"""`routeopt adherence` as a commander's desk meets it."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from routeopt.adherence.simulated import track_of, truths
from routeopt.exchange.plan_json import read_plan
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario


@pytest.fixture
def plan(night, tmp_path, run):
    path = night(shift={"start": "19:00", "end": "21:00", "date": "2026-05-07", "timezone": "Asia/Shanghai"})
    assert run("plan", path, "--iterations", "2", "--out", tmp_path / "plan", "--format", "json")[0] == 0
    return path, tmp_path / "plan"


@pytest.fixture
def tracks(plan, tmp_path):
    """The team's track, a fix a minute, as a device exports it."""
    built = build_with_streets(read_scenario(plan[0]))
    (truth,) = truths(built, read_plan(plan[1] / "plan.json", built.problem))
    track = track_of(built, truth, 60.0, 5.0, np.random.default_rng(1))
    (tmp_path / "tracks").mkdir()
    begin = dt.datetime(2026, 5, 7, 19)
    rows = zip(track.time_s.tolist(), track.lat.tolist(), track.lon.tolist(), strict=True)
    lines = [f"Foot 1,{begin + dt.timedelta(seconds=time_s)},{lat:.6f},{lon:.6f}" for time_s, lat, lon in rows]
    (tmp_path / "tracks" / "night.csv").write_text("\n".join(["队伍,时间,纬度,经度", *lines]), encoding="gb18030")
    return tmp_path / "tracks"


def test_a_track_of_the_plan_is_delivered(run, plan, tracks, tmp_path):
    path, folder = plan
    words = ("adherence", path, folder / "plan.json", "--tracks", tracks, "--out", tmp_path / "a")
    code, out, err = run(*words, "--lang", "zh")
    assert code == 0, err
    assert "见警率" in out
    assert (tmp_path / "a" / "adherence.csv").read_text(encoding="utf-8-sig").startswith("place,team,")
    code, out, _ = run(*words, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["files"] == [str(tmp_path / "a" / "adherence.csv")]
    assert found["all"]["planned_stops"] == len(found["stops"]) > 0
    assert found["all"]["made"] >= 0.8 * len(found["stops"])


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
