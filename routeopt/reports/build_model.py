"""Build a `ReportModel` from a problem and a result: everything that a report shows, computed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, pairwise
from operator import attrgetter, itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routeopt.cameras import watch
from routeopt.demand.forecast.spread import reach
from routeopt.demand.reasons import PLACE_M, Reasons
from routeopt.errors import Message, shown
from routeopt.evaluation import Coverage, coverage, evaluate
from routeopt.exchange.digests import digests
from routeopt.exchange.plan_json import figures_json
from routeopt.explain.basis import basis
from routeopt.explain.directions import moves
from routeopt.explain.uncovered import uncovered
from routeopt.explain.unvisited import left_out
from routeopt.explain.worth import stop_worths
from routeopt.messages import Words, words
from routeopt.plan import Plan, Result, Route
from routeopt.problem import Problem, Profile
from routeopt.problem.activities import Kind, Sort
from routeopt.problem.build import Built
from routeopt.problem.tasks import window_text
from routeopt.reports.model import (
    AreaLines,
    Border,
    Change,
    Directions,
    Free,
    Post,
    ReportModel,
    Stop,
    StreetLines,
    Track,
    VideoPatrol,
    Watched,
    ZoneFigures,
)  # fmt: skip
from routeopt.rules import check
from routeopt.streets.ground import Ground, read_ground
from routeopt.streets.names import PlaceNames, street_of
from routeopt.streets.network import unproject
from routeopt.streets.paths import LegPath, Paths
from routeopt.streets.sites import midpoints
from routeopt.timeline import Away, Leg, Stay, Wait, walk

Array = NDArray[np.float64]

DETAIL_M = 2.0
"""Bends of zones' borders smaller than this are not drawn."""
FREE_S = 900
"""Shorter times without a stop are told with the stop that follows alone."""
LEAST_CORNERS = 1000
"""Corners of waters and parks that a map of any size has room for."""
MOST_STOPS = 2000
"""Of more stops it is not told what each is worth, which takes about 2 ms a stop."""
LEAST_MIN = 5
"""It is told from here on for how many minutes no police were at a place."""
PRESENT = 0.5
"""Police are at a place if the share of its demand that is not seen at the time is less."""
SORTS = {Sort.TASK: "order", Sort.BREAK: "break", Sort.POST: "post"}
"""What a task is on the report."""
KINDS = {Kind.DWELL: "stop", Kind.STOP: "stop", Kind.TASK: "order", Kind.WAIT: "wait", Kind.AWAY: "away"}


def build_model(built: Built, result: Result, lang: str = "en") -> ReportModel:
    """Compute the figures, stops, tracks, directions and streets of a finished plan for a report.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    problem = built.problem
    _ = words(lang)
    covered = coverage(problem, result.plan)
    lines = _Lines(built, result.plan)
    for route in result.plan.routes:
        lines.add(route)
    street = _Street(built, covered, lines)
    worths = _worths(problem, result)
    return ReportModel(
        problem=problem,
        result=result,
        figures=figures_json(problem, evaluate(problem, result.plan, covered), result.prices),
        violations=tuple(check(problem, result.plan)),
        stops=tuple(
            replace(street.told(s, site, _), worth=worths.get((s.team_index, s.order)))
            for s, site in zip(lines.stops, lines.sites, strict=True)
        ),
        tracks=tuple(lines.tracks),
        streets=streets_of(built),
        inputs=tuple(
            (Path(path).name, digest) for path, digest in digests(built.inputs, built.scenario.folder).items()
        ),
        notes=tuple(note.text(_) for note in built.notes),
        directions=tuple(lines.directions),
        zones=tuple(_zones(problem, lines.stops, lines.sites, covered.seen)),
        left_out=tuple(left_out(problem, result, covered, _)),
        uncovered=uncovered(problem, result.plan, covered),
        free=tuple(lines.free),
        posts=tuple(Post(p.name, p.lat, p.lon) for p in built.scenario.posts),
        changes=tuple(_changes(built)),
        areas=tuple(_areas(built)),
        borders=tuple(_borders(built)),
        video=_video(built, result.plan, covered),
        ground=ground_of(built),
        seen=covered.seen,
        phones=tuple((phone.name, phone.number) for phone in built.scenario.phones),
        route_link=built.scenario.route_link,
        lang=lang,
        basis=basis(built),
    )


def _worths(problem: Problem, result: Result) -> dict[tuple[int, int], float | None]:
    """Team and number of each stop → what it is worth; none for plans of very many stops."""
    routes = result.plan.routes
    if sum(len(route.visits) for route in routes) > MOST_STOPS:
        return {}
    worths = zip(routes, stop_worths(problem, result.plan), strict=True)
    return {(route.team, n): worth for route, own in worths for n, worth in enumerate(own, 1)}


def tracks_of(built: Built, plan: Plan) -> list[Track]:
    """Return where each team is when, along the streets."""
    lines = _Lines(built, plan)
    for route in plan.routes:
        lines.add(route)
    return lines.tracks


class _Lines:
    """Stops, their reasons, the ways between them and the tracks on the map, route by route."""

    def __init__(self, built: Built, plan: Plan) -> None:
        self.built, self.plan, self.step_s = built, plan, built.problem.clock.step_s
        self.paths: dict[int, Paths] = {}
        """By profile."""
        self.spots = {mode: unproject(built.network, found.x, found.y) for mode, found in built.snaps.items()}
        self.stops: list[Stop] = []
        self.sites: list[int] = []
        """Of each stop, where it is."""
        self.names = PlaceNames(built.network)
        self.free: list[Free] = []
        self.directions: list[Directions] = []
        self.tracks: list[Track] = []

    def add(self, route: Route) -> None:
        """Add the route of one team."""
        problem, net = self.built.problem, self.built.network
        movement = problem.movement(route.team)
        mode = movement.mode
        step_s = self.step_s
        spot_lat, spot_lon = self.spots[mode]
        day = walk(problem, route)
        self._free(route, [part for part in day.parts if isinstance(part, Wait)])
        parts: list[Stay | Away] = [*day.stays(), *day.absences()]
        visits = {part.order: part for part in parts}
        legs = {leg.begin: leg for leg in day.legs()}
        first = day.gaps[0]
        lines: list[ArrayLike] = [[(spot_lat[first.site], spot_lon[first.site], first.free * step_s)]]
        for order, gap in enumerate(day.gaps, 1):
            arrive = gap.free
            if gap.target != gap.site and not gap.reachable:
                arrive = gap.due  # a plan that breaks the rules: nobody knows the way
            elif gap.target != gap.site:
                leg = legs[gap.free]
                path, arrive = self._path(leg, movement.leg(leg.site, leg.target, leg.begin)[1]), leg.end
                when = np.minimum(leg.begin * step_s + path.time_s, arrive * step_s)
                lines.append(np.column_stack([path.lat, path.lon, when]))
                self.directions.append(
                    Directions(
                        route.team, order, problem.site_names[leg.target], leg.begin * step_s, arrive * step_s,
                        movement.metres(leg.site, leg.target, leg.begin), moves(net, path),
                    )
                )  # fmt: skip
            part = visits.get(order - 1)
            spot = spot_lat[gap.target], spot_lon[gap.target]
            leaves = part.end if isinstance(part, Stay) else gap.due
            lines.append([(*spot, arrive * step_s), (*spot, leaves * step_s)])
            if isinstance(part, Stay):
                self._stop(route.team, part)
            elif part is not None:
                lines.append([(spot_lat[part.site], spot_lon[part.site], part.end * step_s)])
                self._absence(route.team, part)
        lat, lon, seconds = np.concatenate(lines).T.copy()
        self.tracks.append(Track(problem.team_names[route.team], route.team, lat, lon, seconds))

    def _path(self, leg: Leg, by: Profile) -> LegPath:
        """The line of a leg on the streets by whose legs the team moves then."""
        built = self.built
        number = next(n for n, profile in enumerate(built.problem.profiles) if profile is by)
        if number not in self.paths:
            net = built.networks[number] if built.networks else built.network
            self.paths[number] = Paths(net, by.mode, built.snaps[by.mode])
        return self.paths[number].leg(leg.site, leg.target)

    def _stop(self, team: int, stay: Stay) -> None:
        """One stop."""
        steps = int(self.built.problem.activities.steps[stay.activity])
        self._add(team, stay.order, stay.site, stay.activity, (stay.arrive, stay.begin, stay.end, steps))

    def _absence(self, team: int, away: Away) -> None:
        """A time in which the team is away, with where it is afterwards."""
        activity, steps = self.built.problem.activities.away(away.end - away.begin), away.end - away.begin
        self._add(team, away.order, away.site, activity, (away.begin, away.begin, away.end, steps))

    def _add(self, team: int, order: int, site: int, activity: int, times: tuple[int, int, int, int]) -> None:
        """One stop; ``times`` are the steps of its arrival, start and end, and its length."""
        problem = self.built.problem
        segment = int(self.built.snaps[problem.movement(team).mode].segment[site])
        arrive, start, end, length = (step * self.step_s for step in times)
        self.sites.append(site)
        task = problem.activities.task(activity)
        self.stops.append(
            Stop(
                team=problem.team_names[team], team_index=team, order=order + 1,
                site=problem.site_names[site], zone=problem.site_zone[site],
                street=self._street(segment),
                lat=float(problem.site_lat[site]), lon=float(problem.site_lon[site]),
                arrive_s=arrive, start_s=start, end_s=end, dwell_min=length / 60, reason="",
                kind=KINDS[Kind(problem.activities.kind[activity])] if task is None else self._kind(task),
                task="" if task is None else self._task(task, team),
                window="" if task is None else window_text(problem, task),
                mandatory=task is not None and bool(problem.tasks.mandatory[task]),
                crew=self._crew(team, activity),
            )
        )  # fmt: skip

    def _kind(self, task: int) -> str:
        """What a task is on the report."""
        return SORTS[Sort(self.built.problem.tasks.sort[task])]

    def _task(self, task: int, team: int) -> str:
        """What people call a task; a break as the planner calls it, without team and place."""
        problem = self.built.problem
        name = problem.tasks.names[problem.tasks.group[task]]
        is_break = problem.tasks.sort[task] == Sort.BREAK
        return name.removesuffix(f" {problem.team_names[team]}") if is_break else problem.tasks.names[task]

    def _crew(self, team: int, activity: int) -> tuple[str, ...]:
        """The other teams that do the activity of a team."""
        problem = self.built.problem
        if problem.activities.crew[activity] == 1:
            return ()
        others = (route for route in self.plan.routes if route.team != team)
        return tuple(
            problem.team_names[route.team] for route in others if any(v.activity == activity for v in route.visits)
        )

    def _street(self, segment: int) -> str:
        """The street of a segment; where it has no name, the corner that it is near."""
        if segment < 0:
            return ""
        net = self.built.network
        return street_of(net.names[net.seg_name[segment]]) or self.names.of(segment)

    def _free(self, route: Route, waits: list[Wait]) -> None:
        """The long times without a stop of a route."""
        problem, step_s = self.built.problem, self.step_s
        posts = len(self.built.scenario.posts)
        for wait in waits:
            if (wait.end - wait.begin) * step_s >= FREE_S:
                before = 1 + sum(visit.start < wait.end for visit in route.visits)
                mode = problem.movement(route.team).mode
                named = wait.site < posts or problem.site_stoppable[wait.site]
                segment = int(self.built.snaps[mode].segment[wait.site])
                place = problem.site_names[wait.site] if named else self._street(segment)
                self.free.append(
                    Free(route.team, before, place, wait.site < posts, wait.begin * step_s, wait.end * step_s)
                )


class _Street:
    """Why a stop is made, in words of the street."""

    def __init__(self, built: Built, covered: Coverage, lines: _Lines) -> None:
        self.problem, self.built, self.covered = built.problem, built, covered
        self.reasons = Reasons(built.scenario, built.network, built.problem.clock, built.estimates)
        stops = zip(lines.stops, lines.sites, strict=True)
        own = sorted({self._segment(stop, site) for stop, site in stops} - {-1})
        found = reach(built.network, np.array(own, dtype=np.int32), PLACE_M)
        ends = pairwise(found.ptr.tolist())
        self.around = {segment: found.segment[a:b] for segment, (a, b) in zip(own, ends, strict=True)}
        """Segment of a stop → those near it."""

    def told(self, stop: Stop, site: int, _: Words) -> Stop:
        """The stop with its reason: what is going on there then, and how long it is since police were there."""
        busy, reason = self._reason(stop, site)
        return replace(stop, busy=str(shown(busy, _)), reason=str(shown(reason, _)))

    def _reason(self, stop: Stop, site: int) -> tuple[Message | str, Message]:
        if stop.kind == "away":
            return "", Message("stop-away")
        if stop.kind == "wait":
            return "", Message("stop-wait")
        if stop.kind == "break":
            return "", Message("stop-break")
        if stop.kind in ("order", "post"):
            due = self.built.dues.told.get(stop.task)
            order = _order(stop, self.problem.clock.text(stop.end_s))
            return "", order if due is None else Message("stop-due", order=order, due=due)
        first = self.problem.clock.start_min
        busy = self.reasons.at(self._around(stop, site), first + stop.start_s / 60, first + stop.end_s / 60)
        since = self._since(stop, site)
        if since is None:
            return busy, Message("stop-first", busy=busy)
        return busy, Message("stop-again", busy=busy, minutes=since) if since > 0 else busy

    def _around(self, stop: Stop, site: int) -> NDArray[np.int32]:
        """The segments near a site."""
        return self.around.get(self._segment(stop, site), np.empty(0, np.int32))

    def _segment(self, stop: Stop, site: int) -> int:
        """The segment on which the team is, −1 for none."""
        mode = self.problem.movement(stop.team_index).mode
        return int(self.built.snaps[mode].segment[site])

    def _since(self, stop: Stop, site: int) -> int | None:
        """Minutes since police were last seen at the site, 0 where not worth telling; None if they were not."""
        problem = self.problem
        points, rho = problem.movement(stop.team_index).seen(site)
        if not len(points):
            return None
        point = points[rho.argmax()]
        step_s = problem.clock.step_s
        there = np.flatnonzero(self.covered.absent[point, : stop.arrive_s // step_s] < PRESENT)
        minutes = (stop.arrive_s // step_s - 1 - int(there[-1])) * step_s // 60 if len(there) else None
        return 0 if minutes is not None and minutes < LEAST_MIN else minutes


def _zones(problem: Problem, stops: list[Stop], sites: list[int], seen: Array) -> Iterator[ZoneFigures]:
    """Yield the zones with demand, layer by layer, in descending order of demand."""
    demand, shown = problem.demand.sum(axis=1), np.einsum("ij,ij->i", problem.demand, seen)
    made = np.array([site for stop, site in zip(stops, sites, strict=True) if stop.counts], dtype=np.int64)
    for _, zones in groupby(problem.zones, key=attrgetter("layer")):
        rows = [(float(demand[zone.points].sum()), float(shown[zone.points].sum()), zone) for zone in zones]
        for own, got, zone in sorted(rows, key=itemgetter(0), reverse=True):
            if own > 0:
                yield ZoneFigures(
                    zone.name, zone.layer.name, own / float(demand.sum()), got / max(float(shown.sum()), 1e-12),
                    got / own, int(zone.sites[made].sum()),
                )  # fmt: skip


def _borders(built: Built) -> Iterator[Border]:
    """The borders of the zones whose borders are known."""
    import shapely

    for layer in built.zones.layers:
        for name, shape in zip(layer.zones, layer.shapes, strict=True):
            rings = [
                ring
                for part in shapely.get_parts(
                    shapely.get_parts(shapely.simplify(shape, DETAIL_M))
                )  # of collections too
                if part.geom_type == "Polygon"
                for ring in (part.exterior, *part.interiors)
            ]
            x_y = [np.array(ring.coords)[:, :2].T for ring in rings]
            yield Border(name, layer.name, tuple(unproject(built.network, *line) for line in x_y))


def _video(built: Built, plan: Plan, covered: Coverage) -> VideoPatrol | None:
    """What cameras add to a plan; None without cameras."""
    cameras, problem = built.cameras, built.problem
    if cameras is None:
        return None
    found, step_s = watch(problem, plan, cameras, covered), problem.clock.step_s
    watches = tuple(
        Watched(cameras.operators[one.operator].name, one.begin * step_s, one.end * step_s, one.cameras)
        for one in found.watches
    )
    return VideoPatrol(cameras.names, cameras.lat, cameras.lon, watches, found.detection, found.reached)


def ground_of(built: Built) -> tuple[Ground, ...]:
    """Waters and parks, with a tenth of the corners of the streets at most."""
    net = built.network
    most = max(LEAST_CORNERS, len(net.geom_x) // 10)
    lat, lon = unproject(net, *(np.array([line.min(), line.max()]) for line in (net.geom_x, net.geom_y)))
    box = float(lat[0]), float(lon[0]), float(lat[1]), float(lon[1])
    return read_ground(built.scenario.streets, built.scenario.folder, most, box)


def streets_of(built: Built) -> StreetLines:
    """Return the lines of the streets, each with its demand point, −1 for none."""
    point = np.full(built.network.n_segments, -1, dtype=np.int64)
    point[built.problem.point_segment] = np.arange(built.problem.n_points)
    return StreetLines.of(built.network, point)


def _areas(built: Built) -> Iterator[AreaLines]:
    """Areas that some team keeps to, with the streets whose middle lies in them."""
    if built.areas is None:
        return
    net, teams = built.network, built.problem.team_area
    area = built.areas.of(*midpoints(net, np.arange(net.n_segments, dtype=np.int32)))
    for k in np.unique(teams[teams >= 0]).tolist():
        own = tuple(np.flatnonzero(teams == k).tolist())
        yield AreaLines(built.areas.names[k], own, tuple(np.flatnonzero(area == k).tolist()))


def _changes(built: Built) -> Iterator[Change]:
    """Streets that change for some team."""
    net, step_s = built.network, built.problem.clock.step_s
    for change in built.changes:
        slowed = {mode: change.concerned(net, mode) for mode in built.snaps}
        modes = tuple(mode for mode, some in slowed.items() if some.any())
        if modes:
            lines = change.segments[np.any([slowed[mode] for mode in modes], axis=0)].tolist()
            left = set(np.delete(net.seg_name, lines).tolist())
            names = {net.names[n]: n not in left for n in net.seg_name[lines].tolist() if n > 0}
            streets = tuple((street_of(name), whole) for name, whole in names.items())
            begin, end = change.begin * step_s, change.end * step_s
            yield Change(begin, end, change.kph, modes, streets, tuple(lines), change.kind, change.bearing)


def _order(stop: Stop, until: str) -> Message:
    """What an order asks, and who else carries it out."""
    if stop.kind == "post":
        found = Message("stop-post", until=until)
    else:
        found = Message("stop-order-mandatory" if stop.mandatory else "stop-order", window=stop.window)
    return Message("stop-together", order=found, teams=list(stop.crew)) if stop.crew else found
