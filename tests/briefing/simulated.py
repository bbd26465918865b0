"""A week at the model town, made up with a seed: incidents drawn from λ, plans, what was done of them.

``python -m tests.briefing.simulated FOLDER`` writes it, with the briefing of its last morning in both languages.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from routeopt.budget import Budget
from routeopt.demand.combine import combined_demand
from routeopt.exchange.plan_json import write
from routeopt.problem.build import build_with_streets
from routeopt.reports.build_model import build_model
from routeopt.scenario.read import read_scenario
from routeopt.solving import solve
from routeopt.streets.network import unproject
from routeopt.streets.osm import read_streets
from tests.conftest import ROOT

TOWN = ROOT / "scenarios" / "wuliting"
FIRST = dt.date(2026, 5, 1)
HISTORY = 60
"""Days of incidents before the week."""
A_NIGHT = 7.0
"""Incidents of a night on average."""
KINDS = {"盗窃": 0.3, "打架斗殴": 0.25, "噪音扰民": 0.2, "纠纷": 0.25}
REASONS = ("处警", "来不及", "已关门", "道路封闭")
HEADER = ("编号", "接警时间", "警情类别", "纬度", "经度")
DUE = ("东湖社区回访", "明珠小区纠纷回访", "夜市摊位检查", "网吧检查", "出租屋走访")


def scenario_of(folder: Path, date: dt.date, incidents: Path) -> Path:
    """Write the station's scenario of a night, with incidents and follow-ups."""
    text = yaml.safe_load((TOWN / "night.yaml").read_text(encoding="utf-8"))
    text["shift"]["date"] = date.isoformat()
    text["streets"]["file"] = str(TOWN / text["streets"]["file"])
    text["sites"]["file"] = str(TOWN / text["sites"]["file"])
    text["demand"].append({"kind": "incidents", "file": str(incidents), "share": 4, "repeat_boost": 2.0})
    rows = list(csv.DictReader((TOWN / "places.csv").read_text(encoding="utf-8-sig").splitlines()))
    rng = np.random.default_rng(date.toordinal())
    picked = rng.choice(len(rows), size=len(DUE), replace=False)
    text["tasks"] = [
        {
            "name": name, "lat": float(rows[k]["lat"]), "lon": float(rows[k]["lon"]), "service_min": 10,
            "windows": [["19:30", "22:00"]], "reward": 0.01, "mandatory": n == 1,
        }
        for n, (name, k) in enumerate(zip(DUE, picked.tolist(), strict=True))
    ]  # fmt: skip
    text["tasks"].append({
        "name": "旧街深夜检查", "lat": 26.666047, "lon": 119.545416, "service_min": 120,
        "windows": [["23:30", "23:40"]], "reward": 0.0001,
    })  # fmt: skip
    text["goals"] = [
        {"name": "兰亭社区", "zone": "兰亭社区", "at_least": 0.2},
        {"name": "三分钟到场", "at_least": 0.995, "within_min": 3},
    ]
    path = folder / f"{date}.yaml"
    path.write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    return path


class Town:
    """Draws incidents from the town's own λ (venues and what the station knows), and a series of its own."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        scenario = read_scenario(TOWN / "night.yaml")
        self.clock = scenario.clock
        self.net = read_streets(scenario.streets, scenario.folder, scenario.speeds)
        lam = combined_demand(scenario, self.net, scenario.clock)
        self.table = lam.at(np.arange(self.net.n_segments))
        self.shape = self.table.shape
        self.cumulated = np.cumsum(self.table.ravel())

    def night(self, date: dt.date, series: bool) -> list[tuple[str, ...]]:
        """The incidents of a night: a Poisson number, each by λ; of a series one more, on a quiet street."""
        rng = self.rng
        cells = np.searchsorted(self.cumulated, rng.random(rng.poisson(A_NIGHT)) * self.cumulated[-1])
        rows = [np.unravel_index(cell, self.shape) for cell in cells]
        kinds = rng.choice(list(KINDS), size=len(rows), p=list(KINDS.values())).tolist()
        if series:
            quiet = int(np.argsort(self.table.sum(axis=1))[self.shape[0] // 3])
            rows.append((quiet, int(rng.integers(60, 200))))
            kinds.append("入室盗窃")
        found = []
        for (segment, step), kind in zip(rows, kinds, strict=True):
            when = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=self.clock.start_min + int(step))
            u, v = self.net.seg_u[[segment]], self.net.seg_v[[segment]]
            lat, lon = unproject(
                self.net,
                (self.net.node_x[u] + self.net.node_x[v]) / 2,
                (self.net.node_y[u] + self.net.node_y[v]) / 2,
            )
            found.append((f"{when:%Y-%m-%d %H:%M}", kind, f"{lat[0]:.6f}", f"{lon[0]:.6f}"))
        return found


def write_incidents(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(HEADER)
        table.writerows((f"J{n:05d}", *row) for n, row in enumerate(rows))


def planned(scenario: Path, folder: Path, budget: Budget) -> Path:
    """Plan a night as the command line does."""
    built = build_with_streets(read_scenario(scenario))
    report = build_model(built, solve(built.problem, budget, seed=1), "zh")
    folder.mkdir(exist_ok=True)
    write(report, folder / "plan.json")
    return folder / "plan.json"


def simulate(folder: Path, seed: int = 7, nights: int = 7, budget: Budget | None = None) -> dict[str, Any]:
    """Write the week, and return the arguments of the briefing on its last morning.

    Plans are made for the last night and for the one to come alone.
    """
    import json

    folder.mkdir(parents=True, exist_ok=True)
    budget = budget or Budget(seconds=6)
    town = Town(seed)
    days = [FIRST + dt.timedelta(days=n - HISTORY) for n in range(HISTORY + nights)]
    listed = {day: town.night(day, series=n >= HISTORY + nights - 4) for n, day in enumerate(days)}
    last = days[-1]
    known, fresh = [row for day in days[:-1] for row in listed[day]], listed[last]
    day_time = town.night(last + dt.timedelta(days=1), series=False)[:3]
    fresh += [(f"{last + dt.timedelta(days=1)} {9 + n}:30", *row[1:]) for n, row in enumerate(day_time)]
    write_incidents(folder / "known.csv", known)
    write_incidents(folder / "since.csv", fresh)
    write_incidents(folder / "all.csv", known + fresh)
    before = planned(scenario_of(folder, last, folder / "known.csv"), folder / "last", budget)
    tonight = scenario_of(folder, last + dt.timedelta(days=1), folder / "all.csv")
    plan = planned(tonight, folder / "tonight", budget)
    rng = np.random.default_rng(seed)
    with (folder / "done.csv").open("w", encoding="utf-8-sig", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(("队伍", "地点", "时间", "完成", "原因"))
        for route in json.loads(before.read_text(encoding="utf-8"))["routes"]:
            for visit in route["visits"]:
                if "wait_steps" not in visit and "away_steps" not in visit and rng.random() < 0.97:
                    made = rng.random() < 0.9
                    reason = "" if made else str(rng.choice(REASONS))
                    name = visit.get("task") or visit["site"]
                    table.writerow((route["team"], name, visit["start"], "是" if made else "否", reason))
    carry = [
        {"name": DUE[0], "due": str(last + dt.timedelta(days=1)), "nights": 2},
        {"name": DUE[1], "due": str(last)}, {"name": "鹤峰社区反诈宣传", "due": str(last + dt.timedelta(days=4))},
    ]  # fmt: skip
    (folder / "carry.yaml").write_text(yaml.safe_dump(carry, allow_unicode=True), encoding="utf-8")
    return {
        "scenario": tonight, "last": before, "done": folder / "done.csv", "incidents": folder / "since.csv",
        "plan": plan, "carry": folder / "carry.yaml",
    }  # fmt: skip


if __name__ == "__main__":
    from routeopt.briefing.gather import gather
    from routeopt.reports.briefing.page import write as write_page

    where = Path(sys.argv[1])
    given = simulate(where)
    found = gather(
        read_scenario(given["scenario"]), given["last"], done_file=given["done"],
        incidents_file=given["incidents"], plan_file=given["plan"], carry_file=given["carry"],
    )  # fmt: skip
    for lang in ("en", "zh"):
        write_page(found, where / f"briefing.{lang}.html", lang)
