"""The written files: round trips, hostile names, nothing from the network, and a real browser."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from routeopt import Situation, TeamState, replan
from routeopt.budget import Budget
from routeopt.errors import InputError
from routeopt.evaluation import visibility
from routeopt.exchange import plan_json
from routeopt.exchange.edited.reader import read_edited
from routeopt.exchange.plan_json import read_plan, read_result
from routeopt.plan import Plan, Route
from routeopt.problem.activities import Kind
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.reports.formats import FORMATS
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from tests.programs import program

ROOT = Path(__file__).resolve().parents[2]
EVIL = "</script><script>alert(1)</script>{{ data }}{% raise %}<!--\u2028"


@pytest.fixture
def written(night, tmp_path):
    path = night(name=EVIL, teams=[{"name": EVIL, "mode": "foot", "start": "Station"}])
    built = build_with_streets(read_scenario(path))
    result = solve(built.problem, Budget(iterations=5), seed=1)
    for name, write in FORMATS.items():
        write(build_model(built, result), tmp_path / name)
    return built, result, tmp_path


def dump_dom(page, tmp_path):
    browser = program("chromium", "google-chrome")
    return subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=4000", "--enable-logging=stderr",
            "--dump-dom", page.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip


def test_plan_json_reads_back_as_the_same_plan(written):
    built, result, folder = written
    assert read_plan(folder / "plan.json", built.problem) == result.plan


@pytest.fixture
def tasked(night, tmp_path):
    task = {"name": "Knock", "lat": 26.0, "lon": 119.003, "service_min": 8, "mandatory": True}
    built = build_with_streets(read_scenario(night(tasks=[task | {"windows": [["19:40", "20:00"]]}])))
    result = solve(built.problem, Budget(iterations=5), seed=1)
    for name, write in FORMATS.items():
        write(build_model(built, result), tmp_path / name)
    return built, result, tmp_path


def test_plan_with_a_task_reads_back_as_the_same_plan(tasked):
    built, result, folder = tasked
    assert read_plan(folder / "plan.json", built.problem) == result.plan
    plan = json.loads((folder / "plan.json").read_text())
    (visit,) = [v for route in plan["routes"] for v in route["visits"] if "task" in v]
    assert (visit["task"], visit["site"], "dwell" in visit) == ("Knock", "Knock", False)
    assert "19:40" <= visit["start"] <= "20:00"
    assert plan["figures"]["tasks"] == {"done": 1, "of": 1, "reward": 0.01, "left_out": []}
    assert plan["figures"]["value"] == pytest.approx(plan["figures"]["visibility"] + 0.01)


def test_plan_with_a_task_that_the_scenario_lacks(tasked):
    built, _, folder = tasked
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"task": "Knock"', '"task": "Ring"'))
    with pytest.raises(InputError, match='task "Ring" is not in this scenario'):
        read_plan(path, built.problem)


def test_a_stop_says_that_it_is_a_task(tasked):
    features = json.loads((tasked[2] / "routes.geojson").read_text())["features"]
    reasons = [f["properties"]["reason"] for f in features if f["properties"].get("site") == "Knock"]
    assert any(r == "order that must be carried out, to begin 19:40–20:00" for r in reasons)


def test_geojson_stops_lie_on_the_map(written):
    _, result, folder = written
    features = json.loads((folder / "routes.geojson").read_text())["features"]
    stops = [f for f in features if f["properties"]["kind"] == "stop"]
    assert len(stops) == sum(len(r.visits) for r in result.plan.routes)
    lon, lat = np.array([f["geometry"]["coordinates"] for f in stops]).T
    assert ((lat > 25.999) & (lat < 26.003) & (lon > 118.999) & (lon < 119.004)).all()
    for track in (f for f in features if f["properties"]["kind"] == "route"):
        assert track["properties"]["time_s"] == sorted(track["properties"]["time_s"])


def test_report_asks_the_network_for_nothing(written):
    page = (written[2] / "report.html").read_text()
    assert not re.search(r"(src|href)\s*=|url\(|@import|fetch\(|XMLHttp", page)
    assert "default-src 'none'" in page


def test_names_cannot_become_markup(written):
    page = (written[2] / "report.html").read_text()
    assert "<script>alert" not in page


@pytest.mark.browser
def test_report_draws_in_a_browser(written, tmp_path):
    done = dump_dom(written[2] / "report.html", tmp_path)
    assert re.search(r'data-ready="1"|ready="1"', done.stdout)
    assert "CONSOLE" not in done.stderr
    assert len(re.findall("<tr", done.stdout)) > 5


@pytest.mark.browser
def test_wuliting_report_in_a_browser(wuliting, tmp_path):
    result = solve(wuliting.problem, Budget(iterations=1), seed=1)
    FORMATS["report.html"](build_model(wuliting, result), tmp_path / "report.html")
    done = dump_dom(tmp_path / "report.html", tmp_path)
    assert 'ready="1"' in done.stdout
    assert "步巡1组" in done.stdout


def test_a_plan_read_back_has_the_same_value(tmp_path):
    """Rewards of tasks count, as the search counts them."""
    built = build_with_streets(read_scenario(ROOT / "scenarios" / "wuliting" / "tasks.yaml"))
    result = solve(built.problem, Budget(iterations=5), seed=1)
    plan_json.write(build_model(built, result), tmp_path / "plan.json")
    again = read_result(tmp_path / "plan.json", built.problem)
    assert again.value == pytest.approx(result.value, rel=1e-9)
    assert again.value > visibility(built.problem, result.plan)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_replanned_night_is_written_and_reads_back(night, tmp_path, lang):
    """Being away, waiting and fixed stops reach every format."""
    built = build_with_streets(read_scenario(night()))
    plan = solve(built.problem, Budget(iterations=5), seed=1).plan
    stop = plan.routes[0].visits[0]
    sent = Situation(stop.start + 2, {0: TeamState(stop.site, stop.start + 20)})
    found = replan(built.problem, plan, sent, Budget(iterations=5))
    *past, last = found.plan.routes[0].visits
    kinds = [built.problem.activities.kind[visit.activity] for visit in past]
    assert Kind.AWAY in kinds
    assert Kind.WAIT in kinds
    kept = replace(found, plan=Plan((Route(0, (*past, last._replace(fixed=True))), *found.plan.routes[1:])))
    report = build_model(built, kept, lang)
    for name, write in FORMATS.items():
        write(report, tmp_path / name)
    assert read_plan(tmp_path / "plan.json", built.problem) == kept.plan
    for name in ("plan.xlsx", "stops.csv", "routes.geojson"):
        assert read_edited(tmp_path / name, built.problem, kept.plan).plan == kept.plan
    away = "not available" if lang == "en" else "不可调用"
    assert sum(away in shown.reason for shown in report.stops) == 1
    assert not report.violations
