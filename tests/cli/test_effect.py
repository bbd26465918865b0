"""`routeopt effect` as stations meet it: a trial, zones before and after, a table."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.conftest import ROOT

WULITING = ROOT / "scenarios" / "wuliting"
CALLS = WULITING / "calls.yaml"
PERIODS = ("--before", "2026-01-15..2026-03-15", "--after", "2026-03-16..2026-05-12")
TABLE = "area,period,count\ntreated,before,207\ntreated,after,110\n"


@pytest.fixture
def zoned(tmp_path):
    """The calls' scenario, with communities."""
    for name in ("calls.csv", "places.csv", "town.osm.gz", "communities.geojson"):
        shutil.copy(WULITING / name, tmp_path)
    text = CALLS.read_text(encoding="utf-8") + "\nzones:\n  - {layer: communities, file: communities.geojson}\n"
    (tmp_path / "zoned.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "zoned.yaml"


def test_a_trial_of_nights(run, tmp_path):
    run("trial", CALLS, "--from", "2026-03-01", "--per-cell", "40", "--seed", "1", "--out", tmp_path)
    code, out, err = run("effect", CALLS, "--trial", tmp_path / "trial.json", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["units"] == {"patrol": 28, "none": 28}
    assert sum(found["counts"].values()) > 50
    assert found["effect"]["ratio"]["low"] < 1 < found["effect"]["ratio"]["high"]
    assert found["words"][2]["code"] == "effect-not-told"


def test_a_trial_that_is_not_over_leaves_nights_out(run, tmp_path):
    run("trial", CALLS, "--from", "2026-04-12", "--per-cell", "40", "--seed", "1", "--out", tmp_path)
    code, out, err = run("effect", CALLS, "--trial", tmp_path / "trial.json", "--lang", "zh")
    assert code == 0, err
    assert "略去 25 个夜晚" in err
    assert "个有巡逻的夜晚" in out


def test_a_changed_or_future_trial_is_refused(run, tmp_path):
    run("trial", CALLS, "--from", "2027-04-12", "--per-cell", "40", "--seed", "1", "--out", tmp_path)
    path = tmp_path / "trial.json"
    code, _, err = run("effect", CALLS, "--trial", path, "--lang", "en")
    assert code == 2
    assert "RO-799" in err
    path.write_text(path.read_text(encoding="utf-8").replace('"patrol"', '"none"', 1), encoding="utf-8")
    code, _, err = run("effect", CALLS, "--trial", path, "--lang", "en")
    assert code == 2
    assert "RO-681" in err


def test_zones_before_and_after(run, zoned):
    words = ("--treated", "东湖社区", "--comparison", "鹤峰社区", "--around", "金涵社区", *PERIODS)
    code, out, err = run("effect", zoned, *words, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["counts"]["treated"] == {"before": 54, "after": 62}
    assert found["nights"] == [60, 58]
    total, zero = found["effect"]["total"], found["counts"]
    weight = 58 / 60
    point = sum(
        sign * (zero[role]["after"] - weight * zero[role]["before"])
        for role, sign in (("treated", 1), ("comparison", -1), ("around", 1))
    )
    assert total["point"] == pytest.approx(point, abs=1e-3)


def test_every_fault_of_zones_is_told(run, zoned):
    words = ("--treated", "东湖区", "--comparison", "鹤峰社区", "--around", "鹤峰社区")
    code, _, err = run("effect", zoned, *words, "--before", "2025-01-01..2025-02-01", *PERIODS[2:], "--lang", "en")
    assert code == 2
    assert all(text in err for text in ('Did you mean "东湖社区"?', "RO-797", "RO-798", "RO-799"))


def test_a_fall_is_a_fall(run, tmp_path):
    (tmp_path / "counts.csv").write_text(TABLE, encoding="utf-8")
    code, out, _ = run("effect", tmp_path / "counts.csv", "--lang", "en")
    assert code == 0
    assert "Incidents fell: 207 before, 110 after" in out
    assert "cannot be called an effect" in out
    code, out, _ = run("effect", tmp_path / "counts.csv", "--lang", "zh")
    assert "不能称为巡逻的效果" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "RO-796"),
        (("--treated", "x"), "RO-796"),
        (("--trial", "t.json", "--treated", "x"), "RO-796"),
        (("--treated", "x", "--before", "2026-01-01", "--after", "2026-03-01..2026-02-01"), "RO-792"),
        (("--treated", "x", "--before", "2026-01-01..2026-03-01", "--after", "2026-03-01..2026-04-01"), "RO-792"),
        (("--trial", "no.json"), "RO-574"),
    ],
)
def test_what_is_asked_wrongly_is_refused(run, words, code):
    found, _, err = run("effect", CALLS, *words, "--lang", "en")
    assert (found, code in err) == (2, True), err


def test_a_table_stands_alone(run, tmp_path):
    (tmp_path / "counts.csv").write_text(TABLE, encoding="utf-8")
    assert run("effect", tmp_path / "counts.csv", *PERIODS)[0] == 2
    assert run("effect", tmp_path / "none.csv")[0] == 2
