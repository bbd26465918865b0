"""Compare plans and their figures as files give them, whatever their scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from routeopt.diff import KINDS, PlannedStop, StopChange
from routeopt.errors import Fault, InputError, Words
from routeopt.explain.goals import read_goals


def stops_in(path: Path, document: Mapping[str, Any]) -> list[PlannedStop]:
    """Read the stops of a plan.json of any scenario, without waits and absences.

    Raises
    ------
    InputError
        If a field that gives them is missing or invalid.
    """
    try:
        clock, dwells = document["clock"], document["dwell_steps"]
        begin, step_s = int(clock["start_min"]) * 60, int(clock["step_s"])
        return [
            PlannedStop(
                str(route["team"]), str(visit["site"]), begin + int(visit["start_step"]) * step_s,
                int(_steps(visit, dwells)) * step_s,
            )
            for route in document["routes"] for visit in route["visits"]
            if "wait_steps" not in visit and "away_steps" not in visit
        ]  # fmt: skip
    except (KeyError, IndexError, TypeError, ValueError) as error:
        field = error.args[0] if isinstance(error, KeyError) else "visits"
        raise InputError(Fault("RO-510", path, field=field)) from None


def _steps(visit: Mapping[str, Any], dwells: Sequence[Any]) -> Any:
    """The length of a stop or task."""
    for key in ("service_steps", "stop_steps"):
        if key in visit:
            return visit[key]
    return dwells[visit["dwell"]]


def object_in(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under ``key``; empty if it is missing."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def other_inputs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of the input files that differ between both plans."""
    known = [object_in(doc, "inputs") for doc in (before, after)]
    return [name for name in {**known[0], **known[1]} if known[0].get(name) != known[1].get(name)]


def night_of(document: Mapping[str, Any]) -> str:
    """Scenario, date and span of a plan: ``a night, 2026-05-15, 19:00–21:00``."""
    clock = object_in(document, "clock")
    parts = [str(document.get("scenario", "")), str(clock.get("date") or ""), _span(clock)]
    return ", ".join(part for part in parts if part)


def other_night(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two plans are of different nights: scenario, span, or date where both have one."""
    clocks = [object_in(doc, "clock") for doc in (before, after)]
    dates = {clock.get("date") for clock in clocks} - {None}
    other = before.get("scenario") != after.get("scenario")
    return other or len(dates) > 1 or _span(clocks[0]) != _span(clocks[1])


def _span(clock: Mapping[str, Any]) -> str:
    """``19:00–21:00``; "" where the clock is incomplete."""
    try:
        begin = int(clock["start_min"])
        end = begin + int(clock["n_steps"]) * int(clock["step_s"]) // 60
    except (KeyError, TypeError, ValueError):
        return ""
    return f"{begin // 60 % 24:02d}:{begin % 60:02d}–{end // 60 % 24:02d}:{end % 60:02d}"


def by_team(found: Sequence[StopChange]) -> dict[str, dict[str, int]]:
    """Team → kind → number of changes."""
    counts = Counter((change.team, change.kind) for change in found)
    teams = dict.fromkeys(change.team for change in found)
    return {team: {kind: counts[team, kind] for kind in KINDS if counts[team, kind]} for team in teams}


def figure_rows(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[str, float | None, float | None]]:
    """(name, before, after) of every share that either has; zones are ``zones: …``, goals ``goals: …``."""
    flat = [_flat(before), _flat(after)]
    return [(name, flat[0].get(name), flat[1].get(name)) for name in {**flat[0], **flat[1]}]


def _flat(figures: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for key, value in figures.items():
        if key == "tasks" and isinstance(value, Mapping):
            if value.get("of"):  # a night without tasks has no such figure
                found["tasks done"] = value.get("done", 0) / value["of"]
        elif isinstance(value, Mapping):
            found |= {f"{key}: {inner}": float(x) for inner, x in value.items() if isinstance(x, (int, float))}
        elif isinstance(value, (int, float)):
            found[key] = float(value)
    return found | {f"goals: {goal['name']}": float(goal["reached"]) for goal in read_goals(figures)}


def kind_word(kind: str, _: Words) -> str:
    """What happened to a stop; ``kind`` is one of `KINDS`."""
    known = {
        "added": _("added"), "dropped": _("dropped"), "moved": _("moved"), "retimed": _("retimed"),
        "replaced": _("replaced"),
    }  # fmt: skip
    return known[kind]


def figure_word(name: str, _: Words, goals: Mapping[str, str]) -> str:
    """Label of a figure of `figure_rows`; ``goals`` are the goals' `titles`."""
    known = {
        "value": _("visibility with rewards"), "visibility": _("visibility, effective"),
        "instant": _("visibility, instant"), "band: low": _("  range under model uncertainty, from"),
        "band: high": _("  to"), "tasks done": _("tasks done"),
    }  # fmt: skip
    kind, _colon, inner = name.partition(": ")
    of_kind = {
        "zones": _("zone {name}"), "within": _("seen within {name} min"),
        "handling": _("a team within {name} min"), "backup": _("a second team within {name} min"),
    }  # fmt: skip
    if kind == "goals":
        return _("goal: {name}").format(name=goals.get(inner, inner))
    return of_kind[kind].format(name=inner) if kind in of_kind else known.get(name, name)
