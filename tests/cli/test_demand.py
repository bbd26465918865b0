"""`routeopt backtest` and `routeopt heatmap` as planners and scripts meet them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.reports.heat.test_files import SECRETS, rows

INCIDENTS = [{"kind": "incidents", "file": "i.csv", "max_bad_share": 0.5}]


@pytest.fixture
def path(night):
    path = night(demand=INCIDENTS)
    (path.parent / "i.csv").write_text(rows(), encoding="utf-8")
    return path


def test_heatmap_writes_its_files_and_a_table(run, path, tmp_path):
    code, out, err = run("heatmap", path, "--out", tmp_path / "o")
    assert code == 0
    assert "South St" in out
    assert "heatmap.html" in out.replace("\n", "")
    assert "note: i.csv" in err
    assert (tmp_path / "o" / "heatmap.html").is_file()


def test_heatmap_in_chinese(run, path, tmp_path):
    code, _, _ = run("heatmap", path, "--out", tmp_path / "o", "--lang", "zh")
    assert code == 0
    assert "最繁忙地点" in (tmp_path / "o" / "heatmap.html").read_text(encoding="utf-8")


def test_heatmap_json_is_one_object(run, path, tmp_path):
    code, out, _ = run("heatmap", path, "--out", tmp_path / "o", "--json")
    found = json.loads(out)
    assert code == 0
    assert sum(found["hours"].values()) == pytest.approx(1.0, abs=1e-5)
    assert all((tmp_path / "o" / name.rsplit("/", 1)[1]).is_file() for name in found["files"])


def test_backtest_table_json_and_plot(run, path, tmp_path):
    code, out, err = run("backtest", path, "--out", tmp_path / "o")
    assert code == 0
    assert "all time, same part" in out
    assert "calibration" in out
    assert "heat map catches" in out.replace("\n", " ")
    assert "back-test" in err
    assert (tmp_path / "o" / "backtest.png").read_bytes()[:4] == b"\x89PNG"
    _, out, _ = run("backtest", path, "--json", "--by", "day")
    (found,) = json.loads(out)
    assert found["files"] == "i.csv"
    assert not [s for s in SECRETS if s in out or json.dumps(s)[1:-1] in out]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backtest", "{path}", "--by", "week"), "day, shift or both"),
        (("backtest", "{path}", "--from", "yesterday"), "is not a date"),
        (("backtest", "{path}", "--from", "2031-01-01"), "cannot start on 2031-01-01"),
        (("backtest", "{path}", "--days", "0"), "--days"),
        (("heatmap", "gone.yaml"), "does not exist"),
        (("heatmap", "{path}", "--lang", "klingon"), "en, zh"),
        (("heatmap", "{path}", "--out", "{path}/sub"), "not writable"),
    ],
)
def test_bad_words_exit_2_with_a_sentence(run, path, words, said):
    code, out, err = run(*[w.format(path=path) for w in words])
    assert code == 2
    assert said in err.replace("\n", " ")
    assert out == ""
    assert "Traceback" not in err


def test_backtest_without_incidents(run, night):
    code, _, err = run("backtest", night())
    assert code == 2
    assert "no incidents to test on" in err


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_ends_quietly(path, tmp_path, number, code):
    header = rows(1).splitlines()[0]
    text = header + "\n" + "".join(
        f"26.000{n % 9},119.00{n % 30:02d},2026-01-{1 + n % 28:02d} 20:30,theft,{n},a,b,c,d\n"
        for n in range(300_000)
    )  # fmt: skip
    (path.parent / "i.csv").write_text(text)
    words = [sys.executable, "-m", "routeopt", "heatmap", str(path), "--out", str(tmp_path / "o")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if "reading i.csv" in line:
                break
        time.sleep(0.5)
        child.send_signal(number)
        err = child.stderr.read()
        child.wait(timeout=60)
    assert child.returncode == code
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not list((tmp_path / "o").glob("*"))


CALLS = "id,occurred,category,lat,lon\n" + "".join(
    f"{n},2026-01-{n % 28 + 1:02d} 20:{n:02d},{'theft' if n % 3 else 'robbery'},{26 + n / 1e4},119.0\n"
    for n in range(12)
)


def test_incidents_shows_what_would_be_read(run, tmp_path):
    (tmp_path / "calls.csv").write_text(CALLS + "12,yesterday,theft,26,119\n", encoding="utf-8")
    code, out, err = run("incidents", tmp_path / "calls.csv")
    assert code == 0
    assert "12 of 13 rows are read" in out
    assert "1 × the time is not a date" in out.replace("\n", " ")
    assert 'columns:\n  lat: "lat"\n  lon: "lon"\n  time: "occurred"\n  type: "category"' in out
    assert "█" in out
    assert "lines 14" in err


def test_incidents_json_is_one_object(run, tmp_path):
    (tmp_path / "calls.csv").write_text(CALLS + "12,yesterday,theft,26,119\n", encoding="utf-8")
    code, out, _ = run("incidents", tmp_path / "calls.csv", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["rows"], found["read"], found["left_out"]) == (13, 12, {"no_time": 1})
    assert found["columns"]["time"] == "occurred"
    assert (found["first"], found["last"]) == ("2026-01-01T20:00", "2026-01-12T20:11")
    assert found["hours"] == [0] * 20 + [12] + [0] * 3
    assert found["categories"] == {"theft": 8, "robbery": 4}
    assert found["bbox"] == pytest.approx([26.0, 119.0, 26.0011, 119.0])


def test_incidents_in_chinese_with_named_columns(run, tmp_path):
    (tmp_path / "calls.csv").write_text(CALLS, encoding="utf-8")
    code, out, _ = run("incidents", tmp_path / "calls.csv", "--column", "time=occurred", "--lang", "zh")
    assert code == 0
    assert "共 12 行，读取 12 行" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--column", "occurred"], "KEY=NAME"),
        (["--column", "when=occurred"], "KEY=NAME"),
        (["--column", "time=nowhere"], "does not exist"),
        (["--crs", "utm"], "EPSG"),
        (["--timezone", "Asia/Shangai"], "Asia/Shanghai"),
        (["--encoding", "none-such"], "latin-1"),
        (["--times", "utc"], "local"),
    ],
)
def test_incidents_options_that_are_not_valid(run, tmp_path, options, said):
    (tmp_path / "calls.csv").write_text(CALLS, encoding="utf-8")
    code, _, err = run("incidents", tmp_path / "calls.csv", *options)
    assert code == 2
    assert said in err.replace("\n", " ")
