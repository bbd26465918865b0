"""The benchmark of scale on a small night: its stages are all there, and its slopes are powers."""

from __future__ import annotations

import time

import numpy as np
import pytest

from benchmarks.scale import BUILD, FIRST, SEARCH, STAGES, STATE, Meter, figures, flat, measure, slopes, table


@pytest.fixture(scope="module")
def row():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUTEOPT_CACHE", "off")
        return measure(40, "town", 0.2, 1)


def test_row_of_a_small_night(row):
    assert (row["sites"], row["teams"], row["map"]) == (41, 2, "town")
    assert list(row["stages"]) == list(STAGES)
    assert all(stage["seconds"] >= 0 and stage["peak_mib"] > 50 for stage in row["stages"].values())
    parts = STAGES[: STAGES.index(BUILD)]
    assert sum(row["stages"][name]["seconds"] for name in parts) <= row["stages"][BUILD]["seconds"] + 0.01
    assert row["peak_mib"] == max(stage["peak_mib"] for stage in row["stages"].values())
    assert 0 < row["first"] <= row["value"] <= 1
    assert 0 < row["greedy"] <= 1
    assert row["iterations"] > 0
    assert row["iterations_per_s"] > 0
    assert row["nodes"] > 100 < row["points"]


def test_slopes_and_figures_of_two_sizes(row):
    later = {**row, "sites": 4 * row["sites"], "stages": {
        name: {**stage, "seconds": 8 * max(stage["seconds"], 0.001)} for name, stage in row["stages"].items()
    }}  # fmt: skip
    early = {**row, "stages": {
        name: {**stage, "seconds": max(stage["seconds"], 0.001)} for name, stage in row["stages"].items()
    }}  # fmt: skip
    (slope,) = slopes([early, later])
    assert set(slope.values()) == {1.5}
    found = {figure.name: figure for figure in figures([early, later], 20.0)}
    assert found[f"slope of {FIRST}, 41 to 164 sites, town"].value == 1.5
    assert found["peak memory, 41 sites, town"].value == pytest.approx(row["peak_mib"] / 1024)
    assert found["visibility, search of 20 s, 41 sites, town"].value == pytest.approx(100 * row["value"])
    assert "slope 1.50" in table([early, later])
    assert flat(row)[f"{SEARCH}: seconds"] == row["stages"][SEARCH]["seconds"]


def test_a_stage_contains_others():
    def work() -> None:
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass

    meter = Meter()
    with meter.stage("outer"):
        work()
        with meter.stage("inner"):
            held = np.ones(30 * 2**17)  # 30 MiB
            work()
        del held
    assert meter.seconds["outer"] >= meter.seconds["inner"] + 0.02
    assert meter.own["outer"] == pytest.approx(meter.seconds["outer"] - meter.seconds["inner"])
    assert meter.peak_mib["outer"] >= meter.peak_mib["inner"] >= 30
    assert STATE not in meter.seconds
