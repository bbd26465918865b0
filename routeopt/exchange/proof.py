"""proof.json.gz: the tables that a plan's figures stand on, so that they can be recomputed without this package.

``checker/check_plan.py`` does so, from this file and plan.json alone; the page "Check a plan yourself" of the
documentation has the formulas. Of sites, legs, sight and response coverage only what the plan's routes and the
tasks need is written; the demand λ of every point and step, in rows of [value, number of steps]. Numbers have all
their digits. Fields: ``format`` "routeopt-proof", ``version`` 1, then those of the parts below; sites, teams and
tasks are called by their names, points by their numbers.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from routeopt.document import head
from routeopt.errors import Fault, InputError
from routeopt.exchange.whole import whole
from routeopt.guard import path_faults, refuse
from routeopt.plan import Plan, indexed
from routeopt.problem import Problem
from routeopt.problem.activities import Sort
from routeopt.problem.movement import FAR, Profile
from routeopt.problem.tasks import windows
from routeopt.timeline import walk

if TYPE_CHECKING:
    from routeopt.reports.model import ReportModel

FORMAT, VERSION = "routeopt-proof", 1


def write(report: ReportModel, path: Path) -> None:
    """Write what the plan of a report stands on."""
    _write(proof(report.problem, report.result.plan), path)


def write_proof(path: str | PathLike[str], problem: Problem, plan: Plan) -> None:
    """Write what a plan stands on, as gzipped JSON.

    Raises
    ------
    InputError
        If the plan is not one of this problem, or the disk refuses to write.
    """
    refuse(path_faults(path))
    document = proof(problem, plan)
    try:
        with whole(Path(path)) as file:
            _write(document, file)
    except OSError as error:
        raise InputError(Fault("RO-517", error.filename or path, error=error.strerror or error)) from None


def _write(document: dict[str, Any], path: Path) -> None:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))  # without a time: equal plans, equal files


def proof(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return what a plan stands on, for `json.dumps`.

    Raises
    ------
    InputError
        If the plan is not one of this problem.
    """
    plan = indexed(problem, plan)
    legs, been = set[tuple[int, int, int]](), set[tuple[int, int]]()
    for route in plan.routes:
        profile = problem.team_profile.item(route.team)
        gaps = walk(problem, route).gaps
        legs |= {(profile, gap.site, gap.target) for gap in gaps if gap.site != gap.target}
        been |= {(profile, site) for gap in gaps for site in (gap.site, gap.target)}
        been |= {(profile, visit.site) for visit in route.visits}
    named = problem.team_start_site, problem.team_end_site, problem.tasks.site, problem.must_visits.site
    sites = sorted({site for _, site in been}.union(*(column.tolist() for column in named)))
    return {
        **head(problem), "format": FORMAT, "version": VERSION,
        "n_points": problem.n_points, "demand": _in_runs(problem.demand),
        "level0": [[j, problem.level0.item(j)] for j in np.flatnonzero(problem.level0).tolist()],
        "absent0": _in_runs(problem.absent0) if problem.absent0.size else None,
        "keep0": _in_runs(problem.keep0) if problem.keep0.size else None,
        "tau_s": problem.tau_s, "passage_effect": problem.passage_effect,
        "dwell_effect": problem.dwell_effect.tolist(), "handling_min": list(problem.handling_min),
        "spacing_steps": problem.spacing_steps, "periods": problem.periods.begin.tolist(),
        "sites": [_site(problem, site) for site in sites],
        "teams": [_team(problem, k, sites) for k in range(problem.n_teams)],
        "tasks": [_task(problem, q) for q in range(len(problem.tasks))],
        "must_visits": [
            {"site": problem.site_names[site], "max_gap_steps": most, "least_steps": least}
            for site, most, least in zip(
                problem.must_visits.site.tolist(), problem.must_visits.max_gap_steps.tolist(),
                problem.must_visits.least_steps.tolist(), strict=True,
            )
        ],
        "zones": [
            {"title": zone.title, "points": np.flatnonzero(zone.points).tolist()} for zone in problem.zones
        ],
        "goals": list(_goals(problem)),
        "legs": [_leg(problem, *leg) for leg in sorted(legs)],
        "seen": [_seen(problem, profile, site) for profile, site in sorted(been)],
    }  # fmt: skip


def _in_runs(table: NDArray[np.float64]) -> list[list[list[float]]]:
    """Rows of [value, number of steps]; [] for one that is 0 throughout."""
    found: list[list[list[float]]] = []
    for row in table:
        ends = np.append(np.flatnonzero(np.diff(row)) + 1, len(row))
        values, sizes = row[ends - 1].tolist(), np.diff(ends, prepend=0).tolist()
        found.append([list(run) for run in zip(values, sizes, strict=True)] if row.any() else [])
    return found


def _site(problem: Problem, site: int) -> dict[str, Any]:
    """Where teams may stop, and when not."""
    closed = [
        {"team": name, "begin": begin, "end": end}
        for team, name in enumerate(problem.team_names)
        for begin, end in problem.access.closed(team, site)
    ]
    area = problem.site_area.item(site) if len(problem.site_area) else -1
    on_map = len(problem.site_lat) > 0
    return {
        "name": problem.site_names[site],
        "lat": problem.site_lat.item(site) if on_map else None,
        "lon": problem.site_lon.item(site) if on_map else None,
        "stops": bool(problem.site_stoppable[site]), "may_return": problem.access.may_return(site),
        "area": problem.area_names[area] if area >= 0 else None, "closed": closed,
    }  # fmt: skip


def _team(problem: Problem, team: int, sites: list[int]) -> dict[str, Any]:
    """Who goes out, when, from where, how, and where it may stop."""
    area = int(problem.team_area[team]) if len(problem.team_area) else -1
    zoned = bool(len(problem.team_zone)) and int(problem.team_zone[team]) >= 0
    kept = problem.kept_to(team)
    bound = zoned or problem.is_reserve(team)
    return {
        "name": problem.team_names[team], "mode": problem.movement(team).mode,
        "profile": int(problem.team_profile[team]), "factor": problem.team_factor.item(team),
        "powers": bool(problem.team_powers[team]),
        "start_site": problem.site_names[problem.team_start_site[team]],
        "end_site": problem.site_names[problem.team_end_site[team]],
        "start_step": int(problem.team_start_step[team]), "end_step": int(problem.team_end_step[team]),
        "longest_work_steps": int(problem.longest_work[team]) if len(problem.longest_work) else 0,
        "area": problem.area_names[area] if area >= 0 else None,
        "reserve": problem.is_reserve(team), "anywhere": problem.starts_anywhere(team),
        "keeps_to": [problem.site_names[site] for site in sites if kept[site]] if bound else None,
    }  # fmt: skip


def _task(problem: Problem, q: int) -> dict[str, Any]:
    tasks = problem.tasks

    def names(who: NDArray[np.bool_]) -> list[str]:
        return [problem.team_names[k] for k in np.flatnonzero(who).tolist()]

    return {
        "name": tasks.names[q], "site": problem.site_names[tasks.site[q]],
        "windows": [list(window) for window in windows(problem, q)], "service_steps": int(tasks.service_steps[q]),
        "reward": tasks.reward.item(q), "mandatory": bool(tasks.mandatory[q]), "teams": names(tasks.allowed[q]),
        "crew": int(tasks.crew[q]), "lead": names(tasks.lead[q]), "instead_of": tasks.names[tasks.group[q]],
        "presence": tasks.presence.item(q), "free": bool(tasks.free[q]),
        "break": int(tasks.sort[q]) == Sort.BREAK,
    }  # fmt: skip


def _goals(problem: Problem) -> Iterator[dict[str, Any]]:
    for goal in problem.goals:
        yield {
            "name": goal.name, "at_least": goal.at_least, "measure": str(goal.measure),
            "within_min": None if goal.radius is None else problem.handling_min[goal.radius],
            "responders": goal.responders, "must": goal.is_rule,
            "steps": list(goal.steps or (0, problem.n_steps - 1)),
            "points": np.flatnonzero(goal.points).tolist() if len(goal.points) else None,
            "sites": [problem.site_names[n] for n in np.flatnonzero(goal.sites)],
        }  # fmt: skip


def _leg(problem: Problem, profile: int, site: int, target: int) -> dict[str, Any]:
    """A leg in each period: steps, metres, and what it passes [point, step, present, leaves]; null for no way."""
    periods = problem.periods.profile
    rows = periods[profile].tolist() if len(periods) else [profile]
    return {
        "profile": profile, "from": problem.site_names[site], "to": problem.site_names[target],
        "in_period": [_in_period(problem.profiles[row], site, target) for row in rows],
    }  # fmt: skip


def _in_period(profile: Profile, site: int, target: int) -> dict[str, Any] | None:
    steps = profile.steps(site, target)
    if steps >= FAR:
        return None
    passed = zip(*(column.tolist() for column in profile.passage(site, target)), strict=True)
    return {"steps": steps, "metres": profile.metres(site, target), "passes": [list(one) for one in passed]}


def _seen(problem: Problem, profile: int, site: int) -> dict[str, Any]:
    """What is seen from a site [point, ρ], and reached from it within each of ``handling_min`` [points]."""
    points, rho = problem.profiles[profile].seen(site)
    row = profile * problem.n_sites + site
    reached = [
        point[ptr[row] : ptr[row + 1]].tolist()
        for ptr, point in zip(problem.response_ptr, problem.response_point, strict=True)
    ]
    return {
        "profile": profile, "site": problem.site_names[site],
        "sight": [list(pair) for pair in zip(points.tolist(), rho.tolist(), strict=True)], "reached": reached,
    }  # fmt: skip
