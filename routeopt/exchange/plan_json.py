"""plan.json: the plan for machines, and back.

Fields: ``format`` "routeopt-plan"; ``version`` 1; ``scenario`` its name; ``clock`` start_min (minutes after
midnight), step_s, n_steps, date; ``strategy``, ``seed``, ``iterations``, ``runtime_s``; ``figures`` (shares in
[0, 1], see `routeopt.evaluation.Figures`; of goals also their ``price``, see `Result.prices`); ``bound`` (share
or null); ``violations``; ``inputs`` file name → SHA-256; ``command`` what makes the plan again; ``notes``;
``routes``: per team its name and visits, each with ``site`` (name), ``start_step``, what it is: ``dwell`` (index
into ``dwell_steps``), ``task`` (name of the task that it does) with ``service_steps``, ``wait_steps`` or
``away_steps``; ``fixed`` true where a search must leave it; and for people ``arrive``, ``start``, ``end``
(HH:MM), ``lat``, ``lon``, ``street``, ``zone``, ``reason``; ``trace``: [seconds, value] at every improvement of
the search. The plan that is read back is that of team, site, start_step, dwell and task alone; the prices of
goals are read too, for what is re-planned.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from routeopt.errors import Fault, InputError
from routeopt.evaluation import value as worth
from routeopt.guard import number as number_faults
from routeopt.guard import refuse
from routeopt.plan import Plan, Result, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Activities, Kind
from routeopt.problem.goals import MOST_PRICE
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
            visits.append(
                {
                    "site": problem.site_names[visit.site], "start_step": visit.start,
                    **_what(problem.activities, visit),
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
        "violations": [str(v) for v in report.violations],
        "inputs": dict(report.inputs), "command": report.command, "notes": [str(note) for note in report.notes],
        "dwell_steps": problem.dwell_steps.tolist(), "routes": routes,
        "trace": [[round(seconds, 3), value] for seconds, value in result.history],
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _what(table: Activities, visit: Visit) -> dict[str, object]:
    """What a visit is: a dwell of the menu, a task, waiting or being away; and whether a search must leave it."""
    steps = int(table.steps[visit.activity])
    what: dict[str, object] = {"fixed": True} if visit.fixed else {}
    match table.kind[visit.activity]:
        case Kind.TASK:
            return {"task": table.name[visit.activity], "service_steps": steps, **what}
        case Kind.WAIT:
            return {"wait_steps": steps, **what}
        case Kind.AWAY:
            return {"away_steps": steps, **what}
        case _:
            return {"dwell": visit.activity, **what}


def read_document(path: Path) -> dict[str, Any]:
    """Read the JSON object of a plan of any scenario.

    Raises
    ------
    InputError
        If the file does not exist, is not a plan, or is of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(Fault("RO-501", path)) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(Fault("RO-502", path, error=error)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InputError(Fault("RO-503", path, format=FORMAT, version=VERSION))
    return document


def date_of(document: dict[str, Any]) -> dt.date | None:
    """The day on which the plan starts; None if the plan is for no particular day."""
    clock = document.get("clock")
    try:
        return dt.date.fromisoformat(clock["date"]) if isinstance(clock, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def read_result(path: Path, problem: Problem) -> Result:
    """Read a plan of this problem with how it was found; its value is evaluated again.

    Raises
    ------
    InputError
        If `read_plan` raises it.
    """
    document, plan = read_document(path), read_plan(path, problem)

    def number(key: str, default: float) -> float:
        value = document.get(key)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else default

    history = document.get("trace")
    pairs = [p for p in history if isinstance(p, list) and len(p) == 2] if isinstance(history, list) else []
    return Result(
        plan=plan,
        value=worth(problem, plan),
        strategy=str(document.get("strategy", "")),
        seed=int(number("seed", 0)),
        runtime_s=float(number("runtime_s", 0.0)),
        iterations=int(number("iterations", 0)),
        bound=None if document.get("bound") is None else float(number("bound", 1.0)),
        history=tuple((float(s), float(v)) for s, v in pairs),
        prices=read_prices(path, problem),
    )


def read_prices(path: Path, problem: Problem) -> tuple[float, ...]:
    """Read the prices of the goals, in the problem's order; none where the plan was made without one of them.

    Raises
    ------
    InputError
        If the file is not a plan, or a price is not a number from 0 to 20; lists all of these.
    """
    figures = read_document(path).get("figures")
    listed = figures.get("goals") if isinstance(figures, dict) else None
    rows = enumerate(listed if isinstance(listed, list) else [])
    known = {str(goal.get("name")): (n, goal.get("price")) for n, goal in rows if isinstance(goal, dict)}
    found = [known[goal.name] for goal in problem.goals if goal.name in known]
    prices = [price for _n, price in found if price is not None]
    if len(prices) < len(problem.goals):
        return ()
    faults: list[Fault] = []
    for n, price in found:
        faults += number_faults(f"{path}: figures.goals[{n}].price", price, 0, MOST_PRICE)
    refuse(faults)
    return tuple(map(float, prices))


def read_plan(path: Path, problem: Problem) -> Plan:
    """Read a plan of this problem.

    Raises
    ------
    InputError
        If the file does not exist, is not a plan, is of another version, or has another clock or dwell menu, or
        teams, sites or numbers that the problem does not have.
    """
    document = read_document(path)
    _refuse_other_grid(path, document, problem)
    teams = {name: k for k, name in enumerate(problem.team_names)}
    sites = {name: i for i, name in enumerate(problem.site_names)}
    faults: list[Fault] = []
    routes: dict[int, Route] = {}
    entries = document.get("routes")
    for n, entry in enumerate(entries if isinstance(entries, list) else []):
        where = f"{path}: routes[{n}]"
        team = teams.get(str(entry.get("team"))) if isinstance(entry, dict) else None
        if team is None or team in routes:
            faults.append(Fault("RO-504", where, team=_shown(entry, "team")))
            continue
        routes[team] = Route(team, tuple(_visits(problem, entry, where, sites, faults)))
    faults += [Fault("RO-505", path, name=name) for name, k in teams.items() if k not in routes and not faults]
    if faults:
        raise InputError(faults)
    return Plan(tuple(routes[k] for k in range(problem.n_teams)))


def _refuse_other_grid(path: Path, document: dict[str, Any], problem: Problem) -> None:
    """Refuse a plan of another clock or dwell menu, under which its numbers mean other times."""
    clock = problem.clock
    here: dict[str, object] = {"start_min": clock.start_min, "step_s": clock.step_s, "n_steps": clock.n_steps}
    given = document.get("clock")
    there = {key: given[key] for key in here if key in given} if isinstance(given, dict) else {}
    if "dwell_steps" in document:
        here["dwell_steps"], there["dwell_steps"] = problem.dwell_steps.tolist(), document["dwell_steps"]
    faults = [
        Fault("RO-506", f"{path}: {key}", value=json.dumps(value), expected=json.dumps(here[key]))
        for key, value in there.items()
        if value != here[key]
    ]
    if faults:
        raise InputError(faults)


def _shown(entry: Any, key: str) -> str:
    return json.dumps(entry.get(key) if isinstance(entry, dict) else entry, ensure_ascii=False)


def _visits(
    problem: Problem, entry: dict[str, Any], where: str, sites: dict[str, int], faults: list[Fault]
) -> list[Visit]:
    table = problem.activities
    tasks = {table.name[row]: row for row in range(table.first_task, table.n_chosen)}
    visits = []
    listed = entry.get("visits")
    for m, v in enumerate(listed if isinstance(listed, list) else []):
        place = f"{where}.visits[{m}]"
        if not isinstance(v, dict) or v.get("site") not in sites:
            faults.append(Fault("RO-507", place, site=_shown(v, "site")))
            continue
        start, task = v.get("start_step"), v.get("task")
        if task is not None and (not isinstance(task, str) or task not in tasks):
            faults.append(Fault("RO-508", place, task=_shown(v, "task")))
            continue
        activity = _activity(problem, v) if task is None else tasks[task]
        if type(start) is not int or activity is None:
            what = next((v[key] for key in ("wait_steps", "away_steps") if key in v), v.get("dwell"))
            faults.append(Fault("RO-509", place, start=repr(start), dwell=repr(what), last=table.first_task - 1))
            continue
        visits.append(Visit(sites[v["site"]], start, activity, v.get("fixed") is True))
    return visits


def _activity(problem: Problem, visit: dict[str, Any]) -> int | None:
    """The activity of a visit that does no task; None if there is no such."""
    table = problem.activities
    for key, row in (("wait_steps", table.wait), ("away_steps", table.away)):
        if key in visit:
            steps = visit[key]
            return row(steps) if type(steps) is int and 1 <= steps <= problem.n_steps else None
    dwell = visit.get("dwell")
    return dwell if type(dwell) is int and 0 <= dwell < table.first_task else None
