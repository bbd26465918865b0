"""Move tasks that several teams do together: when they begin, and into a plan or out of it (`search.crews`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routeopt.search import required
from routeopt.search.building import Builder
from routeopt.search.crews import broken, set_begin
from routeopt.search.state import Search

EFFORT = 1.0
"""Limit of the deterministic time for deciding when mandatory tasks begin; routes move them later."""
STARTS = 12
"""Starts that are tried, spread over the windows, when a task is put into a plan."""
NEAR_MIN = 30.0
"""A start moves by at most this much, minutes, three times out of four; otherwise to anywhere in its windows."""


def remove(search: Search, q: int) -> bool:
    """Take the parts of a task out of the plan, and fill what they leave.

    Returns
    -------
    Whether every team can go on without its part: a leg may take longer than the way by another place.
    """
    for team, row in _rows(search, q):
        search.take_out(team, row, row + 1)
    set_begin(search, q, None)
    goes_on = True
    for team in np.flatnonzero(search.solution.gap >= 0).tolist():
        row = int(search.solution.gap[team])
        new = search.best_stretch(team, row, most=search.MOST)
        goes_on &= len(new) > 0 or search.is_through(team, row)
        search.splice(team, row, row, new)
        search.refresh()
    return goes_on


def insert(search: Search, q: int, step: int, teams: Sequence[int]) -> bool:
    """Put a task into the plan from a step on; return whether all its parts are in."""
    set_begin(search, q, step)
    for part in search.crews.parts[q]:
        if part in search.missing() and required.insert(search, part, teams) is None:
            required.make_room(search, part, teams)
            if part in search.missing():
                return False
    return True


def polish(search: Search, q: int) -> None:
    """Re-solve the routes of the crew around its task, before it and after."""
    step = search.crews.begin[q]
    if step is None:
        return
    for team, row in _rows(search, q):
        first, last = required.around(search, team, step)
        for begin, end in ((row + 1, max(last, row + 1)), (min(first, row), row)):
            required.again(search, team, begin, end)


def place(search: Search, q: int, teams: Sequence[int], since: int = 0, most: int = STARTS) -> bool:
    """Put a task that is off into the plan where it gains most, from a step on; it stays off if that costs.

    Of the steps in which it may begin, ``most`` are tried.
    """
    before, worth, best = search.current_routes(), search.objective(), None
    starts = [step for step in search.crews.starts(q) if step >= since]
    if not len(starts):
        return False
    least = worth + 1e-12
    for step in sorted({starts[n] for n in np.linspace(0, len(starts) - 1, min(most, len(starts))).astype(int)}):
        inserted = insert(search, q, step, teams)
        if inserted:
            polish(search, q)
        if inserted and search.objective() > least:
            best, least = (step, search.current_routes()), search.objective()
        search.change_routes(before)
    if best is None:
        set_begin(search, q, None)
        return False
    set_begin(search, q, best[0])
    search.change_routes(best[1])
    return True


def move(search: Search, rng: np.random.Generator, heat: float = 0.0) -> bool:
    """Move one task to another time, or out of the plan or into it; return whether that is kept.

    It is kept if the plan gains, and by chance if it loses little at this ``heat``, a temperature of annealing.
    """
    crews, teams = search.crews, range(search.problem.n_teams)
    q = int(rng.choice(list(crews.parts)))
    begin, before, value = crews.begin[q], search.current_routes(), search.objective()
    if _is_held(search, q):
        return False
    least = value + 1e-12 if heat == 0.0 else value + heat * float(np.log(rng.random() + 1e-300))
    starts = np.array(crews.starts(q))
    width = search.problem.clock.nearest_steps(NEAR_MIN)
    if begin is not None and rng.random() < 0.75:
        starts = starts[np.abs(starts - begin) <= width]
    step = int(rng.choice(starts))
    goes_on = begin is None or remove(search, q)
    if goes_on and begin is not None and not crews.given.tasks.mandatory[q] and search.objective() > least:
        return True
    if goes_on and insert(search, q, step, teams):
        polish(search, q)
        if search.objective() > least:
            return True
    set_begin(search, q, begin)
    search.change_routes(before)
    return False


def mend(search: Search) -> None:
    """Take the tasks out of the plan of which some parts are done, and not all, where that can be."""
    for q in broken(search):
        begin, before = search.crews.begin[q], search.current_routes()
        if not _is_held(search, q) and not remove(search, q):
            set_begin(search, q, begin)
            search.change_routes(before)


def decide(search: Search, builder: Builder | None = None) -> None:
    """Fix when the mandatory tasks begin that are not decided yet, by routes of the mandatory tasks alone.

    Raises
    ------
    InfeasibleError
        If there are no such routes.
    """
    crews = search.crews
    if any(begin is None and crews.given.tasks.mandatory[q] for q, begin in crews.begin.items()):
        required.skeleton(search, builder, effort=EFFORT)


def _rows(search: Search, q: int) -> list[tuple[int, int]]:
    """List the visits (team, row) of the plan that do a part of the task, the last of each team first."""
    codes = search.problem.activities.first_task + np.array(search.crews.parts[q])
    return [
        (team, row)
        for team in range(search.problem.n_teams)
        for row in np.flatnonzero(np.isin(search.route(team)[:, 2], codes))[::-1].tolist()
    ]


def _is_held(search: Search, q: int) -> bool:
    """Return whether a part of the task must not change."""
    return any(search.route(team)[row, 3] != 0 for team, row in _rows(search, q))
