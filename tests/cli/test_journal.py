"""`routeopt journal`."""

from __future__ import annotations

import csv
import io
import json

import pytest

from routeopt.dispatch.journal import Journal

MOMENT = {"happened_at": "2026-11-27T19:00:00+08:00", "entered_at": "2026-11-27T19:00:05+08:00"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shift.journal"
    with Journal(path) as journal:
        journal.append(
            {"id": "=1+1", "kind": "note", "text": "[red]下雨", **MOMENT},
            {"id": "b", "kind": "struck", "of": "=1+1", **MOMENT},
        ).result()
    return path


def test_verify(run, file):
    code, out, _ = run("journal", "verify", file, "--json")
    found = json.loads(out)
    assert (code, found["rows"], found["fault"]) == (0, 2, None)
    assert run("journal", "verify", file, "--has", found["last"])[0] == 0
    code, _, err = run("journal", "verify", file, "--has", "0" * 64, "--lang", "en")
    assert code == 3
    assert "no row has the hash" in err
    whole = file.read_bytes()
    file.write_bytes(whole.replace("下雨".encode(), "下雪".encode()))
    code, out, err = run("journal", "verify", file, "--lang", "en")
    assert code == 3
    assert out.startswith("0 rows hold")
    assert "row 1 is not what was written" in err


def test_export(run, file):
    _, out, _ = run("journal", "export", file)
    assert [json.loads(line)["event"]["kind"] for line in out.splitlines()] == ["note", "struck"]
    _, out, _ = run("journal", "export", file, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["number"], row["id"], row["struck"]) for row in rows] == [("1", "'=1+1", "1"), ("2", "b", "0")]


def test_show(run, file):
    _, out, _ = run("journal", "show", file, "--lang", "zh")
    assert "[red]下雨" in out
    assert "已作废" in out
    _, out, _ = run("journal", "show", file, "--last", "1", "--json")
    assert [row["number"] for row in json.loads(out)] == [2]


@pytest.mark.parametrize(
    ("words", "place"), [(("burn", "x"), "ACTION"), (("export", "x", "--format", "xml"), "--format")]
)
def test_unknown_words_are_refused(run, words, place):
    code, _, err = run("journal", *words, "--lang", "en")
    assert code == 2
    assert err.startswith(place)
    assert "RO-733" in err
