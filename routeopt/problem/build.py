"""Scenario + streets + demand → Problem: the only place where names become indices."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.clock import Clock
from routeopt.demand.combine import combined_demand
from routeopt.demand.forecast.heatmap import Estimate
from routeopt.errors import Fault, InfeasibleError, Message, ScenarioError
from routeopt.guard import kind, refuse
from routeopt.problem import UNREACHABLE, Problem, Profile
from routeopt.problem.build_goals import add_goals, unknown_zones
from routeopt.problem.build_tasks import add_tasks, far_tasks, site_names, task_sites
from routeopt.problem.unreachable import around_posts, check_reach, unreachable_demand
from routeopt.scenario.model import FixedDemand, IncidentDemand, Scenario, SitePlace, VenueDemand
from routeopt.streets.cache import kept
from routeopt.streets.names import PlaceNames, street_of
from routeopt.streets.network import MODE_NAMES, Snap, StreetNetwork, project, snap, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.sight import sight_table
from routeopt.streets.sites import choose_sites
from routeopt.streets.travel import TravelTable, travel_table

log = logging.getLogger(__name__)
Progress = Callable[[str], None]

ZONE_RADIUS_M = 400.0
"""A demand point belongs to the community of the nearest listed site within this distance."""
LEAST_SHARE = 1e-7
"""Demand points with less than this share of the night's demand are left out."""


@dataclass(frozen=True)
class Built:
    """A problem with what reports need to draw it."""

    scenario: Scenario
    network: StreetNetwork
    problem: Problem
    snaps: dict[str, Snap]
    """mode → where the sites meet that mode's network."""
    notes: tuple[Message, ...]
    """What the streets, the demand, the tasks and the goals leave out or assume."""
    inputs: tuple[Path, ...]
    """Files that were read."""
    counts: tuple[tuple[str, int], ...] = ()
    """Kind of demand → how many incidents, venues or entries it stands on."""
    chosen: int = 0
    """Places chosen from demand, of the ``sites.count`` asked for."""
    estimates: tuple[Estimate, ...] = ()
    """What the demand makes of each source of incidents."""


def build(scenario: Scenario) -> Problem:
    """Build a scenario's problem; see `build_with_streets` for errors."""
    refuse(kind("scenario", scenario, Scenario))
    return build_with_streets(scenario).problem


def build_with_streets(scenario: Scenario, progress: Progress | None = None) -> Built:
    """Read streets and demand, choose sites, and compute what teams can do and see.

    Raises
    ------
    InputError
        If something in the scenario, the streets or the demand cannot be used.
    InfeasibleError
        If a team has no way between its posts.
    """
    began = time.perf_counter()

    def say(phase: str) -> None:
        log.debug("%s, after %.2f s", phase, time.perf_counter() - began)
        if progress is not None:
            progress(phase)

    say("reading streets")
    net = around_posts(scenario, read_streets(scenario.streets, scenario.folder, scenario.speeds))
    say("demand")
    demand = combined_demand(scenario, net, scenario.clock, progress=lambda what, done: say(f"{what} {done:.0%}"))
    say("sites")
    sites = _sites(scenario, net, _sound_places(scenario, net), demand.value)
    say("travel times and sight lines")
    points = _demand_points(demand.value)
    modes: list[str] = list(dict.fromkeys(team.mode for team in scenario.teams))
    snaps = {mode: snap(net, sites.x, sites.y, mode, scenario.streets.snap_limit_m) for mode in modes}
    profiles, reach = _by_mode(scenario, net, snaps, points)
    _check_posts(scenario, modes, profiles, apart=True)
    check_reach(scenario, net, demand.value, snaps, len(sites.x) - len(scenario.posts))
    _check_posts(scenario, modes, profiles)
    problem = Problem(
        clock=scenario.clock,
        demand=np.ascontiguousarray(demand.value[points]),
        level0=np.zeros(len(points)),
        profiles=tuple(profiles),
        site_names=tuple(sites.names),
        site_lat=sites.lat,
        site_lon=sites.lon,
        site_stoppable=sites.stoppable,
        site_zone=tuple(sites.zones),
        point_names=tuple(street_of(net.names[n]) for n in net.seg_name[points]),
        point_segment=points.astype(np.int32),
        point_zone=_point_zones(net, points, sites.x, sites.y, sites.zones),
        name=scenario.name,
        **_model(scenario),
        **_teams(scenario, modes),
        **_reached(scenario, reach),
    )
    problem, task_notes = add_tasks(problem, scenario, sites.of_task)
    problem, goal_notes = add_goals(problem, scenario)
    lost = unreachable_demand(net, demand.value, modes)
    notes = (*lost, *net.notes, *demand.notes, *_few(scenario, sites), *task_notes, *goal_notes)
    log.info(
        "built %d sites, %d demand points and %d teams in %.1f s",
        problem.n_sites, problem.n_points, problem.n_teams, time.perf_counter() - began,
    )  # fmt: skip
    estimates = tuple(estimate for _, estimate in demand.estimates)
    return Built(
        scenario, net, problem, snaps, notes, tuple(_inputs(scenario)), demand.counts, sites.chosen, estimates
    )


def _few(scenario: Scenario, sites: _Sites) -> list[Message]:
    """Note that fewer places were chosen than the scenario asks for."""
    asked = scenario.sites
    if sites.chosen >= asked.count:
        return []
    return [Message("build-sites-few", found=sites.chosen, asked=asked.count, spacing=asked.spacing_m)]


@dataclass(frozen=True)
class _Sites:
    """The posts, the station's own sites, the chosen ones and those added for tasks, in this order."""

    x: NDArray[np.float64]
    """(n_sites,) metres, as y."""
    y: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    names: list[str]
    zones: list[str]
    stoppable: NDArray[np.bool_]
    of_task: NDArray[np.int64]
    """(n_tasks,) the site of each task."""
    chosen: int
    """Number of those chosen."""


def _sites(scenario: Scenario, net: StreetNetwork, places: list[SitePlace], rates: NDArray[np.float64]) -> _Sites:
    """Choose sites where the demand is, beside the posts and the station's own; name them all."""
    n_posts, n_listed = len(scenario.posts), len(scenario.posts) + len(places)
    x, y = _positions(scenario, net, places)
    modes = dict.fromkeys(team.mode for team in scenario.teams)
    usable = net.stoppable & np.array([net.usable[mode] for mode in modes])
    chosen = choose_sites(
        net, rates.sum(axis=1), scenario.sites.count, scenario.sites.spacing_m, x[n_posts:], y[n_posts:], usable
    )
    mid_x, mid_y = _midpoints(net, chosen)
    x, y = np.concatenate([x, mid_x]), np.concatenate([y, mid_y])
    n_stops = len(x)
    of_task, x, y = task_sites(scenario, net, x, y)
    lat, lon = unproject(net, x, y)
    names = [p.name for p in scenario.posts] + [p.name for p in places]
    names += _chosen_names(net, chosen, set(names))
    names = site_names(scenario.tasks, of_task, names)
    zones = [""] * n_posts + [p.zone or "" for p in places] + [""] * (len(names) - n_listed)
    stoppable = (np.arange(len(names)) >= n_posts) & (np.arange(len(names)) < n_stops)
    return _Sites(x, y, lat, lon, names, zones, stoppable, of_task, len(chosen))


def _positions(
    scenario: Scenario, net: StreetNetwork, places: list[SitePlace]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project the posts and the station's own sites, metres."""
    lat = np.array([p.lat for p in scenario.posts] + [p.lat for p in places])
    lon = np.array([p.lon for p in scenario.posts] + [p.lon for p in places])
    return project(net, lat, lon)


def _demand_points(rates: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the segments whose demand counts."""
    return np.flatnonzero(rates.sum(axis=1) > LEAST_SHARE * rates.sum())


Reached = list[tuple[NDArray[np.int64], NDArray[np.int32]]]
"""Per handling radius, CSR pointer and points: those reached in time from each site."""


def _by_mode(
    scenario: Scenario, net: StreetNetwork, snaps: dict[str, Snap], points: NDArray[np.int64]
) -> tuple[list[Profile], list[Reached]]:
    """Compute per mode what teams can do and see, and what they reach in time."""
    point_of = np.full(net.n_segments, -1, dtype=np.int32)
    point_of[points] = np.arange(len(points), dtype=np.int32)
    profiles, reach = [], []
    for mode, on in snaps.items():
        table = travel_table(net, mode, on, scenario.clock.step_s)
        seen = sight_table(net, on, scenario.model.sight(mode))
        profile = _profile(mode, scenario.clock, table, seen, point_of)
        profiles.append(profile)
        reach.append(_response(scenario.model.handling_min, table, profile, len(points)))
    return profiles, reach


def _model(scenario: Scenario) -> dict[str, Any]:
    """Convert the model's numbers to fields of the problem."""
    model = scenario.model
    return {
        "dwell_steps": np.round(np.array(model.dwell_min) * 60 / scenario.clock.step_s).astype(np.int32),
        "dwell_effect": np.array(model.dwell_effect, dtype=np.float64),
        "passage_effect": model.passage_effect,
        "tau_s": model.tau_min * 60.0,
    }


def _teams(scenario: Scenario, modes: list[str]) -> dict[str, Any]:
    """Convert the teams to fields of the problem."""
    teams, n_steps = scenario.teams, scenario.clock.n_steps
    post = {p.name: n for n, p in enumerate(scenario.posts)}
    to_step = _steps(scenario.clock)
    return {
        "team_profile": np.array([modes.index(t.mode) for t in teams], dtype=np.int32),
        "team_factor": np.array([t.visibility_factor for t in teams], dtype=np.float64),
        "team_start_site": np.array([post[t.start] for t in teams], dtype=np.int32),
        "team_end_site": np.array([post[t.end or t.start] for t in teams], dtype=np.int32),
        "team_start_step": np.array([to_step(t.from_, up=True, default=0) for t in teams], dtype=np.int32),
        "team_end_step": np.array([to_step(t.until, up=False, default=n_steps) for t in teams], dtype=np.int32),
        "team_powers": np.array([t.powers for t in teams], dtype=np.bool_),
        "team_names": tuple(t.name for t in teams),
    }


def _reached(scenario: Scenario, reach: list[Reached]) -> dict[str, Any]:
    """Stack what each profile's sites reach in time."""
    radii = range(len(scenario.model.handling_min))
    return {
        "response_ptr": tuple(_stack_ptr([r[m][0] for r in reach]) for m in radii),
        "response_point": tuple(np.concatenate([r[m][1] for r in reach]) for m in radii),
        "handling_min": tuple(float(m) for m in scenario.model.handling_min),
    }


def _steps(clock: Clock) -> Callable[..., int]:
    """Return what converts minutes after the start day's midnight to steps, rounded into the shift."""

    def to_step(minutes: int | None, *, up: bool, default: int) -> int:
        if minutes is None:
            return default
        seconds = (minutes - clock.start_min) * 60
        return -(-seconds // clock.step_s) if up else seconds // clock.step_s

    return to_step


def _sound_places(scenario: Scenario, net: StreetNetwork) -> list[SitePlace]:
    """Read the station's own sites; refuse them, posts, tasks and goals if any cannot be used."""
    places, faults = _places(scenario)
    faults += _off_network(scenario, net, places)
    faults += far_tasks(scenario, net) + unknown_zones(scenario, places)
    if faults:
        raise ScenarioError(faults)
    return places


def _places(scenario: Scenario) -> tuple[list[SitePlace], list[Fault]]:
    """Read the station's own sites from the scenario and its CSV, with the faults of the latter."""
    places = list(scenario.sites.list_)
    faults: list[Fault] = []
    if scenario.sites.file is None:
        return places, faults
    path = scenario.folder / scenario.sites.file
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except FileNotFoundError:
        return places, [Fault("RO-401", path)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return places, [Fault("RO-402", path, reason=str(error))]
    if not rows:
        return places, [Fault("RO-404", path, 1)]
    missing = {"name", "lat", "lon"} - set(rows[0])
    if missing:
        return places, [Fault("RO-403", path, 1, names=sorted(missing))]
    taken = {place.name for place in places}
    for line, row in enumerate(rows, 2):
        try:
            place = SitePlace(
                name=row["name"].strip(),
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                zone=row.get("zone") or "",
            )
        except (TypeError, ValueError, AttributeError):
            got = {key: row[key] or "" for key in ("name", "lat", "lon")}
            faults.append(Fault("RO-405", path, line, None, **got))
            continue
        if place.name in taken:
            faults.append(Fault("RO-406", path, line, who=Message("place-site", name=place.name)))
        taken.add(place.name)
        places.append(place)
    return places, faults


def _off_network(scenario: Scenario, net: StreetNetwork, places: list[SitePlace]) -> list[Fault]:
    """Find posts and sites further from every street than the limit."""
    limit = scenario.streets.snap_limit_m
    found = snap(net, *_positions(scenario, net, places), None, limit)
    faults = []
    for n in np.flatnonzero(found.segment < 0):
        who = (
            Message("place-post", name=scenario.posts[n].name)
            if n < len(scenario.posts)
            else Message("place-site", name=places[n - len(scenario.posts)].name)
        )
        distance = float(found.distance_m[n])
        faults.append(Fault("RO-407", scenario.source, who=who, distance=distance, limit=limit))
    return faults


def _midpoints(net: StreetNetwork, segments: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the middle of each segment along its polyline, metres."""
    x, y = np.empty(len(segments)), np.empty(len(segments))
    for n, s in enumerate(segments):
        part = slice(net.geom_ptr[s], net.geom_ptr[s + 1])
        px, py = net.geom_x[part], net.geom_y[part]
        along = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(px), np.diff(py)))])
        x[n], y[n] = np.interp(along[-1] / 2, along, px), np.interp(along[-1] / 2, along, py)
    return x, y


def _profile(
    mode: str,
    clock: Clock,
    table: TravelTable,
    seen: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]],
    point_of: NDArray[np.int32],
) -> Profile:
    """Put times on the grid, and sight and passages on the demand points alone."""
    n = table.time_s.shape[0]
    finite = np.isfinite(table.time_s)
    steps = np.full((n, n), UNREACHABLE, dtype=np.int32)
    # two places on the same spot are still a step apart, so that time always passes between them
    steps[finite] = np.maximum(1, np.ceil(table.time_s[finite] / clock.step_s - 1e-9)).astype(np.int32)
    np.fill_diagonal(steps, 0)
    ptr, segment, rho = seen
    rows = np.repeat(np.arange(n), np.diff(ptr))
    keep = point_of[segment] >= 0
    order = np.lexsort((point_of[segment[keep]], rows[keep]))
    passes = _passages(clock, table, steps, point_of)
    return Profile(
        mode=mode,
        travel_steps=steps,
        travel_m=table.length_m,
        sight_ptr=np.searchsorted(rows[keep], np.arange(n + 1)).astype(np.int64),
        sight_point=point_of[segment[keep]][order],
        sight_rho=rho[keep][order].astype(np.float64),
        pass_ptr=passes[0],
        pass_point=passes[1],
        pass_step=passes[2],
        pass_present=passes[3],
        pass_leaves=passes[4],
    )


def _passages(
    clock: Clock, table: TravelTable, steps: NDArray[np.int32], point_of: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """List the segments passed, as one item per step touched (see Profile)."""
    rows = np.repeat(np.arange(len(table.ptr) - 1), np.diff(table.ptr))
    keep = point_of[table.segment] >= 0
    rows, point = rows[keep], point_of[table.segment[keep]]
    last = steps.reshape(-1)[rows] - 1
    enter = table.enter_s[keep].astype(np.float64) / clock.step_s
    leave = np.maximum(table.leave_s[keep].astype(np.float64) / clock.step_s, enter)
    first_step = np.minimum(enter.astype(np.int64), last)
    final_step = np.minimum(np.maximum(np.ceil(leave - 1e-9).astype(np.int64) - 1, first_step), last)
    count = final_step - first_step + 1
    item = np.repeat(np.arange(len(rows)), count)
    step = first_step[item] + np.arange(len(item)) - np.repeat(np.cumsum(count) - count, count)
    present = np.clip(np.minimum(leave[item], step + 1) - np.maximum(enter[item], step), 0.0, 1.0)
    ptr = np.searchsorted(rows[item], np.arange(len(table.ptr))).astype(np.int64)
    leaves = (step == final_step[item]).astype(np.float64)
    return ptr, point[item].astype(np.int32), step.astype(np.int32), present, leaves


def _response(
    minutes: tuple[float, ...] | list[float], table: TravelTable, profile: Profile, n_points: int
) -> Reached:
    """Find the points reached in time from each site, per handling radius.

    A point is reached when a site that sees it fully (ρ = 1), or, failing that, best, is; a site's own
    points are reached at once.
    """
    n = table.time_s.shape[0]
    best = np.zeros(n_points)
    np.maximum.at(best, profile.sight_point, profile.sight_rho)
    good = profile.sight_rho >= best[profile.sight_point] - 1e-9
    sites, points = profile.sight_site[good], profile.sight_point[good]
    found = []
    for limit in minutes:
        ptr, chunks = [0], []
        for i in range(n):
            near = table.time_s[i, sites] <= limit * 60
            near |= sites == i
            here = np.unique(points[near]).astype(np.int32)
            chunks.append(here)
            ptr.append(ptr[-1] + len(here))
        found.append((np.array(ptr, dtype=np.int64), np.concatenate(chunks)))
    return found


def _stack_ptr(ptrs: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Stack the CSR pointers of several profiles."""
    stacked = [ptrs[0][:1]]
    base = 0
    for ptr in ptrs:
        stacked.append(ptr[1:] + base)
        base += int(ptr[-1])
    return np.concatenate(stacked)


def _check_posts(scenario: Scenario, modes: list[str], profiles: list[Profile], *, apart: bool = False) -> None:
    """Check that every team can get from its start to its end (only where these are ``apart``) and elsewhere."""
    post = {p.name: n for n, p in enumerate(scenario.posts)}
    faults = []
    for team in scenario.teams:
        start, end = post[team.start], post[team.end or team.start]
        movement = profiles[modes.index(team.mode)]
        ways = movement.steps_from(start) + movement.steps_to(end)
        elsewhere = apart or np.sort(ways)[1:2].min(initial=UNREACHABLE) < UNREACHABLE
        if not movement.reachable(start, end) or not elsewhere:
            who = Message("place-team", name=team.name)
            values: dict[str, Any] = {
                "mode": MODE_NAMES[team.mode],
                "start": team.start,
                "end": team.end or team.start,
            }
            faults.append(Fault("RO-408", scenario.source, who=who, **values))
    if faults:
        raise InfeasibleError(faults)


def _chosen_names(net: StreetNetwork, segments: NDArray[np.int32], taken: set[str]) -> list[str]:
    """Name chosen sites after their streets (`PlaceNames`); repeated names are numbered."""
    places, names = PlaceNames(net), []
    for s in segments:
        street = places.of(int(s))
        name, n = street, 1
        while name in taken:
            n += 1
            name = f"{street} {n}"
        taken.add(name)
        names.append(name)
    return names


@kept("zones")
def _point_zones(
    net: StreetNetwork,
    points: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    zone: list[str],
) -> tuple[str, ...]:
    """Find the community of each demand point: that of the nearest site that has one."""
    named = [n for n, z in enumerate(zone) if z]
    if not named:
        return ("",) * len(points)
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack([x[named], y[named]]))
    u, v = net.seg_u[points], net.seg_v[points]
    middle = np.column_stack([(net.node_x[u] + net.node_x[v]) / 2, (net.node_y[u] + net.node_y[v]) / 2])
    distance, nearest = tree.query(middle, distance_upper_bound=ZONE_RADIUS_M)
    return tuple(zone[named[i]] if np.isfinite(d) else "" for d, i in zip(distance, nearest, strict=True))


def _inputs(scenario: Scenario) -> list[Path]:
    """List the scenario itself and the files that it names."""
    names = [scenario.streets.file, scenario.sites.file]
    for source in scenario.demand:
        if isinstance(source, IncidentDemand):
            names += [one.file for one in source.sources]
        elif isinstance(source, FixedDemand | VenueDemand):
            names.append(source.file)
    return [scenario.source, *(scenario.folder / name for name in names if name)]
