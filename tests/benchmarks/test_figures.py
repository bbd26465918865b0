"""What the benchmarks record of their rows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks import heatmap, replan, scale, toptw, visibility


def test_visibility_with_a_bound():
    rows = [
        {"scenario": "a", "strategy": "greedy", "seconds": 10.0, "visibility": v, "iterations": 5, "bound": 0.6,
         "gap": 0.6 / v - 1}
        for v in (0.5, 0.4, 0.48)
    ]  # fmt: skip
    found = {figure.name: figure for figure in visibility.figures(rows)}
    assert list(found) == ["visibility, greedy, 10 s", "bound, greedy, 10 s", "gap, greedy, 10 s"]
    assert found["visibility, greedy, 10 s"][1:] == (48.0, "%", 40.0, 50.0, 3, "5 iterations")
    assert found["gap, greedy, 10 s"].value == pytest.approx(25.0)


def test_visibility_without_a_bound():
    row = {"scenario": "a", "strategy": "beats", "seconds": 1, "visibility": 0.5, "iterations": 0, "bound": None}
    (figure,) = visibility.figures([row])
    assert figure == ("visibility, beats, 1 s", 50.0, "%", 50.0, 50.0, 1, "")


def test_visibility_compares_strategies_on_a_night(make_problem, capsys):
    rows = visibility.compare(make_problem(1), ["greedy", "best_response"], [1], 0.05, 0.0)
    assert [row["strategy"] for row in rows] == ["greedy", "best_response"]
    assert {row["violations"] for row in rows} == {0}
    assert all(0 < row["visibility"] < 1 and 0 <= row["primal_integral"] <= 1 for row in rows)
    assert "of the best run" in capsys.readouterr().err


def test_visibility_of_model_towns(monkeypatch, tmp_path):
    monkeypatch.setattr(scale, "town", lambda sites, _seed, folder: folder / f"{sites}.osm.gz")
    monkeypatch.setattr(scale, "rung", lambda extract, sites, _seed, folder: folder / f"{extract.stem} {sites}")
    given = tmp_path / "night.yaml"
    with visibility.nights([given], [12, 30]) as paths:
        assert [path.name for path in paths] == ["night.yaml", "12.osm 12", "30.osm 30"]
        assert len({path.parent for path in paths}) == 3


def test_primal_integral_of_a_run_by_hand():
    run = SimpleNamespace(history=((1.0, 0.5), (3.0, 1.0)), value=1.0)  # 1 s at 100 %, 2 s at 50 %, then none
    assert visibility.primal_integral(run, 4.0, 1.0) == pytest.approx((1 * 1.0 + 2 * 0.5 + 1 * 0.0) / 4)


def test_replan():
    rows = [
        {"seconds": 0.08, "value": 0.5, "changed": 2, "full": 0.5},
        {"seconds": 0.1, "value": 0.4, "changed": 0, "full": None},
    ]
    middle, slow, changed, kept = replan.figures(rows)
    assert (middle.value, slow.value) == (pytest.approx(90.0), pytest.approx(99.0))
    assert (changed.value, changed.n) == (1.0, 2)
    assert (kept.value, kept.n) == (100.0, 1)
    assert len(replan.figures(rows[1:])) == 3


def test_toptw():
    rows = [
        {"instance": name, "solver": "pyvrp", "gap": gap} for name, gap in (("a", 0.0), ("b", -1.0), ("b", 4.0))
    ]
    (figure,) = toptw.figures([*rows, {"instance": "c", "solver": "pyvrp", "gap": None}], 10.0)
    assert figure.name == "gap, pyvrp, 10 s, 2 instances"
    assert (figure.value, figure.least, figure.most, figure.n) == (1.0, -1.0, 4.0, 3)
    assert figure.note == "1 equal to the best known, 1 ahead"


def test_heatmap():
    row = {"rows": 400, "segments": 300, "streets": "porto.osm.pbf", "file_to_demand_s": 2.5, "peak_gib": 0.5}
    seconds, memory = heatmap.figures(row)
    assert seconds.name == "file to demand, 400 incidents, 300 segments, porto"
    assert (seconds.value, seconds.unit) == (2.5, "s")
    assert (memory.value, memory.unit) == (0.5, "GiB")
