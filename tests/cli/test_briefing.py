"""`routeopt briefing` as a commander's desk meets it."""

from __future__ import annotations

import json

import pytest

DAYS = {"last": "2026-05-07", "tonight": "2026-05-08"}


@pytest.fixture
def plans(night, tmp_path, run):
    path = night(shift={"start": "19:00", "end": "21:00", "date": DAYS["tonight"]})
    for name, day in DAYS.items():
        assert run("plan", path, "--date", day, "--iterations", "2", "--out", tmp_path / name)[0] == 0
    return path


def test_the_page_and_the_three_sentences(run, plans, tmp_path):
    last, tonight, target = (tmp_path / name for name in ("last/plan.json", "tonight/plan.json", "b/page.html"))
    words = ("briefing", plans, "--last", last, "--plan", tonight, "--out", target)
    code, out, err = run(*words, "--lang", "zh")
    assert code == 0, err
    assert "今晚" in out
    assert "每日会商" in target.read_text(encoding="utf-8")
    code, out, _ = run(*words, "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["last"], found["tonight"]) == tuple(DAYS.values())
    assert len(found["lead"]) == 3
    assert found["planned"] is True
    assert found["forecast"]["known"] is False


def test_what_is_no_plan_is_refused_and_nothing_written(run, plans, tmp_path):
    code, out, err = run("briefing", plans, "--last", tmp_path / "none.json", "--out", tmp_path / "b.html")
    assert code == 2
    assert "none.json" in err
    assert out == ""
    assert not (tmp_path / "b.html").exists()
