"""`routeopt portfolio` as planners and auditors meet it."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.conftest import ROOT

SMALL = ("-n", "3", "--within", "30%", "--iterations", "10", "--lang", "en")


def test_json_says_what_the_files_have(run, night, tmp_path):
    code, out, err = run("portfolio", night(), *SMALL, "--out", tmp_path, "--json", "--gap", "10")
    assert code == 0, err
    found = json.loads(out)
    assert found["plans"] == ["plan-01.json", "plan-02.json", "plan-03.json"]
    assert len(found["values"]) == 3
    assert min(found["values"]) >= 0.7 * found["best"] - 1e-9
    assert 0 <= found["repeat_share"] <= found["repeat_share_drawn"] <= 1
    assert found["worst_gap_min"] == found["worst_gap"]["gap_min"]
    assert {row["floor"] for row in found["not_held"]} == {"gap"}
    files = [tmp_path / name for name in found["plans"]]
    assert found["digest"] == hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()
    assert json.loads((tmp_path / "portfolio.json").read_text(encoding="utf-8"))["values"] == found["values"]
    lines = (tmp_path / "portfolio.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("place,zone,street,gap_min")
    for file, value in zip(files, found["values"], strict=True):
        plan = json.loads(file.read_text(encoding="utf-8"))
        assert plan["figures"]["value"] == pytest.approx(value)
        assert plan["violations"] == []


def test_draws_are_logged_kept_and_drawn_again_by_their_seed(run, night, tmp_path):
    file = night()
    base = ("portfolio", file, *SMALL, "--out", tmp_path, "--format", "json", "--json", "--draw")
    first, again = (json.loads(run(*base, "2026-11-27")[1]) for _ in range(2))
    assert not first["reused"]
    assert again["reused"]
    assert first["drawn"] == again["drawn"]
    log = (tmp_path / "draws.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in log] == [first["drawn"]]
    drawn = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    chosen = json.loads((tmp_path / f"plan-0{first['drawn']['plan']}.json").read_text(encoding="utf-8"))
    names = [[visit["site"] for visit in route["visits"]] for route in drawn["routes"]]
    assert names == [[visit["site"] for visit in route["visits"]] for route in chosen["routes"]]
    (tmp_path / "draws.log").unlink()
    by_seed = json.loads(run(*base, first["drawn"]["seed"])[1])
    assert by_seed["drawn"]["plan"] == first["drawn"]["plan"]
    assert by_seed["drawn"]["date"] == ""
    other = json.loads(run(*base, "2026-11-28", "--seed", "5")[1])
    assert not other["reused"]


def test_what_was_changed_since_is_found(run, night, tmp_path):
    words = ("portfolio", night(), *SMALL, "--out", tmp_path, "--format", "json", "--draw", "2026-11-27")
    assert run(*words)[0] == 0
    plan = tmp_path / "plan-02.json"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text + "\n", encoding="utf-8")
    code, _, err = run(*words)
    assert code == 2
    assert "RO-644" in err
    plan.write_text(text, encoding="utf-8")
    log = tmp_path / "draws.log"
    line = json.loads(log.read_text(encoding="utf-8"))
    log.write_text(json.dumps(line | {"plan": line["plan"] % 3 + 1}) + "\nnothing\n", encoding="utf-8")
    code, _, err = run(*words)
    assert code == 2
    assert err.count("RO-645") == 2
    log.unlink()
    (tmp_path / "portfolio.json").write_text("{}", encoding="utf-8")
    code, _, err = run(*words)
    assert code == 2
    assert "RO-643" in err


def test_tables_in_both_languages(run, night, tmp_path):
    code, out, _ = run("portfolio", night(), *SMALL, "--out", tmp_path)
    assert code == 0
    assert "a stop is repeated there within 10 min" in out
    code, out, _ = run("portfolio", night(), *SMALL[:-1], "zh", "--out", tmp_path, "--unseen", "0.1")
    assert code == 0
    assert "最长可能无人到来的时段" in out
    assert "未达下限" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--within", "two"), "RO-641"),
        (("--within", "200%", "--unseen", "x"), "--unseen"),
        (("--draw", "tomorrow"), "RO-642"),
        (("-n", "0"), "--plans"),
        (("--jobs", "2", "--cluster", "a:1"), "RO-675"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, tmp_path, words, said):
    night = ROOT / "scenarios" / "wuliting" / "night.yaml"
    code, out, err = run("portfolio", night, *words, "--out", tmp_path)
    assert code == 2
    assert said in err
    assert out == ""
    assert "Traceback" not in err
