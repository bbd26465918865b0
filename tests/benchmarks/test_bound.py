"""The benchmark of gaps: its rows as they are printed."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bound import main, small_figures

app = typer.Typer()
app.command()(main)


@pytest.mark.slow
def test_small_nights():
    done = CliRunner().invoke(app, ["--small", "2", "--iterations", "20", "--json"])
    rows = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[")))
    assert [row["seed"] for row in rows] == [0, 1]
    for row in rows:
        assert row["plan"] <= row["optimum"] <= row["bound"]
        assert row["plan"] >= 0.95 * row["optimum"]


def test_figures_of_small_nights():
    rows = [{"plan": 0.5, "optimum": 0.5, "bound": 0.55}, {"plan": 0.49, "optimum": 0.5, "bound": 0.5}]
    below, above = small_figures(rows, 7)
    assert (below.value, below.least, below.most, below.n) == (pytest.approx(1.0), 0.0, pytest.approx(2.0), 2)
    assert below.note == "optimum found on 1 nights; 1000 iterations"
    assert (above.value, above.note) == (pytest.approx(5.0), "7 iterations")
