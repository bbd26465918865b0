"""The benchmark of reading streets on a small town: it runs, and its figures are sums of its stages."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.streets import figures, main, totals


def test_figures_are_sums_of_stages_and_ratios_within_a_run():
    spent = {"osmium": (0.1, 0.1), "routeopt": (0.5, 1.0), "routeopt, XML": (1.0, 2.0), "osmnx": (5.0, 20.0)}
    rows = [
        {"run": run, "who": who, "what": what, "cpu_s": times[run] / 2}
        for run in (0, 1) for who, times in spent.items() for what in ("read", "rest")
    ]  # fmt: skip
    assert totals(rows) == {who: pytest.approx(times) for who, times in spent.items()}
    found = {figure.name: figure for figure in figures(rows, "town")}
    assert found["extract to network, town: routeopt"].value == pytest.approx(0.75)
    against = found["osmnx against routeopt, town"]
    assert (against.least, against.value, against.most) == (10, 15, 20)
    assert found["osmnx against routeopt, XML, town"].most == 10


def test_small_run(square):
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, ["--osm", str(square), "--runs", "2", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[")))
    assert list(totals(rows)) == ["osmium", "routeopt", "routeopt, XML", "routeopt, kept", "osmnx"]
    assert {row["run"] for row in rows} == {0, 1}
    assert all(row["cpu_s"] >= 0 for row in rows)
