"""Build a `ReportModel` from a problem and a result: everything that a report shows, computed once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from routeopt.evaluation import Figures, Stay, coverage, evaluate, levels, timeline
from routeopt.explain.directions import moves
from routeopt.explain.unvisited import left_out
from routeopt.messages import Words, words
from routeopt.plan import Result, Route
from routeopt.problem import Problem
from routeopt.problem.build import Built
from routeopt.problem.tasks import window_text
from routeopt.reports.model import Directions, ReportModel, Stop, StreetLine, Track, Why, ZoneFigures
from routeopt.rules import check
from routeopt.streets.network import unproject
from routeopt.streets.travel import Paths

Array = NDArray[np.float64]


def build_model(built: Built, result: Result, lang: str = "en") -> ReportModel:
    """Compute the figures, stops, tracks, directions and streets of a finished plan for a report.

    Raises
    ------
    InputError
        If there is no catalogue for ``lang``.
    """
    problem = built.problem
    _ = words(lang)
    absent, keep = coverage(problem, result.plan)
    level = levels(problem, keep)
    seen = 1 - absent * (1 - level)
    lines = _Lines(built)
    for route in result.plan.routes:
        lines.add(route, level)
    return ReportModel(
        problem=problem,
        result=result,
        figures=figures_json(evaluate(problem, result.plan)),
        violations=tuple(check(problem, result.plan)),
        stops=tuple(
            replace(s, reason=_task(problem, q, _) + reason(w, _))
            for s, w, q in zip(lines.stops, lines.whys, lines.tasks, strict=True)
        ),
        tracks=tuple(lines.tracks),
        streets=tuple(_streets(built)),
        inputs=tuple(
            (p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in built.inputs if Path(p).is_file()
        ),
        notes=built.notes,
        whys=tuple(lines.whys),
        directions=tuple(lines.directions),
        zones=tuple(_zones(problem, lines.stops, seen)),
        left_out=tuple(left_out(problem, result, absent, level, keep, _)),
        seen=seen,
        phones=tuple((phone.name, phone.number) for phone in built.scenario.phones),
        route_link=built.scenario.route_link,
        lang=lang,
    )


def figures_json(figures: Figures) -> dict[str, object]:
    """Convert figures to a dict with text keys for JSON."""
    plain = asdict(figures)
    for key in ("within", "handling", "backup"):
        plain[key] = {f"{minutes:g}": share for minutes, share in plain[key].items()}
    plain["band"] = {"low": figures.band[0], "high": figures.band[1]}
    return plain


class _Lines:
    """Stops, their reasons, the ways between them and the tracks on the map, route by route."""

    def __init__(self, built: Built) -> None:
        self.built, self.step_s = built, built.problem.clock.step_s
        self.paths = {mode: Paths(built.network, mode, found) for mode, found in built.snaps.items()}
        self.spots = {mode: unproject(built.network, found.x, found.y) for mode, found in built.snaps.items()}
        self.town = built.problem.demand.sum(axis=0)
        self.stops: list[Stop] = []
        self.whys: list[Why] = []
        self.tasks: list[int] = []
        """Task served by each stop; negative for ordinary stops."""
        self.directions: list[Directions] = []
        self.tracks: list[Track] = []

    def add(self, route: Route, level: Array) -> None:
        """Add the route of one team."""
        problem, net = self.built.problem, self.built.network
        mode = problem.profiles[problem.team_profile[route.team]].mode
        found = self.built.snaps[mode]
        team, step_s = problem.team_names[route.team], self.step_s
        spot_lat, spot_lon = self.spots[mode]
        stays, legs = timeline(problem, route)
        begin, at = int(problem.team_start_step[route.team]), int(problem.team_start_site[route.team])
        line = [(float(spot_lat[at]), float(spot_lon[at]), float(begin * step_s))]
        leg_at = {leg.depart: leg for leg in legs}
        for order, stay in enumerate(stays, 1):
            leg = leg_at.get(begin)
            if leg is not None and leg.target == stay.site:
                path = self.paths[mode].leg(leg.origin, leg.target)
                depart, arrive = leg.depart * step_s, leg.arrive * step_s
                line += [
                    (float(la), float(lo), min(depart + float(t), arrive))
                    for la, lo, t in zip(path.lat, path.lon, path.time_s, strict=True)
                ]
                length = float(problem.profiles[problem.team_profile[route.team]].travel_m[leg.origin, leg.target])
                target = problem.site_names[leg.target]
                self.directions.append(
                    Directions(route.team, order, target, depart, arrive, length, moves(net, path))
                )
            spot = float(spot_lat[stay.site]), float(spot_lon[stay.site])
            line += [(*spot, float(stay.begin * step_s)), (*spot, float(stay.end * step_s))]
            begin = stay.end
            if order > len(route.visits):
                continue
            visit = route.visits[order - 1]
            segment = int(found.segment[stay.site])
            self.whys.append(_why(problem, stay, route.team, level, self.town))
            self.tasks.append(visit.dwell - problem.n_dwells)
            self.stops.append(
                Stop(
                    team=team, team_index=route.team, order=order,
                    site=problem.site_names[stay.site], zone=problem.site_zone[stay.site],
                    street=net.names[net.seg_name[segment]] if segment >= 0 else "",
                    lat=float(problem.site_lat[stay.site]), lon=float(problem.site_lon[stay.site]),
                    arrive_s=stay.begin * step_s, start_s=visit.start * step_s, end_s=stay.end * step_s,
                    dwell_min=float(problem.visit_steps[visit.dwell]) * step_s / 60, reason="",
                )
            )  # fmt: skip
        lat, lon, when = zip(*line, strict=True)
        self.tracks.append(Track(team, route.team, lat, lon, when))


def _why(problem: Problem, stay: Stay, team: int, level: Array, town: Array) -> Why:
    """Reasons for a stop: demand in sight, the place's peak, and how far the last effect has faded."""
    profile = problem.profiles[problem.team_profile[team]]
    seen = slice(profile.sight_ptr[stay.site], profile.sight_ptr[stay.site + 1])
    points, rho = profile.sight_point[seen], profile.sight_rho[seen]
    here = rho @ problem.demand[points]
    whole = float(town[stay.begin : stay.end].mean())
    now = float(here[stay.begin : stay.end].mean())
    busiest = stay.begin <= int(here.argmax()) < stay.end or now > 0.9 * float(here.max())
    faded = 1 - float(rho @ level[points, max(stay.begin - 1, 0)] / rho.sum()) if len(rho) else 1.0
    return Why(now / whole if whole > 0 else 0.0, busiest, faded)


def _task(problem: Problem, q: int, _: Words) -> str:
    """Describe task q, which the visit serves; "" for an ordinary visit (q below 0)."""
    if q < 0:
        return ""
    if problem.tasks.mandatory[q]:
        text = _("mandatory task “{name}”, to begin {window}; ")
    else:
        text = _("task “{name}” worth {reward}, to begin {window}; ")
    worth = f"{problem.tasks.reward[q]:.1%}"
    return text.format(name=problem.tasks.names[q], window=window_text(problem, q), reward=worth)


def reason(why: Why, _: Words) -> str:
    """A stop's reason as a sentence."""
    if why.busiest:
        text = _("{share} of the demand in sight, the place's peak; {faded} of the last patrol's effect gone")
    else:
        text = _("{share} of the demand in sight; {faded} of the last patrol's effect gone")
    return text.format(share=f"{why.demand:.1%}", faded=f"{why.faded:.0%}")


def _zones(problem: Problem, stops: list[Stop], seen: Array) -> list[ZoneFigures]:
    """List the communities with demand, in descending order of demand."""
    zone = np.array(problem.point_zone or ("",) * problem.n_points)
    demand, shown = problem.demand.sum(axis=1), (problem.demand * seen).sum(axis=1)
    found = []
    for name in sorted(set(problem.point_zone) - {""}):
        inside = zone == name
        own = float(demand[inside].sum())
        if own > 0:
            found.append(
                ZoneFigures(
                    name, own / float(demand.sum()), float(shown[inside].sum() / max(shown.sum(), 1e-12)),
                    float(shown[inside].sum()) / own, sum(s.zone == name for s in stops),
                )
            )  # fmt: skip
    return sorted(found, key=lambda c: -c.demand)


def _streets(built: Built) -> list[StreetLine]:
    net, problem = built.network, built.problem
    point = np.full(net.n_segments, -1, dtype=np.int64)
    point[problem.point_segment] = np.arange(problem.n_points)
    lat, lon = unproject(net, net.geom_x, net.geom_y)
    lines = []
    for s in range(net.n_segments):
        part = slice(int(net.geom_ptr[s]), int(net.geom_ptr[s + 1]))
        lines.append(
            StreetLine(
                net.classes[net.seg_class[s]], net.names[net.seg_name[s]],
                tuple(lat[part].tolist()), tuple(lon[part].tolist()), int(point[s]),
            )
        )  # fmt: skip
    return lines
