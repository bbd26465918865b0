"""plan.json: the plan for machines, and back.

Fields: those of a plan as JSON (`routeopt.document`: format, version, scenario, clock, dwell_steps, routes),
which alone are read back, and for what is re-planned the prices of goals; ``strategy``, ``seed``,
``iterations``; ``value`` of the objective; ``figures`` (shares in [0, 1], see `routeopt.evaluation.Figures`; of
goals also their ``price``, see `Result.prices`); ``bound`` (share or null); ``prices`` rule → what it costs, and
``rules`` with their titles and the most that they can cost; ``violations``; ``changes`` of a plan that was
re-planned; ``runtime_s`` and ``trace``, [seconds, value] at every improvement of the search. The last two are left
out where a number of iterations ended the search: the same inputs then give the same file, byte by byte. One that
the command line writes also has ``inputs`` file name → SHA-256; ``command`` what makes the plan again; ``notes``;
``cameras``, if there are any: what is noticed without and with them, the watch list; and in every visit ``arrive``
(HH:MM), ``lat``, ``lon``, ``street``, ``zone``, ``reason``, ``worth`` (what leaving it out would lose, or null).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeopt.border import bordered
from routeopt.document import FORMAT, VERSION
from routeopt.errors import Fault, InputError, Message
from routeopt.evaluation import Figures, evaluate
from routeopt.evaluation import value as worth
from routeopt.exchange.whole import whole
from routeopt.explain.goals import goals_json, unmet
from routeopt.explain.prices import RulePrice, prices_json
from routeopt.guard import is_finite, is_number, kind, path_faults, refuse
from routeopt.guard import number as number_faults
from routeopt.plan import Plan, Result, from_document, indexed
from routeopt.problem import Problem
from routeopt.problem.goals import MOST_PRICE
from routeopt.rules import check

if TYPE_CHECKING:
    from routeopt.reports.model import ReportModel


def write(report: ReportModel, path: Path) -> None:
    """Write a plan with everything that its report says of it, as UTF-8 JSON."""
    problem, result = report.problem, report.result
    document = _timeless(result, problem) | {
        "figures": report.figures, "violations": [str(v) for v in report.violations],
        "prices": prices_json(report.prices), "rules": [one.to_json() for one in report.prices],
        "inputs": dict(report.inputs), "command": report.command, "notes": [str(note) for note in report.notes],
        **report.cameras_json(),
    }  # fmt: skip
    shown = {(s.team_index, s.order): s for s in report.stops}
    for team, route in enumerate(document["routes"]):
        for order, visit in enumerate(route["visits"], 1):
            stop = shown[result.plan.routes[team].team, order]
            visit |= {
                "arrive": problem.clock.text(stop.arrive_s), "lat": round(stop.lat, 6), "lon": round(stop.lon, 6),
                "street": stop.street, "zone": stop.zone, "reason": stop.reason,
                "worth": None if stop.worth is None else round(stop.worth, 9),
            }  # fmt: skip
    _write(document, path)


def write_plan(path: str | PathLike[str], problem: Problem, plan: Plan | Result) -> None:
    """Write a plan, or a result with how it was found, as plan.json, with its figures and violations.

    Raises
    ------
    InputError
        If the plan is not one of this problem, or the disk refuses to write.
    """
    faults = path_faults(path) + kind("problem", problem, Problem)
    refuse(faults if isinstance(plan, (Plan, Result)) else faults + kind("plan", plan, Plan))
    document = _timeless(plan, problem) if isinstance(plan, Result) else plan.to_json(problem)
    it = indexed(problem, plan.plan if isinstance(plan, Result) else plan)
    violations = check(problem, it)
    document["violations"] = [str(violation) for violation in violations]
    if not violations:
        prices = plan.prices if isinstance(plan, Result) else ()
        document["figures"] = figures_json(problem, evaluate(problem, it), prices)
    try:
        with whole(Path(path)) as file:
            _write(document, file)
    except OSError as error:
        raise InputError(Fault("RO-517", error.filename or path, error=error.strerror or error)) from None


def _timeless(result: Result, problem: Problem) -> dict[str, Any]:
    """Return a result as JSON; without the time that it took where it says nothing of it (`Result.timeless`)."""
    document = result.to_json(problem)
    if not result.history:
        del document["runtime_s"], document["trace"]
    return document


def _write(document: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def figures_json(problem: Problem, figures: Figures, prices: Sequence[float] = ()) -> dict[str, object]:
    """Convert figures to a dict with text keys for JSON; ``prices`` are those of the goals, if known."""
    plain = asdict(figures)
    plain["goals"] = goals_json(problem, figures, prices)
    plain["unmet"] = unmet(plain["goals"])
    for key in ("within", "handling", "backup"):
        plain[key] = {f"{minutes:g}": share for minutes, share in plain[key].items()}
    plain["band"] = {"low": figures.band[0], "high": figures.band[1]}
    return plain


@bordered("document")
def read_document(path: Path) -> dict[str, Any]:
    """Read the JSON object of a plan of any scenario.

    Raises
    ------
    InputError
        If the file does not exist, is not a plan, or is of another version.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except FileNotFoundError:
        raise InputError(Fault("RO-501", path)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(Fault("RO-502", path, error=error)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InputError(Fault("RO-503", path, format=FORMAT, version=VERSION))
    return document


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these keys, none of which may occur twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for n, (key, _value) in enumerate(pairs) if key in dict(pairs[:n]))
        raise ValueError(f'key "{twice}" occurs twice')
    return found


def _no_number(name: str) -> float:
    """Refuse what JSON does not know as a number."""
    raise ValueError(f"{name} is not a number")


def date_of(document: dict[str, Any]) -> dt.date | None:
    """The day on which the plan starts; None if the plan is for no particular day."""
    clock = document.get("clock")
    try:
        return dt.date.fromisoformat(clock["date"]) if isinstance(clock, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


@bordered("document")
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
        return value if is_number(value) and is_finite(value) else default  # type: ignore[return-value]

    history = document.get("trace")
    pairs = [p for p in history if isinstance(p, list) and len(p) == 2] if isinstance(history, list) else []
    pairs = [pair for pair in pairs if all(is_number(one) and is_finite(one) for one in pair)]
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


@bordered("document")
def read_rule_prices(path: Path, titles: Mapping[str, Message | str]) -> tuple[RulePrice, ...]:
    """Read what rules cost; those without a title, which the scenario has no more, are left out.

    Raises
    ------
    InputError
        If the file is not a plan.
    """
    listed = read_document(path).get("rules")
    found = []
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and is_number(one.get("price")) and one.get("rule") in titles:
            limit = one.get("at_most")
            most = float(limit) if is_number(limit) else None  # type: ignore[arg-type]
            found.append(RulePrice(one["rule"], titles[one["rule"]], float(one["price"]), most))
    return tuple(found)


@bordered("document")
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


@bordered("document")
def read_plan(path: str | PathLike[str], problem: Problem) -> Plan:
    """Read a plan of this problem from a plan.json.

    Raises
    ------
    InputError
        If the file does not exist, is not a plan, is of another version, or has another clock or dwell menu, or
        teams, places, times or numbers that the problem does not have; lists all faults.
    """
    refuse(path_faults(path) + kind("problem", problem, Problem))
    return from_document(problem, read_document(Path(path)), str(path))
