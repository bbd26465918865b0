"""A model city of many stations, each of the size of 五里亭: streets, places, what is busy, a scenario.

uv run python -m benchmarks.city DIR
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from routeopt.streets.synthetic import Town, Unit, make_town, write_osm, write_places

WIDTH_M, HEIGHT_M = 3200.0, 2600.0
"""Of the area of one station."""
COMPOUNDS, VENUES, DISTRICTS = 46, 134, 3
"""In the area of one station."""
MODES = {"foot": "步巡", "ebike": "电动车", "car": "车巡"}
"""Mode → the name of its teams."""
MIX = ("foot", "foot", "ebike", "car")
"""Modes of the teams of a station, in turn."""
BUSY: dict[str, tuple[float, float, str, str]] = {
    "amenity=marketplace": (5, 120, "19:00", "23:30"), "amenity=fast_food": (4, 100, "21:00", "01:30+1"),
    "amenity=nightclub": (6, 150, "23:30", "02:00+1"), "shop=mall": (4, 220, "19:00", "22:00"),
    "amenity=school": (3, 200, "21:20", "22:20"),
}  # fmt: skip
"""Class of places that stations know to be busy → weight, radius in metres, from, until."""


def model_city(stations: int, seed: int) -> Town:
    """The town: ``stations`` communities on as many times the area, compounds and venues of one station."""
    side = math.sqrt(stations)
    return make_town(
        seed, side * WIDTH_M, side * HEIGHT_M, n_communities=stations, n_compounds=stations * COMPOUNDS,
        n_districts=round(side * DISTRICTS), n_venues=stations * VENUES,
    )  # fmt: skip


def posts(town: Town) -> list[dict[str, Any]]:
    """A station in each community, at the crossing of arterials nearest to its middle."""
    ends = sorted({node for edge in town.edges if edge.kind == "avenue" for node in (edge.a, edge.b)})
    found = []
    for name, x, y in town.centres:
        node = min(ends, key=lambda k: math.dist(town.xy[k], (x, y)))
        ends.remove(node)
        lat, lon = town.latlon(*town.xy[node])
        station = name.removesuffix("社区") + "派出所"
        found.append({"name": station, "lat": round(float(lat), 6), "lon": round(float(lon), 6)})
    return found


def crews(stations: Sequence[str], teams: int) -> list[dict[str, Any]]:
    """Teams in turn to every station, on foot, by e-bike and by car; a second one on foot begins an hour later."""
    found, number = [], dict.fromkeys(((post, mode) for post in stations for mode in MODES), 0)
    for n in range(teams):
        post, mode = stations[n % len(stations)], MIX[n // len(stations) % len(MIX)]
        number[post, mode] += 1
        name = f"{post.removesuffix('派出所')}{MODES[mode]}{number[post, mode]}组"
        late = {"from": "20:00"} if mode == "foot" and number[post, mode] == 2 else {}
        found.append({"name": name, "mode": mode, "start": post, **late})
    return found


def write_busy(town: Town, path: Path) -> None:
    """Write the places that stations know to be busy, as CSV."""
    known: list[Unit] = [unit for unit in town.units if unit.kind in BUSY]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["name", "lat", "lon", "weight", "radius_m", "from", "until"])
        for unit in known:
            lat, lon = town.latlon(unit.x, unit.y)
            writer.writerow([unit.name, f"{lat:.6f}", f"{lon:.6f}", *BUSY[unit.kind]])


def write_city(folder: Path, stations: int = 26, teams: int = 200, seed: int = 7) -> Path:
    """Write town.osm.gz, places.csv, busy.csv and city.yaml, which is returned; a seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    town = model_city(stations, seed)
    write_osm(town, folder / "town.osm.gz")
    write_places(town, folder / "places.csv")
    write_busy(town, folder / "busy.csv")
    stands = posts(town)
    scenario = {
        "routeopt": 1, "name": f"模型城市：{stations} 个派出所，{teams} 个巡组",
        "shift": {"start": "19:00", "end": "02:00+1", "timezone": "Asia/Shanghai"},
        "streets": {"file": "town.osm.gz"},
        "posts": stands, "teams": crews([post["name"] for post in stands], teams),
        "demand": [
            {"kind": "venues", "share": 3, "weights": {"amenity=marketplace": 5, "amenity=nightclub": 6}},
            {"kind": "fixed", "share": 2, "file": "busy.csv"},
        ],
        "sites": {"file": "places.csv", "count": 0},
    }  # fmt: skip
    path = folder / "city.yaml"
    text = yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False, default_flow_style=None, width=115)
    command = f"uv run python -m benchmarks.city DIR --stations {stations} --teams {teams} --seed {seed}"
    path.write_text(f"# A MODEL city, no real place. Made by: {command}\n{text}", encoding="utf-8")
    return path


def main(
    folder: Annotated[Path, typer.Argument(help="Folder for the files.", show_default=False)],
    stations: Annotated[int, typer.Option(help="Number of stations, each with 180 places.", min=1, max=100)] = 26,
    teams: Annotated[int, typer.Option(help="Number of teams.", min=1, max=500)] = 200,
    seed: Annotated[int, typer.Option(help="Draws the streets and the places.", min=0)] = 7,
) -> None:
    """Write a model city to plan."""
    path = write_city(folder, stations, teams, seed)
    sys.stderr.write(f"wrote {path}; next: routeopt plan {path}\n")


if __name__ == "__main__":
    typer.run(main)
