"""What a list of what was done says of a plan's places and tasks."""

from __future__ import annotations

from pathlib import Path

from routeopt.carry_over import Report, Told
from routeopt.errors import Fault, InputError, MisreadError
from routeopt.exchange.done import DoneRow, read_done
from routeopt.problem import Problem
from routeopt.problem.build_must_visits import stoppable
from routeopt.problem.names import Names, plain


def read_told(path: Path, problem: Problem) -> Report:
    """Read a list of what was done, as `routeopt.exchange.done` does, with the problem's places and tasks.

    A list without a column done is of what was done: stops that it does not have were not made.

    Raises
    ------
    InputError
        If the file cannot be used, or names a place or task that the plan does not know; lists all faults.
    """
    done = read_done(path, problem.clock, problem.team_names)
    faults: list[Fault] = []
    names = _Named(problem)
    rows = [told for row in done.rows if (told := names.told(row, faults)) is not None]
    if faults:
        raise InputError(faults)
    return Report(tuple(rows), done.answers, done.notes)


class _Named:
    """Finds the places and tasks that rows name."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        own = {plain(name) for name in stoppable(problem)}
        self.tasks = {plain(name): q for q, name in enumerate(problem.tasks.names) if plain(name) not in own}
        self.every = Names("site", tuple(dict.fromkeys((*problem.site_names, *problem.tasks.names))))

    def told(self, row: DoneRow, faults: list[Fault]) -> Told | None:
        """Return what a row tells; None and a fault if it names nothing that there is."""
        named = [name for name in (row.task, row.place) if name]
        task = next((self.tasks[plain(name)] for name in named if plain(name) in self.tasks), None)
        try:
            site = self._site(row.place or row.task) if task is None else int(self.problem.tasks.site[task])
        except MisreadError as error:
            faults.append(error.at(row.where))
            return None
        team = self.problem.team_names.index(row.team) if row.team else None
        start_s = None if row.time_s is None else row.time_s - self.problem.clock.start_min * 60
        return Told(row.where, task, site, team, start_s, row.done, row.reason)

    def _site(self, name: str) -> int:
        """Return the site of a name; one that is unknown is told with what is like it, among the tasks too."""
        try:
            return self.problem.named_sites.index(name)
        except MisreadError:
            self.every.index(name)
            raise
