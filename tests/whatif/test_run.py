"""Rows of a what-if: their gains, and the fewest teams that meet all floors."""

from __future__ import annotations

import contextlib
import json
import pickle
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from routeopt.budget import Budget
from routeopt.errors import Fault
from routeopt.rules.rule import Violation
from routeopt.scenario.read import read_scenario
from routeopt.whatif.cases import parse
from routeopt.whatif.response import Response
from routeopt.whatif.run import Row, whatif, with_gains


def row(section, teams, visibility=0.5, **keys):
    return Row(section, str(teams), teams, {}, visibility=visibility, floors=1, **keys)


def test_the_fewest_teams_are_those_of_a_case_that_was_asked_for():
    """The scenario itself has fewer teams than all of them, and meets the floors too."""
    rows = with_gains([row("base", 6), row("teams", 8), row("teams", 9), row("teams", 7, unmet=("North",))])
    assert [one.teams for one in rows if one.fewest] == [8]
    rows = with_gains([row("base", 6), row("teams", 8, unmet=("North",))])
    assert not any(one.fewest for one in rows)


def test_gains_per_team_added():
    rows = with_gains([row("base", 6, 0.5), row("teams", 8, 0.6), row("teams", 9, 0.62), row("start", 6, 0.4)])
    assert [one.gain for one in rows] == [None, *map(pytest.approx, (0.05, 0.02, -0.1))]


def test_what_is_not_known_is_null_in_json():
    found = Response(2.0, 30.0, 0.0, 1.0, float("nan"), {"3": 0.0})
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["minutes"] is None


def test_reasons_come_back_from_other_processes():
    row = Row("teams", "1", 1, {}, error=(Fault("RO-653", "whatif", cases=3, most=2), Violation("gap", 0, 1)))
    assert pickle.loads(pickle.dumps(row)) == row


class Elsewhere(Executor):
    """A worker that has none of the files: another folder, and what it is given comes through a pipe."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.done = folder, 0

    def submit(self, fn, /, *args, **kwargs):
        fn, args, kwargs = pickle.loads(pickle.dumps((fn, args, kwargs)))
        future = Future()
        with contextlib.chdir(self.folder):
            future.set_result(fn(*args, **kwargs))
        self.done += 1
        return future


def test_workers_elsewhere_need_no_files(night, tmp_path, monkeypatch):
    file, far = night(teams=[{"name": "Foot 1", "mode": "foot", "start": "Station"}]), tmp_path / "far"
    far.mkdir()
    monkeypatch.chdir(file.parent)
    scenario = read_scenario(Path(file.name))
    asked, budget, executor = parse(teams="1,2", start="22:00"), Budget(iterations=3), Elsewhere(far)
    here = list(whatif(scenario, asked, budget=budget))
    there = list(whatif(scenario, asked, budget=budget, executor=executor))
    assert [(row.label, row.value, row.error) for row in there] == [
        (row.label, row.value, row.error) for row in here
    ]
    assert all(row.value > 0 for row in here)
    assert executor.done == len(here) - 1  # one case is the scenario itself
