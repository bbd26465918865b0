"""Put a scenario's cameras on the demand points and steps of its problem."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from routeopt.border import bordered
from routeopt.errors import Fault, InputError, Message
from routeopt.problem import Problem
from routeopt.problem.cameras import Cameras, Operator
from routeopt.problem.unreachable import far_places
from routeopt.scenario.cameras import Camera
from routeopt.scenario.faults import KeyPath, dotted
from routeopt.scenario.model import Scenario
from routeopt.scenario.parts import Part
from routeopt.scenario.read import fault_in
from routeopt.scenario.windows import check_window
from routeopt.streets.network import StreetNetwork, project, snap
from routeopt.streets.views import camera_views
from routeopt.validation import one_of

NUMBERS = ("lat", "lon", "range_m", "bearing", "field")
TIMES = ("from", "until")
ROUND = 360.0


def read_cameras(scenario: Scenario, net: StreetNetwork) -> tuple[list[Camera], list[Fault]]:
    """Read the cameras of the scenario and of its file, with what is wrong with them or the operators' lists."""
    if scenario.cameras is None:
        return [], []
    cameras, faults = list(scenario.cameras.list_), list[Fault]()
    if scenario.cameras.file is not None:
        more, faults = _of_file(scenario.folder / scenario.cameras.file, scenario)
        cameras += more
    names = [camera.name for camera in cameras]
    faults += [
        fault_in(scenario, "RO-406", ("cameras",), who=Message("place-camera", name=name))
        for name in dict.fromkeys(name for n, name in enumerate(names) if name in names[:n])
    ]
    if not faults:
        faults += _far(scenario, net, cameras)
        for n, operator in enumerate(scenario.operators):
            faults += [
                fault_in(
                    scenario, "RO-479", ("operators", n, "cameras", m),
                    who=Message("place-operator", name=operator.name), camera=name, hint=one_of(name, names),
                )
                for m, name in enumerate(operator.cameras)
                if name not in names
            ]  # fmt: skip
    return cameras, faults


def camera_arrays(
    problem: Problem, scenario: Scenario, net: StreetNetwork, cameras: list[Camera]
) -> Cameras | None:
    """Find what the cameras show of the problem's demand points; None without any."""
    if not cameras:
        return None
    lat, lon, reach = (np.array([getattr(one, key) for one in cameras]) for key in ("lat", "lon", "range_m"))
    at = snap(net, *project(net, lat, lon), None, scenario.streets.snap_limit_m)
    bearing = np.array([one.bearing or 0.0 for one in cameras])
    field = np.array([ROUND if one.bearing is None else one.field for one in cameras])
    ptr, segment, share = camera_views(net, at, reach, bearing, field)
    point = np.full(net.n_segments, -1, dtype=np.int64)
    point[problem.point_segment] = np.arange(problem.n_points)
    wanted = point[segment] >= 0
    row = np.repeat(np.arange(len(cameras)), np.diff(ptr))[wanted]
    hours = np.array([_steps(problem, one) for one in cameras])
    number = {one.name: n for n, one in enumerate(cameras)}
    operators = tuple(
        Operator(
            one.name, one.capacity, *_steps(problem, one),
            tuple(sorted(number[name] for name in set(one.cameras) or number)),
        )
        for one in scenario.operators
    )  # fmt: skip
    return Cameras(
        tuple(number), lat, lon, np.searchsorted(row, np.arange(len(cameras) + 1)).astype(np.int64),
        point[segment[wanted]], share[wanted], hours[:, 0], hours[:, 1], operators,
    )  # fmt: skip


def _steps(problem: Problem, part: Part) -> tuple[int, int]:
    """First step of an entry's time, and first step after it, within the plan."""
    clock = problem.clock
    since, until = (getattr(part, key) for key in ("from_", "until"))
    begin = 0 if since is None else clock.step_at(since, up=True)
    end = clock.n_steps if until is None else clock.step_at(until)
    return min(max(begin, 0), clock.n_steps), min(max(end, 0), clock.n_steps)


def _far(scenario: Scenario, net: StreetNetwork, cameras: list[Camera]) -> list[Fault]:
    """Find cameras further from every street than the limit."""
    lat, lon = (np.array([getattr(one, key) for one in cameras], dtype=float) for key in ("lat", "lon"))
    who = [Message("place-camera", name=one.name) for one in cameras]
    return far_places(scenario, net, *project(net, lat, lon), who)


@bordered("text")
def _of_file(path: Path, scenario: Scenario) -> tuple[list[Camera], list[Fault]]:
    """Read the cameras of a CSV, with its faults."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            rows, header = list(reader), reader.fieldnames or ()
    except FileNotFoundError:
        return [], [Fault("RO-401", path)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return [], [Fault("RO-402", path, reason=str(error))]
    missing = {"name", "lat", "lon"} - set(header)
    if missing:
        return [], [Fault("RO-241", path, 1, reason=Message("cameras-columns", names=sorted(missing)))]
    cameras: list[Camera] = []
    faults: list[Fault] = []
    for line, row in enumerate(rows, 2):
        try:
            one = _camera(row)
            cameras.append(one)
            say = partial(_fault_of_row, path, line)
            who = Message("place-camera", name=one.name)
            faults += check_window(scenario, say, (), who, one.from_, one.until, within=True)
        except InputError as error:
            first = error.faults[0]
            faults.append(Fault("RO-241", path, line, reason=Message(first.code, **first.values)))
        except ValueError as error:
            faults.append(Fault("RO-241", path, line, reason=str(error)))
    return cameras, faults


def _fault_of_row(path: Path, line: int, code: str, place: KeyPath, **values: Any) -> Fault:
    return Fault(code, path, line, key=dotted(place) or "from", **values)


def _camera(row: Mapping[str, str | None]) -> Camera:
    """Convert a row of a CSV; empty cells are left out."""
    cells = {key: (text or "").strip() for key, text in row.items() if isinstance(text, str) and text.strip()}
    numbers = {key: float(cells[key]) for key in NUMBERS if key in cells}
    times = {key: cells[key] for key in TIMES if key in cells}
    values: dict[str, Any] = {"name": cells.get("name", ""), **numbers, **times}
    return Camera(**values)
