"""Scenario + streets + demand → Problem: the only place where names become indices."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routeopt.border import border
from routeopt.cells import unguarded
from routeopt.clock import Clock
from routeopt.demand.combine import CombinedDemand, combined_demand
from routeopt.demand.forecast.heatmap import Estimate
from routeopt.errors import Fault, InfeasibleError, Message, ScenarioError, one_line
from routeopt.guard import kind, refuse
from routeopt.problem import UNREACHABLE, Problem, Profile
from routeopt.problem.build_areas import ReadAreas, add_areas, read_areas
from routeopt.problem.build_cameras import camera_arrays, read_cameras
from routeopt.problem.build_duties import add_duties, with_posts
from routeopt.problem.build_goals import add_goals
from routeopt.problem.build_must_visits import Duties, Tonight, add_must_visits, tonight, unknown_must_visits
from routeopt.problem.build_periods import MovingInTime, check_starts, in_time
from routeopt.problem.build_profiles import by_mode, stacked
from routeopt.problem.build_tasks import add_tasks, far_tasks, numbered, site_names, task_sites
from routeopt.problem.build_zones import ReadZones, add_homes, labels, layers_of, read_zones, unknown_zones
from routeopt.problem.cameras import Cameras
from routeopt.problem.changed_streets import ChangedStreets, changed_streets, no_stopping
from routeopt.problem.sizes import Sizes, refuse_problem
from routeopt.problem.unreachable import around_posts, check_reach, far_places, unreachable_demand
from routeopt.scenario.cameras import Camera
from routeopt.scenario.model import Scenario, SitePlace
from routeopt.scenario.must_visits import CarryOver
from routeopt.scenario.read import check_scenario
from routeopt.scenario.sources import FixedDemand, IncidentDemand, VenueDemand
from routeopt.streets.cache import kept
from routeopt.streets.names import PlaceNames, street_of
from routeopt.streets.network import MODE_NAMES, Snap, StreetNetwork, project, snap, unproject
from routeopt.streets.osm import read_streets
from routeopt.streets.sites import choose_sites, midpoints

log = logging.getLogger(__name__)
Progress = Callable[[str], None]

ZONE_RADIUS_M = 400.0
"""A demand point belongs to the community of the nearest listed site within this distance."""
NEAR = 8
"""Sites nearest to a post by which it is told whether it leads anywhere."""
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
    changes: tuple[ChangedStreets, ...] = ()
    """Streets that are closed, slow or one-way for a time, or where nobody stops."""
    networks: tuple[StreetNetwork, ...] = ()
    """Of each profile of the problem, its streets; none where no street changes."""
    areas: ReadAreas | None = None
    """Areas that teams keep to."""
    zones: ReadZones = field(default_factory=ReadZones)
    """Zones with their borders; none where they are a column of the list of places alone."""
    cameras: Cameras | None = None
    """Cameras that operators watch; nothing in the problem, or in a search, knows of them."""
    dues: Duties = field(default_factory=Duties)
    """What is due tonight."""


def build(scenario: Scenario, memory_limit: str | None = None) -> Problem:
    """Build a scenario's problem; see `build_with_streets` for the limit and for errors."""
    refuse(kind("scenario", scenario, Scenario) + kind("memory_limit", memory_limit, str, optional=True))
    return build_with_streets(scenario, memory_limit=memory_limit).problem


def build_with_streets(
    scenario: Scenario,
    progress: Progress | None = None,
    memory_limit: str | None = None,
    carried: CarryOver | None = None,
) -> Built:
    """Read streets and demand, choose sites, and compute what teams can do and see.

    Parameters
    ----------
    memory_limit
        Most memory of the process, such as "4G", or "off": see `routeopt.memory.free`.
    carried
        What earlier nights left, in place of the scenario's file.

    Raises
    ------
    InputError
        If something in the scenario, the streets or the demand cannot be used, or the problem takes more memory
        than there is.
    InfeasibleError
        If a team has no way between its posts.
    """
    check_scenario(scenario)
    given, night = scenario, tonight(scenario, carried)
    scenario = with_posts(night.scenario)
    began = time.perf_counter()

    def say(phase: str) -> None:
        log.debug("%s, after %.2f s", one_line(phase), time.perf_counter() - began)
        if progress is not None:
            progress(phase)

    say("reading streets")
    net = around_posts(scenario, read_streets(scenario.streets, scenario.folder, scenario.speeds))
    say("demand")
    demand = combined_demand(scenario, net, scenario.clock, progress=lambda what, done: say(f"{what} {done:.0%}"))
    say("sites")
    places, changes, areas, zones, cameras = _read_places(scenario, net)
    sites = _sites(scenario, net, places, demand.total)
    say("travel times and sight lines")
    points = _demand_points(demand.total)
    modes: list[str] = list(dict.fromkeys(team.mode for team in scenario.teams))
    _refuse_too_large(scenario, len(sites.x), len(points), len(modes), memory_limit)
    snaps = {mode: snap(net, sites.x, sites.y, mode, scenario.streets.snap_limit_m) for mode in modes}
    usual = by_mode(scenario, net, snaps, points)
    _check_posts(scenario, modes, usual.profiles, apart=True)
    check_reach(scenario, net, demand.total, snaps, len(sites.x) - len(scenario.posts))
    _check_posts(scenario, modes, usual.profiles)
    of_zone, zone_notes = _zones(net, points, sites, zones)
    moving = in_time(scenario, net, snaps, points, usual, changes, sites.names)
    problem = _problem(scenario, net, demand, points, sites, modes, moving, of_zone)
    problem = replace(problem, **add_areas(problem, scenario, areas, sites.x, sites.y))
    problem = problem.closed(no_stopping(scenario, snaps, changes))
    if changes:
        check_starts(scenario, problem)
    problem, dues, rule_notes = _with_rules(problem, scenario, night, sites, _site_streets(net, snaps))
    lost = unreachable_demand(net, demand.total, modes)
    notes = (*lost, *net.notes, *demand.notes, *moving.notes, *_few(scenario, sites), *zone_notes, *rule_notes)
    log.info(
        "built %d sites, %d demand points and %d teams in %.1f s",
        problem.n_sites, problem.n_points, problem.n_teams, time.perf_counter() - began,
    )  # fmt: skip
    estimates = tuple(estimate for _, estimate in demand.estimates)
    return Built(
        given, net, problem, snaps, notes, tuple(inputs_of(scenario)), demand.counts, sites.chosen, estimates,
        tuple(changes), moving.networks, areas, zones,
        camera_arrays(problem, scenario, net, cameras), dues,
    )  # fmt: skip


def _problem(
    scenario: Scenario, net: StreetNetwork, demand: CombinedDemand, points: NDArray[Any], sites: _Sites,
    modes: list[str], moving: MovingInTime, of_zone: dict[str, Any],
) -> Problem:  # fmt: skip
    """Make the problem of what was read, without areas and rules."""
    return Problem(
        clock=scenario.clock,
        demand=demand.at(points),
        level0=np.zeros(len(points)),
        profiles=moving.profiles,
        periods=moving.periods,
        site_names=tuple(sites.names),
        site_lat=sites.lat,
        site_lon=sites.lon,
        site_stoppable=sites.stoppable,
        point_names=tuple(street_of(net.names[n]) for n in net.seg_name[points]),
        point_segment=points.astype(np.int32),
        name=scenario.name,
        **of_zone,
        **_model(scenario),
        **_teams(scenario, modes),
        **stacked(scenario, moving.reach),
    )


def _read_places(
    scenario: Scenario, net: StreetNetwork
) -> tuple[list[SitePlace], list[ChangedStreets], ReadAreas | None, ReadZones, list[Camera]]:
    """Read what a scenario has on the streets: places, changes, areas, zones and cameras.

    Raises
    ------
    ScenarioError
        If any of it cannot be used; with every fault of all.
    """
    changes, faults = changed_streets(scenario, net)
    areas, wrong = read_areas(scenario, net)
    zones, unread = read_zones(scenario, net)
    cameras, bad = read_cameras(scenario, net)
    places = _sound_places(scenario, net, zones, faults + wrong + unread + bad)
    return places, changes, areas, zones, cameras


def _with_rules(
    problem: Problem, scenario: Scenario, night: Tonight, sites: _Sites, streets: Sequence[str]
) -> tuple[Problem, Duties, list[Message]]:
    """Return the problem with what a scenario asks of its teams, what is due tonight, and notes.

    ``streets`` (n_sites,) are those of the sites.
    """
    problem = add_homes(problem, scenario)
    problem, task_notes = add_tasks(problem, scenario, sites.of_task)
    problem, dues, due_notes = add_must_visits(problem, night)
    problem = add_duties(problem, scenario)
    problem, goal_notes = add_goals(problem, scenario, streets)
    return problem, dues, [*task_notes, *due_notes, *goal_notes]


def _site_streets(net: StreetNetwork, snaps: Mapping[str, Snap]) -> list[str]:
    """Return the street of each site, by the first mode that gets there."""
    segment = np.array([snap.segment for snap in snaps.values()])
    nearest = segment[(segment >= 0).argmax(axis=0), np.arange(segment.shape[1])]
    return [street_of(net.names[net.seg_name[s]]) if s >= 0 else "" for s in nearest.tolist()]


def _refuse_too_large(scenario: Scenario, sites: int, points: int, modes: int, memory_limit: str | None) -> None:
    """Refuse a problem that takes more memory than there is, before its arrays are made."""
    sizes = Sizes(
        scenario.clock.n_steps, sites=sites, points=points, profiles=modes, posts=len(scenario.posts),
        all_legs=bool(scenario.streets.changes),
    )  # fmt: skip
    refuse_problem(sizes, scenario.source, memory_limit)


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


def _sites(scenario: Scenario, net: StreetNetwork, places: list[SitePlace], total: NDArray[np.float64]) -> _Sites:
    """Choose sites where the demand is, beside the posts and the station's own; name them all."""
    n_posts, n_listed = len(scenario.posts), len(scenario.posts) + len(places)
    x, y = _positions(scenario, net, places)
    modes = dict.fromkeys(team.mode for team in scenario.teams)
    usable = net.stoppable & np.array([net.usable[mode] for mode in modes])
    chosen = choose_sites(
        net, total, scenario.sites.count, scenario.sites.spacing_m, x[n_posts:], y[n_posts:], usable
    )
    mid_x, mid_y = midpoints(net, chosen)
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


def _demand_points(total: NDArray[np.float64]) -> NDArray[np.int64]:
    """List the segments whose demand counts."""
    return np.flatnonzero(total > LEAST_SHARE * total.sum())


def _model(scenario: Scenario) -> dict[str, Any]:
    """Convert the model's numbers to fields of the problem."""
    model = scenario.model
    return {
        "dwell_steps": np.array([scenario.clock.nearest_steps(one) for one in model.dwell_min], dtype=np.int32),
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
        "team_reserve": np.array([t.reserve for t in teams], dtype=np.bool_)
        if any(t.reserve for t in teams)
        else (),
        "team_powers": np.array([t.powers for t in teams], dtype=np.bool_),
        "team_names": tuple(t.name for t in teams),
    }


def _steps(clock: Clock) -> Callable[..., int]:
    """Return what converts minutes after the start day's midnight to steps, rounded into the shift."""

    def to_step(minutes: int | None, *, up: bool, default: int) -> int:
        if minutes is None:
            return default
        return clock.step_at(minutes, up=up)

    return to_step


def _sound_places(scenario: Scenario, net: StreetNetwork, zones: ReadZones, wrong: list[Fault]) -> list[SitePlace]:
    """Read the station's own sites; refuse them, posts, tasks and goals if any cannot be used, or is ``wrong``."""
    places, faults = _places(scenario)
    faults += wrong + _off_network(scenario, net, places)
    faults += far_tasks(scenario, net) + unknown_zones(scenario, zones, places)
    faults += unknown_must_visits(scenario, places)
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
    with border(path, "text"):
        return _listed_places(path, places)


def _listed_places(path: Path, places: list[SitePlace]) -> tuple[list[SitePlace], list[Fault]]:
    """Add the sites of a CSV, with its faults."""
    faults: list[Fault] = []
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
                name=unguarded(row["name"].strip()),
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                zone=unguarded(row.get("zone") or ""),
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
    who = [Message("place-post", name=post.name) for post in scenario.posts]
    who += [Message("place-site", name=place.name) for place in places]
    return far_places(scenario, net, *_positions(scenario, net, places), who)


def _check_posts(
    scenario: Scenario, modes: list[str], profiles: Sequence[Profile], *, apart: bool = False
) -> None:
    """Check that every team can get from its start to its end (only where these are ``apart``) and elsewhere."""
    post = {p.name: n for n, p in enumerate(scenario.posts)}
    faults = []
    for team in scenario.teams:
        start, end = post[team.start], post[team.end or team.start]
        movement = profiles[modes.index(team.mode)]
        if not movement.reachable(start, end) or not (apart or start != end or _leads_on(movement, start)):
            who = Message("place-team", name=team.name)
            values: dict[str, Any] = {
                "mode": MODE_NAMES[team.mode],
                "start": team.start,
                "end": team.end or team.start,
            }
            faults.append(Fault("RO-408", scenario.source, who=who, **values))
    if faults:
        raise InfeasibleError(faults)


def _leads_on(movement: Profile, post: int) -> bool:
    """Return whether there is a way from a post to some other site and back."""
    if not movement.knows_all:  # then looking up all legs takes long, and the nearest site nearly always will do
        known = movement.known()
        own = slice(int(known.ptr[post]), int(known.ptr[post + 1]))
        near = known.target[own][np.argsort(known.steps[own], kind="stable")][:NEAR]
        if any(k != post and movement.reachable(post, k) and movement.reachable(k, post) for k in near.tolist()):
            return True
    ways = movement.steps_from(post) + movement.steps_to(post)
    return int(np.count_nonzero(ways < UNREACHABLE)) > 1


def _chosen_names(net: StreetNetwork, segments: NDArray[np.int32], taken: set[str]) -> list[str]:
    """Name chosen sites after their streets (`PlaceNames`); repeated names are numbered."""
    if not len(segments):
        return []
    places = PlaceNames(net)
    return numbered((places.of(int(s)) for s in segments), taken)


def _zones(
    net: StreetNetwork, points: NDArray[np.int64], sites: _Sites, zones: ReadZones
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """Return the fields of the problem that say in which zones its points and sites lie, with notes."""
    if not zones.layers:
        of_point = _point_zones(net, points, sites.x, sites.y, sites.zones)
        return {"site_zone": tuple(sites.zones), "point_zone": of_point}, zones.notes
    middle = midpoints(net, points.astype(np.int32))
    layers, notes = layers_of(zones, middle, (sites.x, sites.y), sites.zones)
    of_point, of_site = labels(layers[0])
    return {"site_zone": of_site, "point_zone": of_point, "zone_layers": layers}, (*zones.notes, *notes)


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


def inputs_of(scenario: Scenario) -> list[Path]:
    """List the scenario itself and the files that it names."""
    names = [scenario.streets.file, scenario.sites.file, scenario.areas, scenario.carry_over]
    names += [one.file for one in scenario.zones] + [rule.file for rule in scenario.must_visits]
    names += [scenario.cameras.file] if scenario.cameras is not None else []
    for source in scenario.demand:
        if isinstance(source, IncidentDemand):
            names += [one.file for one in source.sources]
        elif isinstance(source, FixedDemand | VenueDemand):
            names.append(source.file)
    return [scenario.source, *(scenario.folder / name for name in names if name)]
