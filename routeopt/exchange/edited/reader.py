"""Read a plan that a planner has edited in plan.xlsx, stops.csv or routes.geojson.

What counts of a row is its team (the sheet, or a column), place, start and minutes; ``end`` counts where it alone
was changed, and a point of GeoJSON where it was moved. Columns may stand in any order, in English or Chinese, with
others between them; rows in any order, with blank ones between them: times decide. A row without a start follows
the row above it as early as the way allows. Every fault of the file is reported at once.

What was changed is known from the plan in force, by the id that every exported stop carries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np

from routeopt.border import bordered
from routeopt.clock import Clock, in_zone, moment, seconds
from routeopt.coordinates import Crs, metres_from, to_wgs84
from routeopt.errors import Fault, InputError, Message, MisreadError
from routeopt.exchange.edited import cells, tables
from routeopt.exchange.edited.tables import Row
from routeopt.exchange.plan_json import read_plan
from routeopt.plan import Plan, Route, Visit
from routeopt.problem import Problem
from routeopt.problem.activities import Kind
from routeopt.problem.names import NEAR_M, whole_steps
from routeopt.timeline import gap_between

ID = re.compile(r"^T(\d+)S(\d+)$", re.IGNORECASE)
SAME_PLACE_M = 25.0
"""Distance in metres up to which a point counts as not moved."""


@dataclass(frozen=True)
class Edited:
    """A plan with where each of its visits stands in the file."""

    plan: Plan
    where: dict[tuple[int, int], str] = field(default_factory=dict)
    """(team, order from 1) → file, sheet and row."""
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True)
class _Stop:
    """A row that was understood; ``start`` is None where it follows the row above."""

    team: int
    site: int
    start: int | None
    activity: int
    where: str
    untouched: bool
    fixed: bool


@bordered("document")
def read_edited(path: Path, problem: Problem, base: Plan | None = None) -> Edited:
    """Read an edited plan.

    Parameters
    ----------
    path
        .xlsx, .csv, .tsv, .geojson, or a plan.json.
    problem
        The problem that the plan belongs to.
    base
        The plan in force, from which the file was exported.

    Raises
    ------
    InputError
        If the file cannot be used; lists all faults, each with its sheet, row and column.
    """
    if tables.is_plan(path):
        plan = read_plan(path, problem)
        return Edited(plan, {(r.team, n): f"{path}: routes[{r.team}].visits[{n - 1}]" for r in plan.routes
                             for n in range(1, len(r.visits) + 1)})  # fmt: skip
    faults: list[Fault] = []
    rows = list(tables.rows(path, problem.team_names, faults))
    reader = _Reader(problem, base, faults, days=_days_fit(rows, problem.clock))
    stops = [stop for row in rows if (stop := reader.stop(row)) is not None]
    if faults:
        raise InputError(faults)
    notes = reader.notes
    routes: list[Route] = []
    where: dict[tuple[int, int], str] = {}
    for team in range(problem.n_teams):
        own = [stop for stop in stops if stop.team == team]
        kept = [s.start for s in own if s.untouched and s.start is not None]
        if kept != sorted(kept):
            notes.append(Message("rows-out-of-order", name=problem.team_names[team]))
        placed = sorted(_placed(problem, team, own, faults), key=lambda item: item[0].start)
        routes.append(Route(team, tuple(visit for visit, _ in placed)))
        where |= {(team, order): place for order, (_, place) in enumerate(placed, 1)}
    if faults:
        raise InputError(faults)
    return Edited(Plan(tuple(routes)), where, tuple(notes))


def _days_fit(rows: list[Row], clock: Clock) -> bool:
    """Whether the dates in the file are the plan's; otherwise only the times of day count."""
    for row in rows:
        for cell in row.values("start"):
            try:
                found = moment(in_zone(cell.value, clock))
                if found.day is not None:
                    seconds(found, clock, days=True)
                    return True
            except MisreadError:
                continue
    return False


def _placed(problem: Problem, team: int, stops: list[_Stop], faults: list[Fault]) -> Iterator[tuple[Visit, str]]:
    """Yield visits in the file's order; those without a start follow the previous one as early as possible."""
    before = None
    for stop in stops:
        start = stop.start
        if start is None:
            gap = gap_between(problem, team, before, Visit(stop.site, 0, stop.activity))
            start = gap.arrive
            if not gap.reachable or start >= problem.n_steps:
                faults.append(Fault("RO-540", stop.where))
                continue
        before = Visit(stop.site, start, stop.activity, stop.fixed)
        yield before, stop.where


class _Reader:
    """Rows → stops; faults are collected."""

    def __init__(self, problem: Problem, base: Plan | None, faults: list[Fault], *, days: bool) -> None:
        self.problem, self.base, self.faults, self.days = problem, base, faults, days
        self.notes: list[Message] = []
        self.menu = [float(steps) * problem.clock.step_s / 60 for steps in problem.dwell_steps]

    def stop(self, row: Row) -> _Stop | None:
        """Return the row's stop; None if the row is blank or faulty."""
        if not any(row.text(key) for key in ("site", "start", "dwell")):
            return None
        before = len(self.faults)
        known = self._known(row)
        team, site = self._team(row), self._site(row, known)
        start, activity = self._times(row, known)
        if len(self.faults) > before or team is None or site is None or activity is None:
            return None
        same = known is not None and (team, site, start, activity) == (known[0], *known[1][:3])
        fixed = same and known is not None and known[1].fixed
        if self.problem.activities.kind[activity] == Kind.STOP:
            fixed = True
            if not same:
                self._note_length(row, activity)
        return _Stop(team, site, start, activity, row.place, same, fixed)

    def _note_length(self, row: Row, activity: int) -> None:
        """Note that a stop of a length outside the menu is kept, and what it counts as."""
        step_s, what = self.problem.clock.step_s, int(self.problem.visit_steps[activity])
        less = [steps for steps in self.problem.dwell_steps.tolist() if steps < what]
        values = {"row": row.place, "minutes": f"{what * step_s / 60:g}"}
        if less:
            note = Message("stop-of-own-length", **values, effect=f"{less[-1] * step_s / 60:g}")
        else:
            note = Message("stop-too-short", **values)
        self.notes.append(note)

    def _fault(self, row: Row, key: str, code: str, **values: Any) -> None:
        self.faults.append(Fault(code, row.where(key), **values))

    def _known(self, row: Row) -> tuple[int, Visit] | None:
        """Team and visit of the plan in force that the row was exported from."""
        match = ID.match(row.text("id"))
        if match is None or self.base is None:
            return None
        team, order = int(match[1]) - 1, int(match[2]) - 1
        if not (0 <= team < len(self.base.routes) and 0 <= order < len(self.base.routes[team].visits)):
            return None
        return team, self.base.routes[team].visits[order]

    def _team(self, row: Row) -> int | None:
        name = row.text("team")
        if not name:
            if row.team is None:
                self._fault(row, "team", "RO-541", known=self.problem.team_names)
            return row.team
        return self._found(row, "team", self.problem.named_teams.index, name)

    def _found(self, row: Row, key: str, find: Callable[[str], int], name: str) -> int | None:
        """Return the index of a name; if it is unknown, None and a fault."""
        try:
            return find(name)
        except MisreadError as error:
            self.faults.append(error.at(row.where(key)))
            return None

    def _site(self, row: Row, known: tuple[int, Visit] | None) -> int | None:
        name, point = row.text("site"), row.point
        if point is not None and point.crs not in get_args(Crs):
            self._fault(row, "site", "RO-547", name=point.crs, known=get_args(Crs))
            return None
        if not name and point is None:
            self._fault(row, "site", "RO-544")
            return None
        site = self._named_site(row, name, known) if name else None
        if point is None or (name and site is None):
            return site
        lat, lon = to_wgs84(point.lat, point.lon, point.crs)
        distance = metres_from(float(lat), float(lon), self.problem.site_lat, self.problem.site_lon)
        if site is not None and distance[site] <= SAME_PLACE_M:
            return site
        if known is not None and site is not None and known[1].site != site:
            if distance[known[1].site] <= SAME_PLACE_M:
                return site  # it was given another name, and the point left where it was
            self._fault(row, "site", "RO-548", name=name, distance=f"{distance[site]:.0f}")
            return None
        open_to = np.where(self.problem.site_stoppable, distance, np.inf)
        near_site = int(open_to.argmin())
        if open_to[near_site] > NEAR_M:
            far, near = f"{open_to[near_site]:.0f}", self.problem.site_names[near_site]
            self._fault(row, "site", "RO-549", distance=far, most=f"{NEAR_M:g}", near=near)
            return None
        name, away = self.problem.site_names[near_site], f"{open_to[near_site]:.0f}"
        self.notes.append(Message("point-moved", row=row.place, site=name, distance=away))
        return near_site

    def _named_site(self, row: Row, name: str, known: tuple[int, Visit] | None) -> int | None:
        """The site of a name; a task may be called by its own, as files for people call it."""
        tasks = self.problem.tasks
        task = None if known is None else self.problem.activities.task(known[1].activity)
        if known is not None and task is not None and name == tasks.names[task]:
            return known[1].site
        if name not in self.problem.site_names and name in tasks.names:
            return int(tasks.site[tasks.names.index(name)])
        return self._found(row, "site", self.problem.named_sites.index, name)

    def _times(self, row: Row, known: tuple[int, Visit] | None) -> tuple[int | None, int | None]:
        """Start step (None: follows the row above) and activity (None: faulty)."""
        step_s = self.problem.clock.step_s
        was: dict[str, int] = {}
        if known is not None:
            begin, stay = known[1].start * step_s, int(self.problem.visit_steps[known[1].activity]) * step_s
            was = {"start": begin, "dwell": stay, "end": begin + stay}
        start, length = self._start_and_length(row, was)
        if length is None:
            return None, None
        if start is not None and start % step_s:
            near = self.problem.clock.text(round(start / step_s) * step_s)
            self._fault(row, "start", "RO-552", step=step_s, near=near)
        step = None if start is None else start // step_s
        if known is not None and length == was["dwell"]:  # also of tasks, waits and absences
            return step, known[1].activity
        try:
            return step, self._of_length(known, whole_steps(length / 60, self.problem.clock))
        except MisreadError as error:
            self.faults.append(error.at(row.where("dwell")))
            return None, None

    def _of_length(self, known: tuple[int, Visit] | None, steps: int) -> int:
        """What a row of a new length is: a stop; where it was a wait or an absence, that."""
        table = self.problem.activities
        if known is None:
            return table.stop_of(steps)
        before = known[1].activity
        match table.kind[before]:
            case Kind.WAIT:
                return table.wait(steps)
            case Kind.AWAY:
                return table.away(steps)
            case Kind.TASK:
                minutes = f"{int(table.steps[before]) * self.problem.clock.step_s / 60:g}"
                raise MisreadError("RO-640", task=table.name[before], minutes=minutes)
            case _:
                return table.stop_of(steps)

    def _start_and_length(self, row: Row, was: dict[str, int]) -> tuple[int | None, int | None]:
        """Start (None: follows the row above) and length (None: faulty) in seconds."""
        faults = len(self.faults)
        start = self._settled(row, "start", was, self._seconds)
        length = self._settled(row, "dwell", was, lambda value: round(60 * cells.minutes(value)))
        end = self._settled(row, "end", was, self._seconds)
        if len(self.faults) > faults:
            return None, None
        if start is not None and end is not None and length is not None and start + length != end:
            if was and length == was["dwell"] and end != was["end"]:
                length = end - start
            elif end != was.get("end"):
                clock = self.problem.clock
                self._fault(
                    row, "end", "RO-550", end=clock.text(end), minutes=f"{length / 60:g}", start=clock.text(start),
                    sum=clock.text(start + length),
                )  # fmt: skip
                return None, None
        if length is None and start is not None and end is not None:
            length = end - start
        if length is None:
            self._fault(row, "dwell", "RO-551", known=[f"{item:g}" for item in self.menu])
        return start, length

    def _seconds(self, value: Any) -> int:
        clock = self.problem.clock
        return seconds(moment(in_zone(value, clock)), clock, days=self.days)

    def _settled(self, row: Row, key: str, was: dict[str, int], parse: Callable[[Any], int]) -> int | None:
        """Seconds from all the row's columns that say ``key``: the one that was changed, if any was.

        A text without seconds says the minute alone, and so leaves the seconds of the plan in force as they are.
        """
        old = was.get(key)
        found: dict[int, str] = {}
        for cell in row.values(key):
            try:
                number = parse(cell.value) if cell.seconds is None else cell.seconds
            except MisreadError as error:
                self.faults.append(error.at(cell.place))
                return None
            coarse = key != "dwell" and isinstance(cell.value, str) and cell.value.count(":") < 2
            for other in (old, *found):
                if coarse and other is not None and number == other - other % 60:
                    number = other
                    break
            found.setdefault(number, cell.column)
        changed = [number for number in found if number != old]
        if len(changed) > 1:
            first, second = (found[number] for number in changed[:2])
            self._fault(row, key, "RO-553", first=first, second=second)
            return None
        return changed[0] if changed else old if found else None
