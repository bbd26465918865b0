"""Problem + result → Night: everything that a report shows, worked out once."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import numpy as np

from routeopt.build import Built
from routeopt.check import check
from routeopt.evaluate import Figures, evaluate, levels, timeline, traces
from routeopt.plan import Result
from routeopt.problem import Problem
from routeopt.reports.night import Night, Stop, StreetLine, Track
from routeopt.streets.network import unproject
from routeopt.streets.travel import Paths
from routeopt.tasks import window_text


def gather(built: Built, result: Result) -> Night:
    """The figures, stops, tracks and streets of a finished plan."""
    problem = built.problem
    stops, tracks = _stops_and_tracks(built, result)
    return Night(
        problem=problem,
        result=result,
        figures=figures_json(evaluate(problem, result.plan)),
        violations=tuple(str(v) for v in check(problem, result.plan)),
        stops=tuple(stops),
        tracks=tuple(tracks),
        streets=tuple(_streets(built)),
        inputs=tuple(
            (p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in built.inputs if Path(p).is_file()
        ),
        notes=built.notes,
    )


def figures_json(figures: Figures) -> dict[str, object]:
    """The figures with text keys, as JSON wants them."""
    plain = asdict(figures)
    for key in ("within", "handling", "backup"):
        plain[key] = {f"{minutes:g}": share for minutes, share in plain[key].items()}
    plain["band"] = {"low": figures.band[0], "high": figures.band[1]}
    return plain


def _stops_and_tracks(built: Built, result: Result) -> tuple[list[Stop], list[Track]]:
    problem = built.problem
    step_s = problem.clock.step_s
    paths = {mode: Paths(built.network, mode, found) for mode, found in built.snaps.items()}
    _, keep = traces(problem, result.plan)
    level = levels(problem, keep)
    stops, tracks = [], []
    for route in result.plan.routes:
        profile = problem.profiles[problem.team_profile[route.team]]
        path, found = paths[profile.mode], built.snaps[profile.mode]
        team = problem.team_names[route.team]
        stays, legs = timeline(problem, route)
        lat, lon, when = [], [], []
        spot_lat, spot_lon = unproject(built.network, found.x, found.y)

        def put(la: float, lo: float, t: float) -> None:
            lat.append(la)  # noqa: B023
            lon.append(lo)  # noqa: B023
            when.append(t)  # noqa: B023

        begin, at = int(problem.team_start_step[route.team]), int(problem.team_start_site[route.team])
        put(float(spot_lat[at]), float(spot_lon[at]), begin * step_s)
        leg_at = {leg.depart: leg for leg in legs}
        for order, stay in enumerate(stays, 1):
            leg = leg_at.get(begin)
            if leg is not None and leg.target == stay.site:
                way = path.leg(leg.origin, leg.target)
                for la, lo, t in zip(way.lat, way.lon, way.time_s, strict=True):
                    put(float(la), float(lo), min(leg.depart * step_s + float(t), leg.arrive * step_s))
            put(float(spot_lat[stay.site]), float(spot_lon[stay.site]), stay.begin * step_s)
            put(float(spot_lat[stay.site]), float(spot_lon[stay.site]), stay.end * step_s)
            begin = stay.end
            if order > len(route.visits):
                continue
            visit = route.visits[order - 1]
            segment = int(found.segment[stay.site])
            street = built.network.names[built.network.seg_name[segment]] if segment >= 0 else ""
            stops.append(
                Stop(
                    team=team, team_index=route.team, order=order,
                    site=problem.site_names[stay.site], zone=problem.site_zone[stay.site], street=street,
                    lat=float(problem.site_lat[stay.site]), lon=float(problem.site_lon[stay.site]),
                    arrive_s=stay.begin * step_s, start_s=visit.start * step_s, end_s=stay.end * step_s,
                    dwell_min=float(problem.visit_steps[visit.dwell]) * step_s / 60,
                    reason=_task(problem, visit.dwell - problem.n_dwells)
                    + _reason(built, stay.site, stay.begin, stay.end, route.team, level),
                )
            )  # fmt: skip
        tracks.append(Track(team, route.team, tuple(lat), tuple(lon), tuple(when)))
    return stops, tracks


def _task(problem: Problem, q: int) -> str:
    """What the visit is for, if it does task q (below 0: none)."""
    if q < 0:
        return ""
    kind = "mandatory task" if problem.tasks.mandatory[q] else f"task worth {problem.tasks.reward[q]:.1%}"
    return f"{kind} “{problem.tasks.names[q]}”, to begin {window_text(problem, q)}; "


def _reason(built: Built, site: int, begin: int, end: int, team: int, level: np.typing.NDArray[np.float64]) -> str:
    """Why here and now: how busy it is against the place's own night, and how long nobody was here."""
    problem = built.problem
    profile = problem.profiles[problem.team_profile[team]]
    seen = slice(profile.sight_ptr[site], profile.sight_ptr[site + 1])
    points, rho = profile.sight_point[seen], profile.sight_rho[seen]
    here = rho @ problem.demand[points]
    whole = float(problem.demand.sum(axis=0)[begin:end].mean())
    share = float(here[begin:end].mean()) / whole if whole > 0 else 0.0
    before = max(begin - 1, 0)
    if not len(points):
        return "no demand in sight"
    faded = 1 - float(rho @ level[points, before] / rho.sum())
    peak = int(here.argmax())
    text = f"{share:.1%} of the town's demand in sight at this time"
    if begin <= peak < end or here[begin:end].mean() > 0.9 * here.max():
        text += ", its busiest time"
    return f"{text}; {faded:.0%} of an earlier patrol's effect was gone"


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
