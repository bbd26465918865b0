"""What a command room looks at: teams, what comes next, what is open and overdue, and what is seen against plan.

One document for the board, its lists and its map, so that these cannot disagree; every name is the scenario's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routeopt.dispatch.live import next_visits
from routeopt.dispatch.state import State, situation
from routeopt.dispatch.streets import ClosedStreets
from routeopt.document import SORTS
from routeopt.evaluation import coverage
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.tasks import windows
from routeopt.timeline import Away, Leg, end_of, walk

STALE_S = 300
"""A position is stale after this time, seconds."""
SILENT_S = 1800
"""A team of which nothing was heard for this time is called, seconds; before its first word, from its start on,
but not while no team at all says anything."""
SLICE_MIN = 15
"""Minutes over which what is seen is averaged."""


@dataclass(frozen=True)
class Watch:
    """When a position is stale, and when a team is called."""

    stale_s: int = STALE_S
    silent_s: int = SILENT_S


def overview(state: State, now_s: int, watch: Watch = Watch()) -> dict[str, Any]:
    """Return what there is to see at a moment, for `json.dumps`.

    Parameters
    ----------
    now_s
        Seconds from the plan's start.

    Returns
    -------
    dict
        ``now_s``; ``teams``, see `team_rows`; ``tasks``, see `task_rows`; ``closed`` and ``busy`` places;
        ``streets`` that are closed, each with the id of its event, names, times and segments;
        ``sent``: how often a team was sent on a recommendation, and how often it was the first.
    """
    clock = state.base.clock
    first, all_ = state.followed
    return {
        "scenario": state.base.name, "now_s": now_s, "date": clock.date.isoformat() if clock.date else None,
        "now": clock.text(now_s), "published_s": state.published_s,
        "teams": team_rows(state, now_s, watch), "tasks": task_rows(state, now_s),
        "closed": [state.base.site_names[site] for site in sorted(state.closed)],
        "streets": [_street_row(state, one) for one in state.closed_streets if one.holds(now_s)],
        "busy": [state.base.site_names[one.site] for one in state.busy if one.holds(now_s)],
        "sent": {"recommended": all_, "first": first},
    }  # fmt: skip


def _street_row(state: State, closed: ClosedStreets) -> dict[str, Any]:
    """Return closed streets as the map draws them."""
    assert state.streets is not None
    return {
        "id": closed.id, "names": list(closed.change.names), "since_s": closed.since_s, "until_s": closed.until_s,
        "modes": list(closed.change.modes), "segments": state.streets.segments(closed.change).tolist(),
    }  # fmt: skip


def team_rows(state: State, now_s: int, watch: Watch) -> list[dict[str, Any]]:
    """Return a row per team: ``team``, ``status``, where it is and since when that is known, and ``next`` stops.

    ``status`` is one of "off duty", "sent", "silent", "behind", "at stop", "on the way", "waiting" and "away".
    Without a position that was told, ``lat`` and ``lon`` are where the plan has the team, and ``told_s`` is None.
    """
    problem, now = state.problem, situation(state, now_s)
    told = any(team.heard_s is not None for team in state.teams)
    rows = []
    for k, team in enumerate(state.teams):
        route = state.plan.routes[k]
        begin, end = (int(x[k]) * problem.clock.step_s for x in (problem.team_start_step, problem.team_end_step))
        heard = team.heard_s if team.heard_s is not None else begin
        on_shift = team.on_duty and begin <= now_s < end
        status = _planned_status(problem, route, now.step)
        if not on_shift:
            status = "off duty"
        elif team.errand is not None:
            status = "sent"
        elif k in now.teams:
            status = "behind"
        position = team.position if team.position is not None else _planned_position(problem, route, now.step)
        lat, lon = (None, None) if position is None else position
        rows.append({
            "team": problem.team_names[k], "status": status,
            "silent": told and on_shift and now_s - heard > watch.silent_s,
            "heard_s": team.heard_s, "lat": lat, "lon": lon,
            "told_s": team.position_s,
            "stale": team.position_s is None or now_s - team.position_s > watch.stale_s,
            "errand": None if team.errand is None else {
                "place": problem.site_names[team.errand.site], "until_s": team.errand.until_s,
                "task": team.errand.task,
            },
            "next": [stop_row(problem, visit) for visit in next_visits(problem, route, now.step)],
        })  # fmt: skip
    return rows


def stop_row(problem: Problem, visit: Visit) -> dict[str, Any]:
    """Return a stop: its place, when it begins and ends, and the task that it does, "" for none."""
    task, step_s = problem.activities.task(visit.activity), problem.clock.step_s
    kind = "stop" if task is None else SORTS.get(problem.tasks.sort[task].item(), "task")
    return {
        "place": problem.site_names[visit.site], "start_s": visit.start * step_s,
        "end_s": end_of(problem, visit) * step_s, "kind": kind,
        "task": "" if task is None else problem.tasks.names[task], **_where(problem, visit.site),
    }  # fmt: skip


def _where(problem: Problem, site: int) -> dict[str, float | None]:
    """Return a site's position."""
    if not len(problem.site_lat):
        return {"lat": None, "lon": None}
    return {"lat": float(problem.site_lat[site]), "lon": float(problem.site_lon[site])}


def _planned_status(problem: Problem, route: Route, step: int) -> str:
    """Say what a team does by its plan."""
    for part in walk(problem, route).parts:
        if part.begin <= step < part.end:
            if isinstance(part, Away):
                return "away"
            if isinstance(part, Leg):
                return "on the way"
            return "at stop" if any(v.start <= step < end_of(problem, v) for v in route.visits) else "waiting"
    return "waiting"


def _planned_position(problem: Problem, route: Route, step: int) -> tuple[float, float] | None:
    """Where a team is by its plan; on a leg, on the straight line."""
    if not len(problem.site_lat):
        return None
    lat, lon = problem.site_lat, problem.site_lon
    site = int(problem.team_start_site[route.team])
    for part in walk(problem, route).parts:
        if part.begin <= step < part.end:
            site = part.site
            if isinstance(part, Leg):
                share = (step - part.begin) / (part.end - part.begin)
                a, b = part.site, part.target
                return float(lat[a] + share * (lat[b] - lat[a])), float(lon[a] + share * (lon[b] - lon[a]))
            break
    return float(lat[site]), float(lon[site])


def task_rows(state: State, now_s: int) -> list[dict[str, Any]]:
    """Return a row per task, what calls for attention first: ``task``, ``place``, ``status``, ``due_s``, who.

    ``status`` is one of "overdue" (its last window is over), "unplanned", "planned", "doing", "done" and
    "cancelled". Breaks and posts are of the plan and not listed.
    """
    problem, step_s = state.problem, state.problem.clock.step_s
    by = {
        problem.activities.task(v.activity): (route.team, v)
        for route in state.plan.routes for v in route.visits if problem.activities.task(v.activity) is not None
    }  # fmt: skip
    rows = []
    for q, name in enumerate(problem.tasks.names):
        if SORTS.get(problem.tasks.sort[q].item()):
            continue
        site = int(problem.tasks.site[q])
        due_s = max(last for _, last in windows(problem, q)) * step_s
        team, visit = by.get(q, (None, None))
        status = _task_status(state, name, visit, due_s, now_s)
        rows.append({
            "task": name, "place": problem.site_names[site], "status": status, "due_s": due_s,
            "mandatory": bool(problem.tasks.mandatory[q]),
            "team": None if team is None else problem.team_names[team],
            "start_s": None if visit is None else visit.start * step_s, **_where(problem, site),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (STATUSES.index(row["status"]), row["due_s"], row["task"]))


STATUSES = ("overdue", "unplanned", "doing", "planned", "done", "cancelled")
"""Of tasks, what calls for attention first."""


def _task_status(state: State, name: str, visit: Visit | None, due_s: int, now_s: int) -> str:
    """Say how things stand with a task; what the plan has done by now counts as done only if somebody said so."""
    if not state.is_open(name):
        return "done" if name in state.done else "cancelled"
    step_s = state.problem.clock.step_s
    if any(team.errand is not None and team.errand.task == name for team in state.teams):
        return "doing"
    if visit is not None and visit.start * step_s <= now_s < end_of(state.problem, visit) * step_s:
        return "doing"
    if now_s > due_s and (visit is None or end_of(state.problem, visit) * step_s <= now_s):
        return "overdue"
    return "planned" if visit is not None and visit.start * step_s > now_s else "unplanned"


def seen_series(problem: Problem, plans: Sequence[Plan], slice_min: int = SLICE_MIN) -> list[list[float]]:
    """Return, per plan, the share of the demand that is seen in each stretch of the night.

    Parameters
    ----------
    plans
        Plans of the problem: what was planned, what is in force.
    """
    width = max(1, round(slice_min * 60 / problem.clock.step_s))
    edges = np.arange(0, problem.n_steps, width)
    wanted = np.add.reduceat(problem.demand.sum(axis=0), edges)
    found = []
    for plan in plans:
        seen = np.add.reduceat((problem.demand * coverage(problem, plan).seen).sum(axis=0), edges)
        found.append(np.divide(seen, wanted, out=np.zeros(len(edges)), where=wanted > 0).tolist())
    return found
