"""The orienteering benchmark: reading, rounding, the checker, and the command as it is called."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.toptw import keep_ahead, summary
from benchmarks.toptw_instances import check, class_of, parse, read, read_best_known, score, truncated
from benchmarks.toptw_peers import SOLVERS, timed

ROOT = Path(__file__).resolve().parents[2]

LINE = """1 1 3 1
0 0
0 0 0 0 0 0 0 0 60
1 3 4 2 7 1 1 1 0 10
2 3 4 2 5 1 1 1 0 30
3 0 9 1.5 9 1 1 1 40 41
"""
"""Two customers five away (one must be early), one nine away with a narrow window; c* rounding."""


@pytest.fixture
def small():
    return parse("c999", LINE)


def test_arrays_are_tenths(small):
    assert small.n_customers == 3
    assert small.travel[0].tolist() == [0, 50, 50, 90]
    assert small.travel[1, 3] == 58  # √34 = 5.83…, truncated
    assert small.service.tolist() == [0, 20, 20, 15]
    assert small.closes.tolist() == [600, 100, 300, 410]
    assert small.reward.tolist() == [0, 7, 5, 9]


def test_whole_distances_stay_whole():
    xy = [(Decimal(0), Decimal(0)), (Decimal("1.1"), Decimal(0)), (Decimal("0.3"), Decimal("0.4"))]
    assert truncated(xy, 10)[0].tolist() == [0, 11, 5]


def test_checker_accepts_and_scores(small):
    assert check(small, [[1, 2, 3]], 1) == []
    assert score(small, [[1, 2, 3]]) == 21


@pytest.mark.parametrize(
    ("routes", "m", "says"),
    [
        ([[3, 1]], 1, "customer 1 is reached at 473, after 100"),
        ([[1], [1]], 2, "customer 1 is visited again"),
        ([[1], [2]], 1, "2 routes for 1 teams"),
        ([[4]], 1, "there is no customer 4"),
    ],
)
def test_checker_names_what_is_wrong(small, routes, m, says):
    assert says in "; ".join(check(small, routes, m))


def test_return_after_closing_is_found(small):
    small.closes[0] = 99
    assert check(small, [[1]], 1) == ["route 1: back at 120, after 99"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        ("1 1 0 1", "no customers"),
        ("1 1 3 1\n0 0\n", "take 6 lines"),
        (LINE.replace("1.5", "x"), "line 6: not a number"),
        (LINE.replace("1.5", "1.55"), "line 6: 1.55 is finer"),
    ],
)
def test_unreadable_instance_names_the_line(text, says):
    with pytest.raises(ValueError, match=says):
        parse("c999", text)


@pytest.mark.parametrize(
    ("name", "kind"), [("c101", "c1"), ("rc205", "rc2"), ("pr10", "pr01-10"), ("pr11", "pr11-20"), ("x", "other")]
)
def test_classes(name, kind):
    assert class_of(name) == kind


def test_summary_counts_equal_and_ahead():
    rows = [
        {"instance": "c101", "m": 1, "solver": "routeopt", "score": s, "gap": g}
        for s, g in ((10, 0.0), (11, -10.0), (9, 10.0), (3, None))
    ]
    line = summary(rows)[0]
    assert (line["gap"], line["worst"], line["equal"], line["ahead"], line["runs"]) == (0.0, 10.0, 1, 1, 4)


def test_solutions_ahead_are_added_to_those_found_before(tmp_path):
    def row(instance, score):
        return {"instance": instance, "m": 1, "score": score}

    path = tmp_path / "ahead.json"
    keep_ahead(path, [row("pr10", 30), row("pr02", 7)])
    keep_ahead(path, [row("pr10", 29), row("pr02", 8), row("pr03", 1)])
    assert json.loads(path.read_text()) == [row("pr02", 8), row("pr03", 1), row("pr10", 30)]


@pytest.mark.parametrize("name", SOLVERS)
def test_every_solver_finds_the_optimum_of_a_small_one(small, name):
    pytest.importorskip(name)
    timed(name, small, 1, 0.1, 1)  # compile
    routes, seconds = timed(name, small, 1, 1.0, 1)
    assert check(small, routes, 1) == []
    assert score(small, routes) == 21
    assert seconds < 5


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.toptw", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_command_prints_rows(small, tmp_path):
    (tmp_path / "c999.txt").write_text(LINE)
    known = tmp_path / "known.csv"
    known.write_text("instance,m,best_known,status\nc999,1,20,lower bound only\n")
    given = ["--instances", str(tmp_path), "--best-known", str(known), "--teams", "1", "--time", "0.2"]
    done = run(*given, "--save", str(tmp_path / "new"), "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row.items() >= {
        "instance": "c999", "m": 1, "solver": "routeopt", "seed": 1, "score": 21, "best_known": 20, "gap": -5.0,
        "violations": 0,
    }.items()  # fmt: skip
    (new,) = json.loads((tmp_path / "new" / "toptw-ahead.json").read_text())
    assert [sorted(route) for route in new["routes"]] == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--instances", "nowhere"], "no such folder"),
        (["--best-known", "nowhere.csv"], "No such file"),
        (["--teams", "0"], "--teams"),
        (["--peers", "nobody"], "choose from pyvrp, ortools, vroom"),
        (["--only", "c1"], "c1 is not in"),
    ],
)
def test_bad_arguments_end_with_two(tmp_path, change, says):
    (tmp_path / "c999.txt").write_text(LINE)
    (tmp_path / "known.csv").write_text("instance,m,best_known\n")
    given = ["--instances", str(tmp_path), "--best-known", str(tmp_path / "known.csv"), *change]
    done = run(*given)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_shared_instances_can_be_read(shared_data):
    folder = shared_data / "toptw"
    with (folder / "best_known.csv").open() as handle:
        names = {row["instance"] for row in csv.DictReader(handle)}
    assert names == {read(path).name for path in (folder / "instances").glob("*.txt")}
    assert len(read_best_known(folder / "best_known.csv")) == 4 * len(names)
