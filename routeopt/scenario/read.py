"""Scenario files → `Scenario`: every fault at once, with file, line, column, value, rule and remedy."""

from __future__ import annotations

import contextlib
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from routeopt.errors import Fault, ScenarioError, nearest
from routeopt.scenario.marks import KeyPath, Marked, load
from routeopt.scenario.model import FixedDemand, IncidentDemand, Scenario, Shift, Task, VenueDemand


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from YAML or JSON.

    Raises
    ------
    ScenarioError
        With every fault of the file at once, each with file:line:column, value, rule and remedy.
    """
    path = Path(path)
    marked = load(path)
    if not isinstance(marked.data, dict):
        raise ScenarioError(Fault(f"{path}:1:1", "is no mapping of keys to values.", "Begin with: routeopt: 1"))
    data = {key: value for key, value in marked.data.items() if key != "source"}
    faults = []
    if "source" in marked.data:
        faults.append(_fault(path, marked, ("source",), 'unknown key "source".', "", key=True))
    try:
        scenario = Scenario.model_validate({**data, "source": path})
    except ValidationError as error:
        faults += [_translate(path, marked, dict(e)) for e in error.errors()]
        with contextlib.suppress(ValidationError):  # what can be judged alone is judged all the same
            shift = Shift.model_validate(data.get("shift"))
            faults += _check_shift(shift, lambda *fault: _fault(path, marked, *fault))
        raise ScenarioError(sorted(faults, key=_order)) from None
    faults += list(_cross_checks(scenario, path, marked))
    if faults:
        raise ScenarioError(sorted(faults, key=_order))
    return scenario


def _order(fault: Fault) -> list[int]:
    return [int(n) for n in fault.where.rsplit(":", 2)[1:] if n.isdigit()]


def _fault(path: Path, marked: Marked, place: KeyPath, what: str, remedy: str = "", *, key: bool = False) -> Fault:
    line, column = marked.at(place, key=key)
    name = ".".join(f"{p}" for p in place)
    return Fault(f"{path}:{line}:{column}", f"{name}: {what}" if name else what, remedy)


RULES: dict[str, str] = {
    "missing": "is missing.",
    "string_type": "must be text.",
    "string_too_short": "must not be empty.",
    "int_type": "must be a whole number, without unit or quotes.",
    "int_from_float": "must be a whole number.",
    "float_type": "must be a number, without unit or quotes.",
    "finite_number": "must be a finite number.",
    "bool_type": "must be true or false.",
    "list_type": "must be a list.",
    "dict_type": "must be a mapping of names to values.",
    "model_type": "must be a mapping of keys to values.",
    "model_attributes_type": "must be a mapping of keys to values.",
    "date_from_datetime_parsing": "is no date. Write it as 2026-05-15.",
    "date_parsing": "is no date. Write it as 2026-05-15.",
    "union_tag_not_found": "needs kind: fixed, venues or incidents.",
    "union_tag_invalid": "is no kind of demand: it is fixed, venues or incidents.",
}
"""Pydantic's error types in a planner's words."""


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _models(inner)


def _keys_at(place: Sequence[str | int]) -> list[str]:
    """Keys that the model at ``place`` knows."""
    model: type[BaseModel] = Scenario
    for part in place:
        if isinstance(part, int):
            continue
        fields = {(f.alias or n): f for n, f in model.model_fields.items()}
        kinds = {k: m for m, k in ((FixedDemand, "fixed"), (VenueDemand, "venues"), (IncidentDemand, "incidents"))}
        if part in fields:
            inner = list(_models(fields[part].annotation))
            if not inner:
                return []
            model = inner[0]
        elif part in kinds:
            model = kinds[part]
    return [f.alias or n for n, f in model.model_fields.items() if n != "source"]


def _translate(path: Path, marked: Marked, error: dict[str, Any]) -> Fault:
    """One of pydantic's errors with its place in the file and a remedy."""
    full: KeyPath = tuple(error["loc"])
    kinds = ("fixed", "venues", "incidents")
    place = tuple(p for n, p in enumerate(full) if not (n == 2 and full[0] == "demand" and p in kinds))
    place = tuple(p for p in place if p != "[key]")
    kind, value = str(error["type"]), error.get("input")
    if kind == "extra_forbidden":
        near = nearest(str(place[-1]), _keys_at(full[:-1]))
        remedy = f'Maybe "{near}".' if near else f"Known are {', '.join(_keys_at(full[:-1]))}."
        return _fault(path, marked, place, "unknown key.", remedy, key=True)
    if kind in ("missing", "union_tag_not_found"):
        return _fault(path, marked, place, RULES[kind], f'Add "{place[-1]}: …".' if kind == "missing" else "")
    rule = RULES.get(kind) or str(error["msg"])
    remedy = ""
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
        near = nearest(str(value), re.findall(r"'([^']+)'", expected))
        rule, remedy = f"must be {expected}.", f'Maybe "{near}".' if near else ""
    elif kind in ("less_than_equal", "greater_than_equal", "greater_than", "less_than"):
        rule = str(error["msg"]).replace("Input should be", "must be") + "."
        if place[-1] == "lat":
            remedy = "Maybe lat and lon are swapped."
    elif kind == "too_short":
        rule, remedy = "has too few entries.", f"It needs at least {error['ctx']['min_length']}."
    elif kind in ("float_type", "int_type") and isinstance(value, str):
        number = re.match(r"^\s*([-+]?[\d.]+)", value)
        remedy = f"Maybe {number[1]}." if number else ""
    shown = "" if isinstance(value, (dict, list)) else f'"{value}" ' if isinstance(value, str) else f"{value} "
    return _fault(path, marked, place, f"{shown}{rule}", remedy)


def _cross_checks(s: Scenario, path: Path, marked: Marked) -> Iterator[Fault]:
    """Rules that span several keys."""

    def fault(place: KeyPath, what: str, remedy: str = "") -> Fault:
        return _fault(path, marked, place, what, remedy)

    yield from _check_shift(s.shift, fault)
    given = [k for k in ("file", "place", "bbox", "polygon") if getattr(s.streets, k) is not None]
    if len(given) != 1:
        what = f"has {' and '.join(given)}." if given else "says not where streets come from."
        yield fault(("streets",), what, "Give exactly one of file, place, bbox, polygon.")
    if s.streets.bbox is not None:
        south, west, north, east = s.streets.bbox
        if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
            yield fault(("streets", "bbox"), f"{s.streets.bbox} is no area.", "Write [south, west, north, east].")
    posts = [p.name for p in s.posts]
    yield from _duplicates(fault, ("posts",), "post", posts)
    yield from _duplicates(fault, ("teams",), "team", [t.name for t in s.teams])
    yield from _duplicates(fault, ("sites", "list"), "site", [p.name for p in s.sites.list_])
    for n, team in enumerate(s.teams):
        for key, post in (("start", team.start), ("end", team.end)):
            if post is not None and post not in posts:
                near = nearest(post, posts)
                remedy = f'Maybe "{near}".' if near else f"Posts are {', '.join(posts)}."
                yield fault(("teams", n, key), f'team "{team.name}": there is no post "{post}".', remedy)
        yield from _check_window(
            s, fault, ("teams", n), f'team "{team.name}"', team.from_, team.until, within=True
        )
    yield from _duplicates(fault, ("tasks",), "task", [t.name for t in s.tasks])
    for n, task in enumerate(s.tasks):
        yield from _check_task(s, task, fault, ("tasks", n))
    for d, source in enumerate(s.demand):
        place: KeyPath = ("demand", d)
        if isinstance(source, IncidentDemand):
            yield from _check_incidents(source, fault, place)
        if isinstance(source, FixedDemand):
            yield from _duplicates(fault, (*place, "entries"), "entry", [e.name for e in source.entries])
            if not source.entries and source.file is None:
                yield fault(place, "fixed demand without entries.", "Give entries or file.")
            for n, e in enumerate(source.entries):
                yield from _check_window(
                    s, fault, (*place, "entries", n), f'entry "{e.name}"', e.from_, e.until, within=False
                )
    m = s.model
    if len(m.dwell_min) != len(m.dwell_effect):
        yield fault(
            ("model", "dwell_effect"), f"has {len(m.dwell_effect)} values for {len(m.dwell_min)} dwells.",
            "Give one effect for each dwell.",
        )  # fmt: skip
    if sorted(set(m.dwell_min)) != m.dwell_min or sorted(m.dwell_effect) != m.dwell_effect:
        yield fault(("model", "dwell_min"), "dwells must rise, and effects must not fall.", "Sort both.")
    for dwell in m.dwell_min:
        if dwell * 60 < s.shift.step_s or (dwell * 60) % s.shift.step_s:
            yield fault(
                ("model", "dwell_min"), f"{dwell:g} min is no whole number of steps of {s.shift.step_s} s.",
                "Change the dwell or shift: step_s.",
            )  # fmt: skip


def _check_task(s: Scenario, task: Task, fault: Any, place: KeyPath) -> Iterator[Fault]:
    """Windows inside the shift, and somebody who may do it."""
    who, step_s = f'task "{task.name}"', s.shift.step_s
    known = [team.name for team in s.teams]
    for m, name in enumerate(task.teams):
        if name not in known:
            near = nearest(name, known)
            remedy = f'Maybe "{near}".' if near else f"Teams are {', '.join(known)}."
            yield fault((*place, "teams", m), f'{who}: there is no team "{name}".', remedy)
    if set(task.teams) <= set(known) and not any(task.may(team) for team in s.teams):
        given = [key for key in ("modes", "teams", "powers") if getattr(task, key)]
        what = f"{who}: no team may do it, because none fits its {' and '.join(given)}."
        yield fault((*place, given[0]), what, "Widen them, or leave them out.")
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return  # the shift itself is the fault
    ends_by = last - task.service_min
    if ends_by < first:
        what = f"{who}: a service of {task.service_min:g} min is longer than the shift."
        yield fault((*place, "service_min"), what, "Shorten it.")
        return
    for m, (a, b) in enumerate(task.windows):
        here, shown = (*place, "windows", m), f"{text_of(a)} to {text_of(b)}"
        if b < a:
            maybe = f'Maybe write "{text_of(b + 1440)}".' if b < 1440 else "Swap them."
            yield fault(here, f"{who}: window ends {text_of(b)} before it begins {text_of(a)}.", maybe)
        elif a < first or b > last:
            yield fault(
                here, f"{who}: window {shown} is not inside the shift.",
                f"The shift is {text_of(first)} to {text_of(last)}; maybe add +1 for the day after.",
            )  # fmt: skip
        elif a > ends_by:
            what = f"{who}: begun in {shown}, its {task.service_min:g} min end after the shift."
            yield fault(here, what, "Open the window earlier.")
        elif -(-(a - first) * 60 // step_s) > (b - first) * 60 // step_s:
            what = f"{who}: no step of {step_s} s begins in the window {shown}."
            yield fault(here, what, "Widen it, or shorten shift: step_s.")


def _check_incidents(source: IncidentDemand, fault: Any, place: KeyPath) -> Iterator[Fault]:
    if not source.sources:
        yield fault(place, "incidents without a file.", "Give file, or files.")
    for name, (begin, until) in source.parts_of_day.items():
        if until <= begin:
            yield fault(
                (*place, "shifts", name), f"ends {text_of(until)} before it begins {text_of(begin)}.",
                f'Maybe write "{text_of(until)}+1".',
            )  # fmt: skip
    for n, one in enumerate(source.sources):
        where = (
            (*place, "timezone")
            if source.file and n == 0
            else (*place, "files", n - bool(source.file), "timezone")
        )
        yield from _check_zone(one.timezone, fault, where)


def _check_zone(name: str | None, fault: Any, place: KeyPath) -> Iterator[Fault]:
    if name is not None and name not in zoneinfo.available_timezones():
        near = nearest(name, zoneinfo.available_timezones())
        yield fault(place, f'"{name}" is no time zone.', f'Maybe "{near}".' if near else "")


def _check_shift(shift: Shift, fault: Any) -> Iterator[Fault]:
    start, end = shift.start, shift.end
    yield from _check_zone(shift.timezone, fault, ("shift", "timezone"))
    if end <= start:
        later = f"{end // 60 + 24}:{end % 60:02d}"
        same = f"{end // 60:02d}:{end % 60:02d}+1"
        yield fault(
            ("shift", "end"), f"ends {text_of(end)} before it starts {text_of(start)}.",
            f'Maybe write "{same}" or "{later}".',
        )  # fmt: skip
    elif end - start > 24 * 60:
        yield fault(("shift", "end"), "the shift is longer than a day.", "Plan it in parts.")
    elif ((end - start) * 60) % shift.step_s or (60 % shift.step_s and shift.step_s % 60):
        yield fault(
            ("shift", "step_s"), f"{shift.step_s} s must divide a minute (or be whole minutes) and the shift.",
            "Maybe 60.",
        )  # fmt: skip


def text_of(minutes: int) -> str:
    """Minutes after midnight as the planner writes them."""
    return f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}" + ("+1" if minutes >= 1440 else "")


def _duplicates(fault: Any, place: KeyPath, kind: str, names: list[str]) -> Iterator[Fault]:
    for n, name in enumerate(names):
        if name in names[:n]:
            yield fault((*place, n, "name"), f'{kind} "{name}" is there twice.', "Rename one of them.")


def _check_window(
    s: Scenario, fault: Any, place: KeyPath, who: str, begin: int | None, end: int | None, *, within: bool
) -> Iterator[Fault]:
    """A window must end after it begins and lie within the shift, or at least touch it."""
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return  # the shift itself is the fault
    a, b = first if begin is None else begin, last if end is None else end
    if b <= a:
        maybe = f'Maybe write "{text_of(b + 1440)}".' if b < 1440 else ""
        yield fault((*place, "until"), f"{who}: ends {text_of(b)} before it begins {text_of(a)}.", maybe)
    elif within and (a < first or b > last):
        yield fault(place, f"{who}: {text_of(a)} to {text_of(b)} is not inside the shift.", "Shorten it.")
    elif b <= first or a >= last:
        yield fault(
            place, f"{who}: {text_of(a)} to {text_of(b)} is outside every shift.",
            f"The shift is {text_of(first)} to {text_of(last)}; maybe add +1 for the day after.",
        )  # fmt: skip
