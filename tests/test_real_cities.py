"""Whole nights on real streets: eight teams in three cities."""

from __future__ import annotations

import pytest
import yaml

from routeopt.budget import Budget
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.formats import FORMATS
from routeopt.rules import check
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve

MODES = ("foot", "foot", "foot", "ebike", "ebike", "bike", "car", "car")
MARKETS = [(31.2304 + dy, 121.4737 + dx) for dy in (-0.006, 0.0, 0.006) for dx in (-0.006, 0.0, 0.006)]
CITIES = {
    "baltimore": ("baltimore.osm.pbf", (39.2881, -76.5734), {"kind": "venues"}),
    "washington": (
        "washington_dc.osm.pbf",
        (38.9072, -77.0369),
        {
            "kind": "incidents", "file": "incidents/washington_dc_2019_30days.csv",
            "columns": {"lat": "LATITUDE", "lon": "LONGITUDE", "time": "START_DATE", "type": "OFFENSE"},
        },
    ),
    "shanghai": (
        "shanghai_center.osm.gz",
        (31.2304, 121.4737),
        {
            "kind": "fixed",
            "entries": [{"name": f"m{n}", "lat": a, "lon": o} for n, (a, o) in enumerate(MARKETS)],
        },
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("city", CITIES)
def test_night_for_eight_teams(shared_data, tmp_path, city):
    streets, (lat, lon), demand = CITIES[city]
    for name in ("osm", "incidents"):
        (tmp_path / name).symlink_to(shared_data / name)
    scenario = {
        "routeopt": 1, "name": city, "shift": {"start": "19:00", "end": "02:00+1"},
        "streets": {"file": f"osm/{streets}", "snap_limit_m": 300},
        "posts": [{"name": "Station", "lat": lat, "lon": lon}],
        "teams": [{"name": f"Team {n}", "mode": mode, "start": "Station"} for n, mode in enumerate(MODES)],
        "demand": [demand], "sites": {"count": 80},
    }  # fmt: skip
    (tmp_path / "night.yaml").write_text(yaml.safe_dump(scenario, allow_unicode=True))
    built = build_with_streets(read_scenario(tmp_path / "night.yaml"))
    result = solve(built.problem, Budget(iterations=200), seed=1)
    assert check(built.problem, result.plan) == []
    assert result.value > 0.05
    assert all(len(route.visits) > 5 for route in result.plan.routes)
    FORMATS["report.html"](build_model(built, result), tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size > 100_000
