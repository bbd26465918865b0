"""The list of places of a trial: what it writes, a scenario reads."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from routeopt.cells import FORMULA
from routeopt.problem.build import build_with_streets
from routeopt.scenario.read import read_scenario
from routeopt.trial.places import write_places

NAMES = ("=gate", "@square", "'quoted'", "-2 floor", "market")


@pytest.mark.parametrize("zone", ["", "+north"])
def test_names_come_back_as_they_were(night, tmp_path, zone):
    rows = "".join(f"{name},{26 + n * 0.0005:.4f},119.0\n" for n, name in enumerate("abcde"))
    (tmp_path / "own.csv").write_text(f"name,lat,lon\n{rows}", encoding="utf-8")
    path = night(sites={"file": "own.csv", "count": 0})
    problem = build_with_streets(read_scenario(path)).problem
    own = [problem.site_names.index(name) for name in "abcde"]
    named = dict(zip(own, NAMES, strict=True))
    odd = replace(
        problem,
        site_names=tuple(named.get(k, name) for k, name in enumerate(problem.site_names)),
        site_zone=(zone,) * problem.n_sites,
    )
    write_places(odd, own, tmp_path / "own.csv")
    with (tmp_path / "own.csv").open(encoding="utf-8-sig") as handle:
        cells = [row[key] for row in csv.DictReader(handle) for key in ("name", "zone")]
    assert not any(cell.startswith(FORMULA) for cell in cells)
    again = build_with_streets(read_scenario(path)).problem
    assert set(NAMES) <= set(again.site_names)
    assert {again.site_zone[again.site_names.index(name)] for name in NAMES} == {zone}
