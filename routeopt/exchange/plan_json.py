"""plan.json: the plan for machines, and back.

Fields: ``format`` "routeopt-plan"; ``version`` 1; ``scenario`` its name; ``clock`` start_min (minutes after
midnight), step_s, n_steps, date; ``strategy``, ``seed``, ``iterations``, ``runtime_s``; ``figures`` (shares
in [0, 1], see `routeopt.evaluation.Figures`); ``bound`` (share or null); ``violations``; ``inputs`` file name →
SHA-256; ``notes``; ``routes``: per team its name and visits, each with ``site`` (name), ``start_step``,
``dwell`` (index into ``dwell_steps``) or ``task`` (name of the task that it does) with ``service_steps``, and for
people ``arrive``, ``start``, ``end`` (HH:MM), ``lat``, ``lon``, ``street``, ``zone``, ``reason``; ``history``:
[seconds, value] at every improvement of the search. The plan that is read back is that of team, site, start_step,
dwell and task alone.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from routeopt.errors import Fault, InputError
from routeopt.evaluation import visibility
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.reports.model import ReportModel

FORMAT, VERSION = "routeopt-plan", 1


def write(report: ReportModel, path: Path) -> None:
    """Write the plan as UTF-8 JSON."""
    problem, result = report.problem, report.result
    clock = problem.clock
    shown = {(s.team_index, s.order): s for s in report.stops}
    routes = []
    for route in result.plan.routes:
        visits = []
        for order, visit in enumerate(route.visits, 1):
            stop = shown[route.team, order]
            q = visit.dwell - problem.n_dwells
            what: dict[str, object] = {"dwell": visit.dwell}
            if q >= 0:
                what = {"task": problem.tasks.names[q], "service_steps": int(problem.tasks.service_steps[q])}
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
        "runtime_s": round(result.runtime_s, 3), "figures": report.figures, "bound": result.bound,
        "violations": list(report.violations), "inputs": dict(report.inputs), "notes": list(report.notes),
        "dwell_steps": problem.dwell_steps.tolist(), "routes": routes,
        "trace": [[round(seconds, 3), value] for seconds, value in result.history],
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object of a plan, whatever scenario it is of.

    Raises
    ------
    InputError
        No such file, not a plan, or another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(Fault(str(path), "there is no such file.", "Write one with: routeopt plan")) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(Fault(str(path), f"is no JSON: {error}.", "Write it with: routeopt plan")) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InputError(Fault(str(path), f"is no {FORMAT} of version {VERSION}.", "Write it with: routeopt plan"))
    return document


def date_of(document: dict[str, Any]) -> dt.date | None:
    """The day on which the plan starts, if it is for a particular one."""
    clock = document.get("clock")
    try:
        return dt.date.fromisoformat(clock["date"]) if isinstance(clock, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def read_result(path: Path, problem: Problem) -> Result:
    """A plan of this problem with how it was found; its value is what the problem says it is worth.

    Raises
    ------
    InputError
        As `read_plan`.
    """
    document, plan = read_document(path), read_plan(path, problem)

    def number(key: str, default: float) -> float:
        value = document.get(key)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else default

    history = document.get("trace")
    pairs = [p for p in history if isinstance(p, list) and len(p) == 2] if isinstance(history, list) else []
    return Result(
        plan=plan,
        value=visibility(problem, plan),
        strategy=str(document.get("strategy", "")),
        seed=int(number("seed", 0)),
        runtime_s=float(number("runtime_s", 0.0)),
        iterations=int(number("iterations", 0)),
        bound=None if document.get("bound") is None else float(number("bound", 1.0)),
        history=tuple((float(s), float(v)) for s, v in pairs),
    )


def read_plan(path: Path, problem: Problem) -> Plan:
    """A plan of this problem.

    Raises
    ------
    InputError
        No such file, not a plan, another version, another clock or dwell menu, or teams, sites or numbers that the
        problem does not know.
    """
    document = read_document(path)
    _refuse_other_grid(path, document, problem)
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


def _refuse_other_grid(path: Path, document: dict[str, Any], problem: Problem) -> None:
    """Steps and dwells are numbers: they mean other times in another shift."""
    clock = problem.clock
    here: dict[str, object] = {"start_min": clock.start_min, "step_s": clock.step_s, "n_steps": clock.n_steps}
    given = document.get("clock")
    there = {key: given[key] for key in here if key in given} if isinstance(given, dict) else {}
    if "dwell_steps" in document:
        here["dwell_steps"], there["dwell_steps"] = problem.dwell_steps.tolist(), document["dwell_steps"]
    faults = [
        Fault(
            f"{path}: {key}", f"is {json.dumps(value)}, the scenario's is {json.dumps(here[key])}.", "Plan anew."
        )
        for key, value in there.items()
        if value != here[key]
    ]
    if faults:
        raise InputError(faults)


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
