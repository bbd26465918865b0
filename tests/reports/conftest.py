"""A small night with awkward names, planned, for the files' tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routeopt.build import build_night
from routeopt.reports.export import Export
from routeopt.reports.gather import gather
from routeopt.scenario_file import read_scenario
from routeopt.solve import solve
from routeopt.stop import MaxIterations

TEAMS = ("巡逻一组/东", "巡逻一组:东", 'Foot & <3> "quoted"')
SITES = [
    {"name": "=东湖路 & 夜市", "lat": 26.0018, "lon": 119.003, "zone": "东湖社区"},
    {"name": "@月平弄/烧烤", "lat": 26.0005, "lon": 119.003, "zone": "东湖社区"},
    {"name": "'Blue' <bar>", "lat": 26.0012, "lon": 119.003, "zone": 'North, "upper"'},
    {"name": "West gate", "lat": 26.001, "lon": 119.0},
]
SHIFT = {"start": "23:00", "end": "01:30+1", "date": "2026-05-15", "timezone": "Asia/Shanghai"}


@pytest.fixture
def make_night(night):
    """Plans a night and gathers it; options as scenario keys, `export` and `lang`."""

    def make(export=None, lang="en", iterations=20, **changes):
        teams = [{"name": name, "mode": "foot", "start": "Station"} for name in TEAMS]
        entries = [{"name": "Market", "lat": 26.002, "lon": 119.003, "radius_m": 150}]
        scenario = {
            "name": "五里亭 <夜> & 巡",
            "shift": SHIFT,
            "teams": teams,
            "demand": [{"kind": "venues"}, {"kind": "fixed", "entries": entries}],
            "sites": {"count": 0, "list": SITES},
        }
        built = build_night(read_scenario(night(**(scenario | changes))))
        result = solve(built.problem, MaxIterations(iterations), seed=1)
        return replace(gather(built, result), lang=lang, export=export or Export())

    return make
