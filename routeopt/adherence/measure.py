"""What was delivered of a plan: the one call from tracks to figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routeopt.adherence import delivered as score
from routeopt.adherence.figures import TOLERANCE_S, Delivered, Planned, Row, assign, planned_stops, row_of
from routeopt.adherence.matching import Matched, Matcher, off_streets
from routeopt.adherence.stays import Band, Duty, Places, Stay, hidden, stays_of
from routeopt.adherence.tracks import Tracks
from routeopt.errors import Message
from routeopt.evaluation import visibility
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.build import Built
from routeopt.streets.travel import Fastest
from routeopt.timeline import walk

WRONG_S = 300.0
"""A clock that is said to be wrong goes at least so much, seconds."""


@dataclass(frozen=True)
class TeamTrack:
    """What is known of a team's whereabouts."""

    team: int
    fixes: int
    drift: int
    interval_s: float
    """Usual time between fixes."""
    known: float
    """Share of its duty in which fixes tell where it was."""
    on_planned_streets: float | None
    """Share of the time that is known on the streets; None where none is."""


@dataclass(frozen=True)
class Adherence:
    """What was delivered of a plan."""

    problem: Problem
    total: Row
    teams: tuple[Row, ...]
    places: tuple[Row, ...]
    both: tuple[Row, ...]
    """By place and team."""
    tracks: tuple[TeamTrack, ...]
    stops: tuple[Delivered, ...]
    stays: tuple[Stay, ...]
    planned_visibility: float
    visibility: Band
    """Delivered: what fixes prove, the estimate, and what they allow."""
    tolerance_s: float
    notes: tuple[Message, ...]


def measure(
    built: Built, plan: Plan, tracks: Tracks, tolerance_s: float = TOLERANCE_S, near_m: float | None = None
) -> Adherence:
    """Match the tracks to the streets, find the stays, and compare them with the plan.

    Parameters
    ----------
    tolerance_s
        How much sooner or later than planned a team may arrive at a stop that it keeps.
    near_m
        A team is at a place within this distance; without, the sight radius of its mode.
    """
    problem, net = built.problem, built.network
    stops = planned_stops(problem, plan)
    notes = list(tracks.notes)
    matchers: dict[str, Matcher] = {}
    fastest = {mode: Fastest(net, mode, snap) for mode, snap in built.snaps.items()}
    matched: list[Matched] = []
    stays: list[Stay] = []
    known: list[TeamTrack] = []
    duties: dict[int, tuple[Matched, Places, Duty]] = {}
    for track in tracks.tracks:
        mode = problem.movement(track.team).mode
        matcher = matchers.setdefault(mode, matchers.get(mode) or Matcher(net, mode))
        one = matcher.match(track)
        if one.drift:
            notes.append(Message("tracks-drift", team=problem.team_names[track.team], count=one.drift))
        far = off_streets(net, mode, one)
        if far is not None:
            notes.append(Message("tracks-team", team=problem.team_names[track.team], text=far))
        places, duty = _duty(built, mode, track.team, stops, near_m)
        duties[track.team] = one, places, duty
        matched.append(one)
        stays += stays_of(one, places, duty)
        known.append(_known(one, duty, _streets(built, plan, track.team, fastest[mode])))
    notes += _clocks(problem, stops, stays)
    silent = sorted({stop.team for stop in stops} - set(duties))
    if silent:
        notes.append(Message("tracks-silent", teams=[problem.team_names[team] for team in silent]))

    def unseen(stop: Planned) -> Stay | None:
        if stop.team not in duties:
            return None
        return hidden(*duties[stop.team], stop.site, stop.arrive_s - tolerance_s, stop.end_s + tolerance_s)

    made = assign(stops, stays, unseen, tolerance_s)
    possible = [d.stay for d in made if d.stay is not None and not d.stay.fixes]
    duration_s = float(problem.clock.duration_s)
    visited = {s.site for s in stays if s.is_visit}
    sites = sorted({stop.site for stop in stops} | visited)
    pairs = sorted({(p.site, p.team) for p in stops} | {(s.site, s.team) for s in stays if s.is_visit})
    return Adherence(
        problem, row_of(made, stays, duration_s),
        tuple(row_of(made, stays, duration_s, team=team) for team in range(problem.n_teams)),
        tuple(row_of(made, stays, duration_s, site=site) for site in sites),
        tuple(row_of(made, stays, duration_s, team, site) for site, team in pairs),
        tuple(known), tuple(made), tuple(stays), visibility(problem, plan),
        score.visibility(problem, net.seg_length_m, matched, stays, possible), tolerance_s, tuple(notes),
    )  # fmt: skip


def _clocks(problem: Problem, stops: list[Planned], stays: list[Stay]) -> Iterator[Message]:
    """Yield a note for each team whose stays fit its plan much better if all its times are moved."""
    shifts = np.arange(-60, 61) * 60.0
    for team in range(problem.n_teams):
        own = [s for s in stays if s.team == team]
        pairs = [(p, s) for p in stops if p.team == team for s in own if s.site == p.site]
        if not pairs:
            continue
        begin, end = (np.array([getattr(s, key) for _p, s in pairs]) for key in ("begin_s", "end_s"))
        start, until = (np.array([getattr(p, key) for p, _s in pairs]) for key in ("start_s", "end_s"))
        common = np.minimum(end + shifts[:, None], until) - np.maximum(begin + shifts[:, None], start)
        fits = np.maximum(common, 0.0).sum(axis=1)
        best = int(np.argmax(fits))
        stayed = sum(s.dwell_s.estimate for s in own)
        if abs(shifts[best]) >= WRONG_S and fits[best] > 1.5 * fits[60] and fits[best] > stayed / 2:
            yield Message("tracks-clock", team=problem.team_names[team], seconds=int(shifts[best]))


def _duty(built: Built, mode: str, team: int, stops: list[Planned], near_m: float | None) -> tuple[Places, Duty]:
    """Return where places are for a mode, and what a team is to do."""
    problem, snap, clock = built.problem, built.snaps[mode], built.problem.clock
    stoppable = problem.site_stoppable if len(problem.site_stoppable) else np.ones(problem.n_sites, dtype=np.bool_)
    near = built.scenario.model.sight(mode) if near_m is None else near_m
    begin, end = int(problem.team_start_step[team]), int(problem.team_end_step[team])
    return Places(snap.x, snap.y, stoppable & (snap.segment >= 0)), Duty(
        frozenset(stop.site for stop in stops if stop.team == team),
        float(begin * clock.step_s), float(end * clock.step_s), near, built.scenario.speeds[mode] / 3.6,
    )  # fmt: skip


def _streets(built: Built, plan: Plan, team: int, fastest: Fastest) -> NDArray[np.bool_]:
    """Return which segments a team passes, or stops at, by the plan."""
    planned = np.zeros(built.network.n_segments, dtype=np.bool_)
    for route in plan.routes:
        if route.team == team:
            day = walk(built.problem, route)
            for leg in day.legs():
                planned[fastest.arcs.arc_segment[fastest.way(leg.site, leg.target)]] = True
            sites = [part.site for part in day.places()]
            at = fastest.snap.segment[sites]
            planned[at[at >= 0]] = True
    return planned


def _known(matched: Matched, duty: Duty, streets: NDArray[np.bool_]) -> TeamTrack:
    """Return what is known of a team's whereabouts."""
    time_s = matched.track.time_s
    gaps = np.diff(time_s)
    told = float(gaps[gaps <= matched.silent_s].sum())
    length = matched.way_end_s - matched.way_begin_s
    on = matched.on_street_s
    return TeamTrack(
        matched.track.team, len(time_s) + matched.drift, matched.drift,
        float(np.median(gaps)) if len(gaps) else 0.0, min(told / max(duty.end_s - duty.begin_s, 1.0), 1.0),
        float(length[streets[matched.way_segment]].sum()) / on if on > 0 else None,
    )  # fmt: skip
