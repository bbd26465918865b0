"""What a list of what was done says of a plan's stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from routeopt.carry_over import Report, Told, Visited, stays_of
from routeopt.diff import PlannedStop
from routeopt.errors import Fault, InputError, Message, MisreadError
from routeopt.exchange.done import DoneRow, read_done, told_of
from routeopt.plan import Plan
from routeopt.problem import Problem
from routeopt.problem.build_must_visits import stoppable
from routeopt.problem.names import Names, plain


def read_told(path: Path, problem: Problem, plan: Plan) -> Report:
    """Read a list of what was done, as `routeopt.exchange.done` does, and find the stops that it speaks of.

    A list without a column done is of what was done: stops that it does not have were not made.

    Raises
    ------
    InputError
        If the file cannot be used, or names a place or task that the plan does not know; lists all faults.
    """
    done = read_done(path, problem.clock, problem.team_names)
    faults: list[Fault] = []
    names = _Named(problem)
    rows = [named for row in done.rows if (named := names.of(row, faults)) is not None]
    if faults:
        raise InputError(faults)
    stays, tasks = stays_of(problem, plan), problem.tasks.names
    stops, doing = (
        [_stop(problem, stay) for stay in stays],
        ["" if s.task is None else tasks[s.task] for s in stays],
    )
    found, spare = told_of(stops, replace(done, rows=tuple(rows)), doing)
    told = {s: Told(row.done, row.reason) for s, row in zip(stays, found, strict=True) if row is not None}
    notes = [Message("done-not-planned", row=row.where, place=row.title) for row in spare if not row.done]
    if len(told) < len(stays):
        code = "done-silent" if done.answers else "done-silent-left"
        notes.append(Message(code, count=len(stays) - len(told)))
    extra = tuple(_extra(problem, row) for row in spare if row.done)
    return Report(told, extra, done.answers, (*done.notes, *notes))


def _stop(problem: Problem, stay: Visited) -> PlannedStop:
    """Return a stay by names and times of day."""
    assert stay.team is not None
    clock, step_s = problem.clock, problem.clock.step_s
    begin_s, length_s = clock.start_min * 60 + stay.begin * step_s, (stay.end - stay.begin) * step_s
    return PlannedStop(problem.team_names[stay.team], problem.site_names[stay.site], begin_s, length_s)


def _extra(problem: Problem, row: DoneRow) -> Visited:
    """Return a visit that was made and not planned; long enough for whatever it may count as."""
    task = problem.tasks.names.index(row.task) if row.task else None
    site = problem.named_sites.index(row.place) if task is None else int(problem.tasks.site[task])
    team = problem.team_names.index(row.team) if row.team else None
    clock = problem.clock
    begin = 0 if row.time_s is None else (row.time_s - clock.start_min * 60) // clock.step_s
    return Visited(team, site, task, begin, begin + problem.n_steps)


class _Named:
    """Finds the places and tasks that rows name."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        own = {plain(name) for name in stoppable(problem)}
        self.tasks = {plain(name): name for name in problem.tasks.names if plain(name) not in own}
        self.every = Names("site", tuple(dict.fromkeys((*problem.site_names, *problem.tasks.names))))

    def of(self, row: DoneRow, faults: list[Fault]) -> DoneRow | None:
        """Return a row with the plan's name of its task, or else of its place; None and a fault without one."""
        named = [name for name in (row.task, row.place) if name]
        task = next((self.tasks[plain(name)] for name in named if plain(name) in self.tasks), None)
        if task is not None:
            return row._replace(task=task, place="")
        try:
            return row._replace(task="", place=self.problem.site_names[self._site(row.place or row.task)])
        except MisreadError as error:
            faults.append(error.at(row.where))
            return None

    def _site(self, name: str) -> int:
        """Return the site of a name; one that is unknown is told with what is like it, among the tasks too."""
        try:
            return self.problem.named_sites.index(name)
        except MisreadError:
            self.every.index(name)
            raise
