"""`routeopt trial` as stations and auditors meet it."""

from __future__ import annotations

import csv
import json

import pytest

from tests.conftest import ROOT

CALLS = ROOT / "scenarios" / "wuliting" / "calls.yaml"


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
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
