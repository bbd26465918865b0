"""Scenario files → `Scenario`: every fault at once, with file, line, column, value, rule and remedy."""

from __future__ import annotations

import contextlib
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from routeopt.border import bordered
from routeopt.errors import Fault, Message, ScenarioError
from routeopt.guard import path_faults, refuse
from routeopt.scenario.cameras import camera_faults
from routeopt.scenario.changes import KINDS as CHANGES
from routeopt.scenario.check_duties import check_duties
from routeopt.scenario.faults import KeyPath, Say, dotted, in_python, translated
from routeopt.scenario.marks import Marked, load
from routeopt.scenario.model import Goal, Scenario, Shift, Streets, Task, may
from routeopt.scenario.must_visit_checks import check_must_visits
from routeopt.scenario.parts import text_of
from routeopt.scenario.sources import FixedDemand, IncidentDemand
from routeopt.scenario.windows import check_window, next_day
from routeopt.scenario.zones import zone_faults
from routeopt.validation import one_of, similar

PLAN = "routeopt-plan"
"""``format`` of a plan.json."""
TABLES = (".csv", ".tsv", ".txt")
MOST_FLOORS = 100
"""Floors that a search can hold at once, each hour's counted."""
MOST_PERIODS = 12
"""Parts of a night, cut where streets change; the search holds the legs of each."""
KINDS = ("at_least", "at_most", "most_min", "least_teams", "fair")
"""Keys of `Goal` that say what it asks for, of which exactly one is given."""
WHERE = ("zone", "zones", "street")
"""Keys of `Goal` that say where, of which one at most is given."""
PLACES = ("names", "near", "polygon")
"""Keys of `StreetChange` that say which streets."""
SOURCES = ("file", "place", "bbox", "polygon")
"""Keys of `Streets`, of which exactly one is given."""


@bordered("text")
def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from YAML or JSON.

    Raises
    ------
    InputError
        If ``path`` is not a path.
    ScenarioError
        If the file cannot be read or breaks a rule of the format; with every fault at once, each with its
        line, column, value, rule and remedy.
    """
    refuse(path_faults(path))
    path = Path(path)
    marked = load(path)
    if isinstance(marked.data, str) and path.suffix.lower() in TABLES:
        raise ScenarioError(Fault("RO-166", path, what=Message("value-table")))
    if isinstance(marked.data, dict) and marked.data.get("type") in ("FeatureCollection", "Feature"):
        raise ScenarioError(Fault("RO-166", path, what=Message("value-geojson")))
    if not isinstance(marked.data, dict):
        raise ScenarioError(Fault("RO-110", path, 1, 1))
    if marked.data.get("format") == PLAN:
        raise ScenarioError(Fault("RO-167", path))

    def fault(code: str, place: KeyPath, **values: Any) -> Fault:
        return _fault(path, marked, code, place, **values)

    data = {key: value for key, value in marked.data.items() if key != "source"}
    faults = []
    if data.get("demand", data) in (None, []):
        faults.append(_fault(path, marked, "RO-169", ("demand",), key=True))
    if "source" in marked.data:
        faults.append(_fault(path, marked, "RO-111", ("source",), key=True, hint=""))
    try:
        scenario = Scenario.model_validate({**data, "source": path})
    except ValidationError as error:
        empty = [("demand",)] if faults and faults[0].code == "RO-169" else []
        faults += [translated(Scenario, dict(e), fault) for e in error.errors() if e["loc"] not in empty]
        with contextlib.suppress(ValidationError):  # what can be judged alone is judged all the same
            faults += _check_shift(Shift.model_validate(data.get("shift")), fault)
        # what a length in kilometres is in the other branch of a union says nothing
        lengths = {_order(fault) for fault in faults if fault.code == "RO-168"}
        faults = [f for f in faults if f.code == "RO-168" or _order(f) not in lengths]
        raise ScenarioError(sorted(faults, key=_order)) from None
    faults += list(_cross_checks(scenario, fault))
    if faults:
        raise ScenarioError(sorted(faults, key=_order))
    return scenario


def check_scenario(scenario: Scenario) -> None:
    """Check the rules that span several keys, of a scenario that was made in Python.

    Raises
    ------
    InputError
        With every fault.
    """
    if "source" not in scenario.model_fields_set:
        refuse(_cross_checks(scenario, in_python("Scenario")))


def fault_in(scenario: Scenario, code: str, place: KeyPath, **values: Any) -> Fault:
    """Make the fault of a value that is found while a problem is built; without line where there is no file."""
    if "source" not in scenario.model_fields_set:
        return in_python("Scenario")(code, place, **values)
    try:
        marked = load(scenario.source)
    except ScenarioError:
        marked = Marked(None)
    found = _fault(scenario.source, marked, code, place, **values)
    return found if marked.values else Fault(code, scenario.source, **found.values)


def _order(fault: Fault) -> tuple[int, int]:
    return fault.line or 0, fault.column or 0


def _fault(path: Path, marked: Marked, code: str, place: KeyPath, *, key: bool = False, **values: Any) -> Fault:
    """Make the fault of the value (or the key) at ``place``; its ``key`` is the dotted name."""
    line, column = marked.at(place, key=key)
    return Fault(code, path, line, column, key=dotted(place), **values)


def _cross_checks(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check the rules that span several keys."""
    yield from _check_shift(s.shift, fault)
    yield from _check_streets(s.streets, fault)
    yield from _check_changes(s, fault)
    yield from _duplicates(fault, ("posts",), "place-post", [p.name for p in s.posts])
    yield from _duplicates(fault, ("teams",), "place-team", [t.name for t in s.teams])
    yield from _duplicates(fault, ("sites", "list"), "place-site", [p.name for p in s.sites.list_])
    yield from _check_teams(s, fault)
    yield from _duplicates(fault, ("tasks",), "place-task", [t.name for t in s.tasks])
    for n, task in enumerate(s.tasks):
        yield from _check_task(s, task, fault, ("tasks", n))
    yield from check_duties(s, fault)
    yield from check_must_visits(s, fault)
    yield from _check_goals(s, fault)
    yield from zone_faults(s.zones, fault)
    yield from _check_cameras(s, fault)
    for d, source in enumerate(s.demand):
        if isinstance(source, IncidentDemand):
            yield from _check_incidents(source, fault, ("demand", d))
        if isinstance(source, FixedDemand):
            yield from _check_fixed(s, source, fault, ("demand", d))
    yield from _check_dwells(s, fault)


def _check_streets(streets: Streets, fault: Say) -> Iterator[Fault]:
    given = [k for k in SOURCES if getattr(streets, k) is not None]
    if not given:
        yield fault("RO-140", ("streets",), options=SOURCES)
    elif len(given) > 1:
        yield fault("RO-141", ("streets",), given=given, options=SOURCES)
    if streets.bbox is not None:
        south, west, north, east = streets.bbox
        if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):
            yield fault("RO-142", ("streets", "bbox"), got=f"{streets.bbox}")


def _check_changes(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check that changes of streets say which, when and how, and do not cut the night in too many parts."""
    cuts = {s.shift.start, s.shift.end}
    for n, change in enumerate(s.streets.changes):
        who, place = Message("place-change", number=n + 1), ("streets", "changes", n)
        if not any(getattr(change, key) for key in PLACES):
            yield fault("RO-173", place, who=who, options=PLACES)
        if sum(change.says(kind) for kind in CHANGES) != 1:
            yield fault("RO-174", place, who=who)
        wrong = list(check_window(s, fault, place, who, change.from_, change.until, within=True))
        yield from wrong
        cuts |= {time for time in (change.from_, change.until) if time is not None and not wrong}
    if len(cuts) - 1 > MOST_PERIODS:
        yield fault("RO-175", ("streets", "changes"), count=len(cuts) - 1, most=MOST_PERIODS)


def _check_teams(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check that the teams' posts exist and that they are on duty during the shift."""
    posts = [p.name for p in s.posts]
    for n, team in enumerate(s.teams):
        who = Message("place-team", name=team.name)
        for key, post in (("start", team.start), ("end", team.end)):
            if post is not None and post not in posts:
                yield fault("RO-144", ("teams", n, key), who=who, post=post, hint=one_of(post, posts))
        if team.area is not None and s.areas is None:
            yield fault("RO-695", ("teams", n, "area"), who=who)
        if team.leaving_price is not None and team.zone is None:
            yield fault("RO-660", ("teams", n, "leaving_price"), who=who)
        if team.reserve and team.end not in (None, team.start):
            yield fault("RO-189", ("teams", n, "end"), who=who, start=team.start)
        yield from check_window(s, fault, ("teams", n), who, team.from_, team.until, within=True)


def _check_fixed(s: Scenario, source: FixedDemand, fault: Say, place: KeyPath) -> Iterator[Fault]:
    yield from _duplicates(fault, (*place, "entries"), "place-entry", [e.name for e in source.entries])
    if not source.entries and source.file is None:
        yield fault("RO-148", place)
    for n, e in enumerate(source.entries):
        who = Message("place-entry", name=e.name)
        yield from check_window(s, fault, (*place, "entries", n), who, e.from_, e.until, within=False)


def _check_dwells(s: Scenario, fault: Say) -> Iterator[Fault]:
    m = s.model
    if len(m.dwell_min) != len(m.dwell_effect):
        yield fault("RO-150", ("model", "dwell_effect"), dwells=len(m.dwell_min), effects=len(m.dwell_effect))
    if sorted(set(m.dwell_min)) != m.dwell_min or sorted(m.dwell_effect) != m.dwell_effect:
        yield fault("RO-151", ("model", "dwell_min"))
    for dwell in m.dwell_min:
        if dwell * 60 < s.shift.step_s or (dwell * 60) % s.shift.step_s:
            yield fault("RO-152", ("model", "dwell_min"), dwell=dwell, step_s=s.shift.step_s)


def _check_task(s: Scenario, task: Task, fault: Say, place: KeyPath) -> Iterator[Fault]:
    """Check that a task's windows are inside the shift and that some team may do it."""
    who, step_s = Message("place-task", name=task.name), s.shift.step_s
    known = [team.name for team in s.teams]
    for m, name in enumerate(task.teams):
        if name not in known:
            yield fault("RO-153", (*place, "teams", m), who=who, team=name, hint=one_of(name, known))
    if set(task.teams) <= set(known) and not any(may(task, team) for team in s.teams):
        given = [key for key in ("modes", "teams", "powers", "skills") if getattr(task, key)]
        if given:
            yield fault("RO-154", (*place, given[0]), who=who, given=given)
        else:
            yield fault("RO-198", place, who=who)
    first, last = s.shift.start, s.shift.end
    if last <= first:
        return  # the shift itself is the fault
    ends_by = last - task.service_min
    if ends_by < first:
        yield fault("RO-155", (*place, "service_min"), who=who, service=task.service_min)
        return
    for m, (a, b) in enumerate(task.windows):
        here: KeyPath = (*place, "windows", m)
        window: dict[str, Any] = {"who": who, "begin": text_of(a), "end": text_of(b)}
        if b < a:
            yield fault("RO-156", here, **window, hint=next_day(b) or Message("hint-swap"))
        elif a < first or b > last:
            yield fault("RO-157", here, **window, first=text_of(first), last=text_of(last))
        elif a > ends_by:
            yield fault("RO-158", here, **window, service=task.service_min)
        elif -(-(a - first) * 60 // step_s) > (b - first) * 60 // step_s:
            yield fault("RO-159", here, **window, step_s=step_s)


def goal_named(n: int, goal: Goal) -> Message:
    """Name entry ``n`` of ``goals`` for people."""
    return Message("place-goal", name=goal.name) if goal.name else Message("place-goal-number", number=n + 1)


def _check_goals(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check that goals ask for what is computed, within the shift, each for something else."""
    asked: dict[Any, Message] = {}
    names: list[str] = []
    for n, goal in enumerate(s.goals):
        who, place = goal_named(n, goal), ("goals", n)
        if goal.name in names:
            yield fault("RO-143", (*place, "name"), who=who)
        names += [goal.name] if goal.name else []
        yield from _check_kind(goal, fault, place, who)
        if goal.within_min is not None and goal.within_min not in s.model.handling_min:
            known = ", ".join(f"{minutes:g}" for minutes in s.model.handling_min)
            yield fault("RO-170", (*place, "within_min"), who=who, got=f"{goal.within_min:g}", known=known)
        wrong = list(check_window(s, fault, place, who, goal.from_, goal.until, within=True))
        yield from wrong
        spans = [] if wrong else goal.spans(s.shift)
        shortest = min((end - begin for begin, end in spans), default=None)
        if goal.most_min is not None and shortest is not None and goal.most_min >= shortest:
            yield fault("RO-663", (*place, "most_min"), who=who, minutes=shortest, got=goal.most_min)
        able = sum(team.powers for team in s.teams)
        if goal.least_teams is not None and goal.least_teams > able:
            yield fault("RO-665", (*place, "least_teams"), who=who, got=goal.least_teams, able=able)
        same = [(_floor_on(goal), *span) for span in spans]
        twice = next((asked[one] for one in same if one in asked), None)
        if twice is not None:
            yield fault("RO-171", place, who=who, other=twice)
        asked |= dict.fromkeys(same, who)
    if len(asked) > MOST_FLOORS:
        yield fault("RO-172", ("goals",), count=len(asked), most=MOST_FLOORS)


def _check_cameras(s: Scenario, fault: Say) -> Iterator[Fault]:
    """Check cameras and operators, and their times."""
    yield from camera_faults(s.cameras, s.operators, fault)
    yield from _duplicates(fault, ("operators",), "place-operator", [one.name for one in s.operators])
    for n, camera in enumerate(s.cameras.list_ if s.cameras is not None else []):
        who = Message("place-camera", name=camera.name)
        place = ("cameras", "list", n)
        yield from check_window(s, fault, place, who, camera.from_, camera.until, within=True)
    for n, operator in enumerate(s.operators):
        who = Message("place-operator", name=operator.name)
        yield from check_window(s, fault, ("operators", n), who, operator.from_, operator.until, within=True)


def _floor_on(goal: Goal) -> tuple[Any, ...]:
    """Tell what a goal is a floor on, apart from its time."""
    kind = next((key for key in KINDS if getattr(goal, key) is not None), None)
    return kind, goal.within_min, goal.second, goal.zone, goal.zones, goal.street


def _check_kind(goal: Goal, fault: Say, place: KeyPath, who: Message) -> Iterator[Fault]:
    """Check that a goal is one floor or cap, and has the keys that go with it alone."""
    given = [key for key in KINDS if getattr(goal, key) is not None]
    if len(given) != 1:
        yield fault("RO-185", place, who=who, options=KINDS)
        return
    where = [key for key in WHERE if getattr(goal, key) is not None]
    if len(where) > 1:
        yield fault("RO-186", (*place, where[1]), who=who, given=where)
    if goal.second and goal.within_min is None:
        yield fault("RO-190", (*place, "second"), who=who)
    if given != ["at_least"] and goal.within_min is not None:
        yield fault("RO-187", (*place, "within_min"), who=who, given=given[0])
    if given == ["fair"] and not where:
        yield fault("RO-188", (*place, "fair"), who=who)
    if goal.missing_price is not None and given != ["least_teams"]:
        yield fault("RO-668", (*place, "missing_price"), who=who)
    if given == ["least_teams"] and not where:
        yield fault("RO-664", (*place, "least_teams"), who=who)
    if given == ["most_min"] and not where:
        yield fault("RO-662", (*place, "most_min"), who=who)


def _check_incidents(source: IncidentDemand, fault: Say, place: KeyPath) -> Iterator[Fault]:
    if not source.sources:
        yield fault("RO-149", place)
    for name, (begin, until) in source.parts_of_day.items():
        if until <= begin:
            yield fault(
                "RO-145", (*place, "shifts", name), who=Message("place-part-of-day", name=name),
                begin=text_of(begin), end=text_of(until),
                hint=Message("hint-similar", name=f"{text_of(until)}+1"),
            )  # fmt: skip
    for n, one in enumerate(source.sources):
        where = (
            (*place, "timezone")
            if source.file and n == 0
            else (*place, "files", n - bool(source.file), "timezone")
        )
        yield from _check_zone(one.timezone, fault, where)


def _check_zone(name: str | None, fault: Say, place: KeyPath) -> Iterator[Fault]:
    if name is not None and name not in zoneinfo.available_timezones():
        yield fault("RO-160", place, got=name, hint=similar(name, zoneinfo.available_timezones()))


def _check_shift(shift: Shift, fault: Say) -> Iterator[Fault]:
    start, end = shift.start, shift.end
    yield from _check_zone(shift.timezone, fault, ("shift", "timezone"))
    if end <= start:
        later = f"{end // 60 + 24}:{end % 60:02d}"
        same = f"{end // 60:02d}:{end % 60:02d}+1"
        hint = Message("hint-either", first=same, second=later)
        yield fault("RO-161", ("shift", "end"), begin=text_of(start), end=text_of(end), hint=hint)
    elif end - start > 24 * 60:
        yield fault("RO-162", ("shift", "end"), hours=(end - start) / 60)
    elif ((end - start) * 60) % shift.step_s or (60 % shift.step_s and shift.step_s % 60):
        yield fault("RO-163", ("shift", "step_s"), step_s=shift.step_s)


def _duplicates(fault: Say, place: KeyPath, who: str, names: list[str]) -> Iterator[Fault]:
    """Find names that an earlier entry has; ``who`` is the code of what they name."""
    for n, name in enumerate(names):
        if name in names[:n]:
            yield fault("RO-143", (*place, n, "name"), who=Message(who, name=name))
