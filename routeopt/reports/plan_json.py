"""plan.json: the plan for machines, and back.

Fields: ``format`` "routeopt-plan"; ``version`` 1; ``scenario`` its name; ``clock`` start_min (minutes after
midnight), step_s, n_steps, date; ``strategy``, ``seed``, ``iterations``, ``runtime_s``; ``figures`` (shares
in [0, 1], see `routeopt.evaluate.Figures`); ``bound`` (share or null); ``violations``; ``inputs`` file name →
SHA-256; ``notes``; ``routes``: per team its name and visits, each with ``site`` (name), ``start_step``,
``dwell`` (index into ``dwell_steps``) or ``task`` (name of the task that it does), and for people ``arrive``,
``start``, ``end`` (HH:MM), ``lat``, ``lon``, ``street``, ``zone``, ``reason``. Reading uses team, site,
start_step, dwell and task alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from routeopt.errors import Fault, InputError
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.reports.night import Night

FORMAT, VERSION = "routeopt-plan", 1


def write(night: Night, path: Path) -> None:
    """Write the plan as UTF-8 JSON."""
    problem, result = night.problem, night.result
    clock = problem.clock
    shown = {(s.team_index, s.order): s for s in night.stops}
    routes = []
    for route in result.plan.routes:
        visits = []
        for order, visit in enumerate(route.visits, 1):
            stop = shown[route.team, order]
            q = visit.dwell - problem.n_dwells
            what = {"task": problem.tasks.names[q]} if q >= 0 else {"dwell": visit.dwell}
            visits.append(
                {
                    "site": problem.site_names[visit.site], "start_step": visit.start, **what,
                    "arrive": clock.text(stop.arrive_s), "start": clock.text(stop.start_s),
                    "end": clock.text(stop.end_s), "lat": round(stop.lat, 6), "lon": round(stop.lon, 6),
                    "street": stop.street, "zone": stop.zone, "reason": stop.reason,
                }
            )  # fmt: skip
        routes.append({"team": problem.team_names[route.team], "visits": visits})
    document = {
        "format": FORMAT, "version": VERSION, "scenario": problem.name,
        "clock": {
            "start_min": clock.start_min, "step_s": clock.step_s, "n_steps": clock.n_steps,
            "date": clock.date.isoformat() if clock.date else None,
        },
        "strategy": result.strategy, "seed": result.seed, "iterations": result.iterations,
        "runtime_s": round(result.runtime_s, 3), "figures": night.figures, "bound": result.bound,
        "violations": list(night.violations), "inputs": dict(night.inputs), "notes": list(night.notes),
        "dwell_steps": problem.dwell_steps.tolist(), "routes": routes,
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_plan(path: Path, problem: Problem) -> Plan:
    """A plan of this problem.

    Raises
    ------
    InputError
        No such file, not a plan, another version, or teams, sites or numbers that the problem does not know.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(Fault(str(path), "there is no such file.", "Write one with: routeopt plan")) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(Fault(str(path), f"is no JSON: {error}.", "Write it with: routeopt plan")) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InputError(Fault(str(path), f"is no {FORMAT} of version {VERSION}.", "Write it with: routeopt plan"))
    teams = {name: k for k, name in enumerate(problem.team_names)}
    sites = {name: i for i, name in enumerate(problem.site_names)}
    kinds: dict[object, int] = {name: q for q, name in enumerate(problem.tasks.names, problem.n_dwells)}
    kinds.update((n, n) for n in range(problem.n_dwells))
    faults: list[Fault] = []
    routes: dict[int, Route] = {}
    entries = document.get("routes")
    for n, entry in enumerate(entries if isinstance(entries, list) else []):
        where = f"{path}: routes[{n}]"
        team = teams.get(str(entry.get("team"))) if isinstance(entry, dict) else None
        if team is None or team in routes:
            faults.append(Fault(where, f"team {_shown(entry, 'team')} is unknown or there twice."))
            continue
        routes[team] = Route(team, tuple(_visits(entry, where, sites, kinds, problem.n_dwells, faults)))
    faults += [
        Fault(str(path), f'team "{name}" has no route.', "Give it one, if need be with no visits.")
        for name, k in teams.items()
        if k not in routes and not faults
    ]
    if faults:
        raise InputError(faults)
    return Plan(tuple(routes[k] for k in range(problem.n_teams)))


def _shown(entry: Any, key: str) -> str:
    return json.dumps(entry.get(key) if isinstance(entry, dict) else entry, ensure_ascii=False)


def _visits(
    entry: dict[str, Any],
    where: str,
    sites: dict[str, int],
    kinds: dict[object, int],
    n_dwells: int,
    faults: list[Fault],
) -> list[Visit]:
    visits = []
    listed = entry.get("visits")
    for m, v in enumerate(listed if isinstance(listed, list) else []):
        place = f"{where}.visits[{m}]"
        if not isinstance(v, dict) or v.get("site") not in sites:
            faults.append(Fault(place, f"site {_shown(v, 'site')} is not in this scenario."))
            continue
        start, dwell, task = v.get("start_step"), v.get("dwell"), v.get("task")
        if task is not None and (not isinstance(task, str) or task not in kinds):
            faults.append(Fault(place, f"task {_shown(v, 'task')} is not in this scenario."))
            continue
        if type(start) is not int or (task is None and (type(dwell) is not int or dwell not in kinds)):
            what = f"start_step {start!r} and dwell {dwell!r} must be whole numbers, dwell below {n_dwells}."
            faults.append(Fault(place, what))
            continue
        visits.append(Visit(sites[v["site"]], start, kinds[dwell if task is None else task]))
    return visits
