"""The heat map's benchmark on a small town: it runs, and its streets are what it says."""

from __future__ import annotations

import json

import numpy as np
import typer
from typer.testing import CliRunner

from benchmarks.heatmap import cut, grid, main


def test_cutting_keeps_whole_segments_and_their_lines():
    net = grid(200)
    part = cut(net, 50)
    assert part.n_segments == 50
    assert len(part.geom_x) == part.geom_ptr[-1]
    middle = part.geom_ptr[:-1]
    np.testing.assert_allclose(part.geom_x[middle], part.node_x[part.seg_u])
    assert part.seg_length_m.max() <= 120


def test_small_run():
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, ["--rows", "400", "--segments", "300", "--json"])
    assert done.exit_code == 0
    row = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    assert row["rows"] == 400
    assert row["shape"].endswith("×420")
    assert 0 < row["file_to_demand_s"] < 60
