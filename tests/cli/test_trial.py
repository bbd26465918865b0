"""`routeopt trial` as stations and auditors meet it."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from routeopt.demand import busiest
from tests.conftest import ROOT

CALLS = ROOT / "scenarios" / "wuliting" / "calls.yaml"
NIGHT = CALLS.with_name("night.yaml")
"""Without past incidents."""


def test_the_power_is_told_before_the_start_and_logged(run, tmp_path):
    code, out, err = run("trial", CALLS, "--seed", "1", "--out", tmp_path, "--lang", "en")
    assert code == 0, err
    assert "will learn nothing" in out
    assert "28 nights with patrol, 28 without" in out
    found = json.loads((tmp_path / "trial.json").read_text(encoding="utf-8"))
    assert found["seed"] == 1
    assert found["power"]["power"] < 0.2 < found["power"]["least_fall"]
    assert {"calls.yaml", "calls.csv"} <= set(found["inputs"])
    assert all(len(sha) == 64 for sha in found["inputs"].values())
    code, out, _ = run("trial", "check", tmp_path / "trial.json", "--json")
    assert (code, json.loads(out)["same"]) == (0, True)


def test_a_second_draw_is_refused_unless_it_names_the_first(run, tmp_path):
    words = ("trial", CALLS, "--per-cell", "100", "--out", tmp_path, "--lang", "en")
    assert run(*words, "--seed", "1")[0] == 0
    code, _, err = run(*words, "--seed", "2")
    assert code == 2
    assert "there is a draw already" in err
    assert run(*words, "--seed", "2", "--replace", tmp_path / "other.json")[0] == 2
    assert run(*words, "--seed", "2", "--replace", tmp_path / "trial.json")[0] == 0
    found = json.loads((tmp_path / "trial.json").read_text(encoding="utf-8"))
    assert (found["seed"], [one["seed"] for one in found["earlier"]]) == (2, [1])


def test_without_a_seed_no_two_draws_are_alike(run, tmp_path):
    seeds = set()
    for name in ("a", "b"):
        code, out, _ = run("trial", CALLS, "--per-cell", "50", "--out", tmp_path / name, "--json")
        assert code == 0
        seeds.add(json.loads(out)["seed"])
    assert len(seeds) == 2


def test_a_changed_arm_ends_with_3(run, tmp_path):
    run("trial", CALLS, "--per-cell", "50", "--seed", "1", "--out", tmp_path)
    path = tmp_path / "trial.json"
    text = path.read_text(encoding="utf-8").replace('"patrol"', '"none"', 1)
    path.write_text(text, encoding="utf-8")
    code, out, _ = run("trial", "check", path, "--lang", "zh")
    assert code == 3
    assert "而抽取结果是" in out


def test_places_without_patrol_are_left_out_of_the_list(run, tmp_path):
    code, out, err = run(
        "trial", CALLS, "--unit", "place", "--places", "6", "--seed", "1", "--out", tmp_path, "--json"
    )
    assert code == 0, err
    units = json.loads(out)["units"]
    assert sorted(unit["arm"] for unit in units) == ["none"] * 3 + ["patrol"] * 3
    code, out, err = run("trial", "places", tmp_path / "trial.json", "--scenario", CALLS, "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["left_out"]
    with (tmp_path / "trial-places.csv").open(encoding="utf-8-sig") as handle:
        assert [row["name"] for row in csv.DictReader(handle)] == found["kept"]


def test_nothing_is_drawn_where_nothing_can_be_expected(run, tmp_path):
    code, _, err = run("trial", NIGHT, "--seed", "1", "--out", tmp_path, "--lang", "en")
    assert code == 2
    assert "Give --per-cell" in err.replace("\n", " ")
    assert not (tmp_path / "trial.json").exists()
    assert run("trial", NIGHT, "--seed", "1", "--per-cell", "50", "--out", tmp_path)[0] == 0


def test_an_odd_number_of_places_is_made_even_with_a_note(run, tmp_path):
    words = ("trial", CALLS, "--unit", "place", "--per-cell", "50", "--places", "5", "--out", tmp_path)
    code, out, err = run(*words, "--seed", "1", "--lang", "en")
    assert code == 0, err
    assert "4 places are drawn, not 5" in err.replace("\n", " ")
    assert "2 places with patrol, 2 without" in out


def test_one_place_is_no_trial(run, tmp_path, monkeypatch):
    monkeypatch.setattr(busiest, "APART_M", 1e6)  # no two places are that far from each other
    words = ("trial", CALLS, "--unit", "place", "--per-cell", "50", "--out", tmp_path, "--lang", "en")
    code, _, err = run(*words)
    assert code == 2
    assert "has 1 busy places" in err.replace("\n", " ")
    assert not (tmp_path / "trial.json").exists()


def test_inputs_of_one_name_are_told_apart(run, tmp_path):
    (tmp_path / "old").mkdir()
    for name in ("town.osm.gz", "calls.csv", "places.csv"):
        shutil.copy(CALLS.with_name(name), tmp_path / name)
    shutil.copy(CALLS.with_name("calls.csv"), tmp_path / "old" / "calls.csv")
    text = CALLS.read_text(encoding="utf-8").replace(
        "file: calls.csv", "files: [{file: calls.csv}, {file: old/calls.csv}]"
    )
    (tmp_path / "calls.yaml").write_text(text, encoding="utf-8")
    code, out, err = run("trial", tmp_path / "calls.yaml", "--per-cell", "50", "--out", tmp_path, "--json")
    assert code == 0, err
    assert {"calls.yaml", "calls.csv", "old/calls.csv"} <= set(json.loads(out)["inputs"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((CALLS, "--per-cell", "nan"), "--per-cell"),
        ((CALLS, "--per-cell", "inf"), "--per-cell"),
        ((CALLS, "--effect", "nan"), "--effect"),
        ((CALLS, "--from", "9999-12-31"), "beyond the last day"),
        (("check",), "takes a scenario; or check or places"),
        ((CALLS, "trial.json"), "takes a scenario; or check or places"),
        ((CALLS, "--unit", "street"), "must be night or place"),
        ((CALLS, "--from", "soon"), "--from"),
        (("places", "trial.json"), "--scenario"),
        (("check", "none.json"), "does not exist"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run("trial", *words, "--lang", "en")
    assert code == 2
    assert said in err.replace("\n", " ")
    assert out == ""
    assert "Traceback" not in err
